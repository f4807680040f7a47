//! Reading what concerns a bundle, in as few calls as possible: one page of
//! GetAccountAuthorizationDetails, and for the rest only what it lacks.
//!
//! A read that fails is an error. Only an answer that says so makes an entity
//! absent.

use super::Observed;
use super::select::select;
use crate::client::Client;
use crate::desired::Target;
use crate::error::Error;
use crate::ledger::{Claim, Ledger};
use crate::names::OWNER_TAG;
use crate::state::Account;

/// What is read, and for what.
pub(crate) enum Scope<'a> {
    /// Everything a plan needs.
    Plan,
    /// Whether what a plan was made from is still so. Leaves out what the
    /// plan's own first call to it finds out: creating an instance profile
    /// that has come to exist is refused by IAM.
    Recheck(&'a Observed),
}

pub(crate) async fn read(
    client: &Client,
    account: &Account,
    target: &Target,
    scope: Scope<'_>,
) -> Result<Observed, Error> {
    let all = client.authorization_details(account).await?;
    let mut observed = select(all, target);
    let ledger = Ledger::of(&observed.state, &target.bundle).unwrap_or_default();

    if target.state.password_policy.is_some() || ledger.password_before.is_some() {
        observed.state.password_policy = client.password_policy().await?;
    }
    if ledger.password_before.is_none()
        && let Some(expected) = &target.expected_password_policy
    {
        let now = client.password_policy().await?;
        observed.password_policy_unclaimed = now.as_ref() == Some(expected);
    }
    // GetAccountAuthorizationDetails shows instance profiles inside the roles they hold, so not the empty ones.
    let claimed = ledger.claims.iter().filter_map(|claim| match claim {
        Claim::InstanceProfile(name) => Some(name),
        _ => None,
    });
    let mut hidden: Vec<&String> = target.state.profiles.keys().chain(claimed).collect();
    hidden.sort();
    hidden.dedup();
    for name in hidden {
        if observed.state.profiles.contains_key(name) {
            continue;
        }
        if let Scope::Recheck(before) = scope
            && !before.state.profiles.contains_key(name)
        {
            continue;
        }
        if let Some(profile) = client.instance_profile(name).await? {
            observed.state.profiles.insert(name.clone(), profile);
        }
    }
    for (name, user) in &mut observed.state.users {
        let declared = target.state.users.contains_key(name);
        let owned = user.holder.tags.get(OWNER_TAG) == Some(&target.bundle);
        if declared || owned {
            user.login = client.login_profile(name).await?;
        }
        if owned && !declared {
            user.credentials = client.credentials(name).await?;
        }
    }
    for (name, role) in &mut observed.state.roles {
        if target.state.roles.contains_key(name) {
            role.settings = Some(client.role_settings(name).await?);
        }
    }
    for (name, policy) in &mut observed.state.policies {
        if target
            .state
            .policies
            .get(name)
            .is_some_and(|wanted| wanted.tags.is_some())
        {
            let arn = account.policy_arn(&policy.path, name);
            policy.tags = Some(client.policy_tags(&arn).await?);
        }
    }
    // Only a plan without missing policies is ever applied.
    if matches!(scope, Scope::Plan) {
        for arn in super::aws_policies::to_check(target, &observed.state) {
            if client.policy_is_missing(&arn).await? {
                observed.missing_policies.insert(arn);
            }
        }
    }
    Ok(observed)
}
