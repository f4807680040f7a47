//! The policy language as users of the library meet it.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bounded;
mod compile_failures;
mod conformance;
mod findings;
mod forms;
mod hygiene;
mod marks;
mod prove;
mod reference;
mod slots;
