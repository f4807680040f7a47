//! Which call comes before which, and why.

use std::collections::BTreeSet;

use super::view::View;
use super::{Node, Rule, Thing};
use crate::document::Delta;
use crate::plan::operation::Operation;
use crate::plan::transition;
use crate::state::{Credential, Identity};

/// Why the first call comes before the other, if it does.
pub(super) fn rule(
    first: &Node,
    then: &Node,
    view: &View<'_>,
    full: &BTreeSet<Identity>,
) -> Option<Rule> {
    if hard(first, then, view, full) {
        return Some(Rule::Hard);
    }
    let mut found = None;
    for (identity, a) in &first.affects {
        for (other, b) in &then.affects {
            if identity != other {
                continue;
            }
            if a.deny_added.meets(&b.allow_added)
                || a.deny_added.meets(&b.deny_removed)
                || a.allow_removed.meets(&b.deny_removed)
            {
                return Some(Rule::Extra);
            }
            if a.allow_added.meets(&b.allow_removed) {
                found = Some(Rule::Lost);
            }
        }
    }
    found.or_else(|| moves_through_a_role(first, then, view).then_some(Rule::Lost))
}

/// Whether what goes from somebody comes to a role that it may assume, or what goes
/// from a role to somebody who may assume it.
fn moves_through_a_role(first: &Node, then: &Node, view: &View<'_>) -> bool {
    let moves = |added: &Delta, removed: &Delta| added.allow_added.meets(&removed.allow_removed);
    let mut pairs = first
        .affects
        .iter()
        .flat_map(|added| then.affects.iter().map(move |removed| (added, removed)));
    if pairs.any(|((to, added), (from, removed))| {
        moves(added, removed)
            && (view.names(view.after, to, from) || view.names(view.before, from, to))
    }) {
        return true;
    }
    // Whom a role lets in changes what it reaches.
    let let_in = match &first.operation {
        Operation::UpdateTrust { name, document } if view.widens_trust(name, document) => {
            let role = Identity::Role(name.clone());
            let mut losers = then.affects.iter();
            losers.any(|(who, delta)| {
                !delta.allow_removed.is_empty() && view.names(view.after, &role, who)
            })
        }
        _ => false,
    };
    let left_out = match &then.operation {
        Operation::UpdateTrust { name, document } if !view.widens_trust(name, document) => {
            let role = Identity::Role(name.clone());
            let mut winners = first.affects.iter();
            winners.any(|(who, delta)| {
                !delta.allow_added.is_empty() && view.names(view.before, &role, who)
            })
        }
        _ => false,
    };
    let_in || left_out
}

fn hard(first: &Node, then: &Node, view: &View<'_>, full: &BTreeSet<Identity>) -> bool {
    if first.place != then.place {
        return first.place < then.place;
    }
    // A trust policy names a user at its new path.
    let moves_what_then_names = match (&first.operation, &then.operation) {
        (
            Operation::MoveUser { name, .. },
            Operation::UpdateTrust { .. } | Operation::CreateRole { .. },
        ) => then
            .touches
            .contains(&Thing::Identity(Identity::User(name.clone()))),
        _ => false,
    };
    let makes_what_then_uses = first
        .creates
        .as_ref()
        .is_some_and(|thing| then.touches.contains(thing));
    let uses_what_then_deletes = then
        .deletes
        .as_ref()
        .is_some_and(|thing| first.touches.contains(thing));
    moves_what_then_names
        || makes_what_then_uses
        || uses_what_then_deletes
        || versions(&first.operation, &then.operation, view)
        || groups(&first.operation, &then.operation, view)
        || credentials(first, then)
        || reached_roles(first, then, view)
        || makes_room(&first.operation, &then.operation, full)
        || ends_transition(first, &then.operation, full)
}

/// What a crash left of a transition bridges the rest of the change, so it is
/// removed after everything else that concerns the identity, also whom a role
/// lets in.
fn ends_transition(first: &Node, then: &Operation, full: &BTreeSet<Identity>) -> bool {
    let Operation::DeleteInline { on, name } = then else {
        return false;
    };
    if name != transition::NAME || full.contains(on) {
        return false;
    }
    let lets_in = match (&first.operation, on) {
        (Operation::UpdateTrust { name, .. }, Identity::Role(role))
        | (Operation::RemoveRoleFromProfile { role: name, .. }, Identity::Role(role)) => {
            name == role
        }
        (Operation::DeleteInline { name, .. }, _) if name == transition::NAME => return false,
        _ => false,
    };
    lets_in || first.affects.iter().any(|(who, _)| who == on)
}

/// A managed policy is changed while as few as possible hold it.
fn versions(first: &Operation, then: &Operation, view: &View<'_>) -> bool {
    match (first, then) {
        (
            Operation::DeletePolicyVersion { name, .. },
            Operation::CreatePolicyVersion { name: other, .. }
            | Operation::StageVersion { name: other, .. }
            | Operation::DeletePolicy { name: other, .. },
        )
        | (Operation::StageVersion { name, .. }, Operation::SwitchVersion { name: other, .. }) => {
            name == other
        }
        (
            Operation::CreatePolicyVersion { arn, .. } | Operation::SwitchVersion { arn, .. },
            Operation::Attach { arn: other, .. } | Operation::SetBoundary { arn: other, .. },
        ) => arn == other,
        (
            Operation::CreatePolicyVersion { arn, .. } | Operation::SwitchVersion { arn, .. },
            Operation::CreateUser {
                boundary: Some(other),
                ..
            }
            | Operation::CreateRole {
                boundary: Some(other),
                ..
            },
        ) => arn == other,
        (
            Operation::Detach { arn, .. },
            Operation::CreatePolicyVersion { arn: other, .. }
            | Operation::SwitchVersion { arn: other, .. },
        ) => arn == other,
        (
            Operation::RemoveBoundary { on } | Operation::SetBoundary { on, .. },
            Operation::CreatePolicyVersion { arn, .. } | Operation::SwitchVersion { arn, .. },
        ) => view
            .before
            .holder(on)
            .is_some_and(|holder| holder.boundary.as_ref() == Some(arn)),
        _ => false,
    }
}

