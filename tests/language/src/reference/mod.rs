//! A second evaluator of requests, deliberately naive: written from AWS's
//! documentation alone, without a look at the one it is compared with, and
//! without its indexes, prepared patterns or helpers. Every request interprets
//! the documents anew. Clarity over speed.
//!
//! The sentences quoted are of the IAM User Guide; "convention" marks what AWS
//! leaves open and the documentation of `iam_dsl::evaluate` settles.

mod caller;
mod condition;
mod decide;
mod statement;
mod text;
mod value;

use std::collections::BTreeMap;

use iam_dsl_core::Document;

pub use caller::Caller;
pub use decide::decide;
pub use value::Value;

/// Every policy that speaks of a request.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Policies of the user and its groups, or of the role.
    pub identity: Vec<Document>,
    /// Permissions boundaries.
    pub boundary: Vec<Document>,
    /// Policies passed when the session was made.
    pub session: Vec<Document>,
    /// The policy of the resource.
    pub resource: Vec<Document>,
    /// The trust policy of the role that is asked for.
    pub trust: Vec<Document>,
    /// The policy of the VPC endpoint.
    pub endpoint: Vec<Document>,
    /// Service control policies, level by level.
    pub service_control: Vec<Vec<Document>>,
    /// Resource control policies, level by level.
    pub resource_control: Vec<Vec<Document>>,
    /// The organization's management account.
    pub management_account: Option<String>,
    /// Whether the account lets its users change their own password.
    pub users_change_password: bool,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// `service:Name`
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// The account that owns the resource, where it is told.
    pub resource_account: Option<String>,
    /// Condition keys in lower case with their values.
    pub context: BTreeMap<String, Vec<Value>>,
}
