//! Every form of the grammar, against documents written by hand.

use iam_dsl::{
    Policy, TrustPolicy, boundary_policy, include_policy, policy, resource_control_policy,
    resource_policy, service_control_policy, session_policy, trust_policy,
};
use serde_json::{Value, json};

fn document(policy: &Policy<impl iam_dsl::Kind>) -> Value {
    serde_json::from_str(policy.as_json()).unwrap()
}

/// The only statement of a policy.
fn statement(policy: &Policy<impl iam_dsl::Kind>) -> Value {
    let document = document(policy);
    assert_eq!(document["Version"], "2012-10-17");
    let statements = document["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 1);
    statements[0].clone()
}

static READ: Policy = policy! {
    "Read": allow s3:{GetObject, List*} on ["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"]
        when Bool { aws:SecureTransport: true };
};

#[test]
fn a_static_policy_is_a_constant() {
    assert_eq!(
        READ.static_json(),
        Some(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:List*"],"Resource":["arn:aws:s3:::assets","arn:aws:s3:::assets/*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#
        )
    );
    assert_eq!(READ.document().to_json(), READ.as_json());
}

#[test]
fn a_const_policy_compiles() {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "each use is a policy of its own"
    )]
    const ALL: Policy = policy! { allow * on *; };
    let all = ALL;
    assert_eq!(
        all.static_json(),
        Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        )
    );
}

#[test]
fn statements_are_listed_in_order() {
    let policy = resource_policy! {
        version "2012-10-17";
        id "Assets";
        "One": allow principal * to s3:GetObject on "arn:aws:s3:::a/*";
        deny principal * to s3:PutObject on "arn:aws:s3:::a/*"
    };
    assert_eq!(
        document(&policy),
        json!({
            "Version": "2012-10-17",
            "Id": "Assets",
            "Statement": [
                {"Sid": "One", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"},
                {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*"}
            ]
        })
    );
}

#[test]
fn the_old_version_can_be_written() {
    let policy = resource_policy! {
        version "2008-10-17";
        allow principal * to s3:GetObject on "arn:aws:s3:::a/*";
    };
    assert_eq!(document(&policy)["Version"], "2008-10-17");
}

#[test]
fn actions() {
    let actions = |policy: Policy| statement(&policy)["Action"].clone();
    assert_eq!(actions(policy! { allow * on * }), json!("*"));
    assert_eq!(actions(policy! { allow "*" on * }), json!("*"));
    assert_eq!(actions(policy! { allow s3:* on * }), json!("s3:*"));
    assert_eq!(actions(policy! { allow s3:Get* on * }), json!("s3:Get*"));
    assert_eq!(
        actions(policy! { allow s3:?et*Obje?t on * }),
        json!("s3:?et*Obje?t")
    );
    assert_eq!(actions(policy! { allow *:* on * }), json!("*:*"));
    assert_eq!(
        actions(policy! { allow execute-api:Invoke on * }),
        json!("execute-api:Invoke")
    );
    assert_eq!(
        actions(policy! { allow "s3:GetObject" on * }),
        json!("s3:GetObject")
    );
    assert_eq!(
        actions(policy! { allow [s3:GetObject] on * }),
        json!(["s3:GetObject"])
    );
    assert_eq!(
        actions(policy! { allow s3:{GetObject} on * }),
        json!(["s3:GetObject"])
    );
    assert_eq!(
        actions(policy! { allow [s3:{Get*, Put?bject,}, "iam:GetUser", sts:*,] on * }),
        json!(["s3:Get*", "s3:Put?bject", "iam:GetUser", "sts:*"])
    );
}

#[test]
fn negated_elements() {
    let policy = policy! {
        "All": deny not [iam:GetUser, s3:GetObject] on not ["arn:aws:s3:::a", "arn:aws:s3:::b"];
    };
    assert_eq!(
        statement(&policy),
        json!({
            "Sid": "All",
            "Effect": "Deny",
            "NotAction": ["iam:GetUser", "s3:GetObject"],
            "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]
        })
    );
    let policy = resource_policy! {
        deny not principal AWS "111122223333" to s3:* on "arn:aws:s3:::a/*";
    };
    assert_eq!(
        statement(&policy)["NotPrincipal"],
        json!({"AWS": "111122223333"})
    );
}

#[test]
fn resources() {
    let resources = |policy: Policy| statement(&policy)["Resource"].clone();
    assert_eq!(resources(policy! { allow s3:* on "*" }), json!("*"));
    assert_eq!(resources(policy! { allow s3:* on [*] }), json!(["*"]));
    assert_eq!(
        resources(policy! { allow s3:* on r"arn:aws:s3:::a/*" }),
        json!("arn:aws:s3:::a/*")
    );
    assert_eq!(
        resources(
            policy! { allow s3:* on "arn:aws:s3:::home/${aws:username}/${aws:PrincipalTag/t, 'a}b'}/{{x}}" }
        ),
        json!("arn:aws:s3:::home/${aws:username}/${aws:PrincipalTag/t, 'a}b'}/{x}")
    );
    assert_eq!(
        resources(policy! { allow s3:* on "arn:aws:s3:::q\"\\ü/${*}${$}" }),
        json!("arn:aws:s3:::q\"\\ü/${*}${$}")
    );
}

#[test]
fn principals() {
    let everyone = resource_policy! { allow principal "*" to s3:GetObject on "arn:aws:s3:::a/*" };
    assert_eq!(statement(&everyone)["Principal"], "*");
    let one = trust_policy! { allow principal Service "ec2.amazonaws.com" to sts:AssumeRole };
    assert_eq!(
        statement(&one),
        json!({
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole"
        })
    );
    let any = trust_policy! {
        allow principal AWS * to sts:AssumeRole
            when StringEquals { aws:PrincipalOrgID: "o-1234567890" };
    };
    assert_eq!(statement(&any)["Principal"], json!({"AWS": "*"}));
    let several = trust_policy! {
        allow principal {
            AWS: ["111122223333", "arn:aws:iam::444455556666:root"],
            "Service": "ec2.amazonaws.com",
        } to [sts:AssumeRole, sts:TagSession];
    };
    assert_eq!(
        statement(&several)["Principal"],
        json!({
            "AWS": ["111122223333", "arn:aws:iam::444455556666:root"],
            "Service": "ec2.amazonaws.com"
        })
    );
}

#[test]
fn conditions() {
    let policy = policy! {
        allow s3:ListBucket on * when
            Bool { aws:MultiFactorAuthPresent: true, aws:SecureTransport: ["true"] },
            NumericLessThan { aws:MultiFactorAuthAge: 3_600, s3:max-keys: [1, -2, 2.5] },
            ForAnyValue:StringLike { aws:TagKeys: ["a*", "b"] },
            "StringEqualsIfExists" {
                aws:PrincipalTag/cost-center: "1",
                aws:RequestTag/2fa: "on",
                aws:ResourceTag/a.b/c: "x",
                "aws:RequestTag/k#x": "y",
            },
            Null { aws:TokenIssueTime: false },
            NotIpAddressIfExists { aws:SourceIp: "203.0.113.0/24" };
    };
    assert_eq!(
        statement(&policy)["Condition"],
        json!({
            "Bool": {"aws:MultiFactorAuthPresent": "true", "aws:SecureTransport": ["true"]},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600", "s3:max-keys": ["1", "-2", "2.5"]},
            "ForAnyValue:StringLike": {"aws:TagKeys": ["a*", "b"]},
            "StringEqualsIfExists": {
                "aws:PrincipalTag/cost-center": "1",
                "aws:RequestTag/2fa": "on",
                "aws:ResourceTag/a.b/c": "x",
                "aws:RequestTag/k#x": "y"
            },
            "Null": {"aws:TokenIssueTime": "false"},
            "NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}
        })
    );
}

#[test]
fn json_forms_keep_the_document() {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true},"NumericEquals":{"s3:max-keys":[-1,2.5]}}}}"#;
    let tokens = policy!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": "*",
            "Condition": {
                "Bool": { "aws:SecureTransport": true },
                "NumericEquals": { "s3:max-keys": [-1, 2.5] }
            }
        }
    });
    assert_eq!(tokens.static_json(), Some(text));
    let bare = policy! {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": "*",
            "Condition": {
                "Bool": { "aws:SecureTransport": true },
                "NumericEquals": { "s3:max-keys": [-1, 2.5] }
            }
        }
    };
    assert_eq!(bare.static_json(), Some(text));
    let raw = policy!(
        r#"{
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": "\u002A",
                "Condition": {
                    "Bool": {"aws:SecureTransport": true},
                    "NumericEquals": {"s3:max-keys": [-1, 2.5]}
                }
            }
        }"#
    );
    assert_eq!(raw.static_json(), Some(text));
}

#[test]
fn json_never_interpolates() {
    let policy = policy!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::{{bucket}}/{name}"}]
    });
    assert_eq!(
        statement(&policy)["Resource"],
        "arn:aws:s3:::{{bucket}}/{name}"
    );
}

#[test]
fn both_forms_of_a_policy_make_one_document() {
    let dsl = trust_policy! {
        "Break": allow principal AWS ["111122223333"] to sts:AssumeRole
            when Bool { aws:MultiFactorAuthPresent: true },
                 NumericLessThan { aws:MultiFactorAuthAge: 3600 };
    };
    let json = trust_policy!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Break",
            "Effect": "Allow",
            "Principal": { "AWS": ["111122223333"] },
            "Action": "sts:AssumeRole",
            "Condition": {
                "Bool": { "aws:MultiFactorAuthPresent": "true" },
                "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" }
            }
        }]
    });
    assert_eq!(dsl, json);
}

#[test]
fn every_kind_has_its_macro() {
    let boundary: iam_dsl::BoundaryPolicy = boundary_policy! { allow s3:* on * };
    let session: iam_dsl::SessionPolicy = session_policy! { allow s3:* on * };
    let scp: iam_dsl::ServiceControlPolicy = service_control_policy! { deny s3:* on * };
    let rcp: iam_dsl::ResourceControlPolicy =
        resource_control_policy! { deny principal * to s3:* on * };
    for (effect, policy) in [
        ("Allow", document(&boundary)),
        ("Allow", document(&session)),
        ("Deny", document(&scp)),
        ("Deny", document(&rcp)),
    ] {
        assert_eq!(policy["Statement"][0]["Effect"], effect);
    }
}

#[test]
fn strict_takes_what_has_no_finding() {
    let policy = policy!(strict, allow s3:GetObject on "arn:aws:s3:::a/*");
    assert_eq!(statement(&policy)["Action"], "s3:GetObject");
    let json = policy!(strict, {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]
    });
    assert_eq!(policy, json);
}

#[test]
fn characters_that_iam_does_not_take_are_escaped() {
    let policy = policy! {
        allow s3:GetObject on * when StringEquals { aws:PrincipalTag/name: "日本" };
    };
    assert!(policy.as_json().contains(r#""\u65e5\u672c""#), "{policy}");
}

#[test]
fn files_are_policies() {
    static READ: Policy = include_policy!("files/read.json");
    static TRUST: TrustPolicy = include_policy!(trust, "files/trust.json");
    assert_eq!(
        READ.static_json(),
        Some(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#
        )
    );
    assert_eq!(
        document(&TRUST)["Statement"]["Principal"]["Service"],
        "ec2.amazonaws.com"
    );
    let strict = include_policy!(strict, identity, "files/read.json");
    assert_eq!(strict, READ);
}
