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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::desired::{Bundle, Group, Role};
    use crate::state::{Account, PolicyState};

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

    fn account() -> Account {
        Account {
            id: iam_dsl::AccountId::new("111122223333").unwrap(),
            partition: "aws".to_owned(),
        }
    }

    fn bundle(roles: &[&str]) -> Bundle {
        let trust = TRUST.parse::<iam_dsl::TrustPolicy>().unwrap();
        let roles = roles.iter().map(|name| Role::new(*name, &trust));
        roles.fold(Bundle::new("b"), Bundle::with)
    }

    /// An account of which the ledger was read.
    fn with_ledger(index: Option<&[&str]>) -> State {
        let mut state = State::empty(account());
        let names = index.map(|names| {
            let names = names.iter().map(|name| Identity::Role((*name).to_owned()));
            names.collect::<BTreeSet<_>>()
        });
        let ledger = Ledger {
            generation: 1,
            index: names,
            ..Ledger::default()
        };
        let policy = PolicyState {
            path: crate::ledger::PATH.to_owned(),
            description: String::new(),
            document: ledger.to_document(&account()),
            versions: Vec::new(),
            tags: None,
            attached_to: BTreeSet::new(),
            boundary_of: BTreeSet::new(),
        };
        state.policies.insert(Ledger::name("b"), policy);
        state
    }

    #[test]
    fn pages_are_counted_by_what_the_first_one_showed() {
        let counts = [("Users", 1), ("Roles", 5_000), ("Policies", 1_000)];
        let summary = counts.map(|(key, count)| (key.to_owned(), count)).into();
        assert_eq!(pages_left(&summary, 1_000), 6);
        assert_eq!(pages_left(&summary, 250), 24);
        // There is one, whatever the counts say that lag behind.
        assert_eq!(pages_left(&summary, 6_001), 1);
        assert_eq!(pages_left(&BTreeMap::new(), 0), 1);
    }

    #[test]
    fn the_way_with_fewer_calls_is_taken() {
        let fewer = |bundle: &Bundle, ledger: &State, pages| {
            targets_are_fewer(&Target::of(bundle, &account()), ledger, pages)
        };
        let (one, two) = (bundle(&["one"]), bundle(&["one", "two"]));
        let ledger = with_ledger(Some(&["one"]));
        let of_two = with_ledger(Some(&["one", "two"]));
        // The role, its inline policies and its attachments; of the whole account its settings.
        for (pages, expected) in [(1, false), (2, false), (3, true), (6, true)] {
            assert_eq!(fewer(&one, &ledger, pages), expected, "{pages}");
            assert_eq!(fewer(&two, &of_two, pages + 2), expected, "{pages}");
        }
        // What the index names and the bundle does not: that, its instance profiles, and
        // the versions of the ledger that is to change.
        let more = with_ledger(Some(&["one", "old"]));
        assert!(fewer(&one, &more, 8) && !fewer(&one, &more, 7));
        // What left the bundle is in no index; what is new may be in another's ledger.
        assert!(!fewer(&one, &with_ledger(None), 1_000));
        assert!(!fewer(&one, &State::empty(account()), 1_000));
        assert!(!fewer(&one.with(Group::new("g")), &ledger, 1_000));
    }
}
