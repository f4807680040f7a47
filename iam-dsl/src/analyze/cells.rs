//! The actions and resources that have to be told apart.

use std::collections::{HashMap, HashSet};

use iam_dsl_core::arn::is_account_id;
use iam_dsl_core::catalogue::{Action, ActionResource, Catalogue, ResourceType};

use super::budget::{Exhausted, Meter};
use super::domain::Bits;
use super::fields::{self, Piece, Tuple};
use super::form::{Form, Token};
use super::problem::{Listed, Problem};
use super::sets;
use crate::Context;
use crate::evaluate::probe::Probe;

/// Actions or resources that the same statements list.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Which statements list them.
    pub(super) hits: Bits,
    /// Texts that stand for them, each with the pattern that it is of.
    pub(super) samples: Vec<Sample>,
    /// The patterns of them all, as far as they are kept.
    pub(super) patterns: Vec<String>,
    /// How many patterns there are.
    pub(super) count: usize,
    /// Of actions: what they can be asked on, where the catalogue's word is taken.
    pub(super) kinds: Option<Kinds>,
}

impl Cell {
    /// The same actions without what they can be asked on, where that is told.
    pub(super) fn on_anything(&self) -> Option<Cell> {
        self.kinds.as_ref()?;
        Some(Cell {
            kinds: None,
            ..self.clone()
        })
    }
}

/// What an action can be asked on, as the catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kinds {
    types: Vec<ResourceType>,
    /// And on `*`.
    pub(super) bare: bool,
}

impl Kinds {
    /// "If there is no value in this column, you must specify all resources (`*`)";
    /// where no type is required, a request may be about none (Service
    /// Authorization Reference, "Actions, resources, and condition keys").
    fn of(action: Action) -> Self {
        let mut types: Vec<ResourceType> = action
            .resource_types()
            .map(ActionResource::resource_type)
            .collect();
        types.sort_unstable();
        types.dedup();
        Kinds {
            bare: !action.resource_types().any(ActionResource::is_required),
            types,
        }
    }

    /// Their ARNs, with wildcards for what varies.
    pub(super) fn tuples(&self) -> Vec<Tuple> {
        let mut tuples: Vec<Tuple> = Vec::new();
        let formats = self
            .types
            .iter()
            .copied()
            .flat_map(ResourceType::arn_formats);
        for format in formats {
            let mut text = String::with_capacity(format.len());
            let mut rest = format;
            while let Some((before, after)) = rest.split_once("${") {
                text.push_str(before);
                text.push('*');
                rest = after.split_once('}').map_or("", |(_, behind)| behind);
            }
            text.push_str(rest);
            let tuple: Tuple = text.splitn(fields::ARN, ':').map(Form::glob).collect();
            if tuple.len() == fields::ARN && !tuples.contains(&tuple) {
                tuples.push(tuple);
            }
        }
        tuples
    }

    fn hold(&self, resource: &str) -> bool {
        self.types.iter().any(|of| of.matches_by_field(resource))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) text: String,
    pub(super) pattern: String,
}

/// How many samples of a cell are kept, and how many patterns.
const SAMPLES: usize = 8;
const PATTERNS: usize = 64;

/// A pattern's text, without the fields' names.
fn written(tuple: &Tuple) -> String {
    let mut text = String::new();
    for (number, form) in tuple.iter().enumerate() {
        if number > 0 {
            text.push(':');
        }
        for token in form.tokens() {
            text.push(match token {
                Token::Char(character) => *character,
                Token::One => '?',
                Token::Run => '*',
            });
        }
    }
    text
}

/// Collects samples by what lists them.
#[derive(Default)]
struct Cells {
    order: Vec<Cell>,
    known: HashMap<(Vec<usize>, Option<Kinds>), usize>,
}

impl Cells {
    fn add(&mut self, hits: Vec<usize>, statements: usize, sample: Sample, kinds: Option<Kinds>) {
        let next = self.order.len();
        let place = *self
            .known
            .entry((hits.clone(), kinds.clone()))
            .or_insert(next);
        if place == next {
            let mut bits = Bits::none(statements);
            hits.iter().for_each(|hit| bits.set(*hit));
            self.order.push(Cell {
                hits: bits,
                samples: Vec::new(),
                patterns: Vec::new(),
                count: 0,
                kinds,
            });
        }
        let Some(cell) = self.order.get_mut(place) else {
            return;
        };
        if !cell.patterns.contains(&sample.pattern) {
            cell.count += 1;
            if cell.patterns.len() < PATTERNS {
                cell.patterns.push(sample.pattern.clone());
            }
        }
        if cell.samples.len() < SAMPLES {
            cell.samples.push(sample);
        }
    }
}

