//! Documents that are made anew.

use iam_dsl::analyze::{
    Access, Analysis, Relation, UnknownKind, effective, minimize, redundant_statements, relate,
    split_to_fit,
};
use iam_dsl::{BoundaryPolicy, IdentityPolicy};

fn policy(statements: &str) -> IdentityPolicy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    IdentityPolicy::from_json_unchecked(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn statements_that_others_cover() {
    let policy = policy(
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
           {"Effect":"Deny","Action":"iam:*","Resource":"*"},
           {"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/secret"}"#,
    );
    // The denial of what nobody allows takes nothing.
    assert_eq!(redundant_statements(&policy).unwrap(), [1, 2]);
}

#[test]
fn minimal_policies_give_the_same() {
    let long = policy(
        r#"{"Sid":"A","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b/x"]},
           {"Sid":"B","Effect":"Allow","Action":["s3:PutObject","S3:getobject"],"Resource":["arn:aws:s3:::b/*"]},
           {"Sid":"C","Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::c/*"}"#,
    );
    let short = minimize(&long).unwrap();
    assert!(short.character_count() < long.character_count(), "{short}");
    assert!(matches!(relate(&short, &long), Relation::Equal), "{short}");
    assert_eq!(short.document().statements().len(), 2, "{short}");
    let all = policy(
        r#"{"Effect":"Allow","Action":["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity","sts:AssumeRoot"],"Resource":"*"}"#,
    );
    assert_eq!(minimize(&all).unwrap(), all);
    let assumed = Analysis::new().assume_catalogue().minimize(&all).unwrap();
    assert!(assumed.as_json().contains("sts:A*"), "{assumed}");
}

#[test]
fn parts_fit_and_give_the_same() {
    let actions: Vec<String> = (0..200).map(|n| format!("\"s3:Action{n}\"")).collect();
    let policy = policy(&format!(
        r#"{{"Sid":"A","Effect":"Allow","Action":[{}],"Resource":"*"}},{{"Effect":"Deny","Action":"s3:Action7","Resource":"arn:aws:s3:::b/*"}}"#,
        actions.join(",")
    ));
    let parts = split_to_fit(&policy, 1_000).unwrap();
    assert!(parts.len() > 2);
    assert!(parts.iter().all(|part| part.character_count() <= 1_000));
    assert!(matches!(
        relate(&Access::identity(&parts), &policy),
        Relation::Equal
    ));
    assert!(split_to_fit(&policy, 50).is_err());
}

#[test]
fn what_a_boundary_leaves() {
    let own = policy(
        r#"{"Effect":"Allow","Action":["s3:*","iam:PassRole"],"Resource":"*"},
           {"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}"#,
    );
    let boundary: BoundaryPolicy = policy(
        r#"{"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#,
    )
    .into();
    let left = effective(&own, &boundary).unwrap();
    let both = Access::identity([&own]).boundary(&boundary);
    let alone = Access::document(&left, iam_dsl::PolicyKind::Identity);
    assert!(matches!(relate(&alone, &both), Relation::Equal), "{left}");
    assert!(!left.to_json().contains("iam:PassRole"), "{left}");
}

/// IAM takes no policy without statements: there is no document of nothing.
#[test]
fn nothing_is_left() {
    let own = policy(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    let boundary: BoundaryPolicy =
        policy(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#).into();
    let unknown = effective(&own, &boundary).unwrap_err();
    assert_eq!(unknown.kind(), UnknownKind::NoDocument);
    assert!(
        unknown.to_string().contains("nothing in common"),
        "{unknown}"
    );
}

#[test]
fn relations() {
    let read = policy(r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#);
    let write = policy(r#"{"Effect":"Allow","Action":"s3:Put*","Resource":"*"}"#);
    let both = policy(r#"{"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"*"}"#);
    let other = policy(r#"{"Effect":"Allow","Action":["s3:Get*","sqs:*"],"Resource":"*"}"#);
    for (new, reference, expected) in [
        (&read, &write, "disjoint"),
        (&read, &both, "narrower"),
        (&both, &read, "wider"),
        (&both, &other, "overlapping"),
        (&both, &both, "equal"),
    ] {
        assert_eq!(relate(new, reference).to_string(), expected);
    }
}
