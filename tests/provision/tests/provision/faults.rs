//! An apply that ends at any call, in any way, and is taken up again.

use iam_provision::{Bundle, ErrorKind};
use iam_sandbox::Fault;

use crate::support::{World, estate, everything};

/// Whether the fault ended it or not, after it the next applies end converged, and a destroy leaves nothing.
async fn survive(bundle: &Bundle, fault: Fault, k: u64) -> bool {
    let world = World::new();
    let empty = world.contents().await;
    let provisioner = world.provisioner().await;
    world.calls();
    world.sandbox.fail_call(k, fault);
    let run = async {
        let plan = provisioner.plan(bundle).await?;
        provisioner.apply(&plan, world.options()).await
    };
    let result = run.await;
    let reached = world.calls().0.len() as u64 >= k;
    world.sandbox.clear_faults();
    if let Err(error) = &result {
        assert!(
            error.is_retryable() || error.kind() == ErrorKind::AccessDenied,
            "{fault:?} at {k}: {error}"
        );
    }
    world.converge(bundle).await;
    the_last_delivered_password_is_in_force(&world, bundle).await;
    world.destroy(bundle).await.unwrap();
    assert_eq!(world.contents().await, empty, "{fault:?} at {k}");
    reached
}

/// However often one was delivered, the user signs in with the last.
async fn the_last_delivered_password_is_in_force(world: &World, bundle: &Bundle) {
    let last = world.delivered.lock().unwrap().last().cloned();
    let (user, password) = last.expect("a password was delivered");
    // The other bundle's user has a boundary that does not let it change its password.
    if bundle.name() == "estate" {
        let session = world
            .account
            .sign_in(&user, iam_sandbox::Mfa::Absent)
            .unwrap();
        aws_sdk_iam::Client::new(&session)
            .change_password()
            .old_password(password)
            .new_password("Another-1-password")
            .send()
            .await
            .unwrap();
    }
}

async fn at_each_call(fault: Fault, bundles: &[Bundle]) {
    for bundle in bundles {
        let mut k = 1;
        while survive(bundle, fault, k).await {
            k += 1;
        }
        assert!(k > 20, "only {k} calls");
    }
}

#[tokio::test]
async fn killed_before_a_call() {
    at_each_call(Fault::AccessDenied, &[estate(), everything()]).await;
}

#[tokio::test]
async fn no_answer_after_the_effect() {
    at_each_call(Fault::TimeoutAfterEffect, &[estate(), everything()]).await;
}

#[tokio::test]
async fn no_answer_before_the_effect() {
    at_each_call(Fault::TimeoutBeforeEffect, &[estate()]).await;
}

#[tokio::test]
async fn throttled() {
    at_each_call(Fault::Throttle, &[estate()]).await;
}

#[tokio::test]
async fn server_errors() {
    at_each_call(Fault::ServiceFailure, &[estate()]).await;
}

#[tokio::test]
async fn somebody_else_is_writing() {
    at_each_call(Fault::ConcurrentModification, &[estate()]).await;
    at_each_call(Fault::EntityTemporarilyUnmodifiable, &[estate()]).await;
}

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
async fn an_update_and_a_destroy_can_be_taken_up_again() {
    let other = Bundle::new("estate")
        .with(iam_provision::Group::new("Administrators").member("eve"))
        .with(iam_provision::User::new("eve"));
    for k in 1..=40 {
        let world = World::new();
        let empty = world.contents().await;
        world.apply(&estate()).await.unwrap();
        world.sandbox.fail_call(k, Fault::AccessDenied);
        let _ = world.apply(&other).await;
        world.sandbox.clear_faults();
        world.converge(&other).await;
        world.converge(&estate()).await;
        world.sandbox.fail_call(k, Fault::AccessDenied);
        let _ = world.destroy(&estate()).await;
        world.sandbox.clear_faults();
        world.destroy(&estate()).await.unwrap();
        assert_eq!(world.contents().await, empty, "{k}");
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
async fn a_trust_policy_of_nobody_ends_with_a_clear_error() {
    let world = World::new();
    let trust = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"sts:AssumeRole"}]}"#,
    )
    .unwrap();
    let started = world.sandbox.now();
    let error = world
        .apply(&Bundle::new("b").with(iam_provision::Role::new("r", trust)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().contains("principal that does not exist"),
        "{error}"
    );
    let waited = world
        .sandbox
        .now()
        .duration_since(started)
        .unwrap()
        .as_secs();
    assert!(
        (100..200).contains(&waited),
        "waited {waited} s for it to appear"
    );
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