/// What one statement's element contributes.
struct Sought {
    /// Of each group of the new side what its statements list.
    mandatory: Vec<Vec<Tuple>>,
    optional: Vec<Vec<Tuple>>,
    /// How many `?` a pattern has at most, field by field.
    ones: Vec<usize>,
}

fn sought<'p>(
    problem: &'p Problem<'_>,
    active: impl Fn(usize) -> bool,
    element: impl Fn(usize) -> Option<&'p Listed>,
    any: &[Tuple],
    mut tuples: impl FnMut(&[Vec<Piece>]) -> Result<Vec<Tuple>, Exhausted>,
) -> Result<Sought, Exhausted> {
    let mut ones = vec![0; any.first().map_or(0, Vec::len)];
    for statement in (0..problem.statements.len()).filter(|s| active(*s)) {
        if let Some(Listed::These(patterns) | Listed::AllBut(patterns)) = element(statement) {
            for pattern in patterns.iter().filter(|p| fields::ones(p) > 0) {
                for tuple in tuples(std::slice::from_ref(pattern))? {
                    for (most, form) in ones.iter_mut().zip(&tuple) {
                        *most = form.ones().max(*most);
                    }
                }
            }
        }
    }
    let mut mandatory = Vec::new();
    for group in &problem.new.groups {
        let mut of_group: Vec<Tuple> = Vec::new();
        for statement in group.iter().filter(|s| active(**s)) {
            match element(*statement) {
                Some(Listed::These(patterns)) => of_group.extend(tuples(patterns)?),
                Some(Listed::AllBut(_) | Listed::Constant) => of_group.extend_from_slice(any),
                None => {}
            }
        }
        mandatory.push(of_group);
    }
    if mandatory.is_empty() {
        mandatory.push(any.to_vec());
    }
    let allows: HashSet<usize> = problem.new.groups.iter().flatten().copied().collect();
    let mut optional = Vec::new();
    for number in (0..problem.statements.len()).filter(|s| active(*s) && !allows.contains(s)) {
        let helps = problem.statement(number).is_some_and(|s| s.helps);
        match element(number) {
            Some(Listed::These(patterns)) if helps => optional.push(tuples(patterns)?),
            Some(Listed::AllBut(patterns)) if !helps => optional.push(tuples(patterns)?),
            _ => {}
        }
    }
    Ok(Sought {
        mandatory,
        optional,
        ones,
    })
}

impl Sought {
    fn tuples(self, meter: &Meter) -> Result<Vec<Tuple>, Exhausted> {
        let mut mandatory = self.mandatory.into_iter();
        let mut start = mandatory.next().unwrap_or_default();
        for group in mandatory {
            start = sets::common(&start, &group, meter)?;
        }
        sets::close(start, &self.optional, meter)
    }
}

/// The actions that there are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Actions {
    /// Any service and name.
    All,
    /// What the catalogue knows.
    Catalogue,
    These(&'static [&'static str]),
}

/// The actions to be told apart.
pub(super) fn actions(
    problem: &Problem<'_>,
    universe: Actions,
    meter: &Meter,
) -> Result<Vec<Cell>, Exhausted> {
    let mut cells = Cells::default();
    let mut add = |text: &str, kinds: Option<Kinds>| -> Result<(), Exhausted> {
        let hits = action_hits(problem, text, meter)?;
        let (text, pattern) = (text.to_owned(), text.to_owned());
        let sample = Sample { text, pattern };
        cells.add(hits, problem.statements.len(), sample, kinds);
        Ok(())
    };
    match universe {
        Actions::All => return all_actions(problem, meter),
        Actions::Catalogue => {
            for action in Catalogue::embedded().expand("*") {
                add(&action.to_string(), Some(Kinds::of(action)))?;
            }
        }
        Actions::These(actions) => actions.iter().try_for_each(|action| add(action, None))?,
    }
    Ok(cells.order)
}

fn all_actions(problem: &Problem<'_>, meter: &Meter) -> Result<Vec<Cell>, Exhausted> {
    let any = [vec![Form::any(); 2]];
    let element = |statement: usize| problem.statement(statement).map(|s| &s.actions);
    let sought = sought(
        problem,
        |_| true,
        element,
        &any,
        |patterns| {
            let mut tuples = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                tuples.extend(fields::split(pattern, 2, meter)?);
            }
            Ok(tuples)
        },
    )?;
    let letters = [problem.letters.get(0), problem.letters.get(1)];
    let ones = sought.ones.clone();
    let mut cells = Cells::default();
    for tuple in sought.tuples(meter)? {
        for text in sets::samples(&tuple, &letters, &ones, ":", meter)? {
            // The name holds no colon, and neither part is empty.
            match text.split_once(':') {
                Some((service, name))
                    if !service.is_empty() && !name.is_empty() && !name.contains(':') => {}
                _ => continue,
            }
            let hits = action_hits(problem, &text, meter)?;
            let pattern = written(&tuple);
            cells.add(
                hits,
                problem.statements.len(),
                Sample { text, pattern },
                None,
            );
        }
    }
    Ok(cells.order)
}