/// Whoever joins a group finds it as it is to be; whoever leaves goes before it changes.
fn groups(first: &Operation, then: &Operation, view: &View<'_>) -> bool {
    match (first, then) {
        (change, Operation::AddMember { group, .. }) => changes_group(change, group, view),
        (Operation::RemoveMember { group, .. }, change) => changes_group(change, group, view),
        _ => false,
    }
}

/// Whether a call changes what the members of a group have: one on the group
/// itself, or on the document of a policy attached to it.
fn changes_group(operation: &Operation, group: &str, view: &View<'_>) -> bool {
    match operation {
        Operation::PutInline { on, .. }
        | Operation::DeleteInline { on, .. }
        | Operation::Attach { on, .. }
        | Operation::Detach { on, .. } => matches!(on, Identity::Group(name) if name == group),
        Operation::CreatePolicyVersion { arn, .. } | Operation::SwitchVersion { arn, .. } => {
            [view.before, view.after]
                .into_iter()
                .filter_map(|state| state.groups.get(group))
                .any(|holder| holder.attached.contains(arn))
        }
        _ => false,
    }
}

/// Credentials are made last and taken away first.
fn credentials(first: &Node, then: &Node) -> bool {
    if access_keys(&first.operation, &then.operation) {
        return true;
    }
    if let Operation::CreateLogin { user, .. } | Operation::CreateKey { user, .. } = &then.operation
    {
        let user = Identity::User(user.clone());
        return first.affects.iter().any(|(identity, _)| *identity == user)
            || matches!(
                first.operation,
                Operation::SetPasswordPolicy { .. } | Operation::DeletePasswordPolicy
            );
    }
    let order = |operation: &Operation| match operation {
        Operation::DeleteLogin { user } => Some((user.clone(), 1)),
        Operation::DeleteCredential {
            user,
            credential: Credential::Mfa(_),
        } => Some((user.clone(), 3)),
        Operation::DeleteCredential { user, .. } => Some((user.clone(), 2)),
        _ => None,
    };
    if let (
        Operation::DeleteCredential {
            credential: Credential::Mfa(device),
            ..
        },
        Operation::DeleteMfaDevice { serial },
    ) = (&first.operation, &then.operation)
    {
        return device == serial;
    }
    match (order(&first.operation), order(&then.operation)) {
        (Some((user, a)), Some((other, b))) => user == other && a < b,
        (Some((user, _)), None) => {
            let user = Identity::User(user);
            then.affects.iter().any(|(identity, _)| *identity == user)
        }
        _ => false,
    }
}

/// A user is marked before its key is made, which needs the room of those that go, and the mark
/// is settled after it.
fn access_keys(first: &Operation, then: &Operation) -> bool {
    let key_of = |operation: &Operation, user: &String| matches!(operation, Operation::CreateKey { user: other, .. } if other == user);
    match first {
        Operation::Tag {
            on: Identity::User(user),
            ..
        } => key_of(then, user),
        Operation::DeleteCredential {
            user,
            credential: Credential::AccessKey(_),
        } => {
            // The tag that names a key goes after the key.
            key_of(then, user)
                || matches!(then, Operation::Untag { on: Identity::User(other), .. } if other == user)
        }
        Operation::CreateKey { user, .. } => {
            matches!(then, Operation::RecordKey { user: other } if other == user)
        }
        _ => false,
    }
}

/// Who may assume a role changes when the role is what it is to be, and who
/// no longer may is told before the role changes.
fn reached_roles(first: &Node, then: &Node, view: &View<'_>) -> bool {
    let affects = |node: &Node, role: &str| {
        let role = Identity::Role(role.to_owned());
        node.affects.iter().any(|(identity, _)| *identity == role)
    };
    if let (
        Operation::RemoveRoleFromProfile { profile, .. },
        Operation::AddRoleToProfile { profile: other, .. },
    ) = (&first.operation, &then.operation)
    {
        return profile == other;
    }
    let widens = match &then.operation {
        Operation::UpdateTrust { name, document } => {
            view.widens_trust(name, document) && affects(first, name)
        }
        Operation::AddRoleToProfile { role, .. } => affects(first, role),
        Operation::Provider(call) if call.widens() => {
            view.named_by(call.arn()).any(|role| affects(first, role))
        }
        _ => false,
    };
    let narrows = match &first.operation {
        Operation::UpdateTrust { name, document } => {
            !view.widens_trust(name, document) && affects(then, name)
        }
        Operation::RemoveRoleFromProfile { role, .. } => affects(then, role),
        Operation::Provider(call) if call.narrows() => {
            view.named_by(call.arn()).any(|role| affects(then, role))
        }
        _ => false,
    };
    widens || narrows
}

/// An identity at its quota is detached from before it is attached to.
fn makes_room(first: &Operation, then: &Operation, full: &BTreeSet<Identity>) -> bool {
    match (first, then) {
        (Operation::Detach { on, .. }, Operation::Attach { on: other, .. }) => {
            on == other && full.contains(on)
        }
        (Operation::DeleteInline { on, .. }, Operation::PutInline { on: other, .. }) => {
            on == other && full.contains(on)
        }
        (Operation::RemoveMember { user, .. }, Operation::AddMember { user: other, .. }) => {
            user == other && full.contains(&Identity::User(user.clone()))
        }
        _ => false,
    }
}
