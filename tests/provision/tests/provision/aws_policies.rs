//! AWS's own policies are read where an answer hangs on what they say, and
//! nowhere else.

use iam_dsl::TrustPolicy;
use iam_provision::{
    Bundle, ErrorKind, Group, Plan, PolicyRef, Provisioner, Role, SavedPlan, User,
};

use crate::support::{ACCOUNT, ALL, World, allow, document};

/// The reads of AWS's documents since the last look.
fn documents_read(world: &World) -> usize {
    let (calls, _) = world.calls();
    calls
        .iter()
        .filter(|call| call.action.ends_with("GetPolicyVersion"))
        .count()
}

fn trust() -> TrustPolicy {
    TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
    .unwrap()
}

fn with(policies: &[&str]) -> Bundle {
    let attach = |role: Role, name: &&str| role.attach(PolicyRef::aws(*name));
    Bundle::new("b").with(policies.iter().fold(Role::new("r", trust()), attach))
}

async fn done(world: &World, provisioner: &Provisioner, plan: &Plan) {
    let outcome = provisioner.apply(plan, world.options()).await;
    assert!(
        outcome
            .unwrap_or_else(|e| panic!("{e}\n{plan}"))
            .is_complete()
    );
}

#[tokio::test]
async fn a_ceiling_is_held_against_what_they_say() {
    let world = World::new();
    let s3 =
        document(r#"{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}"#);
    let provisioner = world.provisioner().await.ceiling(s3);
    world.calls();
    let plan = provisioner
        .plan(&with(&["AmazonS3FullAccess"]))
        .await
        .unwrap();
    assert_eq!(documents_read(&world), 1);
    // A plan keeps what it was made from, also when it is applied.
    done(&world, &provisioner, &plan).await;
    assert_eq!(documents_read(&world), 0);
    assert!(
        provisioner
            .plan(&with(&["AmazonS3FullAccess"]))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(documents_read(&world), 0, "nothing comes or goes");

    // More than the ceiling, with a request that shows it.
    let more = with(&["AmazonS3FullAccess", "IAMReadOnlyAccess"]);
    let error = provisioner.plan(&more).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCeiling);
    let text = error.to_string();
    assert!(
        text.contains("iam:") && !text.contains("not known"),
        "{text}"
    );
    // One that this account's IAM does not show is not known, and refused.
    let unknown = with(&["AmazonS3FullAccess", "AmazonEC2FullAccess"]);
    let error = provisioner.plan(&unknown).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCeiling);
    assert!(
        error.to_string().contains("AWS AmazonEC2FullAccess"),
        "{error}"
    );

    // Through a group, and as a boundary.
    let member = |bundle: Bundle, policy: &str| {
        let group = Group::new("g").member("ann").attach(PolicyRef::aws(policy));
        bundle.with(group)
    };
    let ann = || Bundle::new("c").with(User::new("ann"));
    let plan = provisioner
        .plan(&member(ann(), "AmazonS3ReadOnlyAccess"))
        .await
        .unwrap();
    done(&world, &provisioner, &plan).await;
    let error = provisioner
        .plan(&member(ann(), "IAMFullAccess"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("iam:"), "{error}");
    let bounded = User::new("bob")
        .boundary(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
        .inline("i", document(ALL));
    let plan = provisioner
        .plan(&Bundle::new("d").with(bounded))
        .await
        .unwrap();
    done(&world, &provisioner, &plan).await;
}

#[tokio::test]
async fn one_for_another_is_told_in_words() {
    let world = World::new();
    world
        .apply(&with(&["AmazonS3ReadOnlyAccess"]))
        .await
        .unwrap();
    world.calls();
    let plan = world.plan(&with(&["AmazonS3FullAccess"])).await.unwrap();
    assert_eq!(documents_read(&world), 2);
    assert!(plan.order().is_proved(), "{plan}");
    let text = plan.to_string();
    assert!(text.contains("gives role r part of: s3:*"), "{text}");
    assert!(!text.contains("not read"), "{text}");
    // The same plan a second time, and a saved one.
    let saved = SavedPlan::from_json(&plan.to_json()).unwrap();
    let again = world.plan(&with(&["AmazonS3FullAccess"])).await.unwrap();
    saved.verify(&again).unwrap();
    done(&world, &world.provisioner().await, &plan).await;
    world.calls();
    assert!(
        world
            .plan(&with(&["AmazonS3FullAccess"]))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(documents_read(&world), 0);
}

/// Nothing hangs on a policy that is given or taken as a whole.
#[tokio::test]
async fn one_that_comes_or_goes_alone_costs_no_call() {
    let world = World::new();
    for policies in [
        &["AmazonS3ReadOnlyAccess"][..],
        &["AmazonS3ReadOnlyAccess", "IAMReadOnlyAccess"],
        &[],
    ] {
        world.calls();
        let plan = world.plan(&with(policies)).await.unwrap();
        assert_eq!(documents_read(&world), 0, "{plan}");
        world.apply(&with(policies)).await.unwrap();
    }
}

/// One that denies decides in which order the others may come; that it does is not
/// assumed away.
#[tokio::test]
async fn one_that_denies_is_reckoned_with() {
    let world = World::new();
    world
        .sandbox
        .load_aws_managed_policies([(
            "arn:aws:iam::aws:policy/AWSNoQueues",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]}"#,
        )])
        .unwrap();
    let before = Bundle::new("b").with(User::new("ann"));
    world.apply(&before).await.unwrap();
    let user = User::new("ann").inline("a", allow("sqs:SendMessage"));
    let after = Bundle::new("b").with(user.attach(PolicyRef::aws("AWSNoQueues")));
    world.calls();
    let plan = world.plan(&after).await.unwrap();
    assert_eq!(documents_read(&world), 1);
    assert!(plan.order().is_proved(), "{plan}");
    // Before queues are allowed they are denied, by it or for the time of the change.
    let subjects: Vec<&str> = plan.steps().iter().map(|step| step.subject()).collect();
    let place = |what: &str| subjects.iter().position(|subject| subject.contains(what));
    let allowed = place("inline policy a of").unwrap();
    let denied = place("iam-provision.transition").or(place("AWSNoQueues"));
    assert!(denied.unwrap() < allowed, "{plan}");
    done(&world, &world.provisioner().await, &plan).await;
}
