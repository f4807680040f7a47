//! Conditions of the DSL.

use proc_macro2::{Delimiter, TokenTree};

use super::dsl::{Block, Entry, Item, List, Parser};
use super::name::{Name, name, whole};
use super::{Cursor, Reported};
use crate::spot::Spot;
use crate::template;

/// Reads `OPERATOR { … }, OPERATOR { … }`.
pub(crate) fn blocks(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    out: &mut Vec<Block>,
) -> Result<(), Reported> {
    loop {
        out.push(block(parser, cursor)?);
        let and = cursor.is_word("and") || cursor.is_punct('&');
        if and {
            parser.expected(
                cursor,
                "`,`",
                "operators are separated by commas; all of them must hold",
            );
            let doubled = cursor.is_punct('&') && cursor.punct_at(1, '&');
            cursor.skip(1 + usize::from(doubled));
            continue;
        }
        if !cursor.is_punct(',') || !operator_follows(cursor) {
            return Ok(());
        }
        cursor.skip(1);
    }
}

/// Whether after the comma at the cursor an operator stands: a word or string
/// that no statement begins with.
fn operator_follows(cursor: &Cursor) -> bool {
    let statement = ["allow", "deny", "Allow", "Deny"]
        .iter()
        .any(|word| cursor.word_at(1, word));
    let sid = cursor.string_at(1).is_some() && cursor.punct_at(2, ':');
    cursor.peek_at(1).is_some() && !statement && !sid
}

fn block(parser: &mut Parser<'_>, cursor: &mut Cursor) -> Result<Block, Reported> {
    let operator = match cursor.string() {
        Some(text) => {
            cursor.skip(1);
            let spot = text.spot;
            template::without_slots(&text, "a condition operator", parser.findings)
                .map(|text| Name { text, spot })
        }
        None => Some(name(cursor).ok_or_else(|| {
            parser.expected(
                cursor,
                "a condition operator",
                "write `when StringEquals { aws:PrincipalOrgID: \"o-…\" }`",
            )
        })?),
    };
    let Some(group) = cursor.group(Delimiter::Brace).cloned() else {
        let written = operator.map_or_else(String::new, |operator| operator.text);
        let help = format!(
            "write `when {} {{ aws:SourceIp: \"…\" }}`: the operator, then keys and values in braces",
            suggestion(&written)
        );
        return Err(parser.expected(cursor, &format!("`{{` after `{written}`"), help));
    };
    cursor.skip(1);
    let mut entries = Vec::new();
    let mut inside = Cursor::within(&group);
    while !inside.is_empty() {
        let mut tokens = Vec::new();
        while !inside.is_empty() && !inside.is_punct(',') {
            tokens.extend(inside.next());
        }
        let end = inside.spot();
        inside.skip(1);
        if tokens.is_empty() {
            parser.report(
                end,
                "expected a condition key, found `,`",
                "remove the comma",
            );
            continue;
        }
        entry(parser, tokens, end, &mut entries);
    }
    Ok(Block {
        body: group.span().into(),
        operator,
        entries,
    })
}

/// An operator for an example: what was written, if it can be one.
fn suggestion(text: &str) -> &str {
    if text.parse::<iam_dsl_core::Operator>().is_ok() {
        text
    } else {
        "StringEquals"
    }
}

/// Reads `KEY: VALUES` from the tokens between two commas. The value is the
/// last token tree, so the separator is the last colon: `aws:SourceIp: "…"`.
fn entry(parser: &mut Parser<'_>, tokens: Vec<TokenTree>, end: Spot, out: &mut Vec<Entry>) {
    let is = |token: &TokenTree, character| matches!(token, TokenTree::Punct(punct) if punct.as_char() == character);
    let value_at = |at: usize| {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let rest = match rest.split_first() {
            Some((first, after)) if is(first, '-') || is(first, '>') => after,
            _ => rest,
        };
        rest.len() == 1
    };
    let colon = tokens
        .iter()
        .rposition(|token| is(token, ':'))
        .filter(|&at| value_at(at) && !is_name_tail(&tokens, at));
    let separator = match colon {
        Some(at) => at,
        None => match tokens.iter().rposition(|token| is(token, '=')) {
            Some(at) if value_at(at) => {
                if let Some(equals) = tokens.get(at) {
                    parser.report(
                        Spot::of(equals),
                        "expected `:` after the condition key, found `=`",
                        "write `aws:SourceIp: \"…\"`; the operator says how to compare",
                    );
                }
                at
            }
            _ => {
                no_separator(parser, &tokens, end);
                return;
            }
        },
    };
    let (key, value) = tokens.split_at(separator);
    // `==` and `=>` are read as one sign.
    let key = match key.split_last() {
        Some((last, before)) if is(last, '=') => before,
        _ => key,
    };
    let Some(key) = self::key(parser, key, end) else {
        return;
    };
    let mut values: Vec<TokenTree> = value.get(1..).unwrap_or_default().to_vec();
    if values.first().is_some_and(|token| is(token, '>')) {
        values.remove(0);
    }
    let mut cursor = Cursor::part(values, end);
    let values: Result<List<Item>, Reported> = parser.list(&mut cursor, value_item);
    out.push(Entry {
        key,
        values: values.ok(),
    });
}

