//! Calls about service-linked roles.

use crate::state::Linked;

/// One writing call about a service-linked role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkedCall {
    Create {
        role: Linked,
        description: Option<String>,
    },
    Describe {
        role: Linked,
        name: String,
        description: String,
    },
    /// Ends when the service has agreed and the role is gone.
    Delete { role: Linked, name: String },
}

impl LinkedCall {
    /// The name of the API call.
    pub(super) fn call(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateServiceLinkedRole",
            Self::Describe { .. } => "UpdateRole",
            Self::Delete { .. } => "DeleteServiceLinkedRole",
        }
    }

    /// The role that the call is about.
    pub(crate) fn role(&self) -> &Linked {
        match self {
            Self::Create { role, .. } | Self::Describe { role, .. } | Self::Delete { role, .. } => {
                role
            }
        }
    }
}
