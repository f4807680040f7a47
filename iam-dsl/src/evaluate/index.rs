//! Which statements of a layer may match an action.

use std::collections::{BTreeMap, HashMap};

use super::action::{ActionSet, Key};
use super::request::Action;

/// Document and statement, by their numbers.
pub(super) type Place = (usize, usize);

/// Statements by the actions that they list. Every list is in the order of the
/// places, so that its first match is the first of all in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    exact: HashMap<String, Vec<Place>>,
    /// By length first: only lengths that occur are looked up.
    prefixes: BTreeMap<usize, HashMap<String, Vec<Place>>>,
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
                Key::Exact(action) => self.exact.entry(action).or_default(),
                Key::Prefix(prefix) => self
                    .prefixes
                    .entry(prefix.len())
                    .or_default()
                    .entry(prefix)
                    .or_default(),
            };
            if list.last() != Some(&place) {
                list.push(place);
            }
        }
    }

    /// The lists in which every statement stands that matches the action.
    pub(super) fn candidates(&self, action: &Action) -> impl Iterator<Item = &[Place]> {
        let folded = action.folded();
        let exact = self.exact.get(folded);
        let prefixes = self
            .prefixes
            .iter()
            .filter_map(move |(&length, lists)| lists.get(folded.get(..length)?));
        exact
            .into_iter()
            .chain(prefixes)
            .map(Vec::as_slice)
            .chain(std::iter::once(self.rest.as_slice()))
    }
}
