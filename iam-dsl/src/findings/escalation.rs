//! Permissions that can be turned into more permissions.
//!
//! The paths are those of <https://pathfinding.cloud>. A path is open where the
//! document allows every one of its actions in full (see [`super::access`]);
//! whether a role or user with more permissions exists is not known here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use iam_dsl_core::{Code, Diagnostic};

use super::access::{Access, Grant, On};
use super::table;

/// One published path.
struct Path {
    id: &'static str,
    code: Code,
    /// All of them are needed.
    actions: Vec<&'static str>,
    /// The services of which one must be passed the role.
    services: Vec<&'static str>,
}

static PATHS: LazyLock<Vec<Path>> = LazyLock::new(|| {
    table::rows(include_str!("data/escalation_paths.tsv"))
        .map(|row| {
            let actions: Vec<&str> = table::field(&row, 2).split(' ').collect();
            let code = match table::field(&row, 1) {
                "self-escalation" => Code::EscalationOwnPermissions,
                "principal-access" => Code::EscalationOtherPrincipal,
                _ if actions.contains(&PASS_ROLE) => Code::EscalationNewPassRole,
                _ => Code::EscalationExistingPassRole,
            };
            let services = table::field(&row, 3).split(' ');
            Path {
                id: table::field(&row, 0),
                code,
                actions,
                services: services.filter(|service| !service.is_empty()).collect(),
            }
        })
        .collect()
});

const PASS_ROLE: &str = "iam:PassRole";

/// A user who may do one of these to themselves has what they give.
const ON_OWN_USER: &[&str] = &["iam:PutUserPolicy", "iam:AttachUserPolicy"];

/// The actions that paths need.
pub(super) fn actions() -> impl Iterator<Item = &'static str> {
    PATHS.iter().flat_map(|path| path.actions.iter().copied())
}

/// The open paths, those of the same places together.
pub(super) fn check(
    access: &Access<'_>,
    wanted: impl Fn(Code) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let open: Vec<(&Path, Vec<Grant>)> = PATHS
        .iter()
        .filter(|path| wanted(path.code))
        .filter_map(|path| Some((path, grants(access, path)?)))
        .collect();
    let mut by_place: BTreeMap<(Code, Vec<Grant>), Vec<&Path>> = BTreeMap::new();
    for (path, grants) in &open {
        // A longer path with the same end adds nothing to an open shorter one.
        let is_longer = |other: &Path| {
            other.code == path.code
                && other.actions.len() < path.actions.len()
                && other
                    .actions
                    .iter()
                    .all(|action| path.actions.contains(action))
        };
        if !open.iter().any(|(other, _)| is_longer(other)) {
            let mut places = grants.clone();
            places.dedup();
            by_place.entry((path.code, places)).or_default().push(path);
        }
    }
    found.extend(
        by_place
            .into_iter()
            .map(|((code, places), paths)| report(code, &places, &paths)),
    );
}

/// Where each action of a path is allowed, where all are.
fn grants(access: &Access<'_>, path: &Path) -> Option<Vec<Grant>> {
    let grant = |action: &&str| {
        let own = path.code == Code::EscalationOwnPermissions && ON_OWN_USER.contains(action);
        let on = if own { On::EveryOrOwnUser } else { On::Every };
        let services: &[&str] = if *action == PASS_ROLE {
            &path.services
        } else {
            &[]
        };
        access.grants(action, on, services)
    };
    path.actions.iter().map(grant).collect()
}

/// How many paths a message names.
const NAMED: usize = 4;

fn report(code: Code, places: &[Grant], paths: &[&Path]) -> Diagnostic {
    let (first, others) = match places.split_first() {
        Some((first, others)) => (first.pointer.as_str(), others),
        None => ("", places),
    };
    let names: Vec<String> = paths
        .iter()
        .take(NAMED)
        .map(|path| format!("{} ({})", path.actions.join(" + "), path.id))
        .collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (effect, advice) = match code {
        Code::EscalationOwnPermissions => (
            "lets its holder widen the holder's own permissions",
            "name the resources, or require a permissions boundary with iam:PermissionsBoundary",
        ),
        Code::EscalationOtherPrincipal => (
            "lets its holder act as other users or roles",
            "name the users and roles that it is meant for",
        ),
        Code::EscalationNewPassRole => (
            "lets its holder run code with any role that the service may be given",
            "name the roles in the statement that allows iam:PassRole",
        ),
        _ => (
            "lets its holder run code with the roles of what is there",
            "name the resources that it is meant for",
        ),
    };
    let mut finding = Diagnostic::new(
        code,
        first,
        format!("this {effect}: {}{more}", names.join(", ")),
    );
    let id = paths.first().map_or("", |path| path.id);
    finding = finding.help(format!(
        "{advice}; see https://pathfinding.cloud/paths/{id}"
    ));
    for other in others {
        finding = finding.related(&other.pointer);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(PATHS.len(), 65);
        let catalogue = iam_dsl_core::Catalogue::embedded();
        for path in PATHS.iter() {
            let passes = path.actions.contains(&PASS_ROLE);
            assert_eq!(passes, !path.services.is_empty(), "{}", path.id);
            for action in &path.actions {
                // AWS Data Pipeline and CodeStar are closed to new customers but listed.
                assert!(
                    catalogue.action(action).is_some(),
                    "{action} of {}",
                    path.id
                );
            }
        }
    }
}
