//! Whom a role lets in, at each prefix.

use super::{Moment, MomentKind, Sequence};
use crate::document::PolicyText;
use crate::plan::access::example;
use crate::plan::judge::Finding;
use crate::plan::operation::Operation;
use crate::state::{Identity, State};
use iam_dsl::analyze::Access;

impl Sequence<'_> {
    /// Whether, after a call, a role may no longer let in somebody whom it let in
    /// before the plan.
    pub(in crate::plan) fn no_longer_lets_in(&self, role: &str, call: usize) -> bool {
        let trust = |state: Option<&State>| Some(state?.roles.get(role)?.trust.document()?.clone());
        match (trust(self.states.first()), trust(self.states.get(call + 1))) {
            (Some(before), Some(now)) => {
                let (before, now) = (Access::trust(&before), Access::trust(&now));
                !self.judge.some(&[&before], &[&now]).is_no()
            }
            _ => true,
        }
    }

    /// Whether a role may have no more than before, and no more than after,
    /// because it still lets in somebody whom it will not, or already lets in
    /// somebody whom it did not.
    pub(super) fn within(&self, identity: &Identity, now: &State) -> (bool, bool) {
        let Identity::Role(name) = identity else {
            return (false, false);
        };
        let trust = |state: Option<&State>| {
            let text = &state?.roles.get(name)?.trust;
            Some(text.clone())
        };
        let now = trust(Some(now));
        let (Some(before), Some(now), Some(after)) =
            (trust(self.states.first()), now, trust(self.states.last()))
        else {
            // Nobody assumes what is not there.
            return (false, false);
        };
        let lets_in_more = |this: &PolicyText, than: &PolicyText| {
            if this.means_the_same_as(than) {
                return false;
            }
            match (this.document(), than.document()) {
                (Some(this), Some(than)) => {
                    let (this, than) = (Access::trust(this), Access::trust(than));
                    !self.judge.some(&[&this], &[&than]).is_no()
                }
                _ => true,
            }
        };
        (lets_in_more(&now, &after), lets_in_more(&now, &before))
    }

    /// The moments at which a role lets in whom neither its trust policy before
    /// nor the one after does, or not whom both do. There are such only where the
    /// plan changes it more than once.
    pub(super) fn let_in(&self) -> Vec<Moment> {
        let mut moments: Vec<Moment> = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let Operation::UpdateTrust { name, .. } = operation else {
                continue;
            };
            let trust = |state: Option<&State>| Some(state?.roles.get(name)?.trust.clone());
            let (Some(before), Some(now), Some(after)) = (
                trust(self.states.first()),
                trust(self.states.get(index + 1)),
                trust(self.states.last()),
            ) else {
                continue;
            };
            if now.means_the_same_as(&after) || now.means_the_same_as(&before) {
                continue;
            }
            let who = Identity::Role(name.clone()).to_string();
            let mut tell = |kind, what: String| {
                moments.push(Moment {
                    kind,
                    after: index + 1,
                    who: who.clone(),
                    what,
                });
            };
            let read = [&before, &now, &after].map(PolicyText::document);
            let [Some(before), Some(now), Some(after)] = read else {
                tell(
                    MomentKind::Unknown,
                    "a trust policy cannot be read".to_owned(),
                );
                continue;
            };
            let [before, now, after] = [before, now, after].map(Access::trust);
            for (kind, all, none) in [
                (MomentKind::Extra, vec![&now], vec![&before, &after]),
                (MomentKind::Lost, vec![&before, &after], vec![&now]),
            ] {
                match self.judge.some(&all, &none) {
                    Finding::No => {}
                    Finding::Yes(witness) => tell(kind, example(&witness)),
                    Finding::Unknown(why) => tell(MomentKind::Unknown, why),
                }
            }
        }
        moments
    }
}
