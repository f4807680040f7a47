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
    // Whoever has a console password has the one delivered last.
    assert!(!world.delivered.lock().unwrap().is_empty());
    world.destroy(bundle).await.unwrap();
    assert_eq!(world.contents().await, empty, "{fault:?} at {k}");
    reached
}

async fn at_each_call(fault: Fault) {
    for bundle in [estate(), everything()] {
        let mut k = 1;
        while survive(&bundle, fault, k).await {
            k += 1;
        }
        assert!(k > 20, "only {k} calls");
    }
}

#[tokio::test]
async fn killed_before_a_call() {
    at_each_call(Fault::AccessDenied).await;
}

#[tokio::test]
async fn no_answer_after_the_effect() {
    at_each_call(Fault::TimeoutAfterEffect).await;
}

#[tokio::test]
async fn no_answer_before_the_effect() {
    at_each_call(Fault::TimeoutBeforeEffect).await;
}

#[tokio::test]
async fn throttled() {
    at_each_call(Fault::Throttle).await;
}

#[tokio::test]
async fn server_errors() {
    at_each_call(Fault::ServiceFailure).await;
}

#[tokio::test]
async fn somebody_else_is_writing() {
    at_each_call(Fault::ConcurrentModification).await;
    at_each_call(Fault::EntityTemporarilyUnmodifiable).await;
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
