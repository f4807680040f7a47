//! Sessions that are open, each shared by all who ask for the same.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::credentials::SessionCredentials;
use super::obtain::{obtain, usable};
use super::process;
use super::request::{Kind, SessionRequest};
use super::source::{Key, Source, WebToken};
use super::web::TokenSource;
use crate::client::Client;
use crate::error::{Error, ErrorKind};

/// Opens sessions, and keeps them: whoever opens an equal request gets the
/// same session. Cheap to clone; clones share what is open.
#[derive(Clone)]
pub struct Sessions {
    client: Client,
    region: Option<String>,
    configured: Option<SharedCredentialsProvider>,
    open: Arc<Mutex<HashMap<Key, Session>>>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("open", &self.map().len())
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// Sessions by this configuration: its HTTP client, region and clock, and
    /// its credentials where a request names no other.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
            region: config.region().map(ToString::to_string),
            configured: config.credentials_provider(),
            open: Arc::default(),
        }
    }

    /// Opens a session. Nothing is called before its credentials are used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] with everything that AWS would refuse.
    pub fn open(&self, request: SessionRequest) -> Result<Session, Error> {
        self.session(request, true)
    }

    /// A session of its own, which nobody else shares; those it goes through
    /// are shared as ever.
    pub(crate) fn open_alone(&self, request: SessionRequest) -> Result<Session, Error> {
        self.session(request, false)
    }

    fn session(&self, mut request: SessionRequest, shared: bool) -> Result<Session, Error> {
        request.check()?;
        if request.parameters.region.is_none() {
            request.parameters.region.clone_from(&self.region);
        }
        let source = match &request.source {
            Source::Session(source) => {
                let mut source = source.as_ref().clone();
                if source.parameters.region.is_none() {
                    source
                        .parameters
                        .region
                        .clone_from(&request.parameters.region);
                }
                Some(self.open(source)?)
            }
            _ => None,
        };
        let key = Key::of(&request);
        let mut open = self.map();
        if shared && let Some(session) = open.get(&key) {
            return Ok(session.clone());
        }
        let session = Session(Arc::new(Inner {
            client: self.client.clone(),
            configured: self.configured.clone(),
            label: key.short(),
            request,
            source,
            flight: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        }));
        if shared {
            open.insert(key, session.clone());
        }
        Ok(session)
    }

    /// Forgets all sessions and their credentials. Who holds one keeps it.
    pub fn close(&self) {
        self.map().clear();
    }

    fn map(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Temporary credentials that renew themselves: a credentials provider of the
/// SDK. Clones are the same session.
///
/// A caller waits only while there are no credentials that can be used. If a
/// renewal fails while the old ones are still good, they are handed out.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    client: Client,
    configured: Option<SharedCredentialsProvider>,
    label: String,
    request: SessionRequest,
    source: Option<Session>,
    /// Held by whoever calls STS.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    credentials: Option<SessionCredentials>,
    /// Counts the fetches that ended, so that who waited for one can tell.
    fetches: u64,
    failure: Option<(ErrorKind, String)>,
}

impl Session {
    /// A role's session. The start of a [`SessionRequest`].
    #[must_use]
    pub fn assume(role_arn: &str) -> SessionRequest {
        SessionRequest::new(Kind::AssumeRole(role_arn.to_owned()))
    }

    /// A role's session for the holder of another identity provider's token,
    /// which `token` returns at every refresh.
    #[must_use]
    pub fn web_identity<F, Fut>(role_arn: &str, token: F) -> SessionRequest
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<secrecy::SecretString, super::CodeError>> + Send + 'static,
    {
        let token = WebToken::Given(TokenSource::new(token));
        SessionRequest::new(Kind::WebIdentity(role_arn.to_owned(), token))
    }

    /// The same with a token in a file, as Kubernetes and CI systems give it.
    #[must_use]
    pub fn web_identity_file(
        role_arn: &str,
        path: impl Into<std::path::PathBuf>,
    ) -> SessionRequest {
        let token = WebToken::File(path.into());
        SessionRequest::new(Kind::WebIdentity(role_arn.to_owned(), token))
    }

    /// A session of the user whose key signs (GetSessionToken): with MFA, what
    /// MFA-guarded policies ask for.
    #[must_use]
    pub fn token() -> SessionRequest {
        SessionRequest::new(Kind::SessionToken)
    }

    /// A federated user's session (GetFederationToken): at most what the user
    /// whose key signs may do, and only what the session policies allow.
    #[must_use]
    pub fn federation(name: &str) -> SessionRequest {
        SessionRequest::new(Kind::FederationToken(name.to_owned()))
    }

