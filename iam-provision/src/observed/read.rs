//! Reading what concerns a bundle, in as few calls as possible: one page of
//! GetAccountAuthorizationDetails, and for the rest only what it lacks.
//!
//! A read that fails is an error. Only an answer that says so makes an entity
//! absent.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};

use super::select::select;
use super::{Observed, quotas};
use crate::client::Client;
use crate::desired::{PasswordPolicy, Target};
use crate::error::Error;
use crate::ledger::{Claim, Ledger};
use crate::names::OWNER_TAG;
use crate::plan::administrators;
use crate::state::{
    Account, Credential, Identity, Linked, LinkedState, ProfileState, Provider, ProviderState,
    RoleSettings, State,
};

/// How many reads run at the same time.
const AT_A_TIME: usize = 8;

/// What is read, and for what.
pub(crate) enum Scope<'a> {
    /// Everything a plan needs.
    Plan,
    /// Whether what a plan was made from is still so. Leaves out what the
    /// plan's own first call to it finds out: creating an instance profile
    /// that has come to exist is refused by IAM.
    Recheck(&'a Observed),
}

/// One thing that GetAccountAuthorizationDetails does not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    PasswordPolicy,
    /// Profiles are shown inside the roles they hold, so not the empty ones.
    Profile(String),
    Login(String),
    AccessKeys(String),
    /// What blocks the deletion of a user.
    Credentials(String),
    RoleSettings(String),
    PolicyTags(String),
    Alias,
    Provider(Provider),
    Linked(Linked),
}

/// What has to be read beside the account's details, which `state` shows.
pub(crate) fn wanted(target: &Target, state: &State) -> Vec<Read> {
    let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
    let mut reads = Vec::new();
    if target.state.password_policy.is_some()
        || ledger.password_before.is_some()
        || target.expected_password_policy.is_some()
    {
        reads.push(Read::PasswordPolicy);
    }
    if target.state.alias.is_some()
        || ledger.alias_before.is_some()
        || target.expected_alias.is_some()
    {
        reads.push(Read::Alias);
    }
    let claims = ledger.claims.union(&target.expected_claims);
    let linked = claims.clone().filter_map(|claim| match claim {
        Claim::Linked(role) => Some(role),
        _ => None,
    });
    reads.extend(
        linked
            .chain(target.state.linked.keys())
            .map(|role| Read::Linked(role.clone())),
    );
    let providers = claims.filter_map(|claim| match claim {
        Claim::Provider(provider) => Some(provider),
        _ => None,
    });
    reads.extend(
        providers
            .chain(target.state.providers.keys())
            .map(|provider| Read::Provider(provider.clone())),
    );
    let claimed = ledger.claims.iter().filter_map(|claim| match claim {
        Claim::InstanceProfile(name) => Some(name),
        _ => None,
    });
    let hidden = target.state.profiles.keys().chain(claimed);
    reads.extend(
        hidden
            .filter(|name| {
                let shown = state.profiles.get(*name);
                shown.is_none_or(|profile| profile.role.is_none())
            })
            .map(|name| Read::Profile(name.clone())),
    );
    for (name, user) in &state.users {
        let identity = Identity::User(name.clone());
        let declared =
            target.state.users.contains_key(name) || target.renamed(&identity, state).is_some();
        let owned = user.holder.tags.get(OWNER_TAG) == Some(&target.bundle);
        if declared || owned {
            reads.push(Read::Login(name.clone()));
        }
        if declared {
            reads.push(Read::AccessKeys(name.clone()));
        }
        if owned && !declared {
            reads.push(Read::Credentials(name.clone()));
        }
    }
    let declared_roles = state.roles.keys();
    reads.extend(
        declared_roles
            .filter(|name| target.state.roles.contains_key(*name))
            .map(|name| Read::RoleSettings(name.clone())),
    );
    let tagged = |name: &String| {
        let wanted = target.state.policies.get(name);
        wanted.is_some_and(|wanted| wanted.tags.is_some())
    };
    let policies = state.policies.keys().filter(|name| tagged(name));
    reads.extend(policies.map(|name| Read::PolicyTags(name.clone())));
    reads.sort();
    reads.dedup();
    reads
}

pub(crate) async fn read(
    client: &Client,
    account: &Account,
    target: &Target,
    scope: Scope<'_>,
) -> Result<Observed, Error> {
    let all = client.authorization_details(account).await?;
    // Only a plan that fits, and whose policies exist, is ever applied.
    let over_quota = match scope {
        Scope::Plan => quotas::exceeded(client, target, &all).await?,
        Scope::Recheck(before) => before.over_quota.clone(),
    };
    let administrators = match &scope {
        Scope::Recheck(before) => before
            .administrators
            .clone()
            .filter(|these| administrators::are(&all, these)),
        Scope::Plan => Some(administrators::of(&all)),
    };
    let mut observed = select(all, target);
    observed.administrators = administrators;
    observed.over_quota = over_quota;
    let skipped = |read: &Read| match (read, &scope) {
        (Read::Profile(name), Scope::Recheck(before)) => !before.state.profiles.contains_key(name),
        _ => false,
    };
    let reads: Vec<Read> = wanted(target, &observed.state)
        .into_iter()
        .filter(|read| !skipped(read))
        .collect();
    let state = observed.state.clone();
    let mut answers = stream::iter(reads)
        .map(|read| one(client, &state, read))
        .buffered(AT_A_TIME);
    while let Some(answer) = answers.next().await {
        answer?.store(target, &mut observed);
    }
    drop(answers);
    if matches!(scope, Scope::Plan) {
        for arn in super::aws_policies::to_check(target, &observed.state) {
            if client.policy_is_missing(&arn).await? {
                observed.missing_policies.insert(arn);
            }
        }
    }
    Ok(observed)
}

