//! When a call is made again.
//!
//! The SDK retries throttling and server errors. What is retried here is what
//! IAM asks for in its own terms, because its parts learn of a change one
//! after the other: bounded, and never where waiting does not help.
//!
//! | what IAM says | what is done | test |
//! |---|---|---|
//! | NoSuchEntity, of what this apply created | waits, two minutes at most; of anything else it is an error | `retries::what_was_just_created_is_not_known_everywhere_at_once` |
//! | NoSuchEntity, of what is renamed | waits until the new name shows | `retries::a_name_that_only_the_rename_knows_of_is_waited_for` |
//! | EntityAlreadyExists, and no read shows it | waits until its owner can be told | `retries::a_create_that_only_the_create_knows_of_is_waited_for` |
//! | EntityAlreadyExists, a login profile | gives it the password just delivered | `retries::a_login_that_came_to_exist_gets_the_password_just_delivered` |
//! | EntityAlreadyExists, an alias to be given back | deletes the bundle's, and remarks on it | `providers::an_alias_that_another_account_took_is_not_given_back` |
//! | MalformedPolicyDocument, Invalid principal | waits for the principal | `retries::a_principal_that_is_not_known_yet` |
//! | the same for two minutes | an error that says the principal does not exist | `retries::a_trust_policy_of_nobody_ends_with_a_clear_error` |
//! | NoSuchEntity, of the version that this apply made | waits | `switch::a_version_that_was_just_made_is_not_known_everywhere` |
//! | NoSuchEntity, of a version that waited before | an error that asks for a new plan, which makes another | `switch::a_waiting_version_that_is_gone_asks_for_a_new_plan` |
//! | DeleteConflict, of a version that is the default one by now | an error that asks for a new plan | `switch::a_version_that_came_to_be_the_default_one_is_not_deleted` |
//! | EntityTemporarilyUnmodifiable | waits | `retries::a_new_login_cannot_be_changed_at_once` |
//! | ConcurrentModification | waits | `retries::somebody_else_is_changing_the_same_entity` |
//! | Invalid IAM Instance Profile name, or its role unknown | waits | `retries::an_instance_profile_is_not_known_to_its_role_at_once` |
//! | Throttling, RequestLimitExceeded | the SDK waits, eight tries | `retries::throttling_is_waited_for` |
//! | LimitExceeded | an error at once: it is a quota | `retries::a_quota_is_not_waited_for` |
//! | nothing, where the last writer wins | reads back, if asked to | `retries::the_last_writer_wins_in_silence_and_is_read_back` |
//! | a sixth version of a managed policy | an error that asks for a new plan, which removes the oldest | `faults::an_update_survives_lost_answers` |
//!
//! The tests stand in `tests/provision`, under `faults`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::client::{Client, Existing, Failure, FailureKind};
use crate::error::{Error, ErrorKind};
use crate::names::OWNER_TAG;
use crate::plan::operation::{LinkedCall, Operation, ProviderCall};
use crate::state::Identity;

