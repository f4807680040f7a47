//! What is refused before the first write: more than the ceiling, a plan that
//! locks out its caller, an order that is not safe; and the wait between phases.

use std::time::Duration;

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::{
    Bundle, Error, ErrorKind, Group, ManagedPolicy, Outcome, PolicyRef, Provisioner, Role, User,
};

use crate::support::{ACCOUNT, World, allow, policy};

const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

fn document(statements: &str) -> iam_dsl::Policy {
    policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
}

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
        // A policy of AWS's that is not read is not proved to be within it.
        (
            Bundle::new("b").with(User::new("ann").attach(PolicyRef::aws("AmazonS3FullAccess"))),
            "AWS AmazonS3FullAccess",
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

/// A provisioner with an access key of the user.
async fn as_user(world: &World, name: &str) -> (Provisioner, String) {
    let key = world
        .iam
        .create_access_key()
        .user_name(name)
        .send()
        .await
        .unwrap();
    let key = key.access_key().unwrap();
    let config = world
        .account
        .sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &config).await.unwrap();
    (provisioner, format!("arn:aws:iam::{ACCOUNT}:user/{name}"))
}

/// Applies as a user, and says what was refused and that nothing was written.
async fn refused(world: &World, provisioner: &Provisioner, bundle: &Bundle) -> Error {
    let plan = provisioner.plan(bundle).await.unwrap();
    assert!(!plan.is_empty());
    writes(world);
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockOut, "{error}\n{plan}");
    assert_eq!(writes(world), 0);
    error
}

fn boss(inline: &str) -> Bundle {
    // Shared: the access key with which it comes is not the bundle's.
    let user = User::new("boss").shared();
    Bundle::new("b").with(user.inline("power", document(inline)))
}

#[tokio::test]
async fn a_caller_does_not_take_its_own_power() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, arn) = as_user(&world, "boss").await;
    let narrow = boss(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    let error = refused(&world, &provisioner, &narrow).await;
    // The step, and the call that it would break.
    let text = error.to_string();
    assert!(
        text.contains("inline policy power of user boss") && text.contains("iam:"),
        "{text}"
    );
    assert!(
        text.contains(&format!("accept_lock_out_of({arn:?})")),
        "{text}"
    );

    // Root is not locked out by policies, and the yes is by name.
    let plan = provisioner.plan(&narrow).await.unwrap();
    let other = world
        .options()
        .accept_lock_out_of("arn:aws:iam::111122223333:user/other");
    assert_eq!(
        provisioner.apply(&plan, other).await.unwrap_err().kind(),
        ErrorKind::LockOut
    );
    let yes = world.options().accept_lock_out_of(arn);
    assert!(provisioner.apply(&plan, yes).await.unwrap().is_complete());
    assert!(world.apply(&boss(ALL)).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_caller_does_not_take_its_own_key() {
    let owned =
        |actions: &str| Bundle::new("b").with(User::new("boss").inline("i", allow(actions)));
    let world = World::new();
    world.apply(&owned("*")).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    let error = refused(&world, &provisioner, &owned("*")).await;
    assert!(
        error
            .to_string()
            .contains("takes a credential of the caller"),
        "{error}"
    );
}

#[tokio::test]
async fn a_caller_may_change_what_it_does_not_need() {
    let world = World::new();
    world.apply(&boss(ALL)).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    // It keeps all of IAM and loses the rest.
    let rest = boss(r#"{"Effect":"Allow","Action":["iam:*","sts:*"],"Resource":"*"}"#);
    let plan = provisioner.plan(&rest).await.unwrap();
    let outcome: Outcome = provisioner.apply(&plan, world.options()).await.unwrap();
    assert!(outcome.is_complete());
    // And somebody else may lose anything.
    let with = rest.clone().with(User::new("ann").inline("i", allow("*")));
    world.apply(&with).await.unwrap();
    let plan = provisioner.plan(&rest).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
}

#[tokio::test]
async fn a_group_a_boundary_and_a_shared_policy_count() {
    let power = || ManagedPolicy::new("power", document(ALL));
    let with = |member: bool, bounded: bool, deny: &str| {
        let power = match deny {
            "" => power(),
            action => ManagedPolicy::new(
                "power",
                document(&format!(
                    r#"{ALL},{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#
                )),
            ),
        };
        let cap = ManagedPolicy::new("cap", allow("s3:*"));
        let group = Group::new("admins").attach(&power);
        let user = User::new("boss").shared();
        let user = if bounded { user.boundary(&cap) } else { user };
        let group = if member { group.member("boss") } else { group };
        let bundle = Bundle::new("b").with(user).with(group);
        bundle.with(power).with(cap)
    };
    let world = World::new();
    world.apply(&with(true, false, "")).await.unwrap();
    let (provisioner, _) = as_user(&world, "boss").await;
    for change in [
        with(false, false, ""),
        with(true, true, ""),
        with(true, false, "iam:CreatePolicyVersion"),
    ] {
        refused(&world, &provisioner, &change).await;
    }
    // A deny of something else does not concern it.
    let harmless = with(true, false, "s3:DeleteBucket");
    let plan = provisioner.plan(&harmless).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
    // Deleting itself does.
    let error = refused(&world, &provisioner, &Bundle::new("b")).await;
    assert!(error.to_string().contains("deletes the caller"), "{error}");
}

fn deployer(trusted: &str, assume: bool) -> Bundle {
    let trust: TrustPolicy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":[{trusted}]}},"Action":"sts:AssumeRole"}}]}}"#
    )
    .parse()
    .unwrap();
    let user = User::new("ann");
    let user = match assume {
        true => user.inline("assume", allow("sts:AssumeRole")),
        false => user,
    };
    Bundle::new("b")
        .with(Role::new("deployer", trust).inline("power", document(ALL)))
        .with(user)
}

#[tokio::test]
async fn the_way_into_the_callers_role_stays() {
    let account = format!(r#""{ACCOUNT}""#);
    let both = format!(r#""{ACCOUNT}","444455556666""#);
    let world = World::new();
    world.apply(&deployer(&account, true)).await.unwrap();
    let (_, _) = as_user(&world, "ann").await;
    let keys = world
        .iam
        .list_access_keys()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(keys.access_key_metadata().len(), 1);
    let key = world
        .iam
        .create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    let key = key.access_key().unwrap();
    let ann = world
        .account
        .sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    let session = aws_sdk_sts::Client::new(&ann)
        .assume_role()
        .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/deployer"))
        .role_session_name("session")
        .send()
        .await
        .unwrap();
    let session = session.credentials().unwrap();
    let config = world.account.sdk_config_with(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token()),
    );
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &config).await.unwrap();

    let error = refused(&world, &provisioner, &deployer(r#""444455556666""#, true)).await;
    assert!(error.to_string().contains("no longer lets in"), "{error}");
    let error = refused(&world, &provisioner, &deployer(&account, false)).await;
    assert!(error.to_string().contains("user ann"), "{error}");
    // Letting in somebody more takes nothing.
    let plan = provisioner.plan(&deployer(&both, true)).await.unwrap();
    assert!(provisioner.apply(&plan, world.options()).await.is_ok());
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
