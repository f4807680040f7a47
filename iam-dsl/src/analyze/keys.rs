//! What the keys of a scope may be: the values of variables first, in every
//! combination, then the values of each key that conditions compare.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl_core::catalogue::Catalogue;

use super::budget::Exhausted;
use super::callers::{self, Rule};
use super::comparison::{Unknown, UnknownKind};
use super::domain::{Choices, Domain, Values};
use super::fields::{self, Piece};
use super::form::Form;
use super::personas::{self, Facet};
use super::problem::{Cond, Listed};
use super::public;
use super::scope::Scope;
use super::search::Domains;
use super::values::{self, Frame};

/// The value of each key that is settled.
pub(super) type Filled = BTreeMap<String, Option<String>>;

impl Scope<'_> {
    /// The values of variables to be told apart, in every combination, and why
    /// there may be others.
    pub(super) fn fillings(&self) -> Result<(Vec<Filled>, Option<Unknown>), Exhausted> {
        let mut all: Vec<Filled> = vec![Filled::new()];
        let mut doubt: Option<Unknown> = None;
        let facets = self.facets();
        let is_facet = |key: &&&str| facets.contains(*key);
        let owner = callers::RESOURCE_ACCOUNT;
        let has_owner = self.form == Some(true) && self.drivers.contains(owner);
        let free = self.drivers.iter().filter(|key| !is_facet(key));
        for driver in free.filter(|key| !has_owner || **key != owner) {
            all = self.settle(&all, &mut doubt, |filled| self.driver(driver, filled))?;
        }
        if self.drivers.iter().any(|key| is_facet(&key)) {
            all = self.settle(&all, &mut doubt, |filled| self.personas(filled))?;
        }
        // Last, since an ARN may have the account of the caller.
        if has_owner {
            all = self.settle(&all, &mut doubt, |filled| self.driver(owner, filled))?;
        }
        if doubt.is_none() && self.entangled()? {
            doubt = Some(Unknown::new(UnknownKind::Variable, "a resource"));
        }
        Ok((all, doubt))
    }

    /// Each of these with each of the values that keys have then.
    fn settle(
        &self,
        all: &[Filled],
        doubt: &mut Option<Unknown>,
        choices: impl Fn(&Filled) -> Result<Choices, Exhausted>,
    ) -> Result<Vec<Filled>, Exhausted> {
        let meter = self.engine.meter;
        let mut settled = Vec::new();
        for filled in all {
            let choices = choices(filled)?;
            *doubt = doubt.take().or(choices.doubt);
            meter.take(choices.values.len())?;
            meter.holds(settled.len() + choices.values.len())?;
            settled.extend(choices.values.into_iter().map(|values| {
                let mut filled = filled.clone();
                filled.extend(choices.keys.iter().cloned().zip(values));
                filled
            }));
        }
        Ok(settled)
    }

    /// The values of a variable's key, or of the resource's account.
    fn driver(&self, driver: &str, filled: &Filled) -> Result<Choices, Exhausted> {
        let tied = self.tied(driver);
        let letters = self.letters(&tied);
        let conditions: Vec<&Cond<'_>> = self
            .listed()
            .filter(|c| tied.contains(c.key.as_str()))
            .collect();
        // What the keys that it has to equal are known to be.
        let known = |key: &&str| match self.caller.rule(key, true) {
            Rule::Fixed(text) => Some(text),
            _ => filled.get(*key).cloned().flatten(),
        };
        let mut more: Vec<Form> = Vec::new();
        for text in tied.iter().filter(|key| **key != driver).filter_map(known) {
            more.push(Form::literal(&text));
        }
        if driver == callers::RESOURCE_ACCOUNT {
            more.extend(self.owners(filled)?);
        } else if conditions.iter().any(|c| c.folds_case()) {
            // Something that has cases.
            more.push(Form::literal("Example"));
        }
        let (values, mut doubt) = self.values(driver, &conditions, &letters, more, filled)?;
        let derived = callers::DERIVED.contains(&driver);
        if !derived
            && self
                .listed()
                .any(|c| c.key == driver && c.operator.qualifier.is_some())
        {
            doubt = doubt.or(Some(Unknown::new(UnknownKind::Variable, driver)));
        }
        Ok(Choices::of(driver, values, doubt))
    }

    /// The accounts in the patterns of resources that are sought.
    fn owners(&self, filled: &Filled) -> Result<Vec<Form>, Exhausted> {
        let mut owners = BTreeSet::new();
        for (_, statement) in self.stated() {
            let patterns = match (&statement.resources, statement.helps) {
                (Listed::These(patterns), true) | (Listed::AllBut(patterns), false) => patterns,
                _ => continue,
            };
            for pattern in patterns {
                let mut open = pattern.clone();
                for piece in &mut open {
                    if matches!(piece, Piece::Variable { key, .. } if key == callers::RESOURCE_ACCOUNT)
                    {
                        *piece = Piece::Run { colon: false };
                    }
                }
                let value = |name: &str| filled.get(name).and_then(Option::as_deref);
                let Some(open) = fields::fill(&open, value) else {
                    continue;
                };
                for tuple in fields::split(&open, fields::ARN, self.engine.meter)? {
                    owners.extend(
                        tuple
                            .into_iter()
                            .nth(fields::ACCOUNT)
                            .filter(|form| !form.is_any()),
                    );
                }
            }
        }
        Ok(owners.into_iter().collect())
    }

    /// The letters of those of the keys whose values are settled first.
    fn letters(&self, tied: &BTreeSet<&str>) -> Vec<char> {
        let settled = tied.iter().filter(|key| self.drivers.contains(**key));
        settled.map(|key| self.engine.letter(key)).collect()
    }

    /// What the keys that follow from the caller may be together.
    fn personas(&self, filled: &Filled) -> Result<Choices, Exhausted> {
        let facet = |key: &&'static str| {
            let tied = self.tied(key);
            let is_driver = self.drivers.contains(key);
            let mut letters = match is_driver {
                true => self.letters(&tied),
                false => Vec::new(),
            };
            if letters.is_empty() {
                letters.push(self.engine.letter(key));
            }
            Facet {
                key,
                conditions: self
                    .listed()
                    .filter(|c| tied.contains(c.key.as_str()))
                    .collect(),
                letters,
                ones: if is_driver { self.ones() } else { 0 },
            }
        };
        let facets: Vec<Facet<'_>> = self.facets().iter().map(facet).collect();
        let meter = self.engine.meter;
        let (mut values, doubt) = personas::values(self.caller, &facets, filled, meter)?;
        if self.engine.options.public {
            for (place, facet) in facets.iter().enumerate() {
                if self.listed().any(|c| c.key == facet.key) {
                    let is_strange = |values: &Values| match values.get(place) {
                        Some(Some(text)) => public::is_strange(facet.key, text),
                        _ => true,
                    };
                    values.retain(is_strange);
                }
            }
        }
        Ok(Choices {
            keys: facets.iter().map(|facet| facet.key.to_owned()).collect(),
            values,
            several: false,
            doubt,
        })
    }

    /// Whether a variable within a resource may meet other patterns in a way
    /// that depends on its value.
    fn entangled(&self) -> Result<bool, Exhausted> {
        let sought = |helps: bool, listed: &Listed| match listed {
            Listed::These(_) => helps,
            Listed::AllBut(_) => !helps,
            Listed::Constant => false,
        };
        let lists: Vec<(usize, &Vec<Vec<Piece>>)> = self
            .stated()
            .filter(|(_, s)| sought(s.helps, &s.resources))
            .filter_map(|(number, statement)| match &statement.resources {
                Listed::These(patterns) | Listed::AllBut(patterns) => Some((number, patterns)),
                Listed::Constant => None,
            })
            .collect();
        let new = &self.engine.problem.new;
        let one_group = new.groups.len() <= 1;
        let allows: BTreeSet<usize> = new.groups.iter().flatten().copied().collect();
        for (number, patterns) in &lists {
            for pattern in patterns.iter().filter(|p| fields::has_variables(p)) {
                for (other, against) in &lists {
                    // Of several statements that allow, one is enough.
                    let both_allow = allows.contains(number) && allows.contains(other);
                    if number == other || (one_group && both_allow) {
                        continue;
                    }
                    if values::depends_on_value(pattern, against, self.engine.meter)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// The values of a key to be told apart, `None` for absent.
    fn values(
        &self,
        key: &str,
        conditions: &[&Cond<'_>],
        letters: &[char],
        more: Vec<Form>,
        filled: &Filled,
    ) -> Result<(Vec<Option<String>>, Option<Unknown>), Exhausted> {
        let Scope { engine, caller, .. } = self;
        let absent = match caller.rule(key, self.form != Some(false)) {
            Rule::Absent => return Ok((vec![None], None)),
            Rule::Fixed(text) => return Ok((vec![Some(text)], None)),
            Rule::Free => vec![None],
            Rule::Present => Vec::new(),
        };
        let frame = Frame {
            accounts: key == callers::RESOURCE_ACCOUNT && self.form != Some(false),
            well_typed: values::single_family(conditions).is_some_and(|family| {
                let documented = Catalogue::embedded().condition_key(key);
                documented.is_some_and(|documented| {
                    engine.options.assume_catalogue
                        && !documented.is_template()
                        && documented.key_type().operator_family() == family
                })
            }),
            ones: match self.drivers.contains(key) {
                true => self.ones(),
                false => 0,
            },
            more,
        };
        let mut found = values::texts(key, conditions, letters, filled, &frame, engine.meter)?;
        if engine.options.public {
            public::keep_strange(key, conditions, &mut found.texts);
        }
        let texts = found.texts.into_iter().map(Some);
        Ok((absent.into_iter().chain(texts).collect(), found.doubt))
    }

    /// The values of the keys that conditions compare, with the truth of these.
    pub(super) fn domains(&self, filled: &Filled) -> Result<Domains, Exhausted> {
        let problem = self.engine.problem;
        let facets = self.facets();
        // The keys of the caller are told together.
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &number in &self.conditions {
            if let Some(condition) = problem.condition(number) {
                let own = facets.contains(&condition.key.as_str());
                let key = match own && !filled.contains_key(&condition.key) {
                    true => callers::PRINCIPAL_ARN,
                    false => &condition.key,
                };
                by_key.entry(key).or_default().push(number);
            }
        }
        let mut list = Vec::with_capacity(by_key.len());
        let mut places = vec![(usize::MAX, 0); problem.conditions.len()];
        for (key, numbers) in by_key {
            let conditions: Vec<&Cond<'_>> = numbers
                .iter()
                .filter_map(|number| problem.condition(*number))
                .collect();
            let choices = match filled.get(key) {
                Some(value) => Choices::of(key, vec![value.clone()], None),
                None if facets.contains(&key) => self.personas(filled)?,
                None => self.choices(key, &conditions, filled)?,
            };
            for (row, number) in numbers.iter().enumerate() {
                if let Some(place) = places.get_mut(*number) {
                    *place = (list.len(), row);
                }
            }
            list.push(Domain::new(
                choices,
                &conditions,
                filled,
                self.engine.meter,
            )?);
        }
        Ok(Domains { list, places })
    }

    fn choices(
        &self,
        key: &str,
        conditions: &[&Cond<'_>],
        filled: &Filled,
    ) -> Result<Choices, Exhausted> {
        let letters = [self.engine.letter(key)];
        let (values, doubt) = self.values(key, conditions, &letters, Vec::new(), filled)?;
        let listed_as_several = || {
            let known = Catalogue::embedded().condition_key(key);
            known.is_some_and(|known| known.is_multi_valued())
        };
        let several = !callers::DERIVED.contains(&key)
            && (conditions.iter().any(|c| c.operator.qualifier.is_some()) || listed_as_several());
        Ok(Choices {
            several,
            ..Choices::of(key, values, doubt)
        })
    }
}
