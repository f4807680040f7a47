//! One test for each retry of provisioning: what IAM asks for by its errors,
//! and what waiting does not help.

use std::time::Duration;

use iam_dsl::AccountId;
use iam_provision::{
    ApplyOptions, Bundle, Error, ErrorKind, Group, InstanceProfile, LoginProfile, Outcome,
    Provisioner, Role, User,
};
use iam_sandbox::{Fault, Mfa, Quota};

use super::line::Line;
use crate::support::{ACCOUNT, World, allow};

/// Applies over the line; returns how long it took on the sandbox's clock.
async fn apply(world: &World, line: &Line, bundle: &Bundle) -> (Result<Outcome, Error>, Duration) {
    let started = world.sandbox.now();
    let config = line.under(&world.account.sdk_config());
    let run = async {
        let id = AccountId::new(ACCOUNT).unwrap();
        let provisioner = Provisioner::for_account(id, &config).await?;
        let plan = provisioner.plan(bundle).await?;
        provisioner.apply(&plan, world.options()).await
    };
    let result = run.await;
    let took = world.sandbox.now().duration_since(started).unwrap();
    (result, took)
}

/// Applied after so many refusals of an action, and the waits between them.
async fn patient(
    bundle: &Bundle,
    action: &'static str,
    code: &'static str,
    message: &str,
) -> Duration {
    let world = World::new();
    let line = Line::default().refuse(action, 3, code, message);
    let (result, took) = apply(&world, &line, bundle).await;
    result.unwrap_or_else(|error| panic!("{action}: {error}"));
    assert!(world.plan(bundle).await.unwrap().is_empty());
    took
}

fn worker() -> Role {
    let trust = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    );
    Role::new("worker", trust.unwrap())
}

#[tokio::test]
async fn what_was_just_created_is_not_known_everywhere_at_once() {
    let user = Bundle::new("b")
        .with(
            User::new("ann")
                .inline("i", allow("s3:GetObject"))
                .member_of("team"),
        )
        .with(Group::new("team"));
    for (action, message) in [
        ("PutUserPolicy", "The user with name ann cannot be found."),
        (
            "AddUserToGroup",
            "The group with name team cannot be found.",
        ),
    ] {
        let took = patient(&user, action, "NoSuchEntity", message).await;
        assert!((1..120).contains(&took.as_secs()), "{took:?}");
    }
    // What this apply has not created is not waited for.
    let world = World::new();
    let line = Line::default().refuse(
        "AddUserToGroup",
        1,
        "NoSuchEntity",
        "The group with name other cannot be found.",
    );
    let (result, took) = apply(&world, &line, &user).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(took, Duration::ZERO);
}

