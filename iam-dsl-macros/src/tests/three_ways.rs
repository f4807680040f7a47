//! The macro, the JSON reader and the builder judge alike: one verdict, the same
//! codes, the same document.

use std::str::FromStr;

use iam_dsl_core::{Diagnostic, PolicyKind, validate_json};
use proc_macro2::{Literal, TokenStream, TokenTree};
use proptest::prelude::*;

use super::generated::{Generated, generated};
use crate::expand::{Judged, Made, judge};
use crate::tree::Chunk;

/// The JSON, or the codes of what is wrong.
type Verdict = Result<String, Vec<&'static str>>;

fn codes<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<&'static str> {
    let mut codes: Vec<&str> = diagnostics.map(|found| found.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

/// What the macro says to these tokens.
fn by_macro(kind: PolicyKind, tokens: TokenStream) -> Verdict {
    let Judged { findings, made } = judge(kind, tokens);
    if !findings.is_empty() {
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        return Err(codes);
    }
    Ok(json_of(made))
}

/// The JSON of a policy without slots.
pub(super) fn json_of(made: Made) -> String {
    match made {
        Made::Json(json) => json,
        Made::Tree(tree) => {
            let mut chunks = Vec::new();
            tree.chunks(&mut chunks);
            match chunks.as_slice() {
                [Chunk::Json(json)] => json.clone(),
                _ => panic!("the policy has slots"),
            }
        }
        Made::Nothing => panic!("nothing was made and nothing found"),
    }
}

/// What the JSON reader says, without what the statements' marks excuse: JSON
/// has none.
fn by_reader(policy: &Generated, json: &str) -> Verdict {
    let (document, diagnostics) = validate_json(json, policy.kind);
    let excused = |found: &Diagnostic| {
        found.is_from_catalogue()
            && policy.statements.iter().enumerate().any(|(index, said)| {
                said.unchecked && found.pointer.starts_with(&format!("/Statement/{index}/"))
            })
    };
    let errors = diagnostics
        .iter()
        .filter(|found| found.is_error() && !excused(found));
    match codes(errors) {
        codes if codes.is_empty() => Ok(document.expect("a document without errors").to_json()),
        codes => Err(codes),
    }
}

fn by_builder(policy: &Generated) -> Verdict {
    policy.build().map_err(|error| {
        let excused = |found: &Diagnostic| {
            found.is_from_catalogue()
                && policy.statements.iter().enumerate().any(|(index, said)| {
                    said.unchecked && found.pointer.starts_with(&format!("/Statement/{index}/"))
                })
        };
        codes(
            error
                .diagnostics()
                .iter()
                .filter(|found| found.is_error() && !excused(found)),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn all_forms_are_judged_alike(policy in generated()) {
        let json = policy.node().to_string();
        let dsl = policy.dsl();
        let tokens = TokenStream::from_str(&dsl);
        prop_assert!(tokens.is_ok(), "{dsl}");
        let read = by_reader(&policy, &json);
        let said = by_macro(policy.kind, tokens.unwrap());
        prop_assert_eq!(&said, &read, "the macro and the reader: {}", dsl);
        prop_assert_eq!(&by_builder(&policy), &read, "the builder and the reader: {}", dsl);
        if let Ok(document) = &read {
            prop_assert_eq!(document, &json);
        }
        // Pasted, without marks, as a string and, where Rust can read it, as tokens.
        if policy.statements.iter().all(|said| !said.unchecked) {
            let literal = TokenTree::from(Literal::string(&json)).into();
            prop_assert_eq!(&by_macro(policy.kind, literal), &read, "{}", json);
            if let Ok(tokens) = TokenStream::from_str(&json) {
                prop_assert_eq!(&by_macro(policy.kind, tokens), &read, "{}", json);
            }
        }
    }
}

/// The comparison is about something: policies with and without mistakes, of
/// every kind, and most of the codes that all forms can meet.
#[test]
fn the_generated_policies_are_varied() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut kinds = std::collections::BTreeMap::<String, (u32, u32)>::new();
    let mut found = std::collections::BTreeSet::new();
    let strategy = generated();
    for _ in 0..2_500 {
        let policy = strategy.new_tree(&mut runner).unwrap().current();
        let (valid, invalid) = kinds.entry(policy.kind.name().to_owned()).or_default();
        match by_reader(&policy, &policy.node().to_string()) {
            Ok(_) => *valid += 1,
            Err(codes) => {
                *invalid += 1;
                found.extend(codes);
            }
        }
    }
    assert_eq!(kinds.len(), 7);
    for (kind, (valid, invalid)) in &kinds {
        assert!(
            *valid >= 20 && *invalid >= 40,
            "{kind}: {valid} valid, {invalid} not"
        );
    }
    assert!(found.len() >= 40, "{} codes: {found:?}", found.len());
}
