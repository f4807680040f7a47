//! Sessions live on: a role that stops letting somebody in while it is given more
//! gives it to their sessions too, and a plan says so.

use std::time::Duration;

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::session::{REVOCATION, Revoker};
use iam_provision::{Bundle, ErrorKind, MomentKind, NoteKind, Provisioner, Role, SavedPlan, User};

use crate::faults::line::{Cut, Line};
use crate::support::{ACCOUNT, World, allow};

/// A role that trusts these users and may do this; the users may assume it.
fn bundle(trusted: &[&str], actions: &str) -> Bundle {
    with(trusted, actions, |role| role)
}

/// The same, whose older sessions are ended.
fn ending(trusted: &[&str], actions: &str) -> Bundle {
    with(trusted, actions, Role::end_sessions_when_trust_narrows)
}

fn with(trusted: &[&str], actions: &str, choice: impl Fn(Role) -> Role) -> Bundle {
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
    let role = choice(role);
    ["ann", "bob"]
        .into_iter()
        .fold(Bundle::new("b").with(role), |bundle, user| {
            bundle.with(User::new(user).shared())
        })
}

/// What a session of the role may do that the user begins now.
async fn session(world: &World, user: &str) -> aws_sdk_iam::Client {
    let config = world.as_role(&world.as_user(user).await, "r").await;
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

/// IAM keeps whom a trust policy names: who gets another name leaves nobody out.
#[tokio::test]
async fn a_renamed_user_does_not_leave() {
    let world = World::new();
    world
        .apply(&bundle(&["ann", "bob"], "iam:ListRoles"))
        .await
        .unwrap();
    let of = |trusted: &[&str], ann: User| {
        let trusted: Vec<String> = trusted
            .iter()
            .map(|user| format!(r#""arn:aws:iam::{ACCOUNT}:user/{user}""#))
            .collect();
        let trust = TrustPolicy::from_json(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":[{}]}},"Action":"sts:AssumeRole"}}]}}"#,
            trusted.join(",")
        ));
        let role = Role::new("r", trust.unwrap()).max_session_seconds(7_200);
        let bundle = Bundle::new("b").with(role.inline("i", allow("iam:List*")));
        bundle.with(ann.shared()).with(User::new("bob").shared())
    };
    for (trusted, ann, is_proved) in [
        (["bea", "bob"], User::new("bea").renamed_from("ann"), true),
        (["team/ann", "bob"], User::new("ann").path("/team/"), true),
        (["bob", "bob"], User::new("bea").renamed_from("ann"), false),
    ] {
        let plan = world.plan(&of(&trusted, ann)).await.unwrap();
        assert_eq!(plan.order().is_proved(), is_proved, "{plan}");
    }
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn older_sessions_end_where_that_is_wanted() {
    let world = World::new();
    world
        .apply(&ending(&["ann", "bob"], "iam:ListRoles"))
        .await
        .unwrap();
    let (of_ann, of_bob) = (session(&world, "ann").await, session(&world, "bob").await);
    let after = ending(&["bob"], "iam:List*");
    let plan = world.plan(&after).await.unwrap();
    assert!(plan.order().is_proved(), "{plan}");
    let text = plan.to_string();
    assert!(text.contains("assumes the role again"), "{text}");
    // Around the change of the trust policy, and before the role gets more.
    let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
    let expected = [
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
        "PutRolePolicy",
        "PutRolePolicy",
    ];
    assert_eq!(calls, expected, "{plan}");
    let revocations: Vec<bool> = plan
        .steps()
        .iter()
        .map(|s| s.subject().contains(REVOCATION))
        .collect();
    assert_eq!(revocations, [true, false, true, false]);
    // The time is that of the call, so that a saved plan is the same later.
    let saved = SavedPlan::from_json(&plan.to_json()).unwrap();
    world.sandbox.advance(HOUR / 2);
    let plan = world.plan(&after).await.unwrap();
    saved.verify(&plan).unwrap();
    let provisioner = world.provisioner().await;
    provisioner.apply(&plan, world.options()).await.unwrap();

    for older in [&of_ann, &of_bob] {
        assert!(older.list_users().send().await.is_err());
        assert!(older.list_roles().send().await.is_err());
    }
    world.sandbox.advance(Duration::from_secs(1));
    let newer = session(&world, "bob").await;
    assert!(newer.list_users().send().await.is_ok());
    // It shows no more, and another change that lets nobody out ends nothing.
    assert!(world.plan(&after).await.unwrap().is_empty());
    let more = ending(&["bob"], "iam:*");
    world.apply(&more).await.unwrap();
    assert!(newer.list_users().send().await.is_ok());
    world.sandbox.advance(11 * HOUR);
    assert!(world.plan(&more).await.unwrap().is_empty());
    // Nobody can be under it any more.
    world.sandbox.advance(HOUR);
    let plan = world.plan(&more).await.unwrap();
    let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["DeleteRolePolicy"], "{plan}");
    world.apply(&more).await.unwrap();
    assert!(world.plan(&more).await.unwrap().is_empty());
}

/// Wherever an apply is cut, nobody who leaves gets more, then and after the next.
#[tokio::test]
async fn a_cut_at_any_call_gives_older_sessions_nothing() {
    let world = World::new();
    world
        .apply(&ending(&["ann", "bob"], "iam:ListRoles"))
        .await
        .unwrap();
    let of_ann = session(&world, "ann").await;
    let after = ending(&["bob"], "iam:List*");
    let start = world.sandbox.snapshot();
    let id = || AccountId::new(ACCOUNT).unwrap();
    for cut in [Cut::Before, Cut::After] {
        let mut call = 1;
        loop {
            world.sandbox.restore(&start);
            let line = Line::cut(cut(call));
            let config = line.under(&world.account.sdk_config());
            let run = async {
                let provisioner = Provisioner::for_account(id(), &config).await?;
                let plan = provisioner.plan(&after).await?;
                provisioner.apply(&plan, world.options()).await
            };
            let _ = line.until_dead(run).await;
            let reached = line.attempts() >= call;
            assert!(of_ann.list_users().send().await.is_err(), "at {call}");
            // A session that begins while it lies there is no better.
            world.sandbox.advance(Duration::from_secs(60));
            let later = match can_assume(&world, "ann").await {
                true => Some(session(&world, "ann").await),
                false => None,
            };
            let plan = world.plan(&after).await.unwrap();
            assert!(plan.order().is_proved(), "at {call}: {plan}");
            world.apply(&after).await.unwrap();
            for older in [Some(&of_ann), later.as_ref()].into_iter().flatten() {
                assert!(older.list_users().send().await.is_err(), "at {call}");
            }
            assert!(world.plan(&after).await.unwrap().is_empty());
            world.sandbox.advance(Duration::from_secs(1));
            assert!(
                session(&world, "bob")
                    .await
                    .list_users()
                    .send()
                    .await
                    .is_ok()
            );
            if !reached {
                break;
            }
            call += 1;
        }
        assert!(call > 8, "{call}");
    }
}

async fn can_assume(world: &World, user: &str) -> bool {
    let get = world.iam.get_role().role_name("r").send().await.unwrap();
    let trust = get.role().unwrap().assume_role_policy_document().unwrap();
    trust.contains(&format!("user%2F{user}"))
}
