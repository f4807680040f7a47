//! One test per fault, and the log of calls. The SDK's standard retry mode
//! makes three attempts ("Retry behavior" in the AWS SDKs reference guide).

use aws_sdk_iam::error::SdkError;
use iam_sandbox::{Fault, Sandbox};

use crate::support::{ACCOUNT, assert_refused, root};

fn outcomes(sandbox: &Sandbox) -> Vec<(String, String)> {
    let calls = sandbox.calls();
    calls
        .into_iter()
        .map(|call| {
            (
                call.action,
                call.outcome.map_or_else(|code| code, |()| "ok".to_owned()),
            )
        })
        .collect()
}

fn logged(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries
        .iter()
        .map(|(a, o)| ((*a).to_owned(), (*o).to_owned()))
        .collect()
}

/// Faults that the SDK retries: the call succeeds at its second attempt.
#[tokio::test]
async fn the_sdk_retries_what_happened_before_the_effect() {
    for (fault, name) in [
        (Fault::Throttle, "Throttling"),
        (Fault::ServiceFailure, "ServiceFailure"),
        (Fault::TimeoutBeforeEffect, "TimeoutBeforeEffect"),
        (Fault::ConnectionRefused, "ConnectionRefused"),
    ] {
        let (sandbox, _, iam) = root();
        sandbox.fail_call(1, fault);
        iam.create_user().user_name("Ann").send().await.unwrap();
        assert_eq!(
            outcomes(&sandbox),
            logged(&[("iam:CreateUser", name), ("iam:CreateUser", "ok")]),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn three_throttles_exhaust_the_attempts() {
    let (sandbox, _, iam) = root();
    for k in 1..=3 {
        sandbox.fail_call(k, Fault::Throttle);
    }
    assert_refused!(iam.list_users().send().await, "Throttling", 400);
    assert_eq!(sandbox.calls().len(), 3);
    iam.list_users().send().await.unwrap();
}

#[tokio::test]
async fn a_timeout_after_the_effect_is_met_by_the_retry() {
    let (sandbox, _, iam) = root();
    sandbox.fail_call(1, Fault::TimeoutAfterEffect);
    assert_refused!(
        iam.create_user().user_name("Ann").send().await,
        "EntityAlreadyExists",
        409
    );
    iam.get_user().user_name("Ann").send().await.unwrap();
    assert_eq!(
        outcomes(&sandbox),
        logged(&[
            ("iam:CreateUser", "TimeoutAfterEffect"),
            ("iam:CreateUser", "EntityAlreadyExists"),
            ("iam:GetUser", "ok"),
        ])
    );
}

#[tokio::test]
async fn without_retries_the_caller_sees_the_timeout() {
    let (sandbox, account, _) = root();
    let config = account.sdk_config();
    let config = aws_sdk_iam::config::Builder::from(&config)
        .retry_config(aws_sdk_iam::config::retry::RetryConfig::disabled())
        .build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    sandbox.fail_call(1, Fault::TimeoutAfterEffect);
    let error = iam.create_user().user_name("Ann").send().await.unwrap_err();
    match error {
        SdkError::DispatchFailure(failure) => assert!(failure.is_timeout()),
        other => panic!("expected a dispatch failure, got {other:?}"),
    }
    sandbox.fail_call(1, Fault::ConnectionRefused);
    match iam.list_users().send().await.unwrap_err() {
        SdkError::DispatchFailure(failure) => assert!(failure.is_io()),
        other => panic!("expected a dispatch failure, got {other:?}"),
    }
    iam.get_user().user_name("Ann").send().await.unwrap();
}

#[tokio::test]
async fn refusals_that_are_not_retried() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    sandbox.clear_calls();
    let update = || iam.update_user().user_name("Ann").new_path("/x/").send();
    sandbox.fail_call(1, Fault::ConcurrentModification);
    assert_refused!(update().await, "ConcurrentModification", 409);
    sandbox.fail_call(1, Fault::EntityTemporarilyUnmodifiable);
    assert_refused!(update().await, "EntityTemporarilyUnmodifiable", 409);
    sandbox.fail_call(1, Fault::AccessDenied);
    assert_refused!(update().await, "AccessDenied", 403);
    assert_eq!(sandbox.calls().len(), 3);
    let user = iam.get_user().user_name("Ann").send().await.unwrap();
    assert_eq!(
        user.user().unwrap().path(),
        "/",
        "none of them had an effect"
    );
}

#[tokio::test]
async fn the_third_call_from_now_fails() {
    let (sandbox, _, iam) = root();
    sandbox.fail_call(3, Fault::AccessDenied);
    iam.list_users().send().await.unwrap();
    iam.list_users().send().await.unwrap();
    assert_refused!(iam.list_users().send().await, "AccessDenied", 403);
    sandbox.fail_call(1, Fault::AccessDenied);
    sandbox.clear_faults();
    iam.list_users().send().await.unwrap();
}

#[tokio::test]
async fn the_log_tells_who_did_what_when() {
    let (sandbox, account, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    sandbox.advance(std::time::Duration::from_secs(5));
    let _ = iam.get_user().user_name("Bob").send().await;
    crate::support::sts(&account.sdk_config())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[0].action, "iam:CreateUser");
    assert_eq!(calls[0].account, ACCOUNT);
    assert_eq!(calls[0].principal, "arn:aws:iam::111122223333:root");
    assert!(calls[0].writes && calls[0].succeeded());
    assert_eq!(calls[1].outcome, Err("NoSuchEntity".to_owned()));
    assert!(!calls[1].writes);
    assert_eq!(calls[1].at, calls[0].at + std::time::Duration::from_secs(5));
    assert_eq!(calls[2].action, "sts:GetCallerIdentity");
    sandbox.clear_calls();
    assert!(sandbox.calls().is_empty());
}
