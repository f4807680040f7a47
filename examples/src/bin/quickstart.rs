//! The main job, end to end: policies written in Rust and checked by the
//! compiler, planned, applied, proved by acting as the new identities, applied
//! again without a change, repaired after drift, destroyed.
//!
//! `cargo run -p examples --bin quickstart`

use std::process::ExitCode;

use aws_sdk_iam::Client as Iam;
use examples::{
    Failure, Signed, Stage, allowed, apply, apply_again, assume_role, bullet, destroy, heading,
    identity, key_of, mfa_session, read_password_policy, refused,
};
use iam_dsl::{AccountId, Policy, Segment, policy};
use iam_provision::{Bundle, PasswordPolicy, Provisioner, User, bundles};

// A policy without run-time parts is a constant; a mistake in it, such as a
// misspelled element or a value its operator cannot take, does not compile.
static ENFORCE_MFA: Policy = policy! {
    "DenyAllExceptListedIfNoMFA": deny not [
        iam:ChangePassword, iam:CreateVirtualMFADevice, iam:EnableMFADevice,
        iam:GetAccountPasswordPolicy, iam:GetUser, iam:ListMFADevices,
        iam:ListVirtualMFADevices, iam:ResyncMFADevice, sts:GetSessionToken,
    ] on * when BoolIfExists { aws:MultiFactorAuthPresent: false };
};

static REVIEW_ACCOUNT: Policy = policy! {
    "SeeTheAccount": allow [iam:GetAccountSummary, s3:ListAllMyBuckets] on *;
};

/// A policy with a run-time part: the type of the slot keeps it from widening.
fn read_assets(bucket: &Segment) -> Policy {
    policy! {
        "ListAssets": allow s3:ListBucket on "arn:aws:s3:::{bucket}";
        "ReadAssets": allow s3:GetObject on "arn:aws:s3:::{bucket}/*";
    }
}

fn may_assume(account: &AccountId, role: &Segment) -> Policy {
    policy! {
        "AssumeReviewRole": allow sts:AssumeRole on "arn:aws:iam::{account}:role/{role}";
    }
}

/// The four bundles of the main job, in one.
fn platform(stage: &Stage, central: AccountId) -> Result<Bundle, Failure> {
    let bucket = Segment::new(stage.name("assets"))?;
    Ok(Bundle::new(stage.name("quickstart"))
        .with(
            bundles::admin_group(stage.name("Administrators"))
                .user(stage.name("Administrator"))
                .mfa_policy_named(stage.name("enforce-to-use-mfa"))
                .enforce_mfa_with(&ENFORCE_MFA),
        )
        .with(
            bundles::cross_account_role(stage.name("account-review"), central)
                .inline("review", &REVIEW_ACCOUNT),
        )
        .with(
            bundles::ec2_instance_profile(stage.name("web"), stage.name("web"))
                .inline("assets", read_assets(&bucket)),
        )
        .with(PasswordPolicy::strict()))
}

/// Somebody in the central account who may assume the role.
fn reviewer(stage: &Stage, dev: &AccountId) -> Result<Bundle, Failure> {
    let role = Segment::new(stage.name("account-review"))?;
    Ok(Bundle::new(stage.name("quickstart-central")).with(
        User::new(stage.name("reviewer")).inline("assume-review-role", may_assume(dev, &role)),
    ))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let (central, central_config) = stage.central()?;
    let here = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let there = Provisioner::for_account(central.clone(), &central_config).await?;
    let platform = platform(&stage, central)?;
    let reviewer = reviewer(&stage, stage.account())?;
    let before = read_password_policy(stage.config()).await?;

    let result = work(&stage, &here, &platform, &there, &reviewer, &central_config).await;

    heading("destroy");
    // Also after a failure, so that a run leaves nothing behind.
    let cleaned = async {
        destroy(&there, &reviewer).await?;
        destroy(&here, &platform).await
    }
    .await;
    result?;
    cleaned?;
    let after = read_password_policy(stage.config()).await?;
    bullet(format_args!("password policy as before: {after}"));
    if before == after {
        Ok(())
    } else {
        Err(format!("it was: {before}").into())
    }
}

