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
    Glob(Glob),
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
                rest => Rest::Glob(Glob::new(rest)),
            },
        }
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the first wildcard.
    pub(super) fn prefix(&self) -> &str {
        self.text.get(..self.prefix).unwrap_or_default()
    }

    /// Whether the whole text matches, with regard to case.
    pub(super) fn matches(&self, text: &str) -> bool {
        match (text.strip_prefix(self.prefix()), &self.rest) {
            (None, _) => false,
            (Some(rest), Rest::Nothing) => rest.is_empty(),
            (Some(_), Rest::Anything) => true,
            (Some(rest), Rest::Glob(glob)) => glob.matches(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_the_glob(pattern in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            proptest::prop_assert_eq!(Pattern::new(&pattern).matches(&text), Glob::new(&pattern).matches(&text));
        }
    }
}
