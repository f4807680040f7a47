//! Who reaches a role because its trust policy asks about tags that change.
//!
//! A trust policy with `aws:PrincipalTag/team` lets a user in or out by a call on
//! the user alone. So who has a tag changed of which such a policy speaks is told
//! apart, at each prefix, by what the policy says to somebody with the tags of then.

use iam_dsl::analyze::Access;

use super::{Moment, MomentKind, Sequence, Which};
use crate::plan::access::{arn, trusting};
use crate::plan::ground::Asker;
use crate::plan::operation::Operation;
use crate::state::{Identity, State};

/// An identity whose tags change, and a role whose trust policy asks about them.
struct Gate {
    who: Identity,
    role: Identity,
    /// The calls that change the tags.
    tags: Vec<usize>,
}

impl Sequence<'_> {
    /// The moments at which somebody may reach through such a role what it reaches
    /// neither before nor after, or not what it reaches both times.
    pub(super) fn gated(&self) -> Vec<Moment> {
        let touched = self.touched();
        let found = self.gates().into_iter().filter_map(|gate| {
            let of_role = touched.get(&gate.role).into_iter().flatten();
            let mut calls: Vec<usize> = gate.tags.iter().chain(of_role).copied().collect();
            calls.sort_unstable();
            let after = calls.into_iter().find(|call| !self.is_kept(&gate, *call))? + 1;
            let Gate { who, role, .. } = gate;
            Some(Moment {
                kind: MomentKind::Unknown,
                after,
                who: who.to_string(),
                what: format!(
                    "the trust policy of {role} asks about its tags, which change as well"
                ),
            })
        });
        found.collect()
    }

    /// Pairs of calls that concern one such role and somebody's tags, first the one
    /// that comes first: what is proved is proved of this order.
    pub(super) fn gated_pairs(&self) -> Vec<(usize, usize)> {
        let touched = self.touched();
        let mut pairs = Vec::new();
        for gate in self.gates() {
            for of_role in touched.get(&gate.role).into_iter().flatten() {
                let each = gate.tags.iter();
                pairs.extend(each.map(|tag| (*tag.min(of_role), *tag.max(of_role))));
            }
        }
        pairs.retain(|(first, then)| first != then);
        pairs
    }

    /// Whether the tags that a role's policies ask about, and that its sessions may
    /// have otherwise, are not the same before, now and after. While it does not
    /// exist it has none, and nobody has a session of it.
    pub(super) fn open_tags_change(
        &self,
        identity: &Identity,
        point: &super::Point<'_>,
        now: &State,
    ) -> bool {
        let texts = [&point.before, &point.now, &point.after].map(|powers| powers.text());
        let text = texts.join("\n");
        let states = [self.states.first(), Some(now), self.states.last()];
        let askers = states
            .into_iter()
            .flatten()
            .filter_map(|state| Asker::of(state, identity));
        let mut tags = askers.map(|asker| asker.open_tags(&text));
        let first = tags.next();
        tags.any(|other| Some(other) != first)
    }

    fn gates(&self) -> Vec<Gate> {
        let mut gates: Vec<Gate> = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let (who, keys): (_, Vec<&String>) = match operation {
                Operation::Tag { on, tags } => (on, tags.keys().collect()),
                Operation::Untag { on, keys } => (on, keys.iter().collect()),
                _ => continue,
            };
            let mut roles: Vec<&String> = self.states.iter().flat_map(|s| s.roles.keys()).collect();
            roles.sort_unstable();
            roles.dedup();
            let asking = roles.into_iter().filter(|name| {
                let trusts = self.states.iter().filter_map(|s| s.roles.get(*name));
                trusts.into_iter().any(|role| {
                    let text = role.trust.json().to_ascii_lowercase();
                    let asks = |key: &&String| {
                        text.contains(&format!("aws:principaltag/{}", key.to_ascii_lowercase()))
                    };
                    keys.iter().any(asks)
                })
            });
            for name in asking {
                let role = Identity::Role(name.clone());
                match gates.iter_mut().find(|g| g.who == *who && g.role == role) {
                    Some(gate) => gate.tags.push(index),
                    None => gates.push(Gate {
                        who: who.clone(),
                        role,
                        tags: vec![index],
                    }),
                }
            }
        }
        gates
    }

    /// Whether after a call nobody passes the gate to what is extra, and nobody
    /// is kept from what it reaches before and after.
    fn is_kept(&self, gate: &Gate, call: usize) -> bool {
        let Identity::Role(name) = &gate.role else {
            return true;
        };
        let read = |state: Option<&State>| -> Option<Access> {
            let trust = state?.roles.get(name)?.trust.document()?;
            let asker = Asker::of(state?, &gate.who)?;
            Some(Access::trust(&asker.read(trust)))
        };
        let now = self.states.get(call + 1);
        let (first, last) = (self.states.first(), self.states.last());
        let is_there = |state: Option<&State>| state.is_some_and(|s| s.roles.contains_key(name));
        if !is_there(now) {
            return true;
        }
        let point = self.point(&gate.role, call + 1);
        let exceeds = |which| {
            let exceeds = |point: &super::Point<'_>| point.exceeds(which, None, self.judge);
            point.as_ref().is_none_or(exceeds)
        };
        let alone = [now, first, last];
        let alone = alone.into_iter().flatten().find_map(|s| arn(s, &gate.who));
        let (Some(now), Some(alone)) = (
            read(now),
            alone.as_deref().and_then(|arn| trusting(arn, "sts:*")),
        ) else {
            return false;
        };
        let (before, after) = (read(first), read(last));
        let none = |states: [&Option<Access>; 2]| -> bool {
            let none: Vec<&Access> = states.into_iter().flatten().collect();
            self.judge.some(&[&now, &alone], &none).is_no()
        };
        // What a session's tags are is not known of a role.
        let is_open = matches!(gate.who, Identity::Role(_));
        let comes = is_open || !none([&before, &before]);
        let leaves = is_open || !none([&after, &after]);
        let loses = || match (&before, &after) {
            (Some(before), Some(after)) => {
                let all = [before, after, &alone];
                !self.judge.some(&all, &[&now]).is_no()
            }
            _ => false,
        };
        if !none([&before, &after]) || loses() {
            return false;
        }
        let too_much_for = |is_so: bool, which| is_so && exceeds(which);
        !too_much_for(comes, Which::ExtraForThoseWhoCome)
            && !too_much_for(leaves, Which::ExtraForThoseWhoLeave)
    }
}
