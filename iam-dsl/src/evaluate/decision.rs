//! The answer, and what explains it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use iam_dsl_core::{Effect, Operator};

use super::layers::Layers;
use super::request::Request;
use super::service::Rule;
use super::verdict::{Origin, Verdict};

/// What AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// A statement denies it; no other policy can allow it.
    ExplicitDeny,
    /// Something that would have to allow it does not.
    ImplicitDeny,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Allow => "allowed",
            Outcome::ExplicitDeny => "explicitly denied",
            Outcome::ImplicitDeny => "implicitly denied",
        })
    }
}

/// The types of policies, as they decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// Resource control policies over the resource's account.
    ResourceControl,
    /// Service control policies over the principal's account.
    ServiceControl,
    /// The policy of the resource.
    Resource,
    /// The trust policy of the role that is asked for.
    Trust,
    /// The policies of the user and its groups, or of the role.
    Identity,
    /// The permissions boundary of the user or role.
    Boundary,
    /// The policies that the session was made with.
    Session,
    /// The policy of the VPC endpoint that the request came through.
    Endpoint,
}

impl Layer {
    /// Every layer, in the order in which AWS describes them.
    pub const ORDER: [Layer; 8] = [
        Layer::ResourceControl,
        Layer::ServiceControl,
        Layer::Resource,
        Layer::Trust,
        Layer::Identity,
        Layer::Boundary,
        Layer::Session,
        Layer::Endpoint,
    ];
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::ResourceControl => "resource control policy",
            Layer::ServiceControl => "service control policy",
            Layer::Resource => "resource policy",
            Layer::Trust => "trust policy",
            Layer::Identity => "identity policy",
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
            Layer::Endpoint => "VPC endpoint policy",
        })
    }
}

/// A statement among those that an authorizer was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StatementRef {
    /// Its type of policy.
    pub layer: Layer,
    /// Of service and resource control policies the level, the first is 1;
    /// otherwise 0.
    pub level: usize,
    /// Which document of that layer and level, in the order given, the first is 0.
    pub policy: usize,
    /// Which statement of the document, the first is 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<Arc<str>>,
}

impl fmt::Display for StatementRef {
    /// Counts from 1, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.layer, self.policy + 1)?;
        if self.level > 0 {
            write!(f, " of level {}", self.level)?;
        }
        write!(f, ", statement {}", self.statement + 1)?;
        match &self.sid {
            Some(sid) => write!(f, " \"{sid}\""),
            None => Ok(()),
        }
    }
}

/// Why a request is decided as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// This statement allows or denies it.
    Statement(StatementRef),
    /// No statement of the policies of this layer allows it, and one has to.
    #[non_exhaustive]
    NoAllow {
        /// The layer.
        layer: Layer,
        /// The level of a service control policy; otherwise 0.
        level: usize,
    },
    /// There is no policy of this layer, and one would have to allow it.
    #[non_exhaustive]
    NoPolicy {
        /// The layer.
        layer: Layer,
    },
    /// The principal is the root user of the account, who has full access.
    AccountRoot,
    /// A rule of AWS apart from policies.
    Rule(Rule),
}

