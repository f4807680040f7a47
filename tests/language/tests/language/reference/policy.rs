//! Policies of every kind, aimed at the requests of the same alphabet.

use iam_dsl::{
    ActionPattern, Conditions, Document, Effect, Element, OneOrMany, PrincipalEntry, PrincipalType,
    Principals, ResourcePattern, Statement, StatementElement, Version,
};
use language_tests::reference::Layers;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::condition::conditions;
use super::request::{
    ACCOUNTS, FEDERATED, PROVIDERS, ROLES, ROOTS, SERVICES, SESSIONS, TARGETS, USERS,
};

/// What a kind of policy demands of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    WithoutPrincipal,
    ResourceControl,
    WithPrincipal,
    Trust,
}

const ACTIONS: &[&str] = &[
    "s3:*",
    "s3:Get*",
    "s3:?etObject",
    "S3:GETOBJECT",
    "s3:*Object",
    "s3:List*",
    "sqs:*",
    "sqs:SendMessage",
    "kms:*",
    "kms:Decrypt",
    "kms:*e*",
    "sts:*",
    "sts:AssumeRole",
    "sts:AssumeRole*",
    "iam:*",
    "iam:ChangePassword",
    "iam:Get*",
];

const RESOURCES: &[&str] = &[
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:username, 'k'}",
    "arn:*",
    "arn:aws:sqs:*:111122223333:q1",
    "arn:aws:sqs:us-*-1:*:q?",
    "arn:aws:sqs:*:q1",
    "arn:aws:s3:::data/a${*}b",
    "arn:aws:s3:::data/a*b",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:s3:::data/${s3:prefix}",
    "arn:aws:s3:::data/${aws:TagKeys}",
    "arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q1",
    "arn:aws:sqs:us-east-1:${*}:q1",
    "arn:aws:s*:::data",
    "arn:aws:iam::111122223333:user/Adele",
    "arn:aws:iam::111122223333:user/adele",
    "arn:aws:s3:::data/${Adele",
    "arn:aws:*:q1",
];

fn action() -> impl Strategy<Value = ActionPattern> {
    let target = select(TARGETS).prop_map(|(action, _)| action);
    prop_oneof![
        5 => Just("*"),
        5 => select(ACTIONS),
        3 => target,
    ]
    .prop_map(ActionPattern::new)
}

/// A resource of a request with a stretch of it behind a wildcard.
fn cut_resource() -> impl Strategy<Value = String> {
    let cut = select(vec!["*", "?", "**", "?*"]);
    (select(TARGETS), any::<Index>(), 0..6usize, cut).prop_map(|((_, arn), from, length, cut)| {
        let from = from.index(arn.len());
        let to = (from + length).min(arn.len());
        format!("{}{cut}{}", &arn[..from], &arn[to..])
    })
}

fn resource() -> impl Strategy<Value = ResourcePattern> {
    let target = select(TARGETS).prop_map(|(_, resource)| resource.to_owned());
    prop_oneof![
        6 => Just("*".to_owned()),
        4 => select(RESOURCES).prop_map(str::to_owned),
        2 => target,
        3 => cut_resource(),
    ]
    .prop_filter("no pattern of `*` that is longer than one", |text| {
        text.starts_with("arn:") || text == "*"
    })
    .prop_map(ResourcePattern::new)
}

