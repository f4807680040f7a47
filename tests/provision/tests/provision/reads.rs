//! However an account is read, the plan is the same: of generated bundles, with what
//! others did to their entities and beside them, what is read of the whole account
//! and what is read entity by entity are equal.

use std::pin::Pin;

use iam_provision::{
    AccountAlias, Bundle, ErrorKind, Group, InstanceProfile, LoginProfile, ManagedPolicy,
    OidcProvider, PasswordPolicy, PolicyRef, Provisioner, Reads, Role, ServiceLinkedRole, User,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::drift::{ALLOW_ALL, AWS_READ, arn, tag};
use crate::support::{World, allow, deny};

/// A change that may fail, because what it changes may not be there.
type Change = for<'a> fn(&'a aws_sdk_iam::Client) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

macro_rules! changes {
    ($(|$iam:ident| $($call:expr),+);+ $(;)?) => {
        vec![$( (|$iam| Box::pin(async move { $( let _ = $call.send().await; )+ })) as Change, )+]
    };
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const OTHER_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const LEDGER: &str = "iam-provision/iam-provision.b";

/// What somebody may do to the bundle's entities and beside them. Not among them are
/// what `Reads::Targeted` says it does not find: users renamed by hand, and the
/// bundle's tag on what is not the bundle's.
fn changes() -> Vec<Change> {
    changes![
        |iam| iam.put_user_policy().user_name("u0").policy_name("x").policy_document(ALLOW_ALL);
        |iam| iam.put_user_policy().user_name("u0").policy_name("in").policy_document(ALLOW_ALL);
        |iam| iam.put_user_policy().user_name("u0").policy_name("no").policy_document(deny("*").as_json());
        |iam| iam.put_group_policy().group_name("g0").policy_name("x").policy_document(ALLOW_ALL);
        |iam| iam.put_role_policy().role_name("r0").policy_name("x").policy_document(ALLOW_ALL);
        |iam| iam.delete_role_policy().role_name("r0").policy_name("in");
        |iam| iam.attach_user_policy().user_name("u0").policy_arn(AWS_READ);
        |iam| iam.attach_group_policy().group_name("g0").policy_arn(AWS_READ);
        |iam| iam.attach_role_policy().role_name("r0").policy_arn(AWS_READ);
        |iam| iam.detach_role_policy().role_name("r0").policy_arn(arn("p0"));
        |iam| iam.put_user_permissions_boundary().user_name("u0").permissions_boundary(AWS_READ);
        |iam| iam.delete_user_permissions_boundary().user_name("u0");
        |iam| iam.put_role_permissions_boundary().role_name("r0").permissions_boundary(arn("stranger"));
        |iam| iam.tag_user().user_name("u0").tags(tag("new", "1"));
        |iam| iam.untag_role().role_name("r0").tag_keys("iam-provision:bundle");
        |iam| iam.untag_user().user_name("u0").tag_keys("iam-provision:bundle");
        |iam| iam.update_user().user_name("u0").new_path("/moved/");
        |iam| iam.update_group().group_name("g0").new_path("/moved/");
        |iam| iam.update_assume_role_policy().role_name("r0").policy_document(OTHER_TRUST);
        |iam| iam.update_role().role_name("r0").description("another").max_session_duration(7_200);
        |iam| iam.delete_role_policy().role_name("base").policy_name("in"),
              iam.delete_role().role_name("base");
        |iam| iam.create_policy_version().policy_arn(arn("p0")).policy_document(ALLOW_ALL).set_as_default(true);
        |iam| iam.create_policy_version().policy_arn(arn("p0")).policy_document(ALLOW_ALL);
        |iam| iam.create_policy_version().policy_arn(arn("p0")).policy_document(deny("s3:*").as_json()).set_as_default(true);
        |iam| iam.tag_policy().policy_arn(arn("p0")).tags(tag("new", "1"));
        |iam| iam.delete_policy().policy_arn(arn("p0")),
              iam.create_policy().policy_name("p0").path("/elsewhere/").policy_document(ALLOW_ALL);
        |iam| iam.delete_policy().policy_arn(arn("p0")),
              iam.create_policy().policy_name("P0").policy_document(ALLOW_ALL);
        |iam| iam.create_user().user_name("u1");
        |iam| iam.create_user().user_name("U1").path("/x/");
        |iam| iam.create_group().group_name("g1");
        |iam| iam.create_group().group_name("G1");
        |iam| iam.create_role().role_name("r1").assume_role_policy_document(TRUST).tags(tag("iam-provision:bundle", "third"));
        |iam| iam.create_role().role_name("R1").assume_role_policy_document(TRUST);
        |iam| iam.create_policy().policy_name("p1").path("/x/").policy_document(ALLOW_ALL);
        |iam| iam.create_policy().policy_name("P1").policy_document(ALLOW_ALL);
        |iam| iam.create_instance_profile().instance_profile_name("i1");
        |iam| iam.create_instance_profile().instance_profile_name("I1");
        |iam| iam.create_instance_profile().instance_profile_name("theirs"),
              iam.add_role_to_instance_profile().instance_profile_name("theirs").role_name("r0");
        |iam| iam.remove_role_from_instance_profile().instance_profile_name("i0").role_name("r0");
        |iam| iam.remove_role_from_instance_profile().instance_profile_name("i0").role_name("r0"),
              iam.delete_instance_profile().instance_profile_name("i0");
        |iam| iam.create_user().user_name("stranger"),
              iam.put_user_policy().user_name("stranger").policy_name("x").policy_document(ALLOW_ALL),
              iam.attach_user_policy().user_name("stranger").policy_arn(arn("p0")),
              iam.add_user_to_group().user_name("stranger").group_name("g0");
        |iam| iam.create_role().role_name("stranger").assume_role_policy_document(TRUST),
              iam.put_role_permissions_boundary().role_name("stranger").permissions_boundary(arn("p0"));
        |iam| iam.create_group().group_name("stranger"),
              iam.attach_group_policy().group_name("stranger").policy_arn(arn("p0")),
              iam.attach_group_policy().group_name("stranger").policy_arn(arn("stranger")),
              iam.put_group_policy().group_name("stranger").policy_name("x").policy_document(deny("*").as_json()),
              iam.add_user_to_group().user_name("u0").group_name("stranger");
        |iam| iam.create_policy().policy_name("stranger").policy_document(ALLOW_ALL),
              iam.attach_role_policy().role_name("r0").policy_arn(arn("stranger"));
        |iam| iam.create_user().user_name("stranger"),
              iam.attach_user_policy().user_name("stranger").policy_arn(arn(LEDGER)),
              iam.attach_role_policy().role_name("r0").policy_arn(arn("iam-provision/iam-provision.other"));
        |iam| iam.create_policy_version().policy_arn(arn(LEDGER)).policy_document(ALLOW_ALL);
        |iam| iam.remove_user_from_group().user_name("u0").group_name("g0");
        |iam| iam.delete_login_profile().user_name("u0");
        |iam| iam.create_access_key().user_name("u0");
        |iam| iam.update_account_password_policy().minimum_password_length(20);
        |iam| iam.create_account_alias().account_alias("another");
        |iam| iam.tag_open_id_connect_provider()
                .open_id_connect_provider_arn(crate::drift::OIDC).tags(tag("new", "1"));
    ]
}

/// What a user, group or role holds: an inline policy, and attachments to AWS's policy
/// and the bundle's own.
type Held = (bool, bool, bool);

#[derive(Clone, Debug)]
struct Wanted {
    /// With a boundary, in the group of its number, with a password, shared.
    user: Option<(Held, bool, bool, bool, bool)>,
    group: Option<(Held, bool)>,
    /// With a boundary, protected.
    role: Option<(Held, bool, bool)>,
    /// Whether it has a tag, and switches in two steps.
    policy: Option<(bool, bool)>,
    profile: bool,
    adopts: bool,
    /// Whether the user and the group had other names before.
    renames: bool,
}

impl Wanted {
    fn group_name(&self) -> &'static str {
        if self.renames { "new-g" } else { "g" }
    }

    /// As a first release says it.
    fn without_renames(mut self) -> Self {
        self.renames = false;
        self
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let held = any::<Held>;
    (
        prop::option::weighted(
            0.7,
            (
                held(),
                any::<bool>(),
                any::<bool>(),
                any::<bool>(),
                any::<bool>(),
            ),
        ),
        prop::option::weighted(0.7, (held(), any::<bool>())),
        prop::option::weighted(0.7, (held(), any::<bool>(), prop::bool::weighted(0.2))),
        prop::option::weighted(0.7, any::<(bool, bool)>()),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(user, group, role, policy, profile, adopts, renames)| Wanted {
                user,
                group,
                role,
                policy,
                profile,
                adopts,
                renames,
            },
        )
}

/// What belongs to the account: password policy, alias, provider, service-linked role.
type OfAccount = [bool; 4];

/// A bundle of these, each with its number in its name.
fn bundle(name: &str, wanted: &[(usize, &Wanted)], of_account: OfAccount) -> Bundle {
    let mut bundle = Bundle::new(name);
    for (number, wanted) in wanted {
        let adopts = wanted.adopts;
        let policy = wanted.policy.map(|(tagged, two_steps)| {
            let mut policy = ManagedPolicy::new(format!("p{number}"), allow("sqs:*"));
            policy = if tagged {
                policy.tag("team", "a")
            } else {
                policy
            };
            policy = if two_steps {
                policy.update_in_two_steps()
            } else {
                policy
            };
            if adopts { policy.adopt() } else { policy }
        });
        // Where it is not the bundle's it may be somebody else's, or nobody's.
        let own = match &policy {
            Some(policy) => PolicyRef::from(policy),
            None => PolicyRef::aws("IAMReadOnlyAccess"),
        };
        macro_rules! held {
            ($entity:expr, $held:expr) => {{
                let (inline, aws, attached) = $held;
                let mut entity = $entity;
                entity = if inline {
                    entity.inline("in", allow("s3:GetObject"))
                } else {
                    entity
                };
                entity = if aws {
                    entity.attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
                } else {
                    entity
                };
                entity = if attached {
                    entity.attach(own.clone())
                } else {
                    entity
                };
                if adopts { entity.adopt() } else { entity }
            }};
        }
        if let Some((held, bounded, member, login, shared)) = wanted.user {
            let name = if wanted.renames { "new-u" } else { "u" };
            let mut user = held!(User::new(format!("{name}{number}")), held);
            if wanted.renames {
                user = user.renamed_from(format!("u{number}"));
            }
            user = if bounded {
                user.boundary(own.clone())
            } else {
                user
            };
            user = if member && wanted.group.is_some() {
                user.member_of(format!("{}{number}", wanted.group_name()))
            } else {
                user
            };
            user = if login {
                user.console_login(LoginProfile::new())
            } else {
                user
            };
            bundle = bundle.with(if shared { user.shared() } else { user });
        }
        if let Some((held, shared)) = wanted.group {
            let mut group = held!(Group::new(format!("{}{number}", wanted.group_name())), held);
            if wanted.renames {
                group = group.renamed_from(format!("g{number}"));
            }
            bundle = bundle.with(if shared { group.shared() } else { group });
        }
        if let Some((held, bounded, protected)) = wanted.role {
            let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
            let mut role = held!(Role::new(format!("r{number}"), trust), held);
            role = if bounded {
                role.boundary(own.clone())
            } else {
                role
            };
            bundle = bundle.with(if protected { role.protect() } else { role });
        }
        if wanted.profile {
            let mut profile = InstanceProfile::new(format!("i{number}"));
            if wanted.role.is_some() {
                profile = profile.role(format!("r{number}"));
            }
            bundle = bundle.with(profile);
        }
        if let Some(policy) = policy {
            bundle = bundle.with(policy);
        }
    }
    let [password_policy, alias, provider, linked] = of_account;
    if password_policy {
        bundle = bundle.with(PasswordPolicy::strict());
    }
    if alias {
        bundle = bundle.with(AccountAlias::new("example-dev"));
    }
    if provider {
        bundle = bundle.with(
            OidcProvider::new("https://oidc.example.com/id/1").client_id("sts.amazonaws.com"),
        );
    }
    if linked {
        bundle = bundle.with(ServiceLinkedRole::of("autoscaling.amazonaws.com"));
    }
    bundle
}

/// A role that every first release has, so that there is a ledger with an index.
fn base() -> Role {
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    Role::new("base", trust).inline("in", allow("s3:GetObject"))
}

/// The plan, its notes and problems, as text.
async fn told(provisioner: &Provisioner, bundle: &Bundle, destroys: bool) -> String {
    let plan = match destroys {
        true => provisioner.destroy(bundle).await,
        false => provisioner.plan(bundle).await,
    };
    match plan {
        Ok(plan) => format!("{plan}\n{}", plan.to_json()),
        Err(error) => format!("{error}\n{error:?}"),
    }
}

/// The same, however it is read.
async fn check(world: &World, bundle: &Bundle) -> Result<(), TestCaseError> {
    let whole = world.provisioner().await.reads(Reads::AccountWide);
    let targets = world.provisioner().await.reads(Reads::Targeted);
    let mut seen = Vec::new();
    for provisioner in [&whole, &targets] {
        let observed = format!("{:#?}", provisioner.observe(bundle).await.unwrap());
        // What others have elsewhere is known where everything was read.
        let (seen_by_both, _) = observed.split_once("\n    others: ").unwrap();
        seen.push(seen_by_both.to_owned());
    }
    prop_assert!(
        seen[0] == seen[1],
        "account-wide:\n{}\nby targets:\n{}",
        seen[0],
        seen[1]
    );
    // Where there is no ledger it is begun by targets, which is a step more.
    if !seen[1].contains("iam-provision.b\"") {
        return Ok(());
    }
    for destroys in [false, true] {
        let by_whole = told(&whole, bundle, destroys).await;
        world.calls();
        let by_targets = told(&targets, bundle, destroys).await;
        // A ledger that somebody overwrote has no index.
        let has_index = !by_targets.contains("cannot be understood");
        prop_assert_eq!(by_whole, by_targets);
        let (calls, _) = world.calls();
        let details = calls
            .iter()
            .filter(|call| call.action == "iam:GetAccountAuthorizationDetails");
        prop_assert_eq!(
            details.count() == 0,
            has_index,
            "it is read by targets indeed"
        );
    }
    Ok(())
}

#[test]
fn a_plan_is_the_same_however_the_account_is_read() {
    let cases = std::env::var("IAM_PROVISION_READS_CASES");
    let config = Config {
        cases: cases.map_or(16, |cases| cases.parse().unwrap()),
        failure_persistence: None,
        ..Config::default()
    };
    // The same accounts in every run.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let changes = changes();
    let picked = prop::collection::vec(0..changes.len(), 0..10);
    let input = (
        [wanted(), wanted(), wanted(), wanted()],
        any::<[OfAccount; 3]>(),
        any::<bool>(),
        picked,
    );
    let result = runner.run(
        &input,
        |([other, first, second, third], of, keeps_base, picked)| {
            runtime.block_on(async {
                let world = World::reading(Reads::Targeted);
                let of_others = [of[0][0] && !of[1][0], of[0][1] && !of[1][1], false, false];
                world
                    .converge(&bundle("other", &[(1, &other)], of_others))
                    .await;
                let first = first.without_renames();
                let before = bundle("b", &[(0, &first)], of[1]).with(base());
                world.converge(&before).await;
                for change in picked {
                    changes[change](&world.iam).await;
                }
                let mut after = bundle("b", &[(0, &second), (1, &third)], of[2]);
                if keeps_base {
                    after = after.with(base());
                }
                check(&world, &before).await?;
                check(&world, &after).await
            })
        },
    );
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn role(name: &str) -> Role {
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    Role::new(name, trust).inline("in", allow("s3:GetObject"))
}

/// Whatever is cut off, the index names everything that is there: what then leaves the
/// bundle is found by targets as it is in the whole account.
#[tokio::test]
async fn the_index_names_all_there_is_after_a_cut() {
    let first = || Bundle::new("b").with(role("one")).with(User::new("ann"));
    let second = || Bundle::new("b").with(role("two")).with(User::new("ann"));
    let nothing = || Bundle::new("b");
    for (before, after) in [
        (nothing(), first()),
        (first(), second()),
        (first(), nothing()),
    ] {
        let world = World::reading(Reads::Targeted);
        world.converge(&before).await;
        let start = world.sandbox.snapshot();
        let mut cuts = 0;
        for k in 1.. {
            world.sandbox.restore(&start);
            let provisioner = world.provisioner().await;
            let plan = provisioner.plan(&after).await.unwrap();
            world.calls();
            world.sandbox.fail_call(k, iam_sandbox::Fault::AccessDenied);
            let result = provisioner.apply(&plan, world.options()).await;
            world.sandbox.clear_faults();
            for bundle in [after.clone(), nothing()] {
                if let Err(error) = check(&world, &bundle).await {
                    panic!("cut {k}: {error}");
                }
            }
            if result.is_ok() {
                break;
            }
            cuts += 1;
        }
        assert!(cuts > 5, "{cuts}");
    }
}

/// What a plan was made from is looked at again the same way before it is applied.
#[tokio::test]
async fn a_plan_by_targets_is_checked_before_it_is_applied() {
    let world = World::reading(Reads::Targeted);
    let bundle = || Bundle::new("b").with(role("one"));
    world.apply(&bundle()).await.unwrap();
    let provisioner = world.provisioner().await;
    let changed = bundle().with(role("two"));
    let plan = provisioner.plan(&changed).await.unwrap();
    let put = world
        .iam
        .put_role_policy()
        .role_name("one")
        .policy_name("x");
    put.policy_document(ALLOW_ALL).send().await.unwrap();
    world.calls();
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan, "{error}");
    let (calls, writes) = world.calls();
    let details = "iam:GetAccountAuthorizationDetails";
    assert!(writes == 0 && calls.iter().all(|call| call.action != details));
    let plan = provisioner.plan(&changed).await.unwrap();
    provisioner.apply(&plan, world.options()).await.unwrap();
    assert!(provisioner.plan(&changed).await.unwrap().is_empty());
}

/// A bundle that was applied without an index is looked for in the whole account once.
#[tokio::test]
async fn what_was_there_before_the_index_is_found() {
    let world = World::new();
    let before = Bundle::new("b").with(role("one")).with(role("two"));
    world.apply(&before).await.unwrap();
    let after = Bundle::new("b").with(role("one"));
    let targets = world.provisioner().await.reads(Reads::Targeted);
    let plan = targets.plan(&after).await.unwrap();
    let deleted = plan.steps().iter().find(|step| step.call() == "DeleteRole");
    assert_eq!(
        deleted.map(|step| step.subject()),
        Some("role two"),
        "{plan}"
    );
    let policy = plan.permissions().unwrap().to_string();
    assert!(
        policy.contains("GetAccountAuthorizationDetails"),
        "{policy}"
    );
    targets.apply(&plan, world.options()).await.unwrap();
    world.calls();
    let plan = targets.plan(&after).await.unwrap();
    let details = "iam:GetAccountAuthorizationDetails";
    let (calls, _) = world.calls();
    assert!(
        plan.is_empty() && calls.iter().all(|call| call.action != details),
        "{plan}"
    );
    // Nor is it taken for new when its ledger is gone.
    let old = world.iam.delete_policy_version().version_id("v1");
    old.policy_arn(arn(LEDGER)).send().await.unwrap();
    world
        .iam
        .delete_policy()
        .policy_arn(arn(LEDGER))
        .send()
        .await
        .unwrap();
    let plan = targets.plan(&after).await.unwrap();
    let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(calls, ["CreatePolicy"], "{plan}");
}
