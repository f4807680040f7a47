//! Names, paths, descriptions and tags: character sets and lengths, from the
//! IAM API reference (parameter constraints) and "IAM and AWS STS quotas".

use std::borrow::Borrow;

use crate::refusal::Refusal;
use crate::request::{constraint_violation, member_name};

/// A name as IAM compares it: without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Folded(String);

impl Folded {
    /// Folds a name.
    pub(crate) fn new(name: &str) -> Folded {
        Folded(name.to_lowercase())
    }

    /// The folded text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Folded {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Checks the length of a text as the API model states it.
pub(crate) fn length(field: &str, value: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let count = value.chars().count();
    if count > most {
        return Err(constraint_violation(
            Some(value),
            field,
            &format!("Member must have length less than or equal to {most}"),
        ));
    }
    if count < least {
        return Err(constraint_violation(
            Some(value),
            field,
            &format!("Member must have length greater than or equal to {least}"),
        ));
    }
    Ok(())
}

/// Checks the name of an entity: letters of the alphabet, digits and `_+=,.@-`.
pub(crate) fn name<'a>(field: &str, value: &'a str, most: usize) -> Result<&'a str, Refusal> {
    length(field, value, 1, most)?;
    if !value.chars().all(is_name_character) {
        return Err(Refusal::validation_error(format!(
            "The specified value for {} is invalid. It must contain only alphanumeric characters \
             and/or the following: +=,.@_-",
            member_name(field)
        )));
    }
    Ok(value)
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)
}

/// Checks the path of an entity: `/`, or printable ASCII between two slashes.
pub(crate) fn path<'a>(field: &str, value: &'a str) -> Result<&'a str, Refusal> {
    length(field, value, 1, 512)?;
    let well_formed = value.starts_with('/')
        && value.ends_with('/')
        && value.chars().all(|c| ('\u{21}'..='\u{7F}').contains(&c));
    if !well_formed || value.contains("//") {
        return Err(Refusal::validation_error(format!(
            "The specified value for {} is invalid. It must begin and end with / and contain only \
             alphanumeric characters and/or / characters.",
            member_name(field)
        )));
    }
    Ok(value)
}

/// Checks the prefix by which a list is filtered: it need not end in a slash.
pub(crate) fn path_prefix(value: &str) -> Result<&str, Refusal> {
    length("PathPrefix", value, 1, 512)?;
    if !value.starts_with('/') || !value.chars().all(|c| ('\u{21}'..='\u{7F}').contains(&c)) {
        return Err(Refusal::validation_error(
            "The specified value for pathPrefix is invalid. It must begin with / and contain only \
             alphanumeric characters and/or / characters.",
        ));
    }
    Ok(value)
}

/// Checks a description: tab, line feed, carriage return and the printable
/// characters of Latin-1, at most 1,000.
pub(crate) fn description(value: &str) -> Result<&str, Refusal> {
    length("Description", value, 0, 1000)?;
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{A1}'..='\u{FF}');
    if !value.chars().all(allowed) {
        return Err(constraint_violation(
            Some(value),
            "Description",
            "Member must satisfy regular expression pattern: \
             [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_api_reference() {
        for good in ["a", "Administrator", "dev+ops=1,2.3@x_y-z", &"n".repeat(64)] {
            assert_eq!(name("UserName", good, 64), Ok(good));
        }
        for bad in ["", "a b", "a/b", "ä", "a*", &"n".repeat(65)] {
            assert_eq!(
                name("UserName", bad, 64).unwrap_err().code,
                "ValidationError"
            );
        }
    }

    #[test]
    fn paths_begin_and_end_with_a_slash() {
        for good in ["/", "/team/", "/a/b.c!/"] {
            assert_eq!(path("Path", good), Ok(good));
        }
        for bad in ["", "team", "/team", "team/", "/a b/", "//", "/ä/"] {
            assert_eq!(
                path("Path", bad).unwrap_err().code,
                "ValidationError",
                "{bad}"
            );
        }
    }

    #[test]
    fn names_compare_without_case() {
        assert_eq!(Folded::new("MyRole"), Folded::new("myrole"));
    }
}
