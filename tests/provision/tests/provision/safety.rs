//! What is refused before the first write: more than the ceiling, and an order
//! that is not safe; and the wait between phases.

use std::time::Duration;

use iam_provision::{Bundle, ErrorKind, ManagedPolicy, PolicyRef, User};

use crate::support::{ACCOUNT, ALL, World, allow, document};

fn writes(world: &World) -> usize {
    world.calls().1
}

#[tokio::test]
async fn no_plan_gives_more_than_the_ceiling() {
    let world = World::new();
    let ceiling = document(&format!(
        r#"{ALL},{{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"#
    ));
    let provisioner = world.provisioner().await.ceiling(ceiling.clone());
    let within = Bundle::new("b").with(User::new("ann").inline("i", allow("s3:*")));
    let plan = provisioner.plan(&within).await.unwrap();
    provisioner.apply(&plan, world.options()).await.unwrap();
    writes(&world);

    for (bundle, told) in [
        (
            Bundle::new("b").with(User::new("ann").inline("i", allow("iam:CreateUser"))),
            "iam:CreateUser on",
        ),
        // Nor by a policy of AWS's, which is read for this.
        (
            Bundle::new("b").with(User::new("ann").attach(PolicyRef::aws("IAMReadOnlyAccess"))),
            "iam:",
        ),
    ] {
        let error = provisioner.plan(&bundle).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OverCeiling, "{error}");
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.to_string().contains("user ann"), "{error}");
        assert!(error.to_string().contains(told), "{error}");
        // A plan that another provisioner made is refused before it is applied.
        let plan = world.plan(&bundle).await.unwrap();
        let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OverCeiling, "{error}");
        assert_eq!(writes(&world), 0);
    }

    // What somebody has is not given by a plan that takes some of it.
    let wide = Bundle::new("b").with(User::new("ann").inline("i", allow("*")));
    world.apply(&wide).await.unwrap();
    let narrower = Bundle::new("b").with(User::new("ann").inline("i", allow("iam:*")));
    let plan = provisioner.plan(&narrower).await.unwrap();
    assert!(!plan.is_empty());
    // A boundary is a way to be within it.
    let cap = ManagedPolicy::new("cap", ceiling);
    let bounded = User::new("ann").boundary(&cap).inline("i", allow("*"));
    let bounded = Bundle::new("b").with(bounded).with(cap);
    assert!(provisioner.plan(&bounded).await.is_ok());
}

/// The time of the sandbox's clock that a bundle's two phases take.
async fn time_of(settle: Duration) -> Duration {
    let world = World::new();
    let bundle = Bundle::new("b").with(User::new("ann").inline("i", allow("s3:*")));
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle).await.unwrap();
    assert_eq!(plan.critical_path(), 2);
    let before = world.sandbox.now();
    let options = world.options().settle(settle);
    provisioner.apply(&plan, options).await.unwrap();
    world.sandbox.now().duration_since(before).unwrap()
}

#[tokio::test]
async fn settling_waits_between_phases() {
    let none = time_of(Duration::ZERO).await;
    let settled = time_of(Duration::from_secs(20)).await;
    let waited = settled - none;
    assert!(
        (Duration::from_secs(20)..Duration::from_secs(40)).contains(&waited),
        "{waited:?}"
    );
}

/// What no order keeps and no deny can bridge is refused without a yes by name.
#[tokio::test]
async fn an_order_that_is_not_safe_is_refused() {
    let topics: Vec<String> = (0..46)
        .map(|n| format!(r#""arn:aws:sns:us-east-1:{ACCOUNT}:t{n}""#))
        .collect();
    let filler = document(&format!(
        r#"{{"Effect":"Deny","Action":"sns:Publish","Resource":[{}]}}"#,
        topics.join(",")
    ));
    let bundle = |action: &str| {
        let statement = |effect: &str| {
            document(&format!(
                r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#
            ))
        };
        let denied = ManagedPolicy::new("denied", statement("Deny"));
        let allowed = ManagedPolicy::new("allowed", statement("Allow"));
        let user = User::new("ann").attach(&denied).attach(&allowed);
        Bundle::new("b")
            .remove_deny("managed policy denied")
            .with(user.inline("filler", filler.clone()))
            .with(denied)
            .with(allowed)
    };
    let world = World::new();
    world.apply(&bundle("s3:GetObject")).await.unwrap();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle("sqs:SendMessage")).await.unwrap();
    assert!(!plan.order().is_proved());
    writes(&world);
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsafeOrder, "{error}");
    assert!(error.to_string().contains("user ann"), "{error}");
    assert_eq!(writes(&world), 0);
    let yes = world.options().accept_moments_of("user ann");
    assert!(provisioner.apply(&plan, yes).await.is_ok());
}
