//! Sets of texts that are described by patterns, and how they meet.
//!
//! A *form* is a glob: characters, `?` and `*`. What two forms have in common is a
//! finite union of forms. A form's *sample* is its text with each wildcard
//! replaced by a letter that no policy holds. That letter can only be matched by
//! a wildcard, which would have matched anything else as well; so whatever
//! matches the sample matches the whole form, as long as it has no `?`. Where
//! patterns have `?`, a run of up to one letter more than any of them has `?`
//! stands for every longer run.

use std::collections::{BTreeSet, HashMap};

use super::budget::{Exhausted, Meter};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    Char(char),
    /// Any one character.
    One,
    /// Any run of characters, perhaps none.
    Run,
}

/// A glob in a standard form: no run follows a run, and a `?` never follows one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Form(Vec<Token>);

impl Form {
    /// Every text.
    pub(super) fn any() -> Self {
        Form(vec![Token::Run])
    }

    /// The text alone.
    pub(super) fn literal(text: &str) -> Self {
        Form(text.chars().map(Token::Char).collect())
    }

    /// What a text with `*` and `?` matches.
    pub(super) fn glob(text: &str) -> Self {
        Form::of(text.chars().map(|character| match character {
            '*' => Token::Run,
            '?' => Token::One,
            other => Token::Char(other),
        }))
    }

    /// What these tokens match, one after the other.
    pub(super) fn of(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut form = Form::default();
        tokens.into_iter().for_each(|token| form.push(token));
        form
    }

    pub(super) fn push(&mut self, token: Token) {
        match (token, self.0.last()) {
            (Token::Run, Some(Token::Run)) => {}
            (Token::One, Some(Token::Run)) => {
                self.0.pop();
                self.push(Token::One);
                self.0.push(Token::Run);
            }
            _ => self.0.push(token),
        }
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.0
    }

    pub(super) fn is_literal(&self) -> bool {
        self.0.iter().all(|token| matches!(token, Token::Char(_)))
    }

    pub(super) fn is_any(&self) -> bool {
        self.0 == [Token::Run]
    }

    /// How many `?` it has.
    pub(super) fn ones(&self) -> usize {
        self.0.iter().filter(|token| **token == Token::One).count()
    }

    /// Its text with this letter for each wildcard, this many for each run.
    pub(super) fn sample(&self, letter: char, lengths: &[usize]) -> String {
        let mut lengths = lengths.iter();
        let mut text = String::with_capacity(self.0.len());
        for token in &self.0 {
            match token {
                Token::Char(character) => text.push(*character),
                Token::One => text.push(letter),
                Token::Run => {
                    let length = lengths.next().copied().unwrap_or(1);
                    text.extend(std::iter::repeat_n(letter, length));
                }
            }
        }
        text
    }

    /// Its samples: one where no pattern has `?`, else for each run every length
    /// up to one more than any pattern has `?`.
    pub(super) fn samples(
        &self,
        letter: char,
        ones: usize,
        meter: &Meter,
    ) -> Result<Vec<String>, Exhausted> {
        if ones == 0 {
            return Ok(vec![self.sample(letter, &[])]);
        }
        let runs = self.0.iter().filter(|token| **token == Token::Run).count();
        let longest = ones + 1;
        // The usual length first.
        let order: Vec<usize> = (1..=longest).chain([0]).collect();
        let mut all: Vec<Vec<usize>> = vec![Vec::new()];
        for _ in 0..runs {
            meter.take(all.len() * order.len())?;
            meter.holds(all.len() * order.len())?;
            all = all
                .iter()
                .flat_map(|lengths| {
                    order.iter().map(|length| {
                        let mut lengths = lengths.clone();
                        lengths.push(*length);
                        lengths
                    })
                })
                .collect();
        }
        Ok(all
            .iter()
            .map(|lengths| self.sample(letter, lengths))
            .collect())
    }

