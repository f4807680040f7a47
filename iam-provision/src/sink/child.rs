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

/// What contradicts a key, or could be taken for a part of it.
const OTHERS: [&str; 5] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

impl Child {
    fn command(&self, secret: &Secret) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        // A program that keeps a password may well do so with this one's credentials.
        if secret.access_key_id().is_some() {
            for other in OTHERS {
                command.env_remove(other);
            }
        }
        command.envs(variables(secret));
        command
    }
}

impl SecretSink for Child {
    fn deliver(&self, secret: Secret) -> Delivery<'_> {
        Box::pin(async move {
            let mut command = self.command(&secret);
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use aws_credential_types::Credentials;
    use iam_dsl::AccountId;
    use secrecy::SecretString;

    use super::*;

    /// The variables that are taken from the child's environment, and those it is given.
    fn changed(secret: &Secret) -> (Vec<String>, Vec<String>) {
        let command = Child::new("true").command(secret);
        let mut taken = Vec::new();
        let mut given = Vec::new();
        for (name, value) in command.get_envs() {
            let list = if value.is_some() {
                &mut given
            } else {
                &mut taken
            };
            list.push(name.to_string_lossy().into_owned());
        }
        (taken, given)
    }

    #[test]
    fn a_key_is_not_mixed_with_what_this_process_has() {
        let account = AccountId::new("111122223333").unwrap();
        let key = Credentials::new("AKIDEXAMPLE", "example", None, None, "test");
        let secret = Secret::of_key(account.clone(), "ann", &key);
        // The end of this process's own session is not the key's.
        let (taken, given) = changed(&secret);
        assert!(taken.contains(&"AWS_CREDENTIAL_EXPIRATION".to_owned()));
        assert!(taken.contains(&"AWS_SESSION_TOKEN".to_owned()));
        assert!(given.contains(&"AWS_ACCESS_KEY_ID".to_owned()));
        let ending = secret.ending(SystemTime::UNIX_EPOCH + Duration::from_secs(9));
        let (taken, given) = changed(&ending);
        assert!(!taken.contains(&"AWS_CREDENTIAL_EXPIRATION".to_owned()));
        assert!(given.contains(&"AWS_CREDENTIAL_EXPIRATION".to_owned()));

        // A password leaves the credentials of this process whole.
        let password = Secret::new(account, "ann", SecretString::from("example"));
        let (taken, given) = changed(&password);
        assert!(taken.is_empty(), "{taken:?}");
        assert!(given.iter().all(|name| name != "AWS_ACCESS_KEY_ID"));
    }
}
