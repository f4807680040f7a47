//! Sessions: temporary credentials, without a secret in a shell's history.
//!
//! A [`SessionRequest`] says what session is wanted; [`Sessions`] opens it; the
//! [`Session`] is a credentials provider of the SDK. It fetches credentials at
//! their first use, replaces them before they end, lets all callers share one
//! call, and keeps them in memory alone, under every parameter of the request.
//!
//! ```
//! use std::time::Duration;
//! use iam_dsl::session_policy;
//! use iam_provision::session::{Session, Sessions};
//!
//! # async fn run(sdk_config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let sessions = Sessions::new(&sdk_config); // credentials, region, HTTP and clock as ever
//! let request = Session::assume("arn:aws:iam::111122223333:role/test_role")
//!     .mfa("arn:aws:iam::999900001111:mfa/ann", |serial| async move {
//!         // Ask a person, or a password manager, for the six digits of `serial`.
//!         # let _ = serial;
//!         Ok("123456".to_owned())
//!     })
//!     .external_id("unique-to-us")
//!     .policy(&session_policy! { allow s3:ListAllMyBuckets on *; })
//!     .tag("team", "web")
//!     .transitive("team")
//!     .source_identity("ann")
//!     .duration(Duration::from_secs(3_600));
//! let session = sessions.open(request)?; // refuses what AWS would refuse; calls nothing
//!
//! // For the SDK:
//! let config = session.sdk_config(&sdk_config);
//! // For a child process, with nothing on its command line:
//! let mut child = std::process::Command::new("terraform");
//! session.credentials().await?.for_child(&mut child);
//! # let _ = config;
//! # Ok(())
//! # }
//! ```
//!
//! # Chains and profiles
//!
//! `via` makes a chain: each role is assumed with the credentials of the one
//! before it, which is a session of its own and shared as such. [`Profiles`]
//! reads the files that the AWS CLI and SDKs share:
//!
//! ```
//! use iam_provision::session::Profiles;
//!
//! let profiles = Profiles::from_text(
//!     "[profile base]\nmfa_serial = arn:aws:iam::999900001111:mfa/ann\n\
//!      [profile dev]\nrole_arn = arn:aws:iam::111122223333:role/dev\nsource_profile = base\n",
//!     "[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example\n",
//! )?;
//! let request = profiles.session("dev")?.mfa_code(|serial| async move {
//!     # let _ = serial;
//!     Ok("123456".to_owned())
//! });
//! assert!(request.check().is_ok());
//!
//! let error = profiles.session("prod").unwrap_err();
//! assert_eq!(error.to_string(), "there is no profile `prod`; there are: base, dev");
//! # Ok::<(), iam_provision::Error>(())
//! ```
//!
//! # Handing a session over
//!
//! [`SessionCredentials`] gives environment lines for bash, fish and PowerShell
//! ([`SessionCredentials::lines`]), the JSON of a `credential_process`
//! ([`SessionCredentials::process_json`]), the environment of a child process,
//! and through [`console`] a sign-in URL. All of them are wrapped: to show one
//! takes an explicit `expose_secret()`.
//!
//! # What a session can do
//!
//! [`Effective`] reads the policies that decide a role's session, and hands them
//! to the evaluator, or to the proofs of [`iam_dsl::analyze`].
//!
//! # Ending sessions
//!
//! [`Revoker`] refuses what all sessions of a role ask from now on, or those
//! of one session name.
//!
//! # Beside AWSume, aws-vault and Vault
//!
//! | what | AWSume 4.5.4 | aws-vault 7 | here | test |
//! |---|---|---|---|---|
//! | chain of `source_profile`s | yes | yes | yes | `profiles::a_chain_of_three` |
//! | cycle of profiles told by name | no (recursion) | yes | yes | `profiles::a_cycle_is_told_by_name` |
//! | MFA serial and code | yes | yes | yes, by async callback | `mfa::a_code_is_asked_for_and_proven` |
//! | one MFA prompt for many roles | yes | yes | yes, `mfa_once` | `mfa::once_for_many_roles` |
//! | external id, source identity, tags, transitive tags | in part | yes | yes | `parameters::every_parameter_arrives` |
//! | session policy | no | no | yes, checked before the call | `parameters::a_session_policy_limits` |
//! | refresh before the end | with a daemon | yes | yes | `refresh::before_the_end` |
//! | one call for many callers | no | no | yes | `refresh::one_call_for_many_callers` |
//! | every parameter in the cache's key | no | no | yes | `parameters::every_parameter_is_in_the_key` |
//! | credentials on disk | yes (cache file) | in a keyring | no | `outputs::nothing_is_written` |
//! | wait for a fresh role | no | no | yes | `refresh::waits_for_a_fresh_role` |
//! | web identity | yes | yes | yes | `profiles::web_identity` |
//! | `credential_process` read | yes | yes | yes | `profiles::a_credential_process` |
//! | `credential_process` written | yes | yes | yes | `outputs::credential_process_json` |
//! | lines for bash, fish, PowerShell | yes | no | yes | `outputs::lines_survive_the_shell` |
//! | child process | no | yes | yes | `outputs::a_child_gets_the_environment` |
//! | console URL | plugin | yes | yes | `outputs::console_url` |
//! | list what a session can do | no | no | yes | `parameters::what_a_session_can_do` |
//! | end a role's sessions | no | no | yes | `revocation::all_sessions_of_a_role` |
//!
//! The tests stand in `tests/provision`, under `sessions`. Vault's AWS engine
//! is compared in [`lease`](crate::lease).

mod check;
pub mod console;
mod credentials;
mod effective;
mod mfa;
mod obtain;
mod output;
mod process;
mod profiles;
mod request;
pub(crate) mod revoke;
mod sessions;
mod source;
mod web;

pub use credentials::SessionCredentials;
pub use effective::Effective;
pub use mfa::CodeError;
pub use output::Shell;
pub use profiles::Profiles;
pub(crate) use request::Parameters;
pub use request::SessionRequest;
pub use revoke::{REVOCATION, Revoked, Revoker};
pub use sessions::{Session, Sessions};

use crate::error::{Error, ErrorKind};

/// Runs what blocks, such as reading a file, aside from the async tasks.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(ErrorKind::Service, "a task of this program ended early").caused_by(error)
    })
}
