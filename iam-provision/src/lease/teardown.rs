//! Removing a lease's user, with whatever was added to it meanwhile.
//!
//! Safe at any point of any other teardown of the same user: what is gone
//! already is as good as deleted. The keys and the password go first, the
//! policy that ends the lease last.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::mark::{self, EXPIRY_POLICY, Mark};
use crate::apply::retry::Retrier;
use crate::client::{Client, FailureKind};
use crate::error::{Error, ErrorKind};
use crate::keys;
use crate::plan::operation::Operation;
use crate::state::{Credential, Identity};

/// How often whatever somebody keeps adding is removed.
const SWEEPS: usize = 3;

/// What a user is known to hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) attached: BTreeSet<String>,
    /// Inline policies beside the one that ends the lease.
    pub(super) inline: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    /// MFA devices that an earlier teardown took off the user.
    pub(super) devices: Vec<String>,
}

/// Deletes a user that is known to be a lease.
pub(super) async fn teardown(client: &Client, user: &str, known: &Known) -> Result<(), Error> {
    let removal = Removal::new(client, user);
    // Looked for, because a key that was added would outlive the policy that
    // ends the lease by a moment.
    match keys::remove_others(client, user, &[]).await {
        // Another reaper has finished.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        done => done?,
    }
    for group in &known.groups {
        removal.leave(group).await?;
    }
    for arn in &known.attached {
        removal.detach(arn).await?;
    }
    for name in &known.inline {
        removal.delete_inline(name).await?;
    }
    removal
        .run(Operation::DeleteLogin {
            user: user.to_owned(),
        })
        .await?;
    removal.delete_devices(&known.devices).await?;
    removal.finish().await
}

struct Removal<'a> {
    client: &'a Client,
    retrier: Retrier,
    user: &'a str,
    on: Identity,
}

impl<'a> Removal<'a> {
    fn new(client: &'a Client, user: &'a str) -> Self {
        Self {
            client,
            retrier: Retrier::new(client.clone(), &mark::owner(user)),
            user,
            on: Identity::User(user.to_owned()),
        }
    }

    async fn run(&self, operation: Operation) -> Result<(), Error> {
        self.retrier
            .execute(&operation, None)
            .await
            .map_err(|error| error.at(&format!("lease {}", self.user)))
    }

    async fn leave(&self, group: &str) -> Result<(), Error> {
        let user = self.user.to_owned();
        let group = group.to_owned();
        self.run(Operation::RemoveMember { user, group }).await
    }

    async fn detach(&self, arn: &str) -> Result<(), Error> {
        let on = self.on.clone();
        self.run(Operation::Detach {
            on,
            arn: arn.to_owned(),
        })
        .await
    }

    async fn delete_inline(&self, name: &str) -> Result<(), Error> {
        let on = self.on.clone();
        self.run(Operation::DeleteInline {
            on,
            name: name.to_owned(),
        })
        .await
    }

    /// Devices that an earlier teardown has marked, on the user still or not.
    async fn delete_devices(&self, serials: &[String]) -> Result<(), Error> {
        for serial in serials {
            self.run(Operation::DeleteCredential {
                user: self.user.to_owned(),
                credential: Credential::Mfa(serial.clone()),
            })
            .await?;
            match self
                .run(Operation::DeleteMfaDevice {
                    serial: serial.clone(),
                })
                .await
            {
                // Somebody else's by now.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// Deletes the user. If somebody added something to it, everything is
    /// looked for and removed, with all access denied meanwhile.
    async fn finish(&self) -> Result<(), Error> {
        for _ in 0..SWEEPS {
            self.delete_inline(EXPIRY_POLICY).await?;
            let delete = Operation::DeleteUser {
                name: self.user.to_owned(),
            };
            match self.run(delete).await {
                Err(error) if error.kind() == ErrorKind::Conflict => self.sweep().await?,
                done => return done,
            }
        }
        self.delete_inline(EXPIRY_POLICY).await?;
        self.run(Operation::DeleteUser {
            name: self.user.to_owned(),
        })
        .await
    }

    async fn sweep(&self) -> Result<(), Error> {
        let client = self.client;
        let user = self.user;
        let put = Operation::PutInline {
            on: self.on.clone(),
            name: EXPIRY_POLICY.to_owned(),
            document: mark::expiry_policy(SystemTime::UNIX_EPOCH),
        };
        match client.execute(&put, None).await {
            Ok(()) => {}
            // Gone: another reaper was faster.
            Err(failure) if failure.kind == FailureKind::NoSuchEntity => return Ok(()),
            Err(failure) => return Err(failure.into()),
        }
        let Some(found) = client.user(user).await? else {
            return Ok(());
        };
        // Never anybody else's: a user may have been made anew under the name.
        let Some(mark) = Mark::read(user, &found.tags) else {
            return Err(Error::new(
                ErrorKind::NotOwned,
                format!(
                    "user {user} no longer carries the marks of a lease; look at it and delete it by hand"
                ),
            ));
        };
        match self.sweep_credentials(&mark).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            done => done?,
        }
        let held = match client.held(user).await {
            Err(failure) if failure.kind == FailureKind::NoSuchEntity => return Ok(()),
            held => held?,
        };
        for group in &held.groups {
            self.leave(group).await?;
        }
        for arn in &held.attached {
            self.detach(arn).await?;
        }
        for name in held.inline.iter().filter(|name| *name != EXPIRY_POLICY) {
            self.delete_inline(name).await?;
        }
        Ok(())
    }

    async fn sweep_credentials(&self, mark: &Mark) -> Result<(), Error> {
        let client = self.client;
        let user = self.user;
        self.run(Operation::DeleteLogin {
            user: user.to_owned(),
        })
        .await?;
        self.delete_devices(&mark.devices).await?;
        let mut devices = mark.devices.len();
        for credential in client.credentials(user).await? {
            let serial = match &credential {
                Credential::Mfa(serial) if credential.is_virtual_device() => serial.clone(),
                _ => {
                    self.run(Operation::DeleteCredential {
                        user: user.to_owned(),
                        credential,
                    })
                    .await?;
                    continue;
                }
            };
            // A virtual device is to be deleted as well; between the two calls
            // only this tag says whose it was.
            let tags = mark::device(devices, &serial);
            devices += 1;
            self.run(Operation::Tag {
                on: self.on.clone(),
                tags,
            })
            .await?;
            self.delete_devices(&[serial]).await?;
        }
        Ok(())
    }
}
