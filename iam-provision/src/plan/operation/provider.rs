//! Calls about identity providers.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::Provider;

/// One writing call about an identity provider. Each knows the ARN it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProviderCall {
    CreateOidc {
        /// Without the scheme.
        url: String,
        arn: String,
        client_ids: BTreeSet<String>,
        thumbprints: BTreeSet<String>,
        tags: BTreeMap<String, String>,
    },
    AddClientId {
        url: String,
        arn: String,
        id: String,
    },
    RemoveClientId {
        url: String,
        arn: String,
        id: String,
    },
    /// All of them: IAM replaces the list.
    SetThumbprints {
        url: String,
        arn: String,
        thumbprints: BTreeSet<String>,
    },
    CreateSaml {
        name: String,
        arn: String,
        metadata: String,
        tags: BTreeMap<String, String>,
    },
    SetMetadata {
        name: String,
        arn: String,
        metadata: String,
    },
    Tag {
        on: Provider,
        arn: String,
        tags: BTreeMap<String, String>,
    },
    Untag {
        on: Provider,
        arn: String,
        keys: Vec<String>,
    },
    Delete {
        on: Provider,
        arn: String,
    },
}

impl ProviderCall {
    /// The name of the API call.
    pub(super) fn call(&self) -> &'static str {
        let by = |on: &Provider, oidc, saml| match on {
            Provider::Oidc(_) => oidc,
            Provider::Saml(_) => saml,
        };
        match self {
            Self::CreateOidc { .. } => "CreateOpenIDConnectProvider",
            Self::AddClientId { .. } => "AddClientIDToOpenIDConnectProvider",
            Self::RemoveClientId { .. } => "RemoveClientIDFromOpenIDConnectProvider",
            Self::SetThumbprints { .. } => "UpdateOpenIDConnectProviderThumbprint",
            Self::CreateSaml { .. } => "CreateSAMLProvider",
            Self::SetMetadata { .. } => "UpdateSAMLProvider",
            Self::Tag { on, .. } => by(on, "TagOpenIDConnectProvider", "TagSAMLProvider"),
            Self::Untag { on, .. } => by(on, "UntagOpenIDConnectProvider", "UntagSAMLProvider"),
            Self::Delete { on, .. } => by(on, "DeleteOpenIDConnectProvider", "DeleteSAMLProvider"),
        }
    }

    /// The ARN of the provider.
    pub(crate) fn arn(&self) -> &str {
        match self {
            Self::CreateOidc { arn, .. }
            | Self::AddClientId { arn, .. }
            | Self::RemoveClientId { arn, .. }
            | Self::SetThumbprints { arn, .. }
            | Self::CreateSaml { arn, .. }
            | Self::SetMetadata { arn, .. }
            | Self::Tag { arn, .. }
            | Self::Untag { arn, .. }
            | Self::Delete { arn, .. } => arn,
        }
    }

    /// The provider that the call is about.
    pub(crate) fn provider(&self) -> Provider {
        match self {
            Self::CreateOidc { url, .. }
            | Self::AddClientId { url, .. }
            | Self::RemoveClientId { url, .. }
            | Self::SetThumbprints { url, .. } => Provider::Oidc(url.clone()),
            Self::CreateSaml { name, .. } | Self::SetMetadata { name, .. } => {
                Provider::Saml(name.clone())
            }
            Self::Tag { on, .. } | Self::Untag { on, .. } | Self::Delete { on, .. } => on.clone(),
        }
    }

    /// Whether the call lets somebody in whom the provider did not vouch for before.
    pub(crate) fn widens(&self) -> bool {
        matches!(
            self,
            Self::CreateOidc { .. }
                | Self::AddClientId { .. }
                | Self::SetThumbprints { .. }
                | Self::CreateSaml { .. }
                | Self::SetMetadata { .. }
        )
    }

    /// Whether the call keeps somebody out whom the provider vouched for before.
    pub(crate) fn narrows(&self) -> bool {
        matches!(self, Self::RemoveClientId { .. } | Self::Delete { .. })
    }

    pub(crate) fn creates(&self) -> bool {
        matches!(self, Self::CreateOidc { .. } | Self::CreateSaml { .. })
    }

    /// The tags that the call writes.
    pub(crate) fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::CreateOidc { tags, .. }
            | Self::CreateSaml { tags, .. }
            | Self::Tag { tags, .. } => Some(tags),
            _ => None,
        }
    }
}
