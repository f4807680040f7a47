//! What AWS's documentation and the meaning of the policy language decide.

use iam_dsl::Document;
use iam_dsl::PolicyKind;
use iam_dsl::analyze::{Access, Comparison, compare};

/// A document of these statements, written without what every one has.
fn document(statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Document::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn identity(statements: &str) -> Access {
    Access::document(&document(statements), PolicyKind::Identity)
}

/// `=` for no new access, else the witness, of new against reference.
fn told(new: &str, reference: &str) -> String {
    let (new, reference) = (identity(new), identity(reference));
    match compare(&new, &reference) {
        Comparison::NoNewAccess => "=".to_owned(),
        Comparison::NewAccess(witness) => {
            assert!(new.allows(witness.request()) && !reference.allows(witness.request()));
            format!("{} {}", witness.actions(), witness.resources())
        }
        other => other.to_string(),
    }
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}}}"#)
}

#[test]
fn actions_and_resources() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    for (new, reference, expected) in [
        (all.to_owned(), all.to_owned(), "="),
        (allow(r#""s3:Get*""#, r#""*""#), all.to_owned(), "="),
        (all.to_owned(), allow(r#""s3:Get*""#, r#""*""#), "* *"),
        (
            allow(r#"["s3:Get*","s3:PutObject"]"#, r#""*""#),
            allow(r#""s3:Get*""#, r#""*""#),
            "s3:putobject *",
        ),
        (
            allow(
                r#""s3:GetObject""#,
                r#"["arn:aws:s3:::a/*","arn:aws:s3:::b/*"]"#,
            ),
            allow(r#""S3:getobject""#, r#""arn:aws:s3:::a/*""#),
            "s3:GetObject arn:aws:s3:::b/*",
        ),
        (
            allow(r#""s3:Get*""#, r#""arn:aws:s3:::a/*""#),
            allow(r#"["s3:Get?*","s3:Get"]"#, r#""arn:aws:s3:::*""#),
            "=",
        ),
        (
            r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#.to_owned(),
            format!(r#"{all},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#),
            "=",
        ),
        (
            format!(r#"{all},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#),
            r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#.to_owned(),
            "=",
        ),
    ] {
        assert_eq!(
            told(&new, &reference).to_lowercase(),
            expected.to_lowercase(),
            "{new} against {reference}"
        );
    }
}
