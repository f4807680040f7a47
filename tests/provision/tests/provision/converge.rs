//! Applying makes it so, in few calls; applying again does nothing.

use iam_provision::{Bundle, Reads};

use crate::support::{WAYS, World, admins, cross_account, ec2, estate, everything, passwords};

/// Calls of a converge (plan, apply) and of a no-op (plan, apply), and the writes of the first.
async fn calls(bundle: &Bundle) -> (usize, usize, usize) {
    let world = World::new();
    let outcome = world.apply(bundle).await.unwrap();
    assert!(outcome.is_complete() && !outcome.is_unchanged());
    let (converge, writes) = world.calls();
    assert_eq!(writes, outcome.done().len(), "one writing call per step");
    assert!(
        converge
            .iter()
            .filter(|call| call.writes)
            .all(iam_sandbox::Call::succeeded)
    );

    let outcome = world.apply(bundle).await.unwrap();
    assert!(outcome.is_unchanged());
    assert_eq!(outcome.to_string(), "no changes");
    let (noop, writes_of_noop) = world.calls();
    assert_eq!(writes_of_noop, 0, "a second apply writes nothing: {noop:?}");
    (converge.len(), noop.len(), writes)
}

#[tokio::test]
async fn call_counts() {
    let mut table = String::from("bundle            converge  no-op  writes\n");
    for (name, bundle) in [
        ("admin group", admins()),
        ("password policy", passwords()),
        ("cross-account", cross_account()),
        ("ec2 profile", ec2()),
        ("estate of seven", estate()),
        ("everything", everything()),
    ] {
        let (converge, noop, writes) = calls(&bundle).await;
        table.push_str(&format!("{name:<17} {converge:>8} {noop:>6} {writes:>7}\n"));
        if name == "estate of seven" {
            assert!(
                converge <= 22,
                "{converge} calls to converge; 22 are enough"
            );
            assert!(
                noop <= 7,
                "{noop} calls to find nothing to do; 7 are enough"
            );
        }
    }
    println!("{table}");
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_plan_sends_no_writing_call() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&everything()).await.unwrap();
    assert!(!plan.is_empty());
    let (calls, writes) = world.calls();
    assert_eq!(writes, 0, "{calls:?}");
    provisioner.apply(&plan, world.options()).await.unwrap();
    world.calls();
    assert!(!provisioner.destroy(&everything()).await.unwrap().is_empty());
    assert_eq!(world.calls().1, 0);
}

#[tokio::test]
async fn destroy_leaves_nothing() {
    for reads in WAYS {
        destroy_leaves_nothing_by(reads).await;
    }
}

async fn destroy_leaves_nothing_by(reads: Reads) {
    for bundle in [
        admins(),
        passwords(),
        cross_account(),
        ec2(),
        estate(),
        everything(),
    ] {
        let world = World::reading(reads);
        let before = world.contents().await;
        world.apply(&bundle).await.unwrap();
        assert_ne!(world.contents().await, before);
        world.destroy(&bundle).await.unwrap();
        assert_eq!(world.contents().await, before, "{}", bundle.name());
        assert!(world.destroy(&bundle).await.unwrap().is_unchanged());
        world.apply(&bundle).await.unwrap();
    }
}

#[tokio::test]
async fn what_leaves_the_bundle_is_deleted() {
    for reads in WAYS {
        what_leaves_is_deleted(reads).await;
    }
}

async fn what_leaves_is_deleted(reads: Reads) {
    let world = World::reading(reads);
    world.apply(&estate()).await.unwrap();
    let smaller = Bundle::new("estate").with(iam_provision::bundles::admin_group("Administrators"));
    world.apply(&smaller).await.unwrap();
    assert!(world.plan(&smaller).await.unwrap().is_empty());
    let contents = world.contents().await;
    for gone in [
        "\"Administrator\"",
        "test_role",
        "ec2_role",
        "test_profile",
        "enforce-to-use-mfa",
        "PasswordPolicy {",
    ] {
        assert!(
            !contents.contains(gone),
            "{gone} is still there:\n{contents}"
        );
    }
    assert!(contents.contains("Administrators"));
}

#[tokio::test]
async fn every_update_converges() {
    use crate::support::{allow, policy};
    use iam_provision::{Group, ManagedPolicy, PasswordPolicy, PolicyRef, User};
    let world = World::new();
    let bundle = |step: u32| {
        let action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][step as usize % 3];
        let own = ManagedPolicy::new("own", allow(action));
        let mut group = Group::new("g")
            .path(if step.is_multiple_of(2) {
                "/"
            } else {
                "/moved/"
            })
            .inline("i", allow(action));
        if step.is_multiple_of(2) {
            group = group.attach(&own);
        }
        let mut user = User::new("u")
            .tag("step", step.to_string())
            .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"));
        if step % 3 != 1 {
            user = user.member_of("g").boundary(&own);
        }
        Bundle::new("changing")
            .with(group)
            .with(user)
            .with(PasswordPolicy::strict().minimum_length(10 + step as i32))
            .with(own)
            .remove_deny("boundary of user u")
    };
    // More than five versions of the managed policy, so that old ones have to go.
    for step in 0..9 {
        let outcome = world.apply(&bundle(step)).await.unwrap();
        assert!(!outcome.is_unchanged(), "{step}");
        assert!(
            world.plan(&bundle(step)).await.unwrap().is_empty(),
            "{step}"
        );
    }
    // A difference in form only is none.
    let same = policy(
        r#"{"Statement":{"Resource":["*"],"Action":["S3:getobject"],"Effect":"Allow"},"Version":"2012-10-17"}"#,
    );
    world
        .apply(&Bundle::new("form").with(ManagedPolicy::new("form", allow("s3:GetObject"))))
        .await
        .unwrap();
    assert!(
        world
            .plan(&Bundle::new("form").with(ManagedPolicy::new("form", same)))
            .await
            .unwrap()
            .is_empty()
    );
}
