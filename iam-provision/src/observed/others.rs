//! What a bundle has to know of the rest of the account: who else is an
//! administrator, and which roles of others trust its providers.

use std::collections::{BTreeMap, BTreeSet};

use super::known::Known;
use crate::desired::Target;
use crate::document::PolicyText;
use crate::plan::administrators;
use crate::state::{Identity, State};

/// Of an account that was read as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Others {
    /// Some of the administrators, the bundle's and others'.
    pub(crate) administrators: BTreeSet<Identity>,
    /// The trust policies of all roles that name a provider of the bundle.
    pub(crate) trusting: BTreeMap<String, PolicyText>,
}

impl Others {
    pub(super) fn of(known: &Known, target: &Target) -> Self {
        Self {
            administrators: administrators::of(&known.all),
            trusting: trusting(&known.all, target),
        }
    }

    /// Those of a plan, as they are now. One administrator more is nothing that the
    /// plan was not made for.
    pub(super) fn again(&self, known: &Known, target: &Target) -> Self {
        let all = &known.all;
        let administrators = match administrators::are(all, &self.administrators) {
            true => self.administrators.clone(),
            false => administrators::of(all),
        };
        Self {
            administrators,
            trusting: trusting(all, target),
        }
    }
}

fn trusting(all: &State, target: &Target) -> BTreeMap<String, PolicyText> {
    let arns: Vec<String> = target
        .state
        .providers
        .keys()
        .map(|provider| format!("\"{}\"", provider.arn(&all.account)))
        .collect();
    let roles = all.roles.iter();
    let trusting = roles.filter(|(_, role)| arns.iter().any(|arn| role.trust.json().contains(arn)));
    trusting
        .map(|(name, role)| (name.clone(), role.trust.clone()))
        .collect()
}
