//! Patterns of policies as sets of texts in fields.
//!
//! A resource is an ARN: five fields after `arn`, of which all but the last hold
//! no colon. A pattern whose wildcards may cross colons is a union of tuples, one
//! form a field; once they are told apart, a wildcard stays within its field.
//! Actions have two fields, other texts one.

use iam_dsl_core::variable::{self, Part};

use super::budget::{Exhausted, Meter};
use super::form::{Form, Token};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Char(char),
    /// One character; whether it may be a colon.
    One {
        colon: bool,
    },
    /// Any run; whether it may hold colons.
    Run {
        colon: bool,
    },
    /// A policy variable by its key in lower case.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// One form for each field.
pub(super) type Tuple = Vec<Form>;

/// `arn`, partition, service, region, account, resource.
pub(super) const ARN: usize = 6;
/// Which of them is the account.
pub(super) const ACCOUNT: usize = 4;

/// The pieces of an action pattern, in lower case.
pub(super) fn action(text: &str) -> Vec<Piece> {
    text.to_ascii_lowercase()
        .chars()
        .map(|character| wild(character, true))
        .collect()
}

fn wild(character: char, colon: bool) -> Piece {
    match character {
        '*' => Piece::Run { colon },
        '?' => Piece::One { colon },
        other => Piece::Char(other),
    }
}

/// The pieces of a resource pattern; `None` where a variable cannot be read. A
/// wildcard crosses colons where it ends one of the first five fields, or
/// follows them.
pub(super) fn resource(text: &str, variables: bool) -> Option<Vec<Piece>> {
    let fifth = text.match_indices(':').nth(4).map(|(index, _)| index + 1);
    let (head, tail) = text.split_at_checked(fifth.unwrap_or(text.len()))?;
    let mut pieces = Vec::with_capacity(text.len());
    if text == "*" {
        return Some(vec![Piece::Run { colon: true }]);
    }
    let mut characters = head.chars().peekable();
    while let Some(character) = characters.next() {
        let ends = matches!(characters.peek(), None | Some(':'));
        pieces.push(wild(character, ends && character == '*'));
    }
    written(tail, variables, Wildcards::Crossing, &mut pieces)?;
    Some(pieces)
}

/// What `*` and `?` are in a text of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    /// Themselves.
    None,
    /// Wildcards that match colons.
    Crossing,
    /// Wildcards that match none, as in the first five fields of an ARN.
    Within,
}

/// The pieces of a condition's value; `None` where a variable cannot be read.
pub(super) fn value(text: &str, variables: bool, wildcards: Wildcards) -> Option<Vec<Piece>> {
    let mut pieces = Vec::with_capacity(text.len());
    written(text, variables, wildcards, &mut pieces)?;
    Some(pieces)
}

fn written(
    text: &str,
    variables: bool,
    wildcards: Wildcards,
    pieces: &mut Vec<Piece>,
) -> Option<()> {
    let push_text = |text: &str, pieces: &mut Vec<Piece>| {
        pieces.extend(text.chars().map(|character| match wildcards {
            Wildcards::None => Piece::Char(character),
            Wildcards::Crossing => wild(character, true),
            Wildcards::Within => wild(character, false),
        }));
    };
    if !variables {
        push_text(text, pieces);
        return Some(());
    }
    for part in variable::parts(text) {
        match part.ok()? {
            Part::Text(text) => push_text(text, pieces),
            Part::Literal(character) => pieces.push(Piece::Char(character)),
            Part::Variable { key, default } => pieces.push(Piece::Variable {
                key: key.to_ascii_lowercase(),
                default: default.map(str::to_owned),
            }),
        }
    }
    Some(())
}

/// How many `?` there are.
pub(super) fn ones(pieces: &[Piece]) -> usize {
    let one = |piece: &&Piece| matches!(piece, Piece::One { .. });
    pieces.iter().filter(one).count()
}

/// The keys of variables.
pub(super) fn variables(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable { key, .. } => Some(key.as_str()),
        _ => None,
    })
}

pub(super) fn has_variables(pieces: &[Piece]) -> bool {
    pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Variable { .. }))
}

/// The pieces with each variable replaced by its value; `None` where one has none.
pub(super) fn fill<'v>(
    pieces: &[Piece],
    value: impl Fn(&str) -> Option<&'v str>,
) -> Option<Vec<Piece>> {
    let mut filled = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Variable { key, default } => {
                let text = value(key).or(default.as_deref())?;
                filled.extend(text.chars().map(Piece::Char));
            }
            other => filled.push(other.clone()),
        }
    }
    Some(filled)
}

fn token(piece: &Piece) -> Token {
    match piece {
        Piece::Char(character) => Token::Char(*character),
        Piece::One { .. } => Token::One,
        // A variable that nobody filled may be anything.
        Piece::Run { .. } | Piece::Variable { .. } => Token::Run,
    }
}

