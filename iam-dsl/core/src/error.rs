//! The error of reading or building a policy that is not valid.

use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::json;

/// How many findings get their line and column: each is looked for in the whole
/// text, and a text with thousands of mistakes must not cost its square.
const LOCATED: usize = 100;

/// A document that is no valid policy, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPolicy {
    diagnostics: Vec<Diagnostic>,
    /// For each diagnostic its line and column, where the document was a text.
    places: Vec<Option<(usize, usize)>>,
}

impl InvalidPolicy {
    /// An error about a document that was not read from a text.
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        let places = vec![None; diagnostics.len()];
        InvalidPolicy {
            diagnostics,
            places,
        }
    }

    /// An error about a JSON text, whose lines and columns it names.
    pub(crate) fn from_json_text(text: &str, diagnostics: Vec<Diagnostic>) -> Self {
        let mut places: Vec<_> = diagnostics
            .iter()
            .take(LOCATED)
            .map(|diagnostic| json::locate(text, &diagnostic.pointer))
            .collect();
        places.resize(diagnostics.len(), None);
        InvalidPolicy {
            diagnostics,
            places,
        }
    }

    /// All findings, errors and others, in the order of the document.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The message with which IAM would refuse the document, where it would.
    pub fn refusal(&self) -> Option<&str> {
        self.diagnostics.iter().find_map(|d| d.refusal.as_deref())
    }
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.diagnostics.iter().filter(|d| d.is_error()).count();
        write!(
            f,
            "the policy is not valid: {errors} error{}",
            if errors == 1 { "" } else { "s" }
        )?;
        for (diagnostic, place) in self.diagnostics.iter().zip(&self.places) {
            write!(f, "\n  ")?;
            if let Some((line, column)) = place {
                write!(f, "{line}:{column}: ")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidPolicy {}
