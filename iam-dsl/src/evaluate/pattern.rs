//! One text with wildcards, split so that most texts are ruled out cheaply.

use iam_dsl_core::pattern::Glob;

/// A pattern in which `*` and `?` are wildcards, with the text before its first
/// wildcard, which rules out most.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: Box<str>,
    /// Where the first wildcard is, or the end.
    prefix: usize,
    rest: Rest,
}

/// What follows the prefix.
#[derive(Debug, Clone)]
enum Rest {
    Nothing,
    /// One `*`.
    Anything,
    /// Stars alone with text between them.
    Runs(Runs),
    Glob(Glob),
}

/// A pattern that begins with `*` and has no `?`.
#[derive(Debug, Clone)]
struct Runs {
    /// What stands between two stars, in order.
    between: Box<[Box<str>]>,
    /// What follows the last star.
    end: Box<str>,
}

impl Runs {
    fn new(text: &str) -> Self {
        let (stars, end) = text.rsplit_once('*').unwrap_or(("", text));
        let between = stars.split('*').filter(|run| !run.is_empty());
        Runs {
            between: between.map(Box::from).collect(),
            end: end.into(),
        }
    }

    /// Each run as early as it can be, which leaves the most to those after it;
    /// takes at most the product of the two lengths, and no memory.
    #[inline]
    fn matches(&self, text: &str) -> bool {
        let Some(mut rest) = text.as_bytes().strip_suffix(self.end.as_bytes()) else {
            return false;
        };
        self.between.iter().all(|run| {
            let found = after(rest, run.as_bytes());
            rest = found.unwrap_or_default();
            found.is_some()
        })
    }
}

/// What follows the first occurrence of a run that is not empty. The runs of
/// patterns are short: preparing a search would take longer than it saves.
#[inline]
fn after<'t>(mut text: &'t [u8], run: &[u8]) -> Option<&'t [u8]> {
    let (first, others) = run.split_first()?;
    loop {
        let place = text.iter().position(|byte| byte == first)?;
        text = text.get(place + 1..)?;
        if let Some(rest) = text.strip_prefix(others) {
            return Some(rest);
        }
    }
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let first = text.find(['*', '?']).unwrap_or(text.len());
        let (prefix, rest) = text.split_at_checked(first).unwrap_or((text, ""));
        Pattern {
            text: text.into(),
            prefix: prefix.len(),
            rest: match rest {
                "" => Rest::Nothing,
                "*" => Rest::Anything,
                rest if rest.starts_with('*') && !rest.contains('?') => Rest::Runs(Runs::new(rest)),
                rest => Rest::Glob(Glob::new(rest)),
            },
        }
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the first wildcard.
    #[inline]
    pub(super) fn prefix(&self) -> &str {
        self.text.get(..self.prefix).unwrap_or_default()
    }

    /// Whether the whole text matches, with regard to case.
    #[inline]
    pub(super) fn matches(&self, text: &str) -> bool {
        match (text.strip_prefix(self.prefix()), &self.rest) {
            (None, _) => false,
            (Some(rest), Rest::Nothing) => rest.is_empty(),
            (Some(_), Rest::Anything) => true,
            (Some(rest), Rest::Runs(runs)) => runs.matches(rest),
            (Some(rest), Rest::Glob(glob)) => glob.matches(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_the_glob(pattern in "[abé*?]{0,8}", text in "[abé]{0,8}") {
            proptest::prop_assert_eq!(Pattern::new(&pattern).matches(&text), Glob::new(&pattern).matches(&text));
        }

        #[test]
        fn it_is_the_glob_without_question_marks(pattern in "[ab*]{0,9}", text in "[ab]{0,9}") {
            proptest::prop_assert_eq!(Pattern::new(&pattern).matches(&text), Glob::new(&pattern).matches(&text));
        }
    }
}
