//! The sandbox in this process as a [`Server`].

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use iam_sandbox::{Account, Sandbox};

use crate::send::{Keys, Server};

/// The account of the list's steps, in a sandbox that nobody else has.
const ACCOUNT: &str = "111122223333";

/// A new sandbox in this process.
#[derive(Debug)]
pub struct Embedded {
    sandbox: Sandbox,
    account: Account,
}

impl Embedded {
    /// A new one.
    ///
    /// # Errors
    /// None that the sandbox's own account id could cause.
    pub fn new() -> Result<Embedded, iam_sandbox::Error> {
        let sandbox = Sandbox::new();
        let account = sandbox.account(ACCOUNT)?;
        Ok(Embedded { sandbox, account })
    }
}

impl Server for Embedded {
    fn account(&self) -> &str {
        ACCOUNT
    }

    fn root(&self, account: &str) -> Option<Keys> {
        let (id, secret) = self.sandbox.account(account).ok()?.root_credentials();
        Some(Keys {
            id,
            secret,
            token: None,
        })
    }

    fn config(&self, keys: &Keys) -> SdkConfig {
        self.account
            .sdk_config_with(&keys.id, &keys.secret, keys.token.as_deref())
    }

    fn now(&self) -> SystemTime {
        self.sandbox.now()
    }

    fn wait(&self, by: Duration) -> bool {
        self.sandbox.advance(by);
        true
    }
}
