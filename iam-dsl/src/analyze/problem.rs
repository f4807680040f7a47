//! The sides as statements over conditions.
//!
//! Wanted is a request that each new side lets through and no reference does.
//! Of each statement it is known whether it helps when it matches: an Allow
//! of a new side and a Deny of a reference do. Patterns that such statements
//! list, and patterns that the others leave out, are *sought*: only those need to
//! be met with each other, all others just have to be missed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use iam_dsl_core::{Effect, Operator, OperatorFamily, Principals, Statement};

use super::access::{Access, Part};
use super::callers::Caller;
use super::fields::{self, Piece, Wildcards};
use crate::evaluate::probe::Probe;
use crate::{Layer, Request};

/// Which requests are looked for: those that each of `all` lets through and none
/// of `none` does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// One at least, of one basis with all others.
    pub(super) all: &'a [&'a Access],
    pub(super) none: &'a [&'a Access],
}

impl<'a> Question<'a> {
    /// Every side.
    pub(super) fn sides(&self) -> impl Iterator<Item = &'a Access> + use<'a> {
        self.all.iter().chain(self.none).copied()
    }

    /// Whether a request is one of those that are looked for.
    pub(super) fn holds(&self, request: &Request) -> bool {
        self.all.iter().all(|access| access.allows(request))
            && !self.none.iter().any(|access| access.allows(request))
    }
}

/// The sides.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) statements: Vec<Stated<'a>>,
    pub(super) conditions: Vec<Cond<'a>>,
    /// What each new side asks for, as one.
    pub(super) new: Side,
    pub(super) references: Vec<Side>,
    /// The keys that variables name, in lower case.
    pub(super) drivers: BTreeSet<String>,
    pub(super) letters: Letters,
}

/// The statements of one side, by number.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Of each group one has to allow.
    pub(super) groups: Vec<Vec<usize>>,
    pub(super) denies: Vec<usize>,
}

/// An element that lists patterns, or all but them.
#[derive(Debug, PartialEq)]
pub(super) enum Listed {
    These(Vec<Vec<Piece>>),
    AllBut(Vec<Vec<Piece>>),
    /// It says the same of everything.
    Constant,
}

impl Listed {
    /// Whether it is seen at once to hold everything that the other does.
    fn holds(&self, other: &Listed) -> bool {
        match (self, other) {
            (Listed::These(own), Listed::These(other)) => {
                let any = [Piece::Run { colon: true }];
                own.iter().any(|pattern| *pattern == any)
                    || other.iter().all(|pattern| own.contains(pattern))
            }
            // It leaves out no more.
            (Listed::AllBut(own), Listed::AllBut(other)) => {
                own.iter().all(|pattern| other.contains(pattern))
            }
            _ => false,
        }
    }
}

/// A statement of one of the sides.
#[derive(Debug)]
pub(super) struct Stated<'a> {
    pub(super) part: &'a Part,
    index: usize,
    /// Whether it helps when it matches.
    pub(super) helps: bool,
    pub(super) actions: Listed,
    pub(super) resources: Listed,
    /// By number.
    pub(super) conditions: Vec<usize>,
}

impl Stated<'_> {
    /// Whether it is seen at once to match wherever the other does, of the same
    /// effect, for actions and callers that both are about.
    pub(super) fn matches_where(&self, other: &Stated<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| other.conditions.contains(condition))
            && self.resources.holds(&other.resources)
    }

    pub(super) fn meets_action(&self, probe: &Probe) -> bool {
        self.part.sheet.meets_action(self.index, probe)
    }

    pub(super) fn meets_resource(&self, probe: &Probe) -> bool {
        self.part.sheet.meets_resource(self.index, probe)
    }

    /// Whether it names a caller, of which the probe has the principal.
    pub(super) fn names(&self, caller: &Caller, probe: &Probe) -> bool {
        // A question about everybody names nobody.
        let names = self.part.layer != Layer::Identity;
        let statement = self.part.document.statements().get(self.index);
        statement
            .filter(|_| names)
            .and_then(|statement| caller.named_by(statement))
            .unwrap_or_else(|| self.part.sheet.meets_principal(self.index, probe))
    }
}

/// One operator with one key and its values, as it stands in some statement.
#[derive(Debug)]
pub(super) struct Cond<'a> {
    part: &'a Part,
    statement: usize,
    index: usize,
    pub(super) operator: Operator,
    /// In lower case.
    pub(super) key: String,
    pub(super) values: Vec<String>,
    /// Whether it stands where it helps that it holds, and where it helps that
    /// it does not.
    pub(super) wanted: bool,
    pub(super) unwanted: bool,
    /// What it comes to where AWS does not say.
    pub(super) undefined: bool,
    /// The patterns of a string or ARN operator.
    pub(super) patterns: Vec<Vec<Piece>>,
}

