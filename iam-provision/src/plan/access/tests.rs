//! What steps tell of access, on changes whose meaning is plain.

// Helpers of tests fail a test as the tests themselves do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use iam_dsl::AccountId;

use crate::document::PolicyText;
use crate::observed::Observed;
use crate::plan::operation::Operation;
use crate::plan::plan;
use crate::state::{Account, Identity};
use crate::{Bundle, Group, ManagedPolicy, PolicyRef, Role, User};

fn account() -> Account {
    Account {
        id: AccountId::new("111122223333").unwrap(),
        partition: "aws".to_owned(),
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn policy(statements: &str) -> iam_dsl::Policy {
    iam_dsl::Policy::from_json(&document(statements)).unwrap()
}

fn allow(actions: &str, resources: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}"#)
}

/// What the steps from one bundle to another tell of access, with what was done in between.
fn told_after(before: Bundle, drift: Option<Operation>, after: Bundle) -> Vec<String> {
    let mut observed = plan(&before, &Observed::empty(account()))
        .unwrap()
        .prefixes()
        .pop()
        .unwrap();
    if let Some(operation) = drift {
        observed.state.perform(&operation);
    }
    let plan = plan(&after, &observed).unwrap();
    let steps = plan.steps().iter();
    steps
        .flat_map(|step| step.access().iter().map(ToString::to_string))
        .collect()
}

fn told(before: Bundle, after: Bundle) -> Vec<String> {
    told_after(before, None, after)
}

fn ann(statements: &str) -> Bundle {
    Bundle::new("b").with(User::new("ann").inline("i", policy(statements)))
}

#[test]
fn an_action_more_is_given_and_no_other() {
    let logs = r#""arn:aws:s3:::logs/*""#;
    assert_eq!(
        told(
            ann(&allow(r#""s3:GetObject""#, logs)),
            ann(&allow(r#"["s3:GetObject","s3:DeleteObject"]"#, logs)),
        ),
        ["gives user ann: s3:DeleteObject on arn:aws:s3:::logs/*"]
    );
    assert_eq!(
        told(
            ann(&allow(r#"["s3:GetObject","s3:DeleteObject"]"#, logs)),
            ann(&allow(r#""s3:GetObject""#, logs)),
        ),
        ["takes from user ann: s3:DeleteObject on arn:aws:s3:::logs/*"]
    );
}

#[test]
fn what_was_allowed_otherwise_is_no_change() {
    let all = allow(r#""s3:*""#, r#""*""#);
    let user = |extra: bool| {
        let user = User::new("ann").inline("all", policy(&all));
        Bundle::new("b").with(match extra {
            true => user.inline("get", policy(&allow(r#""s3:GetObject""#, r#""*""#))),
            false => user,
        })
    };
    assert!(told(user(false), user(true)).is_empty());
    assert!(told(user(true), user(false)).is_empty());
}

#[test]
fn a_part_is_told_as_a_part_with_a_request_that_shows_it() {
    assert_eq!(
        told(
            ann(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::logs/*""#)),
            ann(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::*""#)),
        ),
        [
            "gives user ann part of: s3:GetObject on arn:aws:s3:::*, such as s3:GetObject on arn:aws:s3:::example"
        ]
    );
}

#[test]
fn a_deny_takes_what_it_hits_and_gives_it_back() {
    let all = allow(r#""*""#, r#""*""#);
    let with = format!(
        r#"{all},{{"Effect":"Deny","Action":"s3:Delete*","Resource":"*","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#
    );
    assert_eq!(
        told(ann(&all), ann(&with)),
        ["takes from user ann: s3:Delete* on * when aws:MultiFactorAuthPresent is false (Bool)"]
    );
    let user = |deny: bool| {
        let user = User::new("ann").inline("all", policy(&all));
        let only = r#"{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}"#;
        let bundle = Bundle::new("b").remove_deny("inline policy deny of user ann");
        bundle.with(match deny {
            true => user.inline("deny", policy(only)),
            false => user,
        })
    };
    assert_eq!(
        told(user(true), user(false)),
        ["gives user ann: s3:Delete* on *"]
    );
}

#[test]
fn a_boundary_limits_what_is_given() {
    let bundle = |wide: bool| {
        let cap = ManagedPolicy::new("cap", policy(&allow(r#""s3:*""#, r#""*""#)));
        let user = User::new("ann").boundary(&cap);
        let actions = if wide {
            r#"["s3:PutObject","sqs:SendMessage"]"#
        } else {
            r#""sns:Publish""#
        };
        let user = user.inline("i", policy(&allow(actions, r#""*""#)));
        Bundle::new("b").with(user).with(cap)
    };
    assert_eq!(
        told(bundle(false), bundle(true)),
        ["gives user ann: s3:PutObject on *"]
    );
}

#[test]
fn members_and_holders_are_told_in_one_line() {
    let bundle = |actions: &str| {
        let shared = ManagedPolicy::new("p", policy(&allow(actions, r#""*""#)));
        Bundle::new("b")
            .with(User::new("ann"))
            .with(User::new("bob").attach(&shared))
            .with(Group::new("g").member("ann").attach(&shared))
            .with(shared)
    };
    assert_eq!(
        told(
            bundle(r#""s3:GetObject""#),
            bundle(r#"["s3:GetObject","s3:PutObject"]"#)
        ),
        ["gives user ann, user bob: s3:PutObject on *"]
    );
}

/// A condition about somebody else gives nothing, however the request is made.
#[test]
fn who_it_is_counts() {
    let of = |name: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{{"StringEquals":{{"aws:username":"{name}"}}}}}}"#
        )
    };
    let nothing = Bundle::new("b").with(User::new("ann"));
    assert_eq!(told(nothing.clone(), ann(&of("bob"))), [""; 0]);
    assert_eq!(
        told(nothing, ann(&of("ann"))),
        ["gives user ann: s3:PutObject on * when aws:username is ann (StringEquals)"]
    );
}

#[test]
fn what_is_not_read_is_said() {
    let bundle = |own: bool| {
        let role = Role::new(
            "r",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
                .parse::<iam_dsl::TrustPolicy>()
                .unwrap(),
        )
        .attach(PolicyRef::aws("AmazonS3FullAccess"));
        Bundle::new("b").with(match own {
            true => role.inline("i", policy(&allow(r#""sqs:*""#, r#""*""#))),
            false => role,
        })
    };
    assert_eq!(
        told(bundle(false), bundle(true)),
        [
            "gives role r, as far as its policies are read: sqs:* on *",
            "may change what role r may do: AWS AmazonS3FullAccess decides too and is not read",
        ]
    );
    // A user of somebody else in the bundle's group has policies that nobody read.
    let group = |action: &str| {
        let group = Group::new("g").inline("i", policy(&allow(action, r#""*""#)));
        Bundle::new("b").with(group.shared())
    };
    let joins = Operation::AddMember {
        user: "eve".to_owned(),
        group: "g".to_owned(),
    };
    let lines = told_after(group(r#""s3:*""#), Some(joins), group(r#""sqs:*""#));
    assert_eq!(
        lines,
        [
            "gives user eve, as far as its policies are read: sqs:* on *",
            "takes from user eve, as far as its policies are read: s3:* on *",
            "may change what user eve may do: what else user eve has decides too and is not read",
        ]
    );
}

#[test]
fn who_may_newly_assume_a_role_is_told() {
    let role = |principals: &str| {
        let text = document(&format!(
            r#"{{"Effect":"Allow","Principal":{{{principals}}},"Action":"sts:AssumeRole"}}"#
        ));
        Bundle::new("b").with(Role::new(
            "r",
            text.parse::<iam_dsl::TrustPolicy>().unwrap(),
        ))
    };
    assert_eq!(
        told(
            role(r#""Service":"ec2.amazonaws.com""#),
            role(r#""Service":["ec2.amazonaws.com","lambda.amazonaws.com"]"#),
        ),
        ["lets lambda.amazonaws.com assume role r"]
    );
    assert_eq!(
        told(
            role(r#""AWS":["444455556666","arn:aws:iam::111122223333:root"]"#),
            role(r#""AWS":"arn:aws:iam::111122223333:root""#),
        ),
        [
            "no longer lets users of account 444455556666, sessions of roles of account 444455556666 assume role r"
        ]
    );
}

#[test]
fn tags_that_policies_ask_about_are_said() {
    let user = |team: &str| {
        let asks = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}"#;
        Bundle::new("b").with(User::new("ann").tag("team", team).inline("i", policy(asks)))
    };
    assert_eq!(
        told(user("a"), user("b")),
        ["may change what user ann may do: its policies ask about its tags team"]
    );
}

/// A document that cannot be read is never taken for nothing.
#[test]
fn a_document_that_cannot_be_read_is_said() {
    let odd = Operation::PutInline {
        on: Identity::User("ann".to_owned()),
        name: "odd".to_owned(),
        document: PolicyText::from_json(r#"{"Statement":"none"}"#),
    };
    let lines = told_after(
        Bundle::new("b").with(User::new("ann").shared()),
        Some(odd),
        Bundle::new("b").with(
            User::new("ann")
                .shared()
                .inline("i", policy(&allow(r#""s3:GetObject""#, r#""*""#))),
        ),
    );
    assert_eq!(
        lines,
        [
            "gives user ann, as far as its policies are read: s3:GetObject on *",
            r#"may change what user ann may do: a document that cannot be read: {"Statement":"none"} decides too and is not read"#,
        ]
    );
}
