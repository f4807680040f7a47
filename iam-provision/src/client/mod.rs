//! The calls to IAM and STS. The only module that knows the AWS SDK's clients.

mod aws_clock;
mod credentials;
mod failure;
mod keys;
mod linked;
mod login;
mod named;
mod provider;
mod read;
mod role;
mod sts;
mod trace;
mod version;
mod write;

use std::time::{Duration, SystemTime};

use aws_sdk_iam::config::retry::RetryConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_types::SdkConfig;

use aws_clock::AwsClock;
pub(crate) use credentials::CREDENTIAL_LISTS;
pub(crate) use failure::{Failure, FailureKind};
pub(crate) use keys::{ListedKey, NewKey};
pub(crate) use named::ListedPolicy;
pub(crate) use read::{Existing, expect_account, link};
pub(crate) use sts::{Issued, Proof};

/// How often the SDK tries a call that is throttled or meets a server error.
/// Its default of 3 is little for IAM, whose rates are low.
const ATTEMPTS: u32 = 8;

/// The clients, and the clock by which retries wait.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    sleep: Option<SharedAsyncSleep>,
    time: Option<SharedTimeSource>,
    aws_clock: AwsClock,
    /// What errors call the endpoint.
    endpoint: String,
}

impl Client {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let retry = match config.retry_config() {
            Some(chosen) if chosen.max_attempts() != RetryConfig::standard().max_attempts() => {
                chosen.clone()
            }
            Some(default) => default.clone().with_max_attempts(ATTEMPTS),
            None => RetryConfig::standard().with_max_attempts(ATTEMPTS),
        };
        let aws_clock = AwsClock::default();
        let iam = aws_sdk_iam::config::Builder::from(config)
            .retry_config(retry.clone())
            .interceptor(trace::Traced)
            .interceptor(aws_clock.clone())
            .build();
        let sts = aws_sdk_sts::config::Builder::from(config)
            .retry_config(retry)
            .interceptor(trace::Traced)
            .interceptor(aws_clock.clone())
            .build();
        Self {
            iam: aws_sdk_iam::Client::from_conf(iam),
            sts: aws_sdk_sts::Client::from_conf(sts),
            sleep: config.sleep_impl(),
            time: config.time_source(),
            aws_clock,
            endpoint: config
                .endpoint_url()
                .unwrap_or("the endpoint of AWS")
                .to_owned(),
        }
    }

    /// Waits by the clock that the SDK's configuration names.
    pub(crate) async fn sleep(&self, time: Duration) {
        match &self.sleep {
            Some(sleep) => sleep.sleep(time).await,
            None => tokio::time::sleep(time).await,
        }
    }

    /// What AWS's clock shows, as far as its answers told: for times that AWS will
    /// compare with its own, or that another machine's clock wrote.
    pub(crate) fn aws_now(&self) -> SystemTime {
        self.aws_clock.at(self.now())
    }

    /// What the clock shows that the SDK's configuration names.
    pub(crate) fn now(&self) -> SystemTime {
        match &self.time {
            Some(time) => time.now(),
            None => SystemTime::now(),
        }
    }
}
