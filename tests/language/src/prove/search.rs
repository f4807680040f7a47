//! Looking for a request that one set allows and the other does not, with the
//! evaluators alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use iam_dsl_core::{Document, Effect, Statement};

use super::domain::Domain;
use super::glob::{self, Token};
use super::random::Random;
use super::sets::{Prepared, Set, request};
use crate::reference::{Caller, Request, Value};

/// What a search found.
#[derive(Debug, Clone)]
pub enum Found {
    /// A request that the new set allows and the other does not, says each of
    /// the two evaluators.
    Difference(Box<Request>),
    /// There is none: every cell was asked.
    Nothing {
        /// How many requests that were.
        asked: usize,
    },
    /// None was met, and some request was not asked.
    NotJudged(String),
}

/// Two sets with what is needed to ask both.
pub struct Pair<'s> {
    new: &'s Set,
    reference: &'s Set,
    prepared: RefCell<(Prepared<'s>, Prepared<'s>)>,
    /// The values that the two tell apart.
    pub domain: Domain,
    /// What each statement lists, by where it stands.
    met: RefCell<BTreeMap<usize, Met>>,
}

/// Actions and resources.
type Met = Rc<(Vec<String>, Vec<String>)>;

impl<'s> Pair<'s> {
    /// Prepares both sets.
    pub fn new(new: &'s Set, reference: &'s Set) -> Self {
        let documents: Vec<_> = new.documents().chain(reference.documents()).collect();
        Pair::about(new, reference, &documents)
    }

    /// Prepares both sets, to look where these documents look.
    pub fn about(new: &'s Set, reference: &'s Set, documents: &[&Document]) -> Self {
        let principals = new.names_principals() || reference.names_principals();
        let mut domain = Domain::of(documents, principals);
        // Session policies are a session's: a user has none.
        if [new, reference]
            .iter()
            .any(|set| !set.layers.session.is_empty())
        {
            domain.callers.retain(Caller::is_session);
        }
        Pair {
            domain,
            ..Pair::asking(new, reference)
        }
    }

    /// Prepares both sets to be asked, without values to look for.
    pub fn asking(new: &'s Set, reference: &'s Set) -> Self {
        Pair {
            new,
            reference,
            prepared: RefCell::new((new.prepared(), reference.prepared())),
            domain: Domain::default(),
            met: RefCell::default(),
        }
    }

    /// Whether the new set allows the request and the other does not.
    ///
    /// # Errors
    /// Where the two evaluators do not say the same, with what they say.
    pub fn differs(&self, asked: &Request) -> Result<bool, String> {
        let fast = self.answers(asked)?;
        let naive = (
            self.new.allows_naively(asked),
            self.reference.allows_naively(asked),
        );
        if naive == fast {
            Ok(fast == (true, false))
        } else {
            Err(format!(
                "the evaluators say {fast:?} and {naive:?} of {asked:?}"
            ))
        }
    }

    /// What the faster evaluator says of both sets.
    ///
    /// # Errors
    /// Where it is no request.
    pub fn answers(&self, asked: &Request) -> Result<(bool, bool), String> {
        let (new, reference) = &mut *self.prepared.borrow_mut();
        Ok((new.allows(asked)?, reference.allows(asked)?))
    }

    /// As [`Pair::differs`], by the faster evaluator unless it says yes.
    fn differs_quickly(&self, asked: &Request) -> Result<bool, String> {
        Ok(self.answers(asked)? == (true, false) && self.differs(asked)?)
    }

    /// Asks every cell, if there are at most `limit`.
    pub fn exhaust(&self, limit: usize) -> Found {
        let size = self.domain.size();
        if size > limit {
            return Found::NotJudged("too many cells".to_owned());
        }
        let mut doubt = None;
        for number in 0..size {
            let asked = self.cell(number);
            match self.differs_quickly(&asked) {
                Ok(false) => {}
                Ok(true) => return Found::Difference(Box::new(asked)),
                Err(told) => doubt = Some(told),
            }
        }
        match (doubt, self.domain.gaps.iter().next()) {
            (Some(doubt), _) => Found::NotJudged(doubt),
            (None, Some(gap)) => Found::NotJudged((*gap).to_owned()),
            (None, None) => Found::Nothing { asked: size },
        }
    }

    /// The request of this number.
    fn cell(&self, number: usize) -> Request {
        let mut left = number;
        let mut digit = |base: usize| {
            let base = base.max(1);
            let digit = left % base;
            left /= base;
            digit
        };
        let domain = &self.domain;
        let action = digit(domain.actions.len());
        let resource = digit(domain.resources.len());
        let caller = digit(domain.callers.len());
        let mut asked = Request {
            caller: domain
                .callers
                .get(caller)
                .cloned()
                .unwrap_or(Caller::Untold),
            action: domain.actions.get(action).cloned().unwrap_or_default(),
            resource: domain.resources.get(resource).cloned().unwrap_or_default(),
            resource_account: None,
            context: Default::default(),
        };
        for (key, lists) in &domain.keys {
            let list = lists.get(digit(lists.len())).cloned().unwrap_or_default();
            if !list.is_empty() {
                asked.context.insert(key.clone(), list);
            }
        }
        self.complete(asked)
    }

