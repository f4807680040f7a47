//! Scenario 13: what policies give, by service and access level, as the IAM
//! console summarises them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::{Failure, bullet, heading, text};
use iam_dsl::summary::{Extent, Summary};
use iam_dsl::{AccessLevel, Document, Policy, policy, summary};

#[derive(Debug, Parser)]
struct Arguments {
    /// A policy to summarise; without it, those of this example.
    file: Option<PathBuf>,
}

static READ_ONLY: Policy = policy! {
    "Look": allow [
        ec2:Describe*, iam:{Get*, List*}, s3:{Get*, List*}, sqs:{Get*, List*},
    ] on *;
};

static UPLOADER: Policy = policy! {
    "Find":  allow s3:ListAllMyBuckets on *;
    "Use":   allow s3:{PutObject, GetObject, ListBucket}
        on ["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"]
        when IpAddress { aws:SourceIp: "203.0.113.0/24" };
    "Tell":  allow sns:Publish on "arn:aws:sns:eu-west-1:111122223333:uploads";
    "Keep":  deny s3:{DeleteBucket, DeleteBucketPolicy, PutBucketPolicy} on "arn:aws:s3:::assets";
};

static OPERATOR: Policy = policy! {
    "Run": allow [sqs:*, ec2:{StartInstances, StopInstances, CreateTags}] on *;
};

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    if let Some(file) = Arguments::parse().file {
        let document: Document = std::fs::read_to_string(file)?.parse()?;
        text(summary(&document));
        return Ok(());
    }
    for (title, policy) in [
        ("who may only look", &READ_ONLY),
        ("an application that uploads", &UPLOADER),
        ("an operator", &OPERATOR),
    ] {
        heading(title);
        let summary = summary(policy);
        text(&summary);
        bullet(writes(&summary));
    }
    Ok(())
}

/// What a reviewer asks first, from the summary as a value.
fn writes(summary: &Summary) -> String {
    let changing = [
        AccessLevel::Write,
        AccessLevel::Tagging,
        AccessLevel::PermissionsManagement,
    ];
    let found: Vec<String> = summary
        .allow()
        .iter()
        .flat_map(|row| changing.map(|level| (row, level)))
        .filter(|(row, level)| row.extent(*level) != Extent::None)
        .map(|(row, level)| format!("{level} in {}", row.service()))
        .collect();
    if found.is_empty() {
        "allows nothing but List and Read".to_owned()
    } else {
        format!("allows more than to look: {}", found.join(", "))
    }
}
