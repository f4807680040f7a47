//! AssumeRoleWithWebIdentity in the STS API reference; "Create a role for
//! OpenID Connect federation" and "Available keys for AWS OIDC federation" in
//! the IAM User Guide.

use std::time::Duration;

use iam_sandbox::{Account, Fault, Sandbox, WebIdentity};

use crate::support::{ACCOUNT, ALLOW_ALL, assert_refused, iam, message, sts};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const SUBJECT: &str = "repo:octo/app:ref:refs/heads/main";
const THUMBPRINT: &str = "6938fd4d98bab03faadb97b34396831e3780aea1";

/// A provider, and a role that trusts it under a condition.
struct Scene {
    sandbox: Sandbox,
    account: Account,
}

impl Scene {
    async fn new(condition: &str) -> Scene {
        let sandbox = Sandbox::new();
        let account = sandbox.account(ACCOUNT).unwrap();
        let root = iam(&account.sdk_config());
        root.create_open_id_connect_provider()
            .url(ISSUER)
            .client_id_list("sts.amazonaws.com")
            .thumbprint_list(THUMBPRINT)
            .send()
            .await
            .unwrap();
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{PROVIDER}"}},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{{{condition}}}}}]}}"#
        );
        let role = root.create_role().role_name("Deploy");
        role.assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
        let put = root.put_role_policy().role_name("Deploy").policy_name("in");
        put.policy_document(ALLOW_ALL).send().await.unwrap();
        Scene { sandbox, account }
    }

    fn assume(
        &self,
        token: impl Into<String>,
    ) -> aws_sdk_sts::operation::assume_role_with_web_identity::builders::AssumeRoleWithWebIdentityFluentBuilder
    {
        sts(&self.account.sdk_config())
            .assume_role_with_web_identity()
            .role_arn("arn:aws:iam::111122223333:role/Deploy")
            .role_session_name("run")
            .web_identity_token(token)
    }

    fn token(&self, identity: &WebIdentity) -> String {
        self.sandbox.web_identity_token(identity)
    }
}

fn main_branch() -> WebIdentity {
    WebIdentity::new(ISSUER, SUBJECT).audience("sts.amazonaws.com")
}

/// IAM refuses to trust GitHub without a condition on the subject.
const OF_THE_REPOSITORY: &str =
    r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:octo/app:*"}"#;
const BY_SUBJECT: &str = r#""StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:octo/app:ref:refs/heads/main"}"#;

#[tokio::test]
async fn a_token_is_worth_a_session_of_the_role() {
    let scene = Scene::new(BY_SUBJECT).await;
    let assumed = scene
        .assume(scene.token(&main_branch()))
        .send()
        .await
        .unwrap();
    assert_eq!(assumed.subject_from_web_identity_token(), Some(SUBJECT));
    assert_eq!(assumed.audience(), Some("sts.amazonaws.com"));
    assert_eq!(assumed.provider(), Some(ISSUER));
    assert_eq!(
        assumed.assumed_role_user().unwrap().arn(),
        "arn:aws:sts::111122223333:assumed-role/Deploy/run"
    );
    let credentials = assumed.credentials().unwrap();
    let session = scene.account.sdk_config_with(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token()),
    );
    iam(&session).list_users().send().await.unwrap();
}

