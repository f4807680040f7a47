//! Making an access key, which is the one call of IAM that must not be
//! repeated: each answer that is lost leaves a key whose secret nobody has.

mod mark;

use std::time::Duration;

use iam_dsl::AccountId;
use secrecy::SecretString;

use crate::client::{Client, FailureKind, NewKey};
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::plan::operation::Operation;
use crate::secret::{self, DeliveryError, Secret, SecretSink};
use crate::state::Credential;

pub use mark::ACCESS_KEY_TAG;
pub(crate) use mark::KeyMark;

const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What AWS's clock and this machine's may differ by: AWS itself refuses
/// signatures that are further off, unless the SDK corrects for it.
const SKEW: Duration = Duration::from_secs(300);

/// Makes a key for a user that has the keys `keep` and no other. A key that a
/// lost answer left behind is deleted before the next try. `fresh` says that
/// the user has just been made, and may not be known everywhere.
pub(crate) async fn make(
    client: &Client,
    user: &str,
    keep: &[String],
    fresh: bool,
) -> Result<NewKey, Error> {
    let once = client.acting_as(None, Some(1));
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    loop {
        let failure = match once.create_access_key(user).await {
            Ok(key) => return check_clock(client, key, user),
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::NoAnswer => remove_others(client, user, keep).await?,
            FailureKind::Throttled
            | FailureKind::ConcurrentModification
            | FailureKind::TemporarilyUnmodifiable => {}
            FailureKind::NoSuchEntity if fresh => {}
            _ => return Err(failure.into()),
        }
        if waited >= PATIENCE {
            return Err(failure.into());
        }
        client.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Deletes the keys of a user that are not among `keep`.
pub(crate) async fn remove_others(
    client: &Client,
    user: &str,
    keep: &[String],
) -> Result<(), Error> {
    for key in client.access_keys(user).await? {
        if !keep.contains(&key.id) {
            remove(client, user, &key.id).await?;
        }
    }
    Ok(())
}

/// Deletes a key; one that is gone already is as good.
pub(crate) async fn remove(client: &Client, user: &str, id: &str) -> Result<(), Error> {
    let delete = Operation::DeleteCredential {
        user: user.to_owned(),
        credential: Credential::AccessKey(id.to_owned()),
    };
    match client.execute(&delete, None).await {
        Err(failure) if failure.kind != FailureKind::NoSuchEntity => Err(failure.into()),
        _ => Ok(()),
    }
}

/// IAM says when it made the key. Expiry dates follow from this machine's
/// clock, so that a clock that is off would give access for too long.
fn check_clock(client: &Client, key: NewKey, user: &str) -> Result<NewKey, Error> {
    let now = client.aws_now();
    let Some(made) = key.made else {
        return Ok(key);
    };
    let off = now
        .duration_since(made)
        .or_else(|_| made.duration_since(now))
        .unwrap_or_default();
    if off <= SKEW {
        return Ok(key);
    }
    Err(Error::new(
        ErrorKind::ClockSkew,
        format!(
            "IAM made the key of user {user} at {}, and the clock here shows {}: set the clock; the key is not \
             handed out",
            clock::text(made),
            clock::text(now)
        ),
    ))
}

/// Hands a secret over; the receiver's error without the secret in it.
pub(crate) async fn deliver(sink: &dyn SecretSink, secret: Secret) -> Result<(), String> {
    let values: Vec<SecretString> = [Some(secret.expose()), secret.session_token()]
        .into_iter()
        .flatten()
        .map(SecretString::from)
        .collect();
    sink.deliver(secret).await.map_err(|error: DeliveryError| {
        use secrecy::ExposeSecret;
        values.iter().fold(error.to_string(), |text, value| {
            secret::redact_text(&text, value.expose_secret())
        })
    })
}

/// The account of an ARN, if it has one.
pub(crate) fn account_of(arn: &str) -> Option<AccountId> {
    AccountId::new(arn.split(':').nth(4)?).ok()
}
