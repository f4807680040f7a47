//! Policies and requests as data.

use iam_dsl::{Authorizer, Context, ContextValue, Document, InvalidPolicy, Principal, Request};
use serde_json::{Map, Value, json};

/// A document; one statement alone stands for a document of version 2012-10-17.
pub(crate) fn document(value: &Value) -> Document {
    try_document(value).unwrap_or_else(|error| panic!("{value}: {error}"))
}

pub(crate) fn try_document(value: &Value) -> Result<Document, InvalidPolicy> {
    let whole = if value.get("Effect").is_some() {
        json!({"Version": "2012-10-17", "Statement": [value]})
    } else {
        value.clone()
    };
    Document::from_json(&whole.to_string())
}

/// The values of a list, one value alone, or none.
pub(crate) fn many<'v>(object: &'v Value, key: &str) -> Vec<&'v Value> {
    match object.get(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

fn documents(object: &Value, key: &str) -> Vec<Document> {
    many(object, key).into_iter().map(document).collect()
}

/// The authorizer that an object's `identity`, `boundary`, `session`,
/// `resource`, `trust`, `endpoint`, `scp` and `rcp` describe.
pub(crate) fn authorizer(object: &Value) -> Authorizer {
    let mut authorizer = Authorizer::new();
    for policy in documents(object, "identity") {
        authorizer = authorizer.identity(&policy);
    }
    for policy in documents(object, "boundary") {
        authorizer = authorizer.boundary(&policy);
    }
    for policy in documents(object, "session") {
        authorizer = authorizer.session(&policy);
    }
    for policy in documents(object, "resource") {
        authorizer = authorizer.resource(&policy);
    }
    for policy in documents(object, "trust") {
        authorizer = authorizer.trust(&policy);
    }
    for policy in documents(object, "endpoint") {
        authorizer = authorizer.endpoint(&policy);
    }
    for level in many(object, "scp") {
        let level: Vec<Document> = level
            .as_array()
            .expect("a level is a list")
            .iter()
            .map(document)
            .collect();
        authorizer = authorizer.service_control_level(&level);
    }
    for level in many(object, "rcp") {
        let level: Vec<Document> = level
            .as_array()
            .expect("a level is a list")
            .iter()
            .map(document)
            .collect();
        authorizer = authorizer.resource_control_level(&level);
    }
    for service in many(object, "rcp_services") {
        authorizer = authorizer.resource_control_applies_to(service.as_str().expect("a service"));
    }
    if let Some(account) = object.get("management_account").and_then(Value::as_str) {
        authorizer = authorizer.management_account(account.parse().expect("an account"));
    }
    if let Some(Value::Bool(allowed)) = object.get("users_change_password") {
        authorizer = authorizer.users_change_password(*allowed);
    }
    authorizer
}

fn context_value(value: &Value) -> ContextValue {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(value) => value.into(),
            None => number.as_f64().expect("a number").into(),
        },
        Value::String(text) => text.as_str().into(),
        other => panic!("{other} is no context value"),
    }
}

pub(crate) fn context(object: &Map<String, Value>) -> Context {
    object
        .iter()
        .fold(Context::new(), |context, (key, value)| match value {
            Value::Array(values) => context.with_values(key, values.iter().map(context_value)),
            value => context.with(key, context_value(value)),
        })
}

/// Who `text` stands for: `anonymous`, `session of ARN` of a user, `SESSION of ROLE`
/// with the role's ARN, or anything that `Principal` reads.
pub(crate) fn principal(text: &str) -> Principal {
    let parsed = match text.split_once(" of ") {
        None if text == "anonymous" => Ok(Principal::anonymous()),
        None => text
            .parse()
            .or_else(|_| Principal::federated_provider(text)),
        Some(("session", user)) => Principal::user_session(user),
        Some((session, role)) if role.contains(":role/") => {
            Principal::assumed_role(session).and_then(|session| session.of_role(role))
        }
        Some((session, user)) => {
            Principal::federated_user(session).and_then(|session| session.federated_by(user))
        }
    };
    parsed.unwrap_or_else(|error| panic!("{error}"))
}

/// The request that an object's `action`, `resource`, `principal`, `context`
/// and `resource_account` describe.
pub(crate) fn request(object: &Value) -> Request {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let action = text("action").expect("an action");
    let resource = text("resource_arn")
        .or(text("resource"))
        .expect("a resource");
    let mut request = Request::new(action, resource).unwrap_or_else(|error| panic!("{error}"));
    if let Some(who) = text("principal") {
        request = request.principal(principal(who));
    }
    if let Some(keys) = object.get("context").and_then(Value::as_object) {
        request = request.context(context(keys));
    }
    if let Some(account) = text("resource_account") {
        request = request.resource_account(account.parse().expect("an account"));
    }
    request
}
