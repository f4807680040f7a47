//! An account of 5,000 roles, 1,000 policies and a user, which takes seven pages to read: how
//! many calls a plan costs there, and that it sees what it sees in a small one.

use iam_provision::{Bundle, ErrorKind, Plan, PolicyRef, Reads, Role, User};
use iam_sandbox::Quota;

use crate::drift::{OTHER_TRUST, arn};
use crate::permissions;
use crate::support::{World, allow, estate};

const ROLES: usize = 5_000;
const POLICIES: usize = 1_000;
/// Of GetAccountAuthorizationDetails, a thousand each.
const PAGES: usize = 7;

async fn large() -> World {
    let world = World::new();
    world.account.set_quota(Quota::Roles, ROLES + 100);
    for number in 0..ROLES {
        let create = world.iam.create_role().role_name(format!("other-{number}"));
        let create = create.assume_role_policy_document(OTHER_TRUST);
        create.send().await.unwrap();
    }
    for number in 0..POLICIES {
        let create = world.iam.create_policy();
        let create = create.policy_name(format!("other-{number}"));
        let create = create.policy_document(allow("s3:*").as_json());
        create.send().await.unwrap();
    }
    let create = world.iam.create_user().user_name("somebody");
    create.send().await.unwrap();
    world.calls();
    world
}

fn one_role() -> Bundle {
    let trust = iam_dsl::TrustPolicy::from_json(OTHER_TRUST).unwrap();
    Bundle::new("service").with(Role::new("worker", trust).inline("work", allow("sqs:*")))
}

/// A bundle of one role of the other name.
fn another_role() -> Bundle {
    let trust = iam_dsl::TrustPolicy::from_json(OTHER_TRUST).unwrap();
    Bundle::new("service").with(Role::new("other", trust))
}

/// The calls of a plan: pages of the account's details, and the others, without who-am-I.
async fn cost(world: &World, reads: Reads, bundle: &Bundle, destroys: bool) -> (Plan, [usize; 2]) {
    let provisioner = world.provisioner().await.reads(reads);
    world.calls();
    let plan = match destroys {
        true => provisioner.destroy(bundle).await.unwrap(),
        false => provisioner.plan(bundle).await.unwrap(),
    };
    let (calls, writes) = world.calls();
    assert_eq!(writes, 0);
    let pages = calls
        .iter()
        .filter(|call| call.action == "iam:GetAccountAuthorizationDetails")
        .count();
    (plan, [pages, calls.len() - pages])
}

async fn apply(world: &World, plan: &Plan) {
    let provisioner = world.provisioner().await;
    provisioner.apply(plan, world.options()).await.unwrap();
}

/// The calls of the steps.
fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

