//! What the sandbox offers to tests beyond AWS.

use std::time::Duration;

use iam_sandbox::Quota;

use crate::support::{TRUST_EC2, assert_refused, root};

#[tokio::test]
async fn reads_lag_behind_writes_when_asked_to() {
    let (sandbox, _, iam) = root();
    sandbox.delay_visibility(Duration::from_secs(10));
    iam.create_user().user_name("Ann").send().await.unwrap();
    assert_refused!(
        iam.get_user().user_name("Ann").send().await,
        "NoSuchEntity",
        404
    );
    sandbox.advance(Duration::from_secs(5));
    iam.update_user()
        .user_name("Ann")
        .new_path("/x/")
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.get_user().user_name("Ann").send().await,
        "NoSuchEntity",
        404
    );
    sandbox.advance(Duration::from_secs(5));
    let path = || async {
        let read = iam.get_user().user_name("Ann").send().await.unwrap();
        read.user().unwrap().path().to_owned()
    };
    assert_eq!(path().await, "/");
    sandbox.advance(Duration::from_secs(5));
    assert_eq!(path().await, "/x/");
    assert_refused!(
        iam.create_user().user_name("Ann").send().await,
        "EntityAlreadyExists",
        409
    );
    sandbox.delay_visibility(Duration::ZERO);
    iam.create_user().user_name("Bob").send().await.unwrap();
    iam.get_user().user_name("Bob").send().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let before = sandbox.snapshot();
    iam.delete_user().user_name("Ann").send().await.unwrap();
    let first = iam.create_group().group_name("G").send().await.unwrap();
    sandbox.restore(&before);
    iam.get_user().user_name("Ann").send().await.unwrap();
    iam.delete_user().user_name("Ann").send().await.unwrap();
    let second = iam.create_group().group_name("G").send().await.unwrap();
    assert_eq!(first.group(), second.group(), "ids repeat as well");
}

#[tokio::test]
async fn quotas_can_be_set() {
    let (_, account, iam) = root();
    account.set_quota(Quota::Roles, 1);
    let create = |name: &str| {
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(TRUST_EC2)
            .send()
    };
    create("A").await.unwrap();
    assert_refused!(create("B").await, "LimitExceeded", 409);
    let summary = iam.get_account_summary().send().await.unwrap();
    let key = aws_sdk_iam::types::SummaryKeyType::from("RolesQuota");
    assert_eq!(summary.summary_map().unwrap()[&key], 1);
}
