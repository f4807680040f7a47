//! Why a request cannot be asked.

use std::fmt;

/// The request, or its principal, is not one that AWS could receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    kind: RequestErrorKind,
    text: String,
    problem: String,
}

/// Which part of a request is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// The action.
    Action,
    /// The resource.
    Resource,
    /// The principal.
    Principal,
}

impl RequestError {
    pub(super) fn new(
        kind: RequestErrorKind,
        text: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        RequestError {
            kind,
            text: text.into(),
            problem: problem.into(),
        }
    }

    /// Which part is wrong.
    pub fn kind(&self) -> RequestErrorKind {
        self.kind
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            RequestErrorKind::Action => "action",
            RequestErrorKind::Resource => "resource",
            RequestErrorKind::Principal => "principal",
        };
        write!(
            f,
            "`{}` is no {what} of a request: {}",
            self.text, self.problem
        )
    }
}

impl std::error::Error for RequestError {}
