//! What somebody reaches by assuming a role that changes as well.

use iam_dsl::Document;
use iam_dsl::analyze::Access;

use super::{Moment, MomentKind, Sequence, Which};
use crate::plan::access::arn;
use crate::state::Identity;

impl Sequence<'_> {
    /// Users and roles whose permission to assume a role changes while the role does.
    pub(super) fn assumed(&self) -> Vec<Moment> {
        let touched = self.touched();
        let mut moments = Vec::new();
        for (identity, calls) in &touched {
            for (role, changes) in &touched {
                let Identity::Role(name) = role else { continue };
                if identity == role {
                    continue;
                }
                let mut all: Vec<usize> = calls.iter().chain(changes).copied().collect();
                all.sort_unstable();
                let found = all.into_iter().find_map(|call| {
                    let what = self.assumes(identity, name, call + 1)?;
                    Some((call, what))
                });
                if let Some((call, what)) = found {
                    moments.push(Moment {
                        kind: MomentKind::Unknown,
                        after: call + 1,
                        who: identity.to_string(),
                        what,
                    });
                }
            }
        }
        moments
    }

    /// Why it is not proved that somebody reaches nothing extra through a role.
    fn assumes(&self, identity: &Identity, role: &str, calls: usize) -> Option<String> {
        let own = self.point(identity, calls)?;
        let of_role = self.point(&Identity::Role(role.to_owned()), calls)?;
        let path = self.states.get(calls)?.roles.get(role)?;
        let arn = self
            .states
            .first()?
            .account
            .arn(&format!("role{}{role}", path.holder.path));
        let asked = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
        ]});
        let asked = Document::from_json(&asked.to_string()).ok()?;
        let of = Some(&asked);
        let (leave, come) = (Which::ExtraForThoseWhoLeave, Which::ExtraForThoseWhoCome);
        if !self.may_let_in(role, identity, calls) {
            return None;
        }
        let extra = (own.exceeds(come, of, self.judge) && of_role.exceeds(leave, None, self.judge))
            || (own.exceeds(leave, of, self.judge) && of_role.exceeds(come, None, self.judge));
        extra.then(|| format!("it may assume role {role}, which changes as well"))
    }

    /// Whether it is not ruled out that a role's trust policy lets somebody in.
    fn may_let_in(&self, role: &str, identity: &Identity, calls: usize) -> bool {
        let state = self.states.get(calls);
        let trust = state.and_then(|state| Some(state.roles.get(role)?.trust.document()?.clone()));
        let states = [state, self.states.first(), self.states.last()];
        let arn = states.into_iter().flatten().find_map(|s| arn(s, identity));
        let (Some(trust), Some(arn)) = (trust, arn) else {
            return true;
        };
        let alone = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:*"}
        ]});
        let Ok(alone) = Document::from_json(&alone.to_string()) else {
            return true;
        };
        let (trust, alone) = (Access::trust(&trust), Access::trust(&alone));
        !self.judge.some(&[&trust, &alone], &[]).is_no()
    }
}
