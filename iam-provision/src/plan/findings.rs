//! What a bundle will do that its author may not think of.

use super::Note;
use crate::desired::Target;
use crate::observed::Observed;

pub(super) fn findings(_target: &Target, _observed: &Observed) -> Vec<Note> {
    Vec::new()
}
