//! What a policy says twice: actions, resources, statements, numbers.
//!
//! Source: Access Analyzer's checks REDUNDANT_ACTION, REDUNDANT_RESOURCE,
//! REDUNDANT_STATEMENT and REDUNDANT_CONDITION_VALUE_NUM.

use std::collections::hash_map::{Entry, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use super::Rules;
use crate::diagnostic::Code;
use crate::equality;
use crate::fix::{Edit, Fix};
use crate::model::{ConditionEntry, OneOrMany, Statement, StatementElement};
use crate::operator::{Comparison, Operator};
use crate::pattern::Glob;
use crate::pointer::Place;
use crate::variable::{self, Part};

/// A letter that stands for whatever a wildcard of a covered pattern may match.
/// No policy holds it: IAM takes U+0020 to U+00FF, and JSON's escapes are rare
/// enough that a pattern with this one may be taken for another.
const FRESH: char = '\u{f8ff}';

/// With how many patterns of the same literal beginning one text is compared.
/// A hand-written list has one or two; the limit keeps the time linear.
const COMPARED: usize = 32;

impl Rules {
    /// The lists of one statement.
    pub(super) fn redundant_items(&mut self, statement: &Statement, place: Place<'_>) {
        for element in statement.elements() {
            let here = place.key(element.key());
            match element {
                StatementElement::Action(OneOrMany::Many(list))
                | StatementElement::NotAction(OneOrMany::Many(list)) => {
                    let folded: Vec<String> = list
                        .iter()
                        .map(|action| action.as_str().to_ascii_lowercase())
                        .collect();
                    let texts: Vec<&str> = list.iter().map(|action| action.as_str()).collect();
                    let groups = groups(&folded, false);
                    self.redundant(Code::RedundantAction, "action", &texts, groups, here);
                }
                StatementElement::Resource(OneOrMany::Many(list))
                | StatementElement::NotResource(OneOrMany::Many(list)) => {
                    let texts: Vec<&str> = list.iter().map(|item| item.as_str()).collect();
                    let groups = groups(&texts, self.variables);
                    self.redundant(Code::RedundantResource, "resource", &texts, groups, here);
                }
                _ => {}
            }
        }
    }

    fn redundant(
        &mut self,
        code: Code,
        what: &str,
        texts: &[&str],
        groups: Vec<Group>,
        place: Place<'_>,
    ) {
        for Group { cover, covered } in groups {
            let Some((&first, others)) = covered.split_first() else {
                continue;
            };
            let text = |index: usize| texts.get(index).copied().unwrap_or_default();
            let message = match others.len() {
                0 => format!("`{}` adds nothing to `{}`", text(first), text(cover)),
                more => format!(
                    "`{}` and {more} more add nothing to `{}`",
                    text(first),
                    text(cover)
                ),
            };
            // From the end, so that no removal moves what is removed next.
            let edits = covered.iter().rev();
            let edits = edits.map(|&index| Edit::remove(place.index(index)));
            let label = match covered.len() {
                1 => format!("remove `{}`", text(first)),
                count => format!("remove {count} {what}s that `{}` covers", text(cover)),
            };
            let fix = Fix::same_meaning(label.clone(), edits.collect());
            let mut report = self
                .report(code, place.index(first), message)
                .help(label)
                .fix(fix)
                .related(place.index(cover));
            for &index in others {
                report = report.related(place.index(index));
            }
        }
    }

    /// Statements that say the same as an earlier one, whatever their Sids.
    pub(super) fn redundant_statements(&mut self, statements: &[Statement]) {
        if statements.len() < 2 {
            return;
        }
        // Nearly all statements differ in a few of their texts: only those that do
        // not are compared in full.
        let mut alike: HashMap<[u64; 4], Vec<usize>> = HashMap::with_capacity(statements.len());
        for (index, statement) in statements.iter().enumerate() {
            alike.entry(outline(statement)).or_default().push(index);
        }
        let mut found = Vec::new();
        for indexes in alike.into_values().filter(|indexes| indexes.len() > 1) {
            let mut seen = std::collections::BTreeMap::new();
            for index in indexes {
                let Some(statement) = statements.get(index) else {
                    continue;
                };
                if statement.elements().is_empty() {
                    continue;
                }
                match seen.entry(equality::without_sid(statement)) {
                    std::collections::btree_map::Entry::Vacant(free) => {
                        free.insert(index);
                    }
                    std::collections::btree_map::Entry::Occupied(first) => {
                        found.push((index, *first.get()));
                    }
                }
            }
        }
        found.sort_unstable();
        let list = Place::ROOT.key("Statement");
        for (index, first) in found {
            let fix = Fix::same_meaning(
                "remove the statement",
                vec![Edit::remove(list.index(index))],
            );
            self.report(
                Code::RedundantStatement,
                list.index(index),
                "an earlier statement says the same",
            )
            .help("remove one of the two")
            .fix(fix)
            .related(list.index(first));
        }
    }

    /// Numbers of which one decides, as the greatest does for "less than".
    pub(super) fn redundant_numbers(
        &mut self,
        operator: Operator,
        entry: &ConditionEntry,
        place: Place<'_>,
    ) {
        let greatest = match operator.comparison {
            Comparison::NumericLessThan | Comparison::NumericLessThanEquals => true,
            Comparison::NumericGreaterThan | Comparison::NumericGreaterThanEquals => false,
            _ => return,
        };
        let values = entry.values.as_slice();
        if values.len() < 2 {
            return;
        }
        let mut kept: Option<(f64, &crate::model::ConditionValue)> = None;
        for value in values {
            let text = value.text();
            // What is no number is a finding of its own.
            let Some(number) = super::condition::number(&text) else {
                return;
            };
            let better = kept.is_none_or(|(best, _)| {
                if greatest {
                    number > best
                } else {
                    number < best
                }
            });
            if better {
                kept = Some((number, value));
            }
        }
        let Some((_, value)) = kept else {
            return;
        };
        let which = if greatest { "greatest" } else { "least" };
        let text = value.text().into_owned();
        let fix = Fix::same_meaning(
            format!("keep the {which} value, `{text}`"),
            vec![Edit::replace(place, text.clone())],
        );
        self.report(
            Code::RedundantConditionValueNum,
            place,
            format!("of several values of `{operator}` only the {which} counts"),
        )
        .help(format!("write `{text}` alone"))
        .fix(fix);
    }
}

/// Items that one other item covers.
struct Group {
    cover: usize,
    /// In order; never empty.
    covered: Vec<usize>,
}

/// A few numbers that are equal for statements that say the same: the least
/// hash of each list, whatever its order and repetitions.
fn outline(statement: &Statement) -> [u64; 4] {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let least = |hashes: &mut dyn Iterator<Item = u64>| hashes.min().unwrap_or(0);
    let actions = |list: &[crate::model::ActionPattern]| {
        least(
            &mut list
                .iter()
                .map(|action| hasher.hash_one(action.as_str().to_ascii_lowercase())),
        )
    };
    let resources = |list: Option<&[crate::model::ResourcePattern]>| {
        least(
            &mut list
                .unwrap_or_default()
                .iter()
                .map(|item| hasher.hash_one(item.as_str())),
        )
    };
    let conditions =
        statement.conditions().map_or(0, |conditions| {
            least(&mut conditions.iter().map(|(operator, entry)| {
                hasher.hash_one((operator, entry.key.to_ascii_lowercase()))
            }))
        });
    let kinds = (
        statement.effect(),
        statement.not_actions().is_some(),
        statement.not_resources().is_some(),
        statement.principal().is_some(),
    );
    [
        hasher.hash_one(kinds),
        actions(statement.actions()) ^ actions(statement.not_actions().unwrap_or_default()),
        resources(statement.resources()) ^ resources(statement.not_resources()),
        conditions,
    ]
}

/// A pattern as the text that stands for all that it matches: another pattern
/// without `?` matches this text exactly if it matches everything that the
/// pattern does. `None` where the text is not understood.
fn representative(text: &str, variables: bool) -> Option<String> {
    let wild = |text: &str| text.replace(['*', '?'], FRESH.encode_utf8(&mut [0; 4]));
    if !text.contains("${") {
        return Some(wild(text));
    }
    if !variables {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for part in variable::parts(text) {
        match part.ok()? {
            Part::Text(text) => out.push_str(&wild(text)),
            Part::Literal(character) => out.push(character),
            Part::Variable { .. } => out.push(FRESH),
        }
    }
    Some(out)
}

/// Whether a pattern can be asked for what it covers: its wildcards are wildcards,
/// and a `?` would take the letter that stands for a run.
fn can_cover(text: &str) -> bool {
    text.contains('*') && !text.contains('?') && !text.contains("${")
}

/// Which items of a list others cover. Every text is compared with those
/// patterns only that begin as it does.
fn groups<T: AsRef<str>>(texts: &[T], variables: bool) -> Vec<Group> {
    if texts.len() < 2 {
        return Vec::new();
    }
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(texts.len());
    let mut covers: HashMap<&str, Vec<(usize, Glob)>> = HashMap::new();
    let mut cover_of: Vec<Option<usize>> = vec![None; texts.len()];
    for (index, text) in texts.iter().enumerate() {
        let text = text.as_ref();
        match first.entry(text) {
            Entry::Occupied(earlier) => {
                if let Some(slot) = cover_of.get_mut(index) {
                    *slot = Some(*earlier.get());
                }
                continue;
            }
            Entry::Vacant(free) => {
                free.insert(index);
            }
        }
        if can_cover(text) {
            let start = text.split('*').next().unwrap_or_default();
            let alike = covers.entry(start).or_default();
            if alike.len() < COMPARED {
                alike.push((index, Glob::new(text)));
            }
        }
    }
    let mut lengths: Vec<usize> = covers.keys().map(|start| start.len()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    if !lengths.is_empty() {
        for (&text, &index) in &first {
            // Most texts begin as no pattern does, and need no text made of them.
            let mut alike = lengths
                .iter()
                .filter_map(|&length| covers.get(text.get(..length)?))
                .flat_map(|alike| alike.iter())
                .filter(|&&(other, _)| other != index)
                .peekable();
            if alike.peek().is_none() {
                continue;
            }
            let Some(wanted) = representative(text, variables) else {
                continue;
            };
            let found = alike.find(|&&(other, ref glob)| {
                glob.matches(&wanted)
                    // Of two that match the same, the earlier one stays.
                    && (other < index || !mutual(text, texts.get(other).map(AsRef::as_ref)))
            });
            if let (Some((other, _)), Some(slot)) = (found, cover_of.get_mut(index)) {
                *slot = Some(*other);
            }
        }
    }
    let mut by_cover: std::collections::BTreeMap<usize, Vec<usize>> = Default::default();
    for index in 0..texts.len() {
        if let Some(root) = root(&cover_of, index) {
            by_cover.entry(root).or_default().push(index);
        }
    }
    let mut groups: Vec<Group> = by_cover
        .into_iter()
        .map(|(cover, covered)| Group { cover, covered })
        .collect();
    groups.sort_by_key(|group| group.covered.first().copied());
    groups
}

/// Whether a pattern covers another that covers it.
fn mutual(text: &str, other: Option<&str>) -> bool {
    let other = other.and_then(|other| representative(other, false));
    can_cover(text) && other.is_some_and(|other| Glob::new(text).matches(&other))
}

/// The last of the items that cover one another, where any covers this one.
fn root(cover_of: &[Option<usize>], index: usize) -> Option<usize> {
    let mut at = cover_of.get(index).copied().flatten()?;
    // Covering has no circles, so this ends; the bound is for certainty.
    for _ in 0..cover_of.len() {
        match cover_of.get(at).copied().flatten() {
            Some(next) => at = next,
            None => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(texts: &[&str]) -> Vec<(usize, Vec<usize>)> {
        groups(texts, true)
            .into_iter()
            .map(|group| (group.cover, group.covered))
            .collect()
    }

    #[test]
    fn patterns_cover_what_they_match() {
        assert_eq!(covered(&["a*", "ab*", "abc", "b"]), [(0, vec![1, 2])]);
        assert_eq!(covered(&["x", "y", "x"]), [(0, vec![2])]);
        assert_eq!(covered(&["a*b*", "a*b"]), [(0, vec![1])]);
        assert_eq!(covered(&["a**", "a*"]), [(0, vec![1])]);
        // `?` takes one character, and `*` may stand for several.
        assert_eq!(covered(&["a?", "a*"]), [(1, vec![0])]);
        assert_eq!(covered(&["a?c", "abc"]), []);
        assert_eq!(covered(&["a*c", "a*b"]), []);
    }

    #[test]
    fn variables_are_covered_and_cover_nothing() {
        assert_eq!(covered(&["b/${aws:username}", "b/*"]), [(1, vec![0])]);
        assert_eq!(covered(&["b/${*}", "b/x"]), []);
        assert_eq!(covered(&["b/${aws:username}/*", "b/x/*"]), []);
    }
}
