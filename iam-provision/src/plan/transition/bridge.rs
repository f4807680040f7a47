//! A policy that bridges any change of the policies of one identity.
//!
//! It holds every deny of the states before and after that is not there all the
//! time, and every allow of the state after. While it is there, whatever of the
//! other documents is already changed:
//!
//! - what is allowed is denied by neither state's denies, and allowed by a
//!   statement of one of them, so that this state allows it (nothing extra);
//! - what both states allow is denied by none of these denies, and allowed by a
//!   statement of the state after, which is here (nothing lost).
//!
//! Putting and deleting it are one call each, of which the same holds. A
//! permissions boundary that changes as well limits both sides; what it denies is
//! denied here too, and what is extra because it does not allow it is left to
//! [`least`](super::least).
//!
//! After a crash the same argument holds from the state in between, if the policy
//! is removed after everything else: the rest of the way is safe too.

use serde_json::Value;

use crate::document::{Effect, OneStatement};
use crate::plan::powers::Powers;

/// The statements that bridge the states an identity goes through, the first
/// being the one before and the last the one after; none if they cannot be
/// written into one document, or none is needed.
pub(super) fn statements(states: &[Powers<'_>]) -> Option<Vec<Value>> {
    let all: Vec<Vec<OneStatement>> = states.iter().map(of).collect();
    let (before, after) = (all.first()?, all.last()?);
    let is_there_always = |statement: &OneStatement| {
        all.iter()
            .all(|state| state.iter().any(|other| other.means_what(statement)))
    };
    // What a boundary denies is denied here too.
    let limits = [states.first(), states.last()].into_iter().flatten();
    let limits: Vec<OneStatement> = limits
        .filter_map(Powers::boundary)
        .flat_map(|text| text.denies())
        .collect();
    let denies = before.iter().chain(after);
    let denies = denies.filter(|statement| statement.effect == Effect::Deny);
    let denies = denies.chain(&limits);
    let allows = after.iter();
    let allows = allows.filter(|statement| statement.effect == Effect::Allow);
    let mut chosen: Vec<&OneStatement> = Vec::new();
    for statement in denies.chain(allows) {
        if !is_there_always(statement) && !chosen.iter().any(|other| other.means_what(statement)) {
            chosen.push(statement);
        }
    }
    let values: Option<Vec<Value>> = chosen
        .into_iter()
        .map(OneStatement::in_version_2012)
        .collect();
    values.filter(|values| !values.is_empty())
}

fn of(powers: &Powers<'_>) -> Vec<OneStatement> {
    let documents = powers.documents().iter();
    documents.flat_map(|text| text.statements()).collect()
}
