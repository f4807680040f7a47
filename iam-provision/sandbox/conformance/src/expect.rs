//! What a step expects at a path of an answer.

use serde::Deserialize;

use crate::answer::Answer;

/// What must stand at a path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// One element with this text.
    Text(String),
    /// Elements with these texts, in any order: IAM promises none.
    Texts(Vec<String>),
    /// Something less exact.
    Some(Loosely),
}

/// The ways to expect less than a text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loosely {
    /// No element at all, or an empty one, if `true`; something if `false`.
    Absent(bool),
    /// So many elements.
    Count(usize),
    /// One text that begins so.
    Starts(String),
    /// One text that contains this.
    Contains(String),
    /// One text that does not contain this.
    Without(String),
    /// One text of so many characters.
    Length(usize),
    /// One percent-encoded JSON text with this meaning.
    Document(String),
    /// One text that is exactly the percent-encoding (RFC 3986) of this.
    Encoded(String),
    /// One Base64 text that, decoded, contains this.
    Decoded(String),
}

impl Expected {
    /// The same with every text passed through `f`.
    pub(crate) fn map<E>(
        &self,
        mut f: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Expected, E> {
        Ok(match self {
            Expected::Text(text) => Expected::Text(f(text)?),
            Expected::Texts(texts) => {
                Expected::Texts(texts.iter().map(|text| f(text)).collect::<Result<_, _>>()?)
            }
            Expected::Some(loosely) => Expected::Some(match loosely {
                Loosely::Starts(text) => Loosely::Starts(f(text)?),
                Loosely::Contains(text) => Loosely::Contains(f(text)?),
                Loosely::Without(text) => Loosely::Without(f(text)?),
                Loosely::Document(text) => Loosely::Document(f(text)?),
                Loosely::Encoded(text) => Loosely::Encoded(f(text)?),
                Loosely::Decoded(text) => Loosely::Decoded(f(text)?),
                Loosely::Absent(_) | Loosely::Count(_) | Loosely::Length(_) => loosely.clone(),
            }),
        })
    }

    /// What is wrong with what stands at `path`, if anything is.
    pub(crate) fn differs(&self, answer: &Answer, path: &str) -> Option<String> {
        let found = answer.texts(path);
        let holds = match self {
            Expected::Text(text) => found == [text.as_str()],
            Expected::Texts(texts) => {
                let mut expected: Vec<&str> = texts.iter().map(String::as_str).collect();
                let mut found = found.clone();
                expected.sort_unstable();
                found.sort_unstable();
                expected == found
            }
            Expected::Some(loosely) => loosely.holds(&found),
        };
        (!holds).then(|| format!("at {path}: expected {self:?}, found {found:?}"))
    }
}

impl Loosely {
    fn holds(&self, found: &[&str]) -> bool {
        match self {
            Loosely::Absent(absent) => found.iter().all(|text| text.is_empty()) == *absent,
            Loosely::Count(count) => found.len() == *count,
            one_text => match found {
                [text] => one_text.holds_for(text),
                _ => false,
            },
        }
    }

    fn holds_for(&self, text: &str) -> bool {
        match self {
            Loosely::Absent(_) | Loosely::Count(_) => false,
            Loosely::Starts(start) => text.starts_with(start),
            Loosely::Contains(part) => text.contains(part),
            Loosely::Without(part) => !text.contains(part),
            Loosely::Length(length) => text.chars().count() == *length,
            Loosely::Document(expected) => {
                let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
                let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
                json(expected).is_some() && json(&decoded) == json(expected)
            }
            Loosely::Encoded(plain) => percent_encode(plain) == text,
            Loosely::Decoded(part) => data_encoding::BASE64
                .decode(text.trim().as_bytes())
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(part)),
        }
    }
}

/// RFC 3986: everything but the unreserved characters.
fn percent_encode(plain: &str) -> String {
    const RESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(plain, RESERVED).to_string()
}
