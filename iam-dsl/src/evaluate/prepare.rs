//! A document in the form in which it is decided: everything that can be read
//! once is read here.

use std::borrow::Cow;
use std::sync::Arc;

use iam_dsl_core::{Document, Effect, Statement};

use super::action::ActionSet;
use super::condition::{Condition, Truth};
use super::decision::Unmatched;
use super::principals::{Named, Naming};
use super::request::RequestData;
use super::resource::ResourcePattern;

/// A document whose statements are ready to be matched.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) statements: Vec<PreparedStatement>,
}

/// An element that comes in a positive and a negated form.
#[derive(Debug, Clone)]
enum Either<T> {
    Listed(T),
    AllBut(T),
    Absent,
    /// Both forms, or a value that cannot be read: IAM refuses that.
    Unreadable,
}

/// One statement, ready to be matched.
#[derive(Debug, Clone)]
pub(super) struct PreparedStatement {
    pub(super) sid: Option<Arc<str>>,
    pub(super) effect: Option<Effect>,
    principal: Either<Named>,
    action: Either<ActionSet>,
    resource: Either<Vec<ResourcePattern>>,
    conditions: Vec<Condition>,
}

/// Where a statement stands, as far as matching it depends on that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Resource, trust, endpoint and resource control policies name principals.
    pub(super) names_principals: bool,
    /// Identity policies and what limits them have to name resources; the
    /// resource of a trust policy is its role.
    pub(super) needs_resource: bool,
    /// Whether the principal is a user or role with a permissions boundary.
    pub(super) bounded: bool,
}

/// The first element that does not match, as it is found: nothing is copied
/// until somebody asks.
#[derive(Debug)]
pub(super) enum Failed<'s> {
    Element(Unmatched),
    Condition(&'s Condition),
}

impl From<Failed<'_>> for Unmatched {
    fn from(failed: Failed<'_>) -> Self {
        match failed {
            Failed::Element(unmatched) => unmatched,
            Failed::Condition(condition) => Unmatched::Condition {
                operator: condition.operator,
                key: condition.key.clone(),
            },
        }
    }
}

impl Prepared {
    pub(super) fn new(document: &Document) -> Self {
        let variables = document.has_variables();
        Prepared {
            statements: document
                .statements()
                .iter()
                .map(|statement| PreparedStatement::new(statement, variables))
                .collect(),
        }
    }
}

fn either<T, U>(
    listed: Option<T>,
    all_but: Option<T>,
    prepare: impl Fn(T) -> Option<U>,
) -> Either<U> {
    let prepared = match (listed, all_but) {
        (None, None) => return Either::Absent,
        (Some(_), Some(_)) => return Either::Unreadable,
        (Some(value), None) => prepare(value).map(Either::Listed),
        (None, Some(value)) => prepare(value).map(Either::AllBut),
    };
    prepared.unwrap_or(Either::Unreadable)
}

fn missing(element: &'static str) -> Unmatched {
    Unmatched::Missing { element }
}

fn refused(element: &'static str) -> Unmatched {
    Unmatched::Refused { element }
}

impl PreparedStatement {
    fn new(statement: &Statement, variables: bool) -> Self {
        let actions = Some(statement.actions()).filter(|actions| !actions.is_empty());
        PreparedStatement {
            sid: statement.sid().map(Arc::from),
            effect: statement.effect(),
            principal: either(
                statement.principal(),
                statement.not_principal(),
                |principals| Some(Named::prepare(principals)),
            ),
            action: either(actions, statement.not_actions(), |patterns| {
                Some(ActionSet::prepare(patterns))
            }),
            resource: either(
                statement.resources(),
                statement.not_resources(),
                |patterns| {
                    patterns
                        .iter()
                        .map(|pattern| ResourcePattern::prepare(pattern.as_str(), variables))
                        .collect()
                },
            ),
            conditions: statement
                .conditions()
                .map(|conditions| {
                    conditions
                        .iter()
                        .map(|(operator, entry)| Condition::prepare(operator, entry, variables))
                        .collect()
                })
                .unwrap_or_default(),
        }
    }

    /// The bits of all services whose actions it may match.
    pub(super) fn services(&self) -> u64 {
        match &self.action {
            Either::Listed(set) => set.services(),
            Either::AllBut(_) | Either::Absent | Either::Unreadable => u64::MAX,
        }
    }

    /// Whether it matches every request, where no principal is to be named.
    pub(super) fn is_everything(&self) -> bool {
        let all = |patterns: &Vec<ResourcePattern>| {
            let any = |pattern: &ResourcePattern| matches!(pattern, ResourcePattern::Any);
            patterns.iter().any(any)
        };
        self.effect.is_some()
            && matches!(self.principal, Either::Absent)
            && matches!(&self.action, Either::Listed(set) if set.is_everything())
            && matches!(&self.resource, Either::Listed(patterns) if all(patterns))
            && self.conditions.is_empty()
    }

