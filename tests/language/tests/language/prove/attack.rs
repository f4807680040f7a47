//! What the engine claims of generated pairs, attacked with requests aimed at both
//! policies. `IAM_DSL_PROVE_CASES=100000` makes a long run; a failure tells the
//! seed and the policies.

use iam_dsl::PolicyKind;
use iam_dsl::analyze::Analysis;
use iam_dsl::testing::{aimed, document};
use iam_dsl_core::Document;
use language_tests::prove::engine::{Answer, access, answer};
use language_tests::prove::pairs::{Vocabulary, sets};
use language_tests::prove::random::Random;
use language_tests::prove::search::Pair;
use language_tests::prove::sets::Set;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::count;

/// Every witness is replayed through both evaluators by [`answer`]; here every
/// claim that there is none is attacked.
#[test]
fn no_claim_falls_to_aimed_requests() {
    let cases = count("IAM_DSL_PROVE_CASES", 250);
    let (mut proved, mut shown, mut unknown) = (0, 0, 0);
    let mut wrong = Vec::new();
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let vocabulary = Vocabulary {
            variables: true,
            parts: seed % 10 == 0,
        };
        let (new, reference) = sets(&mut random, vocabulary).unwrap();
        let told = |reason: &str| {
            format!(
                "seed {seed}: {reason}: {} {}",
                new.to_json(),
                reference.to_json()
            )
        };
        match answer(&Analysis::new(), &new, &reference) {
            // The witness is a user's, who has no session policies: the two
            // evaluators differ on what nobody can ask.
            Err(reason) if has_session(&new, &reference) && reason.contains(":user/") => {
                unknown += 1;
            }
            Err(reason) => wrong.push(told(&reason)),
            Ok(Answer::NewAccess(_)) => shown += 1,
            Ok(Answer::Unknown(..)) => unknown += 1,
            Ok(Answer::NoNewAccess) => {
                proved += 1;
                match Pair::new(&new, &reference).attack(&mut random, 40) {
                    Ok(None) => {}
                    met => wrong.push(told(&format!("NoNewAccess, but {met:?}"))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{proved} proved, {shown} shown, {unknown} unknown of {cases}");
    assert!(
        proved * 10 > cases && shown * 10 > cases,
        "{proved} {shown} of {cases}"
    );
}

fn has_session(new: &Set, reference: &Set) -> bool {
    !new.layers.session.is_empty() || !reference.layers.session.is_empty()
}

/// The strategies that users have, on documents of every kind that names whom it
/// speaks of or does not: the requests are aimed by the library itself.
#[test]
fn no_claim_falls_to_the_requests_of_the_strategies() {
    let cases = count("IAM_DSL_PROVE_CASES", 250) / 4;
    let mut runner = TestRunner::deterministic();
    let mut claimed = 0;
    for kind in [PolicyKind::Identity, PolicyKind::Resource] {
        for _ in 0..cases {
            let mut drawn = || document(kind).new_tree(&mut runner).unwrap().current();
            let (new, reference) = (drawn(), drawn());
            // Policies of few words seldom meet: half of the pairs share statements.
            let joined = joined(&new, &reference);
            for (new, reference) in [(&new, &reference), (&new, &joined)] {
                claimed += usize::from(stands(new, reference, kind, &mut runner));
            }
        }
    }
    assert!(claimed > 0);
}

/// Both documents' statements.
fn joined(a: &Document, b: &Document) -> Document {
    Document::of(
        a.statements()
            .iter()
            .chain(b.statements())
            .cloned()
            .collect(),
    )
}

/// Whether there was a claim of no new access, which stood.
fn stands(new: &Document, reference: &Document, kind: PolicyKind, runner: &mut TestRunner) -> bool {
    let sets = [new, reference].map(|d| Set::document(d.clone(), kind));
    let answered = answer(&Analysis::new(), &sets[0], &sets[1]);
    match answered {
        Err(reason) => panic!("{reason}: {new} {reference}"),
        Ok(Answer::NoNewAccess) => {}
        Ok(_) => return false,
    }
    let (new_access, reference_access) = (access(&sets[0]), access(&sets[1]));
    for aim in [new, reference] {
        for _ in 0..20 {
            let request = aimed(aim).new_tree(runner).unwrap().current();
            assert!(
                !new_access.allows(&request) || reference_access.allows(&request),
                "{request}: {new} {reference}"
            );
        }
    }
    true
}
