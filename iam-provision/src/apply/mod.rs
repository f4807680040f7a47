//! Applying a plan: its steps along what waits for what, each retried where
//! IAM asks for it.

mod access_key;
mod options;
mod outcome;
mod probe;
pub(crate) mod retry;
mod version;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;

use access_key::AccessKeys;
pub use options::{ApplyOptions, Cancellation, Progress};
pub use outcome::Outcome;
pub use probe::{ProbeError, Probed, SwitchedVersion, VersionProbe};

use crate::client::Client;
use crate::desired::Target;
use crate::error::{Error, ErrorKind};
use crate::observed::{Scope, read};
use crate::plan::operation::Operation;
use crate::plan::{Plan, Step, sessions};
use crate::secret::{self, Secret};
use retry::Retrier;
use version::Versions;

/// Applies a plan. Refuses before the first write if a secret would have no
/// receiver, its order or its caller is in danger and nobody said yes, or IAM is
/// no longer what the plan was made from.
pub(crate) async fn apply(
    client: &Client,
    plan: &Plan,
    options: &ApplyOptions,
    caller: &str,
) -> Result<Outcome, Error> {
    let outcome = Outcome::new(plan);
    if plan.is_empty() {
        return Ok(outcome);
    }
    if plan.makes_credentials() && options.secrets.is_none() {
        return Err(Error::new(
            ErrorKind::MissingSecretSink,
            "the plan makes a password or an access key and nobody receives it; name a receiver with ApplyOptions::secrets",
        ));
    }
    options.consent(plan, caller)?;
    recheck(client, plan)
        .await
        .map_err(|error| error.with_outcome(outcome.clone()))?;
    run(client, plan, options, outcome).await
}

/// Refuses a plan that was made from facts that are no longer so.
async fn recheck(client: &Client, plan: &Plan) -> Result<(), Error> {
    let account = &plan.observed.state.account;
    let target = Target::of(&plan.bundle, account);
    let now = read(client, account, &target, Scope::Recheck(&plan.observed)).await?;
    if now != plan.observed {
        return Err(Error::new(
            ErrorKind::StalePlan,
            format!(
                "IAM has changed since this plan for the bundle `{}` was made; make a new plan and look at it",
                plan.bundle()
            ),
        ));
    }
    Ok(())
}

/// Runs the steps, as many at a time as the options say and no step before
/// what it waits for. After a failure or a cancellation nothing begins any
/// more, and what has begun is waited for.
async fn run(
    client: &Client,
    plan: &Plan,
    options: &ApplyOptions,
    mut outcome: Outcome,
) -> Result<Outcome, Error> {
    // A step runs in a task of its own, so that a caller who drops the future
    // of apply stops the steps that have not begun and tears none in two.
    let shared = Arc::new(Shared {
        plan: plan.clone(),
        options: options.clone(),
        retrier: Retrier::new(client.clone(), plan.bundle()),
        access_keys: AccessKeys::default(),
        versions: Versions::default(),
    });
    let mut waiting: Vec<usize> = (0..plan.steps.len()).collect();
    let mut running = FuturesUnordered::new();
    let mut failure: Option<Error> = None;
    loop {
        while failure.is_none()
            && !options.is_cancelled()
            && running.len() < options.steps_at_a_time()
            && let Some(index) = next(plan, &waiting, &outcome)
        {
            waiting.retain(|other| *other != index);
            report(plan, options, index, false);
            let shared = Arc::clone(&shared);
            let settle = match plan.waits.get(index).is_some_and(|waits| !waits.is_empty()) {
                true => options.settling(),
                false => Duration::ZERO,
            };
            let client = client.clone();
            let task = tokio::spawn(async move {
                if !settle.is_zero() {
                    client.sleep(settle).await;
                }
                shared.step(index).await
            });
            running.push(async move { (index, task.await) });
        }
        let Some((index, result)) = running.next().await else {
            break;
        };
        match result.unwrap_or_else(|torn| Err(not_finished(&torn))) {
            Ok(()) => {
                outcome.step_done(index);
                report(plan, options, index, true);
            }
            Err(error) => {
                let subject = plan.steps.get(index).map(Step::subject);
                let error = error.at(subject.unwrap_or_default());
                failure = Some(match failure {
                    None => error,
                    Some(first) => first.and(&error),
                });
            }
        }
    }
    for (index, step) in plan.steps.iter().enumerate() {
        if shared.versions.is_undone(&step.operation) {
            outcome.step_undone(index);
        }
    }
    outcome.remark(shared.retrier.remarks());
    match failure {
        Some(error) => Err(error.with_outcome(outcome)),
        None if outcome.is_complete() => Ok(outcome),
        None => Err(Error::new(
            ErrorKind::Cancelled,
            "the apply was cancelled; what had begun is done, and a new plan holds what is left",
        )
        .with_outcome(outcome)),
    }
}

