//! The order of a plan, proved: no prefix allows what neither the state before
//! nor the one after allows, and none refuses what both allow.
//!
//! For every user and role that the plan touches, everything it has after each
//! step is compared with what it has before and after the plan. What somebody
//! reaches by assuming a role counts as theirs: while a role lets in whom it
//! will not let in, it has no more than before; once it lets in whom it did
//! not, no more than after; and the same of users whose own permission to
//! assume it changes, or whose tags do that its trust policy asks about. Sessions
//! of a role that live on are those of the role: IAM decides each of their requests
//! anew.
//!
//! # Limits
//!
//! - It is about the order in which IAM accepts the calls, with no other writer.
//!   IAM propagates changes one after the other in no promised order, and
//!   reading them back proves nothing about enforcement;
//!   [`ApplyOptions::settle`](crate::ApplyOptions::settle) waits between phases.
//! - Policies of AWS's are read where the proof hangs on them. Of the others it
//!   holds whatever they allow; of those that come and go only those of quarantine
//!   are taken to deny.
//! - What somebody has in one way before and in another after, by itself or through
//!   a role, is kept in between for the bundle's own users and roles, where the
//!   policies do not ask who it is.
//! - Owners of resources are taken to leave decisions to the account; service
//!   control policies are not read. Both can only take from what is compared,
//!   but for a resource's policy that names the identity itself.
//! - A user's name and tags are put into the policies that ask about them. The
//!   tags of a role's sessions are not known: where its policies ask about them and
//!   they change with the policies, that is told as unknown. So is a path that
//!   changes with policies that ask about ARNs. What conditions ask about the tags
//!   of resources is not proved.
//! - A change within one document has no moment in between.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use iam_dsl::Document;
use iam_dsl::analyze::Access;

use super::access::{example, only, touched};
use super::judge::{Finding, Judge};
use super::operation::Operation;
use super::powers::{Powers, Says, Unread, set};
use super::{Note, NoteKind, transition};
use crate::state::{Holder, Identity, State};

/// How many ways in which policies that are not read may decide are tried.
const WAYS: usize = 27;

/// Of how many calls that may run at the same time each choice is proved; more
/// run one after the other.
const TOGETHER: usize = 5;

/// What is known of the order of a plan's steps: the moments at which it is not
/// proved safe. None means that it is proved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderProof {
    moments: Vec<Moment>,
}

impl OrderProof {
    /// Whether every prefix is proved to give nothing extra and to lose nothing.
    pub fn is_proved(&self) -> bool {
        self.moments.is_empty()
    }

    /// The notes that tell of it.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        let each = self.moments.iter();
        each.map(|moment| {
            let kind = match moment.kind {
                MomentKind::Sessions => NoteKind::Sessions,
                _ => NoteKind::Moment,
            };
            Note::new(kind, moment.to_string())
        })
    }

    /// Whether it is but for sessions that live on, which no order changes.
    #[cfg(test)]
    pub(super) fn is_ordered(&self) -> bool {
        let mut all = self.moments.iter();
        all.all(|moment| moment.kind == MomentKind::Sessions)
    }

    /// The same of the calls at other places.
    pub(super) fn moved(mut self, to: impl Fn(usize) -> usize) -> Self {
        for moment in &mut self.moments {
            moment.after = to(moment.after.saturating_sub(1)) + 1;
        }
        self
    }

    /// With moments that are found beside the proof.
    pub(super) fn with(mut self, moments: Vec<Moment>) -> Self {
        self.moments.extend(moments);
        self.moments.sort_by_key(|moment| moment.after);
        self
    }

    /// The moments at which it is not, in the order of the steps.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }
}

/// A moment between two steps at which somebody may have more than before and
/// after the plan, or less than both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    kind: MomentKind,
    after: usize,
    who: String,
    what: String,
}

