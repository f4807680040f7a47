//! Running a `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::io::{self, Read};
use std::process::{Command as Process, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

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
    let (line, timeout) = (command.line.clone(), command.timeout);
    let ended = super::blocking(move || within(shell(&line), timeout))
        .await?
        .map_err(|error| fail(format!("cannot be run: {error}")))?;
    let Some((status, printed)) = ended else {
        return Err(fail(format!(
            "has not ended within {} and is ended now; give it longer with Profiles::process_timeout if it waits for \
             somebody",
            clock::words(timeout)
        )));
    };
    if !status.success() {
        return Err(fail(format!(
            "ended with {status}; run it by hand to see why"
        )));
    }
    let value: Value = serde_json::from_slice(&printed).map_err(|error| {
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

/// Runs a process; how it ended and what it printed, or `None` if it had to be ended.
fn within(mut process: Process, timeout: Duration) -> io::Result<Option<(ExitStatus, Vec<u8>)>> {
    let until = Instant::now().checked_add(timeout);
    let left = || {
        until.map_or(timeout, |until| {
            until.saturating_duration_since(Instant::now())
        })
    };
    let mut child = process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let (send, printed) = mpsc::channel();
    if let Some(mut pipe) = child.stdout.take() {
        // Not waited for: a process that it leaves behind may hold the pipe open.
        thread::spawn(move || {
            let mut all = Vec::new();
            let read = pipe.read_to_end(&mut all).map(|_| all);
            let _ = send.send(read);
        });
    }
    if let Ok(printed) = printed.recv_timeout(left()) {
        let printed = printed?;
        // It has closed its output, so this does not take long.
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some((status, printed)));
            }
            if left().is_zero() {
                break;
            }
            thread::sleep(Duration::from_millis(2).min(left()));
        }
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
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
