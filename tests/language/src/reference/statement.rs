//! What one statement says about a request.

use iam_dsl_core::{ActionPattern, Effect, PrincipalType, ResourcePattern, Statement};

use super::caller::Named;
use super::condition;
use super::text::{at_fifth_colon, matches, matches_arn, substituted, written};
use super::{Caller, Request};

/// What a policy's kind demands of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Identity, boundary, session and service control policies: no principal.
    WithoutPrincipal,
    /// Resource control policies: for everyone.
    ForEveryone,
    /// Resource policies: with a principal. "Statements must include either a
    /// Resource or a NotResource element", but the policies of topics, queues
    /// and repositories in AWS's own examples do without.
    OfResource,
    /// VPC endpoint policies: with a principal and a resource.
    OfEndpoint,
    /// Role trust policies: with a principal, without a resource.
    Trust,
}

/// The request with what a statement needs beside it.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) request: &'a Request,
    pub(super) kind: Kind,
    /// Whether the document is of version 2012-10-17.
    pub(super) variables: bool,
    /// Whether the caller has a permissions boundary.
    pub(super) bounded: bool,
}

/// What an element says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Matches,
    Differs,
    /// IAM refuses such a statement. Convention: it "never allows; a Deny of
    /// that kind denies as if the element were not there".
    Refused,
}

impl Element {
    fn counts_for(self, effect: Effect) -> bool {
        match self {
            Element::Matches => true,
            Element::Differs => false,
            Element::Refused => effect == Effect::Deny,
        }
    }
}

impl From<bool> for Element {
    fn from(matches: bool) -> Self {
        if matches {
            Element::Matches
        } else {
            Element::Differs
        }
    }
}

/// How the statement names the caller, where all of it matches the request.
pub(super) fn applies(statement: &Statement, effect: Effect, ask: Question<'_>) -> Option<Named> {
    if statement.effect() != Some(effect) {
        return None;
    }
    let action = action_element(statement, &ask.request.action);
    let resource = resource_element(statement, ask);
    let conditions = statement.conditions().is_none_or(|conditions| {
        conditions.iter().all(|(operator, entry)| {
            condition::holds(operator, entry, effect, ask.variables, ask.request)
        })
    });
    let named = principal_element(statement, effect, ask)?;
    (action.counts_for(effect) && resource.counts_for(effect) && conditions).then_some(named)
}

fn action_element(statement: &Statement, action: &str) -> Element {
    let written_action = statement
        .elements()
        .iter()
        .any(|element| element.key() == "Action");
    let listed = |patterns: &[ActionPattern]| {
        patterns.iter().any(|pattern| {
            // Action names are not case-sensitive.
            let pattern = written(&pattern.as_str().to_ascii_lowercase());
            let action: Vec<char> = action.to_ascii_lowercase().chars().collect();
            matches(&pattern, &action)
        })
    };
    match (written_action, statement.not_actions()) {
        (true, None) => listed(statement.actions()).into(),
        (false, Some(patterns)) => (!listed(patterns)).into(),
        _ => Element::Refused,
    }
}

fn resource_element(statement: &Statement, ask: Question<'_>) -> Element {
    let listed = |patterns: &[ResourcePattern]| {
        let mut any = Element::Differs;
        for pattern in patterns {
            match resource_matches(pattern.as_str(), ask) {
                Element::Refused => return Element::Refused,
                Element::Matches => any = Element::Matches,
                Element::Differs => {}
            }
        }
        any
    };
    match (statement.resources(), statement.not_resources()) {
        (Some(patterns), None) => listed(patterns),
        (None, Some(patterns)) => match listed(patterns) {
            Element::Matches => Element::Differs,
            Element::Differs => Element::Matches,
            Element::Refused => Element::Refused,
        },
        (None, None) if matches!(ask.kind, Kind::Trust | Kind::OfResource) => Element::Matches,
        _ => Element::Refused,
    }
}

fn resource_matches(pattern: &str, ask: Question<'_>) -> Element {
    if pattern == "*" {
        return Element::Matches;
    }
    // "You can use a policy variable … after the fifth colon."
    let (head, tail) = at_fifth_colon(pattern);
    let head = written(head);
    let tail = if ask.variables {
        match substituted(tail, &|key| condition::values_of(ask.request, key)) {
            Err(_) => return Element::Refused,
            Ok(None) => return Element::Differs,
            Ok(Some(tail)) => tail,
        }
    } else {
        written(tail)
    };
    // Convention: "a request for `*` is matched by `*` alone".
    if ask.request.resource == "*" {
        return Element::Differs;
    }
    let resource: Vec<char> = ask.request.resource.chars().collect();
    matches_arn(&head, &tail, &resource).into()
}

fn principal_element(statement: &Statement, effect: Effect, ask: Question<'_>) -> Option<Named> {
    let refused = (effect == Effect::Deny).then_some(Named::Itself);
    let caller = &ask.request.caller;
    match ask.kind {
        Kind::WithoutPrincipal => match statement.principal().or(statement.not_principal()) {
            None => Some(Named::Itself),
            Some(_) => refused,
        },
        Kind::ForEveryone => {
            let everyone = statement
                .principal()
                .is_some_and(|p| p.iter().all(|named| named == (PrincipalType::Aws, "*")));
            if everyone {
                Some(Named::Itself)
            } else {
                refused
            }
        }
        Kind::OfResource | Kind::OfEndpoint | Kind::Trust => {
            match (statement.principal(), statement.not_principal()) {
                (Some(listed), None) => principal_names(&collect(listed), effect, caller),
                (None, Some(listed)) => {
                    not_principal_denies(&collect(listed), effect, caller, ask.bounded)
                        .then_some(Named::Itself)
                }
                _ => refused,
            }
        }
    }
}

fn collect(principals: &iam_dsl_core::Principals) -> Vec<(PrincipalType, &str)> {
    principals.iter().collect()
}

fn principal_names(
    listed: &[(PrincipalType, &str)],
    effect: Effect,
    caller: &Caller,
) -> Option<Named> {
    // Convention: a caller who is not told is named by everyone, and denied
    // whoever is named.
    if *caller == Caller::Untold && effect == Effect::Deny {
        return Some(Named::Itself);
    }
    listed
        .iter()
        // Convention: everyone includes whom a provider vouches for in a Deny,
        // not in an Allow.
        .filter(|(_, principal)| {
            !(matches!(caller, Caller::Provider(_)) && *principal == "*" && effect == Effect::Allow)
        })
        .filter_map(|(kind, principal)| caller.named_by(*kind, principal))
        .max()
}

/// `NotPrincipal` "must be used with Deny"; it "will always deny any IAM
/// principal that has a permissions boundary policy attached".
fn not_principal_denies(
    listed: &[(PrincipalType, &str)],
    effect: Effect,
    caller: &Caller,
    bounded: bool,
) -> bool {
    effect == Effect::Deny && ((bounded && caller.is_identity()) || !caller.is_spared_by(listed))
}
