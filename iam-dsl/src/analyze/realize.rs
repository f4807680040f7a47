//! From what was found to a request that can be asked, and asking it.
//!
//! What was found speaks in letters that stand for anything. They are replaced by
//! names that people write, as long as the evaluator confirms the request that
//! comes of it; else by single letters; else they stay.

use std::collections::BTreeMap;

use iam_dsl_core::AccountId;
use iam_dsl_core::catalogue::Catalogue;

use super::budget::Exhausted;
use super::callers::{
    Caller, CallerKind, DERIVED, PRINCIPAL_ACCOUNT, PRINCIPAL_ARN, RESOURCE_ACCOUNT, USERID,
    USERNAME,
};
use super::cells::{self, Cell, Sample};
use super::domain::Given;
use super::engine::Engine;
use super::names;
use super::witness::{Scope, Witness};
use crate::evaluate::probe;
use crate::{Context, Principal, Request};

/// What was found.
pub(super) struct Model<'m> {
    pub(super) caller: &'m Caller,
    pub(super) action: &'m Cell,
    pub(super) resource: &'m Cell,
    pub(super) given: BTreeMap<String, Given>,
}

/// What asking came to.
pub(super) enum Outcome {
    Witness(Box<Witness>),
    /// A service decides these requests whatever the policies say.
    Rule,
    /// No request that was tried is let through by one side alone.
    Refuted,
}

/// How letters are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// By names.
    Words,
    /// Each by one letter or digit.
    Letters,
    /// Not at all.
    Raw,
}

const WORDS: [&str; 6] = ["example", "other", "third", "fourth", "fifth", "sixth"];
/// Asks for the requests that the model stands for.
pub(super) fn witness(engine: &Engine<'_>, model: &Model<'_>) -> Result<Outcome, Exhausted> {
    let mut ruled = false;
    let actions = actions(engine, model.action)?;
    for style in [Style::Words, Style::Letters, Style::Raw] {
        let realizer = Realizer {
            engine,
            model,
            style,
        };
        for action in &actions {
            for resource in &model.resource.samples {
                for resource_text in realizer.resources(&action.text, resource) {
                    engine.meter.take(16)?;
                    let Some(request) = realizer.request(&action.text, &resource_text) else {
                        continue;
                    };
                    if engine.question.holds(&request) {
                        let patterns = model.action.patterns.iter();
                        let scope = Scope {
                            action: names::action(&engine.sides, &action.pattern),
                            resource: realizer.plain(&resource.pattern),
                            all: patterns
                                .map(|pattern| names::action(&engine.sides, pattern))
                                .collect(),
                            more: model
                                .action
                                .count
                                .saturating_sub(model.action.patterns.len()),
                        };
                        let witness = Witness::new(request, engine.new, &engine.sides, scope);
                        return Ok(Outcome::Witness(Box::new(witness)));
                    }
                    ruled |= probe::decided_by_rule(&request);
                }
            }
        }
    }
    Ok(if ruled {
        Outcome::Rule
    } else {
        Outcome::Refuted
    })
}

/// The actions of the cell, those that AWS has first.
fn actions(engine: &Engine<'_>, cell: &Cell) -> Result<Vec<Sample>, Exhausted> {
    let catalogue = Catalogue::embedded();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for sample in &cell.samples {
        if sample.text.is_ascii() {
            match catalogue.action(&sample.text) {
                Some(action) => known.push(Sample {
                    text: action.to_string(),
                    pattern: action.to_string(),
                }),
                None => unknown.push(sample.clone()),
            }
            continue;
        }
        for action in catalogue.expand(&sample.pattern).take(64) {
            let text = action.to_string();
            let hits = cells::action_hits(engine.problem, &text, engine.meter)?;
            if (0..engine.problem.statements.len()).all(|s| cell.hits.has(s) == hits.contains(&s)) {
                known.push(Sample {
                    text,
                    pattern: sample.pattern.clone(),
                });
                break;
            }
        }
        // Names of actions have letters, digits, `-`, `_` and `.` alone.
        for letter in "x0z9qjw-_.abcdefghiklmnoprstuvy12345678".chars() {
            let text: String = sample
                .text
                .chars()
                .map(|c| if c.is_ascii() { c } else { letter })
                .collect();
            let hits = cells::action_hits(engine.problem, &text, engine.meter)?;
            if (0..engine.problem.statements.len()).all(|s| cell.hits.has(s) == hits.contains(&s)) {
                unknown.push(Sample {
                    text,
                    pattern: sample.pattern.clone(),
                });
                break;
            }
        }
    }
    known.append(&mut unknown);
    known.truncate(4);
    Ok(known)
}

struct Realizer<'r, 'e> {
    engine: &'r Engine<'e>,
    model: &'r Model<'r>,
    style: Style,
}

