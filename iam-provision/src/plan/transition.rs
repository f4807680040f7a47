//! Where no order of the calls is safe: what bridges the change.
//!
//! Three remedies are tried, and the sequence with them is proved as any other:
//!
//! - a bridge: the denies of both states and the allows of the one after
//!   ([`bridge`]), with which any order is safe;
//! - a trust policy that changes both ways is narrowed first and widened last
//!   ([`trust`]);
//! - a deny: what some moment of the plan would allow beyond the states before
//!   and after is denied for the time of the change ([`least`]). It is the last,
//!   as it also refuses what the policy of a resource gives all along to whom it
//!   names itself, which the denies of the bridge leave alone.
//!
//! Deny and bridge are an inline policy of a reserved name that is put before the
//! first call that concerns the identity and deleted after the last. Where that
//! cannot be said, does not fit into the quota of inline policies, or is about
//! somebody who is not the bundle's, there is no remedy and the plan says so.
//!
//! After a crash the policy is still there; the next plan removes it after
//! everything else that concerns the identity, in an order that is proved again.

mod bridge;
mod least;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::diff::{Draft, most_inline};
use super::judge::Judge;
use super::operation::Operation;
use super::order::{self, GivesWay, Ordered};
use super::proof::{MomentKind, OrderProof, Point, Sequence};
use crate::document::PolicyText;
use crate::state::{Identity, State};
pub(crate) use trust::nobody;

/// The name of the inline policy, which no bundle may declare.
pub(crate) const NAME: &str = "iam-provision.transition";

/// Of how many statements those are sought that can be left out.
const CUTTABLE: usize = 40;

/// The calls in an order that is proved safe, if one is found.
pub(super) fn ordered(
    drafts: &[Draft],
    before: &State,
    after: &State,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> (Ordered, OrderProof) {
    let way = Way {
        before,
        strangers,
        judge,
    };
    let mut best: Option<(Ordered, OrderProof)> = None;
    for remedy in [Remedies::None, Remedies::Bridge, Remedies::Least] {
        for gives_way in [GivesWay::Lost, GivesWay::Extra] {
            let plain = order::order(drafts.to_vec(), before, after, gives_way);
            let Some((mut found, proof)) = way.with(plain, remedy) else {
                continue;
            };
            let is_better =
                |(_, other): &(Ordered, OrderProof)| proof.moments().len() < other.moments().len();
            if best.as_ref().is_none_or(is_better) {
                let mut waits = std::mem::take(&mut found.waits);
                way.sequence(&found).bind(&mut waits);
                found.waits = waits;
                let is_proved = proof.is_proved();
                best = Some((found, proof));
                if is_proved {
                    break;
                }
            }
        }
        if best.as_ref().is_some_and(|(_, proof)| proof.is_proved()) {
            break;
        }
    }
    best.unwrap_or_else(|| without_remedy(drafts, before, after, strangers, judge))
}

/// The calls in the order that gives nothing extra, and what is not proved of
/// it, without a remedy: for whoever may not be allowed to delete one again.
pub(super) fn without_remedy(
    drafts: &[Draft],
    before: &State,
    after: &State,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> (Ordered, OrderProof) {
    let mut ordered = order::order(drafts.to_vec(), before, after, GivesWay::Lost);
    let sequence = Sequence::new(before, &ordered.operations, strangers, judge);
    let proof = sequence.prove();
    sequence.bind(&mut ordered.waits);
    (ordered, proof)
}

/// Which remedy is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedies {
    None,
    Least,
    Bridge,
}

/// What is the same for every order that is tried.
struct Way<'w> {
    before: &'w State,
    strangers: &'w BTreeSet<Identity>,
    judge: &'w Judge,
}

impl<'w> Way<'w> {
    fn sequence<'s>(&'s self, ordered: &'s Ordered) -> Sequence<'s> {
        Sequence::new(self.before, &ordered.operations, self.strangers, self.judge)
    }

    /// The calls with a remedy and what is proved of them; none where there is no
    /// such remedy.
    fn with(&self, ordered: Ordered, remedies: Remedies) -> Option<(Ordered, OrderProof)> {
        let proof = self.sequence(&ordered).prove();
        if remedies == Remedies::None || proof.is_proved() {
            return Some((ordered, proof));
        }
        let narrowed = match remedies {
            Remedies::Bridge => {
                trust::narrowed_first(&ordered, self.before, &self.sequence(&ordered), self.judge)
            }
            _ => None,
        };
        let (ordered, proof, is_changed) = match narrowed {
            Some(narrowed) => {
                let proof = self.sequence(&narrowed).prove();
                (narrowed, proof, true)
            }
            None => (ordered, proof, false),
        };
        if proof.is_proved() {
            return Some((ordered, proof));
        }
        let sequence = self.sequence(&ordered);
        let mut bridges: Vec<Bridge> = sequence
            .touched()
            .into_iter()
            .filter(|(identity, _)| self.may_be_remedied(identity, &proof, remedies))
            .filter_map(|(on, calls)| Bridge::of(&sequence, on, &calls, remedies, self.judge))
            .collect();
        if bridges.is_empty() {
            return is_changed.then_some((ordered, proof));
        }
        if remedies == Remedies::Bridge {
            bridges.retain_mut(|bridge| bridge.fits() || self.is_cut_to_fit(&ordered, bridge));
        }
        let bridged = inserted(&ordered, &bridges);
        let proof = self.sequence(&bridged).prove();
        if proof.is_proved() || remedies == Remedies::Least {
            return Some((bridged, proof));
        }
        // What a boundary makes extra is denied beside the bridge.
        let over = self.sequence(&bridged);
        let touched = over.touched();
        let mut is_helped = false;
        for bridge in &mut bridges {
            if !is_concerned(&bridge.on, &proof, &[MomentKind::Extra]) {
                continue;
            }
            let calls = touched.get(&bridge.on).map(Vec::as_slice);
            is_helped |= bridge.deny_more(&over, calls.unwrap_or_default(), self.judge);
        }
        if !is_helped {
            return Some((bridged, proof));
        }
        let denied = inserted(&ordered, &bridges);
        let more = self.sequence(&denied).prove();
        Some(if more.moments().len() < proof.moments().len() {
            (denied, more)
        } else {
            (bridged, proof)
        })
    }

