//! An apply that ends at any call, in any way, and is taken up again.

mod estates;
pub(crate) mod line;
mod matrix;
mod retries;
mod switch;

use iam_provision::{Bundle, ErrorKind};
use iam_sandbox::Fault;

use crate::support::{World, estate, everything};

#[tokio::test]
async fn one_throttled_call_does_not_end_an_apply() {
    for fault in [
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::ConcurrentModification,
        Fault::EntityTemporarilyUnmodifiable,
    ] {
        // The first call of the apply that writes: after GetCallerIdentity and the two times two reads.
        for k in 6..=20 {
            let world = World::new();
            let provisioner = world.provisioner().await;
            let plan = provisioner.plan(&estate()).await.unwrap();
            world.sandbox.fail_call(k, fault);
            let outcome = provisioner.apply(&plan, world.options()).await;
            assert!(
                outcome.is_ok(),
                "{fault:?} at {k}: {}",
                outcome.unwrap_err()
            );
        }
    }
}

#[tokio::test]
async fn a_stale_plan_is_refused_before_it_writes() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    world.apply(&everything()).await.unwrap();
    world
        .iam
        .delete_login_profile()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    let plan = provisioner.plan(&everything()).await.unwrap();
    world
        .iam
        .detach_group_policy()
        .group_name("team")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    world.calls();
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
    assert_eq!(world.calls().1, 0);
    // A change that does not concern the bundle does not make it stale.
    let plan = provisioner.plan(&everything()).await.unwrap();
    world
        .iam
        .create_user()
        .user_name("somebody")
        .send()
        .await
        .unwrap();
    provisioner.apply(&plan, world.options()).await.unwrap();
}

#[tokio::test]
async fn a_large_account_is_read_page_by_page() {
    let world = World::new();
    world.apply(&everything()).await.unwrap();
    for i in 0..1_000 {
        world
            .iam
            .create_user()
            .user_name(format!("a{i}"))
            .send()
            .await
            .unwrap();
    }
    world.calls();
    assert!(world.plan(&everything()).await.unwrap().is_empty());
    let pages = world.calls().0;
    let pages = pages
        .iter()
        .filter(|call| call.action == "iam:GetAccountAuthorizationDetails");
    assert_eq!(pages.count(), 2);
}

#[tokio::test]
async fn an_update_survives_lost_answers() {
    use crate::support::allow;
    use iam_provision::{Group, ManagedPolicy, User};
    let bundle = |step: usize| {
        let action = ["s3:Get*", "s3:Put*"][step % 2];
        let own = ManagedPolicy::new("own", allow(action));
        Bundle::new("b")
            .with(User::new("u").inline("i", allow(action)).attach(&own))
            .with(
                Group::new("g")
                    .attach(&own)
                    .inline("i", allow(action))
                    .member("u"),
            )
            .with(own)
    };
    let world = World::new();
    // Versions pile up to the limit of five on the way.
    for step in 0..24 {
        let (k, fault) = (
            4 + (step as u64 % 6),
            [Fault::TimeoutAfterEffect, Fault::AccessDenied][step % 2],
        );
        world.sandbox.fail_call(k, fault);
        if let Err(error) = world.apply(&bundle(step)).await {
            assert!(
                error.is_retryable() || error.kind() == ErrorKind::AccessDenied,
                "{step}: {error}"
            );
        }
        world.sandbox.clear_faults();
        world.converge(&bundle(step)).await;
    }
}
