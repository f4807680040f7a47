//! How many comparisons had no answer, and why.

use std::collections::BTreeMap;
use std::fmt;

use iam_dsl_core::Document;
use iam_dsl_core::variable::{self, Part};

use crate::prove::sets::Set;

/// So many examples of each reason are told.
const EXAMPLES: usize = 8;

/// Counts of comparisons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// All comparisons, and those without an answer.
    all: (usize, usize),
    /// The same, of policies whose variables stand for whole values alone.
    whole: (usize, usize),
    /// Why there was no answer, how often, and for example where.
    reasons: BTreeMap<String, (usize, Vec<String>)>,
    /// Claims of no new access that nothing but attacks could judge.
    attacked: usize,
}

impl Tally {
    pub(super) fn known(&mut self, whole: bool) {
        self.all.0 += 1;
        self.whole.0 += usize::from(whole);
    }

    pub(super) fn unknown(&mut self, kind: &str, example: &str, whole: bool) {
        self.known(whole);
        self.all.1 += 1;
        self.whole.1 += usize::from(whole);
        let (count, examples) = self.reasons.entry(kind.to_owned()).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(example.to_owned());
        }
    }

    pub(super) fn attacked(&mut self) {
        self.attacked += 1;
    }

    /// How many had no answer.
    pub fn unknowns(&self) -> usize {
        self.all.1
    }

    /// Of how many comparisons of policies with variables as whole values alone
    /// how many had no answer.
    pub fn of_whole_values(&self) -> (usize, usize) {
        self.whole
    }

    /// Whether all of them use variables as whole values of conditions alone.
    pub(super) fn only_whole(&self, sets: [&Set; 2]) -> bool {
        sets.into_iter()
            .flat_map(Set::documents)
            .all(only_whole_values)
    }
}

/// Whether each variable is all of a value of a condition.
pub(super) fn only_whole_values(document: &Document) -> bool {
    let mut variables = document.has_variables().then(|| document.statements());
    variables
        .iter_mut()
        .flat_map(|all| all.iter())
        .all(|statement| {
            let resources = statement.resources().unwrap_or_default().iter();
            let mut resources = resources.chain(statement.not_resources().unwrap_or_default());
            let in_resource = resources.any(|r| has_variable(r.as_str()));
            let conditions = statement.conditions();
            let mut entries = conditions.iter().flat_map(|c| c.iter());
            !in_resource
                && entries.all(|(_, entry)| {
                    entry.values.iter().all(|value| {
                        let text = value.text();
                        variable::parts(&text).count() == 1 || !has_variable(&text)
                    })
                })
        })
}

/// Whether a request fills some of the text.
fn has_variable(text: &str) -> bool {
    variable::parts(text).any(|part| matches!(part, Ok(Part::Variable { .. })))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |f: &mut fmt::Formatter<'_>, of: &str, (all, unknown): (usize, usize)| {
            let hundredths = (unknown * 10_000).checked_div(all).unwrap_or_default();
            let (percent, rest) = (hundredths / 100, hundredths % 100);
            writeln!(f, "unknown: {unknown} of {all} {of} ({percent}.{rest:02}%)")
        };
        share(f, "comparisons", self.all)?;
        share(
            f,
            "comparisons of policies that use variables only as whole values",
            self.whole,
        )?;
        for (kind, (count, examples)) in &self.reasons {
            writeln!(f, "unknown because of {kind}: {count}")?;
            for example in examples {
                writeln!(f, "  {example}")?;
            }
        }
        writeln!(
            f,
            "{} claims of no new access were judged by attacks alone",
            self.attacked
        )
    }
}
