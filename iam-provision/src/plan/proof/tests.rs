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
    assert!(plan.order().is_ordered(), "{plan}");
    assert_eq!(transitions(plan), denies, "{plan}");
    let faults = faults(plan);
    assert!(faults.is_empty(), "{faults:?} in\n{plan}");
}

fn denied_and_allowed(action: &str) -> Bundle {
    let denied = ManagedPolicy::new("denied", policy(&[("Deny", action)]));
    let allowed = ManagedPolicy::new("allowed", policy(&[("Allow", action)]));
    let user = User::new("ann").attach(&denied).attach(&allowed);
    let bundle = Bundle::new("b").remove_deny("managed policy denied");
    bundle.with(user).with(denied).with(allowed)
}

#[test]
fn a_deny_and_an_allow_that_change_places() {
    let plan = change(&denied_and_allowed(X), &denied_and_allowed(Y));
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
    // The trust policy is narrowed first and widened last.
    is_safe(&plan, 0);
    assert_eq!(plan.steps().len(), 3, "{plan}");
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

/// Two documents that change places: in either order one of the two actions would
/// be lost, and with each deny that goes another allow would come too early.
#[test]
fn documents_that_change_places_are_bridged() {
    let (z, w) = ("sns:Publish", "kms:Decrypt");
    let bundle = |first: [(&str, &str); 2], second: [(&str, &str); 2]| {
        let first = ManagedPolicy::new("first", policy(&first));
        let second = ManagedPolicy::new("second", policy(&second));
        let user = User::new("ann").attach(&first).attach(&second);
        let bundle = Bundle::new("b").remove_deny("managed policy first");
        let bundle = bundle.remove_deny("managed policy second");
        bundle.with(user).with(first).with(second)
    };
    let before = bundle([("Allow", X), ("Deny", z)], [("Allow", Y), ("Allow", z)]);
    let after = bundle([("Allow", Y), ("Allow", w)], [("Allow", X), ("Deny", w)]);
    let plan_ = change(&before, &after);
    is_safe(&plan_, 1);
    // From wherever a crash leaves it, the rest of the way is safe too.
    for prefix in plan_.prefixes() {
        let rest = plan(&after, &prefix).unwrap();
        assert!(rest.order().is_ordered(), "{rest}");
        assert!(faults(&rest).is_empty(), "{rest}");
    }
}

/// Of a role that lets in ec2 and lambda, and then lambda and ecs, those who stay
/// are let in all along, ec2 never has what is new, and ecs not what was.
#[test]
fn a_trust_policy_that_changes_both_ways_is_narrowed_first() {
    let (z, w) = ("sns:Publish", "kms:Decrypt");
    let bundle = |services: [&str; 2], inline: &[(&str, &str)], managed: &[(&str, &str)]| {
        let services = services.map(|name| format!("{name}.amazonaws.com"));
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole",
        }]});
        let trust: iam_dsl::TrustPolicy = trust.to_string().parse().unwrap();
        let managed = ManagedPolicy::new("managed", policy(managed));
        let role = Role::new("r", trust).inline("i", policy(inline));
        Bundle::new("b").with(role.attach(&managed)).with(managed)
    };
    let (before, after) = (
        bundle(
            ["ec2", "lambda"],
            &[("Allow", X), ("Allow", w)],
            &[("Allow", Y)],
        ),
        bundle(
            ["lambda", "ecs"],
            &[("Allow", Y)],
            &[("Allow", X), ("Allow", z)],
        ),
    );
    let plan = change(&before, &after);
    assert!(plan.order().is_ordered(), "{plan}");
    let who = Identity::Role("r".to_owned());
    let mut saw_both_alone = false;
    for state in plan.prefixes() {
        let trust = state.state.roles["r"].trust.json().to_owned();
        let [ec2, lambda, ecs] = ["ec2", "lambda", "ecs"].map(|name| trust.contains(name));
        let topic = "arn:aws:sns:us-east-1:111122223333:t";
        let key = "arn:aws:kms:us-east-1:111122223333:key/k";
        let publishes = allows(&state.state, &who, z, topic);
        let decrypts = allows(&state.state, &who, w, key);
        let reads = allows(&state.state, &who, X, "arn:aws:s3:::a/b");
        assert!(lambda && reads, "{plan}");
        assert!(!(ec2 && publishes), "{plan}");
        assert!(!(ecs && decrypts), "{plan}");
        saw_both_alone |= !ec2 && !ecs;
    }
    assert!(saw_both_alone, "{plan}");
}

