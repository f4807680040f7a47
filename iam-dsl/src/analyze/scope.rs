//! Who asks for which actions, and what the statements about them look at.

use std::collections::BTreeSet;

use super::callers::{Caller, RESOURCE_ACCOUNT};
use super::cells::Cell;
use super::domain::Bits;
use super::engine::Engine;
use super::fields;
use super::personas;
use super::problem::{Cond, Listed, Stated};

/// One caller and one cell of actions.
#[derive(Clone)]
pub(super) struct Scope<'s> {
    pub(super) engine: &'s Engine<'s>,
    pub(super) caller: &'s Caller,
    /// Whether the request is about an ARN, or about `*`, where that matters.
    pub(super) form: Option<bool>,
    pub(super) action: &'s Cell,
    /// The statements that name the caller and list the actions, in order.
    pub(super) statements: Vec<usize>,
    /// Their conditions.
    pub(super) conditions: BTreeSet<usize>,
    /// The keys whose values are settled before resources are looked at: those
    /// that variables name, and the resource's account.
    pub(super) drivers: BTreeSet<&'s str>,
}

impl<'s> Scope<'s> {
    /// What the statements about these actions look at; `None` where they allow
    /// nothing.
    pub(super) fn new(
        engine: &'s Engine<'s>,
        caller: &'s Caller,
        form: Option<bool>,
        action: &'s Cell,
        named: &Bits,
    ) -> Option<Self> {
        let problem = engine.problem;
        let active = |s: &usize| action.hits.has(*s) && named.has(*s);
        let mut groups = problem.new.groups.iter();
        if !groups.all(|group| group.iter().any(active)) {
            return None;
        }
        let statements: Vec<usize> = (0..problem.statements.len()).filter(active).collect();
        let mut conditions = BTreeSet::new();
        let mut drivers: BTreeSet<&str> = BTreeSet::new();
        for statement in statements.iter().filter_map(|s| problem.statement(*s)) {
            conditions.extend(statement.conditions.iter().copied());
            if let Listed::These(patterns) | Listed::AllBut(patterns) = &statement.resources {
                drivers.extend(patterns.iter().flat_map(|p| fields::variables(p)));
            }
        }
        let listed = conditions.iter().filter_map(|c| problem.condition(*c));
        for condition in listed {
            let patterns = condition.patterns.iter();
            drivers.extend(patterns.flat_map(|p| fields::variables(p)));
            if form == Some(true) && condition.key == RESOURCE_ACCOUNT {
                drivers.insert(RESOURCE_ACCOUNT);
            }
        }
        Some(Scope {
            engine,
            caller,
            form,
            action,
            statements,
            conditions,
            drivers,
        })
    }

    /// Its statements, with their numbers.
    pub(super) fn stated(&self) -> impl Iterator<Item = (usize, &'s Stated<'s>)> {
        let problem = self.engine.problem;
        self.statements
            .iter()
            .filter_map(move |number| Some((*number, problem.statement(*number)?)))
    }

    /// The conditions of its statements.
    pub(super) fn listed(&self) -> impl Iterator<Item = &'s Cond<'s>> {
        let problem = self.engine.problem;
        self.conditions
            .iter()
            .filter_map(move |number| problem.condition(*number))
    }

    /// Whether it is seen without a search that there is no new access: each
    /// statement that allows has one in some reference that matches wherever it
    /// does, and what that reference denies is denied.
    pub(super) fn is_plain(&self) -> bool {
        let problem = self.engine.problem;
        let active = |s: &&usize| self.statements.binary_search(s).is_ok();
        let within = |these: &[usize], those: &[usize]| {
            these
                .iter()
                .filter(active)
                .filter_map(|s| problem.statement(*s))
                .all(|one| {
                    let mut others = those
                        .iter()
                        .filter(active)
                        .filter_map(|s| problem.statement(*s));
                    others.any(|other| other.matches_where(one))
                })
        };
        let new = &problem.new;
        problem.references.iter().any(|reference| {
            new.groups
                .iter()
                .any(|group| reference.groups.iter().all(|other| within(group, other)))
                && within(&reference.denies, &new.denies)
        })
    }

    /// Whether wildcards of a resource are not told apart exactly.
    pub(super) fn may_slip(&self) -> bool {
        self.stated()
            .any(|(_, statement)| match &statement.resources {
                Listed::These(patterns) | Listed::AllBut(patterns) => {
                    patterns.iter().any(|p| fields::may_slip(p))
                }
                Listed::Constant => false,
            })
    }

    /// The keys, in lower case, of the caller that are told together.
    pub(super) fn facets(&self) -> &'static [&'static str] {
        personas::keys(self.caller)
    }

    /// The keys whose values may have to be those of this one, itself included:
    /// variables that are a whole value tie them.
    pub(super) fn tied(&self, key: &str) -> BTreeSet<&'s str> {
        let known = &self.engine.keys;
        let mut tied: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = known.get(key).map(String::as_str).into_iter().collect();
        while let Some(key) = open.pop() {
            if !tied.insert(key) {
                continue;
            }
            for condition in self.listed() {
                let mut named = whole_variables(condition).peekable();
                if named.peek().is_none() {
                    continue;
                }
                let all: Vec<&str> = named.chain([condition.key.as_str()]).collect();
                if all.contains(&key) {
                    let own = |k: &&str| known.get(*k).map(String::as_str);
                    open.extend(all.iter().filter_map(own));
                }
            }
        }
        tied
    }

    /// How many `?` a pattern has at most.
    pub(super) fn ones(&self) -> usize {
        let resources = self
            .stated()
            .flat_map(|(_, statement)| match &statement.resources {
                Listed::These(patterns) | Listed::AllBut(patterns) => patterns.as_slice(),
                Listed::Constant => &[],
            });
        let patterns = resources.chain(self.listed().flat_map(|c| c.patterns.iter()));
        patterns.map(|p| fields::ones(p)).max().unwrap_or(0)
    }
}

/// The keys, in lower case, of variables that are a whole value.
fn whole_variables<'c>(condition: &'c Cond<'_>) -> impl Iterator<Item = &'c str> {
    let whole = |pattern: &&Vec<super::fields::Piece>| pattern.len() == 1;
    let patterns = condition.patterns.iter().filter(whole);
    patterns.flat_map(|p| fields::variables(p))
}
