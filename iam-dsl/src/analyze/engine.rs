//! The search for a request that some sides let through and others do not.

use std::collections::{BTreeSet, HashMap};

use super::access::{Access, Basis};
use super::budget::{Exhausted, Meter};
use super::callers::{self, Caller};
use super::cells;
use super::comparison::{Unknown, UnknownKind};
use super::domain::Bits;
use super::problem::{Problem, Question};
use super::scope::Scope;
use super::setting::Setting;
use super::witness::Witness;
use crate::evaluate::probe::Probe;
use crate::{Context, Principal};

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
    pub(super) shown: Vec<Shown>,
    pub(super) doubt: Option<Unknown>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) witness: Witness,
    /// Who asks.
    pub(super) caller: Caller,
    /// The keys, in lower case, that the statements about it compare.
    pub(super) keys: BTreeSet<String>,
}

/// Everything that one search looks at.
pub(super) struct Engine<'a> {
    pub(super) question: Question<'a>,
    /// The first of those that let the request through.
    pub(super) new: &'a Access,
    /// Every side, that one first.
    pub(super) sides: Vec<&'a Access>,
    pub(super) problem: &'a Problem<'a>,
    pub(super) meter: &'a Meter,
    pub(super) options: Options,
    /// The keys that conditions and variables name, in lower case.
    pub(super) keys: BTreeSet<String>,
}

/// Searches for requests that each of `question.all` lets through and none of
/// `question.none` does.
pub(super) fn search(question: Question<'_>, options: Options, meter: &Meter) -> Findings {
    let Some(new) = question.all.first() else {
        return Findings::default();
    };
    let problem = Problem::new(question);
    let mut keys: BTreeSet<String> = problem.drivers.clone();
    keys.extend(problem.conditions.iter().map(|c| c.key.clone()));
    let engine = Engine {
        question,
        new,
        sides: question.sides().collect(),
        problem: &problem,
        meter,
        options,
        keys,
    };
    let mut findings = Findings::default();
    if let Err(Exhausted) = engine.run(&mut findings) {
        findings.doubt = Some(Exhausted.into());
    }
    findings.doubt = findings.doubt.map(|doubt| doubt.written(&engine.sides));
    findings
}

impl Engine<'_> {
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
                let mut ruled_out: HashMap<&Bits, bool> = HashMap::new();
                for (number, action) in actions.iter().enumerate() {
                    if done.contains(&number) {
                        continue;
                    }
                    let Some(scope) = Scope::new(self, &caller, form, action, &named) else {
                        continue;
                    };
                    // What is proved on any resource is proved on those of a type.
                    if let Some(anywhere) = action.on_anything() {
                        let known = match ruled_out.get(&action.hits) {
                            Some(known) => *known,
                            None => {
                                let mut found = Findings::default();
                                let scope = Scope {
                                    action: &anywhere,
                                    ..scope.clone()
                                };
                                !self.ask(&scope, &mut found)? && found.doubt.is_none()
                            }
                        };
                        ruled_out.insert(&action.hits, known);
                        if known {
                            continue;
                        }
                    }
                    if !self.ask(&scope, findings)? {
                        continue;
                    }
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

    /// Whether a request was found for one caller and one cell of actions.
    fn ask(&self, scope: &Scope<'_>, findings: &mut Findings) -> Result<bool, Exhausted> {
        if scope.is_plain() {
            return Ok(false);
        }
        if scope.may_slip() {
            let doubt = Unknown::new(UnknownKind::Values, "a resource");
            findings.doubt.get_or_insert(doubt);
        }
        let (fillings, doubt) = scope.fillings()?;
        if let Some(doubt) = doubt {
            findings.doubt.get_or_insert(doubt);
        }
        for filled in fillings {
            if Setting::new(scope, filled)?.run(findings)? {
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
        let each = self.options.extent == Extent::EachCaller;
        let mut all: Vec<(Caller, Bits)> = Vec::new();
        let public = self.options.public;
        for caller in callers::callers(self.question, &self.keys, letter, public) {
            self.meter.take(1 + self.problem.statements.len())?;
            if public && !caller.is_stranger(self.new.basis) {
                continue;
            }
            let principal = callers::some_principal(&caller, letter);
            // What a service decides by itself hangs on the kind.
            let kind = principal.as_ref().map(Principal::kind);
            let probe = Probe::new("", "*", principal, Context::new());
            let mut named = Bits::none(self.problem.statements.len());
            for (number, statement) in self.problem.statements.iter().enumerate() {
                if statement.names(&caller, &probe) {
                    named.set(number);
                }
            }
            let same = |(other, bits): &(Caller, Bits)| {
                let other = callers::some_principal(other, letter);
                other.as_ref().map(Principal::kind) == kind && *bits == named
            };
            if derived || each || !all.iter().any(same) {
                all.push((caller, named));
            }
        }
        Ok(all)
    }

    /// The letter that stands for whatever else a key may be.
    pub(super) fn letter(&self, key: &str) -> char {
        let place = self.keys.iter().position(|other| other == key);
        // What follows from the caller is told of it, named or not.
        let derived = || callers::DERIVED.iter().position(|other| *other == key);
        let behind = || self.keys.len() + derived().map_or(0, |place| place + 1);
        self.problem.letters.get(16 + place.unwrap_or_else(behind))
    }
}
