//! The answer as it is found: nothing is copied until somebody asks why.

use super::decision::{Layer, Outcome, Reason, StatementRef};
use super::service::Rule;
use super::stack::Hit;

/// An answer with its cause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict<'l> {
    pub(super) outcome: Outcome,
    pub(super) cause: Cause<'l>,
}

/// As [`Reason`], with the statement where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'l> {
    Statement(Hit<'l>),
    NoAllow { layer: Layer, level: usize },
    NoPolicy { layer: Layer },
    AccountRoot,
    Rule(Rule),
}

impl<'l> Verdict<'l> {
    pub(super) fn new(outcome: Outcome, cause: Cause<'l>) -> Self {
        Verdict { outcome, cause }
    }

    pub(super) fn allowed(cause: Cause<'l>) -> Self {
        Verdict::new(Outcome::Allow, cause)
    }

    pub(super) fn denied(cause: Cause<'l>) -> Self {
        Verdict::new(Outcome::ImplicitDeny, cause)
    }
}

impl Cause<'_> {
    pub(super) fn no_allow(layer: Layer) -> Self {
        Cause::NoAllow { layer, level: 0 }
    }
}

impl<'l> From<Hit<'l>> for Cause<'l> {
    fn from(hit: Hit<'l>) -> Self {
        Cause::Statement(hit)
    }
}

impl From<Cause<'_>> for Reason {
    fn from(cause: Cause<'_>) -> Self {
        match cause {
            Cause::Statement(hit) => Reason::Statement(StatementRef {
                layer: hit.stack.layer,
                level: hit.stack.level,
                policy: hit.policy,
                statement: hit.statement,
                sid: hit
                    .stack
                    .statement((hit.policy, hit.statement))
                    .and_then(|statement| statement.sid.clone()),
            }),
            Cause::NoAllow { layer, level } => Reason::NoAllow { layer, level },
            Cause::NoPolicy { layer } => Reason::NoPolicy { layer },
            Cause::AccountRoot => Reason::AccountRoot,
            Cause::Rule(rule) => Reason::Rule(rule),
        }
    }
}
