//! The cases of another simulator, where they are at hand: what that project
//! expects, not AWS's word. They stay outside this repository. Each case in
//! which we decide otherwise is told here with AWS's page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use iam_dsl::{Context, Principal};
use serde_json::Value;

use crate::scenario;

/// Where we decide otherwise: the beginning of a suite's name, a part of the
/// case's name, and the reason.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "boundaryNotPrincipalDenyResource",
        "NotPrincipal/Deny in Resource Policy should allow",
        "NotPrincipal lists the role without its account: \"you must also specify the account ARN of the not-denied principal\" \
         (IAM User Guide, AWS JSON policy elements: NotPrincipal)",
    ),
    (
        "notPrincipal",
        "Allowed when NotPrincipal is",
        "\"NotPrincipal must be used with Effect: Deny. Using it with Effect: Allow is not supported\" \
         (IAM User Guide, AWS JSON policy elements: NotPrincipal)",
    ),
    (
        "endpoints/allow",
        "Allow when Endpoint Policy Allows",
        "the endpoint policy has no Principal element, which an endpoint policy must contain \
         (AWS PrivateLink Guide, Control access to VPC endpoints using endpoint policies)",
    ),
    (
        "iam/managedPolicies/aws/denied",
        "for AWS managed policies",
        "that AWS managed policies cannot be changed is no question of permissions: IAM refuses the call itself, whoever may \
         (IAM User Guide, Managed policies and inline policies)",
    ),
    (
        "iam/roles/reserved/denied",
        "for AWS managed roles",
        "a reserved role is protected by the error UnmodifiableEntity, not by permissions \
         (IAM API Reference, errors of AttachRolePolicy and the others)",
    ),
    (
        "kms/aliases",
        "for AWS-managed alias",
        "the prefix alias/aws/ is refused by the operation itself as an invalid name, not by permissions \
         (AWS KMS API Reference, CreateAlias)",
    ),
];

fn path() -> PathBuf {
    std::env::var_os("IAM_DSL_AUTHORIZATION_CASES").map_or_else(
        || {
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../../shared/data/authorization-cases.jsonl")
        },
        PathBuf::from,
    )
}

/// Some of those documents write `"Principal": "ARN"`, which AWS refuses; what
/// they mean is `{"AWS": "ARN"}`.
fn name_as_aws(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(text) if key == "Principal" && text != "*" => {
                        *value = serde_json::json!({"AWS": text});
                    }
                    other => name_as_aws(other),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(name_as_aws),
        _ => {}
    }
}

/// A case in the form of this crate's own.
fn decide(case: &Value) -> String {
    let asked = &case["request"];
    let action = asked["action"].as_str().expect("an action");
    let mut policies = case.clone();
    // Those cases give a role's trust policy as the policy of the resource.
    if action.to_ascii_lowercase().starts_with("sts:assumerole") {
        policies["trust"] = policies["resource"].take();
    }
    let authorizer = scenario::authorizer(&policies);
    let request = scenario::request(asked);
    let request = match asked["principal"].as_str() {
        Some(_) => request,
        None => request.principal(Principal::anonymous()),
    };
    let context = asked["context"]
        .as_object()
        .map_or_else(Context::new, scenario::context);
    format!(
        "{:?}",
        authorizer.decide(&request.context(context)).outcome()
    )
}

/// What is wrong with the first document of a case that cannot be read.
fn refused(case: &Value) -> Option<String> {
    let flat = ["identity", "resource", "boundary", "session", "endpoint"]
        .map(|key| scenario::many(case, key));
    let levels = ["scp", "rcp"].map(|key| scenario::many(case, key));
    let nested = levels
        .iter()
        .flatten()
        .flat_map(|level| level.as_array())
        .flatten();
    flat.iter()
        .flatten()
        .copied()
        .chain(nested)
        .find_map(|document| scenario::try_document(document).err())
        .map(|error| error.to_string())
}

#[test]
fn the_cases_of_another_simulator_agree_but_for_those_explained() {
    let path = path();
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "left out: the authorization cases, since {} is absent",
            path.display()
        );
        return;
    };
    let mut disagreements: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut agree = 0;
    for line in text.lines() {
        let mut case: Value = serde_json::from_str(line).expect("a JSON line");
        name_as_aws(&mut case);
        let suite = case["suite"].as_str().expect("a suite");
        // Questions about patterns are not asked of `decide`.
        if suite.starts_with("resourceWildcards") {
            println!("left out: {suite}: {}", case["name"]);
            continue;
        }
        if let Some(error) = refused(&case) {
            println!(
                "left out, for IAM refuses the document: {suite}: {}: {error}",
                case["name"]
            );
            continue;
        }
        let expected = case["expected"].as_str().expect("an outcome");
        let ours = decide(&case);
        if ours == expected {
            agree += 1;
        } else {
            let name = case["name"].as_str().unwrap_or_default();
            disagreements
                .entry(suite.to_owned())
                .or_default()
                .push(format!("{name}: they say {expected}, we say {ours}"));
        }
    }
    println!("{agree} agree");
    let mut unexplained = Vec::new();
    for (suite, cases) in &disagreements {
        for case in cases {
            match OTHERWISE
                .iter()
                .find(|(prefix, part, _)| suite.starts_with(prefix) && case.contains(part))
            {
                Some((_, _, reason)) => println!("otherwise: {suite}: {case}: {reason}"),
                None => unexplained.push(format!("{suite}: {case}")),
            }
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} unexplained:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
}
