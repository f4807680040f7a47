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
mod public;
mod realize;
mod search;
mod sets;
mod values;
mod witness;

pub use access::{Access, Subject};
pub use analysis::{Analysis, Grantee};
pub use budget::Budget;
pub use comparison::{Answer, Comparison, Relation, Unknown, UnknownKind};
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

/// Whether a policy lets some request through for one of these actions on one of
/// these resources, with the default [`Analysis`].
///
/// ```
/// use iam_dsl::analyze::grants;
/// use iam_dsl::policy;
///
/// let policy = policy! { allow [s3:*, iam:Get*] on *; };
/// assert!(grants(&policy, &["iam:PassRole"], &["*"]).is_no());
/// assert!(grants(&policy, &["s3:DeleteObject"], &["arn:aws:s3:::logs/*"]).is_yes());
/// ```
pub fn grants(policy: &impl Subject, actions: &[&str], resources: &[&str]) -> Answer {
    Analysis::new().grants(policy, actions, resources)
}

/// Whether the policy of a resource is public, with the default [`Analysis`].
///
/// ```
/// use iam_dsl::analyze::is_public;
/// use iam_dsl::resource_policy;
///
/// let open = resource_policy! {
///     allow principal * to s3:GetObject on "arn:aws:s3:::site/*";
/// };
/// assert!(is_public(&open).is_yes());
/// let from_the_office = resource_policy! {
///     allow principal * to s3:GetObject on "arn:aws:s3:::site/*"
///         when IpAddress { aws:SourceIp: "203.0.113.0/24" };
/// };
/// assert!(is_public(&from_the_office).is_no());
/// ```
pub fn is_public(policy: &impl Subject) -> Answer {
    Analysis::new().is_public(policy)
}

/// Who may do one of these actions by the policy of a resource or role, with the
/// default [`Analysis`].
///
/// # Errors
/// Where it is not known whether these are all.
pub fn who_can(policy: &impl Subject, actions: &[&str]) -> Result<Vec<Grantee>, Unknown> {
    Analysis::new().who_can(policy, actions)
}
