//! Running a `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::process::{Command as Process, Stdio};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use serde_json::Value;

use super::source::Command;
use crate::clock;
use crate::error::{Error, ErrorKind};

/// Runs the command and reads what it prints. Neither its output nor its
/// arguments, which may be secrets, are part of an error.
pub(super) async fn run(command: &Command, now: SystemTime) -> Result<Credentials, Error> {
    let name = command.program().to_owned();
    let fail = |what: String| {
        Error::new(
            ErrorKind::NoCredentials,
            format!("credential process {name}: {what}"),
        )
    };
    let line = command.0.clone();
    let output = super::blocking(move || {
        shell(&line)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
    })
    .await?
    .map_err(|error| fail(format!("cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(fail(format!(
            "ended with {}; run it by hand to see why",
            output.status
        )));
    }
    let value: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        fail(format!(
            "what it printed is no JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    if value.get("Version").and_then(Value::as_u64) != Some(1) {
        return Err(fail("what it printed has no \"Version\": 1".to_owned()));
    }
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let (Some(id), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
        return Err(fail(
            "what it printed lacks AccessKeyId or SecretAccessKey".to_owned(),
        ));
    };
    let expires = match text("Expiration") {
        None => None,
        Some(written) => Some(clock::parse(written).ok_or_else(|| {
            fail("its Expiration is no date such as 2026-01-31T12:00:00Z".to_owned())
        })?),
    };
    if let Some(end) = expires.filter(|end| *end <= now) {
        return Err(fail(format!(
            "the credentials it printed ended at {}",
            clock::text(end)
        )));
    }
    Ok(Credentials::new(
        id,
        secret,
        text("SessionToken").map(str::to_owned),
        expires,
        "iam-provision",
    ))
}

/// The shell that the AWS CLI and SDKs run such commands with.
fn shell(line: &str) -> Process {
    let (program, flag) = if cfg!(windows) {
        ("cmd.exe", "/C")
    } else {
        ("sh", "-c")
    };
    let mut process = Process::new(program);
    process.arg(flag).arg(line);
    process
}
