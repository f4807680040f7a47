//! Temporary credentials: AssumeRole, GetSessionToken and GetFederationToken
//! in the STS API reference, "Compare AWS STS credentials" in the IAM User
//! Guide.

use std::time::Duration;

use aws_sdk_sts::types::{Credentials, PolicyDescriptorType, Tag};
use aws_types::SdkConfig;
use iam_sandbox::{Account, Sandbox};

use crate::support::{ACCOUNT, ALLOW_ALL, OTHER, assert_refused, iam, message, sts};

const ROLE: &str = "arn:aws:iam::444455556666:role/ops/Deploy";

fn session(account: &Account, credentials: &Credentials) -> SdkConfig {
    account.sdk_config_with(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token()),
    )
}

/// A user in one account that may do everything, and a role in another that
/// trusts the user's account under a condition.
struct Scene {
    sandbox: Sandbox,
    home: Account,
    away: Account,
    user: SdkConfig,
}

impl Scene {
    async fn new(condition: &str, role_policy: &str) -> Scene {
        Scene::trusting("111122223333", condition, role_policy).await
    }

    async fn trusting(principal: &str, condition: &str, role_policy: &str) -> Scene {
        let sandbox = Sandbox::new();
        let home = sandbox.account(ACCOUNT).unwrap();
        let away = sandbox.account(OTHER).unwrap();
        let root = iam(&home.sdk_config());
        root.create_user().user_name("Ann").send().await.unwrap();
        let put = root.put_user_policy().user_name("Ann").policy_name("in");
        put.policy_document(ALLOW_ALL).send().await.unwrap();
        let made = root
            .create_access_key()
            .user_name("Ann")
            .send()
            .await
            .unwrap();
        let key = made.access_key().unwrap();
        let user = home.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{{{condition}}}}}]}}"#
        );
        let root = iam(&away.sdk_config());
        let role = root.create_role().role_name("Deploy").path("/ops/");
        role.assume_role_policy_document(trust)
            .max_session_duration(7_200)
            .send()
            .await
            .unwrap();
        let put = root.put_role_policy().role_name("Deploy").policy_name("in");
        put.policy_document(role_policy).send().await.unwrap();
        Scene {
            sandbox,
            home,
            away,
            user,
        }
    }

    fn assume(&self) -> aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder {
        sts(&self.user)
            .assume_role()
            .role_arn(ROLE)
            .role_session_name("run")
    }
}

const LIST_ROLES: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}"#;

