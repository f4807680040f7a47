//! The one place that asks for proofs while a plan is made: within a budget, so
//! that a plan stays quick, and each question once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use iam_dsl::analyze::{Access, Analysis, Answer, Budget, Grantee, Witness};

/// The work of one question; most take a hundredth of it.
const STEPS: u64 = 400_000;

/// How many questions a plan may ask. One takes a millisecond or so.
const QUESTIONS: u32 = 20_000;

/// Whether there is a request that is looked for.
#[derive(Debug)]
pub(super) enum Finding {
    /// Proved: there is none.
    No,
    /// This one is.
    Yes(Box<Witness>),
    /// Neither was shown, and why.
    Unknown(String),
}

impl Finding {
    pub(super) fn is_no(&self) -> bool {
        matches!(self, Finding::No)
    }
}

/// Asks, and counts what it asks.
pub(super) struct Judge {
    analysis: Analysis,
    left: Cell<u32>,
    known: RefCell<HashMap<String, Vec<super::access::AccessChange>>>,
}

impl Judge {
    pub(super) fn new() -> Self {
        Self {
            analysis: Analysis::new().budget(Budget::new().steps(STEPS)),
            left: Cell::new(QUESTIONS),
            known: RefCell::default(),
        }
    }

    fn may_ask(&self) -> Result<Analysis, String> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(self.analysis)
            }
            None => Err(format!(
                "the plan changes so much that {QUESTIONS} questions do not answer it"
            )),
        }
    }

    /// Whether some request is let through by each of `all` and by none of `none`.
    pub(super) fn some(&self, all: &[&Access], none: &[&Access]) -> Finding {
        match self.may_ask() {
            Err(why) => Finding::Unknown(why),
            Ok(analysis) => match analysis.some_request(all, none) {
                Answer::No => Finding::No,
                Answer::Yes(witness) => Finding::Yes(witness),
                Answer::Unknown(why) => Finding::Unknown(why.to_string()),
                _ => Finding::Unknown("the comparison has no answer".to_owned()),
            },
        }
    }

    /// Whom a trust policy newly lets in.
    pub(super) fn newcomers(&self, new: &Access, old: &Access) -> Result<Vec<Grantee>, String> {
        let found = self.may_ask()?.newly_let_in(new, old);
        found.map_err(|unknown| unknown.to_string())
    }

    /// What was found for this question before, or is found now.
    pub(super) fn once(
        &self,
        question: String,
        ask: impl FnOnce() -> Vec<super::access::AccessChange>,
    ) -> Vec<super::access::AccessChange> {
        if let Some(known) = self.known.borrow().get(&question) {
            return known.clone();
        }
        let found = ask();
        self.known.borrow_mut().insert(question, found.clone());
        found
    }
}
