//! Proofs and witnesses.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod budget;
mod catalogue;
mod compare;
#[cfg(feature = "proptest")]
mod properties;
mod resource;
mod rewrite;
mod words;
