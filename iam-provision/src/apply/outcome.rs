//! What an apply did.

use std::fmt;

use crate::plan::Plan;

/// What an apply did, and, where it ended early, what it did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In the plan's order, and whether each is done.
    steps: Vec<(String, bool)>,
}

impl Outcome {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            steps: plan
                .steps()
                .iter()
                .map(|step| (step.to_string(), false))
                .collect(),
        }
    }

    pub(super) fn step_done(&mut self, index: usize) {
        if let Some((_, done)) = self.steps.get_mut(index) {
            *done = true;
        }
    }

    pub(super) fn is_done(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|(_, done)| *done)
    }

    fn filtered(&self, wanted: bool) -> Vec<&str> {
        self.steps
            .iter()
            .filter(|(_, done)| *done == wanted)
            .map(|(step, _)| step.as_str())
            .collect()
    }

    /// Whether there was nothing to do.
    pub fn is_unchanged(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|(_, done)| *done)
    }

    /// The steps done, in the plan's order.
    pub fn done(&self) -> Vec<&str> {
        self.filtered(true)
    }

    /// The steps not done, in the plan's order. One that had begun may have
    /// taken effect if its answer was lost; the next plan finds out.
    pub fn not_done(&self) -> Vec<&str> {
        self.filtered(false)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unchanged() {
            return f.write_str("no changes");
        }
        write!(
            f,
            "{} of {} steps done",
            self.done().len(),
            self.steps.len()
        )?;
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
