//! What cannot work is refused before a call, or told with what to do.

use std::time::Duration;

use iam_dsl::SessionPolicy;
use iam_provision::ErrorKind;
use iam_provision::session::Session;

use super::{HOUR, ROLE, Stage, trust};
use crate::support::CENTRAL;

#[tokio::test]
async fn everything_wrong_at_once_and_no_call() {
    let stage = Stage::new().await;
    let request = Session::assume("arn:aws:iam::1111:role/x")
        .name("no spaces")
        .external_id("!")
        .source_identity("aws:me")
        .duration(Duration::from_secs(60))
        .tag("aws:x", "1")
        .transitive("nowhere")
        .policy_arn("ReadOnlyAccess");
    let error = stage.sessions().open(request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    for part in [
        "is not the ARN of a role",
        "session name",
        "external id",
        "source identity",
        "15 min to 12 h",
        "reserved by AWS",
        "\"nowhere\"",
        "is not the ARN of a managed policy",
    ] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    assert!(stage.sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_session_policy_over_its_size() {
    let stage = Stage::new().await;
    // The policy alone fits; with the ARNs of managed ones it does not.
    let actions: Vec<String> = (0..60)
        .map(|_| "\"s3:GetObjectVersionTagging\"".to_owned())
        .collect();
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    );
    let policy = SessionPolicy::from_json(&json).unwrap();
    assert!(policy.as_json().len() < 2_048);
    let mut request = Session::assume(ROLE).policy(&policy);
    for _ in 0..10 {
        request = request.policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    }
    let error = stage.sessions().open(request).unwrap_err();
    assert!(
        error.to_string().contains("AWS takes 2048 together"),
        "{error}"
    );
    assert!(stage.sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_duration_over_the_roles_maximum() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume(ROLE).duration(HOUR * 2));
    let error = session.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error
            .to_string()
            .contains("2 h is more than the role's MaxSessionDuration"),
        "{error}"
    );
    assert!(error.to_string().contains("UpdateRole"), "{error}");
}

#[tokio::test]
async fn calls_that_do_not_take_a_parameter() {
    let stage = Stage::new().await;
    for (request, what) in [
        (
            Session::token().external_id("a1"),
            "GetSessionToken takes none",
        ),
        (Session::token().tag("a", "b"), "GetSessionToken takes none"),
        (
            Session::federation("report").source_identity("ann"),
            "GetFederationToken takes none",
        ),
        (Session::federation("r"), "2 to 32"),
        (
            Session::web_identity(ROLE, || async { Ok("token".into()) }).source_identity("ann"),
            "AssumeRoleWithWebIdentity takes none",
        ),
        (
            Session::assume(ROLE)
                .via(Session::assume(ROLE))
                .mfa("arn:aws:iam::999900001111:mfa/ann", |_| async {
                    Ok("123456".to_owned())
                }),
            "a role's session cannot prove MFA",
        ),
    ] {
        let error = stage.sessions().open(request).unwrap_err();
        assert!(error.to_string().contains(what), "{what} in {error}");
    }
}

#[tokio::test]
async fn who_may_not_assume_learns_what_is_missing() {
    let stage = Stage::new().await;
    stage
        .role(
            "closed",
            &trust(CENTRAL, r#"{"StringEquals":{"sts:ExternalId":"unique"}}"#),
        )
        .await;
    let request = Session::assume("arn:aws:iam::111122223333:role/closed").tag("team", "web");
    let error = stage.open(request).credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    for part in [
        "sts:AssumeRole, sts:TagSession",
        "external id",
        "wait_until_assumable",
    ] {
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
    let root = iam_provision::session::Sessions::new(&stage.central.sdk_config());
    let error = root
        .open(Session::assume(ROLE))
        .unwrap()
        .credentials()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the root user can assume no role"),
        "{error}"
    );
    // Through a chain the error says where it happened.
    let chain =
        Session::assume(ROLE).via(Session::assume("arn:aws:iam::111122223333:role/missing"));
    let error = stage.open(chain).credentials().await.unwrap_err();
    assert!(
        error.to_string().starts_with(&format!(
            "on the way to role {ROLE}: role arn:aws:iam::111122223333:role/missing"
        )),
        "{error}"
    );
}

/// Through an SDK client the reason is not lost.
#[tokio::test]
async fn an_sdk_client_shows_the_reason() {
    let stage = Stage::new().await;
    let session = stage.open(Session::assume("arn:aws:iam::111122223333:role/missing"));
    let error = stage
        .as_session(&session)
        .list_users()
        .send()
        .await
        .unwrap_err();
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    assert!(text.contains("trust policy"), "{text}");
}

#[tokio::test]
async fn no_secret_shows() {
    let stage = Stage::new().await;
    let sessions = stage.sessions();
    let request = Session::assume(ROLE).via_key(&stage.key.0, &stage.key.1);
    let session = sessions.open(request.clone()).unwrap();
    let credentials = session.credentials().await.unwrap();
    let shown = format!(
        "{request:?} {session:?} {credentials:?} {sessions:?} {:?}",
        credentials.lines(iam_provision::session::Shell::Bash)
    );
    for secret in [
        stage.key.1.as_str(),
        credentials.sdk().secret_access_key(),
        credentials.sdk().session_token().unwrap(),
    ] {
        assert!(!shown.contains(secret));
    }
}

#[tokio::test]
async fn a_chain_has_an_end() {
    let stage = Stage::new().await;
    let chain = |others: usize| {
        (0..others).fold(Session::assume(ROLE), |request, _| {
            Session::assume(ROLE).via(request)
        })
    };
    assert!(stage.sessions().open(chain(50)).is_ok());
    for others in [51, 2_000] {
        let error = stage.sessions().open(chain(others)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(
            error
                .to_string()
                .contains("goes through more than 50 others"),
            "{error}"
        );
    }
    assert!(stage.sandbox.calls().is_empty());
}
