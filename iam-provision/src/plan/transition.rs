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
    let plain = |gives_way| way.proved(order::order(drafts.to_vec(), before, after, gives_way));
    let first = plain(GivesWay::Lost);
    if first.1.is_proved() {
        return way.bound(first);
    }
    let second = plain(GivesWay::Extra);
    if second.1.is_proved() {
        return way.bound(second);
    }
    let mut remedied = Vec::new();
    for remedy in [Remedies::Bridge, Remedies::Least] {
        for (ordered, proof) in [&first, &second] {
            let Some(found) = way.with(ordered, proof, remedy) else {
                continue;
            };
            if found.1.is_proved() {
                return way.bound(found);
            }
            remedied.push(found);
        }
    }
    way.bound(remedied.into_iter().fold(better(first, second), better))
}

/// The one of which less is not proved; of two alike the first.
fn better(first: (Ordered, OrderProof), second: (Ordered, OrderProof)) -> (Ordered, OrderProof) {
    if second.1.moments().len() < first.1.moments().len() {
        second
    } else {
        first
    }
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
    let way = Way {
        before,
        strangers,
        judge,
    };
    let ordered = order::order(drafts.to_vec(), before, after, GivesWay::Lost);
    way.bound(way.proved(ordered))
}

/// Which remedy is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedies {
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

    /// Calls, and what is proved of them.
    fn proved(&self, ordered: Ordered) -> (Ordered, OrderProof) {
        let proof = self.sequence(&ordered).prove();
        (ordered, proof)
    }

    /// Lets calls wait for each other where that is not proved to be needless.
    fn bound(&self, (mut ordered, proof): (Ordered, OrderProof)) -> (Ordered, OrderProof) {
        let mut waits = std::mem::take(&mut ordered.waits);
        self.sequence(&ordered).bind(&mut waits);
        ordered.waits = waits;
        (ordered, proof)
    }

    /// The calls with a remedy and what is proved of them; none where there is no
    /// such remedy.
    fn with(
        &self,
        plain: &Ordered,
        proof: &OrderProof,
        remedies: Remedies,
    ) -> Option<(Ordered, OrderProof)> {
        let narrowed = match remedies {
            Remedies::Bridge => {
                trust::narrowed_first(plain, self.before, &self.sequence(plain), self.judge)
            }
            Remedies::Least => None,
        };
        let narrowed = narrowed.map(|narrowed| self.proved(narrowed));
        if narrowed
            .as_ref()
            .is_some_and(|(_, proof)| proof.is_proved())
        {
            return narrowed;
        }
        let (ordered, proof) = match &narrowed {
            Some((ordered, proof)) => (ordered, proof),
            None => (plain, proof),
        };
        let sequence = self.sequence(ordered);
        let mut bridges: Vec<Bridge> = sequence
            .touched()
            .iter()
            .filter(|(identity, _)| self.may_be_remedied(identity, proof, remedies))
            .filter_map(|(on, calls)| {
                Bridge::of(&sequence, on.clone(), calls, remedies, self.judge)
            })
            .collect();
        if bridges.is_empty() {
            return narrowed;
        }
        if remedies == Remedies::Bridge {
            bridges.retain_mut(|bridge| bridge.fits() || self.is_cut_to_fit(ordered, bridge));
        }
        let (bridged, proof) = self.proved(inserted(ordered, &bridges));
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
        let (denied, more) = self.proved(inserted(ordered, &bridges));
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
