//! `suite, name, request, identity …, expected`: how a request is decided. The
//! cases state what another project expects, not AWS's word: where we decide
//! otherwise for a reason, the reason is told with AWS's page, and the case
//! counts neither way.

use iam_dsl::{Authorizer, Context, ContextValue, Document, Principal, Request};
use serde_json::{Map, Value, json};

use super::{Held, member};

/// Where we decide otherwise: the beginning of a suite's name, a part of the
/// case's name, and the reason.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "boundaryNotPrincipalDenyResource",
        "NotPrincipal/Deny in Resource Policy should allow",
        "NotPrincipal lists the role without its account: \"you must also specify the account ARN of the not-denied principal\" \
         (IAM User Guide, AWS JSON policy elements: NotPrincipal)",
    ),
    (
        "notPrincipal",
        "Allowed when NotPrincipal is",
        "\"NotPrincipal must be used with Effect: Deny. Using it with Effect: Allow is not supported\" \
         (IAM User Guide, AWS JSON policy elements: NotPrincipal)",
    ),
    (
        "endpoints/allow",
        "Allow when Endpoint Policy Allows",
        "the endpoint policy has no Principal element, which an endpoint policy must contain \
         (AWS PrivateLink Guide, Control access to VPC endpoints using endpoint policies)",
    ),
    (
        "iam/managedPolicies/aws/denied",
        "for AWS managed policies",
        "that AWS managed policies cannot be changed is no question of permissions: IAM refuses the call itself, whoever may \
         (IAM User Guide, Managed policies and inline policies)",
    ),
    (
        "iam/roles/reserved/denied",
        "for AWS managed roles",
        "a reserved role is protected by the error UnmodifiableEntity, not by permissions \
         (IAM API Reference, errors of AttachRolePolicy and the others)",
    ),
    (
        "kms/aliases",
        "for AWS-managed alias",
        "the prefix alias/aws/ is refused by the operation itself as an invalid name, not by permissions \
         (AWS KMS API Reference, CreateAlias)",
    ),
];

/// Questions about patterns are not asked of a decision, which is about one
/// concrete resource.
const PATTERNS: &str = "resourceWildcards";

pub(super) fn check(case: &Value, _line: &str) -> Result<Held, String> {
    let suite = text(case, "suite")?;
    let name = text(case, "name")?;
    if suite.starts_with(PATTERNS) {
        return Ok(Held::Noted(
            "left out: a question about a pattern of resources, and a request names one \
             (IAM User Guide, Policy evaluation logic: the request context)"
                .to_owned(),
        ));
    }
    let mut case = case.clone();
    name_as_aws(&mut case);
    let asked = member(&case, "request")?.clone();
    // Those cases give a role's trust policy as the policy of the resource.
    if text(&asked, "action")?
        .to_ascii_lowercase()
        .starts_with("sts:assumerole")
        && let Some(map) = case.as_object_mut()
        && let Some(trust) = map.remove("resource")
    {
        map.insert("trust".to_owned(), trust);
    }
    let authorizer = authorizer(&case)?;
    let decision = authorizer.decide(&request(&asked)?);
    let ours = format!("{:?}", decision.outcome());
    let expected = text(&case, "expected")?;
    if ours == expected {
        return Ok(Held::Agree);
    }
    let told = format!("they say {expected}, we say {ours}");
    OTHERWISE
        .iter()
        .find(|(prefix, part, _)| suite.starts_with(prefix) && name.contains(part))
        .map(|(_, _, reason)| Held::Noted(format!("{told}: {reason}")))
        .ok_or_else(|| format!("{suite}: {told}: {decision}"))
}

pub(super) fn text<'c>(case: &'c Value, name: &str) -> Result<&'c str, String> {
    member(case, name)?
        .as_str()
        .ok_or_else(|| format!("`{name}` is no text"))
}

