//! What the example programs share: where they run, how they show their work,
//! and how they act as the identities that they make.
//!
//! Every example runs in an IAM inside its own process unless it is given an
//! account (`--account`), and does the same in both places.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

mod identity;
mod provision;
mod show;
mod stage;

pub use identity::{
    Refusal, Signed, allowed, assume_role, identity, key_of, mfa_session, refused, simulated,
};
pub use provision::{apply, apply_again, destroy, read_password_policy};
pub use show::{bullet, heading, text};
pub use stage::{Arguments, Stage};

/// Any failure of an example; it is printed and the program exits with 1.
pub type Failure = Box<dyn std::error::Error>;

/// Ends a program: a failure is printed with its causes, and the code is 1.
pub fn exit(result: Result<(), Failure>) -> std::process::ExitCode {
    let Err(failure) = result else {
        return std::process::ExitCode::SUCCESS;
    };
    eprintln!("error: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    std::process::ExitCode::FAILURE
}
