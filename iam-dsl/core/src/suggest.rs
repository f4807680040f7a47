//! "Did you mean": the nearest of a set of names, or none.

/// The candidate nearest to `word`, where one is near enough to be a slip: at
/// most a third of its letters differ. Letter case is no difference, so a name
/// in the wrong case is found first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // A distance that exceeds the lengths' difference is the only one possible,
    // so candidates of a very different length are skipped unmeasured.
    let cap = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= cap)
        .map(|candidate| {
            (
                strsim::osa_distance(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= cap)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A help text that offers the nearest candidate, else lists them all.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match nearest(word, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => {
            let all: Vec<String> = candidates.into_iter().map(|c| format!("`{c}`")).collect();
            format!("expected one of {}", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["Action", "NotAction", "Resource", "Effect"];
        assert_eq!(nearest("Acton", names), Some("Action"));
        assert_eq!(nearest("action", names), Some("Action"));
        assert_eq!(nearest("Efect", names), Some("Effect"));
        assert_eq!(nearest("Banana", names), None);
    }
}