    /// Leaves out statements that nothing hangs on, the longest first, until the
    /// policy fits.
    fn is_cut_to_fit(&self, ordered: &Ordered, bridge: &mut Bridge) -> bool {
        let is_safe = |bridge: &Bridge| {
            let bridged = inserted(ordered, std::slice::from_ref(bridge));
            self.sequence(&bridged).is_safe_for(&bridge.on)
        };
        if bridge.statements.len() > CUTTABLE || !is_safe(bridge) {
            return false;
        }
        let length = |statement: &Value| std::cmp::Reverse(statement.to_string().len());
        bridge.statements.sort_by_key(length);
        let mut place = 0;
        while !bridge.fits() && place < bridge.statements.len() {
            let statement = bridge.statements.remove(place);
            if !is_safe(bridge) {
                bridge.statements.insert(place, statement);
                place += 1;
            }
        }
        bridge.fits()
    }

    fn may_be_remedied(&self, on: &Identity, proof: &OrderProof, remedies: Remedies) -> bool {
        let kinds: &[MomentKind] = match remedies {
            Remedies::Bridge => &[MomentKind::Extra, MomentKind::Lost],
            _ => &[MomentKind::Extra],
        };
        is_concerned(on, proof, kinds)
            && !self.strangers.contains(on)
            && !matches!(on, Identity::Group(_))
    }
}

fn is_concerned(on: &Identity, proof: &OrderProof, kinds: &[MomentKind]) -> bool {
    let who = on.to_string();
    let mut moments = proof.moments().iter();
    moments.any(|moment| moment.who() == who && kinds.contains(&moment.kind()))
}

/// A transitional policy of one identity.
struct Bridge {
    on: Identity,
    statements: Vec<Value>,
    /// The first and the last call that concern the identity.
    first: usize,
    last: usize,
    /// How many characters of inline policies there may be, and are without it.
    room: usize,
}

impl Bridge {
    fn of(
        sequence: &Sequence<'_>,
        on: Identity,
        calls: &[usize],
        remedies: Remedies,
        judge: &Judge,
    ) -> Option<Self> {
        // Whom a role lets in changes under a deny of what it has too much; a bridge
        // gives what it will have, and is not there while it lets in others.
        let changes = |call: &&usize| {
            !sequence.deletes(**call)
                && (remedies != Remedies::Bridge || !sequence.is_trust(**call))
        };
        let (first, last) = (*calls.iter().find(changes)?, *calls.iter().rfind(changes)?);
        let statements = match remedies {
            Remedies::Bridge => bridge::statements(&sequence.powers(&on, calls))?,
            _ => least::denying(&points(sequence, &on, calls), judge)?,
        };
        let room = most_inline(&on).checked_sub(sequence.most_inline_of(&on))?;
        let bridge = Self {
            on,
            statements,
            first,
            last,
            room,
        };
        (remedies == Remedies::Bridge || bridge.fits()).then_some(bridge)
    }

    /// Denies beside it what is still extra, if that can be said and fits.
    fn deny_more(&mut self, sequence: &Sequence<'_>, calls: &[usize], judge: &Judge) -> bool {
        let Some(more) = least::denying(&points(sequence, &self.on, calls), judge) else {
            return false;
        };
        let own = self.statements.len();
        self.statements.extend(more);
        if !self.fits() {
            self.statements.truncate(own);
        }
        self.statements.len() > own
    }

    fn fits(&self) -> bool {
        self.document().character_count() <= self.room
    }

    fn document(&self) -> PolicyText {
        let text = json!({"Version": "2012-10-17", "Statement": self.statements});
        PolicyText::from_json(&text.to_string())
    }

    fn put(&self) -> Operation {
        Operation::PutInline {
            on: self.on.clone(),
            name: NAME.to_owned(),
            document: self.document(),
        }
    }

    fn delete(&self) -> Operation {
        Operation::DeleteInline {
            on: self.on.clone(),
            name: NAME.to_owned(),
        }
    }
}

fn points<'s>(sequence: &'s Sequence<'_>, on: &Identity, calls: &[usize]) -> Vec<Point<'s>> {
    let points = calls.iter();
    points
        .filter_map(|call| sequence.point(on, call + 1))
        .collect()
}

/// The calls with the remedies among them. Whatever follows a remedy's call waits
/// for it, and it waits for whatever precedes it: no more may run at the same time.
fn inserted(ordered: &Ordered, bridges: &[Bridge]) -> Ordered {
    let mut around: BTreeMap<usize, (Vec<Operation>, Vec<Operation>)> = BTreeMap::new();
    for bridge in bridges {
        around.entry(bridge.first).or_default().0.push(bridge.put());
        around
            .entry(bridge.last)
            .or_default()
            .1
            .push(bridge.delete());
    }
    // One that a crash left is replaced.
    let is_left = |operation: &Operation| bridges.iter().any(|b| *operation == b.delete());
    ordered.with_calls(&around, &is_left)
}
