//! Where in a JSON text each value stands.
//!
//! One pass over a text that the JSON reader has taken already, so that nothing
//! is checked here and depth is bounded.

use std::ops::Range;

use iam_dsl_core::pointer::steps;

/// The values of a text with their places, as byte ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans {
    root: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Value {
    span: Range<usize>,
    /// Members and items; an item has no key.
    inside: Vec<(Option<Key>, Value)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    name: String,
    span: Range<usize>,
}

/// Where a finding is shown: its value, and the key before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) value: Range<usize>,
    pub(super) key: Option<Range<usize>>,
}

impl Spans {
    /// The places of a text that is JSON.
    pub(super) fn of(text: &str) -> Spans {
        let mut scan = Scan { text, at: 0 };
        Spans { root: scan.value() }
    }

    /// The value that a pointer names, or the nearest one around it.
    pub(super) fn find(&self, pointer: &str) -> Found {
        let mut here = &self.root;
        let mut key = None;
        for step in steps(pointer) {
            // The last of two equal keys: a duplicate is reported at the second.
            let member = here
                .inside
                .iter()
                .enumerate()
                .rev()
                .find(|(index, (key, _))| match key {
                    Some(key) => key.name == step,
                    None => step.parse() == Ok(*index),
                });
            match member {
                Some((_, (name, value))) => {
                    here = value;
                    key = name.as_ref().map(|key| key.span.clone());
                }
                None => break,
            }
        }
        Found {
            value: here.span.clone(),
            key,
        }
    }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b':'));
    }

    fn value(&mut self) -> Value {
        self.space();
        let start = self.at;
        let mut inside = Vec::new();
        match self.peek() {
            Some(b'{') => self.group(b'}', &mut inside, true),
            Some(b'[') => self.group(b']', &mut inside, false),
            Some(b'"') => {
                self.string();
            }
            _ => {
                self.skip(|byte| !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace())
            }
        }
        Value {
            span: start..self.at,
            inside,
        }
    }

    fn group(&mut self, end: u8, inside: &mut Vec<(Option<Key>, Value)>, keys: bool) {
        self.at += 1;
        loop {
            self.space();
            match self.peek() {
                None => return,
                Some(byte) if byte == end => {
                    self.at += 1;
                    return;
                }
                Some(_) => {}
            }
            let before = self.at;
            let key = keys.then(|| self.string());
            let value = self.value();
            inside.push((key, value));
            // A text that is no JSON after all must not keep us here.
            if self.at == before {
                return;
            }
        }
    }

    fn string(&mut self) -> Key {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'\\') => self.at += 2,
                Some(b'"') => break,
                Some(_) => self.at += 1,
                None => break,
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        let span = start..self.at;
        let quoted = self.text.get(span.clone()).unwrap_or_default();
        Key {
            name: serde_json::from_str(quoted).unwrap_or_default(),
            span,
        }
    }
}

/// Lines and columns of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines {
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Line and column from 1, the column in characters.
    pub(super) fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The byte at a line and a column in bytes, both from 1, within the text.
    pub(super) fn offset(&self, text: &str, line: usize, column: usize) -> usize {
        let start = self.starts.get(line.saturating_sub(1)).copied();
        let mut at = (start.unwrap_or_default() + column.saturating_sub(1)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_keys_are_found() {
        let text = "{\n  \"Statement\": [ {\"Effect\" : \"All\\\"ow\", \"a/b~\": [1, true]}, {} ],\"x\":\"ü\" }";
        let spans = Spans::of(text);
        let at = |pointer: &str| &text[spans.find(pointer).value];
        assert_eq!(at(""), text);
        assert_eq!(at("/Statement/0/Effect"), "\"All\\\"ow\"");
        assert_eq!(at("/Statement/0/a~1b~0/1"), "true");
        assert_eq!(at("/Statement/1"), "{}");
        assert_eq!(at("/Statement/7"), at("/Statement"));
        assert_eq!(at("/x"), "\"ü\"");
        assert_eq!(&text[spans.find("/x").key.unwrap()], "\"x\"");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,60}") {
            let spans = Spans::of(&text);
            let found = spans.find("/a/0");
            proptest::prop_assert!(found.value.end <= text.len());
        }
    }

    #[test]
    fn places_have_lines_and_columns() {
        let text = "ab\nüß\n";
        let lines = Lines::of(text);
        assert_eq!(lines.position(text, 0), (1, 1));
        assert_eq!(lines.position(text, 5), (2, 2));
        assert_eq!(lines.position(text, text.len()), (3, 1));
        assert_eq!(lines.offset(text, 2, 2), 3);
        assert_eq!(lines.offset(text, 9, 9), 8);
    }
}
