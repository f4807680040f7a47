//! A deny that somebody added is never removed without a yes by name, whatever
//! it stands beside and whatever else the plan changes.

use iam_provision::{Bundle, ErrorKind, Group, ManagedPolicy, NoteKind, PolicyRef, Role, User};

use crate::support::{ACCOUNT, World, allow, deny, policy};

const DENY_ALL: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const TRUST: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}"#;
const TRUST_OTHER: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999900001111:root"},"Action":"sts:AssumeRole"}"#;
const DENY_TRUST: &str = r#"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}"#;

fn document(statements: &[&str]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

/// A bundle of one of each, whose documents allow this action.
fn bundle(action: &str) -> Bundle {
    let trust = iam_dsl::TrustPolicy::from_json(&document(&[TRUST])).unwrap();
    Bundle::new("b")
        .with(User::new("ann").inline("own", allow(action)))
        .with(Group::new("dev").member("ann").inline("own", allow(action)))
        .with(Role::new("svc", trust).inline("own", allow(action)))
        .with(ManagedPolicy::new("mine", allow(action)))
}

/// Everything that is denied anywhere in the account, as text.
async fn denied(world: &World) -> Vec<String> {
    let details = world
        .iam
        .get_account_authorization_details()
        .send()
        .await
        .unwrap();
    let mut texts: Vec<String> = Vec::new();
    for user in details.user_detail_list() {
        texts.extend(
            user.user_policy_list()
                .iter()
                .filter_map(|p| Some(p.policy_document()?.to_owned())),
        );
    }
    for role in details.role_detail_list() {
        texts.extend(role.assume_role_policy_document().map(str::to_owned));
    }
    for policy in details.policies() {
        texts.extend(
            policy
                .policy_version_list()
                .iter()
                .filter(|v| v.is_default_version())
                .filter_map(|v| Some(v.document()?.to_owned())),
        );
    }
    texts
        .iter()
        .map(|text| {
            text.replace("%22", "\"")
                .replace("%3A", ":")
                .replace("%2A", "*")
        })
        .filter(|text| text.contains("\"Deny\"") && !text.contains("ContextKeysForCustomPolicy"))
        .collect()
}

async fn put_inline(world: &World, name: &str, text: &str) {
    world
        .iam
        .put_user_policy()
        .user_name("ann")
        .policy_name(name)
        .policy_document(text)
        .send()
        .await
        .unwrap();
}

async fn put_version(world: &World, text: &str) {
    world
        .iam
        .create_policy_version()
        .policy_arn(arn("mine"))
        .policy_document(text)
        .set_as_default(true)
        .send()
        .await
        .unwrap();
}

async fn put_trust(world: &World, text: &str) {
    world
        .iam
        .update_assume_role_policy()
        .role_name("svc")
        .policy_document(text)
        .send()
        .await
        .unwrap();
}

/// Applies; the deny must survive, be told with its yes, and go with the yes.
/// `grants` is what must no longer be there.
async fn survives(world: &World, desired: Bundle, yes: &str, grants: &str, what: &str) {
    let plan = world.plan(&desired).await.unwrap();
    let told: Vec<_> = plan
        .notes()
        .iter()
        .filter(|note| note.kind() == NoteKind::KeptDeny)
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 1, "{what}: {plan}");
    assert!(
        told[0].contains(&format!("remove_deny({yes:?})")),
        "{what}: {told:?}"
    );
    for prefix in 0..2 {
        world.apply(&desired).await.unwrap();
        assert_eq!(denied(world).await.len(), 1, "{what} {prefix}");
    }
    assert!(world.plan(&desired).await.unwrap().is_empty(), "{what}");
    assert!(
        !denied(world).await[0].contains(grants),
        "{what}: {:?}",
        denied(world).await
    );
    world
        .apply(&desired.clone().remove_deny(yes))
        .await
        .unwrap();
    assert!(denied(world).await.is_empty(), "{what}");
    assert!(world.plan(&desired).await.unwrap().notes().is_empty());
}