/// A trust policy from which one service of several goes only narrows.
#[test]
fn a_service_that_goes_from_a_list_goes_first() {
    let bundle = |services: &[&str], allow: &str| {
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole",
        }]});
        let trust: iam_dsl::TrustPolicy = trust.to_string().parse().unwrap();
        Bundle::new("b").with(Role::new("r", trust).inline("i", policy(&[("Allow", allow)])))
    };
    let both = ["ec2.amazonaws.com", "lambda.amazonaws.com"];
    let plan = change(&bundle(&both, X), &bundle(&both[..1], Y));
    is_safe(&plan, 0);
    assert_eq!(plan.steps().len(), 2, "{plan}");
    assert_eq!(plan.steps()[0].call(), "UpdateAssumeRolePolicy");
}

fn allow_with(condition: &str, resource: &str) -> iam_dsl::Policy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{X}","Resource":"{resource}"{condition}}}]}}"#
    );
    iam_dsl::Policy::from_json(&text).unwrap()
}

/// A user's tags and the policies that ask about them change together: the order
/// is proved with the values, or told.
#[test]
fn tags_that_policies_ask_about_are_part_of_the_order() {
    let bundle = |team: &str, documents: [iam_dsl::Policy; 2]| {
        let [first, second] = documents;
        let user = User::new("ann").tag("team", team);
        Bundle::new("b").with(user.inline("first", first).inline("second", second))
    };
    let team = |team: &str| {
        format!(r#","Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"{team}"}}}}"#)
    };
    let on = |name: &str, condition: &str| allow_with(condition, &format!("arn:aws:s3:::{name}/*"));
    // Red may read one bucket and blue another; the tag and both documents change.
    let before = bundle("red", [on("a", &team("red")), on("b", &team("blue"))]);
    let after = bundle("blue", [on("c", &team("red")), on("d", &team("blue"))]);
    let plan_ = change(&before, &after);
    assert!(plan_.order().is_ordered(), "{plan_}");
    let names: Vec<String> = plan_.steps().iter().map(ToString::to_string).collect();
    let place = |what: &str| names.iter().position(|name| name.contains(what)).unwrap();
    // With red and the new first document it could read c.
    assert!(place("tag") < place("policy first"), "{plan_}");

    // The same of a role is not known: its sessions may have other tags.
    let role = |team: &str, documents: [iam_dsl::Policy; 2]| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let [first, second] = documents;
        let trust: iam_dsl::TrustPolicy = trust.parse().unwrap();
        let role = Role::new("r", trust).tag("team", team);
        Bundle::new("b").with(role.inline("first", first).inline("second", second))
    };
    let before = role("red", [on("a", &team("red")), on("b", &team("blue"))]);
    let after = role("blue", [on("c", &team("red")), on("d", &team("blue"))]);
    let plan_ = change(&before, &after);
    let moments = plan_.order().moments();
    assert!(
        moments.iter().any(|m| m.kind() == MomentKind::Unknown),
        "{plan_}"
    );
}

