//! Proofs that are attacked, and witnesses that are replayed.

use iam_dsl::analyze::{Access, Comparison, Relation, compare, relate};
use iam_dsl::testing::aimed;
use iam_dsl::{Document, PolicyKind};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const CONDITIONS: &[&str] = &[
    "",
    "",
    "",
    r#""StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-north-1"]}"#,
    r#""StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
    r#""StringLike":{"aws:RequestedRegion":"eu-*"}"#,
    r#""StringNotLike":{"aws:RequestedRegion":["eu-*","us-?"]}"#,
    r#""StringEqualsIgnoreCase":{"aws:RequestedRegion":"EU-WEST-1"}"#,
    r#""StringEqualsIfExists":{"aws:RequestedRegion":"eu-west-1"}"#,
    r#""Null":{"aws:RequestedRegion":"true"}"#,
    r#""Null":{"aws:TagKeys":"false"}"#,
    r#""ForAllValues:StringEquals":{"aws:TagKeys":["team","cost"]}"#,
    r#""ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}"#,
    r#""ForAnyValue:StringNotEquals":{"aws:TagKeys":["team","cost"]}"#,
    r#""ForAllValues:StringNotLike":{"aws:TagKeys":["te*"]}"#,
    r#""NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}"#,
    r#""NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":["3600","60"]}"#,
    r#""NumericNotEquals":{"aws:MultiFactorAuthAge":"60"}"#,
    r#""DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#,
    r#""DateLessThanEquals":{"aws:CurrentTime":"2026-01-01T00:00:01Z"}"#,
    r#""Bool":{"aws:SecureTransport":"true"}"#,
    r#""BoolIfExists":{"aws:SecureTransport":"false"}"#,
    r#""IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}"#,
    r#""NotIpAddress":{"aws:SourceIp":"203.0.113.128/25"}"#,
    r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:t*"}"#,
    r#""ArnNotEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:topic"}"#,
    r#""StringLike":{"aws:SourceArn":"arn:aws:sns:*"}"#,
    r#""StringEquals":{"aws:RequestTag/owner":"${aws:username}"}"#,
    r#""StringNotEquals":{"aws:RequestTag/owner":"${aws:username}"}"#,
    r#""StringLike":{"aws:RequestTag/owner":"${aws:PrincipalTag/team}"}"#,
    r#""StringEquals":{"aws:PrincipalTag/team":["red","blue"]}"#,
];
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:*Object",
    "s3:?etObject",
    "s3:*",
    "*",
    "sqs:SendMessage",
    "iam:ListUsers",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::assets/logo.svg",
    "arn:aws:s3:::assets/*",
    "arn:aws:s3:::assets/?ogo.svg",
    "arn:aws:s3:::*",
    "arn:aws:s3:::*.svg",
    "arn:aws:s3:::assets/${aws:username}/*",
    "arn:aws:s3:::assets/${aws:PrincipalTag/team}",
    "arn:aws:sqs:*:111122223333:q",
    "arn:aws:sqs:eu-*-1:*:q*",
    "arn:aws:sqs:*:*:*/x",
];
const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/Adele"}"#,
    r#"{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::111122223333:role/ops"]}"#,
    r#"{"Service":"ec2.amazonaws.com"}"#,
];