#[tokio::test]
async fn a_create_that_only_the_create_knows_of_is_waited_for() {
    // The answer was lost and reads lag: whose it is cannot be told yet.
    let world = World::new();
    world.apply(&Bundle::new("b")).await.unwrap();
    world.sandbox.delay_visibility(Duration::from_secs(5));
    // GetCallerIdentity, two times the details, CreateUser.
    world.sandbox.fail_call(4, Fault::TimeoutAfterEffect);
    let bundle = Bundle::new("b").with(User::new("ann"));
    let (result, took) = apply(&world, &Line::default(), &bundle).await;
    assert!(result.unwrap().is_complete());
    assert!(took >= Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_name_that_only_the_rename_knows_of_is_waited_for() {
    let renamed = |bundle: Bundle, after: &str, before: &str| {
        bundle
            .with(User::new(after).renamed_from(before))
            .with(Group::new(format!("{after}s")).renamed_from(format!("{before}s")))
    };
    // GetCallerIdentity, two times the details, GetLoginProfile and ListAccessKeys, and
    // the ledger; then the user, or the group.
    for k in [9, 10] {
        let world = World::new();
        let before = Bundle::new("b")
            .with(User::new("old"))
            .with(Group::new("olds"));
        world.apply(&before).await.unwrap();
        world.sandbox.delay_visibility(Duration::from_secs(5));
        world.calls();
        world.sandbox.fail_call(k, Fault::TimeoutAfterEffect);
        let bundle = renamed(Bundle::new("b"), "new", "old");
        let (result, took) = apply(&world, &Line::default(), &bundle).await;
        assert!(result.unwrap().is_complete());
        assert!(took >= Duration::from_secs(5), "{took:?}");
        let calls = world.calls().0;
        let renames = ["iam:UpdateUser", "iam:UpdateGroup"];
        let failed = &calls[k as usize - 1];
        assert!(renames.contains(&failed.action.as_str()), "{failed:?}");
    }
}

#[tokio::test]
async fn a_principal_that_is_not_known_yet() {
    let message = "Invalid principal in policy: &quot;AWS&quot;:&quot;arn:aws:iam::111122223333:user/ann&quot;";
    let bundle = Bundle::new("b").with(worker());
    patient(&bundle, "CreateRole", "MalformedPolicyDocument", message).await;

    let world = World::new();
    world.apply(&bundle).await.unwrap();
    let line = Line::default().refuse(
        "UpdateAssumeRolePolicy",
        3,
        "MalformedPolicyDocument",
        message,
    );
    let trust = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    );
    let bundle = Bundle::new("b").with(worker().trust(trust.unwrap()));
    apply(&world, &line, &bundle).await.0.unwrap();
    assert!(world.plan(&bundle).await.unwrap().is_empty());
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
async fn a_new_login_cannot_be_changed_at_once() {
    let message =
        "Login Profile for User ann cannot be modified while login profile is being created.";
    let bundle = Bundle::new("b").with(User::new("ann").console_login(LoginProfile::new()));
    let world = World::new();
    world.apply(&bundle).await.unwrap();
    let line = Line::default().refuse(
        "DeleteLoginProfile",
        3,
        "EntityTemporarilyUnmodifiable",
        message,
    );
    let none = Bundle::new("b").with(User::new("ann"));
    apply(&world, &line, &none).await.0.unwrap();
    assert!(world.plan(&none).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_login_that_came_to_exist_gets_the_password_just_delivered() {
    let user = || User::new("ann").inline("may", allow("iam:ChangePassword"));
    let bundle = Bundle::new("b").with(user().console_login(LoginProfile::new().without_reset()));
    for reads_lag in [false, true] {
        let world = World::new();
        world.apply(&Bundle::new("b").with(user())).await.unwrap();
        if reads_lag {
            // Another apply was there first, and ours does not see it.
            world.sandbox.delay_visibility(Duration::from_secs(60));
            world.apply(&bundle).await.unwrap();
        } else {
            // Our own first try was, and its answer was lost: after
            // GetCallerIdentity, two times the details, GetLoginProfile and ListAccessKeys.
            world.sandbox.fail_call(8, Fault::TimeoutAfterEffect);
        }
        let (result, _) = apply(&world, &Line::default(), &bundle).await;
        assert!(result.unwrap().is_complete(), "reads lag: {reads_lag}");
        let calls = world.calls().0;
        assert!(
            calls
                .iter()
                .any(|call| call.action == "iam:UpdateLoginProfile"),
            "{calls:?}"
        );
        world.sandbox.delay_visibility(Duration::ZERO);
        let (_, password) = world.delivered.lock().unwrap().last().cloned().unwrap();
        let session = world.account.sign_in("ann", Mfa::Absent).unwrap();
        aws_sdk_iam::Client::new(&session)
            .change_password()
            .old_password(password)
            .new_password("Another-1-password")
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_instance_profile_is_not_known_to_its_role_at_once() {
    let bundle = Bundle::new("b")
        .with(worker())
        .with(InstanceProfile::new("profile").role("worker"));
    for (code, message) in [
        (
            "InvalidParameterValue",
            "Value (profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
        ("NoSuchEntity", "The role with name worker cannot be found."),
        ("NoSuchEntity", "Instance Profile profile cannot be found."),
    ] {
        patient(&bundle, "AddRoleToInstanceProfile", code, message).await;
    }
}

#[tokio::test]
async fn somebody_else_is_changing_the_same_entity() {
    let before = Bundle::new("b").with(User::new("ann").tag("a", "1"));
    let after = Bundle::new("b").with(User::new("ann").path("/a/").tag("b", "1"));
    let message = "The request was rejected because multiple requests to change this object were submitted simultaneously.";
    for action in ["TagUser", "UntagUser", "UpdateUser"] {
        let world = World::new();
        world.apply(&before).await.unwrap();
        let line = Line::default().refuse(action, 3, "ConcurrentModification", message);
        let (result, took) = apply(&world, &line, &after).await;
        result.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert!(took >= Duration::from_secs(1), "{action}: {took:?}");
    }
    for (action, bundle) in [
        ("CreateUser", &before),
        ("CreatePolicy", &Bundle::new("b").with(Group::new("g"))),
    ] {
        patient(bundle, action, "ConcurrentModification", message).await;
    }
    let world = World::new();
    world.apply(&before).await.unwrap();
    let line = Line::default().refuse("DeleteUser", 3, "ConcurrentModification", message);
    apply(&world, &line, &Bundle::new("b")).await.0.unwrap();
}

#[tokio::test]
async fn throttling_is_waited_for() {
    for code in ["Throttling", "RequestLimitExceeded"] {
        let bundle = Bundle::new("b").with(User::new("ann"));
        let world = World::new();
        let line = Line::default().refuse("CreateUser", 5, code, "Rate exceeded");
        apply(&world, &line, &bundle).await.0.unwrap();
    }
}

#[tokio::test]
async fn a_quota_is_not_waited_for() {
    let world = World::new();
    world.account.set_quota(Quota::Users, 1);
    world
        .iam
        .create_user()
        .user_name("first")
        .send()
        .await
        .unwrap();
    let (result, took) = apply(
        &world,
        &Line::default(),
        &Bundle::new("b").with(User::new("ann")),
    )
    .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::QuotaExceeded);
    assert_eq!(took, Duration::ZERO);
}

#[tokio::test]
async fn the_last_writer_wins_in_silence_and_is_read_back() {
    let bundle = Bundle::new("b").with(
        User::new("ann")
            .inline("i", allow("s3:GetObject"))
            .console_login(LoginProfile::new()),
    );
    let world = World::new();
    // Somebody deletes the policy while the password is delivered, which is
    // the last thing that happens.
    let iam = world.iam.clone();
    let overwrites = move |_: iam_provision::Secret| {
        let call = iam.delete_user_policy().user_name("ann").policy_name("i");
        async move {
            call.send().await.unwrap();
            Ok(())
        }
    };
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle).await.unwrap();
    let options = ApplyOptions::new().secrets(overwrites).read_back();
    let error = provisioner.apply(&plan, options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.is_retryable() && error.outcome().unwrap().is_complete());
    assert!(
        error.to_string().contains("+ inline policy i of user ann"),
        "{error}"
    );

    // What only shows late is waited for.
    let world = World::new();
    world.sandbox.delay_visibility(Duration::from_secs(5));
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle).await.unwrap();
    let started = world.sandbox.now();
    let options = world.options().read_back();
    provisioner.apply(&plan, options).await.unwrap();
    let took = world.sandbox.now().duration_since(started).unwrap();
    assert!((5..30).contains(&took.as_secs()), "{took:?}");
}

#[test]
fn every_row_of_the_table_has_its_test() {
    let rows = crate::support::table_rows(
        include_str!("../../../../../iam-provision/src/apply/retry.rs"),
        &[
            ("retries", include_str!("retries.rs")),
            ("faults", include_str!("mod.rs")),
            ("switch", include_str!("switch.rs")),
            ("providers", include_str!("../providers.rs")),
        ],
    );
    assert_eq!(rows, 17);
}
