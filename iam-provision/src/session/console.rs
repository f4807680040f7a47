//! A sign-in URL for the console, from a session's credentials
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>).
//!
//! The sign-in service is no API of the SDK, and this crate brings no HTTP
//! client: the caller makes one GET request, through a closure.
//!
//! ```
//! use iam_provision::session::{Session, Sessions, console::SignIn};
//! use secrecy::{ExposeSecret, SecretString};
//!
//! # async fn run(session: Session) -> Result<(), Box<dyn std::error::Error>> {
//! let url = SignIn::new("https://example.org/portal")
//!     .destination("https://console.aws.amazon.com/s3/")
//!     .url(&session.credentials().await?, |request: SecretString| async move {
//!         // let body = reqwest::get(request.expose_secret()).await?.text().await?;
//!         # let _ = request.expose_secret();
//!         # let body = r#"{"SigninToken": "t"}"#.to_owned();
//!         Ok(body)
//!     })
//!     .await?;
//! // Give it to a browser within 15 minutes; whoever has it is signed in.
//! # let _ = url.expose_secret();
//! # Ok(())
//! # }
//! ```

use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::credentials::SessionCredentials;
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::secret::redact_text;

/// What RFC 3986 lets stand in a query value.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A sign-in to the console.
#[derive(Clone, Debug)]
pub struct SignIn {
    issuer: String,
    destination: Option<String>,
    duration: Option<Duration>,
}

/// The hosts of a partition.
struct Hosts {
    sign_in: &'static str,
    console: &'static str,
}

impl SignIn {
    /// `issuer` is the page to which the console sends people whose session
    /// has ended.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            destination: None,
            duration: None,
        }
    }

    /// The page of the console to go to; its home page unless named.
    #[must_use]
    pub fn destination(mut self, url: &str) -> Self {
        self.destination = Some(url.to_owned());
        self
    }

    /// How long the console session lasts, 15 minutes to 12 hours. AWS takes
    /// it only for a role that was assumed with a user's credentials; without
    /// it the console session ends with the credentials.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The URL of the GET request that asks for a sign-in token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for long-term credentials, which the
    /// sign-in service does not take, or a duration out of bounds.
    pub fn token_request(&self, credentials: &SessionCredentials) -> Result<SecretString, Error> {
        let sdk = credentials.sdk();
        let Some(token) = sdk.session_token() else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "a sign-in URL takes temporary credentials; assume a role, or take a federation token",
            ));
        };
        let session = json!({
            "sessionId": sdk.access_key_id(),
            "sessionKey": sdk.secret_access_key(),
            "sessionToken": token,
        });
        let mut url = format!(
            "https://{}/federation?Action=getSigninToken",
            hosts(credentials).sign_in
        );
        if let Some(duration) = self.duration {
            if !(Duration::from_secs(900)..=Duration::from_secs(43_200)).contains(&duration) {
                return Err(Error::new(
                    ErrorKind::InvalidRequest,
                    format!(
                        "a console session of {} is asked for; AWS gives 15 min to 12 h",
                        clock::words(duration)
                    ),
                ));
            }
            let _ = write!(url, "&SessionDuration={}", duration.as_secs());
        }
        let _ = write!(url, "&Session={}", encode(&session.to_string()));
        Ok(SecretString::from(url))
    }

    /// The sign-in URL, from the answer to [`SignIn::token_request`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`] where the answer holds no token.
    pub fn login_url(
        &self,
        credentials: &SessionCredentials,
        answer: &str,
    ) -> Result<SecretString, Error> {
        let value: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
        let Some(token) = value.get("SigninToken").and_then(serde_json::Value::as_str) else {
            return Err(Error::new(
                ErrorKind::Service,
                "the answer of the sign-in service has no SigninToken; the credentials may have expired, or a \
                 duration may have been asked for that a chained role cannot have",
            ));
        };
        let hosts = hosts(credentials);
        let home = format!("https://{}/", hosts.console);
        Ok(SecretString::from(format!(
            "https://{}/federation?Action=login&Issuer={}&Destination={}&SigninToken={}",
            hosts.sign_in,
            encode(&self.issuer),
            encode(self.destination.as_deref().unwrap_or(&home)),
            encode(token),
        )))
    }

    /// Both steps; `get` makes the GET request and returns the body.
    ///
    /// # Errors
    ///
    /// Those of the two steps; [`ErrorKind::Unreachable`] where `get` fails.
    pub async fn url<F, Fut>(
        &self,
        credentials: &SessionCredentials,
        get: F,
    ) -> Result<SecretString, Error>
    where
        F: FnOnce(SecretString) -> Fut,
        Fut: Future<Output = Result<String, super::CodeError>>,
    {
        let request = self.token_request(credentials)?;
        let sdk = credentials.sdk();
        let secrets: Vec<&str> = [Some(sdk.secret_access_key()), sdk.session_token()]
            .into_iter()
            .flatten()
            .collect();
        let answer = get(request.clone()).await.map_err(|error| {
            // HTTP clients put the URL, which holds the secrets, into their errors,
            // as it is or decoded.
            let text = error
                .to_string()
                .replace(request.expose_secret(), "(the request)");
            let text = secrets.iter().fold(text, |text, secret| {
                redact_text(&redact_text(&text, &encode(secret)), secret)
            });
            Error::new(
                ErrorKind::Unreachable,
                format!("the sign-in service gave no token: {text}"),
            )
        })?;
        self.login_url(credentials, &answer)
    }
}

/// By the partition of the session's ARN, or the region where it has none.
fn hosts(credentials: &SessionCredentials) -> Hosts {
    let partition = credentials.arn().and_then(|arn| arn.split(':').nth(1));
    let region = credentials.region().unwrap_or_default();
    match partition {
        Some("aws-cn") => CHINA,
        Some("aws-us-gov") => GOV,
        Some(_) => COMMERCIAL,
        None if region.starts_with("cn-") => CHINA,
        None if region.starts_with("us-gov-") => GOV,
        None => COMMERCIAL,
    }
}

const COMMERCIAL: Hosts = Hosts {
    sign_in: "signin.aws.amazon.com",
    console: "console.aws.amazon.com",
};
const GOV: Hosts = Hosts {
    sign_in: "signin.amazonaws-us-gov.com",
    console: "console.amazonaws-us-gov.com",
};
const CHINA: Hosts = Hosts {
    sign_in: "signin.amazonaws.cn",
    console: "console.amazonaws.cn",
};

fn encode(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}
