//! Where no order of the calls is safe: the transitional deny.
//!
//! What some moment of the plan would allow beyond the states before and after
//! is denied for the time of the change, in an inline policy of a reserved name
//! that is put before the first call that concerns the identity and deleted
//! after the last. It denies nothing that both states allow, and the sequence
//! with it is proved as any other. Where that cannot be said by statements of
//! the policies concerned, does not fit into the quota of inline policies, or is
//! about somebody who is not the bundle's, there is no remedy and the plan says so.
//!
//! After a crash the policy is still there; the next plan removes it in an order
//! that is proved again.

use std::collections::BTreeSet;

use iam_dsl::Document;
use serde_json::json;

use super::diff::{Draft, most_inline};
use super::judge::{Finding, Judge};
use super::operation::Operation;
use super::order::{self, GivesWay, Ordered};
use super::powers::set;
use super::proof::{MomentKind, OrderProof, Point, Sequence};
use crate::document::{Effect, OneStatement, PolicyText};
use crate::state::{Identity, State};

/// The name of the inline policy, which no bundle may declare.
pub(crate) const NAME: &str = "iam-provision.transition";

/// How many statements are looked at for one identity.
const CANDIDATES: usize = 64;

/// The calls in an order that is proved safe, if one is found.
pub(super) fn ordered(
    drafts: &[Draft],
    before: &State,
    after: &State,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> (Ordered, OrderProof) {
    let try_with = |gives_way| {
        let ordered = order::order(drafts.to_vec(), before, after, gives_way);
        proved(ordered, before, strangers, judge)
    };
    let first = try_with(GivesWay::Lost);
    if first.1.is_proved() {
        return first;
    }
    let second = try_with(GivesWay::Extra);
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
    let mut ordered = order::order(drafts.to_vec(), before, after, GivesWay::Lost);
    let sequence = Sequence::new(before, &ordered.operations, strangers, judge);
    let proof = sequence.prove();
    sequence.bind(&mut ordered.waits);
    (ordered, proof)
}

/// The calls in an order that is proved, with transitional denies where they
/// help, and what is not proved of it.
fn proved(
    mut ordered: Ordered,
    before: &State,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> (Ordered, OrderProof) {
    let sequence = Sequence::new(before, &ordered.operations, strangers, judge);
    let proof = sequence.prove();
    let concerned: BTreeSet<&str> = proof
        .moments()
        .iter()
        .filter(|moment| moment.kind() == MomentKind::Extra)
        .map(|moment| moment.who())
        .collect();
    let remedies: Vec<Remedy> = sequence
        .touched()
        .into_iter()
        .filter(|(identity, _)| {
            concerned.contains(identity.to_string().as_str())
                && !strangers.contains(identity)
                && !matches!(identity, Identity::Group(_))
        })
        .filter_map(|(identity, calls)| Remedy::of(&sequence, identity, &calls, judge))
        .collect();
    if !remedies.is_empty() {
        let mut remedied = inserted(&ordered, &remedies);
        let sequence = Sequence::new(before, &remedied.operations, strangers, judge);
        let with = sequence.prove();
        if with.moments().len() < proof.moments().len() {
            sequence.bind(&mut remedied.waits);
            return (remedied, with);
        }
    }
    sequence.bind(&mut ordered.waits);
    (ordered, proof)
}

/// A transitional deny of one identity.
struct Remedy {
    on: Identity,
    document: PolicyText,
    /// The first and the last call that concern the identity.
    first: usize,
    last: usize,
}

impl Remedy {
    fn of(sequence: &Sequence<'_>, on: Identity, calls: &[usize], judge: &Judge) -> Option<Self> {
        let ends = |call: &&usize| !sequence.deletes(**call);
        let (first, last) = (*calls.iter().find(ends)?, *calls.iter().rfind(ends)?);
        let points: Vec<Point<'_>> = calls
            .iter()
            .filter_map(|call| sequence.point(&on, call + 1))
            .collect();
        let statements = denying(&points, judge)?;
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = PolicyText::from_json(&text);
        let inline = sequence.most_inline_of(&on);
        (inline + document.character_count() <= most_inline(&on)).then_some(Self {
            on,
            document,
            first,
            last,
        })
    }
}

/// The statements that deny what these points allow too much, and nothing that
/// is allowed before and after.
fn denying(points: &[Point<'_>], judge: &Judge) -> Option<Vec<serde_json::Value>> {
    let candidates = candidates(points);
    let mut denied: Vec<Document> = Vec::new();
    let mut statements = Vec::new();
    for point in points {
        let (before, after) = (
            point.pinned(point.before.access()),
            point.pinned(point.after.access()),
        );
        for bound in point.upper() {
            for candidate in &candidates {
                match bound.ask_without(judge, &denied) {
                    Finding::No => break,
                    Finding::Yes(_) => {}
                    Finding::Unknown(_) => return None,
                }
                let (Some(this), Some(statement)) = (candidate.as_allow(), candidate.as_deny())
                else {
                    continue;
                };
                let alone = set([&this]);
                let is_kept = judge.some(&[&before, &after, &alone], &[]).is_no();
                if is_kept && bound.meets(judge, &alone, &denied) {
                    denied.push(this);
                    statements.push(statement);
                }
            }
            if !bound.ask_without(judge, &denied).is_no() {
                return None;
            }
        }
    }
    (!statements.is_empty()).then_some(statements)
}

/// The statements of which one may name the excess: denies that are lifted for
/// a moment, whatever is allowed in between, and these action by action.
fn candidates(points: &[Point<'_>]) -> Vec<OneStatement> {
    let mut texts: Vec<(&PolicyText, Effect)> = Vec::new();
    for point in points {
        for (powers, effect) in [
            (&point.before, Effect::Deny),
            (&point.after, Effect::Deny),
            (&point.now, Effect::Allow),
        ] {
            texts.extend(powers.documents().iter().map(|text| (*text, effect)));
        }
    }
    let mut whole: Vec<OneStatement> = Vec::new();
    for (text, effect) in texts {
        for statement in text.statements() {
            if statement.effect == effect && !whole.iter().any(|other| other.means_what(&statement))
            {
                whole.push(statement);
            }
        }
    }
    let pieces: Vec<OneStatement> = whole.iter().flat_map(OneStatement::by_action).collect();
    whole.extend(pieces);
    whole.truncate(CANDIDATES);
    whole
}

/// The calls with the remedies among them. Whatever follows a remedy's call waits
/// for it, and it waits for whatever precedes it: no more may run at the same time.
fn inserted(ordered: &Ordered, remedies: &[Remedy]) -> Ordered {
    let mut operations = Vec::new();
    let mut waits: Vec<Vec<usize>> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    let mut barrier: Option<usize> = None;
    for (index, operation) in ordered.operations.iter().enumerate() {
        for remedy in remedies.iter().filter(|remedy| remedy.first == index) {
            barrier = Some(operations.len());
            waits.push((0..operations.len()).collect());
            operations.push(Operation::PutInline {
                on: remedy.on.clone(),
                name: NAME.to_owned(),
                document: remedy.document.clone(),
            });
        }
        let own = ordered.waits.get(index).into_iter().flatten();
        let mut own: Vec<usize> = own
            .filter_map(|other| places.get(*other).copied())
            .collect();
        own.extend(barrier);
        own.sort_unstable();
        own.dedup();
        places.push(operations.len());
        waits.push(own);
        operations.push(operation.clone());
        for remedy in remedies.iter().filter(|remedy| remedy.last == index) {
            barrier = Some(operations.len());
            waits.push((0..operations.len()).collect());
            operations.push(Operation::DeleteInline {
                on: remedy.on.clone(),
                name: NAME.to_owned(),
            });
        }
    }
    Ordered { operations, waits }
}
