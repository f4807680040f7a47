//! Policies as they read for one user or role: with the values of the keys that
//! IAM fills from who asks.
//!
//! A user's name and tags are the same in each of its requests. So the policy
//! variables `${aws:username}` and `${aws:PrincipalTag/…}` are put into the text,
//! and conditions on the user's tags are decided, by the evaluator. A role's
//! sessions have no user name; what tags they have is for whoever assumes it to
//! say, so these stay open.
//!
//! Sources: "IAM policy elements: Variables and tags"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>),
//! "Controlling access to and for IAM users and roles using tags"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html>).

use std::collections::BTreeMap;

use iam_dsl::variable::{self, Part};
use iam_dsl::{Authorizer, Context, Document, Policy, Request};
use serde_json::{Map, Value, json};

use crate::state::{Identity, State};

const TAG: &str = "aws:principaltag/";

/// Who asks, as far as policies may speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asker {
    /// `None` is a role's session.
    user: Option<String>,
    /// By key in lower case: keys of tags are compared so.
    tags: BTreeMap<String, String>,
}

impl Asker {
    /// Who an identity is in a state, where it is read.
    pub(super) fn of(state: &State, identity: &Identity) -> Option<Self> {
        let tags = &state.holder(identity)?.tags;
        let tags = tags.iter();
        let tags = tags.map(|(key, value)| (key.to_ascii_lowercase(), value.clone()));
        Some(Self {
            user: match identity {
                Identity::User(name) => Some(name.clone()),
                Identity::Role(_) => None,
                Identity::Group(_) => return None,
            },
            tags: tags.collect(),
        })
    }

    /// Whether a text may read otherwise for somebody else.
    pub(super) fn concerns(text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        text.contains("${aws:username") || text.contains(TAG)
    }

