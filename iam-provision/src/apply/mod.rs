//! Applying a plan: its steps in order, each retried where IAM asks for it.

mod options;
mod outcome;
pub(crate) mod retry;

use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;

pub use options::{ApplyOptions, Progress};
pub use outcome::Outcome;

use crate::client::Client;
use crate::desired::Target;
use crate::error::{Error, ErrorKind};
use crate::observed::{Scope, read};
use crate::plan::operation::Operation;
use crate::plan::{Plan, Step};
use crate::secret::{self, Secret};
use retry::Retrier;

/// Applies a plan. Refuses before the first write if a secret would have no
/// receiver or IAM is no longer what the plan was made from.
pub(crate) async fn apply(
    client: &Client,
    plan: &Plan,
    options: &ApplyOptions,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::new(plan);
    if plan.is_empty() {
        return Ok(outcome);
    }
    if plan.makes_credentials() && options.secrets.is_none() {
        return Err(Error::new(
            ErrorKind::MissingSecretSink,
            "the plan makes a password and nobody receives it; name a receiver with ApplyOptions::secrets",
        ));
    }
    recheck(client, plan)
        .await
        .map_err(|error| error.with_outcome(outcome.clone()))?;
    let mut retrier = Retrier::new(client, plan.bundle());
    let total = plan.steps.len();
    for (index, step) in plan.steps.iter().enumerate() {
        options.report(&Progress {
            step,
            index,
            total,
            is_done: false,
        });
        let span = tracing::info_span!(
            "iam_step",
            call = step.call(),
            subject = step.subject(),
            index,
            total
        );
        one(plan, step, options, &mut retrier)
            .instrument(span)
            .await
            .map_err(|error| error.at(step.subject()).with_outcome(outcome.clone()))?;
        outcome.step_done();
        options.report(&Progress {
            step,
            index,
            total,
            is_done: true,
        });
    }
    Ok(outcome)
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

async fn one(
    plan: &Plan,
    step: &Step,
    options: &ApplyOptions,
    retrier: &mut Retrier<'_>,
) -> Result<(), Error> {
    let Operation::CreateLogin { user, .. } = &step.operation else {
        return retrier.execute(&step.operation, None).await;
    };
    let password = deliver(plan, user, options).await?;
    retrier
        .execute(&step.operation, Some(password.expose_secret()))
        .await
        .inspect_err(|_| {
            tracing::warn!(
                user,
                "the delivered password is not in use: the login profile was not created"
            );
        })
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
