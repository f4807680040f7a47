//! Roles.

use super::labelled::{listed, refuse_taken};
use super::users::{Detail, refuse_deletion};
use super::{Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use super::{write_boundary, write_label};
use crate::names::{Folded, description};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::Role as ROLE;
use crate::state::document::percent_encoded;
use crate::state::role::{Role, SERVICE_LINKED_PATH};
use crate::state::tags::{KeyCase, Tags};
use crate::state::trust::TrustText;
use crate::state::{Grants, World};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateRole", Target::New("role", "RoleName"), create)
        .also(&[Also::TagOnCreate("iam:TagRole")]),
    Operation::read("GetRole", Target::Principal(ROLE), get),
    Operation::read("ListRoles", Target::Listing("role"), list),
    Operation::write("UpdateRole", Target::Principal(ROLE), update),
    Operation::write(
        "UpdateRoleDescription",
        Target::Principal(ROLE),
        update_description,
    ),
    Operation::write(
        "UpdateAssumeRolePolicy",
        Target::Principal(ROLE),
        update_trust,
    ),
    Operation::write("DeleteRole", Target::Principal(ROLE), delete),
];

/// The default and the bounds of a role's longest session, in seconds.
pub(super) const DEFAULT_SESSION: u64 = 3_600;
const LONGEST_SESSION: u64 = 43_200;

/// Writes one role.
pub(super) fn write(x: &mut Xml, world: &World, account: &str, role: &Role, detail: Detail) {
    write_label(x, account, "Role", "role", &role.label);
    x.text(
        "AssumeRolePolicyDocument",
        percent_encoded(&role.trust.text(world)),
    );
    x.text_if("Description", role.description.as_ref());
    x.text("MaxSessionDuration", role.max_session_duration);
    if detail == Detail::Full {
        write_boundary(x, role.grants.boundary.as_ref());
        role.tags.write_if_any(x);
        write_last_used(x, role);
    }
}

/// Writes when and where the role was last used; empty if it never was.
pub(super) fn write_last_used(x: &mut Xml, role: &Role) {
    x.element("RoleLastUsed", |x| {
        if let Some((at, region)) = &role.last_used {
            x.text("LastUsedDate", at);
            x.text("Region", region);
        }
    });
}

fn session_duration(params: &Params) -> Result<u64, Refusal> {
    Ok(params
        .number("MaxSessionDuration", DEFAULT_SESSION, LONGEST_SESSION)?
        .unwrap_or(DEFAULT_SESSION))
}

fn requested_description(params: &Params) -> Result<Option<String>, Refusal> {
    let text = params.get("Description").map(description).transpose()?;
    Ok(text.map(str::to_owned))
}

fn requested_trust(
    scope: &mut Scope<'_>,
    params: &Params,
    field: &str,
) -> Result<TrustText, Refusal> {
    let most = scope.account().quotas.trust_size;
    TrustText::accept(scope.world, field, params.required(field)?, most)
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Ignored)?;
    let description = requested_description(params)?;
    let max_session_duration = session_duration(params)?;
    let boundary = super::boundaries::requested(scope, params)?;
    let label = scope.new_label(params, "RoleName", ROLE.longest_name(), "AROA")?;
    if label.path.starts_with(SERVICE_LINKED_PATH) {
        return Err(Refusal::validation_error(format!(
            "The path {SERVICE_LINKED_PATH} is reserved for roles that AWS services create \
             (CreateServiceLinkedRole)."
        )));
    }
    let trust = requested_trust(scope, params, "AssumeRolePolicyDocument")?;
    let account = scope.account();
    let key = Folded::new(&label.name);
    refuse_taken(&account.roles, &label.name)?;
    refuse_over_quota(account.roles.len(), account.quotas.roles, "RolesPerAccount")?;
    let grants = Grants {
        boundary,
        ..Grants::default()
    };
    let role = Role {
        label,
        description,
        max_session_duration,
        trust,
        tags,
        grants,
        last_used: None,
    };
    account.roles.insert(key, role.clone());
    answer(|x| {
        x.element("Role", |x| {
            write(x, scope.world, &scope.caller.account, &role, Detail::Full)
        });
    })
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let role = scope.account().role(principal_name(params, ROLE)?)?.clone();
    answer(|x| {
        x.element("Role", |x| {
            write(x, scope.world, &scope.caller.account, &role, Detail::Full)
        });
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.own_account()?;
    let page = listed(params, &account.roles)?;
    answer(|x| {
        page.write(x);
        x.members("Roles", &page.items, |x, role| {
            write(x, scope.world, &account.id, role, Detail::Listed);
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let description = requested_description(params)?;
    // Not partial: without a duration the default of one hour is set.
    let max_session_duration = session_duration(params)?;
    let role = scope
        .account()
        .any_role_mut(principal_name(params, ROLE)?)?;
    if params.get("MaxSessionDuration").is_some() {
        role.refuse_if_service_linked()?;
    }
    if !role.is_service_linked() {
        role.max_session_duration = max_session_duration;
    }
    if description.is_some() {
        role.description = description;
    }
    answer(|_| {})
}

fn update_description(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let description = crate::names::description(params.required("Description")?)?.to_owned();
    let name = principal_name(params, ROLE)?;
    scope.account().any_role_mut(name)?.description = Some(description);
    get(scope, params)
}

fn update_trust(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, ROLE)?;
    scope.account().role_mut(name)?;
    let trust = requested_trust(scope, params, "PolicyDocument")?;
    scope.account().role_mut(name)?.trust = trust;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, ROLE)?;
    let account = scope.account();
    let role = account.role_mut(name)?.clone();
    let key = Folded::new(name);
    refuse_deletion(&[
        (
            account
                .instance_profiles
                .values()
                .any(|profile| profile.role.as_ref() == Some(&key)),
            "must remove roles from instance profile first.",
        ),
        (
            !role.grants.attached.is_empty(),
            "must detach all policies first.",
        ),
        (
            !role.grants.inline.is_empty(),
            "must delete policies first.",
        ),
    ])?;
    account.roles.remove(&key);
    Ok(None)
}
