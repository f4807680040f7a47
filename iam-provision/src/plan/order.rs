//! The order of the calls.
//!
//! Two properties are wanted, for every prefix of the plan and every identity:
//! a request that is allowed after the prefix is allowed before or after the
//! plan (nothing extra), and a request that is allowed before and after is
//! allowed all along (nothing lost). For documents that only add or only
//! remove, of one effect, this holds if per identity denies are added first,
//! then allows, then allows are removed, then denies. The other rules keep
//! each comparison within one identity: whoever joins a group does so after
//! the group is what it is to be, and whoever leaves it goes before.
//!
//! A document that changes in two directions at once can make the rules
//! contradict each other. Then those for "nothing lost" give way first, and a
//! note says so where those for "nothing extra" had to.

use std::collections::BTreeSet;

use super::diff::identity::is_aws_deny;
use super::diff::{Draft, Place};
use super::operation::Operation;
use crate::document::{Delta, PolicyText};
use crate::state::{Credential, Identity, State};

/// Attached policies and groups that IAM accepts by default; replacing one at
/// the limit has to remove before it adds.
const ATTACHED: usize = 10;
const GROUPS_OF_A_USER: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// Without it "nothing lost" may fail.
    Lost,
    /// Without it "nothing extra" may fail.
    Extra,
    /// Without it IAM refuses a call, or something unsafe happens.
    Hard,
}

/// The calls in a safe order, and those for which no order kept "nothing extra".
pub(crate) struct Ordered {
    pub(crate) operations: Vec<Operation>,
    pub(crate) not_safe: Vec<Operation>,
}

pub(crate) fn order(drafts: Vec<Draft>, before: &State, after: &State) -> Ordered {
    let view = View { before, after };
    let full = view.identities_that_are_full(&drafts);
    let nodes: Vec<Node> = drafts
        .into_iter()
        .map(|draft| Node::new(draft, &view))
        .collect();
    // For each node, those that come before it and why.
    let mut waits: Vec<Vec<(usize, Rule)>> = nodes.iter().map(|_| Vec::new()).collect();
    for (i, first) in nodes.iter().enumerate() {
        for (j, then) in nodes.iter().enumerate() {
            if i != j
                && let Some(rule) = rule(first, then, &view, &full)
                && let Some(list) = waits.get_mut(j)
            {
                list.push((i, rule));
            }
        }
    }
    let mut remaining: BTreeSet<(u16, usize)> = nodes
        .iter()
        .enumerate()
        .map(|(i, node)| (node.rank, i))
        .collect();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut sequence = Vec::new();
    let mut not_safe = Vec::new();
    while let Some((chosen, broken)) = next(&remaining, &waits, &done) {
        remaining.retain(|(_, index)| *index != chosen);
        done.insert(chosen);
        sequence.push(chosen);
        if broken && let Some(node) = nodes.get(chosen) {
            not_safe.push(node.operation.clone());
        }
    }
    let mut operations: Vec<Option<Operation>> =
        nodes.into_iter().map(|node| Some(node.operation)).collect();
    let operations = sequence
        .into_iter()
        .filter_map(|index| operations.get_mut(index).and_then(Option::take))
        .collect();
    Ordered {
        operations,
        not_safe,
    }
}

/// The next call: the first by rank that waits for nothing, or, in a
/// contradiction, for nothing but rules that may give way. The flag says that
/// a rule for "nothing extra" gave way.
fn next(
    remaining: &BTreeSet<(u16, usize)>,
    waits: &[Vec<(usize, Rule)>],
    done: &BTreeSet<usize>,
) -> Option<(usize, bool)> {
    for (least, broken) in [
        (Rule::Lost, false),
        (Rule::Extra, false),
        (Rule::Hard, true),
    ] {
        let free = remaining.iter().find(|(_, index)| {
            waits.get(*index).is_none_or(|list| {
                list.iter()
                    .all(|(i, rule)| *rule < least || done.contains(i))
            })
        });
        if let Some((_, index)) = free {
            return Some((*index, broken));
        }
    }
    remaining.first().map(|(_, index)| (*index, true))
}

