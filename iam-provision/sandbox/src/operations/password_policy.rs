//! The account password policy.

use super::{Operation, Scope, Target, answer};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::password_policy::PasswordPolicy;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("UpdateAccountPasswordPolicy", Target::Everything, update),
    Operation::read("GetAccountPasswordPolicy", Target::Everything, get),
    Operation::write("DeleteAccountPasswordPolicy", Target::Everything, delete),
];

fn missing(account: &str) -> Refusal {
    Refusal::no_such_entity(format!(
        "The Password Policy with domain name {account} cannot be found."
    ))
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    // Not partial: what is not sent falls back to its default.
    let default = PasswordPolicy::default();
    let policy = PasswordPolicy {
        minimum_length: params
            .number("MinimumPasswordLength", 6, 128)?
            .unwrap_or(default.minimum_length),
        symbols: params.flag("RequireSymbols")?.unwrap_or(default.symbols),
        numbers: params.flag("RequireNumbers")?.unwrap_or(default.numbers),
        uppercase: params
            .flag("RequireUppercaseCharacters")?
            .unwrap_or(default.uppercase),
        lowercase: params
            .flag("RequireLowercaseCharacters")?
            .unwrap_or(default.lowercase),
        users_may_change: params
            .flag("AllowUsersToChangePassword")?
            .unwrap_or(default.users_may_change),
        max_age_days: params
            .number("MaxPasswordAge", 1, 1095)?
            .unwrap_or(default.max_age_days),
        reuse_prevention: params
            .number("PasswordReusePrevention", 1, 24)?
            .unwrap_or(default.reuse_prevention),
        hard_expiry: params.flag("HardExpiry")?.unwrap_or(default.hard_expiry),
    };
    scope.account().password_policy = Some(policy);
    Ok(None)
}

fn get(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let policy = account
        .password_policy
        .as_ref()
        .ok_or_else(|| missing(&account.id))?;
    answer(|x| {
        x.element("PasswordPolicy", |x| {
            x.text("MinimumPasswordLength", policy.minimum_length);
            x.text("RequireSymbols", policy.symbols);
            x.text("RequireNumbers", policy.numbers);
            x.text("RequireUppercaseCharacters", policy.uppercase);
            x.text("RequireLowercaseCharacters", policy.lowercase);
            x.text("AllowUsersToChangePassword", policy.users_may_change);
            x.text("ExpirePasswords", policy.max_age_days > 0);
            if policy.max_age_days > 0 {
                x.text("MaxPasswordAge", policy.max_age_days);
            }
            if policy.reuse_prevention > 0 {
                x.text("PasswordReusePrevention", policy.reuse_prevention);
            }
            x.text("HardExpiry", policy.hard_expiry);
        });
    })
}

fn delete(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    account
        .password_policy
        .take()
        .ok_or_else(|| missing(&account.id))?;
    Ok(None)
}
