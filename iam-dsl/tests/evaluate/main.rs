//! The evaluator against AWS's documentation.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod allocation;
mod cases;
mod details;
mod explanation;
mod matrix;
mod properties;
mod requests;
mod scenario;
