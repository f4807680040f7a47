//! What an apply did.

use std::fmt;

use crate::plan::Plan;

/// What an apply did, and, where it ended early, what it did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    steps: Vec<String>,
    done: usize,
}

impl Outcome {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            steps: plan.steps().iter().map(ToString::to_string).collect(),
            done: 0,
        }
    }

    pub(super) fn step_done(&mut self) {
        self.done += 1;
    }

    /// Whether there was nothing to do.
    pub fn is_unchanged(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        self.done == self.steps.len()
    }

    /// The steps done, in order.
    pub fn done(&self) -> &[String] {
        self.steps.get(..self.done).unwrap_or_default()
    }

    /// The steps not done. The first of them may have taken effect if its
    /// answer was lost; the next plan finds out.
    pub fn not_done(&self) -> &[String] {
        self.steps.get(self.done..).unwrap_or_default()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unchanged() {
            return f.write_str("no changes");
        }
        write!(f, "{} of {} steps done", self.done, self.steps.len())?;
        if !self.is_complete() {
            for step in self.done() {
                write!(f, "\n  done:     {step}")?;
            }
            for step in self.not_done() {
                write!(f, "\n  not done: {step}")?;
            }
        }
        Ok(())
    }
}
