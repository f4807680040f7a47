//! Rotating access keys.

use std::time::Duration;

use aws_credential_types::Credentials;

use crate::client::Client;
use crate::error::{Error, ErrorKind};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Waits until a new key works and is the one of `arn`: IAM takes seconds to
/// make a key known everywhere.
pub(crate) async fn prove(
    client: &Client,
    key: &Credentials,
    arn: &str,
    longest: Duration,
) -> Result<(), Error> {
    let acting = client.acting_as(Some(key.clone()), None);
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    loop {
        let failure = match acting.caller().await {
            Ok(caller) if caller.arn == arn => return Ok(()),
            Ok(caller) => {
                return Err(Error::new(
                    ErrorKind::Service,
                    format!("the new key of {arn} acts as {}", caller.arn),
                ));
            }
            Err(failure) => failure,
        };
        let unknown = failure.mentions("InvalidClientTokenId");
        if !unknown || waited >= longest {
            let error = Error::from(failure);
            return Err(if unknown {
                Error::new(
                    ErrorKind::Unreachable,
                    format!(
                        "the new key is still unknown to AWS after {} ({error})",
                        crate::clock::words(waited)
                    ),
                )
            } else {
                error
            });
        }
        client.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