/// What a read found.
enum Answer {
    PasswordPolicy(Option<PasswordPolicy>),
    Profile(String, Option<ProfileState>),
    Login(String, Option<bool>),
    AccessKeys(String, BTreeMap<String, bool>),
    Credentials(String, Vec<Credential>),
    RoleSettings(String, RoleSettings),
    PolicyTags(String, BTreeMap<String, String>),
    Alias(Option<String>),
    Provider(Provider, Option<ProviderState>),
    Linked(Linked, Option<LinkedState>),
}

async fn one(client: &Client, state: &State, read: Read) -> Result<Answer, Error> {
    Ok(match read {
        Read::PasswordPolicy => Answer::PasswordPolicy(client.password_policy().await?),
        Read::Profile(name) => {
            let profile = client.instance_profile(&name).await?;
            Answer::Profile(name, profile)
        }
        Read::Login(name) => {
            let login = client.login_profile(&name).await?;
            Answer::Login(name, login)
        }
        Read::AccessKeys(name) => {
            let keys = client.access_keys(&name).await?;
            let keys = keys.into_iter().map(|key| (key.id, key.active)).collect();
            Answer::AccessKeys(name, keys)
        }
        Read::Credentials(name) => {
            let credentials = client.credentials(&name).await?;
            Answer::Credentials(name, credentials)
        }
        Read::RoleSettings(name) => {
            let settings = client.role_settings(&name).await?;
            Answer::RoleSettings(name, settings)
        }
        Read::PolicyTags(name) => {
            let path = state.policies.get(&name).map(|policy| policy.path.as_str());
            let arn = state.account.policy_arn(path.unwrap_or("/"), &name);
            let tags = client.policy_tags(&arn).await?;
            Answer::PolicyTags(name, tags)
        }
        Read::Alias => Answer::Alias(client.account_alias().await?),
        Read::Provider(provider) => {
            let arn = provider.arn(&state.account);
            let found = client.provider(&provider, &arn).await?;
            Answer::Provider(provider, found)
        }
        Read::Linked(role) => {
            let found = client.linked_role(&role).await?;
            Answer::Linked(role, found)
        }
    })
}

impl Answer {
    fn store(self, target: &Target, observed: &mut Observed) {
        let state = &mut observed.state;
        match self {
            Self::PasswordPolicy(now) => {
                let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
                if ledger.password_before.is_none() {
                    let expected = target.expected_password_policy.as_ref();
                    observed.password_policy_unclaimed =
                        expected.is_some() && now.as_ref() == expected;
                }
                if target.state.password_policy.is_some() || ledger.password_before.is_some() {
                    state.password_policy = now;
                }
            }
            Self::Profile(name, found) => {
                if let Some(profile) = found {
                    state.profiles.insert(name, profile);
                }
            }
            Self::Login(name, login) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.login = login;
                }
            }
            Self::AccessKeys(name, keys) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.keys = keys;
                }
            }
            Self::Credentials(name, credentials) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.credentials = credentials;
                }
            }
            Self::RoleSettings(name, settings) => {
                if let Some(role) = state.roles.get_mut(&name) {
                    role.settings = Some(settings);
                }
            }
            Self::PolicyTags(name, tags) => {
                if let Some(policy) = state.policies.get_mut(&name) {
                    policy.tags = Some(tags);
                }
            }
            Self::Alias(now) => {
                let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
                if ledger.alias_before.is_none() {
                    let expected = target.expected_alias.as_ref();
                    observed.alias_unclaimed = expected.is_some() && now.as_ref() == expected;
                }
                if target.state.alias.is_some() || ledger.alias_before.is_some() {
                    state.alias = now;
                }
            }
            Self::Linked(role, found) => {
                let Some(found) = found else { return };
                let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
                let claim = Claim::Linked(role.clone());
                if target.state.linked.contains_key(&role) || ledger.claims.contains(&claim) {
                    state.linked.insert(role, found);
                } else {
                    observed.unclaimed.insert(claim);
                }
            }
            Self::Provider(provider, found) => {
                let Some(found) = found else { return };
                let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
                let claim = Claim::Provider(provider.clone());
                let ours = found.tags.get(OWNER_TAG) == Some(&target.bundle);
                let declared = target.state.providers.contains_key(&provider);
                if ours || declared || ledger.claims.contains(&claim) {
                    state.providers.insert(provider, found);
                } else if !found.tags.contains_key(OWNER_TAG) {
                    observed.unclaimed.insert(claim);
                }
            }
        }
    }
}
