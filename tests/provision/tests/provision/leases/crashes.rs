//! Cutting an issue anywhere, and receivers that fail.

use std::future::Future;

use iam_dsl::AccountId;
use iam_provision::lease::{Grant, LeaseState, Leases};
use iam_provision::session::Session;
use iam_provision::{ErrorKind, Secret};
use iam_sandbox::{Fault, Sandbox};

use super::{MINUTE, Stage, asked, inline};
use crate::support::{ACCOUNT, allow};

/// Runs work until `calls` calls have reached the sandbox since its log was
/// emptied, and then drops it, as a process that dies does: the last of them
/// has taken effect, and its answer is lost. `Some` if the work ended before.
pub(crate) async fn cut_after<T>(
    sandbox: &Sandbox,
    calls: usize,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = async {
            while sandbox.calls().len() < calls {
                tokio::task::yield_now().await;
            }
        } => None,
        done = work => Some(done),
    }
}

fn wide() -> Grant {
    inline()
        .inline("more", allow("sqs:*"))
        .attach("arn:aws:iam::aws:policy/AmazonS3FullAccess")
        .group("readers")
}

#[tokio::test]
async fn a_cut_after_any_call_of_an_issue() {
    for cut in 1..30 {
        let stage = Stage::new().await;
        stage
            .iam
            .create_group()
            .group_name("readers")
            .send()
            .await
            .unwrap();
        let leases = stage.leases().await;
        let finished = cut_after(
            &stage.sandbox,
            cut,
            leases.issue(&wide(), &asked(), &stage.sink),
        )
        .await;
        if let Some(issued) = finished {
            issued.unwrap();
            // The eighth call is the last.
            assert_eq!(cut, 8);
            return;
        }
        // Whatever is there is marked from its first moment.
        let listed = leases.list().await.unwrap();
        assert_eq!(
            listed.len(),
            stage.traces().await.len(),
            "cut after call {cut}"
        );
        assert!(listed.iter().all(|lease| lease.asked_by() == "ann"));
        // Not reaped while it might still be on its way.
        stage.sandbox.advance(MINUTE * 9);
        assert!(leases.reap().await.unwrap().removed().is_empty());
        stage.sandbox.advance(MINUTE * 2);
        let reaped = leases.reap().await.unwrap();
        assert!(reaped.failed().is_empty(), "{reaped}");
        assert_eq!(
            stage.traces().await,
            Vec::<String>::new(),
            "cut after call {cut}"
        );
    }
    panic!("the issue never finished");
}

/// Delivered, and the issuer died before it could say so: void after a while.
#[tokio::test]
async fn a_cut_after_the_delivery() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let kept = stage.sink.clone();
    let dies = move |secret: Secret| {
        kept.0.lock().unwrap().push(secret);
        std::future::pending()
    };
    let (grant, asked) = (inline(), asked());
    tokio::select! {
        _ = leases.issue(&grant, &asked, &dies) => panic!("the receiver never returns"),
        () = async { while stage.sink.len() == 0 { tokio::task::yield_now().await } } => {}
    }
    stage.as_leased().list_users().send().await.unwrap();
    stage.sandbox.advance(MINUTE * 12);
    assert_eq!(leases.reap().await.unwrap().removed().len(), 1);
    stage.as_leased().list_users().send().await.unwrap_err();
    assert!(stage.traces().await.is_empty());
}

/// Each call fails in each way, and every further call with it, so that the
/// issuer can clean up nothing.
#[tokio::test]
async fn a_network_that_goes_away() {
    for fault in [Fault::AccessDenied, Fault::TimeoutAfterEffect] {
        for at in 1..=5 {
            let stage = Stage::new().await;
            let leases = stage.leases().await;
            for k in at..at + 400 {
                stage
                    .sandbox
                    .fail_call(k, if k == at { fault } else { Fault::AccessDenied });
            }
            let error = leases
                .issue(&inline(), &asked(), &stage.sink)
                .await
                .unwrap_err();
            let text = error.to_string();
            stage.sandbox.clear_faults();
            let there = stage.traces().await;
            if !there.is_empty() {
                assert!(
                    text.contains("a reap after") || text.contains("void"),
                    "{fault:?} at {at}: {text}"
                );
            }
            stage.sandbox.advance(MINUTE * 32);
            let reaped = leases.reap().await.unwrap();
            assert!(reaped.failed().is_empty(), "{reaped}");
            assert!(stage.traces().await.is_empty(), "{fault:?} at {at}");
        }
    }
}

