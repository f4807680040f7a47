//! What `findings` finds, and what it does not.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bounded;
mod cases;
mod managed;
#[cfg(feature = "reports")]
mod order;
#[cfg(feature = "reports")]
mod reports;
mod summary;
