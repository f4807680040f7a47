//! A random walk through the sandbox: what is wanted changes at random, others change
//! things behind our back, and calls fail or the program is killed in between. It
//! always converges; and of every state that IAM was in on the way, what it allows
//! is allowed before or after, and what is allowed before and after is allowed, as
//! the evaluator judges it with requests aimed at the policies that are there.
//!
//! `IAM_PROVISION_WALKS` sets how many walks are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use iam_dsl::testing::{aimed, document};
use iam_dsl::{AccountId, Authorizer, Document, PolicyKind, Principal, Request};
use iam_provision::{
    Bundle, Error, ErrorKind, Group, ManagedPolicy, Plan, PolicyRef, Provisioner, Role, User,
};
use iam_sandbox::{Fault, Snapshot};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::faults::line::{Cut, Line};
use crate::support::{ACCOUNT, World, deny};

/// How many requests are aimed at each document.
const AIMED: usize = 12;
/// How often a run is taken up again after a fault.
const RUNS: usize = 3;

/// What a user, group or role holds: an inline policy and which of the managed ones.
type Held = (Option<Document>, [bool; 2]);

#[derive(Clone, Debug)]
struct Wanted {
    managed: [Document; 2],
    /// Two users, with their boundary and whether they are members of the group.
    users: [Option<(Held, Option<usize>, bool)>; 2],
    group: Held,
    /// With its boundary and which services it lets in.
    role: Option<(Held, Option<usize>, u8)>,
}

const TRUSTED: [&str; 3] = [
    "ec2.amazonaws.com",
    "lambda.amazonaws.com",
    "ecs.amazonaws.com",
];

fn wanted() -> impl Strategy<Value = Wanted> {
    let policy = || document(PolicyKind::Identity).prop_filter("valid", |d| valid(d).is_some());
    let held = move || (prop::option::of(policy()), any::<[bool; 2]>());
    let bound = || prop::option::weighted(0.3, 0..2_usize);
    let user = move || prop::option::weighted(0.8, (held(), bound(), any::<bool>()));
    let role = prop::option::weighted(0.7, (held(), bound(), 1..8_u8));
    ([policy(), policy()], [user(), user()], held(), role).prop_map(
        |(managed, users, group, role)| Wanted {
            managed,
            users,
            group,
            role,
        },
    )
}

fn valid(document: &Document) -> Option<iam_dsl::Policy> {
    iam_dsl::Policy::from_json(&document.to_json()).ok()
}

fn own(which: usize) -> PolicyRef {
    PolicyRef::own(format!("p{which}"))
}

impl Wanted {
    fn bundle(&self) -> Bundle {
        let mut bundle = Bundle::new("walk");
        for (i, document) in self.managed.iter().enumerate() {
            bundle = bundle.with(ManagedPolicy::new(
                format!("p{i}"),
                valid(document).unwrap(),
            ));
        }
        let attached =
            |held: &Held| -> Vec<PolicyRef> { (0..2).filter(|i| held.1[*i]).map(own).collect() };
        let inline = |held: &Held| held.0.as_ref().map(|document| valid(document).unwrap());
        let mut group = Group::new("g");
        if let Some(policy) = inline(&self.group) {
            group = group.inline("i", policy);
        }
        group = attached(&self.group).into_iter().fold(group, Group::attach);
        for (i, user) in self.users.iter().enumerate() {
            let Some((held, bound, is_member)) = user else {
                continue;
            };
            let mut user = User::new(format!("u{i}"));
            if let Some(policy) = inline(held) {
                user = user.inline("i", policy);
            }
            if let Some(bound) = bound {
                user = user.boundary(own(*bound));
            }
            if *is_member {
                group = group.member(format!("u{i}"));
            }
            bundle = bundle.with(attached(held).into_iter().fold(user, User::attach));
        }
        if let Some((held, bound, trusted)) = &self.role {
            let services: Vec<&str> = (0..3)
                .filter(|i| trusted & (1 << i) != 0)
                .map(|i| TRUSTED[i])
                .collect();
            let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole",
            }]});
            let trust: iam_dsl::TrustPolicy = trust.to_string().parse().unwrap();
            let mut role = Role::new("r", trust);
            if let Some(policy) = inline(held) {
                role = role.inline("i", policy);
            }
            if let Some(bound) = bound {
                role = role.boundary(own(*bound));
            }
            bundle = bundle.with(attached(held).into_iter().fold(role, Role::attach));
        }
        bundle.with(group)
    }
}