/// Which statements list an action.
pub(super) fn action_hits(
    problem: &Problem<'_>,
    action: &str,
    meter: &Meter,
) -> Result<Vec<usize>, Exhausted> {
    meter.take(1 + problem.statements.len())?;
    let probe = Probe::new(action, "*", None, Context::new());
    let statements = problem.statements.iter().enumerate();
    Ok(statements
        .filter(|(_, statement)| statement.meets_action(&probe))
        .map(|(number, _)| number)
        .collect())
}

/// The letters that stand for wildcards in the six fields of an ARN.
pub(super) fn arn_letters(problem: &Problem<'_>) -> [char; fields::ARN] {
    std::array::from_fn(|field| problem.letters.get(2 + field))
}

/// The resources that a request may be about.
#[derive(Debug)]
pub(super) struct Universe<'u> {
    /// ARNs within any of these.
    pub(super) tuples: Vec<Tuple>,
    /// And `*`.
    pub(super) bare: bool,
    /// The account that they are of, where that matters: an ARN tells it, or none,
    /// or a word such as `aws` that is no account.
    pub(super) owner: Option<&'u str>,
    /// Of which types they are, where that is known.
    pub(super) kinds: Option<&'u Kinds>,
}

impl Universe<'_> {
    fn holds_account(&self, account: &str) -> bool {
        match self.owner {
            None => true,
            Some(owner) if account == owner => true,
            Some(_) => account.is_ascii() && !is_account_id(account),
        }
    }
}

/// The resources to be told apart for actions that these statements list.
pub(super) fn resources(
    problem: &Problem<'_>,
    actions: &Cell,
    universe: &Universe<'_>,
    context: &Context,
    fill: &impl Fn(&[Piece]) -> Option<Vec<Piece>>,
    meter: &Meter,
) -> Result<Vec<Cell>, Exhausted> {
    let element = |statement: usize| problem.statement(statement).map(|s| &s.resources);
    let active = |statement: usize| actions.hits.has(statement);
    let sought = sought(problem, active, element, &universe.tuples, |patterns| {
        let mut tuples = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let Some(pattern) = fill(pattern) else {
                continue;
            };
            for tuple in fields::split(&pattern, fields::ARN, meter)? {
                for all in &universe.tuples {
                    tuples.extend(fields::meet(all, &tuple, meter)?);
                }
            }
        }
        Ok(tuples)
    })?;
    let letters = arn_letters(problem);
    let ones = sought.ones.clone();
    let mut cells = Cells::default();
    let mut add = |text: String, pattern: String| -> Result<(), Exhausted> {
        let probe = Probe::new("", &text, None, context.clone());
        let mut hits = Vec::new();
        for (number, statement) in problem.statements.iter().enumerate() {
            if active(number) {
                meter.take(1)?;
                if statement.meets_resource(&probe) {
                    hits.push(number);
                }
            }
        }
        cells.add(
            hits,
            problem.statements.len(),
            Sample { text, pattern },
            None,
        );
        Ok(())
    };
    if universe.bare {
        add("*".to_owned(), "*".to_owned())?;
    }
    for tuple in sought.tuples(meter)? {
        for text in sets::samples(&tuple, &letters, &ones, ":", meter)? {
            let mut fields = text.splitn(fields::ARN, ':');
            let parts: [Option<&str>; fields::ARN] = std::array::from_fn(|_| fields.next());
            let [
                Some(_),
                Some(partition),
                Some(service),
                Some(region),
                Some(account),
                Some(resource),
            ] = parts
            else {
                continue;
            };
            // As `Request::new` reads them.
            let never_empty = [partition, service, resource];
            let head = [partition, service, region, account];
            let is_arn = never_empty.iter().all(|part| !part.is_empty())
                && !head.iter().any(|part| part.contains(['*', '?', '$']));
            let fits = universe.kinds.is_none_or(|kinds| kinds.hold(&text));
            if is_arn && fits && universe.holds_account(account) {
                let any = tuple.iter().skip(1).all(Form::is_any);
                let pattern = if any { "*".to_owned() } else { written(&tuple) };
                add(text, pattern)?;
            }
        }
    }
    Ok(cells.order)
}
