//! The values of a condition key that have to be told apart.
//!
//! Strings and ARNs by the patterns that are sought; truth values, and what is none;
//! numbers, dates and addresses as `typed` finds them. Which conditions hold of a
//! value says the evaluator, of each.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl_core::OperatorFamily;

use super::budget::{Exhausted, Meter};
use super::comparison::{Unknown, UnknownKind};
use super::fields::{self, Piece, Tuple};
use super::form::Form;
use super::personas;
use super::problem::Cond;
use super::sets;
use super::typed;

/// The texts that a key may have, beside being absent.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<String>,
    /// Why there may be others that have to be told apart.
    pub(super) doubt: Option<Unknown>,
}

impl Texts {
    pub(super) fn add(&mut self, text: impl Into<String>) {
        self.texts.push(text.into());
    }

    pub(super) fn doubt(&mut self, kind: UnknownKind, about: &str) {
        self.doubt.get_or_insert_with(|| Unknown::new(kind, about));
    }
}

/// What is known of a key's values.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// Whether its values are ids of accounts.
    pub(super) accounts: bool,
    /// Whether AWS documents its values to be of the type that they are
    /// compared as.
    pub(super) well_typed: bool,
    /// How many `?` a pattern has that a value may become part of.
    pub(super) ones: usize,
    /// What its values are compared with beside the conditions.
    pub(super) more: Vec<Form>,
}

