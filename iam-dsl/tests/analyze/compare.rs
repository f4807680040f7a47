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

/// What several sides come to together, held against the sides one by one: the
/// evaluator says of each request found what was asked.
#[test]
fn several_sides() {
    use iam_dsl::analyze::{Analysis, Answer};
    let get = identity(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::a/*""#));
    let put = identity(&allow(r#""s3:PutObject""#, r#""*""#));
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let denied = |action: &str| {
        identity(&format!(
            r#"{all},{{"Effect":"Deny","Action":{action},"Resource":"*"}}"#
        ))
    };
    let all = identity(all);
    let (no_s3, no_get, no_put) = (
        denied(r#""s3:*""#),
        denied(r#""s3:Get*""#),
        denied(r#""s3:Put*""#),
    );
    let mfa = |value: &str| {
        identity(&format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"{value}"}}}}}}"#
        ))
    };
    for (wanted, refused, is_found) in [
        (vec![&all], vec![&no_get, &no_put], false),
        (vec![&all], vec![&no_s3, &no_get], true),
        (vec![&get, &put], vec![], false),
        (vec![&get, &all], vec![&put], true),
        (vec![&no_get, &no_put], vec![&no_s3], true),
        (
            vec![&no_get, &no_put],
            vec![&no_s3, &identity(&allow(r#""s3:*""#, r#""*""#))],
            false,
        ),
        // The key may be missing.
        (vec![&all], vec![&mfa("true"), &mfa("false")], true),
        (
            vec![&mfa("true")],
            vec![&mfa("false"), &no_s3, &no_get],
            true,
        ),
        (vec![&mfa("true"), &mfa("false")], vec![], false),
    ] {
        match Analysis::new().some_request(&wanted, &refused) {
            Answer::Yes(witness) => {
                let request = witness.request();
                assert!(wanted.iter().all(|side| side.allows(request)), "{witness}");
                assert!(
                    !refused.iter().any(|side| side.allows(request)),
                    "{witness}"
                );
                assert!(is_found, "{witness}");
            }
            Answer::No => assert!(!is_found),
            other => panic!("{other}"),
        }
    }
    assert!(!Analysis::new().some_request(&[], &[&all]).is_no());
}

#[test]
fn who_is_newly_let_in() {
    use iam_dsl::analyze::Analysis;
    let trust = |principals: &str| {
        Access::trust(&document(&format!(
            r#"{{"Effect":"Allow","Principal":{{{principals}}},"Action":"sts:AssumeRole"}}"#
        )))
    };
    let old = trust(r#""Service":"ec2.amazonaws.com""#);
    let new = trust(
        r#""Service":["ec2.amazonaws.com","lambda.amazonaws.com"],"AWS":"arn:aws:iam::111122223333:user/ann""#,
    );
    let told: Vec<String> = Analysis::new()
        .newly_let_in(&new, &old)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        ["arn:aws:iam::111122223333:user/ann", "lambda.amazonaws.com"]
    );
    assert!(Analysis::new().newly_let_in(&old, &new).unwrap().is_empty());
}
