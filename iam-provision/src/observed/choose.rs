//! Which way to read: the one with fewer calls.

use std::collections::BTreeMap;

use super::IndexStart;
use super::known::Known;
use super::needed::{Read, Way, needed};
use crate::desired::Target;
use crate::ledger::{Claim, Ledger};
use crate::names::OWNER_TAG;
use crate::state::{Holder, Identity, RoleState, State, UserState};

/// How a plan reads the account ([`Provisioner::reads`](crate::Provisioner::reads)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reads {
    /// Whichever way takes fewer calls. The first page of
    /// GetAccountAuthorizationDetails is read; where it is the last, which is so for
    /// up to 1,000 users, groups, roles and policies, that is all. Otherwise the
    /// further pages are weighed, by the counts of GetAccountSummary, against
    /// reading what the bundle declares and its [ledger](crate::ledger) lists.
    #[default]
    ByCount,
    /// Every page of GetAccountAuthorizationDetails, always.
    AccountWide,
    /// What the bundle declares and what its ledger lists, entity by entity: nothing
    /// that would have to be permitted for the whole account, but for the names of
    /// its policies where one is missing or leaves.
    ///
    /// The users and roles of the bundle are listed in its ledger for this. Where it
    /// does not list them yet, or has no room for them (some hundred), and the bundle
    /// is there already, the account is read as a whole, until the apply of that plan.
    /// A user who was renamed by hand and a role to which somebody gave the bundle's
    /// tag by hand are not found this way.
    Targeted,
}

/// Pages of GetAccountAuthorizationDetails that follow one that shows `seen` of the
/// users, groups, roles and policies that GetAccountSummary counts.
pub(super) fn pages_left(summary: &BTreeMap<String, usize>, seen: usize) -> usize {
    let count = |key: &str| summary.get(key).copied().unwrap_or_default();
    let all = count("Users") + count("Groups") + count("Roles") + count("Policies");
    // IAM may give less than a page may have, and says that there is more.
    all.saturating_sub(seen).div_ceil(seen.max(1)).max(1)
}

/// Whether reading entity by entity takes fewer calls than so many pages, judged by what
/// is declared and by the ledger, which has been read. Without an index in the ledger,
/// and where other bundles' ledgers would have to be read, it does not.
pub(crate) fn targets_are_fewer(target: &Target, ledger: &State, pages_left: usize) -> bool {
    let name = Ledger::name(&target.bundle);
    let (Some(policy), Ok(kept)) = (
        ledger.policies.get(&name),
        Ledger::of(ledger, &target.bundle),
    ) else {
        return false;
    };
    let Some(index) = &kept.index else {
        return false;
    };
    // The account as it is supposed to be.
    let mut supposed = target.state.clone();
    supposed.policies.insert(name, policy.clone());
    for identity in index {
        suppose(&mut supposed, identity, &target.bundle);
    }
    for claim in &kept.claims {
        if let Claim::Group(name) = claim {
            suppose(
                &mut supposed,
                &Identity::Group(name.clone()),
                &target.bundle,
            );
        }
    }
    let known = Known::of(supposed, IndexStart::Never);
    let targets = needed(target, Way::Targets, &known);
    if targets.contains(&Read::Ledgers) {
        return false;
    }
    let calls = |reads: &std::collections::BTreeSet<Read>| -> usize {
        reads
            .iter()
            .filter(|read| read.turn(target) > 0)
            .map(Read::calls)
            .sum()
    };
    calls(&targets) < pages_left + calls(&needed(target, Way::Whole, &known))
}

/// Adds an identity of the bundle that it does not declare.
fn suppose(state: &mut State, identity: &Identity, bundle: &str) {
    if state.holder(identity).is_some() {
        return;
    }
    let tags = BTreeMap::from([(OWNER_TAG.to_owned(), bundle.to_owned())]);
    let holder = Holder {
        tags,
        ..Holder::default()
    };
    match identity {
        Identity::User(name) => {
            let user = UserState {
                holder,
                login: None,
                keys: BTreeMap::new(),
                credentials: Vec::new(),
            };
            state.users.insert(name.clone(), user);
        }
        Identity::Group(name) => {
            state.groups.insert(name.clone(), holder);
        }
        Identity::Role(name) => {
            let role = RoleState {
                holder,
                trust: crate::document::PolicyText::from_json("{}"),
                settings: None,
            };
            state.roles.insert(name.clone(), role);
        }
    }
}
