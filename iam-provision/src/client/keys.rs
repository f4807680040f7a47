//! Reads and writes that leases and key rotation need beside the plan's.

use super::Client;
use super::failure::{Failure, FailureKind};
use crate::document::PolicyText;

impl Client {
    /// An inline policy of a role; `None` where there is none of that name.
    pub(crate) async fn role_policy(
        &self,
        role: &str,
        name: &str,
    ) -> Result<Option<PolicyText>, Failure> {
        const CALL: &str = "GetRolePolicy";
        let answer = self
            .iam
            .get_role_policy()
            .role_name(role)
            .policy_name(name)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Some(PolicyText::from_wire(answer.policy_document()))),
            Err(error) => {
                let failure = Failure::new(CALL, &self.endpoint, &error);
                // The role itself may be what is missing.
                if failure.kind == FailureKind::NoSuchEntity && !failure.mentions("role with name")
                {
                    return Ok(None);
                }
                Err(failure)
            }
        }
    }
}
