//! Policies of resources and roles.

use iam_dsl::analyze::{
    Access, Answer, Comparison, UnknownKind, compare, grants, is_public, who_can,
};
use iam_dsl::{Document, PolicyKind};

fn access(kind: PolicyKind, statements: &str) -> Access {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Access::document(&document, kind)
}

/// `=` for no new access, else who newly may.
fn told(kind: PolicyKind, new: &str, reference: &str) -> String {
    let (new, reference) = (access(kind, new), access(kind, reference));
    match compare(&new, &reference) {
        Comparison::NoNewAccess => "=".to_owned(),
        Comparison::NewAccess(witness) => {
            let request = witness.request();
            assert!(
                new.allows(request) && !reference.allows(request),
                "{witness}"
            );
            request
                .stated_principal()
                .map(ToString::to_string)
                .unwrap_or_default()
        }
        other => other.to_string(),
    }
}

fn allow(principal: &str, rest: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"{rest}}}"#
    )
}

#[test]
fn principals() {
    let account = r#"{"AWS":"111122223333"}"#;
    let root = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
    let user = r#"{"AWS":"arn:aws:iam::111122223333:user/Adele"}"#;
    let everyone = r#""*""#;
    let service = r#"{"Service":"ec2.amazonaws.com"}"#;
    for (new, reference, expected) in [
        (account, root, "="),
        (user, account, "="),
        (account, user, "arn:aws:iam::111122223333:user/example"),
        (user, everyone, "="),
        (service, everyone, "="),
        (service, account, "ec2.amazonaws.com"),
        (user, service, "arn:aws:iam::111122223333:user/Adele"),
    ] {
        assert_eq!(
            told(PolicyKind::Resource, &allow(new, ""), &allow(reference, "")),
            expected,
            "{new} against {reference}"
        );
    }
}

