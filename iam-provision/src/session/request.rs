//! What session is asked for, and what AWS would refuse about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use iam_dsl::SessionPolicy;

use super::check;
use super::mfa::{CodeError, Mfa, MfaCode};
use super::source::{Source, WebToken};
use crate::error::{Error, ErrorKind};

/// How long before their end credentials are replaced, unless asked otherwise.
const REFRESH_BEFORE: Duration = Duration::from_secs(300);

/// What a session is made of: which call, whose credentials sign it, and every
/// parameter of it. A value; nothing is called until
/// [`Sessions::open`](super::Sessions::open) and the first use.
///
/// Made by [`Session::assume`](super::Session::assume) and its siblings, or by
/// [`Profiles::session`](super::Profiles::session).
#[derive(Clone)]
pub struct SessionRequest {
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) mfa: Option<Mfa>,
    pub(super) parameters: Parameters,
    pub(super) refresh_before: Duration,
    pub(super) wait: Duration,
}

/// Which call makes the session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// No call: the credentials of the source as they are.
    Source,
    AssumeRole(String),
    WebIdentity(String, WebToken),
    SessionToken,
    FederationToken(String),
}

impl Kind {
    /// Whether the session acts as a role, so that going on from it is chaining.
    pub(super) fn is_role(&self) -> bool {
        matches!(self, Self::AssumeRole(_) | Self::WebIdentity(..))
    }
}

/// The parameters of a call to STS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Parameters {
    pub(crate) name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive: BTreeSet<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) duration: Option<Duration>,
    pub(crate) region: Option<String>,
}

impl Parameters {
    /// The duration as STS takes it.
    pub(crate) fn seconds(&self) -> Option<i32> {
        self.duration
            .map(|duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX))
    }
}

