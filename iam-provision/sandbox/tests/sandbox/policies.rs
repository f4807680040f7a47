//! Policy documents, managed policies and their versions: CreatePolicy,
//! CreatePolicyVersion, PutUserPolicy … in the IAM API reference.

use aws_sdk_iam::types::PolicyUsageType;

use crate::support::{ALLOW_ALL, TRUST_EC2, assert_refused, message, root};

const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

#[tokio::test]
async fn versions_are_numbered_once_and_at_most_five() {
    let (_, _, iam) = root();
    let made = iam
        .create_policy()
        .policy_name("P")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    let policy = made.policy().unwrap();
    let arn = policy.arn().unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:policy/P");
    assert_eq!(policy.default_version_id(), Some("v1"));
    let create = |default| {
        let call = iam
            .create_policy_version()
            .policy_arn(arn)
            .policy_document(DENY_ALL);
        call.set_as_default(default).send()
    };
    for expected in ["v2", "v3", "v4", "v5"] {
        let made = create(false).await.unwrap();
        let version = made.policy_version().unwrap();
        assert_eq!(version.version_id(), Some(expected));
        assert!(!version.is_default_version());
    }
    assert_refused!(create(false).await, "LimitExceeded", 409);
    iam.delete_policy_version()
        .policy_arn(arn)
        .version_id("v2")
        .send()
        .await
        .unwrap();
    let made = create(true).await.unwrap();
    assert_eq!(
        made.policy_version().unwrap().version_id(),
        Some("v6"),
        "v2 is not used again"
    );
    let read = iam.get_policy().policy_arn(arn).send().await.unwrap();
    assert_eq!(read.policy().unwrap().default_version_id(), Some("v6"));
    iam.set_default_policy_version()
        .policy_arn(arn)
        .version_id("v3")
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.set_default_policy_version()
            .policy_arn(arn)
            .version_id("v2")
            .send()
            .await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_policy_version()
            .policy_arn(arn)
            .version_id("3")
            .send()
            .await,
        "ValidationError",
        400
    );
    let listed = iam
        .list_policy_versions()
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = listed
        .versions()
        .iter()
        .filter_map(|v| v.version_id())
        .collect();
    assert_eq!(ids, ["v6", "v5", "v4", "v3", "v1"]);
}

#[tokio::test]
async fn documents_come_back_percent_encoded_and_to_the_letter() {
    let (_, _, iam) = root();
    let text = "{ \"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\":\"Allow\",\
                \"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b\u{fc}cket/a+b~c\"}] }";
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.put_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .policy_document(text)
        .send()
        .await
        .unwrap();
    let read = iam
        .get_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    let encoded = read.policy_document();
    assert!(
        encoded.starts_with("%7B%20%22Version%22%3A%20%222012-10-17%22%2C%0A"),
        "{encoded}"
    );
    assert!(encoded.contains("b%C3%BCcket%2Fa%2Bb~c"), "{encoded}");
    let decoded = percent_encoding::percent_decode_str(encoded)
        .decode_utf8()
        .unwrap();
    assert_eq!(decoded, text);
}

#[tokio::test]
async fn malformed_documents_are_refused_with_iams_message() {
    let (_, _, iam) = root();
    let create = |document: &str| {
        iam.create_policy()
            .policy_name("P")
            .policy_document(document)
            .send()
    };
    for (document, expected) in [
        ("{", "Syntax errors in policy."),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"nonsense","Resource":"*"}]}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}"#,
            "Policy statement must contain resources.",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}]}"#,
            "Resource bucket must be in ARN format or \"*\".",
        ),
    ] {
        let result = create(document).await;
        assert_eq!(message(result), expected, "{document}");
        assert_refused!(create(document).await, "MalformedPolicyDocument", 400);
    }
    assert_refused!(create("").await, "ValidationError", 400);
    assert_refused!(create("\u{20AC}").await, "ValidationError", 400);
}

#[tokio::test]
async fn a_trust_policy_has_no_resource_and_needs_a_principal() {
    let (_, _, iam) = root();
    let create = |document: &str| {
        iam.create_role()
            .role_name("R")
            .assume_role_policy_document(document)
            .send()
    };
    let with_resource = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Resource":"*"}]}"#;
    assert_eq!(
        message(create(with_resource).await),
        "Has prohibited field Resource"
    );
    let without_principal =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#;
    assert_refused!(
        create(without_principal).await,
        "MalformedPolicyDocument",
        400
    );
    assert_refused!(
        iam.create_policy()
            .policy_name("P")
            .policy_document(TRUST_EC2)
            .send()
            .await,
        "MalformedPolicyDocument",
        400
    );
}

