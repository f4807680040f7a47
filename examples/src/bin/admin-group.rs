//! Scenario 2: an administrators' group, a user in it, and the user's first
//! console password, which is shown by an explicit call only.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use aws_sdk_iam::Client as Iam;
use examples::{Failure, Stage, apply_again, bullet, destroy, heading, text};
use iam_provision::{
    ApplyOptions, Bundle, Group, LoginProfile, PolicyRef, Provisioner, Secret, User,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let (group, user) = (stage.name("Administrators"), stage.name("Administrator"));
    let bundle = Bundle::new(stage.name("admins"))
        .with(
            Group::new(&group)
                .attach(PolicyRef::aws("AdministratorAccess"))
                .member(&user),
        )
        .with(User::new(&user).console_login(LoginProfile::new()));

    heading("plan and apply");
    let plan = provisioner.plan(&bundle).await?;
    text(&plan);
    // The sink is where the password goes: a secrets store, an encrypted file, a
    // person. Here it stays in memory for the proof below.
    let received: Arc<Mutex<Option<Secret>>> = Arc::default();
    let sink = Arc::clone(&received);
    let options = ApplyOptions::new().secrets(move |secret: Secret| {
        if let Ok(mut slot) = sink.lock() {
            *slot = Some(secret);
        }
        async { Ok(()) }
    });
    bullet(provisioner.apply(&plan, options).await?);

    heading("the password");
    let secret = received.lock().ok().and_then(|mut slot| slot.take());
    let secret = secret.ok_or("no password was delivered")?;
    bullet(format_args!("as every log sees it: {secret:?}"));
    bullet(format_args!(
        "as expose() gives it: {} characters",
        secret.expose().len()
    ));
    let printed = format!("{plan}{plan:?}{secret:?}");
    if printed.contains(secret.expose()) {
        return Err("the password is in a plan or a Debug form".into());
    }
    bullet("it is in no plan and in no Debug form");

    heading("read back");
    let iam = Iam::new(stage.config());
    let profile = iam.get_login_profile().user_name(&user).send().await?;
    bullet(format_args!(
        "{user} must change the password at the first sign-in: {}",
        profile
            .login_profile()
            .is_some_and(|profile| profile.password_reset_required())
    ));
    let members = iam.get_group().group_name(&group).send().await?;
    let names: Vec<&str> = members
        .users()
        .iter()
        .map(|user| user.user_name())
        .collect();
    bullet(format_args!("members of {group}: {}", names.join(", ")));

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}
