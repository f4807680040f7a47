//! Texts that tell patterns apart.
//!
//! For a handful of patterns, one text for every combination of them that some
//! text matches: with these texts a search over all requests becomes one over
//! finitely many. The product of the patterns' automata is walked state by state,
//! so nothing is guessed; where it grows too large there is no answer.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// This character.
    Char(char),
    /// This ASCII letter in either case.
    Fold(char),
    /// Any character; a colon only where it may be one.
    One {
        /// Whether a colon counts.
        colon: bool,
    },
    /// Any run of characters; with colons only where it may have them.
    Any {
        /// Whether colons count.
        colon: bool,
    },
}

/// A pattern; `None` matches nothing.
pub type Glob = Option<Vec<Token>>;

/// The characters of a text, each standing for itself.
pub fn literal(text: &str) -> Vec<Token> {
    text.chars().map(Token::Char).collect()
}

/// `*` and `?` as wildcards over all characters.
pub fn wildcards(text: &str) -> Vec<Token> {
    text.chars()
        .map(|c| match c {
            '*' => Token::Any { colon: true },
            '?' => Token::One { colon: true },
            c => Token::Char(c),
        })
        .collect()
}

/// What the texts have to look like at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// `service:Name`, of the letters that IAM takes there, in lower case.
    Action,
    /// An ARN that names one resource.
    Arn,
}

impl Shape {
    /// The state after this character; `None` where no text goes on so. States
    /// count colons, and tell whether the field is still empty.
    fn step(self, state: (usize, usize), c: char) -> Option<(usize, usize)> {
        let (colons, length) = state;
        match self {
            Shape::Text => Some((0, 0)),
            Shape::Action if c == ':' => (colons == 0 && length > 0).then_some((1, 0)),
            Shape::Action => (c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
                .then_some((colons, 1)),
            Shape::Arn if colons == 0 => match (length, c) {
                (0, 'a') | (1, 'r') | (2, 'n') => Some((0, length + 1)),
                (3, ':') => Some((1, 0)),
                _ => None,
            },
            Shape::Arn if colons == 5 => Some((5, 1)),
            Shape::Arn if c == ':' => (colons > 2 || length > 0).then_some((colons + 1, 0)),
            Shape::Arn => (!"*?$".contains(c)).then_some((colons, 1)),
        }
    }

    /// Whether the text has the shape.
    fn fits(self, text: &str) -> bool {
        text.chars()
            .try_fold((0, 0), |state, c| self.step(state, c))
            .is_some_and(|state| self.ends(state))
    }

    fn ends(self, state: (usize, usize)) -> bool {
        match self {
            Shape::Text => true,
            Shape::Action => state == (1, 1),
            Shape::Arn => state == (5, 1),
        }
    }
}

/// The places of a pattern at which a text that was read may stand, a bit each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Places(Vec<u64>);

impl Places {
    fn none(pattern: &[Token]) -> Self {
        Places(vec![0; pattern.len() / 64 + 1])
    }

    /// Where a text begins.
    fn start(pattern: &[Token]) -> Self {
        let mut places = Places::none(pattern);
        places.insert(pattern, 0);
        places
    }

    fn contains(&self, place: usize) -> bool {
        let word = self.0.get(place / 64).copied().unwrap_or_default();
        word >> (place % 64) & 1 == 1
    }

    /// With this place, and those behind it that a run of nothing reaches.
    fn insert(&mut self, pattern: &[Token], mut place: usize) {
        loop {
            if let Some(word) = self.0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
            if !matches!(pattern.get(place), Some(Token::Any { .. })) {
                return;
            }
            place += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn step(&self, pattern: &[Token], c: char) -> Places {
        let mut next = Places::none(pattern);
        for (number, word) in self.0.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                let place = number * 64 + usize::try_from(left.trailing_zeros()).unwrap_or(0);
                left &= left - 1;
                let Some(token) = pattern.get(place) else {
                    continue;
                };
                match *token {
                    Token::Char(wanted) if wanted == c => next.insert(pattern, place + 1),
                    Token::Fold(wanted) if wanted.eq_ignore_ascii_case(&c) => {
                        next.insert(pattern, place + 1);
                    }
                    Token::One { colon } if colon || c != ':' => next.insert(pattern, place + 1),
                    Token::Any { colon } if colon || c != ':' => next.insert(pattern, place),
                    _ => {}
                }
            }
        }
        next
    }
}

/// Whether the pattern matches the text.
pub fn matches(pattern: &[Token], text: &str) -> bool {
    let mut places = Places::start(pattern);
    for c in text.chars() {
        places = places.step(pattern, c);
        if places.is_empty() {
            return false;
        }
    }
    places.contains(pattern.len())
}

/// The text of a pattern that matches one text alone.
fn only_text(pattern: &[Token]) -> Option<String> {
    pattern
        .iter()
        .map(|token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        })
        .collect()
}

