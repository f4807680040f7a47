//! An AWS IAM and STS that live inside the test process.
//!
//! [`Sandbox`] answers the real AWS SDK: the clients of `aws-sdk-iam` and
//! `aws-sdk-sts` serialize, sign, retry and raise their errors as ever, and
//! only the HTTP connection is replaced.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod authorize;
mod aws_managed;
mod call;
mod clock;
mod context;
mod credentials;
mod dispatch;
mod dsl;
mod error;
mod fault;
mod ids;
mod moment;
mod names;
mod operations;
mod pagination;
mod refusal;
mod request;
mod sandbox;
mod seam;
mod state;
mod sts;
mod totp;
mod xml;

pub use call::Call;
pub use error::{Error, ErrorKind};
pub use fault::Fault;
pub use sandbox::{Account, Mfa, Sandbox};
pub use totp::totp;
