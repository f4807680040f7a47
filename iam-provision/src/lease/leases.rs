//! Issue, list, extend, revoke, reap.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use futures_util::stream::{self, StreamExt};
use iam_dsl::AccountId;

use super::grant::{Asked, Grant, check_lease_path};
use super::issue;
use super::mark::{self, EXPIRY_POLICY, Mark};
use super::record::{Lease, LeaseKind, LeaseState};
use super::teardown::{Known, teardown};
use crate::apply::retry::Retrier;
use crate::client::{Client, FailureKind, expect_account};
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::plan::operation::Operation;
use crate::secret::SecretSink;
use crate::session::Sessions;
use crate::state::{Account, Identity, State};

/// Where the users of leases are unless named.
const PATH: &str = "/iam-provision/leases/";
/// How many leases are removed at the same time.
const AT_ONCE: usize = 8;
/// A lease is reaped this long after its end, because the clocks of who
/// extends it and of who reaps it differ.
const GRACE: Duration = Duration::from_secs(60);

/// Leases in one account. Cheap to clone; holds no state of its own: any
/// number of processes can issue, list, revoke and reap at the same time.
#[derive(Clone)]
pub struct Leases {
    pub(super) client: Client,
    pub(super) account: Account,
    pub(super) sessions: Sessions,
    pub(super) path: String,
    /// Who signs, which is whose policies a federation token's revocation goes to.
    caller: String,
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases")
            .field("account", &self.account.id.to_string())
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a reap did.
#[derive(Debug, Default)]
#[must_use]
pub struct Reaped {
    removed: Vec<String>,
    lifted: Vec<String>,
    failed: Vec<(String, Error)>,
}

impl Reaped {
    /// The leases that were removed.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// The revocations that were removed, because what they revoked has ended.
    pub fn lifted(&self) -> &[String] {
        &self.lifted
    }

    /// What could not be removed, and why; the next reap tries again.
    pub fn failed(&self) -> &[(String, Error)] {
        &self.failed
    }
}

impl fmt::Display for Reaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "leases removed: {}, revocations lifted: {}, failed: {}",
            self.removed.len(),
            self.lifted.len(),
            self.failed.len()
        )?;
        for (what, error) in &self.failed {
            write!(f, "\n  - {what}: {error}")?;
        }
        Ok(())
    }
}

impl Leases {
    /// Leases in this account. Makes one call, GetCallerIdentity.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongAccount`] if the credentials belong to another
    /// account, or the failure of the call.
    pub async fn for_account(account: AccountId, config: &SdkConfig) -> Result<Self, Error> {
        let client = Client::new(config);
        let caller = client.caller().await?;
        let account = expect_account(&caller, &account)?;
        Ok(Self {
            client,
            account,
            sessions: Sessions::new(config),
            path: PATH.to_owned(),
            caller: caller.arn,
        })
    }

    /// The path under which the users of leases are: `/iam-provision/leases/`
    /// unless named. Only users under it are listed and reaped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for what is no path, or `/` itself.
    pub fn under(mut self, path: &str) -> Result<Self, Error> {
        check_lease_path(path)?;
        path.clone_into(&mut self.path);
        Ok(self)
    }

    /// Issues a lease and hands its credentials to `sink`. When this returns
    /// `Ok`, they are delivered. If it fails, what was made has been removed,
    /// or the error says what a reap will remove.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] before any call;
    /// [`ErrorKind::SecretNotDelivered`] if the receiver fails;
    /// [`ErrorKind::ClockSkew`]; or the failure of a call.
    pub async fn issue(
        &self,
        grant: &Grant,
        asked: &Asked,
        sink: &dyn SecretSink,
    ) -> Result<Lease, Error> {
        issue::issue(self, grant, asked, sink).await
    }

    /// The leases of users that are there, also those that have ended and
    /// wait for a reaper, by their end. Sessions are in no list of IAM.
    ///
    /// Reads the account in one call per thousand entities; without the
    /// permission for that, the users under the path one by one.
    ///
    /// # Errors
    ///
    /// The failure of a read.
    pub async fn list(&self) -> Result<Vec<Lease>, Error> {
        Ok(self.read().await?.0)
    }

    /// One lease of a user, by its id; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The failure of a read.
    pub async fn find(&self, id: &str) -> Result<Option<Lease>, Error> {
        let Some(user) = self.client.user(id).await? else {
            return Ok(None);
        };
        let Some(mark) = self.mark(id, &user.path, &user.tags) else {
            return Ok(None);
        };
        let held = self.client.held(id).await?;
        let known = Known {
            attached: held.attached.into_iter().collect(),
            inline: own_inline(held.inline.iter()),
            groups: held.groups.into_iter().collect(),
            devices: mark.devices.clone(),
        };
        Ok(Some(Lease::of_user(id, &mark, known)))
    }

