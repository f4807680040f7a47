//! Action patterns: "the prefix and the action name are case insensitive"
//! (IAM User Guide, "IAM JSON policy elements: Action").

use std::collections::{HashMap, HashSet};

use iam_dsl_core::ActionPattern;
use iam_dsl_core::pattern::Glob;

use super::request::Action;

/// The values of one `Action` or `NotAction`: literals first, patterns only
/// among those of the request's service.
#[derive(Debug, Clone, Default)]
pub(super) struct ActionSet {
    any: bool,
    /// Whole actions without wildcards, in lower case.
    exact: HashSet<String>,
    /// Patterns of the name, by a service without wildcards, in lower case.
    by_service: HashMap<String, Vec<NamePattern>>,
    /// Patterns whose service has wildcards, or that have no colon.
    others: Vec<NamePattern>,
}

/// A pattern with the text before its first wildcard, which rules out most.
#[derive(Debug, Clone)]
pub(super) struct NamePattern {
    text: String,
    prefix: usize,
    glob: Glob,
}

impl NamePattern {
    /// Takes a pattern in lower case.
    pub(super) fn new(text: &str) -> Self {
        NamePattern {
            prefix: text.find(['*', '?']).unwrap_or(text.len()),
            glob: Glob::new(text),
            text: text.to_owned(),
        }
    }

    /// The text before the first wildcard.
    pub(super) fn prefix(&self) -> &str {
        self.text.get(..self.prefix).unwrap_or_default()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        text.starts_with(self.prefix()) && self.glob.matches(text)
    }
}

/// Where a statement is looked up for an action.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// This action alone.
    Exact(String),
    /// Actions that this pattern matches.
    Pattern(String),
}

impl ActionSet {
    pub(super) fn prepare(patterns: &[ActionPattern]) -> Self {
        let mut set = ActionSet::default();
        for pattern in patterns {
            let folded = pattern.as_str().to_ascii_lowercase();
            let wild = |text: &str| text.contains(['*', '?']);
            if folded == "*" || folded == "*:*" {
                set.any = true;
            } else if !wild(&folded) {
                set.exact.insert(folded);
            } else if let Some((service, name)) =
                folded.split_once(':').filter(|(service, _)| !wild(service))
            {
                set.by_service
                    .entry(service.to_owned())
                    .or_default()
                    .push(NamePattern::new(name));
            } else {
                set.others.push(NamePattern::new(&folded));
            }
        }
        set
    }

    /// Where to look this set up: an action that it matches meets one of these.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        let any = self.any.then(|| Key::Pattern("*".to_owned()));
        let exact = self.exact.iter().cloned().map(Key::Exact);
        let by_service = self.by_service.iter().flat_map(|(service, patterns)| {
            patterns
                .iter()
                .map(move |pattern| Key::Pattern(format!("{service}:{}", pattern.text)))
        });
        let others = self
            .others
            .iter()
            .map(|pattern| Key::Pattern(pattern.text.clone()));
        any.into_iter().chain(exact).chain(by_service).chain(others)
    }

    pub(super) fn matches(&self, action: &Action) -> bool {
        self.any
            || self.exact.contains(action.folded())
            || self
                .by_service
                .get(action.service())
                .is_some_and(|patterns| {
                    patterns
                        .iter()
                        .any(|pattern| pattern.matches(action.name()))
                })
            || self
                .others
                .iter()
                .any(|pattern| pattern.matches(action.folded()))
    }
}
