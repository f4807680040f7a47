//! The search of one scope whose variables are settled: which resources, which
//! statements, which conditions.

use std::collections::BTreeMap;

use super::access::Basis;
use super::budget::Exhausted;
use super::callers::{CallerKind, RESOURCE_ACCOUNT};
use super::cells::{self, Cell, Universe};
use super::comparison::{Unknown, UnknownKind};
use super::domain::Given;
use super::engine::{Findings, Shown};
use super::fields::{self, Piece, Tuple};
use super::form::Form;
use super::keys::Filled;
use super::names;
use super::realize::{self, Model};
use super::scope::Scope;
use super::search::{self, Domains, Found};
use super::sets;
use crate::Context;

/// A part of the search in which the values of variables are settled.
pub(super) struct Setting<'s> {
    scope: &'s Scope<'s>,
    filled: Filled,
    domains: Domains,
}

/// What a request has to be for the new side to let it through and the reference
/// not to.
struct Wishes {
    /// Of each the conditions that make the new side allow.
    choices: Vec<Vec<usize>>,
    /// Of what denies: the conditions of which one has to fail.
    denies: Vec<Vec<usize>>,
    /// What makes the reference refuse: what has to hold, and of what one has to
    /// fail.
    refusals: Vec<(Vec<usize>, Vec<Vec<usize>>)>,
}

impl<'s> Setting<'s> {
    pub(super) fn new(scope: &'s Scope<'s>, filled: Filled) -> Result<Self, Exhausted> {
        let domains = scope.domains(&filled)?;
        Ok(Setting {
            scope,
            filled,
            domains,
        })
    }

