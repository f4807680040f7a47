//! An IAM user and its credentials.

use std::collections::BTreeSet;

use crate::credentials::Secret;
use crate::moment::Moment;
use crate::names::Folded;
use crate::state::tags::Tags;
use crate::state::{Grants, Label};

/// An IAM user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) label: Label,
    pub(crate) tags: Tags,
    pub(crate) grants: Grants,
    pub(crate) groups: BTreeSet<Folded>,
    pub(crate) login_profile: Option<LoginProfile>,
    pub(crate) access_keys: Vec<AccessKey>,
    pub(crate) ssh_public_keys: Vec<SshPublicKey>,
    pub(crate) signing_certificates: Vec<SigningCertificate>,
    pub(crate) service_credentials: Vec<ServiceCredential>,
}

impl User {
    /// A user without anything.
    pub(crate) fn new(label: Label) -> User {
        User {
            label,
            tags: Tags::default(),
            grants: Grants::default(),
            groups: BTreeSet::new(),
            login_profile: None,
            access_keys: Vec::new(),
            ssh_public_keys: Vec::new(),
            signing_certificates: Vec::new(),
            service_credentials: Vec::new(),
        }
    }
}

/// A user's console password.
#[derive(Clone)]
pub(crate) struct LoginProfile {
    pub(crate) password: String,
    pub(crate) created: Moment,
    pub(crate) changed: Moment,
    pub(crate) reset_required: bool,
    /// Earlier passwords, the newest last, for `PasswordReusePrevention`.
    pub(crate) earlier: Vec<String>,
}

impl LoginProfile {
    /// Sets another password and remembers the one before.
    pub(crate) fn replace_password(&mut self, new: &str, now: Moment) {
        self.changed = now;
        let old = std::mem::replace(&mut self.password, new.to_owned());
        self.earlier.push(old);
    }

    /// Whether a password is among the last `remembered` ones.
    pub(crate) fn reuses(&self, new: &str, remembered: u64) -> bool {
        let remembered = usize::try_from(remembered).unwrap_or(usize::MAX);
        let newest_first = std::iter::once(&self.password).chain(self.earlier.iter().rev());
        newest_first
            .take(remembered)
            .any(|password| password == new)
    }
}

impl std::fmt::Debug for LoginProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginProfile")
            .field("created", &self.created)
            .field("reset_required", &self.reset_required)
            .finish_non_exhaustive()
    }
}

/// An access key of a user.
#[derive(Clone, Debug)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) active: bool,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<LastUsed>,
}

/// The latest use of an access key.
#[derive(Clone, Debug)]
pub(crate) struct LastUsed {
    pub(crate) at: Moment,
    pub(crate) service: String,
    pub(crate) region: String,
}

/// An SSH public key of a user.
#[derive(Clone, Debug)]
pub(crate) struct SshPublicKey {
    pub(crate) id: String,
    /// As it was uploaded.
    pub(crate) body: String,
    pub(crate) fingerprint: String,
    pub(crate) active: bool,
    pub(crate) uploaded: Moment,
}

/// An X.509 signing certificate of a user.
#[derive(Clone, Debug)]
pub(crate) struct SigningCertificate {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) active: bool,
    pub(crate) uploaded: Moment,
}

/// Credentials of a user for one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceCredential {
    pub(crate) id: String,
    /// `codecommit.amazonaws.com`.
    pub(crate) service: String,
    /// The name to sign in with, or the alias of an API key.
    pub(crate) user_name: String,
    pub(crate) secret: Secret,
    pub(crate) is_api_key: bool,
    pub(crate) active: bool,
    pub(crate) created: Moment,
    pub(crate) expires: Option<Moment>,
}