impl Reason {
    /// The layer that decided; `None` where no policy did.
    pub fn layer(&self) -> Option<Layer> {
        match self {
            Reason::Statement(statement) => Some(statement.layer),
            Reason::NoAllow { layer, .. } | Reason::NoPolicy { layer } => Some(*layer),
            Reason::AccountRoot | Reason::Rule(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Statement(statement) => write!(f, "{statement}"),
            Reason::NoAllow { layer, level: 0 } => {
                write!(f, "no statement of the {layer} allows it")
            }
            Reason::NoAllow { layer, level } => {
                write!(f, "no statement of a {layer} of level {level} allows it")
            }
            Reason::NoPolicy {
                layer: Layer::Identity,
            } => f.write_str("it takes an identity policy that allows it, and there is none"),
            Reason::NoPolicy { layer } => {
                write!(f, "it takes a {layer} that allows it, and there is none")
            }
            Reason::AccountRoot => f.write_str("an account's root user has full access"),
            Reason::Rule(rule) => write!(f, "{rule}"),
        }
    }
}

/// The first element of a statement that does not match a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmatched {
    /// The statement has no effect.
    Effect,
    /// `Principal` does not name the principal.
    Principal,
    /// `NotPrincipal` names the principal.
    NotPrincipal,
    /// `Action` does not list the action.
    Action,
    /// `NotAction` lists the action.
    NotAction,
    /// `Resource` does not list the resource.
    Resource,
    /// `NotResource` lists the resource.
    NotResource,
    /// An element that IAM asks for is missing.
    #[non_exhaustive]
    Missing {
        /// The element: `Principal`, `Action` or `Resource`.
        element: &'static str,
    },
    /// IAM refuses the statement for this element: it cannot be read, stands
    /// beside its negation, or has no place here.
    #[non_exhaustive]
    Refused {
        /// The element: `Principal`, `NotPrincipal`, `Action` or `Resource`.
        element: &'static str,
    },
    /// A condition is not met.
    #[non_exhaustive]
    Condition {
        /// The operator.
        operator: Operator,
        /// The key, as the policy writes it.
        key: String,
    },
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmatched::Effect => f.write_str("it has no Effect"),
            Unmatched::Principal => f.write_str("Principal does not name the principal"),
            Unmatched::NotPrincipal => f.write_str("NotPrincipal names the principal"),
            Unmatched::Action => f.write_str("Action does not match"),
            Unmatched::NotAction => f.write_str("NotAction lists the action"),
            Unmatched::Resource => f.write_str("Resource does not match"),
            Unmatched::NotResource => f.write_str("NotResource lists the resource"),
            Unmatched::Missing { element } => write!(f, "it has no {element}"),
            Unmatched::Refused { element } => write!(f, "IAM refuses its {element}"),
            Unmatched::Condition { operator, key } => {
                write!(f, "condition {operator} on {key} is not met")
            }
        }
    }
}

/// What one statement says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatementReport {
    /// The statement.
    pub statement: StatementRef,
    /// Its effect; `None` only in a document that IAM refuses.
    pub effect: Option<Effect>,
    /// The first element that does not match; `None` where the statement matches.
    pub unmatched: Option<Unmatched>,
}

/// The answer to a request. Cheap to make and to clone, and without an
/// allocation: it shares the policies and the request, and what explains it is
/// worked out when it is asked for.
#[derive(Clone)]
pub struct Decision {
    outcome: Outcome,
    origin: Origin,
    layers: Arc<Layers>,
    request: Request,
    /// Empty until somebody asks.
    reason: OnceLock<Reason>,
}

impl Layers {
    /// What an origin says, with the name of its statement.
    fn reason(&self, origin: Origin) -> Reason {
        match origin {
            Origin::Statement {
                layer,
                level,
                policy,
                statement,
            } => Reason::Statement(StatementRef {
                layer,
                level,
                policy,
                statement,
                sid: self
                    .of(layer)
                    .find(|stack| stack.level == level)
                    .and_then(|stack| stack.statement((policy, statement)))
                    .and_then(|statement| statement.sid.clone()),
            }),
            Origin::NoAllow { layer, level } => Reason::NoAllow { layer, level },
            Origin::NoPolicy { layer } => Reason::NoPolicy { layer },
            Origin::AccountRoot => Reason::AccountRoot,
            Origin::Rule(rule) => Reason::Rule(rule),
        }
    }
}

impl Decision {
    #[inline]
    pub(super) fn new(verdict: Verdict<'_>, layers: Arc<Layers>, request: Request) -> Self {
        Decision {
            outcome: verdict.outcome,
            origin: verdict.cause.into(),
            layers,
            request,
            reason: OnceLock::new(),
        }
    }

