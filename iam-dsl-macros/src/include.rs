//! Policies in files of their own.

use std::path::PathBuf;

use iam_dsl_core::PolicyKind;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::expand::{Stops, constant, failed, validated_json};
use crate::finding::Finding;
use crate::parse::{Cursor, Marks, Text, marks};
use crate::report;

/// The words that name a kind; without one it is an identity policy.
const KINDS: [(&str, PolicyKind); 7] = [
    ("identity", PolicyKind::Identity),
    ("trust", PolicyKind::Trust),
    ("resource", PolicyKind::Resource),
    ("boundary", PolicyKind::Boundary),
    ("session", PolicyKind::Session),
    ("service_control", PolicyKind::ServiceControl),
    ("resource_control", PolicyKind::ResourceControl),
];

/// Expands `include_policy!([strict,] [unchecked,] [KIND,] "path")`.
pub(crate) fn policy(stream: TokenStream) -> TokenStream {
    let mut cursor = Cursor::over(stream);
    let mut findings = Vec::new();
    let marks = marks(&mut cursor, &mut findings);
    let word = cursor.word();
    let kind = KINDS
        .iter()
        .find(|(name, _)| word.as_deref() == Some(*name) && cursor.punct_at(1, ','))
        .map(|(_, kind)| *kind);
    cursor.skip(if kind.is_some() { 2 } else { 0 });
    let kind = kind.unwrap_or(PolicyKind::Identity);
    let path = cursor.string();
    cursor.skip(usize::from(path.is_some()));
    cursor.eat_punct(',');
    let Some(path) = path.filter(|_| cursor.is_empty()) else {
        let names = KINDS.map(|(name, _)| format!("`{name}`"));
        let finding = Finding::grammar(
            cursor.spot(),
            format!("expected the path of a file, found {}", cursor.found()),
            format!(
                "write `include_policy!(\"policy.json\")`, for another kind with its word before the path: {}",
                names.join(", ")
            ),
        );
        findings.push(finding);
        return failed(kind, &findings, None);
    };
    if !findings.is_empty() {
        return failed(kind, &findings, None);
    }
    match read(&path) {
        Ok(text) => expand(kind, marks, &path, &text),
        Err(problem) => {
            let finding = Finding::grammar(
                path.spot,
                format!("`{}` cannot be read: {problem}", path.value),
                "the path is relative to this source file, as with `include_str!`",
            );
            failed(kind, &[finding], None)
        }
    }
}

fn expand(kind: PolicyKind, marks: Marks, path: &Text, text: &str) -> TokenStream {
    let show = |diagnostic| report::in_file(diagnostic, path, text);
    let output = match validated_json(text, kind, &Stops::of(marks)) {
        Ok(json) => constant(kind, &json),
        Err(diagnostics) => {
            let findings: Vec<Finding> = diagnostics.into_iter().map(show).collect();
            failed(kind, &findings, None)
        }
    };
    // The compiler reads the file too, so that a change of it means a rebuild.
    let mut literal = proc_macro2::Literal::string(&path.value);
    literal.set_span(path.spot.start);
    quote!({ const _: &::core::primitive::str = ::core::include_str!(#literal); #output })
}

/// The text of the file, whose path is relative to the source file.
fn read(path: &Text) -> Result<String, String> {
    let source = path.spot.start.local_file();
    let directory = match source.or_else(|| Span::call_site().local_file()) {
        Some(file) => file.parent().map(PathBuf::from).unwrap_or_default(),
        // A language server may not say; the crate's own directory is a guess.
        None => std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .unwrap_or_default(),
    };
    std::fs::read_to_string(directory.join(&path.value)).map_err(|error| error.to_string())
}
