//! The conformance files that lie beside the repository where the project is
//! developed. They are not part of it: where they are missing, the tests say
//! what they leave out and pass.

use std::path::PathBuf;

use language_tests::conformance::{Kind, Report, run};

/// The report of a file beside the repository, where it is there.
fn report(kind: Kind, file: &str) -> Option<Report> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(run(kind, &text)),
        Err(_) => {
            println!("left out: {file} is not beside the repository");
            None
        }
    }
}

#[test]
fn aws_managed_policies_round_trip() {
    if let Some(report) = report(Kind::Roundtrip, "aws-managed-policies.jsonl") {
        assert!(report.disagreements.is_empty(), "{report}");
        assert!(report.agree >= 1_500, "{report}");
    }
}

#[test]
fn equality_agrees() {
    if let Some(report) = report(Kind::Equivalence, "policy-equivalence.jsonl") {
        assert!(report.disagreements.is_empty(), "{report}");
    }
}

/// One case of that file is wrong: it has IAM accept a Sid with underscores.
/// IAM answers CreatePolicy with "Statement IDs (SID) must be alpha-numeric.
/// Check that your input satisfies the regular expression [0-9A-Za-z]*", and the
/// grammar in the IAM User Guide says the same of Sids.
#[test]
fn grammar_agrees() {
    if let Some(report) = report(Kind::Grammar, "policy-grammar-cases.jsonl") {
        let others: Vec<_> = report
            .disagreements
            .iter()
            .filter(|d| {
                !d.reason
                    .contains("Statement IDs (SID) must be alpha-numeric")
            })
            .collect();
        assert!(others.is_empty(), "{report}");
        assert!(report.disagreements.len() <= 1, "{report}");
    }
}

/// Where we decide otherwise the reason is told, with AWS's page.
#[test]
fn authorization_agrees() {
    if let Some(report) = report(Kind::Authorization, "authorization-cases.jsonl") {
        assert!(report.disagreements.is_empty(), "{report}");
        assert!(report.agree >= 150, "{report}");
        assert!(
            report
                .notes
                .iter()
                .all(|n| n.reason.contains("(AWS ") || n.reason.contains("(IAM ")),
            "{report}"
        );
    }
}

/// The evaluator's own cases, each written from the page that it names.
#[test]
fn own_cases_agree() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../iam-dsl/tests/evaluate/cases");
    let mut agree = 0;
    for table in [
        "elements",
        "layers",
        "operators",
        "principals",
        "services",
        "trust",
        "variables",
    ] {
        let text = std::fs::read_to_string(folder.join(table).with_extension("json")).unwrap();
        let report = run(Kind::Authorization, &text);
        assert!(report.disagreements.is_empty(), "{table}: {report}");
        agree += report.agree;
    }
    assert!(agree >= 600, "{agree}");
}

#[test]
fn a_question_of_a_table_that_is_wrong_is_told() {
    let table = r#"[{"name": "g", "page": "https://docs.aws.amazon.com/x", "principal": "arn:aws:iam::111122223333:user/Adele",
        "identity": {"Effect": "Allow", "Action": "*", "Resource": "*"}, "asks": [
        {"action": "s3:GetObject", "resource_arn": "arn:aws:s3:::b/k", "expected": "Allow", "layer": "Identity"},
        {"action": "s3:GetObject", "resource_arn": "arn:aws:s3:::b/k", "expected": "ImplicitDeny"},
        {"action": "s3:GetObject", "resource_arn": "arn:aws:s3:::b/k", "expected": "Allow", "layer": "Resource"},
        {"action": "s3:GetObject", "expected": "Allow"}]}]"#;
    let report = run(Kind::Authorization, table);
    assert_eq!(
        (report.agree, report.disagreements.len()),
        (1, 3),
        "{report}"
    );
}

#[test]
fn a_decision_that_is_wrong_is_told() {
    let case = r#"{"suite":"s","name":"n","request":{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","principal":"arn:aws:iam::111122223333:user/Adele","context":{}},"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}],"expected":"EXPECTED"}"#;
    let right = run(Kind::Authorization, &case.replace("EXPECTED", "Allow"));
    assert_eq!(right.to_string(), "1 agree, 0 disagree");
    let wrong = run(
        Kind::Authorization,
        &case.replace("EXPECTED", "ImplicitDeny"),
    );
    assert!(
        wrong
            .to_string()
            .contains("they say ImplicitDeny, we say Allow"),
        "{wrong}"
    );
    assert_eq!(wrong.disagreements.len(), 1);
}

#[test]
fn a_case_that_does_not_hold_is_told() {
    let text = concat!(
        r#"{"name":"a","equal":true,"a":{"Statement":[]},"b":{"Id":"x","Statement":[]}}"#,
        "\n\nno json\n",
        r#"{"name":"c","equal":true,"a":{"Statement":[]}}"#,
    );
    let report = run(Kind::Equivalence, text);
    let told: Vec<String> = report
        .disagreements
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(report.agree, 0);
    assert_eq!(told[0], "line 1 (a): equal, but told apart here");
    assert!(
        told[1].starts_with("line 3: the line is no JSON"),
        "{told:?}"
    );
    assert_eq!(told[2], "line 4 (c): the case has no `b`");
    assert!(report.to_string().ends_with("0 agree, 3 disagree"));
}
