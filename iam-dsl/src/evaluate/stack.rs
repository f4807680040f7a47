//! The documents of one layer, or of one level of it.

use std::sync::Arc;

use iam_dsl_core::Effect;

use super::decision::Layer;
use super::index::{self, Index};
use super::prepare::{Place, Prepared, PreparedStatement};
use super::principals::Naming;
use super::request::RequestData;

/// Below this many statements reading them all is faster than looking them up.
const SCANNED: usize = 16;

/// The documents of one layer; of service and resource control policies those
/// of one level.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) layer: Layer,
    /// The root of the organization is level 1; 0 for the other layers.
    pub(super) level: usize,
    documents: Vec<Arc<Prepared>>,
    statements: usize,
    /// How many documents the two indices hold.
    indexed: usize,
    /// Whether some statement denies.
    denies: bool,
    allow: Index,
    deny: Index,
}

/// A statement that matched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'s> {
    pub(super) stack: &'s Stack,
    pub(super) policy: usize,
    pub(super) statement: usize,
    pub(super) naming: Naming,
}

impl<'s> Hit<'s> {
    /// The one that names the principal more directly, else the first.
    fn better(self, other: Option<Hit<'s>>) -> Hit<'s> {
        match other {
            Some(other)
                if other.naming > self.naming
                    || (other.naming == self.naming
                        && (other.policy, other.statement) < (self.policy, self.statement)) =>
            {
                other
            }
            _ => self,
        }
    }
}

impl Stack {
    pub(super) fn new(layer: Layer, level: usize) -> Self {
        Stack {
            layer,
            level,
            documents: Vec::new(),
            statements: 0,
            indexed: 0,
            denies: false,
            allow: Index::default(),
            deny: Index::default(),
        }
    }

    pub(super) fn push(&mut self, document: Prepared) {
        self.statements += document.statements.len();
        let deny = |statement: &PreparedStatement| statement.effect == Some(Effect::Deny);
        self.denies |= document.statements.iter().any(deny);
        self.documents.push(Arc::new(document));
        if self.statements <= SCANNED {
            return;
        }
        for (policy, document) in self.documents.iter().enumerate().skip(self.indexed) {
            for (number, statement) in document.statements.iter().enumerate() {
                let index = match statement.effect {
                    Some(Effect::Allow) => &mut self.allow,
                    Some(Effect::Deny) => &mut self.deny,
                    None => continue,
                };
                index.add((policy, number), statement);
            }
        }
        self.indexed = self.documents.len();
    }

    /// Every statement with its place.
    pub(super) fn statements(&self) -> impl Iterator<Item = (index::Place, &PreparedStatement)> {
        self.documents
            .iter()
            .enumerate()
            .flat_map(|(policy, document)| {
                document
                    .statements
                    .iter()
                    .enumerate()
                    .map(move |(number, statement)| ((policy, number), statement))
            })
    }

    /// Whether some statement denies.
    pub(super) fn denies(&self) -> bool {
        self.denies
    }

    pub(super) fn statement(&self, (policy, number): index::Place) -> Option<&PreparedStatement> {
        self.documents.get(policy)?.statements.get(number)
    }

    /// The first statement of this effect that matches; of several the one that
    /// names the principal most directly.
    #[inline]
    pub(super) fn find(
        &self,
        effect: Effect,
        request: &RequestData,
        place: Place,
    ) -> Option<Hit<'_>> {
        if self.statements <= SCANNED {
            let mut best = None;
            for (policy, document) in self.documents.iter().enumerate() {
                let statements = document.statements.iter().enumerate();
                let placed = statements.map(|(number, statement)| ((policy, number), statement));
                best = self.best(placed, best, effect, request, place);
                if best.is_some_and(|hit| hit.naming == Naming::Direct) {
                    break;
                }
            }
            return best;
        }
        let index = match effect {
            Effect::Allow => &self.allow,
            Effect::Deny => &self.deny,
        };
        let mut best = None;
        index.candidates(request, |list| {
            let listed = list
                .iter()
                .filter_map(|&place| Some((place, self.statement(place)?)));
            best = self.best(listed, best, effect, request, place);
        });
        best
    }

    /// Whether every document allows, each by itself.
    pub(super) fn each_allows(&self, request: &RequestData, place: Place) -> bool {
        self.documents.iter().all(|document| {
            document.statements.iter().any(|statement| {
                statement.effect == Some(Effect::Allow) && statement.matches(request, place).is_ok()
            })
        })
    }

    #[inline]
    fn best<'s>(
        &'s self,
        statements: impl Iterator<Item = (index::Place, &'s PreparedStatement)>,
        mut best: Option<Hit<'s>>,
        effect: Effect,
        request: &RequestData,
        place: Place,
    ) -> Option<Hit<'s>> {
        for ((policy, number), statement) in statements {
            if statement.effect != Some(effect) {
                continue;
            }
            let Ok(naming) = statement.matches(request, place) else {
                continue;
            };
            let hit = Hit {
                stack: self,
                policy,
                statement: number,
                naming,
            };
            best = Some(hit.better(best));
            // Nothing that follows names the principal more directly.
            if naming == Naming::Direct {
                break;
            }
        }
        best
    }
}
