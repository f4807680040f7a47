//! Walking tokens.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

use super::Text;
use crate::spot::Spot;

/// A position in a list of tokens. Groups without delimiters, which hold what
/// came through a `macro_rules!` fragment, are opened.
pub(crate) struct Cursor {
    tokens: Vec<TokenTree>,
    at: usize,
    /// What is underlined where a token is missing at the end.
    end: Spot,
}

impl Cursor {
    /// Over the macro's whole input.
    pub(crate) fn over(stream: TokenStream) -> Self {
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let end = tokens
            .last()
            .map_or_else(|| proc_macro2::Span::call_site().into(), Spot::of);
        Cursor { tokens, at: 0, end }
    }

    /// Over the inside of a group.
    pub(crate) fn within(group: &Group) -> Self {
        Cursor {
            end: group.span_close().into(),
            ..Cursor::over(group.stream())
        }
    }

    /// Over a part of another cursor's tokens.
    pub(crate) fn part(tokens: Vec<TokenTree>, end: Spot) -> Self {
        Cursor { tokens, at: 0, end }
    }

    pub(crate) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.at + ahead)
    }

    pub(crate) fn previous(&self) -> Option<&TokenTree> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at))
    }

    pub(crate) fn rest(&self) -> &[TokenTree] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.tokens.len());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// What to underline about the next token, or about its absence.
    pub(crate) fn spot(&self) -> Spot {
        self.peek().map_or(self.end, Spot::of)
    }

    /// What to underline about the token just read.
    pub(crate) fn last_spot(&self) -> Spot {
        self.previous().map_or(self.end, Spot::of)
    }

    pub(crate) fn is_punct(&self, character: char) -> bool {
        self.punct_at(0, character)
    }

    pub(crate) fn punct_at(&self, ahead: usize, character: char) -> bool {
        matches!(self.peek_at(ahead), Some(TokenTree::Punct(p)) if p.as_char() == character)
    }

    pub(crate) fn eat_punct(&mut self, character: char) -> bool {
        let is = self.is_punct(character);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.word_at(0, word)
    }

    pub(crate) fn word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Some(TokenTree::Ident(i)) if i == word)
    }

    /// The next token as a word.
    pub(crate) fn word(&self) -> Option<String> {
        match self.peek() {
            Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
            _ => None,
        }
    }

    pub(crate) fn eat_word(&mut self, word: &str) -> Option<Spot> {
        let spot = self.spot();
        self.is_word(word).then(|| {
            self.at += 1;
            spot
        })
    }

    pub(crate) fn group(&self, delimiter: Delimiter) -> Option<&Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    /// The next token as a string, raw or not.
    pub(crate) fn string(&self) -> Option<Text> {
        self.string_at(0)
    }

    pub(crate) fn string_at(&self, ahead: usize) -> Option<Text> {
        match self.peek_at(ahead) {
            Some(TokenTree::Literal(literal)) => string_value(literal).map(|value| Text {
                value,
                spot: literal.span().into(),
            }),
            _ => None,
        }
    }

    /// The next token for a message: what was found instead.
    pub(crate) fn found(&self) -> String {
        match self.peek() {
            None => "the end".to_owned(),
            Some(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Parenthesis => "`(`".to_owned(),
                Delimiter::Brace => "`{`".to_owned(),
                Delimiter::Bracket => "`[`".to_owned(),
                Delimiter::None => "a group".to_owned(),
            },
            Some(token) => format!("`{token}`"),
        }
    }

    /// Goes on after the next `;`, or to the end.
    pub(crate) fn skip_past_semicolon(&mut self) {
        while !self.is_empty() && !self.eat_punct(';') {
            self.at += 1;
        }
    }

    /// Goes on to the next comma, or to the end.
    pub(crate) fn skip_to_comma(&mut self) {
        while !self.is_empty() && !self.is_punct(',') {
            self.at += 1;
        }
    }

    /// Whether nothing stands between the token just read and the next one.
    /// Tokens that a procedural macro made have no places; they count as apart.
    pub(crate) fn is_adjacent(&self) -> bool {
        match (self.previous(), self.peek()) {
            (Some(before), Some(after)) => before.span().end() == after.span().start(),
            _ => false,
        }
    }
}

/// The text of a string literal; `None` for every other literal.
pub(crate) fn string_value(literal: &Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(string) if string.suffix().is_empty() => Some(string.value()),
        _ => None,
    }
}

fn flatten(stream: TokenStream, out: &mut Vec<TokenTree>) {
    for token in stream {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                flatten(group.stream(), out);
            }
            other => out.push(other),
        }
    }
}
