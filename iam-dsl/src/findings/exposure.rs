//! Actions that hand out credentials or data, and those that change permissions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use iam_dsl_core::{AccessLevel, Catalogue, Code, Diagnostic};

use super::access::{Access, Grant, On};
use super::table;

/// One action of the table.
struct Exposing {
    code: Code,
    action: &'static str,
    what: &'static str,
}

static EXPOSING: LazyLock<Vec<Exposing>> = LazyLock::new(|| {
    table::rows(include_str!("data/exposing_actions.tsv"))
        .map(|row| Exposing {
            code: match table::field(&row, 0) {
                "credentials" => Code::CredentialExposure,
                _ => Code::DataExfiltration,
            },
            action: table::field(&row, 1),
            what: table::field(&row, 2),
        })
        .collect()
});

/// The actions of the table.
pub(super) fn actions() -> impl Iterator<Item = &'static str> {
    EXPOSING.iter().map(|exposing| exposing.action)
}

/// The actions of the table that are allowed in full, those of one place together.
pub(super) fn check(
    access: &Access<'_>,
    wanted: impl Fn(Code) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let mut by_place: BTreeMap<(Code, Grant), Vec<&Exposing>> = BTreeMap::new();
    for exposing in EXPOSING.iter().filter(|exposing| wanted(exposing.code)) {
        if let Some(grant) = access.grants(exposing.action, On::Every, &[]) {
            by_place
                .entry((exposing.code, grant))
                .or_default()
                .push(exposing);
        }
    }
    found.extend(by_place.into_iter().map(|((code, grant), actions)| {
        let names = list(
            actions
                .iter()
                .map(|exposing| format!("{} gives {}", exposing.action, exposing.what)),
        );
        let what = match code {
            Code::CredentialExposure => "credentials",
            _ => "data",
        };
        Diagnostic::new(
            code,
            grant.pointer,
            format!("this gives {what} away on every resource: {names}"),
        )
        .help("name the resources that it is meant for")
    }));
}

/// The actions that change permissions on every resource, those of one place
/// together. Actions for which no resource can be named are left out: there is
/// nothing to be constrained.
pub(super) fn permissions(access: &Access<'_>, found: &mut Vec<Diagnostic>) {
    let mut by_place: BTreeMap<Grant, Vec<String>> = BTreeMap::new();
    let services = Catalogue::embedded().services();
    let managing = services
        .flat_map(|service| service.actions_by_access_level(AccessLevel::PermissionsManagement));
    for action in managing.filter(|action| action.has_resource_types()) {
        let action = action.to_string();
        // Passing a role and making one for a service have findings of their own.
        if matches!(
            action.as_str(),
            "iam:PassRole" | "iam:CreateServiceLinkedRole"
        ) {
            continue;
        }
        if let Some(grant) = access.grants(&action, On::Every, &[]) {
            by_place.entry(grant).or_default().push(action);
        }
    }
    found.extend(by_place.into_iter().map(|(grant, actions)| {
        let names = list(actions.into_iter());
        Diagnostic::new(
            Code::PermissionsManagement,
            grant.pointer,
            format!("this lets its holder change permissions on every resource: {names}"),
        )
        .help("name the resources that it is meant for")
    }));
}

/// The first of some names, and how many more there are.
fn list(names: impl ExactSizeIterator<Item = String>) -> String {
    const NAMED: usize = 4;
    let more = names.len().saturating_sub(NAMED);
    let mut text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_actions_that_there_are() {
        let catalogue = Catalogue::embedded();
        for exposing in EXPOSING.iter() {
            let known = catalogue.action(exposing.action);
            assert_eq!(
                known.map(|a| a.to_string()).as_deref(),
                Some(exposing.action)
            );
        }
    }
}
