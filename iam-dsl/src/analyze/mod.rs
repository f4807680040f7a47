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
//!
//! # Which requests are meant
//!
//! An answer is about all of these, and only these:
//!
//! - *Action and resource*: any action of any service, known to the catalogue or
//!   not, on any ARN and on `*`. The catalogue serves to show a likely request; a
//!   proof rests on it only after [`Analysis::assume_catalogue`], for actions, what
//!   they can be asked on, and types of keys.
//! - *Policies of an identity* ([`Access::identity`], also boundaries, session and
//!   service control policies by themselves): any user and any role session, of
//!   any account, with exactly these policies; role sessions and federated users
//!   where there are session policies. Every owner consents: the policies of
//!   resource, key and role delegate to the account of the principal, so a grant on
//!   a resource of another account counts. The root user, who needs no policy, is
//!   not meant.
//! - *The policy of a resource* ([`Access::resource`]) or *role* ([`Access::trust`],
//!   for the operations of STS that a trust policy decides): what the document by
//!   itself says, some Allow and no Deny, to every kind of principal: users,
//!   roles, sessions, roots, federated users, services, users of identity
//!   providers and anonymous callers, of every account. What the caller's own
//!   policies say is not looked at, nor which of account and principal is named. A
//!   resource control policy is compared by what it does not deny.
//! - *Context*: every key may be missing or have any text, also one that is no
//!   value of the key's type, such as a malformed date; after
//!   [`Analysis::assume_catalogue`] of its type alone. A key has several values
//!   only where one of the two sides compares it with `ForAllValues` or
//!   `ForAnyValue`, or the catalogue lists it as multi-valued.
//! - *Keys that AWS fills* (`aws:PrincipalArn`, `aws:PrincipalAccount`,
//!   `aws:PrincipalType`, `aws:PrincipalIsAWSService`,
//!   `aws:PrincipalServiceName`, `aws:username`, `aws:userid`,
//!   `aws:ResourceAccount`) have the values that [`Request`](crate::Request)
//!   derives from principal and resource, all at once: no request has the name of
//!   one user and the ARN of another, an account that is no twelve digits, or the
//!   ARN of one account's queue and another as owner. Where the owner matters, the
//!   account in an ARN is the owner, or empty, or a word such as `aws` that a
//!   policy names. Keys that are tied in AWS and nowhere in a policy, such as
//!   `aws:CurrentTime` and `aws:EpochTime`, are taken to be independent.
//! - *Canonical user ids* in a principal stand for accounts that nobody here knows:
//!   where they make a difference, the answer is [`UnknownKind::Principal`].
//! - Requests that a service decides before it looks at policies
//!   (`sts:GetCallerIdentity`) are no access that a policy gives.
//!
//! What AWS leaves open is decided as [`evaluate`](crate::evaluate) does, whose
//! code says of every text that is tried here what matches it.
//!
//! # How it is decided
//!
//! Actions fall into classes by the statements that list them, resources into
//! cells by the patterns that match them, the values of each condition key into
//! cells by the conditions that hold of them. Of each cell one text is looked at:
//! wildcards become letters that no policy holds, so that whatever matches the
//! text matches all that it stands for; `?` is given runs of every length that it
//! can tell apart; numbers, dates and networks are cut at the values that are
//! compared with. Several values are a choice of cells. A search over the
//! conditions of each class then finds a context, or shows that there is none.
//! What is found becomes a request that is asked of the evaluator; if it does not
//! confirm, the answer is [`Unknown`] and never a proof.
//!
//! The values of policy variables are tried first, as letters of their own. That
//! decides variables that are a whole value; where one is part of a text and what
//! it may be decides what it meets, the answer is
//! [`UnknownKind::Variable`], unless a request is found.
//!
//! Work is bounded by a [`Budget`]: adversarial patterns end in
//! [`UnknownKind::Budget`].

mod access;
mod analysis;
mod budget;
mod callers;
mod cells;
mod comparison;
mod domain;
mod effective;
mod engine;
mod fields;
mod form;
mod grantee;
mod keys;
mod macros;
mod minimize;
mod names;
mod personas;
mod problem;
mod public;
mod realize;
mod rewrite;
mod scope;
mod search;
mod sets;
mod setting;
mod typed;
mod values;
mod witness;

use iam_dsl_core::{BoundaryPolicy, Document, Kind, Policy};

pub use access::{Access, Subject};
pub use analysis::Analysis;
pub use budget::Budget;
pub use comparison::{Answer, Changes, Comparison, Relation, Unknown, UnknownKind};
pub use grantee::Grantee;
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

/// Who may do one of these actions by the policy of a resource or role, as
/// [`Analysis::who_can`] says, with the default [`Analysis`].
///
/// # Errors
/// Where it is not known whether these are all.
pub fn who_can(policy: &impl Subject, actions: &[&str]) -> Result<Vec<Grantee>, Unknown> {
    Analysis::new().who_can(policy, actions)
}

/// The statements, by number from 0, that change nothing when one of them is
/// dropped, with the default [`Analysis`].
///
/// # Errors
/// Where it is not known of some statement.
pub fn redundant_statements<K: Kind>(policy: &Policy<K>) -> Result<Vec<usize>, Unknown> {
    Analysis::new().redundant_statements(policy)
}

/// What a policy gives under a permissions boundary, as one document, with the
/// default [`Analysis`].
///
/// ```
/// use iam_dsl::analyze::effective;
/// use iam_dsl::{boundary_policy, policy};
///
/// let policy = policy! { allow s3:* on *; };
/// let boundary = boundary_policy! { allow [s3:Get*, sqs:*] on "arn:aws:s3:::assets/*"; };
/// assert_eq!(
///     effective(&policy, &boundary)?.to_json(),
///     r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::assets/*"}]}"#
/// );
/// # Ok::<(), iam_dsl::analyze::Unknown>(())
/// ```
///
/// # Errors
/// Where no such document is found.
pub fn effective(policy: &Policy, boundary: &BoundaryPolicy) -> Result<Document, Unknown> {
    Analysis::new().effective(policy, boundary)
}

/// A policy of the same access in fewer characters, proved, with the default
/// [`Analysis`].
///
/// ```
/// use iam_dsl::analyze::minimize;
/// use iam_dsl::policy;
///
/// let policy = policy! {
///     allow [s3:GetObject, s3:Get*] on *;
///     allow s3:PutObject on *;
/// };
/// assert_eq!(
///     minimize(&policy)?.as_json(),
///     r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:PutObject"],"Resource":"*"}]}"#
/// );
/// # Ok::<(), iam_dsl::analyze::Unknown>(())
/// ```
///
/// # Errors
/// Where it cannot be proved.
pub fn minimize<K: Kind>(policy: &Policy<K>) -> Result<Policy<K>, Unknown> {
    Analysis::new().minimize(policy)
}

/// The policy as several of at most `quota` characters, which together are proved
/// to give the same access, with the default [`Analysis`].
///
/// # Errors
/// Where it cannot be divided so, or it cannot be proved.
pub fn split_to_fit<K: Kind>(policy: &Policy<K>, quota: usize) -> Result<Vec<Policy<K>>, Unknown> {
    Analysis::new().split_to_fit(policy, quota)
}
