//! Any tokens as the input of a macro: compile errors or a policy, no panic.
//!
//! A crate of macros exports nothing else, so its stages are compiled here anew.

#![no_main]
#![allow(dead_code, reason = "the shim that calls the rest is left out")]

#[path = "../../iam-dsl-macros/src/expand.rs"]
mod expand;
#[path = "../../iam-dsl-macros/src/finding.rs"]
mod finding;
#[path = "../../iam-dsl-macros/src/guard.rs"]
mod guard;
#[path = "../../iam-dsl-macros/src/lower.rs"]
mod lower;
#[path = "../../iam-dsl-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../iam-dsl-macros/src/report.rs"]
mod report;
#[path = "../../iam-dsl-macros/src/single.rs"]
mod single;
#[path = "../../iam-dsl-macros/src/slot.rs"]
mod slot;
#[path = "../../iam-dsl-macros/src/spot.rs"]
mod spot;
#[path = "../../iam-dsl-macros/src/template.rs"]
mod template;
#[path = "../../iam-dsl-macros/src/tree.rs"]
mod tree;

use std::str::FromStr;

use iam_dsl_core::PolicyKind;
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| {
    let Ok(tokens) = TokenStream::from_str(text) else {
        return;
    };
    for kind in [PolicyKind::Identity, PolicyKind::Trust, PolicyKind::Resource] {
        let output = expand::policy(kind, tokens.clone()).to_string();
        assert!(!output.is_empty());
        assert!(output.len() <= 16_384 + 1_024 * text.len());
    }
    let _ = single::action(tokens.clone());
    let _ = single::arn(tokens);
});