struct Node {
    operation: Operation,
    place: Place,
    rank: u16,
    /// What the call changes for which users and roles.
    affects: Vec<(Identity, Delta)>,
    creates: Option<Thing>,
    deletes: Option<Thing>,
    touches: Vec<Thing>,
}

/// An entity that calls depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Thing {
    Identity(Identity),
    Policy(String),
    Profile(String),
}

impl Node {
    fn new(draft: Draft, view: &View<'_>) -> Self {
        let Draft { operation, place } = draft;
        let affects = view.affects(&operation);
        Self {
            rank: rank(&operation, place, &affects, view),
            creates: creates(&operation, view),
            deletes: deletes(&operation),
            touches: view.touches(&operation),
            affects,
            place,
            operation,
        }
    }
}

fn creates(operation: &Operation, view: &View<'_>) -> Option<Thing> {
    Some(match operation {
        Operation::CreatePolicy { name, path, .. } => {
            Thing::Policy(view.before.account.policy_arn(path, name))
        }
        Operation::CreateGroup { name, .. } => Thing::Identity(Identity::Group(name.clone())),
        Operation::CreateUser { name, .. } => Thing::Identity(Identity::User(name.clone())),
        Operation::CreateRole { name, .. } => Thing::Identity(Identity::Role(name.clone())),
        Operation::CreateProfile { name, .. } => Thing::Profile(name.clone()),
        _ => return None,
    })
}

fn deletes(operation: &Operation) -> Option<Thing> {
    Some(match operation {
        Operation::DeletePolicy { arn, .. } => Thing::Policy(arn.clone()),
        Operation::DeleteGroup { name } => Thing::Identity(Identity::Group(name.clone())),
        Operation::DeleteUser { name } => Thing::Identity(Identity::User(name.clone())),
        Operation::DeleteRole { name } => Thing::Identity(Identity::Role(name.clone())),
        Operation::DeleteProfile { name } => Thing::Profile(name.clone()),
        _ => return None,
    })
}

/// The order among calls that no rule binds: what reads naturally.
fn rank(
    operation: &Operation,
    place: Place,
    affects: &[(Identity, Delta)],
    view: &View<'_>,
) -> u16 {
    match place {
        Place::First => return 0,
        Place::Last => return 99,
        Place::Middle => {}
    }
    match operation {
        Operation::DeleteLogin { .. } => 1,
        Operation::DeleteCredential {
            credential: Credential::Mfa(_),
            ..
        } => 3,
        Operation::DeleteCredential { .. } => 2,
        Operation::DeleteMfaDevice { .. } => 4,
        Operation::RemoveRoleFromProfile { .. } => 5,
        Operation::CreatePolicy { .. } => 10,
        Operation::CreateGroup { .. } => 11,
        Operation::CreateUser { .. } => 12,
        Operation::CreateRole { .. } => 13,
        Operation::CreateProfile { .. } => 14,
        Operation::Tag { .. } | Operation::TagPolicy { .. } => 15,
        Operation::MoveUser { .. } | Operation::MoveGroup { .. } => 16,
        Operation::UpdateRole { .. } => 17,
        Operation::SetPasswordPolicy { .. } | Operation::DeletePasswordPolicy => 20,
        Operation::AddMember { .. } => 45,
        Operation::UpdateTrust { name, document } => {
            if view.trust_delta(name, document).allow_added {
                50
            } else {
                25
            }
        }
        Operation::AddRoleToProfile { .. } => 51,
        Operation::RemoveMember { .. } => 58,
        Operation::CreateLogin { .. } => 80,
        Operation::Untag { .. } | Operation::UntagPolicy { .. } => 84,
        Operation::DeleteProfile { .. } => 85,
        Operation::DeleteGroup { .. } => 86,
        Operation::DeleteUser { .. } => 87,
        Operation::DeleteRole { .. } => 88,
        Operation::DeletePolicyVersion { .. } => 89,
        Operation::DeletePolicy { .. } => 90,
        _ => {
            let delta = match affects {
                [] => view.own_delta(operation),
                some => some
                    .iter()
                    .fold(Delta::default(), |all, (_, delta)| all.merge(*delta)),
            };
            match delta {
                Delta {
                    deny_removed: true, ..
                } => 70,
                Delta {
                    allow_added: true, ..
                } => 40,
                Delta {
                    allow_removed: true,
                    ..
                } => 60,
                Delta {
                    deny_added: true, ..
                } => 30,
                _ => 41,
            }
        }
    }
}

