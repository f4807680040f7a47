//! Two cases and two near misses at least for every check of the library's own:
//! `cases.json`, where each code cites the page that it rests on.

use std::collections::BTreeSet;

use iam_dsl::findings::{Checks, Group};
use iam_dsl::{Code, Diagnostic, Document, PolicyKind};
use serde_json::{Value, json};

struct Case {
    code: Code,
    kind: PolicyKind,
    source: String,
    found: Vec<(Document, String, Vec<String>)>,
    quiet: Vec<Document>,
}

fn document(statements: &Value) -> Document {
    let value = json!({"Version": "2012-10-17", "Statement": statements});
    Document::from_json(&value.to_string()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn cases() -> Vec<Case> {
    let all: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let read = |case: &Value| Case {
        code: *Code::ALL
            .iter()
            .find(|code| case["code"] == code.as_str())
            .unwrap_or_else(|| panic!("no code {}", case["code"])),
        kind: match case["kind"].as_str() {
            Some("identity") => PolicyKind::Identity,
            Some("trust") => PolicyKind::Trust,
            other => panic!("no kind {other:?}"),
        },
        source: case["source"].as_str().unwrap().to_owned(),
        found: case["found"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| {
                let place = found["at"].as_str().unwrap().to_owned();
                (
                    document(&found["document"]),
                    place,
                    texts(&found["related"]),
                )
            })
            .collect(),
        quiet: case["quiet"]
            .as_array()
            .unwrap()
            .iter()
            .map(document)
            .collect(),
    };
    all.iter().map(read).collect()
}

#[test]
fn every_own_check_has_cases_and_near_misses() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        let Case { code, kind, .. } = case;
        assert!(case.source.starts_with("https://"), "{code} cites nothing");
        assert!(
            case.found.len() >= 2 && case.quiet.len() >= 2,
            "{code} has too few"
        );
        let checks = Checks::all();
        for (document, place, related) in &case.found {
            let all = checks.find(document, kind);
            let of: Vec<_> = all.of(code).collect();
            assert!(
                of.iter()
                    .any(|f| f.pointer == *place && f.related == *related),
                "{code} is not at {place} {related:?} of {document}:\n{all}"
            );
            assert!(of.iter().all(|f| f.help.is_some()), "{code} has no help");
            // IAM itself refuses trust of a shared provider without its claim.
            let valid = |f: &Diagnostic| !f.is_error() || f.code == Code::SharedOidcProvider;
            assert!(all.iter().all(valid), "{document}:\n{all}");
            // Each can be switched off, and on alone.
            let without = checks.clone().without(code).find(document, kind);
            assert_eq!(without.of(code).count(), 0);
            assert_eq!(without.len() + of.len(), all.len());
            let alone = Checks::none().with(code).find(document, kind);
            assert_eq!(alone.iter().collect::<Vec<_>>(), of);
        }
        for document in &case.quiet {
            let all = checks.find(document, kind);
            assert_eq!(all.of(code).count(), 0, "{document}:\n{all}");
            assert!(!all.has_errors(), "{document}:\n{all}");
        }
        seen.insert(code);
    }
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| code.is_own() && Group::of(**code).is_some() && !seen.contains(code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// Boundaries and control policies allow in order to limit.
#[test]
fn only_identity_policies_are_asked_what_they_give() {
    let document = document(&json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    for kind in [
        PolicyKind::Boundary,
        PolicyKind::Session,
        PolicyKind::ServiceControl,
    ] {
        let found = Checks::all().find(&document, kind);
        assert!(
            found.iter().all(|finding| !finding.code.is_own()),
            "{kind}: {found}"
        );
    }
}

#[test]
fn every_code_has_one_group() {
    let mut of_groups: Vec<Code> = Group::ALL.into_iter().flat_map(Group::codes).collect();
    of_groups.sort();
    let of_reports = [
        Code::UnreadableFile,
        Code::BaselineExpired,
        Code::BaselineUnused,
    ];
    let mut all: Vec<Code> = Code::ALL.to_vec();
    all.retain(|code| !of_reports.contains(code));
    all.sort();
    assert_eq!(of_groups, all);
}

#[test]
fn what_is_of_the_wrong_type_or_empty_is_told_what_would_be_right() {
    let compared = |operator: &str, key: &str| {
        json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {operator: {key: "soon"}}}])
    };
    let cases = [
        (
            Code::TypeMismatchDate,
            compared("DateLessThan", "aws:CurrentTime"),
        ),
        (
            Code::TypeMismatchNumber,
            compared("NumericLessThan", "aws:MultiFactorAuthAge"),
        ),
        (
            Code::TypeMismatchBoolean,
            compared("Bool", "aws:SecureTransport"),
        ),
        (
            Code::EmptyArrayAction,
            json!([{"Effect": "Allow", "Action": [], "Resource": "*"}]),
        ),
        (
            Code::EmptyArrayResource,
            json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": []}]),
        ),
    ];
    for (code, statements) in cases {
        let found = Checks::default().find(&document(&statements), PolicyKind::Identity);
        let finding = found.of(code).next().unwrap();
        assert!(finding.help.is_some(), "{code}");
    }
}
