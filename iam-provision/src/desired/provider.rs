//! Identity providers: who outside the account vouches for its callers.

use std::collections::{BTreeMap, BTreeSet};

/// An OpenID Connect provider that the bundle owns, such as that of a CI
/// system or of a Kubernetes cluster.
///
/// It is known by its URL, which IAM cannot change: another URL is another
/// provider. Owned providers are exclusive: client ids, thumbprints and tags
/// that are not declared are removed, unless it is [`OidcProvider::shared`].
/// Source: "CreateOpenIDConnectProvider", IAM API reference,
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>.
///
/// ```
/// use iam_provision::{Bundle, OidcProvider};
///
/// let github = OidcProvider::new("https://token.actions.githubusercontent.com")
///     .client_id("sts.amazonaws.com");
/// assert!(Bundle::new("ci").with(github).problems().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct OidcProvider {
    pub(crate) url: String,
    pub(crate) client_ids: BTreeSet<String>,
    pub(crate) thumbprints: BTreeSet<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
}

impl OidcProvider {
    /// The provider at this URL, which begins with `https://` and is what
    /// stands in the `iss` claim of its tokens.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            client_ids: BTreeSet::new(),
            thumbprints: BTreeSet::new(),
            tags: BTreeMap::new(),
            protect: false,
            adopt: false,
            shared: false,
        }
    }

    /// A client id (an audience, the `aud` claim) whose tokens count.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_ids.insert(id.into());
        self
    }

    /// The SHA-1 thumbprint, 40 hexadecimal digits, of a certificate that the
    /// provider's server may show. Where none is declared, those that IAM
    /// finds itself are left as they are.
    #[must_use]
    pub fn thumbprint(mut self, thumbprint: impl Into<String>) -> Self {
        self.thumbprints
            .insert(thumbprint.into().to_ascii_lowercase());
        self
    }

    /// A tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    protect!("provider");

    /// Takes over an existing provider of this URL.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone the client ids, thumbprints and tags that others add.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The provider's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL as ARNs have it.
    pub(crate) fn host_and_path(&self) -> &str {
        let url = self.url.strip_prefix("https://").unwrap_or(&self.url);
        url.strip_suffix('/').unwrap_or(url)
    }
}

/// A SAML provider that the bundle owns: a company's directory, by its
/// metadata document.
///
/// Owned providers are exclusive: tags that are not declared are removed,
/// unless it is [`SamlProvider::shared`]. Source: "CreateSAMLProvider", IAM API
/// reference,
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html>.
#[derive(Clone, Debug)]
pub struct SamlProvider {
    pub(crate) name: String,
    pub(crate) metadata: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
}

impl SamlProvider {
    /// A provider of this name (at most 128 letters, digits and `._-`) with
    /// the metadata document that the directory exports, 1,000 to 10,000,000
    /// characters of XML.
    pub fn new(name: impl Into<String>, metadata: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            metadata: metadata.into(),
            tags: BTreeMap::new(),
            protect: false,
            adopt: false,
            shared: false,
        }
    }

    /// A tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    protect!("provider");

    /// Takes over an existing provider of this name.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone the tags that others add.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The provider's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
