//! Changes for which no order of the calls is safe, each judged at every prefix
//! by the evaluator with requests aimed at the policies.

// Helpers of tests fail a test as the tests themselves do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use iam_dsl::AccountId;

use super::MomentKind;
use super::judged::{allows, faults};
use crate::document::PolicyText;
use crate::observed::Observed;
use crate::plan::operation::Operation;
use crate::plan::{Plan, plan, transition};
use crate::state::{Account, Identity};
use crate::{Bundle, ManagedPolicy, PolicyRef, Role, User};

const X: &str = "s3:GetObject";
const Y: &str = "sqs:SendMessage";

fn empty() -> Observed {
    Observed::empty(Account {
        id: AccountId::new("111122223333").unwrap(),
        partition: "aws".to_owned(),
    })
}

fn policy(statements: &[(&str, &str)]) -> iam_dsl::Policy {
    let list: Vec<String> = statements
        .iter()
        .map(|(effect, action)| {
            format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#)
        })
        .collect();
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        list.join(",")
    );
    iam_dsl::Policy::from_json(&text).unwrap()
}

fn applied(bundle: &Bundle, observed: &Observed) -> Observed {
    plan(bundle, observed).unwrap().prefixes().pop().unwrap()
}

/// The plan from one bundle to another, and that it leads there.
fn change(before: &Bundle, after: &Bundle) -> Plan {
    let change = plan(after, &applied(before, &empty())).unwrap();
    let reached = change.prefixes().pop().unwrap();
    assert!(plan(after, &reached).unwrap().is_empty(), "{change}");
    change
}

fn transitions(plan: &Plan) -> usize {
    let puts = plan.steps.iter().filter(|step| {
        matches!(&step.operation, Operation::PutInline { name, .. } if name == transition::NAME)
    });
    puts.count()
}

/// The plan is proved, with so many transitional denies, and the evaluator agrees.
fn is_safe(plan: &Plan, denies: usize) {
    assert!(plan.order().is_proved(), "{plan}");
    assert_eq!(transitions(plan), denies, "{plan}");
    let faults = faults(plan);
    assert!(faults.is_empty(), "{faults:?} in\n{plan}");
}

#[test]
fn a_deny_and_an_allow_that_change_places() {
    let bundle = |deny: &str, allow: &str| {
        let denied = ManagedPolicy::new("denied", policy(&[("Deny", deny)]));
        let allowed = ManagedPolicy::new("allowed", policy(&[("Allow", allow)]));
        let user = User::new("ann").attach(&denied).attach(&allowed);
        let bundle = Bundle::new("b").remove_deny("managed policy denied");
        bundle.with(user).with(denied).with(allowed)
    };
    let plan = change(&bundle(X, X), &bundle(Y, Y));
    is_safe(&plan, 1);
    // What is put first is removed last.
    let calls: Vec<String> = plan.steps().iter().map(|s| s.to_string()).collect();
    assert!(calls[0].contains(transition::NAME), "{calls:?}");
    assert!(
        calls[calls.len() - 1].contains(transition::NAME),
        "{calls:?}"
    );
}

#[test]
fn a_boundary_that_narrows_and_widens_at_once() {
    let bundle = |boundary: &str, allow: &str| {
        let cap = ManagedPolicy::new("cap", policy(&[("Allow", boundary)]));
        let user = User::new("ann")
            .boundary(&cap)
            .inline("i", policy(&[("Allow", allow), ("Allow", "iam:GetUser")]));
        Bundle::new("b").with(user).with(cap)
    };
    is_safe(&change(&bundle(X, Y), &bundle(Y, X)), 1);
    // And as another boundary.
    let bundle = |which: &str, allow: &str| {
        let caps = [X, Y].map(|action| {
            let name = format!("cap-{}", &action[..2]);
            ManagedPolicy::new(name, policy(&[("Allow", action)]))
        });
        let user = User::new("ann")
            .boundary(PolicyRef::own(which))
            .inline("i", policy(&[("Allow", allow)]));
        let [a, b] = caps;
        Bundle::new("b").with(user).with(a).with(b)
    };
    is_safe(&change(&bundle("cap-s3", Y), &bundle("cap-sq", X)), 1);
}

/// Of two shared documents the one is a policy of both and the other a policy of
/// ann and the boundary of bob: ann would lose X in the one order, bob get it in the other.
#[test]
fn a_document_shared_by_identities_that_need_opposite_orders() {
    let bundle = |first: &[(&str, &str)], second: &[(&str, &str)]| {
        let first = ManagedPolicy::new("first", policy(first));
        let second = ManagedPolicy::new("second", policy(second));
        let ann = User::new("ann").attach(&first).attach(&second);
        let bob = User::new("bob").attach(&first).boundary(&second);
        let bundle = Bundle::new("b").with(ann).with(bob);
        bundle.with(first).with(second)
    };
    let z = ("Allow", "sns:Publish");
    let before = bundle(&[("Allow", Y)], &[("Allow", X), z]);
    let after = bundle(&[("Allow", X), ("Allow", Y)], &[z]);
    let plan = change(&before, &after);
    is_safe(&plan, 1);
    let bob = Identity::User("bob".to_owned());
    assert!(plan.steps.iter().any(|step| {
        matches!(&step.operation, Operation::PutInline { on, name, .. } if *on == bob && name == transition::NAME)
    }));
}