    /// Whether this form matches everything of the other; a no may be wrong
    /// where the two hold `?`.
    pub(super) fn covers(&self, other: &Form) -> bool {
        let (outer, inner) = (&self.0, &other.0);
        let (mut here, mut there) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let taken = match (outer.get(here), inner.get(there)) {
                (None, None) => return true,
                (Some(Token::Run), _) => {
                    here += 1;
                    retry = Some((here, there));
                    continue;
                }
                (Some(Token::Char(wanted)), Some(Token::Char(found))) => wanted == found,
                (Some(Token::One), Some(Token::Char(_) | Token::One)) => true,
                (Some(_), None) => return false,
                _ => false,
            };
            if taken {
                here += 1;
                there += 1;
                continue;
            }
            match retry {
                Some((after, tried)) if tried < inner.len() => {
                    here = after;
                    there = tried + 1;
                    retry = Some((after, tried + 1));
                }
                _ => return false,
            }
        }
    }

    /// What the two have in common, as a union of forms.
    pub(super) fn meet(&self, other: &Form, meter: &Meter) -> Result<Vec<Form>, Exhausted> {
        if self.is_any() || self == other {
            return Ok(vec![other.clone()]);
        }
        if other.is_any() {
            return Ok(vec![self.clone()]);
        }
        let (a, b) = (&self.0, &other.0);
        meter.take(1)?;
        // Different first or last letters are the usual case.
        for (left, right) in [(a.first(), b.first()), (a.last(), b.last())] {
            if let (Some(Token::Char(left)), Some(Token::Char(right))) = (left, right)
                && left != right
            {
                return Ok(Vec::new());
            }
        }
        if self.is_literal() {
            meter.take(a.len())?;
            return Ok(other
                .covers(self)
                .then(|| self.clone())
                .into_iter()
                .collect());
        }
        if other.is_literal() {
            meter.take(b.len())?;
            return Ok(self
                .covers(other)
                .then(|| other.clone())
                .into_iter()
                .collect());
        }
        let mut found: Vec<Form> = Walk { a, b }.run(meter)?;
        keep_widest(&mut found, meter)?;
        Ok(found)
    }
}

/// Drops the forms that another one covers.
pub(super) fn keep_widest(forms: &mut Vec<Form>, meter: &Meter) -> Result<(), Exhausted> {
    if forms.len() < 2 {
        return Ok(());
    }
    meter.take(forms.len() * forms.len())?;
    let mut kept: Vec<Form> = Vec::with_capacity(forms.len());
    for form in forms.drain(..) {
        if kept.iter().any(|other| other.covers(&form)) {
            continue;
        }
        kept.retain(|other| !form.covers(other));
        kept.push(form);
    }
    *forms = kept;
    Ok(())
}

/// Two forms walked through side by side.
struct Walk<'f> {
    a: &'f [Token],
    b: &'f [Token],
}

type Place = (usize, usize);

impl Walk<'_> {
    /// From a pair of places: where one gets, and what it takes to get there.
    fn steps(&self, (i, j): Place) -> impl Iterator<Item = (Option<Token>, Place)> + use<> {
        use Token::{Char, One, Run};
        let (left, right) = (self.a.get(i).copied(), self.b.get(j).copied());
        let steps: [Option<(Option<Token>, Place)>; 2] = match (left, right) {
            (Some(Run), Some(Run)) => {
                [Some((Some(Run), (i + 1, j))), Some((Some(Run), (i, j + 1)))]
            }
            (Some(Run), Some(token)) => [Some((None, (i + 1, j))), Some((Some(token), (i, j + 1)))],
            (Some(token), Some(Run)) => [Some((None, (i, j + 1))), Some((Some(token), (i + 1, j)))],
            (Some(Run), None) => [Some((None, (i + 1, j))), None],
            (None, Some(Run)) => [Some((None, (i, j + 1))), None],
            (Some(Char(left)), Some(Char(right))) if left == right => {
                [Some((Some(Char(left)), (i + 1, j + 1))), None]
            }
            (Some(One), Some(token)) | (Some(token), Some(One)) => {
                [Some((Some(token), (i + 1, j + 1))), None]
            }
            _ => [None, None],
        };
        steps.into_iter().flatten()
    }

    fn run(&self, meter: &Meter) -> Result<Vec<Form>, Exhausted> {
        // The pairs that can be reached, in an order in which each comes after
        // those that lead to it.
        let end = (self.a.len(), self.b.len());
        let mut rows: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); end.0 + end.1 + 1];
        if let Some(first) = rows.first_mut() {
            first.insert(0);
        }
        for sum in 0..rows.len() {
            let here: Vec<usize> = rows.get(sum).into_iter().flatten().copied().collect();
            meter.take(here.len())?;
            for i in here {
                for (_, (to_i, to_j)) in self.steps((i, sum - i)) {
                    if let Some(row) = rows.get_mut(to_i + to_j) {
                        row.insert(to_i);
                    }
                }
            }
        }
        // What is left to read from each pair, from the end backwards; in
        // reverse, so that tokens are added at the end. A step leads at most two
        // rows on: what lies further is dropped.
        let mut rest: HashMap<Place, BTreeSet<Vec<Token>>> = HashMap::new();
        rest.insert(end, BTreeSet::from([Vec::new()]));
        for (sum, row) in rows.iter().enumerate().rev() {
            rest.retain(|(i, j), _| i + j <= sum + 2);
            for &i in row {
                let place = (i, sum - i);
                let mut here: BTreeSet<Vec<Token>> = BTreeSet::new();
                for (token, to) in self.steps(place) {
                    for tail in rest.get(&to).into_iter().flatten() {
                        meter.take(1 + tail.len() / 8)?;
                        here.insert(prepend(token, tail));
                    }
                    meter.holds(here.len() * 16)?;
                }
                if place != end && !here.is_empty() {
                    rest.insert(place, here);
                }
            }
        }
        let all = rest.remove(&(0, 0)).unwrap_or_default();
        Ok(all
            .into_iter()
            .map(|mut tokens| {
                tokens.reverse();
                Form::of(tokens)
            })
            .collect())
    }
}

