//! The policies of one side of a comparison, and what they say of a request.

use iam_dsl::{Authorizer, Context, ContextValue, Outcome, Principal, Request as FastRequest};
use iam_dsl_core::{Document, PolicyKind};
use serde_json::Value as Json;

use crate::reference::{self, Caller, Layers, Request, Value};

/// The policies of one side: those of an identity with boundary and session, or
/// the policy of a resource, or a trust policy.
///
/// Beside the policy of a resource alone, callers of the resource's account have
/// no policy, and those of other accounts all that they can have: what is asked is
/// what the policy gives.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// As the naive evaluator has them.
    pub layers: Layers,
}

/// A set for the evaluator.
#[derive(Debug, Clone)]
pub struct Prepared {
    within: Authorizer,
    across: Option<Authorizer>,
}

impl Prepared {
    /// Whether the evaluator allows the request.
    pub fn allows(&self, asked: &Request, fast: &FastRequest) -> bool {
        let authorizer = match &self.across {
            Some(across) if is_cross_account(asked) => across,
            _ => &self.within,
        };
        authorizer.outcome(fast) == Outcome::Allow
    }
}

/// Whether caller and resource are of two accounts.
fn is_cross_account(asked: &Request) -> bool {
    let caller = asked.caller.account();
    let own = asked.resource.split(':').nth(4).filter(|a| !a.is_empty());
    let resource = asked.resource_account.as_deref().or(own);
    caller.is_some() && resource.is_some() && caller != resource
}

fn everything() -> Option<Document> {
    Document::from_json(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    )
    .ok()
}

impl Set {
    /// One document of a kind.
    pub fn document(document: Document, kind: PolicyKind) -> Self {
        let mut set = Set::default();
        let layer = match kind {
            PolicyKind::Resource => &mut set.layers.resource,
            PolicyKind::Trust => &mut set.layers.trust,
            _ => &mut set.layers.identity,
        };
        layer.push(document);
        set
    }

    /// A document as JSON, or an object of layers:
    /// `{"identity": […], "boundary": …, "session": …}`, `{"resource": …}`, `{"trust": …}`.
    ///
    /// # Errors
    /// Where a document cannot be read or a layer is unknown.
    pub fn from_json(json: &Json, kind: PolicyKind) -> Result<Self, String> {
        let members = match json.as_object() {
            Some(members) if !members.contains_key("Statement") => members,
            _ => return Ok(Set::document(document(json)?, kind)),
        };
        let mut set = Set::default();
        for (name, documents) in members {
            let layer = match name.as_str() {
                "identity" => &mut set.layers.identity,
                "boundary" => &mut set.layers.boundary,
                "session" => &mut set.layers.session,
                "resource" => &mut set.layers.resource,
                "trust" => &mut set.layers.trust,
                _ => return Err(format!("`{name}` is no layer of a comparison")),
            };
            match documents {
                Json::Array(documents) => {
                    for one in documents {
                        layer.push(document(one)?);
                    }
                }
                one => layer.push(document(one)?),
            }
        }
        Ok(set)
    }

    /// The set as JSON, to write a case down.
    pub fn to_json(&self) -> Json {
        let layers = [
            ("identity", &self.layers.identity),
            ("boundary", &self.layers.boundary),
            ("session", &self.layers.session),
            ("resource", &self.layers.resource),
            ("trust", &self.layers.trust),
        ];
        let members = layers
            .into_iter()
            .filter(|(_, documents)| !documents.is_empty())
            .map(|(name, documents)| {
                let documents = documents.iter().map(|d| {
                    let text = d.to_json();
                    serde_json::from_str(&text).unwrap_or(Json::String(text))
                });
                (name.to_owned(), Json::Array(documents.collect()))
            });
        Json::Object(members.collect())
    }

