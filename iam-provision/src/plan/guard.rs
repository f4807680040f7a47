//! The lock-out guard: whether a plan would take from its caller the power to
//! finish it, to take it back, or to get in again.
//!
//! The caller is the user or role of the credentials. Of what it has before the
//! plan, and needs, it may lose nothing: after each step what the remaining
//! steps need, after the last what the calls need that lead back. The way in stays:
//! its credentials, whom its role lets in, the provider that the role trusts, and
//! the same of the users and roles that may assume it, with their permission to.
//! Another administrator stays where the plan takes from one. What is not proved is
//! refused, with a yes by name
//! ([`ApplyOptions::accept_lock_out_of`](crate::ApplyOptions::accept_lock_out_of)).
//!
//! # Limits
//!
//! The root user needs no policy and cannot be locked out by one: a plan that it
//! applies itself is not refused. It is not counted as a way back for anybody else.
//! What was not the caller's before the plan is not lost by it: such a plan fails
//! with AccessDenied. How somebody got the role's session is not known, so all ways
//! that lead to it count; upstream only users and roles that concern the bundle are
//! looked at. An administrator who is not the bundle's is known by policies alone.
//! Whether the caller's session has MFA is not known either, so a deny without MFA
//! counts as one.

mod others;
mod way_in;

use std::collections::BTreeSet;

use iam_dsl::analyze::Access;

use super::inverse::inverse;
use super::judge::{Finding, Judge};
use super::operation::Operation;
use super::permissions;
use super::proof::Sequence;
use super::{Plan, Step, access};
use crate::desired::Target;
use crate::error::{Error, ErrorKind};
use crate::names::Problem;
use crate::state::{Identity, State};

/// Who makes the calls.
enum Caller {
    /// Not limited by any policy.
    Root,
    Known(Identity),
    Unknown,
}

impl Caller {
    /// Of the ARN that GetCallerIdentity tells
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>).
    fn of(arn: &str) -> Self {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let mut parts = resource.split('/');
        match (parts.next(), parts.next(), parts.next_back()) {
            (Some("root"), None, _) => Self::Root,
            (Some("user"), Some(name), None) | (Some("user"), Some(_), Some(name)) => {
                Self::Known(Identity::User(name.to_owned()))
            }
            (Some("assumed-role"), Some(role), Some(_)) => {
                Self::Known(Identity::Role(role.to_owned()))
            }
            _ => Self::Unknown,
        }
    }
}

/// Refuses a plan that may lock its caller out.
pub(crate) fn check(plan: &Plan, caller: &str) -> Result<(), Error> {
    let problems = match Caller::of(caller) {
        Caller::Root => return Ok(()),
        Caller::Known(identity) => Guard::problems(plan, &identity),
        Caller::Unknown => vec![Problem::new(
            caller,
            "it is not known which user or role this is, nor what the plan takes from it",
        )],
    };
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::with_problems(
        ErrorKind::LockOut,
        format!(
            "the plan of the bundle `{}` may lock out its caller; apply it with other credentials, or say yes with ApplyOptions::accept_lock_out_of({caller:?})",
            plan.bundle()
        ),
        problems,
    ))
}

struct Guard<'g> {
    plan: &'g Plan,
    caller: &'g Identity,
    sequence: &'g Sequence<'g>,
    /// Before the first step, and after each.
    states: &'g [State],
    strangers: &'g BTreeSet<Identity>,
    judge: &'g Judge,
    problems: Vec<Problem>,
}

impl Guard<'_> {
    fn problems(plan: &Plan, caller: &Identity) -> Vec<Problem> {
        let judge = Judge::new();
        let before = &plan.observed.state;
        let target = Target::of(&plan.bundle, &before.account);
        let mut strangers = access::strangers(before, &target);
        // An ensure reads of the caller only what the bundle names.
        strangers.extend(plan.bundle.only_adds.then(|| caller.clone()));
        let operations: Vec<Operation> = plan.steps.iter().map(|s| s.operation.clone()).collect();
        let sequence = Sequence::new(before, &operations, &strangers, &judge);
        let states: Vec<State> = plan.prefixes().into_iter().map(|o| o.state).collect();
        let mut guard = Guard {
            plan,
            caller,
            sequence: &sequence,
            states: &states,
            strangers: &strangers,
            judge: &judge,
            problems: Vec::new(),
        };
        guard.power();
        guard.way_in();
        guard.others();
        guard.problems
    }

    fn problem(&mut self, step: usize, what: impl Into<String>) {
        let subject = self.plan.steps.get(step).map(Step::to_string);
        let place = format!("step {} ({})", step + 1, subject.unwrap_or_default());
        self.problems.push(Problem::new(place, what));
    }

    /// The power to finish the plan, and to take it back.
    fn power(&mut self) {
        let calls = self
            .sequence
            .touched()
            .get(self.caller)
            .cloned()
            .unwrap_or_default();
        let states = self.states;
        for call in &calls {
            let Some(state) = states.get(call + 1) else {
                continue;
            };
            let rest = self.plan.steps.get(call + 1..).unwrap_or_default().to_vec();
            if !rest.is_empty() {
                self.keeps(*call, rest, state, "a later step");
            }
        }
        let (Some(last), Some(after)) = (calls.last(), states.last()) else {
            return;
        };
        let mut back = Vec::new();
        for (step, state) in self.plan.steps.iter().zip(states).rev() {
            let calls = inverse(&step.operation, state).calls();
            back.extend(calls.into_iter().map(Step::bare));
        }
        self.keeps(*last, back, after, "the way back");
    }

    /// Whether after a call the caller has all that it had of what these steps need.
    fn keeps(&mut self, call: usize, steps: Vec<Step>, state: &State, what_for: &str) {
        let mut plan = self.plan.clone();
        plan.steps = steps;
        plan.observed.state = state.clone();
        let needs = match permissions::policy(&plan) {
            Ok(needs) => Access::identity([&needs]),
            Err(_) => return self.problem(call, "what the remaining calls need cannot be said"),
        };
        let Some(point) = self.sequence.point(self.caller, call + 1) else {
            return;
        };
        match point.loses(&needs, self.judge) {
            Finding::No => {}
            Finding::Yes(witness) => {
                let text = format!(
                    "takes from {} what {what_for} needs: {}",
                    self.caller,
                    access::example(&witness)
                );
                self.problem(call, text);
            }
            Finding::Unknown(why) => {
                let text = format!(
                    "it is not known whether {} keeps what {what_for} needs: {why}",
                    self.caller
                );
                self.problem(call, text);
            }
        }
    }
}
