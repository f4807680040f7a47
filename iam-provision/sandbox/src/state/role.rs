//! An IAM role.

use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::state::tags::Tags;
use crate::state::trust::TrustText;
use crate::state::{Grants, Label};

/// The path of the roles that AWS services own.
pub(crate) const SERVICE_LINKED_PATH: &str = "/aws-service-role/";

/// An IAM role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) label: Label,
    pub(crate) description: Option<String>,
    pub(crate) max_session_duration: u64,
    pub(crate) trust: TrustText,
    pub(crate) tags: Tags,
    pub(crate) grants: Grants,
    pub(crate) last_used: Option<(Moment, String)>,
}

impl Role {
    /// Whether an AWS service owns it.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.label.path.starts_with(SERVICE_LINKED_PATH)
    }

    /// Refuses any change to a service-linked role, as the IAM User Guide
    /// says under "Using service-linked roles".
    pub(crate) fn refuse_if_service_linked(&self) -> Result<(), Refusal> {
        if self.is_service_linked() {
            return Err(Refusal::unmodifiable_entity(format!(
                "Cannot perform the operation on the protected role '{}' - this role is only \
                 modifiable by AWS",
                self.label.name
            )));
        }
        Ok(())
    }
}