    /// Whether a request was found.
    pub(super) fn run(&self, findings: &mut Findings) -> Result<bool, Exhausted> {
        let engine = self.scope.engine;
        let context = self
            .filled
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)))
            .fold(Context::new(), |context, (key, value)| {
                context.with(key, value)
            });
        let value = |key: &str| self.filled.get(key).and_then(Option::as_deref);
        let fill = |pieces: &[Piece]| fields::fill(pieces, value);
        let resources = cells::resources(
            engine.problem,
            self.scope.action,
            &self.universe()?,
            &context,
            &fill,
            engine.meter,
        )?;
        for mut resource in resources {
            if self.scope.form == Some(false) {
                resource.samples.retain(|sample| sample.text == "*");
            }
            if resource.samples.is_empty() {
                continue;
            }
            if self.resource(&resource, findings)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The resources that a request may be about.
    fn universe(&self) -> Result<Universe<'_>, Exhausted> {
        let trust = self.scope.engine.new.basis == Basis::Trust;
        let tuple = |account: Form| -> Tuple {
            let texts = match trust {
                true => ["arn", "*", "iam", "", "*", "role/?*"],
                false => ["arn", "*", "*", "*", "*", "*"],
            };
            let mut tuple = texts.map(Form::glob).to_vec();
            if let Some(place) = tuple.get_mut(fields::ACCOUNT) {
                *place = account;
            }
            tuple
        };
        let owner = self.filled.get(RESOURCE_ACCOUNT).and_then(Option::as_deref);
        let owner = owner.filter(|_| self.scope.form == Some(true));
        let mut tuples = match owner {
            None => vec![tuple(Form::any())],
            Some(owner) if trust => vec![tuple(Form::literal(owner))],
            Some(owner) => vec![
                tuple(Form::literal(owner)),
                tuple(Form::default()),
                tuple(Form::any()),
            ],
        };
        let kinds = self.scope.action.kinds.as_ref();
        if let Some(kinds) = kinds {
            tuples = sets::common(&tuples, &kinds.tuples(), self.scope.engine.meter)?;
        }
        let bare = !trust && kinds.is_none_or(|kinds| kinds.bare);
        Ok(Universe {
            tuples,
            bare: bare && self.scope.form != Some(true),
            owner,
            kinds,
        })
    }

    fn wishes(&self, resource: &Cell) -> Result<Option<Wishes>, Exhausted> {
        let problem = self.scope.engine.problem;
        let meter = self.scope.engine.meter;
        let active =
            |s: &usize| resource.hits.has(*s) && self.scope.statements.binary_search(s).is_ok();
        let conditions = |s: usize| -> &[usize] {
            problem
                .statement(s)
                .map_or(&[], |statement| statement.conditions.as_slice())
        };
        let of = |statements: &[usize]| -> Vec<Vec<usize>> {
            let mut all: Vec<Vec<usize>> = statements
                .iter()
                .filter(|s| active(s))
                .map(|s| conditions(*s).to_vec())
                .collect();
            all.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
            all.dedup();
            // A statement without conditions matches whatever the others say.
            if all.first().is_some_and(Vec::is_empty) {
                all.truncate(1);
            }
            all
        };
        let denies = of(&problem.new.denies);
        if denies.first().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
        for group in &problem.new.groups {
            let group = of(group);
            meter.take(choices.len() * group.len())?;
            meter.holds(choices.len() * group.len())?;
            choices = choices
                .iter()
                .flat_map(|choice| {
                    group.iter().map(|more| {
                        let mut choice = choice.clone();
                        choice.extend(more);
                        choice
                    })
                })
                .collect();
        }
        // Every reference has to refuse, for one reason each.
        let mut refusals: Vec<(Vec<usize>, Vec<Vec<usize>>)> = vec![(Vec::new(), Vec::new())];
        for reference in &problem.references {
            let mut own: Vec<(Vec<usize>, Vec<Vec<usize>>)> = Vec::new();
            for group in &reference.groups {
                let group = of(group);
                if !group.first().is_some_and(Vec::is_empty) {
                    own.push((Vec::new(), group));
                }
            }
            for deny in of(&reference.denies) {
                own.push((deny, Vec::new()));
            }
            meter.take(refusals.len() * own.len())?;
            meter.holds(refusals.len() * own.len())?;
            refusals = refusals
                .iter()
                .flat_map(|(hold, fail)| {
                    own.iter().map(|(more, other)| {
                        let hold = hold.iter().chain(more).copied().collect();
                        (hold, fail.iter().chain(other).cloned().collect())
                    })
                })
                .collect();
        }
        Ok(Some(Wishes {
            choices,
            denies,
            refusals,
        }))
    }

    fn resource(&self, resource: &Cell, findings: &mut Findings) -> Result<bool, Exhausted> {
        let engine = self.scope.engine;
        let Some(wishes) = self.wishes(resource)? else {
            return Ok(false);
        };
        for choice in &wishes.choices {
            for (hold, fail) in &wishes.refusals {
                engine.meter.take(1 + wishes.denies.len() + fail.len())?;
                let mut hold = hold.clone();
                hold.extend(choice);
                let fail: Vec<Vec<usize>> = wishes.denies.iter().chain(fail).cloned().collect();
                match search::find(&self.domains, &hold, &fail, engine.meter)? {
                    Found::Nothing => {}
                    Found::Doubtful(domain) => {
                        let doubt = self.domains.list.get(domain).and_then(|d| d.doubt());
                        if let Some(doubt) = doubt {
                            findings.doubt.get_or_insert(doubt.clone());
                        }
                    }
                    Found::Context(found) => {
                        let given = found
                            .iter()
                            .filter_map(|(domain, pick)| {
                                Some(self.domains.list.get(*domain)?.given(pick))
                            })
                            .flatten();
                        let settled = self.filled.iter().map(|(key, value)| {
                            let given = value.clone().map_or(Given::Absent, Given::One);
                            (key.clone(), given)
                        });
                        let given: BTreeMap<String, Given> = given.chain(settled).collect();
                        let asked = hold.iter().chain(fail.iter().flatten());
                        if self.show(resource, given, asked, findings)? {
                            return Ok(true);
                        }
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether a request of what was found is confirmed.
    fn show<'c>(
        &self,
        resource: &Cell,
        given: BTreeMap<String, Given>,
        conditions: impl Iterator<Item = &'c usize>,
        findings: &mut Findings,
    ) -> Result<bool, Exhausted> {
        let Scope {
            engine,
            caller,
            action,
            ..
        } = self.scope;
        let model = Model {
            caller,
            action,
            resource,
            given,
        };
        match realize::witness(engine, &model)? {
            realize::Outcome::Witness(witness) => {
                let keys = conditions
                    .filter_map(|number| engine.problem.condition(*number))
                    .map(|condition| condition.key.clone());
                findings.shown.push(Shown {
                    witness: *witness,
                    caller: (*caller).clone(),
                    keys: keys.collect(),
                });
                return Ok(true);
            }
            realize::Outcome::Rule => {}
            realize::Outcome::Refuted if matches!(caller.kind, CallerKind::Canonical(_)) => {
                let doubt = Unknown::new(UnknownKind::Principal, caller.to_string());
                findings.doubt.get_or_insert(doubt);
            }
            realize::Outcome::Refuted => {
                let about = action.samples.first().map(|s| s.pattern.as_str());
                let doubt = Unknown::new(
                    UnknownKind::NotConfirmed,
                    names::action(&engine.sides, about.unwrap_or_default()),
                );
                findings.doubt.get_or_insert(doubt);
            }
        }
        Ok(false)
    }
}