impl Realizer<'_, '_> {
    /// A text with the letters replaced; each letter by something of its own.
    fn plain(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        // A run of a letter has a length that matters.
        let mut before = None;
        let doubled = text.chars().any(|c| {
            let again = !c.is_ascii() && before == Some(c);
            before = Some(c);
            again
        });
        let words = self.style == Style::Words && !doubled;
        text.chars()
            .map(|character| match self.number(character) {
                None => character.to_string(),
                Some(number) if self.is_account(character) => {
                    self.engine.problem.letters.account(number)
                }
                Some(_) if self.style == Style::Raw => character.to_string(),
                Some(number) if words => self.word(number),
                Some(number) => {
                    let letters = ['x', 'q', 'z', 'j', 'w', 'v', 'k', 'y'];
                    letters
                        .get(number % letters.len())
                        .unwrap_or(&'x')
                        .to_string()
                }
            })
            .collect()
    }

    /// Which of the letters this is; those of keys are told apart.
    fn number(&self, character: char) -> Option<usize> {
        if character.is_ascii() {
            return None;
        }
        let letters = &self.engine.problem.letters;
        if (0..16).any(|n| letters.get(n) == character) {
            return Some(0);
        }
        let place = (16..256).find(|n| letters.get(*n) == character)?;
        Some(place - 16)
    }

    fn word(&self, number: usize) -> String {
        match WORDS.get(number) {
            Some(word) => (*word).to_owned(),
            None => format!("{}{number}", WORDS.first().unwrap_or(&"x")),
        }
    }

    /// Whether a letter stands for an account.
    fn is_account(&self, letter: char) -> bool {
        let keys = [PRINCIPAL_ACCOUNT, RESOURCE_ACCOUNT, "aws:sourceaccount"];
        let has = |key: &str| self.one(key).is_some_and(|text| text.contains(letter));
        keys.iter().any(|key| self.engine.letter(key) == letter)
            || has(PRINCIPAL_ACCOUNT)
            || has(RESOURCE_ACCOUNT)
    }

    /// An account for a text: itself where it is one, else one that its letter
    /// stands for, or one of the same digits where it has some. The first run of a
    /// letter takes up what is missing of twelve.
    fn account(&self, text: &str) -> String {
        let Some(number) = text.chars().find_map(|c| self.number(c)) else {
            return text.to_owned();
        };
        if !text.contains(|c: char| c.is_ascii()) {
            return self.engine.problem.letters.account(number);
        }
        let digit = match self.style {
            Style::Words => '0',
            Style::Letters => '7',
            Style::Raw => '9',
        };
        let missing = 12_usize.saturating_sub(text.chars().count());
        let mut left = missing;
        text.chars()
            .flat_map(|c| {
                let more = if c.is_ascii() {
                    0
                } else {
                    std::mem::take(&mut left)
                };
                let c = if c.is_ascii() { c } else { digit };
                std::iter::repeat_n(c, 1 + more)
            })
            .collect()
    }

    fn one(&self, key: &str) -> Option<&str> {
        match self.model.given.get(key) {
            Some(Given::One(text)) => Some(text),
            _ => None,
        }
    }

    /// The resources that a sample stands for.
    fn resources(&self, action: &str, sample: &Sample) -> Vec<String> {
        if sample.text == "*" {
            return vec!["*".to_owned()];
        }
        let mut all = Vec::new();
        if self.style == Style::Words && sample.pattern == "*" {
            all.extend(self.usual(action));
        }
        let service = action.split_once(':').map_or("s3", |(service, _)| service);
        let account = self.one(RESOURCE_ACCOUNT).map(|text| self.account(text));
        let fields: Vec<&str> = sample.text.splitn(6, ':').collect();
        let [_, partition, namespace, region, owner, resource] = fields.as_slice() else {
            return all;
        };
        let free = |text: &str| !text.is_empty() && text.chars().all(|c| !c.is_ascii());
        let field = |text: &str, usual: &str| match self.style {
            Style::Words if free(text) => usual.to_owned(),
            _ => self.plain(text),
        };
        let owners = match (self.style, free(owner)) {
            (Style::Raw, _) | (_, false) => vec![self.plain(owner)],
            (_, true) => vec![account.unwrap_or_else(|| self.account(owner))],
        };
        for owner in owners {
            all.push(format!(
                "arn:{}:{}:{}:{owner}:{}",
                field(partition, "aws"),
                field(namespace, &service.to_ascii_lowercase()),
                field(region, "us-east-1"),
                self.plain(resource),
            ));
        }
        all
    }

