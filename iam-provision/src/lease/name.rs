//! Names of leases, from a template.

use crate::error::Error;
use crate::names::Problem;
use crate::secret;

/// The template unless a grant has its own.
pub(super) const DEFAULT: &str = "lease-{grant}-{by}-{id}";
const PARTS: [&str; 3] = ["{grant}", "{by}", "{id}"];
/// Characters of the random part: 12 of 32 are 60 bits.
const ID: usize = 12;
const ID_CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Checks a template.
pub(super) fn check(problems: &mut Vec<Problem>, place: &str, template: &str) {
    let mut say =
        |message: String| problems.push(Problem::new(format!("{place}: name template"), message));
    if template.matches("{id}").count() != 1 {
        say(format!(
            "{template:?} must have {{id}} once, so that two leases never share a name"
        ));
    }
    let literal = PARTS
        .iter()
        .fold(template.to_owned(), |text, part| text.replace(part, ""));
    if literal.contains(['{', '}']) {
        say(format!(
            "{template:?} has a part in braces that is none of {{grant}}, {{by}}, {{id}}"
        ));
    } else if let Some(bad) = literal.chars().find(|c| !is_accepted(*c)) {
        say(format!(
            "{template:?} has the character {bad:?}; IAM accepts letters, digits and _+=,.@-"
        ));
    }
    if literal.len() + ID > 32 {
        say(format!(
            "{template:?} has {} characters beside its parts; 20 are the most",
            literal.len()
        ));
    }
}

/// Fills a template in, with at most `longest` characters.
pub(super) fn render(
    template: &str,
    grant: &str,
    by: &str,
    longest: usize,
) -> Result<String, Error> {
    let mut id = String::with_capacity(ID);
    for _ in 0..ID {
        id.push(char::from(secret::pick(ID_CHARACTERS)?));
    }
    // The parts that are not needed to tell leases apart give way.
    for most in (0..=longest).rev() {
        let name = template
            .replace("{grant}", &part(grant, most))
            .replace("{by}", &part(by, most))
            .replace("{id}", &id);
        if name.len() <= longest {
            return Ok(name);
        }
    }
    Ok(id)
}

/// A part of a name, with IAM's characters only.
fn part(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| if is_accepted(c) { c } else { '-' })
        .take(most)
        .collect()
}

fn is_accepted(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(template: &str) -> usize {
        let mut found = Vec::new();
        check(&mut found, "grant", template);
        found.len()
    }

    #[test]
    fn templates_are_checked() {
        assert_eq!(problems(DEFAULT), 0);
        assert_eq!(problems("{id}"), 0);
        assert_eq!(problems("lease-{by}"), 1);
        assert_eq!(problems("{id}{id}"), 1);
        assert_eq!(problems("{id}-{user}"), 1);
        assert_eq!(problems("a b {id}"), 1);
        assert_eq!(problems("a-name-that-is-too-long-{id}"), 1);
    }

    #[test]
    fn names_fit_and_differ() {
        let mut seen = std::collections::BTreeSet::new();
        for by in [
            "ann",
            "ann@example.org",
            "Jürgen {id} 日本",
            "",
            &"x".repeat(300),
        ] {
            for longest in [32, 64] {
                let name = render(DEFAULT, &"grant".repeat(20), by, longest).unwrap();
                assert!(name.len() <= longest, "{name}");
                assert!(name.chars().all(is_accepted), "{name}");
                assert!(seen.insert(name));
            }
        }
    }
}
