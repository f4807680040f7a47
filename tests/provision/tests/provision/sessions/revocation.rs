//! Ending sessions.

use std::time::Duration;

use iam_provision::ErrorKind;
use iam_provision::session::{REVOCATION, Revoker, Session};

use super::{HOUR, ROLE, Stage};
use crate::leases::times::WrongClock;

#[tokio::test]
async fn all_sessions_of_a_role() {
    let stage = Stage::new().await;
    let old = stage.open(Session::assume(ROLE));
    stage.as_session(&old).list_users().send().await.unwrap();
    let revoker = Revoker::new(&stage.dev.sdk_config());
    // In the same second in which the session was issued.
    let revoked = revoker.revoke("test_role").await.unwrap();
    assert!(revoked.before() > stage.sandbox.now());
    let refused = stage
        .as_session(&old)
        .list_users()
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{refused:?}").contains("explicit deny"),
        "{refused:?}"
    );
    // From the next second on the role can be used again.
    stage.sandbox.advance(Duration::from_secs(1));
    let new = stage.open(Session::assume(ROLE));
    stage.as_session(&new).list_users().send().await.unwrap();
    // Again is a later time; what AWS documents is what is there.
    stage.sandbox.advance(HOUR);
    let again = revoker.revoke("test_role").await.unwrap();
    assert!(again.before() > revoked.before());
    let there = stage
        .iam
        .get_role_policy()
        .role_name("test_role")
        .policy_name(REVOCATION)
        .send()
        .await
        .unwrap();
    assert!(there.policy_document().contains("aws%3ATokenIssueTime"));
    stage
        .as_session(&new)
        .list_users()
        .send()
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_revocation_is_lifted_when_no_session_can_be_under_it() {
    let stage = Stage::new().await;
    let revoker = Revoker::new(&stage.dev.sdk_config());
    assert!(!revoker.lift("test_role").await.unwrap());
    revoker.revoke("test_role").await.unwrap();
    let error = revoker.lift("test_role").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .to_string()
            .contains("may live until 2026-01-01T12:01:01Z"),
        "{error}"
    );
    stage.sandbox.advance(HOUR * 12 + Duration::from_secs(1));
    assert!(revoker.lift("test_role").await.unwrap());
    assert!(!revoker.lift("test_role").await.unwrap());
}

#[tokio::test]
async fn a_wrong_clock_neither_lets_one_slip_through_nor_stops_new_ones() {
    for minutes in [-120, 120] {
        let stage = Stage::new().await;
        let old = stage.open(Session::assume(ROLE));
        let clock = WrongClock(stage.sandbox.clone(), minutes);
        let config = stage.dev.sdk_config().into_builder();
        let revoker = Revoker::new(&config.time_source(clock).build());
        let revoked = revoker.revoke("test_role").await.unwrap();
        let second = Duration::from_secs(1);
        assert_eq!(revoked.before(), stage.sandbox.now() + second, "{minutes}");
        let refused = stage.as_session(&old).list_users().send().await;
        assert!(refused.is_err(), "{minutes}");
        stage.sandbox.advance(second);
        let new = stage.open(Session::assume(ROLE));
        stage.as_session(&new).list_users().send().await.unwrap();
        // Nor is it lifted early, or late.
        let error = revoker.lift("test_role").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        stage.sandbox.advance(HOUR * 12);
        assert!(revoker.lift("test_role").await.unwrap(), "{minutes}");
    }
}

#[tokio::test]
async fn roles_of_aws_and_missing_roles() {
    let stage = Stage::new().await;
    let revoker = Revoker::new(&stage.dev.sdk_config());
    assert_eq!(
        revoker
            .revoke("AWSServiceRoleForSupport")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotOwned
    );
    assert!(stage.sandbox.calls().is_empty());
    assert_eq!(
        revoker.revoke("missing").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
