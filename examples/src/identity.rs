//! Acting as the identities that an example makes, with real SDK calls.

use std::future::Future;
use std::time::Duration;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use aws_types::SdkConfig;

use crate::{Failure, Stage};

/// How often and how far apart a call is tried again while a new identity
/// spreads through AWS.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_secs(3);

/// Temporary or lasting credentials, ready for clients.
pub struct Signed {
    /// The configuration that signs with them.
    pub config: SdkConfig,
    /// The access key's id.
    pub access_key: String,
}

/// Makes an access key for a user and signs with it.
///
/// # Errors
/// The failure of CreateAccessKey.
pub async fn key_of(stage: &Stage, admin: &SdkConfig, user: &str) -> Result<Signed, Failure> {
    let made = aws_sdk_iam::Client::new(admin)
        .create_access_key()
        .user_name(user)
        .send()
        .await?;
    let key = made
        .access_key()
        .ok_or("CreateAccessKey answered without a key")?;
    let config = stage.config_of(key.access_key_id(), key.secret_access_key(), None)?;
    // A new key is known everywhere a little later.
    let sts = aws_sdk_sts::Client::new(&config);
    eventually(stage, || async { sts.get_caller_identity().send().await }).await?;
    Ok(Signed {
        config,
        access_key: key.access_key_id().to_owned(),
    })
}

/// Assumes a role and signs with the session.
///
/// # Errors
/// The failure of AssumeRole.
pub async fn assume_role(
    stage: &Stage,
    caller: &SdkConfig,
    role_arn: &str,
    session: &str,
) -> Result<Signed, Failure> {
    let sts = aws_sdk_sts::Client::new(caller);
    let answer = eventually(stage, || async {
        sts.assume_role()
            .role_arn(role_arn)
            .role_session_name(session)
            .send()
            .await
    })
    .await?;
    let credentials = answer
        .credentials()
        .ok_or("AssumeRole answered without credentials")?;
    Ok(Signed {
        config: stage.config_of(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            Some(credentials.session_token()),
        )?,
        access_key: credentials.access_key_id().to_owned(),
    })
}

/// A session of a user that has shown an MFA code: makes a virtual device for
/// the user, enables it with two codes in a row, and signs with a third.
///
/// # Errors
/// The failure of a call.
pub async fn mfa_session(
    stage: &Stage,
    user: &Signed,
    user_name: &str,
) -> Result<(Signed, String), Failure> {
    let iam = aws_sdk_iam::Client::new(&user.config);
    let made = iam
        .create_virtual_mfa_device()
        .virtual_mfa_device_name(user_name)
        .send()
        .await?;
    let device = made
        .virtual_mfa_device()
        .ok_or("CreateVirtualMFADevice answered without a device")?;
    let serial = device.serial_number().to_owned();
    let seed = device
        .base32_string_seed()
        .map(|seed| String::from_utf8_lossy(seed.as_ref()).into_owned())
        .ok_or("CreateVirtualMFADevice answered without a seed")?;
    let first = iam_sandbox::totp(&seed, stage.now());
    let next = Duration::from_secs(30);
    stage.wait(next, "the device's next code").await;
    let second = iam_sandbox::totp(&seed, stage.now());
    iam.enable_mfa_device()
        .user_name(user_name)
        .serial_number(&serial)
        .authentication_code1(first)
        .authentication_code2(second)
        .send()
        .await?;
    stage.wait(next, "a code that was not used yet").await;
    let sts = aws_sdk_sts::Client::new(&user.config);
    let session = sts
        .get_session_token()
        .serial_number(&serial)
        .token_code(iam_sandbox::totp(&seed, stage.now()))
        .send()
        .await?;
    let credentials = session
        .credentials()
        .ok_or("GetSessionToken answered without credentials")?;
    let signed = Signed {
        config: stage.config_of(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            Some(credentials.session_token()),
        )?,
        access_key: credentials.access_key_id().to_owned(),
    };
    Ok((signed, serial))
}

/// Who the credentials belong to, as AWS sees them.
///
/// # Errors
/// The failure of GetCallerIdentity.
pub async fn identity(config: &SdkConfig) -> Result<String, Failure> {
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await?;
    Ok(answer.arn().unwrap_or_default().to_owned())
}

/// Why a call was refused, in AWS's words.
pub struct Refusal(String);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The refusal of a call that must be refused for want of permission.
///
/// # Errors
/// Where the call succeeded, or failed for another reason: then the example's
/// claim does not hold.
pub fn refused<T, E, R>(result: Result<T, SdkError<E, R>>) -> Result<Refusal, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match result {
        Ok(_) => Err("a call was allowed that must be denied".into()),
        Err(error) if error.code() == Some("AccessDenied") => Ok(Refusal(
            error.message().unwrap_or("AccessDenied").to_owned(),
        )),
        Err(error) => Err(format!(
            "a call failed, but not for want of permission: {:?} {:?}",
            error.code(),
            error.message()
        )
        .into()),
    }
}

/// The answer of a call that must be allowed.
///
/// # Errors
/// Where it failed: then the example's claim does not hold.
pub fn allowed<T, E, R>(what: &str, result: Result<T, SdkError<E, R>>) -> Result<T, Failure>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    result.map_err(|error| {
        format!(
            "{what} must be allowed, and failed: {}: {}",
            error.code().unwrap_or("no answer"),
            error.message().unwrap_or("no message")
        )
        .into()
    })
}

/// What IAM's policy simulator says of a request of a user or role, with values
/// for these condition keys: `allowed`, or which kind of denial.
///
/// # Errors
/// The failure of SimulatePrincipalPolicy.
pub async fn simulated(
    stage: &Stage,
    principal_arn: &str,
    action: &str,
    resource_arn: &str,
    context: &[(&str, &str)],
) -> Result<String, Failure> {
    let entries = context.iter().map(|(key, value)| {
        ContextEntry::builder()
            .context_key_name(*key)
            .context_key_type(ContextKeyTypeEnum::Ip)
            .context_key_values(*value)
            .build()
    });
    let answer = aws_sdk_iam::Client::new(stage.config())
        .simulate_principal_policy()
        .policy_source_arn(principal_arn)
        .action_names(action)
        .resource_arns(resource_arn)
        .set_context_entries(Some(entries.collect()))
        .send()
        .await?;
    let results = answer.evaluation_results();
    let result = results.first().ok_or("the simulator gave no result")?;
    let capped = result
        .permissions_boundary_decision_detail()
        .is_some_and(|boundary| !boundary.allowed_by_permissions_boundary());
    Ok(match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => "allowed".to_owned(),
        _ if capped => "denied: the boundary does not allow it".to_owned(),
        PolicyEvaluationDecisionType::ExplicitDeny => "denied by a statement".to_owned(),
        _ => "denied: no statement allows it".to_owned(),
    })
}

/// Tries a call again while what it needs spreads through AWS.
async fn eventually<T, E, R, F>(stage: &Stage, call: impl Fn() -> F) -> Result<T, SdkError<E, R>>
where
    F: Future<Output = Result<T, SdkError<E, R>>>,
    E: ProvideErrorMetadata,
{
    let mut tries = 1;
    loop {
        match call().await {
            Err(error)
                if tries < TRIES
                    && stage.as_sandbox().is_none()
                    && matches!(error.code(), Some("InvalidClientTokenId" | "AccessDenied")) =>
            {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}
