//! A file that only the holder of an age key can read.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::object;
use crate::error::{Error, ErrorKind};
use crate::secret::{Delivery, DeliveryError, Secret, SecretKind, SecretSink};

/// Writes each secret to a file of its own in a directory, encrypted to an age
/// recipient (<https://age-encryption.org>), with mode 0600. Needs the feature
/// `age`.
///
/// The file is `ACCOUNT-USER.password.age`, or `.key.age`, and holds a JSON
/// object; a key's has the form of a `credential_process`, so that
/// `age -d -i key.txt FILE` is one. It appears whole or not at all; a later
/// secret of the same user takes its place.
///
/// ```
/// use iam_provision::sink::AgeFile;
///
/// let sink = AgeFile::new(
///     "/var/lib/secrets",
///     "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
/// )?;
/// # let _ = sink;
/// assert!(AgeFile::new("/var/lib/secrets", "age1nonsense").is_err());
/// # Ok::<(), iam_provision::Error>(())
/// ```
#[derive(Clone)]
pub struct AgeFile {
    directory: PathBuf,
    recipient: age::x25519::Recipient,
}

impl fmt::Debug for AgeFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgeFile")
            .field("directory", &self.directory)
            .field("recipient", &self.recipient.to_string())
            .finish()
    }
}

impl AgeFile {
    /// Files in a directory that is there, for a recipient `age1…`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for what is no recipient.
    pub fn new(directory: impl Into<PathBuf>, recipient: &str) -> Result<Self, Error> {
        let recipient = recipient.parse().map_err(|reason: &'static str| {
            Error::new(
                ErrorKind::InvalidRequest,
                format!("{recipient:?} is no age recipient ({reason}); one begins with age1, and `age-keygen -y` prints it"),
            )
        })?;
        Ok(Self {
            directory: directory.into(),
            recipient,
        })
    }

    /// The file of a user's secret.
    pub fn path(&self, secret: &Secret) -> PathBuf {
        let what = match secret.kind() {
            SecretKind::Password => "password",
            _ => "key",
        };
        self.directory
            .join(format!("{}-{}.{what}.age", secret.account(), secret.user()))
    }
}

impl SecretSink for AgeFile {
    fn deliver(&self, secret: Secret) -> Delivery<'_> {
        Box::pin(async move {
            let path = self.path(&secret);
            let text = object(&secret).to_string();
            drop(secret);
            let encrypted = age::encrypt(&self.recipient, text.as_bytes())?;
            tokio::task::spawn_blocking(move || write(&path, &encrypted)).await?
        })
    }
}

/// Writes beside the target, with its mode from the first moment, and renames.
fn write(path: &Path, bytes: &[u8]) -> Result<(), DeliveryError> {
    let fail = |error: std::io::Error| -> DeliveryError {
        format!("{} cannot be written: {error}", path.display()).into()
    };
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random)?;
    let suffix: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let beside = path.with_extension(format!("{suffix}.tmp"));
    let done = create(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done.map_err(fail)?;
    // The name is on disk only when its directory is.
    if let Some(directory) = path.parent()
        && let Ok(directory) = std::fs::File::open(directory)
    {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn create(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
