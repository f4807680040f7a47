//! Documents of each kind.

use iam_dsl_core::{Document, PolicyKind};
use proptest::prelude::*;
use proptest::sample::select;

/// The plainest stand first: shrinking goes there.
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:?etObject",
    "s3:*",
    "sqs:SendMessage",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::assets/logo.svg",
    "arn:aws:s3:::assets/*",
    "arn:aws:s3:::assets/?ogo.svg",
    "arn:aws:s3:::assets/${aws:username}/*",
    "*",
];
const CONDITIONS: &[&str] = &[
    r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
    r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
    r#"{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-north-1"]}}"#,
    r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
    r#"{"StringLike":{"aws:UserAgent":"curl/*"}}"#,
    r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#,
    r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
    r#"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#,
    r#"{"Null":{"aws:TokenIssueTime":"true"}}"#,
    r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["team","cost"]}}"#,
];
const PRINCIPALS: &[&str] = &[
    r#"{"AWS":"arn:aws:iam::111122223333:user/Adele"}"#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::444455556666:root"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:role/deploy","arn:aws:iam::444455556666:user/Bob"]}"#,
    r#"{"Service":"ec2.amazonaws.com"}"#,
];

/// "You must also specify the account ARN of the not-denied principal" (IAM User
/// Guide, "AWS JSON policy elements: NotPrincipal").
const SPARED: &str =
    r#"{"AWS":["arn:aws:iam::111122223333:user/Adele","arn:aws:iam::111122223333:root"]}"#;

/// A valid document of a kind, of one to four statements.
///
/// ```
/// use iam_dsl::testing::document;
/// use iam_dsl::{PolicyKind, Severity, validate};
/// use proptest::test_runner::TestRunner;
///
/// TestRunner::default().run(&document(PolicyKind::Trust), |document| {
///     let errors = validate(&document, PolicyKind::Trust).into_iter().filter(|f| f.severity == Severity::Error);
///     assert_eq!(errors.count(), 0);
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn document(kind: PolicyKind) -> impl Strategy<Value = Document> {
    let text = prop::collection::vec(statement(kind), 1..=4).prop_map(|statements| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        )
    });
    // The texts are well formed; were one not, the strategy would say so.
    text.prop_filter_map("a document is read", |text| Document::from_json(&text).ok())
}

/// One statement as JSON.
fn statement(kind: PolicyKind) -> impl Strategy<Value = String> {
    let control = kind == PolicyKind::ResourceControl;
    let effects: &'static [&'static str] = match control {
        true => &["Deny"],
        false => &["Allow", "Allow", "Deny"],
    };
    let actions: &'static [&'static str] = match kind {
        PolicyKind::Trust => &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        _ => ACTIONS,
    };
    let principals: &'static [&'static str] = match control {
        true => &["\"*\""],
        false => PRINCIPALS,
    };
    // A resource control policy may not list what it leaves out, and a trust policy
    // that does would be a strange one.
    let but_actions = match kind {
        PolicyKind::Trust | PolicyKind::ResourceControl => 0.0,
        _ => 0.15,
    };
    (
        select(effects),
        prop::bool::weighted(but_actions),
        prop::collection::vec(select(actions), 1..=3),
        prop::bool::weighted(0.15),
        prop::collection::vec(select(RESOURCES), 1..=2),
        prop::bool::weighted(0.3),
        select(principals),
        prop::option::weighted(0.5, select(CONDITIONS)),
    )
        .prop_map(
            move |(effect, but, actions, elsewhere, resources, others, principal, condition)| {
                let mut text = format!(r#"{{"Effect":"{effect}""#);
                if kind.has_principal() {
                    // Only a Deny of a resource policy spares whom it lists.
                    let spares = others && effect == "Deny" && kind == PolicyKind::Resource;
                    text += &match spares {
                        true => format!(r#","NotPrincipal":{SPARED}"#),
                        false => format!(r#","Principal":{principal}"#),
                    };
                }
                let but = but && !actions.contains(&"*");
                text += &format!(r#","{}Action":{}"#, not(but), list(actions));
                if kind.has_resource() {
                    // All but everything is nothing.
                    let elsewhere = elsewhere && !resources.contains(&"*");
                    text += &format!(r#","{}Resource":{}"#, not(elsewhere), list(resources));
                }
                if let Some(condition) = condition {
                    text += &format!(r#","Condition":{condition}"#);
                }
                text + "}"
            },
        )
}

fn not(negated: bool) -> &'static str {
    if negated { "Not" } else { "" }
}

/// A list without repetitions; one value alone as it is.
fn list(mut values: Vec<&str>) -> String {
    values.sort_unstable();
    values.dedup();
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::{Severity, validate};

    use super::*;

    proptest! {
        #[test]
        fn documents_are_valid(
            (kind, document) in select(&[
                PolicyKind::Identity, PolicyKind::Trust, PolicyKind::Resource, PolicyKind::Boundary,
                PolicyKind::Session, PolicyKind::ServiceControl, PolicyKind::ResourceControl,
            ][..]).prop_flat_map(|kind| (Just(kind), document(kind)))
        ) {
            let errors: Vec<String> = validate(&document, kind)
                .into_iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.to_string())
                .collect();
            prop_assert!(errors.is_empty(), "{kind:?} {}: {errors:?}", document.to_json());
        }
    }
}
