//! The whole document.

use std::fmt;
use std::str::FromStr;

use super::{OneOrMany, Statement};
use crate::error::InvalidPolicy;
use crate::{read, write};

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The first version, which has no policy variables; also the meaning of a
    /// document without `Version`.
    V2008_10_17,
    /// The current version.
    V2012_10_17,
}

impl Version {
    /// The JSON text.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V2008_10_17 => "2008-10-17",
            Version::V2012_10_17 => "2012-10-17",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Any IAM policy document, whatever its kind. Key order and the one-or-many
/// form of every value survive reading and writing.
///
/// ```
/// use iam_dsl_core::Document;
///
/// let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"},"Version":"2012-10-17"}"#;
/// let document = Document::from_json(text)?;
/// assert_eq!(document.statements().len(), 1);
/// assert_eq!(document.to_json(), text);
/// # Ok::<(), iam_dsl_core::InvalidPolicy>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    elements: Vec<Element>,
}

/// One element of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `Version`
    Version(Version),
    /// `Id`
    Id(String),
    /// `Statement`
    Statement(OneOrMany<Statement>),
}

impl Element {
    /// The JSON key.
    pub fn key(&self) -> &'static str {
        match self {
            Element::Version(_) => "Version",
            Element::Id(_) => "Id",
            Element::Statement(_) => "Statement",
        }
    }
}

impl Document {
    /// A document of these elements. Nothing is checked here: the validator does.
    pub fn new(elements: Vec<Element>) -> Self {
        Document { elements }
    }

    /// A document of the current version with these statements.
    pub fn of(statements: Vec<Statement>) -> Self {
        Document::new(vec![
            Element::Version(Version::V2012_10_17),
            Element::Statement(OneOrMany::Many(statements)),
        ])
    }

    /// Reads a document, whatever kind of policy it is.
    ///
    /// # Errors
    /// Every structural mistake at once: JSON that does not parse, elements
    /// that the policy language does not know, values of the wrong JSON type.
    /// What a kind of policy demands beyond that is [`crate::validate()`]'s.
    pub fn from_json(text: &str) -> Result<Document, InvalidPolicy> {
        let (document, diagnostics) = read::read_json(text);
        match document {
            Some(document) if !diagnostics.iter().any(|d| d.is_error()) => Ok(document),
            _ => Err(InvalidPolicy::from_json_text(text, diagnostics)),
        }
    }

    /// Compact JSON. Two documents that are equal have the same JSON.
    pub fn to_json(&self) -> String {
        write::document(self)
    }

    /// The elements in the order written.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// `Version` as written.
    pub fn version(&self) -> Option<Version> {
        self.elements.iter().find_map(|element| match element {
            Element::Version(version) => Some(*version),
            _ => None,
        })
    }

    /// Whether `${…}` is a variable here: only in version 2012-10-17
    /// (IAM User Guide, "IAM policy elements: Variables and tags").
    pub fn has_variables(&self) -> bool {
        self.version() == Some(Version::V2012_10_17)
    }

    /// `Id`
    pub fn id(&self) -> Option<&str> {
        self.elements.iter().find_map(|element| match element {
            Element::Id(id) => Some(id.as_str()),
            _ => None,
        })
    }

    /// The statements in order.
    pub fn statements(&self) -> &[Statement] {
        self.elements
            .iter()
            .find_map(|element| match element {
                Element::Statement(statements) => Some(statements.as_slice()),
                _ => None,
            })
            .unwrap_or(&[])
    }

    /// The length that IAM's quotas count: characters of the compact JSON
    /// without white space (IAM and STS quotas, "IAM doesn't count white space").
    pub fn character_count(&self) -> usize {
        character_count(&self.to_json())
    }
}

/// The characters of `json` that IAM's quotas count: all but white space.
pub fn character_count(json: &str) -> usize {
    json.chars().filter(|c| !c.is_whitespace()).count()
}

impl AsRef<Document> for Document {
    fn as_ref(&self) -> &Document {
        self
    }
}

impl fmt::Debug for Document {
    /// As JSON, which tells all there is: tests print it when they fail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({self})")
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl FromStr for Document {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        Document::from_json(text)
    }
}
