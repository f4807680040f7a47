//! Scenario 1: the root user. Nothing is created: the report says which
//! credentials it has and what a person is to do about them.

use std::process::ExitCode;

use examples::{Failure, Stage, bullet, heading};
use iam_provision::Provisioner;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let root = provisioner.root_user().await?;

    heading(&format!("the root user of account {}", stage.account()));
    let word = |is_there: bool| if is_there { "yes" } else { "no" };
    bullet(format_args!(
        "access keys:          {}",
        word(root.has_access_keys())
    ));
    bullet(format_args!(
        "MFA:                  {}",
        word(root.has_mfa())
    ));
    bullet(format_args!(
        "password:             {}",
        word(root.has_password())
    ));
    bullet(format_args!(
        "signing certificates: {}",
        word(root.has_signing_certificates())
    ));

    heading("findings");
    let findings = root.findings();
    if findings.is_empty() {
        bullet("none");
    }
    for finding in findings {
        bullet(format_args!("{finding}"));
        bullet(format_args!("  {}", finding.help()));
    }

    if let Some(sandbox) = stage.as_sandbox() {
        heading("what it took");
        for call in sandbox.calls() {
            bullet(call.action);
        }
    }
    Ok(())
}
