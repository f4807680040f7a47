//! Identity providers of the account, which have no place among users and roles.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Account;

/// An identity provider: what roles name as a federated principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Provider {
    /// By its URL without the scheme, as its ARN has it.
    Oidc(String),
    /// By its name.
    Saml(String),
}

impl Provider {
    /// The part of its ARN that names it.
    pub(crate) fn resource(&self) -> String {
        match self {
            Self::Oidc(url) => format!("oidc-provider/{url}"),
            Self::Saml(name) => format!("saml-provider/{name}"),
        }
    }

    /// The inverse of [`Provider::resource`].
    pub(crate) fn of_resource(resource: &str) -> Option<Self> {
        match resource.split_once('/')? {
            ("oidc-provider", url) => Some(Self::Oidc(url.to_owned())),
            ("saml-provider", name) => Some(Self::Saml(name.to_owned())),
            _ => None,
        }
    }

    pub(crate) fn arn(&self, account: &Account) -> String {
        account.arn(&self.resource())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oidc(url) => write!(f, "OIDC provider {url}"),
            Self::Saml(name) => write!(f, "SAML provider {name}"),
        }
    }
}

/// What a provider is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderState {
    pub(crate) trust: ProviderTrust,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Whom a provider vouches for, and how it proves that it is itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProviderTrust {
    Oidc {
        client_ids: BTreeSet<String>,
        /// In lower case. None in a target stands for those that IAM finds itself.
        thumbprints: BTreeSet<String>,
    },
    Saml {
        metadata: String,
    },
}

impl ProviderTrust {
    /// Whether two metadata documents differ in more than line ends and what surrounds them.
    pub(crate) fn same_metadata(a: &str, b: &str) -> bool {
        let lines = |text: &str| -> Vec<String> {
            text.trim()
                .lines()
                .map(|line| line.trim_end().to_owned())
                .collect()
        };
        a == b || lines(a) == lines(b)
    }
}
