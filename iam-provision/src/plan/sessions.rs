//! Sessions that live on: a role that no longer lets somebody in while it is given
//! more.
//!
//! Credentials of a session stay valid until they expire, whatever becomes of the
//! trust policy, and IAM asks the role's policies anew at each request
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>).
//! So who is no longer let in has, in a session from before, what the role is given.
//! No order of the steps avoids that; another role does, or revoking the older
//! sessions after the trust policy has changed and before the role is given more.

use std::time::Duration;

use iam_dsl::Policy;
use iam_dsl::analyze::Access;

use super::judge::Judge;
use super::operation::Operation;
use super::proof::{Moment, MomentKind, Sequence};
use crate::clock;
use crate::state::{Identity, State};

/// The longest that a session of a role lasts, where that is not read.
const LONGEST: Duration = Duration::from_secs(12 * 3_600);

/// How many of those who leave are named.
const NAMED: usize = 5;

/// For each role that is given more while it stops letting somebody in: who that
/// is, what they keep, and for how long.
pub(super) fn moments(
    before: &State,
    operations: &[Operation],
    sequence: &Sequence<'_>,
    judge: &Judge,
) -> Vec<Moment> {
    let mut after = before.clone();
    for operation in operations {
        after.perform(operation);
    }
    let mut touched = sequence.touched();
    let changed = operations.iter().filter_map(|operation| match operation {
        Operation::UpdateTrust { name, .. } => Some(name),
        _ => None,
    });
    let mut roles: Vec<&String> = changed.collect();
    roles.sort();
    roles.dedup();
    let mut found = Vec::new();
    for role in roles {
        let Some(who) = who_leaves(role, before, &after, judge) else {
            continue;
        };
        let identity = Identity::Role(role.clone());
        let nothing = Access::identity::<Policy>([]);
        let calls = touched.remove(&identity).unwrap_or_default();
        let given = calls.into_iter().find_map(|call| {
            let point = sequence.point(&identity, call + 1)?;
            Some((call, point.over(&nothing, judge)?))
        });
        let Some((call, what)) = given else {
            continue;
        };
        let settings = before
            .roles
            .get(role)
            .and_then(|role| role.settings.as_ref());
        let longest = settings
            .and_then(|settings| u64::try_from(settings.max_session_seconds).ok())
            .map_or(LONGEST, Duration::from_secs);
        let what = format!(
            "{who}, for up to {} after they began: {what}; make another role, or change the trust policy in a plan of its own, end the older sessions with session::Revoker, and give more then",
            clock::words(longest)
        );
        found.push(Moment::new(
            MomentKind::Sessions,
            call + 1,
            identity.to_string(),
            what,
        ));
    }
    found
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