/// How long a call is repeated while IAM propagates a change. What others
/// measured as the longest seen, with room.
const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub(crate) struct Retrier {
    client: Client,
    bundle: String,
    patience: Duration,
    /// Names of what this apply created, which other parts of IAM may not know yet.
    created: Mutex<BTreeSet<String>>,
    /// Users whom the plan did not see and their create found there.
    found: Mutex<BTreeSet<String>>,
    /// What was reached in another way than the plan says.
    remarks: Mutex<Vec<String>>,
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
            patience: PATIENCE,
            created: Mutex::default(),
            found: Mutex::default(),
            remarks: Mutex::default(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether an earlier apply had made a user whom this plan was to create.
    pub(super) fn found(&self, user: &str) -> bool {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.contains(user)
    }

    /// What was reached in another way than the plan says.
    pub(super) fn remarks(&self) -> Vec<String> {
        let remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        remarks.clone()
    }

    /// Repeats a call for so long at most.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience.min(PATIENCE);
        self
    }

    /// Whether the failure names something that this apply created.
    fn is_new(&self, failure: &Failure) -> bool {
        let created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.iter().any(|name| failure.names(name))
    }

    /// Makes the call until it succeeds, cannot, or patience ends.
    pub(crate) async fn execute(
        &self,
        operation: &Operation,
        password: Option<&str>,
    ) -> Result<(), Error> {
        let call = || self.client.execute(operation, password);
        let answer = self.repeat(operation, password, call).await?;
        if let (None, Operation::CreateUser { name, .. }) = (answer, operation) {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(name.clone());
        }
        if let Some(name) = created_name(operation) {
            let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
            created.insert(name);
        }
        Ok(())
    }

    /// Makes a call in the operation's place, as [`Retrier::execute`] does; its
    /// answer, or `None` where what it was to reach is reached without one.
    pub(super) async fn repeat<T, F>(
        &self,
        operation: &Operation,
        password: Option<&str>,
        call: impl Fn() -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match call().await {
                Ok(answer) => return Ok(Some(answer)),
                Err(failure) => failure,
            };
            match self.verdict(operation, &failure, password).await? {
                Verdict::Reached => return Ok(None),
                Verdict::Again if waited < self.patience => {
                    tracing::debug!(call = operation.call(), %failure, "waiting for IAM");
                    self.client.sleep(pause).await;
                    waited += pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Verdict::Again | Verdict::Failed => return Err(failure.into()),
            }
        }
    }

    async fn verdict(
        &self,
        operation: &Operation,
        failure: &Failure,
        password: Option<&str>,
    ) -> Result<Verdict, Error> {
        Ok(match failure.kind {
            FailureKind::NoSuchEntity if removes(operation) => Verdict::Reached,
            // The plan saw it by its old name: an earlier try gave it the new one, which shows or will.
            FailureKind::NoSuchEntity if let Operation::Rename { on, to, .. } = operation => {
                if self.is_renamed(on, to).await? {
                    Verdict::Reached
                } else {
                    Verdict::Again
                }
            }
            // The version that this apply made is not known everywhere yet.
            FailureKind::NoSuchEntity
                if matches!(operation, Operation::SwitchVersion { version: None, .. }) =>
            {
                Verdict::Again
            }
            FailureKind::NoSuchEntity if let Operation::SwitchVersion { name, .. } = operation => {
                return Err(Error::new(
                    ErrorKind::StalePlan,
                    format!(
                        "the version of managed policy {name} that waited when the plan was made is gone; plan again, \
                         which makes another"
                    ),
                ));
            }
            // It has come to be the default one since the plan was made.
            FailureKind::DeleteConflict
                if let Operation::DeletePolicyVersion { name, version, .. } = operation =>
            {
                return Err(Error::new(
                    ErrorKind::StalePlan,
                    format!(
                        "version {version} of managed policy {name} has come to be the default one since the plan was \
                         made; plan again"
                    ),
                ));
            }
            // Just created, and not yet known everywhere.
            FailureKind::NoSuchEntity if self.is_new(failure) => Verdict::Again,
            FailureKind::Other
                if matches!(operation, Operation::AddRoleToProfile { .. })
                    && failure.mentions("Invalid IAM Instance Profile name") =>
            {
                Verdict::Again
            }
            // The service made it meanwhile, or an earlier try whose answer was lost.
            FailureKind::Other
                if matches!(operation, Operation::Linked(LinkedCall::Create { .. }))
                    && failure.mentions("has been taken in this account") =>
            {
                Verdict::Reached
            }
            FailureKind::InvalidPrincipal
            | FailureKind::TemporarilyUnmodifiable
            | FailureKind::ConcurrentModification => Verdict::Again,
            FailureKind::AlreadyExists => self.already_exists(operation, password).await?,
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
                Operation::CreatePolicyVersion { name, .. }
                | Operation::StageVersion { name, .. } => {
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

    /// Whether an earlier try, whose answer was lost, gave the new name.
    async fn is_renamed(&self, on: &Identity, to: &str) -> Result<bool, Error> {
        Ok(match on {
            Identity::User(_) => self.client.named_user(to).await?.is_some_and(|(_, user)| {
                user.tags.get(OWNER_TAG).map(String::as_str) == Some(self.bundle.as_str())
            }),
            // The plan knew that there was no other of that name.
            Identity::Group(_) => self.client.named_group(to).await?.is_some(),
            Identity::Role(_) => false,
        })
    }

    /// A create that finds its entity there may be our own earlier try, whose
    /// answer was lost: the owner tag says so. Groups and policies have none
    /// that says it at once; the next plan finds out whose they are.
    async fn already_exists(
        &self,
        operation: &Operation,
        password: Option<&str>,
    ) -> Result<Verdict, Error> {
        let existing = match operation {
            Operation::CreateUser { name, .. } => Existing::User(name.clone()),
            Operation::CreateRole { name, .. } => Existing::Role(name.clone()),
            Operation::CreateProfile { name, .. } => Existing::Profile(name.clone()),
            Operation::SetAlias { alias } | Operation::GiveBackAlias { alias } => {
                return self.alias_is_taken(operation, alias).await;
            }
            Operation::CreateLogin {
                user,
                reset_required,
            } => return Ok(self.set_password(user, password, *reset_required).await),
            Operation::Provider(call) if call.creates() => {
                Existing::Provider(call.provider(), call.arn().to_owned())
            }
            _ => return Ok(Verdict::Failed),
        };
        let tags = match self.client.tags_of(&existing).await {
            Ok(tags) => tags,
            // It exists, says the create; the reads will learn of it.
            Err(failure) if failure.kind == FailureKind::NoSuchEntity => return Ok(Verdict::Again),
            Err(failure) => return Err(failure.into()),
        };
        let ours = tags.get(OWNER_TAG).map(String::as_str) == Some(self.bundle.as_str());
        Ok(if ours {
            Verdict::Reached
        } else {
            Verdict::Failed
        })
    }

    /// An earlier try whose answer was lost may have set it. Where another account has
    /// taken what is to be given back, nothing is left of the bundle's own.
    async fn alias_is_taken(
        &self,
        operation: &Operation,
        alias: &String,
    ) -> Result<Verdict, Error> {
        let now = self.client.account_alias().await?;
        if now.as_ref() == Some(alias) {
            return Ok(Verdict::Reached);
        }
        if !matches!(operation, Operation::GiveBackAlias { .. }) {
            return Ok(Verdict::Failed);
        }
        if let Some(now) = now {
            let delete = Operation::DeleteAlias { alias: now };
            match self.client.execute(&delete, None).await {
                Err(failure) if failure.kind != FailureKind::NoSuchEntity => {
                    return Err(failure.into());
                }
                _ => {}
            }
        }
        let mut remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        remarks.push(format!(
            "the account alias {alias}, which was there before the bundle, could not be given back, because another \
             account has it by now; the account has no alias"
        ));
        Ok(Verdict::Reached)
    }

    /// The password just delivered is put in force where the login profile has
    /// come to exist since the plan was made: by our own earlier try, or by
    /// another apply, and then two were delivered and this is the later one.
    async fn set_password(
        &self,
        user: &str,
        password: Option<&str>,
        reset_required: bool,
    ) -> Verdict {
        let Some(password) = password else {
            return Verdict::Failed;
        };
        match self
            .client
            .update_login(user, password, reset_required)
            .await
        {
            Ok(()) => Verdict::Reached,
            Err(failure) => match failure.kind {
                FailureKind::NoSuchEntity
                | FailureKind::TemporarilyUnmodifiable
                | FailureKind::ConcurrentModification => Verdict::Again,
                _ => {
                    tracing::debug!(user, %failure, "the delivered password is not in force");
                    Verdict::Failed
                }
            },
        }
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
            | Operation::Linked(LinkedCall::Delete { .. })
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
        | Operation::CreateProfile { name, .. }
        | Operation::Rename { to: name, .. } => Some(name.clone()),
        _ => None,
    }
}
