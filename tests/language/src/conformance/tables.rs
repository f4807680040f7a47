//! The tables of cases that stand with the evaluator (`iam-dsl/tests/evaluate/cases`):
//! a JSON array of groups, each with AWS's page, what its questions share, and the
//! questions (`asks`), which may say anything anew.

use iam_dsl::{Principal, Request};
use serde_json::{Value, json};

use super::authorization::{authorizer, context, text};
use super::{Held, member};

/// The questions of a table, each with all that its group says; `None` where the
/// text is no table.
pub(super) fn questions(table: &str) -> Option<Vec<Value>> {
    if !table.trim_start().starts_with('[') {
        return None;
    }
    let groups: Vec<Value> = serde_json::from_str(table).ok()?;
    let mut questions = Vec::new();
    for group in &groups {
        for ask in group.get("asks")?.as_array()? {
            let mut whole = group.as_object()?.clone();
            whole.remove("asks");
            whole.extend(ask.as_object()?.clone());
            questions.push(Value::Object(whole));
        }
    }
    Some(questions)
}

pub(super) fn check(question: &Value) -> Result<Held, String> {
    let mut question = question.clone();
    let layers = [
        "identity", "boundary", "session", "resource", "trust", "endpoint", "scp", "rcp",
    ];
    for layer in layers {
        if let Some(policies) = question.get_mut(layer) {
            as_documents(policies);
        }
    }
    let decision = authorizer(&question)?.decide(&request(&question)?);
    let (ours, expected) = (
        format!("{:?}", decision.outcome()),
        text(&question, "expected")?,
    );
    let layer = decision.layer().map(|layer| format!("{layer:?}"));
    let wanted = question.get("layer").and_then(Value::as_str);
    match ours == expected && (wanted.is_none() || layer.as_deref() == wanted) {
        true => Ok(Held::Agree),
        false => Err(format!(
            "AWS says {expected} ({}), we say {decision}",
            text(&question, "page")?
        )),
    }
}

/// One statement alone stands for a document of version 2012-10-17.
fn as_documents(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(as_documents),
        statement if statement.get("Effect").is_some() => {
            *statement = json!({"Version": "2012-10-17", "Statement": [statement.take()]});
        }
        _ => {}
    }
}

fn request(question: &Value) -> Result<Request, String> {
    let told = |error: iam_dsl::RequestError| error.to_string();
    let optional = |key: &str| question.get(key).and_then(Value::as_str);
    // `resource` is a policy, save where it is a text.
    let resource = optional("resource_arn").or(optional("resource"));
    let resource = resource.ok_or("the question has no `resource_arn`")?;
    let mut request = Request::new(text(question, "action")?, resource).map_err(told)?;
    if let Some(who) = optional("principal") {
        request = request.principal(principal(who).map_err(told)?);
    }
    if let Some(keys) = question.get("context") {
        let keys = keys.as_object().ok_or("`context` is no object")?;
        request = request.context(context(keys)?);
    }
    if let Some(account) = optional("resource_account") {
        let account = account.parse();
        let account = account.map_err(|error| format!("`resource_account`: {error}"))?;
        request = request.resource_account(account);
    }
    member(question, "expected").map(|_| request)
}

/// `anonymous`, `session of USER`, `SESSION of ROLE`, `SESSION of USER`, or anything
/// that a principal is read from.
fn principal(who: &str) -> Result<Principal, iam_dsl::RequestError> {
    match who.split_once(" of ") {
        None if who == "anonymous" => Ok(Principal::anonymous()),
        None => who.parse().or_else(|_| Principal::federated_provider(who)),
        Some(("session", user)) => Principal::user_session(user),
        Some((session, role)) if role.contains(":role/") => {
            Principal::assumed_role(session)?.of_role(role)
        }
        Some((session, user)) => Principal::federated_user(session)?.federated_by(user),
    }
}
