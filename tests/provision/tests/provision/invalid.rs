//! What is refused before any call, with everything that is wrong.

use iam_dsl::AccountId;
use iam_provision::{
    AccountAlias, Bundle, ErrorKind, Group, ManagedPolicy, OidcProvider, PasswordPolicy, PolicyRef,
    Provisioner, SamlProvider, User,
};
use iam_sandbox::Fault;

use crate::support::{ACCOUNT, CENTRAL, World, allow, estate};

#[tokio::test]
async fn all_problems_at_once_and_no_call() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    world.calls();
    let group = Group::new("too many");
    let long = format!("arn:aws:s3:::{}", "x".repeat(6_200));
    let big = crate::support::policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{long}"}}]}}"#
    ));
    let bundle = Bundle::new("in valid")
        .with(
            User::new("a/b")
                .path("no-slash")
                .tag("aws:x", "1")
                .attach("not-an-arn"),
        )
        .with(User::new("Twin"))
        .with(User::new("twin"))
        .with(group)
        .with(ManagedPolicy::new("big", big))
        .with(User::new("c").boundary(PolicyRef::own("missing")))
        .with(PasswordPolicy::strict().minimum_length(5))
        .with(PasswordPolicy::lenient())
        .with(AccountAlias::new("Not--good"))
        .with(OidcProvider::new("http://ci.example.com:8443/?q").thumbprint("short"))
        .with(OidcProvider::new("https://ci.example.com").client_id(""))
        .with(OidcProvider::new("https://CI.example.com/"))
        .with(SamlProvider::new("corp+x", "<EntityDescriptor/>"));
    let error = provisioner.plan(&bundle).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidBundle);
    assert!(world.calls().0.is_empty(), "refused before any call");
    insta::assert_snapshot!(error);
}

#[test]
fn an_account_id_has_12_digits() {
    for bad in ["", "1111222233", "11112222333a", "1111-2222-3333"] {
        assert!(AccountId::new(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn another_account_is_refused() {
    let world = World::new();
    let error = Provisioner::for_account(
        AccountId::new(CENTRAL).unwrap(),
        &world.account.sdk_config(),
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongAccount);
    assert!(
        error.to_string().contains(ACCOUNT) && error.to_string().contains(CENTRAL),
        "{error}"
    );
}

#[tokio::test]
async fn an_endpoint_that_is_down_gives_one_clear_error() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    for k in 1..=20 {
        world.sandbox.fail_call(k, Fault::ConnectionRefused);
    }
    let error = provisioner.plan(&estate()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("cannot be reached"), "{error}");

    // In the middle of an apply the error says what was done.
    world.sandbox.clear_faults();
    let plan = provisioner.plan(&estate()).await.unwrap();
    for k in 6..=40 {
        world.sandbox.fail_call(k, Fault::ConnectionRefused);
    }
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let outcome = error.outcome().unwrap();
    assert_eq!(
        outcome.done().len(),
        3,
        "two reads and three steps: {error}"
    );
    assert_eq!(
        outcome.done().len() + outcome.not_done().len(),
        plan.steps().len()
    );
    assert!(error.to_string().contains("done:     + ledger"), "{error}");
}

#[tokio::test]
async fn what_does_not_exist_is_told_by_the_plan() {
    let world = World::new();
    let bundle = Bundle::new("b")
        .with(
            User::new("u")
                .member_of("nowhere")
                .attach(format!("arn:aws:iam::{ACCOUNT}:policy/missing")),
        )
        .with(Group::new("g").member("nobody").inline("x", allow("s3:*")))
        .with(iam_provision::InstanceProfile::new("p").role("missing"));
    let error = world.plan(&bundle).await.unwrap_err();
    assert_eq!(error.problems().len(), 4, "{error}");
}

#[test]
fn an_external_id_that_nobody_could_send_is_refused() {
    use iam_provision::bundles::cross_account_role;
    for (id, right) in [
        ("42", true),
        ("acme:prod/1", true),
        ("x", false),
        ("${aws:username}", false),
        ("a b", false),
    ] {
        let role = cross_account_role("r", AccountId::new(CENTRAL).unwrap()).external_id(id);
        let problems = Bundle::new("b").with(role).problems();
        assert_eq!(problems.is_empty(), right, "{id}: {problems:?}");
    }
}

#[tokio::test]
async fn names_of_inline_policies_are_the_same_whatever_their_case() {
    use iam_provision::User;
    let twice = Bundle::new("b").with(
        User::new("ann")
            .inline("own", crate::support::allow("s3:GetObject"))
            .inline("Own", crate::support::allow("s3:PutObject")),
    );
    let problems = twice.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message().contains("without regard to case"));

    // Renamed in case only, it is changed in place, and settled.
    let world = World::new();
    let named = |name: &str, action: &str| {
        Bundle::new("b").with(User::new("ann").inline(name, crate::support::allow(action)))
    };
    world.apply(&named("own", "s3:GetObject")).await.unwrap();
    assert!(
        world
            .plan(&named("Own", "s3:GetObject"))
            .await
            .unwrap()
            .is_empty()
    );
    let changed = named("OWN", "s3:PutObject");
    let plan = world.plan(&changed).await.unwrap();
    let calls: Vec<_> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["PutUserPolicy"], "{plan}");
    world.apply(&changed).await.unwrap();
    assert!(world.plan(&changed).await.unwrap().is_empty());
}

#[tokio::test]
async fn policies_of_aws_that_do_not_exist_are_found_by_the_plan() {
    let world = World::new();
    let bundle = |name: &str| Bundle::new("b").with(User::new("ann").attach(PolicyRef::aws(name)));
    let error = world
        .plan(&bundle("AmazonS3ReadOnlyAcces"))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("user ann") && text.contains("`AmazonS3ReadOnlyAccess`"),
        "{text}"
    );
    world
        .apply(&bundle("AmazonS3ReadOnlyAccess"))
        .await
        .unwrap();
}

