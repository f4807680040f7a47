//! What somebody reaches by assuming a role that changes as well.

use iam_dsl::Document;
use iam_dsl::analyze::Access;

use super::{Moment, MomentKind, Sequence, Which};
use crate::plan::access::{arn, assuming, trusting};
use crate::state::Identity;

/// What somebody or a role has beyond the states after and before, from one prefix on.
struct Span {
    from: usize,
    /// More than after the plan.
    leaves: bool,
    /// More than before the plan.
    comes: bool,
}

impl Span {
    fn at(spans: &[Self], prefix: usize) -> Option<&Self> {
        spans.iter().rfind(|span| span.from <= prefix)
    }
}

impl Sequence<'_> {
    /// Users and roles whose permission to assume a role changes while the role does.
    pub(super) fn assumed(&self) -> Vec<Moment> {
        let touched = self.touched();
        // Few may assume anything that they may not before or after, and few roles
        // are to be told apart for them: pairs are looked at of these alone.
        let assumes = assuming("*");
        let own: Vec<(&Identity, Vec<Span>)> = touched
            .iter()
            .map(|(identity, calls)| (identity, self.spans(identity, calls, assumes.as_ref())))
            .filter(|(_, spans)| spans.iter().any(|span| span.leaves || span.comes))
            .collect();
        if own.is_empty() {
            return Vec::new();
        }
        let roles: Vec<(&Identity, &str, Vec<Span>)> = touched
            .iter()
            .filter_map(|(role, calls)| match role {
                Identity::Role(name) => Some((role, name.as_str(), self.spans(role, calls, None))),
                _ => None,
            })
            .collect();
        let mut moments = Vec::new();
        for (identity, spans) in &own {
            for (role, name, of_role) in &roles {
                if identity == role {
                    continue;
                }
                let mut all: Vec<usize> = spans.iter().chain(of_role).map(|s| s.from).collect();
                all.sort_unstable();
                all.dedup();
                let found = all.into_iter().filter(|from| *from > 0).find_map(|from| {
                    let (own, of_role) = (Span::at(spans, from)?, Span::at(of_role, from)?);
                    let may_be = (own.leaves && of_role.comes) || (own.comes && of_role.leaves);
                    let what = may_be.then(|| self.assumes(identity, name, from))??;
                    Some((from, what))
                });
                if let Some((after, what)) = found {
                    moments.push(Moment {
                        kind: MomentKind::Unknown,
                        after,
                        who: identity.to_string(),
                        what,
                    });
                }
            }
        }
        moments
    }

    /// From which prefix on an identity has what it will not have, and what it had
    /// not, of what a document allows.
    fn spans(&self, identity: &Identity, calls: &[usize], of: Option<&Document>) -> Vec<Span> {
        let places = std::iter::once(0).chain(calls.iter().map(|call| call + 1));
        let spans = places.filter_map(|from| {
            let point = self.point(identity, from)?;
            let exceeds = |which| point.exceeds(which, of, self.judge);
            Some(Span {
                from,
                leaves: exceeds(Which::ExtraForThoseWhoCome),
                comes: exceeds(Which::ExtraForThoseWhoLeave),
            })
        });
        spans.collect()
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
        let asked = assuming(&arn)?;
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
        let alone = arn.and_then(|arn| trusting(&arn, "sts:*"));
        let (Some(trust), Some(alone)) = (trust, alone) else {
            return true;
        };
        !self
            .judge
            .some(&[&Access::trust(&trust), &alone], &[])
            .is_no()
    }
}
