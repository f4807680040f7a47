//! Why a call failed, in this crate's terms.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

use crate::error::{Error, ErrorKind};

/// A call that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    call: &'static str,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    NoSuchEntity,
    AlreadyExists,
    ConcurrentModification,
    TemporarilyUnmodifiable,
    /// A trust policy names a principal that IAM does not know (yet).
    InvalidPrincipal,
    LimitExceeded,
    DeleteConflict,
    /// A service says that it still uses the role that is to be deleted.
    InUse,
    AccessDenied,
    Throttled,
    /// The request could not be signed.
    NoCredentials,
    /// No answer, or none that can be trusted: the call may have taken effect.
    NoAnswer,
    Other,
}

impl Failure {
    pub(super) fn new<E, R>(call: &'static str, endpoint: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
        R: fmt::Debug,
    {
        match error {
            SdkError::ServiceError(service) => {
                let error = service.err();
                let code = error.code().unwrap_or("an error without a code");
                let message = error.message().unwrap_or("no message");
                Self {
                    kind: kind(code, message),
                    call,
                    message: format!("{code}: {message}"),
                }
            }
            SdkError::TimeoutError(_) => Self {
                kind: FailureKind::NoAnswer,
                call,
                message: format!("no answer from {endpoint} in time"),
            },
            SdkError::DispatchFailure(failure) => {
                let causes = failure
                    .as_connector_error()
                    .map(|error| causes(error))
                    .unwrap_or_default();
                if is_about_credentials(&causes) {
                    return Self {
                        kind: FailureKind::NoCredentials,
                        call,
                        message: "there are no credentials to sign the request with".to_owned(),
                    };
                }
                Self {
                    kind: FailureKind::NoAnswer,
                    call,
                    message: format!("{endpoint} cannot be reached{causes}"),
                }
            }
            SdkError::ResponseError(_) => Self {
                kind: FailureKind::NoAnswer,
                call,
                message: format!("the answer of {endpoint} is not one of IAM's"),
            },
            other => Self {
                kind: FailureKind::Other,
                call,
                message: format!(
                    "the request could not be made{}",
                    other.source().map(causes).unwrap_or_default()
                ),
            },
        }
    }

    /// What an answer says in its own words.
    pub(super) fn told(kind: FailureKind, call: &'static str, message: String) -> Self {
        Self {
            kind,
            call,
            message,
        }
    }

    /// An answer that lacks what IAM documents to be in it.
    pub(super) fn incomplete(call: &'static str, what: &str) -> Self {
        Self {
            kind: FailureKind::Other,
            call,
            message: format!("the answer has no {what}"),
        }
    }

    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.message.contains(text)
    }

    /// Whether the message is about an entity of this name: the name as a word
    /// or at the end of an ARN, not within `cannot`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.message
            .split(|c: char| c.is_whitespace() || "/:\"'()[]".contains(c))
            .any(|word| word == name || word.trim_end_matches(['.', ',']) == name)
    }
}

fn kind(code: &str, message: &str) -> FailureKind {
    match code {
        "NoSuchEntity" | "NoSuchEntityException" => FailureKind::NoSuchEntity,
        "EntityAlreadyExists" | "EntityAlreadyExistsException" => FailureKind::AlreadyExists,
        "ConcurrentModification" | "ConcurrentModificationException" => {
            FailureKind::ConcurrentModification
        }
        "EntityTemporarilyUnmodifiable" | "EntityTemporarilyUnmodifiableException" => {
            FailureKind::TemporarilyUnmodifiable
        }
        "MalformedPolicyDocument" if message.contains("Invalid principal") => {
            FailureKind::InvalidPrincipal
        }
        "LimitExceeded" | "LimitExceededException" => FailureKind::LimitExceeded,
        "DeleteConflict" | "DeleteConflictException" => FailureKind::DeleteConflict,
        "AccessDenied" | "AccessDeniedException" => FailureKind::AccessDenied,
        "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => FailureKind::Throttled,
        "InternalFailure" | "ServiceFailure" | "ServiceUnavailable" | "InternalError" => {
            FailureKind::NoAnswer
        }
        _ => FailureKind::Other,
    }
}

/// The SDK has no type for it that reaches this far; these are its texts.
fn is_about_credentials(causes: &str) -> bool {
    [
        "no providers in chain provided credentials",
        "the credential provider was not enabled",
        "no identity resolver",
        "failed to select an auth scheme",
        "an error occurred while loading credentials",
        "the credentials provider was not properly configured",
    ]
    .iter()
    .any(|text| causes.contains(text))
}

/// The chain of causes. Only their texts: a Debug form could show a request.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        let one = error.to_string();
        if !text.contains(&one) {
            text.push_str(": ");
            text.push_str(&one);
        }
        next = error.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call, self.message)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (kind, help) = match failure.kind {
            FailureKind::NoSuchEntity => (ErrorKind::NotFound, ""),
            FailureKind::AlreadyExists => (
                ErrorKind::Conflict,
                " (somebody else created it after the plan was made; plan again)",
            ),
            FailureKind::ConcurrentModification | FailureKind::TemporarilyUnmodifiable => (
                ErrorKind::Conflict,
                " (somebody else keeps changing it; try again later)",
            ),
            FailureKind::DeleteConflict => (
                ErrorKind::Conflict,
                " (somebody else added something to it after the plan was made; plan again)",
            ),
            FailureKind::InUse => (ErrorKind::InUse, ""),
            FailureKind::InvalidPrincipal => (
                ErrorKind::NotFound,
                " (the trust policy names a principal that does not exist; check its account, path and name)",
            ),
            FailureKind::LimitExceeded => (
                ErrorKind::QuotaExceeded,
                " (a quota of the account; delete something or ask AWS to raise it, waiting does not help)",
            ),
            FailureKind::AccessDenied => (ErrorKind::AccessDenied, ""),
            FailureKind::Throttled => (
                ErrorKind::Throttled,
                " (IAM kept throttling; try again later)",
            ),
            FailureKind::NoCredentials => (
                ErrorKind::NoCredentials,
                " (sign in, name a profile in AWS_PROFILE, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give \
                 the SdkConfig a credentials provider)",
            ),
            FailureKind::NoAnswer => (ErrorKind::Unreachable, ""),
            FailureKind::Other => (ErrorKind::Service, ""),
        };
        Self::new(kind, format!("{failure}{help}"))
    }
}
