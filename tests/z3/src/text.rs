//! Texts in the solver: as the number of a cell, or as strings.

use std::collections::BTreeSet;
use std::fmt::Write;

use language_tests::prove::glob::{Token, matches};

/// A part of the request that is a text.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    /// The number of one of these texts.
    Cell { name: String, texts: Vec<String> },
    /// A string.
    Own { name: String },
}

/// A disjunction; `false` of none.
pub(crate) fn any(parts: impl IntoIterator<Item = String>) -> String {
    joined("or", "false", parts)
}

/// A conjunction; `true` of none.
pub(crate) fn all(parts: impl IntoIterator<Item = String>) -> String {
    joined("and", "true", parts)
}

fn joined(word: &str, none: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: BTreeSet<String> = parts.into_iter().collect();
    match parts.len() {
        0 => none.to_owned(),
        1 => parts.into_iter().collect(),
        _ => {
            parts
                .into_iter()
                .fold(format!("({word}"), |all, part| all + " " + &part)
                + ")"
        }
    }
}

pub(crate) fn not(part: &str) -> String {
    format!("(not {part})")
}

impl Text {
    /// The declaration with what bounds it.
    pub(crate) fn declared(&self) -> String {
        match self {
            Text::Cell { name, texts } => format!(
                "(declare-const {name} Int)(assert (and (<= 0 {name}) (< {name} {})))\n",
                texts.len()
            ),
            Text::Own { name } => format!("(declare-const {name} String)\n"),
        }
    }

    /// Whether the text matches the pattern.
    pub(crate) fn fits(&self, pattern: &[Token]) -> String {
        match self {
            Text::Cell { name, texts } => any(texts
                .iter()
                .enumerate()
                .filter(|(_, text)| matches(pattern, text))
                .map(|(number, _)| format!("(= {name} {number})"))),
            Text::Own { name } => format!("(str.in_re {name} {})", expression(pattern)),
        }
    }

    /// Whether two texts are the same, with regard to case or without.
    pub(crate) fn same(&self, other: &Text, fold: bool) -> Result<String, String> {
        let equal = |a: &str, b: &str| match fold {
            true => a.eq_ignore_ascii_case(b),
            false => a == b,
        };
        match (self, other) {
            (
                Text::Cell { name, texts },
                Text::Cell {
                    name: second,
                    texts: others,
                },
            ) => {
                let pairs = texts.iter().enumerate().flat_map(|(a, text)| {
                    let others = others.iter().enumerate();
                    others
                        .filter(move |(_, other)| equal(text, other))
                        .map(move |(b, _)| format!("(and (= {name} {a}) (= {second} {b}))"))
                });
                Ok(any(pairs))
            }
            (Text::Own { name }, Text::Own { name: second }) if !fold => {
                Ok(format!("(= {name} {second})"))
            }
            _ => Err("folded strings".to_owned()),
        }
    }

    /// Whether this is `before`, what the variable holds, and a text that `after`
    /// matches.
    pub(crate) fn around(
        &self,
        before: &[Token],
        variable: &Text,
        after: &[Token],
    ) -> Result<String, String> {
        match (self, variable) {
            (Text::Cell { .. }, Text::Cell { name, texts }) => {
                Ok(any(texts.iter().enumerate().map(|(number, value)| {
                    let mut pattern = before.to_vec();
                    pattern.extend(value.chars().map(Token::Char));
                    pattern.extend_from_slice(after);
                    all([format!("(= {name} {number})"), self.fits(&pattern)])
                })))
            }
            (Text::Own { name }, Text::Own { name: variable }) => {
                let stem = literal(before).ok_or("a pattern before a variable")?;
                let (open, rest) = match after.split_last() {
                    Some((Token::Any { .. }, rest)) => (true, literal(rest)),
                    _ => (false, literal(after)),
                };
                let rest = rest.ok_or("a pattern behind a variable")?;
                let text = format!("(str.++ {} {variable} {})", quoted(&stem), quoted(&rest));
                Ok(match open {
                    true => format!("(str.prefixof {text} {name})"),
                    false => format!("(= {text} {name})"),
                })
            }
            _ => Err("two sorts of texts".to_owned()),
        }
    }
}

fn literal(tokens: &[Token]) -> Option<String> {
    tokens
        .iter()
        .map(|token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        })
        .collect()
}

/// A string of SMT-LIB 2.6.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\"\""),
            ' '..='~' if c != '\\' => out.push(c),
            // Writing to a text cannot fail.
            other => drop(write!(out, "\\u{{{:x}}}", u32::from(other))),
        }
    }
    out + "\""
}

/// The regular expression of a pattern.
pub(crate) fn expression(pattern: &[Token]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut run = String::new();
    for token in pattern {
        if let Token::Char(c) = token {
            run.push(*c);
            continue;
        }
        if !run.is_empty() {
            parts.push(format!("(str.to_re {})", quoted(&std::mem::take(&mut run))));
        }
        parts.push(match token {
            Token::Char(_) => String::new(),
            Token::Fold(c) => {
                let (small, large) = (c.to_ascii_lowercase(), c.to_ascii_uppercase());
                let one = |c: char| format!("(str.to_re {})", quoted(&c.to_string()));
                format!("(re.union {} {})", one(small), one(large))
            }
            Token::One { colon: true } => "re.allchar".to_owned(),
            Token::One { colon: false } => NO_COLON.to_owned(),
            Token::Any { colon: true } => "re.all".to_owned(),
            Token::Any { colon: false } => format!("(re.* {NO_COLON})"),
        });
    }
    if !run.is_empty() || parts.is_empty() {
        parts.push(format!("(str.to_re {})", quoted(&run)));
    }
    match parts.as_slice() {
        [one] => one.clone(),
        _ => format!("(re.++ {})", parts.join(" ")),
    }
}

const NO_COLON: &str = "(re.diff re.allchar (str.to_re \":\"))";

/// `service:Name` in lower case.
pub(crate) const ACTION: &str = "(re.++ (re.+ (re.union (re.range \"a\" \"z\") (re.range \"0\" \"9\") (str.to_re \"-\") (str.to_re \"_\") (str.to_re \".\"))) (str.to_re \":\") (re.+ (re.union (re.range \"a\" \"z\") (re.range \"0\" \"9\") (str.to_re \"-\") (str.to_re \"_\") (str.to_re \".\"))))";

/// The name of a user, as far as an ARN tells it from its path.
pub(crate) const NAME: &str = "(re.+ (re.diff re.allchar (re.union (str.to_re \":\") (str.to_re \"*\") (str.to_re \"?\") (str.to_re \"$\") (str.to_re \"/\"))))";

/// An ARN that names one resource.
pub(crate) fn arn() -> String {
    let field = "(re.diff re.allchar (re.union (str.to_re \":\") (str.to_re \"*\") (str.to_re \"?\") (str.to_re \"$\")))";
    let colon = "(str.to_re \":\")";
    format!(
        "(re.++ (str.to_re \"arn:\") (re.+ {field}) {colon} (re.+ {field}) {colon} (re.* {field}) {colon} (re.* {field}) {colon} re.allchar re.all)"
    )
}
