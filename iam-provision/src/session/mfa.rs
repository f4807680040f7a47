//! Codes of MFA devices, asked from whoever holds the device.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// Why no code could be had.
pub type CodeError = Box<dyn std::error::Error + Send + Sync>;

type Answer = Pin<Box<dyn Future<Output = Result<String, CodeError>> + Send>>;

/// A device and who is asked for its codes.
#[derive(Clone)]
pub(super) struct Mfa {
    pub(super) serial: String,
    pub(super) code: Option<MfaCode>,
}

/// Asks for a code.
#[derive(Clone)]
pub(super) struct MfaCode(Arc<dyn Fn(String) -> Answer + Send + Sync>);

impl MfaCode {
    pub(super) fn new<F, Fut>(ask: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<String, CodeError>> + Send + 'static,
    {
        Self(Arc::new(move |serial| Box::pin(ask(serial))))
    }
}

impl Mfa {
    pub(super) fn new(serial: &str, code: Option<MfaCode>) -> Self {
        Self {
            serial: serial.to_owned(),
            code,
        }
    }

    /// Asks for a code, and refuses at once what can be none: a mistyped code
    /// counts as a failed attempt with AWS.
    pub(super) async fn ask(&self) -> Result<String, Error> {
        let Some(code) = &self.code else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "MFA device {} is to be proven and nobody was named to ask for its code",
                    self.serial
                ),
            ));
        };
        let answer = (code.0)(self.serial.clone()).await.map_err(|error| {
            Error::new(
                ErrorKind::MfaRefused,
                format!(
                    "no code of MFA device {} could be had: {error}; nothing was called",
                    self.serial
                ),
            )
        })?;
        let answer = answer.trim();
        if answer.len() != 6 || !answer.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::new(
                ErrorKind::MfaRefused,
                format!(
                    "what was entered for MFA device {} is no code: a code is the six digits that the device shows \
                     now; nothing was called",
                    self.serial
                ),
            ));
        }
        Ok(answer.to_owned())
    }
}
