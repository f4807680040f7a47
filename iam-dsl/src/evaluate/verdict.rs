//! The answer as it is found: nothing is copied until somebody asks why.

use super::decision::{Layer, Outcome};
use super::service::Rule;
use super::stack::Hit;

/// An answer with its cause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict<'l> {
    pub(super) outcome: Outcome,
    pub(super) cause: Cause<'l>,
}

/// As [`Reason`](super::Reason), with the statement where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'l> {
    Statement(Hit<'l>),
    NoAllow { layer: Layer, level: usize },
    NoPolicy { layer: Layer },
    AccountRoot,
    Rule(Rule),
}

impl<'l> Verdict<'l> {
    #[inline]
    pub(super) fn new(outcome: Outcome, cause: Cause<'l>) -> Self {
        Verdict { outcome, cause }
    }

    #[inline]
    pub(super) fn allowed(cause: Cause<'l>) -> Self {
        Verdict::new(Outcome::Allow, cause)
    }

    #[inline]
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
    #[inline]
    fn from(hit: Hit<'l>) -> Self {
        Cause::Statement(hit)
    }
}

/// Where the cause of an answer is to be found again: a [`Cause`] that outlives
/// the search.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Statement {
        layer: Layer,
        level: usize,
        policy: usize,
        statement: usize,
    },
    NoAllow {
        layer: Layer,
        level: usize,
    },
    NoPolicy {
        layer: Layer,
    },
    AccountRoot,
    Rule(Rule),
}

impl From<Cause<'_>> for Origin {
    #[inline]
    fn from(cause: Cause<'_>) -> Self {
        match cause {
            Cause::Statement(hit) => Origin::Statement {
                layer: hit.stack.layer,
                level: hit.stack.level,
                policy: hit.policy,
                statement: hit.statement,
            },
            Cause::NoAllow { layer, level } => Origin::NoAllow { layer, level },
            Cause::NoPolicy { layer } => Origin::NoPolicy { layer },
            Cause::AccountRoot => Origin::AccountRoot,
            Cause::Rule(rule) => Origin::Rule(rule),
        }
    }
}
