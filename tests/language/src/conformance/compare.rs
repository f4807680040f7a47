//! `name, new, reference, expected`: whether one policy, or set of policies, allows
//! what the other does not. `kind` tells the kind of lone documents; without it
//! they are policies of identities.

use iam_dsl::PolicyKind;
use iam_dsl::analyze::Analysis;
use serde_json::Value;

use super::tally::Tally;
use super::{Held, member};
use crate::prove::engine::{Answer, answer};
use crate::prove::random::Random;
use crate::prove::search::Pair;
use crate::prove::sets::Set;

/// How many requests attack a claim that there is no new access.
const REQUESTS: usize = 200;

pub(super) fn check(case: &Value, tally: &mut Tally) -> Result<Held, String> {
    let kind = match case.get("kind").and_then(Value::as_str) {
        None | Some("identity") => PolicyKind::Identity,
        Some("resource") => PolicyKind::Resource,
        Some("trust") => PolicyKind::Trust,
        Some(other) => return Err(format!("`{other}` is no kind of a comparison")),
    };
    let new = Set::from_json(member(case, "new")?, kind)?;
    let reference = Set::from_json(member(case, "reference")?, kind)?;
    let expected = member(case, "expected")?.as_str().unwrap_or_default();
    let answer = answer(&Analysis::new(), &new, &reference)?;
    match &answer {
        Answer::Unknown(kind, reason) => {
            let name = case.get("name").and_then(Value::as_str).unwrap_or_default();
            tally.unknown(
                kind,
                &format!("{name}: {reason}"),
                tally.only_whole([&new, &reference]),
            );
            return Ok(Held::Unknown);
        }
        Answer::NoNewAccess => {
            let mut random = Random::named(expected, 0);
            if let Some(met) = Pair::new(&new, &reference).attack(&mut random, REQUESTS)? {
                return Err(format!("NoNewAccess, but {met:?} is new"));
            }
        }
        Answer::NewAccess(_) => {}
    }
    tally.known(tally.only_whole([&new, &reference]));
    match answer.name() == expected {
        true => Ok(Held::Agree),
        false => Err(format!("expected {expected}, got {answer:?}")),
    }
}
