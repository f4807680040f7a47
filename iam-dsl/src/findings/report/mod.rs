//! Reports: findings with their place in the text, for people and for tools.
//!
//! A report is a value; nothing here prints. It comes from one document
//! ([`Report::of_json`], [`Checks::report`]) or from a folder ([`Folder`]), is
//! matched with what a team has accepted ([`Baseline`]), and is written as text
//! with the source underlined ([`Report::to_text`]), as JSON
//! ([`Report::to_json`]) or as SARIF 2.1.0 for code scanning
//! ([`Report::to_sarif`]).
//!
//! ```
//! use iam_dsl::findings::report::Report;
//! use iam_dsl::{PolicyKind, Severity};
//!
//! let text = r#"{
//!   "Version": "2012-10-17",
//!   "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:asw:s3:::assets/*" }]
//! }"#;
//! let report = Report::of_json("assets.json", text, PolicyKind::Identity);
//! assert!(report.fails_at(Severity::Error));
//! assert_eq!(report.to_text(), r#"error[INVALID_PARTITION]: `asw` is no partition of AWS
//!  --> assets.json:3:76
//!   |
//! 3 |   "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:asw:s3:::assets/*" }]
//!   |                                                                            ^^^^^^^^^^^^^^^^^^^^^^^
//!   |
//!   = help: did you mean `aws`?
//!
//! 1 finding in 1 document: 1 error
//! "#);
//! ```

mod baseline;
mod fingerprint;
mod folder;
mod json;
mod sarif;
mod spans;
mod text;

use std::fmt;
use std::ops::Range;
use std::time::SystemTime;

use iam_dsl_core::json::{Node, parse};
use iam_dsl_core::{Code, Diagnostic, Document, PolicyKind, Severity};

pub use self::baseline::{Baseline, BaselineError, BaselineErrorKind};
pub use self::folder::Folder;
use self::spans::{Lines, Spans};
use super::Checks;

/// The findings of some documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    documents: Vec<Examined>,
    checks: Checks,
    /// Whether these are all documents that there are, so that one that is
    /// missing is gone.
    complete: bool,
}

/// One document of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    name: String,
    kind: Option<PolicyKind>,
    text: String,
    findings: Vec<Finding>,
}

/// A finding with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    diagnostic: Diagnostic,
    shown: Shown,
    related: Vec<Shown>,
    fingerprint: String,
    accepted: Option<Acceptance>,
}

/// What is underlined: a part of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    span: Range<usize>,
    /// Line and column from 1.
    from: (usize, usize),
    to: (usize, usize),
}

/// Why a finding is accepted, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    reason: String,
    expires: String,
}

impl Report {
    /// The report of the default checks on one document's JSON text. `name` is
    /// what the document is called in the report: a path, as a rule.
    pub fn of_json(name: impl Into<String>, text: &str, kind: PolicyKind) -> Report {
        Checks::default().report(name, text, kind)
    }

    /// As [`Report::of_json`], for a document without a text: it is shown
    /// indented.
    pub fn of_document(
        name: impl Into<String>,
        document: &(impl AsRef<Document> + ?Sized),
        kind: PolicyKind,
    ) -> Report {
        let text = document.as_ref().to_json();
        match parse(&text) {
            Ok(node) => Report::of_json(name, &Indented(&node, 0).to_string(), kind),
            Err(_) => Report::of_json(name, &text, kind),
        }
    }

    fn new(checks: Checks, documents: Vec<Examined>, complete: bool) -> Report {
        Report {
            documents,
            checks,
            complete,
        }
    }

    /// Adds the documents of another report, as one report of all.
    #[must_use]
    pub fn and(mut self, other: Report) -> Report {
        self.documents.extend(other.documents);
        self.complete |= other.complete;
        self.checks = self.checks.and(other.checks);
        self
    }

    /// The documents, those without findings too.
    pub fn documents(&self) -> &[Examined] {
        &self.documents
    }

    /// The findings that nobody has accepted, each with its document.
    pub fn findings(&self) -> impl Iterator<Item = (&Examined, &Finding)> {
        let all = self.documents.iter().flat_map(|document| {
            let findings = document.findings.iter();
            findings.map(move |finding| (document, finding))
        });
        all.filter(|(_, finding)| finding.accepted.is_none())
    }

    /// The accepted findings, each with its document.
    pub fn accepted(&self) -> impl Iterator<Item = (&Examined, &Finding)> {
        let all = self.documents.iter().flat_map(|document| {
            let findings = document.findings.iter();
            findings.map(move |finding| (document, finding))
        });
        all.filter(|(_, finding)| finding.accepted.is_some())
    }

