//! The one error of this crate.

use std::fmt;

use crate::apply::Outcome;
use crate::names::Problem;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a bundle could not be planned or applied.
///
/// The text says what was wrong, where, and what would be right. An error of
/// [`Provisioner::apply`](crate::Provisioner::apply) that occurred after the
/// first step carries the [`Outcome`]: what was done and what was not.
/// No secret is ever part of it.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    message: String,
    problems: Vec<Problem>,
    outcome: Option<Outcome>,
    source: Option<Source>,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bundle itself is wrong; [`Error::problems`] lists everything at once.
    InvalidBundle,
    /// A session, lease or rotation is asked for that AWS would refuse, or did.
    InvalidRequest,
    /// An MFA code was refused, or none could be had.
    MfaRefused,
    /// This machine's clock does not show the time that AWS's does.
    ClockSkew,
    /// Something in the account stands in the way and is not the bundle's to change.
    NotOwned,
    /// The credentials belong to another account than the one named.
    WrongAccount,
    /// The plan makes a password or an access key and nobody was named to receive it.
    MissingSecretSink,
    /// The receiver of a password reported a failure; the credential was not made.
    SecretNotDelivered,
    /// IAM has changed since the plan was made: plan again.
    StalePlan,
    /// The plan gives more than the [ceiling](crate::Provisioner::ceiling).
    OverCeiling,
    /// The plan may lock out its caller, and nobody said
    /// [yes](crate::ApplyOptions::accept_lock_out_of).
    LockOut,
    /// The order of the steps is not proved safe, and nobody said
    /// [yes](crate::ApplyOptions::accept_moments_of).
    UnsafeOrder,
    /// The [probe](crate::ApplyOptions::probe) of a policy's new version failed;
    /// the message says whether the former one is the default again.
    ProbeFailed,
    /// A text is no saved plan.
    InvalidPlan,
    /// The apply was asked to end early, or its runtime shut down.
    Cancelled,
    /// No credentials were found, or those found could not be loaded.
    NoCredentials,
    /// The caller may not make this call.
    AccessDenied,
    /// IAM kept throttling the calls.
    Throttled,
    /// A quota of the account is used up. Waiting does not help.
    QuotaExceeded,
    /// Somebody else is changing the same entities.
    Conflict,
    /// A service still uses the service-linked role that is to be deleted.
    InUse,
    /// The time that was given is over; the message says what was waited for.
    DeadlineExceeded,
    /// IAM does not find what a call names.
    NotFound,
    /// No answer came: the endpoint is down, unknown, or too slow.
    Unreachable,
    /// IAM refused the call for another reason, or its answer was not understood.
    Service,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                problems: Vec::new(),
                outcome: None,
                source: None,
            }),
        }
    }

    /// An error that lists problems; `message` introduces them.
    pub(crate) fn with_problems(
        kind: ErrorKind,
        message: impl Into<String>,
        problems: Vec<Problem>,
    ) -> Self {
        let mut error = Self::new(kind, message);
        error.inner.problems = problems;
        error
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Names what the failed call was about.
    pub(crate) fn at(mut self, subject: &str) -> Self {
        self.inner.message = format!("{subject}: {}", self.inner.message);
        self
    }

    /// Tells of another failure at the same time.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.inner.message = format!("{}; and {}", self.inner.message, other.inner.message);
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.inner.outcome = Some(outcome);
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What went wrong, without the problems and the outcome that Display adds.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Whether planning and applying again, later, can succeed without any
    /// other change.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.inner.kind,
            ErrorKind::StalePlan
                | ErrorKind::Throttled
                | ErrorKind::Conflict
                | ErrorKind::DeadlineExceeded
                | ErrorKind::Unreachable
        )
    }

    /// Every problem found, where the error is about the bundle or about what
    /// stands in its way. Empty for other kinds.
    pub fn problems(&self) -> &[Problem] {
        &self.inner.problems
    }

    /// What had been done when the error occurred. `None` when it occurred
    /// before anything was applied.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.inner.outcome.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        for problem in &self.inner.problems {
            write!(f, "\n  - {problem}")?;
        }
        if let Some(outcome) = &self.inner.outcome {
            write!(f, "\n{outcome}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message)
            .field("problems", &self.inner.problems)
            .field("outcome", &self.inner.outcome)
            .field(
                "source",
                &self.inner.source.as_ref().map(ToString::to_string),
            )
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner
            .source
            .as_ref()
            .map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
