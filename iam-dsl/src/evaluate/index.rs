//! Which statements of a layer may match a request.

use std::collections::{BTreeMap, HashMap};

use super::pattern::Pattern;
use super::prepare::PreparedStatement;
use super::request::RequestData;
use super::trie::{Found, Trie};

/// Document and statement, by their numbers.
pub(super) type Place = (usize, usize);

/// Stands for actions or resources that say nothing about where to look:
/// statements that list what they leave out, unreadable ones, `*`.
const ANY: usize = 0;

/// A statement with more resources than this is looked up by its actions alone.
const RESOURCES: usize = 16;

/// Statements by the actions and resources that they list. Actions and
/// resources have numbers; a statement stands under each pair of its numbers.
/// Every list is in the order of the places, so that its first match is the
/// first of all in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pairs: HashMap<(usize, usize), Vec<Place>>,
    /// The number of an action or a pattern by its text.
    actions: HashMap<String, usize>,
    /// The patterns by the text before their first wildcard, by its length
    /// first: only lengths that occur are looked up.
    prefixes: BTreeMap<usize, HashMap<String, Vec<(usize, Pattern)>>>,
    resources: Trie,
    /// How many numbers are taken, `ANY` apart.
    numbers: usize,
}

impl Index {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Adds a statement after all that came before.
    pub(super) fn add(&mut self, place: Place, statement: &PreparedStatement) {
        let resources: Vec<usize> = match statement.listed_resources() {
            Some(keys) if keys.len() <= RESOURCES => {
                let number = |key: &str| {
                    self.numbers += 1;
                    self.resources.insert(key, self.numbers)
                };
                keys.iter().map(|key| key.as_ref()).map(number).collect()
            }
            _ => vec![ANY],
        };
        let actions: Vec<usize> = match statement.listed_actions() {
            Some(set) => set.keys().map(|key| self.action(key)).collect(),
            None => vec![ANY],
        };
        for &action in &actions {
            for &resource in &resources {
                let list = self.pairs.entry((action, resource)).or_default();
                if list.last() != Some(&place) {
                    list.push(place);
                }
            }
        }
    }

    /// The number of an action or a pattern, given if it is new.
    fn action(&mut self, text: &str) -> usize {
        if let Some(&number) = self.actions.get(text) {
            return number;
        }
        self.numbers += 1;
        let number = self.numbers;
        if text.contains(['*', '?']) {
            let pattern = Pattern::new(text);
            let prefix = pattern.prefix();
            self.prefixes
                .entry(prefix.len())
                .or_default()
                .entry(prefix.to_owned())
                .or_default()
                .push((number, pattern));
        }
        self.actions.insert(text.to_owned(), number);
        number
    }

    /// Hands out the lists in which every statement stands that matches the request.
    pub(super) fn candidates<'i>(
        &'i self,
        request: &RequestData,
        mut take: impl FnMut(&'i [Place]),
    ) {
        if self.is_empty() {
            return;
        }
        let folded = request.action.folded();
        let mut actions = Found::from_slice(&[ANY]);
        // No pattern is an action: those have no wildcards.
        actions.extend(self.actions.get(folded).copied());
        for (&length, lists) in &self.prefixes {
            let Some(list) = folded.get(..length).and_then(|prefix| lists.get(prefix)) else {
                continue;
            };
            let matching = list.iter().filter(|(_, pattern)| pattern.matches(folded));
            actions.extend(matching.map(|(number, _)| *number));
        }
        let mut resources = Found::from_slice(&[ANY]);
        self.resources.find(&request.resource, &mut resources);
        for &action in &actions {
            for &resource in &resources {
                if let Some(list) = self.pairs.get(&(action, resource)) {
                    take(list);
                }
            }
        }
    }
}
