//! JSON as a policy needs it: key order, duplicate keys and number text survive.
//!
//! `serde_json::Value` folds duplicate keys, and a duplicate key in a policy is
//! a mistake to report. [`Node`] is filled by `serde_json`'s parser, so syntax
//! is judged by one well-kept implementation.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::pointer::steps;

/// One JSON value with every key in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as the text that JSON writes for it.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object; a key may occur twice, which the policy reader reports.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// What JSON calls this value, for messages: "a string", "an object" …
    pub fn type_name(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Number(_) => "a number",
            Node::String(_) => "a string",
            Node::Array(_) => "an array",
            Node::Object(_) => "an object",
        }
    }
}

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct SyntaxError {
    /// What the parser expected.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1 (0 where the end of a line was the surprise).
    pub column: usize,
}

/// Reads JSON text.
///
/// # Errors
/// Where the text is not JSON (RFC 8259), is nested deeper than 128 levels, or
/// starts with a byte order mark, which IAM refuses too.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    if text.starts_with('\u{feff}') {
        return Err(SyntaxError {
            message: "a byte order mark stands before the JSON text; remove it".to_owned(),
            line: 1,
            column: 1,
        });
    }
    serde_json::from_str::<Node>(text).map_err(|error| {
        // serde_json appends the place to its text; ours has it in fields.
        let full = error.to_string();
        let message = full
            .split_once(" at line ")
            .map_or(full.as_str(), |(message, _)| message)
            .to_owned();
        SyntaxError {
            message,
            line: error.line(),
            column: error.column(),
        }
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Number(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Number(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(serde_json::Number::from_f64(value)
                    .map_or(Node::Null, |number| Node::Number(number.to_string())))
            }
            fn visit_str<E>(self, value: &str) -> Result<Node, E> {
                Ok(Node::String(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Node, E> {
                Ok(Node::String(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::Array(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Object(entries))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Compact JSON. Characters above U+00FF are written as `\u` escapes: IAM
/// takes U+0020 to U+00FF only (IAM API reference, parameter `PolicyDocument`),
/// and the escape means the same string.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(text) => f.write_str(text),
            Node::String(text) => write_string(f, text),
            Node::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_char(']')
            }
            Node::Object(entries) => {
                f.write_char('{')?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write_string(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

pub(crate) fn write_string(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    escape_into(out, text)?;
    out.write_char('"')
}

/// Writes the inside of a JSON string: no quotes around it.
///
/// # Errors
/// Only those of `out`.
pub fn escape_into(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text;
    // Runs without anything to escape, nearly all of every text, go out whole.
    while let Some((start, character)) = rest.char_indices().find(|(_, c)| needs_escape(*c)) {
        let (plain, after) = rest.split_at(start);
        out.write_str(plain)?;
        escape_one(out, character)?;
        rest = after.get(character.len_utf8()..).unwrap_or_default();
    }
    out.write_str(rest)
}

fn needs_escape(character: char) -> bool {
    !matches!(character, '\u{20}'..='\u{ff}') || matches!(character, '"' | '\\')
}

fn escape_one(out: &mut impl fmt::Write, character: char) -> fmt::Result {
    match character {
        '"' => out.write_str("\\\""),
        '\\' => out.write_str("\\\\"),
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ => {
            let mut units = [0_u16; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            Ok(())
        }
    }
}

/// Where the value that `pointer` names begins in `text`: line and column, both
/// from 1, the column in characters. `None` where the text is no JSON or has no
/// such value; the nearest enclosing value that exists is taken otherwise.
///
/// Called only to word an error, so it reads the text again rather than have
/// every reader carry positions.
pub fn locate(text: &str, pointer: &str) -> Option<(usize, usize)> {
    let offset = locate_offset(text, pointer)?;
    let before = text.get(..offset)?;
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    Some((line, column))
}

/// As [`locate`], as a byte offset.
pub fn locate_offset(text: &str, pointer: &str) -> Option<usize> {
    use serde_json::value::RawValue;

    // A raw value borrows from `text`, so its place is a difference of addresses.
    fn offset_in(text: &str, part: &str) -> Option<usize> {
        (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)
    }

    struct Members<'a>(Vec<(String, &'a RawValue)>);
    impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct MembersVisitor<'a>(std::marker::PhantomData<&'a ()>);
            impl<'de: 'a, 'a> Visitor<'de> for MembersVisitor<'a> {
                type Value = Members<'a>;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
                    let mut members = Vec::new();
                    while let Some(entry) = map.next_entry()? {
                        members.push(entry);
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(MembersVisitor(std::marker::PhantomData))
        }
    }

    let mut current: &RawValue = serde_json::from_str(text).ok()?;
    for token in steps(pointer) {
        let inner = current.get();
        let next = if inner.starts_with('{') {
            let members: Members<'_> = serde_json::from_str(inner).ok()?;
            // The last of two equal keys: a duplicate is reported at the second.
            members
                .0
                .into_iter()
                .rev()
                .find(|(key, _)| *key == token)
                .map(|(_, value)| value)
        } else if inner.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(inner).ok()?;
            token
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index).copied())
        } else {
            None
        };
        match next {
            Some(value) => current = value,
            None => break,
        }
    }
    offset_in(text, current.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_duplicates_survive() {
        let node = parse(r#"{"b":1,"a":[true,null,"x"],"b":1.5}"#).unwrap();
        assert_eq!(node.to_string(), r#"{"b":1,"a":[true,null,"x"],"b":1.5}"#);
    }

    #[test]
    fn strings_stay_within_the_characters_iam_takes() {
        let node = Node::String("ü 日 𝄞 \u{1}".to_owned());
        assert_eq!(node.to_string(), "\"ü \\u65e5 \\ud834\\udd1e \\u0001\"");
        assert_eq!(parse(&node.to_string()).unwrap(), node);
    }

    #[test]
    fn places_are_found_by_pointer() {
        let text = "{\n  \"Statement\": [\n    {\"Effect\": \"allow\"}\n  ]\n}";
        assert_eq!(locate(text, "/Statement/0/Effect"), Some((3, 16)));
        assert_eq!(locate(text, "/Statement/0/Missing"), Some((3, 5)));
        assert_eq!(locate(text, ""), Some((1, 1)));
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let error = parse("{\n \"a\" 1}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 6));
        assert!(
            parse("\u{feff}{}")
                .unwrap_err()
                .message
                .contains("byte order mark")
        );
        assert!(
            parse(&"[".repeat(100_000))
                .unwrap_err()
                .message
                .contains("recursion")
        );
    }
}
