//! The state read from IAM: what concerns one bundle, and nothing else.

mod aws_policies;
mod choose;
mod known;
mod needed;
mod others;
mod quotas;
mod read;
mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

pub(crate) use aws_policies::{near_miss, only_allows};
pub use choose::Reads;
pub(crate) use needed::{Read, Way};
use others::Others;
pub(crate) use read::{Scope, read, read_aws};

use crate::desired::Target;
use crate::ledger::{Claim, Ledger};
use crate::names::Problem;
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
    /// What the bundle that is destroyed declares, exists, and no ledger claims.
    pub(crate) unclaimed: BTreeSet<Claim>,
    /// Whether the account has the password policy of the bundle that is
    /// destroyed, and its ledger does not know the one before.
    pub(crate) password_policy_unclaimed: bool,
    /// The same of the account's alias.
    pub(crate) alias_unclaimed: bool,
    /// Policies of AWS that are to be attached, or to be boundaries, and do not exist.
    pub(crate) missing_policies: BTreeSet<String>,
    /// What does not fit into the account's quotas.
    pub(crate) over_quota: Vec<Problem>,
    /// The other bundle that set the account's password policy, if one did.
    pub(crate) password_policy_of: Option<String>,
    /// The other bundle that set the account's alias, if one did.
    pub(crate) alias_of: Option<String>,
    /// What matters of the rest of the account; `None` where it was not read.
    pub(crate) others: Option<Others>,
    /// When the bundle's ledger gets an index that it does not have.
    pub(crate) index: IndexStart,
    pub(crate) reading: Reading,
}

/// When an index of the bundle's users and roles is begun in its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexStart {
    Never,
    /// With the next other change.
    WithOthers,
    Now,
}

/// How the account was read, which tells what a plan needs to be allowed. It is no
/// part of what was read: any two are equal.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) way: Way,
    /// What the caller wants.
    pub(crate) reads: Reads,
    /// Whether GetAccountSummary was asked.
    pub(crate) summary: bool,
    /// Whether the ledger was read by itself, to decide.
    pub(crate) ledger: bool,
    /// How many pages were to follow the first, if it was not the last.
    pub(crate) pages_left: Option<usize>,
    /// When it was read, by the clock of the SDK's configuration.
    pub(crate) at: SystemTime,
}

impl PartialEq for Reading {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reading {}

impl Reading {
    fn new(way: Way, reads: Reads) -> Self {
        Self {
            way,
            reads,
            summary: false,
            ledger: false,
            pages_left: None,
            at: SystemTime::UNIX_EPOCH,
        }
    }

    /// Whether it was begun by targets, to be read account-wide where that did not do.
    pub(crate) fn began_by_targets(&self, target: &Target, before: &State) -> bool {
        let fewer = |left| choose::targets_are_fewer(target, before, left);
        self.reads == Reads::Targeted || self.pages_left.is_some_and(fewer)
    }

    /// How the next plan will read, once the account is like this.
    pub(crate) fn way_after(&self, target: &Target, after: &State) -> Way {
        let ledger = Ledger::of(after, &target.bundle).unwrap_or_default();
        let is_there = after.policies.contains_key(&Ledger::name(&target.bundle));
        let fewer = |left| choose::targets_are_fewer(target, after, left);
        match self.reads {
            Reads::ByCount if self.pages_left.is_some_and(fewer) => Way::Targets,
            Reads::Targeted if ledger.index.is_some() || !is_there => Way::Targets,
            _ => Way::Whole,
        }
    }
}

/// The reads that end with knowing this state.
pub(crate) fn reads_of(target: &Target, way: Way, state: &State) -> BTreeSet<Read> {
    let known = known::Known::of(state.clone(), IndexStart::Never);
    needed::needed(target, way, &known)
}

impl Observed {
    /// Whether by count alone not the whole account was read.
    pub(crate) fn is_narrow_by_count(&self) -> bool {
        self.reading.way == Way::Targets && self.reading.reads == Reads::ByCount
    }

    pub(crate) fn empty(account: Account) -> Self {
        Self {
            state: State::empty(account),
            clashes: BTreeSet::new(),
            claimed_by_others: BTreeMap::new(),
            unclaimed: BTreeSet::new(),
            password_policy_unclaimed: false,
            alias_unclaimed: false,
            missing_policies: BTreeSet::new(),
            over_quota: Vec::new(),
            password_policy_of: None,
            alias_of: None,
            others: None,
            index: IndexStart::Never,
            reading: Reading::new(Way::Whole, Reads::ByCount),
        }
    }
}
