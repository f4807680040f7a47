//! Groups and who is in them.

use super::labelled::{NewLabel, listed, page_by_name, refuse_taken};
use super::users::{self, Detail, refuse_deletion};
use super::write_label;
use super::{Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use crate::names::Folded;
use crate::pagination::Page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::Grants;
use crate::state::PrincipalKind::{Group as GROUP, User as USER};
use crate::state::group::Group;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateGroup", Target::New("group", "GroupName"), create),
    Operation::read("GetGroup", Target::Principal(GROUP), get),
    Operation::read("ListGroups", Target::Listing("group"), list),
    Operation::write("UpdateGroup", Target::Principal(GROUP), update).also(&[Also::Renamed(GROUP)]),
    Operation::write("DeleteGroup", Target::Principal(GROUP), delete),
    Operation::write("AddUserToGroup", Target::Principal(GROUP), add_user),
    Operation::write("RemoveUserFromGroup", Target::Principal(GROUP), remove_user),
    Operation::read("ListGroupsForUser", Target::Principal(USER), list_for_user),
];

fn write(x: &mut Xml, account: &str, group: &Group) {
    write_label(x, account, "Group", "group", &group.label);
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let label = scope.new_label(params, "GroupName", GROUP.longest_name(), "AGPA")?;
    let account = scope.account();
    let key = Folded::new(&label.name);
    refuse_taken(&account.groups, &label.name)?;
    refuse_over_quota(
        account.groups.len(),
        account.quotas.groups,
        "GroupsPerAccount",
    )?;
    let group = Group {
        label,
        grants: Grants::default(),
    };
    let result = answer(|x| x.element("Group", |x| write(x, &account.id, &group)));
    account.groups.insert(key, group);
    result
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let group = account.group(principal_name(params, GROUP)?)?;
    let members = account.members_of(group).collect();
    let page = page_by_name(params, members)?;
    answer(|x| {
        x.element("Group", |x| write(x, &account.id, group));
        page.write(x);
        x.members("Users", &page.items, |x, user| {
            users::write(x, &account.id, user, Detail::Listed);
        });
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    write_page(&account.id, &listed(params, &account.groups)?)
}

fn list_for_user(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let user = account.user(principal_name(params, USER)?)?;
    let groups = account.groups_of(user).collect();
    write_page(&account.id, &page_by_name(params, groups)?)
}

fn write_page(account: &str, page: &Page<&Group>) -> Result<Option<Xml>, Refusal> {
    answer(|x| {
        page.write(x);
        x.members("Groups", &page.items, |x, group| write(x, account, group));
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let old = principal_name(params, GROUP)?;
    let new = NewLabel::of_principal(params, GROUP)?;
    let account = scope.account();
    account.group(old)?;
    let (old_key, new_key) = new.give(&mut account.groups, old)?;
    let members = account.users.iter();
    let members = members.filter(|(_, user)| user.groups.contains(&old_key));
    let members: Vec<Folded> = members.map(|(key, _)| key.clone()).collect();
    for member in &members {
        if let Some(user) = account.users.get_mut(member) {
            user.groups.remove(&old_key);
            user.groups.insert(new_key.clone());
        }
    }
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, GROUP)?;
    let account = scope.account();
    let group = account.group(name)?;
    refuse_deletion(&[
        (
            account.members_of(group).next().is_some(),
            "must remove users from group first.",
        ),
        (
            !group.grants.attached.is_empty(),
            "must detach all policies first.",
        ),
        (
            !group.grants.inline.is_empty(),
            "must delete policies first.",
        ),
    ])?;
    account.groups.remove(&Folded::new(name));
    Ok(None)
}

fn add_user(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let group = principal_name(params, GROUP)?;
    let user = principal_name(params, USER)?;
    let account = scope.account();
    account.group(group)?;
    let most = account.quotas.groups_per_user;
    let user = account.user_mut(user)?;
    let key = Folded::new(group);
    if !user.groups.contains(&key) {
        refuse_over_quota(user.groups.len(), most, "GroupsPerUser")?;
        user.groups.insert(key);
    }
    Ok(None)
}

fn remove_user(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let group = principal_name(params, GROUP)?;
    let user = principal_name(params, USER)?;
    let account = scope.account();
    account.group(group)?;
    if !account.user_mut(user)?.groups.remove(&Folded::new(group)) {
        return Err(Refusal::no_such_entity(format!(
            "The user with name {user} cannot be found in group {group}."
        )));
    }
    Ok(None)
}
