//! Rotating the access key of a user.
//!
//! The new key is made, proven with GetCallerIdentity, and delivered to a
//! [`SecretSink`]; only then is the old one deactivated,
//! and deleted after a while in which it could be activated again. Where the
//! rotation stands is in a tag of the user ([`ROTATION_TAG`]), so that it goes
//! on after a crash at any call, from any machine.
//!
//! ```
//! use std::time::Duration;
//! use iam_provision::Secret;
//! use iam_provision::rotate::{KeyRotation, Progress};
//!
//! # async fn run(sdk_config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let rotation = KeyRotation::of("my_app_user", &sdk_config)
//!     .overlap(Duration::from_secs(600))          // both keys work, while the new one spreads
//!     .keep_inactive(Duration::from_secs(86_400)); // the old one can still be activated again
//! let sink = |secret: Secret| async move {
//!     // vault.put(secret.access_key_id(), secret.expose()).await?;
//!     drop(secret);
//!     Ok(())
//! };
//! match rotation.advance(&sink).await? {
//!     Progress::Done { new, old } => println!("{new} has taken the place of {old:?}"),
//!     Progress::Waiting { until, .. } => println!("call again after {until:?}"),
//!     _ => {}
//! }
//! // Or wait here for as long as it takes:
//! rotation.run(&sink).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # With two keys
//!
//! A user holds two keys at most. If it holds two, and neither is of a
//! rotation that goes on, somebody has to say which one is to go:
//! [`KeyRotation::give_up`] names it. The error lists both, with when they
//! were made and last used.
//!
//! # A crash
//!
//! | cut | what the next call finds | what it does |
//! |---|---|---|
//! | before or after CreateAccessKey, or before delivery | the mark `pending` with the old key | deletes the key that nobody has received, makes another |
//! | after delivery | the same: who received the first key receives a second, and the last one counts | the same |
//! | later | the mark `delivered` or `inactive`, with both keys | goes on |

mod step;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::secret::SecretSink;

/// The tag of a user whose key is being rotated; it holds ids of keys and
/// times, and no secret.
pub const ROTATION_TAG: &str = "iam-provision:rotation";

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A rotation of one user's key. Made anew for each rotation, or to go on with
/// one: what matters is in IAM.
#[derive(Clone)]
pub struct KeyRotation {
    client: Client,
    configured: Option<SharedCredentialsProvider>,
    user: String,
    overlap: Duration,
    keep_inactive: Duration,
    give_up: Option<String>,
    /// The key that this rotation has made and delivered, to go on with where
    /// the old one signs.
    fresh: Arc<Mutex<Option<Credentials>>>,
}

impl fmt::Debug for KeyRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRotation")
            .field("user", &self.user)
            .field("overlap", &self.overlap)
            .field("keep_inactive", &self.keep_inactive)
            .finish_non_exhaustive()
    }
}

/// How far a rotation is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The new key is delivered; the old one waits to be deactivated or deleted.
    Waiting {
        /// The key that was delivered.
        new: String,
        /// The key that goes.
        old: String,
        /// Whether the old key still works.
        old_works: bool,
        /// When to call again.
        until: SystemTime,
    },
    /// The user has the new key alone.
    Done {
        /// The key that was delivered.
        new: String,
        /// The key that went, if there was one.
        old: Option<String>,
    },
}

impl KeyRotation {
    /// A rotation for this user, with the credentials of this configuration,
    /// which may be the very key that is rotated: once the new one is
    /// delivered, it signs what is left to do.
    #[must_use]
    pub fn of(user: &str, config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
            configured: config.credentials_provider(),
            user: user.to_owned(),
            overlap: Duration::ZERO,
            keep_inactive: Duration::from_secs(86_400),
            give_up: None,
            fresh: Arc::default(),
        }
    }

    /// How long both keys work after the new one is delivered, for those who
    /// use it to pick it up: not at all unless set.
    #[must_use]
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// How long the old key is kept deactivated before it is deleted, in case
    /// somebody turns out to need it: a day unless set.
    #[must_use]
    pub fn keep_inactive(mut self, time: Duration) -> Self {
        self.keep_inactive = time;
        self
    }

    /// For a user that holds two keys: this one is deleted first, and the
    /// other one is rotated.
    #[must_use]
    pub fn give_up(mut self, access_key_id: &str) -> Self {
        self.give_up = Some(access_key_id.to_owned());
        self
    }

    /// Does what can be done now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where two keys are there and nobody said which
    /// one goes; [`ErrorKind::SecretNotDelivered`] if the receiver fails, with
    /// the new key deleted; [`ErrorKind::NotFound`] for a user that is not
    /// there; or the failure of a call. The old key is as it was until the new
    /// one is delivered.
    pub async fn advance(&self, sink: &dyn SecretSink) -> Result<Progress, Error> {
        step::advance(self, sink).await
    }

    /// As [`KeyRotation::advance`], and waits in between until it is done.
    ///
    /// # Errors
    ///
    /// As [`KeyRotation::advance`].
    pub async fn run(&self, sink: &dyn SecretSink) -> Result<Progress, Error> {
        loop {
            match self.advance(sink).await? {
                Progress::Waiting { until, .. } => {
                    let left = until
                        .duration_since(self.client.aws_now())
                        .unwrap_or_default();
                    self.client.sleep(left.max(Duration::from_secs(1))).await;
                }
                done @ Progress::Done { .. } => return Ok(done),
            }
        }
    }

    /// The client, signing with the new key if there is one.
    fn signer(&self) -> Client {
        let fresh = self
            .fresh
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match fresh {
            Some(key) => self.client.acting_as(Some(key), None),
            None => self.client.clone(),
        }
    }

    fn sign_with(&self, key: Option<Credentials>) {
        *self.fresh.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    /// The id of the key that signs, where it is known.
    async fn signing_key(&self) -> Option<String> {
        let fresh = self
            .fresh
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(key) = fresh {
            return Some(key.access_key_id().to_owned());
        }
        let credentials = self.configured.as_ref()?.provide_credentials().await.ok()?;
        Some(credentials.access_key_id().to_owned())
    }
}

/// Waits until a new key works and is the one of `arn`: IAM takes seconds to
/// make a key known everywhere.
pub(crate) async fn prove(
    client: &Client,
    key: &Credentials,
    arn: &str,
    longest: Duration,
) -> Result<(), Error> {
    let acting = client.acting_as(Some(key.clone()), None);
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    loop {
        let failure = match acting.caller().await {
            Ok(caller) if caller.arn == arn => return Ok(()),
            Ok(caller) => {
                return Err(Error::new(
                    ErrorKind::Service,
                    format!("the new key of {arn} acts as {}", caller.arn),
                ));
            }
            Err(failure) => failure,
        };
        let unknown = failure.mentions("InvalidClientTokenId");
        if !unknown {
            return Err(failure.into());
        }
        if waited >= longest {
            return Err(Error::new(
                ErrorKind::Unreachable,
                format!(
                    "the new key is still unknown to AWS after {} ({failure})",
                    crate::clock::words(waited)
                ),
            ));
        }
        client.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
