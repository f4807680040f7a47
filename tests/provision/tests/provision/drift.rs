//! What is changed behind our back shows in the next plan and is put right;
//! a deny is left alone.

use std::pin::Pin;

use iam_provision::{NoteKind, Reads};

use crate::support::{
    ACCOUNT, WAYS, World, add_hidden_credentials, allow, deny, everything, metadata,
};

pub(crate) type Change =
    for<'a> fn(&'a aws_sdk_iam::Client) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One change behind our back, made with the SDK.
macro_rules! change {
    (|$iam:ident| $($call:expr),+ $(,)?) => {
        (|$iam| Box::pin(async move { $( $call.send().await.unwrap(); )+ })) as Change
    };
}

pub(crate) use change;

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

pub(crate) const AWS_READ: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
pub(crate) const OIDC: &str = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1";
pub(crate) const SAML: &str = "arn:aws:iam::111122223333:saml-provider/corp";
const AWS_ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(crate) const OTHER_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999900001111:root"},"Action":"sts:AssumeRole"}]}"#;

/// Each kind of drift: the field that it changes, and what the plan is expected
/// to call to repair it.
pub(crate) fn drifts() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        (
            "User.inline",
            "DeleteUserPolicy",
            change!(|iam| iam
                .put_user_policy()
                .user_name("ann")
                .policy_name("x")
                .policy_document(ALLOW_ALL)),
        ),
        (
            "Group.inline",
            "DeleteGroupPolicy",
            change!(|iam| iam
                .put_group_policy()
                .group_name("team")
                .policy_name("x")
                .policy_document(ALLOW_ALL)),
        ),
        (
            "Role.inline",
            "DeleteRolePolicy",
            change!(|iam| iam
                .put_role_policy()
                .role_name("worker")
                .policy_name("x")
                .policy_document(ALLOW_ALL)),
        ),
        // A deny's name does not make an allow one.
        (
            "Role.inline",
            "DeleteRolePolicy",
            change!(|iam| iam
                .put_role_policy()
                .role_name("worker")
                .policy_name("AWSRevokeOlderSessions")
                .policy_document(ALLOW_ALL)),
        ),
        (
            "User.inline",
            "PutUserPolicy",
            change!(|iam| iam
                .put_user_policy()
                .user_name("ann")
                .policy_name("extra")
                .policy_document(ALLOW_ALL)),
        ),
        (
            "Group.inline",
            "PutGroupPolicy",
            change!(|iam| iam
                .delete_group_policy()
                .group_name("team")
                .policy_name("list")),
        ),
        (
            "Role.inline",
            "PutRolePolicy",
            change!(|iam| iam
                .delete_role_policy()
                .role_name("worker")
                .policy_name("work")),
        ),
        (
            "User.attached",
            "DetachUserPolicy",
            change!(|iam| iam
                .attach_user_policy()
                .user_name("ann")
                .policy_arn(AWS_ADMIN)),
        ),
        (
            "Group.attached",
            "DetachGroupPolicy",
            change!(|iam| iam
                .attach_group_policy()
                .group_name("team")
                .policy_arn(AWS_ADMIN)),
        ),
        (
            "Role.attached",
            "DetachRolePolicy",
            change!(|iam| iam
                .attach_role_policy()
                .role_name("worker")
                .policy_arn(AWS_ADMIN)),
        ),
        (
            "User.attached",
            "AttachUserPolicy",
            change!(|iam| iam
                .detach_user_policy()
                .user_name("ann")
                .policy_arn(arn("own"))),
        ),
        (
            "Group.attached",
            "AttachGroupPolicy",
            change!(|iam| iam
                .detach_group_policy()
                .group_name("team")
                .policy_arn(AWS_READ)),
        ),
        (
            "Role.attached",
            "AttachRolePolicy",
            change!(|iam| iam
                .detach_role_policy()
                .role_name("worker")
                .policy_arn(arn("own"))),
        ),
        (
            "User.boundary",
            "PutUserPermissionsBoundary",
            change!(|iam| iam.delete_user_permissions_boundary().user_name("ann")),
        ),
        (
            "Role.boundary",
            "PutRolePermissionsBoundary",
            change!(|iam| iam
                .put_role_permissions_boundary()
                .role_name("worker")
                .permissions_boundary(AWS_ADMIN)),
        ),
        (
            "Group.members",
            "AddUserToGroup",
            change!(|iam| iam
                .remove_user_from_group()
                .user_name("bob")
                .group_name("team")),
        ),
        (
            "Group.members",
            "RemoveUserFromGroup",
            change!(
                |iam| iam.create_user().user_name("eve"),
                iam.add_user_to_group().user_name("eve").group_name("team")
            ),
        ),
        (
            "User.groups",
            "RemoveUserFromGroup",
            change!(
                |iam| iam.create_group().group_name("other"),
                iam.attach_group_policy()
                    .group_name("other")
                    .policy_arn(AWS_ADMIN),
                iam.add_user_to_group().user_name("ann").group_name("other")
            ),
        ),
        (
            "User.login_profile",
            "CreateLoginProfile",
            change!(|iam| iam.delete_login_profile().user_name("ann")),
        ),
        (
            "User.login_profile",
            "DeleteLoginProfile",
            change!(|iam| iam
                .create_login_profile()
                .user_name("bob")
                .password("Aa1!Aa1!Aa1!")),
        ),
        (
            "User.tags",
            "TagUser",
            change!(|iam| iam.untag_user().user_name("ann").tag_keys("team")),
        ),
        (
            "Role.tags",
            "UntagRole",
            change!(|iam| iam.tag_role().role_name("worker").tags(tag("more", "x"))),
        ),
        (
            "ManagedPolicy.tags",
            "TagPolicy",
            change!(|iam| iam
                .tag_policy()
                .policy_arn(arn("own"))
                .tags(tag("team", "b"))),
        ),
        (
            "User.path",
            "UpdateUser",
            change!(|iam| iam.update_user().user_name("ann").new_path("/")),
        ),
        (
            "Group.path",
            "UpdateGroup",
            change!(|iam| iam.update_group().group_name("team").new_path("/x/")),
        ),
        (
            "Role.description",
            "UpdateRole",
            change!(|iam| iam
                .update_role()
                .role_name("worker")
                .description("Idles")
                .max_session_duration(7_200)),
        ),
        (
            "Role.max_session_seconds",
            "UpdateRole",
            change!(|iam| iam.update_role().role_name("worker").description("Works")),
        ),
        (
            "Role.trust",
            "UpdateAssumeRolePolicy",
            change!(|iam| iam
                .update_assume_role_policy()
                .role_name("worker")
                .policy_document(OTHER_TRUST)),
        ),
        (
            "ManagedPolicy.document",
            "CreatePolicyVersion",
            change!(|iam| iam
                .create_policy_version()
                .policy_arn(arn("own"))
                .policy_document(ALLOW_ALL)
                .set_as_default(true)),
        ),
        (
            "InstanceProfile.role",
            "AddRoleToInstanceProfile",
            change!(|iam| iam
                .remove_role_from_instance_profile()
                .instance_profile_name("worker")
                .role_name("worker")),
        ),
        (
            "PasswordPolicy.minimum_length",
            "UpdateAccountPasswordPolicy",
            change!(|iam| iam
                .update_account_password_policy()
                .minimum_password_length(6)),
        ),
        (
            "PasswordPolicy.minimum_length",
            "UpdateAccountPasswordPolicy",
            change!(|iam| iam.delete_account_password_policy()),
        ),
        (
            "AccountAlias.alias",
            "CreateAccountAlias",
            change!(|iam| iam.create_account_alias().account_alias("hijacked")),
        ),
        (
            "AccountAlias.alias",
            "CreateAccountAlias",
            change!(|iam| iam.delete_account_alias().account_alias("example-dev")),
        ),
        (
            "OidcProvider.url",
            "CreateOpenIDConnectProvider",
            change!(|iam| iam
                .delete_open_id_connect_provider()
                .open_id_connect_provider_arn(OIDC)),
        ),
        (
            "OidcProvider.client_ids",
            "RemoveClientIDFromOpenIDConnectProvider",
            change!(|iam| iam
                .add_client_id_to_open_id_connect_provider()
                .open_id_connect_provider_arn(OIDC)
                .client_id("attacker")),
        ),
        (
            "OidcProvider.client_ids",
            "AddClientIDToOpenIDConnectProvider",
            change!(|iam| iam
                .remove_client_id_from_open_id_connect_provider()
                .open_id_connect_provider_arn(OIDC)
                .client_id("other")),
        ),
        (
            "OidcProvider.thumbprints",
            "UpdateOpenIDConnectProviderThumbprint",
            change!(|iam| iam
                .update_open_id_connect_provider_thumbprint()
                .open_id_connect_provider_arn(OIDC)
                .thumbprint_list("0123456789012345678901234567890123456789")),
        ),
        (
            "OidcProvider.tags",
            "TagOpenIDConnectProvider",
            change!(|iam| iam
                .tag_open_id_connect_provider()
                .open_id_connect_provider_arn(OIDC)
                .tags(tag("team", "b"))),
        ),
        (
            "OidcProvider.tags",
            "UntagOpenIDConnectProvider",
            change!(|iam| iam
                .tag_open_id_connect_provider()
                .open_id_connect_provider_arn(OIDC)
                .tags(tag("more", "x"))),
        ),
        (
            "ServiceLinkedRole.description",
            "UpdateRole",
            change!(|iam| iam
                .update_role_description()
                .role_name("AWSServiceRoleForAutoScaling_team")
                .description("Idles")),
        ),
        (
            "ServiceLinkedRole.suffix",
            "CreateServiceLinkedRole",
            change!(|iam| iam
                .delete_service_linked_role()
                .role_name("AWSServiceRoleForAutoScaling_team")),
        ),
        (
            "SamlProvider.name",
            "CreateSAMLProvider",
            change!(|iam| iam.delete_saml_provider().saml_provider_arn(SAML)),
        ),
        (
            "SamlProvider.metadata",
            "UpdateSAMLProvider",
            change!(|iam| iam
                .update_saml_provider()
                .saml_provider_arn(SAML)
                .saml_metadata_document(metadata("attacker"))),
        ),
        (
            "SamlProvider.tags",
            "TagSAMLProvider",
            change!(|iam| iam
                .untag_saml_provider()
                .saml_provider_arn(SAML)
                .tag_keys("team")),
        ),
        (
            "SamlProvider.tags",
            "UntagSAMLProvider",
            change!(|iam| iam
                .tag_saml_provider()
                .saml_provider_arn(SAML)
                .tags(tag("more", "x"))),
        ),
    ]
}

