//! The hand-written pairs, and whether the evaluators alone confirm them.

use iam_dsl::PolicyKind;
use iam_dsl::analyze::Analysis;
use language_tests::conformance::{Kind, run};
use language_tests::prove::engine::{Answer, answer};
use language_tests::prove::random::Random;
use language_tests::prove::search::{Found, Pair};
use language_tests::prove::sets::Set;
use serde_json::Value;

pub(super) const CASES: &str = include_str!("../../../cases/compare.jsonl");

fn kind(case: &Value) -> PolicyKind {
    match case["kind"].as_str() {
        Some("resource") => PolicyKind::Resource,
        Some("trust") => PolicyKind::Trust,
        _ => PolicyKind::Identity,
    }
}

/// What a pair is said to be is written by hand; a slip there would teach the
/// engine a wrong answer, so every pair is searched through as far as that goes.
#[test]
fn the_evaluators_confirm_what_the_pairs_say() {
    let (mut exhausted, mut attacked, mut wrong) = (0, 0, Vec::new());
    for line in CASES.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let set = |name: &str| Set::from_json(&case[name], kind(&case)).unwrap();
        let (new, reference) = (set("new"), set("reference"));
        let pair = Pair::new(&new, &reference);
        let name = case["name"].as_str().unwrap();
        let expected = case["expected"].as_str().unwrap();
        match (expected, pair.exhaust(6_000)) {
            ("NoNewAccess", Found::Nothing { .. }) | ("NewAccess", Found::Difference(_)) => {
                exhausted += 1;
            }
            (_, Found::NotJudged(reason)) => {
                attacked += 1;
                let met = pair.attack(&mut Random::named(name, 0), 1_000);
                match (expected, met) {
                    ("NoNewAccess", Ok(None)) | ("NewAccess", Ok(Some(_))) => {}
                    // What luck does not find, a witness that both replay shows.
                    ("NewAccess", Ok(None))
                        if matches!(
                            answer(&Analysis::new(), &new, &reference),
                            Ok(Answer::NewAccess(_))
                        ) => {}
                    (_, met) => wrong.push(format!("{name}: {reason}: {met:?}")),
                }
            }
            (_, found) => wrong.push(format!("{name}: {expected}, but {found:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        exhausted > 150 && exhausted + attacked > 400,
        "{exhausted} {attacked}"
    );
}

#[test]
fn the_engine_says_what_the_pairs_say() {
    let report = run(Kind::Compare, CASES);
    assert!(report.disagreements.is_empty(), "{report}");
    assert!(report.agree >= 240, "{report}");
}
