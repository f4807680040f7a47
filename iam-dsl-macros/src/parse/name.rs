//! Names written as bare tokens: `s3:Get*`, `execute-api:Invoke`,
//! `aws:PrincipalTag/cost-center`, `ForAnyValue:StringLike`.

use proc_macro2::{Delimiter, TokenTree};

use super::Cursor;
use crate::spot::Spot;

/// A bare name.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) spot: Spot,
}

/// Reads a bare name, as long as its tokens hang together; `None` where none
/// begins here.
///
/// A wildcard belongs to a name only where it touches it: `s3:Get *` must not
/// become `s3:Get*`.
pub(crate) fn name(cursor: &mut Cursor) -> Option<Name> {
    if !begins(cursor.peek()) {
        return None;
    }
    let start = cursor.spot();
    let mut text = String::new();
    let mut before = Kind::Joint;
    while let Some(token) = cursor.peek() {
        let Some(kind) = kind(token) else { break };
        let goes_on = match (before, kind) {
            (_, Kind::Joint) | (Kind::Joint, _) => true,
            (Kind::Word, Kind::Wildcard) | (Kind::Wildcard, Kind::Word | Kind::Wildcard) => {
                cursor.is_adjacent()
            }
            (Kind::Word, Kind::Word) => false,
        };
        if !goes_on {
            break;
        }
        push(&mut text, token);
        before = kind;
        cursor.skip(1);
    }
    Some(Name {
        text,
        spot: start.to(cursor.last_spot()),
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Word,
    Wildcard,
    /// What holds two words together.
    Joint,
}

fn kind(token: &TokenTree) -> Option<Kind> {
    match token {
        TokenTree::Ident(_) => Some(Kind::Word),
        TokenTree::Literal(literal) => literal
            .to_string()
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some(Kind::Word),
        TokenTree::Punct(punct) => match punct.as_char() {
            '*' | '?' => Some(Kind::Wildcard),
            ':' | '-' | '.' | '/' => Some(Kind::Joint),
            _ => None,
        },
        TokenTree::Group(_) => None,
    }
}

/// Adds a token's text; `r#type` is the word `type`.
fn push(text: &mut String, token: &TokenTree) {
    let token = token.to_string();
    text.push_str(token.strip_prefix("r#").unwrap_or(&token));
}

fn begins(token: Option<&TokenTree>) -> bool {
    token.is_some_and(|token| matches!(kind(token), Some(Kind::Word | Kind::Wildcard)))
}

/// All these tokens as one name, whatever they are: condition keys, whose end
/// is known. `Err` is the token that cannot be part of one.
pub(crate) fn whole(tokens: &[TokenTree]) -> Result<String, Spot> {
    let mut text = String::new();
    let mut word_before = false;
    for token in tokens {
        let word = match token {
            TokenTree::Ident(_) => true,
            TokenTree::Literal(literal)
                if literal
                    .to_string()
                    .starts_with(|c: char| c.is_ascii_digit()) =>
            {
                true
            }
            TokenTree::Punct(_) => false,
            // `${…}` in a key: the validator says that it does not belong.
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && text.ends_with('$') =>
            {
                let inside = group.stream().to_string().replace(' ', "");
                text.push_str(&format!("{{{inside}}}"));
                word_before = false;
                continue;
            }
            _ => return Err(Spot::of(token)),
        };
        if word && word_before {
            return Err(Spot::of(token));
        }
        push(&mut text, token);
        word_before = word;
    }
    Ok(text)
}