pub(crate) fn tag(key: &str, value: &str) -> aws_sdk_iam::types::Tag {
    aws_sdk_iam::types::Tag::builder()
        .key(key)
        .value(value)
        .build()
        .unwrap()
}

#[tokio::test]
async fn each_drift_shows_and_is_repaired() {
    for reads in WAYS {
        each_drift_shows(reads).await;
    }
}

async fn each_drift_shows(reads: Reads) {
    for (index, (_, call, change)) in drifts().into_iter().enumerate() {
        let world = World::reading(reads);
        world.apply(&everything()).await.unwrap();
        let before = world.contents().await;
        change(&world.iam).await;
        let plan = world.plan(&everything()).await.unwrap();
        let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
        assert_eq!(calls, [call], "drift {index}:\n{plan}");
        world.apply(&everything()).await.unwrap();
        assert!(
            world.plan(&everything()).await.unwrap().is_empty(),
            "drift {index}"
        );
        let after = world.contents().await;
        for line in before.lines() {
            assert!(
                after.lines().any(|other| other == line),
                "drift {index}: {line}\nnow:\n{after}"
            );
        }
    }
}

/// Denies added behind our back.
fn denies() -> Vec<(&'static str, Change)> {
    vec![
        (
            "AWSRevokeOlderSessions",
            change!(|iam| iam
                .put_role_policy()
                .role_name("worker")
                .policy_name("AWSRevokeOlderSessions")
                .policy_document(deny("*").as_json())),
        ),
        (
            "quarantine",
            change!(|iam| iam
                .put_user_policy()
                .user_name("ann")
                .policy_name("quarantine")
                .policy_document(deny("*").as_json())),
        ),
        (
            "AWSCompromisedKeyQuarantineV2",
            change!(|iam| iam
                .attach_user_policy()
                .user_name("ann")
                .policy_arn("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2")),
        ),
        (
            "stop",
            change!(
                |iam| iam
                    .create_policy()
                    .policy_name("stop")
                    .policy_document(deny("*").as_json()),
                iam.attach_group_policy()
                    .group_name("team")
                    .policy_arn(arn("stop"))
            ),
        ),
        (
            "jail",
            change!(
                |iam| iam.create_group().group_name("jail"),
                iam.put_group_policy()
                    .group_name("jail")
                    .policy_name("x")
                    .policy_document(deny("*").as_json()),
                iam.add_user_to_group().user_name("bob").group_name("jail")
            ),
        ),
        (
            "boundary",
            change!(|iam| iam
                .put_user_permissions_boundary()
                .user_name("bob")
                .permissions_boundary(AWS_READ)),
        ),
        (
            "statement",
            change!(|iam| {
                iam.put_role_policy().role_name("worker").policy_name("work").policy_document(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"},{"Sid":"Stop","Effect":"Deny","Action":"*","Resource":"*"}]}"#
            )
            }),
        ),
    ]
}

