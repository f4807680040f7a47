//! Any bytes give a document or an error, and what is read is what was written.

use iam_dsl_core::{Document, Policy, PolicyKind, equivalent, validate_json};
use proptest::prelude::*;

/// JSON-like text: near enough to a policy to get past the parser often.
fn policy_like() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "AWS",
        "Service",
        "Federated",
        "StringEquals",
        "ForAnyValue:StringLike",
        "Bool",
        "IpAddress",
        "aws:username",
        "x",
        "",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("2012".to_owned()),
        Just("1.5e3".to_owned()),
        prop::sample::select(vec![
            "Allow",
            "Deny",
            "2012-10-17",
            "2008-10-17",
            "s3:GetObject",
            "*",
            "s3:*",
            "sts:AssumeRole",
            "arn:aws:s3:::b/*",
            "arn:aws:iam::111122223333:role/r",
            "111122223333",
            "${aws:username}",
            "${",
            "${x, 'y'}",
            "203.0.113.0/24",
            "arn:::::",
            ":",
            "ec2.amazonaws.com",
            "accounts.google.com",
        ])
        .prop_map(|text| format!("\"{text}\"")),
        "[ -~]{0,6}".prop_map(|text| format!("\"{}\"", text.replace(['\\', '"'], ""))),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

const KINDS: [PolicyKind; 7] = [
    PolicyKind::Identity,
    PolicyKind::Trust,
    PolicyKind::Resource,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
];

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        for kind in KINDS {
            let _ = validate_json(&text, kind);
        }
    }

    #[test]
    fn what_looks_like_a_policy_is_read_without_panic(text in policy_like()) {
        for kind in KINDS {
            let (document, findings) = validate_json(&text, kind);
            prop_assert!(document.is_some() || findings.iter().any(|f| f.is_error()));
        }
    }

    #[test]
    fn what_is_read_is_written_again(text in policy_like()) {
        if let Ok(document) = Document::from_json(&text) {
            let written = document.to_json();
            let again = Document::from_json(&written).unwrap();
            prop_assert_eq!(&again, &document);
            prop_assert_eq!(again.to_json(), written);
            prop_assert!(equivalent(&again, &document));
        }
    }
}

#[test]
fn errors_name_line_and_column() {
    let error = Policy::<iam_dsl_core::Identity>::from_json(
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Alow\",\n    \"Action\": \"s3:*\",\n    \"Resource\": \"*\"\n  }]\n}",
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the policy is not valid: 1 error\n  4:15: ERROR INVALID_EFFECT at /Statement/0/Effect: `Alow` is no effect; did you mean `Allow`?"
    );
}

#[test]
fn a_trust_policy_is_no_identity_policy() {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}"#;
    assert!(text.parse::<iam_dsl_core::TrustPolicy>().is_ok());
    let error = text.parse::<Policy>().unwrap_err();
    assert!(
        error.to_string().contains("UNSUPPORTED_PRINCIPAL"),
        "{error}"
    );
    assert_eq!(
        error.refusal(),
        Some("Policy document should not specify a principal.")
    );
}
