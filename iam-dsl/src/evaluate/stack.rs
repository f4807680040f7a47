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
    /// Of few statements those that allow, and those that deny.
    allows: Vec<Head>,
    denies: Vec<Head>,
    /// Of many the same.
    allow: Index,
    deny: Index,
}

/// What is read of a statement before the statement itself.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// As [`PreparedStatement::services`].
    services: u64,
    /// As [`PreparedStatement::is_everything`].
    everything: bool,
    place: index::Place,
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
    #[inline]
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
            allows: Vec::new(),
            denies: Vec::new(),
            allow: Index::default(),
            deny: Index::default(),
        }
    }

    pub(super) fn push(&mut self, document: Prepared) {
        self.statements += document.statements.len();
        self.documents.push(Arc::new(document));
        let few = self.statements <= SCANNED;
        for (policy, document) in self.documents.iter().enumerate().skip(self.sorted(few)) {
            for (number, statement) in document.statements.iter().enumerate() {
                let place = (policy, number);
                let head = Head {
                    services: statement.services(),
                    everything: statement.is_everything(),
                    place,
                };
                match (statement.effect, few) {
                    (None, _) => {}
                    (Some(Effect::Allow), true) => self.allows.push(head),
                    (Some(Effect::Deny), true) => self.denies.push(head),
                    (Some(Effect::Allow), false) => self.allow.add(place, statement),
                    (Some(Effect::Deny), false) => self.deny.add(place, statement),
                }
            }
        }
        if !few {
            self.indexed = self.documents.len();
        }
    }

    /// How many documents already stand where statements are looked for.
    fn sorted(&self, few: bool) -> usize {
        match few {
            true => self.documents.len().saturating_sub(1),
            false => self.indexed,
        }
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
    #[inline]
    pub(super) fn denies(&self) -> bool {
        !self.denies.is_empty() || !self.deny.is_empty()
    }

    #[inline]
    pub(super) fn statement(&self, (policy, number): index::Place) -> Option<&PreparedStatement> {
        let document = self.documents.get(policy)?;
        document.statements.get(number)
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
        if self.statements > SCANNED {
            return self.find_indexed(effect, request, place);
        }
        let heads = match effect {
            Effect::Allow => &self.allows,
            Effect::Deny => &self.denies,
        };
        // AdministratorAccess and FullAWSAccess are such.
        if let Some(first) = heads.first().filter(|first| first.everything)
            && !place.names_principals
        {
            return Some(self.hit(first.place, Naming::Direct));
        }
        self.find_scanned(heads, request, place)
    }

    fn find_scanned(&self, heads: &[Head], request: &RequestData, place: Place) -> Option<Hit<'_>> {
        let own = request.action.service_bit();
        let places = heads.iter().filter(|head| head.services & own != 0);
        self.best(places.map(|head| head.place), None, request, place)
    }

    fn find_indexed(&self, effect: Effect, request: &RequestData, place: Place) -> Option<Hit<'_>> {
        let index = match effect {
            Effect::Allow => &self.allow,
            Effect::Deny => &self.deny,
        };
        let mut best = None;
        index.candidates(request, |list| {
            best = self.best(list.iter().copied(), best, request, place);
        });
        best
    }

    #[inline]
    fn hit(&self, (policy, statement): index::Place, naming: Naming) -> Hit<'_> {
        Hit {
            stack: self,
            policy,
            statement,
            naming,
        }
    }

    /// Whether every document allows, each by itself.
    pub(super) fn each_allows(&self, request: &RequestData, place: Place) -> bool {
        self.documents.iter().all(|document| {
            document.statements.iter().any(|statement| {
                statement.effect == Some(Effect::Allow) && statement.matches(request, place).is_ok()
            })
        })
    }

    /// The best of these statements that match, and of what was found before.
    #[inline]
    fn best<'s>(
        &'s self,
        places: impl Iterator<Item = index::Place>,
        mut best: Option<Hit<'s>>,
        request: &RequestData,
        place: Place,
    ) -> Option<Hit<'s>> {
        for listed in places {
            let matches = |statement: &PreparedStatement| statement.matches(request, place).ok();
            let Some(naming) = self.statement(listed).and_then(matches) else {
                continue;
            };
            best = Some(self.hit(listed, naming).better(best));
            // Nothing that follows names the principal more directly.
            if naming == Naming::Direct {
                break;
            }
        }
        best
    }
}
