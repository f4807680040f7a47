//! Mistakes in the list itself.

/// A mistake in the list: no statement about any server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Error {
    place: String,
    what: String,
}

impl Error {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Error {
        Error {
            place: place.into(),
            what: what.into(),
        }
    }
}
