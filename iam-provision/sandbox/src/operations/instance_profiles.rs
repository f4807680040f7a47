//! Instance profiles.

use super::labelled::{listed, page_by_name, refuse_taken};
use super::users::{Detail, refuse_deletion};
use super::{Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use super::{roles, write_label};
use crate::names::{Folded, name};
use crate::pagination::Page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::Role as ROLE;
use crate::state::World;
use crate::state::instance_profile::InstanceProfile;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateInstanceProfile",
        Target::New("instance-profile", "InstanceProfileName"),
        create,
    )
    .also(&[Also::TagOnCreate("iam:TagInstanceProfile")]),
    Operation::read("GetInstanceProfile", Target::InstanceProfile, get),
    Operation::read(
        "ListInstanceProfiles",
        Target::Listing("instance-profile"),
        list,
    ),
    Operation::read(
        "ListInstanceProfilesForRole",
        Target::Principal(ROLE),
        list_for_role,
    ),
    Operation::write(
        "AddRoleToInstanceProfile",
        Target::InstanceProfile,
        add_role,
    )
    .also(&[Also::PassRole("ec2.amazonaws.com")]),
    Operation::write(
        "RemoveRoleFromInstanceProfile",
        Target::InstanceProfile,
        remove_role,
    ),
    Operation::write("DeleteInstanceProfile", Target::InstanceProfile, delete),
];

fn profile_name(params: &Params) -> Result<&str, Refusal> {
    name(
        "InstanceProfileName",
        params.required("InstanceProfileName")?,
        128,
    )
}

/// Writes one instance profile with its role.
pub(super) fn write(
    x: &mut Xml,
    world: &World,
    account: &str,
    profile: &InstanceProfile,
    detail: Detail,
) {
    write_label(
        x,
        account,
        "InstanceProfile",
        "instance-profile",
        &profile.label,
    );
    let role = profile
        .role
        .as_ref()
        .and_then(|key| world.accounts.get(account)?.roles.get(key));
    x.members("Roles", role, |x, role| {
        roles::write(x, world, account, role, Detail::Listed)
    });
    if detail == Detail::Full {
        profile.tags.write_if_any(x);
    }
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let label = scope.new_label(params, "InstanceProfileName", 128, "AIPA")?;
    let account = scope.account();
    let key = Folded::new(&label.name);
    refuse_taken(&account.instance_profiles, &label.name)?;
    refuse_over_quota(
        account.instance_profiles.len(),
        account.quotas.instance_profiles,
        "InstanceProfilesPerAccount",
    )?;
    let profile = InstanceProfile {
        label,
        role: None,
        tags,
    };
    account.instance_profiles.insert(key, profile.clone());
    write_one(scope, &profile)
}

fn write_one(scope: &Scope<'_>, profile: &InstanceProfile) -> Result<Option<Xml>, Refusal> {
    answer(|x| {
        x.element("InstanceProfile", |x| {
            write(x, scope.world, &scope.caller.account, profile, Detail::Full);
        });
    })
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let profile = scope
        .account()
        .instance_profile(profile_name(params)?)?
        .clone();
    write_one(scope, &profile)
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.own_account()?;
    write_page(scope, &listed(params, &account.instance_profiles)?)
}

fn list_for_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let role = principal_name(params, ROLE)?;
    let account = scope.own_account()?;
    account.role(role)?;
    let key = Folded::new(role);
    let all = account.instance_profiles.values();
    let profiles = all.filter(|profile| profile.role.as_ref() == Some(&key));
    write_page(scope, &page_by_name(params, profiles.collect())?)
}

fn write_page(scope: &Scope<'_>, page: &Page<&InstanceProfile>) -> Result<Option<Xml>, Refusal> {
    answer(|x| {
        page.write(x);
        x.members("InstanceProfiles", &page.items, |x, profile| {
            write(
                x,
                scope.world,
                &scope.caller.account,
                profile,
                Detail::Listed,
            );
        });
    })
}

fn add_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let profile = profile_name(params)?;
    let role = principal_name(params, ROLE)?;
    let account = scope.account();
    account.instance_profile(profile)?;
    account.role_mut(role)?;
    let profile = account.instance_profile_mut(profile)?;
    if profile.role.is_some() {
        return Err(Refusal::limit_exceeded(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    profile.role = Some(Folded::new(role));
    Ok(None)
}

fn remove_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let profile = profile_name(params)?;
    let role = principal_name(params, ROLE)?;
    let account = scope.account();
    account.instance_profile(profile)?;
    account.role_mut(role)?;
    let profile = account.instance_profile_mut(profile)?;
    if profile.role.as_ref() != Some(&Folded::new(role)) {
        return Err(Refusal::no_such_entity(format!(
            "The role with name {role} cannot be found in the instance profile {}.",
            profile.label.name
        )));
    }
    profile.role = None;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = profile_name(params)?;
    let account = scope.account();
    let in_use = account.instance_profile(name)?.role.is_some();
    refuse_deletion(&[(in_use, "must remove roles from instance profile first.")])?;
    account.instance_profiles.remove(&Folded::new(name));
    Ok(None)
}
