//! Renewal: in time, once for all, and with clocks that jump.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use iam_provision::ErrorKind;
use iam_provision::session::{Session, Sessions};
use iam_sandbox::Fault;

use super::{HOUR, ROLE, Stage, trust};
use crate::support::CENTRAL;

#[tokio::test]
async fn before_the_end() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume(ROLE));
    let first = session.credentials().await.unwrap();
    stage.sandbox.advance(HOUR - Duration::from_secs(301));
    assert_eq!(
        session.credentials().await.unwrap().access_key_id(),
        first.access_key_id()
    );
    stage.sandbox.advance(Duration::from_secs(2));
    let second = session.credentials().await.unwrap();
    assert_ne!(second.access_key_id(), first.access_key_id());
    assert_eq!(stage.count("sts:AssumeRole"), 2);
    // The SDK's clients follow without being made anew.
    let client = stage.as_session(&session);
    for _ in 0..5 {
        client.list_users().send().await.unwrap();
        stage.sandbox.advance(HOUR * 2);
    }
}

#[tokio::test]
async fn one_call_for_many_callers() {
    let stage = Stage::new().await;
    let sessions = stage.sessions();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let session = sessions.open(Session::assume(ROLE)).unwrap();
            tokio::spawn(async move {
                session
                    .credentials()
                    .await
                    .unwrap()
                    .access_key_id()
                    .to_owned()
            })
        })
        .collect();
    let mut keys = std::collections::BTreeSet::new();
    for task in tasks {
        keys.insert(task.await.unwrap());
    }
    assert_eq!(keys.len(), 1);
    assert_eq!(stage.sandbox.calls().len(), 1);
}

#[tokio::test]
async fn one_failure_for_many_callers() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume("arn:aws:iam::111122223333:role/missing"));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.credentials().await.unwrap_err().to_string() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().contains("role/missing"));
    }
    assert_eq!(stage.sandbox.calls().len(), 1);
    // A later caller asks anew.
    session.credentials().await.unwrap_err();
    assert_eq!(stage.sandbox.calls().len(), 2);
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_the_session_usable() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume(ROLE));
    {
        let mut waiting = Box::pin(session.credentials());
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("too early"),
            () = std::future::ready(()) => {}
        }
    }
    session.credentials().await.unwrap();
}

#[tokio::test]
async fn a_failed_renewal_hands_out_what_is_still_good() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume(ROLE));
    let first = session.credentials().await.unwrap();
    stage.sandbox.advance(HOUR - Duration::from_secs(200));
    stage.sandbox.fail_call(1, Fault::AccessDenied);
    assert_eq!(
        session.credentials().await.unwrap().access_key_id(),
        first.access_key_id()
    );
    stage.sandbox.advance(Duration::from_secs(200));
    stage.sandbox.fail_call(1, Fault::AccessDenied);
    session.credentials().await.unwrap_err();
    assert_ne!(
        session.credentials().await.unwrap().access_key_id(),
        first.access_key_id()
    );
}

#[tokio::test]
async fn waits_for_a_fresh_role() {
    let stage = Stage::new().await;
    let fresh = "arn:aws:iam::111122223333:role/fresh";
    let start = stage.sandbox.now();
    let session = stage.open(Session::assume(fresh).wait_until_assumable(Duration::from_secs(60)));
    let (credentials, ()) = tokio::join!(session.credentials(), async {
        stage.sleep(Duration::from_secs(12)).await;
        stage.role("fresh", &trust(CENTRAL, "")).await;
    });
    credentials.unwrap();
    let took = stage.sandbox.now().duration_since(start).unwrap();
    assert!((12..=25).contains(&took.as_secs()), "{took:?}");

    // It ends, and says so; without being asked it does not wait at all.
    let start = stage.sandbox.now();
    let missing = "arn:aws:iam::111122223333:role/missing";
    let session =
        stage.open(Session::assume(missing).wait_until_assumable(Duration::from_secs(60)));
    let error = session.credentials().await.unwrap_err();
    assert!(error.to_string().contains("waited 1 min"), "{error}");
    let took = stage.sandbox.now().duration_since(start).unwrap();
    assert!((60..80).contains(&took.as_secs()), "{took:?}");
    let start = stage.sandbox.now();
    stage
        .open(Session::assume(missing))
        .credentials()
        .await
        .unwrap_err();
    assert_eq!(stage.sandbox.now(), start);
}

/// A clock that is off by a fixed span from the sandbox's, which stands for AWS's.
#[derive(Debug, Clone)]
struct Off {
    sandbox: iam_sandbox::Sandbox,
    by: std::sync::Arc<std::sync::Mutex<i64>>,
}

impl TimeSource for Off {
    fn now(&self) -> SystemTime {
        let by = *self.by.lock().unwrap();
        let span = Duration::from_secs(by.unsigned_abs());
        if by < 0 {
            self.sandbox.now() - span
        } else {
            self.sandbox.now() + span
        }
    }
}

#[tokio::test]
async fn clocks_that_jump() {
    let stage = Stage::new().await;
    let by = std::sync::Arc::new(std::sync::Mutex::new(0));
    let off = Off {
        sandbox: stage.sandbox.clone(),
        by: by.clone(),
    };
    let config = stage.ann.clone().into_builder().time_source(off).build();
    let session = Sessions::new(&config).open(Session::assume(ROLE)).unwrap();
    let first = session.credentials().await.unwrap();

    // Back by a day: the end that is known means nothing any more.
    *by.lock().unwrap() = -86_400;
    let second = session.credentials().await.unwrap();
    assert_ne!(second.access_key_id(), first.access_key_id());
    // Not again and again: the clock is wrong, and stays so.
    session.credentials().await.unwrap();
    assert_eq!(stage.count("sts:AssumeRole"), 2);

    // Ahead by two hours: what AWS issues looks ended on arrival.
    *by.lock().unwrap() = 7_200;
    let error = session.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClockSkew);
    assert!(error.to_string().contains("set the clock"), "{error}");

    // Put right, all is well.
    *by.lock().unwrap() = 0;
    session.credentials().await.unwrap();
}