/// More patterns with wildcards than this have too large a product.
const MOST: usize = 24;

/// A text for each combination of patterns that some text of the shape matches,
/// the shortest first; `None` where more than `cap` states would be walked.
pub fn representatives(
    patterns: &[Glob],
    shape: Shape,
    cap: usize,
) -> Option<Vec<(String, Vec<bool>)>> {
    let unique: BTreeSet<&Vec<Token>> = patterns.iter().flatten().collect();
    // A pattern of one text needs no automaton: that text is its cell.
    let texts: BTreeSet<String> = unique.iter().filter_map(|p| only_text(p)).collect();
    let open_ended: Vec<&[Token]> = unique
        .iter()
        .filter(|pattern| only_text(pattern).is_none())
        .map(|pattern| pattern.as_slice())
        .collect();
    if open_ended.len() > MOST {
        return None;
    }
    let all: Vec<&[Token]> = unique.iter().map(|pattern| pattern.as_slice()).collect();
    let mut found = walk(&open_ended, shape, cap, &texts)
        // All patterns as automata: exact, and much larger.
        .or_else(|| walk(&all, shape, cap, &BTreeSet::new()))?;
    found.extend(texts.into_iter().filter(|text| shape.fits(text)));
    let mut found: Vec<(String, Vec<bool>)> = found
        .into_iter()
        .map(|text| {
            let met = patterns.iter().map(|pattern| {
                pattern
                    .as_ref()
                    .is_some_and(|pattern| matches(pattern, &text))
            });
            let met = met.collect();
            (text, met)
        })
        .collect();
    found.sort_by_key(|(text, _)| (text.len(), text.clone()));
    Some(found)
}

/// A text for each combination of these patterns that is none of `texts`.
fn walk(
    patterns: &[&[Token]],
    shape: Shape,
    cap: usize,
    texts: &BTreeSet<String>,
) -> Option<Vec<String>> {
    let alphabet = alphabet(patterns, texts);
    type State = ((usize, usize), Vec<Places>);
    let start: State = (
        (0, 0),
        patterns
            .iter()
            .map(|pattern| Places::start(pattern))
            .collect(),
    );
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, String::new())]);
    let mut found: BTreeMap<Vec<bool>, Option<String>> = BTreeMap::new();
    while let Some(((at, places), text)) = queue.pop_front() {
        if shape.ends(at) {
            let met = patterns.iter().zip(&places);
            let met = met.map(|(pattern, places)| places.contains(pattern.len()));
            let place = found.entry(met.collect()).or_default();
            if place.is_none() && !texts.contains(&text) {
                *place = Some(text.clone());
            }
        }
        for &c in &alphabet {
            let Some(at) = shape.step(at, c) else {
                continue;
            };
            let next = patterns.iter().zip(&places);
            let next: State = (at, next.map(|(p, places)| places.step(p, c)).collect());
            if seen.contains(&next) {
                continue;
            }
            if seen.len() >= cap {
                return None;
            }
            seen.insert(next.clone());
            queue.push_back((next, format!("{text}{c}")));
        }
    }
    // A combination may have no text but those that patterns name whole, or the
    // walk may have met those first; only a longer walk could tell.
    let ambiguous = found.values().any(Option::is_none);
    if ambiguous {
        return retry(patterns, &alphabet, shape, found, texts);
    }
    Some(found.into_values().flatten().collect())
}

