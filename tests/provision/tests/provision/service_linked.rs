//! Service-linked roles: made by the service, deleted when it agrees.

use iam_provision::{
    ApplyOptions, Bundle, ErrorKind, NoteKind, Plan, Provisioner, ServiceLinkedRole,
};

use crate::faults::line::Line;
use crate::support::{ACCOUNT, World};

const SERVICE: &str = "autoscaling.amazonaws.com";

fn role() -> ServiceLinkedRole {
    ServiceLinkedRole::of(SERVICE)
}

fn bundle(role: ServiceLinkedRole) -> Bundle {
    Bundle::new("scaling").with(role)
}

fn calls(plan: &Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

async fn names(world: &World) -> Vec<String> {
    let roles = world.iam.list_roles().send().await.unwrap();
    let roles = roles.roles().iter();
    roles.map(|role| role.role_name().to_owned()).collect()
}

/// As the service itself does when it is first used.
async fn made_by_the_service(world: &World) {
    let create = world.iam.create_service_linked_role();
    let create = create.aws_service_name(SERVICE).description("Default");
    create.send().await.unwrap();
}

#[tokio::test]
async fn each_role_of_a_service_is_told_by_its_suffix() {
    let world = World::new();
    let both = bundle(role()).with(role().suffix("a"));
    let plan = world.plan(&both).await.unwrap();
    assert_eq!(
        calls(&plan),
        [
            "CreatePolicy",
            "CreateServiceLinkedRole",
            "CreateServiceLinkedRole"
        ],
        "{plan}"
    );
    world.apply(&both).await.unwrap();
    assert!(world.plan(&both).await.unwrap().is_empty());
    // What the service says of itself is not drift where nothing is declared.
    world.apply(&bundle(role())).await.unwrap();
    assert_eq!(names(&world).await, ["AWSServiceRoleForAutoScaling"]);
    world.destroy(&both).await.unwrap();
    assert!(names(&world).await.is_empty());
}

#[tokio::test]
async fn one_that_is_there_is_shared_or_adopted() {
    let world = World::new();
    made_by_the_service(&world).await;
    let error = world.plan(&bundle(role())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    let shared = bundle(role().shared().description("Ours"));
    let plan = world.plan(&shared).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    world.destroy(&shared).await.unwrap();
    assert_eq!(names(&world).await.len(), 1, "nobody's to delete");
    let adopted = bundle(role().adopt().description("Ours"));
    let plan = world.plan(&adopted).await.unwrap();
    assert_eq!(calls(&plan), ["CreatePolicy", "UpdateRole"], "{plan}");
    assert!(plan.to_string().contains("\"Default\""), "{plan}");
    world.apply(&adopted).await.unwrap();
    assert!(world.plan(&adopted).await.unwrap().is_empty());
    world.destroy(&adopted).await.unwrap();
    assert!(names(&world).await.is_empty());
}

#[tokio::test]
async fn a_shared_one_is_made_where_it_is_missing_and_left() {
    let world = World::new();
    let shared = bundle(role().shared());
    let plan = world.plan(&shared).await.unwrap();
    assert_eq!(calls(&plan), ["CreateServiceLinkedRole"], "{plan}");
    world.apply(&shared).await.unwrap();
    assert!(world.plan(&shared).await.unwrap().is_empty());
    let plan = world.provisioner().await.destroy(&shared).await.unwrap();
    assert!(plan.is_empty() && plan.notes().is_empty(), "{plan}");
}

#[tokio::test]
async fn a_role_that_the_service_made_meanwhile_is_as_good() {
    let world = World::new();
    let line = Line::default().refuse(
        "CreateServiceLinkedRole",
        1,
        "InvalidInput",
        "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different suffix.",
    );
    let provisioner = on(&world, &line).await;
    let plan = provisioner.plan(&bundle(role())).await.unwrap();
    provisioner.apply(&plan, ApplyOptions::new()).await.unwrap();
}

async fn on(world: &World, line: &Line) -> Provisioner {
    let id = iam_dsl::AccountId::new(ACCOUNT).unwrap();
    let config = line.under(&world.account.sdk_config());
    Provisioner::for_account(id, &config).await.unwrap()
}

#[tokio::test]
async fn a_deletion_is_waited_for() {
    let world = World::new();
    world.apply(&bundle(role())).await.unwrap();
    let line = Line::default().answer(
        "GetServiceLinkedRoleDeletionStatus",
        3,
        "<Status>IN_PROGRESS</Status>",
    );
    let provisioner = on(&world, &line).await;
    let plan = provisioner.destroy(&bundle(role())).await.unwrap();
    let before = world.sandbox.now();
    provisioner.apply(&plan, ApplyOptions::new()).await.unwrap();
    let waited = world.sandbox.now().duration_since(before).unwrap();
    assert!(waited.as_secs() >= 7, "1, 2 and 4 seconds: {waited:?}");
    assert!(names(&world).await.is_empty());
}

#[tokio::test]
async fn a_service_that_uses_its_role_says_so() {
    let world = World::new();
    world.apply(&bundle(role())).await.unwrap();
    let line = Line::default().answer(
        "GetServiceLinkedRoleDeletionStatus",
        1,
        "<Status>FAILED</Status><Reason><Reason>Active groups.</Reason><RoleUsageList><member><Region>eu-west-1</Region><Resources><member>arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/web</member></Resources></member></RoleUsageList></Reason>",
    );
    let provisioner = on(&world, &line).await;
    let plan = provisioner.destroy(&bundle(role())).await.unwrap();
    let error = provisioner
        .apply(&plan, ApplyOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    let text = error.to_string();
    assert!(
        text.contains("Active groups.") && text.contains("autoScalingGroupName/web"),
        "{text}"
    );
}

#[tokio::test]
async fn what_the_ledger_forgot_is_left_and_told() {
    let world = World::new();
    world.apply(&bundle(role())).await.unwrap();
    let ledger = format!("arn:aws:iam::{ACCOUNT}:policy/iam-provision/iam-provision.scaling");
    let delete = world.iam.delete_policy().policy_arn(ledger);
    delete.send().await.unwrap();
    let destroy = world
        .provisioner()
        .await
        .destroy(&bundle(role()))
        .await
        .unwrap();
    assert!(destroy.is_empty(), "{destroy}");
    let kinds: Vec<_> = destroy.notes().iter().map(|note| note.kind()).collect();
    assert_eq!(kinds, [NoteKind::Left], "{destroy}");
}
