//! When access ends, with and without a reaper.

use std::time::Duration;

use iam_provision::ErrorKind;
use iam_provision::lease::{Asked, Leases};

use super::{MINUTE, Stage, asked, inline};
use crate::faults::line::Line;

#[tokio::test]
async fn access_ends_though_nothing_runs() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    stage.as_leased().list_users().send().await.unwrap();
    stage.sandbox.advance(MINUTE * 30 - MINUTE / 60);
    stage.as_leased().list_users().send().await.unwrap();
    stage.sandbox.advance(MINUTE / 60);
    let error = stage.as_leased().list_users().send().await.unwrap_err();
    assert!(format!("{error:?}").contains("explicit deny"), "{error:?}");
    // Nobody has touched the user.
    assert_eq!(stage.traces().await.len(), 1);
    drop(leases);
    let fresh = stage.leases().await;
    stage.sandbox.advance(MINUTE);
    assert_eq!(fresh.reap().await.unwrap().removed().len(), 1);
    assert!(stage.traces().await.is_empty());
}

#[tokio::test]
async fn ttl_and_longest() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let start = stage.sandbox.now();
    let error = leases
        .issue(&inline(), &asked().for_time(MINUTE * 121), &stage.sink)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error
            .to_string()
            .contains("2 h 1 min is asked for; the grant gives 2 h at most"),
        "{error}"
    );
    assert!(stage.sandbox.calls().is_empty());

    let lease = leases
        .issue(&inline(), &asked().for_time(MINUTE * 10), &stage.sink)
        .await
        .unwrap();
    assert_eq!(lease.expires(), start + MINUTE * 10);
    stage.sandbox.advance(MINUTE * 5);
    // Never shorter.
    assert_eq!(
        leases.extend(lease.id(), MINUTE).await.unwrap().expires(),
        start + MINUTE * 10
    );
    assert_eq!(
        leases
            .extend(lease.id(), MINUTE * 60)
            .await
            .unwrap()
            .expires(),
        start + MINUTE * 65
    );
    stage.sandbox.advance(MINUTE * 59);
    stage.as_leased().list_users().send().await.unwrap();
    // Not past the longest, however often.
    for _ in 0..3 {
        assert_eq!(
            leases
                .extend(lease.id(), MINUTE * 90)
                .await
                .unwrap()
                .expires(),
            start + MINUTE * 120
        );
    }
    stage.sandbox.advance(MINUTE * 55);
    stage.as_leased().list_users().send().await.unwrap();
    stage.sandbox.advance(MINUTE);
    stage.as_leased().list_users().send().await.unwrap_err();
    let error = leases.extend(lease.id(), MINUTE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .to_string()
            .contains("ended at 2026-01-01T02:00:00Z; issue a new one"),
        "{error}"
    );
}

/// An extension that is cut after either of its writes leaves access that
/// ends, at the earlier or the later time, and a lease that is reaped.
#[tokio::test]
async fn an_extension_cut_in_two() {
    for cut in 1..=8 {
        let stage = Stage::new().await;
        let leases = stage.leases().await;
        let lease = leases
            .issue(&inline(), &asked(), &stage.sink)
            .await
            .unwrap();
        stage.sandbox.clear_calls();
        let finished =
            super::crashes::cut_after(&stage.sandbox, cut, leases.extend(lease.id(), MINUTE * 60))
                .await;
        stage.sandbox.advance(MINUTE * 29);
        stage.as_leased().list_users().send().await.unwrap();
        stage.sandbox.advance(MINUTE * 31);
        stage.as_leased().list_users().send().await.unwrap_err();
        stage.sandbox.advance(MINUTE);
        assert!(leases.reap().await.unwrap().failed().is_empty());
        assert!(stage.traces().await.is_empty(), "cut after call {cut}");
        if finished.is_some() {
            assert!(cut > 2);
            return;
        }
    }
    panic!("the extension never finished");
}

/// Asked again after a cut between the tag and the policy, the access lasts as
/// long as the lease says, also where the grant allows no later end.
#[tokio::test]
async fn an_extension_cut_in_two_and_repeated() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let lease = leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    let mut cut = 0;
    let extended = loop {
        cut += 1;
        stage.sandbox.clear_calls();
        let extension = leases.extend(lease.id(), MINUTE * 600);
        if let Some(done) = super::crashes::cut_after(&stage.sandbox, cut, extension).await {
            break done.unwrap();
        }
    };
    assert_eq!(extended.expires(), lease.issued() + MINUTE * 120);
    stage.sandbox.advance(MINUTE * 119);
    stage.as_leased().list_users().send().await.unwrap();
    stage.sandbox.advance(MINUTE);
    stage.as_leased().list_users().send().await.unwrap_err();
}

