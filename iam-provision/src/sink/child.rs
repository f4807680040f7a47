//! A program that gets the secret in its environment.

use std::fmt;
use std::process::{Command, Stdio};

use super::variables;
use crate::secret::{Delivery, Secret, SecretSink};

/// Runs a program for each secret, with the secret in its environment and
/// nothing of it on the command line, where all users of a machine can read
/// it. The secret is delivered when the program ends with success.
///
/// A key arrives as `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where it
/// is temporary, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`; a
/// password as `IAM_PROVISION_PASSWORD`; with either, `AWS_ACCOUNT_ID` and
/// `IAM_PROVISION_USER`.
///
/// ```
/// use iam_provision::sink::Child;
///
/// let sink = Child::new("sh").arg("-c").arg("store-in-keychain \"$IAM_PROVISION_USER\"");
/// # let _ = sink;
/// ```
#[derive(Clone)]
pub struct Child {
    program: String,
    arguments: Vec<String>,
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Child").field(&self.program).finish()
    }
}

impl Child {
    /// Runs this program, found as the operating system finds programs.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
        }
    }

    /// Adds an argument; not a secret.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

impl SecretSink for Child {
    fn deliver(&self, secret: Secret) -> Delivery<'_> {
        Box::pin(async move {
            let mut command = Command::new(&self.program);
            command
                .args(&self.arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            // What contradicts the key, or could be taken for it.
            for other in [
                "AWS_PROFILE",
                "AWS_DEFAULT_PROFILE",
                "AWS_SECURITY_TOKEN",
                "AWS_SESSION_TOKEN",
            ] {
                command.env_remove(other);
            }
            command.envs(variables(&secret));
            drop(secret);
            let status = tokio::task::spawn_blocking(move || command.status()).await?;
            match status {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(format!("{} ended with {status}", self.program).into()),
                Err(error) => Err(format!("{} cannot be started: {error}", self.program).into()),
            }
        })
    }
}
