//! Proving what a policy, or a change to one, can do.
//!
//! [`compare`] says whether a policy lets a request through that another does
//! not: [`NoNewAccess`](Comparison::NoNewAccess) is a proof, a
//! [`Witness`] is a request that the evaluator decided both ways, and anything
//! else is [`Unknown`] with its reason. No solver, no network, no credentials.
//!
//! ```
//! use iam_dsl::analyze::{Comparison, compare};
//! use iam_dsl::policy;
//!
//! let old = policy! { allow s3:GetObject on "arn:aws:s3:::assets/*"; };
//! let new = policy! { allow s3:{GetObject, PutObject} on "arn:aws:s3:::assets/*"; };
//! let comparison = compare(&new, &old);
//! let witness = comparison.witness().ok_or("nothing new")?;
//! assert_eq!(witness.request().action(), "s3:PutObject");
//! assert!(compare(&old, &new).is_no_new_access());
//! # Ok::<(), &'static str>(())
//! ```

mod access;
mod analysis;
mod budget;
mod callers;
mod cells;
mod comparison;
mod domain;
mod engine;
mod fields;
mod form;
mod macros;
mod problem;
mod realize;
mod search;
mod sets;
mod values;
mod witness;

pub use access::{Access, Subject};
pub use analysis::Analysis;
pub use budget::Budget;
pub use comparison::{Comparison, Relation, Unknown, UnknownKind};
pub use witness::Witness;

/// Whether `new` lets a request through that `reference` does not, with the
/// default [`Analysis`].
pub fn compare(new: &impl Subject, reference: &impl Subject) -> Comparison {
    Analysis::new().compare(new, reference)
}

/// How the requests that `new` lets through relate to those of `reference`, with
/// the default [`Analysis`].
pub fn relate(new: &impl Subject, reference: &impl Subject) -> Relation {
    Analysis::new().relate(new, reference)
}
