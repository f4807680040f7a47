//! The difference between what is wanted and what is there, as calls without
//! an order yet.

use std::collections::BTreeSet;

use super::operation::Operation;
use super::{Note, NoteKind};
use crate::desired::Target;
use crate::ledger::{Claim, Entity, Ledger};
use crate::names::{OWNER_TAG, Problem};
use crate::observed::Observed;
use crate::state::{Identity, Linked, Provider, State};

mod additions;
pub(crate) mod denies;
mod identity;
mod keys;
mod ledger;
mod linked;
mod ownership;
mod policy;
mod provider;
pub(crate) mod rename;
mod trust;

pub(super) use additions::keep_additions;

pub(super) use identity::most_inline;

/// Where in the plan a call belongs, before any finer rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Claims and records in the ledger.
    First,
    /// New names, which everything else is about.
    Rename,
    Middle,
    /// What is struck out of the ledger.
    Last,
}

#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) operation: Operation,
    pub(crate) place: Place,
}

/// What has to be done, in no order, and what is only told.
pub(crate) struct Difference {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) notes: Vec<Note>,
    pub(crate) problems: Vec<Problem>,
}

/// Compares. Everything that stands in the way is in `problems`.
pub(crate) fn difference(target: &Target, observed: &Observed) -> Difference {
    let ledger = match Ledger::of(&observed.state, &target.bundle) {
        Ok(ledger) => ledger,
        Err(what) => {
            let place = format!("ledger `{}`", Ledger::name(&target.bundle));
            let message = format!(
                "cannot be understood ({what}); it may be of a newer version of this crate, or was changed by hand: set its default version back to the last one that this crate wrote"
            );
            return Difference {
                drafts: Vec::new(),
                notes: Vec::new(),
                problems: vec![Problem::new(place, message)],
            };
        }
    };
    let mut differ = Differ {
        target,
        observed,
        now: &observed.state,
        want: &target.state,
        ledger: &ledger,
        removed: Removed::of(target, &observed.state, &ledger),
        used_removals: BTreeSet::new(),
        drafts: Vec::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    };
    differ.ownership();
    differ.protection();
    differ.forgotten();
    differ.password_policy();
    differ.account_alias();
    differ.providers();
    differ.linked_roles();
    differ.policies();
    differ.identities();
    differ.memberships();
    differ.profiles();
    differ.unused_removals();
    differ.ledger();
    Difference {
        drafts: differ.drafts,
        notes: differ.notes,
        problems: differ.problems,
    }
}

struct Differ<'a> {
    target: &'a Target,
    observed: &'a Observed,
    now: &'a State,
    want: &'a State,
    ledger: &'a Ledger,
    removed: Removed,
    /// Which names of [`Target::deny_removals`] stood for a deny that is there.
    used_removals: BTreeSet<String>,
    drafts: Vec<Draft>,
    notes: Vec<Note>,
    problems: Vec<Problem>,
}

/// What the bundle owns, no longer declares, and is still there.
struct Removed {
    identities: BTreeSet<Identity>,
    policies: BTreeSet<String>,
    profiles: BTreeSet<String>,
    providers: BTreeSet<Provider>,
    linked: BTreeSet<Linked>,
}

impl Removed {
    fn entities(&self) -> Vec<Entity> {
        let policies = self.policies.iter().cloned().map(Claim::Policy);
        let profiles = self.profiles.iter().cloned().map(Claim::InstanceProfile);
        let providers = self.providers.iter().cloned().map(Claim::Provider);
        let linked = self.linked.iter().cloned().map(Claim::Linked);
        let claims = policies.chain(profiles).chain(providers).chain(linked);
        let identities = self.identities.iter().map(Entity::of);
        identities.chain(claims.map(Entity::Claimed)).collect()
    }

    fn of(target: &Target, now: &State, ledger: &Ledger) -> Self {
        let mut removed = Self {
            identities: BTreeSet::new(),
            policies: BTreeSet::new(),
            profiles: BTreeSet::new(),
            providers: BTreeSet::new(),
            linked: BTreeSet::new(),
        };
        let owned = |tags: &std::collections::BTreeMap<String, String>| {
            tags.get(OWNER_TAG) == Some(&target.bundle)
        };
        for (name, user) in &now.users {
            if owned(&user.holder.tags) && !target.state.users.contains_key(name) {
                removed.identities.insert(Identity::User(name.clone()));
            }
        }
        for (name, role) in &now.roles {
            if owned(&role.holder.tags) && !target.state.roles.contains_key(name) {
                removed.identities.insert(Identity::Role(name.clone()));
            }
        }
        for (provider, found) in &now.providers {
            let claimed = ledger.claims.contains(&Claim::Provider(provider.clone()));
            if (claimed || owned(&found.tags)) && !target.state.providers.contains_key(provider) {
                removed.providers.insert(provider.clone());
            }
        }
        for claim in &ledger.claims {
            match claim {
                Claim::Group(name) => {
                    if now.groups.contains_key(name) && !target.state.groups.contains_key(name) {
                        removed.identities.insert(Identity::Group(name.clone()));
                    }
                }
                Claim::Policy(name) => {
                    if now.policies.contains_key(name) && !target.state.policies.contains_key(name)
                    {
                        removed.policies.insert(name.clone());
                    }
                }
                Claim::InstanceProfile(name) => {
                    if now.profiles.contains_key(name) && !target.state.profiles.contains_key(name)
                    {
                        removed.profiles.insert(name.clone());
                    }
                }
                Claim::Provider(_) => {}
                Claim::Linked(role) => {
                    if now.linked.contains_key(role) && !target.state.linked.contains_key(role) {
                        removed.linked.insert(role.clone());
                    }
                }
            }
        }
        removed
    }
}

impl Differ<'_> {
    fn push(&mut self, operation: Operation) {
        self.drafts.push(Draft {
            operation,
            place: Place::Middle,
        });
    }

    fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    fn note(&mut self, kind: NoteKind, text: impl Into<String>) {
        self.notes.push(Note::new(kind, text));
    }

    /// Whether the bundle declares or still owns the identity.
    fn is_ours(&self, identity: &Identity) -> bool {
        self.is_declared(identity) || self.removed.identities.contains(identity)
    }

    fn is_declared(&self, identity: &Identity) -> bool {
        self.want.holder(identity).is_some()
    }

    /// Whether what others add to a declared identity is left alone.
    fn is_shared(&self, identity: &Identity) -> bool {
        self.target.shared.contains(identity)
    }

    /// The managed policies that this plan deletes, by ARN.
    fn is_deleted_policy(&self, arn: &str) -> bool {
        self.now
            .policy_by_arn(arn)
            .is_some_and(|(name, _)| self.removed.policies.contains(name))
    }
}
