//! The lock-out guard: whether a plan would take from its caller the power to
//! finish it, to take it back, or to get in again.
//!
//! The caller is the user or role of the credentials. Of what it has before the
//! plan, and needs, it may lose nothing: after each step what the remaining
//! steps need, after the last what the calls need that lead back. Its
//! credentials stay, and its role keeps letting in whom it lets in; the users and
//! roles that its trust policy names, or that may assume it, keep their
//! permission to. What is not proved is refused, with a yes by name
//! ([`ApplyOptions::accept_lock_out_of`](crate::ApplyOptions::accept_lock_out_of)).
//!
//! # Limits
//!
//! The root user needs no policy and cannot be locked out by one; it is not
//! counted as a way back for anybody else. What was not the caller's before the
//! plan is not lost by it: such a plan fails with AccessDenied. How somebody got
//! the role's session is not known; upstream only what the plan itself touches
//! is looked at.

use iam_dsl::analyze::Access;

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
        let mut guard = Guard {
            plan,
            caller,
            sequence: &sequence,
            judge: &judge,
            problems: Vec::new(),
        };
        guard.power();
        guard.way_in();
        guard.upstream();
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
            .remove(self.caller)
            .unwrap_or_default();
        let states = self.plan.prefixes();
        for call in &calls {
            let Some(state) = states.get(call + 1) else {
                continue;
            };
            let rest = self.plan.steps.get(call + 1..).unwrap_or_default().to_vec();
            if !rest.is_empty() {
                self.keeps(*call, rest, &state.state, "a later step");
            }
        }
        let (Some(last), Some(after)) = (calls.last(), states.last()) else {
            return;
        };
        let mut back = Vec::new();
        for (step, state) in self.plan.steps.iter().zip(&states).rev() {
            back.extend(
                inverse(&step.operation, &state.state)
                    .into_iter()
                    .map(Step::bare),
            );
        }
        self.keeps(*last, back, &after.state, "the way back");
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

    /// Credentials and trust: how the caller gets in again.
    fn way_in(&mut self) {
        let mut found = Vec::new();
        for (call, step) in self.plan.steps.iter().enumerate() {
            let lost = match (&step.operation, self.caller) {
                (Operation::DeleteLogin { user }, Identity::User(own)) => {
                    (user == own).then_some("takes the caller's console password")
                }
                (Operation::DeleteCredential { user, .. }, Identity::User(own)) => {
                    (user == own).then_some("takes a credential of the caller")
                }
                (Operation::DeleteUser { name }, Identity::User(own))
                | (Operation::DeleteRole { name }, Identity::Role(own)) => {
                    (name == own).then_some("deletes the caller")
                }
                (Operation::UpdateTrust { name, .. }, Identity::Role(own)) if name == own => self
                    .sequence
                    .no_longer_lets_in(name, call)
                    .then_some("the caller's role no longer lets in everybody whom it lets in, perhaps the caller"),
                (Operation::Provider(change), Identity::Role(own)) if change.narrows() => self
                    .trusts(own, change.arn())
                    .then_some("changes the provider that the caller's role trusts"),
                _ => None,
            };
            found.extend(lost.map(|lost| (call, lost)));
        }
        for (call, lost) in found {
            self.problem(call, lost);
        }
    }

    fn trusts(&self, role: &str, arn: &str) -> bool {
        let role = self.plan.observed.state.roles.get(role);
        role.is_some_and(|role| role.trust.json().contains(&format!("\"{arn}\"")))
    }

    /// Others whom the plan touches and who may assume the caller's role.
    fn upstream(&mut self) {
        let Identity::Role(role) = self.caller else {
            return;
        };
        let state = &self.plan.observed.state;
        let account = &state.account;
        // The path of a role that is not read is not known; any will do.
        let path = state.roles.get(role).map(|role| role.holder.path.clone());
        let arn = account.arn(&format!("role{}{role}", path.as_deref().unwrap_or("/*")));
        let text = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
        ]});
        let Ok(assume) = iam_dsl::Policy::<iam_dsl::Identity>::from_json(&text.to_string()) else {
            return;
        };
        let assume = Access::identity([&assume]);
        let mut found = Vec::new();
        for (identity, calls) in self.sequence.touched() {
            let Some(last) = calls.last().filter(|_| identity != *self.caller) else {
                continue;
            };
            if let Some(point) = self.sequence.point(&identity, last + 1)
                && !point.loses(&assume, self.judge).is_no()
            {
                found.push((
                    *last,
                    format!("{identity}, who may assume the caller's role, loses that"),
                ));
            }
        }
        for (call, lost) in found {
            self.problem(call, lost);
        }
    }
}