fn statement(kind: PolicyKind) -> impl Strategy<Value = String> {
    (
        select(&["Allow", "Allow", "Deny"][..]),
        select(&["Action", "Action", "Action", "NotAction"][..]),
        prop::collection::vec(select(ACTIONS), 1..=2),
        select(&["Resource", "Resource", "Resource", "NotResource"][..]),
        prop::collection::vec(select(RESOURCES), 1..=2),
        prop::collection::vec(select(CONDITIONS), 0..=2),
        select(PRINCIPALS),
    )
        .prop_map(move |(effect, action, actions, resource, resources, conditions, principal)| {
            let list = |texts: Vec<&str>| format!("[\"{}\"]", texts.join("\",\""));
            let mut conditions: Vec<&str> = conditions.into_iter().filter(|c| !c.is_empty()).collect();
            // An operator stands once.
            let operator = |c: &str| c.split(':').take(2).collect::<String>().split('{').next().unwrap_or_default().to_owned();
            conditions.dedup_by_key(|c| operator(c));
            let principal = match kind.has_principal() {
                true => format!(r#","Principal":{principal}"#),
                false => String::new(),
            };
            format!(
                r#"{{"Effect":"{effect}"{principal},"{action}":{},"{resource}":{},"Condition":{{{}}}}}"#,
                list(actions),
                list(resources),
                conditions.join(",")
            )
        })
}

fn document(kind: PolicyKind) -> impl Strategy<Value = Document> {
    prop::collection::vec(statement(kind), 1..=4).prop_filter_map(
        "a document is read",
        |statements| {
            Document::from_json(&format!(
                r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
                statements.join(",")
            ))
            .ok()
        },
    )
}

/// The document with one statement more, or one less.
fn with(document: &Document, more: &Document) -> Document {
    Document::of(
        document
            .statements()
            .iter()
            .chain(more.statements())
            .cloned()
            .collect(),
    )
}

/// A proof that survives requests aimed at both sides, or a witness that holds.
fn stands(
    kind: PolicyKind,
    new: &Document,
    reference: &Document,
    runner: &mut TestRunner,
) -> Result<(), TestCaseError> {
    let (a, b) = (
        Access::document(new, kind),
        Access::document(reference, kind),
    );
    match compare(&a, &b) {
        Comparison::NoNewAccess => {
            for document in [new, reference] {
                let strategy = aimed(document);
                for _ in 0..24 {
                    let request = strategy.new_tree(runner).unwrap().current();
                    prop_assert!(
                        !a.allows(&request) || b.allows(&request),
                        "{} when {:?}",
                        request,
                        request.stated_context()
                    );
                }
            }
        }
        Comparison::NewAccess(witness) => {
            prop_assert!(
                a.allows(witness.request()) && !b.allows(witness.request()),
                "{}",
                witness
            );
        }
        Comparison::Unknown(unknown) => {
            prop_assert!(
                unknown.kind() != iam_dsl::analyze::UnknownKind::NotConfirmed,
                "{}",
                unknown
            );
        }
        _ => {}
    }
    Ok(())
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("IAM_DSL_PROVE_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases.unwrap_or(400))
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn identity_policies(new in document(PolicyKind::Identity), reference in document(PolicyKind::Identity)) {
        stands(PolicyKind::Identity, &new, &reference, &mut TestRunner::deterministic())?;
    }

    #[test]
    fn resource_policies(new in document(PolicyKind::Resource), reference in document(PolicyKind::Resource)) {
        stands(PolicyKind::Resource, &new, &reference, &mut TestRunner::deterministic())?;
    }

    #[test]
    fn near_policies(document in document(PolicyKind::Identity), more in document(PolicyKind::Identity)) {
        let wider = with(&document, &more);
        stands(PolicyKind::Identity, &wider, &document, &mut TestRunner::deterministic())?;
        stands(PolicyKind::Identity, &document, &wider, &mut TestRunner::deterministic())?;
    }

    #[test]
    fn a_policy_is_its_own_equal(document in document(PolicyKind::Resource)) {
        let access = Access::document(&document, PolicyKind::Resource);
        prop_assert!(matches!(relate(&access, &access), Relation::Equal | Relation::Unknown(_)));
    }

    #[test]
    fn an_allow_gives_and_a_deny_takes(document in document(PolicyKind::Identity), more in document(PolicyKind::Identity)) {
        let only = |effect| Document::of(more.statements().iter().filter(|s| s.effect() == Some(effect)).cloned().collect());
        let of = |document: &Document| Access::document(document, PolicyKind::Identity);
        let wider = compare(&of(&document), &of(&with(&document, &only(iam_dsl::Effect::Allow))));
        prop_assert!(wider.witness().is_none(), "{}", wider);
        let narrower = compare(&of(&with(&document, &only(iam_dsl::Effect::Deny))), &of(&document));
        prop_assert!(narrower.witness().is_none(), "{}", narrower);
    }
}