/// The first step that waits for nothing any more.
fn next(plan: &Plan, waiting: &[usize], outcome: &Outcome) -> Option<usize> {
    waiting.iter().copied().find(|index| {
        let befores = plan.waits.get(*index);
        befores.is_some_and(|befores| befores.iter().all(|before| outcome.is_done(*before)))
    })
}

fn report(plan: &Plan, options: &ApplyOptions, index: usize, is_done: bool) {
    if let Some(step) = plan.steps.get(index) {
        options.report(&Progress {
            step,
            index,
            total: plan.steps.len(),
            is_done,
        });
    }
}

/// The task of a step ended without an answer: its sink panicked, or the
/// runtime shuts down.
fn not_finished(torn: &tokio::task::JoinError) -> Error {
    let message = if torn.is_panic() {
        "the step panicked; the SecretSink may have"
    } else {
        "the runtime shut down while the step was running"
    };
    Error::new(ErrorKind::Cancelled, message)
}

/// What the tasks of the steps share.
struct Shared {
    plan: Plan,
    options: ApplyOptions,
    retrier: Retrier,
    access_keys: AccessKeys,
    versions: Versions,
}

impl Shared {
    async fn step(&self, index: usize) -> Result<(), Error> {
        let Some(step) = self.plan.steps.get(index) else {
            return Ok(());
        };
        let span = tracing::info_span!(
            "iam_step",
            call = step.call(),
            subject = step.subject(),
            index,
            total = self.plan.steps.len()
        );
        self.call(step).instrument(span).await
    }

    async fn call(&self, step: &Step) -> Result<(), Error> {
        let user = match &step.operation {
            Operation::CreateLogin { user, .. } => user,
            Operation::CreateKey { user, keep } => {
                let keys = &self.access_keys;
                return keys
                    .make(&self.plan, &self.options, &self.retrier, user, keep)
                    .await;
            }
            Operation::RecordKey { user } => {
                return self.access_keys.record(&self.retrier, user).await;
            }
            Operation::StageVersion { .. } => {
                return self.versions.stage(&self.retrier, &step.operation).await;
            }
            Operation::SwitchVersion { .. } => {
                let versions = &self.versions;
                return versions
                    .switch(&self.plan, &self.options, &self.retrier, &step.operation)
                    .await;
            }
            operation if sessions::ends_sessions(&self.plan, operation) => {
                let now = self.retrier.client().aws_now();
                let put = sessions::at(now, operation);
                return self.retrier.execute(&put, None).await;
            }
            operation => return self.retrier.execute(operation, None).await,
        };
        let password = deliver(&self.plan, user, &self.options).await?;
        self.retrier
            .execute(&step.operation, Some(password.expose_secret()))
            .await
            .inspect_err(|_| {
                tracing::warn!(
                    user,
                    "the delivered password is not in use: the login profile was not created"
                );
            })
    }
}

/// Makes a password and hands it over, before anything is created with it.
async fn deliver(plan: &Plan, user: &str, options: &ApplyOptions) -> Result<SecretString, Error> {
    let target = Target::of(&plan.bundle, &plan.observed.state.account);
    // Passwords meet the policy that will be in force, or the one that is.
    let policy = target
        .state
        .password_policy
        .or_else(|| plan.observed.state.password_policy.clone());
    let password = secret::generate(policy.as_ref())?;
    let Some(sink) = &options.secrets else {
        return Err(Error::new(
            ErrorKind::MissingSecretSink,
            "nobody receives the password",
        ));
    };
    let secret = Secret::new(plan.account().clone(), user, password.clone());
    sink.deliver(secret).await.map_err(|error| {
        Error::new(
            ErrorKind::SecretNotDelivered,
            format!(
                "the password of user {user} could not be delivered, so no login profile was created: {}",
                secret::redact(&error, password.expose_secret())
            ),
        )
    })?;
    Ok(password)
}
