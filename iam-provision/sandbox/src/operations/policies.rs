//! Managed policies.

use super::{Also, Operation, Scope, Target, answer, refuse_over_quota, under_prefix, write_label};
use crate::names::{Folded, description};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::account::PolicyUsage;
use crate::state::policy::ManagedPolicy;
use crate::state::tags::{KeyCase, Tags};
use crate::state::{Account, PolicyText, PrincipalKind, World};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreatePolicy", Target::New("policy", "PolicyName"), create)
        .also(&[Also::TagOnCreate("iam:TagPolicy")]),
    Operation::read("GetPolicy", Target::Policy, get),
    Operation::read("ListPolicies", Target::Everything, list),
    Operation::write("DeletePolicy", Target::Policy, delete),
    Operation::read("ListEntitiesForPolicy", Target::Policy, list_entities),
];

/// The account part of the ARNs of AWS's own policies.
pub(super) const AWS: &str = "aws";

/// The checked policy ARN of a request.
pub(super) fn requested_arn(params: &Params) -> Result<&str, Refusal> {
    let arn = params.required("PolicyArn")?;
    crate::names::length("PolicyArn", arn, 20, 2048)?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match *parts {
        ["arn", _, "iam", "", _, resource] if resource.starts_with("policy/") => Ok(arn),
        _ => Err(Refusal::validation_error(format!(
            "ARN {arn} is not valid."
        ))),
    }
}

/// The managed policy of that ARN, the account's or AWS's.
pub(super) fn find<'w>(
    world: &'w World,
    account: &str,
    arn: &str,
) -> Result<&'w ManagedPolicy, Refusal> {
    world
        .managed_policy(account, arn)
        .ok_or_else(|| Refusal::no_such_entity(format!("Policy {arn} was not found.")))
}

/// The account's policy of that ARN, to change it. AWS's cannot be changed.
pub(super) fn find_own<'w>(
    account: &'w mut Account,
    arn: &str,
) -> Result<&'w mut ManagedPolicy, Refusal> {
    if is_aws_owned(arn) {
        return Err(Refusal::access_denied(format!(
            "The policy {arn} is managed by AWS and cannot be changed."
        )));
    }
    account
        .policy_mut(arn)
        .ok_or_else(|| Refusal::no_such_entity(format!("Policy {arn} was not found.")))
}

/// Whether an ARN is that of a policy of AWS.
pub(super) fn is_aws_owned(arn: &str) -> bool {
    arn.split(':').nth(4) == Some(AWS)
}

/// The checked document of a managed policy.
pub(super) fn requested_document(params: &Params, most: usize) -> Result<PolicyText, Refusal> {
    let policy = PolicyText::identity("PolicyDocument", params.required("PolicyDocument")?)?;
    if policy.characters() > most {
        return Err(Refusal::limit_exceeded(format!(
            "Cannot exceed quota for PolicySize: {most}"
        )));
    }
    Ok(policy)
}

