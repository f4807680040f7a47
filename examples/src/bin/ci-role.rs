//! Scenario 17: a role for a CI system by OpenID Connect. GitHub vouches for a
//! workflow, IAM lets it in for one repository and branch, and no key exists.

use std::process::ExitCode;

use aws_types::SdkConfig;
use examples::{Failure, Stage, apply, apply_again, bullet, destroy, heading, identity, text};
use iam_dsl::{TrustPolicy, policy};
use iam_provision::{Bundle, OidcProvider, Provisioner, Role};
use iam_sandbox::WebIdentity;

const GITHUB: &str = "token.actions.githubusercontent.com";
const AUDIENCE: &str = "sts.amazonaws.com";

/// Who may deploy: workflows of one branch of one repository.
const MAIN: &str = "repo:example-org/shop:ref:refs/heads/main";

/// A trust policy for GitHub's tokens with this condition on `sub`.
fn trust(stage: &Stage, sub: Option<&str>) -> Result<TrustPolicy, iam_dsl::InvalidPolicy> {
    let mut equals = serde_json::json!({ format!("{GITHUB}:aud"): AUDIENCE });
    if let (Some(sub), Some(equals)) = (sub, equals.as_object_mut()) {
        equals.insert(format!("{GITHUB}:sub"), sub.into());
    }
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": format!("arn:aws:iam::{}:oidc-provider/{GITHUB}", stage.account())},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": equals},
        }],
    });
    TrustPolicy::from_json(&document.to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;

    heading("a trust that does not say whose workflows: refused here");
    match trust(&stage, None) {
        Ok(_) => return Err("a trust without a scoped sub must be refused".into()),
        Err(invalid) => text(invalid),
    }

    heading("plan and apply");
    let deploy = policy! {
        allow s3:PutObject on "arn:aws:s3:::shop-assets/*";
    };
    let role = stage.name("shop-deploy");
    let bundle = Bundle::new(stage.name("ci"))
        .with(OidcProvider::new(format!("https://{GITHUB}")).client_id(AUDIENCE))
        .with(Role::new(&role, trust(&stage, Some(MAIN))?).inline("deploy", deploy));
    apply(&provisioner, &bundle).await?;

    if let Some(sandbox) = stage.as_sandbox() {
        heading("workflows come with GitHub's word for who they are");
        let issuer = format!("https://{GITHUB}");
        for subject in [
            MAIN,
            "repo:example-org/shop:ref:refs/heads/feature",
            "repo:somebody-else/shop:ref:refs/heads/main",
        ] {
            let vouched = WebIdentity::new(&issuer, subject).audience(AUDIENCE);
            let token = sandbox.web_identity_token(&vouched);
            match enter(&stage, &role, &token).await {
                Ok(config) => {
                    bullet(format_args!("{subject}: is {}", identity(&config).await?));
                }
                Err(refusal) => bullet(format_args!("{subject}: {refusal}")),
            }
        }
        let keys = aws_sdk_iam::Client::new(stage.config())
            .list_users()
            .send()
            .await?;
        bullet(format_args!(
            "users of the account, who could have a long-lived key: {}",
            keys.users().len()
        ));
    }

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}

/// Assumes the role as a workflow does, without credentials of its own.
async fn enter(stage: &Stage, role: &str, token: &str) -> Result<SdkConfig, String> {
    let answer = aws_sdk_sts::Client::new(stage.config())
        .assume_role_with_web_identity()
        .role_arn(format!("arn:aws:iam::{}:role/{role}", stage.account()))
        .role_session_name("deploy")
        .web_identity_token(token)
        .send()
        .await
        .map_err(|error| {
            use aws_sdk_sts::error::ProvideErrorMetadata as _;
            format!(
                "{}: {}",
                error.code().unwrap_or("no answer"),
                error.message().unwrap_or("no message")
            )
        })?;
    let session = answer.credentials().ok_or("no credentials came")?;
    stage
        .config_of(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token()),
        )
        .map_err(|error| error.to_string())
}