#[tokio::test]
async fn a_role_is_assumed_and_its_session_is_held_to_its_policies() {
    let scene = Scene::new("", LIST_ROLES).await;
    let assumed = scene.assume().send().await.unwrap();
    let who = assumed.assumed_role_user().unwrap();
    assert_eq!(
        who.arn(),
        "arn:aws:sts::444455556666:assumed-role/Deploy/run"
    );
    assert!(who.assumed_role_id().starts_with("AROA") && who.assumed_role_id().ends_with(":run"));
    let config = session(&scene.away, assumed.credentials().unwrap());
    let me = sts(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(me.arn(), Some(who.arn()));
    assert_eq!(me.account(), Some(OTHER));
    iam(&config).list_roles().send().await.unwrap();
    assert_eq!(
        message(iam(&config).list_users().send().await),
        "User: arn:aws:sts::444455556666:assumed-role/Deploy/run is not authorized to perform: \
         iam:ListUsers on resource: arn:aws:iam::444455556666:user/ because no identity-based policy allows the iam:ListUsers \
         action"
    );
}

#[tokio::test]
async fn credentials_expire_on_the_sandboxs_clock() {
    let scene = Scene::new("", LIST_ROLES).await;
    let assumed = scene.assume().duration_seconds(900).send().await.unwrap();
    let config = session(&scene.away, assumed.credentials().unwrap());
    scene.sandbox.advance(Duration::from_secs(899));
    iam(&config).list_roles().send().await.unwrap();
    scene.sandbox.advance(Duration::from_secs(1));
    assert_refused!(iam(&config).list_roles().send().await, "ExpiredToken", 403);
    let wrong = scene.away.sdk_config_with(
        assumed.credentials().unwrap().access_key_id(),
        "secret",
        Some("another token"),
    );
    assert_refused!(
        iam(&wrong).list_roles().send().await,
        "InvalidClientTokenId",
        403
    );
}

#[tokio::test]
async fn missing_and_untrusting_roles_are_refused_alike() {
    let scene = Scene::trusting("444455556666", "", LIST_ROLES).await;
    assert_eq!(
        message(scene.assume().send().await),
        format!(
            "User: arn:aws:iam::111122223333:user/Ann is not authorized to perform: \
             sts:AssumeRole on resource: {ROLE}"
        )
    );
    for arn in [
        "arn:aws:iam::444455556666:role/Deploy",
        "arn:aws:iam::444455556666:role/ops/Other",
        "arn:aws:iam::999999999999:role/ops/Deploy",
    ] {
        let call = sts(&scene.user)
            .assume_role()
            .role_arn(arn)
            .role_session_name("run");
        assert_refused!(call.send().await, "AccessDenied", 403);
    }
}

#[tokio::test]
async fn root_assumes_nothing_and_a_user_needs_its_own_permission_too() {
    let scene = Scene::new("", LIST_ROLES).await;
    let call = sts(&scene.home.sdk_config())
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("run");
    assert_eq!(
        message(call.send().await),
        "Roles may not be assumed by root accounts."
    );
    let root = iam(&scene.home.sdk_config());
    root.delete_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    assert_refused!(scene.assume().send().await, "AccessDenied", 403);
}

#[tokio::test]
async fn a_trust_policy_that_names_the_user_suffices_within_the_account() {
    let scene = Scene::new("", LIST_ROLES).await;
    let root = iam(&scene.home.sdk_config());
    root.delete_user_policy()
        .user_name("Ann")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    let role = |name: &str, principal: &str| {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        root.create_role()
            .role_name(name)
            .assume_role_policy_document(trust)
            .send()
    };
    role("Named", "arn:aws:iam::111122223333:user/Ann")
        .await
        .unwrap();
    role("Delegated", "arn:aws:iam::111122223333:root")
        .await
        .unwrap();
    let assume = |name: &str| {
        let arn = format!("arn:aws:iam::111122223333:role/{name}");
        sts(&scene.user)
            .assume_role()
            .role_arn(arn)
            .role_session_name("run")
            .send()
    };
    assume("Named").await.unwrap();
    assert_refused!(assume("Delegated").await, "AccessDenied", 403);
}

#[tokio::test]
async fn the_external_id_has_to_match() {
    let scene = Scene::new(r#""StringEquals":{"sts:ExternalId":"4711"}"#, LIST_ROLES).await;
    assert_refused!(scene.assume().send().await, "AccessDenied", 403);
    assert_refused!(
        scene.assume().external_id("4712").send().await,
        "AccessDenied",
        403
    );
    assert_refused!(
        scene.assume().external_id("4").send().await,
        "ValidationError",
        400
    );
    scene.assume().external_id("4711").send().await.unwrap();
}

#[tokio::test]
async fn mfa_is_proven_with_a_code_that_works_once() {
    let scene = Scene::new(
        r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        LIST_ROLES,
    )
    .await;
    let device = crate::mfa::enrol(&scene.sandbox, &iam(&scene.home.sdk_config()), "Ann").await;
    assert_refused!(scene.assume().send().await, "AccessDenied", 403);
    let code = device.next_code(&scene.sandbox);
    let with = |code: &str| {
        scene
            .assume()
            .serial_number(&device.serial)
            .token_code(code)
            .send()
    };
    assert_eq!(
        message(with("000000").await),
        "MultiFactorAuthentication failed with invalid MFA one time pass code."
    );
    with(&code).await.unwrap();
    assert_refused!(with(&code).await, "AccessDenied", 403);
    let foreign = scene
        .assume()
        .serial_number("arn:aws:iam::111122223333:mfa/other");
    let foreign = foreign
        .token_code(device.next_code(&scene.sandbox))
        .send()
        .await;
    assert_refused!(foreign, "AccessDenied", 403);

    // A session of GetSessionToken with MFA carries the proof along.
    let code = device.next_code(&scene.sandbox);
    let token = sts(&scene.user)
        .get_session_token()
        .serial_number(&device.serial)
        .token_code(code);
    let token = token.send().await.unwrap();
    let config = session(&scene.home, token.credentials().unwrap());
    let call = sts(&config)
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("run");
    call.send().await.unwrap();
}

#[tokio::test]
async fn durations_are_bounded() {
    let scene = Scene::new("", ALLOW_ALL).await;
    for seconds in [899, 43_201] {
        let call = scene.assume().duration_seconds(seconds).send().await;
        assert_refused!(call, "ValidationError", 400);
    }
    assert_eq!(
        message(scene.assume().duration_seconds(7_201).send().await),
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    let assumed = scene.assume().duration_seconds(7_200).send().await.unwrap();
    // A role assumed by a role lives for an hour at most.
    let root = iam(&scene.away.sdk_config());
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/ops/Deploy"},"Action":"sts:AssumeRole"}]}"#;
    let next = root
        .create_role()
        .role_name("Next")
        .assume_role_policy_document(trust);
    next.max_session_duration(7_200).send().await.unwrap();
    let config = session(&scene.away, assumed.credentials().unwrap());
    let chained = |seconds| {
        let call = sts(&config)
            .assume_role()
            .role_arn("arn:aws:iam::444455556666:role/Next");
        call.role_session_name("run")
            .duration_seconds(seconds)
            .send()
    };
    assert_refused!(chained(3_601).await, "ValidationError", 400);
    chained(3_600).await.unwrap();
}

#[tokio::test]
async fn a_session_policy_limits_and_has_2048_characters() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let assumed = scene.assume().policy(LIST_ROLES).send().await.unwrap();
    let limited = iam(&session(&scene.away, assumed.credentials().unwrap()));
    limited.list_roles().send().await.unwrap();
    let text = message(limited.list_users().send().await);
    assert!(
        text.ends_with("because no session policy allows the iam:ListUsers action"),
        "{text}"
    );

    let arn = PolicyDescriptorType::builder().arn("arn:aws:iam::aws:policy/IAMReadOnlyAccess");
    let assumed = scene
        .assume()
        .policy_arns(arn.build())
        .send()
        .await
        .unwrap();
    let limited = iam(&session(&scene.away, assumed.credentials().unwrap()));
    limited.list_users().send().await.unwrap();
    assert_refused!(
        limited.create_user().user_name("x").send().await,
        "AccessDenied",
        403
    );

    assert_refused!(
        scene.assume().policy("{").send().await,
        "MalformedPolicyDocument",
        400
    );
    let padding = " ".repeat(2_049 - LIST_ROLES.len());
    let long = format!("{LIST_ROLES}{padding}");
    assert_refused!(
        scene.assume().policy(long).send().await,
        "ValidationError",
        400
    );
    let arn = PolicyDescriptorType::builder().arn("arn:aws:iam::444455556666:policy/Missing");
    let missing = scene.assume().policy_arns(arn.build()).send().await;
    assert_refused!(missing, "MalformedPolicyDocument", 400);
}

#[tokio::test]
async fn session_tags_need_their_action_and_become_principal_tags() {
    let by_tag = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}]}"#;
    let scene = Scene::new("", by_tag).await;
    let tagged = |value: &str| {
        let tag = Tag::builder().key("team").value(value).build().unwrap();
        scene.assume().tags(tag).send()
    };
    let blue = tagged("blue").await.unwrap();
    let blue = session(&scene.away, blue.credentials().unwrap());
    iam(&blue).list_roles().send().await.unwrap();
    let red = tagged("red").await.unwrap();
    let red = session(&scene.away, red.credentials().unwrap());
    assert_refused!(iam(&red).list_roles().send().await, "AccessDenied", 403);

    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
    let update = iam(&scene.away.sdk_config())
        .update_assume_role_policy()
        .role_name("Deploy");
    update.policy_document(trust).send().await.unwrap();
    scene.assume().send().await.unwrap();
    let text = message(tagged("blue").await);
    assert!(
        text.contains("is not authorized to perform: sts:TagSession on resource"),
        "{text}"
    );
}