    /// Moves the end of a user's lease to `time` from now, but not past what
    /// its grant allows. Never makes it shorter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] for what is no user's lease, a session's
    /// included, which AWS does not extend: issue a new one.
    /// [`ErrorKind::Conflict`] for one that has ended or is pending.
    pub async fn extend(&self, id: &str, time: Duration) -> Result<Lease, Error> {
        let Some(lease) = self.find(id).await? else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "there is no user's lease {id}; a session cannot be extended: issue a new one"
                ),
            ));
        };
        let now = self.client.aws_now();
        match lease.state(now) {
            LeaseState::Active => {}
            LeaseState::Pending => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("lease {id} has not been delivered yet; extend it afterwards"),
                ));
            }
            LeaseState::Ended => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "lease {id} ended at {}; issue a new one",
                        clock::text(lease.expires)
                    ),
                ));
            }
        }
        let second = SystemTime::UNIX_EPOCH + Duration::from_secs(clock::seconds(now));
        let asked = clock::after(second, time);
        let expires = asked.min(lease.longest).max(lease.expires);
        let retrier = Retrier::new(self.client.clone(), &mark::owner(id));
        let on = Identity::User(id.to_owned());
        // The tag first: a cut between the two leaves the earlier end of access.
        if expires > lease.expires {
            let tag = Operation::Tag {
                on: on.clone(),
                tags: mark::extended(expires),
            };
            retrier.execute(&tag, None).await?;
        }
        // Also where the tag says so already: an extension that was cut wrote it alone.
        let put = Operation::PutInline {
            on,
            name: EXPIRY_POLICY.to_owned(),
            document: mark::expiry_policy(expires),
        };
        retrier.execute(&put, None).await?;
        Ok(Lease { expires, ..lease })
    }

    /// Ends a lease. A user and everything of it is deleted. A session's or
    /// federation token's every request is denied, by an inline policy of the
    /// role or of the user that signed, which a reap removes once the
    /// credentials have ended.
    ///
    /// Can be repeated, and done by several at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongAccount`] for a session of another account's role;
    /// or the failure of a call.
    pub async fn revoke(&self, lease: &Lease) -> Result<(), Error> {
        if lease.kind == LeaseKind::User {
            return teardown(&self.client, &lease.id, &lease.known).await;
        }
        if self.client.aws_now() >= lease.expires {
            return Ok(());
        }
        let on = self.holder(lease)?;
        let Some(user_id) = &lease.user_id else {
            return Err(Error::new(
                ErrorKind::Service,
                format!(
                    "STS did not tell the unique id of lease {}; it ends at {}",
                    lease.id,
                    clock::text(lease.expires)
                ),
            ));
        };
        let put = Operation::PutInline {
            on: on.clone(),
            name: mark::revocation_name(lease.expires, &lease.id),
            document: mark::revocation(user_id),
        };
        let retrier = Retrier::new(self.client.clone(), &mark::owner(&lease.id));
        retrier.execute(&put, None).await.map_err(|error| match error.kind() {
            ErrorKind::QuotaExceeded => Error::new(
                ErrorKind::QuotaExceeded,
                format!("{on} has no room for another revocation ({error}); reap first, or end all its sessions with session::Revoker"),
            ),
            _ => error,
        })
    }

    /// As [`Leases::revoke`] by the id of a user's lease.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such lease; or the failure of a call.
    pub async fn revoke_by_id(&self, id: &str) -> Result<(), Error> {
        match self.find(id).await? {
            Some(lease) => self.revoke(&lease).await,
            None => Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no user's lease {id} under {}", self.path),
            )),
        }
    }

    /// Removes every lease that has ended, or whose issue was cut, with all
    /// traces, and revocations that are no longer needed. When that is, AWS's clock
    /// says, as its answers tell, not this machine's.
    ///
    /// # Errors
    ///
    /// The failure of the read, or [`ErrorKind::ClockSkew`]. What could not be
    /// removed is in [`Reaped::failed`].
    pub async fn reap(&self) -> Result<Reaped, Error> {
        let (leases, state) = self.read().await?;
        let now = self.client.aws_now();
        if let Some(odd) = leases.iter().find(|lease| lease.issued > now + GRACE * 5) {
            return Err(Error::new(
                ErrorKind::ClockSkew,
                format!(
                    "lease {} was issued at {}, and this machine's clock shows {}: set the clock; nothing was reaped",
                    odd.id,
                    clock::text(odd.issued),
                    clock::text(now)
                ),
            ));
        }
        let mut reaped = Reaped::default();
        let mut ended = leases;
        ended.retain(|lease| now >= lease.expires + GRACE);
        let mut removals = stream::iter(ended)
            .map(|lease| self.remove(lease))
            .buffer_unordered(AT_ONCE);
        while let Some((id, done)) = removals.next().await {
            match done {
                Ok(()) => reaped.removed.push(id),
                Err(error) => reaped.failed.push((id, error)),
            }
        }
        for (on, name) in state.iter().flat_map(|state| old_revocations(state, now)) {
            let delete = Operation::DeleteInline {
                on: on.clone(),
                name: name.clone(),
            };
            let retrier = Retrier::new(self.client.clone(), "");
            let what = format!("{name} of {on}");
            match retrier.execute(&delete, None).await {
                Ok(()) => reaped.lifted.push(what),
                Err(error) => reaped.failed.push((what, error)),
            }
        }
        reaped.removed.sort();
        Ok(reaped)
    }

    async fn remove(&self, lease: Lease) -> (String, Result<(), Error>) {
        let done = teardown(&self.client, &lease.id, &lease.known).await;
        (lease.id, done)
    }

    /// Reaps again and again, until the future is dropped. A failure is
    /// logged, and the next round tries again.
    pub async fn keep_reaping(&self, every: Duration) {
        loop {
            match self.reap().await {
                Ok(reaped) if reaped.failed.is_empty() => tracing::debug!(%reaped, "reaped leases"),
                Ok(reaped) => tracing::warn!(%reaped, "reaped leases"),
                Err(error) => tracing::warn!(%error, "leases could not be reaped"),
            }
            self.client.sleep(every).await;
        }
    }

    /// All leases, by their end, and the account's state where it could be read.
    async fn read(&self) -> Result<(Vec<Lease>, Option<State>), Error> {
        let (mut leases, state) = match self.client.authorization_details(&self.account).await {
            Ok(state) => (self.of_state(&state), Some(state)),
            Err(failure) if failure.kind == FailureKind::AccessDenied => {
                let mut leases = Vec::new();
                for name in self.client.user_names(&self.path).await? {
                    leases.extend(self.find(&name).await?);
                }
                (leases, None)
            }
            Err(failure) => return Err(failure.into()),
        };
        leases.sort_by(|a, b| (a.expires, &a.id).cmp(&(b.expires, &b.id)));
        Ok((leases, state))
    }

    fn of_state(&self, state: &State) -> Vec<Lease> {
        let mut leases = Vec::new();
        for (name, user) in &state.users {
            let holder = &user.holder;
            let Some(mark) = self.mark(name, &holder.path, &holder.tags) else {
                continue;
            };
            let groups = state.memberships.iter().filter(|(user, _)| user == name);
            let known = Known {
                attached: holder.attached.clone(),
                inline: own_inline(holder.inline.keys()),
                groups: groups.map(|(_, group)| group.clone()).collect(),
                devices: mark.devices.clone(),
            };
            leases.push(Lease::of_user(name, &mark, known));
        }
        leases
    }

    /// The mark of a user under the path, if it is a lease.
    fn mark(
        &self,
        name: &str,
        path: &str,
        tags: &std::collections::BTreeMap<String, String>,
    ) -> Option<Mark> {
        (path == self.path)
            .then(|| Mark::read(name, tags))
            .flatten()
    }

    /// Whose policies a session's revocation goes to.
    fn holder(&self, lease: &Lease) -> Result<Identity, Error> {
        let arn = lease.arn.as_deref().unwrap_or_default();
        let account = arn.split(':').nth(4).unwrap_or_default();
        if account != self.account.id.as_str() {
            return Err(Error::new(
                ErrorKind::WrongAccount,
                format!(
                    "lease {} is a session in account {account}; revoke it with credentials of that account, or wait \
                     until {}",
                    lease.id,
                    clock::text(lease.expires)
                ),
            ));
        }
        let name = match lease.kind {
            // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
            LeaseKind::Session => arn
                .split('/')
                .nth(1)
                .map(|role| Identity::Role(role.to_owned())),
            // Signed by the caller: arn:aws:iam::ACCOUNT:user/PATH/NAME
            _ => self
                .caller
                .contains(":user/")
                .then(|| {
                    self.caller
                        .rsplit('/')
                        .next()
                        .map(|user| Identity::User(user.to_owned()))
                })
                .flatten(),
        };
        name.ok_or_else(|| {
            Error::new(
                ErrorKind::Service,
                format!(
                    "whose session lease {} is cannot be told from {arn}",
                    lease.id
                ),
            )
        })
    }
}

/// Inline policies beside the one that ends the lease, which goes last.
fn own_inline<'a>(names: impl Iterator<Item = &'a String>) -> std::collections::BTreeSet<String> {
    names
        .filter(|name| *name != EXPIRY_POLICY)
        .cloned()
        .collect()
}

/// Revocations of single sessions that have ended by themselves.
fn old_revocations(state: &State, now: SystemTime) -> Vec<(Identity, String)> {
    let mut old = Vec::new();
    for identity in state.identities() {
        let Some(holder) = state.holder(&identity) else {
            continue;
        };
        for name in holder.inline.keys() {
            if mark::revocation_end(name).is_some_and(|end| now >= end + GRACE) {
                old.push((identity.clone(), name.clone()));
            }
        }
    }
    old
}