fn rule(first: &Node, then: &Node, view: &View<'_>, full: &BTreeSet<Identity>) -> Option<Rule> {
    if hard(first, then, view, full) {
        return Some(Rule::Hard);
    }
    let mut found = None;
    for (identity, a) in &first.affects {
        for (other, b) in &then.affects {
            if identity != other {
                continue;
            }
            if (a.deny_added && (b.allow_added || b.deny_removed))
                || (a.allow_removed && b.deny_removed)
            {
                return Some(Rule::Extra);
            }
            if a.allow_added && b.allow_removed {
                found = Some(Rule::Lost);
            }
        }
    }
    found
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
        || groups(&first.operation, &then.operation)
        || credentials(first, then)
        || reached_roles(first, then, view)
        || makes_room(&first.operation, &then.operation, full)
}

/// A managed policy is changed while as few as possible hold it.
fn versions(first: &Operation, then: &Operation, view: &View<'_>) -> bool {
    match (first, then) {
        (
            Operation::DeletePolicyVersion { name, .. },
            Operation::CreatePolicyVersion { name: other, .. }
            | Operation::DeletePolicy { name: other, .. },
        ) => name == other,
        (
            Operation::CreatePolicyVersion { arn, .. },
            Operation::Attach { arn: other, .. } | Operation::SetBoundary { arn: other, .. },
        ) => arn == other,
        (
            Operation::CreatePolicyVersion { arn, .. },
            Operation::CreateUser {
                boundary: Some(other),
                ..
            }
            | Operation::CreateRole {
                boundary: Some(other),
                ..
            },
        ) => arn == other,
        (Operation::Detach { arn, .. }, Operation::CreatePolicyVersion { arn: other, .. }) => {
            arn == other
        }
        (
            Operation::RemoveBoundary { on } | Operation::SetBoundary { on, .. },
            Operation::CreatePolicyVersion { arn, .. },
        ) => view
            .before
            .holder(on)
            .is_some_and(|holder| holder.boundary.as_ref() == Some(arn)),
        _ => false,
    }
}

/// Whoever joins a group finds it as it is to be; whoever leaves goes before it changes.
fn groups(first: &Operation, then: &Operation) -> bool {
    match (first, then) {
        (changes, Operation::AddMember { group, .. }) => changes_group(changes) == Some(group),
        (Operation::RemoveMember { group, .. }, changes) => changes_group(changes) == Some(group),
        _ => false,
    }
}

fn changes_group(operation: &Operation) -> Option<&String> {
    match operation {
        Operation::PutInline {
            on: Identity::Group(name),
            ..
        }
        | Operation::DeleteInline {
            on: Identity::Group(name),
            ..
        }
        | Operation::Attach {
            on: Identity::Group(name),
            ..
        }
        | Operation::Detach {
            on: Identity::Group(name),
            ..
        } => Some(name),
        _ => None,
    }
}

