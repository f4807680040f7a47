//! The questions, with their options.

use super::access::{Access, Basis, Subject};
use super::budget::Budget;
use super::comparison::{Comparison, Relation, Unknown, UnknownKind};
use super::engine::{self, Findings, Options};
use super::witness::Witness;

/// The options of an answer: how much work it may take, and whether it may rest
/// on the catalogue.
///
/// ```
/// use iam_dsl::analyze::{Analysis, Budget};
/// use iam_dsl::policy;
///
/// let old = policy! { allow s3:Get* on *; };
/// let new = policy! { allow [s3:Get*, s3:Put*] on *; };
/// let witnesses = Analysis::new().budget(Budget::new()).witnesses(&new, &old);
/// assert_eq!(witnesses.len(), 1);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Analysis {
    budget: Budget,
    options: Options,
}

impl Analysis {
    /// The default budget; proofs hold for actions that no catalogue knows.
    pub fn new() -> Self {
        Analysis::default()
    }

    /// With another budget.
    #[must_use]
    pub fn budget(self, budget: Budget) -> Self {
        Analysis { budget, ..self }
    }

    /// Takes the catalogue's word for which actions there are, on which resources,
    /// and of which type the values of condition keys are: proofs hold for those alone.
    #[must_use]
    pub fn assume_catalogue(mut self) -> Self {
        self.options.assume_catalogue = true;
        self
    }

    /// Whether `new` lets a request through that `reference` does not.
    pub fn compare(&self, new: &impl Subject, reference: &impl Subject) -> Comparison {
        self.compare_access(&new.access(), &reference.access())
    }

    pub(super) fn compare_access(&self, new: &Access, reference: &Access) -> Comparison {
        let found = match self.find(new, reference, false) {
            Ok(found) => found,
            Err(unknown) => return Comparison::Unknown(unknown),
        };
        match (found.witnesses.into_iter().next(), found.doubt) {
            (Some(witness), _) => Comparison::NewAccess(Box::new(witness)),
            (None, Some(doubt)) => Comparison::Unknown(doubt),
            (None, None) => Comparison::NoNewAccess,
        }
    }

    /// Requests that `new` lets through and `reference` does not, one for each
    /// class of actions that the statements of the two tell apart. None where
    /// [`Analysis::compare`] finds none, be it proved or unknown.
    pub fn witnesses(&self, new: &impl Subject, reference: &impl Subject) -> Vec<Witness> {
        self.find(&new.access(), &reference.access(), true)
            .map(|found| found.witnesses)
            .unwrap_or_default()
    }

    /// How the requests that `new` lets through relate to those of `reference`.
    pub fn relate(&self, new: &impl Subject, reference: &impl Subject) -> Relation {
        let (new, reference) = (new.access(), reference.access());
        let wider = self.compare_access(&new, &reference);
        let narrower = self.compare_access(&reference, &new);
        match (wider, narrower) {
            (Comparison::NoNewAccess, Comparison::NoNewAccess) => Relation::Equal,
            (Comparison::NoNewAccess, Comparison::NewAccess(_)) => Relation::Narrower,
            (Comparison::NewAccess(_), Comparison::NoNewAccess) => Relation::Wider,
            (Comparison::NewAccess(_), Comparison::NewAccess(_)) => Relation::Overlapping,
            (Comparison::Unknown(unknown), _) | (_, Comparison::Unknown(unknown)) => {
                Relation::Unknown(unknown)
            }
        }
    }

    fn find(&self, new: &Access, reference: &Access, all: bool) -> Result<Findings, Unknown> {
        let comparable = new.basis == reference.basis;
        if !comparable {
            return Err(Unknown::new(UnknownKind::DifferentKinds, ""));
        }
        if new.basis != Basis::Identity {
            return Err(Unknown::new(UnknownKind::Values, "Principal"));
        }
        let options = Options {
            all,
            ..self.options
        };
        Ok(engine::search(
            new,
            reference,
            options,
            &self.budget.meter(),
        ))
    }
}
