//! Scenario 7: a role for EC2 instances and the instance profile that holds it,
//! read back. (Launching an instance with it is a program of its own, because
//! the EC2 SDK is many times larger than all of this.)

use std::process::ExitCode;

use aws_sdk_iam::Client as Iam;
use examples::{Failure, Stage, apply, apply_again, bullet, destroy, heading};
use iam_dsl::{TrustPolicy, trust_policy};
use iam_provision::{Bundle, InstanceProfile, PolicyRef, Provisioner, Role, bundles};

static EC2: TrustPolicy = trust_policy! {
    allow principal Service "ec2.amazonaws.com" to sts:AssumeRole;
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let (role, profile) = (stage.name("test_role"), stage.name("test_profile"));
    // By hand, and the ready-made bundle with the other tutorial's policy.
    let bundle = Bundle::new(stage.name("instances"))
        .with(Role::new(&role, &EC2))
        .with(InstanceProfile::new(&profile).role(&role))
        .with(
            bundles::ec2_instance_profile(
                stage.name("ec2-s3-access-role"),
                stage.name("ec2-s3-access-role"),
            )
            .attach(PolicyRef::aws("AmazonS3FullAccess")),
        );

    heading("plan and apply");
    apply(&provisioner, &bundle).await?;

    heading("read back");
    let iam = Iam::new(stage.config());
    for name in [profile, stage.name("ec2-s3-access-role")] {
        let answer = iam
            .get_instance_profile()
            .instance_profile_name(&name)
            .send()
            .await?;
        let held = answer
            .instance_profile()
            .ok_or("the answer holds no instance profile")?;
        let roles: Vec<&str> = held.roles().iter().map(|role| role.role_name()).collect();
        bullet(format_args!("{} holds {}", held.arn(), roles.join(", ")));
    }

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}
