//! What the tests share.

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use aws_types::SdkConfig;
use iam_sandbox::{Account, Sandbox};

/// The account of most tests.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Another one.
pub(crate) const OTHER: &str = "444455556666";

/// A policy that allows everything.
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A trust policy for EC2.
pub(crate) const TRUST_EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A sandbox, an account in it, and IAM as its root user.
pub(crate) fn root() -> (Sandbox, Account, aws_sdk_iam::Client) {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).unwrap();
    let iam = aws_sdk_iam::Client::new(&account.sdk_config());
    (sandbox, account, iam)
}

pub(crate) fn iam(config: &SdkConfig) -> aws_sdk_iam::Client {
    aws_sdk_iam::Client::new(config)
}

pub(crate) fn sts(config: &SdkConfig) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::new(config)
}

/// Error code and HTTP status of a call that was refused.
pub(crate) fn refused<T, E>(
    result: Result<T, SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>>,
) -> (String, u16)
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + RequestId + std::fmt::Debug,
{
    let error = result.expect_err("the call should be refused");
    let status = error
        .raw_response()
        .map_or(0, |response| response.status().as_u16());
    (error.code().unwrap_or_default().to_owned(), status)
}

/// The message of a call that was refused.
pub(crate) fn message<T, E>(
    result: Result<T, SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>>,
) -> String
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = result.expect_err("the call should be refused");
    error.message().unwrap_or_default().to_owned()
}

/// Asserts code and status.
macro_rules! assert_refused {
    ($result:expr, $code:literal, $status:literal) => {
        assert_eq!(
            crate::support::refused($result),
            ($code.to_owned(), $status)
        )
    };
}
pub(crate) use assert_refused;
