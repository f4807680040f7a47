//! An IAM group. Its members are kept with the users.

use crate::state::{Grants, Label};

/// An IAM group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) label: Label,
    pub(crate) grants: Grants,
}
