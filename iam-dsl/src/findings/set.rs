//! The findings of one document.

use std::fmt;
use std::ops::Deref;

use iam_dsl_core::{Code, Diagnostic, Severity};

/// What was found in a document: a list of [`Diagnostic`]s in the order of the
/// document's places. [`fmt::Display`] writes one a line; for output with the
/// source underlined, JSON or SARIF make a report (feature `reports`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(Vec<Diagnostic>);

impl Findings {
    pub(super) fn new(mut findings: Vec<Diagnostic>) -> Self {
        findings
            .sort_by(|a, b| place_order(&a.pointer, &b.pointer).then_with(|| a.code.cmp(&b.code)));
        Findings(findings)
    }

    /// Those of this severity or a graver one.
    pub fn at_least(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        // Graver severities come first in the order.
        self.0
            .iter()
            .filter(move |finding| finding.severity <= severity)
    }

    /// Those with this code.
    pub fn of(&self, code: Code) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter().filter(move |finding| finding.code == code)
    }

    /// Whether one of them is an error: the document cannot be stored or cannot
    /// work.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }
}

/// Compares JSON pointers by step, numbers by value: the order of a document's
/// lists, with members of an object by name.
fn place_order(left: &str, right: &str) -> std::cmp::Ordering {
    let key = |step: &str| (step.parse::<usize>().ok(), step.to_owned());
    left.split('/').map(key).cmp(right.split('/').map(key))
}

impl Deref for Findings {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl IntoIterator for Findings {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'f> IntoIterator for &'f Findings {
    type Item = &'f Diagnostic;
    type IntoIter = std::slice::Iter<'f, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}
