//! Renaming a policy and its statements, and permuting the statements, changes
//! no finding and no match with a baseline.

use std::time::{Duration, UNIX_EPOCH};

use iam_dsl::findings::Checks;
use iam_dsl::findings::report::{Baseline, Report};
use iam_dsl::{Code, PolicyKind};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Statements that have findings of every sort, alone or together.
fn statements() -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let mut all = Vec::new();
    for case in cases.iter().filter(|case| case["kind"] == "identity") {
        let found = case["found"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| &found["document"]);
        for document in found.chain(case["quiet"].as_array().unwrap()) {
            match document {
                Value::Array(list) => all.extend(list.clone()),
                one => all.push(one.clone()),
            }
        }
    }
    // What the validator finds.
    all.extend([
        json!({"Effect": "Alow", "Action": "s3:GetObjct", "Resource": ["*", "arn:asw:s3:::b"]}),
        json!({"Effect": "Allow", "Action": ["s3:Nothing", "s3:Get*"], "NotResource": "*", "Condition": {"StringEqual": {"k": 1}}}),
        json!({"Sid": "no sid", "Effect": "Deny", "Action": [], "Resource": "*"}),
    ]);
    // Each once: of two equal ones neither is the first.
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|statement| seen.insert(statement.to_string()));
    all
}

fn text(statements: &[&Value], order: &[usize], sids: bool, id: Option<&str>) -> String {
    let list: Vec<Value> = order
        .iter()
        .map(|&index| {
            let mut statement = statements[index].clone();
            if sids && statement["Sid"].is_null() {
                statement["Sid"] = format!("Statement{index}").into();
            }
            statement
        })
        .collect();
    let mut document = json!({"Version": "2012-10-17", "Statement": list});
    if let Some(id) = id {
        document["Id"] = id.into();
    }
    document.to_string()
}

/// Code, message and place of every finding, the statements by their numbers
/// before they were permuted.
fn of(report: &Report, order: &[usize]) -> Vec<(Code, Vec<String>, String)> {
    let back = |pointer: &str| {
        let mut steps: Vec<String> = pointer.split('/').map(str::to_owned).collect();
        if let Some(number) = steps.get(2).and_then(|step| step.parse::<usize>().ok()) {
            steps[2] = order[number].to_string();
        }
        steps.join("/")
    };
    let mut all: Vec<_> = report
        .findings()
        .map(|(_, finding)| {
            let diagnostic = finding.diagnostic();
            let related = diagnostic.related.iter();
            let mut places: Vec<String> = std::iter::once(&diagnostic.pointer)
                .chain(related)
                .map(|p| back(p))
                .collect();
            places.sort();
            (diagnostic.code, places, finding.fingerprint().to_owned())
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn order_and_names_change_nothing(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..8),
        keys in proptest::collection::vec(any::<u32>(), 8),
        renamed in any::<bool>(),
    ) {
        let all = statements();
        let mut numbers: Vec<usize> = picks.iter().map(|pick| pick.index(all.len())).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let chosen: Vec<&Value> = numbers.iter().map(|&number| &all[number]).collect();
        let straight: Vec<usize> = (0..chosen.len()).collect();
        let mut order = straight.clone();
        order.sort_by_key(|&index| keys[index]);

        let checks = Checks::all();
        let before = checks.report("a.json", &text(&chosen, &straight, false, None), PolicyKind::Identity);
        let id = renamed.then_some("another");
        let name = if renamed { "b.json" } else { "a.json" };
        // An `Id` in an identity policy has a finding of its own.
        let after = checks
            .clone()
            .without(Code::UnsupportedId)
            .report(name, &text(&chosen, &order, renamed, id), PolicyKind::Identity);
        prop_assert_eq!(of(&before, &straight), of(&after, &order));

        // What was accepted stays accepted; the new name is that of a folder's file.
        let baseline = Baseline::of(&before, "known", "2026-12-31").unwrap();
        let count = before.findings().count();
        let accepted = after.accept(&baseline, UNIX_EPOCH + Duration::from_secs(1_780_000_000));
        prop_assert_eq!(accepted.accepted().count(), count);
        prop_assert_eq!(accepted.findings().count(), 0);
    }
}
