//! Patterns and policy variables.

use super::Value;

/// A character of a pattern once its variables are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Literal(char),
    /// `*`
    Any,
    /// `?`
    One,
}

/// The text holds a variable that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The pattern as it is written, without variables.
pub(super) fn written(text: &str) -> Vec<Token> {
    text.chars()
        .map(|c| match c {
            '*' => Token::Any,
            '?' => Token::One,
            c => Token::Literal(c),
        })
        .collect()
}

/// The pattern with variables replaced; `None` where one has no value. A value
/// is literal, wildcards and all.
pub(super) fn substituted(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<Vec<Value>>,
) -> Result<Option<Vec<Token>>, Unreadable> {
    let Some((before, after)) = text.split_once("${") else {
        return Ok(Some(written(text)));
    };
    let (variable, rest) = after.split_once('}').ok_or(Unreadable)?;
    let value = variable_value(variable, lookup)?;
    let rest = substituted(rest, lookup)?;
    let (Some(value), Some(rest)) = (value, rest) else {
        return Ok(None);
    };
    let mut tokens = written(before);
    tokens.extend(value.chars().map(Token::Literal));
    tokens.extend(rest);
    Ok(Some(tokens))
}

/// `*`, `?`, `$`, `key` or `key, 'default'`.
fn variable_value(
    variable: &str,
    lookup: &dyn Fn(&str) -> Option<Vec<Value>>,
) -> Result<Option<String>, Unreadable> {
    if ["*", "?", "$"].contains(&variable) {
        return Ok(Some(variable.to_owned()));
    }
    let (key, default) = match variable.split_once(',') {
        None => (variable, None),
        Some((key, default)) => {
            let default = default.trim_start();
            let default = default
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                .ok_or(Unreadable)?;
            (key, Some(default.to_owned()))
        }
    };
    if key.is_empty() {
        return Err(Unreadable);
    }
    // "You cannot use a multivalued context key as a policy variable." The default
    // is for another case: "If a variable is not present, AWS uses the default text
    // that you provide" ("Access Analyzer policy check reference", missing quote in
    // variable).
    Ok(match lookup(key).as_deref() {
        Some([value]) => Some(value.text()),
        Some([_, _, ..]) => None,
        Some([]) | None => default,
    })
}

/// Whether the whole text fits the pattern.
pub(super) fn matches(pattern: &[Token], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Token::Any, rest)), None) => matches(rest, text),
        (Some((Token::Any, rest)), Some((_, others))) => {
            matches(rest, text) || matches(pattern, others)
        }
        (Some(_), None) => false,
        (Some((Token::One, rest)), Some((_, others))) => matches(rest, others),
        (Some((Token::Literal(c), rest)), Some((d, others))) => c == d && matches(rest, others),
    }
}

/// Whether a resource fits the pattern: wildcards stay "within the individual
/// segments of an ARN", but "if the * wildcard is the last character of a
/// resource ARN segment, it can expand to match beyond the colon boundaries".
/// `head` holds what precedes the fifth colon, with that colon; in `tail`, the
/// part after it, colons are characters like others (convention).
pub(super) fn matches_arn(head: &[Token], tail: &[Token], text: &[char]) -> bool {
    let Some((token, rest)) = head.split_first() else {
        return matches(tail, text);
    };
    let ends_segment = match rest.first() {
        None => tail.is_empty(),
        Some(next) => *next == Token::Literal(':'),
    };
    match (token, text.split_first()) {
        (Token::Any, next) => {
            matches_arn(rest, tail, text)
                || next.is_some_and(|(c, others)| {
                    (ends_segment || *c != ':') && matches_arn(head, tail, others)
                })
        }
        (Token::One, Some((c, others))) => *c != ':' && matches_arn(rest, tail, others),
        (Token::Literal(c), Some((d, others))) => c == d && matches_arn(rest, tail, others),
        (_, None) => false,
    }
}

/// The text split after its fifth colon.
pub(super) fn at_fifth_colon(text: &str) -> (&str, &str) {
    match text.match_indices(':').nth(4) {
        Some((index, _)) => text.split_at(index + 1),
        None => (text, ""),
    }
}
