//! Twice the input makes at most about twice the output: no input makes the
//! macro's work explode. Sizes are counted, never time.

use std::str::FromStr;

use iam_dsl_core::PolicyKind;
use proc_macro2::{Literal, TokenStream, TokenTree};

use crate::expand;

/// The size of what the macro makes of this input.
fn output(input: TokenStream) -> usize {
    expand::policy(PolicyKind::Identity, input)
        .to_string()
        .len()
}

fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap()
}

fn string(text: &str) -> TokenStream {
    TokenTree::from(Literal::string(text)).into()
}

/// What a form of input makes of 200 and of 400 repetitions.
fn grows_linearly(name: &str, input: impl Fn(usize) -> TokenStream) {
    let (once, twice) = (output(input(200)), output(input(400)));
    assert!(
        twice <= once * 2 + once / 4 + 200,
        "{name}: {once} became {twice}"
    );
}

#[test]
fn output_grows_with_the_input_and_not_faster() {
    let repeated = |before: &str, one: &str, after: &str, count: usize| {
        tokens(&format!("{before}{}{after}", one.repeat(count)))
    };
    for (before, one, after) in [
        // Valid.
        ("", "allow s3:GetObject on *;", ""),
        ("allow [", "s3:GetObject, ", "] on *;"),
        ("allow s3:{", "GetObject, ", "} on *;"),
        ("allow s3:GetObject on [", "\"arn:aws:s3:::{x}/*\", ", "];"),
        ("allow s3:GetObject on *; ", "never iam:*; ", ""),
        // Mistaken, each time anew.
        ("", "alow s3:GetObject on *;", ""),
        ("allow [", "s3:GetObjct, ", "] on *;"),
        ("allow s3:GetObject on [", "\"arn:asw:s3:::a\", ", "];"),
        ("allow s3:GetObject on [", "\"{}\", ", "];"),
        ("allow iam:* on *; ", "never iam:*; ", ""),
        ("never iam:*; ", "allow iam:PassRole on *; ", ""),
        ("", "when ", ""),
        ("allow ", "s3:", ""),
        ("version ", "\"x\"; version ", "\"x\";"),
        (
            "allow s3:GetObject on * when StringEquals {",
            "aws:SourceVpc: \"x\", ",
            "};",
        ),
        ("{ ", "\"Version\": \"2012-10-17\", ", "\"Statement\": [] }"),
    ] {
        grows_linearly(before, |count| repeated(before, one, after, count));
    }
    for (before, one, after) in [
        ("[", "[", ""),
        ("{\"Statement\": [", "{}, ", "{}]}"),
        ("", "\u{feff}", "{}"),
        ("{", "\"Version\": \"\\ud800\", ", "}"),
        ("{", "\"a\": 1, ", "\"b\": 1}"),
    ] {
        let text = |count| string(&format!("{before}{}{after}", one.repeat(count)));
        grows_linearly(before, text);
    }
    // One text that grows: no part of it may be told as often as it has parts.
    for part in ["*a", "?", "${a b}", "${", "${}", "{x}", "{", "}", "a:", "é"] {
        grows_linearly(part, |count| {
            let text = Literal::string(&format!("arn:aws:s3:::{}", part.repeat(count)));
            tokens(&format!("allow s3:GetObject on {text};"))
        });
        grows_linearly(part, |count| {
            let text = Literal::string(&part.repeat(count));
            let rule = Literal::string(&format!("arn:aws:s3:::{}", "*a".repeat(count)));
            tokens(&format!("never s3:* on {rule}; allow {text} on *;"))
        });
    }
}

#[test]
fn deep_nesting_is_refused_in_every_form() {
    let deep = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    for input in [
        tokens(&deep(400)),
        string(&deep(100_000)),
        tokens(&format!("allow {} on *;", deep(400))),
        tokens(&format!("allow s3:GetObject on {};", deep(400))),
        tokens(&format!(
            "allow s3:GetObject on * when Bool {{ a: {} }};",
            deep(400)
        )),
    ] {
        let output = expand::policy(PolicyKind::Identity, input).to_string();
        assert!(output.contains("compile_error"));
        assert!(output.len() < 20_000, "{}", output.len());
    }
}