async fn work(
    stage: &Stage,
    here: &Provisioner,
    platform: &Bundle,
    there: &Provisioner,
    reviewer: &Bundle,
    central_config: &aws_types::SdkConfig,
) -> Result<(), Failure> {
    heading("plan and apply");
    apply(here, platform).await?;
    apply(there, reviewer).await?;

    heading("the administrator, without and with MFA");
    administrator(stage).await?;

    heading("the central account assumes the role");
    review(stage, central_config).await?;

    heading("apply again");
    apply_again(here, platform).await?;
    apply_again(there, reviewer).await?;

    if stage.as_sandbox().is_some() {
        heading("drift, made behind our back");
        drift(stage).await?;
        apply(here, platform).await?;
        apply_again(here, platform).await?;
    }
    Ok(())
}

/// Acts as the administrator: first with an access key alone, then in a session
/// that has shown an MFA code.
async fn administrator(stage: &Stage) -> Result<(), Failure> {
    let name = stage.name("Administrator");
    let root = Iam::new(stage.config());
    let user = key_of(stage, stage.config(), &name).await?;
    bullet(format_args!("acting as {}", identity(&user.config).await?));
    let refusal = refused(Iam::new(&user.config).list_roles().send().await)?;
    bullet(format_args!(
        "iam:ListRoles without MFA: AccessDenied: {refusal}"
    ));

    let (session, serial) = mfa_session(stage, &user, &name).await?;
    let answer = Iam::new(&session.config).list_roles().send().await;
    let roles = allowed("iam:ListRoles with MFA", answer)?;
    bullet(format_args!(
        "iam:ListRoles with MFA: allowed, {} roles",
        roles.roles().len()
    ));

    // What this proof made is no part of the bundle.
    root.deactivate_mfa_device()
        .user_name(&name)
        .serial_number(&serial)
        .send()
        .await?;
    root.delete_virtual_mfa_device()
        .serial_number(&serial)
        .send()
        .await?;
    forget(&root, &name, &user).await
}

/// Acts as the reviewer of the central account in the role's session.
async fn review(stage: &Stage, central_config: &aws_types::SdkConfig) -> Result<(), Failure> {
    let name = stage.name("reviewer");
    let caller = key_of(stage, central_config, &name).await?;
    let arn = format!(
        "arn:aws:iam::{}:role/{}",
        stage.account(),
        stage.name("account-review")
    );
    let role = assume_role(stage, &caller.config, &arn, "quickstart").await?;
    bullet(format_args!("acting as {}", identity(&role.config).await?));
    let iam = Iam::new(&role.config);
    let summary = allowed(
        "iam:GetAccountSummary",
        iam.get_account_summary().send().await,
    )?;
    let users = summary
        .summary_map()
        .and_then(|map| map.get(&aws_sdk_iam::types::SummaryKeyType::Users).copied());
    bullet(format_args!(
        "iam:GetAccountSummary: allowed, {} user in the account",
        users.unwrap_or_default()
    ));
    let refusal = refused(iam.list_users().send().await)?;
    bullet(format_args!("iam:ListUsers: AccessDenied: {refusal}"));
    forget(&Iam::new(central_config), &name, &caller).await
}

async fn forget(iam: &Iam, user: &str, key: &Signed) -> Result<(), Failure> {
    iam.delete_access_key()
        .user_name(user)
        .access_key_id(&key.access_key)
        .send()
        .await?;
    Ok(())
}

/// What somebody with too much power might do in the console.
async fn drift(stage: &Stage) -> Result<(), Failure> {
    let iam = Iam::new(stage.config());
    let role = stage.name("account-review");
    let everything = policy! { allow * on *; };
    iam.put_role_policy()
        .role_name(&role)
        .policy_name("temporary")
        .policy_document(everything.as_json())
        .send()
        .await?;
    bullet(format_args!(
        "role {role} got an inline policy `temporary` that allows everything"
    ));
    iam.detach_group_policy()
        .group_name(stage.name("Administrators"))
        .policy_arn(format!(
            "arn:aws:iam::{}:policy/{}",
            stage.account(),
            stage.name("enforce-to-use-mfa")
        ))
        .send()
        .await?;
    bullet("group Administrators lost the policy that enforces MFA");
    Ok(())
}
