//! Rotating access keys, on the sandbox.

mod crashes;
mod sinks;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use iam_provision::rotate::{KeyRotation, Progress, ROTATION_TAG};
use iam_provision::{ErrorKind, Secret, SecretKind};
use iam_sandbox::{Account, Sandbox};

use crate::leases::Kept;
use crate::support::ACCOUNT;

pub(super) const USER: &str = "my_app_user";
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// A user with one key, and an administrator.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) account: Account,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) sink: Kept,
    pub(super) old: (String, String),
}

impl Stage {
    pub(super) async fn new() -> Self {
        let sandbox = Sandbox::new();
        let account = sandbox.account(ACCOUNT).unwrap();
        let iam = aws_sdk_iam::Client::new(&account.sdk_config());
        iam.create_user().user_name(USER).send().await.unwrap();
        let key = iam
            .create_access_key()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let key = key.access_key().unwrap().clone();
        sandbox.clear_calls();
        Self {
            old: (
                key.access_key_id().to_owned(),
                key.secret_access_key().to_owned(),
            ),
            sandbox,
            account,
            iam,
            sink: Kept::default(),
        }
    }

    pub(super) fn rotation(&self) -> KeyRotation {
        KeyRotation::of(USER, &self.account.sdk_config())
    }

    /// Ids and whether they are active, in order.
    pub(super) async fn keys(&self) -> Vec<(String, bool)> {
        let keys = self
            .iam
            .list_access_keys()
            .user_name(USER)
            .send()
            .await
            .unwrap();
        let mut keys: Vec<_> = keys
            .access_key_metadata()
            .iter()
            .map(|key| {
                let active = key.status().unwrap().as_str() == "Active";
                (key.access_key_id().unwrap().to_owned(), active)
            })
            .collect();
        keys.sort();
        keys
    }

    pub(super) async fn tags(&self) -> Vec<String> {
        let user = self.iam.get_user().user_name(USER).send().await.unwrap();
        user.user()
            .unwrap()
            .tags()
            .iter()
            .map(|tag| tag.key().to_owned())
            .collect()
    }

    /// Whether a key is answered.
    pub(super) async fn works(&self, id: &str, secret: &str) -> bool {
        let config = self.account.sdk_config_with(id, secret, None);
        aws_sdk_sts::Client::new(&config)
            .get_caller_identity()
            .send()
            .await
            .is_ok()
    }

    pub(super) async fn last_works(&self) -> bool {
        let key = self.sink.last();
        self.works(key.access_key_id().unwrap(), key.expose()).await
    }
}

#[tokio::test]
async fn from_the_first_call_to_the_last() {
    let stage = Stage::new().await;
    let rotation = stage
        .rotation()
        .overlap(Duration::from_secs(600))
        .keep_inactive(DAY);
    let start = stage.sandbox.now();
    let first = rotation.advance(&stage.sink).await.unwrap();
    let Progress::Waiting {
        new,
        old,
        old_works: true,
        until,
    } = first
    else {
        panic!("{first:?}");
    };
    assert_eq!(
        (old.as_str(), until),
        (stage.old.0.as_str(), start + Duration::from_secs(600))
    );
    let delivered = stage.sink.last();
    assert_eq!(delivered.kind(), SecretKind::AccessKey);
    assert_eq!(
        (delivered.user(), delivered.access_key_id()),
        (USER, Some(new.as_str()))
    );
    assert!(stage.last_works().await && stage.works(&stage.old.0, &stage.old.1).await);
    // Nothing more happens before its time.
    let before = stage.keys().await;
    assert!(matches!(
        rotation.advance(&stage.sink).await.unwrap(),
        Progress::Waiting {
            old_works: true,
            ..
        }
    ));
    assert_eq!(stage.keys().await, before);

    stage.sandbox.advance(Duration::from_secs(600));
    // Another object, as another process would have it.
    let rotation = stage
        .rotation()
        .overlap(Duration::from_secs(600))
        .keep_inactive(DAY);
    let second = rotation.advance(&stage.sink).await.unwrap();
    assert!(
        matches!(
            &second,
            Progress::Waiting {
                old_works: false,
                ..
            }
        ),
        "{second:?}"
    );
    assert!(stage.last_works().await && !stage.works(&stage.old.0, &stage.old.1).await);
    assert_eq!(stage.keys().await.len(), 2);

    stage.sandbox.advance(DAY);
    let third = rotation.advance(&stage.sink).await.unwrap();
    assert_eq!(
        third,
        Progress::Done {
            new: new.clone(),
            old: Some(stage.old.0.clone())
        }
    );
    assert_eq!(stage.keys().await, [(new, true)]);
    assert!(stage.tags().await.is_empty());
    assert_eq!(stage.sink.len(), 1);
}

/// In one go, with the clock of the SDK's configuration.
#[tokio::test]
async fn waits_in_process() {
    let stage = Stage::new().await;
    let start = stage.sandbox.now();
    let rotation = stage
        .rotation()
        .overlap(Duration::from_secs(600))
        .keep_inactive(DAY);
    let done = rotation.run(&stage.sink).await.unwrap();
    assert!(matches!(done, Progress::Done { .. }));
    let took = stage.sandbox.now().duration_since(start).unwrap();
    assert!(
        (DAY..DAY + Duration::from_secs(700)).contains(&took),
        "{took:?}"
    );
    assert!(stage.last_works().await);
}