    /// How many findings that nobody has accepted have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let of = self.findings();
        of.filter(|(_, finding)| finding.severity() == severity)
            .count()
    }

    /// Whether a finding that nobody has accepted is of this severity or
    /// graver: what a check of a build asks.
    pub fn fails_at(&self, severity: Severity) -> bool {
        self.findings()
            .any(|(_, finding)| finding.severity() <= severity)
    }

    /// The findings as text, each with its source underlined, and a line that
    /// counts them. Plain, without colours; ends with a line break.
    pub fn to_text(&self) -> String {
        text::write(self, false)
    }

    /// As [`Report::to_text`], with ANSI escape sequences for colours.
    pub fn to_coloured_text(&self) -> String {
        text::write(self, true)
    }

    /// The findings, accepted ones among them, as indented JSON: an object with
    /// `format`, `version` (1), `documents` and `counts`. A later version of this
    /// library may add members; another `version` is another meaning.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// The findings as SARIF 2.1.0
    /// (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), for
    /// code scanning. Accepted ones are there with a suppression. Names of
    /// documents become URIs relative to the root of the repository.
    pub fn to_sarif(&self) -> String {
        sarif::write(self)
    }

    /// Matches the report with what is accepted: see [`Baseline`]. `now` decides
    /// what has expired.
    #[must_use]
    pub fn accept(self, baseline: &Baseline, now: SystemTime) -> Report {
        baseline.apply(self, now)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl Checks {
    /// What these checks find in a JSON text, as a report. `name` is what the
    /// document is called there.
    pub fn report(&self, name: impl Into<String>, text: &str, kind: PolicyKind) -> Report {
        let examined = Examined::of_json(self, name.into(), text, kind);
        Report::new(self.clone(), vec![examined], false)
    }
}

impl Examined {
    fn of_json(checks: &Checks, name: String, text: &str, kind: PolicyKind) -> Examined {
        let found = checks.find_in_json(text, kind);
        Examined::new(name, Some(kind), text.to_owned(), found)
    }

    /// Of a document whose text could not be had.
    fn unreadable(checks: &Checks, name: String, problem: Diagnostic) -> Examined {
        let found = checks.has(problem.code).then_some(problem);
        Examined::new(name, None, String::new(), found)
    }

    fn new(
        name: String,
        kind: Option<PolicyKind>,
        text: String,
        found: impl IntoIterator<Item = Diagnostic>,
    ) -> Examined {
        let lines = Lines::of(&text);
        let parsed = parse(&text);
        let spans = match &parsed {
            Ok(_) => Ok(Spans::of(&text)),
            Err(error) => Err(lines.offset(&text, error.line, error.column)),
        };
        let shown = |pointer: &str| {
            let span = match &spans {
                Ok(spans) => underlined(&text, spans, pointer),
                Err(offset) => first_character(&text, *offset..text.len()),
            };
            Shown {
                from: lines.position(&text, span.start),
                to: lines.position(&text, span.end),
                span,
            }
        };
        let findings = found
            .into_iter()
            .map(|diagnostic| Finding {
                shown: shown(&diagnostic.pointer),
                related: diagnostic.related.iter().map(|p| shown(p)).collect(),
                fingerprint: fingerprint::fingerprint(&diagnostic, parsed.as_ref().ok(), &text),
                accepted: None,
                diagnostic,
            })
            .collect();
        Examined {
            name,
            kind,
            text,
            findings,
        }
    }

    /// What the document is called: for one of a folder the path within it, with
    /// `/` between the parts.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of policy it was taken for; `None` where it could not be read.
    pub fn kind(&self) -> Option<PolicyKind> {
        self.kind
    }

    /// All findings, accepted ones too, in the order of the text.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Finding {
    /// What was found.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.diagnostic.code
    }

    /// Its severity.
    pub fn severity(&self) -> Severity {
        self.diagnostic.severity
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.shown.from.0
    }

    /// The column, from 1, in characters.
    pub fn column(&self) -> usize {
        self.shown.from.1
    }

    /// What the finding is known by while its document changes around it: it
    /// stays when statements move, get another `Sid` or longer lists, and
    /// changes with the effect, principal, conditions and other elements of the
    /// statement. 32 hexadecimal digits.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What the related places are to the finding, where that can be said of all.
    fn relation(&self) -> Option<&'static str> {
        match (self.code().is_own(), self.related.len()) {
            (true, 1) => Some("together with this"),
            (true, _) => Some("together with these"),
            (false, _) => None,
        }
    }

    /// Why it is accepted, where a baseline accepts it.
    pub fn acceptance(&self) -> Option<&Acceptance> {
        self.accepted.as_ref()
    }
}

impl Acceptance {
    /// The reason that the baseline gives.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The last day on which it is accepted, as `YYYY-MM-DD`.
    pub fn expires(&self) -> &str {
        &self.expires
    }
}

/// What to underline for a pointer: its value; where that takes several lines,
/// the key before it or its first character.
fn underlined(text: &str, spans: &Spans, pointer: &str) -> Range<usize> {
    let found = spans.find(pointer);
    let value = text.get(found.value.clone()).unwrap_or_default();
    match found.key {
        _ if !value.contains('\n') => found.value,
        Some(key) => key,
        None => first_character(text, found.value),
    }
}

fn first_character(text: &str, span: Range<usize>) -> Range<usize> {
    let rest = text.get(span.clone()).unwrap_or_default();
    let length = rest.chars().next().map_or(0, char::len_utf8);
    span.start..span.start + length
}

/// JSON with two spaces for each level.
struct Indented<'n>(&'n Node, usize);

impl fmt::Display for Indented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Indented(node, level) = *self;
        let margin = "  ".repeat(level + 1);
        let end = "  ".repeat(level);
        match node {
            Node::Object(members) if !members.is_empty() => {
                f.write_str("{\n")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    let comma = if index + 1 < members.len() { "," } else { "" };
                    let key = Node::String(key.clone());
                    writeln!(f, "{margin}{key}: {}{comma}", Indented(value, level + 1))?;
                }
                write!(f, "{end}}}")
            }
            Node::Array(items) if !items.is_empty() => {
                f.write_str("[\n")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index + 1 < items.len() { "," } else { "" };
                    writeln!(f, "{margin}{}{comma}", Indented(item, level + 1))?;
                }
                write!(f, "{end}]")
            }
            other => write!(f, "{other}"),
        }
    }
}
