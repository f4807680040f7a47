//! Access keys of users.

use super::{Operation, Scope, Target, answer, refuse_over_quota};
use crate::credentials::{KeyOwner, Secret};
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::user::AccessKey;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateAccessKey", Target::UserOrCaller, create),
    Operation::read("ListAccessKeys", Target::UserOrCaller, list),
    Operation::write("UpdateAccessKey", Target::UserOrCaller, update),
    Operation::write("DeleteAccessKey", Target::UserOrCaller, delete),
    Operation::read("GetAccessKeyLastUsed", Target::OwnerOfKey, last_used),
];

fn write(x: &mut Xml, user: &str, key: &AccessKey) {
    x.text("UserName", user);
    x.text("AccessKeyId", &key.id);
    x.text("Status", status_word(key.active));
    x.text("CreateDate", key.created);
}

/// How the status of credentials is written.
pub(super) fn status_word(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

/// Whether credentials are to be active.
pub(super) fn requested_status(params: &Params) -> Result<bool, Refusal> {
    match params.required("Status")? {
        "Active" => Ok(true),
        "Inactive" => Ok(false),
        other => Err(super::policies::unknown_value(
            "Status",
            other,
            "[Active, Inactive]",
        )),
    }
}

fn requested_key(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("AccessKeyId")?;
    length("AccessKeyId", id, 16, 128)?;
    Ok(id)
}

fn missing(id: &str) -> Refusal {
    Refusal::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let now = scope.now;
    let account_id = scope.account_id().to_owned();
    let (id, secret) = (scope.world.ids.access_key("AKIA"), scope.world.ids.secret());
    let account = scope.account();
    let most = account.quotas.access_keys_per_user;
    let user = account.user_mut(&name)?;
    refuse_over_quota(user.access_keys.len(), most, "AccessKeysPerUser")?;
    let key = AccessKey {
        id: id.clone(),
        secret: Secret(secret.clone()),
        active: true,
        created: now,
        last_used: None,
    };
    user.access_keys.push(key.clone());
    let (name, user_id) = (user.label.name.clone(), user.label.id.clone());
    scope.world.access_keys.insert(
        id,
        KeyOwner::User {
            account: account_id,
            user_id,
        },
    );
    answer(|x| {
        x.element("AccessKey", |x| {
            write(x, &name, &key);
            x.text("SecretAccessKey", &secret);
        });
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let user = scope.account().user(&name)?;
    let page = page(params, user.access_keys.iter().collect(), |key| {
        key.id.clone()
    })?;
    answer(|x| {
        page.write(x);
        x.members("AccessKeyMetadata", &page.items, |x, key| {
            write(x, &user.label.name, key)
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_key(params)?;
    let active = requested_status(params)?;
    let user = scope.account().user_mut(&name)?;
    let key = user
        .access_keys
        .iter_mut()
        .find(|key| key.id == id)
        .ok_or_else(|| missing(id))?;
    key.active = active;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_key(params)?;
    let user = scope.account().user_mut(&name)?;
    let before = user.access_keys.len();
    user.access_keys.retain(|key| key.id != id);
    if user.access_keys.len() == before {
        return Err(missing(id));
    }
    scope.world.access_keys.remove(id);
    Ok(None)
}

fn last_used(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_key(params)?;
    let users = scope.account().users.values();
    let found = users
        .flat_map(|user| user.access_keys.iter().map(move |key| (user, key)))
        .find(|(_, key)| key.id == id);
    let (user, key) = found.ok_or_else(|| missing(id))?;
    answer(|x| {
        x.text("UserName", &user.label.name);
        x.element("AccessKeyLastUsed", |x| match &key.last_used {
            Some(used) => {
                x.text("LastUsedDate", used.at);
                x.text("ServiceName", &used.service);
                x.text("Region", &used.region);
            }
            None => {
                x.text("ServiceName", "N/A");
                x.text("Region", "N/A");
            }
        });
    })
}
