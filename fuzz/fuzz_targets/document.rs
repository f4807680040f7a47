//! Any bytes as a policy document: findings or an error, no panic, and no more
//! told than the text's size allows. What has no error is read as itself.

#![no_main]

use iam_dsl_core::{Diagnostic, IdentityPolicy, PolicyKind, json, validate_json};
use libfuzzer_sys::fuzz_target;

const KINDS: [PolicyKind; 4] = [
    PolicyKind::Identity,
    PolicyKind::Trust,
    PolicyKind::Resource,
    PolicyKind::ResourceControl,
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for kind in KINDS {
        let (document, findings) = validate_json(text, kind);
        let told: usize = findings
            .iter()
            .map(|found| found.message.len() + found.pointer.len())
            .sum();
        assert!(told <= 4_096 + 64 * text.len(), "{told} bytes told");
        if let Some(document) = document
            && !findings.iter().any(Diagnostic::is_error)
        {
            let node = json::parse(text).expect("a document without errors is JSON");
            assert_eq!(document.to_json(), node.to_string());
        }
    }
    if let Err(error) = IdentityPolicy::from_json(text) {
        let _ = error.to_string();
    }
});
