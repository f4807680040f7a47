//! The handles that tests hold.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::arrival::Arrival;
use crate::call::Call;
use crate::clock::Clock;
use crate::credentials::{KeyOwner, Session, Subject};
use crate::dispatch::{Core, Reply, Signatures};
use crate::error::{Error, ErrorKind};
use crate::fault::Fault;
use crate::sealed::web_token;
use crate::seam::Seam;
use crate::state::quotas::Quota;
use crate::state::{PolicyText, World};
use crate::visibility::EntityKind;
use crate::web_identity::WebIdentity;

/// Where the clock stands at first: 2026-01-01T00:00:00Z.
const START: Duration = Duration::from_secs(1_767_225_600);

/// How long a console session lasts (the console's default).
const CONSOLE_SESSION_SECONDS: u64 = 12 * 3_600;

/// An IAM and STS of its own, with as many accounts as the test asks for.
///
/// Cloning gives another handle on the same sandbox; handles may be used from
/// many tasks and threads. A sandbox lives as long as a handle, an
/// [`Account`] or an SDK configuration made from it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

/// What all handles share.
pub(crate) struct Inner {
    pub(crate) clock: Clock,
    core: Mutex<Core>,
}

impl Inner {
    /// Answers one attempt of one call.
    pub(crate) fn answer(&self, arrival: &Arrival<'_>) -> Reply {
        self.core().answer(&self.clock, arrival)
    }

    /// Everything, for as long as the guard lives.
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        // Handlers check before they change, so what a panic leaves behind
        // can be read on.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.inner.core();
        f.debug_struct("Sandbox")
            .field("accounts", &core.world.accounts.keys())
            .field("calls", &core.calls.len())
            .finish_non_exhaustive()
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Sandbox::new()
    }
}

impl Sandbox {
    /// An empty sandbox. Its clock shows 2026-01-01T00:00:00Z, and its ids
    /// are the same in every run.
    #[must_use]
    pub fn new() -> Sandbox {
        Sandbox::with_seed(0)
    }

    /// An empty sandbox whose unique ids, keys and tokens follow from `seed`.
    #[must_use]
    pub fn with_seed(seed: u64) -> Sandbox {
        Sandbox {
            inner: Arc::new(Inner {
                clock: Clock::starting_at(UNIX_EPOCH + START),
                core: Mutex::new(Core::new(seed)),
            }),
        }
    }

    /// The handle on what others hold too.
    pub(crate) fn of(inner: &Arc<Inner>) -> Sandbox {
        Sandbox {
            inner: Arc::clone(inner),
        }
    }

    /// What all handles share.
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Answers one attempt of one call.
    #[cfg(feature = "server")]
    pub(crate) fn answer(&self, arrival: &Arrival<'_>) -> Reply {
        self.inner.answer(arrival)
    }

    /// What the clock shows, as the header `Date` has it.
    #[cfg(feature = "server")]
    pub(crate) fn date(&self) -> String {
        self.inner.clock.moment().http_date()
    }

    /// The account with that number; it comes into being on first use.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidAccountId`] for anything but 12 digits.
    pub fn account(&self, id: &str) -> Result<Account, Error> {
        if !crate::state::is_account_id(id) {
            return Err(Error::new(
                ErrorKind::InvalidAccountId,
                format_args!("account id {id:?} is not valid: it must have exactly 12 digits"),
            ));
        }
        self.inner.core().world.account(id);
        Ok(Account {
            id: id.to_owned(),
            inner: Arc::clone(&self.inner),
        })
    }

