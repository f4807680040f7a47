//! One decision to compare: the policies and the request.

use std::fmt;

use iam_dsl::{
    Authorizer, Context, ContextValue, Document, Effect, Principal, Request as FastRequest, Version,
};
use language_tests::reference::{Caller, Layers, Request, Value};
use proptest::prelude::*;

use super::{condition, policy, request};

/// Policies with the requests that they decide.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) layers: Layers,
    pub(super) requests: Vec<Request>,
}

/// Any policies, with as many requests.
pub(super) fn case(requests: usize) -> impl Strategy<Value = Case> {
    let any = prop::collection::vec(request::request(), 1..=requests);
    let anything = (policy::layers(), any).prop_map(|(layers, requests)| Case { layers, requests });
    prop_oneof![
        2 => anything,
        1 => on_a_condition(requests),
    ]
}

/// A policy that hangs on a condition, with requests that tell its key.
fn on_a_condition(requests: usize) -> impl Strategy<Value = Case> {
    let effect = prop::bool::weighted(0.3).prop_map(|deny| match deny {
        true => Effect::Deny,
        false => Effect::Allow,
    });
    let version = prop::bool::weighted(0.1).prop_map(|old| match old {
        true => Version::V2008_10_17,
        false => Version::V2012_10_17,
    });
    let asked = condition::condition_with_contexts(requests);
    (asked, effect, version, request::caller()).prop_map(
        |((conditions, contexts), effect, version, caller)| {
            let requests = contexts.into_iter().map(|context| Request {
                caller: caller.clone(),
                action: "sqs:SendMessage".to_owned(),
                resource: "arn:aws:sqs:us-east-1:111122223333:q1".to_owned(),
                resource_account: None,
                context: context.into_iter().collect(),
            });
            Case {
                requests: requests.collect(),
                layers: policy::conditional(conditions, effect, version),
            }
        },
    )
}

/// The policies without those that AWS would not have for such a request and
/// does not say what they would do.
pub(super) fn fitting(layers: &Layers, request: &Request) -> Layers {
    let mut layers = layers.clone();
    // Nobody but a session has session policies.
    if !request.caller.is_session() {
        layers.session.clear();
    }
    // A role's trust policy is the one resource policy that it has.
    if request.resource.contains(":role/") {
        layers.resource.clear();
    }
    layers
}

/// The same policies for the evaluator under test.
pub(super) fn authorizer(layers: &Layers) -> Authorizer {
    let add = |authorizer: Authorizer,
               documents: &[Document],
               method: fn(Authorizer, &Document) -> Authorizer| {
        documents.iter().fold(authorizer, method)
    };
    let mut authorizer = Authorizer::new().users_change_password(layers.users_change_password);
    authorizer = add(authorizer, &layers.identity, |a, d| a.identity(d));
    authorizer = add(authorizer, &layers.boundary, |a, d| a.boundary(d));
    authorizer = add(authorizer, &layers.session, |a, d| a.session(d));
    authorizer = add(authorizer, &layers.resource, |a, d| a.resource(d));
    authorizer = add(authorizer, &layers.trust, |a, d| a.trust(d));
    authorizer = add(authorizer, &layers.endpoint, |a, d| a.endpoint(d));
    for level in &layers.service_control {
        authorizer = authorizer.service_control_level(level);
    }
    for level in &layers.resource_control {
        authorizer = authorizer.resource_control_level(level);
    }
    match &layers.management_account {
        Some(account) => authorizer.management_account(account.parse().unwrap()),
        None => authorizer,
    }
}

/// The same request for the evaluator under test.
pub(super) fn iam_dsl_request(from: &Request) -> FastRequest {
    let mut request = FastRequest::new(&from.action, &from.resource).unwrap();
    if let Some(principal) = principal(&from.caller) {
        request = request.principal(principal);
    }
    if let Some(account) = &from.resource_account {
        request = request.resource_account(account.parse().unwrap());
    }
    let context = from
        .context
        .iter()
        .fold(Context::new(), |all, (key, values)| {
            all.with_values(key, values.iter().map(context_value))
        });
    request.context(context)
}

fn principal(caller: &Caller) -> Option<Principal> {
    let principal = match caller {
        Caller::Untold => return None,
        Caller::Root(arn) => arn.parse(),
        Caller::User(arn) => Principal::user(arn),
        Caller::UserSession(arn) => Principal::user_session(arn),
        Caller::Role(arn) => Principal::role(arn),
        Caller::RoleSession(arn, None) => Principal::assumed_role(arn),
        Caller::RoleSession(arn, Some(role)) => {
            Principal::assumed_role(arn).and_then(|session| session.of_role(role))
        }
        Caller::Federated(arn, None) => Principal::federated_user(arn),
        Caller::Federated(arn, Some(user)) => {
            Principal::federated_user(arn).and_then(|session| session.federated_by(user))
        }
        Caller::Service(name) => Principal::service(name),
        Caller::Provider(name) => Principal::federated_provider(name),
        Caller::Anonymous => Ok(Principal::anonymous()),
    };
    Some(principal.unwrap())
}

fn context_value(value: &Value) -> ContextValue {
    match value {
        Value::Text(text) => text.into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(value) => (*value).into(),
        Value::Address(value) => (*value).into(),
        Value::Time(seconds) => {
            let seconds = std::time::Duration::from_secs(u64::try_from(*seconds).unwrap());
            (std::time::UNIX_EPOCH + seconds).into()
        }
        Value::Bytes(bytes) => ContextValue::binary(bytes.clone()),
    }
}

/// The policies as JSON: what one needs to write the case down.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers = &self.layers;
        for (name, documents) in [
            ("identity", &layers.identity),
            ("boundary", &layers.boundary),
            ("session", &layers.session),
            ("resource", &layers.resource),
            ("trust", &layers.trust),
            ("endpoint", &layers.endpoint),
        ] {
            for document in documents {
                writeln!(f, "{name}: {document}")?;
            }
        }
        for (name, levels) in [
            ("service control level", &layers.service_control),
            ("resource control level", &layers.resource_control),
        ] {
            for level in levels {
                let level: Vec<String> = level.iter().map(Document::to_json).collect();
                writeln!(f, "{name}: {level:?}")?;
            }
        }
        let management = &layers.management_account;
        let passwords = layers.users_change_password;
        writeln!(
            f,
            "management account {management:?}, change password {passwords}"
        )?;
        write!(f, "{:#?}", self.requests)
    }
}
