//! Versions of managed policies.

use super::policies::{find, find_own, requested_arn, requested_document};
use super::{Operation, Scope, Target, answer};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::policy::{ManagedPolicy, PolicyVersion};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreatePolicyVersion", Target::Policy, create),
    Operation::read("GetPolicyVersion", Target::Policy, get),
    Operation::read("ListPolicyVersions", Target::Policy, list),
    Operation::write("SetDefaultPolicyVersion", Target::Policy, set_default),
    Operation::write("DeletePolicyVersion", Target::Policy, delete),
];

/// Writes one version, with its document where that is wanted.
pub(super) fn write(x: &mut Xml, policy: &ManagedPolicy, version: &PolicyVersion, document: bool) {
    if document {
        x.text("Document", version.policy.encoded());
    }
    x.text("VersionId", version.id());
    x.text("IsDefaultVersion", version.number == policy.default_version);
    x.text("CreateDate", version.created);
}

fn requested_version(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("VersionId")?;
    let digits = id.strip_prefix('v').unwrap_or_default();
    // The API model: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?
    if digits.starts_with(|c: char| ('1'..='9').contains(&c))
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
    {
        return Ok(id);
    }
    Err(constraint_violation(
        Some(id),
        "VersionId",
        "Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
    ))
}

fn missing_version(arn: &str, id: &str) -> Refusal {
    Refusal::no_such_entity(format!(
        "Policy {arn} version {id} does not exist or is not attachable."
    ))
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let set_as_default = params.flag("SetAsDefault")?.unwrap_or(false);
    let now = scope.now;
    let account = scope.account();
    let (most_characters, most) = (
        account.quotas.policy_size,
        account.quotas.versions_per_policy,
    );
    let document = requested_document(params, most_characters)?;
    let policy = find_own(account, arn)?;
    if policy.versions.len() >= most {
        return Err(Refusal::limit_exceeded(format!(
            "A managed policy can have up to {most} versions. Before you create a new version, \
             you must delete an existing version."
        )));
    }
    let version = PolicyVersion {
        number: policy.next_version,
        created: now,
        policy: document,
    };
    policy.next_version = policy.next_version.saturating_add(1);
    policy.updated = now;
    if set_as_default {
        policy.default_version = version.number;
    }
    policy.versions.push(version.clone());
    answer(|x| x.element("PolicyVersion", |x| write(x, policy, &version, false)))
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let id = requested_version(params)?;
    let policy = find(scope.world, scope.account_id(), arn)?;
    let version = policy.version(id).ok_or_else(|| missing_version(arn, id))?;
    answer(|x| x.element("PolicyVersion", |x| write(x, policy, version, true)))
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let policy = find(scope.world, scope.account_id(), requested_arn(params)?)?;
    // Newest first, as IAM lists them.
    let newest_first = |version: &&PolicyVersion| format!("{:010}", u32::MAX - version.number);
    let page = page(params, policy.versions.iter().collect(), newest_first)?;
    answer(|x| {
        page.write(x);
        x.members("Versions", &page.items, |x, version| {
            write(x, policy, version, false)
        });
    })
}

fn set_default(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let id = requested_version(params)?;
    let now = scope.now;
    let policy = find_own(scope.account(), arn)?;
    policy.default_version = policy
        .version(id)
        .ok_or_else(|| missing_version(arn, id))?
        .number;
    policy.updated = now;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let id = requested_version(params)?;
    let now = scope.now;
    let policy = find_own(scope.account(), arn)?;
    let number = policy
        .version(id)
        .ok_or_else(|| missing_version(arn, id))?
        .number;
    if number == policy.default_version {
        return Err(Refusal::delete_conflict(
            "Cannot delete the default version of a policy.",
        ));
    }
    policy.versions.retain(|version| version.number != number);
    policy.updated = now;
    Ok(None)
}
