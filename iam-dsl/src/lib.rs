//! AWS IAM policies as Rust.

pub use iam_dsl_core::*;
pub use iam_dsl_macros::{
    action, arn, boundary_policy, include_policy, policy, resource_control_policy, resource_policy,
    service_control_policy, session_policy, trust_policy,
};

#[doc(hidden)]
pub mod __private;

pub mod analyze;
pub mod evaluate;
pub mod findings;
#[cfg(feature = "names")]
pub mod names;
#[cfg(test)]
#[path = "names/freshness.rs"]
mod names_freshness;
pub mod summary;
#[cfg(feature = "proptest")]
pub mod testing;

pub use evaluate::{
    Authorizer, Context, ContextValue, Decision, Layer, Outcome, Principal, PrincipalKind, Reason,
    Request, RequestError, RequestErrorKind, Rule, StatementRef, StatementReport, Unmatched,
};
pub use findings::{Checks, Findings, findings};
pub use summary::{Summary, summary};
