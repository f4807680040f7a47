//! The policies of one side of a comparison, and what they say of a request.

use std::collections::BTreeMap;

use iam_dsl::{Authorizer, Context, ContextValue, Outcome, Principal, Request as FastRequest};
use iam_dsl_core::{Document, PolicyKind};
use serde_json::Value as Json;

use crate::reference::{self, Caller, Layers, Request, Value};

/// The policies of one side: those of an identity with boundary and session, or
/// the policy of a resource, or a trust policy.
///
/// What is asked is what these policies let through where the other side
/// consents: policies of identities beside resources that leave it to the
/// account, policies of resources and roles beside callers who may do everything.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// As the naive evaluator has them.
    pub layers: Layers,
}

/// A set for the evaluator, prepared once for each sort of caller.
#[derive(Debug, Clone)]
pub struct Prepared<'s> {
    set: &'s Set,
    consents: BTreeMap<Option<String>, Authorizer>,
}

impl Prepared<'_> {
    /// Whether the evaluator allows the request.
    ///
    /// # Errors
    /// Where it is no request.
    pub fn allows(&mut self, asked: &Request) -> Result<bool, String> {
        let account = asked.caller.arn().map(|arn| arn.to_owned());
        let set = self.set;
        let authorizer = self
            .consents
            .entry(account)
            .or_insert_with(|| authorizer(&set.beside_consent(asked)));
        let fast = request(&set.asked_across(asked))?;
        Ok(authorizer.outcome(&fast) == Outcome::Allow)
    }
}

/// An account that owns what is asked for, so that a resource's policy has to
/// allow whoever asks.
const OWNER: &str = "000000000000";

fn statement(members: &str) -> Vec<Document> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{members}"Action":"*","Resource":"*"}}}}"#
    );
    Document::from_json(&text).into_iter().collect()
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
    pub fn prepared(&self) -> Prepared<'_> {
        Prepared {
            set: self,
            consents: BTreeMap::new(),
        }
    }

    /// The layers with those of the other side.
    fn beside_consent(&self, asked: &Request) -> Layers {
        let mut layers = self.layers.clone();
        match asked.caller.account() {
            Some(_) if self.names_principals() => {
                layers.identity = statement("");
                layers.session = statement("");
            }
            Some(account) => {
                layers.resource = statement(&format!(r#""Principal":{{"AWS":"{account}"}},"#));
                layers.trust = layers.resource.clone();
            }
            None => {}
        }
        layers
    }

    /// The request as one to another account, where a resource's policy is asked.
    fn asked_across(&self, asked: &Request) -> Request {
        let mut asked = asked.clone();
        if self.names_principals() {
            asked.resource_account = Some(OWNER.to_owned());
        }
        asked
    }

    /// Whether the naive evaluator allows the request.
    pub fn allows_naively(&self, asked: &Request) -> bool {
        let layers = self.beside_consent(asked);
        reference::decide(&layers, &self.asked_across(asked)) == Outcome::Allow
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