    /// Every attempt that reached the sandbox since it was made or since
    /// [`clear_calls`](Sandbox::clear_calls), in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inner.core().calls.clone()
    }

    /// Empties the log of calls.
    pub fn clear_calls(&self) {
        self.inner.core().calls.clear();
    }

    /// Lets the `k`-th attempt from now fail; 1 (or 0) is the next one. A
    /// second fault for the same attempt replaces the first.
    pub fn fail_call(&self, k: u64, fault: Fault) {
        self.inner.core().faults.plan(k, fault);
    }

    /// Forgets the faults that were asked for and have not struck.
    pub fn clear_faults(&self) {
        self.inner.core().faults.clear();
    }

    /// Lets every call of an SDK client take that long on the sandbox's clock,
    /// however many are on their way at once; it takes effect when the time is
    /// over. Zero, as at first, takes no time. Calls over HTTP take what they take.
    pub fn set_latency(&self, latency: Duration) {
        self.inner.clock.set_latency(latency);
    }

    /// Whether signatures are checked, as AWS does: then a wrong one is
    /// refused with `SignatureDoesNotMatch`, an incomplete one with
    /// `IncompleteSignature`, and, once the clock
    /// [follows real time](Sandbox::follow_real_time), one that is older than 15
    /// minutes with `RequestExpired`. At first nothing is checked: key and
    /// session token alone tell who calls.
    pub fn check_signatures(&self, check: bool) {
        self.inner.core().signatures = if check {
            Signatures::Checked
        } else {
            Signatures::Ignored
        };
    }

    #[cfg(feature = "server")]
    pub(crate) fn checks_signatures(&self) -> bool {
        matches!(self.inner.core().signatures, Signatures::Checked)
    }

    /// Sets the clock to the machine's time and lets it run, for clients
    /// outside of the process. [`advance`](Sandbox::advance) and waits still
    /// move it ahead of that.
    pub fn follow_real_time(&self) {
        self.inner.clock.follow_real_time();
    }

    /// What the sandbox's clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }

    /// Moves the sandbox's clock on: sessions expire, waits end.
    pub fn advance(&self, by: Duration) {
        self.inner.clock.advance(by);
    }

    /// Lets reads of IAM lag behind: what a write changed shows after `delay`
    /// on the sandbox's clock, in the order of the writes. Writes, and unless
    /// [`delay_authorization`](Sandbox::delay_authorization) is called also STS
    /// and authorization, act on the present. Zero, as at first, ends it and
    /// shows everything.
    pub fn delay_visibility(&self, delay: Duration) {
        let mut core = self.inner.core();
        if delay.is_zero() {
            return core.visibility.clear();
        }
        for kind in EntityKind::ALL {
            core.visibility.set_delay(*kind, delay..=delay);
        }
    }

    /// The same for one kind of entity, and with delays that are drawn for each
    /// write, from the sandbox's seed: of two writes the later may show first.
    /// Of one entity the latest version that shows is seen. From zero
    /// to zero ends it for the writes to come.
    ///
    /// ```
    /// use std::time::Duration;
    /// use iam_sandbox::{EntityKind, Sandbox};
    ///
    /// let sandbox = Sandbox::with_seed(7);
    /// let soon = Duration::ZERO..=Duration::from_secs(10);
    /// sandbox.delay_visibility_of(EntityKind::Role, soon.clone());
    /// sandbox.delay_visibility_of(EntityKind::InstanceProfile, soon);
    /// ```
    pub fn delay_visibility_of(&self, kind: EntityKind, delay: RangeInclusive<Duration>) {
        self.inner.core().visibility.set_delay(kind, delay);
    }

    /// Whether the delays hold for authorization and STS too: then a new access
    /// key is unknown for a while, a new role cannot be assumed yet, a policy
    /// that was detached still allows. Not so at first.
    pub fn delay_authorization(&self, delay: bool) {
        self.inner.core().visibility.delays_authorization = delay;
    }

    /// A token by which an OpenID Connect provider vouches for somebody, from
    /// now on: what AssumeRoleWithWebIdentity takes once the provider is there
    /// in the role's account, with the audience among its client ids. The sandbox
    /// plays every provider; there is no network, and a token that somebody else
    /// signed is refused with `InvalidIdentityToken`.
    #[must_use]
    pub fn web_identity_token(&self, identity: &WebIdentity) -> String {
        let claims = identity.claims(self.inner.clock.moment());
        web_token(&claims, &self.inner.core().world.token_key)
    }

    /// Keeps the state of all accounts, to come back to it. Clock, log and
    /// faults are no part of it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.inner.core().world.clone())
    }

    /// Brings back the state of all accounts.
    pub fn restore(&self, snapshot: &Snapshot) {
        let mut core = self.inner.core();
        core.world = snapshot.0.clone();
        core.visibility.forget();
    }
}

/// The state of all accounts at one time; see [`Sandbox::snapshot`].
#[derive(Clone)]
pub struct Snapshot(World);

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("accounts", &self.0.accounts.keys())
            .finish_non_exhaustive()
    }
}

/// Whether a user that signs in proves an MFA device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// Password only: `aws:MultiFactorAuthPresent` is false.
    Absent,
    /// Password and a code: `aws:MultiFactorAuthPresent` is true. The code is
    /// taken as given; no device need be registered.
    Present,
}

/// One account of a [`Sandbox`].
#[derive(Clone)]
pub struct Account {
    id: String,
    inner: Arc<Inner>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// The 12 digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sets one quota of the account.
    pub fn set_quota(&self, quota: Quota, value: usize) {
        self.inner
            .core()
            .world
            .account(&self.id)
            .quotas
            .set(quota, value);
    }