/// The texts to be told apart by these conditions, which are on `key` or on keys
/// that variables tie to it. `filled` are the values of variables.
pub(super) fn texts(
    key: &str,
    conditions: &[&Cond<'_>],
    letters: &[char],
    filled: &BTreeMap<String, Option<String>>,
    frame: &Frame,
    meter: &Meter,
) -> Result<Texts, Exhausted> {
    let mut found = Texts::default();
    let families: BTreeSet<u8> = conditions
        .iter()
        .map(|condition| condition.family())
        .filter(|family| *family != OperatorFamily::Null)
        .map(rank)
        .collect();
    let textual = families.contains(&TEXT) || families.is_empty() || frame.ones > 0;
    if textual {
        strings(key, conditions, letters, filled, frame, meter, &mut found)?;
    }
    let typed: BTreeSet<u8> = families.iter().copied().filter(|f| *f != TEXT).collect();
    if typed.len() + usize::from(textual) > 1 {
        let boolean_text = textual && typed == BTreeSet::from([BOOL]);
        if boolean_text {
            // There are few enough ways to write them.
            for word in ["true", "false"] {
                cases(word, usize::MAX, |text| found.add(text));
            }
        } else {
            found.doubt(UnknownKind::MixedTypes, key);
        }
    }
    for family in &typed {
        let of_family = || conditions.iter().filter(|c| rank(c.family()) == *family);
        let values = || of_family().flat_map(|condition| condition.values.iter());
        match *family {
            NUMERIC => typed::numbers(values(), key, &mut found),
            DATE => typed::dates(values(), key, &mut found),
            BOOL => ["true", "false"]
                .into_iter()
                .for_each(|text| found.add(text)),
            NETWORK => typed::addresses(values(), &mut found),
            _ => {
                values().for_each(|value| found.add(value));
                // Some other bytes: more than any value has.
                let longest = values().map(String::len).max().unwrap_or(0);
                found.add("AAAA".repeat(longest / 4 + 1));
            }
        }
    }
    if !(textual || frame.well_typed) {
        for letter in letters {
            found.add(*letter);
        }
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    found.texts.retain(|text| known.insert(text.clone()));
    if frame.accounts {
        found.texts.retain(|text| personas::may_be_account(text));
    }
    meter.holds(found.texts.len())?;
    Ok(found)
}

const TEXT: u8 = 0;
const NUMERIC: u8 = 1;
const DATE: u8 = 2;
const BOOL: u8 = 3;
const NETWORK: u8 = 4;
const BINARY: u8 = 5;

/// Families whose values are of one type.
fn rank(family: OperatorFamily) -> u8 {
    match family {
        OperatorFamily::String | OperatorFamily::Arn | OperatorFamily::Null => TEXT,
        OperatorFamily::Numeric => NUMERIC,
        OperatorFamily::Date => DATE,
        OperatorFamily::Bool => BOOL,
        OperatorFamily::IpAddress => NETWORK,
        OperatorFamily::Binary => BINARY,
    }
}

/// Whether conditions of this family alone are on a key that AWS documents to be
/// of another type, or of this one.
pub(super) fn single_family(conditions: &[&Cond<'_>]) -> Option<OperatorFamily> {
    let mut families = conditions
        .iter()
        .map(|condition| condition.family())
        .filter(|family| *family != OperatorFamily::Null);
    let first = families.next()?;
    families.all(|family| family == first).then_some(first)
}

fn strings(
    key: &str,
    conditions: &[&Cond<'_>],
    letters: &[char],
    filled: &BTreeMap<String, Option<String>>,
    frame: &Frame,
    meter: &Meter,
    found: &mut Texts,
) -> Result<(), Exhausted> {
    let textual: Vec<&&Cond<'_>> = conditions
        .iter()
        .filter(|c| matches!(c.family(), OperatorFamily::String | OperatorFamily::Arn))
        .collect();
    let fill =
        |pieces: &[Piece]| fields::fill(pieces, |name| filled.get(name).and_then(Option::as_deref));
    let mut ones = frame.ones;
    let mut plain: Vec<Vec<Tuple>> = Vec::new();
    let mut by_field: Vec<Vec<Tuple>> = Vec::new();
    let arns = textual.iter().any(|c| c.family() == OperatorFamily::Arn);
    let all: Vec<Vec<Vec<Piece>>> = textual
        .iter()
        .map(|c| c.patterns.iter().filter_map(|p| fill(p)).collect())
        .collect();
    let cased: Vec<&Vec<Piece>> = textual
        .iter()
        .zip(&all)
        .filter(|(condition, _)| !condition.folds_case())
        .flat_map(|(_, pieces)| pieces)
        .collect();
    for (condition, pieces) in textual.iter().zip(&all) {
        for pattern in pieces {
            ones = ones.max(fields::ones(pattern));
        }
        if !condition.is_sought() {
            continue;
        }
        // Digits have no case.
        if condition.folds_case() && !frame.accounts {
            let forms = fold(key, pieces, &cased, found);
            plain.push(forms.into_iter().map(|form| vec![form]).collect());
        }
        entangled(key, condition, &textual, meter, found)?;
        if condition.family() == OperatorFamily::String {
            let forms = pieces.iter().map(|p| vec![fields::whole(p)]);
            plain.push(forms.collect());
        }
        if arns {
            let mut tuples = Vec::new();
            for pattern in pieces {
                tuples.extend(fields::split(pattern, fields::ARN, meter)?);
            }
            by_field.push(tuples);
        }
    }
    plain.push(frame.more.iter().map(|form| vec![form.clone()]).collect());
    let any = match frame.accounts && ones > 0 {
        true => Form::glob("????????????"),
        false => Form::any(),
    };
    // The empty text is one that `?` alone tells from others.
    for tuple in sets::close(vec![vec![any]], &plain, meter)? {
        for letter in letters {
            found
                .texts
                .extend(sets::samples(&tuple, &[*letter], &[ones], "", meter)?);
        }
    }
    if arns {
        let mut any = vec![Form::any(); fields::ARN];
        if let Some(first) = any.first_mut() {
            *first = Form::literal("arn");
        }
        for tuple in sets::close(vec![any], &by_field, meter)? {
            for letter in letters {
                found
                    .texts
                    .extend(sets::samples(&tuple, &[*letter], &[ones], ":", meter)?);
            }
        }
    }
    Ok(())
}

/// The ways to write the texts of a condition that compares without regard to
/// case, `own`, as far as the patterns of the others tell them apart.
pub(super) fn fold(
    key: &str,
    own: &[Vec<Piece>],
    others: &[&Vec<Piece>],
    found: &mut Texts,
) -> Vec<Form> {
    // With so many letters all ways are looked at.
    const FEW: usize = 8;
    if others.is_empty() {
        return Vec::new();
    }
    let plain = |pattern: &[Piece]| pattern.iter().all(|p| matches!(p, Piece::Char(_)));
    // Whether case matters to a pattern at all.
    let folds = |pattern: &[Piece]| {
        let cased = |p: &Piece| matches!(p, Piece::Char(c) if may_have_case(*c));
        !pattern.iter().any(cased) && !fields::has_variables(pattern)
    };
    let mut forms = Vec::new();
    for pattern in own {
        let text: String = pattern
            .iter()
            .filter_map(|piece| match piece {
                Piece::Char(character) => Some(*character),
                _ => None,
            })
            .collect();
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let told = others.iter().all(|other| plain(other) || folds(other));
        let matters = !others.iter().all(|other| folds(other));
        // A letter that stands for anything stands for what has cases too.
        let stands = !plain(pattern) || !text.is_ascii();
        if (matters && stands) || !(told || letters <= FEW) {
            found.doubt(UnknownKind::Values, key);
        }
        let most = match told {
            true => others.len() + 1,
            false => 1 << FEW,
        };
        cases(&text, most, |text| forms.push(Form::literal(&text)));
    }
    forms
}

fn may_have_case(character: char) -> bool {
    character.is_ascii_alphabetic() || !character.is_ascii()
}

/// At most this many texts that differ from this one in case alone.
fn cases(text: &str, most: usize, mut add: impl FnMut(String)) {
    let letters: Vec<usize> = text
        .char_indices()
        .filter(|(_, character)| character.is_ascii_alphabetic())
        .map(|(index, _)| index)
        .take(16)
        .collect();
    let ways = 1_usize << letters.len();
    for way in 0..ways.min(most) {
        let flipped: String = text
            .char_indices()
            .map(|(index, character)| {
                let place = letters.iter().position(|letter| *letter == index);
                let flip = place.is_some_and(|place| way >> place & 1 == 1);
                match (flip, character.is_ascii_uppercase()) {
                    (true, true) => character.to_ascii_lowercase(),
                    (true, false) => character.to_ascii_uppercase(),
                    (false, _) => character,
                }
            })
            .collect();
        add(flipped);
    }
}

/// Whether a variable that is part of a sought pattern may meet another sought
/// one in a way that depends on its value.
pub(super) fn entangled(
    key: &str,
    condition: &Cond<'_>,
    all: &[&&Cond<'_>],
    meter: &Meter,
    found: &mut Texts,
) -> Result<(), Exhausted> {
    for pattern in &condition.patterns {
        if !fields::has_variables(pattern) {
            continue;
        }
        if matches!(pattern.as_slice(), [Piece::Variable { .. }]) {
            continue;
        }
        // An ARN's field may end within what a variable stands for.
        if condition.family() == OperatorFamily::Arn && variable_before_fifth_colon(pattern) {
            found.doubt(UnknownKind::Variable, key);
        }
        for other in all.iter().filter(|other| other.is_sought()) {
            if std::ptr::eq(**other as *const Cond<'_>, condition as *const Cond<'_>) {
                continue;
            }
            if depends_on_value(pattern, &other.patterns, meter)? {
                found.doubt(UnknownKind::Variable, key);
            }
        }
    }
    Ok(())
}

fn variable_before_fifth_colon(pattern: &[Piece]) -> bool {
    pattern
        .iter()
        .scan(0, |colons, piece| {
            *colons += usize::from(*piece == Piece::Char(':'));
            Some((*colons, piece))
        })
        .any(|(colons, piece)| colons < 5 && matches!(piece, Piece::Variable { .. }))
}

/// Whether what a pattern has in common with one of these may hang on the value
/// of a variable. Where one of them matches all that the pattern does, nobody has
/// to look at the others.
pub(super) fn depends_on_value(
    pattern: &[Piece],
    others: &[Vec<Piece>],
    meter: &Meter,
) -> Result<bool, Exhausted> {
    meter.take(others.len())?;
    let ones = others.iter().map(|other| fields::ones(other)).max();
    // A value that nobody writes, longer than what `?` may stand for.
    let mut keys: Vec<&str> = others.iter().flat_map(|p| fields::variables(p)).collect();
    keys.extend(fields::variables(pattern));
    keys.sort_unstable();
    keys.dedup();
    let stand_ins: Vec<String> = ('\u{f0000}'..)
        .take(keys.len())
        .map(|letter| letter.to_string().repeat(ones.unwrap_or(0) + 2))
        .collect();
    let opaque = |pieces: &[Piece]| {
        let value = |key: &str| {
            let place = keys.binary_search(&key).ok()?;
            stand_ins.get(place).map(String::as_str)
        };
        fields::fill(pieces, value).map(|pieces| fields::whole(&pieces))
    };
    let Some(filled) = opaque(pattern) else {
        return Ok(true);
    };
    let covers =
        |other: &Vec<Piece>| other == pattern || opaque(other).is_some_and(|o| o.covers(&filled));
    if others.iter().any(covers) {
        return Ok(false);
    }
    for other in others {
        let (rest, other_rest) = apart(pattern, other);
        if !fields::has_variables(rest) && !fields::has_variables(other_rest) {
            continue;
        }
        let loose = fields::whole(rest);
        if !loose.meet(&fields::whole(other_rest), meter)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is left of two patterns behind a beginning and before an end that both
/// have, variables included: up to there a text of both is the same, whatever the
/// values are. A wildcard ends what is compared, since it may take up more.
fn apart<'p>(mut one: &'p [Piece], mut other: &'p [Piece]) -> (&'p [Piece], &'p [Piece]) {
    let same =
        |a: &Piece, b: &Piece| a == b && matches!(a, Piece::Char(_) | Piece::Variable { .. });
    while let ([a, rest @ ..], [b, other_rest @ ..]) = (one, other)
        && same(a, b)
    {
        (one, other) = (rest, other_rest);
    }
    while let ([rest @ .., a], [other_rest @ .., b]) = (one, other)
        && same(a, b)
    {
        (one, other) = (rest, other_rest);
    }
    (one, other)
}
