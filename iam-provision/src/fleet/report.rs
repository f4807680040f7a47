//! What a run over many accounts came to.

use std::collections::BTreeMap;
use std::fmt;

use iam_dsl::AccountId;
use serde_json::{Value, json};

use crate::apply::Outcome;
use crate::error::Error;
use crate::plan::Plan;

/// The version of the JSON form. It grows when a field changes its meaning or
/// goes; a new field does not change it.
const FORMAT_VERSION: u64 = 1;

/// What a [`Fleet`](crate::Fleet) did, account by account.
///
/// Displayed it counts, and names every account in which something failed.
#[derive(Debug)]
pub struct FleetReport {
    dry_run: bool,
    most_failures: usize,
    accounts: Vec<AccountReport>,
}

/// One account of a [`FleetReport`].
#[derive(Debug)]
pub struct AccountReport {
    pub(super) account: AccountId,
    pub(super) stage: usize,
    pub(super) status: AccountStatus,
}

/// What became of one account.
#[derive(Debug)]
#[non_exhaustive]
pub enum AccountStatus {
    /// A dry run's plan, which may be empty.
    Planned(Box<Plan>),
    /// There was nothing to do.
    Unchanged,
    /// Every step was done.
    Applied(Outcome),
    /// It could not be entered, planned or applied;
    /// [`Error::outcome`] says what was done before.
    Failed(Error),
    /// The run had been stopped or cancelled before it.
    NotBegun,
}

impl AccountReport {
    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Its stage, from 1.
    pub fn stage(&self) -> usize {
        self.stage
    }

    /// What became of it.
    pub fn status(&self) -> &AccountStatus {
        &self.status
    }

    /// Whether it failed.
    pub fn has_failed(&self) -> bool {
        matches!(self.status, AccountStatus::Failed(_))
    }

    fn word(&self) -> &'static str {
        match &self.status {
            AccountStatus::Planned(plan) if plan.is_empty() => "unchanged",
            AccountStatus::Planned(_) => "planned",
            AccountStatus::Unchanged => "unchanged",
            AccountStatus::Applied(_) => "applied",
            AccountStatus::Failed(_) => "failed",
            AccountStatus::NotBegun => "not begun",
        }
    }

    fn to_value(&self) -> Value {
        let mut value = json!({
            "account": self.account.as_str(),
            "stage": self.stage,
            "status": self.word(),
        });
        let detail = match &self.status {
            AccountStatus::Planned(plan) => Some(("plan", as_value(&plan.to_json()))),
            AccountStatus::Applied(outcome) => Some(("outcome", outcome.to_value())),
            AccountStatus::Failed(error) => Some((
                "error",
                json!({
                    "kind": format!("{:?}", error.kind()),
                    "message": error.message(),
                    "retryable": error.is_retryable(),
                    "problems": error.problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "outcome": error.outcome().map(Outcome::to_value),
                }),
            )),
            AccountStatus::Unchanged | AccountStatus::NotBegun => None,
        };
        if let (Value::Object(map), Some((key, detail))) = (&mut value, detail) {
            map.insert(key.to_owned(), detail);
        }
        value
    }
}

fn as_value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

impl fmt::Display for AccountReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.account, self.word())?;
        match &self.status {
            AccountStatus::Planned(plan) if !plan.is_empty() => {
                let (create, change, delete) = plan.counts();
                write!(
                    f,
                    ", {create} to create, {change} to change, {delete} to delete"
                )
            }
            AccountStatus::Applied(outcome) => write!(f, ", {outcome}"),
            AccountStatus::Failed(error) => write!(f, ": {error}"),
            _ => Ok(()),
        }
    }
}

impl FleetReport {
    pub(super) fn new(dry_run: bool, most_failures: usize) -> Self {
        Self {
            dry_run,
            most_failures,
            accounts: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, account: AccountReport) {
        self.accounts.push(account);
    }

    /// Puts the accounts into the order in which they were named.
    pub(super) fn sort(&mut self, order: &[AccountId]) {
        let places: BTreeMap<&AccountId, usize> = order.iter().zip(0..).collect();
        self.accounts
            .sort_by_key(|report| places.get(&report.account).copied());
    }

    /// Every account, in the order in which they were named.
    pub fn accounts(&self) -> &[AccountReport] {
        &self.accounts
    }

    /// Those that failed.
    pub fn failures(&self) -> impl Iterator<Item = &AccountReport> {
        self.accounts.iter().filter(|account| account.has_failed())
    }

    /// Whether every account is, or in a dry run would be, as its bundle says.
    pub fn is_complete(&self) -> bool {
        self.accounts.iter().all(|account| {
            !matches!(
                account.status,
                AccountStatus::Failed(_) | AccountStatus::NotBegun
            )
        })
    }

    /// The exit code that tells programs how it went: 1 if an account failed
    /// or was not begun, else 2 if something was or would be changed, else 0.
    pub fn exit_code(&self) -> u8 {
        if !self.is_complete() {
            return 1;
        }
        let unchanged = self.accounts.iter().all(|a| a.word() == "unchanged");
        if unchanged { 0 } else { 2 }
    }

    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for account in &self.accounts {
            *counts.entry(account.word()).or_default() += 1;
        }
        counts
    }

    /// The report as JSON: a `format_version`, counts, and for each account
    /// its stage and status, with its plan, outcome or error. It holds no
    /// secret.
    pub fn to_json(&self) -> String {
        let accounts: Vec<Value> = self.accounts.iter().map(AccountReport::to_value).collect();
        let value = json!({
            "format_version": FORMAT_VERSION,
            "dry_run": self.dry_run,
            "complete": self.is_complete(),
            "summary": self.counts(),
            "accounts": accounts,
        });
        // A value made of texts and numbers always has a text.
        serde_json::to_string_pretty(&value).unwrap_or_default()
    }
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self
            .counts()
            .into_iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let accounts = match self.accounts.len() {
            1 => "1 account".to_owned(),
            number => format!("{number} accounts"),
        };
        writeln!(f, "{accounts}: {}", counts.join(", "))?;
        // Equal plans and outcomes are told once.
        let mut alike: BTreeMap<String, Vec<&AccountReport>> = BTreeMap::new();
        for account in &self.accounts {
            let text = account.to_string();
            let (_, text) = text.split_once(": ").unwrap_or_default();
            if !account.has_failed() {
                alike.entry(text.to_owned()).or_default().push(account);
            }
        }
        for (text, accounts) in alike {
            match accounts.as_slice() {
                [one] => writeln!(f, "  {}: {text}", one.account)?,
                [first, .., last] => writeln!(
                    f,
                    "  {} accounts, {} to {}: {text}",
                    accounts.len(),
                    first.account,
                    last.account
                )?,
                [] => {}
            }
        }
        for account in self.failures() {
            writeln!(f, "  {}", account.to_string().replace('\n', "\n    "))?;
        }
        let is_short = self.accounts.iter().any(|a| a.word() == "not begun");
        let failed = self.failures().count();
        if is_short && failed > self.most_failures {
            let most = self.most_failures;
            writeln!(
                f,
                "stopped: {failed} failed, and at most {most} may; mend it and run again, what is done stays"
            )?;
        } else if is_short && failed > 0 {
            writeln!(
                f,
                "stopped: the first account failed; mend it and run again, what is done stays"
            )?;
        }
        Ok(())
    }
}
