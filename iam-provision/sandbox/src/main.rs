//! `iam-sandbox`: the sandbox as a server on loopback.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use iam_sandbox::Sandbox;

/// An AWS IAM and STS for tests, on loopback only.
///
/// Prints what a shell needs to point the AWS CLI, boto3 or Terraform at it:
/// eval the lines that begin with "export".
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The port to listen on; 0 takes any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The account whose root user's keys are printed.
    #[arg(long, default_value = "111122223333")]
    account: String,
    /// Ids, keys and tokens follow from this number.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Whose time counts.
    #[arg(long, value_enum, default_value_t = ClockKind::Real)]
    clock: ClockKind,
    /// Refuse requests whose Signature Version 4 is wrong.
    #[arg(long)]
    check_signatures: bool,
    /// A file of AWS managed policies beside the few that are built in: one JSON
    /// object per line, with "arn" (or "name") and "document".
    #[arg(long)]
    managed_policies: Option<PathBuf>,
    /// The root user's access key id, in place of one made from the seed.
    #[arg(long, requires = "secret_access_key")]
    access_key_id: Option<String>,
    /// The root user's secret access key.
    #[arg(long, requires = "access_key_id")]
    secret_access_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ClockKind {
    /// The machine's time.
    Real,
    /// A clock that stands at 2026-01-01 until /_sandbox/clock moves it.
    Virtual,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("iam-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::with_seed(options.seed);
    if options.clock == ClockKind::Real {
        sandbox.follow_real_time();
    }
    sandbox.check_signatures(options.check_signatures);
    if let Some(path) = &options.managed_policies {
        let lines = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        sandbox.load_aws_managed_policies_from_json_lines(&lines)?;
    }
    let account = sandbox.account(&options.account)?;
    if let (Some(id), Some(secret)) = (&options.access_key_id, &options.secret_access_key) {
        account.set_root_credentials(id, secret)?;
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let server = sandbox.serve(address).await?;
    let (id, secret) = account.root_credentials();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "# IAM and STS for tests, account {}: on loopback only, nothing is kept\n\
         export AWS_ENDPOINT_URL={}\n\
         export AWS_ACCESS_KEY_ID={id}\n\
         export AWS_SECRET_ACCESS_KEY={secret}\n\
         export AWS_DEFAULT_REGION=us-east-1",
        account.id(),
        server.url()
    )?;
    out.flush()?;
    drop(out);
    server.run().await;
    Ok(())
}