    /// Requests aimed at the statements of both sets, most of them at one that
    /// allows in the new set.
    pub fn aimed(&self, random: &mut Random) -> Request {
        let from = match random.below(10) {
            0..7 => self.statements(self.new, Some(Effect::Allow)),
            7 => self.statements(self.new, None),
            _ => self.statements(self.reference, None),
        };
        let met = random.pick(&from).map(|statement| self.met(statement));
        let met = met.unwrap_or_default();
        let domain = &self.domain;
        let mut context = BTreeMap::new();
        for (key, lists) in &domain.keys {
            if let Some(list) = random.pick(lists)
                && !list.is_empty()
            {
                context.insert(key.clone(), list.clone());
            }
        }
        let mut asked = Request {
            caller: random
                .pick(&domain.callers)
                .cloned()
                .unwrap_or(Caller::Untold),
            action: near(&domain.actions, &met.0, random),
            resource: near(&domain.resources, &met.1, random),
            resource_account: None,
            context,
        };
        // A letter more or less, where nobody looked.
        if asked.resource != "*" && random.percent(15) {
            asked
                .resource
                .push_str(random.text(&["z", "/", ":z", "*", "?"]));
        }
        if random.percent(5) {
            for values in asked.context.values_mut() {
                if let Some(Value::Text(text)) = values.first_mut() {
                    text.push_str(random.text(&["z", "*", " "]));
                }
            }
        }
        self.complete(asked)
    }

    /// With what follows from the rest: an identity is one of the partition of
    /// what it asks for, and evaluators that do not fill in the owner are told.
    fn complete(&self, mut asked: Request) -> Request {
        let partition = asked.resource.split(':').nth(1).unwrap_or("aws").to_owned();
        if !self.new.names_principals() && !self.reference.names_principals() {
            asked.caller = match asked.caller {
                Caller::User(arn) => Caller::User(in_partition(&arn, &partition)),
                Caller::RoleSession(arn, role) => Caller::RoleSession(
                    in_partition(&arn, &partition),
                    role.map(|role| in_partition(&role, &partition)),
                ),
                other => other,
            };
        }
        complete(asked)
    }

    fn statements(&self, set: &'s Set, effect: Option<Effect>) -> Vec<&'s Statement> {
        set.documents()
            .flat_map(|document| document.statements())
            .filter(|statement| effect.is_none() || statement.effect() == effect)
            .collect()
    }

    /// The actions and resources that a statement lists.
    fn met(&self, statement: &'s Statement) -> Met {
        let place = std::ptr::from_ref(statement).addr();
        if let Some(met) = self.met.borrow().get(&place) {
            return Rc::clone(met);
        }
        let actions: Vec<Vec<Token>> = statement
            .actions()
            .iter()
            .map(|pattern| glob::wildcards(&pattern.as_str().to_ascii_lowercase()))
            .collect();
        let keys = self.domain.keys.iter().cloned().collect();
        let resources: Vec<Vec<Token>> = statement
            .resources()
            .unwrap_or_default()
            .iter()
            .filter(|pattern| pattern.as_str() != "*")
            .flat_map(|pattern| super::domain::resource_globs(pattern.as_str(), true, &keys))
            .collect();
        let of = |texts: &[String], patterns: &[Vec<Token>]| -> Vec<String> {
            let met = |text: &&String| patterns.iter().any(|p| glob::matches(p, text));
            texts.iter().filter(met).cloned().collect()
        };
        let met = Rc::new((
            of(&self.domain.actions, &actions),
            of(&self.domain.resources, &resources),
        ));
        self.met.borrow_mut().insert(place, Rc::clone(&met));
        met
    }

    /// Asks so many aimed requests; the first that the new set allows and the
    /// other does not.
    ///
    /// # Errors
    /// What the evaluators say where they differ.
    pub fn attack(&self, random: &mut Random, requests: usize) -> Result<Option<Request>, String> {
        for _ in 0..requests {
            let asked = self.aimed(random);
            if request(&asked).is_ok() && self.differs_quickly(&asked)? {
                return Ok(Some(asked));
            }
        }
        Ok(None)
    }
}

fn in_partition(arn: &str, partition: &str) -> String {
    let mut fields: Vec<&str> = arn.splitn(3, ':').collect();
    if let Some(field) = fields.get_mut(1) {
        *field = partition;
    }
    fields.join(":")
}

/// One of those that are met; any of the texts where none is.
fn near(texts: &[String], met: &[String], random: &mut Random) -> String {
    let from = match met.is_empty() || random.percent(10) {
        true => texts,
        false => met,
    };
    random.pick(from).cloned().unwrap_or_default()
}

/// With the owner of the resource, for an evaluator that does not work it out: the
/// account that is told or in the ARN, else the caller's own.
pub fn complete(mut asked: Request) -> Request {
    let account = asked.resource.split(':').nth(4).unwrap_or_default();
    let account = match &asked.resource_account {
        _ if asked.resource == "*" => None,
        Some(account) => Some(account.as_str()),
        None if iam_dsl_core::arn::is_account_id(account) => Some(account),
        None => asked.caller.account(),
    };
    if let Some(account) = account {
        let account = vec![Value::Text(account.to_owned())];
        asked
            .context
            .entry("aws:resourceaccount".to_owned())
            .or_insert(account);
    }
    asked
}
