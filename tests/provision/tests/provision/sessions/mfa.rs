//! MFA by callback.

use std::sync::atomic::Ordering;
use std::time::Duration;

use iam_provision::ErrorKind;
use iam_provision::session::Session;
use iam_sandbox::Fault;

use super::{HOUR, OTHER, ROLE, Stage, trust};
use crate::support::CENTRAL;

const MFA: &str = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

async fn guarded() -> Stage {
    let stage = Stage::new().await;
    for role in ["test_role", "other"] {
        if role == "other" {
            stage.role(role, &trust(CENTRAL, MFA)).await;
        } else {
            stage
                .iam
                .update_assume_role_policy()
                .role_name(role)
                .policy_document(trust(CENTRAL, MFA))
                .send()
                .await
                .unwrap();
        }
    }
    stage.sandbox.clear_calls();
    stage
}

#[tokio::test]
async fn a_code_is_asked_for_and_proven() {
    let stage = guarded().await;
    let without = stage
        .open(Session::assume(ROLE))
        .credentials()
        .await
        .unwrap_err();
    assert_eq!(without.kind(), ErrorKind::AccessDenied);
    assert!(without.to_string().contains("MFA"), "{without}");

    let (codes, asked) = stage.codes();
    let serial = stage.serial.clone();
    let session = stage.open(Session::assume(ROLE).mfa(&stage.serial, move |asked_for| {
        assert_eq!(asked_for, serial);
        let code = codes.next();
        async move { Ok(code) }
    }));
    let credentials = session.credentials().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(
        credentials.arn(),
        Some("arn:aws:sts::111122223333:assumed-role/test_role/iam-provision")
    );
    stage
        .as_session(&session)
        .list_users()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn once_for_many_roles() {
    let stage = guarded().await;
    let sessions = stage.sessions();
    let (codes, asked) = stage.codes();
    let request = |role: &str| {
        let codes = codes.clone();
        Session::assume(role)
            .mfa(&stage.serial, move |_| {
                let code = codes.next();
                async move { Ok(code) }
            })
            .mfa_once()
    };
    let first = sessions.open(request(ROLE)).unwrap();
    let second = sessions.open(request(OTHER)).unwrap();
    first.credentials().await.unwrap();
    second.credentials().await.unwrap();
    // Renewed after an hour, still without another code.
    stage.sandbox.advance(HOUR);
    first.credentials().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(stage.count("sts:GetSessionToken"), 1);
    assert_eq!(stage.count("sts:AssumeRole"), 3);
}

#[tokio::test]
async fn a_code_that_was_used_is_one_clear_error() {
    let stage = guarded().await;
    let code = stage.code();
    let request = |role: &str| {
        let code = code.clone();
        Session::assume(role).mfa(&stage.serial, move |_| {
            let code = code.clone();
            async move { Ok(code) }
        })
    };
    stage.open(request(ROLE)).credentials().await.unwrap();
    stage.sandbox.clear_calls();
    let error = stage.open(request(OTHER)).credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MfaRefused);
    assert!(
        error
            .to_string()
            .contains("wait until the device shows the next one"),
        "{error}"
    );
    // Not tried again with the same code.
    assert_eq!(stage.sandbox.calls().len(), 1);
    // The next code is fine.
    stage.sandbox.advance(Duration::from_secs(30));
    let next = stage.code();
    let session = stage.open(Session::assume(OTHER).mfa(&stage.serial, move |_| {
        let next = next.clone();
        async move { Ok(next) }
    }));
    session.credentials().await.unwrap();
}

#[tokio::test]
async fn an_expired_code_is_one_clear_error() {
    let stage = guarded().await;
    let old = stage.code();
    stage.sandbox.advance(Duration::from_secs(300));
    let session = stage.open(Session::assume(ROLE).mfa(&stage.serial, move |_| {
        let old = old.clone();
        async move { Ok(old) }
    }));
    let error = session.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MfaRefused);
    assert!(error.to_string().contains("too old"), "{error}");
    assert_eq!(stage.sandbox.calls().len(), 1);
}

#[tokio::test]
async fn what_is_no_code_is_not_sent() {
    let stage = guarded().await;
    for typed in ["", "12345", "1234567", "12345a", "hunter2"] {
        let session = stage.open(
            Session::assume(ROLE).mfa(&stage.serial, move |_| async move { Ok(typed.to_owned()) }),
        );
        let error = session.credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MfaRefused);
        assert!(error.to_string().contains("six digits"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let session = stage.open(
        Session::assume(ROLE).mfa(&stage.serial, |_| async { Err("nobody is there".into()) }),
    );
    let error = session.credentials().await.unwrap_err();
    assert!(error.to_string().contains("nobody is there"), "{error}");
    assert!(stage.sandbox.calls().is_empty());
}

#[tokio::test]
async fn another_users_device_is_told() {
    let stage = guarded().await;
    let session = stage.open(
        Session::assume(ROLE).mfa("arn:aws:iam::999900001111:mfa/bob", |_| async {
            Ok("123456".to_owned())
        }),
    );
    let error = session.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MfaRefused);
    assert!(
        error.to_string().contains("mfa/bob is not the caller's"),
        "{error}"
    );
}

/// A lost answer may have used up the code: the call is not repeated with it.
#[tokio::test]
async fn a_lost_answer_is_not_repeated_with_the_same_code() {
    let stage = guarded().await;
    let (codes, _) = stage.codes();
    let session = stage.open(Session::assume(ROLE).mfa(&stage.serial, move |_| {
        let code = codes.next();
        async move { Ok(code) }
    }));
    stage.sandbox.fail_call(1, Fault::TimeoutAfterEffect);
    let error = session.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error.to_string().contains("try again with the next one"),
        "{error}"
    );
    assert_eq!(stage.sandbox.calls().len(), 1);
    stage.sandbox.advance(Duration::from_secs(30));
    session.credentials().await.unwrap();
}

#[tokio::test]
async fn a_throttled_call_is_repeated_with_the_same_code() {
    let stage = guarded().await;
    let (codes, asked) = stage.codes();
    let session = stage.open(Session::assume(ROLE).mfa(&stage.serial, move |_| {
        let code = codes.next();
        async move { Ok(code) }
    }));
    stage.sandbox.fail_call(1, Fault::Throttle);
    session.credentials().await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(stage.sandbox.calls().len(), 2);
}