/// Who may assume a role only where its trust policy lets them in.
#[test]
fn a_role_that_does_not_let_in_a_user_is_not_reached_by_it() {
    let bundle = |service: bool, allow: &str, with: &str| {
        let principal = if service {
            r#"{"Service":"ec2.amazonaws.com"}"#
        } else {
            r#"{"AWS":"111122223333"}"#
        };
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
        );
        let trust: iam_dsl::TrustPolicy = trust.parse().unwrap();
        let role = Role::new("r", trust).inline("i", policy(&[("Allow", allow)]));
        let user = User::new("ann").inline("i", policy(&[("Allow", with)]));
        Bundle::new("b").with(role).with(user)
    };
    for service in [true, false] {
        // The role loses what the user, who newly may assume it, is not to have.
        let before = bundle(service, X, "sns:Publish");
        let after = bundle(service, Y, "sts:AssumeRole");
        let plan_ = change(&before, &after);
        assert_eq!(plan_.order().is_ordered(), service, "{plan_}");
    }
}

/// A permission that moves from a user to a role that it may assume, or back, is
/// there before it goes.
#[test]
fn what_moves_between_a_user_and_its_role_is_never_lost() {
    let bundle = |own: &[(&str, &str)], of_role: &[(&str, &str)]| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
        let trust: iam_dsl::TrustPolicy = trust.parse().unwrap();
        let user = User::new("ann")
            .inline("assume", policy(&[("Allow", "sts:AssumeRole")]))
            .inline("own", policy(own));
        let role = Role::new("r", trust).inline("i", policy(of_role));
        Bundle::new("b").with(user).with(role)
    };
    let z = ("Allow", "sns:Publish");
    let (first, second) = (
        bundle(&[("Allow", X), z], &[z]),
        bundle(&[z], &[("Allow", X), z]),
    );
    for (before, after) in [(&first, &second), (&second, &first)] {
        let plan_ = change(before, after);
        assert!(plan_.order().is_proved(), "{plan_}");
        for state in plan_.prefixes() {
            let reaches = [
                Identity::User("ann".to_owned()),
                Identity::Role("r".to_owned()),
            ]
            .iter()
            .any(|who| allows(&state.state, who, X, "arn:aws:s3:::a/b"));
            assert!(reaches, "{plan_}");
        }
    }
    // Where two change places no order keeps both, and it is told.
    let (first, second) = (
        bundle(&[("Allow", X)], &[("Allow", Y)]),
        bundle(&[("Allow", Y)], &[("Allow", X)]),
    );
    let plan_ = change(&first, &second);
    let moments = plan_.order().moments();
    assert!(
        moments.iter().any(|m| m.kind() == MomentKind::Lost),
        "{plan_}"
    );
}

