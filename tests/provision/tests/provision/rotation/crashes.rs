//! A rotation cut after any call goes on, and at every moment a key that
//! somebody has works.

use std::time::Duration;

use iam_provision::rotate::Progress;
use iam_sandbox::Fault;

use super::{DAY, Stage, USER};
use crate::leases::cut_after;

#[tokio::test]
async fn a_cut_after_any_call() {
    for cut in 1..40 {
        let stage = Stage::new().await;
        let rotation = || stage.rotation().keep_inactive(Duration::ZERO);
        let finished = cut_after(&stage.sandbox, cut, rotation().advance(&stage.sink)).await;
        // A key that somebody has works: the old one, or the last one delivered.
        let old = stage.works(&stage.old.0, &stage.old.1).await;
        let new = stage.sink.len() > 0 && stage.last_works().await;
        assert!(old || new, "cut after call {cut}");
        if let Some(done) = finished {
            assert!(matches!(done.unwrap(), Progress::Done { .. }));
            assert!(cut > 8, "{cut}");
            return;
        }
        let done = rotation().run(&stage.sink).await.unwrap();
        assert!(
            matches!(done, Progress::Done { .. }),
            "cut after call {cut}: {done:?}"
        );
        assert!(stage.last_works().await, "cut after call {cut}");
        assert_eq!(stage.keys().await.len(), 1, "cut after call {cut}");
        assert!(!stage.works(&stage.old.0, &stage.old.1).await);
        assert!(stage.tags().await.is_empty());
    }
    panic!("the rotation never finished");
}

#[tokio::test]
async fn one_call_that_fails() {
    for fault in [
        Fault::Throttle,
        Fault::TimeoutBeforeEffect,
        Fault::TimeoutAfterEffect,
        Fault::AccessDenied,
    ] {
        for at in 1..=11 {
            let stage = Stage::new().await;
            let rotation = || stage.rotation().keep_inactive(Duration::ZERO);
            stage.sandbox.fail_call(at, fault);
            let first = rotation().advance(&stage.sink).await;
            stage.sandbox.clear_faults();
            let old = stage.works(&stage.old.0, &stage.old.1).await;
            let new = stage.sink.len() > 0 && stage.last_works().await;
            assert!(old || new, "{fault:?} at {at}");
            if let Err(error) = first {
                assert_eq!(fault, Fault::AccessDenied, "{fault:?} at {at}: {error}");
                rotation().run(&stage.sink).await.unwrap();
            }
            assert!(stage.last_works().await, "{fault:?} at {at}");
            assert_eq!(stage.keys().await.len(), 1, "{fault:?} at {at}");
            assert!(stage.tags().await.is_empty(), "{fault:?} at {at}");
        }
    }
}

/// Somebody deletes keys in the middle of it.
#[tokio::test]
async fn keys_that_others_delete() {
    for delete_new in [true, false] {
        let stage = Stage::new().await;
        let rotation = || stage.rotation().overlap(DAY).keep_inactive(Duration::ZERO);
        rotation().advance(&stage.sink).await.unwrap();
        let new = stage.sink.last().access_key_id().unwrap().to_owned();
        let gone = if delete_new { &new } else { &stage.old.0 };
        stage
            .iam
            .delete_access_key()
            .user_name(USER)
            .access_key_id(gone)
            .send()
            .await
            .unwrap();
        stage.sandbox.advance(DAY);
        let done = rotation().run(&stage.sink).await.unwrap();
        assert!(matches!(done, Progress::Done { .. }));
        assert!(stage.last_works().await);
        assert_eq!(stage.keys().await.len(), 1);
    }
}
