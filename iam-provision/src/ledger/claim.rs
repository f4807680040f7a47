//! What a ledger lists.

use std::fmt;

use crate::state::{Identity, Linked, Provider};

/// An entity that a ledger can claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    Group(String),
    InstanceProfile(String),
    Policy(String),
    Provider(Provider),
    Linked(Linked),
}

impl Claim {
    /// The ARN's part that stands for it. Paths are left out: they may change.
    pub(super) fn resource(&self) -> String {
        match self {
            Self::Group(name) => format!("group/{name}"),
            Self::InstanceProfile(name) => format!("instance-profile/{name}"),
            Self::Policy(name) => format!("policy/{name}"),
            Self::Provider(provider) => provider.resource(),
            Self::Linked(role) => role.resource(),
        }
    }

    /// The inverse of [`Claim::resource`].
    pub(super) fn of_resource(resource: &str) -> Option<Self> {
        let (kind, name) = resource.split_once('/')?;
        Some(match kind {
            "group" => Self::Group(name.to_owned()),
            "instance-profile" => Self::InstanceProfile(name.to_owned()),
            "policy" => Self::Policy(name.to_owned()),
            "role" => Self::Linked(Linked::of_resource(resource)?),
            _ => Self::Provider(Provider::of_resource(resource)?),
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group {name}"),
            Self::InstanceProfile(name) => write!(f, "instance profile {name}"),
            Self::Policy(name) => write!(f, "managed policy {name}"),
            Self::Provider(provider) => write!(f, "{provider}"),
            Self::Linked(role) => write!(f, "{role}"),
        }
    }
}

/// An entity that has an owner: by its tags, or by a ledger's claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entity {
    /// A user or role.
    Identity(Identity),
    Claimed(Claim),
}

impl Entity {
    /// Whose owner is known by tags, and whose by a claim: groups have no tags.
    pub(crate) fn of(identity: &Identity) -> Self {
        match identity {
            Identity::Group(name) => Self::Claimed(Claim::Group(name.clone())),
            other => Self::Identity(other.clone()),
        }
    }

    /// The ARN's part that stands for it.
    pub(super) fn resource(&self) -> String {
        match self {
            Self::Identity(Identity::User(name)) => format!("user/{name}"),
            Self::Identity(Identity::Role(name)) => format!("role/{name}"),
            Self::Identity(Identity::Group(name)) => format!("group/{name}"),
            Self::Claimed(claim) => claim.resource(),
        }
    }

    /// The inverse of [`Entity::resource`].
    pub(super) fn of_resource(resource: &str) -> Option<Self> {
        let (kind, name) = resource.split_once('/')?;
        Some(match kind {
            "user" => Self::Identity(Identity::User(name.to_owned())),
            "role" if !name.contains('/') => Self::Identity(Identity::Role(name.to_owned())),
            _ => Self::Claimed(Claim::of_resource(resource)?),
        })
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => write!(f, "{identity}"),
            Self::Claimed(claim) => write!(f, "{claim}"),
        }
    }
}
