//! Users and groups under a new name: they keep what they hold.

use iam_dsl::TrustPolicy;
use iam_provision::{Bundle, Group, LoginProfile, ManagedPolicy, Plan, Role, User};
use iam_sandbox::Fault;

use crate::support::{ACCOUNT, World, allow};

fn calls(plan: &Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

/// A user and a group with everything, under these names.
fn bundle(user: &str, group: &str, rename: bool) -> Bundle {
    let own = ManagedPolicy::new("own", allow("sqs:*"));
    let trust = TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/{user}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
    .unwrap();
    let mut ann = User::new(user)
        .tag("team", "a")
        .inline("extra", allow("sns:Publish"))
        .attach(&own)
        .boundary(&own)
        .access_key()
        .console_login(LoginProfile::new());
    let mut team = Group::new(group)
        .inline("list", allow("s3:ListAllMyBuckets"))
        .attach(&own)
        .member(user);
    if rename {
        ann = ann.renamed_from("ann");
        team = team.renamed_from("team");
    }
    Bundle::new("b")
        .with(ann)
        .with(team)
        .with(Role::new("worker", trust))
        .with(own)
}

async fn id_of(world: &World, user: &str) -> String {
    let user = world.iam.get_user().user_name(user).send().await.unwrap();
    user.user().unwrap().user_id().to_owned()
}

#[tokio::test]
async fn a_user_and_a_group_keep_what_they_hold() {
    let world = World::new();
    world.apply(&bundle("ann", "team", false)).await.unwrap();
    let before = id_of(&world, "ann").await;
    let renamed = bundle("anna", "people", true);
    let plan = world.plan(&renamed).await.unwrap();
    // Two names, and the ledger's claims of the group before and after.
    assert_eq!(
        calls(&plan),
        [
            "CreatePolicyVersion",
            "UpdateUser",
            "UpdateGroup",
            "CreatePolicyVersion"
        ],
        "{plan}"
    );
    insta::assert_snapshot!(plan);
    world.apply(&renamed).await.unwrap();
    assert_eq!(id_of(&world, "anna").await, before, "the same user");
    let plan = world.plan(&renamed).await.unwrap();
    assert!(plan.is_empty() && plan.notes().is_empty(), "{plan}");
    // It may stay declared, and another user may take the old name.
    let other = world.iam.create_user().user_name("ann");
    other.send().await.unwrap();
    assert!(world.plan(&renamed).await.unwrap().is_empty());
    assert!(
        world
            .plan(&bundle("anna", "people", false))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_rename_goes_with_other_changes() {
    let world = World::new();
    world.apply(&bundle("ann", "team", false)).await.unwrap();
    let before = id_of(&world, "ann").await;
    let renamed = Bundle::new("b").with(
        User::new("anna")
            .renamed_from("ann")
            .path("/people/")
            .member_of("team")
            .inline("extra", allow("sns:Subscribe")),
    );
    let renamed = renamed.with(Group::new("team"));
    world.apply(&renamed).await.unwrap();
    assert_eq!(id_of(&world, "anna").await, before);
    assert!(world.plan(&renamed).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_the_bundles_is_not_renamed() {
    let world = World::new();
    let create = world.iam.create_user().user_name("ann");
    create.send().await.unwrap();
    let create = world.iam.create_group().group_name("team");
    create.send().await.unwrap();
    let plan = world.plan(&bundle("anna", "people", true)).await.unwrap();
    let calls = calls(&plan);
    assert!(calls.contains(&"CreateUser") && calls.contains(&"CreateGroup"));
    assert!(!calls.contains(&"UpdateUser") && !calls.contains(&"UpdateGroup"));
}

#[tokio::test]
async fn a_rename_that_is_cut_is_taken_up_again() {
    for fault in [Fault::AccessDenied, Fault::TimeoutAfterEffect] {
        for k in 1.. {
            let world = World::new();
            world.apply(&bundle("ann", "team", false)).await.unwrap();
            let before = id_of(&world, "ann").await;
            world.calls();
            world.sandbox.fail_call(k, fault);
            let _ = world.apply(&bundle("anna", "people", true)).await;
            let reached = world.calls().0.len() as u64 >= k;
            world.sandbox.clear_faults();
            world.apply(&bundle("anna", "people", true)).await.unwrap();
            let plan = world.plan(&bundle("anna", "people", true)).await.unwrap();
            assert!(plan.is_empty(), "{fault:?} at {k}: {plan}");
            assert_eq!(id_of(&world, "anna").await, before, "{fault:?} at {k}");
            if !reached {
                assert!(k > 8, "only {k} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn two_names_cannot_come_from_one() {
    let problems = Bundle::new("b")
        .with(User::new("a").renamed_from("x"))
        .with(User::new("b").renamed_from("X"))
        .with(User::new("c").renamed_from("a"))
        .with(Group::new("g").renamed_from("a b"))
        .problems();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 4, "{problems:#?}");
}
