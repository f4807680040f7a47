//! JSON for tools of one's own.

use serde::Serialize;

use super::{Examined, Finding, Report};
use iam_dsl_core::Severity;

/// The meaning of the members; see [`Report::to_json`].
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Top<'r> {
    format: &'static str,
    version: u32,
    documents: Vec<OneDocument<'r>>,
    counts: Counts,
}

#[derive(Serialize)]
struct OneDocument<'r> {
    name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    findings: Vec<OneFinding<'r>>,
}

#[derive(Serialize)]
struct OneFinding<'r> {
    code: &'static str,
    severity: &'static str,
    pointer: &'r str,
    line: usize,
    column: usize,
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'r str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    related: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<OneFix<'r>>,
    fingerprint: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Accepted<'r>>,
}

/// That there is a mechanical fix; the library makes it (`Diagnostic::fixed`).
#[derive(Serialize)]
struct OneFix<'r> {
    label: &'r str,
    keeps_meaning: bool,
}

#[derive(Serialize)]
struct Accepted<'r> {
    reason: &'r str,
    expires: &'r str,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    security_warning: usize,
    warning: usize,
    suggestion: usize,
    accepted: usize,
}

pub(super) fn write(report: &Report) -> String {
    let top = Top {
        format: "iam-dsl-findings",
        version: VERSION,
        documents: report.documents().iter().map(document).collect(),
        counts: Counts {
            error: report.count(Severity::Error),
            security_warning: report.count(Severity::SecurityWarning),
            warning: report.count(Severity::Warning),
            suggestion: report.count(Severity::Suggestion),
            accepted: report.accepted().count(),
        },
    };
    indented(&top)
}

/// Text of a value that always has one: strings, numbers and lists of them.
pub(super) fn indented(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn document(document: &Examined) -> OneDocument<'_> {
    OneDocument {
        name: document.name(),
        kind: document.kind().map(|kind| kind.name()),
        findings: document.findings().iter().map(finding).collect(),
    }
}

fn finding(finding: &Finding) -> OneFinding<'_> {
    let diagnostic = finding.diagnostic();
    OneFinding {
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity.as_str(),
        pointer: &diagnostic.pointer,
        line: finding.line(),
        column: finding.column(),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        related: &diagnostic.related,
        fix: diagnostic.fix().map(|fix| OneFix {
            label: fix.label(),
            keeps_meaning: fix.keeps_meaning(),
        }),
        fingerprint: finding.fingerprint(),
        accepted: finding.acceptance().map(|acceptance| Accepted {
            reason: acceptance.reason(),
            expires: acceptance.expires(),
        }),
    }
}
