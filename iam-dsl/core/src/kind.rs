//! The kinds of policy, as values and as types.

use std::fmt;

/// What a document is used as; each kind has rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PolicyKind {
    /// Attached to a user, group or role: managed or inline.
    Identity,
    /// A role's trust policy (`AssumeRolePolicyDocument`).
    Trust,
    /// Attached to a resource: a bucket, a queue, a key.
    Resource,
    /// A permissions boundary: a managed policy used as a cap.
    Boundary,
    /// Passed to AssumeRole or GetFederationToken.
    Session,
    /// A service control policy of AWS Organizations.
    ServiceControl,
    /// A resource control policy of AWS Organizations.
    ResourceControl,
}

impl PolicyKind {
    /// The name in messages: "identity policy", "trust policy" …
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Identity => "identity policy",
            PolicyKind::Trust => "trust policy",
            PolicyKind::Resource => "resource policy",
            PolicyKind::Boundary => "permissions boundary",
            PolicyKind::Session => "session policy",
            PolicyKind::ServiceControl => "service control policy",
            PolicyKind::ResourceControl => "resource control policy",
        }
    }

    /// Whether statements name a principal.
    pub fn has_principal(self) -> bool {
        matches!(
            self,
            PolicyKind::Trust | PolicyKind::Resource | PolicyKind::ResourceControl
        )
    }

    /// Whether statements name resources: all kinds but the trust policy, which
    /// speaks of its own role.
    pub fn has_resource(self) -> bool {
        self != PolicyKind::Trust
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A kind of policy as a type, the parameter of [`crate::Policy`]. Sealed: the
/// kinds are AWS's.
pub trait Kind: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The kind as a value.
    const KIND: PolicyKind;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Kind for $name {
            const KIND: PolicyKind = PolicyKind::$name;
        }
    )*};
}

kinds! {
    /// [`PolicyKind::Identity`] as a type.
    Identity;
    /// [`PolicyKind::Trust`] as a type.
    Trust;
    /// [`PolicyKind::Resource`] as a type.
    Resource;
    /// [`PolicyKind::Boundary`] as a type.
    Boundary;
    /// [`PolicyKind::Session`] as a type.
    Session;
    /// [`PolicyKind::ServiceControl`] as a type.
    ServiceControl;
    /// [`PolicyKind::ResourceControl`] as a type.
    ResourceControl;
}
