//! The ceiling: no plan may give more than a policy says.
//!
//! Everything that a touched user or role has after each step is held against
//! the ceiling and against what it had before the plan: what is in neither is
//! given by the plan and too much. So a plan that only takes is within every
//! ceiling. Where a policy that is not read decides, the answer is no.
//!
//! A ceiling is about what identities may do; the one for trust ([`trust`]) about
//! who may assume a role.

mod trust;

use std::sync::Arc;

use iam_dsl::analyze::{Access, Subject};
use iam_dsl::{Policy, TrustPolicy};

use super::judge::Judge;
use super::operation::Operation;
use super::proof::Sequence;
use super::{Plan, access};
use crate::desired::Target;
use crate::error::{Error, ErrorKind};
use crate::names::Problem;
use crate::state::Identity;

pub(super) use trust::check as check_trust;

/// The most that any plan may give, of each kind that somebody set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ceilings {
    pub(crate) access: Option<Arc<Policy>>,
    pub(crate) trust: Option<Arc<TrustPolicy>>,
}

impl Ceilings {
    /// Refuses a plan that gives more than one of them.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), Error> {
        if let Some(ceiling) = &self.access {
            plan.check_ceiling(ceiling)?;
        }
        match &self.trust {
            Some(ceiling) => plan.check_trust_ceiling(ceiling),
            None => Ok(()),
        }
    }
}

/// Refuses a plan that gives somebody more than the ceiling, at any prefix.
pub(super) fn check(plan: &Plan, ceiling: &Policy) -> Result<(), Error> {
    let over = over(plan, ceiling).into_iter();
    let problems: Vec<Problem> = over
        .map(|(identity, what)| Problem::new(identity.to_string(), what))
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::with_problems(
        ErrorKind::OverCeiling,
        format!(
            "the plan of the bundle `{}` gives more than its ceiling allows; declare less, or widen the ceiling",
            plan.bundle()
        ),
        problems,
    ))
}

/// Who gets more than the ceiling, or may, and the first step that gives it.
pub(super) fn over(plan: &Plan, ceiling: &Policy) -> Vec<(Identity, String)> {
    let judge = Judge::new();
    let before = &plan.observed.state;
    let target = Target::of(&plan.bundle, &before.account);
    let strangers = access::strangers(before, &target);
    let operations: Vec<Operation> = plan.steps.iter().map(|s| s.operation.clone()).collect();
    let sequence = Sequence::new(before, &operations, &strangers, &judge);
    let ceiling: Access = ceiling.access();
    let mut all = Vec::new();
    for (identity, calls) in sequence.touched() {
        let over = calls.iter().find_map(|&call| {
            let point = sequence.point(identity, call + 1)?;
            Some((call, point.over(&ceiling, &judge)?))
        });
        if let Some((call, what)) = over {
            let step = plan.steps.get(call).map(ToString::to_string);
            let what = format!(
                "step {} ({}) gives it more than the ceiling: {what}",
                call + 1,
                step.unwrap_or_default()
            );
            all.push((identity.clone(), what));
        }
    }
    all
}
