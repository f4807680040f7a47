//! The lossless model of a policy document.
//!
//! Elements keep their order and every one-or-many value keeps its form, so a
//! document that is read and written again is the same JSON value.

mod action;
mod condition;
mod document;
mod list;
mod principal;
mod statement;

pub use action::{ActionPattern, ResourcePattern};
pub use condition::{ConditionEntry, ConditionValue, Conditions, OperatorBlock};
pub use document::{Document, Element, Version, character_count};
pub use list::OneOrMany;
pub use principal::{PrincipalEntry, PrincipalType, Principals};
pub use statement::{Effect, Statement, StatementElement};
