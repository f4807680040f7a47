//! The configuration files that the AWS CLI and the SDKs share.

mod chain;
mod files;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::request::SessionRequest;
use crate::error::{Error, ErrorKind};
use files::Sections;

/// How long a `credential_process` may run, as AWS's SDK for Go has it
/// (<https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/credentials/processcreds>).
const PROCESS_TIMEOUT: Duration = Duration::from_secs(60);

/// Profiles of the AWS configuration files, as values.
///
/// Read by the parser of the AWS SDK, so that what the SDK understands is
/// understood here. Debug shows names alone.
#[derive(Clone)]
pub struct Profiles {
    sections: Arc<Sections>,
    sources: BTreeMap<String, Arc<SharedCredentialsProvider>>,
    process_timeout: Duration,
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Profiles").field(&self.names()).finish()
    }
}

impl Profiles {
    /// Profiles from the texts of a config file (`[profile name]`) and a
    /// credentials file (`[name]`); either may be empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for text that is no such file, with its line.
    pub fn from_text(config: &str, credentials: &str) -> Result<Self, Error> {
        Ok(Self {
            sections: Arc::new(files::parse(config, credentials)?),
            sources: BTreeMap::new(),
            process_timeout: PROCESS_TIMEOUT,
        })
    }

    /// Profiles from two files; one that is missing counts as empty.
    ///
    /// # Errors
    ///
    /// As [`Profiles::from_text`], and [`ErrorKind::NoCredentials`] for a file
    /// that is there and cannot be read.
    pub fn from_files(
        config: impl AsRef<Path>,
        credentials: impl AsRef<Path>,
    ) -> Result<Self, Error> {
        let config = files::read(config.as_ref())?;
        let credentials = files::read(credentials.as_ref())?;
        Self::from_text(&config, &credentials)
    }

    /// Profiles from where the AWS CLI reads them: `~/.aws/config` and
    /// `~/.aws/credentials`, or what AWS_CONFIG_FILE and
    /// AWS_SHARED_CREDENTIALS_FILE name.
    ///
    /// # Errors
    ///
    /// As [`Profiles::from_files`].
    pub fn load() -> Result<Self, Error> {
        Self::from_files(
            files::place("AWS_CONFIG_FILE", "config")?,
            files::place("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
        )
    }

    /// Who stands behind a `credential_source`: `Ec2InstanceMetadata`,
    /// `EcsContainer` or `Environment`. The first two need HTTP, which this
    /// crate leaves to the application: name the providers of `aws-config`.
    /// `Environment` is read from the environment unless named.
    #[must_use]
    pub fn credential_source(
        mut self,
        name: &str,
        provider: impl ProvideCredentials + 'static,
    ) -> Self {
        self.sources.insert(
            name.to_owned(),
            Arc::new(SharedCredentialsProvider::new(provider)),
        );
        self
    }

    /// How long a `credential_process` may run; one minute unless told
    /// otherwise. One that runs longer is ended, and an error says so. A program
    /// that waits for a person, at a prompt or a touch, may need more.
    #[must_use]
    pub fn process_timeout(mut self, time: Duration) -> Self {
        self.process_timeout = time;
        self
    }

    /// The names of the profiles, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.sections.names()
    }

    /// The session that a profile describes, through all its sources. A
    /// profile with an `mfa_serial` needs [`SessionRequest::mfa_code`].
    ///
    /// A `duration_seconds` over one hour is cut to one hour where the role is
    /// assumed with another role's credentials, as AWS allows no more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`]: a missing profile, a cycle, or settings
    /// that make no sense, each told with the profile's name.
    pub fn session(&self, name: &str) -> Result<SessionRequest, Error> {
        chain::request(self, name)
    }

    /// An error about profiles.
    fn wrong(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidRequest, message)
    }
}
