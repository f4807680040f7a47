//! What is not the bundle's is refused, or adopted when it says so.

use iam_provision::{Bundle, ErrorKind, Group, InstanceProfile, ManagedPolicy, Role, User};

use crate::support::{World, allow};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn existing(world: &World) {
    let iam = &world.iam;
    iam.create_user().user_name("u").send().await.unwrap();
    iam.create_group().group_name("g").send().await.unwrap();
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    iam.create_policy()
        .policy_name("p")
        .policy_document(allow("s3:*").as_json())
        .send()
        .await
        .unwrap();
    iam.create_instance_profile()
        .instance_profile_name("i")
        .send()
        .await
        .unwrap();
}

fn bundle(adopt: bool) -> Bundle {
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    let (mut user, mut group, mut role) = (User::new("u"), Group::new("g"), Role::new("r", trust));
    let (mut policy, mut profile) = (
        ManagedPolicy::new("p", allow("s3:*")),
        InstanceProfile::new("i"),
    );
    if adopt {
        (user, group, role) = (user.adopt(), group.adopt(), role.adopt());
        (policy, profile) = (policy.adopt(), profile.adopt());
    }
    Bundle::new("mine")
        .with(user)
        .with(group)
        .with(role)
        .with(policy)
        .with(profile)
}

#[tokio::test]
async fn existing_entities_are_refused_unless_adopted() {
    let world = World::new();
    existing(&world).await;
    let before = world.contents().await;
    let error = world.apply(&bundle(false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert_eq!(error.problems().len(), 5, "{error}");
    insta::assert_snapshot!(error);
    assert_eq!(world.contents().await, before);

    world.apply(&bundle(true)).await.unwrap();
    assert!(world.plan(&bundle(true)).await.unwrap().is_empty());
    // Once adopted it is the bundle's, with or without the word.
    assert!(world.plan(&bundle(false)).await.unwrap().is_empty());
    world.destroy(&bundle(false)).await.unwrap();
    assert!(!world.contents().await.contains("\"u\""));
}

#[tokio::test]
async fn another_bundles_entities_are_not_adopted() {
    let world = World::new();
    existing(&world).await;
    world.apply(&bundle(true)).await.unwrap();
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    let thief = Bundle::new("thief")
        .with(User::new("u").adopt())
        .with(Group::new("g").adopt())
        .with(Role::new("r", trust).adopt())
        .with(ManagedPolicy::new("p", allow("s3:*")).adopt())
        .with(InstanceProfile::new("i").adopt());
    let error = world.plan(&thief).await.unwrap_err();
    assert_eq!(error.problems().len(), 5, "{error}");
    assert!(
        error
            .problems()
            .iter()
            .all(|p| p.message().contains("`mine`")),
        "{error}"
    );
}

#[tokio::test]
async fn names_in_another_case_and_reserved_ones_are_refused() {
    let world = World::new();
    existing(&world).await;
    let error = world
        .plan(
            &Bundle::new("b")
                .with(User::new("U").adopt())
                .with(Group::new("G")),
        )
        .await
        .unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    assert!(
        error.to_string().contains("without regard to case"),
        "{error}"
    );
    // A bundle's own name as well, which names its ledger.
    world
        .apply(&Bundle::new("b").with(Group::new("h")))
        .await
        .unwrap();
    assert!(
        world
            .plan(&Bundle::new("B").with(Group::new("i")))
            .await
            .is_err()
    );
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    let error = world
        .plan(&Bundle::new("b").with(Role::new("AWSReservedSSO_x", trust)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidBundle);
}

#[tokio::test]
async fn what_is_nobodys_is_left_alone() {
    let world = World::new();
    existing(&world).await;
    let before = world.contents().await;
    world.apply(&crate::support::estate()).await.unwrap();
    world.destroy(&crate::support::estate()).await.unwrap();
    assert_eq!(world.contents().await, before);
}

#[tokio::test]
async fn a_lost_ledger_makes_the_bundles_entities_foreign() {
    let world = World::new();
    let group = Bundle::new("b").with(Group::new("g"));
    world.apply(&group).await.unwrap();
    let arn = format!(
        "arn:aws:iam::{}:policy/iam-provision/iam-provision.b",
        crate::support::ACCOUNT
    );
    world
        .iam
        .delete_policy()
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(
        world.plan(&group).await.unwrap_err().kind(),
        ErrorKind::NotOwned
    );
    world
        .apply(&Bundle::new("b").with(Group::new("g").adopt()))
        .await
        .unwrap();
    assert!(world.plan(&group).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_destroy_tells_what_a_lost_ledger_makes_it_leave() {
    use iam_provision::{NoteKind, PasswordPolicy};
    let world = World::new();
    let bundle = Bundle::new("b")
        .with(Group::new("g"))
        .with(User::new("u"))
        .with(PasswordPolicy::strict());
    world.apply(&bundle).await.unwrap();
    let arn = format!(
        "arn:aws:iam::{}:policy/iam-provision/iam-provision.b",
        crate::support::ACCOUNT
    );
    world
        .iam
        .delete_policy()
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    let plan = world.provisioner().await.destroy(&bundle).await.unwrap();
    let notes: Vec<String> = plan
        .notes()
        .iter()
        .filter(|note| note.kind() == NoteKind::Left)
        .map(ToString::to_string)
        .collect();
    assert_eq!(notes.len(), 2, "{plan}");
    assert!(notes[0].contains("group g"), "{plan}");
    assert!(notes[1].contains("password policy"), "{plan}");
    world.destroy(&bundle).await.unwrap();
}

#[tokio::test]
async fn a_role_that_a_service_owns_is_refused_even_where_it_is_adopted() {
    let world = World::new();
    let create = world.iam.create_service_linked_role();
    let create = create.aws_service_name("ecs.amazonaws.com");
    create.send().await.unwrap();
    let trust = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    )
    .unwrap();
    let role = Role::new("AWSServiceRoleForECS", trust).adopt();
    let error = world.plan(&Bundle::new("b").with(role)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert!(
        error.to_string().contains("belongs to an AWS service"),
        "{error}"
    );
}
