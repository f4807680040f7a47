//! Any bytes give findings or an error, and what they give grows with them and
//! not faster. Sizes are counted, never time.

use iam_dsl::json::{self, Node};
use iam_dsl::{Code, Diagnostic, IdentityPolicy, PolicyKind, validate_json};
use proptest::prelude::*;

/// The kinds differ in their rules; these have all of them between them.
const KINDS: [PolicyKind; 4] = [
    PolicyKind::Identity,
    PolicyKind::Trust,
    PolicyKind::Resource,
    PolicyKind::ResourceControl,
];

/// The size of all findings about a text.
fn told(text: &str, kind: PolicyKind) -> usize {
    let size = |found: &Diagnostic| {
        let help = found.help.as_deref().map_or(0, str::len);
        let refusal = found.refusal.as_deref().map_or(0, str::len);
        found.message.len() + found.pointer.len() + help + refusal
    };
    validate_json(text, kind).1.iter().map(size).sum()
}

fn statement(body: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {body}}}]}}"#)
}

fn string(text: &str) -> String {
    Node::String(text.to_owned()).to_string()
}

/// Documents in which one thing is repeated.
fn documents(count: usize) -> Vec<(&'static str, String)> {
    let list = |one: &str| vec![one; count].join(",");
    let numbered = |one: &dyn Fn(usize) -> String| {
        let all: Vec<String> = (0..count).map(one).collect();
        all.join(",")
    };
    let on = r#""Action": "s3:GetObject", "Resource": "*""#;
    let resource = |text: &str| {
        let text = string(&format!("arn:aws:s3:::{text}"));
        statement(&format!(r#""Action": "s3:GetObject", "Resource": {text}"#))
    };
    let mut documents = vec![
        (
            "actions",
            statement(&format!(
                r#""Action": [{}], "Resource": "*""#,
                list(r#""s3:GetObjct""#)
            )),
        ),
        (
            "resources",
            statement(&format!(
                r#""Action": "s3:*", "Resource": [{}]"#,
                list(r#""bucket""#)
            )),
        ),
        (
            "types",
            statement(&format!(r#""Action": [{}], "Resource": "*""#, list("1"))),
        ),
        (
            "elements",
            statement(&format!(
                "{on}, {}",
                numbered(&|n| format!(r#""Key{n}": 1"#))
            )),
        ),
        (
            "duplicates",
            statement(&format!("{on}, {}", list(r#""Sid": "a""#))),
        ),
        (
            "operators",
            statement(&format!(
                r#"{on}, "Condition": {{{}}}"#,
                numbered(&|n| format!(r#""Op{n}": {{}}"#))
            )),
        ),
        (
            "keys",
            statement(&format!(
                r#"{on}, "Condition": {{"Bool": {{{}}}}}"#,
                list(r#""aws:x": "y""#)
            )),
        ),
        (
            "values",
            statement(&format!(
                r#"{on}, "Condition": {{"IpAddress": {{"aws:SourceIp": [{}]}}}}"#,
                list(r#""x""#)
            )),
        ),
        (
            "statements",
            format!(
                r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
                list("{}")
            ),
        ),
        (
            "sids",
            format!(
                r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
                list(&format!(r#"{{"Sid": "A", "Effect": "Allow", {on}}}"#))
            ),
        ),
        (
            "principals",
            statement(&format!(
                r#""Principal": {{"AWS": [{}]}}, "Action": "sts:AssumeRole""#,
                list(r#""x""#)
            )),
        ),
        (
            "members",
            format!("{{{}}}", numbered(&|n| format!(r#""Key{n}": null"#))),
        ),
        ("numbers", format!("[{}]", list("1e9"))),
        ("spaces", " ".repeat(count)),
        ("deep", "[".repeat(count)),
        ("deep objects", r#"{"a":"#.repeat(count)),
        ("marks", "\u{feff}".repeat(count)),
        ("surrogates", format!("[{}]", list(r#""\ud800""#))),
        ("open", format!("\"{}", "x".repeat(count))),
    ];
    for part in [
        "*a",
        "?",
        "${a b}",
        "${",
        "${}",
        "${a,b}",
        "${aws:username}",
        "{",
        ":",
        "é",
        "\u{1}",
    ] {
        documents.push((part, resource(&part.repeat(count))));
        let long = string(&part.repeat(count));
        documents.push((
            part,
            statement(&format!(r#""Action": {long}, "Resource": "*""#)),
        ));
        documents.push((part, statement(&format!(r#""Sid": {long}, {on}"#))));
        documents.push((part, statement(&format!(r#"{on}, {long}: 1"#))));
        documents.push((
            part,
            statement(&format!(
                r#"{on}, "Condition": {{{long}: {{{long}: {long}}}}}"#
            )),
        ));
        documents.push((
            part,
            statement(&format!(
                r#"{on}, "Principal": {{"AWS": {long}, {long}: {long}}}"#
            )),
        ));
    }
    documents
}

#[test]
fn findings_grow_with_the_document_and_not_faster() {
    for ((name, once), (_, twice)) in documents(300).into_iter().zip(documents(600)) {
        for kind in KINDS {
            let (small, large) = (told(&once, kind), told(&twice, kind));
            assert!(
                large <= small * 2 + small / 4 + 400,
                "{name}: {small} became {large}"
            );
        }
    }
}

#[test]
fn the_readers_error_grows_with_the_document_and_not_faster() {
    let size =
        |text: &str| IdentityPolicy::from_json(text).map_or_else(|e| e.to_string().len(), |_| 0);
    for ((name, once), (_, twice)) in documents(100).into_iter().zip(documents(200)) {
        let (small, large) = (size(&once), size(&twice));
        assert!(
            large <= small * 2 + small / 4 + 400,
            "{name}: {small} became {large}"
        );
    }
}

/// Texts near documents: pieces of JSON and of policies, in any order.
fn near_document() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0041", "\\ud83d", "\\ude00", "null", "1e400",
            "-", "\u{feff}", "\0", "é", "\"Version\":", "\"2012-10-17\"", "\"Statement\":", "\"Effect\":",
            "\"Allow\"", "\"Action\":", "\"s3:*\"", "\"NotAction\":", "\"Resource\":", "\"*\"",
            "\"Condition\":", "\"Bool\":", "\"Principal\":", "\"AWS\":", "\"${\"", "\"arn:aws:s3:::a\"",
        ]).prop_map(str::to_owned),
        1 => ".{0,8}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A valid document with some characters replaced, added or taken away.
fn damaged_document() -> impl Strategy<Value = String> {
    let whole = statement(
        r#""Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::a/${aws:username}", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
    );
    let changes =
        proptest::collection::vec((any::<prop::sample::Index>(), any::<char>(), 0..3u8), 1..6);
    changes.prop_map(move |changes| {
        let mut characters: Vec<char> = whole.chars().collect();
        for (at, character, change) in changes {
            let at = at.index(characters.len());
            match change {
                0 => characters[at] = character,
                1 => characters.insert(at, character),
                _ => {
                    characters.remove(at);
                }
            }
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn any_text_is_judged(text in prop_oneof![near_document(), damaged_document(), ".{0,60}"]) {
        for kind in KINDS {
            let (document, findings) = validate_json(&text, kind);
            let valid = document.is_some() && !findings.iter().any(Diagnostic::is_error);
            // What has no error is JSON, and is read as itself.
            if valid {
                let node = json::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
                prop_assert_eq!(document.map(|document| document.to_json()), Some(node.to_string()));
            }
            prop_assert!(told(&text, kind) <= 4_096 + 64 * text.len());
        }
        // A policy writes what IAM refuses as a character as an escape, so that it
        // may be read where the text itself may not be sent.
        let refused = |found: &Diagnostic| found.is_error() && found.code != Code::InvalidCharacter;
        let read = IdentityPolicy::from_json(&text);
        let judged = validate_json(&text, PolicyKind::Identity).1.iter().any(refused);
        prop_assert_eq!(read.is_err(), judged);
    }
}