#[tokio::test]
async fn reads_are_chosen_by_count() {
    use Reads::{AccountWide, ByCount, Targeted};
    let world = large().await;
    let empty = world.sandbox.snapshot();

    // There is no index yet, so what the bundle may own is looked for everywhere.
    let (first, calls) = cost(&world, ByCount, &one_role(), false).await;
    // Beside the pages: the counts, and the ledger that there is not.
    assert_eq!(calls, [PAGES, 2], "{first}");
    // The role brings the ledger with it.
    assert_eq!(
        steps(&first),
        ["CreatePolicy", "CreateRole", "PutRolePolicy"]
    );
    apply(&world, &first).await;

    // The ledger in two, the role, its inline policies' names, the policy, the attachments.
    let (plan, calls) = cost(&world, Targeted, &one_role(), false).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(calls, [0, 6]);
    // A page and the counts more, to choose.
    let (plan, calls) = cost(&world, ByCount, &one_role(), false).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(calls, [1, 7]);
    // The settings of the role are in no page.
    let (plan, calls) = cost(&world, AccountWide, &one_role(), false).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(calls, [PAGES, 1]);

    drift_shows(&world).await;
    a_renamed_user_is_found(&world).await;
    the_policy_of_a_plan_by_count_is_enough(&world).await;

    // A role that is to go is found by the index, and one that is to come is counted.
    for reads in [ByCount, Targeted] {
        let (plan, calls) = cost(&world, reads, &another_role(), false).await;
        let expected = [
            "CreatePolicyVersion",
            "DeleteRolePolicy",
            "CreateRole",
            "DeleteRole",
            "CreatePolicyVersion",
        ];
        assert_eq!(steps(&plan), expected, "{plan}");
        // Two roles to be asked for are as many calls as the pages that are left.
        let expected = if reads == ByCount {
            [PAGES, 3]
        } else {
            [0, 10]
        };
        assert_eq!(calls, expected, "{reads:?}");
    }
    world.account.set_quota(Quota::Roles, ROLES + 1);
    let targeted = world.provisioner().await.reads(Targeted);
    let error = targeted.plan(&another_role()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    assert!(error.to_string().contains("5002 roles"), "{error}");
    world.account.set_quota(Quota::Roles, ROLES + 100);

    let (destroy, calls) = cost(&world, ByCount, &one_role(), true).await;
    assert_eq!(
        steps(&destroy),
        ["DeleteRolePolicy", "DeleteRole", "DeletePolicy"]
    );
    assert_eq!(
        calls,
        [1, 9],
        "with the ledger's versions and the role's profiles"
    );
    apply(&world, &destroy).await;

    // New, and by targets from the first: nothing of it is there.
    world.sandbox.restore(&empty);
    let (first, calls) = cost(&world, Targeted, &one_role(), false).await;
    assert_eq!(
        steps(&first),
        ["CreatePolicy", "CreateRole", "PutRolePolicy"]
    );
    // The role, the ledger, the thousand names of policies, and the counts.
    assert_eq!(calls, [0, 4]);

    administrators_elsewhere_are_looked_for(&world).await;

    // Of seven objects each has to be asked for: the pages are fewer.
    let (first, calls) = cost(&world, ByCount, &estate(), false).await;
    assert_eq!(calls, [PAGES, 4], "{first}");
    apply(&world, &first).await;
    let (plan, calls) = cost(&world, ByCount, &estate(), false).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(calls, [PAGES, 8]);
    let (plan, by_targets) = cost(&world, Targeted, &estate(), false).await;
    assert!(plan.is_empty(), "{plan}");
    assert!(by_targets[1] > PAGES + 8, "{by_targets:?}");
    let (plan, calls) = cost(&world, ByCount, &estate(), true).await;
    assert_eq!(calls[0], PAGES);
    assert!(!plan.is_empty());
}

/// The index has the name that it had.
async fn a_renamed_user_is_found(world: &World) {
    let start = world.sandbox.snapshot();
    let bundle = Bundle::new("people").with(User::new("ann"));
    let (plan, _) = cost(world, Reads::ByCount, &bundle, false).await;
    apply(world, &plan).await;
    let (plan, [pages, _]) = cost(world, Reads::ByCount, &bundle, false).await;
    assert!(plan.is_empty() && pages == 1, "{pages}: {plan}");
    let rename = world.iam.update_user().user_name("ann");
    rename.new_user_name("beth").send().await.unwrap();
    let (plan, [pages, _]) = cost(world, Reads::ByCount, &bundle, false).await;
    let mut calls = steps(&plan);
    calls.sort_unstable();
    assert_eq!((calls, pages), (vec!["CreateUser", "DeleteUser"], PAGES));
    world.sandbox.restore(&start);
}

/// By targets before and after, with the page that decides.
async fn the_policy_of_a_plan_by_count_is_enough(world: &World) {
    let trust = iam_dsl::TrustPolicy::from_json(OTHER_TRUST).unwrap();
    let bundle = Bundle::new("service").with(
        Role::new("worker", trust)
            .description("Works")
            .inline("work", allow("sqs:*")),
    );
    let run = permissions::Run::of(bundle);
    let statements = permissions::check(world, run).await;
    assert!(statements >= 2, "{statements}");
}

/// Whether another administrator remains is asked of the whole account, where a plan
/// changes anything of a bundle that has one.
async fn administrators_elsewhere_are_looked_for(world: &World) {
    let start = world.sandbox.snapshot();
    let trust = iam_dsl::TrustPolicy::from_json(OTHER_TRUST).unwrap();
    let admin = || Role::new("admin", &trust).attach(PolicyRef::aws("AdministratorAccess"));
    let bundle = Bundle::new("admins").with(admin());
    let (plan, _) = cost(world, Reads::Targeted, &bundle, false).await;
    apply(world, &plan).await;
    let (plan, [pages, _]) = cost(world, Reads::ByCount, &bundle, false).await;
    assert!(plan.is_empty() && pages == 1, "{pages}: {plan}");
    let changed = Bundle::new("admins").with(admin().description("Changed"));
    let (plan, [pages, _]) = cost(world, Reads::ByCount, &changed, false).await;
    assert_eq!((steps(&plan), pages), (vec!["UpdateRole"], 1 + PAGES));
    let (plan, [pages, _]) = cost(world, Reads::Targeted, &changed, false).await;
    assert_eq!((steps(&plan), pages), (vec!["UpdateRole"], 0));
    world.sandbox.restore(&start);
}

/// What happens to the role behind the bundle's back is seen by targets too.
async fn drift_shows(world: &World) {
    let start = world.sandbox.snapshot();
    let iam = &world.iam;
    let put = iam.put_role_policy().role_name("worker").policy_name("x");
    let put = put.policy_document(allow("s3:*").as_json());
    put.send().await.unwrap();
    let attach = iam.attach_role_policy().role_name("worker");
    attach.policy_arn(arn("other-7")).send().await.unwrap();
    let (plan, calls) = cost(world, Reads::ByCount, &one_role(), false).await;
    let mut calls_of_steps = steps(&plan);
    calls_of_steps.sort_unstable();
    assert_eq!(calls_of_steps, ["DeleteRolePolicy", "DetachRolePolicy"]);
    assert_eq!(calls[0], 1, "{calls:?}");
    world.sandbox.restore(&start);
}

/// An index is no reason for a plan: it comes with the next change.
#[tokio::test]
async fn an_account_that_grows_makes_no_change() {
    let world = World::new();
    world.apply(&one_role()).await.unwrap();
    world.account.set_quota(Quota::Roles, 2_000);
    for number in 0..1_001 {
        let create = world.iam.create_role().role_name(format!("other-{number}"));
        let create = create.assume_role_policy_document(OTHER_TRUST);
        create.send().await.unwrap();
    }
    let (plan, [pages, _]) = cost(&world, Reads::ByCount, &one_role(), false).await;
    assert!(plan.is_empty() && pages == 2, "{plan}");
    // Who asks for reads by targets gets what they need.
    let (plan, [pages, _]) = cost(&world, Reads::Targeted, &one_role(), false).await;
    assert_eq!(steps(&plan), ["CreatePolicy"]);
    assert!(plan.to_string().contains("lists role worker"), "{plan}");
    assert_eq!(pages, 2, "the last time");
    let trust = iam_dsl::TrustPolicy::from_json(OTHER_TRUST).unwrap();
    let two_roles = one_role().with(Role::new("second", trust));
    let (plan, _) = cost(&world, Reads::ByCount, &two_roles, false).await;
    assert!(
        plan.to_string().contains("lists role second, role worker"),
        "{plan}"
    );
    apply(&world, &plan).await;
    let (plan, [pages, _]) = cost(&world, Reads::Targeted, &two_roles, false).await;
    assert!(plan.is_empty() && pages == 0, "{plan}");
}
