//! Sessions that live on: a role that no longer lets somebody in while it is given
//! more.
//!
//! Credentials of a session stay valid until they expire, whatever becomes of the
//! trust policy, and IAM asks the role's policies anew at each request
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>).
//! So who is no longer let in has, in a session from before, what the role is given.
//! No order of the steps avoids that; another role does, or revoking the older
//! sessions after the trust policy has changed and before the role is given more.
//!
//! A plan that is cut after the trust policy has changed leaves nothing by which the
//! next would know. So a revocation is put before that as well and says that another
//! is to follow. Without the choice there is none, and only the plan that changes
//! both tells of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use iam_dsl::Policy;
use iam_dsl::analyze::Access;

use super::Plan;
use super::judge::Judge;
use super::operation::Operation;
use super::order::Ordered;
use super::proof::{Moment, MomentKind, OrderProof, Sequence};
use crate::clock;
use crate::desired::Target;
use crate::document::PolicyText;
use crate::observed::Observed;
use crate::session::REVOCATION;
use crate::session::revoke::{LONGEST, document as revocation, revoked_before, up_to};
use crate::state::{Identity, State};

/// How many of those who leave are named.
const NAMED: usize = 5;

/// What a revocation says that was put there before the trust policy changed: it is
/// put again after that, also by the plan after a crash in between.
const PENDING: &str = "UntilTheTrustPolicyHasChanged";

/// What there is to do, or to tell, of sessions that live on.
pub(super) struct Sessions {
    /// Calls before and after others, by place.
    around: BTreeMap<usize, (Vec<Operation>, Vec<Operation>)>,
    moments: Vec<Moment>,
}

impl Sessions {
    /// For each role that is given more while it stops letting somebody in: the calls
    /// that end the older sessions, where its declaration wants that, or else who it
    /// is, what they keep, and for how long.
    pub(super) fn of(
        target: &Target,
        observed: &Observed,
        operations: &[Operation],
        strangers: &BTreeSet<Identity>,
        judge: &Judge,
        ends: bool,
    ) -> Self {
        let before = &observed.state;
        let sequence = Sequence::new(before, operations, strangers, judge);
        let mut after = before.clone();
        // Trust policies follow users to their new names.
        let mut renamed = before.clone();
        for operation in operations {
            after.perform(operation);
            if let Some(renaming) = operation.as_rename() {
                renamed.perform(&renaming);
            }
        }
        let mut found = Self {
            around: BTreeMap::new(),
            moments: Vec::new(),
        };
        let changed = operations.iter().filter_map(|operation| match operation {
            Operation::UpdateTrust { name, .. } => Some(name.clone()),
            _ => None,
        });
        let touched = sequence.touched();
        for role in changed
            .chain(target.end_sessions.iter().cloned())
            .collect::<BTreeSet<_>>()
        {
            let identity = Identity::Role(role.clone());
            let there = before
                .roles
                .get(&role)
                .and_then(|role| role.holder.inline.get(REVOCATION));
            let leaves = who_leaves(&role, &renamed, &after, judge);
            let is_pending = there.is_some_and(|there| there.json().contains(PENDING));
            let wants = ends && target.end_sessions.contains(&role);
            if leaves.is_none() && !(wants && is_pending) {
                continue;
            }
            let nothing = Access::identity::<Policy>([]);
            let mut calls = touched.get(&identity).into_iter().flatten();
            let given = calls.find_map(|&call| {
                let point = sequence.point(&identity, call + 1)?;
                Some((call, point.over(&nothing, judge)?))
            });
            let Some((call, what)) = given else {
                continue;
            };
            let put = |sid| Operation::PutInline {
                on: identity.clone(),
                name: REVOCATION.to_owned(),
                document: planned(there, sid),
            };
            match leaves {
                None => found.around.entry(call).or_default().0.push(put(None)),
                Some(who) => match left_at(&role, operations, &renamed, &after, judge) {
                    Some(place) if wants && place < call => {
                        let (befores, afters) = found.around.entry(place).or_default();
                        befores.push(put(Some(PENDING)));
                        afters.push(put(None));
                    }
                    _ => found.moments.push(moment(&role, &who, call, &what, before)),
                },
            }
        }
        found
    }

