//! Whose credentials sign the call that makes a session.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::request::{Kind, Parameters, SessionRequest};

/// Where the signing credentials come from.
#[derive(Clone)]
pub(super) enum Source {
    /// What the SDK's configuration names.
    Config,
    Key(KeyPair),
    /// A command that prints credentials, as `credential_process` names one.
    Process(Command),
    /// AWS_ACCESS_KEY_ID and its siblings.
    Environment,
    Provider(Arc<SharedCredentialsProvider>),
    Session(Box<SessionRequest>),
}

impl Source {
    pub(super) fn key(credentials: Credentials) -> Self {
        Self::Key(KeyPair(credentials))
    }

    /// Whether going on from it is role chaining.
    pub(super) fn is_role(&self) -> bool {
        match self {
            Self::Session(request) => {
                request.kind.is_role() || (request.kind == Kind::Source && request.source.is_role())
            }
            _ => false,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config => f.write_str("the credentials of the SDK's configuration"),
            Self::Key(key) => write!(f, "access key {}", key.0.access_key_id()),
            Self::Process(command) => write!(f, "credential process {}", command.program()),
            Self::Environment => f.write_str("the environment's access key"),
            Self::Provider(_) => f.write_str("a credentials provider"),
            Self::Session(request) => f.write_str(&request.what()),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(request) => request.fmt(f),
            other => write!(f, "{other}"),
        }
    }
}

/// A command line. What follows the program may be a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Command {
    pub(super) line: String,
    /// How long it may run.
    pub(super) timeout: Duration,
}

impl Command {
    pub(super) fn program(&self) -> &str {
        self.line.split_whitespace().next().unwrap_or_default()
    }
}

/// An access key; compared with its secret, hashed without it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyPair(pub(super) Credentials);

impl Hash for KeyPair {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.access_key_id().hash(state);
    }
}

/// Where a web identity token comes from. Read at every refresh, because the
/// platforms that put it there renew it.
#[derive(Clone)]
pub(super) enum WebToken {
    File(PathBuf),
    Given(super::web::TokenSource),
}

impl WebToken {
    fn identity(&self) -> (Option<&PathBuf>, usize) {
        match self {
            Self::File(path) => (Some(path), 0),
            Self::Given(source) => (None, source.identity()),
        }
    }
}

impl fmt::Debug for WebToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "token file {}", path.display()),
            Self::Given(_) => f.write_str("token callback"),
        }
    }
}

impl PartialEq for WebToken {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for WebToken {}

impl Hash for WebToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// Everything on which a session's credentials depend. Two requests with equal
/// keys share one session; no parameter is left out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    kind: Kind,
    source: SourceKey,
    serial: Option<String>,
    parameters: Parameters,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum SourceKey {
    Config,
    Key(KeyPair),
    Process(Command),
    Environment,
    /// The address of a provider, which the cached session keeps alive.
    Provider(usize),
    Session(Box<Key>),
}

impl Key {
    pub(super) fn of(request: &SessionRequest) -> Self {
        Self {
            kind: request.kind.clone(),
            source: match &request.source {
                Source::Config => SourceKey::Config,
                Source::Key(key) => SourceKey::Key(key.clone()),
                Source::Process(command) => SourceKey::Process(command.clone()),
                Source::Environment => SourceKey::Environment,
                Source::Provider(provider) => SourceKey::Provider(Arc::as_ptr(provider) as usize),
                Source::Session(source) => SourceKey::Session(Box::new(Key::of(source))),
            },
            serial: request.mfa.as_ref().map(|mfa| mfa.serial.clone()),
            parameters: request.parameters.clone(),
        }
    }

    /// A short text that differs for different keys, for logs.
    pub(super) fn short(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}
