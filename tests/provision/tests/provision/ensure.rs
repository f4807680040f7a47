//! A service that brings its own bundle about, in many replicas and releases.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::{
    Bundle, EnsureOptions, Ensured, Error, ErrorKind, Group, InstanceProfile, LoginProfile,
    ManagedPolicy, PasswordPolicy, PolicyRef, Provisioner, Role, User, Verified,
};
use iam_sandbox::Fault;
use tokio::task::JoinSet;

use crate::support::{ACCOUNT, World, allow};

pub(crate) fn trusts_account() -> TrustPolicy {
    TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
    .unwrap()
}

/// What a service of this release needs.
fn release(number: u64) -> Bundle {
    let (read, send) = match number {
        1 => ("s3:GetObject", "sqs:SendMessage"),
        2 => ("s3:Get*", "sqs:Get*"),
        _ => ("s3:List*", "sqs:*"),
    };
    let reads = ManagedPolicy::new("worker-reads", allow(read));
    Bundle::new("worker")
        .generation(number)
        .with(
            Role::new("worker", trusts_account())
                .path("/service/")
                .description(format!("release {number}"))
                .inline("work", allow(send))
                .attach(&reads)
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess")),
        )
        .with(InstanceProfile::new("worker").role("worker"))
        .with(reads)
}

/// A role and nothing else, which no ledger has to list.
fn role_alone() -> Bundle {
    Bundle::new("worker").with(Role::new("worker", trusts_account()).inline("work", allow("sqs:*")))
}

