//! DeleteConflict: DeleteUser, DeleteGroup, DeleteRole, DeletePolicy,
//! DeletePolicyVersion and DeleteInstanceProfile in the IAM API reference.

use aws_sdk_iam::Client;

use crate::support::{ALLOW_ALL, TRUST_EC2, assert_refused, message, root};

async fn policy(iam: &Client, name: &str) -> String {
    let made = iam
        .create_policy()
        .policy_name(name)
        .policy_document(ALLOW_ALL)
        .send()
        .await;
    made.unwrap().policy().unwrap().arn().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_goes_last() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let arn = policy(&iam, "P").await;
    iam.create_login_profile()
        .user_name("Ann")
        .password("Abcdefg1!")
        .send()
        .await
        .unwrap();
    let key = iam
        .create_access_key()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    let serial = crate::mfa::enrol(&sandbox, &iam, "Ann").await.serial;
    iam.create_group().group_name("Team").send().await.unwrap();
    iam.add_user_to_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    iam.attach_user_policy()
        .user_name("Ann")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    iam.put_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();

    let delete = || async { iam.delete_user().user_name("Ann").send().await };
    assert_refused!(delete().await, "DeleteConflict", 409);
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must delete login profile first."
    );
    iam.delete_login_profile()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must delete access keys first."
    );
    let key = key.access_key().unwrap().access_key_id();
    iam.delete_access_key()
        .user_name("Ann")
        .access_key_id(key)
        .send()
        .await
        .unwrap();
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must delete MFA device first."
    );
    iam.deactivate_mfa_device()
        .user_name("Ann")
        .serial_number(&serial)
        .send()
        .await
        .unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.remove_user_from_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must detach all policies first."
    );
    iam.detach_user_policy()
        .user_name("Ann")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must delete policies first."
    );
    iam.delete_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
    assert_refused!(delete().await, "NoSuchEntity", 404);
}

#[tokio::test]
async fn a_group_with_users_or_policies_stays() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.create_group().group_name("Team").send().await.unwrap();
    let arn = policy(&iam, "P").await;
    let delete = || async { iam.delete_group().group_name("Team").send().await };

    iam.add_user_to_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.remove_user_from_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    iam.attach_group_policy()
        .group_name("Team")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.detach_group_policy()
        .group_name("Team")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    let inline = iam.put_group_policy().group_name("Team").policy_name("in");
    inline.policy_document(ALLOW_ALL).send().await.unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.delete_group_policy()
        .group_name("Team")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn a_role_with_policies_or_a_profile_stays() {
    let (_, _, iam) = root();
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .send()
        .await
        .unwrap();
    iam.create_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    iam.add_role_to_instance_profile()
        .instance_profile_name("I")
        .role_name("R")
        .send()
        .await
        .unwrap();
    let arn = policy(&iam, "P").await;
    iam.attach_role_policy()
        .role_name("R")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    let inline = iam.put_role_policy().role_name("R").policy_name("in");
    inline.policy_document(ALLOW_ALL).send().await.unwrap();

    let delete = || async { iam.delete_role().role_name("R").send().await };
    assert_eq!(
        message(delete().await),
        "Cannot delete entity, must remove roles from instance profile first."
    );
    assert_refused!(
        iam.delete_instance_profile()
            .instance_profile_name("I")
            .send()
            .await,
        "DeleteConflict",
        409
    );
    iam.remove_role_from_instance_profile()
        .instance_profile_name("I")
        .role_name("R")
        .send()
        .await
        .unwrap();
    iam.delete_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.detach_role_policy()
        .role_name("R")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.delete_role_policy()
        .role_name("R")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn a_policy_in_use_or_with_versions_stays() {
    let (_, _, iam) = root();
    let arn = policy(&iam, "P").await;
    iam.create_user().user_name("Ann").send().await.unwrap();
    let delete = || async { iam.delete_policy().policy_arn(&arn).send().await };

    iam.attach_user_policy()
        .user_name("Ann")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(
        message(delete().await),
        "Cannot delete a policy attached to entities."
    );
    iam.detach_user_policy()
        .user_name("Ann")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();

    let boundary = iam.put_user_permissions_boundary().user_name("Ann");
    boundary.permissions_boundary(&arn).send().await.unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    iam.delete_user_permissions_boundary()
        .user_name("Ann")
        .send()
        .await
        .unwrap();

    let version = iam
        .create_policy_version()
        .policy_arn(&arn)
        .policy_document(ALLOW_ALL);
    version.send().await.unwrap();
    assert_refused!(delete().await, "DeleteConflict", 409);
    assert_eq!(
        message(
            iam.delete_policy_version()
                .policy_arn(&arn)
                .version_id("v1")
                .send()
                .await
        ),
        "Cannot delete the default version of a policy."
    );
    iam.delete_policy_version()
        .policy_arn(&arn)
        .version_id("v2")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
}
