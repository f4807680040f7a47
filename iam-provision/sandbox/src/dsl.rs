//! What is used of iam-dsl. The decision types stand in until the evaluator is
//! merged; see the commit that replaces them.
pub(crate) use iam_dsl::{Document, PolicyKind, validate_json};
use std::fmt;
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorizer;
impl Authorizer {
    pub(crate) fn new() -> Self {
        Authorizer
    }
    pub(crate) fn identity(self, _: &Document) -> Self {
        self
    }
    pub(crate) fn boundary(self, _: &Document) -> Self {
        self
    }
    pub(crate) fn session(self, _: &Document) -> Self {
        self
    }
    pub(crate) fn trust(self, _: &Document) -> Self {
        self
    }
    pub(crate) fn decide(&self, _: &Request) -> Decision {
        Decision
    }
}
pub(crate) struct Request;
impl Request {
    pub(crate) fn new(_: &str, _: &str) -> Result<Self, fmt::Error> {
        Ok(Request)
    }
    pub(crate) fn principal(self, _: Principal) -> Self {
        self
    }
    pub(crate) fn context(self, _: Context) -> Self {
        self
    }
}
pub(crate) struct Principal;
impl std::str::FromStr for Principal {
    type Err = fmt::Error;
    fn from_str(_: &str) -> Result<Self, fmt::Error> {
        Ok(Principal)
    }
}
pub(crate) struct Context;
impl Context {
    pub(crate) fn new() -> Self {
        Context
    }
    pub(crate) fn with<T>(self, _: &str, _: T) -> Self {
        self
    }
    pub(crate) fn with_values<'a>(self, _: &str, _: impl IntoIterator<Item = &'a str>) -> Self {
        self
    }
}
pub(crate) struct Decision;
#[derive(PartialEq)]
#[allow(dead_code)]
pub(crate) enum Outcome {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}
impl Decision {
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::Allow
    }
}
