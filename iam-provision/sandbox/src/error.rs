//! What can go wrong when a test sets the sandbox up.

use std::fmt;

/// The sandbox could not do what was asked of its own methods. Refusals of
/// IAM and STS never come this way: they are answers to SDK calls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An account id is not 12 digits.
    InvalidAccountId,
    /// There is no user of that name.
    NoSuchUser,
    /// The user cannot sign in: it has no login profile.
    NoLoginProfile,
    /// A service control policy is one that AWS would refuse.
    InvalidServiceControlPolicy,
    /// A resource control policy is one that AWS would refuse.
    InvalidResourceControlPolicy,
    /// An organization cannot be changed that way.
    InvalidOrganization,
    /// A call of another service is not one that IAM can be asked about.
    InvalidServiceCall,
    /// A managed policy could not be loaded.
    InvalidManagedPolicy,
    /// An access key id is not 1 to 128 letters, digits and underscores, or
    /// belongs to somebody else.
    InvalidAccessKeyId,
    /// The server was to listen on an address that others can reach.
    NotLoopback,
    /// The server cannot listen on the address.
    CannotListen,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Error {
        Error {
            kind,
            message: message.to_string(),
        }
    }

    /// The kind, to tell errors apart.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}