#[tokio::test]
async fn a_deny_is_left_alone_and_told_until_a_yes_by_name() {
    for reads in WAYS {
        each_deny_is_left_alone(reads).await;
    }
}

async fn each_deny_is_left_alone(reads: Reads) {
    for (name, change) in denies() {
        let world = World::reading(reads);
        world.apply(&everything()).await.unwrap();
        let before = world.contents().await;
        change(&world.iam).await;
        let restricted = world.contents().await;
        let plan = world.plan(&everything()).await.unwrap();
        assert!(plan.is_empty(), "{name}: {plan}");
        let notes: Vec<_> = plan
            .notes()
            .iter()
            .filter(|note| note.kind() == NoteKind::KeptDeny)
            .collect();
        assert_eq!(notes.len(), 1, "{name}: {plan}");
        world.apply(&everything()).await.unwrap();
        assert_eq!(world.contents().await, restricted, "{name}");
        // The note says what to write to have it removed.
        let text = notes[0].to_string();
        let yes = text
            .split("remove_deny(\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        world.apply(&everything().remove_deny(yes)).await.unwrap();
        let after = world.contents().await;
        for line in before.lines() {
            assert!(
                after.lines().any(|other| other == line),
                "{name}: {line}\nnow:\n{after}"
            );
        }
        assert!(
            world.plan(&everything()).await.unwrap().notes().is_empty(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn shared_entities_keep_what_others_add() {
    use iam_provision::{Bundle, Group};
    let world = World::new();
    let bundle = Bundle::new("b").with(Group::new("g").inline("i", allow("s3:*")).shared());
    world.apply(&bundle).await.unwrap();
    world
        .iam
        .put_group_policy()
        .group_name("g")
        .policy_name("x")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    world
        .iam
        .create_user()
        .user_name("eve")
        .send()
        .await
        .unwrap();
    world
        .iam
        .add_user_to_group()
        .user_name("eve")
        .group_name("g")
        .send()
        .await
        .unwrap();
    assert!(world.plan(&bundle).await.unwrap().is_empty());
    world
        .iam
        .delete_group_policy()
        .group_name("g")
        .policy_name("i")
        .send()
        .await
        .unwrap();
    assert_eq!(world.plan(&bundle).await.unwrap().steps().len(), 1);
}

#[tokio::test]
async fn a_shared_policy_keeps_the_tags_that_others_add() {
    use iam_provision::{Bundle, ManagedPolicy};
    let world = World::new();
    let own = || ManagedPolicy::new("own", allow("sqs:*")).tag("team", "a");
    world.apply(&Bundle::new("b").with(own())).await.unwrap();
    let add = world.iam.tag_policy().policy_arn(arn("own"));
    add.tags(tag("cost", "x")).send().await.unwrap();
    let plan = world.plan(&Bundle::new("b").with(own())).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    let shared = Bundle::new("b").with(own().shared());
    assert!(world.plan(&shared).await.unwrap().is_empty());
}

#[tokio::test]
async fn destroy_takes_what_others_added() {
    for reads in WAYS {
        destroy_takes_what_others_added_by(reads).await;
    }
}

async fn destroy_takes_what_others_added_by(reads: Reads) {
    let world = World::reading(reads);
    let empty = world.contents().await;
    world.apply(&everything()).await.unwrap();
    let iam = &world.iam;
    iam.put_user_policy()
        .user_name("ann")
        .policy_name("x")
        .policy_document(deny("*").as_json())
        .send()
        .await
        .unwrap();
    iam.attach_role_policy()
        .role_name("worker")
        .policy_arn(AWS_READ)
        .send()
        .await
        .unwrap();
    iam.create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    for _ in 0..3 {
        iam.create_policy_version()
            .policy_arn(arn("own"))
            .policy_document(ALLOW_ALL)
            .send()
            .await
            .unwrap();
    }
    world.add_mfa_device("ann").await;
    add_hidden_credentials(iam, "ann").await;
    // A profile that somebody else made around our role.
    iam.create_instance_profile()
        .instance_profile_name("theirs")
        .send()
        .await
        .unwrap();
    iam.add_role_to_instance_profile()
        .instance_profile_name("theirs")
        .role_name("worker")
        .send()
        .await
        .unwrap();
    world.destroy(&everything()).await.unwrap();
    iam.delete_instance_profile()
        .instance_profile_name("theirs")
        .send()
        .await
        .unwrap();
    assert_eq!(world.contents().await, empty);
    assert!(
        iam.list_virtual_mfa_devices()
            .send()
            .await
            .unwrap()
            .virtual_mfa_devices()
            .is_empty()
    );
}

#[tokio::test]
async fn a_deny_that_others_use_stops_its_deletion() {
    use iam_provision::{Bundle, ErrorKind, ManagedPolicy};
    let world = World::new();
    let bundle = Bundle::new("b")
        .with(ManagedPolicy::new("guard", deny("iam:*")))
        .with(ManagedPolicy::new("plain", allow("s3:*")));
    world.apply(&bundle).await.unwrap();
    world
        .iam
        .create_user()
        .user_name("eve")
        .send()
        .await
        .unwrap();
    world
        .iam
        .attach_user_policy()
        .user_name("eve")
        .policy_arn(arn("plain"))
        .send()
        .await
        .unwrap();
    world
        .iam
        .attach_user_policy()
        .user_name("eve")
        .policy_arn(arn("guard"))
        .send()
        .await
        .unwrap();
    let error = world.destroy(&bundle).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert!(error.to_string().contains("user eve"), "{error}");
    world
        .iam
        .detach_user_policy()
        .user_name("eve")
        .policy_arn(arn("guard"))
        .send()
        .await
        .unwrap();
    world.destroy(&bundle).await.unwrap();
}
