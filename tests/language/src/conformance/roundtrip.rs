//! `document`: read, written and read again it is the same JSON value, key
//! order and one-or-many form kept.

use iam_dsl::json::{self, Node};
use iam_dsl::{Document, PolicyKind, validate};
use serde_json::Value;

use super::member;

pub(super) fn check(case: &Value, line: &str) -> Result<(), String> {
    // serde_json's map sorts keys, so the original is read again in order.
    member(case, "document")?;
    let Node::Object(members) = json::parse(line).map_err(|error| error.to_string())? else {
        return Err("the case is no object".to_owned());
    };
    let original = members
        .into_iter()
        .find(|(key, _)| key == "document")
        .map(|(_, node)| node)
        .ok_or("the case has no `document`")?;
    let text = original.to_string();
    let document = Document::from_json(&text).map_err(|error| error.to_string())?;
    let written = document.to_json();
    if written != text {
        return Err(format!("written as {written}, read from {text}"));
    }
    let again = Document::from_json(&written).map_err(|error| error.to_string())?;
    if again != document {
        return Err("a second reading gives another document".to_owned());
    }
    // What IAM itself stores, IAM does not refuse.
    let refused: Vec<String> = validate(&document, PolicyKind::Identity)
        .into_iter()
        .filter(|finding| finding.refusal.is_some())
        .map(|finding| finding.to_string())
        .collect();
    if refused.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "stored by IAM, refused here: {}",
            refused.join("; ")
        ))
    }
}
