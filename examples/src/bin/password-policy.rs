//! Scenario 4: a strong password policy for the account, applied, read back,
//! applied again without a writing call, and given back.

use std::process::ExitCode;

use examples::{
    Failure, Stage, apply, apply_again, bullet, destroy, heading, read_password_policy,
};
use iam_provision::{Bundle, PasswordPolicy, Provisioner};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let policy = PasswordPolicy::lenient()
        .minimum_length(10)
        .require_uppercase(true)
        .require_lowercase(true)
        .require_numbers(true)
        .require_symbols(true)
        .users_may_change(true)
        .max_age_days(Some(90))
        .refuse_last(Some(3));
    let bundle = Bundle::new(stage.name("passwords")).with(policy);
    let before = read_password_policy(stage.config()).await?;
    bullet(format_args!("before: {before}"));

    heading("plan and apply");
    apply(&provisioner, &bundle).await?;
    bullet(format_args!(
        "read back: {}",
        read_password_policy(stage.config()).await?
    ));

    heading("apply again");
    if let Some(sandbox) = stage.as_sandbox() {
        sandbox.clear_calls();
    }
    apply_again(&provisioner, &bundle).await?;
    if let Some(sandbox) = stage.as_sandbox() {
        let calls = sandbox.calls();
        let writing = calls.iter().filter(|call| call.writes).count();
        bullet(format_args!(
            "{} calls, {writing} of them writing",
            calls.len()
        ));
    }

    heading("destroy");
    destroy(&provisioner, &bundle).await?;
    let after = read_password_policy(stage.config()).await?;
    bullet(format_args!("after: {after}"));
    if before == after {
        Ok(())
    } else {
        Err("the password policy was not given back".into())
    }
}
