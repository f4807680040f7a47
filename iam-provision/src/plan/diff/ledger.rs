//! What is written to the ledger, and the password policy whose former value it keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::{Differ, Draft, Place};
use crate::ledger::{self, Ledger};
use crate::names::{OWNER_TAG, Problem};
use crate::observed::IndexStart;
use crate::plan::operation::Operation;
use crate::state::Identity;

/// How many versions of a managed policy IAM keeps.
pub(super) const VERSIONS: usize = 5;

impl Differ<'_> {
    /// Claims come first and are struck out last; both in one write each, if at all.
    /// Asked last, because an index may be begun only beside other changes.
    pub(super) fn ledger(&mut self) {
        let others = std::mem::take(&mut self.drafts);
        self.ledger_beside(!others.is_empty());
        self.drafts.extend(others);
    }

    fn ledger_beside(&mut self, others: bool) {
        let name = Ledger::name(&self.target.bundle);
        if let Some(policy) = self.now.policies.get(&name)
            && policy.path != ledger::PATH
        {
            let message = format!(
                "exists at the path {} and is not the bundle's ledger, which has that name at {}; delete it or rename the bundle",
                policy.path,
                ledger::PATH
            );
            self.problems
                .push(Problem::new(format!("managed policy {name}"), message));
            return;
        }
        let claims = self.target.claims();
        let wants_password_policy = self.want.password_policy.is_some();
        let wants_alias = self.want.alias.is_some();
        let first = Ledger {
            claims: self.ledger.claims.union(&claims).cloned().collect(),
            protected: self
                .ledger
                .protected
                .union(&self.target.protected)
                .cloned()
                .collect(),
            password_before: match &self.ledger.password_before {
                None if wants_password_policy => Some(self.now.password_policy.clone()),
                kept => kept.clone(),
            },
            alias_before: match &self.ledger.alias_before {
                None if wants_alias => Some(self.now.alias.clone()),
                kept => kept.clone(),
            },
            generation: self.target.generation.unwrap_or(self.ledger.generation),
            index: self.index_before(others),
        }
        .fitting(&self.now.account);
        let last = Ledger {
            claims,
            protected: self.target.protected.clone(),
            password_before: first
                .password_before
                .clone()
                .filter(|_| wants_password_policy),
            alias_before: first.alias_before.clone().filter(|_| wants_alias),
            generation: self.target.generation(first.generation),
            index: self.index_before(others).map(|_| self.target.index()),
        }
        .fitting(&self.now.account);
        let exists = self.now.policies.contains_key(&name);
        let mut prunable: Vec<String> =
            self.now
                .policies
                .get(&name)
                .map_or_else(Vec::new, |policy| {
                    let spare = policy
                        .versions
                        .iter()
                        .filter(|v| !v.is_default)
                        .map(|v| v.id.clone());
                    spare.rev().collect()
                });
        let mut versions = self
            .now
            .policies
            .get(&name)
            .map_or(0, |policy| policy.versions.len());
        if first != *self.ledger && (exists || !first.is_empty()) {
            self.write_ledger(
                &name,
                &first,
                exists,
                Place::First,
                &mut prunable,
                &mut versions,
            );
        }
        if last != first && !last.is_empty() {
            self.write_ledger(
                &name,
                &last,
                true,
                Place::Last,
                &mut prunable,
                &mut versions,
            );
        } else if last.is_empty() && exists {
            let arn = self.now.account.policy_arn(ledger::PATH, &name);
            while let Some(version) = prunable.pop() {
                let operation = Operation::DeletePolicyVersion {
                    name: name.clone(),
                    arn: arn.clone(),
                    version,
                };
                self.drafts.push(Draft {
                    operation,
                    place: Place::Last,
                });
            }
            self.drafts.push(Draft {
                operation: Operation::DeletePolicy { name, arn },
                place: Place::Last,
            });
        }
    }

    /// The index for the time of the plan: whatever there is, and whatever is to come.
    fn index_before(&self, others: bool) -> Option<BTreeSet<Identity>> {
        let begins = match self.observed.index {
            IndexStart::Never => false,
            IndexStart::WithOthers => others,
            IndexStart::Now => true,
        };
        let mut index = match &self.ledger.index {
            Some(index) => index.clone(),
            // What is deleted altogether needs none any more.
            None if begins && !self.target.is_empty() => {
                let removed = self.removed.identities.iter();
                let tagged = removed.filter(|identity| !matches!(identity, Identity::Group(_)));
                tagged.cloned().collect()
            }
            None => return None,
        };
        index.extend(self.target.index());
        Some(index)
    }

    fn write_ledger(
        &mut self,
        name: &str,
        ledger: &Ledger,
        exists: bool,
        place: Place,
        prunable: &mut Vec<String>,
        versions: &mut usize,
    ) {
        let document = ledger.to_document(&self.now.account);
        let arn = self.now.account.policy_arn(ledger::PATH, name);
        if exists {
            if *versions >= VERSIONS
                && let Some(version) = prunable.pop()
            {
                let operation = Operation::DeletePolicyVersion {
                    name: name.to_owned(),
                    arn: arn.clone(),
                    version,
                };
                self.drafts.push(Draft { operation, place });
                *versions -= 1;
            }
            *versions += 1;
            let operation = Operation::CreatePolicyVersion {
                name: name.to_owned(),
                arn,
                document,
            };
            self.drafts.push(Draft { operation, place });
            return;
        }
        *versions = 1;
        let operation = Operation::CreatePolicy {
            name: name.to_owned(),
            path: ledger::PATH.to_owned(),
            description: format!(
                "What the bundle {} owns and found; kept by iam-provision. Grants nothing. Do not attach, do not delete.",
                self.target.bundle
            ),
            document,
            tags: BTreeMap::from([(OWNER_TAG.to_owned(), self.target.bundle.clone())]),
        };
        self.drafts.push(Draft { operation, place });
    }

    /// Sets the password policy, or gives back the one there was before the bundle.
    pub(super) fn password_policy(&mut self) {
        let wanted = match (&self.want.password_policy, &self.ledger.password_before) {
            (Some(policy), _) => {
                if let Some(owner) = &self.observed.password_policy_of {
                    let message = format!(
                        "the account has one, and the bundle `{owner}` set it; remove it from there first"
                    );
                    self.problems.push(Problem::new("password policy", message));
                    return;
                }
                Some(policy.clone())
            }
            (None, Some(before)) => before.clone(),
            (None, None) => return,
        };
        if wanted == self.now.password_policy {
            return;
        }
        self.push(match wanted {
            Some(policy) => Operation::SetPasswordPolicy { policy },
            None => Operation::DeletePasswordPolicy,
        });
    }
}
