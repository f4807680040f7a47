//! Virtual MFA devices.

use data_encoding::BASE64;

use super::policies::unknown_value;
use super::{Also, Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use crate::names::{Folded, length, name, path};
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::Account;
use crate::state::PrincipalKind::User as USER;
use crate::state::mfa::MfaDevice;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateVirtualMFADevice",
        Target::New("mfa", "VirtualMFADeviceName"),
        create,
    )
    .also(&[Also::TagOnCreate("iam:TagMFADevice")]),
    Operation::write("EnableMFADevice", Target::Principal(USER), enable),
    Operation::write("ResyncMFADevice", Target::Principal(USER), resync),
    Operation::write("DeactivateMFADevice", Target::UserOrCaller, deactivate),
    Operation::write("DeleteVirtualMFADevice", Target::MfaDevice, delete),
    Operation::read("GetMFADevice", Target::UserOrCaller, get),
    Operation::read("ListMFADevices", Target::UserOrCaller, list),
    Operation::read(
        "ListVirtualMFADevices",
        Target::Listing("mfa"),
        list_virtual,
    ),
];

/// The checked serial number of a request.
pub(super) fn requested_serial(params: &Params) -> Result<&str, Refusal> {
    let serial = params.required("SerialNumber")?;
    length("SerialNumber", serial, 9, 256)?;
    if !serial
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "=/:,.@-+_".contains(c))
    {
        return Err(constraint_violation(
            Some(serial),
            "SerialNumber",
            "Member must satisfy regular expression pattern: [\\w+=/:,.@-]+",
        ));
    }
    Ok(serial)
}

/// The device of that serial number, to change it.
pub(super) fn find<'a>(
    account: &'a mut Account,
    serial: &str,
) -> Result<&'a mut MfaDevice, Refusal> {
    account.mfa_device_mut(serial).ok_or_else(|| {
        Refusal::no_such_entity(format!(
            "VirtualMFADevice with serial number {serial} does not exist."
        ))
    })
}

fn requested_code<'p>(params: &'p Params, field: &str) -> Result<&'p str, Refusal> {
    let code = params.required(field)?;
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code);
    }
    Err(constraint_violation(
        Some(code),
        field,
        "Member must satisfy regular expression pattern: [\\d]+ and have length equal to 6",
    ))
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let field = "VirtualMFADeviceName";
    let name = name(field, params.required(field)?, 226)?;
    let path = path("Path", params.get("Path").unwrap_or("/"))?;
    let seed = scope.world.ids.mfa_seed();
    let account = scope.account();
    let key = Folded::new(name);
    if account.mfa_devices.contains_key(&key) {
        return Err(Refusal::entity_already_exists(
            "MFADevice entity at the same path and name already exists.",
        ));
    }
    let device = MfaDevice {
        path: path.to_owned(),
        name: name.to_owned(),
        seed,
        tags,
        enabled: None,
        last_step: None,
    };
    let result = answer(|x| {
        x.element("VirtualMFADevice", |x| {
            x.text("SerialNumber", device.serial(&account.id));
            // Both are blobs, which the Query protocol carries as Base64. The
            // QR code is the URI that one would show, not a picture of it.
            x.text("Base32StringSeed", BASE64.encode(device.seed.as_bytes()));
            let uri = format!(
                "otpauth://totp/Amazon%20Web%20Services:{}@{}?secret={}&issuer=Amazon%20Web%20Services",
                device.name, account.id, device.seed
            );
            x.text("QRCodePNG", BASE64.encode(uri.as_bytes()));
            device.tags.write_if_any(x);
        });
    });
    account.mfa_devices.insert(key, device);
    result
}

fn wrong_code() -> Refusal {
    Refusal::invalid_authentication_code(
        "Authentication code for device is not valid. Check the codes and try again.",
    )
}

fn enable(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let user = principal_name(params, USER)?;
    let serial = requested_serial(params)?;
    let first = requested_code(params, "AuthenticationCode1")?;
    let second = requested_code(params, "AuthenticationCode2")?;
    let now = scope.now;
    let account = scope.account();
    let user_id = account.user(user)?.label.id.clone();
    let enabled = account
        .mfa_devices
        .values()
        .filter(|d| d.belongs_to(&user_id))
        .count();
    let most = account.quotas.mfa_devices_per_user;
    let device = find(account, serial)?;
    if device.enabled.is_some() {
        return Err(Refusal::entity_already_exists(
            "MFADevice is already in use by the user or by another user.",
        ));
    }
    refuse_over_quota(enabled, most, "MFADevicesPerUser")?;
    if !device.accept_two(first, second, now) {
        return Err(wrong_code());
    }
    device.enabled = Some((user_id, now));
    Ok(None)
}

