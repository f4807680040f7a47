//! From a profile to the session it describes, through its sources.
//!
//! The meaning of the settings is that of the AWS SDKs and Tools Reference
//! Guide, "Assume role credential provider"
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>).

use std::time::Duration;

use aws_credential_types::Credentials;

use super::super::check::{LONGEST_CHAIN, LONGEST_CHAINED};
use super::super::mfa::Mfa;
use super::super::request::{Kind, SessionRequest};
use super::super::source::{Command, Source, WebToken};
use super::Profiles;
use crate::error::Error;

/// Builds the request of a profile.
pub(super) fn request(profiles: &Profiles, name: &str) -> Result<SessionRequest, Error> {
    Chain {
        profiles,
        visited: Vec::new(),
    }
    .enter(name)
}

struct Chain<'a> {
    profiles: &'a Profiles,
    /// The profiles on the way here, in order.
    visited: Vec<String>,
}

impl Chain<'_> {
    fn get(&self, profile: &str, key: &str) -> Option<String> {
        self.profiles.sections.get(profile, key).map(str::to_owned)
    }

    fn enter(&mut self, name: &str) -> Result<SessionRequest, Error> {
        if !self.profiles.sections.has(name) {
            let known = self.profiles.names().join(", ");
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known
            };
            return Err(Profiles::wrong(match self.visited.last() {
                Some(from) => format!(
                    "profile `{from}` has source_profile = {name}, and there is no such profile; there are: {known}"
                ),
                None => format!("there is no profile `{name}`; there are: {known}"),
            }));
        }
        if self.visited.iter().any(|visited| visited == name) {
            let way: Vec<&str> = self
                .visited
                .iter()
                .map(String::as_str)
                .chain([name])
                .collect();
            return Err(Profiles::wrong(format!(
                "the profiles go round in a circle: {}; one of them must have credentials of its own instead of a \
                 source_profile",
                way.join(" -> ")
            )));
        }
        if self.visited.len() >= LONGEST_CHAIN {
            return Err(Profiles::wrong(format!(
                "more than {LONGEST_CHAIN} profiles follow one another by source_profile, up to `{name}`; shorten the chain"
            )));
        }
        let is_first = self.visited.is_empty();
        self.visited.push(name.to_owned());
        // As the SDKs have it: a source that holds a key is that key.
        if !is_first && let Some(key) = self.key(name)? {
            return self.base(name, key);
        }
        match (
            self.get(name, "role_arn"),
            self.get(name, "web_identity_token_file"),
        ) {
            (Some(arn), Some(file)) => {
                let token = WebToken::File(file.into());
                let mut request = SessionRequest::new(Kind::WebIdentity(arn, token));
                self.parameters(name, &mut request)?;
                Ok(request)
            }
            (None, Some(_)) => Err(self.lacks(name, "web_identity_token_file", "role_arn")),
            (Some(arn), None) => self.role(name, arn),
            (None, None) => {
                let source = self.own(name)?;
                self.base(name, source)
            }
        }
    }

    /// A role, assumed with the credentials of its source.
    fn role(&mut self, name: &str, arn: String) -> Result<SessionRequest, Error> {
        let mut request = SessionRequest::new(Kind::AssumeRole(arn));
        request.source = match (
            self.get(name, "source_profile"),
            self.get(name, "credential_source"),
        ) {
            (Some(_), Some(_)) => {
                return Err(Profiles::wrong(format!(
                    "profile `{name}` has both source_profile and credential_source; keep one of them"
                )));
            }
            (None, None) => {
                return Err(Profiles::wrong(format!(
                    "profile `{name}` has a role_arn and nothing to assume it with; add source_profile, \
                     credential_source or web_identity_token_file"
                )));
            }
            // A profile may name itself: its own key assumes its role.
            (Some(source), None) if source == name => {
                let own = self.own(name)?;
                plain(own)
            }
            (Some(source), None) => Source::Session(Box::new(self.enter(&source)?)),
            (None, Some(_)) => {
                let named = self.own(name)?;
                plain(named)
            }
        };
        self.parameters(name, &mut request)?;
        request.parameters.external_id = self.get(name, "external_id");
        if let Some(serial) = self.get(name, "mfa_serial") {
            // Proven already on the way, where the user's own key was used.
            if !proves(&request.source, &serial) {
                request.mfa = Some(Mfa::new(&serial, None));
            }
        }
        if request.source.is_role() {
            request.parameters.duration = request
                .parameters
                .duration
                .map(|asked| asked.min(LONGEST_CHAINED));
        }
        Ok(request)
    }

    /// The end of the chain: credentials as they are, or the user's session
    /// where the profile asks for MFA.
    fn base(&self, name: &str, source: Source) -> Result<SessionRequest, Error> {
        let serial = self.get(name, "mfa_serial");
        let mut request = SessionRequest::new(match serial {
            Some(_) => Kind::SessionToken,
            None => Kind::Source,
        });
        request.source = source;
        request.parameters.region = self.get(name, "region");
        if let Some(serial) = serial {
            request.mfa = Some(Mfa::new(&serial, None));
            request.parameters.duration = self.duration(name)?;
        }
        Ok(request)
    }

    fn parameters(&self, name: &str, request: &mut SessionRequest) -> Result<(), Error> {
        request.parameters.name = self.get(name, "role_session_name");
        request.parameters.region = self.get(name, "region");
        request.parameters.duration = self.duration(name)?;
        Ok(())
    }

    fn duration(&self, name: &str) -> Result<Option<Duration>, Error> {
        let Some(text) = self.get(name, "duration_seconds") else {
            return Ok(None);
        };
        let seconds = text.parse::<u64>().map_err(|_| {
            Profiles::wrong(format!(
                "profile `{name}` has duration_seconds = {text}, which is no number of seconds; 900 to 43200 can be asked for"
            ))
        })?;
        Ok(Some(Duration::from_secs(seconds)))
    }

    /// The credentials that a profile itself names.
    fn own(&self, name: &str) -> Result<Source, Error> {
        if let Some(source) = self.get(name, "credential_source") {
            return self.named(name, &source);
        }
        for key in ["sso_session", "sso_start_url", "login_session"] {
            if self.get(name, key).is_some() {
                return Err(Profiles::wrong(format!(
                    "profile `{name}` signs in through a browser ({key}), which this crate leaves to the AWS CLI; give \
                     another profile `credential_process = aws configure export-credentials --profile {name} --format \
                     process` and name that one"
                )));
            }
        }
        if let Some(command) = self.get(name, "credential_process") {
            return Ok(Source::Process(Command {
                line: command,
                timeout: self.profiles.process_timeout,
            }));
        }
        self.key(name)?.ok_or_else(|| {
            Profiles::wrong(format!(
                "profile `{name}` has no credentials; add aws_access_key_id and aws_secret_access_key, a \
                 credential_process, or a role_arn with its source_profile"
            ))
        })
    }

    fn named(&self, name: &str, source: &str) -> Result<Source, Error> {
        if let Some(provider) = self.profiles.sources.get(source) {
            return Ok(Source::Provider(provider.clone()));
        }
        match source {
            "Environment" => Ok(Source::Environment),
            "Ec2InstanceMetadata" | "EcsContainer" => Err(Profiles::wrong(format!(
                "profile `{name}` has credential_source = {source}, which needs HTTP; give its provider of aws-config \
                 to Profiles::credential_source({source:?}, …)"
            ))),
            other => Err(Profiles::wrong(format!(
                "profile `{name}` has credential_source = {other}; AWS knows Environment, Ec2InstanceMetadata and EcsContainer"
            ))),
        }
    }

    /// The access key in a profile.
    fn key(&self, name: &str) -> Result<Option<Source>, Error> {
        let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
        match (self.get(name, id), self.get(name, secret)) {
            (Some(id), Some(secret)) => Ok(Some(Source::key(Credentials::new(
                id,
                secret,
                self.get(name, "aws_session_token"),
                None,
                "iam-provision",
            )))),
            (Some(_), None) => Err(self.lacks(name, id, secret)),
            (None, Some(_)) => Err(self.lacks(name, secret, id)),
            (None, None) => Ok(None),
        }
    }

    fn lacks(&self, name: &str, has: &str, lacks: &str) -> Error {
        Profiles::wrong(format!("profile `{name}` has {has} and no {lacks}; add it"))
    }
}

/// Credentials that go into a chain as they are.
fn plain(source: Source) -> Source {
    let mut request = SessionRequest::new(Kind::Source);
    request.source = source;
    Source::Session(Box::new(request))
}

/// Whether a device is proven by this source or one before it.
fn proves(source: &Source, serial: &str) -> bool {
    match source {
        Source::Session(request) => {
            request.mfa.as_ref().is_some_and(|mfa| mfa.serial == serial)
                || proves(&request.source, serial)
        }
        _ => false,
    }
}
