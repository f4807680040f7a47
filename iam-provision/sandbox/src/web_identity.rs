//! An identity provider for tests: tokens that AssumeRoleWithWebIdentity takes.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::moment::Moment;

/// How long a token lives unless the test says otherwise.
const LIFETIME: Duration = Duration::from_secs(3_600);

/// What an OpenID Connect provider says about somebody; see
/// [`Sandbox::web_identity_token`](crate::Sandbox::web_identity_token).
///
/// ```
/// use iam_sandbox::{Sandbox, WebIdentity};
///
/// let sandbox = Sandbox::new();
/// let token = sandbox.web_identity_token(
///     &WebIdentity::new("https://token.actions.githubusercontent.com", "repo:o/r:ref:refs/heads/main")
///         .audience("sts.amazonaws.com")
///         .claim("repository", "o/r"),
/// );
/// assert_eq!(token.split('.').count(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct WebIdentity {
    claims: Map<String, Value>,
    lifetime: Duration,
}

impl WebIdentity {
    /// Somebody (`sub`) whom the provider of that URL (`iss`) vouches for.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> WebIdentity {
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), json!(issuer));
        claims.insert("sub".to_owned(), json!(subject));
        WebIdentity {
            claims,
            lifetime: LIFETIME,
        }
    }

    /// For whom the token is (`aud`): one of the provider's client ids.
    #[must_use]
    pub fn audience(self, client_id: &str) -> WebIdentity {
        self.claim("aud", client_id)
    }

    /// How the person proved who they are (`amr`).
    #[must_use]
    pub fn methods(self, methods: &[&str]) -> WebIdentity {
        self.set("amr", json!(methods))
    }

    /// Any other claim whose value is a text.
    #[must_use]
    pub fn claim(self, name: &str, value: &str) -> WebIdentity {
        self.set(name, json!(value))
    }

    /// Session tags, and the keys of those that are transitive
    /// (`https://aws.amazon.com/tags`, "Pass session tags in AWS STS").
    #[must_use]
    pub fn session_tags(self, tags: &[(&str, &str)], transitive: &[&str]) -> WebIdentity {
        let tags: Map<String, Value> = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!([value])))
            .collect();
        let claim = json!({"principal_tags": tags, "transitive_tag_keys": transitive});
        self.set(TAGS, claim)
    }

    /// The source identity of the session (`https://aws.amazon.com/source_identity`).
    #[must_use]
    pub fn source_identity(self, identity: &str) -> WebIdentity {
        self.set(SOURCE_IDENTITY, json!(identity))
    }

    /// How long the token lives from now on; an hour unless this is said.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> WebIdentity {
        WebIdentity { lifetime, ..self }
    }

    /// Any other claim, whatever its value.
    #[cfg(feature = "server")]
    pub(crate) fn claim_value(self, name: &str, value: Value) -> WebIdentity {
        self.set(name, value)
    }

    fn set(mut self, name: &str, value: Value) -> WebIdentity {
        self.claims.insert(name.to_owned(), value);
        self
    }

    /// The claims of a token made now.
    pub(crate) fn claims(&self, now: Moment) -> Value {
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), json!(now.seconds()));
        let expires = now.plus(self.lifetime.as_secs());
        claims.insert("exp".to_owned(), json!(expires.seconds()));
        Value::Object(claims)
    }
}

/// The claims that carry session tags and a source identity.
pub(crate) const TAGS: &str = "https://aws.amazon.com/tags";
pub(crate) const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