/// What goes wrong on the way, at which call.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    Killed(u64, bool),
    Failed(u64, Fault),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    let faults = [
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::ConcurrentModification,
        Fault::TimeoutAfterEffect,
    ];
    let call = || 1..40_u64;
    prop_oneof![
        (call(), any::<bool>()).prop_map(|(k, has_effect)| Mishap::Killed(k, has_effect)),
        (call(), prop::sample::select(faults.to_vec()))
            .prop_map(|(k, fault)| Mishap::Failed(k, fault)),
    ]
}

/// One stretch: what others do, what is wanted then, and what goes wrong.
type Stretch = (Option<(usize, Document)>, Wanted, Option<Mishap>);

fn stretch() -> impl Strategy<Value = Stretch> {
    let drift = (0..5_usize, document(PolicyKind::Identity));
    (
        prop::option::weighted(0.5, drift),
        wanted(),
        prop::option::weighted(0.7, mishap()),
    )
}

/// What somebody else does; it fails where there is nobody to do it to.
async fn drift(world: &World, which: usize, document: &Document) {
    let iam = &world.iam;
    let text = document.to_json();
    let _ = match which {
        0 => {
            let put = iam.put_user_policy().user_name("u0").policy_name("x");
            put.policy_document(text).send().await.is_ok()
        }
        1 => {
            let put = iam.put_group_policy().group_name("g").policy_name("x");
            put.policy_document(text).send().await.is_ok()
        }
        2 => {
            let put = iam.put_role_policy().role_name("r").policy_name("x");
            put.policy_document(text).send().await.is_ok()
        }
        3 => {
            let group = iam.remove_user_from_group().group_name("g");
            group.user_name("u1").send().await.is_ok()
        }
        _ => {
            let put = iam.put_user_policy().user_name("u1").policy_name("i");
            let denies = deny("s3:*").as_json().to_owned();
            put.policy_document(denies).send().await.is_ok()
        }
    };
}

/// The bundle with a yes for each deny of others that stands in its way; none where
/// IAM would refuse the bundle for its size.
async fn agreed(world: &World, mut bundle: Bundle) -> Option<Bundle> {
    loop {
        let error = match world.plan(&bundle).await {
            Ok(_) => return Some(bundle),
            Err(error) => error,
        };
        if error.kind() == ErrorKind::InvalidBundle {
            return None;
        }
        assert_eq!(error.kind(), ErrorKind::NotOwned, "{error}");
        for problem in error.problems() {
            let yes = problem.message().split("remove_deny(\"").nth(1);
            let yes = yes.and_then(|rest| rest.split('"').next());
            bundle = bundle.remove_deny(yes.unwrap_or_else(|| panic!("{error}")));
        }
    }
}

/// Who has which policies: what the account's details say.
struct State {
    identities: BTreeMap<String, Holds>,
}

struct Holds {
    policies: Vec<Document>,
    boundary: Option<Document>,
}

impl Holds {
    fn authorizer(&self) -> Authorizer {
        let policies = self.policies.iter();
        let authorizer = policies.fold(Authorizer::new(), |all, policy| all.identity(policy));
        match &self.boundary {
            Some(boundary) => authorizer.boundary(boundary),
            None => authorizer,
        }
    }
}

/// A document as IAM's answers carry it.
fn decoded(text: Option<&str>) -> Document {
    let text = percent_decode_str(text.unwrap()).decode_utf8().unwrap();
    Document::from_json(&text).unwrap()
}

