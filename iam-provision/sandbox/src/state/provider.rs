//! Identity providers: OpenID Connect and SAML.

use crate::moment::Moment;
use crate::state::tags::Tags;

/// An OpenID Connect provider; its ARN follows from its URL.
#[derive(Clone, Debug)]
pub(crate) struct OidcProvider {
    /// Without `https://`, as the ARN and the API's answers have it.
    pub(crate) url: String,
    pub(crate) client_ids: Vec<String>,
    pub(crate) thumbprints: Vec<String>,
    pub(crate) created: Moment,
    pub(crate) tags: Tags,
}

impl OidcProvider {
    /// The ARN of the provider with that URL.
    pub(crate) fn arn(account: &str, url: &str) -> String {
        format!("arn:aws:iam::{account}:oidc-provider/{url}")
    }
}

/// A SAML provider.
#[derive(Clone, Debug)]
pub(crate) struct SamlProvider {
    pub(crate) metadata: String,
    pub(crate) created: Moment,
    pub(crate) tags: Tags,
}

impl SamlProvider {
    /// The ARN of the provider of that name.
    pub(crate) fn arn(account: &str, name: &str) -> String {
        format!("arn:aws:iam::{account}:saml-provider/{name}")
    }
}
