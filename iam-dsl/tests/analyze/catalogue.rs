//! Answers that rest on the catalogue beside those that do not: the Service
//! Authorization Reference says on what an action can be asked.

use iam_dsl::analyze::{Access, Analysis, Comparison};
use iam_dsl::{Document, PolicyKind};

fn identity(statements: &str) -> Access {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Access::document(&document, PolicyKind::Identity)
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}}}"#)
}

/// Whether there is new access for any action on any resource, and as far as the
/// catalogue goes.
fn is_new(new: &str, reference: &str) -> (bool, bool) {
    let (new, reference) = (identity(new), identity(reference));
    let is_new = |analysis: Analysis| match analysis.compare(&new, &reference) {
        Comparison::NoNewAccess => false,
        Comparison::NewAccess(witness) => {
            let request = witness.request();
            assert!(new.allows(request) && !reference.allows(request));
            true
        }
        other => panic!("{other}"),
    };
    (
        is_new(Analysis::new()),
        is_new(Analysis::new().assume_catalogue()),
    )
}

#[test]
fn actions_are_asked_on_their_resource_types_alone() {
    let nothing = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    for (action, resource, expected) in [
        // A role, and nothing else, is passed.
        (
            r#""iam:PassRole""#,
            r#""arn:aws:iam::111122223333:role/*""#,
            true,
        ),
        (
            r#""iam:PassRole""#,
            r#""arn:aws:iam::111122223333:user/*""#,
            false,
        ),
        (r#""iam:PassRole""#, r#""arn:aws:s3:::b""#, false),
        // A bucket is listed, an object is read.
        (r#""s3:ListBucket""#, r#""arn:aws:s3:::b""#, true),
        (r#""s3:ListBucket""#, r#""arn:aws:s3:::b/*""#, false),
        (r#""s3:GetObject""#, r#""arn:aws:s3:::b/*""#, true),
        (r#""s3:GetObject""#, r#""arn:aws:s3:::b""#, false),
        // It has no resource types, so that it is asked on `*`.
        (r#""ec2:DescribeInstances""#, r#""*""#, true),
        (
            r#""ec2:DescribeInstances""#,
            r#""arn:aws:ec2:us-east-1:111122223333:instance/*""#,
            false,
        ),
        // There is no such action.
        (r#""s3:FetchObject""#, r#""*""#, false),
    ] {
        let policy = allow(action, resource);
        assert_eq!(
            is_new(&policy, nothing),
            (true, expected),
            "{action} on {resource}"
        );
    }
}

#[test]
fn what_an_action_is_never_asked_on_makes_no_difference() {
    let queues = allow(r#""sqs:SendMessage""#, r#""arn:*:sqs:*:*:*""#);
    let everything = allow(r#""sqs:SendMessage""#, r#""*""#);
    assert_eq!(is_new(&everything, &queues), (true, false));
    assert_eq!(is_new(&queues, &everything), (false, false));
    // A queue's ARN has an account, which is the owner's.
    let named = allow(
        r#""sqs:SendMessage""#,
        r#""arn:aws:sqs:us-east-1:111122223333:*""#,
    );
    let owned = r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:*",
        "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}"#;
    assert_eq!(is_new(owned, &named), (true, false));
    assert_eq!(is_new(&named, owned), (false, false));
    // Where some action differs, it is found among all.
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let but_queues = format!(
        r#"{all},{{"Effect":"Deny","Action":"sqs:SendMessage","Resource":"arn:aws:s3:::*"}}"#
    );
    assert_eq!(is_new(all, &but_queues), (true, false));
}
