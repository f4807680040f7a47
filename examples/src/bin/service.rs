//! A service that brings about the role it works with when it starts: with
//! narrow permissions, in many replicas, and two releases at once.

use std::process::ExitCode;

use examples::{Failure, Stage, apply, bullet, destroy, heading, key_of, refused, text};
use iam_dsl::{AccountId, Policy, TrustPolicy, policy, trust_policy};
use iam_provision::{Bundle, EnsureOptions, Provisioner, Role, User, Verified};

/// What the service needs in each release.
fn bundle(stage: &Stage, release: u64) -> Bundle {
    let reads = policy! { allow s3:GetObject on "arn:aws:s3:::orders/*"; };
    let reads_and_lists = policy! {
        allow s3:GetObject on "arn:aws:s3:::orders/*";
        allow s3:ListBucket on "arn:aws:s3:::orders";
    };
    let work: Policy = if release == 1 { reads } else { reads_and_lists };
    Bundle::new(stage.name("orders"))
        .generation(release)
        .with(Role::new(stage.name("orders-worker"), trust(stage.account())).inline("work", work))
}

fn trust(account: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {account} to sts:AssumeRole;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let admin = Provisioner::for_account(stage.account().clone(), stage.config()).await?;

    heading("what the service may do: bring this bundle about, and try its role");
    let start = admin.ensure_permissions(&bundle(&stage, 2))?;
    text(&start);
    let (account, role) = (
        stage.account(),
        iam_dsl::Segment::new(stage.name("orders-worker"))?,
    );
    let assume = policy! { allow sts:AssumeRole on "arn:aws:iam::{account}:role/{role}"; };
    let user = stage.name("orders-service");
    let people = Bundle::new(stage.name("orders-service")).with(
        User::new(&user)
            .inline("start", start)
            .inline("assume", assume),
    );
    apply(&admin, &people).await?;
    let key = key_of(&stage, stage.config(), &user).await?;
    let service = Provisioner::for_account(stage.account().clone(), &key.config).await?;

    heading("release 1 starts");
    let options = EnsureOptions::new().until_assumable(stage.name("orders-worker"));
    bullet(
        service
            .ensure_with(&bundle(&stage, 1), options.clone())
            .await?,
    );
    bullet("another replica:");
    bullet(
        service
            .ensure_with(&bundle(&stage, 1), options.clone())
            .await?,
    );

    heading("release 2 is rolled out, in eight replicas at once");
    let mut replicas = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (service, bundle) = (service.clone(), bundle(&stage, 2));
        replicas.spawn(async move { service.ensure(&bundle).await });
    }
    for ensured in replicas.join_all().await {
        ensured?;
    }
    bullet(format_args!(
        "all eight are content, and what is there matches: {}",
        service.verify(&bundle(&stage, 2)).await?.matches()
    ));

    heading("a replica of release 1 is restarted");
    bullet(service.ensure(&bundle(&stage, 1)).await?);
    match service.verify(&bundle(&stage, 1)).await? {
        Verified::Behind { generation } => {
            bullet(format_args!(
                "verify says so too: generation {generation} has been here"
            ));
        }
        other => return Err(format!("an older release must be behind: {other:?}").into()),
    }

    heading("and it may do nothing else");
    let iam = aws_sdk_iam::Client::new(&key.config);
    let refusal = refused(
        iam.attach_role_policy()
            .role_name(stage.name("orders-worker"))
            .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
            .send()
            .await,
    )?;
    bullet(format_args!(
        "iam:AttachRolePolicy: AccessDenied: {refusal}"
    ));

    heading("destroy");
    aws_sdk_iam::Client::new(stage.config())
        .delete_access_key()
        .user_name(&user)
        .access_key_id(&key.access_key)
        .send()
        .await?;
    destroy(&admin, &bundle(&stage, 2)).await?;
    destroy(&admin, &people).await
}
