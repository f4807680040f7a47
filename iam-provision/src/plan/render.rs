//! A plan as text.

use std::fmt;

use super::{NoteKind, Plan};

pub(super) fn plan(plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if plan.is_empty() {
        writeln!(f, "no changes")?;
    } else {
        writeln!(f, "bundle {} in account {}", plan.bundle(), plan.account())?;
        for step in plan.steps() {
            writeln!(f, "  {} {}", step.change(), step.subject())?;
            if let (Some(before), Some(after)) = (step.before(), step.after()) {
                writeln!(f, "      before: {before}")?;
                writeln!(f, "      after:  {after}")?;
            }
            for line in step.lines() {
                writeln!(f, "      {line}")?;
            }
        }
    }
    for note in plan.notes() {
        let word = match note.kind() {
            NoteKind::Warning
            | NoteKind::Moment
            | NoteKind::Sessions
            | NoteKind::DeletedPrincipal => "warning",
            NoteKind::KeptDeny
            | NoteKind::RemovedDeny
            | NoteKind::NothingToRemove
            | NoteKind::Left => "note",
        };
        writeln!(f, "{word}: {note}")?;
    }
    if !plan.is_empty() {
        let (create, change, delete) = plan.counts();
        writeln!(
            f,
            "{create} to create, {change} to change, {delete} to delete"
        )?;
    }
    Ok(())
}
