//! The least that helps: what some moment allows too much is denied, by statements
//! of the policies concerned.

use iam_dsl::Document;
use serde_json::Value;

use crate::document::{Effect, OneStatement, PolicyText};
use crate::plan::judge::{Finding, Judge};
use crate::plan::powers::set;
use crate::plan::proof::Point;

/// How many statements are looked at for one identity.
const CANDIDATES: usize = 64;

/// The statements that deny what these points allow too much, and nothing that
/// is allowed before and after.
pub(super) fn denying(points: &[Point<'_>], judge: &Judge) -> Option<Vec<Value>> {
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
                let alone = set([&*point.now.reading(&this)]);
                let is_kept = judge.some(&[&before, &after, &alone], &[]).is_no();
                if is_kept && bound.meets(judge, &alone, &denied) {
                    denied.push(point.now.reading(&this).into_owned());
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
