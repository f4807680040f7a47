//! The evaluator against the naive one of `language_tests::reference`, on
//! generated policies and requests.
//!
//! The ordinary run compares ten thousand decisions, the same ones each time.
//! A longer run, of other cases each time:
//!
//! ```text
//! IAM_DSL_REFERENCE_CASES=1000000 cargo test -p language-tests --test language reference
//! ```
//!
//! That takes about five minutes of one core and compares some 1.2 million decisions.
//! What it found last was a variable whose key has several values and that has a
//! default; since then it found nothing.

mod case;
mod condition;
mod policy;
mod request;

use iam_dsl::Outcome;
use language_tests::reference::decide;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::HashMap;

/// Decisions of the ordinary run.
const CASES: u32 = 10_000;

/// Requests that the same policies decide, at most and half of that on average.
const REQUESTS: u32 = 15;

fn runner() -> (TestRunner, u32) {
    let told = std::env::var("IAM_DSL_REFERENCE_CASES").ok();
    let cases = told.as_ref().map_or(CASES, |text| text.parse().unwrap());
    let config = Config {
        // With room for what chance takes off the average.
        cases: cases / (REQUESTS / 2) + cases / 100,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let runner = match told {
        // A longer run looks for what is not known yet.
        Some(_) => TestRunner::new(config),
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        }
    };
    (runner, cases)
}

#[test]
fn both_evaluators_agree() {
    let (mut runner, cases) = runner();
    let outcomes: RefCell<HashMap<Outcome, u32>> = RefCell::default();
    let result = runner.run(&case::case(REQUESTS as usize), |case| {
        for request in &case.requests {
            let layers = case::fitting(&case.layers, request);
            let fast = case::authorizer(&layers).decide(&case::iam_dsl_request(request));
            let fast = fast.outcome();
            let naive = decide(&layers, request);
            *outcomes.borrow_mut().entry(naive).or_default() += 1;
            if fast != naive {
                let reason = format!("iam-dsl says {fast}, the reference {naive}");
                return Err(TestCaseError::fail(reason));
            }
        }
        Ok(())
    });
    if let Err(TestError::Fail(reason, case)) = result {
        panic!("{reason}\n{case:?}");
    }
    result.unwrap();
    let outcomes = outcomes.into_inner();
    println!("{outcomes:?}");
    let decided: u32 = outcomes.values().sum();
    assert!(decided >= cases, "only {decided} decisions");
    // Generators that only ever deny would prove little.
    for outcome in [Outcome::Allow, Outcome::ExplicitDeny, Outcome::ImplicitDeny] {
        let count = outcomes.get(&outcome).copied().unwrap_or_default();
        assert!(count > cases / 10, "only {count} of {outcome}");
    }
}
