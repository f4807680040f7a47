//! What talks over HTTP: the same bundles and the same list of points against
//! other implementations of IAM, and the sandbox's server with clients that are
//! not Rust.
//!
//! The implementations and clients are Python packages of pinned versions, in
//! virtual environments under Cargo's target directory, made once. Nothing
//! here is skipped where Python is missing: it fails and says so.
//!
//! `cargo run -p wire-tests --bin conformance` prints who has which point.

// This crate is made of tests: a panic is how they fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod client;
pub mod conformance;
pub mod environment;
pub mod server;
