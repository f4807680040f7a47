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
//! contradict each other. Then those for "nothing lost" give way first. The rules
//! see statements coarsely; what an order comes to is [proved](super::proof)
//! afterwards, and [transition](super::transition) helps where it is not safe.

mod rules;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{Draft, Place};
use super::operation::{LinkedCall, Operation};
use crate::document::Delta;
use crate::state::{Credential, Identity, State};
use rules::rule;
use view::View;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// Without it "nothing lost" may fail.
    Lost,
    /// Without it "nothing extra" may fail.
    Extra,
    /// Without it IAM refuses a call, or something unsafe happens.
    Hard,
}

impl Rule {
    /// The rule by how long it holds.
    fn when(self, gives_way: GivesWay) -> Self {
        match (gives_way, self) {
            (GivesWay::Extra, Self::Extra) => Self::Lost,
            (GivesWay::Extra, Self::Lost) => Self::Extra,
            (_, rule) => rule,
        }
    }
}

/// The calls in the order that the rules give; whether it is safe says the
/// [proof](super::proof).
pub(crate) struct Ordered {
    pub(crate) operations: Vec<Operation>,
    /// For each call the earlier ones that have to be done before it begins;
    /// what does not wait for each other may run at the same time.
    pub(crate) waits: Vec<Vec<usize>>,
}

impl Ordered {
    /// The calls with others before and after some of them, by place, and without
    /// those that are left out. Whatever follows another call waits for it, and it
    /// waits for whatever precedes it.
    pub(crate) fn with_calls(
        &self,
        around: &BTreeMap<usize, (Vec<Operation>, Vec<Operation>)>,
        is_left_out: &dyn Fn(&Operation) -> bool,
    ) -> Self {
        let mut all = Self {
            operations: Vec::new(),
            waits: Vec::new(),
        };
        let mut places: Vec<Option<usize>> = Vec::new();
        let mut barrier: Option<usize> = None;
        let none = (Vec::new(), Vec::new());
        for (index, operation) in self.operations.iter().enumerate() {
            let (befores, afters) = around.get(&index).unwrap_or(&none);
            for other in befores {
                barrier = Some(all.push_barrier(other));
            }
            if is_left_out(operation) {
                places.push(barrier);
            } else {
                let own = self.waits.get(index).into_iter().flatten();
                let mut own: Vec<usize> = own
                    .filter_map(|other| places.get(*other).copied().flatten())
                    .chain(barrier)
                    .collect();
                own.sort_unstable();
                own.dedup();
                places.push(Some(all.operations.len()));
                all.waits.push(own);
                all.operations.push(operation.clone());
            }
            for other in afters {
                barrier = Some(all.push_barrier(other));
            }
        }
        all
    }

    fn push_barrier(&mut self, operation: &Operation) -> usize {
        let place = self.operations.len();
        self.waits.push((0..place).collect());
        self.operations.push(operation.clone());
        place
    }
}

/// Which property gives way first where the rules contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivesWay {
    Lost,
    /// For what is extra there may be a remedy, for what is lost there is none.
    Extra,
}

pub(crate) fn order(
    drafts: Vec<Draft>,
    before: &State,
    after: &State,
    gives_way: GivesWay,
) -> Ordered {
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
                list.push((i, rule.when(gives_way)));
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
    while let Some(chosen) = next(&remaining, &waits, &done) {
        remaining.retain(|(_, index)| *index != chosen);
        done.insert(chosen);
        sequence.push(chosen);
    }
    let waits = places(&sequence, &waits, &nodes);
    let mut operations: Vec<Option<Operation>> =
        nodes.into_iter().map(|node| Some(node.operation)).collect();
    let operations = sequence
        .into_iter()
        .filter_map(|index| operations.get_mut(index).and_then(Option::take))
        .collect();
    Ordered { operations, waits }
}

/// What each place of the sequence waits for.
///
/// The rules bind pairs of calls, so every order that keeps them is as safe as
/// the sequence. Two exceptions: calls on one entity stay in sequence, because
/// IAM refuses some concurrent changes of one entity and silently keeps the
/// last of others; and where a rule gave way the sequence is what was judged,
/// so everything waits on both sides of that call.
fn places(sequence: &[usize], waits: &[Vec<(usize, Rule)>], nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut place = vec![0; sequence.len()];
    for (at, node) in sequence.iter().enumerate() {
        if let Some(slot) = place.get_mut(*node) {
            *slot = at;
        }
    }
    let entity = |node: usize| nodes.get(node).map(|node| node.operation.entity());
    let mut barrier = None;
    let mut all = Vec::with_capacity(sequence.len());
    for (at, node) in sequence.iter().enumerate() {
        let befores = waits.get(*node).map(Vec::as_slice).unwrap_or_default();
        let before = |other: &usize| place.get(*other).copied().unwrap_or_default();
        let gave_way = befores.iter().any(|(other, _)| before(other) > at);
        let mut own: Vec<usize> = if gave_way {
            barrier = Some(at);
            (0..at).collect()
        } else {
            let by_rule = befores.iter().map(|(other, _)| before(other));
            let same_entity = sequence.iter().enumerate().take(at);
            let same_entity = same_entity.filter(|(_, other)| entity(**other) == entity(*node));
            by_rule
                .chain(same_entity.map(|(other, _)| other))
                .chain(barrier)
                .collect()
        };
        own.sort_unstable();
        own.dedup();
        all.push(own);
    }
    all
}

