//! A random walk of desired states with drift and crashes in between: it always
//! converges, and no prefix of any plan gives or takes for a moment what the
//! plan does not tell, as judged by the evaluator on requests aimed at the
//! policies. Documents are of the whole language: conditions, variables,
//! everything but.

// Helpers of tests fail a test as the tests themselves do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use iam_dsl::analyze::Access;
use iam_dsl::testing::document;
use iam_dsl::{AccountId, Document, PolicyKind, Principal, Request};
use proptest::prelude::*;

use super::proof::judged::{faults, faults_of};
use super::tests::{prefixes_of_another_order, with_every_yes};
use super::transition;
use super::{MomentKind, Plan, plan};
use crate::document::PolicyText;
use crate::error::ErrorKind;
use crate::observed::Observed;
use crate::plan::operation::Operation;
use crate::state::{Account, Identity, State};
use crate::{Bundle, Group, ManagedPolicy, PolicyRef, Role, User};

/// What a user, group or role holds: an inline policy and attachments.
type Held = (Option<Document>, [bool; 2]);

#[derive(Clone, Debug)]
struct Wanted {
    managed: [Document; 2],
    /// Two users, with the boundary and whether it is a member.
    users: [Option<(Held, Option<usize>, bool)>; 2],
    group: Held,
    role: Option<(Held, Option<usize>, u8)>,
}

const TRUSTED: [&str; 3] = [
    "ec2.amazonaws.com",
    "lambda.amazonaws.com",
    "ecs.amazonaws.com",
];

fn held() -> impl Strategy<Value = Held> {
    (
        prop::option::of(document(PolicyKind::Identity)),
        any::<[bool; 2]>(),
    )
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let bound = || prop::option::weighted(0.3, 0..2_usize);
    let user = move || prop::option::weighted(0.8, (held(), bound(), any::<bool>()));
    (
        [
            document(PolicyKind::Identity),
            document(PolicyKind::Identity),
        ],
        [user(), user()],
        held(),
        prop::option::weighted(0.7, (held(), bound(), 1..8_u8)),
    )
        .prop_map(|(managed, users, group, role)| Wanted {
            managed,
            users,
            group,
            role,
        })
}

fn policy(document: &Document) -> Option<iam_dsl::Policy> {
    iam_dsl::Policy::from_json(&document.to_json()).ok()
}

fn own(which: usize) -> PolicyRef {
    PolicyRef::own(format!("p{which}"))
}

impl Wanted {
    fn bundle(&self) -> Option<Bundle> {
        let mut bundle = Bundle::new("b");
        for (i, document) in self.managed.iter().enumerate() {
            bundle = bundle.with(ManagedPolicy::new(format!("p{i}"), policy(document)?));
        }
        let attached = |held: &Held| {
            let each = held.1.into_iter().enumerate();
            each.filter(|(_, on)| *on)
                .map(|(i, _)| own(i))
                .collect::<Vec<_>>()
        };
        let mut group = Group::new("g");
        if let Some(document) = &self.group.0 {
            group = group.inline("i", policy(document)?);
        }
        let mut group = attached(&self.group).into_iter().fold(group, Group::attach);
        for (i, user) in self.users.iter().enumerate() {
            let Some((held, bound, is_member)) = user else {
                continue;
            };
            let mut user = User::new(format!("u{i}"));
            if let Some(document) = &held.0 {
                user = user.inline("i", policy(document)?);
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
            let services: Vec<&str> = TRUSTED
                .into_iter()
                .enumerate()
                .filter(|(i, _)| trusted & (1 << i) != 0)
                .map(|(_, service)| service)
                .collect();
            let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole",
            }]});
            let trust: iam_dsl::TrustPolicy = trust.to_string().parse().ok()?;
            let mut role = Role::new("r", trust);
            if let Some(document) = &held.0 {
                role = role.inline("i", policy(document)?);
            }
            if let Some(bound) = bound {
                role = role.boundary(own(*bound));
            }
            bundle = bundle.with(attached(held).into_iter().fold(role, Role::attach));
        }
        Some(bundle.with(group))
    }
}

/// One stretch of the walk: what is done behind our back, what is wanted then, and
/// after how many calls the apply is cut off, if it is.
type Stretch = (Option<(usize, Document)>, Wanted, Option<u8>);

fn stretch() -> impl Strategy<Value = Stretch> {
    (
        prop::option::weighted(0.4, (0..4_usize, document(PolicyKind::Identity))),
        wanted(),
        prop::option::weighted(0.3, any::<u8>()),
    )
}

fn drift(state: &mut State, who: usize, document: &Document) {
    let on = match who {
        0 | 1 => Identity::User(format!("u{who}")),
        2 => Identity::Group("g".to_owned()),
        _ => Identity::Role("r".to_owned()),
    };
    state.perform(&Operation::PutInline {
        on,
        name: "x".to_owned(),
        document: PolicyText::from_json(&document.to_json()),
    });
}

/// Whether what a service reaches through the role is safe at every prefix: what
/// it may assume and what the role may do count together.
fn reached_is_safe(plan: &Plan) -> bool {
    let states: Vec<State> = plan.prefixes().into_iter().map(|o| o.state).collect();
    let lets_in = |state: &State, service: &str| {
        let Some(role) = state.roles.get("r") else {
            return false;
        };
        let principal: Principal = service.parse().unwrap();
        let request = Request::new("sts:AssumeRole", "arn:aws:iam::111122223333:role/r").unwrap();
        Access::trust(role.trust.document().unwrap()).allows(&request.principal(principal))
    };
    TRUSTED.iter().all(|service| {
        let (before, after) = (&states[0], &states[states.len() - 1]);
        let nobody = |state: &State| {
            let mut state = state.clone();
            if !lets_in(&state, service) {
                state.roles.remove("r");
            }
            state
        };
        // What the service has: the role's where it is let in, else nothing.
        let mut seen: Vec<State> = states.iter().map(nobody).collect();
        seen[0] = nobody(before);
        let last = seen.len() - 1;
        seen[last] = nobody(after);
        let role = Identity::Role("r".to_owned());
        faults_of(&seen)
            .iter()
            .all(|fault| fault.who != role || !fault.is_extra)
    })
}

