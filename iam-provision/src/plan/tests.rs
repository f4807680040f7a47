//! The planner against a model: random desired states, random drift, and the
//! evaluator as the judge of every prefix.

// Helpers of tests fail a test as the tests themselves do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use iam_dsl::{AccountId, Authorizer, Identity as IdentityKind, Policy, Request};
use proptest::prelude::*;

use super::operation::Operation;
use super::{AccessChange, AccessChangeKind, Plan, plan};
use crate::desired::{
    Bundle, Group, LoginProfile, ManagedPolicy, PasswordPolicy, PolicyRef, Role, User,
};
use crate::document::PolicyText;
use crate::observed::Observed;
use crate::state::{Account, Identity, State};

const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"];
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn account() -> Account {
    Account {
        id: AccountId::new("111122223333").unwrap(),
        partition: "aws".to_owned(),
    }
}

/// Statements: whether it allows, and which of the actions (a bit each).
type Doc = Vec<(bool, u8)>;

fn json(doc: &Doc) -> String {
    let statements: Vec<String> = doc
        .iter()
        .map(|(allows, bits)| {
            let actions: Vec<String> = ACTIONS
                .iter()
                .enumerate()
                .filter(|(i, _)| bits & (1 << i) != 0)
                .map(|(_, action)| format!("\"{action}\""))
                .collect();
            let effect = if *allows { "Allow" } else { "Deny" };
            format!(
                r#"{{"Effect":"{effect}","Action":[{}],"Resource":"*"}}"#,
                actions.join(",")
            )
        })
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn policy(doc: &Doc) -> Policy {
    Policy::<IdentityKind>::from_json(&json(doc)).unwrap()
}

fn doc() -> impl Strategy<Value = Doc> {
    prop::collection::vec((any::<bool>(), 1..8_u8), 1..3)
}

/// What a user, group or role holds: an inline policy, two attachments.
type Held = (Option<Doc>, bool, bool);

fn held() -> impl Strategy<Value = Held> {
    (prop::option::of(doc()), any::<bool>(), any::<bool>())
}

/// What a user holds, of which groups it is a member, and its boundary.
type DesiredUser = (Held, [bool; 2], Option<usize>);

#[derive(Clone, Debug)]
struct Desired {
    policies: [Option<Doc>; 2],
    groups: [Option<Held>; 2],
    users: [Option<DesiredUser>; 2],
    role: Option<(Held, Option<usize>)>,
    password_length: Option<i32>,
}

fn desired() -> impl Strategy<Value = Desired> {
    let bound = || prop::option::weighted(0.3, 0..2_usize);
    let user = move || prop::option::weighted(0.8, (held(), any::<[bool; 2]>(), bound()));
    (
        [
            prop::option::weighted(0.8, doc()),
            prop::option::weighted(0.8, doc()),
        ],
        [
            prop::option::weighted(0.8, held()),
            prop::option::weighted(0.8, held()),
        ],
        [user(), user()],
        prop::option::of((held(), bound())),
        prop::option::of(8..20_i32),
    )
        .prop_map(|(policies, groups, users, role, password_length)| Desired {
            policies,
            groups,
            users,
            role,
            password_length,
        })
}

impl Desired {
    fn bundle(&self) -> Bundle {
        let mut bundle = Bundle::new("b");
        for (i, doc) in self.policies.iter().enumerate() {
            if let Some(doc) = doc {
                bundle = bundle.with(ManagedPolicy::new(format!("p{i}"), policy(doc)));
            }
        }
        let attached = |held: &Held| -> Vec<PolicyRef> {
            [held.1, held.2]
                .into_iter()
                .enumerate()
                .filter(|(i, on)| *on && self.policies[*i].is_some())
                .map(|(i, _)| PolicyRef::own(format!("p{i}")))
                .collect()
        };
        let boundary = |bound: &Option<usize>| {
            bound
                .filter(|i| self.policies[*i].is_some())
                .map(|i| PolicyRef::own(format!("p{i}")))
        };
        for (i, held) in self.groups.iter().enumerate() {
            let Some(held) = held else { continue };
            let mut group = Group::new(format!("g{i}"));
            if let Some(doc) = &held.0 {
                group = group.inline("i", policy(doc));
            }
            bundle = bundle.with(attached(held).into_iter().fold(group, Group::attach));
        }
        for (i, user) in self.users.iter().enumerate() {
            let Some((held, groups, bound)) = user else {
                continue;
            };
            let mut user = User::new(format!("u{i}")).console_login(LoginProfile::new());
            if let Some(doc) = &held.0 {
                user = user.inline("i", policy(doc));
            }
            for (g, member) in groups.iter().enumerate() {
                if *member && self.groups[g].is_some() {
                    user = user.member_of(format!("g{g}"));
                }
            }
            if let Some(boundary) = boundary(bound) {
                user = user.boundary(boundary);
            }
            bundle = bundle.with(attached(held).into_iter().fold(user, User::attach));
        }
        if let Some((held, bound)) = &self.role {
            let mut role = Role::new("r", TRUST.parse::<iam_dsl::TrustPolicy>().unwrap());
            if let Some(doc) = &held.0 {
                role = role.inline("i", policy(doc));
            }
            if let Some(boundary) = boundary(bound) {
                role = role.boundary(boundary);
            }
            bundle = bundle.with(attached(held).into_iter().fold(role, Role::attach));
        }
        bundle.with(
            self.password_length
                .map(|length| PasswordPolicy::strict().minimum_length(length)),
        )
    }
}

/// What somebody does behind our back, if what it is done to exists.
#[derive(Clone, Debug)]
enum Drift {
    Inline(usize, Doc),
    Attach(usize, usize),
    Member(usize, usize),
    Document(usize, Doc),
    Login(usize),
}

fn drift() -> impl Strategy<Value = Drift> {
    prop_oneof![
        (0..5_usize, doc()).prop_map(|(who, doc)| Drift::Inline(who, doc)),
        (0..5_usize, 0..2_usize).prop_map(|(who, which)| Drift::Attach(who, which)),
        (0..2_usize, 0..2_usize).prop_map(|(user, group)| Drift::Member(user, group)),
        (0..2_usize, doc()).prop_map(|(which, doc)| Drift::Document(which, doc)),
        (0..2_usize).prop_map(Drift::Login),
    ]
}

fn identity(index: usize) -> Identity {
    match index {
        0 | 1 => Identity::User(format!("u{index}")),
        2 | 3 => Identity::Group(format!("g{}", index - 2)),
        _ => Identity::Role("r".to_owned()),
    }
}

fn perform_drift(state: &mut State, drift: &Drift) {
    let arn = |which: usize| state.account.policy_arn("/", &format!("p{which}"));
    let operation = match drift {
        Drift::Inline(who, doc) => Operation::PutInline {
            on: identity(*who),
            name: "x".to_owned(),
            document: PolicyText::from_json(&json(doc)),
        },
        Drift::Attach(who, which) if state.policies.contains_key(&format!("p{which}")) => {
            if state.holder(&identity(*who)).is_none() {
                return;
            }
            Operation::Attach {
                on: identity(*who),
                arn: arn(*which),
            }
        }
        Drift::Member(user, group) => {
            let (user, group) = (format!("u{user}"), format!("g{group}"));
            if !state.users.contains_key(&user) || !state.groups.contains_key(&group) {
                return;
            }
            Operation::AddMember { user, group }
        }
        Drift::Document(which, doc) => Operation::CreatePolicyVersion {
            name: format!("p{which}"),
            arn: arn(*which),
            document: PolicyText::from_json(&json(doc)),
        },
        Drift::Login(user) => Operation::DeleteLogin {
            user: format!("u{user}"),
        },
        Drift::Attach(..) => return,
    };
    state.perform(&operation);
}

/// Whether a user or role is allowed an action in a state.
fn allowed(state: &State, identity: &Identity, action: &str) -> bool {
    let Some(holder) = state.holder(identity) else {
        return false;
    };
    let mut authorizer = Authorizer::new();
    let groups = state
        .memberships
        .iter()
        .filter(|(user, _)| *identity == Identity::User(user.clone()))
        .filter_map(|(_, group)| state.groups.get(group));
    for holder in groups.chain([holder]) {
        for text in holder.inline.values() {
            authorizer = authorizer.identity(text.document().unwrap());
        }
        for arn in &holder.attached {
            authorizer = authorizer.identity(
                state
                    .policy_by_arn(arn)
                    .unwrap()
                    .1
                    .document
                    .document()
                    .unwrap(),
            );
        }
    }
    if let Some(arn) = &holder.boundary {
        authorizer = authorizer.boundary(
            state
                .policy_by_arn(arn)
                .unwrap()
                .1
                .document
                .document()
                .unwrap(),
        );
    }
    let principal: iam_dsl::Principal = match identity {
        Identity::User(name) => state.account.arn(&format!("user/{name}")),
        other => state
            .account
            .arn(&format!("assumed-role/{}/session", other.name()))
            .replace(":iam:", ":sts:"),
    }
    .parse()
    .unwrap();
    let resource = if action.starts_with("sqs") {
        "arn:aws:sqs:us-east-1:111122223333:q"
    } else {
        "arn:aws:s3:::b/k"
    };
    let request = Request::new(action, resource).unwrap().principal(principal);
    authorizer.decide(&request).is_allowed()
}

/// Which of the users and the role is allowed which action.
fn access(state: &State) -> Vec<bool> {
    let mut all = Vec::new();
    for who in [0, 1, 4] {
        for action in ACTIONS {
            all.push(allowed(state, &identity(who), action));
        }
    }
    all
}

fn perform(observed: &Observed, plan: &Plan) -> Observed {
    plan.prefixes().pop().unwrap_or_else(|| observed.clone())
}

fn warned(plan: &Plan, of: &str) -> bool {
    plan.notes()
        .iter()
        .any(|note| note.to_string().contains(of))
}

/// Plans, saying yes to whatever the planner refuses to do without.
pub(super) fn with_every_yes(mut bundle: Bundle, observed: &Observed) -> (Bundle, Plan) {
    loop {
        let error = match plan(&bundle, observed) {
            Ok(plan) => return (bundle, plan),
            Err(error) => error,
        };
        assert_eq!(error.kind(), crate::ErrorKind::NotOwned, "{error}");
        for problem in error.problems() {
            let yes = problem.message().split("remove_deny(\"").nth(1);
            let yes = yes.and_then(|rest| rest.split('"').next());
            bundle = bundle.remove_deny(yes.unwrap_or_else(|| panic!("{error}")));
        }
    }
}

/// The states on the way when steps run in another order that waits for the
/// same: of those that may begin, `pick` chooses.
pub(super) fn prefixes_of_another_order(
    plan: &Plan,
    mut pick: impl FnMut(usize) -> usize,
) -> Vec<State> {
    let mut left: Vec<usize> = (0..plan.steps.len()).collect();
    let mut now = plan.observed.state.clone();
    let mut all = vec![now.clone()];
    while !left.is_empty() {
        let free: Vec<usize> = left
            .iter()
            .copied()
            .filter(|i| plan.waits[*i].iter().all(|before| !left.contains(before)))
            .collect();
        let chosen = free[pick(free.len())];
        left.retain(|i| *i != chosen);
        now.perform(&plan.steps[chosen].operation);
        all.push(now.clone());
    }
    all
}

/// What each step tells of access is so, and what changes is told.
fn told_is_so(plan: &Plan, prefixes: &[Observed]) -> Result<(), TestCaseError> {
    for (step, states) in plan.steps().iter().zip(prefixes.windows(2)) {
        let (before, after) = (access(&states[0].state), access(&states[1].state));
        for (place, who) in [0, 1, 4].into_iter().enumerate() {
            let who = identity(who).to_string();
            let concerns = |change: &&AccessChange| change.who().contains(&who);
            let told: Vec<&AccessChange> = step.access().iter().filter(concerns).collect();
            let does = |kind| told.iter().any(|change| change.kind() == kind);
            for (number, action) in ACTIONS.iter().enumerate() {
                let i = place * ACTIONS.len() + number;
                let named = |change: &&&AccessChange| change.what().contains(action);
                for change in told.iter().filter(named) {
                    let (from, to) = match change.kind() {
                        AccessChangeKind::Gives => (before[i], after[i]),
                        _ => (after[i], before[i]),
                    };
                    prop_assert!(!from && to || change.is_part(), "{change} in\n{plan}");
                }
                let missing = match (before[i], after[i]) {
                    (false, true) => !does(AccessChangeKind::Gives),
                    (true, false) => !does(AccessChangeKind::Takes),
                    _ => false,
                };
                let is_gone = step.call().starts_with("Delete") && told.is_empty();
                prop_assert!(
                    !missing || is_gone,
                    "{action} of {who} at {step} in\n{plan}"
                );
            }
        }
    }
    Ok(())
}

fn check(
    first: &Desired,
    drifts: &[Drift],
    second: &Desired,
) -> Result<(bool, bool), TestCaseError> {
    let empty = Observed::empty(account());
    let start = plan(&first.bundle(), &empty).unwrap();
    let mut observed = perform(&empty, &start);
    for drift in drifts {
        perform_drift(&mut observed.state, drift);
    }
    let (bundle, change) = with_every_yes(second.bundle(), &observed);
    let prefixes = change.prefixes();
    let (before, after) = (&prefixes[0], &prefixes[prefixes.len() - 1]);

    // A refusal asks for a yes; without one no deny goes that is not declared.
    let again = plan(&bundle, after).unwrap();
    prop_assert!(
        again.is_empty(),
        "not settled:\n{change}\nand then:\n{again}"
    );

    let (extra, lost) = (warned(&change, "neither"), warned(&change, "both allow"));
    let (was, will) = (access(&before.state), access(&after.state));
    for (k, prefix) in prefixes.iter().enumerate() {
        for (i, now) in access(&prefix.state).into_iter().enumerate() {
            prop_assert!(
                extra || !now || was[i] || will[i],
                "extra {i} after {k} steps of\n{change}"
            );
            prop_assert!(
                lost || now || !(was[i] && will[i]),
                "lost {i} after {k} steps of\n{change}"
            );
        }
    }

    told_is_so(&change, &prefixes)?;

    // What runs at the same time may be done in any order.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..3 {
        let pick = |among: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % among
        };
        let states = prefixes_of_another_order(&change, pick);
        prop_assert_eq!(access(&states[states.len() - 1]), will.clone());
        for state in &states {
            for (i, now) in access(state).into_iter().enumerate() {
                prop_assert!(
                    extra || !now || was[i] || will[i],
                    "extra {} when steps run at the same time in\n{}",
                    i,
                    change
                );
                prop_assert!(
                    lost || now || !(was[i] && will[i]),
                    "lost {} when steps run at the same time in\n{}",
                    i,
                    change
                );
            }
        }
    }

    let destroy = plan(&Bundle::new("b"), after).unwrap();
    let nothing = perform(after, &destroy);
    prop_assert_eq!(&nothing.state, &empty.state, "{}", destroy);
    let gone = destroy.prefixes();
    for (k, prefix) in gone.iter().enumerate() {
        for (i, now) in access(&prefix.state).into_iter().enumerate() {
            let told = warned(&destroy, "neither");
            prop_assert!(
                told || !now || will[i],
                "extra {i} after {k} steps of\n{destroy}"
            );
        }
    }
    Ok((extra, lost))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 256 } else { 2_000 }))]

    /// Applied once it is settled, no prefix gives anything extra or loses
    /// anything unless the plan says so, and a destroy leaves nothing.
    #[test]
    fn plans_settle_and_every_prefix_is_safe(
        first in desired(),
        drifts in prop::collection::vec(drift(), 0..4),
        second in desired(),
    ) {
        check(&first, &drifts, &second)?;
    }
}

/// Where one entity changes at a time, as in practice, an order is nearly always found.
#[test]
fn warnings_are_the_exception() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut extra, mut lost, total) = (0, 0, 200);
    for round in 0..total {
        let first = desired().new_tree(&mut runner).unwrap().current();
        let other = desired().new_tree(&mut runner).unwrap().current();
        let mut second = first.clone();
        match round % 4 {
            0 => second.users[0] = other.users[0].clone(),
            1 => second.groups[0] = other.groups[0].clone(),
            2 => second.policies[0] = other.policies[0].clone(),
            _ => second.role = other.role.clone(),
        }
        let (e, l) = check(&first, &[], &second).unwrap();
        extra += usize::from(e);
        lost += usize::from(l);
    }
    println!("of {total} changes: {extra} may give something extra, {lost} may lose something");
    assert!(extra * 5 < total, "{extra}");
}