#[tokio::test]
async fn a_session_token_without_mfa_does_not_reach_iam() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let device = crate::mfa::enrol(&scene.sandbox, &iam(&scene.home.sdk_config()), "Ann").await;
    let plain = sts(&scene.user).get_session_token().send().await.unwrap();
    let plain = session(&scene.home, plain.credentials().unwrap());
    let me = sts(&plain).get_caller_identity().send().await.unwrap();
    assert_eq!(me.arn(), Some("arn:aws:iam::111122223333:user/Ann"));
    assert_refused!(
        iam(&plain).list_users().send().await,
        "InvalidClientTokenId",
        403
    );
    assert_refused!(
        sts(&plain).get_session_token().send().await,
        "AccessDenied",
        403
    );
    let call = sts(&plain)
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("run");
    call.send().await.unwrap();

    let code = device.next_code(&scene.sandbox);
    let proven = sts(&scene.user)
        .get_session_token()
        .serial_number(&device.serial);
    let proven = proven.token_code(code).send().await.unwrap();
    let proven = session(&scene.home, proven.credentials().unwrap());
    iam(&proven).list_users().send().await.unwrap();
}

#[tokio::test]
async fn a_federated_user_reaches_neither_iam_nor_sts() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let token = sts(&scene.user)
        .get_federation_token()
        .name("guest")
        .policy(ALLOW_ALL);
    let token = token.send().await.unwrap();
    assert_eq!(
        token.federated_user().unwrap().arn(),
        "arn:aws:sts::111122223333:federated-user/guest"
    );
    let config = session(&scene.home, token.credentials().unwrap());
    let me = sts(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(me.user_id(), Some("111122223333:guest"));
    assert_refused!(
        iam(&config).list_users().send().await,
        "InvalidClientTokenId",
        403
    );
    assert_refused!(
        sts(&config).get_session_token().send().await,
        "AccessDenied",
        403
    );
}

