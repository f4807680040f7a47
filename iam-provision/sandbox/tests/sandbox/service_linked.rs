//! "Using service-linked roles" in the IAM User Guide; CreateServiceLinkedRole
//! and DeleteServiceLinkedRole in the IAM API reference.

use crate::support::{ALLOW_ALL, TRUST_EC2, assert_refused, message, root};

#[tokio::test]
async fn only_the_service_changes_its_role() {
    let (_, _, iam) = root();
    let made = iam
        .create_service_linked_role()
        .aws_service_name("autoscaling.amazonaws.com");
    let made = made.send().await.unwrap();
    let role = made.role().unwrap();
    assert_eq!(
        role.arn(),
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/\
         AWSServiceRoleForAutoScaling"
    );
    let name = role.role_name();
    let attach = iam.attach_role_policy().role_name(name);
    let attach = attach
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await;
    assert_eq!(
        message(attach),
        "Cannot perform the operation on the protected role 'AWSServiceRoleForAutoScaling' - this \
         role is only modifiable by AWS"
    );
    let put = iam
        .put_role_policy()
        .role_name(name)
        .policy_name("p")
        .policy_document(ALLOW_ALL);
    assert_refused!(put.send().await, "UnmodifiableEntity", 400);
    let trust = iam
        .update_assume_role_policy()
        .role_name(name)
        .policy_document(TRUST_EC2);
    assert_refused!(trust.send().await, "UnmodifiableEntity", 400);
    let update = iam.update_role().role_name(name);
    let update = update.max_session_duration(7_200).send().await;
    assert_refused!(update, "UnmodifiableEntity", 400);
    // "edit the description of a service-linked role" is what customers may.
    let update = iam.update_role().role_name(name).description("d");
    update.send().await.unwrap();
    let read = iam.get_role().role_name(name).send().await.unwrap();
    assert_eq!(read.role().unwrap().description(), Some("d"));
    assert_refused!(
        iam.delete_role().role_name(name).send().await,
        "UnmodifiableEntity",
        400
    );
    let again = iam
        .create_service_linked_role()
        .aws_service_name("autoscaling.amazonaws.com");
    assert_refused!(again.send().await, "InvalidInput", 400);

    let deletion = iam
        .delete_service_linked_role()
        .role_name(name)
        .send()
        .await
        .unwrap();
    let status = iam.get_service_linked_role_deletion_status();
    let status = status
        .deletion_task_id(deletion.deletion_task_id())
        .send()
        .await
        .unwrap();
    assert_eq!(status.status().as_str(), "SUCCEEDED");
    assert_refused!(
        iam.get_role().role_name(name).send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn suffixes_and_unknown_services() {
    let (_, _, iam) = root();
    let create = |service: &str| {
        iam.create_service_linked_role()
            .aws_service_name(service)
            .custom_suffix("x")
            .send()
    };
    let made = create("autoscaling.amazonaws.com").await.unwrap();
    assert_eq!(
        made.role().unwrap().role_name(),
        "AWSServiceRoleForAutoScaling_x"
    );
    assert_refused!(create("ecs.amazonaws.com").await, "InvalidInput", 400);
    assert_refused!(create("nonsense.amazonaws.com").await, "InvalidInput", 400);
}
