//! The engine under test, asked about sets, and its witnesses as requests that
//! both evaluators can decide.

use iam_dsl::analyze::{Access, Analysis, Comparison};
use iam_dsl::{Principal, PrincipalKind, Request as FastRequest};

use super::search::{Pair, complete};
use super::sets::Set;
use crate::reference::{Caller, Request, Value};

/// What the engine says.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It claims to have proved that there is none.
    NoNewAccess,
    /// This request is new, and both evaluators say so.
    NewAccess(Box<Request>),
    /// It does not say, for a reason of this kind, in its own words.
    Unknown(String, String),
}

impl Answer {
    /// `NoNewAccess`, `NewAccess` or `Unknown`.
    pub fn name(&self) -> &'static str {
        match self {
            Answer::NoNewAccess => "NoNewAccess",
            Answer::NewAccess(_) => "NewAccess",
            Answer::Unknown(..) => "Unknown",
        }
    }
}

/// The set as the engine takes it.
pub fn access(set: &Set) -> Access {
    let layers = &set.layers;
    if let Some(document) = layers.resource.first() {
        return Access::resource(document);
    }
    if let Some(document) = layers.trust.first() {
        return Access::trust(document);
    }
    let identity = Access::identity(&layers.identity);
    let bounded = layers
        .boundary
        .iter()
        .fold(identity, |all, d| all.boundary(d));
    layers.session.iter().fold(bounded, |all, d| all.session(d))
}

/// Asks the engine, and replays its witness through both evaluators.
///
/// # Errors
/// Where a witness is none, with the request.
pub fn answer(analysis: &Analysis, new: &Set, reference: &Set) -> Result<Answer, String> {
    match analysis.compare(&access(new), &access(reference)) {
        Comparison::NoNewAccess => Ok(Answer::NoNewAccess),
        Comparison::NewAccess(witness) => {
            let request = request(witness.request(), [new, reference]);
            let pair = Pair::asking(new, reference);
            match pair.differs(&request) {
                Ok(true) => Ok(Answer::NewAccess(Box::new(request))),
                Ok(false) => Err(format!(
                    "the witness shows nothing, both evaluators say {:?}: {witness}: {request:?}",
                    pair.answers(&request)?
                )),
                Err(told) => Err(format!("the witness {witness}: {told}")),
            }
        }
        Comparison::Unknown(unknown) => {
            let kind = format!("{:?}", unknown.kind());
            Ok(Answer::Unknown(kind, unknown.to_string()))
        }
        other => Err(format!("an answer that nobody knows: {other:?}")),
    }
}

/// A request as the naive evaluator takes it.
fn request(from: &FastRequest, sets: [&Set; 2]) -> Request {
    let context = from.stated_context().iter().map(|(key, values)| {
        let values = values
            .iter()
            .map(|value| Value::Text(value.text().to_owned()));
        (key.to_owned(), values.collect())
    });
    complete(Request {
        caller: from
            .stated_principal()
            .map_or(Caller::Untold, |principal| caller(principal, sets)),
        action: from.action().to_owned(),
        resource: from.resource().to_owned(),
        resource_account: from.stated_resource_account().map(ToString::to_string),
        context: context.collect(),
    })
}

fn caller(principal: &Principal, sets: [&Set; 2]) -> Caller {
    let arn = principal.arn().map(ToString::to_string).unwrap_or_default();
    match principal.kind() {
        PrincipalKind::AccountRoot => Caller::Root(arn),
        PrincipalKind::User => Caller::User(arn),
        PrincipalKind::UserSession => Caller::UserSession(arn),
        PrincipalKind::Role => Caller::Role(arn),
        PrincipalKind::AssumedRole => {
            // Its role is one that a policy names, or has no path.
            let named = sets.into_iter().flat_map(Set::documents);
            let statements = named.flat_map(|document| document.statements());
            let mut principals = statements
                .flat_map(|s| s.principal().into_iter().chain(s.not_principal()))
                .flat_map(|principals| principals.iter().map(|(_, text)| text));
            let role = principals.find(|text| {
                Principal::assumed_role(&arn)
                    .and_then(|p| p.of_role(text))
                    .as_ref()
                    == Ok(principal)
            });
            Caller::RoleSession(arn, role.map(str::to_owned))
        }
        PrincipalKind::FederatedUser => Caller::Federated(arn, None),
        PrincipalKind::Anonymous => Caller::Anonymous,
        PrincipalKind::Service => Caller::Service(principal.to_string()),
        _ => Caller::Provider(principal.to_string()),
    }
}