fn applied(ensured: &Ensured) -> &[String] {
    match ensured {
        Ensured::Applied { steps } => steps,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reads_what_the_bundle_names_and_nothing_else() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let ensured = provisioner.ensure(&role_alone()).await.unwrap();
    assert_eq!(applied(&ensured).len(), 2, "{ensured}");
    world.calls();
    assert_eq!(
        provisioner.ensure(&role_alone()).await.unwrap(),
        Ensured::Unchanged
    );
    let (calls, writes) = world.calls();
    assert_eq!(writes, 0);
    let mut calls: Vec<&str> = calls.iter().map(|call| call.action.as_str()).collect();
    calls.sort_unstable();
    assert_eq!(calls, ["iam:GetPolicy", "iam:GetRole", "iam:GetRolePolicy"]);

    let world = World::new();
    let provisioner = world.provisioner().await;
    world.apply(&release(1)).await.unwrap();
    world.calls();
    assert!(provisioner.verify(&release(1)).await.unwrap().matches());
    let read: BTreeSet<String> = world
        .calls()
        .0
        .into_iter()
        .map(|call| call.action)
        .collect();
    let named = [
        "iam:GetInstanceProfile",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
    ];
    assert_eq!(read, BTreeSet::from(named.map(str::to_owned)));
}

#[tokio::test]
async fn an_ensure_leads_to_what_a_plan_leads_to() {
    let by_plan = World::new();
    by_plan.apply(&release(1)).await.unwrap();
    let world = World::new();
    let provisioner = world.provisioner().await;
    applied(&provisioner.ensure(&release(1)).await.unwrap());
    assert_eq!(world.contents().await, by_plan.contents().await);
    assert!(world.plan(&release(1)).await.unwrap().is_empty());
    applied(&provisioner.ensure(&release(2)).await.unwrap());
    by_plan.apply(&release(2)).await.unwrap();
    assert_eq!(world.contents().await, by_plan.contents().await);
    world.destroy(&release(2)).await.unwrap();
    assert_eq!(world.contents().await, World::new().contents().await);
}

#[tokio::test]
async fn users_groups_and_members() {
    let cap = ManagedPolicy::new("cap", allow("s3:*"));
    let bundle = Bundle::new("team")
        .with(
            User::new("ann")
                .boundary(&cap)
                .inline("i", allow("s3:Get*"))
                .tag("a", "b"),
        )
        .with(
            Group::new("team")
                .member("ann")
                .inline("i", allow("s3:List*"))
                .attach(&cap),
        )
        .with(cap);
    let world = World::new();
    let provisioner = world.provisioner().await;
    applied(&provisioner.ensure(&bundle).await.unwrap());
    assert_eq!(
        provisioner.ensure(&bundle).await.unwrap(),
        Ensured::Unchanged
    );
    assert!(world.plan(&bundle).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_adds() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let two = role_alone()
        .with(Role::new("other", trusts_account()))
        .with(Group::new("g"));
    world.apply(&two).await.unwrap();
    let iam = &world.iam;
    iam.put_role_policy()
        .role_name("worker")
        .policy_name("extra")
        .policy_document(allow("sns:*").as_json())
        .send()
        .await
        .unwrap();
    iam.attach_role_policy()
        .role_name("worker")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    iam.tag_role()
        .role_name("worker")
        .tags(
            aws_sdk_iam::types::Tag::builder()
                .key("by")
                .value("hand")
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    let before = world.contents().await;
    // Another role, the group, the policies and the tag are not declared.
    let bundle = Bundle::new("worker").with(
        Role::new("worker", trusts_account())
            .inline("work", allow("sqs:*"))
            .attach(PolicyRef::aws("IAMReadOnlyAccess")),
    );
    let ensured = provisioner.ensure(&bundle).await.unwrap();
    assert_eq!(applied(&ensured).len(), 1, "{ensured}");
    iam.detach_role_policy()
        .role_name("worker")
        .policy_arn("arn:aws:iam::aws:policy/IAMReadOnlyAccess")
        .send()
        .await
        .unwrap();
    assert_eq!(world.contents().await, before, "nothing else has changed");
    // What is left is told.
    let Verified::Differs(plan) = provisioner.verify(&bundle).await.unwrap() else {
        panic!("it lacks an attachment");
    };
    let notes: Vec<&str> = plan.notes().iter().map(iam_provision::Note::text).collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("AmazonS3ReadOnlyAccess") && note.contains("left")),
        "{notes:?}"
    );
}

/// Runs these ensures at the same time, each with a client of its own.
async fn at_once(
    world: &World,
    bundles: impl IntoIterator<Item = Bundle>,
) -> Vec<Result<Ensured, Error>> {
    let mut tasks = JoinSet::new();
    for bundle in bundles {
        let config = world.account.sdk_config();
        tasks.spawn(async move {
            let id = AccountId::new(ACCOUNT).unwrap();
            Provisioner::for_account(id, &config)
                .await?
                .ensure(&bundle)
                .await
        });
    }
    tasks.join_all().await
}

#[tokio::test]
async fn eight_at_once() {
    for bundle in [role_alone(), release(1)] {
        for latency in [0, 50, 400] {
            let world = World::new();
            world.sandbox.set_latency(Duration::from_millis(latency));
            for result in at_once(&world, vec![bundle.clone(); 8]).await {
                let ensured = result.unwrap_or_else(|error| panic!("at {latency} ms: {error}"));
                assert!(!matches!(ensured, Ensured::Behind { .. }), "{ensured}");
            }
            assert!(world.plan(&bundle).await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn eight_at_once_while_reads_lag() {
    let world = World::new();
    world.sandbox.set_latency(Duration::from_millis(50));
    world.sandbox.delay_visibility(Duration::from_secs(4));
    for result in at_once(&world, vec![release(1); 8]).await {
        result.unwrap();
    }
    world.sandbox.delay_visibility(Duration::ZERO);
    assert!(world.plan(&release(1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_releases_the_newer_wins_and_stays() {
    for (latency, there_before) in [(0, false), (50, false), (50, true), (700, true)] {
        let world = World::new();
        if there_before {
            world.apply(&release(1)).await.unwrap();
        }
        world.sandbox.set_latency(Duration::from_millis(latency));
        // Of both releases four replicas, in turn.
        let bundles = (0..8).map(|replica| release(2 + replica % 2));
        for result in at_once(&world, bundles).await {
            result.unwrap_or_else(|error| panic!("at {latency} ms: {error}"));
        }
        assert!(
            world.plan(&release(3)).await.unwrap().is_empty(),
            "at {latency} ms"
        );
        let before = world.contents().await;
        let provisioner = world.provisioner().await;
        for older in [release(1), release(2), release(2)] {
            assert_eq!(
                provisioner.ensure(&older).await.unwrap(),
                Ensured::Behind { generation: 3 }
            );
            assert!(matches!(
                provisioner.verify(&older).await.unwrap(),
                Verified::Behind { generation: 3 }
            ));
        }
        assert_eq!(world.contents().await, before);
        assert_eq!(
            provisioner.ensure(&release(3)).await.unwrap(),
            Ensured::Unchanged
        );
    }
}

#[tokio::test]
async fn a_rollback_is_a_plan_that_is_applied() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    provisioner.ensure(&release(2)).await.unwrap();
    let outcome = world.apply(&release(1)).await.unwrap();
    assert!(outcome.is_complete());
    assert!(provisioner.verify(&release(1)).await.unwrap().matches());
    // A plan of a bundle that does not count leaves the mark.
    let uncounted = Bundle::new("worker").with(Group::new("g"));
    world.apply(&uncounted).await.unwrap();
    assert_eq!(
        provisioner.ensure(&uncounted).await.unwrap(),
        Ensured::Behind { generation: 1 }
    );
}

#[tokio::test]
async fn a_fault_at_any_call() {
    for fault in [
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::TimeoutAfterEffect,
        Fault::ConcurrentModification,
        Fault::EntityTemporarilyUnmodifiable,
    ] {
        let mut k = 1;
        loop {
            let world = World::new();
            let provisioner = world.provisioner().await;
            world.calls();
            world.sandbox.fail_call(k, fault);
            let ensured = provisioner.ensure(&release(1)).await;
            applied(&ensured.unwrap_or_else(|error| panic!("{fault:?} at {k}: {error}")));
            if (world.calls().0.len() as u64) < k {
                break;
            }
            world.sandbox.clear_faults();
            assert!(world.plan(&release(1)).await.unwrap().is_empty());
            k += 1;
        }
        assert!(k > 15, "only {k} calls");
    }
}

/// A configuration that acts as a role with this policy alone.
pub(crate) async fn as_role(world: &World, policy: &str) -> aws_types::SdkConfig {
    let trust = trusts_account();
    let iam = &world.iam;
    iam.create_role()
        .role_name("starter")
        .assume_role_policy_document(trust.as_json())
        .send()
        .await
        .unwrap();
    iam.put_role_policy()
        .role_name("starter")
        .policy_name("start")
        .policy_document(policy)
        .send()
        .await
        .unwrap();
    iam.create_user().user_name("machine").send().await.unwrap();
    iam.put_user_policy()
        .user_name("machine")
        .policy_name("assume")
        .policy_document(allow("sts:AssumeRole").as_json())
        .send()
        .await
        .unwrap();
    let machine = world.as_user("machine").await;
    world.as_role(&machine, "starter").await
}

#[tokio::test]
async fn narrow_permissions_are_enough() {
    for (first, then) in [(release(1), release(2)), (role_alone(), role_alone())] {
        let world = World::new();
        let id = AccountId::new(ACCOUNT).unwrap();
        let policy = world.provisioner().await.ensure_permissions(&then).unwrap();
        for wide in ["\"*\"", "Account", "Delete", "Detach"] {
            let text = policy.as_json().replace("DeletePolicyVersion", "");
            assert!(!text.contains(wide), "{wide} in {text}");
        }
        let config = as_role(&world, policy.as_json()).await;
        let provisioner = Provisioner::for_account(id, &config).await.unwrap();
        applied(&provisioner.ensure(&first).await.unwrap());
        // An older release's documents, and versions up to the limit.
        for _ in 0..5 {
            provisioner.ensure(&then).await.unwrap();
            world.apply(&first).await.unwrap();
        }
        provisioner.ensure(&then).await.unwrap();
        assert!(provisioner.verify(&then).await.unwrap().matches());
        // And for nothing beyond it.
        let other = Bundle::new("worker").with(Role::new("admin", trusts_account()));
        let error = provisioner.ensure(&other).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied);
        assert_eq!(
            provisioner.plan(&then).await.unwrap_err().kind(),
            ErrorKind::AccessDenied,
            "a plan reads the account"
        );
    }
}

#[tokio::test]
async fn waits_until_the_role_can_be_assumed() {
    let world = World::new();
    let machine = as_role(&world, allow("*").as_json()).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &machine).await.unwrap();
    world.sandbox.delay_visibility(Duration::from_secs(20));
    world.sandbox.delay_authorization(true);
    let started = world.sandbox.now();
    let options = EnsureOptions::new().until_assumable("worker");
    applied(
        &provisioner
            .ensure_with(&role_alone(), options.clone())
            .await
            .unwrap(),
    );
    let took = world.sandbox.now().duration_since(started).unwrap();
    assert!(took >= Duration::from_secs(20), "{took:?}");
    let calls = world.calls().0;
    let last = calls.last().unwrap();
    assert!(
        last.action == "sts:AssumeRole" && last.succeeded(),
        "{last:?}"
    );

    // The same within less time than it takes.
    let world = World::new();
    let machine = as_role(&world, allow("*").as_json()).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &machine).await.unwrap();
    world.sandbox.delay_visibility(Duration::from_secs(50));
    world.sandbox.delay_authorization(true);
    let started = world.sandbox.now();
    let error = provisioner
        .ensure_with(&role_alone(), options.deadline(Duration::from_secs(10)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    let text = error.to_string();
    assert!(
        text.contains("10 s") && text.contains("+ role worker"),
        "{text}"
    );
    let took = world.sandbox.now().duration_since(started).unwrap();
    assert!(took < Duration::from_secs(12), "{took:?}");
}

#[tokio::test]
async fn a_probe_is_asked_until_it_says_yes() {
    let world = World::new();
    let asked = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&asked);
    let options = EnsureOptions::new().probe(move || {
        let so_far = counts.fetch_add(1, Ordering::SeqCst);
        async move { so_far >= 3 }
    });
    let provisioner = world.provisioner().await;
    applied(
        &provisioner
            .ensure_with(&role_alone(), options)
            .await
            .unwrap(),
    );
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    let never = EnsureOptions::new().probe(|| async { false });
    let error = provisioner
        .ensure_with(&role_alone(), never)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(error.to_string().contains("1 min"), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn what_no_service_brings_about_is_refused_before_any_call() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    world.calls();
    for bundle in [
        Bundle::new("b").with(User::new("ann").console_login(LoginProfile::new())),
        Bundle::new("b").with(PasswordPolicy::strict()),
    ] {
        for error in [
            provisioner.ensure(&bundle).await.unwrap_err(),
            provisioner.verify(&bundle).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidBundle);
            assert_eq!(error.problems().len(), 1);
        }
    }
    assert!(world.calls().0.is_empty());
}

#[tokio::test]
async fn what_is_not_the_bundles_stands_in_the_way() {
    let world = World::new();
    world
        .iam
        .create_role()
        .role_name("worker")
        .assume_role_policy_document(trusts_account().as_json())
        .send()
        .await
        .unwrap();
    let provisioner = world.provisioner().await;
    let error = provisioner.ensure(&role_alone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned, "{error}");
    let other = Bundle::new("other").with(Role::new("WORKER", trusts_account()));
    let error = provisioner.ensure(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned, "{error}");
    assert!(
        error.to_string().contains("without regard to case"),
        "{error}"
    );
}
