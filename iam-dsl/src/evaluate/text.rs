//! Texts of a policy that may hold variables, prepared once.
//!
//! IAM User Guide, "IAM policy elements: Variables and tags".

use std::str::Chars;

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::variable::{self, Part};

use smallvec::SmallVec;

use super::request::RequestData;

/// A text split into what stands for itself and what the request fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// `*` and `?` are wildcards where the place allows them.
    Written(String),
    /// `${*}`, `${?}`, `${$}`: the character itself.
    Literal(String),
    Variable {
        /// In lower case.
        key: String,
        default: Option<String>,
    },
}

/// What a piece of text becomes when it is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled<'t> {
    /// Text of the policy, in which wildcards are wildcards.
    Written(&'t str),
    /// Text that stands for itself: escapes, values of variables and defaults.
    Literal(&'t str),
}

impl Text {
    /// Splits a text. `variables` is false for documents of version 2008-10-17,
    /// where `${…}` has no meaning ("variables like ${aws:username} are treated
    /// as literal strings in the policy"). `None` where `${…}` cannot be read.
    pub(super) fn prepare(text: &str, variables: bool) -> Option<Self> {
        if !variables {
            return Some(Text {
                pieces: vec![Piece::Written(text.to_owned())],
            });
        }
        let pieces = variable::parts(text)
            .map(|part| {
                Some(match part.ok()? {
                    Part::Text(text) => Piece::Written(text.to_owned()),
                    Part::Literal(character) => Piece::Literal(character.into()),
                    Part::Variable { key, default } => Piece::Variable {
                        key: key.to_ascii_lowercase(),
                        default: default.map(str::to_owned),
                    },
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Text { pieces })
    }

    /// Whether a request has to fill it.
    pub(super) fn has_variables(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    /// What the request makes of it, in order. `None` where a variable has no
    /// value: an empty text in its place would match what nobody meant. A key of
    /// several values has none here: "you cannot use a multivalued context key as
    /// a policy variable" ("Single-valued vs. multivalued context keys").
    pub(super) fn fill<'t>(&'t self, request: Option<&'t RequestData>) -> Option<Filling<'t>> {
        let filled = |piece: &'t Piece| match piece {
            Piece::Written(text) => Some(Filled::Written(text)),
            Piece::Literal(character) => Some(Filled::Literal(character)),
            Piece::Variable { key, default } => {
                let value = match request.and_then(|request| request.values(key)) {
                    Some([value]) => Some(value.text()),
                    Some(_) => None,
                    None => default.as_deref(),
                };
                value.map(Filled::Literal)
            }
        };
        let mut pieces = Filling::default();
        for piece in &self.pieces {
            pieces.push(filled(piece)?);
        }
        Some(pieces)
    }
}

/// A text whose variables have their values: of few pieces, as most are, without
/// an allocation.
#[derive(Debug, Clone, Default)]
pub(super) struct Filling<'t> {
    pieces: SmallVec<[Filled<'t>; 8]>,
}

impl<'t> Filling<'t> {
    pub(super) fn push(&mut self, piece: Filled<'t>) {
        self.pieces.push(piece);
    }

    /// With another text after it.
    pub(super) fn extend(&mut self, other: Filling<'t>) {
        self.pieces.extend(other.pieces);
    }

    /// The whole text, where wildcards are none.
    pub(super) fn plain(&self) -> String {
        self.pieces.iter().map(|piece| piece.text()).collect()
    }

    /// The text as a glob, to be matched more than once.
    pub(super) fn glob(&self) -> Glob {
        let mut glob = Glob::empty();
        for piece in &self.pieces {
            match piece {
                Filled::Written(text) => glob.push_pattern(text),
                Filled::Literal(text) => glob.push_literal(text),
            }
        }
        glob
    }

    /// The six fields of an ARN; the last takes further colons. `None` where
    /// there are fewer.
    pub(super) fn arn_fields(&self) -> Option<[Filling<'t>; 6]> {
        let mut fields: [Filling<'t>; 6] = Default::default();
        let mut field = 0;
        for piece in &self.pieces {
            let mut rest = piece.text();
            loop {
                let (here, after) = match rest.split_once(':') {
                    Some((here, after)) if field < 5 => (here, Some(after)),
                    _ => (rest, None),
                };
                fields.get_mut(field)?.push(piece.with(here));
                let Some(after) = after else { break };
                field += 1;
                rest = after;
            }
        }
        (field == 5).then_some(fields)
    }

    /// Whether it is this text, where wildcards are none.
    pub(super) fn is(&self, text: &str, same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let mut rest = text.as_bytes();
        self.pieces.iter().all(|piece| {
            let piece = piece.text().as_bytes();
            let Some((here, after)) = rest.split_at_checked(piece.len()) else {
                return false;
            };
            rest = after;
            same(here, piece)
        }) && rest.is_empty()
    }

    /// Whether the whole text matches: as [`Glob::matches`], which would have to
    /// be built.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut tokens = Tokens::of(&self.pieces);
        let mut rest = text.chars();
        // What follows the last star, and the text that the star was tried up to.
        let mut retry: Option<(Tokens<'_, 't>, Chars<'_>)> = None;
        loop {
            let mut further = tokens.clone();
            let mut after = rest.clone();
            let step = match further.next() {
                Some(Token::Any) => {
                    tokens = further;
                    retry = Some((tokens.clone(), rest.clone()));
                    continue;
                }
                token => (token, after.next()),
            };
            match step {
                (None, None) => return true,
                // The text is used up and the pattern is not: a longer star
                // would leave even less.
                (Some(_), None) => return false,
                (Some(Token::One), Some(_)) => {
                    (tokens, rest) = (further, after);
                    continue;
                }
                (Some(Token::Char(wanted)), Some(found)) if wanted == found => {
                    (tokens, rest) = (further, after);
                    continue;
                }
                _ => {}
            }
            let Some((after_star, tried)) = &mut retry else {
                return false;
            };
            if tried.next().is_none() {
                return false;
            }
            (tokens, rest) = (after_star.clone(), tried.clone());
        }
    }
}

impl<'t> Filled<'t> {
    fn text(&self) -> &'t str {
        match self {
            Filled::Written(text) | Filled::Literal(text) => text,
        }
    }

    /// Another text of the same kind.
    fn with(&self, text: &'t str) -> Self {
        match self {
            Filled::Written(_) => Filled::Written(text),
            Filled::Literal(_) => Filled::Literal(text),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Char(char),
    One,
    Any,
}

/// The tokens of a pattern that lies in pieces.
#[derive(Debug, Clone)]
struct Tokens<'p, 't> {
    here: Chars<'t>,
    literal: bool,
    pieces: &'p [Filled<'t>],
}

impl<'p, 't> Tokens<'p, 't> {
    fn of(pieces: &'p [Filled<'t>]) -> Self {
        Tokens {
            here: "".chars(),
            literal: true,
            pieces,
        }
    }
}

impl Iterator for Tokens<'_, '_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            if let Some(character) = self.here.next() {
                return Some(match character {
                    '*' if !self.literal => Token::Any,
                    '?' if !self.literal => Token::One,
                    other => Token::Char(other),
                });
            }
            let (first, pieces) = self.pieces.split_first()?;
            self.here = first.text().chars();
            self.literal = matches!(first, Filled::Literal(_));
            self.pieces = pieces;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filling(pieces: &[(bool, String)]) -> Filling<'_> {
        let mut filling = Filling::default();
        for (literal, text) in pieces {
            filling.push(match literal {
                true => Filled::Literal(text),
                false => Filled::Written(text),
            });
        }
        filling
    }

    proptest! {
        #[test]
        fn a_filled_text_is_its_glob(pieces in prop::collection::vec((any::<bool>(), "[abé*?:]{0,3}"), 0..5), text in "[abé*?:]{0,8}") {
            let filling = filling(&pieces);
            prop_assert_eq!(filling.matches(&text), filling.glob().matches(&text));
            prop_assert_eq!(filling.is(&text, |a, b| a == b), filling.plain() == text);
            prop_assert!(filling.is(&filling.plain(), |a, b| a == b));
        }

        #[test]
        fn the_fields_of_an_arn_are_its_text(pieces in prop::collection::vec((any::<bool>(), "[a*:]{0,4}"), 0..5)) {
            let filling = filling(&pieces);
            let whole = filling.plain();
            let fields = filling.arn_fields().map(|fields| fields.map(|field| field.plain()).join(":"));
            let expected = (whole.matches(':').count() >= 5).then_some(whole);
            prop_assert_eq!(fields, expected);
        }
    }
}
