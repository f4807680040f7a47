//! The context that a statement asks for.

use std::collections::BTreeMap;

use iam_dsl_core::Document;
use proptest::prelude::*;
use proptest::sample::select;

use super::{texts, values};
use crate::evaluate::probe::{Probe, Sheet};
use crate::{Context, ContextValue, Layer, Principal};

/// What the conditions of a statement ask of one key.
#[derive(Debug, Default)]
struct Asked {
    /// Which conditions, in the order in which the statement has them.
    conditions: Vec<usize>,
    /// Values at their boundaries, the plainest first.
    near: Vec<ContextValue>,
    multi_valued: bool,
}

/// The keys of a statement's conditions at their boundaries, and those of its
/// variables with what stands for them.
pub(super) fn context(
    document: &Document,
    place: usize,
) -> Vec<BoxedStrategy<(String, Vec<ContextValue>)>> {
    let Some(statement) = document.statements().get(place) else {
        return Vec::new();
    };
    // Several conditions may ask for one key.
    let mut asked: BTreeMap<String, Asked> = BTreeMap::new();
    let mut written: Vec<String> = Vec::new();
    for patterns in [statement.resources(), statement.not_resources()] {
        let patterns = patterns.into_iter().flatten();
        written.extend(patterns.map(|pattern| pattern.as_str().to_owned()));
    }
    let conditions = statement
        .conditions()
        .into_iter()
        .flat_map(|all| all.iter());
    for (condition, (operator, entry)) in conditions.enumerate() {
        let wanted: Vec<String> = entry.values.iter().map(|v| v.text().into_owned()).collect();
        let key = asked.entry(entry.key.to_ascii_lowercase()).or_default();
        key.conditions.push(condition);
        key.multi_valued |= operator.qualifier.is_some();
        key.near.extend(values::near(operator.comparison, &wanted));
        written.extend(wanted);
    }
    let mut told = Context::new();
    for variable in written.iter().flat_map(|text| texts::variables(text)) {
        if let (value, true) = texts::stand_in(variable)
            && !asked.contains_key(&variable.to_ascii_lowercase())
        {
            told = told.with(variable, value);
        }
    }
    let sheet = Sheet::new(document, Layer::Identity);
    let user: Option<Principal> = texts::user_arn().parse().ok();
    let meets = |key: &str, asked: &Asked, value: Option<&ContextValue>| {
        let context = told.clone().with_values(key, value.cloned());
        let probe = Probe::new("", "*", user.clone(), context);
        let conditions = asked.conditions.iter();
        conditions
            .copied()
            .all(|condition| sheet.meets_condition(place, condition, &probe))
    };
    let asked = asked.iter().map(|(key, asked)| {
        let near = asked.near.iter();
        let fits: Vec<_> = near
            .filter(|v| meets(key, asked, Some(v)))
            .cloned()
            .collect();
        named(key, of(asked, fits, meets(key, asked, None)))
    });
    let told = told.iter().map(|(key, values)| {
        let told = Just(values.to_vec());
        named(key, prop_oneof![7 => told, 1 => Just(Vec::new())].boxed())
    });
    asked.chain(told).collect()
}

/// Values of a key, in most cases such that the statement's conditions hold.
fn of(
    asked: &Asked,
    fits: Vec<ContextValue>,
    absent_fits: bool,
) -> BoxedStrategy<Vec<ContextValue>> {
    let most = if asked.multi_valued { 3 } else { 1 };
    let several = |values: Vec<ContextValue>| prop::collection::vec(select(values), 1..=most);
    let absent = if absent_fits { 4 } else { 1 };
    let near = several(asked.near.clone());
    match fits.is_empty() {
        true => prop_oneof![4 => near, absent => Just(Vec::new())].boxed(),
        false => prop_oneof![12 => several(fits), 4 => near, absent => Just(Vec::new())].boxed(),
    }
}

fn named(
    key: &str,
    values: BoxedStrategy<Vec<ContextValue>>,
) -> BoxedStrategy<(String, Vec<ContextValue>)> {
    let key = key.to_owned();
    values.prop_map(move |values| (key.clone(), values)).boxed()
}
