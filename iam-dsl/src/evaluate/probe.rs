//! A document's statements, element by element, for `analyze`: what it proves
//! rests on the same matching that decides requests.

use iam_dsl_core::{Document, Effect};

use super::condition::Truth;
use super::context::Context;
use super::decision::Layer;
use super::layers;
use super::prepare::{Place, Prepared, PreparedStatement};
use super::principal::Principal;
use super::request::{Request, RequestData};

/// A request of which only some parts are told.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    data: RequestData,
}

impl Probe {
    /// Nothing is checked: texts that stand for many may hold any character.
    pub(crate) fn new(
        action: &str,
        resource: &str,
        principal: Option<Principal>,
        context: Context,
    ) -> Self {
        Probe {
            data: RequestData::unchecked(action, resource, principal, context),
        }
    }
}

/// Whether a service decides the request before any policy is read.
pub(crate) fn decided_by_rule(request: &Request) -> bool {
    request.data.facts.before_policies.is_some()
}

/// One document where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    prepared: Prepared,
    place: Place,
}

impl Sheet {
    pub(crate) fn new(document: &Document, layer: Layer) -> Self {
        Sheet {
            prepared: Prepared::new(document),
            place: layers::place(layer, false),
        }
    }

    fn statement(&self, statement: usize) -> Option<&PreparedStatement> {
        self.prepared.statements.get(statement)
    }

    pub(crate) fn meets_action(&self, statement: usize, probe: &Probe) -> bool {
        self.statement(statement)
            .is_some_and(|statement| statement.meets_action(&probe.data))
    }

    pub(crate) fn meets_resource(&self, statement: usize, probe: &Probe) -> bool {
        self.statement(statement)
            .is_some_and(|statement| statement.meets_resource(&probe.data, self.place))
    }

    pub(crate) fn meets_principal(&self, statement: usize, probe: &Probe) -> bool {
        self.statement(statement)
            .is_some_and(|statement| statement.meets_principal(&probe.data, self.place))
    }

    /// Whether a condition of the statement holds; where AWS does not say, what
    /// it does to a statement of its effect.
    pub(crate) fn meets_condition(
        &self,
        statement: usize,
        condition: usize,
        probe: &Probe,
    ) -> bool {
        let Some(statement) = self.statement(statement) else {
            return false;
        };
        let truth = statement
            .conditions()
            .get(condition)
            .map(|condition| condition.judge(&probe.data));
        match truth {
            Some(Truth::Holds) => true,
            Some(Truth::Undefined) => statement.effect == Some(Effect::Deny),
            Some(Truth::Fails) | None => false,
        }
    }

    /// What the document by itself says of a request.
    pub(crate) fn says(&self, request: &Request) -> Option<Effect> {
        let matches = |effect: Effect| {
            self.prepared.statements.iter().any(|statement| {
                statement.effect == Some(effect)
                    && statement.matches(&request.data, self.place).is_ok()
            })
        };
        if matches(Effect::Deny) {
            return Some(Effect::Deny);
        }
        matches(Effect::Allow).then_some(Effect::Allow)
    }

    /// The first statement of this effect that matches the request.
    pub(crate) fn first(&self, effect: Effect, request: &Request) -> Option<usize> {
        self.prepared.statements.iter().position(|statement| {
            statement.effect == Some(effect) && statement.matches(&request.data, self.place).is_ok()
        })
    }
}

/// The account of the request's principal.
pub(crate) fn account(request: &Request) -> Option<&str> {
    let account = request.data.principal.as_ref()?.account()?;
    Some(account.as_str())
}

/// Whether numeric operators can read the text.
pub(crate) fn is_number(text: &str) -> bool {
    super::value::Decimal::parse(text).is_some()
}

/// The context keys that follow from a principal, in lower case, with the text
/// of their value.
pub(crate) fn derived(principal: &Principal) -> Vec<(&'static str, String)> {
    principal
        .derived()
        .into_iter()
        .map(|(key, value)| (key, value.text().to_owned()))
        .collect()
}

/// Whether the trust policy of a role decides the request.
pub(crate) fn decided_by_trust(request: &Request) -> bool {
    request.data.facts.decided_by_trust
}
