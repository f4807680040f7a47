//! Updates of managed policies in two steps: a version that waits, the switch
//! to it, the probe of it, and the way back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use iam_dsl::AccountId;
use iam_provision::{
    ApplyOptions, Bundle, Error, ErrorKind, ManagedPolicy, Outcome, Provisioner, Role, SavedPlan,
    SwitchedVersion, User, Verified,
};
use iam_sandbox::Fault;

use super::line::{Cut, Line};
use crate::support::{ACCOUNT, World, allow};

/// Which call makes the version: after GetCallerIdentity, and two times the
/// details, GetLoginProfile and ListAccessKeys. The next is the switch.
const STAGE: u64 = 8;
const ARN: &str = "arn:aws:iam::111122223333:policy/own";

/// A user with a policy that is updated in two steps.
fn bundle(action: &str) -> Bundle {
    let own = ManagedPolicy::new("own", allow(action)).update_in_two_steps();
    Bundle::new("b")
        .with(User::new("ann").attach(&own))
        .with(own)
}

async fn world() -> World {
    let world = World::new();
    world.apply(&bundle("s3:GetObject")).await.unwrap();
    world
}

/// The versions from the oldest to the newest, with a star at the default one.
async fn versions(world: &World) -> String {
    let list = world.iam.list_policy_versions().policy_arn(ARN);
    let answer = list.send().await.unwrap();
    let mut all: Vec<String> = answer
        .versions()
        .iter()
        .map(|version| {
            let star = if version.is_default_version() {
                "*"
            } else {
                ""
            };
            format!("{}{star}", version.version_id().unwrap())
        })
        .collect();
    all.reverse();
    all.join(" ")
}

/// Whether the document in force is that of an action. On the wire it is percent-encoded.
async fn in_force(world: &World, action: &str) -> bool {
    let action = action.replace(':', "%3A").replace('*', "%2A");
    world.contents().await.contains(&format!("%22{action}%22"))
}

/// Makes a version by hand, as somebody or a cut apply does.
async fn make_version(world: &World, action: &str, default: bool) {
    let call = world.iam.create_policy_version().policy_arn(ARN);
    let call = call.policy_document(allow(action).as_json());
    call.set_as_default(default).send().await.unwrap();
}

async fn apply(world: &World, to: &Bundle, options: ApplyOptions) -> Result<Outcome, Error> {
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(to).await?;
    provisioner.apply(&plan, options).await
}

async fn over(line: &Line, world: &World, to: &Bundle) -> Result<Outcome, Error> {
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner =
        Provisioner::for_account(id, &line.under(&world.account.sdk_config())).await?;
    let plan = provisioner.plan(to).await?;
    provisioner.apply(&plan, ApplyOptions::new()).await
}

fn calls(plan: &iam_provision::Plan) -> Vec<&'static str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

#[tokio::test]
async fn a_plan_shows_both_steps() {
    let world = world().await;
    let plan = world.plan(&bundle("s3:*")).await.unwrap();
    assert_eq!(
        calls(&plan),
        ["CreatePolicyVersion", "SetDefaultPolicyVersion"]
    );
    let [stage, switch] = plan.steps() else {
        panic!("{plan}");
    };
    // The version that waits gives nothing; the switch is the change.
    assert!(stage.access().is_empty());
    assert_eq!(switch.access().len(), 1, "{plan}");
    assert!(plan.order().is_proved());
    insta::assert_snapshot!(plan);
    let saved = SavedPlan::from_json(&plan.to_json()).unwrap();
    let again = world.plan(&bundle("s3:*")).await.unwrap();
    saved.verify(&again).unwrap();
    // A waiting version makes it another plan.
    make_version(&world, "s3:*", false).await;
    let again = world.plan(&bundle("s3:*")).await.unwrap();
    assert_eq!(calls(&again), ["SetDefaultPolicyVersion"]);
    let error = saved.verify(&again).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
}

