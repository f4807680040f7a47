//! The answers.

use std::fmt;

use super::access::Access;
use super::budget::Exhausted;
use super::names;
use super::witness::Witness;

/// What a new policy gives beyond a reference.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Comparison {
    /// Proved: every request that the new one lets through the reference lets
    /// through as well.
    NoNewAccess,
    /// A request that the new one lets through and the reference does not; both
    /// answers were had from the evaluator.
    NewAccess(Box<Witness>),
    /// Neither was shown, and why.
    Unknown(Unknown),
}

impl Comparison {
    /// Whether it is proved that there is no new access.
    pub fn is_no_new_access(&self) -> bool {
        matches!(self, Comparison::NoNewAccess)
    }

    /// The request that shows new access, where there is one.
    pub fn witness(&self) -> Option<&Witness> {
        match self {
            Comparison::NewAccess(witness) => Some(witness),
            _ => None,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Comparison::NoNewAccess => f.write_str("no new access"),
            Comparison::NewAccess(witness) => write!(f, "newly allows {witness}"),
            Comparison::Unknown(unknown) => write!(f, "unknown: {unknown}"),
        }
    }
}

/// Whether some request is let through.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Answer {
    /// This one is.
    Yes(Box<Witness>),
    /// Proved: none is.
    No,
    /// Neither was shown, and why.
    Unknown(Unknown),
}

impl Answer {
    /// Whether it is proved that no request is let through.
    pub fn is_no(&self) -> bool {
        matches!(self, Answer::No)
    }

    /// Whether a request is let through.
    pub fn is_yes(&self) -> bool {
        matches!(self, Answer::Yes(_))
    }

    /// The request that is let through, where there is one.
    pub fn witness(&self) -> Option<&Witness> {
        match self {
            Answer::Yes(witness) => Some(witness),
            _ => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Yes(witness) => write!(f, "allows {witness}"),
            Answer::No => f.write_str("allows none of it"),
            Answer::Unknown(unknown) => write!(f, "unknown: {unknown}"),
        }
    }
}

/// How two policies relate by the requests that they let through.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Relation {
    /// The same requests.
    Equal,
    /// Fewer than the reference.
    Narrower,
    /// More than the reference.
    Wider,
    /// Each lets something through that the other does not, and some requests
    /// both do.
    Overlapping,
    /// Each lets something through, and no request both do.
    Disjoint,
    /// Not shown, and why.
    Unknown(Unknown),
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Relation::Equal => "equal",
            Relation::Narrower => "narrower",
            Relation::Wider => "wider",
            Relation::Overlapping => "overlapping",
            Relation::Disjoint => "disjoint",
            Relation::Unknown(unknown) => return write!(f, "unknown: {unknown}"),
        })
    }
}

/// What a change gives and takes, in words when it is displayed.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub(super) gained: Vec<Witness>,
    pub(super) lost: Vec<Witness>,
    pub(super) unknown: Vec<Unknown>,
}

impl Changes {
    /// What is newly allowed, a request for each class of actions.
    pub fn gained(&self) -> &[Witness] {
        &self.gained
    }

    /// What is no longer allowed.
    pub fn lost(&self) -> &[Witness] {
        &self.lost
    }

    /// Why these may not be all; empty where they are.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self
            .gained
            .iter()
            .map(|witness| format!("newly allows {}", witness.summary()))
            .chain(
                self.lost
                    .iter()
                    .map(|witness| format!("no longer allows {}", witness.summary())),
            )
            .chain(
                self.unknown
                    .iter()
                    .map(|unknown| format!("may change more: {unknown}")),
            );
        let text = lines.collect::<Vec<_>>().join("\n");
        f.write_str(if text.is_empty() {
            "allows the same"
        } else {
            &text
        })
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    kind: UnknownKind,
    about: String,
}

/// The reasons for which there may be no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownKind {
    /// The [`Budget`](super::Budget) is used up.
    Budget,
    /// A policy variable is part of a value, and how it meets other patterns is
    /// not decided.
    Variable,
    /// A condition key is compared as values of several types.
    MixedTypes,
    /// Values of a kind that is not decided: the message tells which.
    Values,
    /// Somebody whom no request can tell may be let in: the message tells who.
    Principal,
    /// Something seemed to allow a request, but of the requests that were tried the
    /// evaluator confirmed none.
    NotConfirmed,
    /// No document was found that says the same.
    NoDocument,
    /// What was asked about is no action or no resource: the message tells which.
    Question,
    /// The two are policies of different kinds: who may ask of the one may not
    /// ask of the other.
    DifferentKinds,
}

impl Unknown {
    pub(super) fn new(kind: UnknownKind, about: impl Into<String>) -> Self {
        Unknown {
            kind,
            about: about.into(),
        }
    }

    /// With the key that it is about as people write it.
    pub(super) fn written(self, sides: &[&Access]) -> Self {
        match self.kind {
            UnknownKind::Variable | UnknownKind::MixedTypes | UnknownKind::Values => Unknown {
                about: names::key(sides, &self.about),
                ..self
            },
            _ => self,
        }
    }

    /// Which of the reasons it is.
    pub fn kind(&self) -> UnknownKind {
        self.kind
    }
}

impl From<Exhausted> for Unknown {
    fn from(_: Exhausted) -> Self {
        Unknown::new(UnknownKind::Budget, "")
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match self.kind {
            UnknownKind::Budget => f.write_str(
                "the policies are too entangled for the budget; give `Analysis::budget` more",
            ),
            UnknownKind::Variable => write!(
                f,
                "a pattern of {about} has a policy variable as part of its text, and which other patterns it meets depends on the variable's value"
            ),
            UnknownKind::MixedTypes => {
                write!(
                    f,
                    "{about} is compared as values of several types, such as numbers and strings"
                )
            }
            UnknownKind::Values => write!(f, "some values of {about} could not be told apart"),
            UnknownKind::Principal => write!(
                f,
                "{about} may be let in, whom no request can be made for: name an ARN or an account instead"
            ),
            UnknownKind::NotConfirmed => write!(
                f,
                "what seemed to allow {about} was shown by none of the requests that were tried, and is not ruled out"
            ),
            UnknownKind::NoDocument | UnknownKind::Question => f.write_str(about),
            UnknownKind::DifferentKinds => {
                f.write_str("the two are policies of different kinds; compare policies of one kind")
            }
        }
    }
}
