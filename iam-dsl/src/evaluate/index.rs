//! Which statements of a layer may match an action.

use std::collections::{BTreeMap, HashMap};

use super::action::{ActionSet, Key, NamePattern};
use super::request::Action;

/// Document and statement, by their numbers.
pub(super) type Place = (usize, usize);

/// Statements by the actions that they list. Every list is in the order of the
/// places, so that its first match is the first of all in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    exact: HashMap<String, Vec<Place>>,
    /// Each pattern once, however many statements have it.
    patterns: Vec<(NamePattern, Vec<Place>)>,
    /// The number of a pattern by its text.
    numbers: HashMap<String, usize>,
    /// The patterns by the text before their first wildcard, by its length
    /// first: only lengths that occur are looked up.
    prefixes: BTreeMap<usize, HashMap<String, Vec<usize>>>,
    /// Statements that list what they leave out, and unreadable ones.
    rest: Vec<Place>,
}

impl Index {
    /// Adds a statement after all that came before; `None` for one whose
    /// actions say nothing about where to look.
    pub(super) fn add(&mut self, place: Place, actions: Option<&ActionSet>) {
        let Some(actions) = actions else {
            self.rest.push(place);
            return;
        };
        for key in actions.keys() {
            let list = match key {
                Key::Exact(action) => Some(self.exact.entry(action).or_default()),
                Key::Pattern(text) => self.pattern(text),
            };
            if let Some(list) = list.filter(|list| list.last() != Some(&place)) {
                list.push(place);
            }
        }
    }

    /// The list of a pattern, made if it is new.
    fn pattern(&mut self, text: String) -> Option<&mut Vec<Place>> {
        let next = self.patterns.len();
        let number = match self.numbers.get(&text) {
            Some(&number) => number,
            None => {
                let pattern = NamePattern::new(&text);
                self.prefixes
                    .entry(pattern.prefix().len())
                    .or_default()
                    .entry(pattern.prefix().to_owned())
                    .or_default()
                    .push(next);
                self.patterns.push((pattern, Vec::new()));
                self.numbers.insert(text, next);
                next
            }
        };
        self.patterns.get_mut(number).map(|(_, places)| places)
    }

    /// The lists in which every statement stands that matches the action.
    pub(super) fn candidates(&self, action: &Action) -> impl Iterator<Item = &[Place]> {
        let folded = action.folded();
        let exact = self.exact.get(folded);
        let patterns = self
            .prefixes
            .iter()
            .filter_map(move |(&length, lists)| lists.get(folded.get(..length)?))
            .flatten()
            .filter_map(|&number| self.patterns.get(number))
            .filter(move |(pattern, _)| pattern.matches(folded))
            .map(|(_, places)| places);
        exact
            .into_iter()
            .chain(patterns)
            .map(Vec::as_slice)
            .chain(std::iter::once(self.rest.as_slice()))
    }
}