impl Cond<'_> {
    pub(super) fn judge(&self, probe: &Probe) -> bool {
        self.part
            .sheet
            .meets_condition(self.statement, self.index, probe)
    }

    pub(super) fn family(&self) -> OperatorFamily {
        self.operator.comparison.family()
    }

    /// Whether its patterns are sought rather than to be missed.
    pub(super) fn is_sought(&self) -> bool {
        let negated = self.operator.comparison.is_negated();
        (self.wanted && !negated) || (self.unwanted && negated)
    }

    pub(super) fn folds_case(&self) -> bool {
        matches!(
            self.operator.comparison,
            iam_dsl_core::Comparison::StringEqualsIgnoreCase
                | iam_dsl_core::Comparison::StringNotEqualsIgnoreCase
        )
    }
}

/// Accounts of AWS's documentation.
const ACCOUNTS: [&str; 4] = [
    "111122223333",
    "444455556666",
    "777788889999",
    "123456789012",
];

/// Letters that no policy of the sides holds.
#[derive(Debug)]
pub(super) struct Letters {
    free: Vec<char>,
    accounts: BTreeSet<String>,
}

impl Letters {
    fn of(used: &BTreeSet<char>, accounts: BTreeSet<String>) -> Self {
        let pool = ('\u{3b1}'..='\u{3c9}').chain('\u{4e00}'..='\u{4fff}');
        Letters {
            free: pool.filter(|letter| !used.contains(letter)).collect(),
            accounts,
        }
    }

    /// One of the accounts that no policy names.
    pub(super) fn account(&self, number: usize) -> String {
        let pool = ACCOUNTS.iter().map(|account| (*account).to_owned());
        let made = (0..).map(|n: u64| format!("{:012}", 300_000_000_000 + n));
        let mut free = pool
            .chain(made)
            .filter(|account| !self.accounts.contains(account));
        free.nth(number).unwrap_or_default()
    }

    pub(super) fn get(&self, number: usize) -> char {
        // There are more letters than anybody asks for; the last one stands in.
        self.free
            .get(number)
            .or(self.free.last())
            .copied()
            .unwrap_or('\u{3b1}')
    }
}

impl<'a> Problem<'a> {
    pub(super) fn new(question: Question<'a>) -> Self {
        let mut builder = Builder::default();
        let mut read = |access: &'a Access, wanted: bool| {
            let mut side = Side::default();
            let mut groups: BTreeMap<(Layer, usize), Vec<usize>> = BTreeMap::new();
            for (number, part) in access.parts.iter().enumerate() {
                // Each boundary has to allow, of the other layers one policy.
                let group = match part.layer {
                    Layer::Boundary => (part.layer, number + 1),
                    layer => (layer, 0),
                };
                if part.layer != Layer::ResourceControl {
                    groups.entry(group).or_default();
                }
                for (index, statement) in part.document.statements().iter().enumerate() {
                    let Some(effect) = statement.effect() else {
                        continue;
                    };
                    let helps = wanted == (effect == Effect::Allow);
                    let number = builder.statement(part, index, statement, effect, helps);
                    match effect {
                        Effect::Deny => side.denies.push(number),
                        Effect::Allow => {
                            if let Some(group) = groups.get_mut(&group) {
                                group.push(number);
                            }
                        }
                    }
                }
            }
            if access.basis == super::access::Basis::Identity {
                groups.entry((Layer::Identity, 0)).or_default();
            }
            side.groups = groups.into_values().collect();
            side
        };
        let mut new = Side::default();
        for access in question.all {
            let mut side = read(access, true);
            new.groups.append(&mut side.groups);
            new.denies.append(&mut side.denies);
        }
        let references = question.none.iter().map(|access| read(access, false));
        let references = references.collect();
        Problem {
            statements: builder.statements,
            conditions: builder.conditions,
            new,
            references,
            drivers: builder.drivers,
            letters: Letters::of(&builder.used, builder.accounts),
        }
    }

    pub(super) fn statement(&self, number: usize) -> Option<&Stated<'a>> {
        self.statements.get(number)
    }

    pub(super) fn condition(&self, number: usize) -> Option<&Cond<'a>> {
        self.conditions.get(number)
    }
}

