//! An AWS IAM and STS inside the test process.
//!
//! A [`Sandbox`] answers the real AWS SDK: the clients of `aws-sdk-iam` and
//! `aws-sdk-sts` serialize, sign, retry and raise their errors as ever; only
//! the HTTP connection is replaced. Nothing leaves the process, nothing costs
//! real time, and every run gives the same ids and dates.
//!
//! It is for tests. It tells who calls by the access key and session token,
//! looks at signatures only [when asked to](Sandbox::check_signatures), and
//! keeps passwords and secrets in plain memory.
//!
//! # In ten lines
//!
//! ```
//! use aws_sdk_iam::error::ProvideErrorMetadata;
//! use iam_sandbox::{Fault, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new();
//! let account = sandbox.account("111122223333")?;
//! let iam = aws_sdk_iam::Client::new(&account.sdk_config()); // as the root user
//!
//! iam.create_user().user_name("Ann").send().await?;
//! let twice = iam.create_user().user_name("ann").send().await.unwrap_err();
//! assert_eq!(twice.code(), Some("EntityAlreadyExists"));
//!
//! sandbox.fail_call(1, Fault::Throttle); // the SDK retries
//! iam.get_user().user_name("Ann").send().await?;
//! assert_eq!(sandbox.calls().len(), 4);
//! # Ok(())
//! # }
//! ```
//!
//! # Who calls
//!
//! [`Account::sdk_config`] acts as the account's root user, to whom nothing is
//! forbidden but by [`Account::set_service_control_policies`]. Everybody else is authorized by the evaluator of `iam-dsl` over
//! identity policies, groups, permissions boundary and session policy, and is
//! refused in AWS's words. Other callers come about as they do on AWS:
//! CreateAccessKey with [`Account::sdk_config_with`], AssumeRole,
//! GetSessionToken and GetFederationToken with the same, or
//! [`Account::sign_in`] for a session of the console.
//!
//! ```
//! use iam_sandbox::{Mfa, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = Sandbox::new();
//! # let account = sandbox.account("111122223333")?;
//! # let iam = aws_sdk_iam::Client::new(&account.sdk_config());
//! iam.create_user().user_name("Ann").send().await?;
//! iam.create_login_profile().user_name("Ann").password("Correct-h0rse").send().await?;
//! let as_ann = aws_sdk_iam::Client::new(&account.sign_in("Ann", Mfa::Present)?);
//! assert!(as_ann.list_users().send().await.is_err()); // nothing allows it yet
//! # Ok(())
//! # }
//! ```
//!
//! Whoever an identity provider vouches for comes in with
//! [`Sandbox::web_identity_token`] and AssumeRoleWithWebIdentity. What another
//! service of AWS would let a caller do, [`Sandbox::call_service`] tells.
//!
//! # Accounts and organizations
//!
//! A sandbox has as many accounts as are asked for; roles trust across them.
//! [`Sandbox::organization`] puts them into a tree of units with service control
//! and resource control policies; [`Account::set_service_control_policies`] does
//! the same for one account without a tree.
//!
//! # Bad weather
//!
//! [`Sandbox::fail_call`] lets a call fail in the ways of [`Fault`], with or without
//! its effect. [`Sandbox::delay_visibility`] and
//! [`delay_visibility_of`](Sandbox::delay_visibility_of) let reads lag behind
//! writes, and [`delay_authorization`](Sandbox::delay_authorization) everything else
//! with them. [`Account::set_quota`] makes quotas small, and
//! [`Sandbox::set_latency`] calls slow. [`Sandbox::snapshot`] and
//! [`restore`](Sandbox::restore) go back to before.
//!
//! # AWS managed policies
//!
//! Ten of them are built in, those of administrators, IAM, S3, Lambda and Systems
//! Manager that examples use most. A test adds those that it attaches with
//! [`Sandbox::add_aws_managed_policy`], or many from a file with
//! [`Sandbox::load_aws_managed_policies_from_json_lines`]: AWS has more than 1,500
//! and changes some every week, so no copy here would stay true.
//!
//! # Other clients
//!
//! `Sandbox::serve` (feature `server`, on by default) listens on loopback
//! for boto3, the AWS CLI, Terraform and Ansible; `cargo run -p iam-sandbox -- --port 0` does
//! so as a program. [`Sandbox::exchange`] answers one HTTP request without a socket.
//!
//! # Time
//!
//! The clock belongs to the sandbox and begins at 2026-01-01T00:00:00Z. It
//! stands still while calls are made, moves with [`Sandbox::advance`], and
//! jumps ahead when all that goes on is waiting for it: the SDK's back-off and
//! every timer made from the configuration's `sleep_impl` pass at once, in
//! order. Timers of the runtime itself (`tokio::time`) know nothing of it.
//!
//! # What to know about retries
//!
//! The SDK limits retries by a budget that all clients of a process share.
//! Tests that provoke many retries should give their clients one of their own:
//! `aws_sdk_iam::config::Builder::from(&config).retry_partition(…)`.
//!
//! # What it does not do
//!
//! An operation that is not among [`Sandbox::operations`] answers
//! `InvalidAction`, as AWS does for an unknown one: AssumeRoleWithSAML, AssumeRoot,
//! the Organizations access report, delegation requests and outbound web identity
//! federation. GetFederationToken is for users alone: AWS lets the root user call it
//! too, and advises against it. Certificates, SAML metadata and private keys are kept as text and not
//! read; the QR code of a virtual MFA device is the URI that one would show.
//! Changes are visible at once unless a test says otherwise. Accounts that no test
//! has opened with [`Sandbox::account`] cannot be looked into: a trust
//! policy may name any principal of theirs.

mod arrival;
mod authorize;
mod aws_managed;
mod call;
mod clock;
mod context;
mod credentials;
mod dispatch;
mod dsl;
mod error;
mod exchange;
mod fault;
mod ids;
mod keyed_hash;
mod managed_policies;
mod moment;
mod names;
mod operations;
mod organization;
mod pagination;
mod refusal;
mod request;
mod sandbox;
mod sealed;
mod seam;
#[cfg(feature = "server")]
mod server;
mod service_call;
mod signature;
mod state;
mod sts;
mod totp;
mod visibility;
mod web_identity;
mod xml;

pub use call::Call;
pub use error::{Error, ErrorKind};
pub use fault::Fault;
pub use organization::{ControlPolicy, Organization};
pub use sandbox::{Account, Mfa, Sandbox, Snapshot};
#[cfg(feature = "server")]
pub use server::Server;
pub use service_call::{ServiceAnswer, ServiceCall};
pub use state::quotas::Quota;
pub use totp::totp;
pub use visibility::EntityKind;
pub use web_identity::WebIdentity;
