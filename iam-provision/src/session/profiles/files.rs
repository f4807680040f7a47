//! Reading the files. The only place that knows the SDK's parser, which AWS
//! publishes for its own crates: `aws-runtime`, part of every SDK client.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};

use super::Profiles;
use crate::error::{Error, ErrorKind};

/// The sections of both files, merged.
pub(super) struct Sections(EnvConfigSections);

impl Sections {
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.profiles().collect();
        names.sort_unstable();
        names
    }

    pub(super) fn has(&self, profile: &str) -> bool {
        self.0.get_profile(profile).is_some()
    }

    /// A setting of a profile; empty ones count as missing.
    pub(super) fn get(&self, profile: &str, key: &str) -> Option<&str> {
        self.0
            .get_profile(profile)?
            .get(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }
}

pub(super) fn parse(config: &str, credentials: &str) -> Result<Sections, Error> {
    // One file at a time, to say in which of them a mistake is.
    for (kind, text, name) in [
        (EnvConfigFileKind::Config, config, "config"),
        (EnvConfigFileKind::Credentials, credentials, "credentials"),
    ] {
        sections(&[(kind, text)]).map_err(|error| {
            Profiles::wrong(format!("the {name} file cannot be understood: {error}"))
        })?;
    }
    sections(&[
        (EnvConfigFileKind::Config, config),
        (EnvConfigFileKind::Credentials, credentials),
    ])
    .map(Sections)
    .map_err(Profiles::wrong)
}

fn sections(files: &[(EnvConfigFileKind, &str)]) -> Result<EnvConfigSections, String> {
    let mut builder = EnvConfigFiles::builder();
    for (kind, text) in files {
        builder = builder.with_contents(*kind, *text);
    }
    let files = builder.build();
    let (env, fs) = (Env::from_slice(&[]), Fs::from_slice(&[]));
    // Texts are at hand, so that the future is ready at its first poll.
    let mut load = pin!(source::load(&env, &fs, &files));
    let Poll::Ready(loaded) = load.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        return Err("the parser waits for something".to_owned());
    };
    let loaded = loaded.map_err(|error| error.to_string())?;
    EnvConfigSections::parse(loaded).map_err(|error| {
        // The parser words errors for files with names: "error parsing  on line 3:\n  …".
        let text = error.to_string().replace("error parsing  on ", "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

pub(super) fn read(path: &Path) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::new(
            ErrorKind::NoCredentials,
            format!("{} cannot be read: {error}", path.display()),
        )),
    }
}

/// Where a file is, by a variable or in the home directory.
pub(super) fn place(variable: &str, name: &str) -> Result<PathBuf, Error> {
    let home = std::env::home_dir();
    match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => {
            let path = PathBuf::from(path);
            match (path.strip_prefix("~"), home) {
                (Ok(rest), Some(home)) => Ok(home.join(rest)),
                _ => Ok(path),
            }
        }
        None => home
            .map(|home| home.join(".aws").join(name))
            .ok_or_else(|| Profiles::wrong(format!("no home directory is known; set {variable}"))),
    }
}
