//! AWS IAM policies as Rust.

pub use iam_dsl_core::*;