/// The kinds of [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MomentKind {
    /// A request is allowed that neither the state before nor the one after allows.
    Extra,
    /// A request is refused that both allow.
    Lost,
    /// Neither is proved nor ruled out.
    Unknown,
    /// A role is given more while it stops letting somebody in, whose sessions live on.
    Sessions,
}

impl MomentKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extra => "extra",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::Sessions => "sessions",
        }
    }
}

impl Moment {
    pub(super) fn new(kind: MomentKind, after: usize, who: String, what: String) -> Self {
        Self {
            kind,
            after,
            who,
            what,
        }
    }

    /// Whether something is extra, lost, or not known, or in sessions that live on.
    pub fn kind(&self) -> MomentKind {
        self.kind
    }

    /// The number of the step, from 1, after which it is so.
    pub fn after_step(&self) -> usize {
        self.after
    }

    /// Whom it concerns, such as `user ann`.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// A request that shows it, or why nothing is known.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            after, who, what, ..
        } = self;
        match self.kind {
            MomentKind::Extra => write!(
                f,
                "after step {after} {who} may do for a moment what neither the state before nor the one after allows: {what}"
            ),
            MomentKind::Lost => write!(
                f,
                "after step {after} {who} may not do for a moment what the states before and after both allow: {what}"
            ),
            MomentKind::Unknown => write!(
                f,
                "after step {after} it is not known whether {who} has more or less than before and after: {what}"
            ),
            MomentKind::Sessions => write!(
                f,
                "from step {after} on sessions of {who} that live on give what it gets to those whom it no longer lets in: {what}"
            ),
        }
    }
}

/// The prefixes of a sequence of calls.
pub(super) struct Sequence<'s> {
    /// The state before the first call, and after each.
    states: Vec<State>,
    operations: &'s [Operation],
    strangers: &'s BTreeSet<Identity>,
    judge: &'s Judge,
    touched: BTreeMap<Identity, Vec<usize>>,
    /// What was asked before.
    known: RefCell<HashMap<String, Option<(MomentKind, String)>>>,
}

/// What an upper bound is asked of: everything that `all` allows one of `none` does.
pub(super) struct Bound {
    pub(super) all: Vec<Access>,
    pub(super) none: Vec<Access>,
}

/// One identity at one prefix, with what it has before, then and after.
pub(super) struct Point<'p> {
    pub(super) before: Powers<'p>,
    pub(super) now: Powers<'p>,
    pub(super) after: Powers<'p>,
    pub(super) pin: Option<Document>,
    /// For a role: whether at this point it may have no more than before, and no
    /// more than after, because of whom it lets in.
    pub(super) within: (bool, bool),
}

impl<'s> Sequence<'s> {
    pub(super) fn new(
        before: &State,
        operations: &'s [Operation],
        strangers: &'s BTreeSet<Identity>,
        judge: &'s Judge,
    ) -> Self {
        let mut states = vec![before.clone()];
        let mut now = before.clone();
        for operation in operations {
            now.perform(operation);
            states.push(now.clone());
        }
        let mut sequence = Self {
            states,
            operations,
            strangers,
            judge,
            touched: BTreeMap::new(),
            known: RefCell::default(),
        };
        sequence.touched = sequence.find_touched();
        sequence
    }

    /// Everybody whose policies some call changes, and after which calls.
    pub(super) fn touched(&self) -> &BTreeMap<Identity, Vec<usize>> {
        &self.touched
    }

