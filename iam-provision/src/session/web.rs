//! Tokens of other identity providers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::source::WebToken;
use crate::error::{Error, ErrorKind};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Result<SecretString, BoxError>> + Send>>;

/// Asks for a token.
#[derive(Clone)]
pub(super) struct TokenSource(Arc<dyn Fn() -> Answer + Send + Sync>);

impl TokenSource {
    pub(super) fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<SecretString, BoxError>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    pub(super) fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>() as usize
    }
}

impl WebToken {
    /// The token as it is now.
    pub(super) async fn read(&self) -> Result<SecretString, Error> {
        let token = match self {
            Self::File(path) => {
                let from = path.clone();
                super::blocking(move || std::fs::read_to_string(&from))
                    .await?
                    .map(SecretString::from)
                    .map_err(|error| {
                        Error::new(
                            ErrorKind::NoCredentials,
                            format!(
                                "the web identity token in {} cannot be read: {error}; \
                                 `web_identity_token_file` must name the file that the platform keeps it in",
                                path.display()
                            ),
                        )
                    })?
            }
            Self::Given(source) => (source.0)().await.map_err(|error| {
                Error::new(
                    ErrorKind::NoCredentials,
                    format!("no web identity token could be had: {error}"),
                )
            })?,
        };
        let trimmed = token.expose_secret().trim();
        if trimmed.is_empty() {
            return Err(Error::new(
                ErrorKind::NoCredentials,
                format!("the web identity token is empty ({self:?})"),
            ));
        }
        Ok(SecretString::from(trimmed))
    }
}
