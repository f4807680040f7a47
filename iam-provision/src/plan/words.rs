//! Policy documents in words, for people who read a plan.

use serde_json::Value;

use crate::document::{Effect, OneStatement, PolicyText, difference};

/// What a document says, one line per statement.
pub(crate) fn document(text: &PolicyText) -> Vec<String> {
    if text.document().is_none() {
        return vec![format!("cannot be read: {}", text.json())];
    }
    text.statements()
        .iter()
        .map(|statement| statement_in_words(statement, "allows", "denies"))
        .collect()
}

/// What changes from one document to another.
pub(crate) fn change(before: &PolicyText, after: &PolicyText) -> Vec<String> {
    if before.document().is_none() {
        let mut lines = vec![format!("replaces what cannot be read: {}", before.json())];
        lines.extend(document(after));
        return lines;
    }
    let (before, after) = (before.statements(), after.statements());
    let (removed, added) = difference(&before, &after);
    let removed = removed
        .iter()
        .map(|s| statement_in_words(s, "no longer allows", "no longer denies"));
    let added = added
        .iter()
        .map(|s| statement_in_words(s, "now allows", "now denies"));
    added.chain(removed).collect()
}

/// What a deny denies.
pub(crate) fn denied(statement: &OneStatement) -> String {
    statement_in_words(statement, "allows", "denies")
}

/// What a statement is about, without its effect.
pub(crate) fn reach(statement: &OneStatement) -> String {
    statement_in_words(statement, "", "")
        .trim_start()
        .to_owned()
}

fn statement_in_words(statement: &OneStatement, allows: &str, denies: &str) -> String {
    let value = &statement.value;
    let mut text = String::from(match statement.effect {
        Effect::Allow => allows,
        Effect::Deny => denies,
    });
    if let Some(principals) = value.get("Principal") {
        text.push(' ');
        text.push_str(&principal(principals));
    }
    if let Some(principals) = value.get("NotPrincipal") {
        text.push_str(" everybody but ");
        text.push_str(&principal(principals));
    }
    match (value.get("Action"), value.get("NotAction")) {
        (Some(actions), _) => {
            text.push(' ');
            text.push_str(&match list(actions).as_str() {
                "*" => "every action".to_owned(),
                other => other.to_owned(),
            });
        }
        (None, Some(actions)) => {
            text.push_str(" every action but ");
            text.push_str(&list(actions));
        }
        (None, None) => {}
    }
    match (value.get("Resource"), value.get("NotResource")) {
        (Some(resources), _) => {
            text.push_str(" on ");
            text.push_str(&list(resources));
        }
        (None, Some(resources)) => {
            text.push_str(" on everything but ");
            text.push_str(&list(resources));
        }
        (None, None) => {}
    }
    if let Some(Value::Object(operators)) = value.get("Condition") {
        let mut word = " when ";
        for (operator, keys) in operators {
            let Value::Object(keys) = keys else { continue };
            for (key, values) in keys {
                text.push_str(&format!(
                    "{word}{key} is {} ({operator})",
                    alternatives(values)
                ));
                word = " and ";
            }
        }
    }
    text
}

fn principal(value: &Value) -> String {
    match value {
        Value::Object(kinds) => kinds
            .iter()
            .map(|(kind, names)| match kind.as_str() {
                "AWS" => list(names),
                "Service" => format!("the service {}", list(names)),
                other => format!("{other} {}", list(names)),
            })
            .collect::<Vec<_>>()
            .join(" and "),
        other => match list(other).as_str() {
            "*" => "everybody".to_owned(),
            name => name.to_owned(),
        },
    }
}

fn items(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(self::items).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn list(value: &Value) -> String {
    items(value).join(", ")
}

fn alternatives(value: &Value) -> String {
    items(value).join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> String {
        document(&PolicyText::from_json(json)).join("; ")
    }

    #[test]
    fn statements_in_words() {
        assert_eq!(
            words(
                r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}"#
            ),
            "allows s3:ListAllMyBuckets on *"
        );
        assert_eq!(
            words(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:GetUser","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#
            ),
            "denies every action but iam:GetUser, sts:GetSessionToken on * when aws:MultiFactorAuthPresent is false (BoolIfExists)"
        );
        assert_eq!(
            words(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
            ),
            "allows the service ec2.amazonaws.com sts:AssumeRole"
        );
    }
}
