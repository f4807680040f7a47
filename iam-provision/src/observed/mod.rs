//! The state read from IAM: what concerns one bundle, and nothing else.

mod aws_policies;
mod quotas;
mod read;
mod select;
mod targeted;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use aws_policies::near_miss;
pub(crate) use read::{Read, Scope, read, wanted};
pub(crate) use targeted::named;

use crate::ledger::Claim;
use crate::names::Problem;
use crate::state::{Account, Identity, State};

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
    /// What the bundle that is destroyed declares, exists, and no ledger claims.
    pub(crate) unclaimed: BTreeSet<Claim>,
    /// Whether the account has the password policy of the bundle that is
    /// destroyed, and its ledger does not know the one before.
    pub(crate) password_policy_unclaimed: bool,
    /// The same of the account's alias.
    pub(crate) alias_unclaimed: bool,
    /// Policies of AWS that are to be attached, or to be boundaries, and do not exist.
    pub(crate) missing_policies: BTreeSet<String>,
    /// What does not fit into the account's quotas; `None` if every default is
    /// kept, so that the quotas were not asked for.
    pub(crate) over_quota: Option<Vec<Problem>>,
    /// The other bundle that set the account's password policy, if one did.
    pub(crate) password_policy_of: Option<String>,
    /// The other bundle that set the account's alias, if one did.
    pub(crate) alias_of: Option<String>,
    /// Some of the administrators of the whole account, the bundle's and others';
    /// `None` where not the whole account was read.
    pub(crate) administrators: Option<BTreeSet<Identity>>,
}

impl Observed {
    pub(crate) fn empty(account: Account) -> Self {
        Self {
            state: State::empty(account),
            clashes: BTreeSet::new(),
            claimed_by_others: BTreeMap::new(),
            unclaimed: BTreeSet::new(),
            password_policy_unclaimed: false,
            alias_unclaimed: false,
            missing_policies: BTreeSet::new(),
            over_quota: None,
            password_policy_of: None,
            alias_of: None,
            administrators: None,
        }
    }
}
