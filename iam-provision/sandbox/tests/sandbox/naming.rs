//! Names and paths: IAM API reference (parameter constraints of the create
//! operations) and "IAM identifiers" in the IAM User Guide.

use crate::support::{ALLOW_ALL, TRUST_EC2, assert_refused, message, root};

#[tokio::test]
async fn names_are_unique_without_regard_to_case() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.create_group().group_name("Team").send().await.unwrap();
    iam.create_role()
        .role_name("Role")
        .assume_role_policy_document(TRUST_EC2)
        .send()
        .await
        .unwrap();
    iam.create_policy()
        .policy_name("P")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    iam.create_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();

    let code = "EntityAlreadyExists";
    assert_refused!(
        iam.create_user().user_name("ANN").send().await,
        "EntityAlreadyExists",
        409
    );
    assert_refused!(
        iam.create_group().group_name("team").send().await,
        "EntityAlreadyExists",
        409
    );
    let role = iam
        .create_role()
        .role_name("role")
        .assume_role_policy_document(TRUST_EC2);
    assert_eq!(
        message(role.send().await),
        "Role with name role already exists."
    );
    let policy = iam
        .create_policy()
        .policy_name("p")
        .policy_document(ALLOW_ALL);
    assert_eq!(
        message(policy.send().await),
        "A policy called p already exists. Duplicate names are not allowed."
    );
    let profile = iam
        .create_instance_profile()
        .instance_profile_name("i")
        .send()
        .await;
    assert_eq!(crate::support::refused(profile), (code.to_owned(), 409));
}

#[tokio::test]
async fn a_path_does_not_make_a_name_another_one() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    assert_refused!(
        iam.create_user().user_name("Ann").path("/x/").send().await,
        "EntityAlreadyExists",
        409
    );
    let policy = |path| {
        iam.create_policy()
            .policy_name("P")
            .path(path)
            .policy_document(ALLOW_ALL)
    };
    policy("/a/").send().await.unwrap();
    assert_refused!(policy("/b/").send().await, "EntityAlreadyExists", 409);
}

#[tokio::test]
async fn names_and_paths_of_the_wrong_form_are_refused() {
    let (_, _, iam) = root();
    for name in ["", "a b", "a/b", "ü", &"u".repeat(65)] {
        assert_refused!(
            iam.create_user().user_name(name).send().await,
            "ValidationError",
            400
        );
    }
    iam.create_user()
        .user_name("u".repeat(64))
        .send()
        .await
        .unwrap();
    iam.create_group()
        .group_name("g".repeat(128))
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.create_group().group_name("g".repeat(129)).send().await,
        "ValidationError",
        400
    );
    for path in ["x", "/x", "x/", "/a b/", &format!("/{}/", "p".repeat(511))] {
        assert_refused!(
            iam.create_user().user_name("u").path(path).send().await,
            "ValidationError",
            400
        );
    }
    assert_eq!(
        message(iam.create_user().user_name("a b").send().await),
        "The specified value for userName is invalid. It must contain only alphanumeric \
         characters and/or the following: +=,.@_-"
    );
}

#[tokio::test]
async fn what_is_missing_is_no_such_entity() {
    let (_, _, iam) = root();
    assert_eq!(
        message(iam.get_user().user_name("Nobody").send().await),
        "The user with name Nobody cannot be found."
    );
    assert_refused!(
        iam.get_user().user_name("N").send().await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_role().role_name("N").send().await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_group().group_name("N").send().await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_policy()
            .policy_arn("arn:aws:iam::111122223333:policy/N")
            .send()
            .await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_instance_profile()
            .instance_profile_name("N")
            .send()
            .await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_login_profile().user_name("N").send().await,
        "NoSuchEntity",
        404
    );
    assert_refused!(
        iam.get_account_password_policy().send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn renaming_keeps_id_and_membership_and_refuses_a_taken_name() {
    let (_, _, iam) = root();
    let id = iam.create_user().user_name("Ann").send().await.unwrap();
    let id = id.user().unwrap().user_id().to_owned();
    iam.create_user().user_name("Bob").send().await.unwrap();
    iam.create_group().group_name("Team").send().await.unwrap();
    iam.add_user_to_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();

    assert_refused!(
        iam.update_user()
            .user_name("Ann")
            .new_user_name("BOB")
            .send()
            .await,
        "EntityAlreadyExists",
        409
    );
    iam.update_user()
        .user_name("Ann")
        .new_user_name("Eve")
        .new_path("/x/")
        .send()
        .await
        .unwrap();
    iam.update_group()
        .group_name("Team")
        .new_group_name("Crew")
        .send()
        .await
        .unwrap();

    let eve = iam.get_user().user_name("Eve").send().await.unwrap();
    assert_eq!(eve.user().unwrap().user_id(), id);
    assert_eq!(
        eve.user().unwrap().arn(),
        "arn:aws:iam::111122223333:user/x/Eve"
    );
    let groups = iam
        .list_groups_for_user()
        .user_name("Eve")
        .send()
        .await
        .unwrap();
    assert_eq!(groups.groups()[0].group_name(), "Crew");
    assert_refused!(
        iam.get_user().user_name("Ann").send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn the_path_of_service_linked_roles_is_reserved() {
    let (_, _, iam) = root();
    let role = iam
        .create_role()
        .role_name("AWSServiceRoleForX")
        .path("/aws-service-role/x.amazonaws.com/")
        .assume_role_policy_document(TRUST_EC2);
    assert_refused!(role.send().await, "ValidationError", 400);
}
