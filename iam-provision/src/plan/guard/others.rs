//! Another administrator: somebody else who can put right what a plan did.
//!
//! Where a plan takes an administrator's power from somebody, then somebody who is
//! neither the caller nor root must be proved to keep it after every step, or
//! nobody else may have had it before. Of those who are not the bundle's only
//! their policies are known, not whether they have a credential, nor who may assume
//! a role that they may.

use std::collections::BTreeSet;

use super::Guard;
use crate::plan::administrators::{self, Standing, standing};
use crate::plan::operation::Operation;
use crate::state::{Credential, Identity, State};

impl Guard<'_> {
    pub(super) fn others(&mut self) {
        let had = self.administrators_touched();
        if had.is_empty() {
            return;
        }
        let needed = administrators::needed();
        for (index, state) in self.states.iter().enumerate().skip(1) {
            let lost = had.iter().find(|(identity, was)| {
                let is = self.standing(state, identity);
                let fewer = || match self.sequence.point(identity, index) {
                    Some(point) => !point.loses(&needed, self.judge).is_no(),
                    None => true,
                };
                match (was, is) {
                    (_, Standing::Administrator) => false,
                    (_, Standing::Not) => true,
                    (_, Standing::Unknown) => fewer(),
                }
            });
            let Some((identity, was)) = lost else {
                continue;
            };
            if self.another_remains(state, &had) {
                continue;
            }
            let has = match was {
                Standing::Administrator => "an administrator's power",
                _ => "what may be an administrator's power",
            };
            let others = match &self.plan.observed.others {
                Some(_) => "nobody beside the caller is proved to have it then",
                None => {
                    "whether anybody beside the caller has it then is not known, because the rest of the account was not read (Reads::AccountWide does)"
                }
            };
            let text = format!(
                "takes {has} (all of IAM, with MFA) from {identity}, and {others}; the root user is no fallback: leave or make another administrator first"
            );
            return self.problem(index - 1, text);
        }
    }

    /// Whom the plan touches who has the power before it, but for the caller.
    fn administrators_touched(&self) -> Vec<(Identity, Standing)> {
        let Some(before) = self.states.first() else {
            return Vec::new();
        };
        let mut touched: BTreeSet<Identity> = self.sequence.touched().keys().cloned().collect();
        touched.extend(self.plan.steps.iter().filter_map(|step| {
            Some(match &step.operation {
                Operation::DeleteLogin { user }
                | Operation::DeleteCredential {
                    user,
                    credential: Credential::AccessKey(_),
                } => Identity::User(user.clone()),
                _ => return None,
            })
        }));
        touched.remove(self.caller);
        let of = |identity: Identity| {
            let was = match self.elsewhere() {
                // What else they have was looked at when everything was read.
                Some(all) if self.strangers.contains(&identity) => match all.contains(&identity) {
                    true => Standing::Administrator,
                    false => Standing::Not,
                },
                _ => self.standing(before, &identity),
            };
            (was != Standing::Not).then_some((identity, was))
        };
        touched.into_iter().filter_map(of).collect()
    }

    /// Administrators of the whole account, where it was read.
    fn elsewhere(&self) -> Option<&BTreeSet<Identity>> {
        let others = self.plan.observed.others.as_ref();
        others.map(|others| &others.administrators)
    }

    fn standing(&self, state: &State, identity: &Identity) -> Standing {
        standing(state, identity, self.strangers, self.judge)
    }

    /// Whether somebody is proved to have the power in a state: one of the bundle's
    /// users and roles, or of others' whom the plan does not touch.
    fn another_remains(&self, state: &State, had: &[(Identity, Standing)]) -> bool {
        let is_here = |identity: &Identity| {
            self.states
                .iter()
                .any(|state| state.holder(identity).is_some())
                && !self.strangers.contains(identity)
        };
        let mut elsewhere = self.elsewhere().into_iter().flatten();
        elsewhere.any(|identity| {
            identity != self.caller
                && !is_here(identity)
                && !had.iter().any(|(other, _)| other == identity)
        }) || state.identities().iter().any(|identity| {
            identity != self.caller && self.standing(state, identity) == Standing::Administrator
        })
    }
}
