//! Strategies for property tests, with [`proptest`] (feature `proptest`).
//!
//! [`document`] makes valid documents of each kind, [`request`] requests over the
//! same small vocabulary, and [`aimed`] requests that are aimed at the statements
//! of a given policy and at the boundaries of its values. All of them shrink
//! towards one plain statement and one plain request.
//!
//! ```
//! use iam_dsl::testing::{aimed, document};
//! use iam_dsl::{Authorizer, Policy, PolicyKind, policy};
//! use proptest::prelude::*;
//! use proptest::test_runner::TestRunner;
//!
//! static GUARD: Policy = policy! { deny s3:DeleteBucket on *; };
//!
//! // Whatever else a user has, the guard only takes.
//! let others = document(PolicyKind::Identity);
//! TestRunner::default().run(&(others, aimed(GUARD.document())), |(other, request)| {
//!     let plain = Authorizer::new().identity(&other);
//!     let guarded = plain.clone().identity(&GUARD);
//!     prop_assert!(plain.decide(&request).is_allowed() || !guarded.decide(&request).is_allowed());
//!     Ok(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aimed;
mod documents;
mod requests;

pub use aimed::aimed;
pub use documents::document;
pub use requests::request;
