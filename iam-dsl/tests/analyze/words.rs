//! What answers read like.

use iam_dsl::analyze::{Analysis, compare};
use iam_dsl::{IdentityPolicy, policy};

fn read(statements: &str) -> IdentityPolicy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    IdentityPolicy::from_json_unchecked(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Keys in the letters of AWS's pages, whatever a policy writes; tags and keys that
/// the catalogue does not have as the policy writes them.
#[test]
fn keys_are_written_as_documented() {
    let nothing = policy! { allow sqs:SendMessage on *; };
    let policy = read(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/a","Condition":{
            "Bool":{"aws:securetransport":"true"},
            "StringEquals":{"AWS:REQUESTTAG/Team":"blue","example:MyKey":"x","s3:existingobjecttag/Owner":"me"},
            "NumericEquals":{"S3:Max-Keys":"5"}}}"#,
    );
    let comparison = compare(&policy, &nothing);
    assert_eq!(
        comparison.to_string(),
        "newly allows s3:GetObject on arn:aws:s3:::logs/a by arn:aws:iam::111122223333:user/example \
         when aws:RequestTag/Team is `blue`, aws:SecureTransport is `true`, example:MyKey is `x`, \
         s3:ExistingObjectTag/Owner is `me`, s3:max-keys is `5` (identity policy 1, statement 1)"
    );
}

#[test]
fn changes_are_told_in_words() {
    let old = policy! { allow s3:GetObject on "arn:aws:s3:::logs/*"; };
    let new = policy! {
        allow s3:{GetObject, DeleteObject} on "arn:aws:s3:::logs/*";
        allow [iam:PassRole] on "arn:aws:iam::*:role/ci-*"
            when StringEquals { iam:PassedToService: "ecs-tasks.amazonaws.com" };
    };
    let changes = Analysis::new().changes(&new, &old);
    assert_eq!(
        changes.to_string(),
        "newly allows s3:DeleteObject on arn:aws:s3:::logs/*\n\
         newly allows iam:PassRole on arn:aws:iam::*:role/ci-* under conditions"
    );
    let changes = Analysis::new().changes(&old, &new);
    assert!(
        changes
            .to_string()
            .starts_with("no longer allows s3:DeleteObject on arn:aws:s3:::logs/*\n"),
        "{changes}"
    );
    assert_eq!(
        Analysis::new().changes(&old, &old).to_string(),
        "allows the same"
    );
}

/// An answer that is none says which key or pattern it fails on.
#[test]
fn reasons_name_what_they_are_about() {
    let when = |condition: &str| {
        read(&format!(
            r#"{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{{{condition}}}}}"#
        ))
    };
    let by_number = when(r#""NumericLessThan":{"S3:SIGNATUREAGE":"600000"}"#);
    let by_text = when(r#""StringLike":{"s3:signatureage":"?*"}"#);
    assert_eq!(
        compare(&by_number, &by_text).to_string(),
        "unknown: s3:signatureAge is compared as values of several types, such as numbers and strings"
    );
}
