//! Instance profiles.

use super::users::{Detail, refuse_deletion};
use super::{
    Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota, under_prefix,
};
use super::{roles, write_label};
use crate::names::{Folded, name};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::Role as ROLE;
use crate::state::World;
use crate::state::instance_profile::InstanceProfile;
use crate::state::tags::Tags;
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
    let tags = Tags::from_request(params)?;
    let label = scope.new_label(params, "InstanceProfileName", 128, "AIPA")?;
    let account = scope.account();
    let key = Folded::new(&label.name);
    if account.instance_profiles.contains_key(&key) {
        return Err(Refusal::entity_already_exists(format!(
            "Instance Profile {} already exists.",
            label.name
        )));
    }
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
    let under_prefix = under_prefix(params)?;
    let all = scope.account().instance_profiles.values();
    let profiles = all
        .filter(|profile| under_prefix(&profile.label.path))
        .cloned()
        .collect();
    write_page(scope, params, profiles)
}

fn list_for_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let role = principal_name(params, ROLE)?;
    let account = scope.account();
    account.role(role)?;
    let key = Folded::new(role);
    let all = account.instance_profiles.values();
    let profiles = all
        .filter(|profile| profile.role.as_ref() == Some(&key))
        .cloned()
        .collect();
    write_page(scope, params, profiles)
}

fn write_page(
    scope: &Scope<'_>,
    params: &Params,
    profiles: Vec<InstanceProfile>,
) -> Result<Option<Xml>, Refusal> {
    let by_name = |p: &InstanceProfile| Folded::new(&p.label.name).as_str().to_owned();
    let page = page(params, profiles, by_name)?;
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
