//! The access keys that a plan makes: made, handed over, and then recorded.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::options::ApplyOptions;
use super::retry::Retrier;
use crate::error::{Error, ErrorKind};
use crate::keys::{self, ACCESS_KEY_TAG, KeyMark};
use crate::plan::Plan;
use crate::plan::operation::Operation;
use crate::secret::Secret;
use crate::state::Identity;

/// The ids of the keys that this apply has delivered, by user, until they are recorded.
#[derive(Default)]
pub(super) struct AccessKeys {
    delivered: Mutex<BTreeMap<String, String>>,
}

impl AccessKeys {
    /// Makes a key and hands it over. One that cannot be handed over is
    /// deleted at once; if that fails as well, or the process ends, the mark
    /// on the user tells the next plan that nobody has it.
    pub(super) async fn make(
        &self,
        plan: &Plan,
        options: &ApplyOptions,
        retrier: &Retrier,
        user: &str,
        keep: &[String],
    ) -> Result<(), Error> {
        let Some(sink) = &options.secrets else {
            return Err(Error::new(
                ErrorKind::MissingSecretSink,
                "nobody receives the access key",
            ));
        };
        let client = retrier.client();
        if retrier.found(user) {
            // An apply that was cut may have made a key that nobody received.
            keys::remove_others(client, user, keep).await?;
        }
        let fresh = !plan.observed.state.users.contains_key(user);
        let key = match keys::make(client, user, keep, fresh).await {
            Ok(key) => key.credentials,
            Err(error) => return Err(undo(retrier, user, keep, error).await),
        };
        let secret = Secret::of_key(plan.account().clone(), user, &key);
        if let Err(reason) = keys::deliver(sink.as_ref(), secret).await {
            let error = Error::new(
                ErrorKind::SecretNotDelivered,
                format!("the access key of user {user} could not be delivered: {reason}"),
            );
            return Err(undo(retrier, user, keep, error).await);
        }
        let mut delivered = self
            .delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        delivered.insert(user.to_owned(), key.access_key_id().to_owned());
        Ok(())
    }

    /// Writes into the user's tag which key was delivered.
    pub(super) async fn record(&self, retrier: &Retrier, user: &str) -> Result<(), Error> {
        let id = {
            let delivered = self
                .delivered
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            delivered.get(user).cloned()
        };
        let Some(id) = id else {
            return Err(Error::new(
                ErrorKind::Service,
                format!("no access key of user {user} was made in this apply"),
            ));
        };
        let tag = Operation::Tag {
            on: Identity::User(user.to_owned()),
            tags: [(ACCESS_KEY_TAG.to_owned(), KeyMark::Delivered { id }.text())].into(),
        };
        retrier.execute(&tag, None).await
    }
}

/// Deletes what may have been made.
async fn undo(retrier: &Retrier, user: &str, keep: &[String], error: Error) -> Error {
    let text = match keys::remove_others(retrier.client(), user, keep).await {
        Ok(()) => format!("{error}; no key is left behind"),
        Err(also) => {
            format!("{error}; a new key could not be deleted now ({also}): the next apply does it")
        }
    };
    Error::new(error.kind(), text).caused_by(error)
}