/// Whether the token after a colon is the rest of a name, so that the colon
/// separates nothing: `aws:SourceIp` alone. `true` and `false` are values.
fn is_name_tail(tokens: &[TokenTree], colon: usize) -> bool {
    let word = matches!(tokens.get(colon + 1), Some(TokenTree::Ident(word)) if word != "true" && word != "false");
    let colons = tokens
        .iter()
        .filter(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ':'))
        .count();
    word && colons < 2
}

fn key(parser: &mut Parser<'_>, tokens: &[TokenTree], end: Spot) -> Option<Name> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        parser.report(
            end,
            "expected a condition key",
            "write `aws:SourceIp: \"…\"`",
        );
        return None;
    };
    let spot = Spot::of(first).to(Spot::of(last));
    if let (TokenTree::Literal(literal), 1) = (first, tokens.len())
        && let Some(value) = super::cursor::string_value(literal)
    {
        let text = super::Text { value, spot };
        return template::without_slots(&text, "a condition key", parser.findings)
            .map(|text| Name { text, spot });
    }
    match whole(tokens) {
        Ok(text) => Some(Name { text, spot }),
        Err(token) => {
            let before = tokens.iter().take_while(|t| !same(t, token)).last();
            let after_value = matches!(before, Some(TokenTree::Literal(_) | TokenTree::Group(_)));
            let at_value = tokens.iter().any(|t| {
                same(t, token) && matches!(t, TokenTree::Literal(_) | TokenTree::Group(_))
            });
            if after_value || at_value {
                // A value in the middle: a comma is missing after it.
                let next = tokens
                    .iter()
                    .skip_while(|t| !same(t, token))
                    .nth(usize::from(at_value))
                    .map_or(token, Spot::of);
                parser.report(
                    next,
                    "expected `,` before the next condition key",
                    "keys of one operator are separated by commas",
                );
            } else {
                parser.report(
                    token,
                    "expected `:` after the condition key",
                    "a key that Rust cannot read as one word is written as a string, such as `\"aws:RequestTag/cost center\"`",
                );
            }
            None
        }
    }
}

/// Whether this token is the one at that spot. Spans cannot be compared, but
/// their debug text names their bytes.
fn same(token: &TokenTree, spot: Spot) -> bool {
    format!("{:?}", token.span()) == format!("{:?}", spot.start)
}

fn no_separator(parser: &mut Parser<'_>, tokens: &[TokenTree], end: Spot) {
    let value = tokens
        .iter()
        .position(|token| matches!(token, TokenTree::Literal(_) | TokenTree::Group(_)));
    match value.and_then(|at| tokens.get(at)) {
        Some(token) => {
            parser.report(
                Spot::of(token),
                "expected `:` before the value",
                "write `aws:SourceIp: \"…\"`",
            );
        }
        None => {
            let spot = match (tokens.first(), tokens.last()) {
                (Some(first), Some(last)) => Spot::of(first).to(Spot::of(last)),
                _ => end,
            };
            parser.report(
                spot,
                "expected a condition key with its value",
                "write `aws:SourceIp: \"203.0.113.0/24\"`; a Rust value stands in braces, `{value}`",
            );
        }
    }
}

/// Reads one value: what [`super::statement::item`] reads, truth values and
/// numbers.
fn value_item(
    parser: &mut Parser<'_>,
    cursor: &mut Cursor,
    out: &mut Vec<Option<Item>>,
) -> Result<bool, Reported> {
    let spot = cursor.spot();
    if cursor.is_word("true") || cursor.is_word("false") {
        let text = cursor.word().unwrap_or_default();
        cursor.skip(1);
        out.push(Some(Item::Word(Name { text, spot })));
        return Ok(false);
    }
    let negative = cursor.is_punct('-');
    let literal = match cursor.peek_at(usize::from(negative)) {
        Some(TokenTree::Literal(literal)) => literal.to_string(),
        _ => String::new(),
    };
    if literal.starts_with(|c: char| c.is_ascii_digit()) {
        cursor.skip(1 + usize::from(negative));
        let spot = spot.to(cursor.last_spot());
        let digits = literal.replace('_', "");
        if !digits.chars().all(|c| c.is_ascii_digit() || c == '.') || digits.ends_with('.') {
            return Err(parser.report(
                spot,
                format!("`{literal}` is no number of a policy"),
                "write a decimal number without suffix or exponent, such as `3600`",
            ));
        }
        let text = if negative {
            format!("-{digits}")
        } else {
            digits
        };
        out.push(Some(Item::Word(Name { text, spot })));
        return Ok(false);
    }
    if let (Some(word), false) = (cursor.word(), cursor.punct_at(1, ':')) {
        return Err(parser.report(
            spot,
            format!("`{word}` is no value"),
            format!("a value is a string, a number, `true` or `false`; a Rust value stands in braces, `{{{word}}}`"),
        ));
    }
    super::statement::item(parser, cursor, out)
}
