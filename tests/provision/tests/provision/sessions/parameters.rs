//! Parameters: each arrives at STS, and each is part of the cache's key.

use std::time::Duration;

use iam_dsl::session_policy;
use iam_provision::session::{Session, SessionRequest};

use super::{HOUR, OTHER, ROLE, Stage, trust};
use crate::support::{ACCOUNT, CENTRAL};

#[tokio::test]
async fn every_parameter_arrives() {
    let stage = Stage::new().await;
    // The trust policy asks for each of them.
    let condition = r#"{"StringEquals":{
        "sts:ExternalId":"unique","sts:RoleSessionName":"ann-at-work","sts:SourceIdentity":"ann",
        "aws:RequestTag/team":"web","aws:RequestTag/stage":"dev"},
        "ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["team"]},
        "Null":{"sts:TransitiveTagKeys":"false"}}"#;
    stage
        .iam
        .update_assume_role_policy()
        .role_name("test_role")
        .policy_document(trust(CENTRAL, condition))
        .send()
        .await
        .unwrap();
    let full = || {
        Session::assume(ROLE)
            .external_id("unique")
            .name("ann-at-work")
            .source_identity("ann")
            .tag("team", "web")
            .tag("stage", "dev")
            .transitive("team")
            .duration(Duration::from_secs(1_800))
    };
    let session = stage.open(full());
    let credentials = session.credentials().await.unwrap();
    assert_eq!(
        credentials.arn(),
        Some("arn:aws:sts::111122223333:assumed-role/test_role/ann-at-work")
    );
    assert_eq!(
        credentials.expires(),
        Some(stage.sandbox.now() + Duration::from_secs(1_800))
    );
    // Leaving one out is refused by the trust policy.
    for (what, request) in [
        ("external id", full().external_id("another")),
        ("name", full().name("bob")),
        ("source identity", full().source_identity("bob")),
        ("tag", full().tag("team", "db")),
        ("transitive", full().transitive("stage")),
    ] {
        assert!(stage.open(request).credentials().await.is_err(), "{what}");
    }
    // A transitive tag and the source identity are handed on, the other tag is not.
    let handed_on = r#"{"StringEquals":{"aws:PrincipalTag/team":"web","aws:SourceIdentity":"ann"},
        "Null":{"aws:PrincipalTag/stage":"false"}}"#;
    stage.role("other", &trust(ACCOUNT, handed_on)).await;
    let second = stage.open(Session::assume(OTHER).via(full()));
    second.credentials().await.unwrap();
    let third = "arn:aws:iam::111122223333:role/third";
    stage
        .role("third", &trust(ACCOUNT, r#"{"StringEquals":{"aws:PrincipalTag/team":"web"},"Null":{"aws:PrincipalTag/stage":"true"}}"#))
        .await;
    stage
        .open(Session::assume(third).via(Session::assume(OTHER).via(full())))
        .credentials()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_session_policy_limits() {
    let stage = Stage::new().await;
    let policy = session_policy! { allow iam:ListUsers on *; };
    let limited = stage.open(Session::assume(ROLE).policy(&policy));
    let client = stage.as_session(&limited);
    client.list_users().send().await.unwrap();
    client.list_roles().send().await.unwrap_err();
    let free = stage.open(Session::assume(ROLE));
    stage.as_session(&free).list_roles().send().await.unwrap();
    let by_arn = stage
        .open(Session::assume(ROLE).policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
    stage
        .as_session(&by_arn)
        .list_users()
        .send()
        .await
        .unwrap_err();
}

#[tokio::test]
async fn every_parameter_is_in_the_key() {
    let stage = Stage::new().await;
    stage.role("other", &trust(CENTRAL, "")).await;
    stage.sandbox.clear_calls();
    let sessions = stage.sessions();
    let base = || Session::assume(ROLE).tag("team", "web");
    let read = session_policy! { allow iam:ListUsers on *; };
    let more = session_policy! { allow iam:ListRoles on *; };
    let (codes, _) = stage.codes();
    let requests: Vec<SessionRequest> = vec![
        base(),
        Session::assume(OTHER).tag("team", "web"),
        base().external_id("a1"),
        base().external_id("a2"),
        base().policy(&read),
        base().policy(&more),
        base().policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        base().tag("team", "db"),
        base().tag("stage", "dev"),
        base().transitive("team"),
        base().source_identity("ann"),
        base().name("bob"),
        base().duration(Duration::from_secs(900)),
        base().region("eu-west-1"),
        base().via_key(&stage.key.0, &stage.key.1),
        Session::assume(ROLE).via(Session::token()),
        base().mfa(&stage.serial, move |_| {
            let code = codes.next();
            async move { Ok(code) }
        }),
    ];
    let mut keys = std::collections::BTreeSet::new();
    for request in &requests {
        let session = sessions.open(request.clone()).unwrap();
        let credentials = session.credentials().await.unwrap();
        assert!(
            keys.insert(credentials.access_key_id().to_owned()),
            "{request:?} shares a session"
        );
    }
    // The same again: nothing is called.
    stage.sandbox.clear_calls();
    for request in &requests {
        let session = sessions.open(request.clone()).unwrap();
        let credentials = session.credentials().await.unwrap();
        assert!(keys.contains(credentials.access_key_id()));
    }
    assert!(stage.sandbox.calls().is_empty());
    // Another's key with the same id and another secret is another session.
    let key = |secret: &str| base().via_key(&stage.key.0, secret);
    let one = sessions
        .open(key("one"))
        .unwrap()
        .credentials()
        .await
        .unwrap();
    let two = sessions
        .open(key("two"))
        .unwrap()
        .credentials()
        .await
        .unwrap();
    assert_ne!(one.access_key_id(), two.access_key_id());
    sessions.close();
    assert_eq!(format!("{sessions:?}"), "Sessions { open: 0, .. }");
}

#[tokio::test]
async fn a_chain_lasts_an_hour_at_most() {
    let stage = Stage::new().await;
    stage.role("other", &trust(ACCOUNT, "")).await;
    let chain = |seconds| {
        Session::assume(OTHER)
            .via(Session::assume(ROLE))
            .duration(Duration::from_secs(seconds))
    };
    let error = stage.sessions().open(chain(3_601)).unwrap_err();
    assert!(error.to_string().contains("lasts 1 h at most"), "{error}");
    let session = stage.open(chain(3_600));
    let credentials = session.credentials().await.unwrap();
    assert_eq!(credentials.expires(), Some(stage.sandbox.now() + HOUR));
    // Both hops are sessions that others can share.
    assert_eq!(stage.count("sts:AssumeRole"), 2);
}

#[tokio::test]
async fn a_federation_token() {
    let stage = Stage::new().await;
    let root = aws_sdk_iam::Client::new(&stage.central.sdk_config());
    root.attach_user_policy()
        .user_name("ann")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3FullAccess")
        .send()
        .await
        .unwrap();
    let request = Session::federation("report")
        .policy(&session_policy! { allow s3:GetObject on *; })
        .tag("team", "web")
        .duration(Duration::from_secs(900));
    let credentials = stage.open(request).credentials().await.unwrap();
    assert_eq!(
        credentials.arn(),
        Some("arn:aws:sts::999900001111:federated-user/report")
    );
    assert_eq!(credentials.user_id(), Some("999900001111:report"));
    assert_eq!(
        credentials.expires(),
        Some(stage.sandbox.now() + Duration::from_secs(900))
    );
}

/// The answer is held against what the sandbox does with the session itself.
#[tokio::test]
async fn what_a_session_can_do() {
    use iam_dsl::analyze::grants;
    use iam_dsl::{Principal, Request};
    use iam_provision::session::Effective;
    let stage = Stage::new().await;
    let cap = stage
        .iam
        .create_policy()
        .policy_name("cap")
        .policy_document(super::allow("iam:List*"))
        .send()
        .await
        .unwrap();
    stage
        .iam
        .put_role_permissions_boundary()
        .role_name("test_role")
        .permissions_boundary(cap.policy().unwrap().arn().unwrap())
        .send()
        .await
        .unwrap();
    stage
        .iam
        .attach_role_policy()
        .role_name("test_role")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3FullAccess")
        .send()
        .await
        .unwrap();
    let request = Session::assume(ROLE)
        .policy(&session_policy! { allow [iam:ListUsers, iam:ListGroups, s3:*] on *; });
    let effective = Effective::of(&request, &stage.dev.sdk_config())
        .await
        .unwrap();
    assert_eq!(effective.identity().count(), 2);
    assert!(effective.boundary().is_some());
    // Of users: role, boundary and session policy; of roles not the session's
    // policy, of groups not the role's, of S3 not the boundary.
    let client = stage.as_session(&stage.open(request));
    let role: Principal = "arn:aws:sts::111122223333:assumed-role/test_role/iam-provision"
        .parse()
        .unwrap();
    for (action, works) in [
        ("iam:ListUsers", client.list_users().send().await.is_ok()),
        ("iam:ListRoles", client.list_roles().send().await.is_ok()),
        ("iam:ListGroups", client.list_groups().send().await.is_ok()),
    ] {
        let request = Request::new(action, "*").unwrap().principal(role.clone());
        assert_eq!(
            effective.authorizer().decide(&request).is_allowed(),
            works,
            "{action}"
        );
        assert_eq!(works, action == "iam:ListUsers");
        let answer = grants(&effective.access(), &[action], &["*"]);
        assert_eq!(
            (answer.is_yes(), answer.is_no()),
            (works, !works),
            "{action}"
        );
    }
    assert!(grants(&effective.access(), &["s3:GetObject"], &["*"]).is_no());
    let error = Effective::of(&Session::token(), &stage.dev.sdk_config())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("is no role's session"),
        "{error}"
    );
}