/// The old key is kept for ever, or works for ever, where that is asked for.
#[tokio::test]
async fn spans_without_end() {
    for (rotation, works) in [
        (
            (|stage: &Stage| stage.rotation().keep_inactive(Duration::MAX))
                as fn(&Stage) -> KeyRotation,
            false,
        ),
        (|stage| stage.rotation().overlap(Duration::MAX), true),
    ] {
        let stage = Stage::new().await;
        let rotation = rotation(&stage);
        for _ in 0..2 {
            let waiting = rotation.advance(&stage.sink).await.unwrap();
            assert!(
                matches!(waiting, Progress::Waiting { old_works, .. } if old_works == works),
                "{waiting:?}"
            );
            stage.sandbox.advance(DAY * 1_000);
        }
        assert_eq!(stage.keys().await.len(), 2);
    }
}

#[tokio::test]
async fn a_user_without_a_key_gets_one() {
    let stage = Stage::new().await;
    stage
        .iam
        .delete_access_key()
        .user_name(USER)
        .access_key_id(&stage.old.0)
        .send()
        .await
        .unwrap();
    let done = stage.rotation().advance(&stage.sink).await.unwrap();
    assert!(matches!(done, Progress::Done { old: None, .. }));
    assert!(stage.last_works().await);
    assert!(stage.tags().await.is_empty());
}

#[tokio::test]
async fn two_keys_need_a_decision() {
    let stage = Stage::new().await;
    let other = stage
        .iam
        .create_access_key()
        .user_name(USER)
        .send()
        .await
        .unwrap();
    let other = other.access_key().unwrap().access_key_id().to_owned();
    assert!(stage.works(&stage.old.0, &stage.old.1).await);
    let before = stage.keys().await;
    let error = stage.rotation().advance(&stage.sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    for part in [
        stage.old.0.as_str(),
        other.as_str(),
        "give_up",
        "never used",
        "last used 2026-01-01T00:00:00Z",
    ] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    assert_eq!(stage.keys().await, before);
    assert!(stage.tags().await.is_empty());
    let rotation = stage
        .rotation()
        .give_up(&other)
        .keep_inactive(Duration::ZERO);
    let done = rotation.advance(&stage.sink).await.unwrap();
    assert!(
        matches!(&done, Progress::Done { old: Some(old), .. } if *old == stage.old.0),
        "{done:?}"
    );
    assert_eq!(stage.keys().await.len(), 1);
}

/// The key that is rotated signs the rotation.
#[tokio::test]
async fn a_key_rotates_itself() {
    let stage = Stage::new().await;
    stage
        .iam
        .put_user_policy()
        .user_name(USER)
        .policy_name("self")
        .policy_document(crate::sessions::allow("iam:*"))
        .send()
        .await
        .unwrap();
    let config = stage
        .account
        .sdk_config_with(&stage.old.0, &stage.old.1, None);
    let rotation = KeyRotation::of(USER, &config).keep_inactive(DAY);
    let done = rotation.run(&stage.sink).await.unwrap();
    assert!(matches!(done, Progress::Done { .. }));
    assert_eq!(stage.keys().await.len(), 1);
    // A process that was started anew with the old key does not cut itself off.
    let stage = Stage::new().await;
    stage
        .iam
        .put_user_policy()
        .user_name(USER)
        .policy_name("self")
        .policy_document(crate::sessions::allow("iam:*"))
        .send()
        .await
        .unwrap();
    let config = stage
        .account
        .sdk_config_with(&stage.old.0, &stage.old.1, None);
    let hour = Duration::from_secs(3_600);
    KeyRotation::of(USER, &config)
        .overlap(hour)
        .advance(&stage.sink)
        .await
        .unwrap();
    stage.sandbox.advance(hour);
    let error = KeyRotation::of(USER, &config)
        .overlap(hour)
        .advance(&stage.sink)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error.to_string().contains("sign with the new one"),
        "{error}"
    );
    assert!(stage.works(&stage.old.0, &stage.old.1).await);
}

#[tokio::test]
async fn a_receiver_that_fails_leaves_the_old_key() {
    let stage = Stage::new().await;
    let tries = AtomicUsize::new(0);
    let broken = |secret: Secret| {
        tries.fetch_add(1, Ordering::SeqCst);
        let text = format!("no room for {}", secret.expose());
        async move { Err(text.into()) }
    };
    let error = stage.rotation().advance(&broken).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
    assert!(
        error.to_string().contains("no room for (sensitive)"),
        "{error}"
    );
    assert!(
        error.to_string().contains("the old one is as it was"),
        "{error}"
    );
    assert_eq!(tries.load(Ordering::SeqCst), 1);
    assert_eq!(stage.keys().await, [(stage.old.0.clone(), true)]);
    assert!(stage.tags().await.is_empty());
}

#[tokio::test]
async fn what_is_not_there_or_not_ours_is_told() {
    let stage = Stage::new().await;
    let error = KeyRotation::of("nobody", &stage.account.sdk_config())
        .advance(&stage.sink)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let tag = aws_sdk_iam::types::Tag::builder()
        .key(ROTATION_TAG)
        .value("monthly")
        .build()
        .unwrap();
    stage
        .iam
        .tag_user()
        .user_name(USER)
        .tags(tag)
        .send()
        .await
        .unwrap();
    let error = stage.rotation().advance(&stage.sink).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("\"monthly\""), "{error}");
    assert_eq!(stage.keys().await.len(), 1);
}
