//! What a finding is known by when the document around it changes.
//!
//! A fingerprint rests on the code, on the statement that the finding is about
//! and on the place within it, but not on the number or the `Sid` of the
//! statement, nor on the other values of the list that the finding points into.
//! Statements may move and be renamed and lists may grow; when the statement's
//! effect, principal, conditions or other elements change, the finding is a new
//! one, because what was once accepted was something else.

use data_encoding::HEXLOWER;
use iam_dsl_core::json::Node;
use iam_dsl_core::pointer::steps;
use iam_dsl_core::{Code, Diagnostic};
use sha2::{Digest, Sha256};

/// The version of the way in which fingerprints are made: accepted findings
/// must be accepted anew when it changes.
const VERSION: &str = "1";

/// The fingerprint of a finding: 32 hexadecimal digits. `document` is the JSON
/// in which it was found, where there is any, and `text` its text.
pub(super) fn fingerprint(finding: &Diagnostic, document: Option<&Node>, text: &str) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    };
    add(VERSION);
    add(finding.code.as_str());
    match document {
        None if finding.code == Code::UnreadableFile => {}
        None => add(text),
        Some(document) => {
            let mut parts: Vec<String> = std::iter::once(&finding.pointer)
                .chain(&finding.related)
                .map(|pointer| subject(document, pointer))
                .collect();
            // Which of the places comes first depends on the order of statements.
            parts.sort();
            for part in &parts {
                add(part);
            }
        }
    }
    let digest = hash.finalize();
    HEXLOWER.encode(digest.get(..16).unwrap_or_default())
}

/// What a pointer is about, as canonical text.
fn subject(document: &Node, pointer: &str) -> String {
    let path: Vec<String> = steps(pointer).collect();
    let Some(("Statement", mut rest)) = path.split_first().map(|(s, rest)| (s.as_str(), rest))
    else {
        // The document as a whole, or an element beside the statements.
        let value = match path.first() {
            Some(key) => member(document, key).map(canonical).unwrap_or_default(),
            None => String::new(),
        };
        return format!("{}\n{value}", path.join("/"));
    };
    let statements = member(document, "Statement");
    let statement = match (statements, rest.split_first()) {
        (Some(Node::Array(list)), Some((index, inner))) => {
            rest = inner;
            index
                .parse::<usize>()
                .ok()
                .and_then(|index| list.get(index))
        }
        (single, _) => single,
    };
    let place: Vec<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|step| step.parse::<usize>().is_err())
        .collect();
    let content = match (statement, place.first()) {
        // Which of two equal Sids is reported depends on their order.
        (Some(statement), Some(&"Sid")) => member(statement, "Sid").map(canonical),
        (Some(statement), _) => Some(canonical(&reduced(statement, rest))),
        (None, _) => None,
    };
    format!(
        "Statement/{}\n{}",
        place.join("/"),
        content.unwrap_or_default()
    )
}

/// The last member of that name.
fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match node {
        Node::Object(members) => members
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, n)| n),
        _ => None,
    }
}

/// A statement without its `Sid`, and with only that value of each list that
/// the path goes through.
fn reduced(statement: &Node, path: &[String]) -> Node {
    match reduce(statement, path) {
        Node::Object(mut members) => {
            members.retain(|(key, _)| key != "Sid");
            Node::Object(members)
        }
        other => other,
    }
}

fn reduce(node: &Node, path: &[String]) -> Node {
    let Some((step, rest)) = path.split_first() else {
        return node.clone();
    };
    match node {
        Node::Object(members) => Node::Object(
            members
                .iter()
                .map(|(key, value)| {
                    let value = if key == step {
                        reduce(value, rest)
                    } else {
                        value.clone()
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Node::Array(items) => match step.parse().ok().and_then(|index: usize| items.get(index)) {
            Some(item) => reduce(item, rest),
            None => node.clone(),
        },
        other => other.clone(),
    }
}

/// The same text for JSON that IAM takes for the same: members sorted, lists as
/// sets, a list of one as its value.
fn canonical(node: &Node) -> String {
    match node {
        Node::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{}:{}", Node::String(key.clone()), canonical(value)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Node::Array(items) => {
            let mut items: Vec<String> = items.iter().map(canonical).collect();
            items.sort();
            items.dedup();
            match items.as_slice() {
                [one] => one.clone(),
                _ => format!("[{}]", items.join(",")),
            }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::json;

    use super::*;

    fn of(text: &str, pointer: &str) -> String {
        let finding = Diagnostic::new(Code::FullAccess, pointer, "whatever the message");
        fingerprint(&finding, json::parse(text).ok().as_ref(), text)
    }

    #[test]
    fn what_does_not_matter_changes_nothing() {
        let one = r#"{"Statement":[{"Effect":"Allow","Action":["a:B","c:D"],"Resource":"*"}]}"#;
        let first = of(one, "/Statement/0/Action/0");
        for (same, pointer) in [
            (
                r#"{"Statement":{"Resource":["*"],"Effect":"Allow","Sid":"x","Action":"a:B"}}"#,
                "/Statement/Action",
            ),
            (
                r#"{"Id":"i","Statement":[{},{"Effect":"Allow","Action":["z:Z","a:B"],"Resource":"*"}]}"#,
                "/Statement/1/Action/1",
            ),
        ] {
            assert_eq!(of(same, pointer), first, "{same}");
        }
        for (other, pointer) in [
            (
                r#"{"Statement":[{"Effect":"Allow","Action":["a:B","c:D"],"Resource":"*"}]}"#,
                "/Statement/0/Action/1",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":["a:B"],"Resource":"b"}]}"#,
                "/Statement/0/Action/0",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":["a:B"],"Resource":"*","Condition":{"Bool":{"k":"true"}}}]}"#,
                "/Statement/0/Action/0",
            ),
        ] {
            assert_ne!(of(other, pointer), first, "{other}");
        }
    }
}
