//! The probe of a managed policy's new version, while it is the default one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use iam_dsl::AccountId;

use crate::client::Client;
use crate::clock;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Enough for one try.
const LEAST: Duration = Duration::from_secs(1);

/// What a probe says is wrong. It is part of the error of the apply, so it must
/// hold no secret.
pub type ProbeError = Box<dyn std::error::Error + Send + Sync>;

/// The answer of a [`VersionProbe`].
pub type Probed<'a> = Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send + 'a>>;

/// A managed policy whose default version an apply has just switched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchedVersion {
    pub(super) account: AccountId,
    pub(super) policy: String,
    pub(super) arn: String,
    pub(super) version: String,
    pub(super) former: String,
}

impl SwitchedVersion {
    /// The account that the policy is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The policy's name.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The policy's ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The version that is the default one now, such as `v3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version that was, and is again if the probe fails.
    pub fn former_version(&self) -> &str {
        &self.former
    }
}

/// Finds out whether a new default version of a managed policy does what it is
/// to do: that a service still reads its queue, that a role may not any more
/// what it might. Asked after the switch by
/// [`ApplyOptions::probe`](crate::ApplyOptions::probe).
///
/// An async closure that takes a [`SwitchedVersion`] is a probe.
pub trait VersionProbe: Send + Sync {
    /// `Ok` if all is well; otherwise what is wrong, in words.
    fn probe(&self, switched: SwitchedVersion) -> Probed<'_>;
}

impl<F, Fut> VersionProbe for F
where
    F: Fn(SwitchedVersion) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), ProbeError>> + Send + 'static,
{
    fn probe(&self, switched: SwitchedVersion) -> Probed<'_> {
        Box::pin(self(switched))
    }
}

/// Asks until the probe passes or the time is over; then what it said last.
pub(super) async fn until_it_passes(
    client: &Client,
    probe: &Arc<dyn VersionProbe>,
    switched: &SwitchedVersion,
    time: Duration,
) -> Result<(), String> {
    let mut last = None;
    let passed = {
        let tries = std::pin::pin!(async {
            let mut pause = FIRST_PAUSE;
            loop {
                match once(probe, switched).await {
                    Ok(()) => break,
                    Err(reason) => {
                        tracing::debug!(arn = switched.arn, reason, "probing again");
                        last = Some(reason);
                    }
                }
                client.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
        let over = std::pin::pin!(client.sleep(time.max(LEAST)));
        matches!(select(tries, over).await, Either::Left(_))
    };
    if passed {
        return Ok(());
    }
    Err(last.unwrap_or_else(|| format!("it has not answered within {}", clock::words(time))))
}

/// In a task of its own, so that a probe that panics is one that fails.
async fn once(probe: &Arc<dyn VersionProbe>, switched: &SwitchedVersion) -> Result<(), String> {
    let (probe, switched) = (Arc::clone(probe), switched.clone());
    let task = tokio::spawn(async move {
        let answer = probe.probe(switched).await;
        answer.map_err(|error| error.to_string())
    });
    task.await
        .unwrap_or_else(|_| Err("the probe panicked, or the runtime shuts down".to_owned()))
}
