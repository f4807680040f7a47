//! Alias and summary of the account.

use super::{Operation, Scope, Target, answer};
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::Account;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateAccountAlias", Target::Everything, create_alias),
    Operation::read("ListAccountAliases", Target::Everything, list_aliases),
    Operation::write("DeleteAccountAlias", Target::Everything, delete_alias),
    Operation::write(
        "SetSecurityTokenServicePreferences",
        Target::Everything,
        set_token_version,
    ),
    Operation::read("GetAccountSummary", Target::Everything, summary),
];

fn requested_alias(params: &Params) -> Result<&str, Refusal> {
    let alias = params.required("AccountAlias")?;
    length("AccountAlias", alias, 3, 63)?;
    let well_formed = alias
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && !alias.contains("--")
        // "must not be a 12-digit number" ("Your AWS account ID and its alias").
        && !crate::state::is_account_id(alias);
    if !well_formed {
        return Err(constraint_violation(
            Some(alias),
            "AccountAlias",
            "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
        ));
    }
    Ok(alias)
}

fn create_alias(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let alias = requested_alias(params)?;
    let own = scope.account_id().to_owned();
    let taken = |account: &Account| account.id != own && account.alias.as_deref() == Some(alias);
    if scope.world.accounts.values().any(taken) {
        return Err(Refusal::entity_already_exists(format!(
            "The account alias {alias} already exists."
        )));
    }
    // An account has one alias: another one takes its place.
    scope.account().alias = Some(alias.to_owned());
    Ok(None)
}

fn list_aliases(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let page = page(params, scope.account().alias.iter().collect(), |alias| {
        (*alias).clone()
    })?;
    answer(|x| {
        page.write(x);
        x.text_members("AccountAliases", &page.items);
    })
}

fn delete_alias(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let alias = requested_alias(params)?;
    let account = scope.account();
    if account.alias.as_deref() != Some(alias) {
        return Err(Refusal::no_such_entity(format!(
            "The account alias {alias} cannot be found."
        )));
    }
    account.alias = None;
    Ok(None)
}

fn set_token_version(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let version = match params.required("GlobalEndpointTokenVersion")? {
        "v1Token" => 1,
        "v2Token" => 2,
        other => {
            return Err(super::policies::unknown_value(
                "GlobalEndpointTokenVersion",
                other,
                "[v1Token, v2Token]",
            ));
        }
    };
    scope.account().global_token_version = version;
    Ok(None)
}

fn summary(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let quotas = &account.quotas;
    let versions: usize = account
        .policies
        .values()
        .map(|policy| policy.versions.len())
        .sum();
    let assigned = account
        .mfa_devices
        .values()
        .filter(|d| d.enabled.is_some())
        .count();
    let entries = [
        ("AccessKeysPerUserQuota", quotas.access_keys_per_user),
        ("AccountAccessKeysPresent", 1),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 1),
        ("AccountSigningCertificatesPresent", 0),
        ("AssumeRolePolicySizeQuota", quotas.trust_size),
        ("AttachedPoliciesPerGroupQuota", quotas.attached_policies),
        ("AttachedPoliciesPerRoleQuota", quotas.attached_policies),
        ("AttachedPoliciesPerUserQuota", quotas.attached_policies),
        (
            "GlobalEndpointTokenVersion",
            usize::from(account.global_token_version),
        ),
        ("GroupPolicySizeQuota", quotas.group_inline_size),
        ("Groups", account.groups.len()),
        ("GroupsPerUserQuota", quotas.groups_per_user),
        ("GroupsQuota", quotas.groups),
        ("InstanceProfiles", account.instance_profiles.len()),
        ("InstanceProfilesQuota", quotas.instance_profiles),
        ("MFADevices", account.mfa_devices.len()),
        ("MFADevicesInUse", assigned),
        ("Policies", account.policies.len()),
        ("PoliciesQuota", quotas.policies),
        ("PolicySizeQuota", quotas.policy_size),
        ("PolicyVersionsInUse", versions),
        ("PolicyVersionsInUseQuota", 10_000),
        (
            "Providers",
            account.oidc_providers.len() + account.saml_providers.len(),
        ),
        ("RolePolicySizeQuota", quotas.role_inline_size),
        ("Roles", account.roles.len()),
        ("RolesQuota", quotas.roles),
        ("ServerCertificates", account.server_certificates.len()),
        ("ServerCertificatesQuota", quotas.server_certificates),
        (
            "SigningCertificatesPerUserQuota",
            quotas.signing_certificates_per_user,
        ),
        ("UserPolicySizeQuota", quotas.user_inline_size),
        ("Users", account.users.len()),
        ("UsersQuota", quotas.users),
        ("VersionsPerPolicyQuota", quotas.versions_per_policy),
    ];
    answer(|x| {
        x.element("SummaryMap", |x| {
            for (key, value) in entries {
                x.element("entry", |x| {
                    x.text("key", key);
                    x.text("value", value);
                });
            }
        });
    })
}