    fn find_touched(&self) -> BTreeMap<Identity, Vec<usize>> {
        let mut all: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let Some(state) = self.states.get(index) else {
                continue;
            };
            let mut these = touched(operation, state);
            match operation {
                Operation::UpdateTrust { name, .. } => {
                    these.insert(Identity::Role(name.clone()));
                }
                // Its policies may ask about its tags.
                Operation::Tag { on, .. } | Operation::Untag { on, .. }
                    if Powers::of(state, on, self.strangers).is_personal() =>
                {
                    these.insert(on.clone());
                }
                _ => {}
            }
            for identity in these {
                all.entry(identity).or_default().push(index);
            }
        }
        all
    }

    /// Whether a call deletes a user or role, which ends what it has.
    pub(super) fn deletes(&self, call: usize) -> bool {
        let operation = self.operations.get(call);
        matches!(
            operation,
            Some(Operation::DeleteUser { .. } | Operation::DeleteRole { .. })
        )
    }

    /// Whether a call changes a trust policy.
    pub(super) fn is_trust(&self, call: usize) -> bool {
        let operation = self.operations.get(call);
        matches!(operation, Some(Operation::UpdateTrust { .. }))
    }

    /// What an identity has before the first of its calls and after each.
    pub(super) fn powers(&self, identity: &Identity, calls: &[usize]) -> Vec<Powers<'_>> {
        let places = std::iter::once(0).chain(calls.iter().map(|call| call + 1));
        let states = places.filter_map(|place| self.states.get(place));
        states
            .map(|state| Powers::of(state, identity, self.strangers))
            .collect()
    }

    /// The most characters of inline policies that an identity has at some point,
    /// without what bridges a transition.
    pub(super) fn most_inline_of(&self, identity: &Identity) -> usize {
        let holders = self.states.iter().filter_map(|s| s.holder(identity));
        let count = |holder: &Holder| -> usize {
            let inline = holder.inline.iter();
            let own = inline.filter(|(name, _)| *name != transition::NAME);
            own.map(|(_, text)| text.character_count()).sum()
        };
        holders.map(count).max().unwrap_or(0)
    }

    /// The proof, moment by moment; of each identity the first moment of a kind.
    pub(super) fn prove(&self) -> OrderProof {
        let mut moments: Vec<Moment> = Vec::new();
        for (identity, calls) in self.touched() {
            for call in calls {
                for (kind, what) in self.at(identity, call + 1) {
                    let who = identity.to_string();
                    if moments.iter().any(|m| m.kind == kind && m.who == who) {
                        continue;
                    }
                    moments.push(Moment {
                        kind,
                        after: call + 1,
                        who,
                        what,
                    });
                }
            }
        }
        moments.extend(self.let_in());
        moments.extend(self.assumed());
        moments.extend(self.gated());
        moments.extend(self.moved());
        moments.extend(self.reached());
        moments.sort_by_key(|moment| moment.after);
        OrderProof { moments }
    }

    /// Whether everything is proved of one identity.
    pub(super) fn is_safe_for(&self, identity: &Identity) -> bool {
        let touched = self.touched();
        let mut calls = touched.get(identity).into_iter().flatten();
        calls.all(|call| self.at(identity, call + 1).is_empty())
    }

    /// What an identity has after so many calls.
    pub(super) fn point(&self, identity: &Identity, calls: usize) -> Option<Point<'_>> {
        self.point_in(identity, self.states.get(calls)?)
    }

    fn point_in<'p>(&'p self, identity: &Identity, now: &'p State) -> Option<Point<'p>> {
        let (first, last) = (self.states.first()?, self.states.last()?);
        let of = |state| Powers::of(state, identity, self.strangers);
        let (before, now_has, after) = (of(first), of(now), of(last));
        let is_personal = [&before, &now_has, &after].iter().any(|p| p.is_personal());
        let pin = is_personal
            .then(|| only(now, identity).or_else(|| only(last, identity)))
            .flatten();
        Some(Point {
            within: self.within(identity, now),
            before,
            now: now_has,
            after,
            pin,
        })
    }

    fn at(&self, identity: &Identity, calls: usize) -> Vec<(MomentKind, String)> {
        let now = self.states.get(calls);
        now.map(|now| self.in_state(identity, now))
            .unwrap_or_default()
    }

    fn in_state(&self, identity: &Identity, now: &State) -> Vec<(MomentKind, String)> {
        let Some(point) = self.point_in(identity, now) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let bounds = point.bounds();
        if !bounds.is_empty() && self.open_tags_change(identity, &point, now) {
            let why = "its policies ask about its tags, which change as well";
            found.push((MomentKind::Unknown, why.to_owned()));
        }
        for bound in bounds {
            let question = format!("{:?} {bound:?}", point.key());
            let known = self.known.borrow().get(&question).cloned();
            let answer = known.unwrap_or_else(|| point.ask(bound, self.judge));
            self.known.borrow_mut().insert(question, answer.clone());
            found.extend(answer);
        }
        found
    }

    /// Lets calls wait for each other that concern the same identity and may run
    /// at the same time, unless that is proved safe too: whichever of them are done.
    pub(super) fn bind(&self, waits: &mut [Vec<usize>]) {
        let mut earlier: Vec<BTreeSet<usize>> = Vec::with_capacity(waits.len());
        for own in waits.iter() {
            let of = |other: &usize| earlier.get(*other).into_iter().flatten().copied();
            let all = own.iter().flat_map(|other| of(other).chain([*other]));
            earlier.push(all.collect());
        }
        for (first, then) in self.gated_pairs() {
            if let Some(own) = waits.get_mut(then)
                && !own.contains(&first)
            {
                own.push(first);
            }
        }
        for (identity, calls) in self.touched() {
            if self.may_run_together(identity, calls, &earlier) {
                continue;
            }
            for pair in calls.windows(2) {
                if let [first, then] = pair
                    && let Some(own) = waits.get_mut(*then)
                    && !own.contains(first)
                {
                    own.push(*first);
                }
            }
        }
    }

    fn may_run_together(
        &self,
        identity: &Identity,
        calls: &[usize],
        earlier: &[BTreeSet<usize>],
    ) -> bool {
        let before = |call: usize| earlier.get(call).into_iter().flatten().copied();
        let is_chain = calls
            .windows(2)
            .all(|pair| matches!(pair, [first, then] if before(*then).any(|c| c == *first)));
        if is_chain {
            return true;
        }
        if calls.len() > TOGETHER {
            return false;
        }
        (0..1_usize << calls.len()).all(|which| {
            let chosen = calls.iter().enumerate();
            let chosen: BTreeSet<usize> = chosen
                .filter(|(place, _)| which & (1 << place) != 0)
                .map(|(_, call)| *call)
                .collect();
            let done: BTreeSet<usize> =
                chosen.iter().flat_map(|c| before(*c).chain([*c])).collect();
            // Only what can be done without the others.
            if calls
                .iter()
                .any(|call| done.contains(call) != chosen.contains(call))
            {
                return true;
            }
            let Some(mut state) = self.states.first().cloned() else {
                return true;
            };
            for operation in done.iter().filter_map(|call| self.operations.get(*call)) {
                state.perform(operation);
            }
            self.in_state(identity, &state).is_empty()
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Extra,
    ExtraForThoseWhoLeave,
    ExtraForThoseWhoCome,
    Lost,
}

impl Point<'_> {
    /// What tells two points apart.
    fn key(&self) -> String {
        let Self {
            before,
            now,
            after,
            pin,
            within,
        } = self;
        format!("{pin:?} {within:?} {before:?} {now:?} {after:?}")
    }

    pub(super) fn pinned(&self, access: Access) -> Access {
        match &self.pin {
            Some(pin) => access.and_identity(pin),
            None => access,
        }
    }

    fn bounds(&self) -> Vec<Which> {
        let (was, will) = (self.now == self.before, self.now == self.after);
        let mut all = Vec::new();
        if !was && !will {
            all.extend([Which::Extra, Which::Lost]);
        }
        if self.within.0 && !was {
            all.push(Which::ExtraForThoseWhoLeave);
        }
        if self.within.1 && !will {
            all.push(Which::ExtraForThoseWhoCome);
        }
        all
    }

    /// The upper bounds with what is read: `transition` denies what they find.
    pub(super) fn upper(&self) -> Vec<Bound> {
        let uppers = self.bounds().into_iter();
        let uppers = uppers.filter(|which| !matches!(which, Which::Lost));
        uppers
            .map(|which| self.bound(which, &BTreeMap::new()))
            .collect()
    }

    fn bound(&self, which: Which, says: &BTreeMap<&str, Says>) -> Bound {
        let of = |powers: &Powers<'_>| self.pinned(powers.access_if(says));
        let (before, now, after) = (of(&self.before), of(&self.now), of(&self.after));
        let (all, none) = match which {
            Which::Extra => (vec![now], vec![before, after]),
            Which::ExtraForThoseWhoLeave => (vec![now], vec![before]),
            Which::ExtraForThoseWhoCome => (vec![now], vec![after]),
            Which::Lost => (vec![before, after], vec![now]),
        };
        Bound { all, none }
    }

    /// Whether a bound is kept, whatever says what is not read.
    fn ask(&self, which: Which, judge: &Judge) -> Option<(MomentKind, String)> {
        let unread = self.unread();
        let ways = match self.ways(&unread) {
            Ok(ways) => ways,
            Err(why) => return Some((MomentKind::Unknown, why)),
        };
        for says in ways {
            let witness = match self.bound(which, &says).ask(judge) {
                Finding::No => continue,
                Finding::Unknown(why) => return Some((MomentKind::Unknown, why)),
                Finding::Yes(witness) => witness,
            };
            if !unread.is_empty() {
                let names: Vec<&str> = unread.keys().copied().collect();
                let why = format!(
                    "{} hangs on what {} says, which is not read",
                    example(&witness),
                    names.join(" and ")
                );
                return Some((MomentKind::Unknown, why));
            }
            let (kind, whom) = match which {
                Which::Lost => (MomentKind::Lost, ""),
                Which::Extra => (MomentKind::Extra, ""),
                Which::ExtraForThoseWhoLeave => {
                    (MomentKind::Extra, " by those whom it will no longer let in")
                }
                Which::ExtraForThoseWhoCome => {
                    (MomentKind::Extra, " by those whom it newly lets in")
                }
            };
            return Some((kind, format!("{}{whom}", example(&witness))));
        }
        None
    }

    fn unread(&self) -> BTreeMap<&str, Unread> {
        let all = [&self.before, &self.now, &self.after].into_iter();
        all.flat_map(Powers::unread).collect()
    }

    /// Every way in which what is not read may decide a request. Of each request
    /// a document says one of three things, so that what holds in every way holds
    /// for every document. Those of a kind that come and go together are as one.
    fn ways<'n>(
        &self,
        unread: &BTreeMap<&'n str, Unread>,
    ) -> Result<Vec<BTreeMap<&'n str, Says>>, String> {
        let mut together: BTreeMap<(Unread, [bool; 3]), Vec<&'n str>> = BTreeMap::new();
        for (name, kind) in unread {
            let is_there = [&self.before, &self.now, &self.after]
                .map(|powers| powers.unread().contains_key(name));
            together.entry((*kind, is_there)).or_default().push(name);
        }
        let mut ways: Vec<BTreeMap<&'n str, Says>> = vec![BTreeMap::new()];
        for ((kind, is_there), names) in together {
            let says: &[Says] = match kind {
                // What is refused all along is neither extra nor lost.
                _ if is_there == [true; 3] => &[Says::Nothing, Says::Allow],
                Unread::OfAws => &[Says::Nothing, Says::Allow],
                Unread::Quarantine => &[Says::Nothing, Says::Deny],
                Unread::Boundary => &[Says::Allow, Says::Deny],
                Unread::Other => &[Says::Nothing, Says::Allow, Says::Deny],
            };
            let with = |way: &BTreeMap<&'n str, Says>, says: Says| {
                let mut way = way.clone();
                way.extend(names.iter().map(|name| (*name, says)));
                way
            };
            ways = ways
                .iter()
                .flat_map(|way| says.iter().map(|says| with(way, *says)))
                .collect();
            if ways.len() > WAYS {
                return Err(format!("{} are not read", names.join(", ")));
            }
        }
        Ok(ways)
    }

    /// What the plan gives beyond a ceiling, or why that is not known.
    pub(super) fn over(&self, ceiling: &Access, judge: &Judge) -> Option<String> {
        let beyond = |bound: &mut Bound| bound.none.push(ceiling.clone());
        match self.breaks(Which::ExtraForThoseWhoLeave, &beyond, judge) {
            Finding::No => None,
            Finding::Yes(witness) => Some(example(&witness)),
            Finding::Unknown(why) => Some(format!("that is not known: {why}")),
        }
    }

    /// A request that is needed, allowed before and not allowed now.
    pub(super) fn loses(&self, needed: &Access, judge: &Judge) -> Finding {
        let of = |bound: &mut Bound| {
            std::mem::swap(&mut bound.all, &mut bound.none);
            bound.all.push(needed.clone());
        };
        self.breaks(Which::ExtraForThoseWhoLeave, &of, judge)
    }

    /// Asks a bound that is changed first, whatever says what is not read.
    fn breaks(&self, which: Which, change: &dyn Fn(&mut Bound), judge: &Judge) -> Finding {
        if self.now == self.before {
            return Finding::No;
        }
        let unread = self.unread();
        let ways = match self.ways(&unread) {
            Ok(ways) => ways,
            Err(why) => return Finding::Unknown(why),
        };
        for says in ways {
            let mut bound = self.bound(which, &says);
            change(&mut bound);
            match bound.ask(judge) {
                Finding::No => {}
                Finding::Yes(witness) if !unread.is_empty() => {
                    let names: Vec<&str> = unread.keys().copied().collect();
                    return Finding::Unknown(format!(
                        "{} hangs on what {} says, which is not read",
                        example(&witness),
                        names.join(" and ")
                    ));
                }
                other => return other,
            }
        }
        Finding::No
    }

    /// Whether it is not proved that what this identity has now, of what a
    /// document allows, is within what it has before, or after.
    fn exceeds(&self, which: Which, of: Option<&Document>, judge: &Judge) -> bool {
        let than = match which {
            Which::ExtraForThoseWhoLeave => &self.before,
            _ => &self.after,
        };
        if self.now == *than {
            return false;
        }
        let Ok(ways) = self.ways(&self.unread()) else {
            return true;
        };
        ways.iter().any(|says| {
            let mut bound = self.bound(which, says);
            if let Some(document) = of {
                bound.all = bound
                    .all
                    .into_iter()
                    .map(|a| a.boundary(document))
                    .collect();
            }
            !bound.ask(judge).is_no()
        })
    }
}

impl Bound {
    pub(super) fn ask(&self, judge: &Judge) -> Finding {
        self.ask_without(judge, &[])
    }

    /// Whether some of what breaks it and is not denied yet is of this access.
    pub(super) fn meets(&self, judge: &Judge, of: &Access, denied: &[Document]) -> bool {
        let denied = set(denied);
        let all: Vec<&Access> = self.all.iter().chain([of]).collect();
        let none: Vec<&Access> = self.none.iter().chain([&denied]).collect();
        matches!(judge.some(&all, &none), Finding::Yes(_))
    }

    /// The same of what these documents, as Allows, do not name.
    pub(super) fn ask_without(&self, judge: &Judge, denied: &[Document]) -> Finding {
        let all: Vec<&Access> = self.all.iter().collect();
        let denied = set(denied);
        let mut none: Vec<&Access> = self.none.iter().collect();
        none.push(&denied);
        judge.some(&all, &none)
    }
}

mod assumed;
#[cfg(test)]
pub(super) mod judged;
mod moved;
mod reached;
mod tags;
#[cfg(test)]
mod tests;
mod trust;
