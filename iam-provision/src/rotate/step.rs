//! The steps of a rotation, each of which finds out where the last one ended.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use super::{KeyRotation, Progress, ROTATION_TAG, prove};
use crate::apply::retry::Retrier;
use crate::client::{Client, ListedKey};
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::keys::{self, ACCESS_KEY_TAG, KeyMark};
use crate::plan::operation::Operation;
use crate::secret::{Secret, SecretSink};
use crate::state::Identity;

/// How long a new key may take to be known.
const KNOWN_WITHIN: Duration = Duration::from_secs(120);

/// What the tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    /// A key is being made; these were there before.
    Pending { old: Option<String> },
    /// The new key is delivered since a time.
    Delivered {
        new: String,
        old: String,
        since: SystemTime,
    },
    /// The old key does not work any more since a time.
    Inactive {
        new: String,
        old: String,
        since: SystemTime,
    },
}

impl Mark {
    fn text(&self) -> String {
        match self {
            Self::Pending { old: None } => "pending".to_owned(),
            Self::Pending { old: Some(old) } => format!("pending {old}"),
            Self::Delivered { new, old, since } => {
                format!("delivered {new} {old} {}", clock::text(*since))
            }
            Self::Inactive { new, old, since } => {
                format!("inactive {new} {old} {}", clock::text(*since))
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["pending"] => Some(Self::Pending { old: None }),
            ["pending", old] => Some(Self::Pending {
                old: Some((*old).to_owned()),
            }),
            [state, new, old, since] => {
                let (new, old, since) =
                    ((*new).to_owned(), (*old).to_owned(), clock::parse(since)?);
                match *state {
                    "delivered" => Some(Self::Delivered { new, old, since }),
                    "inactive" => Some(Self::Inactive { new, old, since }),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// One rotation's work.
struct Step<'a> {
    rotation: &'a KeyRotation,
    /// Who signs; the new key, where the old one signed.
    client: Client,
    user: &'a str,
    arn: String,
    /// Whether a bundle made the key, whose tag names it.
    declared: bool,
}

pub(super) async fn advance(
    rotation: &KeyRotation,
    sink: &dyn SecretSink,
) -> Result<Progress, Error> {
    let mut step = Step {
        rotation,
        client: rotation.signer(),
        arn: String::new(),
        user: &rotation.user,
        declared: false,
    };
    step.go(sink)
        .await
        .map_err(|error| error.at(&format!("keys of user {}", rotation.user)))
}

impl Step<'_> {
    async fn go(&mut self, sink: &dyn SecretSink) -> Result<Progress, Error> {
        let Some(user) = self.client.user(self.user).await? else {
            return Err(Error::new(ErrorKind::NotFound, "there is no such user"));
        };
        self.arn.clone_from(&user.arn);
        self.declared = user.tags.contains_key(ACCESS_KEY_TAG);
        let listed = self.client.access_keys(self.user).await?;
        let mark = match user.tags.get(ROTATION_TAG) {
            None => None,
            Some(text) => Some(Mark::read(text).ok_or_else(|| {
                Error::new(
                    ErrorKind::Conflict,
                    format!("tag {ROTATION_TAG} = {text:?} is not what this crate writes; remove it if no rotation goes on"),
                )
            })?),
        };
        let has = |id: &str| listed.iter().any(|key| key.id == id);
        match mark {
            // Rotations of keys that others have deleted are over.
            Some(Mark::Delivered { new, old, since }) if has(&new) => {
                self.retire(new, old, since, &listed).await
            }
            Some(Mark::Inactive { new, old, since }) if has(&new) => {
                self.remove(new, old, since).await
            }
            Some(Mark::Pending { old }) => {
                let keep: Vec<String> = old.iter().filter(|old| has(old)).cloned().collect();
                // What is there beside the old key was delivered to nobody, or will be replaced.
                keys::remove_others(&self.client, self.user, &keep).await?;
                self.make(keep.first().cloned(), sink).await
            }
            _ => {
                let old = self.choose(&listed).await?;
                self.mark(&Mark::Pending { old: old.clone() }).await?;
                self.make(old, sink).await
            }
        }
    }

    /// Which key goes; deletes the one that is given up.
    async fn choose(&self, listed: &[ListedKey]) -> Result<Option<String>, Error> {
        if let Some(given_up) = &self.rotation.give_up
            && listed.iter().any(|key| key.id == *given_up)
            && listed.len() > 1
        {
            keys::remove(&self.client, self.user, given_up).await?;
            return Ok(listed
                .iter()
                .find(|key| key.id != *given_up)
                .map(|key| key.id.clone()));
        }
        match listed {
            [] => Ok(None),
            [one] => Ok(Some(one.id.clone())),
            several => {
                let mut lines = Vec::new();
                for key in several {
                    let used = self.client.key_last_used(&key.id).await?;
                    lines.push(format!(
                        "{} ({}, made {}, {})",
                        key.id,
                        if key.active { "active" } else { "inactive" },
                        key.made
                            .map_or_else(|| "at an unknown time".to_owned(), clock::text),
                        used.map_or_else(
                            || "never used".to_owned(),
                            |at| format!("last used {}", clock::text(at))
                        ),
                    ));
                }
                Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "two keys are there, and IAM allows no third: {}; name the one that is to be deleted with \
                         KeyRotation::give_up",
                        lines.join(", ")
                    ),
                ))
            }
        }
    }

    /// Makes, proves and delivers the new key.
    async fn make(
        &mut self,
        old: Option<String>,
        sink: &dyn SecretSink,
    ) -> Result<Progress, Error> {
        let keep: Vec<String> = old.iter().cloned().collect();
        let key = match keys::make(&self.client, self.user, &keep, false).await {
            Ok(key) => key.credentials,
            Err(error) => return Err(self.undo(&keep, error).await),
        };
        if let Err(error) = self.hand_over(&key, sink).await {
            return Err(self.undo(&keep, error).await);
        }
        let new = key.access_key_id().to_owned();
        let Some(old) = old else {
            if self.declared {
                self.tag([declares(&new)].into()).await?;
            }
            self.unmark().await?;
            return Ok(Progress::Done { new, old: None });
        };
        let now = self.client.aws_now();
        let mark = Mark::Delivered {
            new: new.clone(),
            old: old.clone(),
            since: now,
        };
        self.mark(&mark).await?;
        if self.rotation.signing_key().await.as_ref() == Some(&old) {
            self.rotation.sign_with(Some(key));
            self.client = self.rotation.signer();
        }
        let listed = self.client.access_keys(self.user).await?;
        self.retire(new, old, now, &listed).await
    }

    async fn hand_over(&self, key: &Credentials, sink: &dyn SecretSink) -> Result<(), Error> {
        prove(&self.client, key, &self.arn, KNOWN_WITHIN).await?;
        let account = keys::account_of(&self.arn).ok_or_else(|| {
            Error::new(
                ErrorKind::Service,
                format!("{} is not the ARN of a user", self.arn),
            )
        })?;
        let secret = Secret::of_key(account, self.user, key);
        keys::deliver(sink, secret).await.map_err(|reason| {
            Error::new(
                ErrorKind::SecretNotDelivered,
                format!("the receiver did not take the new key: {reason}"),
            )
        })
    }

    /// Leaves the keys as they were before.
    async fn undo(&self, keep: &[String], error: Error) -> Error {
        let kind = error.kind();
        let mut cleared = keys::remove_others(&self.client, self.user, keep).await;
        if cleared.is_ok() {
            cleared = self.unmark().await;
        }
        let text = match cleared {
            Ok(()) => format!("{error}; the new key is deleted, the old one is as it was"),
            Err(also) => format!(
                "{error}; the new key could not be deleted now ({also}): the next rotation does it"
            ),
        };
        Error::new(kind, text).caused_by(error)
    }

    /// Deactivates the old key once both have worked long enough.
    async fn retire(
        &self,
        new: String,
        old: String,
        since: SystemTime,
        listed: &[ListedKey],
    ) -> Result<Progress, Error> {
        let Some(key) = listed.iter().find(|key| key.id == old) else {
            self.unmark().await?;
            return Ok(Progress::Done {
                new,
                old: Some(old),
            });
        };
        let until = clock::after(since, self.rotation.overlap);
        let now = self.client.aws_now();
        if now < until {
            return Ok(Progress::Waiting {
                new,
                old,
                old_works: key.active,
                until,
            });
        }
        self.must_not_sign(&old).await?;
        if key.active {
            self.client.set_key_active(self.user, &old, false).await?;
        }
        let mark = Mark::Inactive {
            new: new.clone(),
            old: old.clone(),
            since: now,
        };
        self.mark(&mark).await?;
        self.remove(new, old, now).await
    }

    /// Deletes the old key once it has been inactive long enough.
    async fn remove(&self, new: String, old: String, since: SystemTime) -> Result<Progress, Error> {
        let until = clock::after(since, self.rotation.keep_inactive);
        if self.client.aws_now() < until {
            return Ok(Progress::Waiting {
                new,
                old,
                old_works: false,
                until,
            });
        }
        keys::remove(&self.client, self.user, &old).await?;
        self.unmark().await?;
        Ok(Progress::Done {
            new,
            old: Some(old),
        })
    }

    /// A later call that is still signed with the old key would cut itself off.
    async fn must_not_sign(&self, old: &str) -> Result<(), Error> {
        if self.rotation.signing_key().await.as_deref() == Some(old) {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "this configuration still signs with the old key {old}; sign with the new one, and call again"
                ),
            ));
        }
        Ok(())
    }

    async fn mark(&self, mark: &Mark) -> Result<(), Error> {
        let mut tags = BTreeMap::from([(ROTATION_TAG.to_owned(), mark.text())]);
        if let (true, Mark::Delivered { new, .. }) = (self.declared, mark) {
            tags.extend([declares(new)]);
        }
        self.tag(tags).await
    }

    async fn tag(&self, tags: BTreeMap<String, String>) -> Result<(), Error> {
        let tag = Operation::Tag {
            on: Identity::User(self.user.to_owned()),
            tags,
        };
        Retrier::new(self.client.clone(), "")
            .execute(&tag, None)
            .await
    }

    async fn unmark(&self) -> Result<(), Error> {
        let untag = Operation::Untag {
            on: Identity::User(self.user.to_owned()),
            keys: vec![ROTATION_TAG.to_owned()],
        };
        Retrier::new(self.client.clone(), "")
            .execute(&untag, None)
            .await
    }
}

/// The tag by which a bundle knows its user's key.
fn declares(key: &str) -> (String, String) {
    let mark = KeyMark::Delivered { id: key.to_owned() };
    (ACCESS_KEY_TAG.to_owned(), mark.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_survive_being_written() {
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let (new, old) = ("AKIANEW".to_owned(), "AKIAOLD".to_owned());
        for mark in [
            Mark::Pending { old: None },
            Mark::Pending {
                old: Some(old.clone()),
            },
            Mark::Delivered {
                new: new.clone(),
                old: old.clone(),
                since,
            },
            Mark::Inactive { new, old, since },
        ] {
            assert_eq!(Mark::read(&mark.text()), Some(mark));
        }
        assert_eq!(Mark::read("done"), None);
        assert_eq!(Mark::read("delivered a b soon"), None);
    }
}
