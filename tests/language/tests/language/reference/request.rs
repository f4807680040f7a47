//! Requests over a small alphabet, so that policies and requests meet.

use std::collections::BTreeMap;

use language_tests::reference::{Caller, Request};
use proptest::prelude::*;
use proptest::sample::select;

use super::condition;

pub(super) const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

/// An action with a resource that it may be called for.
pub(super) const TARGETS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::data/Adele/k"),
    ("s3:GetObject", "arn:aws:s3:::data/k"),
    ("s3:PutObject", "arn:aws:s3:::data/k"),
    ("S3:putobject", "arn:aws:s3:::data/a*b"),
    ("s3:GetObject", "arn:aws:s3:::data/x:y"),
    ("s3:ListBucket", "arn:aws:s3:::data"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q1"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:444455556666:q1"),
    (
        "sqs:SendMessage",
        "arn:aws-cn:sqs:cn-north-1:444455556666:q1",
    ),
    (
        "sqs:ReceiveMessage",
        "arn:aws:sqs:eu-west-1:111122223333:q2",
    ),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k1"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:444455556666:key/k1"),
    (
        "kms:CreateAlias",
        "arn:aws:kms:us-east-1:111122223333:alias/k1",
    ),
    (
        "kms:RetireGrant",
        "arn:aws:kms:us-east-1:111122223333:key/k1",
    ),
    ("kms:ListKeys", "*"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/deploy"),
    ("sts:AssumeRole", "arn:aws:iam::444455556666:role/deploy"),
    ("sts:AssumeRole", "arn:aws:iam::111122223333:role/ci/deploy"),
    ("sts:TagSession", "arn:aws:iam::111122223333:role/deploy"),
    ("sts:GetCallerIdentity", "*"),
    ("sts:GetSessionToken", "*"),
    (
        "sts:GetFederationToken",
        "arn:aws:sts::111122223333:federated-user/Adele",
    ),
    ("iam:ChangePassword", "arn:aws:iam::111122223333:user/Adele"),
    (
        "iam:ChangePassword",
        "arn:aws:iam::111122223333:user/ops/Bob",
    ),
    ("iam:GetAccountPasswordPolicy", "*"),
    ("iam:GetUser", "arn:aws:iam::111122223333:user/Adele"),
];

/// What somebody from outside calls, whom an identity provider vouches for.
const FEDERATED_TARGETS: &[(&str, &str)] = &[
    (
        "sts:AssumeRoleWithWebIdentity",
        "arn:aws:iam::111122223333:role/deploy",
    ),
    (
        "sts:AssumeRoleWithSAML",
        "arn:aws:iam::111122223333:role/deploy",
    ),
];

pub(super) const PROVIDERS: &[&str] = &[
    "accounts.google.com",
    "arn:aws:iam::111122223333:saml-provider/idp",
];

pub(super) const SERVICES: &[&str] = &["ec2.amazonaws.com", "s3.amazonaws.com"];

pub(super) const USERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/Adele",
    "arn:aws:iam::111122223333:user/ops/Bob",
    "arn:aws:iam::444455556666:user/Adele",
];

pub(super) const ROLES: &[&str] = &[
    "arn:aws:iam::111122223333:role/deploy",
    "arn:aws:iam::111122223333:role/ci/deploy",
    "arn:aws:iam::444455556666:role/deploy",
    "arn:aws:iam::111122223333:role/aws-service-role/ec2.amazonaws.com/deploy",
];

pub(super) const SESSIONS: &[&str] = &[
    "arn:aws:sts::111122223333:assumed-role/deploy/run",
    "arn:aws:sts::444455556666:assumed-role/deploy/run",
];

pub(super) const FEDERATED: &[&str] = &["arn:aws:sts::111122223333:federated-user/Adele"];

pub(super) const ROOTS: &[&str] = &[
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws-cn:iam::444455556666:root",
];

fn text(from: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(from).prop_map(str::to_owned)
}

/// A session with its role, its role untold, or another role of that name.
fn role_session() -> impl Strategy<Value = Caller> {
    let of_first = prop::option::weighted(
        0.7,
        select(vec![ROLES[0], ROLES[1], ROLES[3]]).prop_map(str::to_owned),
    );
    let of_second = prop::option::weighted(0.7, Just(ROLES[2].to_owned()));
    prop_oneof![
        3 => of_first.prop_map(|role| Caller::RoleSession(SESSIONS[0].to_owned(), role)),
        1 => of_second.prop_map(|role| Caller::RoleSession(SESSIONS[1].to_owned(), role)),
    ]
}

/// Anybody.
pub(super) fn caller() -> impl Strategy<Value = Caller> {
    prop_oneof![
        5 => text(USERS).prop_map(Caller::User),
        1 => text(USERS).prop_map(Caller::UserSession),
        1 => text(ROLES).prop_map(Caller::Role),
        5 => role_session(),
        2 => prop::option::of(Just(USERS[0].to_owned()))
            .prop_map(|user| Caller::Federated(FEDERATED[0].to_owned(), user)),
        2 => text(ROOTS).prop_map(Caller::Root),
        1 => text(SERVICES).prop_map(Caller::Service),
        1 => Just(Caller::Anonymous),
        1 => Just(Caller::Untold),
    ]
}

fn who_and_what() -> impl Strategy<Value = (Caller, (&'static str, &'static str))> {
    prop_oneof![
        20 => (caller(), select(TARGETS)),
        1 => (text(PROVIDERS).prop_map(Caller::Provider), select(FEDERATED_TARGETS)),
    ]
}

/// Any request.
pub(super) fn request() -> impl Strategy<Value = Request> {
    let account = prop::option::weighted(0.2, select(&ACCOUNTS[..]).prop_map(str::to_owned));
    let context = prop::collection::vec(condition::context_entry(), 0..6);
    (who_and_what(), account, context).prop_map(
        |((caller, (action, resource)), account, context)| Request {
            caller,
            action: action.to_owned(),
            resource: resource.to_owned(),
            // An ARN that has its account is not contradicted.
            resource_account: account.filter(|_| resource.contains(":::")),
            context: context.into_iter().collect::<BTreeMap<_, _>>(),
        },
    )
}
