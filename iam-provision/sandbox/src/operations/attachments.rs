//! Attaching managed policies: the same three operations for users, groups
//! and roles.

use super::policies::requested_arn;
use super::{Operation, Scope, Target, answer, principal_name, refuse_over_quota, under_prefix};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::{self, Group as GROUP, Role as ROLE, User as USER};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("AttachUserPolicy", Target::Principal(USER), |s, p| {
        attach(s, p, USER)
    }),
    Operation::write("DetachUserPolicy", Target::Principal(USER), |s, p| {
        detach(s, p, USER)
    }),
    Operation::read(
        "ListAttachedUserPolicies",
        Target::Principal(USER),
        |s, p| list(s, p, USER),
    ),
    Operation::write("AttachGroupPolicy", Target::Principal(GROUP), |s, p| {
        attach(s, p, GROUP)
    }),
    Operation::write("DetachGroupPolicy", Target::Principal(GROUP), |s, p| {
        detach(s, p, GROUP)
    }),
    Operation::read(
        "ListAttachedGroupPolicies",
        Target::Principal(GROUP),
        |s, p| list(s, p, GROUP),
    ),
    Operation::write("AttachRolePolicy", Target::Principal(ROLE), |s, p| {
        attach(s, p, ROLE)
    }),
    Operation::write("DetachRolePolicy", Target::Principal(ROLE), |s, p| {
        detach(s, p, ROLE)
    }),
    Operation::read(
        "ListAttachedRolePolicies",
        Target::Principal(ROLE),
        |s, p| list(s, p, ROLE),
    ),
];

fn attach(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let entity = principal_name(params, kind)?;
    let arn = requested_arn(params)?;
    scope.account().grants_mut(kind, entity)?;
    if arn.contains(":policy/aws-service-role/") {
        return Err(Refusal::policy_not_attachable(format!(
            "Cannot attach a Service Role Policy to a Customer Role: {arn} belongs to a \
             service-linked role."
        )));
    }
    if scope
        .world
        .managed_policy(scope.account_id(), arn)
        .is_none()
    {
        return Err(Refusal::no_such_entity(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    let account = scope.account();
    let most = account.quotas.attached_policies;
    let grants = account.grants_mut(kind, entity)?;
    if !grants.attached.iter().any(|attached| attached == arn) {
        let quota = match kind {
            USER => "PoliciesPerUser",
            GROUP => "PoliciesPerGroup",
            ROLE => "PoliciesPerRole",
        };
        refuse_over_quota(grants.attached.len(), most, quota)?;
        grants.attached.push(arn.to_owned());
    }
    Ok(None)
}

fn detach(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let entity = principal_name(params, kind)?;
    let arn = requested_arn(params)?;
    let grants = scope.account().grants_mut(kind, entity)?;
    let before = grants.attached.len();
    grants.attached.retain(|attached| attached != arn);
    if grants.attached.len() == before {
        return Err(Refusal::no_such_entity(format!(
            "Policy {arn} was not found."
        )));
    }
    Ok(None)
}

fn list(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let under_prefix = under_prefix(params)?;
    let grants = scope
        .account()
        .grants(kind, principal_name(params, kind)?)?;
    let attached = grants
        .attached
        .iter()
        .map(|arn| (name_in(arn), arn))
        .filter(|(_, arn)| under_prefix(path_in(arn)))
        .collect();
    let page = page(params, attached, |(name, arn)| {
        format!("{} {arn}", name.to_lowercase())
    })?;
    answer(|x| {
        page.write(x);
        x.members("AttachedPolicies", &page.items, |x, (name, arn)| {
            write(x, name, arn)
        });
    })
}

/// Writes one attachment.
pub(super) fn write(x: &mut Xml, name: &str, arn: &str) {
    x.text("PolicyName", name);
    x.text("PolicyArn", arn);
}

/// The policy's name in its ARN.
pub(super) fn name_in(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// The policy's path in its ARN.
fn path_in(arn: &str) -> &str {
    let from_path = arn
        .find('/')
        .and_then(|slash| arn.get(slash..))
        .unwrap_or("/");
    from_path
        .rfind('/')
        .and_then(|slash| from_path.get(..=slash))
        .unwrap_or("/")
}
