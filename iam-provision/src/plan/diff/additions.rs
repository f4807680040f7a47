//! What is left of a difference where nothing may be taken away.

use std::collections::BTreeSet;

use super::{Difference, Draft, Place};
use crate::desired::Target;
use crate::plan::operation::Operation;
use crate::plan::{Note, NoteKind};

/// Drops the calls that take something away, and tells of each. What a bundle
/// declares is still brought to what it says, documents included.
pub(crate) fn keep_additions(difference: &mut Difference, target: &Target) {
    let drafts = std::mem::take(&mut difference.drafts);
    let renewed: BTreeSet<String> = drafts
        .iter()
        .filter_map(|draft| match &draft.operation {
            Operation::CreatePolicyVersion { name, .. } => Some(name.clone()),
            _ => None,
        })
        .collect();
    // A profile holds one role: where the old one stays the new one cannot come.
    let held: BTreeSet<String> = drafts
        .iter()
        .filter_map(|draft| match &draft.operation {
            Operation::RemoveRoleFromProfile { profile, .. } => Some(profile.clone()),
            _ => None,
        })
        .collect();
    let (kept, left): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|draft| {
        draft.place != Place::Last
            && match &draft.operation {
                // Makes room for the version that follows, and takes no access.
                Operation::DeletePolicyVersion { name, .. } => renewed.contains(name),
                Operation::AddRoleToProfile { profile, .. } => !held.contains(profile),
                Operation::PutInline { on, name, .. } => target
                    .state
                    .holder(on)
                    .is_some_and(|holder| holder.inline.contains_key(name)),
                other => !takes_away(other),
            }
    });
    difference.drafts = kept;
    for draft in left {
        let operation = draft.operation;
        let message = format!(
            "{} of {} is left for a plan that is applied, because this only adds",
            operation.call(),
            operation.subject()
        );
        difference.notes.push(Note::new(NoteKind::Left, message));
    }
}

/// IAM names what takes something away by what it does.
fn takes_away(operation: &Operation) -> bool {
    ["Delete", "Detach", "Remove", "Untag", "Deactivate"]
        .iter()
        .any(|verb| operation.call().starts_with(verb))
}
