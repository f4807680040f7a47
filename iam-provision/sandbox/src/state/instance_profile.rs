//! An EC2 instance profile: a container for one role.

use crate::names::Folded;
use crate::state::Label;
use crate::state::tags::Tags;

/// An instance profile.
#[derive(Clone, Debug)]
pub(crate) struct InstanceProfile {
    pub(crate) label: Label,
    pub(crate) role: Option<Folded>,
    pub(crate) tags: Tags,
}