/// The pieces as one form.
pub(super) fn whole(pieces: &[Piece]) -> Form {
    Form::of(pieces.iter().map(token))
}

/// The texts of this many fields that the pieces match.
pub(super) fn split(
    pieces: &[Piece],
    fields: usize,
    meter: &Meter,
) -> Result<Vec<Tuple>, Exhausted> {
    if let [Piece::Run { colon: true }] = pieces {
        return Ok(vec![vec![Form::any(); fields]]);
    }
    let mut found: Vec<Tuple> = Vec::new();
    // What is read, and what is left to read from there.
    let mut open: Vec<(Tuple, usize)> = vec![(vec![Form::default()], 0)];
    while let Some((tuple, mut at)) = open.pop() {
        let mut tuple = tuple;
        meter.take(1 + (pieces.len() - at) / 16)?;
        meter.holds(open.len())?;
        let complete = loop {
            let last = tuple.len() == fields;
            let Some(piece) = pieces.get(at) else {
                break last;
            };
            let next_field = |tuple: &Tuple| {
                let mut tuple = tuple.clone();
                tuple.push(Form::default());
                tuple
            };
            match piece {
                Piece::Char(':') if !last => {
                    tuple.push(Form::default());
                }
                Piece::One { colon: true } if !last => {
                    open.push((next_field(&tuple), at + 1));
                    push(&mut tuple, Token::One);
                }
                Piece::Run { colon: true } if !last => {
                    push(&mut tuple, Token::Run);
                    // The run goes on behind the next colon.
                    open.push((next_field(&tuple), at));
                }
                piece => push(&mut tuple, token(piece)),
            }
            at += 1;
        };
        if complete {
            found.push(tuple);
        }
    }
    meter.take(found.len() * found.len())?;
    Ok(widest(found))
}

fn push(tuple: &mut Tuple, token: Token) {
    if let Some(form) = tuple.last_mut() {
        form.push(token);
    }
}

fn covers(outer: &Tuple, inner: &Tuple) -> bool {
    outer
        .iter()
        .zip(inner)
        .all(|(outer, inner)| outer.covers(inner))
}

/// The tuples that no other one covers.
fn widest(tuples: Vec<Tuple>) -> Vec<Tuple> {
    if tuples.len() < 2 {
        return tuples;
    }
    let mut kept: Vec<Tuple> = Vec::with_capacity(tuples.len());
    for tuple in tuples {
        if kept.iter().any(|other| covers(other, &tuple)) {
            continue;
        }
        kept.retain(|other| !covers(&tuple, other));
        kept.push(tuple);
    }
    kept
}

/// What two tuples have in common.
pub(super) fn meet(a: &Tuple, b: &Tuple, meter: &Meter) -> Result<Vec<Tuple>, Exhausted> {
    let mut all: Vec<Tuple> = vec![Vec::with_capacity(a.len())];
    for (left, right) in a.iter().zip(b) {
        let met = left.meet(right, meter)?;
        match met.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => all.iter_mut().for_each(|tuple| tuple.push(one.clone())),
            several => {
                meter.take(all.len() * several.len())?;
                meter.holds(all.len() * several.len())?;
                all = all
                    .iter()
                    .flat_map(|tuple| {
                        several.iter().map(|form| {
                            let mut tuple = tuple.clone();
                            tuple.push(form.clone());
                            tuple
                        })
                    })
                    .collect();
            }
        }
    }
    Ok(all)
}

/// Whether some wildcard that holds no colon may stand in the last field, where
/// colons are: behind one that crosses them.
pub(super) fn may_slip(pieces: &[Piece]) -> bool {
    let crossing = |piece: &Piece| {
        matches!(
            piece,
            Piece::Run { colon: true } | Piece::One { colon: true }
        )
    };
    let bound = |piece: &Piece| {
        matches!(
            piece,
            Piece::Run { colon: false } | Piece::One { colon: false }
        )
    };
    match pieces.iter().position(crossing) {
        Some(first) => pieces.iter().skip(first).any(bound),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;
    use proptest::prelude::*;

    fn matches(tuple: &Tuple, fields: &[&str]) -> bool {
        tuple
            .iter()
            .zip(fields)
            .all(|(form, text)| form.covers(&Form::literal(text)))
    }

    proptest! {
        #[test]
        fn splitting_keeps_the_meaning(pattern in "[a:*?]{0,7}", text in "[a]{0,2}(:[a]{0,2}){2}") {
            let meter = Budget::new().meter();
            let pieces: Vec<Piece> = pattern.chars().map(|c| wild(c, true)).collect();
            let tuples = split(&pieces, 3, &meter).unwrap();
            let fields: Vec<&str> = text.split(':').collect();
            let expected = iam_dsl_core::pattern::Glob::new(&pattern).matches(&text);
            prop_assert_eq!(tuples.iter().any(|tuple| matches(tuple, &fields)), expected, "{:?}", tuples);
        }
    }
}
