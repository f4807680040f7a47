//! Planning and applying, shown as a person wants to see it.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex};

use iam_provision::{ApplyOptions, Bundle, Outcome, Plan, Provisioner, Secret};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;
use crate::show::{bullet, text};

/// Plans a bundle, prints the plan, and applies it. Passwords that it makes are
/// announced, never printed.
///
/// # Errors
/// The failure of a step; what was done is printed before.
pub async fn apply(provisioner: &Provisioner, bundle: &Bundle) -> Result<Plan, Failure> {
    let plan = provisioner.plan(bundle).await?;
    text(&plan);
    carry_out(provisioner, &plan).await?;
    Ok(plan)
}

/// Applies a bundle that is applied already, and says so.
///
/// # Errors
/// Where there is still something to do.
pub async fn apply_again(provisioner: &Provisioner, bundle: &Bundle) -> Result<(), Failure> {
    let plan = provisioner.plan(bundle).await?;
    text(&plan);
    if plan.is_empty() {
        Ok(())
    } else {
        Err("a second plan has steps".into())
    }
}

/// Deletes what a bundle owns and gives back what it changed.
///
/// # Errors
/// The failure of a step; what was done is printed before.
pub async fn destroy(provisioner: &Provisioner, bundle: &Bundle) -> Result<(), Failure> {
    let plan = provisioner.destroy(bundle).await?;
    let (_, _, deletions) = plan.counts();
    carry_out(provisioner, &plan).await?;
    bullet(format_args!(
        "{deletions} deleted; nothing of the bundle is left"
    ));
    Ok(())
}

async fn carry_out(provisioner: &Provisioner, plan: &Plan) -> Result<Outcome, Failure> {
    let bar = bar(plan.steps().len());
    let shown = bar.clone();
    // The announcements wait until the bar is gone.
    let secrets = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&secrets);
    let options = ApplyOptions::new()
        .progress(move |progress| {
            shown.set_message(progress.step().to_string());
            if progress.is_done() {
                shown.inc(1);
            }
        })
        .secrets(move |secret: Secret| {
            // A program hands secret.expose() to a secrets store here. This one
            // has nobody to give it to, and a password is never printed.
            let announcement = format!(
                "a password of {} characters for {} went to the secret sink; sign in at {}",
                secret.expose().chars().count(),
                secret.user(),
                secret.sign_in_url()
            );
            if let Ok(mut secrets) = sink.lock() {
                secrets.push(announcement);
            }
            async { Ok(()) }
        });
    let result = provisioner.apply(plan, options).await;
    bar.finish_and_clear();
    if let Ok(mut secrets) = secrets.lock() {
        secrets.drain(..).for_each(bullet);
    }
    match result {
        Ok(outcome) => {
            bullet(&outcome);
            Ok(outcome)
        }
        Err(error) => {
            if let Some(outcome) = error.outcome() {
                text(outcome);
            }
            Err(error.into())
        }
    }
}

/// A bar on a terminal; nothing where there is none, since the plan's lines are
/// printed already and the outcome follows.
fn bar(steps: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps as u64);
    if let Ok(style) = ProgressStyle::with_template("  [{pos}/{len}] {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

/// The account's password policy in words, read past the library.
///
/// # Errors
/// The failure of the read.
pub async fn read_password_policy(config: &aws_types::SdkConfig) -> Result<String, Failure> {
    let answer = aws_sdk_iam::Client::new(config)
        .get_account_password_policy()
        .send()
        .await;
    match answer {
        Ok(answer) => {
            let policy = answer
                .password_policy()
                .ok_or("the answer holds no password policy")?;
            Ok(format!(
                "at least {} characters, upper {}, lower {}, digits {}, symbols {}, users may change {}, {} days, last {} refused",
                policy.minimum_password_length().unwrap_or_default(),
                policy.require_uppercase_characters(),
                policy.require_lowercase_characters(),
                policy.require_numbers(),
                policy.require_symbols(),
                policy.allow_users_to_change_password(),
                policy
                    .max_password_age()
                    .map_or("any".to_owned(), |days| days.to_string()),
                policy
                    .password_reuse_prevention()
                    .map_or("none".to_owned(), |last| last.to_string()),
            ))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_no_such_entity_exception()) =>
        {
            Ok("none".to_owned())
        }
        Err(error) => Err(error.into()),
    }
}
