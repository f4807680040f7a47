//! Passwords and keys: made here, handed over once, kept nowhere.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use iam_dsl::AccountId;
use secrecy::{ExposeSecret, SecretString};

use crate::desired::PasswordPolicy;
use crate::error::{Error, ErrorKind};

/// What a [`Secret`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretKind {
    /// A console password.
    Password,
    /// The secret half of a long-term access key.
    AccessKey,
    /// Temporary credentials: the secret half of a key, and its session token.
    Session,
}

/// A credential on its way to its receiver.
///
/// Debug and Display never show the value; [`Secret::expose`] does.
#[derive(Clone)]
pub struct Secret {
    account: AccountId,
    user: String,
    kind: SecretKind,
    access_key_id: Option<String>,
    value: SecretString,
    session_token: Option<SecretString>,
    expires: Option<SystemTime>,
}

impl Secret {
    pub(crate) fn new(account: AccountId, user: &str, value: SecretString) -> Self {
        Self {
            account,
            user: user.to_owned(),
            kind: SecretKind::Password,
            access_key_id: None,
            value,
            session_token: None,
            expires: None,
        }
    }

    /// An access key, or with a token temporary credentials.
    pub(crate) fn of_key(account: AccountId, user: &str, key: &Credentials) -> Self {
        Self {
            kind: match key.session_token() {
                Some(_) => SecretKind::Session,
                None => SecretKind::AccessKey,
            },
            access_key_id: Some(key.access_key_id().to_owned()),
            session_token: key.session_token().map(SecretString::from),
            expires: key.expiry(),
            ..Self::new(account, user, SecretString::from(key.secret_access_key()))
        }
    }

    /// When access with it ends, where that is known.
    pub(crate) fn ending(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// The account in which the user is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The user whose credential it is, or the name of the session.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What it is.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The id of the access key, which is no secret; none for a password.
    pub fn access_key_id(&self) -> Option<&str> {
        self.access_key_id.as_deref()
    }

    /// The session token of temporary credentials. Do not log it.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// When access with it ends, where that is known.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// The access key as the SDK takes it; `None` for a password.
    pub fn credentials(&self) -> Option<Credentials> {
        let id = self.access_key_id.as_deref()?;
        Some(Credentials::new(
            id,
            self.expose(),
            self.session_token().map(str::to_owned),
            self.expires,
            "iam-provision",
        ))
    }

    /// The page on which the user signs in.
    pub fn sign_in_url(&self) -> String {
        format!("https://{}.signin.aws.amazon.com/console", self.account)
    }

    /// The password, or the secret half of the access key. Do not log it.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The same, still wrapped.
    pub fn into_value(self) -> SecretString {
        self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("account", &self.account.to_string())
            .field("user", &self.user)
            .field("kind", &self.kind)
            .field("access_key_id", &self.access_key_id)
            .field("value", &"(sensitive)")
            .finish()
    }
}

/// Why a receiver could not take a secret.
pub type DeliveryError = Box<dyn std::error::Error + Send + Sync>;

/// What [`SecretSink::deliver`] returns.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// Who receives the passwords and access keys that a plan makes: a secrets
/// store, an encrypted file, a person at a terminal.
///
/// A password is delivered before the login profile is created, so that none
/// is ever lost: if the delivery fails, nothing is created. If the apply ends
/// between the two, the next one delivers another password, and the last one
/// delivered for a user is the one that counts. An access key can only be
/// delivered after it is made: one that this does not take is deleted at once,
/// and one that a crash left undelivered is replaced by the next apply.
///
/// An async closure that takes a [`Secret`] is a sink:
///
/// ```
/// use iam_provision::{ApplyOptions, Secret};
///
/// let options = ApplyOptions::new().secrets(|secret: Secret| async move {
///     // vault.put(secret.user(), secret.expose()).await?;
///     Ok(())
/// });
/// # let _ = options;
/// ```
pub trait SecretSink: Send + Sync {
    /// Takes a secret. When this returns `Ok`, it is in safe hands.
    fn deliver(&self, secret: Secret) -> Delivery<'_>;
}

impl<F, Fut> SecretSink for F
where
    F: Fn(Secret) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), DeliveryError>> + Send + 'static,
{
    fn deliver(&self, secret: Secret) -> Delivery<'_> {
        Box::pin(self(secret))
    }
}