/// Spans beyond every calendar mean as long as can be, and no panic.
#[tokio::test]
async fn spans_without_end() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let lease = leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    let extended = leases.extend(lease.id(), Duration::MAX).await.unwrap();
    assert_eq!(extended.expires(), lease.issued() + MINUTE * 120);

    let endless = inline().longest(Duration::MAX);
    let lease = leases.issue(&endless, &asked(), &stage.sink).await.unwrap();
    assert_eq!(lease.expires(), lease.issued() + MINUTE * 30);
    let extended = leases.extend(lease.id(), MINUTE * 60).await.unwrap();
    assert_eq!(extended.expires(), lease.issued() + MINUTE * 60);
    leases.extend(lease.id(), Duration::MAX).await.unwrap();
    let found = leases.find(lease.id()).await.unwrap().unwrap();
    assert!(found.expires() > lease.issued() + MINUTE * 60 * 24 * 365 * 1_000);
    stage.sandbox.advance(MINUTE * 60 * 24 * 365);
    stage.as_leased().list_users().send().await.unwrap();
}

/// Leases of a machine whose clock is off.
async fn off_by(stage: &Stage, minutes: i64, config: &aws_types::SdkConfig) -> Leases {
    let clock = WrongClock(stage.sandbox.clone(), minutes);
    let config = config.clone().into_builder().time_source(clock).build();
    let account = iam_dsl::AccountId::new(crate::support::ACCOUNT).unwrap();
    Leases::for_account(account, &config).await.unwrap()
}

#[tokio::test]
async fn a_wrong_clock_is_put_right_by_the_date_of_awss_answers() {
    for minutes in [-120, -20, 20, 120] {
        let stage = Stage::new().await;
        let right = stage.leases().await;
        let lease = right.issue(&inline(), &asked(), &stage.sink).await.unwrap();
        let wrong = off_by(&stage, minutes, &stage.config).await;
        // Nobody's lease ends early, and none stays.
        let _ = wrong.reap().await.unwrap();
        stage.as_leased().list_users().send().await.unwrap();
        assert!(right.find(lease.id()).await.unwrap().is_some(), "{minutes}");
        stage.sandbox.advance(MINUTE * 32);
        let reaped = wrong.reap().await.unwrap();
        assert_eq!(reaped.removed(), [lease.id()], "{minutes}");
        // What such a machine issues ends when it is to, by AWS's clock.
        let lease = wrong.issue(&inline(), &asked(), &stage.sink).await.unwrap();
        assert_eq!(lease.issued(), stage.sandbox.now(), "{minutes}");
        assert_eq!(lease.expires(), stage.sandbox.now() + MINUTE * 30);
        let extended = wrong.extend(lease.id(), MINUTE * 40).await.unwrap();
        assert_eq!(extended.expires(), stage.sandbox.now() + MINUTE * 40);
        stage.as_leased().list_users().send().await.unwrap();
        stage.sandbox.advance(MINUTE * 41);
        stage.as_leased().list_users().send().await.unwrap_err();
    }
}

#[tokio::test]
async fn without_a_date_a_reaper_with_a_slow_clock_does_nothing() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    let undated = Line::undated().under(&stage.config);
    let reaper = off_by(&stage, -20, &undated).await;
    let error = reaper.reap().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClockSkew);
    assert!(
        error
            .to_string()
            .contains("set the clock; nothing was reaped"),
        "{error}"
    );
    // And an issuer with one hands nothing out: IAM says when it made the key.
    let before = stage.sink.len();
    let error = reaper
        .issue(&inline(), &Asked::by("bob"), &stage.sink)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClockSkew);
    assert_eq!(stage.sink.len(), before);
    assert_eq!(stage.traces().await.len(), 1);
}

/// The sandbox's clock, so many minutes off.
#[derive(Debug)]
pub(crate) struct WrongClock(pub(crate) iam_sandbox::Sandbox, pub(crate) i64);

impl aws_smithy_async::time::TimeSource for WrongClock {
    fn now(&self) -> std::time::SystemTime {
        let by = MINUTE * u32::try_from(self.1.unsigned_abs()).unwrap();
        match self.1 {
            0.. => self.0.now() + by,
            _ => self.0.now() - by,
        }
    }
}
