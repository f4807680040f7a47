//! Of a whole account, what concerns one bundle.

use std::collections::{BTreeMap, BTreeSet};

use super::known::Known;
use super::{IndexStart, Observed, Reading};
use crate::desired::Target;
use crate::ledger::{self, Claim, Ledger};
use crate::names::{OWNER_TAG, same_name};
use crate::state::{Identity, PolicyState, State};

/// What is the bundle's, or its business.
#[derive(Clone, Copy)]
pub(super) struct Ours<'a> {
    pub(super) target: &'a Target,
    pub(super) ledger: &'a Ledger,
}

impl Ours<'_> {
    fn owned(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(OWNER_TAG) == Some(&self.target.bundle)
    }

    fn claims(&self, claim: &Claim) -> bool {
        self.ledger.claims.contains(claim)
    }

    /// Declared or owned, so that its memberships are the bundle's business.
    pub(super) fn user(&self, name: &str, all: &State) -> bool {
        self.target.state.users.contains_key(name)
            || all
                .users
                .get(name)
                .is_some_and(|user| self.owned(&user.holder.tags))
    }

    /// As [`Ours::user`].
    pub(super) fn group(&self, name: &str) -> bool {
        self.target.state.groups.contains_key(name) || self.claims(&Claim::Group(name.to_owned()))
    }

    /// Declared or owned.
    pub(super) fn role(&self, name: &str, all: &State) -> bool {
        self.target.state.roles.contains_key(name)
            || all
                .roles
                .get(name)
                .is_some_and(|role| self.owned(&role.holder.tags))
    }

    /// Declared or owned, or the ledger itself.
    pub(super) fn policy(&self, name: &str) -> bool {
        self.target.state.policies.contains_key(name)
            || self.claims(&Claim::Policy(name.to_owned()))
            || name == Ledger::name(&self.target.bundle)
    }

    /// Whether what an identity holds concerns the bundle: it is ours, we name it, or
    /// it is a group that one of our users is in.
    pub(super) fn keeps(&self, identity: &Identity, all: &State) -> bool {
        let want = &self.target.state;
        match identity {
            Identity::User(name) => {
                self.user(name, all) || want.memberships.iter().any(|(user, _)| user == name)
            }
            Identity::Group(name) => {
                let mut joined = all.memberships.iter();
                self.group(name)
                    || want.memberships.iter().any(|(_, group)| group == name)
                    || joined.any(|(user, group)| group == name && self.user(user, all))
            }
            Identity::Role(name) => {
                let mut held = want.profiles.values().filter_map(|p| p.role.as_ref());
                self.role(name, all) || held.any(|role| role == name)
            }
        }
    }

    /// Whether the older versions of a policy are the plan's business: because it is to
    /// get a new one or to be deleted.
    pub(super) fn versions_matter(
        &self,
        name: &str,
        policy: &PolicyState,
        indexes: bool,
        only_adds: bool,
    ) -> bool {
        let target = self.target;
        if name == Ledger::name(&target.bundle) {
            return policy.path == ledger::PATH && !self.ledger_stays(policy, indexes, only_adds);
        }
        // A newer version may be waiting to be switched to.
        if target.two_step_policies.contains(name) {
            return true;
        }
        match target.state.policies.get(name) {
            Some(wanted) => !wanted.document.means_the_same_as(&policy.document),
            None => !only_adds && self.policy(name),
        }
    }

    /// Whether no plan of this bundle can change its ledger.
    fn ledger_stays(&self, policy: &PolicyState, indexes: bool, only_adds: bool) -> bool {
        let (target, now) = (self.target, self.ledger);
        if Ledger::from_document(&policy.document).is_err() {
            return false;
        }
        let (claims, index) = (target.claims(), target.index());
        let generation = now.generation == target.generation(now.generation);
        if only_adds {
            return generation
                && now.claims.is_superset(&claims)
                && now.protected.is_superset(&target.protected)
                && now.index.as_ref().is_none_or(|now| now.is_superset(&index));
        }
        generation
            && now.claims == claims
            && now.protected == target.protected
            && now.password_before.is_some() == target.state.password_policy.is_some()
            && now.alias_before.is_some() == target.state.alias.is_some()
            && now.index.as_ref().map_or(!indexes, |now| *now == index)
    }
}

