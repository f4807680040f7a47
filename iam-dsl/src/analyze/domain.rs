//! One condition key, or several whose values are tied: what they may be together,
//! and which conditions hold of each.

use std::collections::BTreeMap;

use iam_dsl_core::{OperatorFamily, Qualifier};

use super::budget::{Exhausted, Meter};
use super::comparison::Unknown;
use super::problem::Cond;
use crate::Context;
use crate::evaluate::probe::Probe;

/// A set of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// What the keys have together, `None` where one is absent.
pub(super) type Values = Vec<Option<String>>;

/// What keys that are told together may be.
#[derive(Debug)]
pub(super) struct Choices {
    /// In lower case.
    pub(super) keys: Vec<String>,
    /// Each with a value for every key.
    pub(super) values: Vec<Values>,
    /// Whether a request may have several values; of one key alone.
    pub(super) several: bool,
    pub(super) doubt: Option<Unknown>,
}

impl Choices {
    /// One key, of which a request has one value at most.
    pub(super) fn of(key: &str, values: Vec<Option<String>>, doubt: Option<Unknown>) -> Self {
        Choices {
            keys: vec![key.to_owned()],
            values: values.into_iter().map(|value| vec![value]).collect(),
            several: false,
            doubt,
        }
    }
}

/// The values of keys, with the truth of the conditions on them.
#[derive(Debug)]
pub(super) struct Domain {
    choices: Choices,
    /// Of the conditions in the order given: which values they hold of.
    truth: Vec<Row>,
}

/// Values of a domain, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pick {
    One(usize),
    Several(Vec<usize>),
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
        choices: Choices,
        conditions: &[&Cond<'_>],
        filled: &BTreeMap<String, Option<String>>,
        meter: &Meter,
    ) -> Result<Self, Exhausted> {
        let told = |context: Context, (key, value): (&String, &Option<String>)| match value {
            Some(value) => context.with(key, value),
            None => context,
        };
        let base = filled
            .iter()
            .filter(|(key, _)| !choices.keys.contains(*key))
            .fold(Context::new(), told);
        let mut truth: Vec<Row> = conditions
            .iter()
            .map(|condition| Row {
                holds: Bits::none(choices.values.len()),
                of_several: of_several(condition),
            })
            .collect();
        for (number, values) in choices.values.iter().enumerate() {
            let context = choices.keys.iter().zip(values).fold(base.clone(), told);
            let probe = Probe::new("", "*", None, context);
            for (row, condition) in truth.iter_mut().zip(conditions) {
                meter.take(1 + condition.values.len())?;
                if condition.judge(&probe) {
                    row.holds.set(number);
                }
            }
        }
        Ok(Domain { choices, truth })
    }

    /// Why there may be values that have to be told apart from these.
    pub(super) fn doubt(&self) -> Option<&Unknown> {
        self.choices.doubt.as_ref()
    }

    /// What the keys have by a choice.
    pub(super) fn given(&self, pick: &Pick) -> Vec<(String, Given)> {
        let key = |(number, key): (usize, &String)| {
            let value = |place: &usize| self.choices.values.get(*place)?.get(number)?.clone();
            let given = match pick {
                Pick::One(place) => value(place).map_or(Given::Absent, Given::One),
                Pick::Several(places) => Given::Several(places.iter().filter_map(value).collect()),
            };
            (key.clone(), given)
        };
        self.choices.keys.iter().enumerate().map(key).collect()
    }

    fn all(&self) -> Bits {
        let mut all = Bits::none(self.choices.values.len());
        (0..self.choices.values.len()).for_each(|value| all.set(value));
        all
    }

    /// What a request may have so that these conditions hold or do not.
    pub(super) fn find(&self, wanted: &[Literal]) -> Option<Pick> {
        let mut left = self.all();
        for (row, holds) in wanted {
            left.keep(&self.truth.get(*row)?.holds, *holds);
        }
        if let Some(value) = left.first() {
            return Some(Pick::One(value));
        }
        if !self.choices.several {
            return None;
        }
        self.find_several(wanted)
    }

    fn find_several(&self, wanted: &[Literal]) -> Option<Pick> {
        let mut allowed = self.all();
        let absent = |values: &Values| values.iter().all(Option::is_none);
        if let Some(absent) = self.choices.values.iter().position(absent) {
            let mut absence = Bits::none(self.choices.values.len());
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
                let mut same = Bits::none(self.choices.values.len());
                same.set(*value);
                other.keep(&same, false);
            }
            let next = other.first().or_else(|| chosen.first().copied())?;
            chosen.push(next);
        }
        Some(Pick::Several(chosen))
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