/// A reversed text with one token more before it.
fn prepend(token: Option<Token>, tail: &[Token]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(tail.len() + 1);
    tokens.extend_from_slice(tail);
    match (token, tail.last()) {
        (None, _) | (Some(Token::Run), Some(Token::Run)) => {}
        (Some(token), _) => tokens.push(token),
    }
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::budget::Budget;
    use super::*;
    use iam_dsl_core::pattern::Glob;

    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..6 {
            let to = all.len();
            for index in from..to {
                for letter in ['a', 'b'] {
                    let longer = format!("{}{letter}", all[index]);
                    all.push(longer);
                }
            }
            from = to;
        }
        all
    }

    fn written(form: &Form) -> String {
        form.tokens()
            .iter()
            .map(|token| match token {
                Token::Char(character) => *character,
                Token::One => '?',
                Token::Run => '*',
            })
            .collect()
    }

    proptest! {
        #[test]
        fn meeting_is_having_in_common(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}") {
            let meter = Budget::new().meter();
            let forms = Form::glob(&a).meet(&Form::glob(&b), &meter).unwrap();
            for text in texts() {
                let both = Glob::new(&a).matches(&text) && Glob::new(&b).matches(&text);
                let met = forms.iter().any(|form| Glob::new(&written(form)).matches(&text));
                prop_assert_eq!(both, met, "{} in {:?}", text, forms);
            }
        }

        #[test]
        fn covering_is_holding_all(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}") {
            let (outer, inner) = (Form::glob(&a), Form::glob(&b));
            let held = texts().iter().all(|text| !Glob::new(&b).matches(text) || Glob::new(&a).matches(text));
            if outer.covers(&inner) {
                prop_assert!(held);
            }
            // The letters `z` stand for everything.
            if !a.contains('?') && !b.contains('?') {
                prop_assert_eq!(outer.covers(&inner), Glob::new(&a).matches(&inner.sample('z', &[])));
            }
        }

        /// Which patterns match a text of a form, at most those match some
        /// sample, and that sample is matched by all that match the form.
        #[test]
        fn some_sample_is_matched_by_no_more(p in "[ab*?]{0,4}", others in prop::collection::vec("[ab*?]{0,4}", 0..4)) {
            let meter = Budget::new().meter();
            let form = Form::glob(&p);
            let ones = others.iter().map(|other| other.matches('?').count()).max().unwrap_or(0);
            let samples = form.samples('z', ones, &meter).unwrap();
            for text in texts().iter().filter(|text| Glob::new(&p).matches(text)) {
                let found = samples.iter().any(|sample| {
                    Glob::new(&p).matches(sample)
                        && others.iter().all(|other| Glob::new(other).matches(text) || !Glob::new(other).matches(sample))
                });
                prop_assert!(found, "{} of {}", text, p);
            }
        }
    }
}
