//! What somebody has before in one way and after in another: by itself, or through
//! a role that it may assume. A permission that moves from a user to a role must be
//! there before it goes here.
//!
//! Policies that ask who it is are left out: a user and a role's session are not the
//! same one to them.

use std::collections::BTreeSet;

use iam_dsl::analyze::Access;

use super::{Moment, MomentKind, Sequence};
use crate::plan::access::{arn, assuming, example, trusting};
use crate::plan::judge::Finding;
use crate::plan::powers::Powers;
use crate::state::{Identity, State};

impl Sequence<'_> {
    /// The moments at which somebody may neither itself nor through a role what it
    /// may in one way before and in another after.
    pub(super) fn reached(&self) -> Vec<Moment> {
        let (Some(first), Some(last)) = (self.states.first(), self.states.last()) else {
            return Vec::new();
        };
        let changes = self.touched();
        let mut everybody: BTreeSet<Identity> = first.identities().into_iter().collect();
        everybody.extend(last.identities());
        everybody.retain(|who| !matches!(who, Identity::Group(_)) && !self.strangers.contains(who));
        let mut moments = Vec::new();
        for who in &everybody {
            let (before, after) = (self.ways_of(first, who), self.ways_of(last, who));
            let pairs = before
                .iter()
                .flat_map(|a| after.iter().map(move |b| (a, b)));
            let pairs = pairs
                .filter(|(a, b)| a != b && (changes.contains_key(a) || changes.contains_key(b)));
            let lost = pairs
                .filter_map(|(a, b)| self.lost_between(who, a, b))
                .min();
            moments.extend(lost.map(|(after, what)| Moment {
                kind: MomentKind::Lost,
                after,
                who: who.to_string(),
                what,
            }));
        }
        moments
    }

    /// The first prefix at which something is lost that somebody has through `a`
    /// before and through `b` after.
    fn lost_between(&self, who: &Identity, a: &Identity, b: &Identity) -> Option<(usize, String)> {
        let had = self.plain(self.states.first()?, a)?;
        let has = self.plain(self.states.last()?, b)?;
        if self.judge.some(&[&had, &has], &[]).is_no() {
            return None;
        }
        let mut inner = 1..self.states.len().saturating_sub(1);
        inner.find_map(|place| {
            let state = self.states.get(place)?;
            let ways = self.ways_of(state, who).into_iter();
            let now: Vec<Access> = ways
                .map(|way| Powers::of(state, &way, self.strangers).access())
                .collect();
            let none: Vec<&Access> = now.iter().collect();
            match self.judge.some(&[&had, &has], &none) {
                Finding::Yes(witness) => {
                    let what = format!("{}, through {a} before and {b} after", example(&witness));
                    Some((place, what))
                }
                _ => None,
            }
        })
    }

    /// What an identity has in a state, where that does not hang on who it is.
    fn plain(&self, state: &State, identity: &Identity) -> Option<Access> {
        let powers = Powers::of(state, identity, self.strangers);
        (!powers.is_personal()).then(|| powers.access())
    }

    /// Itself, and the roles that it may assume in a state.
    fn ways_of(&self, state: &State, who: &Identity) -> Vec<Identity> {
        let mut ways = vec![who.clone()];
        let Some(own) = arn(state, who) else {
            return ways;
        };
        let account = state.account.id.as_str();
        for (name, role) in &state.roles {
            // Most trust policies name services; what names nobody here is not asked about.
            let trust = role.trust.json();
            let mut forms = [own.as_str(), account, "\"*\""].into_iter();
            let role = Identity::Role(name.clone());
            if role != *who
                && forms.any(|form| trust.contains(form))
                && self.may_assume(state, who, &own, &role)
            {
                ways.push(role);
            }
        }
        ways
    }

    /// Whether somebody may assume a role in a state, under some conditions at least:
    /// its trust policy lets it in, and it is allowed to or named there itself ("Policy
    /// evaluation logic",
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>).
    fn may_assume(&self, state: &State, who: &Identity, own: &str, role: &Identity) -> bool {
        let trust = state.roles.get(role.name());
        let trust = trust.and_then(|role| role.trust.document());
        let alone = trusting(own, "sts:AssumeRole");
        let asked = arn(state, role).and_then(|of_role| assuming(&of_role));
        let (Some(trust), Some(alone), Some(asked)) = (trust, alone, asked) else {
            return false;
        };
        let is_named = trust.to_json().contains(&format!("\"{own}\""));
        let trust = Access::trust(trust);
        if self.judge.some(&[&alone, &trust], &[]).is_no() {
            return false;
        }
        let asked = Access::document(&asked, iam_dsl::PolicyKind::Identity);
        let own = Powers::of(state, who, self.strangers).access();
        is_named || !self.judge.some(&[&asked, &own], &[]).is_no()
    }
}