async fn read(world: &World) -> State {
    let details = world.iam.get_account_authorization_details();
    let details = details.send().await.unwrap();
    let managed: BTreeMap<String, Document> = details
        .policies()
        .iter()
        .filter_map(|policy| {
            let mut versions = policy.policy_version_list().iter();
            let default = versions.find(|version| version.is_default_version())?;
            Some((policy.arn()?.to_owned(), decoded(default.document())))
        })
        .collect();
    let attached = |arn: Option<&str>| managed[arn.unwrap()].clone();
    let mut groups: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    for group in details.group_detail_list() {
        let inline = group.group_policy_list().iter();
        let inline = inline.map(|policy| decoded(policy.policy_document()));
        let arns = group.attached_managed_policies().iter();
        let all = inline.chain(arns.map(|policy| attached(policy.policy_arn())));
        groups.insert(group.group_name().unwrap(), all.collect());
    }
    let mut identities = BTreeMap::new();
    for user in details.user_detail_list() {
        let inline = user.user_policy_list().iter();
        let inline = inline.map(|policy| decoded(policy.policy_document()));
        let arns = user.attached_managed_policies().iter();
        let all = inline.chain(arns.map(|policy| attached(policy.policy_arn())));
        let of_groups = user.group_list().iter();
        let of_groups = of_groups.flat_map(|group| groups[group.as_str()].clone());
        let boundary = user.permissions_boundary();
        identities.insert(
            format!("user {}", user.user_name().unwrap()),
            Holds {
                policies: all.chain(of_groups).collect(),
                boundary: boundary.map(|b| attached(b.permissions_boundary_arn())),
            },
        );
    }
    for role in details.role_detail_list() {
        let inline = role.role_policy_list().iter();
        let inline = inline.map(|policy| decoded(policy.policy_document()));
        let arns = role.attached_managed_policies().iter();
        let boundary = role.permissions_boundary();
        identities.insert(
            format!("role {}", role.role_name().unwrap()),
            Holds {
                policies: inline
                    .chain(arns.map(|policy| attached(policy.policy_arn())))
                    .collect(),
                boundary: boundary.map(|b| attached(b.permissions_boundary_arn())),
            },
        );
    }
    State { identities }
}

/// Checks every state between the first and the last, but of those who were told.
fn judge(states: &[State], told: &BTreeSet<String>) -> Result<(), TestCaseError> {
    let documents: BTreeMap<String, &Document> = states
        .iter()
        .flat_map(|state| state.identities.values())
        .flat_map(|holds| holds.policies.iter().chain(&holds.boundary))
        .map(|document| (document.to_json(), document))
        .collect();
    let mut runner = TestRunner::deterministic();
    let requests: Vec<Request> = documents
        .values()
        .flat_map(|document| {
            let strategy = aimed(document);
            let each = (0..AIMED).map(|_| strategy.new_tree(&mut runner).unwrap().current());
            each.collect::<Vec<_>>()
        })
        .collect();
    for who in ["user u0", "user u1", "role r"] {
        if told.contains(who) {
            continue;
        }
        let principal: Principal = match who.split_once(' ').unwrap() {
            ("user", name) => format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
            (_, name) => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"),
        }
        .parse()
        .unwrap();
        let authorizers: Vec<Option<Authorizer>> = states
            .iter()
            .map(|state| state.identities.get(who).map(Holds::authorizer))
            .collect();
        for request in &requests {
            let request = request.clone().principal(principal.clone());
            let allows: Vec<bool> = authorizers
                .iter()
                .map(|one| {
                    one.as_ref()
                        .is_some_and(|one| one.decide(&request).is_allowed())
                })
                .collect();
            let (before, after) = (allows[0], allows[allows.len() - 1]);
            for (at, now) in allows.iter().enumerate() {
                prop_assert!(
                    !now || before || after,
                    "{who} may after {at} calls what it may neither before nor after: {request:?}"
                );
                prop_assert!(
                    *now || !(before && after),
                    "{who} may not after {at} calls what it may before and after: {request:?}"
                );
            }
        }
    }
    Ok(())
}

