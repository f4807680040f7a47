//! The ceiling on trust: no plan may let in more than a trust policy says.
//!
//! Whom a role lets in after a step is held against whom it let in before the plan
//! and whom the ceiling lets in. A provider that newly vouches for somebody lets
//! them into every role that trusts it; how many that are is not said by any
//! policy, so that the ceiling has to let in whomever each of those roles lets in
//! through it.

use std::collections::BTreeMap;

use iam_dsl::TrustPolicy;
use iam_dsl::analyze::{Access, Subject};
use serde_json::{Value, json};

use crate::document::{Effect, PolicyText};
use crate::error::{Error, ErrorKind};
use crate::names::Problem;
use crate::plan::Plan;
use crate::plan::judge::{Finding, Judge};
use crate::plan::operation::{LinkedCall, Operation, ProviderCall};
use crate::state::State;

/// Refuses a plan that lets in more than the ceiling, at any prefix.
pub(in crate::plan) fn check(plan: &Plan, ceiling: &TrustPolicy) -> Result<(), Error> {
    let check = Check {
        plan,
        ceiling: ceiling.access(),
        judge: Judge::new(),
    };
    let problems = check.problems();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::with_problems(
        ErrorKind::OverCeiling,
        format!(
            "the plan of the bundle `{}` lets in more than its ceiling for trust allows; trust fewer, or widen the ceiling",
            plan.bundle()
        ),
        problems,
    ))
}

struct Check<'c> {
    plan: &'c Plan,
    ceiling: Access,
    judge: Judge,
}

impl Check<'_> {
    fn problems(&self) -> Vec<Problem> {
        let states = self.plan.prefixes();
        // Whom roles let in before the plan, under the names that users have by then.
        let mut before = self.plan.observed.state.clone();
        let mut problems = Vec::new();
        for (index, step) in self.plan.steps.iter().enumerate() {
            let mut problem = |role: &str, what: String| {
                let place = format!("step {} ({step})", index + 1);
                problems.push(Problem::new(role, format!("{place} {what}")));
            };
            match &step.operation {
                Operation::CreateRole { name, trust, .. }
                | Operation::UpdateTrust {
                    name,
                    document: trust,
                } => {
                    let was = before.roles.get(name).map(|role| &role.trust);
                    if let Some(what) = self.over(trust, was) {
                        problem(&format!("role {name}"), what);
                    }
                }
                Operation::Linked(LinkedCall::Create { role, .. }) => {
                    let trust = of_service(&role.service);
                    if let Some(what) = self.over(&trust, None) {
                        problem(&role.to_string(), what);
                    }
                }
                Operation::Provider(change) if change.widens() => {
                    // The state before the step: what a later step lets in is asked there.
                    let Some(now) = states.get(index) else {
                        continue;
                    };
                    for (role, what) in self.through(change, &now.state) {
                        problem(&role, what);
                    }
                }
                other => {
                    if let Some(renaming) = other.as_rename() {
                        before.perform(&renaming);
                    }
                }
            }
        }
        problems
    }

    /// Whom a trust policy lets in beyond another and the ceiling.
    fn over(&self, trust: &PolicyText, was: Option<&PolicyText>) -> Option<String> {
        let not_known = |why: &str| {
            Some(format!(
                "may let in more than the ceiling; that is not known: {why}"
            ))
        };
        let Some(now) = trust.document() else {
            return not_known("a trust policy that cannot be read");
        };
        let was = was.and_then(PolicyText::document).map(Access::trust);
        let mut within: Vec<&Access> = vec![&self.ceiling];
        within.extend(&was);
        match self.judge.some(&[&Access::trust(now)], &within) {
            Finding::No => None,
            Finding::Yes(witness) => Some(format!("lets in more than the ceiling: {witness}")),
            Finding::Unknown(why) => not_known(&why),
        }
    }

    /// The roles that a provider may newly let somebody into whom the ceiling does not.
    fn through(&self, change: &ProviderCall, now: &State) -> Vec<(String, String)> {
        let arn = change.arn();
        let is_new = change.creates();
        let Some(others) = &self.plan.observed.others else {
            let what = "makes it vouch for more, and whether other roles trust it is not known, because not the whole account was read: read it with Provisioner::reads(Reads::AccountWide)";
            return vec![(change.provider().to_string(), what.to_owned())];
        };
        // The bundle's own are in the state, as they are by then.
        let own = &self.plan.observed.state.roles;
        let theirs = others.trusting.iter();
        let theirs = theirs.filter(|(name, _)| !own.contains_key(*name));
        let mut trusting: BTreeMap<&String, &PolicyText> = theirs.collect();
        trusting.extend(now.roles.iter().map(|(name, role)| (name, &role.trust)));
        let mut found = Vec::new();
        for (name, trust) in trusting {
            let Some(part) = part_about(trust, arn) else {
                continue;
            };
            if self.over(&part, None).is_some() {
                let how = match is_new {
                    true => "begins to vouch",
                    false => "may vouch for more",
                };
                let what = format!(
                    "{how}, and the role lets in whom it vouches for beyond what the ceiling lets in; who that is is not known"
                );
                found.push((format!("role {name}"), what));
            }
        }
        found
    }
}

fn of_service(service: &str) -> PolicyText {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    ]});
    PolicyText::from_json(&document.to_string())
}

/// Of a trust policy what it says of a provider; none where it does not name it.
/// One that cannot be read, or says whom it does not mean, is taken whole.
fn part_about(trust: &PolicyText, arn: &str) -> Option<PolicyText> {
    let names = |value: &Value| value.to_string().contains(&format!("\"{arn}\""));
    if !trust.json().contains(&format!("\"{arn}\"")) {
        return None;
    }
    let Ok(mut value) = serde_json::from_str::<Value>(trust.json()) else {
        return Some(trust.clone());
    };
    let statements = trust.statements().into_iter().filter_map(|statement| {
        let mut value = statement.value;
        if statement.effect == Effect::Deny {
            return Some(value);
        }
        let principal = value.get_mut("Principal")?;
        if !names(principal) {
            return None;
        }
        *principal = json!({"Federated": arn});
        Some(value)
    });
    let statements: Vec<Value> = statements.collect();
    let allows = |one: &Value| one.get("Effect").is_some_and(|effect| effect == "Allow");
    if !statements.iter().any(allows) {
        return None;
    }
    value
        .as_object_mut()?
        .insert("Statement".to_owned(), Value::Array(statements));
    Some(PolicyText::from_json(&value.to_string()))
}