    /// The calls with those that end sessions, and what is told of their order.
    pub(super) fn arrange(self, ordered: Ordered, order: OrderProof) -> (Ordered, OrderProof) {
        let order = order.with(self.moments);
        if self.around.is_empty() {
            return (ordered, order);
        }
        let around = self.around;
        // What was at a place comes after all that is put before it, or before what precedes it.
        let moved = |call: usize| {
            let others = around.iter().map(|(place, (befores, afters))| match place {
                place if *place < call => befores.len() + afters.len(),
                place if *place == call => befores.len(),
                _ => 0,
            });
            call + others.sum::<usize>()
        };
        (ordered.with_calls(&around, &|_| false), order.moved(moved))
    }
}

/// Whether a call puts a revocation whose time is that of the call.
pub(crate) fn ends_sessions(plan: &Plan, operation: &Operation) -> bool {
    let Operation::PutInline {
        on: Identity::Role(role),
        name,
        ..
    } = operation
    else {
        return false;
    };
    let target = Target::of(&plan.bundle, &plan.observed.state.account);
    name == REVOCATION && target.end_sessions.contains(role)
}

/// Puts into words what such a call does, whose time is not known yet.
pub(super) fn tell(plan: &mut Plan) {
    let these: Vec<bool> = plan
        .steps
        .iter()
        .map(|step| ends_sessions(plan, &step.operation))
        .collect();
    let steps = plan.steps.iter_mut().zip(these).filter(|(_, is)| *is);
    for (step, _) in steps {
        step.before = None;
        step.after = None;
        step.access.clear();
        step.words = vec![
            "denies everything in sessions that were issued up to this call; who is still let in assumes the role again".to_owned(),
        ];
    }
}

/// The revocation that a call puts, at the time of the call. One that is there is
/// only moved to a later time.
pub(crate) fn at(now: SystemTime, operation: &Operation) -> Operation {
    match operation {
        Operation::PutInline { on, name, document } => {
            let cut = up_to(now);
            let before = revoked_before(document).map_or(cut, |there| there.max(cut));
            let sid = document.json().contains(PENDING).then_some(PENDING);
            Operation::PutInline {
                on: on.clone(),
                name: name.clone(),
                document: revocation(before, sid),
            }
        }
        other => other.clone(),
    }
}

/// What stands for it in a plan, which is the same whenever it is made: the time of
/// the revocation that is there, or none.
fn planned(there: Option<&PolicyText>, sid: Option<&str>) -> PolicyText {
    let before = there.and_then(revoked_before);
    revocation(before.unwrap_or(SystemTime::UNIX_EPOCH), sid)
}

fn moment(role: &str, who: &str, call: usize, what: &str, before: &State) -> Moment {
    let settings = before
        .roles
        .get(role)
        .and_then(|role| role.settings.as_ref());
    let longest = settings
        .and_then(|settings| u64::try_from(settings.max_session_seconds).ok())
        .map_or(LONGEST, Duration::from_secs);
    let what = format!(
        "{who}, for up to {} after they began: {what}; declare the role with end_sessions_when_trust_narrows(), or make another role",
        clock::words(longest)
    );
    Moment::new(MomentKind::Sessions, call + 1, format!("role {role}"), what)
}

/// The first change of a role's trust policy after which nobody is let in any more
/// who leaves.
fn left_at(
    role: &str,
    operations: &[Operation],
    before: &State,
    after: &State,
    judge: &Judge,
) -> Option<usize> {
    let trust = |state: &State| state.roles.get(role)?.trust.document().map(Access::trust);
    let (old, new) = (trust(before)?, trust(after)?);
    operations.iter().position(|operation| match operation {
        Operation::UpdateTrust { name, document } if name == role => {
            let now = document.document().map(Access::trust);
            now.is_some_and(|now| judge.some(&[&now, &old], &[&new]).is_no())
        }
        _ => false,
    })
}

/// Whom a role lets in before the plan and no longer after it, in words.
fn who_leaves(role: &str, before: &State, after: &State, judge: &Judge) -> Option<String> {
    let trust = |state: &State| state.roles.get(role).map(|role| role.trust.clone());
    let (old, new) = (trust(before)?, trust(after)?);
    if old.means_the_same_as(&new) {
        return None;
    }
    let unknown = || Some("somebody, of whom it is not known who".to_owned());
    let (Some(old), Some(new)) = (old.document(), new.document()) else {
        return unknown();
    };
    match judge.newcomers(&Access::trust(old), &Access::trust(new)) {
        Ok(who) if who.is_empty() => None,
        Ok(who) => {
            let mut names: Vec<String> = who.iter().take(NAMED).map(ToString::to_string).collect();
            if who.len() > NAMED {
                names.push(format!("{} others", who.len() - NAMED));
            }
            Some(names.join(", "))
        }
        Err(_) => unknown(),
    }
}