    /// The tags of which a text speaks and that a session may have otherwise: those
    /// of a role, with their values.
    pub(super) fn open_tags(&self, text: &str) -> Vec<(String, String)> {
        if self.user.is_some() {
            return Vec::new();
        }
        let text = text.to_ascii_lowercase();
        let tags = self.tags.iter();
        tags.filter(|(key, _)| text.contains(&format!("{TAG}{key}")))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The document as it reads for this one; the same where nothing in it
    /// speaks of who asks.
    pub(super) fn read(&self, document: &Document) -> Document {
        let json = document.to_json();
        if !Self::concerns(&json) {
            return document.clone();
        }
        let Ok(Value::Object(mut top)) = serde_json::from_str::<Value>(&json) else {
            return document.clone();
        };
        // Version 2008 has no variables: `${` is text there.
        let has_variables = document.has_variables();
        let statements = match top.remove("Statement") {
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let statements = statements
            .into_iter()
            .filter_map(|statement| match statement {
                Value::Object(statement) => self.statement(statement, has_variables),
                _ => None,
            });
        top.insert("Statement".to_owned(), statements.collect());
        let text = Value::Object(top).to_string();
        Document::from_json(&text).unwrap_or_else(|_| document.clone())
    }

    /// A statement as it reads; none if it matches nothing for this one.
    fn statement(&self, mut statement: Map<String, Value>, has_variables: bool) -> Option<Value> {
        if has_variables {
            for element in ["Resource", "NotResource"] {
                let Some(patterns) = statement.remove(element) else {
                    continue;
                };
                let patterns: Vec<String> = texts(&patterns)
                    .iter()
                    .filter_map(|text| match self.text(text) {
                        Reads::Same => Some(text.clone()),
                        Reads::As(text) => Some(text),
                        Reads::Nothing => None,
                    })
                    .collect();
                match (element, patterns.is_empty()) {
                    ("Resource", true) => return None,
                    (_, true) => statement.insert("Resource".to_owned(), json!("*")),
                    (element, false) => statement.insert(element.to_owned(), json!(patterns)),
                };
            }
        }
        let Some(Value::Object(operators)) = statement.remove("Condition") else {
            return Some(Value::Object(statement));
        };
        let mut left = Map::new();
        for (operator, entries) in operators {
            let Value::Object(entries) = entries else {
                continue;
            };
            let mut open = Map::new();
            for (key, values) in entries {
                let values: Vec<String> = texts(&values)
                    .into_iter()
                    .map(|text| match self.text(&text) {
                        Reads::As(text) if has_variables => text,
                        _ => text,
                    })
                    .collect();
                match self.holds(&operator, &key, &values, has_variables) {
                    Some(true) => {}
                    Some(false) => return None,
                    None => {
                        open.insert(key, json!(values));
                    }
                }
            }
            if !open.is_empty() {
                left.insert(operator, Value::Object(open));
            }
        }
        if !left.is_empty() {
            statement.insert("Condition".to_owned(), Value::Object(left));
        }
        Some(Value::Object(statement))
    }

    /// Whether a condition on a tag of this user holds; none if it is not one, or
    /// hangs on something else as well.
    fn holds(&self, operator: &str, key: &str, values: &[String], variables: bool) -> Option<bool> {
        self.user.as_ref()?;
        let tag = key.to_ascii_lowercase();
        let tag = tag.strip_prefix(TAG)?;
        if variables && values.iter().any(|value| value.contains("${")) {
            return None;
        }
        let text = json!({"Version": if variables { "2012-10-17" } else { "2008-10-17" }, "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: values}},
        }});
        let policy: Policy = Policy::from_json_unchecked(&text.to_string()).ok()?;
        let mut context = Context::new();
        if let Some(value) = self.tags.get(tag) {
            context = context.with(key, value.as_str());
        }
        let request = Request::new("s3:ListAllMyBuckets", "*")
            .ok()?
            .context(context);
        let decision = Authorizer::new().identity(&policy).decide(&request);
        Some(decision.is_allowed())
    }

    fn text(&self, text: &str) -> Reads {
        if !Self::concerns(text) {
            return Reads::Same;
        }
        let mut read = String::new();
        for part in variable::parts(text) {
            match part {
                Ok(Part::Text(text)) => read.push_str(text),
                Ok(Part::Literal(literal)) => read.push_str(&format!("${{{literal}}}")),
                Ok(Part::Variable { key, default }) => match self.value(key) {
                    Known::Value(value) => read.push_str(&literally(value)),
                    Known::Missing => match default {
                        Some(default) => read.push_str(&literally(default)),
                        None => return Reads::Nothing,
                    },
                    Known::Not => {
                        let default = default.map(|text| format!(", '{text}'"));
                        read.push_str(&format!("${{{key}{}}}", default.unwrap_or_default()));
                    }
                },
                Err(_) => return Reads::Same,
            }
        }
        Reads::As(read)
    }

    fn value(&self, key: &str) -> Known<'_> {
        let key = key.to_ascii_lowercase();
        match (&self.user, key.strip_prefix(TAG)) {
            (Some(name), None) if key == "aws:username" => Known::Value(name),
            (None, None) if key == "aws:username" => Known::Missing,
            (Some(_), Some(tag)) => match self.tags.get(tag) {
                Some(value) => Known::Value(value),
                None => Known::Missing,
            },
            _ => Known::Not,
        }
    }
}

/// What a text with variables reads as.
enum Reads {
    Same,
    As(String),
    /// A variable in it has no value, so that it matches nothing.
    Nothing,
}

enum Known<'v> {
    Value(&'v str),
    Missing,
    Not,
}

/// A value as a pattern that matches it alone.
fn literally(value: &str) -> String {
    let mut text = String::new();
    for character in value.chars() {
        match character {
            '*' | '?' | '$' => text.push_str(&format!("${{{character}}}")),
            other => text.push(other),
        }
    }
    text
}

fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(list) => list.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

#[cfg(test)]
mod tests {
    // Helpers of tests fail a test as the tests themselves do.
    #![allow(clippy::unwrap_used)]

    use iam_dsl::testing::{aimed, document};
    use iam_dsl::{PolicyKind, Principal};
    use proptest::prelude::*;

    use super::*;

