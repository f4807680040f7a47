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
struct NamePattern {
    prefix: String,
    glob: Glob,
}

impl NamePattern {
    fn new(folded: &str) -> Self {
        let end = folded.find(['*', '?']).unwrap_or(folded.len());
        NamePattern {
            prefix: folded.get(..end).unwrap_or_default().to_owned(),
            glob: Glob::new(folded),
        }
    }

    fn matches(&self, text: &str) -> bool {
        text.starts_with(&self.prefix) && self.glob.matches(text)
    }
}

/// Where a statement is looked up for an action.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// This action alone.
    Exact(String),
    /// Actions that begin so.
    Prefix(String),
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
        let any = self.any.then(|| Key::Prefix(String::new()));
        let exact = self.exact.iter().cloned().map(Key::Exact);
        let by_service = self.by_service.iter().flat_map(|(service, patterns)| {
            patterns
                .iter()
                .map(move |pattern| Key::Prefix(format!("{service}:{}", pattern.prefix)))
        });
        let others = self
            .others
            .iter()
            .map(|pattern| Key::Prefix(pattern.prefix.clone()));
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