    /// Whether AWS lets the request through.
    #[inline]
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allow
    }

    /// The answer.
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why.
    pub fn reason(&self) -> &Reason {
        self.reason.get_or_init(|| self.layers.reason(self.origin))
    }

    /// The layer that decided; `None` where no policy did.
    pub fn layer(&self) -> Option<Layer> {
        self.reason().layer()
    }

    /// The statement that decided, where one did.
    pub fn statement(&self) -> Option<&StatementRef> {
        match self.reason() {
            Reason::Statement(statement) => Some(statement),
            _ => None,
        }
    }

    /// The request that was decided.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The layer and level whose Allow is missing, and the layer of the resource
    /// where an Allow of that one would have done as well: within one account it
    /// may take the place of an identity policy, and anonymous callers have nothing
    /// else.
    fn could_have_allowed(&self) -> (Option<(Layer, usize)>, Option<Layer>) {
        let data = &self.request.data;
        let granting = || {
            let layer = data.facts.granting_layer();
            let same = data.facts.same_account;
            let given = self.layers.has(layer) && self.layers.applies(layer, data);
            (same && given).then_some(layer)
        };
        match self.reason() {
            Reason::NoAllow {
                layer: Layer::Identity,
                level,
            } => (Some((Layer::Identity, *level)), granting()),
            Reason::NoPolicy {
                layer: Layer::Identity,
            } => (Some((Layer::Identity, 0)), granting()),
            Reason::NoAllow { layer, level } => (Some((*layer, *level)), None),
            Reason::Rule(Rule::NoCredentials) => (None, granting()),
            _ => (None, None),
        }
    }

    /// What every statement of every layer that speaks of the request says,
    /// in the order of the layers.
    pub fn statements(&self) -> Vec<StatementReport> {
        let data = &self.request.data;
        let mut reports = Vec::new();
        for layer in Layer::ORDER {
            if !self.layers.applies(layer, data) {
                continue;
            }
            let place = self.layers.place(layer, data);
            for stack in self.layers.of(layer) {
                for ((policy, index), statement) in stack.statements() {
                    reports.push(StatementReport {
                        statement: StatementRef {
                            layer,
                            level: stack.level,
                            policy,
                            statement: index,
                            sid: statement.sid.clone(),
                        },
                        effect: statement.effect,
                        unmatched: statement.matches(data, place).err().map(Into::into),
                    });
                }
            }
        }
        reports
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("outcome", &self.outcome())
            .field("reason", self.reason())
            .field("request", &self.request.to_string())
            .finish()
    }
}

impl PartialEq for Decision {
    /// The same answer for the same reason.
    fn eq(&self, other: &Self) -> bool {
        self.outcome() == other.outcome() && self.reason() == other.reason()
    }
}

/// How many statements that did not match are told in a text.
const TOLD: usize = 5;

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}: ", self.request, self.outcome())?;
        match self.reason() {
            Reason::Statement(statement) if self.is_allowed() => write!(f, "{statement} allows it"),
            Reason::Statement(statement) => write!(f, "{statement} denies it"),
            reason => write!(f, "{reason}"),
        }?;
        let (own, other) = self.could_have_allowed();
        if let (Some(_), Some(layer)) = (own, other) {
            write!(f, "; nor does the {layer} allow it by itself")?;
        }
        let mut told = 0;
        let mut more = 0;
        for report in self.statements() {
            let place = (report.statement.layer, report.statement.level);
            let speaks = own == Some(place) || other.map(|layer| (layer, 0)) == Some(place);
            if !speaks || report.effect != Some(Effect::Allow) {
                continue;
            }
            let Some(unmatched) = report.unmatched else {
                continue;
            };
            if told < TOLD {
                told += 1;
                write!(f, "\n  {}: {unmatched}", report.statement)?;
            } else {
                more += 1;
            }
        }
        if more > 0 {
            write!(f, "\n  and {more} more statements that do not match")?;
        }
        Ok(())
    }
}
