//! STS: who am I, and temporary credentials.

use crate::credentials::{Issued, KeyOwner, Subject};
use crate::operations::{Operation, Scope, Target};
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::PolicyText;
use crate::xml::Xml;

mod assume_role;
mod authorization_message;
mod role_session;
mod tokens;
mod web_identity;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::sts("GetCallerIdentity", Target::NotAuthorized, caller_identity),
    Operation::sts("GetAccessKeyInfo", Target::Everything, access_key_info),
    Operation::sts("AssumeRole", Target::AssumedRole, assume_role::assume_role),
    Operation::sts(
        "AssumeRoleWithWebIdentity",
        Target::NotAuthorized,
        web_identity::assume,
    )
    .unsigned(),
    Operation::sts(
        "DecodeAuthorizationMessage",
        Target::Everything,
        authorization_message::decode,
    ),
    Operation::sts(
        "GetSessionToken",
        Target::NotAuthorized,
        tokens::session_token,
    ),
    Operation::sts(
        "GetFederationToken",
        Target::FederatedUser,
        tokens::federation_token,
    ),
];

fn caller_identity(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let mut x = Xml::new();
    x.text("Arn", &scope.caller.arn);
    x.text("UserId", &scope.caller.user_id);
    x.text("Account", &scope.caller.account);
    Ok(Some(x))
}

fn access_key_info(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let key = params.required("AccessKeyId")?;
    crate::names::length("AccessKeyId", key, 16, 128)?;
    let world = &scope.world;
    let account = match world.access_keys.get(key) {
        Some(KeyOwner::Root(account) | KeyOwner::User { account, .. }) => Some(account),
        None => world.sessions.get(key).map(|session| &session.account),
    };
    let account = account.ok_or_else(|| {
        Refusal::validation_error(format!("The access key id {key} is not valid."))
    })?;
    let mut x = Xml::new();
    x.text("Account", account);
    Ok(Some(x))
}

/// Writes credentials as STS hands them out.
fn write_credentials(x: &mut Xml, issued: &Issued) {
    x.element("Credentials", |x| {
        x.text("AccessKeyId", &issued.access_key);
        x.text("SecretAccessKey", &issued.secret);
        x.text("SessionToken", &issued.token);
        x.text("Expiration", issued.expires);
    });
}

/// The session policy of a request and the managed ones named beside it,
/// which count together against the quota.
fn requested_policies(
    scope: &mut Scope<'_>,
    params: &Params,
    account: &str,
) -> Result<(Option<PolicyText>, Vec<String>), Refusal> {
    let most = scope.world.account(account).quotas.session_policy_size;
    let policy = match params.get("Policy") {
        Some(text) => {
            crate::names::length("Policy", text, 1, most)?;
            Some(PolicyText::session("Policy", text)?)
        }
        None => None,
    };
    let mut arns = Vec::new();
    for entry in params.structures("PolicyArns") {
        let arn = entry.get("arn").copied().ok_or_else(|| {
            constraint_violation(None, "PolicyArns.member.arn", "Member must not be null")
        })?;
        if scope.world.managed_policy(account, arn).is_none() {
            return Err(Refusal::malformed_policy_document(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
        arns.push(arn.to_owned());
    }
    if arns.len() > 10 {
        return Err(constraint_violation(
            Some(&format!("{} policies", arns.len())),
            "PolicyArns",
            "Member must have length less than or equal to 10",
        ));
    }
    let characters = policy
        .as_ref()
        .map_or(0, |policy| policy.text().chars().count())
        + arns.iter().map(|arn| arn.chars().count()).sum::<usize>();
    if characters > most {
        return Err(Refusal::packed_policy_too_large(format!(
            "The session policies have {characters} characters together; at most {most} are \
             allowed."
        )));
    }
    Ok((policy, arns))
}

/// Checks the code of the caller's MFA device, if the request carries one.
/// Returns whether it did.
fn verify_mfa(scope: &mut Scope<'_>, params: &Params) -> Result<bool, Refusal> {
    let (serial, code) = match (params.get("SerialNumber"), params.get("TokenCode")) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(Refusal::validation_error(
                "SerialNumber and TokenCode must be given together.",
            ));
        }
    };
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(constraint_violation(
            Some(code),
            "TokenCode",
            "Member must satisfy regular expression pattern: [\\d]* and have length equal to 6",
        ));
    }
    let unknown = || {
        Refusal::access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        )
    };
    let user_id = match (&scope.caller.session, scope.caller.user_name()) {
        (None, Some(_)) => scope.caller.user_id.clone(),
        _ => return Err(unknown()),
    };
    let now = scope.now;
    let device = scope.account().mfa_device_mut(serial);
    let device = device
        .filter(|device| device.belongs_to(&user_id))
        .ok_or_else(unknown)?;
    if !device.accept(code, now) {
        return Err(Refusal::access_denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        ));
    }
    Ok(true)
}

/// Whether the caller acts as a role.
fn is_role_session(scope: &Scope<'_>) -> bool {
    scope
        .caller
        .session
        .as_ref()
        .is_some_and(|session| matches!(session.subject, Subject::Role { .. }))
}
