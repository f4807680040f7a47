//! Whom a policy lets in.

use std::collections::BTreeSet;
use std::fmt;

use super::access::Access;
use super::callers::{Caller, CallerKind, Rule};
use super::engine::Shown;
use super::names;
use super::witness::Witness;

/// Somebody whom a policy lets in, or everybody of a kind.
#[derive(Debug, Clone)]
pub struct Grantee {
    caller: Caller,
    witness: Witness,
    conditions: Vec<String>,
}

impl Grantee {
    /// A request of theirs that is let through.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// The condition keys, as AWS writes them, that decide who of them is let in,
    /// or when: those that the statements about them compare. None where each of
    /// them is, whatever the context.
    pub fn conditions(&self) -> &[String] {
        &self.conditions
    }
}

impl fmt::Display for Grantee {
    /// Who it is, such as `users of account 111122223333`, and the condition keys in
    /// brackets: `users of any account (if aws:PrincipalOrgID allows it)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.caller)?;
        match self.conditions.as_slice() {
            [] => Ok(()),
            [key] => write!(f, " (if {key} allows it)"),
            [keys @ .., last] => write!(f, " (if {} and {last} allow it)", keys.join(", ")),
        }
    }
}

/// Those of whom requests were shown, each once.
pub(super) fn all(access: &Access, shown: Vec<Shown>) -> Vec<Grantee> {
    let mut all: Vec<Grantee> = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for Shown {
        witness,
        caller,
        keys,
    } in shown
    {
        // What follows from who they are decides nothing among them.
        let varies = |key: &&String| match caller.kind {
            CallerKind::Canonical(_) => true,
            _ => !matches!(caller.rule(key, true), Rule::Fixed(_) | Rule::Absent),
        };
        let keys = keys.iter().filter(varies);
        let grantee = Grantee {
            conditions: keys.map(|key| names::key(&[access], key)).collect(),
            caller,
            witness,
        };
        // A role stands for its sessions, where they may the same.
        let of_role = |other: &Grantee| {
            let sessions = format!("sessions of {}", other.caller);
            grantee.caller.to_string() == sessions && grantee.conditions == other.conditions
        };
        if !all.iter().any(of_role) && known.insert(grantee.to_string()) {
            all.push(grantee);
        }
    }
    all
}