/// One call fails and the rest work: the lease is issued, or nothing is left.
#[tokio::test]
async fn one_call_that_fails() {
    for fault in [
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::TimeoutBeforeEffect,
        Fault::TimeoutAfterEffect,
        Fault::ConnectionRefused,
        Fault::ConcurrentModification,
        Fault::EntityTemporarilyUnmodifiable,
        Fault::AccessDenied,
    ] {
        for at in 1..=5 {
            let stage = Stage::new().await;
            let leases = stage.leases().await;
            stage.sandbox.fail_call(at, fault);
            match leases.issue(&inline(), &asked(), &stage.sink).await {
                Ok(lease) => {
                    assert_ne!(fault, Fault::AccessDenied);
                    stage.as_leased().list_users().send().await.unwrap();
                    // One key, and it is the one that was delivered.
                    let keys = stage
                        .iam
                        .list_access_keys()
                        .user_name(lease.id())
                        .send()
                        .await
                        .unwrap();
                    let keys: Vec<_> = keys
                        .access_key_metadata()
                        .iter()
                        .filter_map(|key| key.access_key_id())
                        .collect();
                    assert_eq!(keys, [lease.access_key_id().unwrap()], "{fault:?} at {at}");
                    assert_eq!(stage.sink.len(), 1);
                    leases.revoke(&lease).await.unwrap();
                }
                Err(error) => {
                    assert_eq!(fault, Fault::AccessDenied, "{fault:?} at {at}: {error}");
                    if stage.sink.len() == 1 {
                        stage.as_leased().list_users().send().await.unwrap_err();
                    }
                }
            }
            assert!(stage.traces().await.is_empty(), "{fault:?} at {at}");
        }
    }
}

#[tokio::test]
async fn what_is_not_delivered_is_removed() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let role = Session::assume("arn:aws:iam::111122223333:role/data");
    for grant in [inline(), Grant::session("read", role)] {
        let seen = super::Kept::default();
        let keep = seen.clone();
        // A receiver that puts what it got into its error.
        let broken = move |secret: Secret| {
            let text = format!(
                "the store is full: {} {:?}",
                secret.expose(),
                secret.session_token()
            );
            keep.0.lock().unwrap().push(secret);
            async move { Err(text.into()) }
        };
        let error = leases.issue(&grant, &asked(), &broken).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("the store is full") && text.contains("made void"),
            "{text}"
        );
        let secret = seen.last();
        assert!(!text.contains(secret.expose()));
        assert!(
            secret
                .session_token()
                .is_none_or(|token| !text.contains(token))
        );
        let key = secret.credentials().unwrap();
        let config = stage.account.sdk_config_with(
            key.access_key_id(),
            key.secret_access_key(),
            key.session_token(),
        );
        aws_sdk_iam::Client::new(&config)
            .list_users()
            .send()
            .await
            .unwrap_err();
    }
    // Of the user nothing is left; the session's deny lives as long as it would.
    let left = stage.traces().await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("role policy iam-provision-lease-until-"));
    stage.sandbox.advance(MINUTE * 32);
    assert_eq!(leases.reap().await.unwrap().lifted().len(), 1);
    assert!(stage.traces().await.is_empty());
}

/// A receiver that takes longer than an issue may: the reaper was faster, and
/// the caller learns that what was delivered is void.
#[tokio::test]
async fn a_receiver_that_takes_too_long() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let reaper = stage.leases().await;
    let (sandbox, sink) = (stage.sandbox.clone(), stage.sink.clone());
    let slow = move |secret: Secret| {
        let (sandbox, sink, reaper) = (sandbox.clone(), sink.clone(), reaper.clone());
        async move {
            sandbox.advance(MINUTE * 12);
            assert_eq!(reaper.reap().await.unwrap().removed().len(), 1);
            sink.0.lock().unwrap().push(secret);
            Ok(())
        }
    };
    let error = leases.issue(&inline(), &asked(), &slow).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    stage.as_leased().list_users().send().await.unwrap_err();
    assert!(stage.traces().await.is_empty());
}

#[tokio::test]
async fn another_process_reaps() {
    let stage = Stage::new().await;
    let issuer = stage.leases().await;
    let lease = issuer
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    drop(issuer);
    // Other credentials, nothing shared but the account.
    let other = Leases::for_account(
        AccountId::new(ACCOUNT).unwrap(),
        &stage.account.sdk_config(),
    )
    .await
    .unwrap();
    let found = other.list().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].state(stage.sandbox.now()), LeaseState::Active);
    assert!(other.reap().await.unwrap().removed().is_empty());
    stage.sandbox.advance(MINUTE * 31);
    assert_eq!(
        other.list().await.unwrap()[0].state(stage.sandbox.now()),
        LeaseState::Ended
    );
    assert_eq!(other.reap().await.unwrap().removed(), [lease.id()]);
    assert!(stage.traces().await.is_empty());
}
