//! The reader and the validator, driven as their callers drive them.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod documents;
mod reading;
mod rules;
