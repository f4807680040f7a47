//! The three kinds of lease.

use iam_dsl::session_policy;
use iam_provision::lease::{Grant, LeaseKind, LeaseState};
use iam_provision::session::Session;
use iam_provision::{ErrorKind, PolicyRef, SecretKind};

use super::{MINUTE, Stage, asked, inline};
use crate::support::allow;

const DATA: &str = "arn:aws:iam::111122223333:role/data";

#[tokio::test]
async fn three_kinds() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let now = stage.sandbox.now();
    let limit = session_policy! { allow s3:GetObject on *; };
    let grants = [
        (
            Grant::session("read", Session::assume(DATA)),
            LeaseKind::Session,
            SecretKind::Session,
        ),
        (
            Grant::federation("read").policy(&limit),
            LeaseKind::Federation,
            SecretKind::Session,
        ),
        (inline(), LeaseKind::User, SecretKind::AccessKey),
    ];
    for (grant, kind, secret) in grants {
        let lease = leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
        assert_eq!(lease.kind(), kind);
        assert_eq!(lease.asked_by(), "ann");
        assert_eq!(lease.because(), "ticket 4711");
        assert_eq!(lease.expires(), now + MINUTE * 30);
        assert_eq!(lease.state(now), LeaseState::Active);
        let delivered = stage.sink.last();
        assert_eq!(delivered.kind(), secret);
        assert_eq!(delivered.user(), lease.id());
        assert_eq!(delivered.access_key_id(), lease.access_key_id());
        assert_eq!(delivered.expires(), Some(lease.expires()));
        // They work: STS answers everybody it knows.
        let credentials = delivered.credentials().unwrap();
        let config = stage.account.sdk_config_with(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            credentials.session_token(),
        );
        let sts = aws_sdk_sts::Client::new(&config);
        let caller = sts.get_caller_identity().send().await.unwrap();
        assert!(caller.arn().unwrap().ends_with(lease.id()), "{caller:?}");

        let extended = leases.extend(lease.id(), MINUTE * 60).await;
        match kind {
            LeaseKind::User => assert_eq!(extended.unwrap().expires(), now + MINUTE * 60),
            _ => {
                let error = extended.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotFound);
                assert!(error.to_string().contains("issue a new one"), "{error}");
            }
        }
        let listed = leases.list().await.unwrap();
        assert_eq!(listed.len(), usize::from(kind == LeaseKind::User));

        // A second lease of the same grant is not touched by revoking the first.
        let other = leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
        let list = stage.as_leased().list_users().send().await.is_ok();
        leases.revoke(&lease).await.unwrap();
        leases.revoke(&lease).await.unwrap();
        assert_eq!(stage.as_leased().list_users().send().await.is_ok(), list);
        let first = aws_sdk_iam::Client::new(&config);
        assert!(first.list_users().send().await.is_err());
        leases.revoke(&other).await.unwrap();
    }
    // What revoked sessions is lifted when they have ended.
    assert_eq!(stage.traces().await.len(), 4);
    stage.sandbox.advance(MINUTE * 29);
    assert!(leases.reap().await.unwrap().lifted().is_empty());
    stage.sandbox.advance(MINUTE * 2);
    assert_eq!(leases.reap().await.unwrap().lifted().len(), 4);
    assert!(stage.traces().await.is_empty());
}

#[tokio::test]
async fn a_revoked_session_is_refused_and_no_other() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let grant = Grant::session("read", Session::assume(DATA));
    let first = leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    let as_first = stage.as_leased();
    leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    let as_second = stage.as_leased();
    as_first.list_users().send().await.unwrap();
    leases.revoke(&first).await.unwrap();
    let error = as_first.list_users().send().await.unwrap_err();
    assert!(format!("{error:?}").contains("explicit deny"), "{error:?}");
    as_second.list_users().send().await.unwrap();
}