const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijkmnopqrstuvwxyz";
const DIGITS: &[u8] = b"23456789";
/// Of those IAM counts as symbols, the ones that survive copying and quoting best.
const SYMBOLS: &[u8] = b"!@#%^*_+-=";
/// Longer than any habit, and 24 characters of 66 are 145 bits.
const LENGTH: usize = 24;

/// Makes a password that meets a policy, and any weaker one: every class of
/// characters occurs.
pub(crate) fn generate(policy: Option<&PasswordPolicy>) -> Result<SecretString, Error> {
    let least = policy.map_or(0, |policy| {
        usize::try_from(policy.minimum_length).unwrap_or(0)
    });
    let length = LENGTH.max(least).min(128);
    let classes = [UPPER, LOWER, DIGITS, SYMBOLS];
    let all: Vec<u8> = classes.concat();
    let mut characters = Vec::with_capacity(length);
    for class in classes {
        characters.push(pick(class)?);
    }
    while characters.len() < length {
        characters.push(pick(&all)?);
    }
    // Fisher-Yates, so that the place of a class says nothing.
    for i in (1..characters.len()).rev() {
        let j = below(i + 1)?;
        characters.swap(i, j);
    }
    let text: String = characters.into_iter().map(char::from).collect();
    Ok(SecretString::from(text))
}

pub(crate) fn pick(from: &[u8]) -> Result<u8, Error> {
    let index = below(from.len())?;
    from.get(index)
        .copied()
        .ok_or_else(|| Error::new(ErrorKind::Service, "no character to choose from"))
}

/// A uniform number below `limit`, which is small. Values that would favour
/// some of the results are drawn again.
fn below(limit: usize) -> Result<usize, Error> {
    let limit = limit as u64;
    let fair = u64::MAX - u64::MAX % limit.max(1);
    loop {
        let random = getrandom::u64().map_err(|error| {
            Error::new(
                ErrorKind::Service,
                "the operating system gives no random numbers, so no password can be made",
            )
            .caused_by(error)
        })?;
        if random < fair {
            return Ok(usize::try_from(random % limit.max(1)).unwrap_or(0));
        }
    }
}

/// The message of a sink's error, without the secret should it be in there.
pub(crate) fn redact(error: &DeliveryError, secret: &str) -> String {
    redact_text(&error.to_string(), secret)
}

/// A text without a secret.
pub(crate) fn redact_text(text: &str, secret: &str) -> String {
    text.replace(secret, "(sensitive)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_meet_the_policy() {
        let policy = PasswordPolicy::strict().minimum_length(40);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let password = generate(Some(&policy)).unwrap();
            let password = password.expose_secret();
            assert_eq!(password.len(), 40);
            assert!(password.chars().any(|c| c.is_ascii_uppercase()));
            assert!(password.chars().any(|c| c.is_ascii_lowercase()));
            assert!(password.chars().any(|c| c.is_ascii_digit()));
            assert!(password.bytes().any(|b| SYMBOLS.contains(&b)));
            assert!(seen.insert(password.to_owned()));
        }
        assert_eq!(generate(None).unwrap().expose_secret().len(), LENGTH);
        assert_eq!(
            generate(Some(&policy.minimum_length(128)))
                .unwrap()
                .expose_secret()
                .len(),
            128
        );
    }

    #[test]
    fn a_secret_does_not_show() {
        let secret = Secret::new(
            AccountId::new("111122223333").unwrap(),
            "u",
            SecretString::from("hunter2hunter2"),
        );
        assert!(!format!("{secret:?}").contains("hunter2"));
        let error: DeliveryError = "could not store hunter2hunter2".into();
        assert_eq!(
            redact(&error, secret.expose()),
            "could not store (sensitive)"
        );
    }
}