#[tokio::test]
async fn only_the_switch_needs_to_set_a_default_version() {
    let world = world().await;
    let plan = world.plan(&bundle("s3:*")).await.unwrap();
    let policy = plan.permissions().unwrap().to_string();
    assert!(policy.contains("iam:SetDefaultPolicyVersion"), "{policy}");
    // The same change in one step.
    let own = ManagedPolicy::new("own", allow("s3:*"));
    let once = Bundle::new("b")
        .with(User::new("ann").attach(&own))
        .with(own);
    let plan = world.plan(&once).await.unwrap();
    assert_eq!(calls(&plan), ["CreatePolicyVersion"]);
    let policy = plan.permissions().unwrap().to_string();
    assert!(!policy.contains("iam:SetDefaultPolicyVersion"), "{policy}");
}

#[tokio::test]
async fn a_probe_that_passes_leaves_the_new_version_in_force() {
    let world = world().await;
    let seen: Arc<Mutex<Vec<SwitchedVersion>>> = Arc::default();
    let told = Arc::clone(&seen);
    let options = ApplyOptions::new().settle(Duration::from_secs(7)).probe(
        move |switched: SwitchedVersion| {
            told.lock().unwrap().push(switched);
            async { Ok(()) }
        },
    );
    let started = world.sandbox.now();
    let outcome = apply(&world, &bundle("s3:*"), options).await.unwrap();
    assert!(outcome.is_complete());
    // Once between the two steps, and once before the probe.
    let took = world.sandbox.now().duration_since(started).unwrap();
    assert_eq!(took.as_secs(), 14);
    let seen = seen.lock().unwrap().clone();
    let [switched] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert_eq!(switched.account().as_str(), ACCOUNT);
    assert_eq!((switched.policy(), switched.arn()), ("own", ARN));
    assert_eq!(
        (switched.former_version(), switched.version()),
        ("v1", "v2")
    );
    assert_eq!(versions(&world).await, "v1 v2*");
    assert!(in_force(&world, "s3:*").await);
    assert!(world.plan(&bundle("s3:*")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_probe_that_fails_switches_back() {
    let world = world().await;
    let before = world.contents().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let options = ApplyOptions::new()
        .probe_for(Duration::from_secs(12))
        .probe(move |_: SwitchedVersion| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Err("the queue is not readable".into()) }
        });
    // Something else that is done in the same apply stays done.
    let to = bundle("s3:*").with(User::new("bob"));
    let error = apply(&world, &to, options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProbeFailed);
    assert!(!error.is_retryable());
    assert!(
        error.message().contains(
            "managed policy own: the probe of version v2 failed: the queue is not readable; version v1 is the default one again, and version v2 is deleted"
        ),
        "{error}"
    );
    // A switch is answered with refusals for seconds, so once is not enough.
    assert!(asked.load(Ordering::SeqCst) > 3, "{asked:?}");
    assert_eq!(versions(&world).await, "v1*");
    let outcome = error.outcome().unwrap();
    assert_eq!(
        outcome.not_done(),
        [
            "+ waiting version of managed policy own",
            "~ managed policy own"
        ]
    );
    assert!(outcome.done().contains(&"+ user bob"), "{outcome}");
    assert!(
        outcome
            .to_json()
            .contains("\"call\": \"SetDefaultPolicyVersion\"")
    );
    // What is left is planned again; without the other user all is as before.
    let plan = world.plan(&to).await.unwrap();
    assert_eq!(
        calls(&plan),
        ["CreatePolicyVersion", "SetDefaultPolicyVersion"]
    );
    world.apply(&bundle("s3:GetObject")).await.unwrap();
    assert_eq!(world.contents().await, before);
}

#[tokio::test]
async fn a_probe_may_take_some_tries() {
    let world = world().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let options = ApplyOptions::new().probe(move |_: SwitchedVersion| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        async move {
            if number < 3 {
                return Err("403".into());
            }
            Ok(())
        }
    });
    apply(&world, &bundle("s3:*"), options).await.unwrap();
    assert_eq!(versions(&world).await, "v1 v2*");
}

