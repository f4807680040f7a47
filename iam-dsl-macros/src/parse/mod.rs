//! Tokens to a spanned tree.

mod condition;
mod cursor;
pub(crate) mod dsl;
mod guardrail;
pub(crate) mod json;
mod name;
mod statement;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

pub(crate) use self::cursor::Cursor;
use crate::finding::Finding;
use crate::spot::Spot;
use crate::tree::Tree;

/// A string literal's value.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) spot: Spot,
}

/// The macro's input, read.
pub(crate) struct Input {
    pub(crate) marks: Marks,
    pub(crate) form: Form,
}

/// The words before a policy.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// Whether findings that are no errors stop the build too.
    pub(crate) strict: bool,
    /// Whether the catalogue's findings do not stop it.
    pub(crate) unchecked: bool,
}

/// The three ways to write a policy.
pub(crate) enum Form {
    Dsl(dsl::Document),
    /// JSON as tokens.
    Json(Tree),
    /// JSON in a string.
    Text(Text),
    /// Not understood, and already reported.
    Broken,
}

/// The mistake has been reported.
#[derive(Debug)]
pub(crate) struct Reported;

/// Reads the macro's input; every mistake found is added to `findings`.
pub(crate) fn input(stream: TokenStream, findings: &mut Vec<Finding>) -> Input {
    let mut cursor = Cursor::over(stream);
    let marks = marks(&mut cursor, findings);
    let form = form(&mut cursor, findings);
    Input { marks, form }
}

/// Reads `strict,` and `unchecked,`, in any order.
pub(crate) fn marks(cursor: &mut Cursor, findings: &mut Vec<Finding>) -> Marks {
    let mut marks = Marks::default();
    loop {
        let word = if cursor.is_word("strict") {
            marks.strict = true;
            "strict"
        } else if cursor.is_word("unchecked") && !statement::goes_on(cursor) {
            marks.unchecked = true;
            "unchecked"
        } else {
            return marks;
        };
        cursor.skip(1);
        if !cursor.eat_punct(',') {
            findings.push(Finding::grammar(
                cursor.spot(),
                format!("expected `,` after `{word}`, found {}", cursor.found()),
                format!("write `{word},` before the policy"),
            ));
            cursor.eat_punct(';');
        }
    }
}

fn form(cursor: &mut Cursor, findings: &mut Vec<Finding>) -> Form {
    let only = cursor.rest().len() == 1;
    match cursor.peek() {
        Some(TokenTree::Group(group))
            if matches!(group.delimiter(), Delimiter::Brace | Delimiter::Bracket) =>
        {
            let tree = json::value(cursor, findings);
            if !cursor.is_empty() {
                findings.push(Finding::grammar(
                    cursor.spot(),
                    format!("expected nothing after the JSON, found {}", cursor.found()),
                    "a policy is one JSON object",
                ));
            }
            Form::Json(tree)
        }
        Some(TokenTree::Literal(_)) if only => match cursor.string() {
            Some(text) => Form::Text(text),
            None => {
                findings.push(Finding::grammar(
                    cursor.spot(),
                    format!("{} is no policy", cursor.found()),
                    "write statements, a JSON object, or JSON in a string such as r#\"{…}\"#",
                ));
                Form::Broken
            }
        },
        // The braces of the macro call are those of the JSON object.
        Some(TokenTree::Literal(_))
            if cursor.punct_at(1, ':')
                && matches!(
                    cursor.peek_at(2),
                    Some(TokenTree::Literal(_) | TokenTree::Group(_))
                ) =>
        {
            let spot = cursor.spot();
            Form::Json(json::object(cursor, spot, findings))
        }
        _ => Form::Dsl(dsl::document(cursor, findings)),
    }
}

/// Reads the one action of `action!`; `None` where a mistake was reported.
pub(crate) fn one_action(cursor: &mut Cursor, findings: &mut Vec<Finding>) -> Option<dsl::Action> {
    let spot = cursor.spot();
    let mut parser = dsl::Parser { findings };
    let mut read = Vec::new();
    match statement::action(&mut parser, cursor, &mut read) {
        Ok(false) => read.pop()?,
        Ok(true) => {
            parser.report(
                spot.to(cursor.last_spot()),
                "these are several actions",
                "name one, with wildcards if need be",
            );
            None
        }
        Err(Reported) => None,
    }
}
