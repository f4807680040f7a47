//! Scenario 16: AWS-managed policies change underneath their users. What a new
//! version of a policy allows that the old one did not, proved offline.
//!
//! Without arguments it compares two versions of AmazonS3ReadOnlyAccess, as the
//! AWS Managed Policy Reference Guide lists them; with two files those.

use std::process::ExitCode;

use examples::{Failure, heading, text};
use iam_dsl::analyze::{Analysis, Comparison, compare, grants};
use iam_dsl::{Authorizer, IdentityPolicy};

/// AmazonS3ReadOnlyAccess, version 1.
const OLD: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}]
}"#;

/// AmazonS3ReadOnlyAccess, version 3.
const NEW: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
        "Resource": "*"
    }]
}"#;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let (old, new) = match files.as_slice() {
        [old, new] => (std::fs::read_to_string(old)?, std::fs::read_to_string(new)?),
        _ => (OLD.to_owned(), NEW.to_owned()),
    };
    let old = IdentityPolicy::from_json_unchecked(&old)?;
    let new = IdentityPolicy::from_json_unchecked(&new)?;

    heading("what the update changes");
    text(Analysis::new().changes(&new, &old));

    heading("a request that shows it");
    match compare(&new, &old) {
        Comparison::NewAccess(witness) => {
            text(&witness);
            // Anybody can ask again.
            let request = witness.request();
            let before = Authorizer::new().identity(&old).decide(request);
            let after = Authorizer::new().identity(&new).decide(request);
            text(format_args!(
                "before: {}, after: {}",
                before.outcome(),
                after.outcome()
            ));
        }
        other => text(other),
    }

    heading("what it does not give");
    let write = ["s3:PutObject", "s3:Delete*", "iam:*"];
    text(format_args!(
        "{}: {}",
        write.join(", "),
        grants(&new, &write, &["*"])
    ));
    Ok(())
}