    /// A resource that AWS documents for the action.
    fn usual(&self, action: &str) -> Option<String> {
        let action = Catalogue::embedded().action(action)?;
        let format = action
            .resource_types()
            .next()?
            .resource_type()
            .arn_formats()
            .next()?;
        let account = self.one(RESOURCE_ACCOUNT).map(|text| self.account(text));
        let mut text = String::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}')?;
            text.push_str(before);
            text.push_str(match name {
                "Partition" => "aws",
                "Region" => "us-east-1",
                "Account" => account.as_deref().unwrap_or("111122223333"),
                _ => "example",
            });
            rest = behind;
        }
        text.push_str(rest);
        (!text.contains('*')).then_some(text)
    }

    fn request(&self, action: &str, resource: &str) -> Option<Request> {
        let mut request = Request::new(action, resource).ok()?;
        if let Some(owner) = self.one(RESOURCE_ACCOUNT) {
            let owner = self.account(owner);
            let told = resource.split(':').nth(4).unwrap_or_default();
            if told != owner && resource != "*" {
                // An ARN that tells another account is of that account.
                if iam_dsl_core::arn::is_account_id(told) {
                    return None;
                }
                request = request.resource_account(AccountId::new(&owner).ok()?);
            }
        }
        let principal = self.principal(resource)?;
        let mut context = Context::new();
        for (key, given) in &self.model.given {
            let derived = DERIVED.contains(&key.as_str());
            let told = [CallerKind::User, CallerKind::Federated, CallerKind::Root];
            let own_id = key == USERID && !told.contains(&self.model.caller.kind);
            let bare_owner = key == RESOURCE_ACCOUNT && resource == "*";
            if derived && !own_id && !bare_owner {
                continue;
            }
            let is_account = key.ends_with("account") || key.ends_with(":accountid");
            let text = |text: &str| match is_account && !text.is_ascii() {
                true => self.account(text),
                false => self.plain(text),
            };
            context = match given {
                Given::Absent => context,
                Given::One(value) => context.with(key, text(value)),
                Given::Several(values) => {
                    context.with_values(key, values.iter().map(|value| text(value)))
                }
            };
        }
        Some(request.principal(principal).context(context))
    }

    /// The principal that the model's values tell about.
    fn principal(&self, resource: &str) -> Option<Principal> {
        let caller = self.model.caller;
        let kind = &caller.kind;
        if let CallerKind::Exactly(principal) = kind {
            return Some((**principal).clone());
        }
        let partition = match resource.split(':').nth(1) {
            Some(partition) if resource != "*" => partition,
            _ => "aws",
        };
        let told = self.one(PRINCIPAL_ARN).unwrap_or_default();
        let told: Vec<&str> = told.splitn(6, ':').collect();
        let field = |number: usize| told.get(number).copied().filter(|text| !text.is_empty());
        let free = |text: &&str| !text.is_ascii();
        let partition = match (&caller.home, field(1)) {
            (Some(home), _) => home.partition.as_str(),
            (None, Some(own)) if !free(&own) => own,
            _ => partition,
        };
        let by_arn = field(4).filter(|text| !free(text)).map(str::to_owned);
        let by_key = self.one(PRINCIPAL_ACCOUNT).map(|text| self.account(text));
        let by_home = caller.home.as_ref().map(|home| home.account.clone());
        let account = match by_home.or(by_arn).or(by_key) {
            Some(account) => account,
            // The resource's own account, where it tells one.
            None => {
                let owner = resource.split(':').nth(4).unwrap_or_default();
                match iam_dsl_core::arn::is_account_id(owner) && !caller.taken.contains(owner) {
                    true => owner.to_owned(),
                    false => self.engine.problem.letters.account(0),
                }
            }
        };
        let name = match field(5) {
            Some(_) if *kind == CallerKind::Root => String::new(),
            Some(resource) => self.plain(resource.split_once('/')?.1),
            None => match self.one(USERNAME) {
                Some(name) => self.plain(name),
                None => "example".to_owned(),
            },
        };
        match kind {
            CallerKind::User => {
                let user = Principal::user(&format!("arn:{partition}:iam::{account}:user/{name}"));
                let user = user.ok()?;
                Some(match self.one(USERID) {
                    Some(id) => user.with_unique_id(self.plain(id)),
                    None => user,
                })
            }
            CallerKind::Root => {
                let root = format!("arn:{partition}:iam::{account}:root");
                root.parse().ok()
            }
            CallerKind::Role => {
                let short = name.rsplit('/').next().unwrap_or_default();
                let session =
                    format!("arn:{partition}:sts::{account}:assumed-role/{short}/session");
                let role = format!("arn:{partition}:iam::{account}:role/{name}");
                Principal::assumed_role(&session)
                    .and_then(|s| s.of_role(&role))
                    .ok()
            }
            _ => Principal::federated_user(&format!(
                "arn:{partition}:sts::{account}:federated-user/{name}"
            ))
            .ok(),
        }
    }
}