fn walk(stretches: &[Stretch]) -> Result<(), TestCaseError> {
    let mut observed = Observed::empty(Account {
        id: AccountId::new("111122223333").unwrap(),
        partition: "aws".to_owned(),
    });
    for (drifted, wanted, cut) in stretches {
        if let Some((who, document)) = drifted {
            drift(&mut observed.state, *who, document);
        }
        let Some(bundle) = wanted.bundle() else {
            continue;
        };
        if let Err(error) = plan(&bundle, &observed)
            && error.kind() != ErrorKind::NotOwned
        {
            // What IAM would refuse for its size.
            prop_assert_eq!(error.kind(), ErrorKind::InvalidBundle);
            continue;
        }
        let (bundle, change) = with_every_yes(bundle, &observed);
        let is_told = |who: &Identity, is_extra: bool| {
            let kind = if is_extra {
                MomentKind::Extra
            } else {
                MomentKind::Lost
            };
            change.order().moments().iter().any(|moment| {
                moment.who() == who.to_string()
                    && (moment.kind() == kind || moment.kind() == MomentKind::Unknown)
            })
        };
        for fault in faults(&change) {
            prop_assert!(
                is_told(&fault.who, fault.is_extra),
                "{fault:?} in\n{change}"
            );
        }
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let pick = |among: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % among
        };
        let states = prefixes_of_another_order(&change, pick);
        for fault in faults_of(&states) {
            prop_assert!(
                is_told(&fault.who, fault.is_extra),
                "{fault:?} when steps run at the same time in\n{change}"
            );
        }
        let role = Identity::Role("r".to_owned());
        prop_assert!(is_told(&role, true) || reached_is_safe(&change), "{change}");

        let prefixes = change.prefixes();
        let reached = prefixes[prefixes.len() - 1].clone();
        let again = plan(&bundle, &reached).unwrap();
        prop_assert!(
            again.is_empty(),
            "not settled:\n{change}\nand then:\n{again}"
        );
        for identity in reached.state.identities() {
            let holder = reached.state.holder(&identity).unwrap();
            prop_assert!(!holder.inline.contains_key(transition::NAME), "{change}");
        }
        observed = match cut {
            Some(cut) => prefixes[usize::from(*cut) % prefixes.len()].clone(),
            None => reached,
        };
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 12 } else { 1_000 }))]

    #[test]
    fn a_random_walk_converges_and_every_prefix_is_told(
        stretches in prop::collection::vec(stretch(), 1..4),
    ) {
        walk(&stretches)?;
    }
}

/// How often orders are proved.
#[derive(Debug, Default)]
struct Proofs {
    changes: usize,
    proved: usize,
    /// Ways on from a prefix of a proved plan, as after a crash.
    rests: usize,
    rests_proved: usize,
}

/// Proves the changes from one random bundle to another, made of both.
fn proofs(rounds: usize, second: impl Fn(usize, &Wanted, Wanted) -> Wanted) -> Proofs {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut all = Proofs::default();
    for round in 0..rounds {
        let [first, other] = [(), ()].map(|()| wanted().new_tree(&mut runner).unwrap().current());
        let second = second(round, &first, other);
        let empty = Observed::empty(Account {
            id: AccountId::new("111122223333").unwrap(),
            partition: "aws".to_owned(),
        });
        let (Some(first), Some(second)) = (first.bundle(), second.bundle()) else {
            continue;
        };
        let Ok(start) = plan(&first, &empty) else {
            continue;
        };
        let observed = start.prefixes().pop().unwrap();
        if plan(&second, &observed).is_err_and(|error| error.kind() != ErrorKind::NotOwned) {
            continue;
        }
        let (bundle, change) = with_every_yes(second, &observed);
        all.changes += 1;
        if !change.order().is_ordered() {
            continue;
        }
        all.proved += 1;
        for prefix in change.prefixes() {
            all.rests += 1;
            let (_, rest) = with_every_yes(bundle.clone(), &prefix);
            all.rests_proved += usize::from(rest.order().is_ordered());
        }
    }
    println!("{all:?}");
    all
}

/// Where one entity changes at a time, as in practice.
#[test]
fn orders_of_one_change_are_proved() {
    let all = proofs(40, |round, first, other| {
        let mut second = first.clone();
        match round % 4 {
            0 => second.users[0] = other.users[0].clone(),
            1 => second.group = other.group.clone(),
            2 => second.managed[0] = other.managed[0].clone(),
            _ => second.role = other.role.clone(),
        }
        second
    });
    assert!(all.changes > 25, "{all:?}");
    assert_eq!(all.proved, all.changes);
    assert_eq!(all.rests_proved, all.rests);
}

/// Where everything changes at once, and from wherever a crash leaves it.
#[test]
fn nearly_all_orders_of_whole_changes_are_proved() {
    let all = proofs(30, |_, _, other| other);
    assert!(all.changes > 20, "{all:?}");
    assert!(all.proved * 10 >= all.changes * 9, "{all:?}");
    assert!(all.rests_proved * 100 >= all.rests * 99, "{all:?}");
}
