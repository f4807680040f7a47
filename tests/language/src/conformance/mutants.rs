//! Each policy of any file against mutants of it: something planted that nothing
//! else mentions, the same written otherwise, and slips of the hand.
//!
//! What is expected is known before the engine is asked: by the kind of change,
//! by a request for what was planted, or by asking both evaluators about every
//! cell of the requests that the two policies tell apart. Where a policy is too
//! large for that, a claim of no new access is attacked with aimed requests; a
//! claim of new access is always replayed.

use iam_dsl::analyze::Analysis;
use iam_dsl_core::Document;
use serde_json::Value;

use super::tally::Tally;
use super::{Disagreement, Report};
use crate::prove::domain::DERIVED;
use crate::prove::engine::{Answer, answer};
use crate::prove::mutate::{Moves, Mutant, Mutator, kind_of};
use crate::prove::random::Random;
use crate::prove::search::{Found, Pair};
use crate::prove::sets::Set;
use crate::reference::{Caller, Value as Told};

/// Every cell is asked where there are at most so many.
const CELLS: usize = 8_000;
/// Policies of more characters than this are not searched cell by cell.
const LARGE: usize = 2_500;
/// How many requests attack a claim.
const REQUESTS: usize = 60;

/// What is known of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    NoNewAccess,
    NewAccess,
    /// Nothing but that no attack succeeded.
    Open,
}

/// Runs every policy of the file.
pub(super) fn run(text: &str) -> Report {
    let mut report = Report::default();
    let mut tally = Tally::default();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let told = |name: &str, reason: String| Disagreement {
            line: index + 1,
            name: name.to_owned(),
            reason,
        };
        let case: Value = match serde_json::from_str(line) {
            Ok(case) => case,
            Err(error) => {
                let reason = format!("the line is no JSON: {error}");
                report.disagreements.push(told("", reason));
                continue;
            }
        };
        let name = case.get("name").and_then(Value::as_str).unwrap_or_default();
        let members = ["document", "initial", "fixed", "new", "reference"];
        let documents = members.iter().filter_map(|member| case.get(member));
        let documents: Vec<&Value> = documents
            .filter(|document| document.get("Statement").is_some())
            .collect();
        let mut results = Vec::new();
        for document in &documents {
            results.extend(of_policy(name, document, &mut tally));
        }
        // A correction is a mutant that somebody wrote.
        if let (Some(initial), Some(fixed)) = (case.get("initial"), case.get("fixed"))
            && fixed.is_object()
        {
            results.extend(of_correction(name, initial, fixed, &mut tally));
        }
        for result in results {
            match result {
                Ok(Agrees::Yes) => report.agree += 1,
                Ok(Agrees::Unknown) => {}
                Ok(Agrees::Left(reason)) => report.notes.push(told(name, reason)),
                Err(reason) => report.disagreements.push(told(name, reason)),
            }
        }
    }
    report.tally = Some(tally);
    report
}

/// How a comparison went that is no disagreement.
enum Agrees {
    Yes,
    /// There was no answer.
    Unknown,
    /// Nothing was asked, for this reason.
    Left(String),
}

type Result = std::result::Result<Agrees, String>;

fn of_policy(name: &str, document: &Value, tally: &mut Tally) -> Vec<Result> {
    let kind = kind_of(document);
    let base = match Set::from_json(document, kind) {
        Ok(base) => base,
        // It is no policy, so nothing is said of what it allows.
        Err(error) => return vec![Ok(Agrees::Left(error))],
    };
    let mut random = Random::named(name, 0);
    let mut results = vec![ask(
        (name, "itself"),
        [&base, &base],
        Expected::NoNewAccess,
        None,
        &mut random,
        tally,
    )];
    let mut mutator = Mutator::new(document, Random::named(name, 1));
    let mut mutants = mutator.planted();
    mutants.extend(mutator.rewritten());
    mutants.extend(mutator.natural());
    for mutant in mutants {
        let read = Set::from_json(&mutant.document, kind)
            .and_then(|set| Ok((set, Set::from_json(&mutant.about, kind)?)));
        let (changed, about) = match read {
            Ok(read) => read,
            Err(error) => {
                results.push(Err(format!("{}: {error}", mutant.change)));
                continue;
            }
        };
        let directions = [
            ("", [&changed, &base], Moves::Narrower),
            (", the other way", [&base, &changed], Moves::Wider),
        ];
        for (way, pair, safe) in directions {
            let expected = if mutant.moves == safe || mutant.moves == Moves::Same {
                Expected::NoNewAccess
            } else {
                searched(pair, &mutant, &about, &mut random)
            };
            let label = format!("{}{way}", mutant.change);
            let result = ask(
                (name, &label),
                pair,
                expected,
                Some(&about),
                &mut random,
                tally,
            );
            results.push(result);
        }
    }
    results
}