fn role(trusted: &str, allow: &str) -> Bundle {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{trusted}.amazonaws.com"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let trust: iam_dsl::TrustPolicy = trust.parse().unwrap();
    Bundle::new("b").with(Role::new("r", trust).inline("i", policy(&[("Allow", allow)])))
}

/// Whom a role will no longer let in has no more than before, whom it newly lets
/// in no more than after: at no prefix does ec2 reach Y or lambda X.
#[test]
fn a_role_whose_trust_and_permissions_both_change() {
    let plan = change(&role("ec2", X), &role("lambda", Y));
    is_safe(&plan, 1);
    let who = Identity::Role("r".to_owned());
    for state in plan.prefixes() {
        let trust = state.state.roles["r"].trust.json().to_owned();
        let may = |action| allows(&state.state, &who, action, "arn:aws:s3:::a/b");
        let queue = || {
            allows(
                &state.state,
                &who,
                Y,
                "arn:aws:sqs:us-east-1:111122223333:q",
            )
        };
        assert!(!(trust.contains("ec2") && queue()), "{plan}");
        let last = plan.prefixes().len();
        assert!(last > 0 && !(trust.contains("lambda") && may(X)), "{plan}");
    }
}

/// A crash leaves the transitional deny, and the next plan removes it.
#[test]
fn a_leftover_is_swept_up_from_every_prefix() {
    let (before, after) = (role("ec2", X), role("lambda", Y));
    let plan_ = change(&before, &after);
    for prefix in plan_.prefixes() {
        for wanted in [&before, &after] {
            let next = plan(wanted, &prefix).unwrap();
            let end = next.prefixes().pop().unwrap();
            assert!(plan(wanted, &end).unwrap().is_empty(), "{next}");
            let inline = &end.state.roles["r"].holder.inline;
            assert!(!inline.contains_key(transition::NAME), "{next}");
            assert!(faults(&next).is_empty(), "{next}");
        }
    }
}

/// Where the deny does not fit into the quota the plan says what is so.
#[test]
fn what_does_not_fit_is_told() {
    let topics: Vec<String> = (0..46)
        .map(|n| format!(r#""arn:aws:sns:us-east-1:111122223333:t{n}""#))
        .collect();
    let filler = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"sns:Publish","Resource":[{}]}}]}}"#,
        topics.join(",")
    );
    let filler = iam_dsl::Policy::from_json(&filler).unwrap();
    let bundle = |deny: &str, allow: &str| {
        let denied = ManagedPolicy::new("denied", policy(&[("Deny", deny)]));
        let allowed = ManagedPolicy::new("allowed", policy(&[("Allow", allow)]));
        let user = User::new("ann").attach(&denied).attach(&allowed);
        Bundle::new("b")
            .remove_deny("managed policy denied")
            .with(user.inline("filler", filler.clone()))
            .with(denied)
            .with(allowed)
    };
    let plan = change_told(&bundle(X, X), &bundle(Y, Y));
    let moments = plan.order().moments();
    assert_eq!(moments.len(), 1, "{plan}");
    assert_eq!(moments[0].kind(), MomentKind::Extra);
    assert_eq!(moments[0].who(), "user ann");
    // And so says the evaluator, of the same moment.
    let faults = faults(&plan);
    assert!(
        faults
            .iter()
            .all(|fault| fault.is_extra && fault.after == moments[0].after_step())
    );
    assert!(!faults.is_empty());
}

fn change_told(before: &Bundle, after: &Bundle) -> Plan {
    plan(after, &applied(before, &empty())).unwrap()
}

/// What is not read may be anything: the proof holds for all of it, or says so.
#[test]
fn a_policy_of_aws_is_taken_for_whatever_it_allows() {
    let bundle = |own: bool| {
        let user = User::new("ann").attach(PolicyRef::aws("ReadOnlyAccess"));
        Bundle::new("b").with(match own {
            true => user.inline("i", policy(&[("Allow", X)])),
            false => user.inline("j", policy(&[("Allow", Y)])),
        })
    };
    let change = change_told(&bundle(true), &bundle(false));
    assert!(change.order().is_proved(), "{change}");
    // A document that cannot be read goes while others change.
    let mut observed = applied(&bundle(true), &empty());
    observed.state.perform(&Operation::PutInline {
        on: Identity::User("ann".to_owned()),
        name: "odd".to_owned(),
        document: PolicyText::from_json(r#"{"Statement":"none"}"#),
    });
    let wanted = bundle(false).remove_deny("inline policy odd of user ann");
    let change = plan(&wanted, &observed).unwrap();
    assert!(change.order().is_proved(), "{change}");
}