/// Credentials are made last and taken away first.
fn credentials(first: &Node, then: &Node) -> bool {
    if let Operation::CreateLogin { user, .. } = &then.operation {
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
            view.trust_delta(name, document).allow_added && affects(first, name)
        }
        Operation::AddRoleToProfile { role, .. } => affects(first, role),
        _ => false,
    };
    let narrows = match &first.operation {
        Operation::UpdateTrust { name, document } => {
            !view.trust_delta(name, document).allow_added && affects(then, name)
        }
        Operation::RemoveRoleFromProfile { role, .. } => affects(then, role),
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

struct View<'a> {
    before: &'a State,
    after: &'a State,
}

impl View<'_> {
    fn touches(&self, operation: &Operation) -> Vec<Thing> {
        let policy = |arn: &String| Thing::Policy(arn.clone());
        let identity = |on: &Identity| Thing::Identity(on.clone());
        let user = |name: &String| Thing::Identity(Identity::User(name.clone()));
        let group = |name: &String| Thing::Identity(Identity::Group(name.clone()));
        let role = |name: &String| Thing::Identity(Identity::Role(name.clone()));
        let profile = |name: &String| Thing::Profile(name.clone());
        match operation {
            Operation::CreatePolicyVersion { arn, .. }
            | Operation::DeletePolicyVersion { arn, .. }
            | Operation::TagPolicy { arn, .. }
            | Operation::UntagPolicy { arn, .. } => vec![policy(arn)],
            Operation::CreateUser {
                boundary: Some(arn),
                ..
            } => vec![policy(arn)],
            Operation::CreateRole {
                boundary, trust, ..
            } => {
                let mut things: Vec<Thing> = boundary.iter().map(policy).collect();
                things.extend(self.mentioned(trust));
                things
            }
            Operation::UpdateTrust { name, document } => {
                let mut things = self.mentioned(document);
                things.push(role(name));
                things
            }
            Operation::MoveUser { name, .. } => vec![user(name)],
            Operation::MoveGroup { name, .. } => vec![group(name)],
            Operation::UpdateRole { name, .. } => vec![role(name)],
            // Deleting it is what frees its boundary.
            Operation::DeleteUser { name } => self.bounded_by(&Identity::User(name.clone())),
            Operation::DeleteRole { name } => self.bounded_by(&Identity::Role(name.clone())),
            Operation::AddRoleToProfile {
                profile: p,
                role: r,
            }
            | Operation::RemoveRoleFromProfile {
                profile: p,
                role: r,
            } => {
                vec![profile(p), role(r)]
            }
            Operation::PutInline { on, .. } | Operation::DeleteInline { on, .. } => {
                vec![identity(on)]
            }
            Operation::Tag { on, .. } | Operation::Untag { on, .. } => vec![identity(on)],
            Operation::Attach { on, arn } | Operation::Detach { on, arn } => {
                vec![identity(on), policy(arn)]
            }
            Operation::SetBoundary { on, arn } => {
                let mut things = self.bounded_by(on);
                things.extend([identity(on), policy(arn)]);
                things
            }
            Operation::RemoveBoundary { on } => {
                let mut things = self.bounded_by(on);
                things.push(identity(on));
                things
            }
            Operation::AddMember { user: u, group: g }
            | Operation::RemoveMember { user: u, group: g } => {
                vec![user(u), group(g)]
            }
            Operation::CreateLogin { user: u, .. }
            | Operation::DeleteLogin { user: u }
            | Operation::DeleteCredential { user: u, .. } => vec![user(u)],
            _ => Vec::new(),
        }
    }

    fn bounded_by(&self, identity: &Identity) -> Vec<Thing> {
        let boundary = self
            .before
            .holder(identity)
            .and_then(|holder| holder.boundary.clone());
        boundary.into_iter().map(Thing::Policy).collect()
    }

    /// Users and roles of the bundle that a trust policy names: IAM refuses
    /// a principal that does not exist.
    fn mentioned(&self, trust: &PolicyText) -> Vec<Thing> {
        let users = self.after.users.iter().map(|(name, user)| {
            (
                self.after
                    .account
                    .arn(&format!("user{}{name}", user.holder.path)),
                Identity::User(name.clone()),
            )
        });
        let roles = self.after.roles.iter().map(|(name, role)| {
            (
                self.after
                    .account
                    .arn(&format!("role{}{name}", role.holder.path)),
                Identity::Role(name.clone()),
            )
        });
        users
            .chain(roles)
            .filter(|(arn, _)| trust.json().contains(&format!("\"{arn}\"")))
            .map(|(_, identity)| Thing::Identity(identity))
            .collect()
    }

    /// The document of a managed policy before or after the plan.
    fn text<'s>(state: &'s State, arn: &str) -> Option<&'s PolicyText> {
        state.policy_by_arn(arn).map(|(_, policy)| &policy.document)
    }

    fn attaching(&self, arn: &str) -> Delta {
        match Self::text(self.after, arn).or_else(|| Self::text(self.before, arn)) {
            Some(document) => Delta::added(document),
            None if is_aws_deny(arn) => Delta {
                deny_added: true,
                ..Delta::default()
            },
            None if arn.contains(":iam::aws:") => Delta {
                allow_added: true,
                ..Delta::default()
            },
            None => Delta {
                allow_added: true,
                deny_added: true,
                ..Delta::default()
            },
        }
    }

    fn detaching(&self, arn: &str) -> Delta {
        match Self::text(self.before, arn) {
            Some(document) => Delta::removed(document),
            None => {
                let added = self.attaching(arn);
                Delta {
                    allow_removed: added.allow_added,
                    deny_removed: added.deny_added,
                    ..Delta::default()
                }
            }
        }
    }

    fn trust_delta(&self, role: &str, document: &PolicyText) -> Delta {
        let before = self.before.roles.get(role).map(|role| &role.trust);
        let delta = Delta::between(before, Some(document));
        // A deny that goes away lets somebody in as an allow would.
        Delta {
            allow_added: delta.allow_added || delta.deny_removed,
            ..delta
        }
    }

    /// What a call changes for those it applies to, whoever they are.
    fn own_delta(&self, operation: &Operation) -> Delta {
        match operation {
            Operation::PutInline { on, name, document } => {
                let before = self
                    .before
                    .holder(on)
                    .and_then(|holder| holder.inline.get(name));
                Delta::between(before, Some(document))
            }
            Operation::DeleteInline { on, name } => {
                match self
                    .before
                    .holder(on)
                    .and_then(|holder| holder.inline.get(name))
                {
                    Some(document) => Delta::removed(document),
                    None => Delta::UNKNOWN,
                }
            }
            Operation::Attach { arn, .. } => self.attaching(arn),
            Operation::Detach { arn, .. } => self.detaching(arn),
            Operation::CreatePolicyVersion { arn, document, .. } => {
                Delta::between(Self::text(self.before, arn), Some(document))
            }
            Operation::SetBoundary { on, .. } => {
                let had_one = self
                    .before
                    .holder(on)
                    .is_some_and(|holder| holder.boundary.is_some());
                Delta {
                    deny_added: true,
                    deny_removed: had_one,
                    ..Delta::default()
                }
            }
            Operation::RemoveBoundary { .. } => Delta {
                deny_removed: true,
                ..Delta::default()
            },
            Operation::AddMember { group, .. } => self.all_of(
                self.after
                    .groups
                    .get(group)
                    .or_else(|| self.before.groups.get(group)),
            ),
            Operation::RemoveMember { group, .. } => {
                let added = self.all_of(self.before.groups.get(group));
                Delta {
                    allow_removed: added.allow_added,
                    deny_removed: added.deny_added,
                    ..Delta::default()
                }
            }
            _ => Delta::default(),
        }
    }

    /// What joining a group with these permissions adds.
    fn all_of(&self, group: Option<&crate::state::Holder>) -> Delta {
        let Some(group) = group else {
            return Delta::default();
        };
        let inline = group.inline.values().map(Delta::added);
        let attached = group.attached.iter().map(|arn| self.attaching(arn));
        inline.chain(attached).fold(Delta::default(), Delta::merge)
    }

    /// Which users and roles a call affects, and how.
    fn affects(&self, operation: &Operation) -> Vec<(Identity, Delta)> {
        let delta = self.own_delta(operation);
        let mut affected = match operation {
            Operation::PutInline { on, .. }
            | Operation::DeleteInline { on, .. }
            | Operation::Attach { on, .. }
            | Operation::Detach { on, .. }
            | Operation::SetBoundary { on, .. }
            | Operation::RemoveBoundary { on } => self.with_delta(on, delta),
            Operation::AddMember { user, .. } | Operation::RemoveMember { user, .. } => {
                vec![(Identity::User(user.clone()), delta)]
            }
            Operation::CreatePolicyVersion { name, arn, .. } => {
                let policy = self.before.policies.get(name);
                let stays = |identity: &Identity| {
                    self.after
                        .holder(identity)
                        .is_none_or(|holder| holder.attached.contains(arn))
                };
                let bound = |identity: &Identity| {
                    self.after
                        .holder(identity)
                        .is_none_or(|holder| holder.boundary.as_ref() == Some(arn))
                };
                let attached = policy
                    .into_iter()
                    .flat_map(|p| &p.attached_to)
                    .filter(|i| stays(i));
                let bounded = policy
                    .into_iter()
                    .flat_map(|p| &p.boundary_of)
                    .filter(|i| bound(i));
                attached
                    .flat_map(|identity| self.with_delta(identity, delta))
                    .chain(
                        bounded.flat_map(|identity| self.with_delta(identity, delta.as_boundary())),
                    )
                    .collect()
            }
            _ => Vec::new(),
        };
        affected.retain(|(_, delta)| !delta.is_nothing());
        affected
    }

    fn with_delta(&self, identity: &Identity, delta: Delta) -> Vec<(Identity, Delta)> {
        match identity {
            Identity::Group(group) => self
                .staying_members(group)
                .map(|user| (Identity::User(user), delta))
                .collect(),
            other => vec![(other.clone(), delta)],
        }
    }

    /// Those who are members before and after. Who joins or leaves is kept
    /// apart from the group's own changes by [`groups`].
    fn staying_members<'s>(&'s self, group: &'s str) -> impl Iterator<Item = String> + 's {
        self.before
            .memberships
            .iter()
            .filter(move |(_, name)| name == group)
            .filter(|pair| self.after.memberships.contains(*pair))
            .map(|(user, _)| user.clone())
    }

    fn identities_that_are_full(&self, drafts: &[Draft]) -> BTreeSet<Identity> {
        let mut full = BTreeSet::new();
        for (identity, most_inline) in self.before.identities().into_iter().map(|identity| {
            let most = match identity {
                Identity::User(_) => 2_048,
                Identity::Group(_) => 5_120,
                Identity::Role(_) => 10_240,
            };
            (identity, most)
        }) {
            let Some(holder) = self.before.holder(&identity) else {
                continue;
            };
            let mut attached = holder.attached.len();
            let mut inline: usize = holder
                .inline
                .values()
                .map(PolicyText::character_count)
                .sum();
            let mut groups = match &identity {
                Identity::User(name) => self
                    .before
                    .memberships
                    .iter()
                    .filter(|(user, _)| user == name)
                    .count(),
                _ => 0,
            };
            for draft in drafts {
                match &draft.operation {
                    Operation::Attach { on, .. } if *on == identity => attached += 1,
                    Operation::PutInline { on, document, .. } if *on == identity => {
                        inline += document.character_count()
                    }
                    Operation::AddMember { user, .. }
                        if identity == Identity::User(user.clone()) =>
                    {
                        groups += 1
                    }
                    _ => {}
                }
            }
            if attached > ATTACHED || inline > most_inline || groups > GROUPS_OF_A_USER {
                full.insert(identity);
            }
        }
        full
    }
}
