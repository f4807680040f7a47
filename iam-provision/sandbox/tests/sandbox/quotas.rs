//! "IAM and AWS STS quotas" in the IAM User Guide.

use crate::support::{ALLOW_ALL, TRUST_EC2, assert_refused, root};

/// An identity policy with exactly that many characters that count.
fn policy_of(characters: usize) -> String {
    let fill = |text: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{text}"}}]}}"#
        )
    };
    let empty = fill("").chars().count();
    fill(&"b".repeat(characters - empty))
}

#[tokio::test]
async fn managed_policies_have_6144_characters_white_space_not_counted() {
    let (_, _, iam) = root();
    let create = |name: &str, text: String| {
        iam.create_policy()
            .policy_name(name)
            .policy_document(text)
            .send()
    };
    create("fits", policy_of(6_144)).await.unwrap();
    create("spaced", policy_of(6_144).replace(',', " , \n"))
        .await
        .unwrap();
    assert_refused!(
        create("large", policy_of(6_145)).await,
        "LimitExceeded",
        409
    );
}

#[tokio::test]
async fn inline_policies_share_a_quota_per_entity() {
    let (_, _, iam) = root();
    iam.create_user().user_name("U").send().await.unwrap();
    iam.create_group().group_name("G").send().await.unwrap();
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .send()
        .await
        .unwrap();
    let user = |name: &str, size| {
        let call = iam.put_user_policy().user_name("U").policy_name(name);
        call.policy_document(policy_of(size)).send()
    };
    user("a", 1_024).await.unwrap();
    user("b", 1_024).await.unwrap();
    assert_refused!(user("c", 200).await, "LimitExceeded", 409);
    user("b", 1_000).await.unwrap(); // replaced, not added
    let group = |size| {
        let call = iam.put_group_policy().group_name("G").policy_name("p");
        call.policy_document(policy_of(size)).send()
    };
    group(5_120).await.unwrap();
    assert_refused!(group(5_121).await, "LimitExceeded", 409);
    let role = |size| {
        let call = iam.put_role_policy().role_name("R").policy_name("p");
        call.policy_document(policy_of(size)).send()
    };
    role(10_240).await.unwrap();
    assert_refused!(role(10_241).await, "LimitExceeded", 409);
}

#[tokio::test]
async fn ten_managed_policies_per_entity() {
    let (_, _, iam) = root();
    iam.create_group().group_name("G").send().await.unwrap();
    for number in 0..11 {
        let made = iam
            .create_policy()
            .policy_name(format!("P{number}"))
            .policy_document(ALLOW_ALL)
            .send()
            .await
            .unwrap();
        let arn = made.policy().unwrap().arn().unwrap();
        let attached = iam
            .attach_group_policy()
            .group_name("G")
            .policy_arn(arn)
            .send()
            .await;
        if number < 10 {
            attached.unwrap();
        } else {
            assert_refused!(attached, "LimitExceeded", 409);
        }
    }
}

#[tokio::test]
async fn ten_groups_per_user_and_two_keys() {
    let (_, _, iam) = root();
    iam.create_user().user_name("U").send().await.unwrap();
    for number in 0..11 {
        let group = format!("G{number}");
        iam.create_group().group_name(&group).send().await.unwrap();
        let added = iam
            .add_user_to_group()
            .user_name("U")
            .group_name(&group)
            .send()
            .await;
        if number < 10 {
            added.unwrap();
        } else {
            assert_refused!(added, "LimitExceeded", 409);
        }
    }
    for _ in 0..2 {
        iam.create_access_key().user_name("U").send().await.unwrap();
    }
    assert_refused!(
        iam.create_access_key().user_name("U").send().await,
        "LimitExceeded",
        409
    );
}

#[tokio::test]
async fn a_trust_policy_has_2048_characters() {
    let (_, _, iam) = root();
    let trust = |id: usize| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"{}"}}}}}}]}}"#,
            "x".repeat(id)
        )
    };
    let base = trust(0).len();
    let create = |name: &str, text: String| {
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(text)
            .send()
    };
    create("fits", trust(2_048 - base)).await.unwrap();
    assert_refused!(
        create("large", trust(2_049 - base)).await,
        "LimitExceeded",
        409
    );
}

#[tokio::test]
async fn an_instance_profile_holds_one_role() {
    let (_, _, iam) = root();
    for role in ["A", "B"] {
        let call = iam
            .create_role()
            .role_name(role)
            .assume_role_policy_document(TRUST_EC2);
        call.send().await.unwrap();
    }
    iam.create_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    let add = |role: &str| {
        iam.add_role_to_instance_profile()
            .instance_profile_name("I")
            .role_name(role)
            .send()
    };
    add("A").await.unwrap();
    assert_refused!(add("B").await, "LimitExceeded", 409);
    let for_role = iam
        .list_instance_profiles_for_role()
        .role_name("A")
        .send()
        .await
        .unwrap();
    assert_eq!(for_role.instance_profiles()[0].roles()[0].role_name(), "A");
}

#[tokio::test]
async fn the_summary_counts_and_names_the_quotas() {
    let (_, _, iam) = root();
    iam.create_user().user_name("U").send().await.unwrap();
    let summary = iam.get_account_summary().send().await.unwrap();
    let map = summary.summary_map().unwrap();
    let value = |key: &str| map[&aws_sdk_iam::types::SummaryKeyType::from(key)];
    assert_eq!(value("Users"), 1);
    assert_eq!(value("PolicySizeQuota"), 6_144);
    assert_eq!(value("VersionsPerPolicyQuota"), 5);
    assert_eq!(value("AssumeRolePolicySizeQuota"), 2_048);
}
