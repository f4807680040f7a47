//! What the validator says of whole documents: all mistakes together, nothing of
//! what AWS's guides write, and no more than a document's size demands.

use std::collections::BTreeSet;

use iam_dsl_core::PolicyKind::*;
use iam_dsl_core::validate_json;

/// A document of one statement with these members.
fn statement(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

/// An identity statement with this action.
fn action(action: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Action":{action},"Resource":"*""#
    ))
}

/// An identity statement with this condition.
fn condition(condition: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{condition}"#
    ))
}

#[test]
fn an_element_that_cannot_be_read_is_not_called_missing() {
    let text = statement(r#""Effect":1,"Action":{},"Resource":[[]]"#);
    let codes: Vec<&str> = validate_json(&text, Identity)
        .1
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(codes, ["DATA_TYPE_MISMATCH"; 3], "{codes:?}");
}

#[test]
fn all_mistakes_come_together() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"allow","Action":"s3","Resource":"bucket"},
        {"Sid":"a b","Effect":"Deny","NotAction":["s3:a:b"],"Resource":["arn:aws:s3"],"Condition":{"Bool":{"x":"y"}}}
    ]}"#;
    let (_, findings) = validate_json(text, Identity);
    let errors: BTreeSet<(&str, &str)> = findings
        .iter()
        .filter(|f| f.is_error())
        .map(|f| (f.code.as_str(), f.pointer.as_str()))
        .collect();
    let expected = BTreeSet::from([
        ("INVALID_EFFECT", "/Statement/0/Effect"),
        ("IAM_ACTION_FORMAT", "/Statement/0/Action"),
        ("INVALID_ARN_PREFIX", "/Statement/0/Resource"),
        ("UNSUPPORTED_SID", "/Statement/1/Sid"),
        ("IAM_ACTION_FORMAT", "/Statement/1/NotAction/0"),
        ("MISSING_ARN_FIELD", "/Statement/1/Resource/0"),
        (
            "INVALID_CONDITION_KEY_FORMAT",
            "/Statement/1/Condition/Bool/x",
        ),
        ("IAM_VALUE_NEVER_MATCHES", "/Statement/1/Condition/Bool/x"),
    ]);
    assert_eq!(errors, expected);
}

/// Policies as AWS's own guides write them.
#[test]
fn what_the_guides_write_is_no_error() {
    let errors = |text: &str, kind| -> Vec<String> {
        let findings = validate_json(text, kind).1;
        findings
            .iter()
            .filter(|f| f.is_error())
            .map(ToString::to_string)
            .collect()
    };
    let none: Vec<String> = Vec::new();
    // Amazon ECR User Guide, "Private repository policy examples": no Resource.
    let ecr = statement(
        r#""Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["ecr:BatchGetImage"]"#,
    );
    assert_eq!(errors(&ecr, Resource), none);
    assert_eq!(
        errors(&ecr.replace("ecr:BatchGetImage", "s3:GetObject"), Resource).len(),
        1
    );
    // API Gateway Developer Guide, "API Gateway resource policy examples".
    let api = statement(
        r#""Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/stage/GET/pets""#,
    );
    assert_eq!(errors(&api, Resource), none);
    // Amazon SNS Developer Guide: the default policy of a topic.
    let sns = statement(
        r#""Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Receive"],"Resource":"arn:aws:sns:us-east-1:111122223333:t""#,
    );
    assert_eq!(errors(&sns, Resource), none);
    // IAM User Guide: keys of tags may have spaces.
    let tag = condition(r#"{"StringEquals":{"aws:RequestTag/Cost Center":"a"}}"#);
    assert_eq!(errors(&tag, Identity), none);
}

/// What somebody else wrote must not cost more than its size.
#[test]
fn hostile_documents_get_short_findings_and_few_searches() {
    let actions: Vec<String> = (0..2_000).map(|n| format!(r#""s3:GetObjct{n}""#)).collect();
    let findings = validate_json(&action(&format!("[{}]", actions.join(","))), Identity).1;
    assert!(findings.len() >= 2_000);
    let searched = findings
        .iter()
        .filter(|f| f.help.as_deref().is_some_and(|h| h.starts_with("did you")))
        .count();
    assert!((1..=50).contains(&searched), "{searched}");
    let long = action(&format!(r#""s3:{}""#, "ä".repeat(1_000_000)));
    for finding in validate_json(&long, Identity).1 {
        assert!(finding.message.len() < 3_000);
    }
}
