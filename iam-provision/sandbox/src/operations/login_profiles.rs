//! Console passwords.

use super::{Operation, Scope, Target, answer, principal_name};
use crate::names::length;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::User as USER;
use crate::state::password_policy;
use crate::state::user::{LoginProfile, User};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateLoginProfile", Target::UserOrCaller, create),
    Operation::read("GetLoginProfile", Target::UserOrCaller, get),
    Operation::write("UpdateLoginProfile", Target::Principal(USER), update),
    Operation::write("DeleteLoginProfile", Target::UserOrCaller, delete),
    Operation::write("ChangePassword", Target::Caller, change_password),
];

fn write(x: &mut Xml, user: &str, profile: &LoginProfile) {
    x.element("LoginProfile", |x| {
        x.text("UserName", user);
        x.text("CreateDate", profile.created);
        x.text("PasswordResetRequired", profile.reset_required);
    });
}

fn missing(user: &str) -> Refusal {
    Refusal::no_such_entity(format!("Login Profile for User {user} cannot be found."))
}

/// The new password in a parameter, checked against the API model.
fn requested_password<'p>(params: &'p Params, field: &str) -> Result<&'p str, Refusal> {
    let password = params.required(field)?;
    // The refusal must not repeat the password.
    length(field, password, 1, 128).map_err(|_| {
        Refusal::validation_error(format!(
            "1 validation error detected: Value at '{}' failed to satisfy constraint: Member \
             must have length between 1 and 128",
            crate::request::member_name(field)
        ))
    })?;
    Ok(password)
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let reset_required = params.flag("PasswordResetRequired")?.unwrap_or(false);
    let password = requested_password(params, "Password")?.to_owned();
    let now = scope.now;
    let account = scope.account();
    let user = account.user(&name)?;
    if user.login_profile.is_some() {
        return Err(Refusal::entity_already_exists(format!(
            "Login Profile for user {name} already exists."
        )));
    }
    password_policy::check(
        account.password_policy.as_ref(),
        &password,
        &user.label.name,
    )?;
    let profile = LoginProfile {
        password,
        created: now,
        changed: now,
        reset_required,
        earlier: Vec::new(),
    };
    let user = account.user_mut(&name)?;
    user.login_profile = Some(profile.clone());
    answer(|x| write(x, &user.label.name, &profile))
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let user = scope.account().user(&name)?;
    let profile = user.login_profile.as_ref().ok_or_else(|| missing(&name))?;
    answer(|x| write(x, &user.label.name, profile))
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, USER)?;
    let reset_required = params.flag("PasswordResetRequired")?;
    let password = params
        .get("Password")
        .map(|_| requested_password(params, "Password"))
        .transpose()?;
    let now = scope.now;
    let account = scope.account();
    let policy = account.password_policy.clone();
    let user = account.user_mut(name)?;
    let user_name = user.label.name.clone();
    let profile = user.login_profile.as_mut().ok_or_else(|| missing(name))?;
    if let Some(password) = password {
        password_policy::check(policy.as_ref(), password, &user_name)?;
        profile.replace_password(password, now);
    }
    if let Some(reset_required) = reset_required {
        profile.reset_required = reset_required;
    }
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let user: &mut User = scope.account().user_mut(&name)?;
    user.login_profile.take().ok_or_else(|| missing(&name))?;
    Ok(None)
}

fn change_password(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope
        .caller
        .user_name()
        .ok_or_else(|| {
            Refusal::invalid_user_type(
                "Only IAM users can change their own password with ChangePassword.",
            )
        })?
        .to_owned();
    let old = requested_password(params, "OldPassword")?;
    let new = requested_password(params, "NewPassword")?;
    let now = scope.now;
    let account = scope.account();
    let policy = account.password_policy.clone();
    let user = account.user_mut(&name)?;
    let profile = user.login_profile.as_mut().ok_or_else(|| missing(&name))?;
    if profile.password != old {
        return Err(Refusal::access_denied("The old password was incorrect."));
    }
    password_policy::check(policy.as_ref(), new, &name)?;
    let remembered = policy.as_ref().map_or(0, |policy| policy.reuse_prevention);
    if profile.reuses(new, remembered) {
        return Err(Refusal::password_policy_violation(
            "Password was used before: the account's password policy forbids its reuse",
        ));
    }
    profile.replace_password(new, now);
    profile.reset_required = false;
    Ok(None)
}