fn of_correction(name: &str, initial: &Value, fixed: &Value, tally: &mut Tally) -> Vec<Result> {
    let mut random = Random::named(name, 2);
    let read = |document| Set::from_json(document, kind_of(initial));
    let (initial, fixed) = match (read(initial), read(fixed)) {
        (Ok(initial), Ok(fixed)) => (initial, fixed),
        (Err(error), _) | (_, Err(error)) => return vec![Err(error)],
    };
    [[&initial, &fixed], [&fixed, &initial]]
        .into_iter()
        .map(|pair| {
            let expected = exhausted(pair).unwrap_or(Expected::Open);
            ask(
                (name, "its correction"),
                pair,
                expected,
                None,
                &mut random,
                tally,
            )
        })
        .collect()
}

/// What a search through every cell says, where there are few enough.
fn exhausted([new, reference]: [&Set; 2]) -> Option<Expected> {
    let length = |set: &Set| {
        set.documents()
            .map(Document::character_count)
            .sum::<usize>()
    };
    if length(new).max(length(reference)) > LARGE {
        return None;
    }
    match Pair::new(new, reference).exhaust(CELLS) {
        Found::Nothing { .. } => Some(Expected::NoNewAccess),
        Found::Difference(_) => Some(Expected::NewAccess),
        Found::NotJudged(_) => None,
    }
}

/// What is known of the direction in which something may be new.
fn searched(pair: [&Set; 2], mutant: &Mutant, about: &Set, random: &mut Random) -> Expected {
    let documents: Vec<&Document> = about.documents().collect();
    let near = Pair::about(pair[0], pair[1], &documents);
    if let Some((part, planted)) = &mutant.planted {
        for _ in 0..4 * REQUESTS {
            let mut asked = near.aimed(random);
            match part.as_str() {
                "action" => asked.action.clone_from(planted),
                "resource" => asked.resource.clone_from(planted),
                "caller" => asked.caller = Caller::User(planted.clone()),
                // What follows from the principal is not told.
                key if DERIVED.contains(&key) => {}
                key => {
                    let value = vec![Told::Text(planted.clone())];
                    asked.context.insert(key.to_owned(), value);
                }
            }
            if near.differs(&asked) == Ok(true) {
                return Expected::NewAccess;
            }
        }
    }
    exhausted(pair).unwrap_or_else(|| match near.attack(random, REQUESTS) {
        Ok(Some(_)) => Expected::NewAccess,
        _ => Expected::Open,
    })
}

fn ask(
    (name, label): (&str, &str),
    [new, reference]: [&Set; 2],
    expected: Expected,
    about: Option<&Set>,
    random: &mut Random,
    tally: &mut Tally,
) -> Result {
    let told = |reason: String| {
        let (new, reference) = (new.to_json(), reference.to_json());
        Err(format!(
            "{label}: {reason}; new {new}, reference {reference}"
        ))
    };
    let whole = tally.only_whole([new, reference]);
    let answer = match answer(&Analysis::new(), new, reference) {
        Ok(answer) => answer,
        Err(reason) => return told(reason),
    };
    match (&answer, expected) {
        (Answer::Unknown(kind, reason), _) => {
            tally.unknown(kind, &format!("{name}, {label}: {reason}"), whole);
            return Ok(Agrees::Unknown);
        }
        (Answer::NewAccess(_), Expected::NoNewAccess)
        | (Answer::NoNewAccess, Expected::NewAccess) => {
            return told(format!("expected {expected:?}, got {answer:?}"));
        }
        (Answer::NewAccess(_), _) => {}
        (Answer::NoNewAccess, _) => {
            let attacked = about.map(|about| {
                let documents: Vec<&Document> = about.documents().collect();
                Pair::about(new, reference, &documents).attack(random, REQUESTS)
            });
            match attacked {
                Some(Ok(Some(met))) => return told(format!("NoNewAccess, but {met:?} is new")),
                Some(Err(reason)) => return told(reason),
                _ => {}
            }
            if expected == Expected::Open {
                tally.attacked();
            }
        }
    }
    tally.known(whole);
    Ok(Agrees::Yes)
}
