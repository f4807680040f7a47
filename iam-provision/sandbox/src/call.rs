//! The log of calls.

use std::time::SystemTime;

/// One attempt to call IAM or STS, as the sandbox saw it. An SDK call that
/// is retried shows once per attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The caller's account, empty if the credentials were not known.
    pub account: String,
    /// The caller's ARN, or the access key id if that was not known.
    pub principal: String,
    /// The action: `iam:CreateRole`, `sts:AssumeRole`.
    pub action: String,
    /// Whether the operation changes anything. `sts` operations hand out
    /// credentials and change nothing.
    pub writes: bool,
    /// Success, or the error code the caller got. For a fault that never
    /// reaches the caller as an answer it is the fault's name.
    pub outcome: Result<(), String>,
    /// When, on the sandbox's clock.
    pub at: SystemTime,
}

impl Call {
    /// Whether the call succeeded.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome.is_ok()
    }
}