#[tokio::test]
async fn the_session_of_a_deleted_role_is_worth_nothing() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let assumed = scene.assume().send().await.unwrap();
    let config = session(&scene.away, assumed.credentials().unwrap());
    let root = iam(&scene.away.sdk_config());
    root.delete_role_policy()
        .role_name("Deploy")
        .policy_name("in")
        .send()
        .await
        .unwrap();
    assert_refused!(iam(&config).list_users().send().await, "AccessDenied", 403);
    root.delete_role().role_name("Deploy").send().await.unwrap();
    assert_refused!(
        iam(&config).list_users().send().await,
        "InvalidClientTokenId",
        403
    );
}

/// A managed policy that limits a session is not attached to anything, so it
/// can be deleted. The session must not gain by that.
#[tokio::test]
async fn a_session_keeps_its_limit_when_the_policy_is_deleted() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let root = iam(&scene.away.sdk_config());
    let made = root
        .create_policy()
        .policy_name("Limit")
        .policy_document(LIST_ROLES);
    let made = made.send().await.unwrap();
    let arn = made.policy().unwrap().arn().unwrap();
    let limit = PolicyDescriptorType::builder().arn(arn).build();
    let assumed = scene.assume().policy_arns(limit).send().await.unwrap();
    let limited = iam(&session(&scene.away, assumed.credentials().unwrap()));
    limited.list_roles().send().await.unwrap();
    assert_refused!(limited.list_users().send().await, "AccessDenied", 403);
    root.delete_policy().policy_arn(arn).send().await.unwrap();
    assert_refused!(limited.list_users().send().await, "AccessDenied", 403);
}

/// The limits of GetSessionToken are on operations ("Compare AWS STS
/// credentials"); sts:TagSession and sts:SetSourceIdentity only accompany
/// AssumeRole, which such a session may call.
#[tokio::test]
async fn a_session_token_assumes_roles_with_tags() {
    let scene = Scene::new("", ALLOW_ALL).await;
    let plain = sts(&scene.user).get_session_token().send().await.unwrap();
    let plain = session(&scene.home, plain.credentials().unwrap());
    let tag = Tag::builder().key("team").value("blue").build().unwrap();
    let assume = || {
        let call = sts(&plain).assume_role().role_arn(ROLE);
        call.role_session_name("run").tags(tag.clone())
    };
    assume().send().await.unwrap();
    // The trust policy allows no sts:SetSourceIdentity.
    assert_refused!(
        assume().source_identity("Ann").send().await,
        "AccessDenied",
        403
    );
}
