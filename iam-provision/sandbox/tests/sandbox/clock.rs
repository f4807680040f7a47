//! Time belongs to the sandbox, in every kind of runtime.

use std::time::{Duration, Instant};

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::timeout::TimeoutConfig;
use iam_sandbox::{Fault, Sandbox};

use crate::support::{ACCOUNT, root};

/// Four retries back off for seconds of the sandbox's time, within an
/// operation timeout that is longer than them, and take no real time.
async fn four_throttles() {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).unwrap();
    let config = aws_sdk_iam::config::Builder::from(&account.sdk_config())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(Duration::from_secs(60))
                .build(),
        )
        .build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    for k in 1..=4 {
        sandbox.fail_call(k, Fault::Throttle);
    }
    let before = sandbox.now();
    let started = Instant::now();
    iam.create_user().user_name("Ann").send().await.unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    let waited = sandbox.now().duration_since(before).unwrap();
    assert!(
        waited < Duration::from_secs(60),
        "the timeout did not fire: {waited:?}"
    );
    assert_eq!(sandbox.calls().len(), 5);
}

#[tokio::test]
async fn in_an_ordinary_runtime() {
    four_throttles().await;
}

#[tokio::test(start_paused = true)]
async fn under_paused_time() {
    four_throttles().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_many_tasks_at_once() {
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(four_throttles())).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_timeout_that_is_shorter_than_the_waits_fires() {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).unwrap();
    let config = aws_sdk_iam::config::Builder::from(&account.sdk_config())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_secs(2_000))
                .with_max_backoff(Duration::from_secs(9_000)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(Duration::from_secs(5))
                .build(),
        )
        .build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    sandbox.fail_call(1, Fault::TimeoutBeforeEffect);
    sandbox.fail_call(2, Fault::TimeoutBeforeEffect);
    let error = iam.list_users().send().await.unwrap_err();
    assert!(
        matches!(error, aws_sdk_iam::error::SdkError::TimeoutError(_)),
        "{error:?}"
    );
}

#[tokio::test]
async fn dates_come_from_the_sandbox() {
    let (sandbox, _, iam) = root();
    sandbox.advance(Duration::from_secs(86_400));
    let made = iam.create_user().user_name("Ann").send().await.unwrap();
    assert_eq!(
        made.user().unwrap().create_date().to_string(),
        "2026-01-02T00:00:00Z"
    );
}

#[tokio::test]
async fn two_sandboxes_of_one_seed_are_alike() {
    let id = |seed| async move {
        let account = Sandbox::with_seed(seed).account(ACCOUNT).unwrap();
        let iam = aws_sdk_iam::Client::new(&account.sdk_config());
        let made = iam.create_user().user_name("Ann").send().await.unwrap();
        made.user().unwrap().user_id().to_owned()
    };
    assert_eq!(id(7).await, id(7).await);
    assert_ne!(id(7).await, id(8).await);
}

/// Ten calls at once take as long as one.
#[tokio::test]
async fn calls_take_the_latency_that_was_asked_for() {
    let (sandbox, _, iam) = root();
    sandbox.set_latency(Duration::from_millis(50));
    let before = sandbox.now();
    let calls = (0..10).map(|number| {
        let call = iam.create_user().user_name(format!("u{number}"));
        tokio::spawn(call.send())
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let at_once = sandbox.now().duration_since(before).unwrap();
    assert_eq!(at_once, Duration::from_millis(50));
    for _ in 0..3 {
        iam.list_users().send().await.unwrap();
    }
    let in_all = sandbox.now().duration_since(before).unwrap();
    assert_eq!(in_all, Duration::from_millis(200));
}
