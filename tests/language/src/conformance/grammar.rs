//! `accepted, error?, document`: whether IAM takes the document as a managed
//! policy, and with which message it refuses it. The document is a JSON value,
//! or a string that holds the text.

use iam_dsl::json::{self, Node};
use iam_dsl::{PolicyKind, validate_json};
use serde_json::Value;

use super::member;

pub(super) fn check(case: &Value, line: &str) -> Result<(), String> {
    let accepted = member(case, "accepted")?
        .as_bool()
        .ok_or("`accepted` is no boolean")?;
    let text = match member(case, "document")? {
        Value::String(text) => text.clone(),
        _ => document_in_order(line)?,
    };
    let (_, findings) = validate_json(&text, PolicyKind::Identity);
    let refusals: Vec<&str> = findings
        .iter()
        .filter_map(|f| f.refusal.as_deref())
        .collect();
    if accepted != refusals.is_empty() {
        return Err(if accepted {
            format!("accepted by IAM, refused here: {}", refusals.join("; "))
        } else {
            let error = case
                .get("error")
                .and_then(Value::as_str)
                .unwrap_or("no message");
            format!("refused by IAM ({error}), accepted here")
        });
    }
    // IAM names one mistake; it must be among ours.
    match case.get("error").and_then(Value::as_str) {
        Some(error) if !refusals.contains(&error) => {
            Err(format!("IAM says {error:?}, here {refusals:?}"))
        }
        _ => Ok(()),
    }
}

fn document_in_order(line: &str) -> Result<String, String> {
    match json::parse(line).map_err(|error| error.to_string())? {
        Node::Object(members) => members
            .into_iter()
            .find(|(key, _)| key == "document")
            .map(|(_, node)| node.to_string())
            .ok_or_else(|| "the case has no `document`".to_owned()),
        _ => Err("the case is no object".to_owned()),
    }
}
