//! What is used of iam-dsl, in one place.

pub(crate) use iam_dsl::{
    Authorizer, Catalogue, Context, Decision, Document, Layer, Outcome, PolicyKind, Principal,
    Request, validate_json,
};