#[tokio::test]
async fn a_probe_that_panics_or_hangs_fails() {
    let world = world().await;
    let panics = |_: SwitchedVersion| async { panic!("a mistake in the probe") };
    let hangs = |_: SwitchedVersion| std::future::pending();
    for (options, says) in [
        (ApplyOptions::new().probe(panics), "the probe panicked"),
        (
            ApplyOptions::new().probe(hangs),
            "it has not answered within 30 s",
        ),
    ] {
        let error = apply(&world, &bundle("s3:*"), options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProbeFailed);
        assert!(error.message().contains(says), "{error}");
        assert_eq!(versions(&world).await, "v1*");
    }
}

#[tokio::test]
async fn a_way_back_that_is_cut_off_is_told() {
    let fails = || {
        ApplyOptions::new()
            .probe_for(Duration::from_secs(1))
            .probe(|_: SwitchedVersion| async { Err("no".into()) })
    };
    let back = STAGE + 2;
    let world_ = world().await;
    let start = world_.sandbox.snapshot();
    world_.calls();
    let _ = apply(&world_, &bundle("s3:*"), fails()).await;
    let made: Vec<String> = world_.calls().0.into_iter().map(|c| c.action).collect();
    assert_eq!(
        made[back as usize - 1..],
        ["iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
        "{made:?}"
    );
    // The switch back is refused: the new version is still in force, and that is said.
    world_.sandbox.restore(&start);
    world_.sandbox.fail_call(back, Fault::AccessDenied);
    let error = apply(&world_, &bundle("s3:*"), fails()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProbeFailed);
    assert!(
        error.message().contains(
            "so version v2 is still the default one; set v1 with SetDefaultPolicyVersion"
        ),
        "{error}"
    );
    assert_eq!(versions(&world_).await, "v1 v2*");
    // The deletion is: the version waits, and the next plan has it.
    world_.sandbox.clear_faults();
    world_.sandbox.restore(&start);
    world_.sandbox.fail_call(back + 1, Fault::AccessDenied);
    let error = apply(&world_, &bundle("s3:*"), fails()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProbeFailed);
    assert!(
        error
            .message()
            .contains("version v1 is the default one again, but version v2 could not be deleted"),
        "{error}"
    );
    assert_eq!(versions(&world_).await, "v1* v2");
    let outcome = error.outcome().unwrap();
    assert_eq!(outcome.done(), ["+ waiting version of managed policy own"]);
    world_.sandbox.clear_faults();
    world_.apply(&bundle("s3:GetObject")).await.unwrap();
    assert_eq!(versions(&world_).await, "v1*");
}

#[tokio::test]
async fn a_waiting_version_is_used_or_removed() {
    let world = world().await;
    let start = world.sandbox.snapshot();
    // Killed after the version is made.
    let line = Line::cut(Cut::After(STAGE));
    let result = line.until_dead(over(&line, &world, &bundle("s3:*"))).await;
    assert!(result.is_none());
    assert_eq!(versions(&world).await, "v1* v2");
    let cut = world.sandbox.snapshot();
    // The same again: no second version is made.
    let plan = world.plan(&bundle("s3:*")).await.unwrap();
    assert_eq!(calls(&plan), ["SetDefaultPolicyVersion"]);
    world.apply(&bundle("s3:*")).await.unwrap();
    assert_eq!(versions(&world).await, "v1 v2*");
    assert!(world.plan(&bundle("s3:*")).await.unwrap().is_empty());
    // Something else is wanted by now.
    world.sandbox.restore(&cut);
    world.apply(&bundle("sqs:*")).await.unwrap();
    assert_eq!(versions(&world).await, "v1 v3*");
    // Or what was there before.
    world.sandbox.restore(&cut);
    let plan = world.plan(&bundle("s3:GetObject")).await.unwrap();
    assert_eq!(calls(&plan), ["DeletePolicyVersion"]);
    world.apply(&bundle("s3:GetObject")).await.unwrap();
    assert_eq!(versions(&world).await, "v1*");
    // Or nothing.
    world.sandbox.restore(&cut);
    world.destroy(&bundle("s3:*")).await.unwrap();
    assert!(!world.contents().await.contains("own"));
    // A document that means the same is the same: the order of a list is none.
    world.sandbox.restore(&start);
    let list = |actions: &str| {
        let policy = crate::support::policy(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#
        ));
        let own = ManagedPolicy::new("own", policy).update_in_two_steps();
        Bundle::new("b")
            .with(User::new("ann").attach(&own))
            .with(own)
    };
    let waiting = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:putobject","s3:ListBucket"],"Resource":["*"]}}"#;
    let call = world.iam.create_policy_version().policy_arn(ARN);
    call.policy_document(waiting).send().await.unwrap();
    let plan = world
        .plan(&list(r#""s3:listbucket","s3:PutObject""#))
        .await
        .unwrap();
    assert_eq!(calls(&plan), ["SetDefaultPolicyVersion"]);
}

#[tokio::test]
async fn five_versions_leave_room() {
    let world = world().await;
    for action in [
        "s3:GetObjectAcl",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:DeleteObject",
    ] {
        make_version(&world, action, true).await;
    }
    assert_eq!(versions(&world).await, "v1 v2 v3 v4 v5*");
    let full = world.sandbox.snapshot();
    world.apply(&bundle("s3:*")).await.unwrap();
    assert_eq!(versions(&world).await, "v2 v3 v4 v5 v6*");
    // Somebody switched back to the first: the others are newer than what is in force.
    world.sandbox.restore(&full);
    let call = world.iam.set_default_policy_version().policy_arn(ARN);
    call.version_id("v1").send().await.unwrap();
    let plan = world.plan(&bundle("s3:ListBucket")).await.unwrap();
    // The fourth waits.
    assert_eq!(
        calls(&plan),
        [
            "SetDefaultPolicyVersion",
            "DeletePolicyVersion",
            "DeletePolicyVersion",
            "DeletePolicyVersion"
        ],
        "{plan}"
    );
    world.apply(&bundle("s3:ListBucket")).await.unwrap();
    assert_eq!(versions(&world).await, "v1 v4*");
    // A sixth that somebody made since the plan is a reason to plan again.
    world.sandbox.restore(&full);
    let delete = world.iam.delete_policy_version().policy_arn(ARN);
    delete.version_id("v1").send().await.unwrap();
    let line = Line::default().refuse("CreatePolicyVersion", 1, "LimitExceeded", "five");
    let error = over(&line, &world, &bundle("s3:*")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
}

#[tokio::test]
async fn eight_appliers_at_once() {
    let world = world().await;
    let started: Vec<_> = (0..8)
        .map(|_| {
            let config = world.account.sdk_config();
            tokio::spawn(async move {
                let id = AccountId::new(ACCOUNT).unwrap();
                let provisioner = Provisioner::for_account(id, &config).await?;
                for _ in 0..20 {
                    let plan = provisioner.plan(&bundle("s3:*")).await?;
                    match provisioner.apply(&plan, ApplyOptions::new()).await {
                        Err(error) if error.is_retryable() => {}
                        other => return other,
                    }
                }
                panic!("twenty tries");
            })
        })
        .collect();
    for applier in started {
        applier.await.unwrap().unwrap();
    }
    assert!(in_force(&world, "s3:*").await);
    assert!(world.plan(&bundle("s3:*")).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_ensure_switches_at_once() {
    let world = world().await;
    let own = || ManagedPolicy::new("own", allow("s3:*")).update_in_two_steps();
    let trust = iam_dsl::TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    )
    .unwrap();
    let service = Bundle::new("b")
        .with(Role::new("worker", trust).attach(&own()))
        .with(own());
    let provisioner = world.provisioner().await;
    let permissions = provisioner.ensure_permissions(&service).unwrap();
    assert!(!permissions.to_string().contains("SetDefaultPolicyVersion"));
    provisioner.ensure(&service).await.unwrap();
    assert_eq!(versions(&world).await, "v1 v2*");
    // A version that waits is none of its business.
    make_version(&world, "sqs:*", false).await;
    let verified = provisioner.verify(&service).await.unwrap();
    assert!(matches!(verified, Verified::Matches), "{verified:?}");
}

#[tokio::test]
async fn a_version_that_was_just_made_is_not_known_everywhere() {
    let world = world().await;
    let message = format!("Policy {ARN} version v2 does not exist or is not attachable.");
    let line = Line::default().refuse("SetDefaultPolicyVersion", 3, "NoSuchEntity", &message);
    let started = world.sandbox.now();
    over(&line, &world, &bundle("s3:*")).await.unwrap();
    let took = world.sandbox.now().duration_since(started).unwrap();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert_eq!(versions(&world).await, "v1 v2*");
}

#[tokio::test]
async fn a_waiting_version_that_is_gone_asks_for_a_new_plan() {
    let world = world().await;
    make_version(&world, "s3:*", false).await;
    let message = format!("Policy {ARN} version v2 does not exist or is not attachable.");
    let line = Line::default().refuse("SetDefaultPolicyVersion", 1, "NoSuchEntity", &message);
    let error = over(&line, &world, &bundle("s3:*")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
    assert!(error.message().contains("plan again"), "{error}");
}

#[tokio::test]
async fn a_version_that_came_to_be_the_default_one_is_not_deleted() {
    let world = world().await;
    make_version(&world, "sqs:*", false).await;
    let message = "Cannot delete the default version of a policy.";
    let line = Line::default().refuse("DeletePolicyVersion", 1, "DeleteConflict", message);
    let error = over(&line, &world, &bundle("s3:GetObject"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
    assert_eq!(versions(&world).await, "v1* v2");
}

/// Every call of an update with a probe that passes, gone wrong in every way.
#[tokio::test]
async fn any_fault_at_any_call() {
    let world = world().await;
    let start = world.sandbox.snapshot();
    let passes = || ApplyOptions::new().probe(|_: SwitchedVersion| async { Ok(()) });
    let faults = [
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::TimeoutAfterEffect,
        Fault::ConcurrentModification,
        Fault::AccessDenied,
    ];
    for k in 1..=STAGE + 1 {
        for (fault, repeats) in faults.iter().flat_map(|fault| [(fault, 1), (fault, 40)]) {
            world.sandbox.restore(&start);
            (k..k + repeats).for_each(|call| world.sandbox.fail_call(call, *fault));
            let id = AccountId::new(ACCOUNT).unwrap();
            let run = async {
                let provisioner = Provisioner::for_account(id, &world.account.sdk_config()).await?;
                let plan = provisioner.plan(&bundle("s3:*")).await?;
                provisioner.apply(&plan, passes()).await
            };
            let result = run.await;
            world.sandbox.clear_faults();
            apply(&world, &bundle("s3:*"), passes()).await.unwrap();
            let found = versions(&world).await;
            assert!(
                in_force(&world, "s3:*").await,
                "{fault:?} at {k}: {result:?}"
            );
            assert!(world.plan(&bundle("s3:*")).await.unwrap().is_empty());
            // Only where the answer of the create was lost, and the SDK asked again, is there one more.
            let most = if *fault == Fault::TimeoutAfterEffect && k == STAGE {
                5
            } else {
                2
            };
            assert!(
                found.split(' ').count() <= most,
                "{fault:?} at {k}: {found}"
            );
        }
        for cut in [Cut::Before(k), Cut::After(k)] {
            world.sandbox.restore(&start);
            let line = Line::cut(cut);
            line.until_dead(over(&line, &world, &bundle("s3:*"))).await;
            apply(&world, &bundle("s3:*"), passes()).await.unwrap();
            assert_eq!(versions(&world).await, "v1 v2*", "{cut:?}");
        }
    }
}
