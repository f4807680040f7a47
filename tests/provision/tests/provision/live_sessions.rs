//! Sessions live on: a role that stops letting somebody in while it is given more
//! gives it to their sessions too, and a plan says so.

use std::time::Duration;

use iam_dsl::TrustPolicy;
use iam_provision::session::Revoker;
use iam_provision::{Bundle, ErrorKind, MomentKind, NoteKind, Role, User};

use crate::support::{ACCOUNT, World, allow};

/// A role that trusts these users and may do this; the users may assume it.
fn bundle(trusted: &[&str], actions: &str) -> Bundle {
    let trusted: Vec<String> = trusted
        .iter()
        .map(|user| format!(r#""arn:aws:iam::{ACCOUNT}:user/{user}""#))
        .collect();
    let trust = TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":[{}]}},"Action":"sts:AssumeRole"}}]}}"#,
        trusted.join(",")
    ))
    .unwrap();
    let role = Role::new("r", trust)
        .max_session_seconds(7_200)
        .inline("i", allow(actions));
    ["ann", "bob"]
        .into_iter()
        .fold(Bundle::new("b").with(role), |bundle, user| {
            bundle.with(User::new(user).shared())
        })
}

/// What a session of the role may do that the user begins now.
async fn session(world: &World, user: &str) -> aws_sdk_iam::Client {
    let create = world.iam.create_access_key().user_name(user);
    let made = create.send().await.unwrap();
    let key = made.access_key().unwrap();
    let config = world
        .account
        .sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    let assume = aws_sdk_sts::Client::new(&config).assume_role();
    let assumed = assume
        .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/r"))
        .role_session_name("session")
        .send()
        .await
        .unwrap();
    let session = assumed.credentials().unwrap();
    let config = world.account.sdk_config_with(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token()),
    );
    aws_sdk_iam::Client::new(&config)
}

#[tokio::test]
async fn who_leaves_keeps_a_session_and_a_plan_says_so() {
    let world = World::new();
    world
        .apply(&bundle(&["ann", "bob"], "iam:ListRoles"))
        .await
        .unwrap();
    let of_ann = session(&world, "ann").await;
    assert!(of_ann.list_users().send().await.is_err());
    let start = world.sandbox.snapshot();

    let after = bundle(&["bob"], "iam:List*");
    let plan = world.plan(&after).await.unwrap();
    let moments = plan.order().moments();
    assert_eq!(moments.len(), 1, "{plan}");
    let moment = &moments[0];
    assert_eq!(
        (moment.kind(), moment.who()),
        (MomentKind::Sessions, "role r")
    );
    // Who, what, and for how long.
    assert!(moment.what().contains("user/ann"), "{}", moment.what());
    assert!(!moment.what().contains("user/bob"), "{}", moment.what());
    assert!(moment.what().contains("iam:List"), "{}", moment.what());
    assert!(moment.what().contains("2 h"), "{}", moment.what());
    let given = plan.steps()[moment.after_step() - 1].call();
    assert_eq!(given, "PutRolePolicy", "{plan}");
    assert!(
        plan.notes()
            .iter()
            .any(|note| note.kind() == NoteKind::Sessions)
    );
    assert!(plan.to_json().contains(r#""kind": "sessions""#));

    // It is refused without a yes by name, and what it says is so.
    let provisioner = world.provisioner().await;
    world.calls();
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsafeOrder, "{error}");
    assert_eq!(world.calls().1, 0);
    let yes = world.options().accept_moments_of("role r");
    provisioner.apply(&plan, yes).await.unwrap();
    assert!(of_ann.list_users().send().await.is_ok());

    // In two plans with the sessions ended between them nobody keeps anything.
    world.sandbox.restore(&start);
    let of_ann = session(&world, "ann").await;
    let narrowed = bundle(&["bob"], "iam:ListRoles");
    world.apply(&narrowed).await.unwrap();
    let revoker = Revoker::new(&world.account.sdk_config());
    revoker.revoke("r").await.unwrap();
    let plan = world.plan(&after).await.unwrap();
    assert!(plan.order().is_proved(), "{plan}");
    world.apply(&after).await.unwrap();
    world.sandbox.advance(Duration::from_secs(1));
    assert!(of_ann.list_users().send().await.is_err());
    assert!(
        session(&world, "bob")
            .await
            .list_users()
            .send()
            .await
            .is_ok()
    );
    // The revocation is a deny that nobody declared: it stays until it is lifted.
    assert!(world.plan(&after).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_matter_of_sessions_is_not_told() {
    let world = World::new();
    let both = ["ann", "bob"];
    world.apply(&bundle(&both, "iam:List*")).await.unwrap();
    for (trusted, actions) in [
        // Fewer are let in, and get less, or the same, or something else is all that changes.
        (&both[1..], "iam:List*"),
        (&both[1..], "iam:ListRoles"),
        // More are let in, who have no session yet; the same get more.
        (&both, "iam:List*"),
        (&both, "iam:*"),
    ] {
        let plan = world.plan(&bundle(trusted, actions)).await.unwrap();
        assert!(!plan.is_empty());
        assert!(plan.order().is_proved(), "{plan}");
        world.apply(&bundle(trusted, actions)).await.unwrap();
    }
}
