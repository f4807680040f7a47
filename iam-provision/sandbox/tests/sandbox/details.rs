//! GetAccountAuthorizationDetails in the IAM API reference.

use aws_sdk_iam::types::EntityType;

use crate::support::{ALLOW_ALL, TRUST_EC2, root};

async fn estate() -> aws_sdk_iam::Client {
    let (_, _, iam) = root();
    iam.create_user().user_name("U").send().await.unwrap();
    iam.create_group().group_name("G").send().await.unwrap();
    iam.add_user_to_group()
        .user_name("U")
        .group_name("G")
        .send()
        .await
        .unwrap();
    let policy = iam
        .create_policy()
        .policy_name("P")
        .policy_document(ALLOW_ALL)
        .send();
    let arn = policy
        .await
        .unwrap()
        .policy()
        .unwrap()
        .arn()
        .unwrap()
        .to_owned();
    let version = iam
        .create_policy_version()
        .policy_arn(&arn)
        .policy_document(ALLOW_ALL);
    version.set_as_default(true).send().await.unwrap();
    iam.attach_group_policy()
        .group_name("G")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .permissions_boundary(&arn)
        .send()
        .await
        .unwrap();
    let aws = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    iam.attach_role_policy()
        .role_name("R")
        .policy_arn(aws)
        .send()
        .await
        .unwrap();
    let inline = iam.put_role_policy().role_name("R").policy_name("in");
    inline.policy_document(ALLOW_ALL).send().await.unwrap();
    iam.create_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    let add = iam
        .add_role_to_instance_profile()
        .instance_profile_name("I");
    add.role_name("R").send().await.unwrap();
    iam
}

#[tokio::test]
async fn the_whole_account_is_told() {
    let iam = estate().await;
    let all = iam
        .get_account_authorization_details()
        .send()
        .await
        .unwrap();
    let user = &all.user_detail_list()[0];
    assert_eq!(user.group_list(), ["G"]);
    let group = &all.group_detail_list()[0];
    assert_eq!(
        group.attached_managed_policies()[0].policy_name(),
        Some("P")
    );
    let role = &all.role_detail_list()[0];
    assert_eq!(role.role_policy_list()[0].policy_name(), Some("in"));
    assert_eq!(role.instance_profile_list()[0].instance_profile_name(), "I");
    assert!(role.permissions_boundary().is_some());
    assert!(
        role.assume_role_policy_document()
            .unwrap()
            .starts_with("%7B%22Version%22")
    );
    let policies: Vec<_> = all
        .policies()
        .iter()
        .filter_map(|p| p.policy_name())
        .collect();
    assert_eq!(policies, ["P", "AmazonS3FullAccess"]);
    let own = &all.policies()[0];
    assert_eq!(own.policy_version_list().len(), 2);
    assert_eq!(own.default_version_id(), Some("v2"));
    assert_eq!(own.attachment_count(), Some(1));
    assert_eq!(own.permissions_boundary_usage_count(), Some(1));
}

#[tokio::test]
async fn a_filter_leaves_the_rest_out() {
    let iam = estate().await;
    let call = iam
        .get_account_authorization_details()
        .filter(EntityType::Role);
    let roles = call
        .filter(EntityType::LocalManagedPolicy)
        .send()
        .await
        .unwrap();
    assert_eq!(roles.role_detail_list().len(), 1);
    assert_eq!(roles.policies().len(), 1);
    assert!(roles.user_detail_list().is_empty() && roles.group_detail_list().is_empty());
}

#[tokio::test]
async fn pages_run_over_all_kinds() {
    let iam = estate().await;
    let mut pages = iam
        .get_account_authorization_details()
        .into_paginator()
        .page_size(2)
        .send();
    let mut counts = [0; 4];
    let mut number = 0;
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        number += 1;
        counts[0] += page.user_detail_list().len();
        counts[1] += page.group_detail_list().len();
        counts[2] += page.role_detail_list().len();
        counts[3] += page.policies().len();
    }
    assert_eq!((number, counts), (3, [1, 1, 1, 2]));
}