#[tokio::test]
async fn a_deny_in_any_document_survives_whatever_it_stands_beside() {
    let with_allow = document(&[
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#,
        DENY_ALL,
    ]);
    let with_grant = document(&[ALLOW_ALL, DENY_ALL]);
    let alone = document(&[DENY_ALL]);
    // A Sid of its own that the bundle uses for an allow.
    let named = document(&[
        r#"{"Sid":"Own","Effect":"Deny","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#,
    ]);
    for text in [&with_allow, &with_grant, &alone, &named] {
        for changed in ["s3:GetObject", "s3:PutObject"] {
            let world = World::new();
            world.apply(&bundle("s3:GetObject")).await.unwrap();
            put_inline(&world, "own", text).await;
            let what = format!("inline {text} then {changed}");
            let grants = "\"iam:*\"";
            survives(
                &world,
                bundle(changed),
                "inline policy own of user ann",
                grants,
                &what,
            )
            .await;

            let world = World::new();
            world.apply(&bundle("s3:GetObject")).await.unwrap();
            put_version(&world, text).await;
            let what = format!("managed {text} then {changed}");
            survives(
                &world,
                bundle(changed),
                "managed policy mine",
                grants,
                &what,
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_deny_with_the_sid_of_a_declared_allow_loses_only_the_sid() {
    let world = World::new();
    let named = policy(&document(&[
        r#"{"Sid":"Own","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#,
    ]));
    let desired = Bundle::new("b").with(User::new("ann").inline("own", named));
    world.apply(&desired).await.unwrap();
    put_inline(
        &world,
        "own",
        &document(&[r#"{"Sid":"Own","Effect":"Deny","Action":"*","Resource":"*"}"#]),
    )
    .await;
    survives(
        &world,
        desired,
        "inline policy own of user ann",
        "nothing",
        "the same sid",
    )
    .await;
}

#[tokio::test]
async fn a_deny_in_a_trust_policy_survives() {
    for text in [
        document(&[TRUST, DENY_TRUST]),
        document(&[DENY_TRUST]),
        document(&[TRUST_OTHER, DENY_TRUST]),
    ] {
        let world = World::new();
        world.apply(&bundle("s3:GetObject")).await.unwrap();
        put_trust(&world, &text).await;
        survives(
            &world,
            bundle("s3:GetObject"),
            "trust policy of role svc",
            "999900001111",
            &text,
        )
        .await;
    }
}

#[tokio::test]
async fn an_undeclared_mixed_inline_policy_is_cut_down_to_its_denies() {
    let world = World::new();
    let desired = bundle("s3:GetObject");
    world.apply(&desired).await.unwrap();
    put_inline(&world, "q", &document(&[ALLOW_ALL, DENY_ALL])).await;
    let plan = world.plan(&desired).await.unwrap();
    let calls: Vec<_> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["PutUserPolicy"], "{plan}");
    let yes = "inline policy q of user ann";
    survives(&world, desired, yes, "\"Allow\"", "mixed inline").await;
}

async fn attached(world: &World, name: &str, text: &str) {
    world
        .iam
        .create_policy()
        .policy_name(name)
        .policy_document(text)
        .send()
        .await
        .unwrap();
    world
        .iam
        .attach_user_policy()
        .user_name("ann")
        .policy_arn(arn(name))
        .send()
        .await
        .unwrap();
}

/// The plan is refused and says the name of the yes, with which it is made.
async fn refused(world: &World, desired: &Bundle, yes: &str, call: &str) {
    let before = world.contents().await;
    let error = world.apply(desired).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert!(
        error.to_string().contains(&format!("remove_deny({yes:?})")),
        "{error}"
    );
    assert_eq!(world.contents().await, before);
    let plan = world.plan(&desired.clone().remove_deny(yes)).await.unwrap();
    let calls: Vec<_> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, [call], "{plan}");
}

#[tokio::test]
async fn what_grants_and_denies_is_not_taken_away_without_a_yes() {
    let mixed = document(&[
        r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#,
    ]);
    let desired = bundle("s3:GetObject");

    let world = World::new();
    world.apply(&desired).await.unwrap();
    attached(&world, "mix", &mixed).await;
    let yes = format!("policy {} attached to user ann", arn("mix"));
    refused(&world, &desired, &yes, "DetachUserPolicy").await;

    let world = World::new();
    world.apply(&desired).await.unwrap();
    let iam = &world.iam;
    iam.create_group().group_name("jail").send().await.unwrap();
    iam.put_group_policy()
        .group_name("jail")
        .policy_name("x")
        .policy_document(&mixed)
        .send()
        .await
        .unwrap();
    iam.add_user_to_group()
        .user_name("ann")
        .group_name("jail")
        .send()
        .await
        .unwrap();
    let yes = "membership of user ann in group jail";
    refused(&world, &desired, yes, "RemoveUserFromGroup").await;
}

#[tokio::test]
async fn whoever_slips_into_the_bundles_own_group_is_taken_out() {
    let world = World::new();
    world.apply(&crate::support::admins()).await.unwrap();
    let iam = &world.iam;
    iam.create_user().user_name("eve").send().await.unwrap();
    iam.add_user_to_group()
        .user_name("eve")
        .group_name("Administrators")
        .send()
        .await
        .unwrap();
    let plan = world.plan(&crate::support::admins()).await.unwrap();
    let calls: Vec<_> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["RemoveUserFromGroup"], "{plan}");
    assert_eq!(plan.notes()[0].kind(), NoteKind::RemovedDeny);
}

#[tokio::test]
async fn a_narrower_boundary_put_behind_our_back_stays() {
    let world = World::new();
    let cap = ManagedPolicy::new("cap", allow("s3:*"));
    let desired = Bundle::new("b")
        .with(User::new("ann").boundary(&cap))
        .with(cap);
    world.apply(&desired).await.unwrap();
    let set = async |name: &str| {
        world
            .iam
            .put_user_permissions_boundary()
            .user_name("ann")
            .permissions_boundary(name)
            .send()
            .await
            .unwrap();
    };
    world
        .iam
        .create_policy()
        .policy_name("stop")
        .policy_document(deny("*").as_json())
        .send()
        .await
        .unwrap();
    set(&arn("stop")).await;
    let plan = world.plan(&desired).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(plan.notes()[0].kind(), NoteKind::KeptDeny);
    let yes = desired.clone().remove_deny("boundary of user ann");
    assert_eq!(world.plan(&yes).await.unwrap().steps().len(), 1);
    // One of which it cannot be said is neither left nor lifted in silence.
    let read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    set(read).await;
    refused(
        &world,
        &desired,
        "boundary of user ann",
        "PutUserPermissionsBoundary",
    )
    .await;
    // A wider one is put right.
    set("arn:aws:iam::aws:policy/AdministratorAccess").await;
    assert_eq!(world.plan(&desired).await.unwrap().steps().len(), 1);
}

#[tokio::test]
async fn adopting_keeps_denies_as_well() {
    let world = World::new();
    let iam = &world.iam;
    iam.create_user().user_name("ann").send().await.unwrap();
    put_inline(&world, "own", &document(&[ALLOW_ALL, DENY_ALL])).await;
    let desired = Bundle::new("b").with(
        User::new("ann")
            .adopt()
            .inline("own", allow("s3:GetObject")),
    );
    let yes = "inline policy own of user ann";
    survives(&world, desired, yes, "nothing", "adopted").await;
}

#[tokio::test]
async fn no_room_for_the_deny_is_a_problem() {
    let world = World::new();
    let filler = |n: usize| {
        policy(&document(&[&format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}"}}"#,
            "a".repeat(n)
        )]))
    };
    let desired = |n| Bundle::new("b").with(User::new("ann").inline("own", filler(n)));
    world.apply(&desired(100)).await.unwrap();
    put_inline(&world, "own", &document(&[DENY_ALL])).await;
    let error = world.plan(&desired(1_940)).await.unwrap_err();
    assert!(error.to_string().contains("2048"), "{error}");
    assert!(error.to_string().contains("remove_deny"), "{error}");
}

#[tokio::test]
async fn a_yes_that_matches_nothing_is_told() {
    let world = World::new();
    let desired = bundle("s3:GetObject").remove_deny("inline policy q of user bob");
    let plan = world.plan(&desired).await.unwrap();
    assert_eq!(plan.notes().len(), 1, "{plan}");
    assert_eq!(plan.notes()[0].kind(), NoteKind::NothingToRemove);
    // The precise form leaves a deny of the same name elsewhere alone.
    world.apply(&bundle("s3:GetObject")).await.unwrap();
    put_inline(&world, "q", &document(&[DENY_ALL])).await;
    assert!(world.plan(&desired).await.unwrap().is_empty());
    let yes = bundle("s3:GetObject").remove_deny("inline policy q of user ann");
    assert_eq!(world.plan(&yes).await.unwrap().steps().len(), 1);
}

#[tokio::test]
async fn an_attached_policy_of_the_bundle_itself_can_be_detached() {
    let world = World::new();
    let mixed = policy(&document(&[
        ALLOW_ALL,
        r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#,
    ]));
    let own = || ManagedPolicy::new("own", &mixed);
    let first = Bundle::new("b")
        .with(User::new("ann").attach(PolicyRef::own("own")))
        .with(own());
    world.apply(&first).await.unwrap();
    let then = Bundle::new("b").with(User::new("ann")).with(own());
    let plan = world.plan(&then).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    assert_eq!(plan.notes()[0].kind(), NoteKind::RemovedDeny);
}
