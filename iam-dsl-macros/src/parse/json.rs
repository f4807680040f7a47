//! JSON as Rust tokens.

use iam_dsl_core::json::{self, Node};
use proc_macro2::{Delimiter, Literal, TokenTree};

use super::Cursor;
use super::cursor::string_value;
use crate::finding::Finding;
use crate::spot::Spot;
use crate::tree::{Member, Tree, Value};

/// How deep JSON may be nested, as for the reader of JSON text.
const DEPTH: usize = 128;

/// Reads one JSON value.
pub(crate) fn value(cursor: &mut Cursor, findings: &mut Vec<Finding>) -> Tree {
    nested(cursor, 0, findings)
}

/// Reads the inside of a JSON object.
pub(crate) fn object(cursor: &mut Cursor, spot: Spot, findings: &mut Vec<Finding>) -> Tree {
    members(cursor, spot, 0, findings)
}

fn nested(cursor: &mut Cursor, depth: usize, findings: &mut Vec<Finding>) -> Tree {
    let spot = cursor.spot();
    match cursor.next() {
        Some(TokenTree::Group(_)) if depth >= DEPTH => {
            findings.push(Finding::grammar(
                spot,
                format!("the JSON is nested deeper than {DEPTH} levels"),
                "a policy needs no more than six",
            ));
            Tree::broken(spot)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            members(&mut Cursor::within(&group), spot, depth + 1, findings)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            let mut inside = Cursor::within(&group);
            let mut items = Vec::new();
            while !inside.is_empty() {
                items.push(nested(&mut inside, depth + 1, findings));
                separator(&mut inside, findings);
            }
            Tree::new(spot, Value::Array(items))
        }
        Some(TokenTree::Ident(word)) if word == "true" => Tree::new(spot, Value::Bool(true)),
        Some(TokenTree::Ident(word)) if word == "false" => Tree::new(spot, Value::Bool(false)),
        Some(TokenTree::Ident(word)) if word == "null" => Tree::new(spot, Value::Null),
        Some(TokenTree::Literal(literal)) => match string_value(&literal) {
            Some(text) => Tree::text(spot, text),
            None => number("", &literal, spot, findings),
        },
        Some(TokenTree::Punct(minus)) if minus.as_char() == '-' => match cursor.peek().cloned() {
            Some(TokenTree::Literal(literal)) => {
                let spot = spot.to(cursor.spot());
                cursor.skip(1);
                number("-", &literal, spot, findings)
            }
            _ => unexpected("`-`", spot, findings),
        },
        Some(token) => unexpected(&format!("`{token}`"), spot, findings),
        None => unexpected("the end", spot, findings),
    }
}

fn members(cursor: &mut Cursor, spot: Spot, depth: usize, findings: &mut Vec<Finding>) -> Tree {
    let mut members = Vec::new();
    while !cursor.is_empty() {
        members.extend(member(cursor, depth, findings));
        separator(cursor, findings);
    }
    Tree::new(spot, Value::Object(members))
}

fn member(cursor: &mut Cursor, depth: usize, findings: &mut Vec<Finding>) -> Option<Member> {
    let Some(key) = cursor.string() else {
        let help = match cursor.word() {
            Some(word) => format!("a key of a JSON object is a string: `\"{word}\"`"),
            None => "a key of a JSON object is a string".to_owned(),
        };
        findings.push(Finding::grammar(
            cursor.spot(),
            format!("expected a key, found {}", cursor.found()),
            help,
        ));
        // A bare word may be the key without its quotes: go on with its value.
        let word = cursor.word().filter(|_| cursor.punct_at(1, ':'));
        let key_spot = cursor.spot();
        let Some(word) = word else {
            cursor.skip_to_comma();
            return None;
        };
        cursor.skip(2);
        return Some(Member {
            key: word,
            key_spot,
            value: nested(cursor, depth, findings),
        });
    };
    cursor.skip(1);
    if !cursor.eat_punct(':') {
        findings.push(Finding::grammar(
            cursor.spot(),
            format!("expected `:` after the key, found {}", cursor.found()),
            format!("write `\"{}\": …`", key.value),
        ));
        if !cursor.eat_punct('=') {
            cursor.skip_to_comma();
            let value = Tree::broken(cursor.last_spot());
            return Some(Member {
                key: key.value,
                key_spot: key.spot,
                value,
            });
        }
    }
    Some(Member {
        key: key.value,
        key_spot: key.spot,
        value: nested(cursor, depth, findings),
    })
}

/// The comma after an item, or the end.
fn separator(cursor: &mut Cursor, findings: &mut Vec<Finding>) {
    if cursor.is_empty() {
        return;
    }
    let comma = cursor.spot();
    if cursor.eat_punct(',') {
        if cursor.is_empty() {
            findings.push(Finding::grammar(
                comma,
                "JSON has no comma after the last item",
                "remove it",
            ));
        }
        return;
    }
    findings.push(Finding::grammar(
        cursor.spot(),
        format!("expected `,`, found {}", cursor.found()),
        "items are separated by commas",
    ));
    // A string or group may be the next item; anything else is stepped over.
    if !matches!(
        cursor.peek(),
        Some(TokenTree::Literal(_) | TokenTree::Group(_))
    ) {
        cursor.skip_to_comma();
        cursor.eat_punct(',');
    }
}

fn number(sign: &str, literal: &Literal, spot: Spot, findings: &mut Vec<Finding>) -> Tree {
    let text = format!("{sign}{literal}");
    match json::parse(&text) {
        Ok(Node::Number(number)) => Tree::new(spot, Value::Number(number)),
        _ => {
            findings.push(Finding::grammar(
                spot,
                format!("`{text}` is no JSON value"),
                "JSON has strings, decimal numbers, `true`, `false` and `null`",
            ));
            Tree::broken(spot)
        }
    }
}

fn unexpected(found: &str, spot: Spot, findings: &mut Vec<Finding>) -> Tree {
    findings.push(Finding::grammar(
        spot,
        format!("expected a JSON value, found {found}"),
        "JSON has strings, numbers, `true`, `false`, `null`, arrays and objects; run-time values need the other form, `allow … on …;`",
    ));
    Tree::broken(spot)
}