#[tokio::test]
async fn new_roles_that_trust_each_other_are_refused() {
    use iam_provision::Role;
    let trust = |name: &str| {
        iam_dsl::TrustPolicy::from_json(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:role/{name}"}},"Action":"sts:AssumeRole"}}]}}"#
        ))
        .unwrap()
    };
    let world = World::new();
    let itself = Bundle::new("b").with(Role::new("a", trust("a")));
    let error = world.plan(&itself).await.unwrap_err();
    assert!(error.to_string().contains("the role itself"), "{error}");
    let cycle = Bundle::new("b")
        .with(Role::new("a", trust("b")))
        .with(Role::new("b", trust("a")));
    let error = world.plan(&cycle).await.unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[tokio::test]
async fn no_credentials_is_not_a_network_failure() {
    let world = World::new();
    let mut config = world.account.sdk_config().to_builder();
    config.set_credentials_provider(None);
    let id = AccountId::new(ACCOUNT).unwrap();
    let error = Provisioner::for_account(id, &config.build())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCredentials, "{error}");
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("AWS_PROFILE"), "{error}");
}

#[tokio::test]
async fn a_step_that_fails_names_its_entity() {
    let world = World::new();
    let bundle = Bundle::new("b").with(User::new("ann"));
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle).await.unwrap();
    world.calls();
    // The second call of the apply is its first write.
    world.sandbox.fail_call(2, Fault::AccessDenied);
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert!(
        error.to_string().starts_with("user ann: CreateUser: "),
        "{error}"
    );
}

#[tokio::test]
async fn what_does_not_fit_into_the_account_is_told_by_the_plan() {
    use iam_sandbox::Quota;
    let world = World::new();
    let mut user = User::new("u");
    for name in [
        "AdministratorAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
        "SecurityAudit",
        "IAMFullAccess",
        "IAMReadOnlyAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonEC2FullAccess",
        "AmazonEC2ReadOnlyAccess",
        "AWSDenyAll",
    ] {
        user = user.attach(PolicyRef::aws(name));
    }
    let bundle = Bundle::new("b").with(user);
    world.calls();
    let error = world.plan(&bundle).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    assert_eq!(error.problems().len(), 1, "{error}");
    let told =
        "user u: 11 attached managed policies; the quota is 10 (AttachedPoliciesPerUserQuota)";
    assert!(error.to_string().contains(told), "{error}");
    let (calls, writes) = world.calls();
    assert_eq!((calls.len(), writes), (3, 0), "{calls:?}");

    // AWS raised it.
    world.account.set_quota(Quota::AttachedPolicies, 20);
    let plan = world.plan(&bundle).await.unwrap();
    assert!(
        plan.permissions()
            .unwrap()
            .to_string()
            .contains("iam:GetAccountSummary")
    );

    // Where every default is kept nobody asks.
    world.calls();
    world.plan(&estate()).await.unwrap();
    let (calls, _) = world.calls();
    assert!(
        calls
            .iter()
            .all(|call| !call.action.contains("GetAccountSummary")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn the_name_of_the_ledger_is_taken() {
    let world = World::new();
    let named = |name: &str| Bundle::new("b").with(ManagedPolicy::new(name, allow("s3:*")));
    let error = world.plan(&named("IAM-provision.b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidBundle, "{error}");
    assert!(error.to_string().contains("own ledger"), "{error}");
    assert!(world.plan(&named("iam-provision.c")).await.is_ok());
}

/// IAM attaches AWS's policies and the account's own, and would say NoSuchEntity in
/// the middle of the apply.
#[tokio::test]
async fn a_policy_of_another_account_is_refused_before_any_write() {
    let world = World::new();
    let other = "arn:aws:iam::999900001111:policy/x";
    let bundle = Bundle::new("b").with(User::new("ann").attach(PolicyRef::arn(other)));
    let error = world.plan(&bundle).await.unwrap_err();
    assert!(error.to_string().contains(other), "{error}");
    assert!(error.to_string().contains("is not of account"), "{error}");
    assert_eq!(world.calls().1, 0);
}
