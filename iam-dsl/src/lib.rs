//! AWS IAM policies as Rust.

pub use iam_dsl_core::*;
pub use iam_dsl_macros::{
    boundary_policy, policy, resource_control_policy, resource_policy, service_control_policy,
    session_policy, trust_policy,
};

#[doc(hidden)]
pub mod __private;
