//! Scenario 6: sessions without exporting secrets.
//!
//! A user with an MFA device assumes a role, limited by a session policy, and
//! from it a second role; the result goes to the SDK, a shell, a program that
//! asks for a `credential_process`, a child process, and a sign-in URL. The
//! secrets themselves are never printed.

use std::process::{Command, ExitCode};
use std::time::Duration;

use aws_sdk_iam::Client as Iam;
use examples::{
    Failure, Stage, allowed, apply, apply_again, bullet, destroy, heading, identity, key_of,
    refused, text,
};
use iam_dsl::{AccountId, TrustPolicy, policy, session_policy, trust_policy};
use iam_provision::session::console::SignIn;
use iam_provision::session::{Profiles, Revoker, Session, Sessions, Shell};
use iam_provision::{Bundle, Provisioner, Role, User};
use secrecy::ExposeSecret;

fn trust(account: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {account} to [sts:AssumeRole, sts:TagSession, sts:SetSourceIdentity];
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let (ann, first, second) = (stage.name("ann"), stage.name("first"), stage.name("second"));
    let arn = |role: &str| format!("arn:aws:iam::{}:role/{role}", stage.account());

    heading("plan and apply: a user and two roles");
    let work =
        policy! { allow [iam:ListUsers, iam:ListRoles, sts:AssumeRole, sts:TagSession] on *; };
    let roles = policy! { allow sts:* on *; };
    let trust = trust(stage.account());
    let bundle = Bundle::new(stage.name("sessions"))
        .with(User::new(&ann).inline("assume", roles))
        .with(Role::new(&first, &trust).inline("work", &work))
        .with(Role::new(&second, &trust).inline("work", &work));
    apply(&provisioner, &bundle).await?;
    let key = key_of(&stage, stage.config(), &ann).await?;

    heading("a session of a role, limited, tagged, and for a quarter of an hour");
    let patience = Duration::from_secs(60);
    let sessions = Sessions::new(&key.config);
    let request = Session::assume(&arn(&first))
        .policy(&session_policy! { allow [iam:ListUsers, sts:*] on *; })
        .tag("team", "web")
        .transitive("team")
        .source_identity("ann")
        .name("ann")
        .duration(Duration::from_secs(900))
        .wait_until_assumable(patience);
    let session = sessions.open(request.clone())?;
    let config = session.sdk_config(&key.config);
    bullet(format_args!(
        "GetCallerIdentity: {}",
        identity(&config).await?
    ));
    allowed("iam:ListUsers", Iam::new(&config).list_users().send().await)?;
    bullet("iam:ListUsers: allowed");
    let refusal = refused(Iam::new(&config).list_roles().send().await)?;
    bullet(format_args!("iam:ListRoles: AccessDenied: {refusal}"));

    heading("a chain, from it");
    let chain = sessions.open(
        Session::assume(&arn(&second))
            .via(request)
            .wait_until_assumable(patience),
    )?;
    bullet(format_args!(
        "GetCallerIdentity: {}",
        identity(&chain.sdk_config(&key.config)).await?
    ));
    let too_long = Session::assume(&arn(&second))
        .via(Session::assume(&arn(&first)))
        .duration(Duration::from_secs(7_200));
    if let Err(error) = sessions.open(too_long) {
        text(format_args!("two hours of it: {error}"));
    }

    heading("from profile files");
    let profiles = Profiles::from_text(
        &format!(
            "[profile dev]\nrole_arn = {}\nsource_profile = base\n",
            arn(&first)
        ),
        "[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example\n[loop]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = loop2\n\
         [loop2]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = loop\n",
    )?;
    for name in ["dev", "loop", "prod"] {
        match profiles.session(name) {
            Ok(_) => bullet(format_args!(
                "{name}: a role, assumed with the key of profile base"
            )),
            Err(error) => bullet(format_args!("{name}: {error}")),
        }
    }

    heading("handed over; secrets are in SecretString until they are asked for");
    let credentials = session.credentials().await?;
    let names = |lines: &str| {
        let first = |line: &str| line.split('=').next().unwrap_or_default().to_owned();
        lines.lines().map(first).collect::<Vec<_>>().join(", ")
    };
    bullet(format_args!(
        "bash: {}",
        names(credentials.lines(Shell::Bash).expose_secret())
    ));
    let json: serde_json::Value = serde_json::from_str(credentials.process_json().expose_secret())?;
    bullet(format_args!(
        "credential_process: JSON of version {}",
        json.get("Version").unwrap_or(&serde_json::Value::Null)
    ));
    let mut child = Command::new("sh");
    child.args([
        "-c",
        "test -n \"$AWS_SESSION_TOKEN\" && echo the child has a session",
    ]);
    let output = credentials.for_child(&mut child).output()?;
    text(String::from_utf8_lossy(&output.stdout));
    let sign_in = SignIn::new("https://example.org").token_request(&credentials)?;
    let host = sign_in
        .expose_secret()
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    bullet(format_args!(
        "console: GET {host} gives the token for a sign-in URL"
    ));

    heading("revoke the role's sessions");
    let revoked = Revoker::new(stage.config()).revoke(&first).await?;
    bullet(format_args!(
        "sessions of role {} up to now are denied everything",
        revoked.role()
    ));
    stage
        .wait(Duration::from_secs(15), "the revocation spreads")
        .await;
    let refusal = refused(Iam::new(&config).list_users().send().await)?;
    bullet(format_args!("iam:ListUsers: AccessDenied: {refusal}"));

    heading("apply again");
    let iam = Iam::new(stage.config());
    iam.delete_role_policy()
        .role_name(&first)
        .policy_name(iam_provision::session::REVOCATION)
        .send()
        .await?;
    iam.delete_access_key()
        .user_name(&ann)
        .access_key_id(&key.access_key)
        .send()
        .await?;
    apply_again(&provisioner, &bundle).await?;
    heading("destroy");
    destroy(&provisioner, &bundle).await
}