    /// The credentials, fetched or renewed if need be.
    ///
    /// # Errors
    ///
    /// Why none could be had, and what to do about it: a refused MFA code
    /// ([`ErrorKind::MfaRefused`]), a role that cannot be assumed
    /// ([`ErrorKind::AccessDenied`]), parameters that AWS refuses
    /// ([`ErrorKind::InvalidRequest`]), a wrong clock ([`ErrorKind::ClockSkew`]).
    pub async fn credentials(&self) -> Result<SessionCredentials, Error> {
        let before = match self.look() {
            Ok(credentials) => return Ok(credentials),
            Err(fetches) => fetches,
        };
        let _flight = self.0.flight.lock().await;
        let fetches = match self.look() {
            Ok(credentials) => return Ok(credentials),
            Err(fetches) => fetches,
        };
        // Whoever waited for a call that failed shares its failure.
        if fetches != before
            && let Some((kind, message)) = &self.state().failure
        {
            return Err(Error::new(*kind, message.clone()));
        }
        let fetched = self.fetch().await;
        let mut state = self.state();
        state.fetches += 1;
        match fetched {
            Ok(credentials) => {
                state.failure = None;
                state.credentials = Some(credentials.clone());
                Ok(credentials)
            }
            Err(error) => {
                if let Some(good) = &state.credentials
                    && usable(good, self.0.client.now(), Duration::ZERO)
                {
                    tracing::warn!(session = %self.0.label, %error, "credentials could not be renewed yet");
                    return Ok(good.clone());
                }
                state.failure = Some((error.kind(), error.to_string()));
                Err(error)
            }
        }
    }

    /// A copy of `base` that acts as this session.
    #[must_use]
    pub fn sdk_config(&self, base: &SdkConfig) -> SdkConfig {
        let mut config = base
            .clone()
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(self.clone()));
        config.set_region(
            self.0
                .request
                .parameters
                .region
                .clone()
                .map(Region::new)
                .or_else(|| base.region().cloned()),
        );
        config.build()
    }

    /// Good credentials, or the number of fetches so far.
    fn look(&self) -> Result<SessionCredentials, u64> {
        let state = self.state();
        match &state.credentials {
            Some(good) if usable(good, self.0.client.now(), self.0.request.refresh_before) => {
                Ok(good.clone())
            }
            _ => Err(state.fetches),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Boxed, because a chain fetches through itself.
    fn fetch(
        &self,
    ) -> Pin<Box<dyn Future<Output = Result<SessionCredentials, Error>> + Send + '_>> {
        Box::pin(async move {
            let inner = &self.0;
            let request = &inner.request;
            let signer = match (&request.source, &inner.source) {
                (_, Some(source)) => {
                    let credentials = source.credentials().await;
                    Some(credentials.map_err(|error| match request.kind {
                        Kind::Source => error,
                        _ => error.at(&format!("on the way to {}", request.what())),
                    })?)
                }
                (Source::Config, None) if request.kind != Kind::Source => None,
                (source, None) => Some(self.plain(source).await?),
            };
            match (&request.kind, signer) {
                (Kind::Source, Some(credentials)) => {
                    Ok(credentials.in_region(request.parameters.region.clone()))
                }
                // A web identity needs no signature.
                (Kind::WebIdentity(..), _) => obtain(&inner.client, request, None).await,
                (_, signer) => {
                    let signer = signer.as_ref().map(SessionCredentials::sdk);
                    obtain(&inner.client, request, signer).await
                }
            }
        })
    }

    /// Credentials that no call of ours makes.
    async fn plain(&self, source: &Source) -> Result<SessionCredentials, Error> {
        let now = self.0.client.now();
        let credentials = match source {
            Source::Key(key) => key.0.clone(),
            Source::Process(command) => process::run(command, now).await?,
            Source::Environment => from_environment()?,
            Source::Provider(provider) => provided(provider).await?,
            Source::Config => match &self.0.configured {
                Some(provider) => provided(provider).await?,
                None => {
                    return Err(Error::new(
                        ErrorKind::NoCredentials,
                        "the SDK's configuration has no credentials provider",
                    ));
                }
            },
            Source::Session(_) => {
                return Err(Error::new(
                    ErrorKind::Service,
                    "a session without its source",
                ));
            }
        };
        Ok(SessionCredentials::plain(credentials, now))
    }
}

async fn provided(provider: &SharedCredentialsProvider) -> Result<Credentials, Error> {
    provider.provide_credentials().await.map_err(|error| {
        Error::new(
            ErrorKind::NoCredentials,
            format!("the credentials provider has none: {error}"),
        )
        .caused_by(error)
    })
}

fn from_environment() -> Result<Credentials, Error> {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => Ok(Credentials::new(
            id,
            secret,
            read("AWS_SESSION_TOKEN"),
            None,
            "iam-provision",
        )),
        _ => Err(Error::new(
            ErrorKind::NoCredentials,
            "the environment has no access key; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name another source",
        )),
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("request", &self.0.request)
            .field("credentials", &self.state().credentials)
            .finish()
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            match self.credentials().await {
                Ok(credentials) => Ok(credentials.sdk().clone()),
                Err(error) => Err(CredentialsError::provider_error(error)),
            }
        })
    }
}
