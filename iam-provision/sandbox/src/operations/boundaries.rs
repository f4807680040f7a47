//! Permissions boundaries of users and roles.

use super::{Operation, Scope, Target, principal_name};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::{self, Role as ROLE, User as USER};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "PutUserPermissionsBoundary",
        Target::Principal(USER),
        |s, p| put(s, p, USER),
    ),
    Operation::write(
        "DeleteUserPermissionsBoundary",
        Target::Principal(USER),
        |s, p| delete(s, p, USER),
    ),
    Operation::write(
        "PutRolePermissionsBoundary",
        Target::Principal(ROLE),
        |s, p| put(s, p, ROLE),
    ),
    Operation::write(
        "DeleteRolePermissionsBoundary",
        Target::Principal(ROLE),
        |s, p| delete(s, p, ROLE),
    ),
];

/// The boundary that the request asks for, if any. It must exist.
pub(super) fn requested(scope: &Scope<'_>, params: &Params) -> Result<Option<String>, Refusal> {
    let Some(arn) = params.get("PermissionsBoundary") else {
        return Ok(None);
    };
    crate::names::length("PermissionsBoundary", arn, 20, 2048)?;
    if scope
        .world
        .managed_policy(scope.account_id(), arn)
        .is_none()
    {
        return Err(Refusal::no_such_entity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )));
    }
    Ok(Some(arn.to_owned()))
}

fn put(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let entity = principal_name(params, kind)?;
    params.required("PermissionsBoundary")?;
    scope.account().grants_mut(kind, entity)?;
    let boundary = requested(scope, params)?;
    scope.account().grants_mut(kind, entity)?.boundary = boundary;
    Ok(None)
}

fn delete(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let entity = principal_name(params, kind)?;
    let removed = scope.account().grants_mut(kind, entity)?.boundary.take();
    if removed.is_none() {
        return Err(Refusal::no_such_entity(format!(
            "The {} with name {entity} does not have a permissions boundary.",
            kind.word()
        )));
    }
    Ok(None)
}
