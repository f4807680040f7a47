//! The search for a request that one side lets through and the other does not.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl_core::catalogue::Catalogue;

use super::access::{Access, Basis};
use super::budget::{Exhausted, Meter};
use super::callers::{self, Caller, Rule};
use super::cells::{self, Cell};
use super::comparison::{Unknown, UnknownKind};
use super::domain::{Bits, Domain, Given};
use super::fields::{self, Piece, Tuple};
use super::form::Form;
use super::names;
use super::problem::{Cond, Goal, Listed, Problem};
use super::public;
use super::realize::{self, Model};
use super::search::{self, Domains, Found};
use super::values::{self, Frame};
use super::witness::Witness;
use crate::evaluate::probe::Probe;
use crate::{Context, Principal, Request};

/// The operations that a role's trust policy decides (IAM User Guide, "Passing
/// session tags in AWS STS"; AWS STS API Reference).
const TRUST: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

/// What a search is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) assume_catalogue: bool,
    pub(super) goal: Goal,
    pub(super) extent: Extent,
    /// Whether to ask for what strangers may do, as AWS means *public*.
    pub(super) public: bool,
}

/// How many requests to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extent {
    #[default]
    One,
    EachAction,
    EachCaller,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) witnesses: Vec<Witness>,
    /// Of each witness who asks.
    pub(super) callers: Vec<Caller>,
    pub(super) doubt: Option<Unknown>,
}

/// Everything that one search looks at.
pub(super) struct Engine<'a> {
    pub(super) new: &'a Access,
    pub(super) reference: &'a Access,
    pub(super) problem: &'a Problem<'a>,
    pub(super) meter: &'a Meter,
    pub(super) options: Options,
    /// The keys that conditions and variables name, in lower case.
    keys: BTreeSet<String>,
}

/// The value of each variable's key.
type Filled = BTreeMap<String, Option<String>>;

/// Who asks for which actions, and what the statements about them look at.
struct Scope<'s> {
    caller: &'s Caller,
    /// Whether the request is about an ARN, or about `*`, where that matters.
    form: Option<bool>,
    action: &'s Cell,
    /// The statements that name the caller and list the actions.
    statements: Vec<usize>,
    /// Their conditions.
    conditions: BTreeSet<usize>,
    /// The keys that their variables name.
    drivers: BTreeSet<&'s str>,
}

/// A part of the search in which variables are settled too.
struct Setting<'s> {
    scope: &'s Scope<'s>,
    filled: Filled,
    domains: Domains,
}

/// Searches for requests that `new` lets through and `reference` does not.
pub(super) fn search(
    new: &Access,
    reference: &Access,
    options: Options,
    meter: &Meter,
) -> Findings {
    let problem = Problem::new(new, reference, options.goal);
    let mut keys: BTreeSet<String> = problem.drivers.clone();
    keys.extend(problem.conditions.iter().map(|c| c.key.clone()));
    let engine = Engine {
        new,
        reference,
        problem: &problem,
        meter,
        options,
        keys,
    };
    let mut findings = Findings::default();
    if let Err(Exhausted) = engine.run(&mut findings) {
        findings.doubt = Some(Exhausted.into());
    }
    findings.doubt = findings.doubt.map(|doubt| doubt.written([new, reference]));
    findings
}