impl SessionRequest {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            source: Source::Config,
            mfa: None,
            parameters: Parameters::default(),
            refresh_before: REFRESH_BEFORE,
            wait: Duration::ZERO,
        }
    }

    /// Whose credentials sign the call: another session, which makes a chain;
    /// anything that provides credentials through [`SessionRequest::via_provider`];
    /// a key through [`SessionRequest::via_key`]. Without one of them it is the
    /// caller that the SDK's configuration names. A request goes through 50 others at
    /// most.
    #[must_use]
    pub fn via(mut self, source: SessionRequest) -> Self {
        self.source = Source::Session(Box::new(source));
        self
    }

    /// As [`SessionRequest::via`] with any credentials provider of the SDK.
    #[must_use]
    pub fn via_provider(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.source = Source::Provider(Arc::new(SharedCredentialsProvider::new(provider)));
        self
    }

    /// As [`SessionRequest::via`] with a long-term access key.
    #[must_use]
    pub fn via_key(mut self, access_key_id: &str, secret_access_key: &str) -> Self {
        self.source = Source::key(Credentials::new(
            access_key_id,
            secret_access_key,
            None,
            None,
            "iam-provision",
        ));
        self
    }

    /// Proves MFA in the call that makes this session. `code` gets the serial
    /// number and returns the six digits that the device shows; it is asked
    /// whenever credentials are fetched, so also at every refresh.
    #[must_use]
    pub fn mfa<F, Fut>(mut self, serial: &str, code: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, CodeError>> + Send + 'static,
    {
        self.mfa = Some(Mfa::new(serial, Some(MfaCode::new(code))));
        self
    }

    /// Who is asked for codes wherever this session or one that it goes
    /// through needs MFA and nobody is named yet: for requests that come from
    /// profiles, which name the device alone.
    #[must_use]
    pub fn mfa_code<F, Fut>(self, code: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, CodeError>> + Send + 'static,
    {
        self.ask(&MfaCode::new(code))
    }

    fn ask(mut self, code: &MfaCode) -> Self {
        if let Some(mfa) = &mut self.mfa {
            mfa.code.get_or_insert_with(|| code.clone());
        }
        if let Source::Session(source) = self.source {
            self.source = Source::Session(Box::new(source.ask(code)));
        }
        self
    }

    /// Proves MFA once and not at every refresh: with a session of
    /// GetSessionToken (12 h), which all sessions of the same source and
    /// device share, and through which this role is assumed.
    #[must_use]
    pub fn mfa_once(mut self) -> Self {
        if matches!(self.kind, Kind::AssumeRole(_))
            && let Some(mfa) = self.mfa.take()
        {
            let mut token = SessionRequest::new(Kind::SessionToken);
            token.source = self.source;
            token.mfa = Some(mfa);
            token.parameters.region.clone_from(&self.parameters.region);
            self.source = Source::Session(Box::new(token));
        }
        self
    }

    /// The id that the role's trust policy asks for (`sts:ExternalId`).
    #[must_use]
    pub fn external_id(mut self, id: &str) -> Self {
        self.parameters.external_id = Some(id.to_owned());
        self
    }

    /// Limits the session to what this policy allows as well.
    #[must_use]
    pub fn policy(mut self, policy: &SessionPolicy) -> Self {
        self.parameters.policy = Some(policy.as_json().to_owned());
        self
    }

    /// Limits the session to what this managed policy allows as well. All
    /// session policies of a session count together: what one of them allows is
    /// within the limit.
    #[must_use]
    pub fn policy_arn(mut self, arn: &str) -> Self {
        self.parameters.policy_arns.push(arn.to_owned());
        self
    }

    /// A session tag (`aws:PrincipalTag/key` in the session). The role's trust
    /// policy must allow `sts:TagSession`.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.parameters
            .tags
            .insert(key.to_owned(), value.to_owned());
        self
    }

    /// Hands the tag with this key on to the sessions that go on from this one.
    #[must_use]
    pub fn transitive(mut self, key: &str) -> Self {
        self.parameters.transitive.insert(key.to_owned());
        self
    }

    /// Who is behind the session (`aws:SourceIdentity`, in CloudTrail also);
    /// it cannot be changed in sessions that go on from this one. The role's
    /// trust policy must allow `sts:SetSourceIdentity`.
    #[must_use]
    pub fn source_identity(mut self, identity: &str) -> Self {
        self.parameters.source_identity = Some(identity.to_owned());
        self
    }

    /// The name of the session, which is the end of its ARN. `iam-provision`
    /// unless named.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.parameters.name = Some(name.to_owned());
        self
    }

    /// How long the credentials last: 15 minutes to 12 hours and not over the
    /// role's MaxSessionDuration; 1 hour at most in a chain of roles. AWS's
    /// default is 1 hour for a role.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.parameters.duration = Some(duration);
        self
    }

    /// The region whose STS is called, and that the outputs name. The SDK
    /// configuration's unless named.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.parameters.region = Some(region.to_owned());
        self
    }

    /// How long before their end credentials are replaced: 5 minutes unless
    /// asked otherwise, and never more than half of what they last.
    #[must_use]
    pub fn refresh_before(mut self, early: Duration) -> Self {
        self.refresh_before = early;
        self
    }

    /// Keeps trying for this long while the role cannot be assumed: a role, or
    /// a change to its trust policy, can be read before STS knows it. Without
    /// it a refusal is told at once.
    #[must_use]
    pub fn wait_until_assumable(mut self, longest: Duration) -> Self {
        self.wait = longest;
        self
    }

    /// The same under another name: a session's, or a federated user's.
    pub(crate) fn named(mut self, name: &str) -> Self {
        match &mut self.kind {
            Kind::FederationToken(federated) => name.clone_into(federated),
            _ => self.parameters.name = Some(name.to_owned()),
        }
        self
    }

    /// The name of the session.
    pub(super) fn session_name(&self) -> &str {
        self.parameters.name.as_deref().unwrap_or("iam-provision")
    }

    /// Everything that AWS would refuse, found without a call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] with every problem of this request and of
    /// those it goes through.
    pub fn check(&self) -> Result<(), Error> {
        let problems = check::problems(self);
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::with_problems(
            ErrorKind::InvalidRequest,
            "no session can be made of this; nothing was called:",
            problems,
        ))
    }

    /// What it is, for errors and Debug.
    pub(super) fn what(&self) -> String {
        match &self.kind {
            Kind::Source => self.source.to_string(),
            Kind::AssumeRole(arn) | Kind::WebIdentity(arn, _) => format!("role {arn}"),
            Kind::SessionToken => format!("a session of {}", self.source),
            Kind::FederationToken(name) => format!("federated user {name}"),
        }
    }
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRequest")
            .field("session", &self.what())
            .field("via", &self.source)
            .field("mfa", &self.mfa.as_ref().map(|mfa| &mfa.serial))
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