    const STATEMENTS: [&str; 16] = [
        r#""Resource":"arn:aws:s3:::b/${aws:username}/*""#,
        r#""Resource":"arn:aws:s3:::b/${AWS:UserName}""#,
        r#""Resource":["arn:aws:s3:::b/${aws:PrincipalTag/Team}/*","arn:aws:s3:::c/${*}/${aws:username}"]"#,
        r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/none}""#,
        r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/none, 'x*'}""#,
        r#""Resource":"arn:aws:s3:::b/${aws:username, 'x'}/${aws:PrincipalAccount}""#,
        r#""NotResource":"arn:aws:s3:::b/${aws:PrincipalTag/none}/*""#,
        r#""NotResource":["arn:aws:s3:::b/${aws:username}/*","arn:aws:s3:::c/*"]"#,
        r#""Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
        r#""Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/TEAM":["blue","Red"],"s3:prefix":"${aws:username}"}}"#,
        r#""Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:principaltag/team":"red"},"StringLike":{"s3:prefix":"${aws:PrincipalTag/team}/*"}}"#,
        r#""Resource":"*","Condition":{"Null":{"aws:PrincipalTag/team":"true"}}"#,
        r#""Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}}"#,
        r#""Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"${s3:prefix}"}}"#,
        r#""Resource":"*","Condition":{"StringNotEquals":{"s3:prefix":"${aws:PrincipalTag/none}"}}"#,
        r#""Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalTag/team":"r*"}}"#,
    ];

    /// The statements as a document of either version.
    fn chosen() -> impl Strategy<Value = Document> {
        let statement = (prop::sample::select(&STATEMENTS[..]), any::<bool>());
        (prop::collection::vec(statement, 1..4), any::<bool>()).prop_map(|(all, is_old)| {
            let all: Vec<String> = all
                .into_iter()
                .map(|(rest, is_allow)| {
                    let effect = if is_allow { "Allow" } else { "Deny" };
                    format!(r#"{{"Effect":"{effect}","Action":"s3:*",{rest}}}"#)
                })
                .collect();
            let version = if is_old { "2008-10-17" } else { "2012-10-17" };
            let text = format!(
                r#"{{"Version":"{version}","Statement":[{}]}}"#,
                all.join(",")
            );
            Document::from_json(&text).unwrap()
        })
    }

    /// `Adele` is whom requests are aimed for.
    fn asker() -> impl Strategy<Value = Asker> {
        let name = prop::sample::select(&["Adele", "red", "x"][..]);
        let team = prop::option::of(prop::sample::select(
            &["red", "Red", "blue", "Adele", ""][..],
        ));
        (prop::option::of(name), team).prop_map(|(name, team)| Asker {
            user: name.map(str::to_owned),
            tags: team
                .into_iter()
                .map(|team| ("team".to_owned(), team.to_owned()))
                .collect(),
        })
    }

    fn request_of(asker: &Asker) -> impl Fn(Request) -> Request {
        let principal: Principal = match &asker.user {
            Some(name) => format!("arn:aws:iam::111122223333:user/{name}"),
            None => "arn:aws:sts::111122223333:assumed-role/r/s".to_owned(),
        }
        .parse()
        .unwrap();
        let tags = asker.tags.clone();
        move |request| {
            let stated = request.stated_context().clone();
            let mut context = Context::new();
            for (key, values) in stated.iter() {
                let key = key.to_ascii_lowercase();
                // Who asks is ours to say.
                if !key.starts_with(TAG) && key != "aws:username" {
                    context = context.with_values(&key, values.to_vec());
                }
            }
            for (key, value) in &tags {
                context = context.with(&format!("aws:PrincipalTag/{key}"), value.as_str());
            }
            request.principal(principal.clone()).context(context)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_500))]

        /// Whoever asks gets the same answer from both readings.
        #[test]
        fn a_reading_decides_as_the_document(
            (document, request) in prop_oneof![chosen(), document(PolicyKind::Identity)]
                .prop_flat_map(|document| { let aim = aimed(&document); (Just(document), aim) }),
            asker in asker(),
        ) {
            let request = request_of(&asker)(request);
            let decide = |document: &Document| {
                Authorizer::new().identity(document).decide(&request).is_allowed()
            };
            let read = asker.read(&document);
            prop_assert_eq!(decide(&document), decide(&read), "{} read as {}", document.to_json(), read.to_json());
        }
    }

    #[test]
    fn nothing_of_who_asks_is_left_for_a_user() {
        let asker = Asker {
            user: Some("ann".to_owned()),
            tags: BTreeMap::from([("team".to_owned(), "red".to_owned())]),
        };
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}/${aws:username}/${*}"},
            {"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}},
            {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}
        ]}"#;
        let read = asker.read(&Document::from_json(text).unwrap());
        let expected = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::red/ann/${*}"},
            {"Effect":"Deny","Action":"s3:*","Resource":"*"}
        ]}"#;
        let expected = Document::from_json(expected).unwrap();
        assert!(iam_dsl::equivalent(&read, &expected), "{}", read.to_json());
    }
}
