//! Findings on whole policies: they do not hang on the order of statements, few of
//! AWS's own policies have grave ones, and those of IAM Access Analyzer are ours.
//!
//! The policies and the record lie beside the repository where the project is
//! developed; without them the tests say what they leave out and pass.

use std::collections::BTreeMap;
use std::path::PathBuf;

use iam_dsl::{Diagnostic, Document, Element, OneOrMany, PolicyKind, Severity, validate};
use language_tests::conformance::findings;
use proptest::prelude::*;

fn beside(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(file);
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("left out: {file} is not beside the repository");
    }
    text
}

fn managed_policies() -> Option<BTreeMap<String, Document>> {
    let policies = findings::policies(&beside("aws-managed-policies.jsonl")?).unwrap();
    let parsed = policies
        .into_iter()
        .map(|(name, document)| (name, document.to_string().parse().unwrap()));
    Some(parsed.collect())
}

/// The document with its statements in another order: `order[i]` is the old place
/// of the statement that stands at `i`.
fn reordered(document: &Document, order: &[usize]) -> Document {
    let elements = document.elements().iter().map(|element| match element {
        Element::Statement(OneOrMany::Many(statements)) => Element::Statement(OneOrMany::Many(
            order.iter().map(|&at| statements[at].clone()).collect(),
        )),
        other => other.clone(),
    });
    Document::new(elements.collect())
}

/// A finding with the places that its statements had before they were reordered.
fn told(finding: &Diagnostic, order: &[usize]) -> (String, Vec<String>, String) {
    let place = |pointer: &String| match pointer.strip_prefix("/Statement/") {
        Some(rest) => {
            let (index, rest) = rest.split_once('/').unwrap_or((rest, ""));
            match index.parse::<usize>() {
                Ok(index) => format!("/Statement/{}/{rest}", order[index]),
                Err(_) => pointer.clone(),
            }
        }
        None => pointer.clone(),
    };
    let mut places: Vec<String> = finding
        .related
        .iter()
        .chain([&finding.pointer])
        .map(place)
        .collect();
    places.sort();
    (finding.code.to_string(), places, finding.message.clone())
}

fn all_told(document: &Document, order: &[usize]) -> Vec<(String, Vec<String>, String)> {
    let findings = validate(document, PolicyKind::Identity);
    let mut all: Vec<_> = findings.iter().map(|f| told(f, order)).collect();
    all.sort();
    all
}

#[test]
fn permuting_the_statements_changes_no_finding() {
    let Some(policies) = managed_policies() else {
        return;
    };
    let documents: Vec<Document> = policies
        .into_values()
        .filter(|document| document.statements().len() > 1)
        .collect();
    let config = ProptestConfig::with_cases(300);
    let strategy = (0..documents.len()).prop_flat_map(|at| {
        let count = documents[at].statements().len();
        let order: Vec<usize> = (0..count).collect();
        (Just(at), Just(order).prop_shuffle())
    });
    proptest!(config, |((at, order) in strategy)| {
        let document = &documents[at];
        let same: Vec<usize> = (0..order.len()).collect();
        prop_assert_eq!(
            all_told(&reordered(document, &order), &order),
            all_told(document, &same)
        );
    });
}

/// Parliament 1.6.4 flags 1,263 of the 1,523.
#[test]
fn few_of_awss_own_policies_are_flagged() {
    let Some(policies) = managed_policies() else {
        return;
    };
    let grave = |document: &Document| {
        let findings = validate(document, PolicyKind::Identity);
        findings.iter().any(|f| f.severity <= Severity::Warning)
    };
    let flagged = policies.values().filter(|document| grave(document)).count();
    println!("{flagged} of {} are flagged", policies.len());
    assert!(policies.len() > 1_500);
    assert!(flagged * 10 <= policies.len(), "{flagged} are flagged");
}

/// Every finding of the service is reported at the same place. What exists is
/// asked of a catalogue of the record's month in the conformance run.
#[test]
fn access_analyzers_findings_are_ours() {
    let (Some(record), Some(policies)) = (
        beside("access-analyzer-findings.jsonl"),
        beside("aws-managed-policies.jsonl"),
    ) else {
        return;
    };
    let policies = findings::policies(&policies).unwrap();
    let comparison = findings::compare(&record, &policies);
    let missing: Vec<_> = comparison
        .report
        .disagreements
        .iter()
        .filter(|d| d.reason.ends_with("is not reported"))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(comparison.report.agree >= 100, "{}", comparison.report);
}
