//! The actions that the checks ask about, found by pattern.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::{AccessLevel, Catalogue};

use super::resource::Template;
use super::{escalation, exposure};

/// Every action that some check asks about, in order of its lower-case name.
pub(super) struct Watch {
    actions: Vec<(String, Vec<Template>)>,
}

static WATCH: LazyLock<Watch> = LazyLock::new(Watch::build);

impl Watch {
    pub(super) fn get() -> &'static Watch {
        &WATCH
    }

    fn build() -> Watch {
        let catalogue = Catalogue::embedded();
        let mut actions: BTreeMap<String, Vec<Template>> = BTreeMap::new();
        let managing = catalogue.services().flat_map(|service| {
            let actions = service.actions_by_access_level(AccessLevel::PermissionsManagement);
            actions.map(|action| action.to_string())
        });
        let named = escalation::actions().chain(exposure::actions());
        for action in managing.chain(named.map(str::to_owned)) {
            let known = catalogue.action(&action);
            let types = known.into_iter().flat_map(|known| known.resource_types());
            let mut templates: Vec<Template> = types
                .flat_map(|row| row.resource_type().arn_formats())
                .filter_map(Template::new)
                .collect();
            if templates.is_empty() {
                templates.push(Template::none());
            }
            templates.sort();
            templates.dedup();
            actions.insert(action.to_ascii_lowercase(), templates);
        }
        Watch {
            actions: actions.into_iter().collect(),
        }
    }

    /// The number of an action, in any case.
    pub(super) fn find(&self, action: &str) -> Option<usize> {
        let action = action.to_ascii_lowercase();
        self.actions
            .binary_search_by(|(name, _)| name.as_str().cmp(&action))
            .ok()
    }

    /// The types of resource that an action works on.
    pub(super) fn templates(&self, action: usize) -> &[Template] {
        self.actions
            .get(action)
            .map_or(&[], |(_, templates)| templates)
    }

    /// The numbers of the actions that a pattern matches.
    pub(super) fn matching(&self, pattern: &str) -> impl Iterator<Item = usize> + use<'_> {
        let pattern = pattern.to_ascii_lowercase();
        // Only names with the pattern's literal beginning can match.
        let literal = pattern.find(['*', '?']).unwrap_or(pattern.len());
        let start = pattern.get(..literal).unwrap_or_default().to_owned();
        let exact = literal == pattern.len();
        let all_of_it = pattern.get(literal..) == Some("*");
        let glob = Glob::new(&pattern);
        let first = self.actions.partition_point(|(name, _)| *name < start);
        let names = self.actions.get(first..).unwrap_or_default().iter();
        names
            .map(|(name, _)| name)
            .take_while(move |name| name.starts_with(&start))
            .enumerate()
            .filter(move |(_, name)| {
                // IAM knows no action without a service but `*`.
                let colon = pattern == "*" || pattern.contains(':');
                colon
                    && ((exact && **name == pattern) || all_of_it || (!exact && glob.matches(name)))
            })
            .map(move |(index, _)| first + index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_what_globs_match() {
        let watch = Watch::get();
        for pattern in [
            "iam:*",
            "IAM:PutRolePolicy",
            "iam:*Policy",
            "*",
            "s3:Get?bject",
            "iam*",
            "sts:assumerole",
        ] {
            let folded = pattern.to_ascii_lowercase();
            let expected: Vec<usize> = (0..watch.actions.len())
                .filter(|&n| {
                    (folded == "*" || folded.contains(':'))
                        && Glob::new(&folded).matches(&watch.actions[n].0)
                })
                .collect();
            assert_eq!(
                watch.matching(pattern).collect::<Vec<_>>(),
                expected,
                "{pattern}"
            );
        }
        assert!(watch.find("iam:passrole").is_some());
        assert!(watch.find("s3:ListBucket").is_none());
    }
}