/// Keeps what the bundle declares, owns or mentions, and what is attached to that.
pub(super) fn select(known: Known, target: &Target, reading: Reading) -> Observed {
    let Known {
        all,
        policy_arns,
        index,
        ..
    } = known;
    let ledger = Ledger::of(&all, &target.bundle).unwrap_or_default();
    let ours = Ours {
        target,
        ledger: &ledger,
    };
    let mut observed = Observed::empty(all.account.clone());
    let listed: BTreeSet<&String> = all.policies.keys().chain(policy_arns.keys()).collect();
    clashes(&mut observed, &all, &listed, target);
    others(&mut observed, &all, target);
    unclaimed(&mut observed, &all, &listed, target, &ledger);
    let indexes = index != IndexStart::Never;
    if ledger.index.is_none() {
        observed.index = index;
    }
    observed.state = concerning(all, ours, &reading, indexes);
    observed.reading = reading;
    observed
}

/// What of the account concerns the bundle, the same however it was read.
fn concerning(mut kept: State, ours: Ours<'_>, reading: &Reading, indexes: bool) -> State {
    let (target, ledger) = (ours.target, ours.ledger);
    let want = &target.state;
    let our_users: BTreeSet<String> = kept
        .users
        .keys()
        .filter(|name| ours.user(name, &kept))
        .cloned()
        .collect();
    let removed_roles: BTreeSet<String> = kept
        .roles
        .keys()
        .filter(|name| ours.role(name, &kept) && !want.roles.contains_key(*name))
        .cloned()
        .collect();
    kept.memberships.retain(|(user, group)| {
        our_users.contains(user) || want.users.contains_key(user) || ours.group(group)
    });
    let named: BTreeSet<&String> = want.memberships.iter().map(|(user, _)| user).collect();
    kept.users
        .retain(|name, _| our_users.contains(name) || named.contains(name));
    let joined = kept.memberships.iter().chain(&want.memberships);
    let joined: BTreeSet<&String> = joined.map(|(_, group)| group).collect();
    kept.groups
        .retain(|name, _| joined.contains(name) || ours.group(name));
    let held = want.profiles.values().filter_map(|p| p.role.as_ref());
    let held: BTreeSet<&String> = held.collect();
    kept.roles.retain(|name, role| {
        let is_declared = want.roles.contains_key(name);
        if !is_declared {
            role.settings = None;
        }
        is_declared || removed_roles.contains(name) || held.contains(name)
    });
    kept.profiles.retain(|name, profile| {
        let role = profile.role.as_ref();
        want.profiles.contains_key(name)
            || ours.claims(&Claim::InstanceProfile(name.clone()))
            || role.is_some_and(|role| removed_roles.contains(role))
    });
    if want.password_policy.is_none() && ledger.password_before.is_none() {
        kept.password_policy = None;
    }
    if want.alias.is_none() && ledger.alias_before.is_none() {
        kept.alias = None;
    }
    kept.linked.retain(|role, _| {
        want.linked.contains_key(role) || ours.claims(&Claim::Linked(role.clone()))
    });
    kept.providers.retain(|provider, found| {
        want.providers.contains_key(provider)
            || ours.claims(&Claim::Provider(provider.clone()))
            || ours.owned(&found.tags)
    });
    policies(&mut kept, ours, reading, indexes);
    kept
}

fn policies(all: &mut State, ours: Ours<'_>, reading: &Reading, indexes: bool) {
    let want = &ours.target.state;
    let mut used: BTreeSet<String> = BTreeSet::new();
    for state in [&*all, want] {
        for identity in state.identities() {
            if let Some(holder) = state.holder(&identity) {
                used.extend(holder.attached.iter().cloned());
                used.extend(holder.boundary.clone());
            }
        }
    }
    let account = all.account.clone();
    let own_ledger = Ledger::name(&ours.target.bundle);
    let only_adds = reading.way == super::Way::Named;
    all.policies.retain(|name, policy| {
        let is_ours = ours.policy(name);
        if !is_ours || *name == own_ledger {
            // What else holds it is nobody's business here.
            policy.attached_to.clear();
            policy.boundary_of.clear();
        }
        if !is_ours {
            policy.versions.clear();
        } else if !ours.versions_matter(name, policy, indexes, only_adds) {
            policy.versions.retain(|version| version.is_default);
        }
        if !ours.target.two_step_policies.contains(name) {
            for version in &mut policy.versions {
                version.document = None;
            }
        }
        if want
            .policies
            .get(name)
            .is_none_or(|wanted| wanted.tags.is_none())
        {
            policy.tags = None;
        }
        is_ours || used.contains(&account.policy_arn(&policy.path, name))
    });
}

