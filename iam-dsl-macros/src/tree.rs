//! A JSON tree that knows where it was written and which of its texts have
//! slots. Both written forms become one, and from it come the validator's input
//! and the expansion.

use std::fmt::Write as _;

use iam_dsl_core::json::{Node, escape_into};
use iam_dsl_core::pointer;

use crate::slot::Slot;
use crate::spot::Spot;

/// One value and the tokens that made it.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) spot: Spot,
    /// What a finding about the whole underlines, where that is less than all
    /// of it: a statement's effect, the service of `s3:{A, B}`.
    pub(crate) head: Option<Spot>,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(Vec<Piece>),
    Array(Vec<Tree>),
    Object(Vec<Member>),
    /// Not understood, and already reported; its slots are still checked for
    /// their types.
    Broken(Vec<Piece>),
}

/// A key of an object with its value.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_spot: Spot,
    pub(crate) value: Tree,
}

/// A part of a text.
#[derive(Debug)]
pub(crate) enum Piece {
    Literal(String),
    Slot(Slot),
}

/// A part of the JSON text that the expansion puts together.
pub(crate) enum Chunk<'t> {
    Json(String),
    Slot(&'t Slot),
}

impl Tree {
    pub(crate) fn new(spot: Spot, value: Value) -> Self {
        Tree {
            spot,
            head: None,
            value,
        }
    }

    pub(crate) fn text(spot: Spot, text: impl Into<String>) -> Self {
        Tree::new(spot, Value::Text(vec![Piece::Literal(text.into())]))
    }

    pub(crate) fn broken(spot: Spot) -> Self {
        Tree::new(spot, Value::Broken(Vec::new()))
    }

    /// The tree for the validator: slots hold their samples, and what is broken
    /// is null, which the reader takes for something that it could not read.
    pub(crate) fn sample(&self) -> Node {
        match &self.value {
            Value::Null | Value::Broken(_) => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(text) => Node::Number(text.clone()),
            Value::Text(pieces) => Node::String(sample_text(pieces)),
            Value::Array(items) => Node::Array(items.iter().map(Tree::sample).collect()),
            Value::Object(members) => Node::Object(
                members
                    .iter()
                    .map(|member| (member.key.clone(), member.value.sample()))
                    .collect(),
            ),
        }
    }

    /// The items of an array, or the one value that stands in its place.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Tree> {
        match &self.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(self),
        }
        .iter()
    }

    /// As [`Tree::items`].
    pub(crate) fn items_mut(&mut self) -> impl Iterator<Item = &mut Tree> {
        match self.value {
            Value::Array(ref mut items) => items.as_mut_slice(),
            _ => std::slice::from_mut(self),
        }
        .iter_mut()
    }

    /// The text as it was written; none for what is no text.
    pub(crate) fn written(&self) -> Option<String> {
        match &self.value {
            Value::Text(pieces) => Some(pieces.iter().map(Piece::to_string).collect()),
            _ => None,
        }
    }

    /// Every slot, in the order of the JSON text.
    pub(crate) fn slots<'t>(&'t self, out: &mut Vec<&'t Slot>) {
        match &self.value {
            Value::Text(pieces) | Value::Broken(pieces) => {
                out.extend(pieces.iter().filter_map(|piece| match piece {
                    Piece::Slot(slot) => Some(slot),
                    Piece::Literal(_) => None,
                }))
            }
            Value::Array(items) => items.iter().for_each(|item| item.slots(out)),
            Value::Object(members) => members.iter().for_each(|member| member.value.slots(out)),
            _ => {}
        }
    }

    /// The compact JSON text, cut at the slots.
    pub(crate) fn chunks<'t>(&'t self, out: &mut Vec<Chunk<'t>>) {
        match &self.value {
            Value::Null | Value::Broken(_) => push(out, "null"),
            Value::Bool(value) => push(out, if *value { "true" } else { "false" }),
            Value::Number(text) => push(out, text),
            Value::Text(pieces) => {
                push(out, "\"");
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => push_escaped(out, text),
                        Piece::Slot(slot) => out.push(Chunk::Slot(slot)),
                    }
                }
                push(out, "\"");
            }
            Value::Array(items) => {
                push(out, "[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        push(out, ",");
                    }
                    item.chunks(out);
                }
                push(out, "]");
            }
            Value::Object(members) => {
                push(out, "{");
                for (index, member) in members.iter().enumerate() {
                    push(out, if index > 0 { ",\"" } else { "\"" });
                    push_escaped(out, &member.key);
                    push(out, "\":");
                    member.value.chunks(out);
                }
                push(out, "}");
            }
        }
    }

    /// The value that a JSON pointer names and the spot of its key, or the
    /// nearest enclosing value that exists.
    pub(crate) fn find(&self, pointer: &str) -> Found<'_> {
        let mut found = Found {
            tree: self,
            key: None,
            exact: true,
        };
        for step in pointer::steps(pointer) {
            let next = match &found.tree.value {
                // The last of two equal keys: a duplicate is reported there.
                Value::Object(members) => members
                    .iter()
                    .rev()
                    .find(|member| member.key == step)
                    .map(|member| (&member.value, Some(member.key_spot))),
                Value::Array(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
                    .map(|item| (item, None)),
                _ => None,
            };
            match next {
                Some((tree, key)) => {
                    found = Found {
                        tree,
                        key,
                        exact: true,
                    }
                }
                None => {
                    found.exact = false;
                    break;
                }
            }
        }
        found
    }
}

/// What [`Tree::find`] found.
pub(crate) struct Found<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) key: Option<Spot>,
    /// Whether it is the value asked for and not one around it.
    pub(crate) exact: bool,
}

/// A text with its slots' samples in place.
pub(crate) fn sample_text(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::Slot(slot) => slot.sample.as_str(),
        })
        .collect()
}

fn last<'c>(out: &'c mut Vec<Chunk<'_>>) -> Option<&'c mut String> {
    if !matches!(out.last(), Some(Chunk::Json(_))) {
        out.push(Chunk::Json(String::new()));
    }
    match out.last_mut() {
        Some(Chunk::Json(json)) => Some(json),
        _ => None,
    }
}

fn push(out: &mut Vec<Chunk<'_>>, text: &str) {
    if let Some(json) = last(out) {
        json.push_str(text);
    }
}

fn push_escaped(out: &mut Vec<Chunk<'_>>, text: &str) {
    if let Some(json) = last(out) {
        // Writing to a String does not fail.
        let _ = escape_into(json, text);
    }
}

impl std::fmt::Display for Piece {
    /// As it was written.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Piece::Literal(text) => f.write_str(text),
            Piece::Slot(slot) => {
                f.write_char('{')?;
                f.write_str(&slot.name())?;
                f.write_char('}')
            }
        }
    }
}