    /// Puts the account under service control policies: for each level, from
    /// the organization's root down to the account, the documents attached
    /// there. Every level must allow, as AWS has it; the root user is limited
    /// too. No levels take the account out of the organization.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidServiceControlPolicy`] for a document that AWS
    /// would refuse; the account is left as it was.
    pub fn set_service_control_policies(&self, levels: &[&[&str]]) -> Result<(), Error> {
        let invalid = |refusal: crate::refusal::Refusal| {
            Error::new(
                ErrorKind::InvalidServiceControlPolicy,
                format_args!("service control policy refused: {}", refusal.message),
            )
        };
        let levels = levels
            .iter()
            .map(|level| {
                let read = level.iter().map(|text| PolicyText::service_control(text));
                read.collect::<Result<Vec<_>, _>>()
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(invalid)?;
        self.inner.core().world.account(&self.id).service_control = levels;
        Ok(())
    }

    /// A configuration for SDK clients that act as the account's root user,
    /// to whom nothing is forbidden.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        let (key, secret) = self.root_credentials();
        self.sdk_config_with(key, secret, None)
    }

    /// Access key id and secret of the account's root user, for clients that
    /// are not made from [`sdk_config`](Account::sdk_config).
    #[must_use]
    pub fn root_credentials(&self) -> (String, String) {
        let mut core = self.inner.core();
        let account = core.world.account(&self.id);
        (account.root_key.clone(), account.root_secret.clone())
    }

    /// Gives the root user another access key in place of the one it has. IAM's own
    /// ids have 16 characters at least; here a short one serves too, because
    /// programs that are tested against emulators sign with `test` or `testing`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidAccessKeyId`] if the id is not 1 to 128 letters,
    /// digits and underscores, or is in use already.
    pub fn set_root_credentials(
        &self,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> Result<(), Error> {
        let well_formed = (1..=128).contains(&access_key_id.len())
            && access_key_id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let mut core = self.inner.core();
        let world = &mut core.world;
        let old = world.account(&self.id).root_key.clone();
        let taken = access_key_id != old
            && (world.access_keys.contains_key(access_key_id)
                || world.sessions.contains_key(access_key_id));
        if !well_formed || taken {
            return Err(Error::new(
                ErrorKind::InvalidAccessKeyId,
                format_args!(
                    "access key id {access_key_id:?} cannot be used: it must have 1 to 128 \
                     letters, digits and underscores, and be nobody else's"
                ),
            ));
        }
        world.access_keys.remove(&old);
        let owner = KeyOwner::Root(self.id.clone());
        world.access_keys.insert(access_key_id.to_owned(), owner);
        let account = world.account(&self.id);
        account.root_key = access_key_id.to_owned();
        account.root_secret = secret_access_key.to_owned();
        Ok(())
    }

    /// A configuration for SDK clients that use these credentials, for
    /// instance the answer to CreateAccessKey or AssumeRole. They are checked
    /// when a call is made, as AWS does.
    #[must_use]
    pub fn sdk_config_with(
        &self,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<&str>,
    ) -> SdkConfig {
        let credentials = Credentials::new(
            access_key_id,
            secret_access_key,
            session_token.map(str::to_owned),
            None,
            "iam-sandbox",
        );
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(Seam(Arc::clone(&self.inner)))
            .time_source(self.inner.clock.clone())
            .sleep_impl(self.inner.clock.clone())
            .build()
    }

    /// Signs a user in as the console does: the session acts as the user for
    /// 12 hours, may call IAM, and tells policies whether MFA was used.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchUser`], or [`ErrorKind::NoLoginProfile`] for a user
    /// that has no password.
    pub fn sign_in(&self, user_name: &str, mfa: Mfa) -> Result<SdkConfig, Error> {
        let now = self.inner.clock.moment();
        let mut core = self.inner.core();
        let user = core.world.account(&self.id).user(user_name).map_err(|_| {
            Error::new(
                ErrorKind::NoSuchUser,
                format_args!("account {} has no user named {user_name:?}", self.id),
            )
        })?;
        if user.login_profile.is_none() {
            return Err(Error::new(
                ErrorKind::NoLoginProfile,
                format_args!(
                    "user {user_name:?} cannot sign in: it has no login profile (CreateLoginProfile \
                     makes one)"
                ),
            ));
        }
        let subject = Subject::Console {
            user_id: user.label.id.clone(),
        };
        let issued = core.world.open_session(Session {
            mfa: (mfa == Mfa::Present).then_some(now),
            ..Session::new(&self.id, subject, now, CONSOLE_SESSION_SECONDS)
        });
        drop(core);
        Ok(self.sdk_config_with(issued.access_key, issued.secret, Some(&issued.token)))
    }
}
