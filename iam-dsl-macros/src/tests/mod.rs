//! The macros as functions of tokens: whatever comes in, compile errors or a
//! policy come out.

mod bounded;
mod generated;
mod guarded;
mod three_ways;

use std::str::FromStr;

use iam_dsl_core::PolicyKind;
use proc_macro2::TokenStream;
use proptest::prelude::*;

use crate::expand;

fn expand(input: &str) -> String {
    let tokens = TokenStream::from_str(input).unwrap();
    expand::policy(PolicyKind::Identity, tokens).to_string()
}

/// The texts of the compile errors.
fn errors(input: &str) -> Vec<String> {
    let output = expand(input);
    output
        .split("compile_error ! {")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default().trim().to_owned())
        .collect()
}

#[test]
fn a_policy_is_one_constant_expression() {
    let output = expand("allow s3:GetObject on *;");
    assert!(
        output.starts_with(":: iam_dsl :: Policy :: < :: iam_dsl :: Identity > :: __validated"),
        "{output}"
    );
}

#[test]
fn a_mistake_repeated_by_expansion_is_told_once() {
    assert_eq!(
        errors("allow s*:{GetObject, PutObject, ListBucket} on *").len(),
        1
    );
}

#[test]
fn wildcards_apart_from_a_name_are_never_joined_in_silence() {
    for input in [
        "allow s3:Get * on *",
        "allow s3:Get *",
        "allow [s3:Get *] on *",
        "allow s3: Get * Object on *",
        "allow s3:Get* Object on *",
        "allow s3:{Get *} on *",
    ] {
        assert!(!errors(input).is_empty(), "{input}");
    }
}

#[test]
fn deep_json_is_refused() {
    let input = format!("{{\"a\": {}1{}}}", "[".repeat(500), "]".repeat(500));
    assert!(
        errors(&input)
            .iter()
            .any(|error| error.contains("nested deeper"))
    );
}

/// A soup of what policies are made of.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "allow",
        "deny",
        "not",
        "principal",
        "to",
        "on",
        "when",
        "version",
        "id",
        "strict",
        "AWS",
        "Service",
        "Federated",
        "s3",
        "GetObject",
        "sts",
        "AssumeRole",
        "Bool",
        "StringLike",
        "NumericEquals",
        "ForAnyValue",
        "aws",
        "SourceIp",
        "true",
        "false",
        "null",
        "arn",
        "r#type",
        "_",
        "x",
        ":",
        ";",
        ",",
        "*",
        "?",
        "-",
        "=",
        "$",
        ".",
        "/",
        "&",
        ">",
        "1",
        "-2",
        "3.5",
        "0x1F",
        "2fa",
        "1e9",
        "b\"x\"",
        "'c'",
        "\"x\"suffix",
        "\"Sid\"",
        "\"*\"",
        "\"2012-10-17\"",
        "\"2008-10-17\"",
        "\"arn:aws:s3:::{x}/*\"",
        "\"{x}\"",
        "\"{}\"",
        "\"{r#type}\"",
        "\"{_}\"",
        "\"{x\"",
        "\"x}\"",
        "\"{{}}\"",
        "\"${aws:username}\"",
        "\"${{x}}\"",
        "\"${\"",
        "\"$\"",
        "\"arn:{x}:{x}:{x}:{x}:{x}\"",
        "\"Statement\"",
        "\"Version\"",
        "\"Effect\"",
        "\"é日\"",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "{x}",
        "{}",
        "[]",
        "{ aws:SourceIp: \"1.2.3.4\" }",
        "s3:{A, B*}",
        "allow s3:GetObject on *;",
    ];
    proptest::collection::vec(proptest::sample::select(words), 0..24)
        .prop_map(|words| balanced(&words))
}

/// The words with every bracket closed, as tokens must be.
fn balanced(words: &[&str]) -> String {
    let mut text = String::new();
    let mut open = Vec::new();
    for word in words {
        match *word {
            "{" => open.push("}"),
            "[" => open.push("]"),
            "(" => open.push(")"),
            close @ ("}" | "]" | ")") => {
                if open.last() != Some(&close) {
                    continue;
                }
                open.pop();
            }
            _ => {}
        }
        text.push_str(word);
        text.push(' ');
    }
    open.into_iter()
        .rev()
        .for_each(|close| text.push_str(close));
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn nothing_makes_the_macro_panic(input in soup()) {
        let Ok(tokens) = TokenStream::from_str(&input) else {
            return Ok(());
        };
        for kind in [PolicyKind::Identity, PolicyKind::Trust, PolicyKind::ResourceControl] {
            let output = expand::policy(kind, tokens.clone());
            prop_assert!(!output.is_empty());
        }
    }
}