/// A crash leaves the transitional policy, and the next plan removes it, whether it
/// goes on or goes back.
#[test]
fn a_leftover_is_swept_up_from_every_prefix() {
    let (before, after) = (denied_and_allowed(X), denied_and_allowed(Y));
    let plan_ = change(&before, &after);
    let is_there = |state: &Observed| {
        let inline = &state.state.users["ann"].holder.inline;
        inline.contains_key(transition::NAME)
    };
    assert!(plan_.prefixes().iter().any(is_there), "{plan_}");
    for prefix in plan_.prefixes() {
        for wanted in [&before, &after] {
            let next = plan(wanted, &prefix).unwrap();
            let end = next.prefixes().pop().unwrap();
            assert!(plan(wanted, &end).unwrap().is_empty(), "{next}");
            assert!(!is_there(&end), "{next}");
            assert!(next.order().is_proved(), "{next}");
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
    assert!(change.order().is_ordered(), "{change}");
    // A document that cannot be read goes while others change.
    let mut observed = applied(&bundle(true), &empty());
    observed.state.perform(&Operation::PutInline {
        on: Identity::User("ann".to_owned()),
        name: "odd".to_owned(),
        document: PolicyText::from_json(r#"{"Statement":"none"}"#),
    });
    let wanted = bundle(false).remove_deny("inline policy odd of user ann");
    let change = plan(&wanted, &observed).unwrap();
    assert!(change.order().is_ordered(), "{change}");
}

fn trusting(condition: &str) -> iam_dsl::TrustPolicy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
    );
    text.parse().unwrap()
}

/// A user's tag that a trust policy asks about lets the user in, so it is part of the
/// order of the calls on the role: told where that is not proved.
#[test]
fn a_tag_that_a_trust_policy_asks_about_is_part_of_the_order() {
    let red = r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#;
    let blue = r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}"#;
    let bundle = |tag: &str, condition: &str, action: &str| {
        let role = Role::new("r", trusting(condition)).inline("i", policy(&[("Allow", action)]));
        let assume = policy(&[("Allow", "sts:AssumeRole")]);
        Bundle::new("b")
            .with(User::new("ann").tag("team", tag).inline("i", assume))
            .with(role)
    };
    let moments = |before: &Bundle, after: &Bundle| -> Vec<(MomentKind, String)> {
        let change = change(before, after);
        let moments = change.order().moments().iter();
        moments.map(|m| (m.kind(), m.who().to_owned())).collect()
    };
    let told = (MomentKind::Unknown, "user ann".to_owned());
    // Neither before nor after is ann let in; with the new tag and the old trust she is.
    let (before, after) = (bundle("blue", red, X), bundle("red", blue, X));
    assert!(moments(&before, &after).contains(&told));
    // Let in both times, and not with one of the two.
    let (before, after) = (bundle("red", red, X), bundle("blue", blue, X));
    assert!(moments(&before, &after).contains(&told));
    // Newly let in, and the role is no longer what it was: in this order or told.
    let change = change(&bundle("blue", red, X), &bundle("red", red, Y));
    let names: Vec<String> = change.steps().iter().map(ToString::to_string).collect();
    let place = |what: &str| names.iter().position(|name| name.contains(what)).unwrap();
    let is_last = place("tags of user ann") > place("policy i of role r");
    assert_eq!(change.order().is_proved(), is_last, "{change}");
    // The tag alone lets in at once, and nothing else changes.
    assert!(moments(&bundle("blue", red, X), &bundle("red", red, X)).is_empty());
    // A tag of which it does not speak is of no matter.
    assert!(moments(&bundle("blue", "", X), &bundle("red", "", Y)).is_empty());
}

/// A path is part of the ARN that conditions ask about.
#[test]
fn a_path_that_policies_ask_about_is_told() {
    let at = |path: &str| {
        format!(
            r#","Condition":{{"ArnLike":{{"aws:PrincipalArn":"arn:aws:iam::111122223333:user{path}*"}}}}"#
        )
    };
    let bundle = |path: &str, asked: &str| {
        let user = User::new("ann").path(path);
        Bundle::new("b").with(user.inline("i", allow_with(asked, "*")))
    };
    // Neither may do it before nor after, but in between.
    let change_ = change(&bundle("/x/", &at("/y/")), &bundle("/y/", &at("/x/")));
    let moments = change_.order().moments();
    assert_eq!(moments[0].kind(), MomentKind::Unknown, "{change_}");
    assert!(moments[0].what().contains("its ARN"), "{change_}");
    for (before, after) in [
        // The path alone, and policies that do not ask.
        (bundle("/x/", &at("/y/")), bundle("/y/", &at("/y/"))),
        (
            bundle("/x/", ""),
            bundle(
                "/y/",
                r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
            ),
        ),
    ] {
        is_safe(&change(&before, &after), 0);
    }
}

/// A role's tags are not changed by making the role, by deleting it, or by policies
/// that newly ask about them.
#[test]
fn a_role_is_made_with_policies_that_ask_about_its_tags() {
    let red = r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#;
    let role = || Role::new("r", trusting("")).tag("team", "red");
    let asking = role().inline("i", allow_with(red, "*"));
    let asking = Bundle::new("b").with(asking.inline("j", policy(&[("Allow", Y)])));
    let tagged = Bundle::new("b").with(role());
    let none = Bundle::new("b");
    for (before, after) in [(&none, &asking), (&tagged, &asking), (&asking, &none)] {
        is_safe(&change(before, after), 0);
    }
}
