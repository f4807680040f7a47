//! The call that makes a session, and its failures in words that help.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use secrecy::ExposeSecret;

use super::credentials::SessionCredentials;
use super::request::{Kind, SessionRequest};
use crate::client::{Client, Failure, FailureKind, Issued, Proof};
use crate::clock;
use crate::error::{Error, ErrorKind};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often a throttled call with an MFA code is tried again: the SDK may not,
/// because it would also repeat a call whose answer was lost.
const THROTTLED_TRIES: u32 = 4;

/// Fetches credentials. `signer` are those of the source, where it is not the
/// SDK's configuration.
pub(super) async fn obtain(
    client: &Client,
    request: &SessionRequest,
    signer: Option<&Credentials>,
) -> Result<SessionCredentials, Error> {
    let code = match &request.mfa {
        Some(mfa) => Some(mfa.ask().await?),
        None => None,
    };
    let proof = request
        .mfa
        .as_ref()
        .zip(code.as_deref())
        .map(|(mfa, code)| (mfa.serial.as_str(), code));
    // A code works once. If the SDK repeated a call whose answer was lost, the
    // refusal of the second would hide what happened.
    let attempts = proof.is_some().then_some(1);
    let mut client = client.acting_as(signer.cloned(), attempts);
    if let Some(region) = &request.parameters.region {
        client = client.in_region(region);
    }
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    let mut throttled = 0;
    loop {
        let failure = match call(&client, request, proof).await? {
            Ok(issued) => return finish(&client, request, issued),
            Err(failure) => failure,
        };
        let again = match failure.kind {
            FailureKind::AccessDenied => waited < request.wait,
            FailureKind::Throttled if proof.is_some() => {
                throttled += 1;
                throttled < THROTTLED_TRIES
            }
            _ => false,
        };
        if !again {
            return Err(explain(request, failure, waited));
        }
        tracing::debug!(%failure, "waiting for STS");
        client.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn call(
    client: &Client,
    request: &SessionRequest,
    proof: Option<(&str, &str)>,
) -> Result<Result<Issued, Failure>, Error> {
    let parameters = &request.parameters;
    let name = request.session_name();
    let proof = proof.map(|(serial, code)| Proof { serial, code });
    Ok(match &request.kind {
        Kind::AssumeRole(arn) => client.assume_role(arn, name, parameters, proof).await,
        Kind::WebIdentity(arn, token) => {
            let token = token.read().await?;
            client
                .assume_role_with_web_identity(arn, name, token.expose_secret(), parameters)
                .await
        }
        Kind::SessionToken => client.session_token(parameters, proof).await,
        Kind::FederationToken(name) => client.federation_token(name, parameters).await,
        Kind::Source => {
            return Err(Error::new(
                ErrorKind::NoCredentials,
                format!(
                    "{} are no credentials to make a session with",
                    request.source
                ),
            ));
        }
    })
}

/// Holds what came against the clock: credentials that look expired on arrival
/// would be fetched again and again.
fn finish(
    client: &Client,
    request: &SessionRequest,
    issued: Issued,
) -> Result<SessionCredentials, Error> {
    let now = client.now();
    if issued.expires <= now {
        return Err(Error::new(
            ErrorKind::ClockSkew,
            format!(
                "AWS has just issued credentials of {} that end at {}, and this machine's clock shows {}: set the \
                 clock",
                request.what(),
                clock::text(issued.expires),
                clock::text(now)
            ),
        ));
    }
    Ok(SessionCredentials::issued(
        issued,
        now,
        request.parameters.region.clone(),
    ))
}

/// What to do about a refusal. STS says what is wrong, seldom what would be right.
fn explain(request: &SessionRequest, failure: Failure, waited: Duration) -> Error {
    let what = request.what();
    let serial = request.mfa.as_ref().map_or("", |mfa| mfa.serial.as_str());
    let (kind, help) = if failure.mentions("invalid MFA one time pass code") {
        (
            ErrorKind::MfaRefused,
            format!(
                "the code of MFA device {serial} is wrong, too old, or was used before; a code works once and for \
                 about 30 s: wait until the device shows the next one and try again"
            ),
        )
    } else if failure.mentions("MultiFactorAuthentication failed") {
        (
            ErrorKind::MfaRefused,
            format!(
                "MFA device {serial} is not the caller's; check the serial number, and whose key signs the call"
            ),
        )
    } else if failure.mentions("role chaining") {
        (
            ErrorKind::InvalidRequest,
            "a role assumed with the credentials of another role lasts 1 h at most; ask for 1 h, or use a user's \
             credentials"
                .to_owned(),
        )
    } else if failure.mentions("MaxSessionDuration") {
        (
            ErrorKind::InvalidRequest,
            format!(
                "{} is more than the role's MaxSessionDuration; ask for less, or raise it (12 h at most) with UpdateRole",
                request
                    .parameters
                    .duration
                    .map_or_else(|| "1 h".to_owned(), clock::words)
            ),
        )
    } else if failure.mentions("PackedPolicyTooLarge") {
        (
            ErrorKind::InvalidRequest,
            "the session policy and the session tags are too large together in AWS's packed form; shorten the policy, \
             or drop tags"
                .to_owned(),
        )
    } else if failure.mentions("MalformedPolicyDocument") {
        (
            ErrorKind::InvalidRequest,
            "the session policy was refused, or a managed policy that it names does not exist"
                .to_owned(),
        )
    } else if failure.mentions("RegionDisabled") {
        (
            ErrorKind::InvalidRequest,
            "STS is not enabled in this region for the account; enable it in the account settings, or name another \
             region"
                .to_owned(),
        )
    } else if failure.mentions("ExpiredToken") {
        (
            ErrorKind::NoCredentials,
            match &request.kind {
                Kind::WebIdentity(..) => {
                    "the web identity token has expired; fetch a new one".to_owned()
                }
                _ => format!(
                    "the credentials that sign the call have expired ({}); sign in again",
                    request.source
                ),
            },
        )
    } else if failure.mentions("InvalidIdentityToken") || failure.mentions("IDPRejectedClaim") {
        (
            ErrorKind::AccessDenied,
            "the identity provider's token was refused: its issuer must be a provider of the account, its audience \
             one of the provider's client ids"
                .to_owned(),
        )
    } else if failure.mentions("Signature expired")
        || failure.mentions("Signature not yet current")
        || failure.mentions("RequestExpired")
        || failure.mentions("RequestTimeTooSkewed")
    {
        (
            ErrorKind::ClockSkew,
            "this machine's clock is more than 5 minutes off AWS's: set the clock".to_owned(),
        )
    } else if failure.mentions("root accounts") {
        (
            ErrorKind::AccessDenied,
            "the root user can assume no role; sign in as a user or role".to_owned(),
        )
    } else if failure.mentions("Cannot call") {
        (
            ErrorKind::AccessDenied,
            "this call needs the long-term access key of an IAM user; temporary credentials cannot make it".to_owned(),
        )
    } else if failure.kind == FailureKind::AccessDenied {
        (ErrorKind::AccessDenied, access(request, waited))
    } else if failure.kind == FailureKind::NoAnswer && request.mfa.is_some() {
        (
            ErrorKind::Unreachable,
            "no answer came, so the MFA code may be used up: try again with the next one"
                .to_owned(),
        )
    } else {
        return Error::from(failure).at(&what);
    };
    Error::new(kind, format!("{what}: {help} ({failure})"))
}

/// What an AssumeRole needs, as far as this request goes.
fn access(request: &SessionRequest, waited: Duration) -> String {
    let parameters = &request.parameters;
    let mut actions = vec!["sts:AssumeRole"];
    if !parameters.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if parameters.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    let mut text = match &request.kind {
        Kind::AssumeRole(_) => format!(
            "the role's trust policy and, from another account or without being named there, the caller's own \
             policies must allow {}; look at the trust policy's conditions too (external id, MFA, tags)",
            actions.join(", ")
        ),
        Kind::WebIdentity(..) => {
            "the role's trust policy must name the identity provider and allow sts:AssumeRoleWithWebIdentity for the \
             token's audience and subject"
                .to_owned()
        }
        _ => "the caller's policies must allow it".to_owned(),
    };
    if waited.is_zero() {
        if matches!(request.kind, Kind::AssumeRole(_)) && request.mfa.is_none() {
            text.push_str(
                "; a role that has just been made or changed needs .wait_until_assumable(…)",
            );
        }
    } else {
        text.push_str(&format!("; waited {} for it", clock::words(waited)));
    }
    text
}

/// Whether credentials can be used: not before they were issued, which only a
/// clock that was set back shows, and not after their end.
pub(super) fn usable(credentials: &SessionCredentials, now: SystemTime, early: Duration) -> bool {
    /// What clocks may differ by.
    const TOLERANCE: Duration = Duration::from_secs(60);
    if now + TOLERANCE < credentials.issued_at() {
        return false;
    }
    credentials.expires().is_none_or(|end| {
        let lifetime = end
            .duration_since(credentials.issued_at())
            .unwrap_or_default();
        now + early.min(lifetime / 2) < end
    })
}
