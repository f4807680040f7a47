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
    by_service: HashMap<String, Vec<Glob>>,
    /// Patterns whose service has wildcards, or that have no colon.
    others: Vec<Glob>,
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
                    .push(Glob::new(name));
            } else {
                set.others.push(Glob::new(&folded));
            }
        }
        set
    }

    pub(super) fn matches(&self, action: &Action) -> bool {
        self.any
            || self.exact.contains(action.folded())
            || self
                .by_service
                .get(action.service())
                .is_some_and(|globs| globs.iter().any(|glob| glob.matches(action.name())))
            || self.others.iter().any(|glob| glob.matches(action.folded()))
    }
}
