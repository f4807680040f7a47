//! The parts of iam-dsl that its macros need at compile time and the library at
//! run time: the document model, the reader, the validator, semantic equality
//! and the types that fill a policy's slots. No IO, no features.
//!
//! Use the crate `iam-dsl`, which re-exports what is here.

pub mod arn;
pub mod builder;
pub mod catalogue;
pub mod date;
pub mod diagnostic;
pub mod equality;
mod error;
mod fix;
pub mod json;
mod kind;
pub mod model;
pub mod operator;
pub mod pattern;
pub mod pointer;
mod policy;
mod read;
pub mod slot;
pub mod suggest;
pub mod validate;
pub mod variable;
mod write;

pub use arn::{Arn, InvalidArn};
pub use catalogue::{AccessLevel, Catalogue, KeyType};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use equality::equivalent;
pub use error::InvalidPolicy;
pub use fix::{Edit, Fix};
pub use kind::{
    Boundary, Identity, Kind, PolicyKind, Resource, ResourceControl, ServiceControl, Session, Trust,
};
pub use model::{
    ActionPattern, ConditionEntry, ConditionValue, Conditions, Document, Effect, Element,
    OneOrMany, OperatorBlock, PrincipalEntry, PrincipalType, Principals, ResourcePattern,
    Statement, StatementElement, Version, character_count,
};
pub use operator::{Comparison, Operator, OperatorFamily, Qualifier};
pub use policy::{
    BoundaryPolicy, IdentityPolicy, Policy, ResourceControlPolicy, ResourcePolicy,
    ServiceControlPolicy, SessionPolicy, TrustPolicy,
};
pub use slot::{
    AccountId, FederatedPrincipal, InvalidSlot, IpRange, OidcProvider, Partition, Pattern,
    PrincipalArn, Region, ResourceArn, ResourcePath, SamlProvider, Segment, ServicePrincipal,
};
pub use validate::{ResourceKind, Validator, validate, validate_json, validate_node};
