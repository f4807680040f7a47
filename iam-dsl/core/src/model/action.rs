//! Action and resource patterns as they are written.

use std::borrow::Cow;
use std::fmt;

/// An action as a policy writes it: `s3:GetObject`, `s3:Get*` or `*`. IAM
/// compares actions without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern(Cow<'static, str>);

impl ActionPattern {
    /// Takes the text as it is; the validator judges it.
    pub fn new(text: impl Into<String>) -> Self {
        ActionPattern(Cow::Owned(text.into()))
    }

    /// As [`ActionPattern::new`], for a text of the program: a constant.
    pub const fn from_static(text: &'static str) -> Self {
        ActionPattern(Cow::Borrowed(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The service prefix before the colon; `None` for `*` and for malformed text.
    pub fn service(&self) -> Option<&str> {
        self.0.split_once(':').map(|(service, _)| service)
    }

    /// What follows the colon; `None` for `*` and for malformed text.
    pub fn name(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, name)| name)
    }
}

/// A resource as a policy writes it: `*` or an ARN that may hold wildcards and
/// policy variables. Compared with regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern(Cow<'static, str>);

impl ResourcePattern {
    /// Takes the text as it is; the validator judges it.
    pub fn new(text: impl Into<String>) -> Self {
        ResourcePattern(Cow::Owned(text.into()))
    }

    /// As [`ResourcePattern::new`], for a text of the program: a constant.
    pub const fn from_static(text: &'static str) -> Self {
        ResourcePattern(Cow::Borrowed(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ResourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
