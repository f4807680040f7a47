//! Scenario 5: a role in the development account that the central account
//! assumes; its ARN is the output. Beside it the variant that asks for MFA.
//!
//! The central account is an input in the tutorial, here the sandbox's second
//! account, or the account itself where the example runs against AWS.

use std::process::ExitCode;

use aws_sdk_iam::Client as Iam;
use examples::{
    Failure, Stage, apply, apply_again, assume_role, bullet, destroy, heading, identity, key_of,
    refused, text,
};
use iam_dsl::{
    AccountId, Authorizer, Context, Document, Policy, Principal, Request, Segment, TrustPolicy,
    policy, trust_policy,
};
use iam_provision::{Bundle, Provisioner, Role, User};

static TEST_POLICY: Policy = policy! {
    allow s3:ListAllMyBuckets on *;
};

fn trust(central: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {central} to sts:AssumeRole;
    }
}

fn trust_with_mfa(central: &AccountId) -> TrustPolicy {
    trust_policy! {
        allow principal AWS {central} to sts:AssumeRole
            when Bool { aws:MultiFactorAuthPresent: true };
    }
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

    // What is no account id is refused before any call.
    if let Err(error) = AccountId::new("12345") {
        bullet(format_args!("a wrong account id: {error}"));
    }

    heading("plan and apply in both accounts");
    let (plain, guarded) = (stage.name("test_role"), stage.name("test_role_mfa"));
    let role = |name: &str, trust: &TrustPolicy| {
        Role::new(name, trust).inline("test_policy", &TEST_POLICY)
    };
    let bundle = Bundle::new(stage.name("cross-account"))
        .with(role(&plain, &trust(&central)))
        .with(role(&guarded, &trust_with_mfa(&central)));
    apply(&here, &bundle).await?;
    let arn = |name: &str| format!("arn:aws:iam::{}:role/{name}", stage.account());
    let (dev, names) = (
        stage.account(),
        (Segment::new(&plain)?, Segment::new(&guarded)?),
    );
    let (first, second) = (&names.0, &names.1);
    let may_assume = policy! {
        allow sts:AssumeRole on ["arn:aws:iam::{dev}:role/{first}", "arn:aws:iam::{dev}:role/{second}"];
    };
    let operator = stage.name("operator");
    let people = Bundle::new(stage.name("cross-account-people"))
        .with(User::new(&operator).inline("assume-test-roles", may_assume));
    apply(&there, &people).await?;
    bullet(format_args!("role_arn = {}", arn(&plain)));

    heading("from the central account");
    let key = key_of(&stage, &central_config, &operator).await?;
    let session = assume_role(&stage, &key.config, &arn(&plain), "tutorial").await?;
    bullet(format_args!(
        "GetCallerIdentity: {}",
        identity(&session.config).await?
    ));
    let refusal = refused(Iam::new(&session.config).list_users().send().await)?;
    bullet(format_args!("iam:ListUsers: AccessDenied: {refusal}"));
    let sts = aws_sdk_sts::Client::new(&key.config);
    let refusal = refused(
        sts.assume_role()
            .role_arn(arn(&guarded))
            .role_session_name("tutorial")
            .send()
            .await,
    )?;
    bullet(format_args!(
        "the role that asks for MFA: AccessDenied: {refusal}"
    ));

    heading("what the role's policy decides, read back and evaluated");
    let iam = Iam::new(stage.config());
    let stored = iam
        .get_role_policy()
        .role_name(&plain)
        .policy_name("test_policy")
        .send()
        .await?;
    let text_of = percent_encoding::percent_decode_str(stored.policy_document()).decode_utf8()?;
    let document = Document::from_json(&text_of)?;
    let authorizer = Authorizer::new().identity(&document);
    let role_session = format!(
        "arn:aws:sts::{}:assumed-role/{plain}/tutorial",
        stage.account()
    );
    for action in ["s3:ListAllMyBuckets", "s3:GetObject"] {
        let request = Request::new(action, "arn:aws:s3:::any")?
            .principal(role_session.parse::<Principal>()?)
            .context(Context::new());
        text(authorizer.decide(&request));
    }

    heading("apply again");
    Iam::new(&central_config)
        .delete_access_key()
        .user_name(&operator)
        .access_key_id(&key.access_key)
        .send()
        .await?;
    apply_again(&here, &bundle).await?;
    apply_again(&there, &people).await?;

    heading("destroy");
    destroy(&there, &people).await?;
    destroy(&here, &bundle).await
}
