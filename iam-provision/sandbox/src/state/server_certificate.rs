//! A server certificate. Its text is kept as it is, not read.

use crate::state::Label;
use crate::state::tags::Tags;

/// A server certificate; the private key is not kept, as IAM never shows it.
#[derive(Clone, Debug)]
pub(crate) struct ServerCertificate {
    pub(crate) label: Label,
    pub(crate) body: String,
    pub(crate) chain: Option<String>,
    pub(crate) tags: Tags,
}