#[derive(Default)]
struct Builder<'a> {
    statements: Vec<Stated<'a>>,
    conditions: Vec<Cond<'a>>,
    known: HashMap<Identity, usize>,
    drivers: BTreeSet<String>,
    used: BTreeSet<char>,
    accounts: BTreeSet<String>,
}

/// What makes two conditions the same: operator, key, values in whatever order,
/// whether variables are read, and what it comes to where AWS does not say.
type Identity = (Operator, String, BTreeSet<String>, bool, bool);

impl<'a> Builder<'a> {
    fn note(&mut self, text: &str) {
        // Letters of other scripts are the ones that are handed out.
        self.used.extend(text.chars().filter(|c| !c.is_ascii()));
        let digits = text.split(|c: char| !c.is_ascii_digit());
        let accounts = digits.filter(|part| part.len() == 12);
        self.accounts.extend(accounts.map(str::to_owned));
    }

    fn note_variables(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            if let Piece::Variable { key, default } = piece {
                self.drivers.insert(key.clone());
                if let Some(default) = default {
                    let default = default.clone();
                    self.note(&default);
                }
            }
        }
    }

    fn statement(
        &mut self,
        part: &'a Part,
        index: usize,
        statement: &Statement,
        effect: Effect,
        helps: bool,
    ) -> usize {
        let variables = part.document.has_variables();
        let principals = [statement.principal(), statement.not_principal()];
        for (_, value) in principals.into_iter().flatten().flat_map(Principals::iter) {
            self.note(value);
        }
        let actions = match (statement.actions(), statement.not_actions()) {
            ([], None) => Listed::Constant,
            (listed, None) => {
                Listed::These(listed.iter().map(|p| fields::action(p.as_str())).collect())
            }
            ([], Some(listed)) => {
                Listed::AllBut(listed.iter().map(|p| fields::action(p.as_str())).collect())
            }
            _ => Listed::Constant,
        };
        for pattern in statement
            .actions()
            .iter()
            .chain(statement.not_actions().unwrap_or_default())
        {
            self.note(pattern.as_str());
        }
        let mut patterns = |listed: &[iam_dsl_core::ResourcePattern]| {
            let pieces: Option<Vec<Vec<Piece>>> = listed
                .iter()
                .map(|pattern| {
                    self.note(pattern.as_str());
                    let pieces = fields::resource(pattern.as_str(), variables)?;
                    self.note_variables(&pieces);
                    Some(pieces)
                })
                .collect();
            pieces
        };
        let resources = match (statement.resources(), statement.not_resources()) {
            (Some(listed), None) => patterns(listed).map(Listed::These),
            (None, Some(listed)) => patterns(listed).map(Listed::AllBut),
            _ => None,
        };
        let mut conditions = Vec::new();
        let listed = statement.conditions().into_iter().flat_map(|c| c.iter());
        for (number, (operator, entry)) in listed.enumerate() {
            let values = entry.values.iter().map(|value| value.text().into_owned());
            let values: Vec<String> = values.collect();
            let key = entry.key.to_ascii_lowercase();
            self.note(&key);
            let undefined = effect == Effect::Deny;
            let any_order = values.iter().cloned().collect();
            let identity = (operator, key.clone(), any_order, variables, undefined);
            let condition = match self.known.get(&identity) {
                Some(&condition) => condition,
                None => {
                    let wildcards = match operator.comparison.family() {
                        OperatorFamily::Arn => Some(Wildcards::Within),
                        OperatorFamily::String if operator.comparison.has_wildcards() => {
                            Some(Wildcards::Crossing)
                        }
                        OperatorFamily::String => Some(Wildcards::None),
                        _ => None,
                    };
                    let patterns: Vec<Vec<Piece>> = values
                        .iter()
                        .filter_map(|value| fields::value(value, variables, wildcards?))
                        .collect();
                    values.iter().for_each(|value| self.note(value));
                    patterns
                        .iter()
                        .for_each(|pieces| self.note_variables(pieces));
                    self.conditions.push(Cond {
                        part,
                        statement: index,
                        index: number,
                        operator,
                        key,
                        values,
                        wanted: false,
                        unwanted: false,
                        undefined,
                        patterns,
                    });
                    self.known.insert(identity, self.conditions.len() - 1);
                    self.conditions.len() - 1
                }
            };
            if let Some(cond) = self.conditions.get_mut(condition) {
                cond.wanted |= helps;
                cond.unwanted |= !helps;
            }
            conditions.push(condition);
        }
        self.statements.push(Stated {
            part,
            index,
            helps,
            actions,
            resources: resources.unwrap_or(Listed::Constant),
            conditions,
        });
        self.statements.len() - 1
    }
}