#[tokio::test]
async fn what_a_user_lease_holds() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    stage
        .iam
        .create_group()
        .group_name("readers")
        .send()
        .await
        .unwrap();
    let cap = stage
        .iam
        .create_policy()
        .policy_name("cap")
        .policy_document(super::super::sessions::allow("iam:List*"))
        .send()
        .await
        .unwrap();
    let cap = cap.policy().unwrap().arn().unwrap().to_owned();
    let grant = Grant::user("full")
        .attach(PolicyRef::aws("AmazonS3FullAccess"))
        .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
        .inline("list", allow("iam:*"))
        .group("readers")
        .boundary(cap.as_str())
        .tag("team", "web");
    let lease = leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    let user = stage
        .iam
        .get_user()
        .user_name(lease.id())
        .send()
        .await
        .unwrap();
    let user = user.user().unwrap();
    assert_eq!(user.path(), "/iam-provision/leases/");
    assert_eq!(
        user.permissions_boundary()
            .unwrap()
            .permissions_boundary_arn(),
        Some(cap.as_str())
    );
    let tag = |key: &str| {
        user.tags()
            .iter()
            .find(|tag| tag.key() == key)
            .map(|tag| tag.value().to_owned())
    };
    assert_eq!(tag("team").as_deref(), Some("web"));
    assert_eq!(tag("iam-provision:lease-by").as_deref(), Some("ann"));
    assert_eq!(
        tag("iam-provision:lease-because").as_deref(),
        Some("ticket 4711")
    );
    assert_eq!(tag("iam-provision:lease").as_deref(), Some("full"));
    assert_eq!(
        tag("iam-provision:lease-expires").as_deref(),
        Some("2026-01-01T00:30:00Z")
    );
    // Allowed within the boundary alone.
    stage.as_leased().list_users().send().await.unwrap();
    stage
        .as_leased()
        .create_user()
        .user_name("x")
        .send()
        .await
        .unwrap_err();
    // The list knows what was issued.
    let listed = leases.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].to_string(), lease.to_string());
    assert_eq!(listed[0].longest(), lease.longest());
    leases.revoke(&listed[0]).await.unwrap();
    assert!(stage.traces().await.is_empty());
    // The group and the policies are not the lease's.
    stage
        .iam
        .get_group()
        .group_name("readers")
        .send()
        .await
        .unwrap();
    stage
        .iam
        .get_policy()
        .policy_arn(&cap)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_session_lease_is_limited() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let policy = session_policy! { allow iam:ListRoles on *; };
    let grant = Grant::session("roles", Session::assume(DATA)).policy(&policy);
    leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    stage.as_leased().list_roles().send().await.unwrap();
    stage.as_leased().list_users().send().await.unwrap_err();
    assert_eq!(
        stage
            .sandbox
            .calls()
            .iter()
            .filter(|call| call.writes)
            .count(),
        0
    );
}

/// The figures that the bench reports, on one lease of each way.
#[tokio::test]
async fn five_calls_to_issue_and_six_to_revoke() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let grant = Grant::user("s3-full").attach(PolicyRef::aws("AmazonS3FullAccess"));
    let lease = leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    assert_eq!(
        stage.sandbox.calls().len(),
        5,
        "{:?}",
        stage.sandbox.calls()
    );
    stage.sandbox.clear_calls();
    leases.revoke(&lease).await.unwrap();
    assert_eq!(
        stage.sandbox.calls().len(),
        6,
        "{:?}",
        stage.sandbox.calls()
    );
    assert!(stage.traces().await.is_empty());
    leases.issue(&grant, &asked(), &stage.sink).await.unwrap();
    stage.sandbox.advance(MINUTE * 31);
    stage.sandbox.clear_calls();
    assert_eq!(leases.reap().await.unwrap().removed().len(), 1);
    // One read of the account, for all leases there are.
    assert_eq!(
        stage.sandbox.calls().len(),
        7,
        "{:?}",
        stage.sandbox.calls()
    );
}
