//! Users.

use super::labelled::{NewLabel, listed, refuse_taken};
use super::{Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use super::{write_boundary, write_label};
use crate::names::Folded;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::User as USER;
use crate::state::tags::{KeyCase, Tags};
use crate::state::user::User;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateUser", Target::New("user", "UserName"), create)
        .also(&[Also::TagOnCreate("iam:TagUser")]),
    Operation::read("GetUser", Target::UserOrCaller, get),
    Operation::read("ListUsers", Target::Listing("user"), list),
    Operation::write("UpdateUser", Target::Principal(USER), update).also(&[Also::Renamed(USER)]),
    Operation::write("DeleteUser", Target::Principal(USER), delete),
];

/// Whether list operations or single ones are answered: lists leave out tags
/// and boundaries (ListUsers in the IAM API reference).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Full,
    Listed,
}

/// Writes one user.
pub(super) fn write(x: &mut Xml, account: &str, user: &User, detail: Detail) {
    write_label(x, account, "User", "user", &user.label);
    if detail == Detail::Full {
        write_boundary(x, user.grants.boundary.as_ref());
        user.tags.write_if_any(x);
    }
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Ignored)?;
    let boundary = super::boundaries::requested(scope, params)?;
    let label = scope.new_label(params, "UserName", USER.longest_name(), "AIDA")?;
    let account_id = scope.account_id().to_owned();
    let account = scope.account();
    let key = Folded::new(&label.name);
    refuse_taken(&account.users, &label.name)?;
    refuse_over_quota(account.users.len(), account.quotas.users, "UsersPerAccount")?;
    let mut user = User::new(label);
    user.tags = tags;
    user.grants.boundary = boundary;
    let result = answer(|x| x.element("User", |x| write(x, &account_id, &user, Detail::Full)));
    account.users.insert(key, user);
    result
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account_id = scope.account_id().to_owned();
    if params.get("UserName").is_none()
        && matches!(
            scope.caller.identity,
            crate::credentials::CallerIdentity::Root
        )
    {
        // The root user has no name and no path.
        return answer(|x| {
            x.element("User", |x| {
                x.text("UserId", &account_id);
                x.text("Arn", format!("arn:aws:iam::{account_id}:root"));
                x.text("CreateDate", crate::moment::Moment::from_seconds(0));
            });
        });
    }
    let name = scope.user_or_caller(params)?.to_owned();
    let user = scope.account().user(&name)?;
    answer(|x| x.element("User", |x| write(x, &account_id, user, Detail::Full)))
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let page = listed(params, &account.users)?;
    answer(|x| {
        page.write(x);
        x.members("Users", &page.items, |x, user| {
            write(x, &account.id, user, Detail::Listed)
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let old = principal_name(params, USER)?;
    let new = NewLabel::of_principal(params, USER)?;
    let account = scope.account();
    account.user(old)?;
    new.give(&mut account.users, old)?;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, USER)?;
    let account = scope.account();
    let user = account.user(name)?;
    let id = &user.label.id;
    let obstacles = [
        (
            user.login_profile.is_some(),
            "must delete login profile first.",
        ),
        (
            !user.access_keys.is_empty(),
            "must delete access keys first.",
        ),
        (
            !user.signing_certificates.is_empty(),
            "must delete signing certificates first.",
        ),
        (
            !user.ssh_public_keys.is_empty(),
            "must delete SSH public keys first.",
        ),
        (
            !user.service_credentials.is_empty(),
            "must delete service specific credentials first.",
        ),
        (
            account
                .mfa_devices
                .values()
                .any(|device| device.belongs_to(id)),
            "must delete MFA device first.",
        ),
        (
            !user.groups.is_empty(),
            "must remove users from group first.",
        ),
        (
            !user.grants.attached.is_empty(),
            "must detach all policies first.",
        ),
        (
            !user.grants.inline.is_empty(),
            "must delete policies first.",
        ),
    ];
    refuse_deletion(&obstacles)?;
    account.users.remove(&Folded::new(name));
    Ok(None)
}

/// Refuses a deletion for the first obstacle that there is.
pub(super) fn refuse_deletion(obstacles: &[(bool, &str)]) -> Result<(), Refusal> {
    match obstacles.iter().find(|(present, _)| *present) {
        Some((_, what)) => Err(Refusal::delete_conflict(format!(
            "Cannot delete entity, {what}"
        ))),
        None => Ok(()),
    }
}
