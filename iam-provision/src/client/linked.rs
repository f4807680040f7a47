//! Calls about service-linked roles, whose deletion is a task that the service
//! has a word in.

use std::time::Duration;

use aws_sdk_iam::types::DeletionTaskStatusType;

use super::Client;
use super::failure::{Failure, FailureKind};
use super::write::send;
use crate::plan::operation::{LinkedCall, Operation};
use crate::state::{Linked, LinkedState};

/// How long a deletion is waited for. The next plan finds out about a longer one.
const PATIENCE: Duration = Duration::from_secs(600);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Client {
    /// A service-linked role; `None` if there is none.
    pub(crate) async fn linked_role(&self, role: &Linked) -> Result<Option<LinkedState>, Failure> {
        const CALL: &str = "ListRoles";
        let call = self.iam.list_roles().path_prefix(role.path());
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(one) = pages.next().await {
            found.push(one.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?);
        }
        let names: Vec<&str> = found.iter().map(|one| one.role_name()).collect();
        let name = role.find(&names);
        let one = found.iter().find(|one| Some(one.role_name()) == name);
        Ok(one.map(|one| LinkedState {
            name: one.role_name().to_owned(),
            description: one.description().map(str::to_owned),
        }))
    }

    pub(super) async fn change_linked_role(
        &self,
        operation: &Operation,
        call: &LinkedCall,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match call {
            LinkedCall::Create { role, description } => send!(
                self,
                operation,
                iam.create_service_linked_role()
                    .aws_service_name(&role.service)
                    .set_custom_suffix(role.suffix.clone())
                    .set_description(description.clone())
            ),
            // Without a longest session, which the service alone may set.
            LinkedCall::Describe {
                name, description, ..
            } => send!(
                self,
                operation,
                iam.update_role().role_name(name).description(description)
            ),
            LinkedCall::Delete { name, .. } => {
                let call = iam.delete_service_linked_role().role_name(name);
                let answer = call.send().await.map_err(|error| {
                    Failure::new("DeleteServiceLinkedRole", &self.endpoint, &error)
                })?;
                self.deletion(answer.deletion_task_id()).await
            }
        }
    }

    /// Waits until a deletion has ended. A second request for a role whose
    /// deletion is under way is answered with the same task
    /// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html>).
    async fn deletion(&self, task: &str) -> Result<(), Failure> {
        const CALL: &str = "GetServiceLinkedRoleDeletionStatus";
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            let call = self.iam.get_service_linked_role_deletion_status();
            let answer = call.deletion_task_id(task).send().await;
            let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
            match answer.status() {
                DeletionTaskStatusType::Succeeded => return Ok(()),
                DeletionTaskStatusType::Failed => {
                    let reason = answer.reason();
                    let text = reason
                        .and_then(|reason| reason.reason())
                        .unwrap_or_default();
                    let usage = reason.map(|reason| reason.role_usage_list());
                    let resources: Vec<&str> = usage
                        .unwrap_or_default()
                        .iter()
                        .flat_map(|usage| usage.resources())
                        .map(String::as_str)
                        .collect();
                    let used = if resources.is_empty() {
                        String::new()
                    } else {
                        format!("; it is used by {}", resources.join(", "))
                    };
                    return Err(Failure::told(
                        FailureKind::InUse,
                        CALL,
                        format!(
                            "the service refuses the deletion: {text}{used}; take it out of use there, then plan again"
                        ),
                    ));
                }
                _ if waited >= PATIENCE => {
                    return Err(Failure::told(
                        FailureKind::InUse,
                        CALL,
                        format!(
                            "the service has not finished the deletion after {} s; plan again later",
                            waited.as_secs()
                        ),
                    ));
                }
                _ => {}
            }
            self.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
