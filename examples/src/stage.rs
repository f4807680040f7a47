//! Where an example runs: the sandbox, or a real account.

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use clap::Parser;
use iam_dsl::AccountId;
use iam_sandbox::Sandbox;

use crate::Failure;
use crate::show::bullet;

/// The account of the sandbox in which an example works.
const SANDBOX_ACCOUNT: &str = "111122223333";
/// The sandbox's other account, from which people come.
const SANDBOX_CENTRAL: &str = "444455556666";

/// The arguments that all examples take.
#[derive(Debug, Clone, Parser)]
pub struct Arguments {
    /// Run against AWS instead of the sandbox: the account that the credentials
    /// must belong to. Names get a unique prefix, no drift is injected, and only
    /// what this run created is deleted. Needs the feature `endpoint`.
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The endpoint to talk to instead of AWS's own; needs --account.
    #[arg(long, value_name = "URL", requires = "account")]
    pub endpoint_url: Option<String>,
}

/// Where an example runs.
pub struct Stage {
    account: AccountId,
    config: SdkConfig,
    place: Place,
}

enum Place {
    Sandbox(Sandbox),
    Endpoint { prefix: String },
}

impl Stage {
    /// Opens the place that the program's arguments name.
    ///
    /// # Errors
    /// Where the account id is no account id, or an account is named and the
    /// program was built without the feature `endpoint`.
    pub async fn open() -> Result<Stage, Failure> {
        let arguments = Arguments::parse();
        match arguments.account {
            None => Stage::sandbox(),
            Some(account) => {
                let account = AccountId::new(account)?;
                let config = load(arguments.endpoint_url).await?;
                // Names of two runs must not meet: the time of day makes them differ.
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
                Ok(Stage {
                    account,
                    config,
                    place: Place::Endpoint {
                        prefix: format!("iam-dsl-{:x}-", now.as_secs()),
                    },
                })
            }
        }
    }

    /// A new sandbox.
    ///
    /// # Errors
    /// None in practice: the sandbox's account ids are fixed.
    pub fn sandbox() -> Result<Stage, Failure> {
        let sandbox = Sandbox::new();
        let account = sandbox.account(SANDBOX_ACCOUNT)?;
        Ok(Stage {
            account: AccountId::new(SANDBOX_ACCOUNT)?,
            config: account.sdk_config(),
            place: Place::Sandbox(sandbox),
        })
    }

    /// The account in which the example works.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The configuration of whoever runs the example.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The sandbox, where the example runs in one.
    pub fn as_sandbox(&self) -> Option<&Sandbox> {
        match &self.place {
            Place::Sandbox(sandbox) => Some(sandbox),
            Place::Endpoint { .. } => None,
        }
    }

    /// The account from which a cross-account role is assumed, and its
    /// administrator: a second account in the sandbox, the same one elsewhere.
    ///
    /// # Errors
    /// None in practice: the sandbox's account ids are fixed.
    pub fn central(&self) -> Result<(AccountId, SdkConfig), Failure> {
        match &self.place {
            Place::Sandbox(sandbox) => {
                let central = sandbox.account(SANDBOX_CENTRAL)?;
                Ok((AccountId::new(SANDBOX_CENTRAL)?, central.sdk_config()))
            }
            Place::Endpoint { .. } => Ok((self.account.clone(), self.config.clone())),
        }
    }

    /// The name under which the example makes an entity: as given in the
    /// sandbox, with this run's prefix elsewhere.
    pub fn name(&self, name: &str) -> String {
        match &self.place {
            Place::Sandbox(_) => name.to_owned(),
            Place::Endpoint { prefix, .. } => format!("{prefix}{name}"),
        }
    }

    /// The configuration of another identity, by its credentials.
    ///
    /// # Errors
    /// None in practice: the sandbox's account ids are fixed.
    pub fn config_of(
        &self,
        access_key: &str,
        secret: &str,
        token: Option<&str>,
    ) -> Result<SdkConfig, Failure> {
        match &self.place {
            Place::Sandbox(sandbox) => Ok(sandbox
                .account(SANDBOX_ACCOUNT)?
                .sdk_config_with(access_key, secret, token)),
            Place::Endpoint { .. } => {
                let credentials = aws_credential_types::Credentials::new(
                    access_key,
                    secret,
                    token.map(str::to_owned),
                    None,
                    "examples",
                );
                Ok(self
                    .config
                    .to_builder()
                    .credentials_provider(
                        aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
                    )
                    .build())
            }
        }
    }

    /// The time, as the place where the example runs has it.
    pub fn now(&self) -> SystemTime {
        match &self.place {
            Place::Sandbox(sandbox) => sandbox.now(),
            Place::Endpoint { .. } => SystemTime::now(),
        }
    }

    /// Lets time pass: at once in the sandbox, really elsewhere, where a line
    /// says for what.
    pub async fn wait(&self, time: Duration, reason: &str) {
        match &self.place {
            Place::Sandbox(sandbox) => sandbox.advance(time),
            Place::Endpoint { .. } => {
                bullet(format_args!("(waiting {} s: {reason})", time.as_secs()));
                tokio::time::sleep(time).await;
            }
        }
    }
}

#[cfg(feature = "endpoint")]
async fn load(endpoint_url: Option<String>) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest());
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    if config.region().is_none() {
        return Err("no region is configured: set AWS_REGION, such as us-east-1".into());
    }
    Ok(config)
}

#[cfg(not(feature = "endpoint"))]
#[allow(clippy::unused_async)] // The other form of this function awaits.
async fn load(_: Option<String>) -> Result<SdkConfig, Failure> {
    Err(
        "this program was built for the sandbox only; build it with `--features endpoint` to run \
         it against an account"
            .into(),
    )
}