#[test]
fn keys_follow_from_principals() {
    let by_key = r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#;
    let account = allow(r#"{"AWS":"111122223333"}"#, "");
    let keyed = allow(r#"{"AWS":"*"}"#, by_key);
    assert_eq!(told(PolicyKind::Resource, &account, &keyed), "=");
    assert_eq!(told(PolicyKind::Resource, &keyed, &account), "=");
    let by_arn =
        r#","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/ops"}}"#;
    let role = allow(r#"{"AWS":"arn:aws:iam::111122223333:role/ops"}"#, "");
    let keyed = allow(r#"{"AWS":"*"}"#, by_arn);
    assert_eq!(told(PolicyKind::Resource, &role, &keyed), "=");
    assert_eq!(told(PolicyKind::Resource, &keyed, &role), "=");
}

#[test]
fn trust() {
    let plain =
        r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#;
    let mfa = r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    assert_eq!(told(PolicyKind::Trust, mfa, plain), "=");
    assert_eq!(
        told(PolicyKind::Trust, plain, mfa),
        "arn:aws:iam::111122223333:user/example"
    );
    let github = |sub: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringLike":{{"token.actions.githubusercontent.com:sub":"{sub}"}}}}}}"#
        )
    };
    assert_eq!(
        told(
            PolicyKind::Trust,
            &github("repo:org/app:ref:refs/heads/main"),
            &github("repo:org/*")
        ),
        "="
    );
    assert_eq!(
        told(
            PolicyKind::Trust,
            &github("repo:org/*"),
            &github("repo:org/app:*")
        ),
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    );
}

/// The rows of the S3 User Guide's "The meaning of 'public'" and its examples.
#[test]
fn public() {
    let condition = |text: &str| allow(r#""*""#, &format!(r#","Condition":{{{text}}}"#));
    for (policy, expected) in [
        (allow(r#""*""#, ""), true),
        (allow(r#"{"AWS":"*"}"#, ""), true),
        (allow(r#"{"AWS":"111122223333"}"#, ""), false),
        (condition(r#""StringLike":{"aws:SourceVpc":"vpc-*"}"#), true),
        (
            condition(r#""StringEquals":{"aws:SourceVpc":"vpc-91237329"}"#),
            false,
        ),
        (
            condition(r#""StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3"}"#),
            false,
        ),
        (
            condition(r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#),
            false,
        ),
        (
            condition(r#""IpAddress":{"aws:SourceIp":"0.0.0.0/1"}"#),
            true,
        ),
        (
            condition(r#""NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#),
            true,
        ),
        (
            condition(r#""StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}"#),
            true,
        ),
        (
            condition(r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#),
            true,
        ),
        (
            condition(
                r#""ArnEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:topic"}"#,
            ),
            false,
        ),
        (
            condition(r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}"#),
            true,
        ),
        (
            condition(
                r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}"#,
            ),
            false,
        ),
        (
            condition(
                r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/*"}"#,
            ),
            true,
        ),
        (allow(r#"{"Federated":"graph.facebook.com"}"#, ""), true),
        (
            allow(r#"{"Service":"cloudtrail.amazonaws.com"}"#, ""),
            false,
        ),
        // The broad range is public, though narrow ones beside it cover it.
        (
            condition(r#""IpAddress":{"aws:SourceIp":["12.0.0.0/7","12.0.0.0/8","13.0.0.0/8"]}"#),
            true,
        ),
        (
            condition(r#""IpAddress":{"aws:SourceIp":"12.0.0.0/8"}"#),
            false,
        ),
        (condition(r#""Bool":{"aws:SecureTransport":"true"}"#), true),
        (
            format!(
                r#"{},{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:PrincipalAccount":"111122223333"}}}}}}"#,
                allow(r#""*""#, "")
            ),
            false,
        ),
    ] {
        let answer = is_public(&access(PolicyKind::Resource, &policy));
        match expected {
            true => assert!(matches!(answer, Answer::Yes(_)), "{policy}: {answer}"),
            false => assert!(answer.is_no(), "{policy}: {answer}"),
        }
    }
}

/// The guide once said of `NotPrincipal` with Allow that it lets in everybody
/// else, now that it is not supported: no is never the answer.
#[test]
fn public_by_exception() {
    let policy = access(
        PolicyKind::Resource,
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"*"}"#,
    );
    let answer = is_public(&policy);
    assert!(matches!(answer, Answer::Unknown(_)), "{answer}");
}

/// A typing error in the question is no proof that nothing is granted.
#[test]
fn questions() {
    let policy = access(PolicyKind::Resource, &allow(r#""*""#, ""));
    for (actions, resources) in [
        (&["GetObject"][..], &["*"][..]),
        (&["s3.GetObject"], &["*"]),
        (&["s3:Get Object"], &["*"]),
        (&["s3:"], &["*"]),
        (&[""], &["*"]),
        (&[], &["*"]),
        (&["s3:GetObject"], &[]),
        (&["s3:GetObject"], &["b/*"]),
        (&["s3:GetObject"], &[""]),
    ] {
        match grants(&policy, actions, resources) {
            Answer::Unknown(unknown) => assert_eq!(unknown.kind(), UnknownKind::Question),
            answer => panic!("{actions:?} {resources:?}: {answer}"),
        }
    }
    assert!(who_can(&policy, &["GetObject"]).is_err());
    assert!(who_can(&policy, &[]).is_err());
    for action in ["*", "s3:*", "*:*", "S3:getobject", "s3:Get?bject"] {
        assert!(grants(&policy, &[action], &["*"]).is_yes(), "{action}");
    }
    assert!(grants(&policy, &["s3:GetObject"], &["arn:aws:s3:::b/x"]).is_yes());
}

fn who(kind: PolicyKind, statements: &str, action: &str) -> Vec<String> {
    let grantees = who_can(&access(kind, statements), &[action]).unwrap();
    grantees.iter().map(ToString::to_string).collect()
}

#[test]
fn grantees() {
    let adele = r#"{"AWS":"arn:aws:iam::111122223333:user/Adele"}"#;
    let service = r#"{"Service":"ec2.amazonaws.com"}"#;
    let policy = format!("{},{}", allow(adele, ""), allow(service, ""));
    let who = |action| who(PolicyKind::Resource, &policy, action);
    assert_eq!(
        who("s3:GetObject"),
        [
            "arn:aws:iam::111122223333:user/Adele",
            "ec2.amazonaws.com",
            "federated users of arn:aws:iam::111122223333:user/Adele",
        ]
    );
    assert!(who("s3:PutObject").is_empty());
}

/// Whom conditions name is told apart from those who are like them.
#[test]
fn grantees_by_condition() {
    let everyone = |condition: &str| allow(r#""*""#, &format!(r#","Condition":{{{condition}}}"#));
    let of = |statements: &str| who(PolicyKind::Resource, statements, "s3:GetObject");
    let role = r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/ops"}"#;
    assert_eq!(of(&everyone(role)), ["arn:aws:iam::111122223333:role/ops"]);
    let root = r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}"#;
    assert_eq!(of(&everyone(root)), ["arn:aws:iam::111122223333:root"]);
    let team = r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team-*"}"#;
    assert_eq!(
        of(&everyone(team)),
        ["sessions of roles of account 111122223333 (if aws:PrincipalArn allows it)"]
    );
    let by_service = r#""StringEquals":{"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}"#;
    assert_eq!(of(&everyone(by_service)), ["cloudtrail.amazonaws.com"]);
    let account = r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#;
    assert_eq!(
        of(&everyone(account)),
        [
            "users of account 111122223333",
            "sessions of roles of account 111122223333",
            "federated users of account 111122223333",
            "arn:aws:iam::111122223333:root",
        ]
    );
}

/// A condition on what a caller belongs to: not each of them is let in.
#[test]
fn grantees_of_an_organization() {
    let organization = r#","Condition":{"StringEquals":{"AWS:principalorgid":"o-a1b2c3"}}"#;
    let policy = access(PolicyKind::Resource, &allow(r#"{"AWS":"*"}"#, organization));
    let grantees = who_can(&policy, &["s3:GetObject"]).unwrap();
    let users = grantees.iter().map(ToString::to_string);
    assert!(
        users
            .clone()
            .any(|name| { name == "users of any account (if aws:PrincipalOrgID allows it)" })
    );
    for grantee in &grantees {
        assert_eq!(grantee.conditions(), ["aws:PrincipalOrgID"]);
        assert!(policy.allows(grantee.witness().request()));
    }
}

/// Whom a Deny names is left out, and those who remain are told as others.
#[test]
fn grantees_but_one() {
    let account = allow(r#"{"AWS":"111122223333"}"#, "");
    let deny = r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/ops"},"Action":"*","Resource":"*"}"#;
    let by_key = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/ops"}}}"#;
    for deny in [deny, by_key] {
        let who = who(
            PolicyKind::Resource,
            &format!("{account},{deny}"),
            "s3:GetObject",
        );
        assert!(!who.iter().any(|name| name.contains("role/ops")), "{who:?}");
        let others = "sessions of roles of account 111122223333 that the policy does not name";
        assert!(who.iter().any(|name| name.starts_with(others)), "{who:?}");
    }
}

/// Nobody here knows whose a canonical user id is: neither answer is a proof.
#[test]
fn canonical_users() {
    let owner = allow(
        r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        "",
    );
    let account = allow(r#"{"AWS":"111122223333"}"#, "");
    let everyone = allow(r#""*""#, "");
    let [owner, account, everyone] =
        [owner, account, everyone].map(|text| access(PolicyKind::Resource, &text));
    match compare(&owner, &account) {
        Comparison::Unknown(unknown) => assert_eq!(unknown.kind(), UnknownKind::Principal),
        other => panic!("{other}"),
    }
    assert!(compare(&owner, &owner).is_no_new_access());
    assert!(compare(&owner, &everyone).is_no_new_access());
    assert!(who_can(&owner, &["s3:GetObject"]).is_err());
    assert!(who_can(&owner, &["s3:PutObject"]).unwrap().is_empty());
}

/// Keys that name one caller name it in comparisons too.
#[test]
fn callers_by_key() {
    let everyone = |condition: &str| allow(r#""*""#, &format!(r#","Condition":{{{condition}}}"#));
    let nobody = allow(r#"{"AWS":"arn:aws:iam::444455556666:user/nobody"}"#, "");
    for (condition, expected) in [
        (
            r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}"#,
            "arn:aws:iam::111122223333:root",
        ),
        (
            r#""StringEquals":{"aws:PrincipalType":"Account","aws:PrincipalAccount":"111122223333"}"#,
            "arn:aws:iam::111122223333:root",
        ),
        (
            r#""StringEquals":{"aws:PrincipalType":"Account","aws:userid":"111122223333"}"#,
            "arn:aws:iam::111122223333:root",
        ),
        (
            r#""StringEquals":{"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}"#,
            "cloudtrail.amazonaws.com",
        ),
        (
            r#""StringLike":{"aws:PrincipalServiceName":"cloud*.amazonaws.com"}"#,
            "cloudexample.amazonaws.com",
        ),
    ] {
        let policy = everyone(condition);
        assert_eq!(
            told(PolicyKind::Resource, &policy, &nobody),
            expected,
            "{condition}"
        );
    }
}

/// A session's ARN leaves out the path of its role, which `aws:PrincipalArn` has.
#[test]
fn sessions_of_roles_with_a_path() {
    let session = r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/ops/me"}"#;
    let nobody = allow(r#"{"AWS":"arn:aws:iam::444455556666:user/nobody"}"#, "");
    for pattern in [
        "arn:aws:iam::111122223333:role/teams/*",
        "arn:aws:iam::*:role/te*",
        "arn:aws:iam::*:role/*/ops",
        "arn:aws:iam::111122223333:role/teams/ops",
    ] {
        let condition = format!(r#","Condition":{{"ArnLike":{{"aws:PrincipalArn":"{pattern}"}}}}"#);
        assert_eq!(
            told(PolicyKind::Resource, &allow(session, &condition), &nobody),
            "arn:aws:sts::111122223333:assumed-role/ops/me",
            "{pattern}"
        );
    }
    let other = r#","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/teams/dev"}}"#;
    assert_eq!(
        told(PolicyKind::Resource, &allow(session, other), &nobody),
        "="
    );
}