    /// The actions that it lists; `None` where it lists what it leaves out, or
    /// cannot be read.
    pub(super) fn listed_actions(&self) -> Option<&ActionSet> {
        match &self.action {
            Either::Listed(actions) => Some(actions),
            _ => None,
        }
    }

    /// The patterns of at least the resources that it lists; `None` where it has
    /// none that narrow the search.
    pub(super) fn listed_resources(&self) -> Option<Vec<Cow<'_, str>>> {
        match &self.resource {
            Either::Listed(patterns) => patterns.iter().map(ResourcePattern::key).collect(),
            _ => None,
        }
    }

    /// How the statement names the request's principal, or the first element
    /// that does not match. Where a document is one that IAM would have refused,
    /// an Allow does not match by that element and a Deny does.
    #[inline]
    pub(super) fn matches(
        &self,
        request: &RequestData,
        place: Place,
    ) -> Result<Naming, Failed<'_>> {
        let unreadable_matches = match self.effect {
            Some(Effect::Deny) => true,
            Some(Effect::Allow) => false,
            None => return Err(Failed::Element(Unmatched::Effect)),
        };
        let naming = self
            .principal(request, place, unreadable_matches)
            .map_err(Failed::Element)?;
        self.action(request, unreadable_matches)
            .and_then(|()| self.resource(request, place, unreadable_matches))
            .map_err(Failed::Element)?;
        for condition in &self.conditions {
            let holds = match condition.judge(request) {
                Truth::Holds => true,
                Truth::Fails => false,
                Truth::Undefined => unreadable_matches,
            };
            if !holds {
                return Err(Failed::Condition(condition));
            }
        }
        Ok(naming)
    }

    #[inline]
    fn action(&self, request: &RequestData, deny: bool) -> Result<(), Unmatched> {
        let (matches, unmatched) = match &self.action {
            Either::Listed(set) => (set.matches(&request.action), Unmatched::Action),
            Either::AllBut(set) => (!set.matches(&request.action), Unmatched::NotAction),
            Either::Absent => (deny, missing("Action")),
            Either::Unreadable => (deny, refused("Action")),
        };
        if matches { Ok(()) } else { Err(unmatched) }
    }

    #[inline]
    fn resource(&self, request: &RequestData, place: Place, deny: bool) -> Result<(), Unmatched> {
        let any = |patterns: &[ResourcePattern]| patterns.iter().any(|p| p.matches(request));
        let (matches, unmatched) = match &self.resource {
            Either::Listed(patterns) => (any(patterns), Unmatched::Resource),
            Either::AllBut(patterns) => (!any(patterns), Unmatched::NotResource),
            Either::Absent => (deny || !place.needs_resource, missing("Resource")),
            Either::Unreadable => (deny, refused("Resource")),
        };
        if matches { Ok(()) } else { Err(unmatched) }
    }

    #[inline]
    fn principal(
        &self,
        request: &RequestData,
        place: Place,
        deny: bool,
    ) -> Result<Naming, Unmatched> {
        let principal = request.principal.as_ref();
        if !place.names_principals {
            // "You cannot use the Principal element in an identity-based policy."
            return match self.principal {
                Either::Absent => Ok(Naming::Direct),
                _ if deny => Ok(Naming::Direct),
                Either::AllBut(_) => Err(refused("NotPrincipal")),
                _ => Err(refused("Principal")),
            };
        }
        match &self.principal {
            // Nobody knows whether a Deny means a principal that is not told.
            Either::Listed(_) if principal.is_none() && deny => Ok(Naming::Direct),
            Either::Listed(named) => named.names(principal, deny).ok_or(Unmatched::Principal),
            // "NotPrincipal must be used with Effect: Deny", and it "will always
            // deny any IAM principal that has a permissions boundary policy
            // attached" (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
            Either::AllBut(named) if deny && (place.bounded || !named.spares(principal)) => {
                Ok(Naming::Direct)
            }
            Either::AllBut(_) if deny => Err(Unmatched::NotPrincipal),
            Either::AllBut(_) => Err(refused("NotPrincipal")),
            Either::Absent | Either::Unreadable if deny => Ok(Naming::Direct),
            Either::Absent => Err(missing("Principal")),
            Either::Unreadable => Err(refused("Principal")),
        }
    }
}

/// The elements one by one, for `analyze`: each by the rule that
/// [`PreparedStatement::matches`] asks, so that a proof and a decision never differ.
impl PreparedStatement {
    fn denies(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }

    pub(super) fn meets_action(&self, request: &RequestData) -> bool {
        self.action(request, self.denies()).is_ok()
    }

    pub(super) fn meets_resource(&self, request: &RequestData, place: Place) -> bool {
        self.resource(request, place, self.denies()).is_ok()
    }

    pub(super) fn meets_principal(&self, request: &RequestData, place: Place) -> bool {
        self.principal(request, place, self.denies()).is_ok()
    }

    pub(super) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}
