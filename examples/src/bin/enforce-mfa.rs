//! Scenario 3: nobody without MFA. First the tutorial's policy to the letter,
//! which locks a new user out of the first sign-in, and the finding that says
//! so; then the variant that works, evaluated and tried with real calls.

use std::process::ExitCode;

use aws_sdk_iam::Client as Iam;
use examples::{
    Failure, Stage, allowed, apply, apply_again, bullet, destroy, heading, key_of, mfa_session,
    refused, text,
};
use iam_dsl::{Authorizer, Context, Policy, Principal, Request, policy};
use iam_provision::{Bundle, Provisioner, bundles};

static TUTORIAL: Policy = policy! {
    "DenyAllExceptListedIfNoMFA": deny not [
        iam:CreateVirtualMFADevice, iam:EnableMFADevice, iam:GetUser, iam:ListMFADevices,
        iam:ListVirtualMFADevices, iam:ResyncMFADevice, sts:GetSessionToken,
    ] on * when BoolIfExists { aws:MultiFactorAuthPresent: false };
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let (group, user) = (stage.name("Administrators"), stage.name("Administrator"));
    let admins = || {
        bundles::admin_group(&group)
            .user(&user)
            .mfa_policy_named(stage.name("enforce-to-use-mfa"))
    };

    heading("the tutorial's policy, planned");
    let literal = Bundle::new(stage.name("mfa")).with(admins().enforce_mfa_with(&TUTORIAL));
    text(provisioner.plan(&literal).await?);
    text("what it decides about changing the first password:");
    evaluate(&stage, &TUTORIAL, "iam:ChangePassword", false)?;

    heading("the variant that works, applied");
    let bundle = Bundle::new(stage.name("mfa")).with(admins().enforce_mfa());
    let plan = apply(&provisioner, &bundle).await?;
    if !plan.notes().is_empty() {
        return Err("the variant that works has a finding".into());
    }

    heading("real calls of the administrator");
    let iam = Iam::new(stage.config());
    let key = key_of(&stage, stage.config(), &user).await?;
    let acting = Iam::new(&key.config);
    bullet(format_args!(
        "iam:GetUser without MFA: allowed ({})",
        acting
            .get_user()
            .user_name(&user)
            .send()
            .await?
            .user()
            .map_or("?", |user| user.user_name())
    ));
    let refusal = refused(acting.list_users().send().await)?;
    bullet(format_args!(
        "iam:ListUsers without MFA: AccessDenied: {refusal}"
    ));
    let (session, serial) = mfa_session(&stage, &key, &user).await?;
    let answer = Iam::new(&session.config).list_users().send().await;
    let users = allowed("iam:ListUsers with MFA", answer)?;
    bullet(format_args!(
        "iam:ListUsers with MFA: allowed, {} user",
        users.users().len()
    ));
    iam.deactivate_mfa_device()
        .user_name(&user)
        .serial_number(&serial)
        .send()
        .await?;
    iam.delete_virtual_mfa_device()
        .serial_number(&serial)
        .send()
        .await?;
    iam.delete_access_key()
        .user_name(&user)
        .access_key_id(&key.access_key)
        .send()
        .await?;

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}

/// Asks the evaluator, with AdministratorAccess beside the policy.
fn evaluate(stage: &Stage, policy: &Policy, action: &str, mfa: bool) -> Result<(), Failure> {
    let everything = policy! { allow * on *; };
    let user = format!(
        "arn:aws:iam::{}:user/{}",
        stage.account(),
        stage.name("Administrator")
    );
    let request = Request::new(action, &user)?
        .principal(user.parse::<Principal>()?)
        .context(Context::new().with("aws:MultiFactorAuthPresent", mfa));
    let decision = Authorizer::new()
        .identity(&everything)
        .identity(policy)
        .decide(&request);
    text(decision);
    Ok(())
}
