//! Reading exactly what a bundle names, one entity at a time: for callers that
//! are permitted nothing else.
//!
//! What the bundle does not name is not looked for, so such an observation is
//! good for a plan that only adds.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Observed;
use super::select::select;
use crate::client::{Client, Failure, link};
use crate::desired::Target;
use crate::error::Error;
use crate::ledger::{self, Ledger};
use crate::state::{Account, PolicyState, State, UserState};

/// How many reads run at the same time.
const AT_A_TIME: usize = 8;

/// Asks of each item, several at a time, and keeps the order. Items are owned,
/// so that the future can move between threads.
async fn each<I, T, F>(items: Vec<I>, ask: impl Fn(I) -> F) -> Result<Vec<T>, Error>
where
    F: Future<Output = Result<T, Failure>>,
{
    let answers: Vec<T> = stream::iter(items)
        .map(ask)
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    Ok(answers)
}

/// The entities that the bundle names, and its ledger.
pub(crate) async fn named(
    client: &Client,
    account: &Account,
    target: &Target,
) -> Result<Observed, Error> {
    let mut all = State::empty(account.clone());
    let want = &target.state;
    let arns = policy_arns(account, target);
    let found = each(arns, |arn| policy(client, target, arn)).await?;
    all.policies.extend(found.into_iter().flatten());
    let (users, groups) = members(want);
    let found = each(users, |name| async move { client.named_user(&name).await }).await?;
    all.users
        .extend(found.into_iter().flatten().map(|(name, holder)| {
            let user = UserState {
                holder,
                login: None,
                keys: BTreeMap::new(),
                credentials: Vec::new(),
            };
            (name, user)
        }));
    let found = each(
        groups,
        |name| async move { client.named_group(&name).await },
    )
    .await?;
    all.groups.extend(found.into_iter().flatten());
    let held = want.profiles.values().filter_map(|p| p.role.as_ref());
    let roles: BTreeSet<String> = want.roles.keys().chain(held).cloned().collect();
    let roles: Vec<String> = roles.into_iter().collect();
    let found = each(roles, |name| async move { client.named_role(&name).await }).await?;
    all.roles.extend(found.into_iter().flatten());
    holdings(client, want, &mut all).await?;

    let profiles: Vec<String> = want.profiles.keys().cloned().collect();
    let found = each(profiles, |name| async move {
        let profile = client.instance_profile(&name).await?;
        Ok(profile.map(|profile| (name, profile)))
    });
    all.profiles.extend(found.await?.into_iter().flatten());
    link(&mut all);
    Ok(select(all, target))
}

/// The ledger, the declared policies, and those of this account that are named
/// as attachments and boundaries.
fn policy_arns(account: &Account, target: &Target) -> Vec<String> {
    let want = &target.state;
    let here = account.arn("policy/");
    let used = want
        .identities()
        .into_iter()
        .filter_map(|identity| want.holder(&identity))
        .flat_map(|holder| holder.attached.iter().chain(&holder.boundary))
        .filter(|arn| arn.starts_with(&here))
        .cloned();
    let declared = want
        .policies
        .iter()
        .map(|(name, policy)| account.policy_arn(&policy.path, name));
    let ledger = account.policy_arn(ledger::PATH, &Ledger::name(&target.bundle));
    let arns: BTreeSet<String> = used.chain(declared).chain([ledger]).collect();
    arns.into_iter().collect()
}

/// A policy, and its other versions where it is going to get a new one.
async fn policy(
    client: &Client,
    target: &Target,
    arn: String,
) -> Result<Option<(String, PolicyState)>, Failure> {
    let Some((name, mut policy)) = client.named_policy(&arn).await? else {
        return Ok(None);
    };
    let stays = match target.state.policies.get(&name) {
        Some(wanted) => wanted.document.means_the_same_as(&policy.document),
        None if name == Ledger::name(&target.bundle) => Ledger::from_document(&policy.document)
            .is_ok_and(|ledger| {
                ledger.claims.is_superset(&target.claims())
                    && ledger.protected.is_superset(&target.protected)
                    && ledger.generation == target.generation(ledger.generation)
            }),
        None => true,
    };
    if !stays {
        policy.versions = client.policy_versions(&arn).await?;
    }
    Ok(Some((name, policy)))
}

/// The users and groups that are declared, or named by a membership.
fn members(want: &State) -> (Vec<String>, Vec<String>) {
    let (mut users, mut groups): (BTreeSet<String>, BTreeSet<String>) =
        want.memberships.iter().cloned().unzip();
    users.extend(want.users.keys().cloned());
    groups.extend(want.groups.keys().cloned());
    (users.into_iter().collect(), groups.into_iter().collect())
}

/// What the declared identities hold of what they are to hold.
async fn holdings(client: &Client, want: &State, all: &mut State) -> Result<(), Error> {
    let (mut inline, mut attached) = (Vec::new(), Vec::new());
    for identity in want.identities() {
        let (Some(_), Some(wanted)) = (all.holder(&identity), want.holder(&identity)) else {
            continue;
        };
        let names = wanted.inline.keys().cloned();
        inline.extend(names.map(|name| (identity.clone(), name)));
        if !wanted.attached.is_empty() {
            attached.push(identity);
        }
    }
    let found = each(inline, |(identity, name)| async move {
        let policy = client.inline_policy(&identity, &name).await?;
        Ok((identity, policy))
    });
    for (identity, policy) in found.await? {
        if let Some(holder) = all.holder_mut(&identity) {
            holder.inline.extend(policy);
        }
    }
    let found = each(attached, |identity| async move {
        let policies = client.attached_policies(&identity).await?;
        Ok((identity, policies))
    });
    for (identity, policies) in found.await? {
        if let Some(holder) = all.holder_mut(&identity) {
            holder.attached = policies;
        }
    }
    let users: BTreeSet<String> = want.memberships.iter().map(|(u, _)| u.clone()).collect();
    let there = users
        .into_iter()
        .filter(|user| all.users.contains_key(user));
    let found = each(there.collect(), |user: String| async move {
        let groups = client.groups_of(&user).await?;
        Ok((user, groups))
    });
    for (user, groups) in found.await? {
        let memberships = groups.into_iter().map(|group| (user.clone(), group));
        all.memberships.extend(memberships);
    }
    Ok(())
}
