//! "Tags for AWS Identity and Access Management resources" in the IAM User
//! Guide.

use aws_sdk_iam::types::Tag;

use crate::support::{TRUST_EC2, assert_refused, root};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn tags_are_set_at_creation_changed_and_removed() {
    let (_, _, iam) = root();
    iam.create_user()
        .user_name("U")
        .tags(tag("Team", "a"))
        .send()
        .await
        .unwrap();
    let user = iam.get_user().user_name("U").send().await.unwrap();
    assert_eq!(user.user().unwrap().tags(), [tag("Team", "a")]);
    iam.tag_user()
        .user_name("U")
        .tags(tag("team", "b"))
        .tags(tag("Cost", ""))
        .send()
        .await
        .unwrap();
    let tags = iam.list_user_tags().user_name("U").send().await.unwrap();
    assert_eq!(
        tags.tags(),
        [tag("Cost", ""), tag("team", "b")],
        "keys ignore case"
    );
    iam.untag_user()
        .user_name("U")
        .tag_keys("TEAM")
        .tag_keys("none")
        .send()
        .await
        .unwrap();
    let tags = iam.list_user_tags().user_name("U").send().await.unwrap();
    assert_eq!(tags.tags(), [tag("Cost", "")]);
}

#[tokio::test]
async fn lists_leave_tags_out() {
    let (_, _, iam) = root();
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .description("d")
        .tags(tag("k", "v"))
        .send()
        .await
        .unwrap();
    let listed = iam.list_roles().send().await.unwrap();
    assert!(listed.roles()[0].tags().is_empty());
    let read = iam.get_role().role_name("R").send().await.unwrap();
    assert_eq!(read.role().unwrap().tags(), [tag("k", "v")]);
    assert_eq!(read.role().unwrap().description(), Some("d"));
}

#[tokio::test]
async fn tags_against_the_rules_are_refused() {
    let (_, _, iam) = root();
    iam.create_user().user_name("U").send().await.unwrap();
    let set = |key: &str, value: &str| iam.tag_user().user_name("U").tags(tag(key, value)).send();
    assert_refused!(set("aws:x", "v").await, "InvalidInput", 400);
    assert_refused!(set("", "v").await, "ValidationError", 400);
    assert_refused!(set(&"k".repeat(129), "v").await, "ValidationError", 400);
    assert_refused!(set("k", &"v".repeat(257)).await, "ValidationError", 400);
    assert_refused!(set("k*", "v").await, "ValidationError", 400);
    set("Grüße", "a b_.:/=+-@").await.unwrap();
    let twice = iam
        .tag_user()
        .user_name("U")
        .tags(tag("a", "1"))
        .tags(tag("A", "2"));
    assert_refused!(twice.send().await, "InvalidInput", 400);
    let many = (0..50).map(|n| tag(&format!("k{n}"), "v")).collect();
    assert_refused!(
        iam.tag_user()
            .user_name("U")
            .set_tags(Some(many))
            .send()
            .await,
        "LimitExceeded",
        409
    );
    let too_many = (0..51).map(|n| tag(&format!("k{n}"), "v")).collect();
    assert_refused!(
        iam.create_user()
            .user_name("V")
            .set_tags(Some(too_many))
            .send()
            .await,
        "ValidationError",
        400
    );
    assert_refused!(
        iam.get_user().user_name("V").send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn profiles_policies_and_devices_have_tags_too() {
    let (_, _, iam) = root();
    let profile = iam
        .create_instance_profile()
        .instance_profile_name("I")
        .tags(tag("k", "v"));
    profile.send().await.unwrap();
    let tags = iam
        .list_instance_profile_tags()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag("k", "v")]);
    let policy = iam
        .create_policy()
        .policy_name("P")
        .policy_document(crate::support::ALLOW_ALL);
    let policy = policy.tags(tag("k", "v")).send().await.unwrap();
    let arn = policy.policy().unwrap().arn().unwrap();
    iam.untag_policy()
        .policy_arn(arn)
        .tag_keys("k")
        .send()
        .await
        .unwrap();
    assert!(
        iam.list_policy_tags()
            .policy_arn(arn)
            .send()
            .await
            .unwrap()
            .tags()
            .is_empty()
    );
    let device = iam
        .create_virtual_mfa_device()
        .virtual_mfa_device_name("D")
        .send()
        .await
        .unwrap();
    let serial = device.virtual_mfa_device().unwrap().serial_number();
    iam.tag_mfa_device()
        .serial_number(serial)
        .tags(tag("k", "v"))
        .send()
        .await
        .unwrap();
    let tags = iam
        .list_mfa_device_tags()
        .serial_number(serial)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag("k", "v")]);
}
