//! The least-privilege policy of a plan: whoever has it can run the plan, and
//! nobody who lacks one of its statements can.

use iam_dsl::{AccountId, Document, Policy};
use iam_provision::{
    Bundle, Error, ErrorKind, Group, ManagedPolicy, PolicyRef, Provisioner, Reads, Role, User,
};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, WAYS, World, admins, allow, estate, everything};

/// A user outside the bundle whom these statements are allowed.
async fn deployer(world: &World, statements: &[Value]) -> aws_types::SdkConfig {
    world
        .iam
        .create_user()
        .user_name("deployer")
        .send()
        .await
        .unwrap();
    // A managed policy holds 6,144 characters, and a user ten of them.
    for (index, chunk) in statements.chunks(6).enumerate() {
        let document = json!({"Version": "2012-10-17", "Statement": chunk}).to_string();
        let policy = world
            .iam
            .create_policy()
            .policy_name(format!("deploy-{index}"))
            .policy_document(document)
            .send()
            .await
            .unwrap();
        world
            .iam
            .attach_user_policy()
            .user_name("deployer")
            .policy_arn(policy.policy().unwrap().arn().unwrap())
            .send()
            .await
            .unwrap();
    }
    let key = world
        .iam
        .create_access_key()
        .user_name("deployer")
        .send()
        .await
        .unwrap();
    let key = key.access_key().unwrap();
    world
        .account
        .sdk_config_with(key.access_key_id(), key.secret_access_key(), None)
}

/// Plans, applies and plans again as the deployer.
async fn run(world: &World, statements: &[Value], run: &Run) -> Result<(), Error> {
    let config = deployer(world, statements).await;
    let provisioner = Provisioner::for_account(AccountId::new(ACCOUNT).unwrap(), &config).await?;
    let provisioner = provisioner.reads(world.reads);
    let plan = run.plan(&provisioner).await?;
    assert!(!plan.is_empty());
    // The deployer may not take the last administrator without a yes.
    let options = world
        .options()
        .accept_lock_out_of(format!("arn:aws:iam::{ACCOUNT}:user/deployer"));
    provisioner.apply(&plan, options).await?;
    assert!(run.plan(&provisioner).await?.is_empty());
    Ok(())
}

pub(crate) struct Run {
    bundle: Bundle,
    destroys: bool,
}

impl Run {
    /// Of a plan that does not destroy.
    pub(crate) fn of(bundle: Bundle) -> Self {
        Self {
            bundle,
            destroys: false,
        }
    }

    async fn plan(&self, provisioner: &Provisioner) -> Result<iam_provision::Plan, Error> {
        if self.destroys {
            provisioner.destroy(&self.bundle).await
        } else {
            provisioner.plan(&self.bundle).await
        }
    }
}

/// Checks one run from where the world stands. Returns how many statements the policy has.
pub(crate) async fn check(world: &World, run_: Run) -> usize {
    let plan = run_.plan(&world.provisioner().await).await.unwrap();
    let policy: Policy = plan.permissions().unwrap();
    assert!(Document::from_json(policy.as_json()).is_ok());
    let all: Value = serde_json::from_str(policy.as_json()).unwrap();
    let statements = all["Statement"].as_array().unwrap().clone();
    let start = world.sandbox.snapshot();
    if let Err(error) = run(world, &statements, &run_).await {
        panic!("{}\nrefused with {policy}\n{error}", run_.bundle.name());
    }
    for left_out in 0..statements.len() {
        world.sandbox.restore(&start);
        let mut fewer = statements.clone();
        let removed = fewer.remove(left_out);
        match run(world, &fewer, &run_).await {
            Err(error) => assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}"),
            Ok(()) => panic!("{}: nobody needed {removed}", run_.bundle.name()),
        }
    }
    world.sandbox.restore(&start);
    statements.len()
}

#[tokio::test]
async fn a_plan_runs_with_its_policy_and_with_no_statement_less() {
    for reads in WAYS {
        let policies = runs_with_its_policy(reads).await;
        let asks_for_everything = policies.contains("GetAccountAuthorizationDetails");
        assert_eq!(asks_for_everything, reads == Reads::ByCount);
    }
}

/// Returns all the policies, one after the other.
async fn runs_with_its_policy(reads: Reads) -> String {
    let mut statements = 0;
    let mut policies = String::new();
    for bundle in [admins(), estate(), everything()] {
        let world = World::reading(reads);
        let plan = world.plan(&bundle).await.unwrap();
        policies.push_str(plan.permissions().unwrap().as_json());
        statements += check(
            &world,
            Run {
                bundle: bundle.clone(),
                destroys: false,
            },
        )
        .await;
        world.apply(&bundle).await.unwrap();
        let plan = world.provisioner().await.destroy(&bundle).await.unwrap();
        policies.push_str(plan.permissions().unwrap().as_json());
        statements += check(
            &world,
            Run {
                bundle,
                destroys: true,
            },
        )
        .await;
    }
    assert!(statements > 60, "{statements}");
    policies
}

#[tokio::test]
async fn an_update_needs_what_it_changes() {
    let trust = |service: &str| {
        iam_dsl::TrustPolicy::from_json(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        ))
        .unwrap()
    };
    let cap = |actions: &str| ManagedPolicy::new("cap", allow(actions));
    let before = Bundle::new("b")
        .with(cap("s3:*"))
        .with(
            User::new("u")
                .path("/a/")
                .boundary(&cap("s3:*"))
                .tag("x", "1"),
        )
        .with(User::new("old"))
        .with(Group::new("g").path("/a/").member("u"))
        .with(Group::new("before").path("/a/"))
        .with(
            Role::new("r", trust("ec2.amazonaws.com"))
                .attach(PolicyRef::aws("AmazonS3FullAccess"))
                .tag("x", "1"),
        );
    let after = Bundle::new("b")
        .with(cap("s3:Get*").update_in_two_steps())
        .with(User::new("u").path("/b/").tag("y", "1"))
        .with(User::new("new").renamed_from("old"))
        .with(Group::new("now").renamed_from("before").path("/b/"))
        .with(Group::new("g").path("/b/"))
        .with(
            Role::new("r", trust("lambda.amazonaws.com"))
                .description("new")
                .boundary(&cap("s3:Get*"))
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
                .tag("y", "1"),
        );
    for reads in WAYS {
        let world = World::reading(reads);
        world.apply(&before).await.unwrap();
        let statements = check(
            &world,
            Run {
                bundle: after.clone(),
                destroys: false,
            },
        )
        .await;
        assert!(statements >= 10, "{statements}");
    }
}

#[tokio::test]
async fn wildcards_in_a_path_stay_characters() {
    let world = World::new();
    let bundle = Bundle::new("b").with(User::new("u").path("/a*/?$/"));
    let plan = world.plan(&bundle).await.unwrap();
    let policy = plan.permissions().unwrap().to_string();
    assert!(policy.contains("user/a${*}/${?}${$}/u"), "{policy}");
}