/// Some of those documents write `"Principal": "ARN"`, which AWS refuses; what
/// they mean is `{"AWS": "ARN"}`.
fn name_as_aws(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(text) if key == "Principal" && text != "*" => {
                        *value = json!({"AWS": text});
                    }
                    other => name_as_aws(other),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(name_as_aws),
        _ => {}
    }
}

/// The values of a list, one value alone, or none.
fn many<'c>(case: &'c Value, key: &str) -> &'c [Value] {
    match case.get(key) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
    }
}

fn documents(values: &[Value]) -> Result<Vec<Document>, String> {
    values
        .iter()
        .map(|value| Document::from_json(&value.to_string()).map_err(|error| error.to_string()))
        .collect()
}

/// The authorizer that a case describes, or what is wrong with its first
/// document that cannot be read.
pub(super) fn authorizer(case: &Value) -> Result<Authorizer, String> {
    let mut authorizer = Authorizer::new();
    type Add = fn(Authorizer, &Document) -> Authorizer;
    let layers: [(&str, Add); 6] = [
        ("identity", Authorizer::identity),
        ("boundary", Authorizer::boundary),
        ("session", Authorizer::session),
        ("resource", Authorizer::resource),
        ("trust", Authorizer::trust),
        ("endpoint", Authorizer::endpoint),
    ];
    for (key, add) in layers {
        for document in &documents(many(case, key))? {
            authorizer = add(authorizer, document);
        }
    }
    for level in many(case, "scp") {
        let level = documents(level.as_array().map(Vec::as_slice).unwrap_or_default())?;
        authorizer = authorizer.service_control_level(&level);
    }
    for level in many(case, "rcp") {
        let level = documents(level.as_array().map(Vec::as_slice).unwrap_or_default())?;
        authorizer = authorizer.resource_control_level(&level);
    }
    for service in many(case, "rcp_services").iter().filter_map(Value::as_str) {
        authorizer = authorizer.resource_control_applies_to(service);
    }
    if let Some(account) = case.get("management_account").and_then(Value::as_str) {
        let account = account
            .parse()
            .map_err(|error| format!("`management_account`: {error}"))?;
        authorizer = authorizer.management_account(account);
    }
    if let Some(allowed) = case.get("users_change_password").and_then(Value::as_bool) {
        authorizer = authorizer.users_change_password(allowed);
    }
    Ok(authorizer)
}

fn request(asked: &Value) -> Result<Request, String> {
    let told = |error: iam_dsl::RequestError| error.to_string();
    let optional = |key: &str| asked.get(key).and_then(Value::as_str);
    let mut request =
        Request::new(text(asked, "action")?, text(asked, "resource")?).map_err(told)?;
    let principal = match optional("principal") {
        None => Principal::anonymous(),
        Some(who) => who
            .parse()
            .or_else(|_| Principal::federated_provider(who))
            .map_err(told)?,
    };
    request = request.principal(principal);
    if let Some(keys) = asked.get("context").and_then(Value::as_object) {
        request = request.context(context(keys)?);
    }
    if let Some(account) = optional("resource_account") {
        let account = account
            .parse()
            .map_err(|error| format!("`resource_account`: {error}"))?;
        request = request.resource_account(account);
    }
    Ok(request)
}

pub(super) fn context(keys: &Map<String, Value>) -> Result<Context, String> {
    keys.iter()
        .try_fold(Context::new(), |context, (key, value)| match value {
            Value::Array(values) => {
                let values: Vec<ContextValue> =
                    values.iter().map(context_value).collect::<Result<_, _>>()?;
                Ok(context.with_values(key, values))
            }
            value => Ok(context.with(key, context_value(value)?)),
        })
}

fn context_value(value: &Value) -> Result<ContextValue, String> {
    Ok(match value {
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(value) => value.into(),
            None => number
                .as_f64()
                .ok_or_else(|| format!("{number} is out of range"))?
                .into(),
        },
        Value::String(text) => text.as_str().into(),
        other => return Err(format!("{other} is no value of the context")),
    })
}