impl Engine<'_> {
    /// Whether a request is one of those that are looked for.
    pub(super) fn confirms(&self, request: &Request) -> bool {
        let wanted = self.options.goal == Goal::Both;
        self.new.allows(request) && self.reference.allows(request) == wanted
    }

    fn run(&self, findings: &mut Findings) -> Result<(), Exhausted> {
        let universe = self.actions();
        let actions = cells::actions(self.problem, universe, self.meter)?;
        let mut done: BTreeSet<usize> = BTreeSet::new();
        // Whether a resource has an account hangs on whether it is an ARN.
        let forms: &[Option<bool>] = match self.keys.contains(callers::RESOURCE_ACCOUNT) {
            true => &[Some(true), Some(false)],
            false => &[None],
        };
        'callers: for (caller, named) in self.callers()? {
            for &form in forms {
                for (number, action) in actions.iter().enumerate() {
                    if done.contains(&number) {
                        continue;
                    }
                    let Some(scope) = self.scope(&caller, form, action, &named) else {
                        continue;
                    };
                    if !self.ask(&scope, findings)? {
                        continue;
                    }
                    findings.callers.push(caller.clone());
                    match self.options.extent {
                        Extent::One => return Ok(()),
                        Extent::EachAction => {
                            done.insert(number);
                        }
                        Extent::EachCaller => continue 'callers,
                    }
                }
            }
        }
        Ok(())
    }

    /// The actions that there are, where they are known.
    fn actions(&self) -> cells::Actions {
        match self.new.basis {
            Basis::Trust => cells::Actions::These(&TRUST),
            _ if self.options.assume_catalogue => cells::Actions::Catalogue,
            _ => cells::Actions::All,
        }
    }

    /// What the statements about these actions look at; `None` where they allow
    /// nothing.
    fn scope<'s>(
        &'s self,
        caller: &'s Caller,
        form: Option<bool>,
        action: &'s Cell,
        named: &Bits,
    ) -> Option<Scope<'s>> {
        let active = |s: &usize| action.hits.has(*s) && named.has(*s);
        if !self
            .problem
            .new
            .groups
            .iter()
            .all(|group| group.iter().any(active))
        {
            return None;
        }
        let statements: Vec<usize> = (0..self.problem.statements.len()).filter(active).collect();
        let mut conditions = BTreeSet::new();
        let mut drivers: BTreeSet<&str> = BTreeSet::new();
        for statement in statements.iter().filter_map(|s| self.problem.statement(*s)) {
            conditions.extend(statement.conditions.iter().copied());
            if let Listed::These(patterns) | Listed::AllBut(patterns) = &statement.resources {
                drivers.extend(patterns.iter().flat_map(|p| fields::variables(p)));
            }
        }
        let listed = conditions.iter().filter_map(|c| self.problem.condition(*c));
        drivers.extend(listed.flat_map(variables));
        Some(Scope {
            caller,
            form,
            action,
            statements,
            conditions,
            drivers,
        })
    }

    /// Whether it is seen without a search that there is no new access: each
    /// statement that allows has one in the reference that matches wherever it
    /// does, and what the reference denies is denied.
    fn is_plain(&self, scope: &Scope<'_>) -> bool {
        let active = |s: &&usize| scope.statements.binary_search(s).is_ok();
        let within = |these: &[usize], those: &[usize]| {
            these
                .iter()
                .filter(active)
                .filter_map(|s| self.problem.statement(*s))
                .all(|one| {
                    let mut others = those
                        .iter()
                        .filter(active)
                        .filter_map(|s| self.problem.statement(*s));
                    others.any(|other| other.matches_where(one))
                })
        };
        let (new, reference) = (&self.problem.new, &self.problem.reference);
        new.groups
            .iter()
            .any(|group| reference.groups.iter().all(|other| within(group, other)))
            && within(&reference.denies, &new.denies)
    }

    /// Whether new access was found for one cell of actions.
    fn ask(&self, scope: &Scope<'_>, findings: &mut Findings) -> Result<bool, Exhausted> {
        if self.is_plain(scope) {
            return Ok(false);
        }
        let statements = scope.statements.iter();
        let slips = |s: &super::problem::Stated<'_>| match &s.resources {
            Listed::These(patterns) | Listed::AllBut(patterns) => {
                patterns.iter().any(|p| fields::may_slip(p))
            }
            Listed::Constant => false,
        };
        if statements
            .filter_map(|s| self.problem.statement(*s))
            .any(slips)
        {
            let doubt = Unknown::new(UnknownKind::Values, "a resource");
            findings.doubt.get_or_insert(doubt);
        }
        for filled in self.fillings(scope, findings)? {
            let domains = self.domains(scope, &filled)?;
            let setting = Setting {
                scope,
                filled,
                domains,
            };
            if self.action(&setting, findings)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The callers, each with the statements that name it. Of those whom the same
    /// statements name one is enough, where no key that follows from who it is
    /// matters.
    fn callers(&self) -> Result<Vec<(Caller, Bits)>, Exhausted> {
        let letter = self.problem.letters.get(0);
        let derived = callers::DERIVED.iter().any(|key| self.keys.contains(*key));
        let mut all: Vec<(Caller, Bits)> = Vec::new();
        for caller in callers::callers(self.new, self.reference, &self.keys, letter) {
            self.meter.take(1 + self.problem.statements.len())?;
            if self.options.public && !caller.is_stranger(self.new.basis) {
                continue;
            }
            let principal = callers::some_principal(&caller, letter);
            // What a service decides by itself hangs on the kind.
            let kind = principal.as_ref().map(Principal::kind);
            let probe = Probe::new("", "*", principal, Context::new());
            let mut named = Bits::none(self.problem.statements.len());
            for (number, statement) in self.problem.statements.iter().enumerate() {
                if statement.meets_principal(&probe) {
                    named.set(number);
                }
            }
            let same = |(other, bits): &(Caller, Bits)| {
                let other = callers::some_principal(other, letter);
                other.as_ref().map(Principal::kind) == kind && *bits == named
            };
            let each = self.options.extent == Extent::EachCaller;
            if derived || each || !all.iter().any(same) {
                all.push((caller, named));
            }
        }
        Ok(all)
    }

    /// The keys whose values may have to be those of this one, itself included:
    /// variables that are a whole value tie them.
    fn tied(&self, scope: &Scope<'_>, key: &str) -> BTreeSet<&str> {
        let mut tied: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = self.keys.get(key).map(String::as_str).into_iter().collect();
        while let Some(key) = open.pop() {
            if !tied.insert(key) {
                continue;
            }
            let listed = scope.conditions.iter();
            for condition in listed.filter_map(|c| self.problem.condition(*c)) {
                let mut named = whole_variables(condition).peekable();
                if named.peek().is_none() {
                    continue;
                }
                let all: Vec<&str> = named.chain([condition.key.as_str()]).collect();
                if all.contains(&key) {
                    open.extend(
                        all.iter()
                            .filter_map(|k| self.keys.get(*k).map(String::as_str)),
                    );
                }
            }
        }
        tied
    }

    /// The letter that stands for whatever else a key may be.
    pub(super) fn letter(&self, key: &str) -> char {
        let place = self.keys.iter().position(|other| other == key);
        self.problem
            .letters
            .get(16 + place.unwrap_or(self.keys.len()))
    }

    /// The values of variables to be told apart, in every combination.
    fn fillings(
        &self,
        scope: &Scope<'_>,
        findings: &mut Findings,
    ) -> Result<Vec<Filled>, Exhausted> {
        let mut all: Vec<Filled> = vec![Filled::new()];
        for driver in &scope.drivers {
            let tied = self.tied(scope, driver);
            let letters: Vec<char> = tied
                .iter()
                .filter(|key| scope.drivers.contains(**key))
                .map(|key| self.letter(key))
                .collect();
            let listed = || {
                let numbers = scope.conditions.iter();
                numbers.filter_map(|c| self.problem.condition(*c))
            };
            let conditions: Vec<&Cond<'_>> =
                listed().filter(|c| tied.contains(c.key.as_str())).collect();
            let (values, doubt) =
                self.values(driver, &conditions, &letters, &Filled::new(), scope)?;
            if let Some(doubt) = doubt {
                findings.doubt.get_or_insert(doubt);
            }
            if listed().any(|c| c.key == **driver && c.operator.qualifier.is_some()) {
                let doubt = Unknown::new(UnknownKind::Variable, *driver);
                findings.doubt.get_or_insert(doubt);
            }
            self.meter.take(all.len() * values.len())?;
            self.meter.holds(all.len() * values.len())?;
            all = all
                .iter()
                .flat_map(|filled| {
                    values.iter().map(|value| {
                        let mut filled = filled.clone();
                        filled.insert((*driver).to_owned(), value.clone());
                        filled
                    })
                })
                .collect();
        }
        if !scope.drivers.is_empty() {
            self.entangled(scope, findings)?;
        }
        Ok(all)
    }

    /// Whether a variable within a resource may meet other patterns in a way
    /// that depends on its value.
    fn entangled(&self, scope: &Scope<'_>, findings: &mut Findings) -> Result<(), Exhausted> {
        let sought = |helps: bool, listed: &'_ Listed| match listed {
            Listed::These(_) => helps,
            Listed::AllBut(_) => !helps,
            Listed::Constant => false,
        };
        let statements = scope.statements.iter();
        let lists: Vec<(usize, &Vec<Vec<Piece>>)> = statements
            .filter_map(|number| Some((*number, self.problem.statement(*number)?)))
            .filter(|(_, s)| sought(s.helps, &s.resources))
            .filter_map(|(number, statement)| match &statement.resources {
                Listed::These(patterns) | Listed::AllBut(patterns) => Some((number, patterns)),
                Listed::Constant => None,
            })
            .collect();
        let one_group = self.problem.new.groups.len() <= 1;
        let allows: BTreeSet<usize> = self.problem.new.groups.iter().flatten().copied().collect();
        for (number, patterns) in &lists {
            for pattern in patterns.iter().filter(|p| fields::has_variables(p)) {
                for (other, against) in &lists {
                    // Of several statements that allow, one is enough.
                    let both_allow = allows.contains(number) && allows.contains(other);
                    if number == other || (one_group && both_allow) {
                        continue;
                    }
                    if values::depends_on_value(pattern, against, self.meter)? {
                        let doubt = Unknown::new(UnknownKind::Variable, "a resource");
                        findings.doubt.get_or_insert(doubt);
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// How many `?` a pattern has at most.
    fn ones(&self, scope: &Scope<'_>) -> usize {
        let statements = scope
            .statements
            .iter()
            .filter_map(|s| self.problem.statement(*s));
        let resources = statements.flat_map(|statement| match &statement.resources {
            Listed::These(patterns) | Listed::AllBut(patterns) => patterns.as_slice(),
            Listed::Constant => &[],
        });
        let conditions = scope
            .conditions
            .iter()
            .filter_map(|c| self.problem.condition(*c));
        let patterns = resources.chain(conditions.flat_map(|c| c.patterns.iter()));
        patterns
            .map(|pattern| fields::ones(pattern))
            .max()
            .unwrap_or(0)
    }

    /// The values of a key to be told apart, `None` for absent.
    fn values(
        &self,
        key: &str,
        conditions: &[&Cond<'_>],
        letters: &[char],
        filled: &Filled,
        scope: &Scope<'_>,
    ) -> Result<(Vec<Option<String>>, Option<Unknown>), Exhausted> {
        let rule = scope.caller.rule(key, scope.form != Some(false));
        let frame = Frame {
            arns: match &rule {
                Rule::Arn(tuples) => Some(tuples.clone()),
                _ => None,
            },
            well_typed: values::single_family(conditions).is_some_and(|family| {
                let documented = Catalogue::embedded().condition_key(key);
                documented.is_some_and(|documented| {
                    self.options.assume_catalogue
                        && !documented.is_template()
                        && documented.key_type().operator_family() == family
                })
            }),
            ones: match scope.drivers.contains(key) {
                true => self.ones(scope),
                false => 0,
            },
            taken: match key {
                callers::PRINCIPAL_ARN | callers::PRINCIPAL_ACCOUNT => scope.caller.taken.clone(),
                // No user has an empty name.
                "aws:username" => BTreeSet::from([String::new()]),
                _ => BTreeSet::new(),
            },
        };
        let absent = match rule {
            Rule::Absent => return Ok((vec![None], None)),
            Rule::Fixed(text) => return Ok((vec![Some(text)], None)),
            Rule::Free => vec![None],
            Rule::Present | Rule::Arn(_) => Vec::new(),
        };
        let mut found = values::texts(key, conditions, letters, filled, &frame, self.meter)?;
        if self.options.public {
            public::keep_strange(key, conditions, &mut found.texts);
        }
        let texts = found.texts.into_iter().map(Some);
        Ok((absent.into_iter().chain(texts).collect(), found.doubt))
    }

    fn domains(&self, scope: &Scope<'_>, filled: &Filled) -> Result<Domains, Exhausted> {
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &number in &scope.conditions {
            if let Some(condition) = self.problem.condition(number) {
                by_key.entry(&condition.key).or_default().push(number);
            }
        }
        let mut list = Vec::with_capacity(by_key.len());
        let mut places = vec![(usize::MAX, 0); self.problem.conditions.len()];
        for (key, numbers) in by_key {
            let conditions: Vec<&Cond<'_>> = numbers
                .iter()
                .filter_map(|n| self.problem.condition(*n))
                .collect();
            let (values, doubt) = match filled.get(key) {
                Some(value) => (vec![value.clone()], None),
                None => {
                    let letters = [self.letter(key)];
                    self.values(key, &conditions, &letters, filled, scope)?
                }
            };
            let derived = callers::DERIVED.contains(&key);
            let several = !derived
                && !filled.contains_key(key)
                && (conditions.iter().any(|c| c.operator.qualifier.is_some())
                    || Catalogue::embedded()
                        .condition_key(key)
                        .is_some_and(|key| key.is_multi_valued()));
            let domain = Domain::new(key, &conditions, values, several, filled, doubt, self.meter)?;
            for (row, number) in numbers.iter().enumerate() {
                if let Some(place) = places.get_mut(*number) {
                    *place = (list.len(), row);
                }
            }
            list.push(domain);
        }
        Ok(Domains { list, places })
    }

    fn action(&self, setting: &Setting<'_>, findings: &mut Findings) -> Result<bool, Exhausted> {
        let form = setting.scope.form;
        let context = setting
            .filled
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)))
            .fold(Context::new(), |context, (key, value)| {
                context.with(key, value)
            });
        let value = |key: &str| setting.filled.get(key).and_then(Option::as_deref);
        let fill = |pieces: &[Piece]| fields::fill(pieces, value);
        let (universe, bare) = self.universe(form);
        let resources = cells::resources(
            self.problem,
            setting.scope.action,
            &universe,
            bare,
            &context,
            &fill,
            self.meter,
        )?;
        for mut resource in resources {
            if form == Some(false) {
                resource.samples.retain(|sample| sample.text == "*");
            }
            if resource.samples.is_empty() {
                continue;
            }
            if self.resource(setting, &resource, findings)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ARNs that a request may be about, and whether it may be about `*`.
    fn universe(&self, form: Option<bool>) -> (Tuple, bool) {
        let mut universe = vec![Form::any(); fields::ARN];
        if self.new.basis == Basis::Trust {
            for (field, text) in universe
                .iter_mut()
                .zip(["arn", "*", "iam", "", "*", "role/?*"])
            {
                *field = Form::glob(text);
            }
            return (universe, false);
        }
        if let Some(first) = universe.first_mut() {
            *first = Form::literal("arn");
        }
        (universe, form != Some(true))
    }

    fn resource(
        &self,
        setting: &Setting<'_>,
        resource: &Cell,
        findings: &mut Findings,
    ) -> Result<bool, Exhausted> {
        let Scope { caller, action, .. } = setting.scope;
        let statements = &setting.scope.statements;
        let active = |s: &usize| resource.hits.has(*s) && statements.binary_search(s).is_ok();
        let conditions = |s: usize| -> &[usize] {
            self.problem
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
        let denies = of(&self.problem.new.denies);
        if denies.first().is_some_and(Vec::is_empty) {
            return Ok(false);
        }
        let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
        for group in &self.problem.new.groups {
            let group = of(group);
            self.meter.take(choices.len() * group.len())?;
            self.meter.holds(choices.len() * group.len())?;
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
        // What makes the reference refuse: what has to hold, and what to fail.
        let mut refusals: Vec<(Vec<usize>, Vec<Vec<usize>>)> = Vec::new();
        for group in &self.problem.reference.groups {
            let group = of(group);
            if !group.first().is_some_and(Vec::is_empty) {
                refusals.push((Vec::new(), group));
            }
        }
        for deny in of(&self.problem.reference.denies) {
            refusals.push((deny, Vec::new()));
        }
        for choice in &choices {
            for (hold, fail) in &refusals {
                self.meter.take(1 + denies.len() + fail.len())?;
                let mut hold = hold.clone();
                hold.extend(choice);
                let fail: Vec<Vec<usize>> = denies.iter().chain(fail).cloned().collect();
                match search::find(&setting.domains, &hold, &fail, self.meter)? {
                    Found::Nothing => {}
                    Found::Doubtful(domain) => {
                        let doubt = setting
                            .domains
                            .list
                            .get(domain)
                            .and_then(|d| d.doubt.clone());
                        if let Some(doubt) = doubt {
                            findings.doubt.get_or_insert(doubt);
                        }
                    }
                    Found::Context(found) => {
                        let given: BTreeMap<String, Given> = found
                            .into_iter()
                            .filter_map(|(domain, given)| {
                                let key = setting.domains.list.get(domain)?.key.clone();
                                Some((key, given))
                            })
                            .chain(setting.filled.iter().map(|(key, value)| {
                                let given = value.clone().map_or(Given::Absent, Given::One);
                                (key.clone(), given)
                            }))
                            .collect();
                        let model = Model {
                            caller,
                            action,
                            resource,
                            given,
                        };
                        match realize::witness(self, &model)? {
                            realize::Outcome::Witness(witness) => {
                                findings.witnesses.push(*witness);
                                return Ok(true);
                            }
                            realize::Outcome::Rule => {}
                            realize::Outcome::Refuted => {
                                let about = action.samples.first().map(|s| s.pattern.as_str());
                                let sides = [self.new, self.reference];
                                let doubt = Unknown::new(
                                    UnknownKind::NotConfirmed,
                                    names::action(&sides, about.unwrap_or_default()),
                                );
                                findings.doubt.get_or_insert(doubt);
                            }
                        }
                    }
                }
            }
        }
        Ok(false)
    }
}

/// The keys, in lower case, of variables that are a whole value.
fn whole_variables<'c>(condition: &'c Cond<'_>) -> impl Iterator<Item = &'c str> {
    let whole = |pattern: &&Vec<Piece>| pattern.len() == 1;
    let patterns = condition.patterns.iter().filter(whole);
    patterns.flat_map(|p| fields::variables(p))
}

/// The keys, in lower case, whose variables a condition's values hold.
fn variables<'c>(condition: &'c Cond<'_>) -> impl Iterator<Item = &'c str> {
    condition.patterns.iter().flat_map(|p| fields::variables(p))
}
