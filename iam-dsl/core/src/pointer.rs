//! JSON pointers (RFC 6901), the address of a finding.

use std::fmt::{self, Write as _};

/// A place in a document while it is walked: a chain of borrowed steps, so that
/// walking costs nothing and only a finding pays for its text.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The whole document.
    pub const ROOT: Place<'static> = Place {
        parent: None,
        step: Step::Root,
    };

    /// Member `key` of the object here.
    #[must_use]
    pub fn key<'b>(&'b self, key: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    /// Item `index` of the array here.
    #[must_use]
    pub fn index<'b>(&'b self, index: usize) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// The JSON pointer: empty for the document, else `/Statement/0/Action`.
    pub fn pointer(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Index(index) => write!(f, "/{index}"),
            Step::Key(key) => {
                f.write_char('/')?;
                for character in key.chars() {
                    match character {
                        '~' => f.write_str("~0")?,
                        '/' => f.write_str("~1")?,
                        other => f.write_char(other)?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// The unescaped steps of a pointer's text.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_come_back() {
        let condition = Place::ROOT.key("Condition");
        let key = condition.key("aws:RequestTag/a~b");
        let pointer = key.index(3).pointer();
        assert_eq!(pointer, "/Condition/aws:RequestTag~1a~0b/3");
        let parts: Vec<String> = steps(&pointer).collect();
        assert_eq!(parts, ["Condition", "aws:RequestTag/a~b", "3"]);
    }
}