    /// Every document.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        let layers = &self.layers;
        let all = [
            &layers.identity,
            &layers.boundary,
            &layers.session,
            &layers.resource,
            &layers.trust,
        ];
        all.into_iter().flatten()
    }

    /// The one document, where there is no other.
    pub fn only(&self) -> Option<&Document> {
        let mut documents = self.documents();
        documents.next().filter(|_| documents.next().is_none())
    }

    /// Whether principals are named.
    pub fn names_principals(&self) -> bool {
        !self.layers.resource.is_empty() || !self.layers.trust.is_empty()
    }

    /// The set for the evaluator.
    pub fn prepared(&self) -> Prepared {
        Prepared {
            within: authorizer(&self.layers),
            across: self.across().map(|layers| authorizer(&layers)),
        }
    }

    /// The layers for callers of other accounts, where they are others.
    fn across(&self) -> Option<Layers> {
        let alone = self.names_principals() && self.layers.identity.is_empty();
        alone.then(|| Layers {
            identity: everything().into_iter().collect(),
            ..self.layers.clone()
        })
    }

    /// Whether the naive evaluator allows the request.
    pub fn allows_naively(&self, request: &Request) -> bool {
        let across = is_cross_account(request).then(|| self.across()).flatten();
        let layers = across.as_ref().unwrap_or(&self.layers);
        reference::decide(layers, request) == Outcome::Allow
    }
}

fn authorizer(layers: &Layers) -> Authorizer {
    type Add = fn(Authorizer, &Document) -> Authorizer;
    let all: [(&[Document], Add); 5] = [
        (&layers.identity, Authorizer::identity),
        (&layers.boundary, Authorizer::boundary),
        (&layers.session, Authorizer::session),
        (&layers.resource, Authorizer::resource),
        (&layers.trust, Authorizer::trust),
    ];
    all.into_iter()
        .fold(Authorizer::new(), |authorizer, (documents, add)| {
            documents.iter().fold(authorizer, add)
        })
}

fn document(json: &Json) -> Result<Document, String> {
    Document::from_json(&json.to_string()).map_err(|error| error.to_string())
}

/// The request for the evaluator.
///
/// # Errors
/// Where it is none, which a generated request never is.
pub fn request(from: &Request) -> Result<FastRequest, String> {
    let told = |error: iam_dsl::RequestError| error.to_string();
    let mut request = FastRequest::new(&from.action, &from.resource).map_err(told)?;
    if let Some(principal) = principal(&from.caller).map_err(told)? {
        request = request.principal(principal);
    }
    if let Some(account) = &from.resource_account {
        let account = account.parse().map_err(|error| format!("{error}"))?;
        request = request.resource_account(account);
    }
    Ok(request.context(context(from)))
}

fn context(from: &Request) -> Context {
    let keys = from.context.iter();
    keys.fold(Context::new(), |all, (key, values)| {
        all.with_values(
            key,
            values.iter().map(|value| match value {
                Value::Bool(value) => ContextValue::from(*value),
                Value::Number(value) => ContextValue::from(*value),
                Value::Address(value) => ContextValue::from(*value),
                Value::Bytes(bytes) => ContextValue::binary(bytes.clone()),
                Value::Text(_) | Value::Time(_) => ContextValue::from(value.text()),
            }),
        )
    })
}

pub(super) fn principal(caller: &Caller) -> Result<Option<Principal>, iam_dsl::RequestError> {
    Ok(Some(match caller {
        Caller::Untold => return Ok(None),
        Caller::Root(arn) => arn.parse()?,
        Caller::User(arn) => Principal::user(arn)?,
        Caller::UserSession(arn) => Principal::user_session(arn)?,
        Caller::Role(arn) => Principal::role(arn)?,
        Caller::RoleSession(arn, None) => Principal::assumed_role(arn)?,
        Caller::RoleSession(arn, Some(role)) => Principal::assumed_role(arn)?.of_role(role)?,
        Caller::Federated(arn, None) => Principal::federated_user(arn)?,
        Caller::Federated(arn, Some(user)) => Principal::federated_user(arn)?.federated_by(user)?,
        Caller::Service(name) => Principal::service(name)?,
        Caller::Provider(name) => Principal::federated_provider(name)?,
        Caller::Anonymous => Principal::anonymous(),
    }))
}
