//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

/// One part of a text that may hold variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text outside `${…}`; `*` and `?` in it are wildcards where the place
    /// allows wildcards.
    Text(&'t str),
    /// `${*}`, `${?}` or `${$}`: the character itself, never a wildcard.
    Literal(char),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        /// The condition key, in any case.
        key: &'t str,
        /// The value where the request has no such key.
        default: Option<&'t str>,
    },
}

/// Why `${…}` is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableError<'t> {
    /// `${` without `}`.
    MissingBrace,
    /// `${}`.
    Empty,
    /// A default without both quotes; the text inside the braces.
    MissingQuote(&'t str),
    /// A space in the key; the text inside the braces.
    Space(&'t str),
}

/// Splits a text of a 2012-10-17 document into its parts.
///
/// Parsing goes on after a mistake: the mistaken part comes as `Err`.
pub fn parts(text: &str) -> impl Iterator<Item = Result<Part<'_>, VariableError<'_>>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(start) = rest.find("${") else {
            return Some(Ok(Part::Text(std::mem::take(&mut rest))));
        };
        if start > 0 {
            let (before, after) = rest.split_at(start);
            rest = after;
            return Some(Ok(Part::Text(before)));
        }
        let inside = rest.get(2..).unwrap_or_default();
        let Some(end) = closing_brace(inside) else {
            rest = "";
            return Some(Err(VariableError::MissingBrace));
        };
        let (body, after) = inside.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        Some(variable(body))
    })
}

/// Whether a text holds `${`.
pub fn has_variable(text: &str) -> bool {
    text.contains("${")
}

/// Where the brace stands that ends a variable, in the text after its `${`; one
/// inside a quoted default does not end it.
pub fn closing_brace(inside: &str) -> Option<usize> {
    let mut quoted = false;
    for (index, character) in inside.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some(index),
            _ => {}
        }
    }
    // An odd quote swallows everything: take the first brace, so that the
    // mistake is told as the missing quote that it is.
    inside.find('}')
}

fn variable(body: &str) -> Result<Part<'_>, VariableError<'_>> {
    match body {
        "" => return Err(VariableError::Empty),
        "*" => return Ok(Part::Literal('*')),
        "?" => return Ok(Part::Literal('?')),
        "$" => return Ok(Part::Literal('$')),
        _ => {}
    }
    let (key, default) = match body.split_once(',') {
        None => (body, None),
        // The guide writes the default both with and without a space before it.
        Some((key, default)) => {
            let unquoted = default
                .trim()
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                // A quote within would leave the end of the variable to what follows.
                .filter(|text| !text.contains('\''))
                .ok_or(VariableError::MissingQuote(body))?;
            (key.trim_end(), Some(unquoted))
        }
    };
    if key.is_empty() {
        Err(VariableError::Empty)
    } else if key.contains('\'') {
        Err(VariableError::MissingQuote(body))
    } else if key.contains(char::is_whitespace) {
        Err(VariableError::Space(body))
    } else {
        Ok(Part::Variable { key, default })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Result<Part<'_>, VariableError<'_>>> {
        parts(text).collect()
    }

    #[test]
    fn texts_split_into_parts() {
        assert_eq!(
            all("a/${aws:username}/${*}"),
            [
                Ok(Part::Text("a/")),
                Ok(Part::Variable {
                    key: "aws:username",
                    default: None
                }),
                Ok(Part::Text("/")),
                Ok(Part::Literal('*')),
            ]
        );
        for text in [
            "${aws:PrincipalTag/team, 'co}mpany'}",
            "${aws:PrincipalTag/team,'co}mpany'}",
        ] {
            assert_eq!(
                all(text),
                [Ok(Part::Variable {
                    key: "aws:PrincipalTag/team",
                    default: Some("co}mpany")
                })]
            );
        }
        assert_eq!(all("$x {y}"), [Ok(Part::Text("$x {y}"))]);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(all("${aws:username"), [Err(VariableError::MissingBrace)]);
        assert_eq!(all("${}"), [Err(VariableError::Empty)]);
        assert_eq!(
            all("${aws: username}"),
            [Err(VariableError::Space("aws: username"))]
        );
        assert_eq!(all("${k, 'd}"), [Err(VariableError::MissingQuote("k, 'd"))]);
        assert_eq!(all("${k, d}"), [Err(VariableError::MissingQuote("k, d"))]);
        assert_eq!(all("${k:'}"), [Err(VariableError::MissingQuote("k:'"))]);
        assert_eq!(
            all("${k:x, 'a'b'}"),
            [Err(VariableError::MissingQuote("k:x, 'a'b'"))]
        );
    }
}
