//! Sizes and characters of documents.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User
//! Guide, "Quotas and service limits"; IAM API reference, `PolicyDocument`.

use super::Rules;
use crate::diagnostic::{Code, Diagnostic};
use crate::kind::PolicyKind;
use crate::model::Document;
use crate::pointer::Place;

/// Non-white-space characters above which Access Analyzer warns about an
/// identity policy. IAM's own limit depends on where the policy is stored
/// (managed 6,144; inline sums 2,048, 5,120 or 10,240) and is checked there.
const IDENTITY: usize = 10_240;
/// The trust policy quota that accounts have by default.
const TRUST: usize = 2_048;
/// Session policies, all characters.
const SESSION: usize = 2_048;
const SERVICE_CONTROL: usize = 10_240;
const RESOURCE_CONTROL: usize = 5_120;

pub(super) fn document(rules: &mut Rules, document: &Document) {
    let json = document.to_json();
    let characters = crate::character_count(&json);
    let (code, limit) = match rules.kind {
        PolicyKind::Identity | PolicyKind::Boundary => (Code::IdentityPolicySize, IDENTITY),
        PolicyKind::Trust => (Code::TrustPolicySize, TRUST),
        PolicyKind::Session => (Code::SessionPolicySize, SESSION),
        PolicyKind::ServiceControl => (Code::ScpSize, SERVICE_CONTROL),
        PolicyKind::ResourceControl => (Code::RcpSize, RESOURCE_CONTROL),
        // Every service has a quota of its own for its resource policies.
        PolicyKind::Resource => match rules.resource_quota(document) {
            Some(quota) => (Code::ResourcePolicySize, quota),
            None => return,
        },
    };
    if characters > limit {
        let kind = rules.kind;
        rules
            .report(
                code,
                Place::ROOT,
                format!("the {kind} has {characters} characters; {limit} are allowed"),
            )
            .help("use wildcards, or split it into several policies");
    }
}

/// The characters of a document as it was written: tab, line feed, carriage
/// return and U+0020 to U+00FF are what IAM's API takes.
pub(super) fn characters(text: &str, findings: &mut Vec<Diagnostic>) {
    let bad = text
        .chars()
        .find(|&c| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'));
    if let Some(character) = bad {
        let mut escaped = String::new();
        let _ = crate::json::escape_into(&mut escaped, &character.to_string());
        findings.push(
            Diagnostic::new(
                Code::InvalidCharacter,
                "",
                format!("`{character}` is outside the characters that IAM takes (U+0020 to U+00FF)"),
            )
            .help(format!("write it as `{escaped}`"))
            .refused("The specified value for policyDocument is invalid. It must contain only printable ASCII characters."),
        );
    }
}