fn one_or_more<T: Clone + std::fmt::Debug>(
    one: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = OneOrMany<T>> {
    prop_oneof![
        2 => one.clone().prop_map(OneOrMany::One),
        1 => prop::collection::vec(one, 1..4).prop_map(OneOrMany::Many),
    ]
}

fn principal_entry() -> impl Strategy<Value = PrincipalEntry> {
    let aws = prop_oneof![
        2 => Just("*"),
        3 => select(&ACCOUNTS[..]),
        2 => select(ROOTS),
        3 => select(USERS),
        3 => select(ROLES),
        2 => select(SESSIONS),
        2 => select(FEDERATED),
    ];
    let entry = |kind, values: Vec<&str>| PrincipalEntry {
        kind,
        values: OneOrMany::Many(values.into_iter().map(str::to_owned).collect()),
    };
    prop_oneof![
        6 => prop::collection::vec(aws, 1..4).prop_map(move |v| entry(PrincipalType::Aws, v)),
        1 => select(SERVICES).prop_map(move |v| entry(PrincipalType::Service, vec![v])),
        1 => select(PROVIDERS).prop_map(move |v| entry(PrincipalType::Federated, vec![v])),
    ]
}

fn principals() -> impl Strategy<Value = Principals> {
    prop_oneof![
        1 => Just(Principals::Everyone),
        4 => prop::collection::vec(principal_entry(), 1..3).prop_map(Principals::Map),
    ]
}

fn principal_element(kind: Kind) -> BoxedStrategy<Option<StatementElement>> {
    let everyone = Just(StatementElement::Principal(Principals::Everyone));
    let listed = principals().prop_map(StatementElement::Principal);
    let others = principals().prop_map(StatementElement::NotPrincipal);
    match kind {
        Kind::WithoutPrincipal => prop_oneof![
            60 => Just(None),
            1 => listed.prop_map(Some),
        ]
        .boxed(),
        Kind::ResourceControl => prop_oneof![
            30 => everyone.prop_map(Some),
            1 => Just(None),
        ]
        .boxed(),
        Kind::WithPrincipal => prop_oneof![
            30 => listed.prop_map(Some),
            4 => others.prop_map(Some),
            1 => Just(None),
        ]
        .boxed(),
        Kind::Trust => listed.prop_map(Some).boxed(),
    }
}

fn action_element() -> impl Strategy<Value = Option<StatementElement>> {
    let actions = || one_or_more(action().boxed());
    prop_oneof![
        40 => actions().prop_map(|list| Some(StatementElement::Action(list))),
        6 => actions().prop_map(|list| Some(StatementElement::NotAction(list))),
        1 => Just(None),
    ]
}

fn resource_element(kind: Kind) -> BoxedStrategy<Option<StatementElement>> {
    let resources = || one_or_more(resource().boxed());
    match kind {
        Kind::Trust => Just(None).boxed(),
        _ => prop_oneof![
            40 => resources().prop_map(|list| Some(StatementElement::Resource(list))),
            6 => resources().prop_map(|list| Some(StatementElement::NotResource(list))),
            1 => Just(None),
        ]
        .boxed(),
    }
}

fn statement(kind: Kind) -> impl Strategy<Value = Statement> {
    let effect = prop_oneof![5 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    let condition = prop::option::weighted(0.45, conditions());
    (
        effect,
        principal_element(kind),
        action_element(),
        resource_element(kind),
        condition,
    )
        .prop_map(|(effect, principal, action, resource, condition)| {
            let mut elements = vec![StatementElement::Effect(effect)];
            elements.extend(principal);
            elements.extend(action);
            elements.extend(resource);
            elements.extend(condition.map(StatementElement::Condition));
            Statement::new(elements)
        })
}

fn document(kind: Kind) -> impl Strategy<Value = Document> {
    let version = prop_oneof![
        8 => Just(Some(Version::V2012_10_17)),
        1 => Just(Some(Version::V2008_10_17)),
        1 => Just(None),
    ];
    let statements = prop::collection::vec(statement(kind), 1..4);
    (version, statements).prop_map(|(version, statements)| {
        let mut elements: Vec<Element> = version.map(Element::Version).into_iter().collect();
        elements.push(Element::Statement(OneOrMany::Many(statements)));
        Document::new(elements)
    })
}

/// A layer that is there with this probability, of at most `most` documents.
fn layer(kind: Kind, there: f64, most: usize) -> impl Strategy<Value = Vec<Document>> {
    prop::option::weighted(there, prop::collection::vec(document(kind), 1..=most))
        .prop_map(Option::unwrap_or_default)
}

fn levels(kind: Kind, there: f64) -> impl Strategy<Value = Vec<Vec<Document>>> {
    let level = prop::collection::vec(document(kind), 0..3);
    prop::option::weighted(there, prop::collection::vec(level, 1..3))
        .prop_map(Option::unwrap_or_default)
}

/// An identity policy whose decision hangs on one condition.
pub(super) fn conditional(conditions: Conditions, effect: Effect, version: Version) -> Layers {
    let everything = |effect| {
        vec![
            StatementElement::Effect(effect),
            StatementElement::Action(OneOrMany::One(ActionPattern::new("*"))),
            StatementElement::Resource(OneOrMany::One(ResourcePattern::new("*"))),
        ]
    };
    let mut elements = everything(effect);
    elements.push(StatementElement::Condition(conditions));
    let mut statements = vec![Statement::new(elements)];
    if effect == Effect::Deny {
        statements.push(Statement::new(everything(Effect::Allow)));
    }
    let elements = vec![
        Element::Version(version),
        Element::Statement(OneOrMany::Many(statements)),
    ];
    Layers {
        identity: vec![Document::new(elements)],
        ..Layers::default()
    }
}

/// Policies of every layer.
pub(super) fn layers() -> impl Strategy<Value = Layers> {
    let management = prop::option::weighted(0.2, select(&ACCOUNTS[..]).prop_map(str::to_owned));
    (
        layer(Kind::WithoutPrincipal, 0.8, 3),
        layer(Kind::WithoutPrincipal, 0.25, 2),
        layer(Kind::WithoutPrincipal, 0.25, 2),
        layer(Kind::WithPrincipal, 0.6, 2),
        layer(Kind::Trust, 0.7, 1),
        layer(Kind::WithPrincipal, 0.12, 2),
        levels(Kind::WithoutPrincipal, 0.12),
        levels(Kind::ResourceControl, 0.12),
        management,
        any::<bool>(),
    )
        .prop_map(
            |(
                identity,
                boundary,
                session,
                resource,
                trust,
                endpoint,
                service_control,
                resource_control,
                management_account,
                users_change_password,
            )| Layers {
                identity,
                boundary,
                session,
                resource,
                trust,
                endpoint,
                service_control,
                resource_control,
                management_account,
                users_change_password,
            },
        )
}
