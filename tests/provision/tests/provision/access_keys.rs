//! Access keys of users: made once, handed over, recognised after a crash,
//! never shown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_iam::types::StatusType;
use iam_provision::rotate::{KeyRotation, Progress};
use iam_provision::{
    ACCESS_KEY_TAG, ApplyOptions, Bundle, ErrorKind, NoteKind, Plan, Secret, SecretKind, User,
};
use iam_sandbox::Fault;

use crate::leases::Kept;
use crate::support::{World, allow};

const USER: &str = "my_app_user";

fn user() -> User {
    User::new(USER).inline("use", allow("s3:GetObject"))
}

fn bundle() -> Bundle {
    Bundle::new("app").with(user().access_key())
}

fn calls(plan: &Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

/// Ids and whether they work.
async fn keys(world: &World) -> Vec<(String, bool)> {
    let listed = world.iam.list_access_keys().user_name(USER).send().await;
    let listed = listed.unwrap();
    let mut keys: Vec<(String, bool)> = listed
        .access_key_metadata()
        .iter()
        .map(|key| {
            let active = key.status() == Some(&StatusType::Active);
            (key.access_key_id().unwrap().to_owned(), active)
        })
        .collect();
    keys.sort();
    keys
}

async fn mark(world: &World) -> Option<String> {
    let user = world.iam.get_user().user_name(USER).send().await.unwrap();
    let tags = user.user().unwrap().tags();
    let tag = tags.iter().find(|tag| tag.key() == ACCESS_KEY_TAG)?;
    Some(tag.value().to_owned())
}

/// A key that somebody makes behind our back.
async fn foreign(world: &World) -> String {
    let key = world.iam.create_access_key().user_name(USER).send().await;
    let key = key.unwrap();
    key.access_key().unwrap().access_key_id().to_owned()
}

/// Applies with a receiver that keeps keys.
async fn apply(world: &World, bundle: &Bundle, kept: &Kept) -> Result<(), iam_provision::Error> {
    let provisioner = world.sign_in().await?;
    let plan = provisioner.plan(bundle).await?;
    let options = ApplyOptions::new().secrets(kept.clone());
    provisioner.apply(&plan, options).await.map(drop)
}

/// The key that was delivered last, and whether it is that of the user.
async fn last_key_works(world: &World, kept: &Kept) -> String {
    let secret = kept.last();
    let id = secret.access_key_id().unwrap().to_owned();
    let config = world.account.sdk_config_with(&id, secret.expose(), None);
    let caller = aws_sdk_sts::Client::new(&config).get_caller_identity();
    let arn = caller.send().await.unwrap().arn().unwrap().to_owned();
    assert!(arn.ends_with(&format!("user/{USER}")), "{arn}");
    id
}

#[tokio::test]
async fn a_key_is_made_handed_over_and_kept() {
    let world = World::new();
    let kept = Kept::default();
    let plan = world.plan(&bundle()).await.unwrap();
    assert!(plan.makes_credentials());
    assert_eq!(
        calls(&plan),
        ["CreateUser", "PutUserPolicy", "CreateAccessKey", "TagUser"],
        "{plan}"
    );
    apply(&world, &bundle(), &kept).await.unwrap();
    let id = last_key_works(&world, &kept).await;
    assert_eq!(keys(&world).await, [(id.clone(), true)]);
    assert_eq!(mark(&world).await, Some(id));
    assert!(world.plan(&bundle()).await.unwrap().is_empty());
    let secret = kept.last();
    for text in [
        plan.to_string(),
        plan.to_json(),
        format!("{plan:?}"),
        world.contents().await,
    ] {
        assert!(!text.contains(secret.expose()));
    }
    world.destroy(&bundle()).await.unwrap();
    assert!(world.plan(&Bundle::new("app")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_that_is_not_delivered_is_deleted_at_once() {
    let world = World::new();
    let kept = Kept::default();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&bundle()).await.unwrap();
    let error = provisioner
        .apply(&plan, ApplyOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingSecretSink);
    let refuse = ApplyOptions::new().secrets(|secret: Secret| async move {
        assert_eq!(secret.kind(), SecretKind::AccessKey);
        Err(format!("the vault is closed to {}", secret.expose()).into())
    });
    let error = provisioner.apply(&plan, refuse).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotDelivered);
    let text = error.to_string();
    assert!(
        text.contains("the vault is closed to (sensitive)") && text.contains("no key is left"),
        "{text}"
    );
    assert_eq!(keys(&world).await, []);
    assert_eq!(mark(&world).await.as_deref(), Some("pending"));
    // The mark is there already: what is left is the key.
    let plan = world.plan(&bundle()).await.unwrap();
    assert_eq!(calls(&plan), ["CreateAccessKey", "TagUser"], "{plan}");
    apply(&world, &bundle(), &kept).await.unwrap();
    last_key_works(&world, &kept).await;
}

#[tokio::test]
async fn after_a_crash_at_any_call_the_last_delivered_key_is_the_only_one() {
    for fault in [
        Fault::AccessDenied,
        Fault::TimeoutAfterEffect,
        Fault::TimeoutBeforeEffect,
        Fault::ServiceFailure,
    ] {
        for k in 1.. {
            let world = World::new();
            let kept = Kept::default();
            // Once with a user that is there already, which is marked by a call of its own.
            world.apply(&Bundle::new("app").with(user())).await.unwrap();
            world.calls();
            world.sandbox.fail_call(k, fault);
            let _ = apply(&world, &bundle(), &kept).await;
            let reached = world.calls().0.len() as u64 >= k;
            world.sandbox.clear_faults();
            apply(&world, &bundle(), &kept).await.unwrap();
            assert!(world.plan(&bundle()).await.unwrap().is_empty());
            let id = last_key_works(&world, &kept).await;
            assert_eq!(keys(&world).await, [(id, true)], "{fault:?} at {k}");
            if !reached {
                assert!(k > 8, "{fault:?}: only {k} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn keys_that_nobody_declared_go_and_inactive_ones_are_told() {
    let world = World::new();
    let kept = Kept::default();
    apply(&world, &bundle(), &kept).await.unwrap();
    let ours = last_key_works(&world, &kept).await;
    let theirs = foreign(&world).await;
    let plan = world.plan(&bundle()).await.unwrap();
    assert_eq!(calls(&plan), ["DeleteAccessKey"], "{plan}");
    assert!(plan.to_string().contains(&theirs), "{plan}");
    // Somebody stops it, and then ours.
    for id in [&theirs, &ours] {
        let update = world.iam.update_access_key().user_name(USER);
        update
            .access_key_id(id)
            .status(StatusType::Inactive)
            .send()
            .await
            .unwrap();
    }
    let plan = world.plan(&bundle()).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    let kinds: Vec<_> = plan.notes().iter().map(|note| note.kind()).collect();
    assert_eq!(kinds, [NoteKind::Left, NoteKind::Left], "{plan}");
    // Ours is deleted by hand: another one is made beside the one that is left.
    let delete = world.iam.delete_access_key().user_name(USER);
    delete.access_key_id(&ours).send().await.unwrap();
    apply(&world, &bundle(), &kept).await.unwrap();
    let id = last_key_works(&world, &kept).await;
    let mut expected = vec![(id, true), (theirs, false)];
    expected.sort();
    assert_eq!(keys(&world).await, expected);
    assert!(world.plan(&bundle()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_that_is_no_longer_declared_is_deleted() {
    for shared in [false, true] {
        let world = World::new();
        let kept = Kept::default();
        let of = |user: User| Bundle::new("app").with(if shared { user.shared() } else { user });
        apply(&world, &of(user().access_key()), &kept)
            .await
            .unwrap();
        let theirs = foreign(&world).await;
        let plan = world.plan(&of(user())).await.unwrap();
        let expected: &[&str] = if shared {
            &["DeleteAccessKey", "UntagUser"]
        } else {
            &["DeleteAccessKey", "DeleteAccessKey", "UntagUser"]
        };
        assert_eq!(calls(&plan), expected, "{plan}");
        world.apply(&of(user())).await.unwrap();
        assert!(world.plan(&of(user())).await.unwrap().is_empty());
        let left = if shared { vec![(theirs, true)] } else { vec![] };
        assert_eq!(keys(&world).await, left);
        assert_eq!(mark(&world).await, None);
    }
}

#[tokio::test]
async fn what_others_made_for_a_shared_user_survives_a_crash() {
    let world = World::new();
    let kept = Kept::default();
    let shared = Bundle::new("app").with(user().shared().access_key());
    world
        .apply(&Bundle::new("app").with(user().shared()))
        .await
        .unwrap();
    let theirs = foreign(&world).await;
    // The receiver and the deletion fail: the new key stays, delivered to nobody.
    let failures = AtomicUsize::new(0);
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&shared).await.unwrap();
    world.calls();
    let sandbox = world.sandbox.clone();
    let options = ApplyOptions::new().secrets(move |_: Secret| {
        failures.fetch_add(1, Ordering::SeqCst);
        for k in 1..=20 {
            sandbox.fail_call(k, Fault::AccessDenied);
        }
        async { Err("closed".into()) }
    });
    let error = provisioner.apply(&plan, options).await.unwrap_err();
    assert!(
        error.to_string().contains("the next apply does it"),
        "{error}"
    );
    world.sandbox.clear_faults();
    assert_eq!(keys(&world).await.len(), 2);
    assert_eq!(mark(&world).await, Some(format!("pending {theirs}")));
    apply(&world, &shared, &kept).await.unwrap();
    let id = last_key_works(&world, &kept).await;
    let mut expected = vec![(id, true), (theirs, true)];
    expected.sort();
    assert_eq!(keys(&world).await, expected);
    // A third has no room.
    let other = world.iam.delete_access_key().user_name(USER);
    let last = kept.last();
    let id = last.access_key_id().unwrap();
    other.access_key_id(id).send().await.unwrap();
    foreign(&world).await;
    let error = world.plan(&shared).await.unwrap_err();
    assert!(error.to_string().contains("IAM allows 2"), "{error}");
}

#[tokio::test]
async fn a_rotated_key_counts_as_the_declared_one() {
    let world = World::new();
    let kept = Kept::default();
    apply(&world, &bundle(), &kept).await.unwrap();
    let old = last_key_works(&world, &kept).await;
    let rotation = KeyRotation::of(USER, &world.account.sdk_config())
        .overlap(Duration::from_secs(600))
        .keep_inactive(Duration::from_secs(600));
    let Progress::Waiting { new, .. } = rotation.advance(&kept).await.unwrap() else {
        panic!("both keys work for ten minutes");
    };
    // Meanwhile no plan touches either.
    let plan = world.plan(&bundle()).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    assert!(plan.notes()[0].text().contains("being rotated"), "{plan}");
    assert!(matches!(
        rotation.run(&kept).await.unwrap(),
        Progress::Done { .. }
    ));
    assert_ne!(new, old);
    assert_eq!(keys(&world).await, [(new.clone(), true)]);
    assert_eq!(mark(&world).await, Some(new));
    let plan = world.plan(&bundle()).await.unwrap();
    assert!(plan.is_empty() && plan.notes().is_empty(), "{plan}");
}