/// Plans and applies once, with a yes for what is told, which is noted.
async fn run(
    world: &World,
    line: &Line,
    bundle: &Bundle,
    told: &Mutex<BTreeSet<String>>,
) -> Result<Plan, Error> {
    let config = line.under(&world.account.sdk_config());
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &config).await?;
    let plan = provisioner.plan(bundle).await?;
    let moments = plan.order().moments().iter();
    let options = moments.fold(world.options(), |options, moment| {
        told.lock().unwrap().insert(moment.who().to_owned());
        options.accept_moments_of(moment.who())
    });
    provisioner.apply(&plan, options).await.map(|_| plan)
}

/// How many stretches were walked, and of how many something was told.
#[derive(Debug, Default)]
struct Tally {
    stretches: usize,
    told: usize,
    mishaps: usize,
    states: usize,
}

async fn walk(stretches: Vec<Stretch>, tally: &Mutex<Tally>) -> Result<(), TestCaseError> {
    let world = World::new();
    for (drifted, wanted, mishap) in stretches {
        if let Some((which, document)) = &drifted {
            drift(&world, *which, document).await;
        }
        let Some(bundle) = agreed(&world, wanted.bundle()).await else {
            continue;
        };
        let seen: Arc<Mutex<Vec<Snapshot>>> = Arc::default();
        seen.lock().unwrap().push(world.sandbox.snapshot());
        let told = Mutex::new(BTreeSet::new());
        let line = |cut: Option<Cut>| {
            let (seen, sandbox) = (Arc::clone(&seen), world.sandbox.clone());
            let line = cut.map(Line::cut).unwrap_or_default();
            line.watched(move || seen.lock().unwrap().push(sandbox.snapshot()))
        };
        let mut cut = None;
        match mishap {
            Some(Mishap::Killed(k, false)) => cut = Some(Cut::Before(k)),
            Some(Mishap::Killed(k, true)) => cut = Some(Cut::After(k)),
            Some(Mishap::Failed(k, fault)) => world.sandbox.fail_call(k, fault),
            None => {}
        }
        let first = line(cut);
        let result = first.until_dead(run(&world, &first, &bundle, &told)).await;
        world.sandbox.clear_faults();
        if let Some(Err(error)) = &result {
            prop_assert!(error.is_retryable(), "{error}");
        }
        let mut is_done = false;
        for _ in 0..RUNS {
            let plan = run(&world, &line(None), &bundle, &told).await;
            let plan = plan.map_err(|error| TestCaseError::fail(error.to_string()))?;
            is_done = plan.is_empty();
            if is_done {
                break;
            }
        }
        prop_assert!(is_done, "{RUNS} runs do not converge");
        let last = world.sandbox.snapshot();
        let snapshots = std::mem::take(&mut *seen.lock().unwrap());
        let mut states = Vec::new();
        for snapshot in snapshots.iter().chain([&last]) {
            world.sandbox.restore(snapshot);
            states.push(read(&world).await);
        }
        world.sandbox.restore(&last);
        let told = told.into_inner().unwrap();
        judge(&states, &told)?;
        let mut tally = tally.lock().unwrap();
        tally.stretches += 1;
        tally.told += usize::from(!told.is_empty());
        tally.mishaps += usize::from(mishap.is_some());
        tally.states += states.len();
    }
    Ok(())
}

#[test]
fn a_random_walk_with_faults_converges_and_is_safe_all_along() {
    let walks = std::env::var("IAM_PROVISION_WALKS").ok();
    let walks = walks.and_then(|text| text.parse().ok()).unwrap_or(8);
    let tally = Mutex::default();
    let mut runner = TestRunner::new(Config {
        cases: walks,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let result = runner.run(&prop::collection::vec(stretch(), 1..4), |stretches| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(walk(stretches, &tally))
    });
    println!("{:?}", tally.lock().unwrap());
    result.unwrap();
}
