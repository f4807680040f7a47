//! No prefix of a plan gives what neither end does, judged by the sandbox
//! itself. The planner's own tests judge random plans by the evaluator.

use iam_provision::{Bundle, bundles};
use iam_sandbox::{Fault, Mfa};

use crate::support::{World, admins, allow};

/// Whether the administrator, signed in without MFA, may list users.
async fn acts_without_mfa(world: &World) -> bool {
    let Ok(session) = world.account.sign_in("Administrator", Mfa::Absent) else {
        return false;
    };
    aws_sdk_iam::Client::new(&session)
        .list_users()
        .send()
        .await
        .is_ok()
}

#[tokio::test]
async fn no_prefix_lets_an_administrator_act_without_mfa() {
    let mut prefixes = 0;
    for k in 1..=40 {
        let world = World::new();
        let provisioner = world.provisioner().await;
        let plan = provisioner.plan(&admins()).await.unwrap();
        // The apply ends before its k-th call.
        world.sandbox.fail_call(k, Fault::AccessDenied);
        let ended = provisioner.apply(&plan, world.options()).await.is_err();
        world.sandbox.clear_faults();
        assert!(!acts_without_mfa(&world).await, "creating, before call {k}");
        prefixes += usize::from(ended);

        world.converge(&admins()).await;
        let plan = provisioner.destroy(&admins()).await.unwrap();
        world.sandbox.fail_call(k, Fault::AccessDenied);
        let ended = provisioner.apply(&plan, world.options()).await.is_err();
        world.sandbox.clear_faults();
        assert!(
            !acts_without_mfa(&world).await,
            "destroying, before call {k}"
        );
        prefixes += usize::from(ended);
    }
    assert!(prefixes >= 16, "{prefixes}");
}

#[tokio::test]
async fn a_new_member_finds_the_group_as_it_is_to_be() {
    let before = Bundle::new("b").with(iam_provision::Group::new("g").inline("wide", allow("*")));
    let after = Bundle::new("b")
        .with(
            iam_provision::Group::new("g")
                .inline("narrow", allow("s3:*"))
                .member("u"),
        )
        .with(iam_provision::User::new("u").console_login(iam_provision::LoginProfile::new()));
    let world = World::new();
    world.apply(&before).await.unwrap();
    let plan = world.plan(&after).await.unwrap();
    let calls: Vec<&str> = plan.steps().iter().map(iam_provision::Step::call).collect();
    assert_eq!(
        calls,
        [
            "CreateUser",
            "PutGroupPolicy",
            "DeleteGroupPolicy",
            "AddUserToGroup",
            "CreateLoginProfile"
        ]
    );
}

#[tokio::test]
async fn credentials_come_last_and_go_first() {
    let world = World::new();
    let bundle = Bundle::new("b").with(
        bundles::admin_group("Administrators")
            .user("Administrator")
            .enforce_mfa(),
    );
    let plan = world.plan(&bundle).await.unwrap();
    assert_eq!(plan.steps().last().unwrap().call(), "CreateLoginProfile");
    world.apply(&bundle).await.unwrap();
    let destroy = world.provisioner().await.destroy(&bundle).await.unwrap();
    assert_eq!(destroy.steps()[0].call(), "DeleteLoginProfile");
    // The deny goes when nothing is left that it denies.
    let calls: Vec<String> = destroy.steps().iter().map(ToString::to_string).collect();
    let at = |text: &str| calls.iter().position(|call| call.contains(text)).unwrap();
    assert!(
        at("AdministratorAccess attached") < at("enforce-to-use-mfa attached"),
        "{calls:?}"
    );
}
