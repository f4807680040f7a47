//! Documents that are made anew.

use iam_dsl::analyze::{
    Access, Analysis, Relation, UnknownKind, effective, minimize, redundant_statements, relate,
    split_to_fit,
};
use iam_dsl::{BoundaryPolicy, IdentityPolicy, ResourcePolicy};

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

/// What is left is told for elements that list and that leave out, and for keys
/// that follow from the caller; what has no document is no document.
#[test]
fn what_boundaries_leave_of_other_elements() {
    let left = |own: &str, boundary: &str| {
        let own = policy(own);
        let boundary: BoundaryPolicy = policy(boundary).into();
        effective(&own, &boundary).map(|left| {
            let json = left.to_json();
            json.split_once("\"Statement\":").unwrap().1.to_owned()
        })
    };
    assert_eq!(
        left(
            r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
            r#"{"Effect":"Allow","NotAction":["sts:*","iam:*"],"Resource":"*"}"#
        )
        .unwrap(),
        r#"[{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}]}"#
    );
    assert_eq!(
        left(
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#,
            r#"{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::b/*"}"#
        )
        .unwrap(),
        r#"[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}]}"#
    );
    // Half of what one lists the other leaves out.
    assert!(
        left(
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#,
            r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::a/b*"}"#
        )
        .is_err()
    );
    // One operator cannot compare one key with both.
    assert!(
        left(
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*"}}}"#,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"AWS:principalarn":"arn:aws:iam::*:role/*"}}}"#
        )
        .is_err()
    );
    // Variables are kept where they are the same.
    assert_eq!(
        left(
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}"#,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#
        )
        .unwrap(),
        r#"[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}]}"#
    );
}

/// An account in a resource's policy leaves it to the policies of its users and
/// roles; a role that is named needs none. So neither covers the other.
#[test]
fn who_is_named_is_kept() {
    let bucket = |statements: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        ResourcePolicy::from_json_unchecked(&text).unwrap_or_else(|error| panic!("{error}"))
    };
    let allow = |principal: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#
        )
    };
    let account = allow(r#"{"AWS":"111122223333"}"#);
    let root = allow(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#);
    let role = allow(r#"{"AWS":"arn:aws:iam::111122223333:role/ops"}"#);
    let policy = bucket(&format!("{account},{role}"));
    assert!(redundant_statements(&policy).unwrap().is_empty());
    assert_eq!(minimize(&policy).unwrap(), policy);
    // Two ways to write an account are one.
    let policy = bucket(&format!("{account},{root}"));
    assert_eq!(redundant_statements(&policy).unwrap(), [0, 1]);
    // Everyone is more than a role, and named as directly.
    let policy = bucket(&format!("{},{role}", allow(r#""*""#)));
    assert_eq!(redundant_statements(&policy).unwrap(), [1]);
}

/// An identity has one boundary: two halves of it would not add up.
#[test]
fn a_boundary_is_not_divided() {
    let boundary: BoundaryPolicy = policy(
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","sqs:SendMessage"],"Resource":"*"}"#,
    )
    .into();
    let unknown = split_to_fit(&boundary, 110).unwrap_err();
    assert_eq!(unknown.kind(), UnknownKind::NoDocument);
    assert!(unknown.to_string().contains("boundary"), "{unknown}");
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