/// The device, if it is enabled for the user.
fn enabled_for<'a>(
    account: &'a mut Account,
    user: &str,
    serial: &str,
) -> Result<&'a mut MfaDevice, Refusal> {
    let user_id = account.user(user)?.label.id.clone();
    let device = account
        .mfa_device_mut(serial)
        .filter(|device| device.belongs_to(&user_id));
    device.ok_or_else(|| {
        Refusal::no_such_entity(format!(
            "MFA Device with serial number {serial} is invalid for user {user}."
        ))
    })
}

fn resync(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let user = principal_name(params, USER)?;
    let serial = requested_serial(params)?;
    let first = requested_code(params, "AuthenticationCode1")?;
    let second = requested_code(params, "AuthenticationCode2")?;
    let now = scope.now;
    if !enabled_for(scope.account(), user, serial)?.accept_two(first, second, now) {
        return Err(wrong_code());
    }
    Ok(None)
}

fn deactivate(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let user = scope.user_or_caller(params)?.to_owned();
    let serial = requested_serial(params)?;
    let device = enabled_for(scope.account(), &user, serial)?;
    device.enabled = None;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let serial = requested_serial(params)?;
    let account = scope.account();
    let device = find(account, serial)?;
    if device.enabled.is_some() {
        return Err(Refusal::delete_conflict(
            "MFA VirtualDevice in use. Must deactivate first.",
        ));
    }
    let key = Folded::new(&device.name);
    account.mfa_devices.remove(&key);
    Ok(None)
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let serial = requested_serial(params)?;
    let user = params.get("UserName").map(str::to_owned);
    let account = scope.account();
    if let Some(name) = &user {
        enabled_for(account, name, serial)?;
    }
    let device = find(account, serial)?.clone();
    let account = scope.own_account()?;
    answer(|x| {
        x.text("SerialNumber", device.serial(&account.id));
        if let Some((user_id, since)) = &device.enabled {
            let mut users = account.users.values();
            let user = users.find(|user| user.label.id == *user_id);
            x.text_if("UserName", user.map(|user| &user.label.name));
            x.text("EnableDate", since);
        }
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let account = scope.account();
    let user = account.user(&name)?;
    let devices = account
        .mfa_devices
        .values()
        .filter(|device| device.belongs_to(&user.label.id))
        .filter_map(|device| Some((device.serial(&account.id), device.enabled.as_ref()?.1)))
        .collect();
    let page = page(params, devices, |(serial, _)| serial.clone())?;
    answer(|x| {
        page.write(x);
        x.members("MFADevices", &page.items, |x, (serial, since)| {
            x.text("UserName", &user.label.name);
            x.text("SerialNumber", serial);
            x.text("EnableDate", since);
        });
    })
}

fn list_virtual(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let wanted = match params.get("AssignmentStatus").unwrap_or("Any") {
        "Any" => None,
        "Assigned" => Some(true),
        "Unassigned" => Some(false),
        other => {
            return Err(unknown_value(
                "AssignmentStatus",
                other,
                "[Assigned, Unassigned, Any]",
            ));
        }
    };
    let account = scope.account();
    let devices = account
        .mfa_devices
        .values()
        .filter(|device| wanted.is_none_or(|assigned| assigned == device.enabled.is_some()))
        .collect();
    let page = page(params, devices, |device| device.serial(&account.id))?;
    answer(|x| {
        page.write(x);
        x.members("VirtualMFADevices", &page.items, |x, device| {
            x.text("SerialNumber", device.serial(&account.id));
            let Some((user_id, since)) = &device.enabled else {
                return;
            };
            x.text("EnableDate", since);
            if let Some(user) = account
                .users
                .values()
                .find(|user| user.label.id == *user_id)
            {
                x.element("User", |x| {
                    super::users::write(x, &account.id, user, super::users::Detail::Listed);
                });
            }
        });
    })
}
