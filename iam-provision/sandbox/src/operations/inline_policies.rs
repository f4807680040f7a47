//! Inline policies: the same four operations for users, groups and roles.

use super::{Operation, Scope, Target, answer, principal_name};
use crate::names::{Folded, name};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::{self, Group as GROUP, Role as ROLE, User as USER};
use crate::state::{Inline, PolicyText};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("PutUserPolicy", Target::Principal(USER), |s, p| {
        put(s, p, USER)
    }),
    Operation::read("GetUserPolicy", Target::Principal(USER), |s, p| {
        get(s, p, USER)
    }),
    Operation::read("ListUserPolicies", Target::Principal(USER), |s, p| {
        list(s, p, USER)
    }),
    Operation::write("DeleteUserPolicy", Target::Principal(USER), |s, p| {
        delete(s, p, USER)
    }),
    Operation::write("PutGroupPolicy", Target::Principal(GROUP), |s, p| {
        put(s, p, GROUP)
    }),
    Operation::read("GetGroupPolicy", Target::Principal(GROUP), |s, p| {
        get(s, p, GROUP)
    }),
    Operation::read("ListGroupPolicies", Target::Principal(GROUP), |s, p| {
        list(s, p, GROUP)
    }),
    Operation::write("DeleteGroupPolicy", Target::Principal(GROUP), |s, p| {
        delete(s, p, GROUP)
    }),
    Operation::write("PutRolePolicy", Target::Principal(ROLE), |s, p| {
        put(s, p, ROLE)
    }),
    Operation::read("GetRolePolicy", Target::Principal(ROLE), |s, p| {
        get(s, p, ROLE)
    }),
    Operation::read("ListRolePolicies", Target::Principal(ROLE), |s, p| {
        list(s, p, ROLE)
    }),
    Operation::write("DeleteRolePolicy", Target::Principal(ROLE), |s, p| {
        delete(s, p, ROLE)
    }),
];

fn policy_name(params: &Params) -> Result<&str, Refusal> {
    name("PolicyName", params.required("PolicyName")?, 128)
}

fn missing(kind: PrincipalKind, policy: &str) -> Refusal {
    Refusal::no_such_entity(format!(
        "The {} policy with name {policy} cannot be found.",
        kind.word()
    ))
}

fn put(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let entity = principal_name(params, kind)?;
    let policy_name = policy_name(params)?;
    let policy = PolicyText::identity("PolicyDocument", params.required("PolicyDocument")?)?;
    let account = scope.account();
    let most = account.quotas.inline_size(kind);
    let grants = account.grants_mut(kind, entity)?;
    let key = Folded::new(policy_name);
    let replaced = grants
        .inline
        .get(&key)
        .map_or(0, |inline| inline.policy.characters());
    if grants.inline_characters() - replaced + policy.characters() > most {
        return Err(Refusal::limit_exceeded(format!(
            "Maximum policy size of {most} bytes exceeded for {} {entity}",
            kind.word()
        )));
    }
    grants.inline.insert(
        key,
        Inline {
            name: policy_name.to_owned(),
            policy,
        },
    );
    Ok(None)
}

fn get(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let policy_name = policy_name(params)?;
    let entity = principal_name(params, kind)?;
    let grants = scope.account().grants(kind, entity)?;
    let inline = grants
        .inline
        .get(&Folded::new(policy_name))
        .ok_or_else(|| missing(kind, policy_name))?;
    answer(|x| {
        x.text(kind.parameter(), entity);
        x.text("PolicyName", &inline.name);
        x.text("PolicyDocument", inline.policy.encoded());
    })
}

fn list(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let grants = scope
        .account()
        .grants(kind, principal_name(params, kind)?)?;
    let names = grants.inline.values().map(|inline| &inline.name).collect();
    let page = page(params, names, |name| Folded::new(name).as_str().to_owned())?;
    answer(|x| {
        page.write(x);
        x.text_members("PolicyNames", &page.items);
    })
}

fn delete(
    scope: &mut Scope<'_>,
    params: &Params,
    kind: PrincipalKind,
) -> Result<Option<Xml>, Refusal> {
    let policy_name = policy_name(params)?;
    let grants = scope
        .account()
        .grants_mut(kind, principal_name(params, kind)?)?;
    grants
        .inline
        .remove(&Folded::new(policy_name))
        .ok_or_else(|| missing(kind, policy_name))?;
    Ok(None)
}
