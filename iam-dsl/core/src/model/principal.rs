//! The `Principal` and `NotPrincipal` elements.

use std::fmt;

use super::OneOrMany;

/// Who a statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`: everyone, anonymous callers included.
    Everyone,
    /// A map from principal type to values, in the order written.
    Map(Vec<PrincipalEntry>),
}

/// One member of a principal map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// The key.
    pub kind: PrincipalType,
    /// Accounts, ARNs, services, providers or canonical user ids.
    pub values: OneOrMany<String>,
}

impl Principals {
    /// Every (type, value) pair; `Everyone` counts as the AWS principal `*`,
    /// which is what IAM takes it for.
    pub fn iter(&self) -> impl Iterator<Item = (PrincipalType, &str)> {
        let (everyone, entries): (Option<(PrincipalType, &str)>, &[PrincipalEntry]) = match self {
            Principals::Everyone => (Some((PrincipalType::Aws, "*")), &[]),
            Principals::Map(entries) => (None, entries),
        };
        everyone.into_iter().chain(entries.iter().flat_map(|entry| {
            entry
                .values
                .iter()
                .map(|value| (entry.kind, value.as_str()))
        }))
    }
}

/// The keys of a principal map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalType {
    /// Accounts, users, roles and sessions.
    Aws,
    /// Identity providers and web identity domains.
    Federated,
    /// AWS services.
    Service,
    /// S3 canonical user ids.
    CanonicalUser,
}

impl PrincipalType {
    /// All four, as documentation lists them.
    pub const ALL: [PrincipalType; 4] = [
        PrincipalType::Aws,
        PrincipalType::Federated,
        PrincipalType::Service,
        PrincipalType::CanonicalUser,
    ];

    /// The key in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            PrincipalType::Aws => "AWS",
            PrincipalType::Federated => "Federated",
            PrincipalType::Service => "Service",
            PrincipalType::CanonicalUser => "CanonicalUser",
        }
    }

    /// The type that this JSON key names; keys are compared with regard to case.
    pub fn from_key(key: &str) -> Option<Self> {
        PrincipalType::ALL
            .into_iter()
            .find(|kind| kind.as_str() == key)
    }
}

impl fmt::Display for PrincipalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
