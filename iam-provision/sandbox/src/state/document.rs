//! Policy documents as IAM keeps them: the text, checked, and its model.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::dsl::{Document, PolicyKind, validate_json};
use crate::refusal::Refusal;
use crate::request::constraint_violation;

/// What RFC 3986 leaves as it is; everything else is percent-encoded.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The most characters that the API takes for a policy document.
const LONGEST: usize = 131_072;

/// A policy document that IAM accepted.
#[derive(Clone, Debug)]
pub(crate) struct PolicyText {
    text: String,
    document: Document,
}

impl PolicyText {
    /// Checks an identity policy (inline, managed or boundary).
    pub(crate) fn identity(field: &str, text: &str) -> Result<PolicyText, Refusal> {
        PolicyText::checked(field, text, PolicyKind::Identity)
    }

    /// Checks one of AWS's own policies, to which no limit of length applies.
    pub(crate) fn of_aws(text: &str) -> Result<PolicyText, Refusal> {
        Ok(PolicyText {
            text: text.to_owned(),
            document: valid(text, PolicyKind::Identity)?,
        })
    }

    /// Checks a session policy.
    pub(crate) fn session(field: &str, text: &str) -> Result<PolicyText, Refusal> {
        PolicyText::checked(field, text, PolicyKind::Session)
    }

    /// Checks a service control policy.
    pub(crate) fn service_control(text: &str) -> Result<PolicyText, Refusal> {
        PolicyText::checked("Content", text, PolicyKind::ServiceControl)
    }

    /// Checks a resource control policy.
    pub(crate) fn resource_control(text: &str) -> Result<PolicyText, Refusal> {
        PolicyText::checked("Content", text, PolicyKind::ResourceControl)
    }

    /// Checks the policy of a resource.
    pub(crate) fn resource(text: &str) -> Result<PolicyText, Refusal> {
        PolicyText::checked("Policy", text, PolicyKind::Resource)
    }

    fn checked(field: &str, text: &str, kind: PolicyKind) -> Result<PolicyText, Refusal> {
        let document = accepted(field, text, kind)?;
        Ok(PolicyText {
            text: text.to_owned(),
            document,
        })
    }

    /// The model, for decisions.
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// The text as it was sent.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The characters that quotas count: all but white space.
    pub(crate) fn characters(&self) -> usize {
        countable(&self.text)
    }

    /// The text as IAM answers it.
    pub(crate) fn encoded(&self) -> String {
        percent_encoded(&self.text)
    }
}

impl AsRef<Document> for PolicyText {
    fn as_ref(&self) -> &Document {
        &self.document
    }
}

/// Reads a document and refuses it with IAM's message if IAM would.
pub(crate) fn accepted(field: &str, text: &str, kind: PolicyKind) -> Result<Document, Refusal> {
    crate::names::length(field, text, 1, LONGEST)?;
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}');
    if !text.chars().all(allowed) {
        return Err(constraint_violation(
            Some(text),
            field,
            "Member must satisfy regular expression pattern: \
             [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
        ));
    }
    valid(text, kind)
}

/// Reads a document of any length and refuses it with IAM's message.
fn valid(text: &str, kind: PolicyKind) -> Result<Document, Refusal> {
    let (document, diagnostics) = validate_json(text, kind);
    if let Some(message) = diagnostics.into_iter().find_map(|d| d.refusal) {
        return Err(Refusal::malformed_policy_document(message));
    }
    document.ok_or_else(|| Refusal::malformed_policy_document("Syntax errors in policy."))
}

/// Characters without white space, as IAM's quotas count them.
pub(crate) fn countable(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Percent-encoding after RFC 3986, as IAM's answers carry documents.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_encoded_after_rfc_3986() {
        assert_eq!(
            percent_encoded("{\"a\": \"b-._~\"}"),
            "%7B%22a%22%3A%20%22b-._~%22%7D"
        );
        assert_eq!(percent_encoded("ü"), "%C3%BC");
    }
}
