//! One condition key: its values, and which conditions hold of each.

use std::collections::BTreeMap;

use iam_dsl_core::{OperatorFamily, Qualifier};

use super::budget::{Exhausted, Meter};
use super::comparison::Unknown;
use super::problem::Cond;
use crate::Context;
use crate::evaluate::probe::Probe;

/// A set of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(length: usize) -> Self {
        Bits(vec![0; length.div_ceil(64)])
    }

    pub(super) fn set(&mut self, bit: usize) {
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub(super) fn has(&self, bit: usize) -> bool {
        self.0
            .get(bit / 64)
            .is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Keeps what the other has, or has not.
    fn keep(&mut self, other: &Bits, has: bool) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= if has { *other } else { !*other };
        }
    }

    fn first(&self) -> Option<usize> {
        let (index, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        let bit = usize::try_from(word.trailing_zeros()).ok()?;
        Some(index * 64 + bit)
    }
}

/// What a request has for a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    Absent,
    One(String),
    Several(Vec<String>),
}

/// The values of one key, with the truth of its conditions.
#[derive(Debug)]
pub(super) struct Domain {
    pub(super) key: String,
    values: Vec<Option<String>>,
    /// Whether a request may have several values.
    several: bool,
    /// Of the conditions in the order given: which values they hold of.
    truth: Vec<Row>,
    pub(super) doubt: Option<Unknown>,
}

#[derive(Debug)]
struct Row {
    holds: Bits,
    of_several: OfSeveral,
}

/// What a condition says of several values.
#[derive(Debug, Clone, Copy)]
enum OfSeveral {
    All,
    Any,
    Constant(bool),
}

/// A condition by its place in the domain, and whether it has to hold.
pub(super) type Literal = (usize, bool);

impl Domain {
    pub(super) fn new(
        key: &str,
        conditions: &[&Cond<'_>],
        values: Vec<Option<String>>,
        several: bool,
        filled: &BTreeMap<String, Option<String>>,
        doubt: Option<Unknown>,
        meter: &Meter,
    ) -> Result<Self, Exhausted> {
        let base = filled
            .iter()
            .filter(|(name, _)| *name != key)
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
            .fold(Context::new(), |context, (name, value)| {
                context.with(name, value)
            });
        let mut truth: Vec<Row> = conditions
            .iter()
            .map(|condition| Row {
                holds: Bits::none(values.len()),
                of_several: of_several(condition),
            })
            .collect();
        for (number, value) in values.iter().enumerate() {
            let context = match value {
                Some(value) => base.clone().with(key, value),
                None => base.clone(),
            };
            let probe = Probe::new("", "*", None, context);
            for (row, condition) in truth.iter_mut().zip(conditions) {
                meter.take(1 + condition.values.len())?;
                if condition.judge(&probe) {
                    row.holds.set(number);
                }
            }
        }
        Ok(Domain {
            key: key.to_owned(),
            values,
            several,
            truth,
            doubt,
        })
    }

    fn all(&self) -> Bits {
        let mut all = Bits::none(self.values.len());
        (0..self.values.len()).for_each(|value| all.set(value));
        all
    }

    /// What a request may have so that these conditions hold or do not.
    pub(super) fn find(&self, wanted: &[Literal]) -> Option<Given> {
        let mut left = self.all();
        for (row, holds) in wanted {
            left.keep(&self.truth.get(*row)?.holds, *holds);
        }
        if let Some(value) = left.first() {
            return Some(match self.values.get(value)? {
                Some(text) => Given::One(text.clone()),
                None => Given::Absent,
            });
        }
        if !self.several {
            return None;
        }
        self.find_several(wanted)
    }

    fn find_several(&self, wanted: &[Literal]) -> Option<Given> {
        let mut allowed = self.all();
        if let Some(absent) = self.values.iter().position(Option::is_none) {
            let mut absence = Bits::none(self.values.len());
            absence.set(absent);
            allowed.keep(&absence, false);
        }
        // Some value has to fit, or to fail, each of these.
        let mut needed: Vec<(&Bits, bool)> = Vec::new();
        for (row, holds) in wanted {
            let row = self.truth.get(*row)?;
            match (row.of_several, holds) {
                (OfSeveral::All, true) => allowed.keep(&row.holds, true),
                (OfSeveral::Any, false) => allowed.keep(&row.holds, false),
                (OfSeveral::All, false) => needed.push((&row.holds, false)),
                (OfSeveral::Any, true) => needed.push((&row.holds, true)),
                (OfSeveral::Constant(truth), holds) if truth == *holds => {}
                (OfSeveral::Constant(_), _) => return None,
            }
        }
        let mut chosen: Vec<usize> = Vec::new();
        for (bits, has) in needed {
            if chosen.iter().any(|value| bits.has(*value) == has) {
                continue;
            }
            let mut fits = allowed.clone();
            fits.keep(bits, has);
            chosen.push(fits.first()?);
        }
        // Several are two at least: another one, or the same again.
        while chosen.len() < 2 {
            let mut other = allowed.clone();
            for value in &chosen {
                let mut same = Bits::none(self.values.len());
                same.set(*value);
                other.keep(&same, false);
            }
            let next = other.first().or_else(|| chosen.first().copied())?;
            chosen.push(next);
        }
        let texts = chosen
            .iter()
            .filter_map(|value| self.values.get(*value).cloned().flatten());
        Some(Given::Several(texts.collect()))
    }
}

fn of_several(condition: &Cond<'_>) -> OfSeveral {
    if condition.family() == OperatorFamily::Null {
        if condition.operator.qualifier.is_some() || condition.operator.if_exists {
            return OfSeveral::Constant(condition.undefined);
        }
        // The key exists.
        let wants_it = |value: &String| value.eq_ignore_ascii_case("false");
        return OfSeveral::Constant(condition.values.iter().any(wants_it));
    }
    match condition.operator.qualifier {
        Some(Qualifier::ForAllValues) => OfSeveral::All,
        Some(Qualifier::ForAnyValue) => OfSeveral::Any,
        None => OfSeveral::Constant(condition.undefined),
    }
}