/// Looks for other texts of the combinations that only have texts of `texts`, by
/// letters put in; `None` where that does not find one.
fn retry(
    patterns: &[&[Token]],
    alphabet: &[char],
    shape: Shape,
    found: BTreeMap<Vec<bool>, Option<String>>,
    texts: &BTreeSet<String>,
) -> Option<Vec<String>> {
    let met = |text: &str| -> Vec<bool> { patterns.iter().map(|p| matches(p, text)).collect() };
    let mut all = Vec::new();
    for (wanted, text) in found {
        let other = text.or_else(|| {
            let near = texts.iter().filter(|text| met(text) == wanted);
            near.flat_map(|text| {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let ends = places.into_iter().chain([text.len()]);
                ends.flat_map(move |at| {
                    alphabet.iter().map(move |c| {
                        let (before, after) = text.split_at(at);
                        format!("{before}{c}{after}")
                    })
                })
            })
            .find(|text| shape.fits(text) && !texts.contains(text) && met(text) == wanted)
        });
        all.push(other?);
    }
    Some(all)
}

/// Every character that the patterns mention, those of an ARN's or an action's
/// frame, and one that none mentions: all others behave like that one.
fn alphabet(patterns: &[&[Token]], texts: &BTreeSet<String>) -> Vec<char> {
    let mentioned: BTreeSet<char> = texts.iter().flat_map(|text| text.chars()).collect();
    let mut used: BTreeSet<char> = patterns
        .iter()
        .flat_map(|pattern| pattern.iter())
        .flat_map(|token| match *token {
            Token::Char(c) => vec![c],
            Token::Fold(c) => vec![c.to_ascii_lowercase(), c.to_ascii_uppercase()],
            _ => Vec::new(),
        })
        .collect();
    let fresh = ('a'..='z').rev().chain('0'..='9').chain('A'..='Z');
    let fresh = fresh.into_iter().find(|c| {
        !used.contains(c)
            && !mentioned.contains(c)
            && !"arn".contains(*c)
            && !used.contains(&c.to_ascii_uppercase())
    });
    let mut all: Vec<char> = fresh.into_iter().collect();
    used.extend([':', 'a', 'r', 'n']);
    all.extend(used);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All texts up to a length over a few letters.
    fn texts(letters: &[char], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|text| letters.iter().map(move |c| format!("{text}{c}")))
                .collect();
            all.extend(last.clone());
        }
        all
    }

    #[test]
    fn every_combination_that_occurs_is_found() {
        let patterns: Vec<Glob> = ["a*", "*b", "a?b", "*a*a*", "aab", "?", ""]
            .iter()
            .map(|text| Some(wildcards(text)))
            .collect();
        let found = representatives(&patterns, Shape::Text, 10_000).unwrap();
        let found: BTreeSet<Vec<bool>> = found.into_iter().map(|(_, met)| met).collect();
        let mut by_hand = BTreeSet::new();
        for text in texts(&['a', 'b', 'c'], 6) {
            by_hand.insert(
                patterns
                    .iter()
                    .flatten()
                    .map(|p| matches(p, &text))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(found, by_hand);
    }

    #[test]
    fn texts_have_their_shape() {
        let patterns = [
            Some(wildcards("s3:get*")),
            Some(wildcards("*")),
            Some(wildcards("*:*object")),
        ];
        for (text, met) in representatives(&patterns, Shape::Action, 10_000).unwrap() {
            assert!(iam_dsl::Request::new(&text, "*").is_ok(), "{text}");
            assert_eq!(met[0], text.starts_with("s3:get"), "{text}");
        }
        let patterns = [
            Some(wildcards("arn:aws:s3:::a/*")),
            Some(wildcards("arn:aws:s3:::a/b")),
            None,
        ];
        let found = representatives(&patterns, Shape::Arn, 10_000).unwrap();
        let met: Vec<&[bool]> = found.iter().map(|(_, met)| met.as_slice()).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(met.contains(&[true, true, false].as_slice()));
        for (text, _) in found {
            assert!(
                iam_dsl::Request::new("s3:GetObject", &text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn too_many_states_are_no_answer() {
        let patterns: Vec<Glob> = (0..9)
            .map(|n| Some(wildcards(&format!("*{n}*x{n}?*y"))))
            .collect();
        assert_eq!(representatives(&patterns, Shape::Text, 2_000), None);
    }
}
