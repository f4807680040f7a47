//! Of a whole account, what concerns one bundle.

use std::collections::BTreeSet;

use super::Observed;
use crate::desired::Target;
use crate::ledger::{self, Claim, Ledger};
use crate::names::{OWNER_TAG, same_name};
use crate::state::State;

/// Keeps what the bundle declares, owns or mentions, and what is attached to that.
pub(super) fn select(mut all: State, target: &Target) -> Observed {
    let ledger = Ledger::of(&all, &target.bundle).unwrap_or_default();
    let mut observed = Observed::empty(all.account.clone());
    clashes(&mut observed, &all, target);
    others(&mut observed, &all, target);
    unclaimed(&mut observed, &all, target, &ledger);

    let owned = |tags: &std::collections::BTreeMap<String, String>| {
        tags.get(OWNER_TAG) == Some(&target.bundle)
    };
    // Ours in the sense that a membership of theirs is the bundle's business.
    let our_users: BTreeSet<String> = all
        .users
        .iter()
        .filter(|(name, user)| target.state.users.contains_key(*name) || owned(&user.holder.tags))
        .map(|(name, _)| name.clone())
        .collect();
    let is_our_group = |name: &String| {
        target.state.groups.contains_key(name)
            || ledger.claims.contains(&Claim::Group(name.clone()))
    };
    all.memberships
        .retain(|(user, group)| our_users.contains(user) || is_our_group(group));

    let mentioned_user = |name: &String| {
        target
            .state
            .memberships
            .iter()
            .any(|(user, _)| user == name)
    };
    all.users
        .retain(|name, _| our_users.contains(name) || mentioned_user(name));
    let memberships = &all.memberships;
    all.groups.retain(|name, _| {
        is_our_group(name)
            || target
                .state
                .memberships
                .iter()
                .any(|(_, group)| group == name)
            || memberships.iter().any(|(_, group)| group == name)
    });
    let mentioned_role = |name: &String| {
        target
            .state
            .profiles
            .values()
            .any(|profile| profile.role.as_ref() == Some(name))
    };
    all.roles.retain(|name, role| {
        target.state.roles.contains_key(name) || owned(&role.holder.tags) || mentioned_role(name)
    });
    let roles = &all.roles;
    all.profiles.retain(|name, profile| {
        target.state.profiles.contains_key(name)
            || ledger
                .claims
                .contains(&Claim::InstanceProfile(name.clone()))
            || profile.role.as_ref().is_some_and(|role| {
                roles.get(role).is_some_and(|role| owned(&role.holder.tags))
                    && !target.state.roles.contains_key(role)
            })
    });
    policies(&mut all, target, &ledger);
    observed.state = all;
    observed
}

fn policies(all: &mut State, target: &Target, ledger: &Ledger) {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for state in [&*all, &target.state] {
        for identity in state.identities() {
            if let Some(holder) = state.holder(&identity) {
                used.extend(holder.attached.iter().cloned());
                used.extend(holder.boundary.clone());
            }
        }
    }
    let account = all.account.clone();
    let own_ledger = Ledger::name(&target.bundle);
    all.policies.retain(|name, policy| {
        let ours = target.state.policies.contains_key(name)
            || ledger.claims.contains(&Claim::Policy(name.clone()))
            || *name == own_ledger;
        if !ours {
            // What else holds it, and its history, is nobody's business here.
            policy.attached_to.clear();
            policy.boundary_of.clear();
            policy.versions.clear();
        }
        ours || used.contains(&account.policy_arn(&policy.path, name))
    });
}

/// Declared names that exist in another case.
fn clashes(observed: &mut Observed, all: &State, target: &Target) {
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
        all.policies.keys(),
        clashes,
    );
    find(
        "managed policy",
        want.policies.keys(),
        all.policies.keys(),
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
fn unclaimed(observed: &mut Observed, all: &State, target: &Target, ledger: &Ledger) {
    let claimed_elsewhere = |claim: &Claim| {
        all.policies.iter().any(|(name, policy)| {
            Ledger::bundle_of(name, &policy.path).is_some()
                && Ledger::from_document(&policy.document)
                    .is_ok_and(|other| other.claims.contains(claim))
        })
    };
    let exists = |claim: &Claim| match claim {
        Claim::Group(name) => all.groups.contains_key(name),
        Claim::Policy(name) => all.policies.contains_key(name),
        Claim::InstanceProfile(name) => all.profiles.contains_key(name),
        Claim::Provider(provider) => all.providers.contains_key(provider),
        Claim::Linked(role) => all.linked.contains_key(role),
    };
    observed.unclaimed = target
        .expected_claims
        .difference(&ledger.claims)
        .filter(|claim| exists(claim) && !claimed_elsewhere(claim))
        .cloned()
        .collect();
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
