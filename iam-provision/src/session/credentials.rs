//! Credentials of a session.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;

use crate::client::Issued;
use crate::clock;

/// Credentials that a [`Session`](super::Session) handed out.
///
/// Debug shows no secret. The outputs are in SecretString, so that showing
/// one takes an explicit call.
#[derive(Clone)]
pub struct SessionCredentials {
    credentials: Credentials,
    issued: SystemTime,
    arn: Option<String>,
    id: Option<String>,
    region: Option<String>,
}

impl SessionCredentials {
    pub(super) fn issued(issued: Issued, now: SystemTime, region: Option<String>) -> Self {
        Self {
            credentials: issued.credentials,
            issued: now,
            arn: issued.arn,
            id: issued.id,
            region,
        }
    }

    pub(super) fn plain(credentials: Credentials, now: SystemTime) -> Self {
        Self {
            credentials,
            issued: now,
            arn: None,
            id: None,
            region: None,
        }
    }

    pub(super) fn in_region(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// The credentials as the SDK takes them.
    pub fn sdk(&self) -> &Credentials {
        &self.credentials
    }

    /// The id of the access key; no secret.
    pub fn access_key_id(&self) -> &str {
        self.credentials.access_key_id()
    }

    /// When they end. `None` for a long-term key.
    pub fn expires(&self) -> Option<SystemTime> {
        self.credentials.expiry()
    }

    /// When they were fetched, by this machine's clock.
    pub fn issued_at(&self) -> SystemTime {
        self.issued
    }

    /// The ARN of the session, where STS told it.
    pub fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// The unique id of the session (`aws:userid`), where STS told it: the
    /// role's id, a colon, and the session's name.
    pub fn user_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The region that the outputs name.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id())
            .field("secrets", &"(sensitive)")
            .field("expires", &self.expires().map(clock::text))
            .field("arn", &self.arn)
            .finish()
    }
}
