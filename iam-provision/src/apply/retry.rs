//! When a call is made again.
//!
//! The SDK retries throttling and server errors. What is retried here is what
//! IAM asks for in its own terms, because its parts learn of a change one
//! after the other: bounded, and never where waiting does not help.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::client::{Client, Existing, Failure, FailureKind};
use crate::error::{Error, ErrorKind};
use crate::names::OWNER_TAG;
use crate::plan::operation::{Operation, ProviderCall};

/// How long a call is repeated while IAM propagates a change. What others
/// measured as the longest seen, with room.
const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(crate) struct Retrier {
    client: Client,
    bundle: String,
    /// Names of what this apply created, which other parts of IAM may not know yet.
    created: Mutex<BTreeSet<String>>,
}

enum Verdict {
    /// What the call was to reach is reached.
    Reached,
    Again,
    Failed,
}

impl Retrier {
    pub(crate) fn new(client: Client, bundle: &str) -> Self {
        Self {
            client,
            bundle: bundle.to_owned(),
            created: Mutex::default(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the failure names something that this apply created.
    fn is_new(&self, failure: &Failure) -> bool {
        let created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.iter().any(|name| failure.mentions(name))
    }

    /// Makes the call until it succeeds, cannot, or patience ends.
    pub(crate) async fn execute(
        &self,
        operation: &Operation,
        password: Option<&str>,
    ) -> Result<(), Error> {
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.client.execute(operation, password).await {
                Ok(()) => break,
                Err(failure) => failure,
            };
            match self.verdict(operation, &failure).await? {
                Verdict::Reached => break,
                Verdict::Again if waited < PATIENCE => {
                    tracing::debug!(call = operation.call(), %failure, "waiting for IAM");
                    self.client.sleep(pause).await;
                    waited += pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Verdict::Again | Verdict::Failed => return Err(failure.into()),
            }
        }
        if let Some(name) = created_name(operation) {
            let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
            created.insert(name);
        }
        Ok(())
    }

    async fn verdict(&self, operation: &Operation, failure: &Failure) -> Result<Verdict, Error> {
        Ok(match failure.kind {
            FailureKind::NoSuchEntity if removes(operation) => Verdict::Reached,
            // Just created, and not yet known everywhere.
            FailureKind::NoSuchEntity if self.is_new(failure) => Verdict::Again,
            FailureKind::Other
                if matches!(operation, Operation::AddRoleToProfile { .. })
                    && failure.mentions("Invalid IAM Instance Profile name") =>
            {
                Verdict::Again
            }
            FailureKind::InvalidPrincipal
            | FailureKind::TemporarilyUnmodifiable
            | FailureKind::ConcurrentModification => Verdict::Again,
            FailureKind::AlreadyExists => self.already_exists(operation).await?,
            // An earlier try whose answer was lost put the role there.
            FailureKind::LimitExceeded => match operation {
                Operation::AddRoleToProfile { profile, role } => {
                    let holds = self
                        .client
                        .instance_profile(profile)
                        .await?
                        .and_then(|profile| profile.role);
                    if holds.as_ref() == Some(role) {
                        Verdict::Reached
                    } else {
                        Verdict::Failed
                    }
                }
                // So did an earlier try, or somebody else: the plan knew of fewer versions.
                Operation::CreatePolicyVersion { name, .. } => {
                    return Err(Error::new(
                        ErrorKind::StalePlan,
                        format!(
                            "managed policy {name} has got more versions since the plan was made, and IAM keeps \
                             five; plan again, which removes the oldest"
                        ),
                    ));
                }
                _ => Verdict::Failed,
            },
            _ => Verdict::Failed,
        })
    }

    /// A create that finds its entity there may be our own earlier try, whose
    /// answer was lost: the owner tag says so. Groups and login profiles have
    /// no tags; the next plan finds out whose they are.
    async fn already_exists(&self, operation: &Operation) -> Result<Verdict, Error> {
        let existing = match operation {
            Operation::CreateUser { name, .. } => Existing::User(name.clone()),
            Operation::CreateRole { name, .. } => Existing::Role(name.clone()),
            Operation::CreateProfile { name, .. } => Existing::Profile(name.clone()),
            Operation::Provider(call) if call.creates() => {
                Existing::Provider(call.provider(), call.arn().to_owned())
            }
            _ => return Ok(Verdict::Failed),
        };
        let tags = self.client.tags_of(&existing).await?;
        let ours = tags.get(OWNER_TAG).map(String::as_str) == Some(self.bundle.as_str());
        Ok(if ours {
            Verdict::Reached
        } else {
            Verdict::Failed
        })
    }
}

/// Calls whose aim is that something is not there.
fn removes(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::DeletePolicyVersion { .. }
            | Operation::DeletePolicy { .. }
            | Operation::DeleteGroup { .. }
            | Operation::DeleteUser { .. }
            | Operation::DeleteRole { .. }
            | Operation::DeleteProfile { .. }
            | Operation::RemoveRoleFromProfile { .. }
            | Operation::DeleteInline { .. }
            | Operation::Detach { .. }
            | Operation::RemoveBoundary { .. }
            | Operation::RemoveMember { .. }
            | Operation::DeleteLogin { .. }
            | Operation::DeleteCredential { .. }
            | Operation::DeleteMfaDevice { .. }
            | Operation::DeletePasswordPolicy
            | Operation::DeleteAlias { .. }
            | Operation::Provider(
                ProviderCall::Delete { .. } | ProviderCall::RemoveClientId { .. }
            )
    )
}

fn created_name(operation: &Operation) -> Option<String> {
    match operation {
        Operation::CreatePolicy { name, .. }
        | Operation::CreateGroup { name, .. }
        | Operation::CreateUser { name, .. }
        | Operation::CreateRole { name, .. }
        | Operation::CreateProfile { name, .. } => Some(name.clone()),
        _ => None,
    }
}
