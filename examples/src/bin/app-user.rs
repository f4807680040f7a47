//! Scenario 9: an application's user for one bucket, with an access key and a
//! console password that go to the receiver and nowhere else; then the key is
//! rotated.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_iam::Client as Iam;
use examples::{Failure, Stage, apply_again, bullet, destroy, heading, refused, simulated, text};
use iam_dsl::{Policy, Segment, policy};
use iam_provision::rotate::{KeyRotation, Progress};
use iam_provision::{
    ApplyOptions, Bundle, DeliveryError, LoginProfile, ManagedPolicy, Provisioner, Secret,
    SecretKind, User,
};

/// How long both keys work while the application picks up the new one, and how
/// long the old one could still be activated again. Days, in earnest.
const OVERLAP: Duration = Duration::from_secs(5);

const SPREADS: Duration = Duration::from_secs(15);

fn upload(bucket: &Segment) -> Policy {
    policy! {
        "ListBuckets": allow s3:ListAllMyBuckets on "arn:aws:s3:::*";
        "UseBucket": allow s3:{PutObject, GetObject, ListBucket, ListAllMyBuckets}
            on ["arn:aws:s3:::{bucket}", "arn:aws:s3:::{bucket}/*"];
    }
}

/// Where the secrets go: a secrets store, an encrypted file, a person. Here
/// they stay in memory for the proofs below.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<Secret>>>);

impl Received {
    fn receive(&self, secret: Secret) -> Result<(), DeliveryError> {
        let mut secrets = self.0.lock().map_err(|_| "the store is broken")?;
        secrets.push(secret);
        Ok(())
    }

    fn last(&self, kind: SecretKind) -> Result<Secret, Failure> {
        let secrets = self.0.lock().map_err(|_| "the store is broken")?;
        let mut found = secrets.iter().rev().filter(|secret| secret.kind() == kind);
        Ok(found.next().cloned().ok_or("it was not delivered")?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;
    let user = stage.name("my_app_user");
    let bucket = Segment::new("my-app-assets-2024")?;
    let policy = ManagedPolicy::new(stage.name("my_app_s3_upload_policy"), upload(&bucket));
    let bundle = Bundle::new(stage.name("app-user"))
        .with(
            User::new(&user)
                .attach(&policy)
                .access_key()
                .console_login(LoginProfile::new().without_reset()),
        )
        .with(policy);

    heading("plan and apply");
    let plan = provisioner.plan(&bundle).await?;
    text(&plan);
    let received = Received::default();
    let store = received.clone();
    let sink = move |secret: Secret| {
        let stored = store.receive(secret);
        async { stored }
    };
    let options = ApplyOptions::new().secrets(sink.clone());
    bullet(provisioner.apply(&plan, options).await?);

    heading("outputs");
    let (key, password) = (
        received.last(SecretKind::AccessKey)?,
        received.last(SecretKind::Password)?,
    );
    let id = key.access_key_id().unwrap_or_default();
    bullet(format_args!("account_id = {}", key.account()));
    bullet(format_args!("access_key_id = {}", shape(id)));
    bullet("secret_access_key = (sensitive)");
    bullet(format_args!("console_user_name = {}", password.user()));
    bullet("console_password = (sensitive)");
    let printed = format!("{plan}{plan:?}{}{key:?}{password:?}", plan.to_json());
    if [&key, &password]
        .iter()
        .any(|secret| printed.contains(secret.expose()))
    {
        return Err("a secret is in a plan or a Debug form".into());
    }
    bullet("neither secret is in a plan, its JSON or a Debug form");

    heading("what the key may do");
    let config = stage.config_of(id, key.expose(), None)?;
    stage
        .wait(SPREADS, "a new key is known everywhere a little later")
        .await;
    bullet(format_args!(
        "GetCallerIdentity: {}",
        examples::identity(&config).await?
    ));
    let refusal = refused(Iam::new(&config).list_users().send().await)?;
    bullet(format_args!("iam:ListUsers: AccessDenied: {refusal}"));
    let arn = format!("arn:aws:iam::{}:user/{user}", stage.account());
    for (action, resource) in [
        ("s3:PutObject", "arn:aws:s3:::my-app-assets-2024/logo.png"),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::my-app-assets-2024/logo.png",
        ),
        ("s3:GetObject", "arn:aws:s3:::somebody-elses/logo.png"),
    ] {
        let decision = simulated(&stage, &arn, action, resource, &[]).await?;
        bullet(format_args!("{action} on {resource}: {decision}"));
    }

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("rotate the key");
    let rotation = KeyRotation::of(&user, stage.config())
        .overlap(OVERLAP)
        .keep_inactive(OVERLAP);
    loop {
        match rotation.advance(&sink).await? {
            Progress::Waiting { old_works, .. } => {
                bullet(if old_works {
                    "the new key is delivered, and both work"
                } else {
                    "the old key is deactivated; it could be activated again"
                });
                stage
                    .wait(OVERLAP, "the application picks up its key")
                    .await;
            }
            Progress::Done { new, .. } => {
                let last = received.last(SecretKind::AccessKey)?;
                if last.access_key_id() != Some(new.as_str()) || new == id {
                    return Err("the key that is left is not the one delivered last".into());
                }
                bullet("the old key is deleted; the one delivered last is left");
                break;
            }
            _ => return Err("a state of rotation that this program does not know".into()),
        }
    }

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}

/// An id is no secret; its letters differ from run to run.
fn shape(id: &str) -> String {
    let kind: String = id.chars().take(4).collect();
    format!("{kind}… ({} characters)", id.chars().count())
}