/// The next call: the first by rank that waits for nothing, or, in a
/// contradiction, for nothing but rules that may give way.
fn next(
    remaining: &BTreeSet<(u16, usize)>,
    waits: &[Vec<(usize, Rule)>],
    done: &BTreeSet<usize>,
) -> Option<usize> {
    let free = |least: Rule| {
        remaining.iter().find(|(_, index)| {
            waits.get(*index).is_none_or(|list| {
                list.iter()
                    .all(|(i, rule)| *rule < least || done.contains(i))
            })
        })
    };
    let chosen = [Rule::Lost, Rule::Extra, Rule::Hard]
        .into_iter()
        .find_map(free)
        .or_else(|| remaining.first());
    chosen.map(|(_, index)| *index)
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
    /// By its ARN.
    Provider(String),
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
        Operation::Provider(call) if call.creates() => Thing::Provider(call.arn().to_owned()),
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
        Place::Rename => return 1,
        Place::Last => return 99,
        Place::Middle => {}
    }
    // What only takes away grants goes as early as the rules permit, so that a later call that
    // fails does not keep an injected grant alive.
    let only_narrows = || {
        let delta = affects
            .iter()
            .fold(Delta::default(), |all, (_, delta)| all.merge(delta.clone()));
        delta.allow_added.is_empty()
            && delta.deny_removed.is_empty()
            && !delta.allow_removed.is_empty()
    };
    match operation {
        Operation::DeleteInline { .. }
        | Operation::Detach { .. }
        | Operation::PutInline { .. }
        | Operation::RemoveMember { .. }
            if only_narrows() =>
        {
            6
        }
        Operation::DeleteLogin { .. } => 1,
        Operation::DeleteCredential {
            credential: Credential::Mfa(_),
            ..
        } => 3,
        Operation::DeleteCredential { .. } => 2,
        Operation::DeleteMfaDevice { .. } => 4,
        Operation::RemoveRoleFromProfile { .. } => 5,
        Operation::Provider(call) if call.narrows() => 5,
        Operation::Provider(call) if call.widens() => {
            if view.named_by(call.arn()).next().is_some() {
                52
            } else {
                12
            }
        }
        Operation::Provider(_) => 15,
        Operation::Linked(LinkedCall::Create { .. }) => 13,
        Operation::Linked(LinkedCall::Describe { .. }) => 17,
        Operation::Linked(LinkedCall::Delete { .. }) => 88,
        Operation::CreatePolicy { .. } => 10,
        Operation::CreateGroup { .. } => 11,
        Operation::CreateUser { .. } => 12,
        Operation::CreateRole { .. } => 13,
        Operation::CreateProfile { .. } => 14,
        Operation::Tag { .. } | Operation::TagPolicy { .. } => 15,
        Operation::MoveUser { .. } | Operation::MoveGroup { .. } => 16,
        Operation::UpdateRole { .. } => 17,
        Operation::SetPasswordPolicy { .. }
        | Operation::DeletePasswordPolicy
        | Operation::SetAlias { .. }
        | Operation::GiveBackAlias { .. }
        | Operation::DeleteAlias { .. } => 20,
        Operation::AddMember { .. } => 45,
        Operation::UpdateTrust { name, document } => {
            if view.widens_trust(name, document) {
                50
            } else {
                25
            }
        }
        Operation::AddRoleToProfile { .. } => 51,
        Operation::RemoveMember { .. } => 58,
        Operation::CreateLogin { .. } => 80,
        Operation::CreateKey { .. } => 81,
        Operation::RecordKey { .. } => 82,
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
                    .fold(Delta::default(), |all, (_, delta)| all.merge(delta.clone())),
            };
            if !delta.deny_removed.is_empty() {
                70
            } else if !delta.allow_added.is_empty() {
                40
            } else if !delta.allow_removed.is_empty() {
                60
            } else if !delta.deny_added.is_empty() {
                30
            } else {
                41
            }
        }
    }
}
