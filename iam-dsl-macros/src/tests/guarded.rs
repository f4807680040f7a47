//! Guardrails against the evaluator: what a policy is found to allow on a
//! resource that a guardrail names, the guardrail has reported.

use std::str::FromStr;

use iam_dsl::{Authorizer, IdentityPolicy, Request};
use iam_dsl_core::PolicyKind;
use iam_dsl_core::pattern::{Class, Reading, ResourcePart, Shape, resource_shape};
use proc_macro2::TokenStream;
use proptest::prelude::*;
use proptest::sample::select;

use crate::expand::judge;

/// A resource pattern of few letters, so that patterns and resources meet.
fn pattern() -> impl Strategy<Value = String> {
    let region = select(vec!["", "*", "a", "a*", "*a", "a*a", "?"]);
    let account = select(vec!["", "*", "111122223333"]);
    let whole = (region, account, "[ab:*?]{1,4}")
        .prop_map(|(region, account, name)| format!("arn:aws:sqs:{region}:{account}:{name}"));
    prop_oneof![
        12 => whole,
        1 => select(vec!["*", "arn:aws:sqs:*", "arn:aws:sqs:a:*", "arn:*"]).prop_map(str::to_owned),
    ]
}

fn resource() -> impl Strategy<Value = String> {
    let region = select(vec!["", "a", "aba"]);
    let account = select(vec!["", "111122223333"]);
    (region, account, "[ab:]{1,4}")
        .prop_map(|(region, account, name)| format!("arn:aws:sqs:{region}:{account}:{name}"))
}

/// Whether the guardrail names the resource.
fn names(rule: &str, resource: &str) -> bool {
    let mut only = Shape::with_capacity(resource.len());
    only.push_pattern(resource, Class::Any);
    let rule = resource_shape([ResourcePart::Text(rule)], Reading::Rule);
    rule.unwrap().intersects(&only)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    })]
    #[test]
    fn no_access_slips_past_a_guardrail(
        on in pattern(),
        not in any::<bool>(),
        rule in pattern(),
        resource in resource(),
        actions in select(vec!["sqs:Send*", "sqs:SendMessage", "not iam:*", "not [sqs:Purge*, sqs:List*]"]),
        never in select(vec!["sqs:*", "sqs:Send?essage", "*", "sqs:SENDMESSAGE"]),
    ) {
        let element = if not { "on not" } else { "on" };
        let statement = format!("unchecked allow {actions} {element} {on:?};");
        let free = judge(PolicyKind::Identity, TokenStream::from_str(&statement).unwrap());
        prop_assume!(free.findings.is_empty());
        let json = super::three_ways::json_of(free.made);
        let policy = IdentityPolicy::from_json_unchecked(&json).unwrap();
        let request = Request::new("sqs:SendMessage", &resource).unwrap();
        let allowed = Authorizer::new().identity(&policy).decide(&request).is_allowed();
        prop_assume!(allowed && names(&rule, &resource));

        let guarded = format!("{statement} unchecked never {never} on {rule:?};");
        let judged = judge(PolicyKind::Identity, TokenStream::from_str(&guarded).unwrap());
        let reported = judged.findings.iter().any(|finding| finding.code == "GUARDRAIL");
        prop_assert!(reported, "{guarded} allows {resource}");
    }
}