#[tokio::test]
async fn claims_that_the_trust_policy_does_not_allow() {
    let scene = Scene::new(BY_SUBJECT).await;
    let other =
        WebIdentity::new(ISSUER, "repo:evil/app:ref:refs/heads/main").audience("sts.amazonaws.com");
    assert_eq!(
        message(scene.assume(scene.token(&other)).send().await),
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
    let repository =
        Scene::new(&format!(
            r#"{OF_THE_REPOSITORY},"StringEquals":{{"token.actions.githubusercontent.com:repository":"o/r"}}"#
        ))
        .await;
    let token = |name: &str| repository.token(&main_branch().claim("repository", name));
    repository.assume(token("o/r")).send().await.unwrap();
    assert_refused!(
        repository.assume(token("o/other")).send().await,
        "AccessDenied",
        403
    );
    let role = repository
        .assume(token("o/r"))
        .role_arn("arn:aws:iam::111122223333:role/Other");
    assert_refused!(role.send().await, "AccessDenied", 403);
}

#[tokio::test]
async fn tokens_that_are_refused() {
    let scene = Scene::new(OF_THE_REPOSITORY).await;
    for (token, text) in [
        ("nonsense".to_owned(), "not a valid JWT"),
        (
            Sandbox::with_seed(1).web_identity_token(&main_branch()),
            "verification key",
        ),
        (
            scene.token(&WebIdentity::new(ISSUER, SUBJECT).audience("another")),
            "Incorrect token audience",
        ),
        (
            scene.token(&WebIdentity::new(ISSUER, SUBJECT)),
            "Incorrect token audience",
        ),
        (
            scene.token(&WebIdentity::new("https://id.example.com", SUBJECT).audience("x")),
            "No OpenIDConnect provider found in your account for https://id.example.com",
        ),
    ] {
        let told = message(scene.assume(token.clone()).send().await);
        assert!(told.contains(text), "{told}");
        assert_refused!(
            scene.assume(token).send().await,
            "InvalidIdentityToken",
            400
        );
    }
}

#[tokio::test]
async fn a_token_expires_and_the_provider_may_revoke_it() {
    let scene = Scene::new(OF_THE_REPOSITORY).await;
    let token = scene.token(&main_branch().lifetime(Duration::from_secs(300)));
    scene.sandbox.advance(Duration::from_secs(299));
    scene.assume(token.as_str()).send().await.unwrap();
    scene.sandbox.advance(Duration::from_secs(1));
    assert_refused!(
        scene.assume(token).send().await,
        "ExpiredTokenException",
        400
    );
    let token = scene.token(&main_branch());
    scene.sandbox.fail_call(1, Fault::IdpRejectedClaim);
    assert_refused!(
        scene.assume(token.as_str()).send().await,
        "IDPRejectedClaim",
        403
    );
    scene.sandbox.fail_call(1, Fault::IdpCommunicationError);
    // "This error can be retried": the SDK does.
    scene.assume(token).send().await.unwrap();
}

#[tokio::test]
async fn duration_and_session_policy() {
    let scene = Scene::new(OF_THE_REPOSITORY).await;
    let assume = || scene.assume(scene.token(&main_branch()));
    assert_refused!(
        assume().duration_seconds(3_601).send().await,
        "ValidationError",
        400
    );
    assert_refused!(
        assume().duration_seconds(899).send().await,
        "ValidationError",
        400
    );
    let limit = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}"#;
    let assumed = assume().policy(limit).send().await.unwrap();
    let credentials = assumed.credentials().unwrap();
    let session = scene.account.sdk_config_with(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token()),
    );
    iam(&session).list_roles().send().await.unwrap();
    assert_refused!(iam(&session).list_users().send().await, "AccessDenied", 403);
}

#[tokio::test]
async fn tags_of_the_token_become_principal_tags() {
    let scene = Scene::new(OF_THE_REPOSITORY).await;
    let by_tag = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}]}"#;
    let put = iam(&scene.account.sdk_config()).put_role_policy();
    let put = put.role_name("Deploy").policy_name("in");
    put.policy_document(by_tag).send().await.unwrap();
    for (team, allowed) in [("blue", true), ("red", false)] {
        let token = scene.token(&main_branch().session_tags(&[("team", team)], &["team"]));
        let assumed = scene.assume(token).send().await.unwrap();
        let credentials = assumed.credentials().unwrap();
        let session = scene.account.sdk_config_with(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            Some(credentials.session_token()),
        );
        let listed = iam(&session).list_roles().send().await;
        assert_eq!(listed.is_ok(), allowed, "{team}");
    }
    // The trust policy allows no sts:SetSourceIdentity.
    let token = scene.token(&main_branch().source_identity("octocat"));
    assert_eq!(
        message(scene.assume(token).send().await),
        "Not authorized to perform sts:SetSourceIdentity"
    );
}

/// "accounts.google.com:aud" is `azp` where the token has it, and
/// "accounts.google.com:oaud" what `aud` says.
#[tokio::test]
async fn google_needs_no_provider_of_ones_own() {
    let scene = Scene::new(OF_THE_REPOSITORY).await;
    let root = iam(&scene.account.sdk_config());
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"accounts.google.com:aud":"app","accounts.google.com:oaud":"backend"}}}]}"#;
    let role = root.create_role().role_name("Google");
    role.assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let assume = |identity: WebIdentity| {
        let call = scene.assume(scene.token(&identity));
        call.role_arn("arn:aws:iam::111122223333:role/Google")
            .send()
    };
    let google = || WebIdentity::new("https://accounts.google.com", "1234").audience("backend");
    assume(google().claim("azp", "app")).await.unwrap();
    assert_refused!(assume(google()).await, "AccessDenied", 403);
    // Another provider's word is not Google's.
    assert_refused!(
        assume(main_branch().claim("azp", "sts.amazonaws.com")).await,
        "AccessDenied",
        403
    );
}