/// The calls that take one back, in the state before it. What cannot be taken
/// back, such as a credential, needs no permission to.
fn inverse(operation: &Operation, before: &State) -> Vec<Operation> {
    let one = match operation {
        Operation::PutInline { on, name, .. } | Operation::DeleteInline { on, name } => {
            let was = before.holder(on).and_then(|holder| holder.inline.get(name));
            match was {
                Some(document) => Operation::PutInline {
                    on: on.clone(),
                    name: name.clone(),
                    document: document.clone(),
                },
                None => Operation::DeleteInline {
                    on: on.clone(),
                    name: name.clone(),
                },
            }
        }
        Operation::Attach { on, arn } => Operation::Detach {
            on: on.clone(),
            arn: arn.clone(),
        },
        Operation::Detach { on, arn } => Operation::Attach {
            on: on.clone(),
            arn: arn.clone(),
        },
        Operation::SetBoundary { on, .. } | Operation::RemoveBoundary { on } => {
            match before.holder(on).and_then(|holder| holder.boundary.clone()) {
                Some(arn) => Operation::SetBoundary {
                    on: on.clone(),
                    arn,
                },
                None => Operation::RemoveBoundary { on: on.clone() },
            }
        }
        Operation::AddMember { user, group } => Operation::RemoveMember {
            user: user.clone(),
            group: group.clone(),
        },
        Operation::RemoveMember { user, group } => Operation::AddMember {
            user: user.clone(),
            group: group.clone(),
        },
        Operation::CreatePolicyVersion { name, arn, .. }
        | Operation::SwitchVersion { name, arn, .. } => {
            let Some(policy) = before.policies.get(name) else {
                return Vec::new();
            };
            Operation::CreatePolicyVersion {
                name: name.clone(),
                arn: arn.clone(),
                document: policy.document.clone(),
            }
        }
        Operation::UpdateTrust { name, .. } => {
            let Some(role) = before.roles.get(name) else {
                return Vec::new();
            };
            Operation::UpdateTrust {
                name: name.clone(),
                document: role.trust.clone(),
            }
        }
        Operation::CreateUser { name, .. } => Operation::DeleteUser { name: name.clone() },
        Operation::CreateGroup { name, .. } => Operation::DeleteGroup { name: name.clone() },
        Operation::CreateRole { name, .. } => Operation::DeleteRole { name: name.clone() },
        Operation::CreatePolicy { name, path, .. } => Operation::DeletePolicy {
            name: name.clone(),
            arn: before.account.policy_arn(path, name),
        },
        Operation::DeleteUser { name } => {
            let Some(user) = before.users.get(name) else {
                return Vec::new();
            };
            Operation::CreateUser {
                name: name.clone(),
                path: user.holder.path.clone(),
                boundary: user.holder.boundary.clone(),
                tags: user.holder.tags.clone(),
            }
        }
        Operation::DeleteGroup { name } => {
            let Some(group) = before.groups.get(name) else {
                return Vec::new();
            };
            Operation::CreateGroup {
                name: name.clone(),
                path: group.path.clone(),
            }
        }
        _ => return Vec::new(),
    };
    vec![one]
}
