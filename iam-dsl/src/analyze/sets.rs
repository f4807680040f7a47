//! The tuples that have to be told apart: what sought patterns have in common.

use std::collections::HashSet;

use super::budget::{Exhausted, Meter};
use super::fields::{self, Tuple};

/// Begins with `start` and adds what each of its members has in common with a
/// member of each group, of some groups, or of none.
///
/// Whatever text one looks at, take the members of the groups that it matches:
/// one tuple here holds the text and lies within all of these members. A sample
/// of that tuple thus meets every sought pattern that the text meets, and no
/// pattern that the text does not.
pub(super) fn close(
    start: Vec<Tuple>,
    groups: &[Vec<Tuple>],
    meter: &Meter,
) -> Result<Vec<Tuple>, Exhausted> {
    let mut known: HashSet<Tuple> = HashSet::with_capacity(start.len());
    let mut all: Vec<Tuple> = Vec::with_capacity(start.len());
    for tuple in start {
        if known.insert(tuple.clone()) {
            all.push(tuple);
        }
    }
    for group in groups {
        let mut added = Vec::new();
        for tuple in &all {
            // What matches a single text has nothing narrower within it.
            if tuple.iter().all(super::form::Form::is_literal) {
                continue;
            }
            for other in group {
                for met in fields::meet(tuple, other, meter)? {
                    if !known.contains(&met) {
                        known.insert(met.clone());
                        added.push(met);
                        meter.holds(known.len())?;
                    }
                }
            }
        }
        all.append(&mut added);
    }
    Ok(all)
}

/// What members of the two have in common.
pub(super) fn common(
    left: &[Tuple],
    right: &[Tuple],
    meter: &Meter,
) -> Result<Vec<Tuple>, Exhausted> {
    let mut known: HashSet<Tuple> = HashSet::new();
    let mut all = Vec::new();
    for a in left {
        for b in right {
            for met in fields::meet(a, b, meter)? {
                if known.insert(met.clone()) {
                    all.push(met);
                    meter.holds(all.len())?;
                }
            }
        }
    }
    Ok(all)
}

/// The texts that stand for a tuple: its samples, field by field.
pub(super) fn samples(
    tuple: &Tuple,
    letters: &[char],
    ones: &[usize],
    separator: &str,
    meter: &Meter,
) -> Result<Vec<String>, Exhausted> {
    let mut all: Vec<String> = vec![String::new()];
    for (number, form) in tuple.iter().enumerate() {
        let letter = letters
            .get(number)
            .or(letters.last())
            .copied()
            .unwrap_or('\u{3b1}');
        let ones = ones.get(number).or(ones.last()).copied().unwrap_or(0);
        let samples = form.samples(letter, ones, meter)?;
        let before = if number == 0 { "" } else { separator };
        if let [one] = samples.as_slice() {
            all.iter_mut().for_each(|text| {
                text.push_str(before);
                text.push_str(one);
            });
            continue;
        }
        meter.take(all.len() * samples.len())?;
        meter.holds(all.len() * samples.len())?;
        all = all
            .iter()
            .flat_map(|text| {
                samples
                    .iter()
                    .map(move |sample| format!("{text}{before}{sample}"))
            })
            .collect();
    }
    Ok(all)
}
