//! The state read from IAM: what concerns one bundle, and nothing else.

mod read;
mod select;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use read::{Scope, read};

use crate::ledger::Claim;
use crate::state::{Account, State};

/// What IAM said about the entities that concern a bundle.
///
/// A value: [`plan`](crate::plan()) compares it with a [`Bundle`](crate::Bundle)
/// without any IO, and two of them are compared to see whether IAM changed in
/// between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub(crate) state: State,
    /// Names of the bundle that exist in another case: what is declared, what exists.
    pub(crate) clashes: BTreeSet<(String, String)>,
    /// Entities of the bundle that another bundle's ledger claims.
    pub(crate) claimed_by_others: BTreeMap<Claim, String>,
    /// The other bundle that set the account's password policy, if one did.
    pub(crate) password_policy_of: Option<String>,
}

impl Observed {
    pub(crate) fn empty(account: Account) -> Self {
        Self {
            state: State::empty(account),
            clashes: BTreeSet::new(),
            claimed_by_others: BTreeMap::new(),
            password_policy_of: None,
        }
    }
}
