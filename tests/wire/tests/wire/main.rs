//! What is tested over HTTP. All of it needs python3 with venv and pip.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod clients;
mod conformance;
mod ensure;
mod estate;