/// Writes one policy; `owner` is the account in its ARN.
pub(super) fn write(x: &mut Xml, usage: &PolicyUsage<'_>, owner: &str, policy: &ManagedPolicy) {
    write_label(x, owner, "Policy", "policy", &policy.label);
    x.text("UpdateDate", policy.updated);
    let uses = usage.of(&policy.label.arn(owner, "policy"));
    x.text("DefaultVersionId", format!("v{}", policy.default_version));
    x.text("AttachmentCount", uses.attachments);
    x.text("PermissionsBoundaryUsageCount", uses.boundaries);
    x.text("IsAttachable", true);
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let description = params
        .get("Description")
        .map(description)
        .transpose()?
        .map(str::to_owned);
    let most = scope.account().quotas.policy_size;
    let document = requested_document(params, most)?;
    let label = scope.new_label(params, "PolicyName", 128, "ANPA")?;
    let account = scope.account();
    let key = Folded::new(&label.name);
    if account.policies.contains_key(&key) {
        return Err(Refusal::entity_already_exists(format!(
            "A policy called {} already exists. Duplicate names are not allowed.",
            label.name
        )));
    }
    refuse_over_quota(
        account.policies.len(),
        account.quotas.policies,
        "PoliciesPerAccount",
    )?;
    let mut policy = ManagedPolicy::new(label, description, document);
    policy.tags = tags;
    account.policies.insert(key, policy.clone());
    answer(|x| {
        x.element("Policy", |x| {
            write(x, &account.policy_usage(), &account.id, &policy);
            policy.tags.write_if_any(x);
        });
    })
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let account = scope.own_account()?;
    let policy = find(scope.world, &account.id, arn)?;
    let owner = if is_aws_owned(arn) { AWS } else { &account.id };
    answer(|x| {
        x.element("Policy", |x| {
            write(x, &account.policy_usage(), owner, policy);
            x.text_if("Description", policy.description.as_ref());
            policy.tags.write_if_any(x);
        });
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let under_prefix = under_prefix(params)?;
    let (aws, own) = match params.get("Scope").unwrap_or("All") {
        "All" => (true, true),
        "AWS" => (true, false),
        "Local" => (false, true),
        other => return Err(unknown_value("Scope", other, "[All, AWS, Local]")),
    };
    let only_attached = params.flag("OnlyAttached")?.unwrap_or(false);
    let wanted_usage = requested_usage(params)?;
    let account = scope.own_account()?;
    let usage = account.policy_usage();
    let policies = own
        .then(|| {
            account
                .policies
                .values()
                .map(|policy| (account.id.as_str(), policy))
        })
        .into_iter()
        .flatten()
        .chain(
            aws.then(|| {
                scope
                    .world
                    .aws_managed
                    .iter()
                    .map(|(_, policy)| (AWS, policy))
            })
            .into_iter()
            .flatten(),
        )
        .filter(|(_, policy)| under_prefix(&policy.label.path))
        .filter(|(owner, policy)| {
            let arn = policy.label.arn(owner, "policy");
            let uses = usage.of(&arn);
            let (attached, bounding) = (uses.attachments > 0, uses.boundaries > 0);
            (!only_attached || attached || bounding) && wanted_usage.fits(attached, bounding)
        })
        .collect();
    let page = page(params, policies, |(owner, policy)| {
        format!("{} {owner}", Folded::new(&policy.label.name).as_str())
    })?;
    answer(|x| {
        page.write(x);
        x.members("Policies", &page.items, |x, (owner, policy)| {
            write(x, &usage, owner, policy)
        });
    })
}

/// The filter by use of ListPolicies and ListEntitiesForPolicy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usage {
    Any,
    Attachment,
    Boundary,
}

impl Usage {
    /// Whether a policy or entity with these uses is wanted.
    fn fits(self, attached: bool, bounding: bool) -> bool {
        match self {
            Usage::Any => true,
            Usage::Attachment => attached,
            Usage::Boundary => bounding,
        }
    }
}

fn requested_usage(params: &Params) -> Result<Usage, Refusal> {
    match params.get("PolicyUsageFilter") {
        None => Ok(Usage::Any),
        Some("PermissionsPolicy") => Ok(Usage::Attachment),
        Some("PermissionsBoundary") => Ok(Usage::Boundary),
        Some(other) => Err(unknown_value(
            "PolicyUsageFilter",
            other,
            "[PermissionsPolicy, PermissionsBoundary]",
        )),
    }
}

/// IAM's wording for a value that an enumeration does not have.
pub(super) fn unknown_value(field: &str, value: &str, known: &str) -> Refusal {
    constraint_violation(
        Some(value),
        field,
        &format!("Member must satisfy enum value set: {known}"),
    )
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let account = scope.account();
    let policy = find_own(account, arn)?;
    let versions = policy.versions.len();
    let key = Folded::new(&policy.label.name);
    let uses = account.policy_usage().of(arn);
    if uses.attachments > 0 {
        return Err(Refusal::delete_conflict(
            "Cannot delete a policy attached to entities.",
        ));
    }
    if uses.boundaries > 0 {
        return Err(Refusal::delete_conflict(
            "Cannot delete a policy that is used as a permissions boundary.",
        ));
    }
    if versions > 1 {
        return Err(Refusal::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        ));
    }
    account.policies.remove(&key);
    Ok(None)
}

fn list_entities(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let under_prefix = under_prefix(params)?;
    let usage = requested_usage(params)?;
    let wanted_kind = match params.get("EntityFilter") {
        None | Some("LocalManagedPolicy" | "AWSManagedPolicy") => None,
        Some("User") => Some(PrincipalKind::User),
        Some("Group") => Some(PrincipalKind::Group),
        Some("Role") => Some(PrincipalKind::Role),
        Some(other) => {
            return Err(unknown_value(
                "EntityFilter",
                other,
                "[User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]",
            ));
        }
    };
    let account = scope.own_account()?;
    find(scope.world, &account.id, arn)?;
    let entities = account
        .all_grants()
        .filter(|(kind, label, grants)| {
            let attached = grants.attached.iter().any(|a| a == arn);
            let bounding = grants.boundary.as_deref() == Some(arn);
            (attached || bounding)
                && usage.fits(attached, bounding)
                && wanted_kind.is_none_or(|wanted| wanted == *kind)
                && under_prefix(&label.path)
        })
        .map(|(kind, label, _)| (kind, label))
        .collect();
    let page = page(params, entities, |(kind, label)| {
        format!("{} {}", kind.word(), Folded::new(&label.name).as_str())
    })?;
    answer(|x| {
        page.write(x);
        for (list, prefix, kind) in [
            ("PolicyGroups", "Group", PrincipalKind::Group),
            ("PolicyUsers", "User", PrincipalKind::User),
            ("PolicyRoles", "Role", PrincipalKind::Role),
        ] {
            let of_kind = page.items.iter().filter(|(k, _)| *k == kind);
            x.members(list, of_kind, |x, (_, label)| {
                x.text(&format!("{prefix}Name"), &label.name);
                x.text(&format!("{prefix}Id"), &label.id);
            });
        }
    })
}