/// Declared names that exist in another case.
fn clashes(observed: &mut Observed, all: &State, policies: &BTreeSet<&String>, target: &Target) {
    fn find<'a>(
        kind: &str,
        declared: impl Iterator<Item = &'a String>,
        existing: impl Iterator<Item = &'a String> + Clone,
        clashes: &mut BTreeSet<(String, String)>,
    ) {
        for name in declared {
            if let Some(other) = existing
                .clone()
                .find(|other| *other != name && same_name(other, name))
            {
                clashes.insert((format!("{kind} {name}"), other.clone()));
            }
        }
    }
    let clashes = &mut observed.clashes;
    let want = &target.state;
    find("user", want.users.keys(), all.users.keys(), clashes);
    find("group", want.groups.keys(), all.groups.keys(), clashes);
    find("role", want.roles.keys(), all.roles.keys(), clashes);
    find(
        "bundle",
        [Ledger::name(&target.bundle)].iter(),
        policies.iter().copied(),
        clashes,
    );
    find(
        "managed policy",
        want.policies.keys(),
        policies.iter().copied(),
        clashes,
    );
    find(
        "instance profile",
        want.profiles.keys(),
        all.profiles.keys(),
        clashes,
    );
}

/// What is being destroyed and exists without any bundle's claim.
fn unclaimed(
    observed: &mut Observed,
    all: &State,
    policies: &BTreeSet<&String>,
    target: &Target,
    ledger: &Ledger,
) {
    let claimed_elsewhere = |claim: &Claim| {
        all.policies.iter().any(|(name, policy)| {
            Ledger::bundle_of(name, &policy.path).is_some()
                && Ledger::from_document(&policy.document)
                    .is_ok_and(|other| other.claims.contains(claim))
        })
    };
    let exists = |claim: &Claim| match claim {
        Claim::Group(name) => all.groups.contains_key(name),
        Claim::Policy(name) => policies.contains(name),
        Claim::InstanceProfile(name) => all.profiles.contains_key(name),
        // A tag says whose it is.
        Claim::Provider(provider) => {
            let found = all.providers.get(provider);
            found.is_some_and(|found| !found.tags.contains_key(OWNER_TAG))
        }
        Claim::Linked(role) => all.linked.contains_key(role),
    };
    observed.unclaimed = target
        .expected_claims
        .difference(&ledger.claims)
        .filter(|claim| exists(claim) && !claimed_elsewhere(claim))
        .cloned()
        .collect();
    let password_policy = target.expected_password_policy.as_ref();
    observed.password_policy_unclaimed = ledger.password_before.is_none()
        && password_policy.is_some()
        && all.password_policy.as_ref() == password_policy;
    let alias = target.expected_alias.as_ref();
    observed.alias_unclaimed =
        ledger.alias_before.is_none() && alias.is_some() && all.alias.as_ref() == alias;
}

/// What the ledgers of other bundles say about this bundle's entities.
fn others(observed: &mut Observed, all: &State, target: &Target) {
    let claims = target.claims();
    for (name, policy) in &all.policies {
        let Some(bundle) = Ledger::bundle_of(name, &policy.path) else {
            continue;
        };
        if bundle == target.bundle || policy.path != ledger::PATH {
            continue;
        }
        // A ledger that cannot be read is its own bundle's problem.
        let Ok(other) = Ledger::from_document(&policy.document) else {
            continue;
        };
        for claim in other.claims.intersection(&claims) {
            let _ = observed
                .claimed_by_others
                .insert(claim.clone(), bundle.to_owned());
        }
        if other.password_before.is_some() && target.state.password_policy.is_some() {
            observed.password_policy_of = Some(bundle.to_owned());
        }
        if other.alias_before.is_some() && target.state.alias.is_some() {
            observed.alias_of = Some(bundle.to_owned());
        }
    }
}