#[tokio::test]
async fn policies_of_aws_exist_and_cannot_be_changed() {
    let (_, _, iam) = root();
    let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let read = iam.get_policy().policy_arn(arn).send().await.unwrap();
    let policy = read.policy().unwrap();
    assert_eq!(policy.arn(), Some(arn));
    assert_eq!(policy.path(), Some("/"));
    let version = policy.default_version_id().unwrap();
    let version = iam
        .get_policy_version()
        .policy_arn(arn)
        .version_id(version)
        .send()
        .await
        .unwrap();
    assert!(
        version
            .policy_version()
            .unwrap()
            .document()
            .unwrap()
            .contains("s3%3AGet%2A")
    );
    assert_refused!(
        iam.delete_policy().policy_arn(arn).send().await,
        "AccessDenied",
        403
    );
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.attach_user_policy()
        .user_name("Ann")
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    let attached = iam
        .list_attached_user_policies()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    assert_eq!(
        attached.attached_policies()[0].policy_name(),
        Some("AmazonS3ReadOnlyAccess")
    );
}

#[tokio::test]
async fn more_policies_of_aws_can_be_loaded() {
    let (sandbox, _, iam) = root();
    let arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    assert_refused!(
        iam.get_policy().policy_arn(arn).send().await,
        "NoSuchEntity",
        404
    );
    assert_eq!(sandbox.load_aws_managed_policies([(arn, DENY_ALL)]), Ok(1));
    let read = iam.get_policy().policy_arn(arn).send().await.unwrap();
    assert_eq!(read.policy().unwrap().path(), Some("/job-function/"));
    let error = sandbox.load_aws_managed_policies([("arn:aws:iam::1:policy/x", DENY_ALL)]);
    assert_eq!(
        error.unwrap_err().kind(),
        iam_sandbox::ErrorKind::InvalidManagedPolicy
    );
}

#[tokio::test]
async fn attaching_twice_counts_once_and_detaching_twice_is_refused() {
    let (_, _, iam) = root();
    let made = iam
        .create_policy()
        .policy_name("P")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    let arn = made.policy().unwrap().arn().unwrap();
    iam.create_group().group_name("G").send().await.unwrap();
    for _ in 0..2 {
        iam.attach_group_policy()
            .group_name("G")
            .policy_arn(arn)
            .send()
            .await
            .unwrap();
    }
    let read = iam.get_policy().policy_arn(arn).send().await.unwrap();
    assert_eq!(read.policy().unwrap().attachment_count(), Some(1));
    iam.detach_group_policy()
        .group_name("G")
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.detach_group_policy()
            .group_name("G")
            .policy_arn(arn)
            .send()
            .await,
        "NoSuchEntity",
        404
    );
    let missing = "arn:aws:iam::111122223333:policy/Missing";
    assert_eq!(
        message(
            iam.attach_group_policy()
                .group_name("G")
                .policy_arn(missing)
                .send()
                .await
        ),
        format!("Policy {missing} does not exist or is not attachable.")
    );
}

#[tokio::test]
async fn a_boundary_must_exist_and_is_told() {
    let (_, _, iam) = root();
    let missing = "arn:aws:iam::111122223333:policy/Missing";
    assert_refused!(
        iam.create_user()
            .user_name("Ann")
            .permissions_boundary(missing)
            .send()
            .await,
        "NoSuchEntity",
        404
    );
    let made = iam
        .create_policy()
        .policy_name("B")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    let arn = made.policy().unwrap().arn().unwrap();
    iam.create_user()
        .user_name("Ann")
        .permissions_boundary(arn)
        .send()
        .await
        .unwrap();
    iam.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .permissions_boundary(arn)
        .send()
        .await
        .unwrap();
    let user = iam.get_user().user_name("Ann").send().await.unwrap();
    let boundary = user.user().unwrap().permissions_boundary().unwrap();
    assert_eq!(boundary.permissions_boundary_arn(), Some(arn));
    let entities = iam
        .list_entities_for_policy()
        .policy_arn(arn)
        .policy_usage_filter(PolicyUsageType::PermissionsBoundary)
        .send()
        .await
        .unwrap();
    assert_eq!(entities.policy_users()[0].user_name(), Some("Ann"));
    assert_eq!(entities.policy_roles()[0].role_name(), Some("R"));
    iam.delete_role_permissions_boundary()
        .role_name("R")
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.delete_role_permissions_boundary()
            .role_name("R")
            .send()
            .await,
        "NoSuchEntity",
        404
    );
}
