//! Users and groups that were declared under another name.

use super::{Draft, Place};
use crate::desired::Target;
use crate::ledger::{Claim, Ledger};
use crate::names::OWNER_TAG;
use crate::observed::Observed;
use crate::plan::operation::Operation;
use crate::state::Identity;

/// What is renamed: what the bundle owns under the name before, where there is
/// nothing yet under the name now.
pub(crate) fn renames(target: &Target, observed: &Observed) -> Vec<Draft> {
    let now = &observed.state;
    let ledger = Ledger::of(now, &target.bundle).unwrap_or_default();
    let is_ours = |identity: &Identity| match identity {
        Identity::Group(name) => ledger.claims.contains(&Claim::Group(name.clone())),
        tagged => now
            .holder(tagged)
            .is_some_and(|holder| holder.tags.get(OWNER_TAG) == Some(&target.bundle)),
    };
    target
        .renames
        .iter()
        .filter(|(before, _)| target.renamed(before, now).is_some() && is_ours(before))
        .filter_map(|(before, after)| {
            Some(Draft {
                operation: Operation::Rename {
                    on: before.clone(),
                    to: after.name().to_owned(),
                    path: target.state.holder(after)?.path.clone(),
                },
                place: Place::Rename,
            })
        })
        .collect()
}
