//! What an apply did.

use std::fmt;

use serde_json::{Value, json};

use crate::plan::Plan;

/// The version of the JSON form. It grows when a field changes its meaning or
/// goes; a new field does not change it.
const FORMAT_VERSION: u64 = 1;

/// What an apply did, and, where it ended early, what it did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    bundle: String,
    account: String,
    /// In the plan's order.
    steps: Vec<Done>,
    remarks: Vec<String>,
}

/// A step, and whether it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Done {
    step: String,
    call: &'static str,
    is_done: bool,
}

impl Outcome {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            bundle: plan.bundle().to_owned(),
            account: plan.account().to_string(),
            steps: plan
                .steps()
                .iter()
                .map(|step| Done {
                    step: step.to_string(),
                    call: step.call(),
                    is_done: false,
                })
                .collect(),
            remarks: Vec::new(),
        }
    }

    pub(super) fn remark(&mut self, remarks: Vec<String>) {
        self.remarks = remarks;
    }

    pub(super) fn step_done(&mut self, index: usize) {
        if let Some(step) = self.steps.get_mut(index) {
            step.is_done = true;
        }
    }

    /// What the step made is not there any more.
    pub(super) fn step_undone(&mut self, index: usize) {
        if let Some(step) = self.steps.get_mut(index) {
            step.is_done = false;
        }
    }

    pub(super) fn is_done(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|step| step.is_done)
    }

    fn filtered(&self, wanted: bool) -> Vec<&str> {
        self.steps
            .iter()
            .filter(|step| step.is_done == wanted)
            .map(|step| step.step.as_str())
            .collect()
    }

    /// Whether there was nothing to do.
    pub fn is_unchanged(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.is_done)
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

    /// What was reached in another way than the plan says, in sentences: an
    /// account alias that could not be given back. Empty in nearly all outcomes.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The outcome as JSON: a `format_version`, the bundle, the account,
    /// whether it is complete, each step with its call and whether it is
    /// done, and the remarks. It holds no secret.
    pub fn to_json(&self) -> String {
        // A value made of texts always has a text.
        serde_json::to_string_pretty(&self.to_value()).unwrap_or_default()
    }

    pub(crate) fn to_value(&self) -> Value {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| json!({"step": step.step, "call": step.call, "done": step.is_done}))
            .collect();
        json!({
            "format_version": FORMAT_VERSION,
            "bundle": self.bundle,
            "account": self.account,
            "complete": self.is_complete(),
            "steps": steps,
            "remarks": self.remarks,
        })
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
        for remark in &self.remarks {
            write!(f, "\n  note:     {remark}")?;
        }
        Ok(())
    }
}
