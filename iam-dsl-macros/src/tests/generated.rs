//! Generated policies, written as JSON, in the DSL, and with the builder.

use std::fmt::Write as _;

use iam_dsl_core::builder::{
    Condition, IntoList, NoPrincipal, OnResources, StatementBuilder, WithPrincipal,
};
use iam_dsl_core::json::Node;
use iam_dsl_core::{
    Boundary, Comparison, Effect, Identity, InvalidPolicy, Kind, OneOrMany, Operator, Policy,
    PolicyKind, PrincipalEntry, PrincipalType, Principals, Qualifier, Resource, ResourceControl,
    ServiceControl, Session, Statement, Trust, variable,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A policy of a kind, with mistakes that all three forms can hold.
#[derive(Debug, Clone)]
pub(super) struct Generated {
    pub(super) kind: PolicyKind,
    id: Option<&'static str>,
    pub(super) statements: Vec<Said>,
}

/// One statement.
#[derive(Debug, Clone)]
pub(super) struct Said {
    sid: Option<&'static str>,
    pub(super) unchecked: bool,
    effect: Effect,
    not_principal: bool,
    /// `None` is everyone.
    principal: Option<Vec<(PrincipalType, List)>>,
    not_action: bool,
    action: List,
    not_resource: bool,
    resource: List,
    condition: Vec<(Operator, Vec<(&'static str, List)>)>,
}

/// One text, or an array of them.
#[derive(Debug, Clone)]
struct List {
    many: bool,
    texts: Vec<&'static str>,
}

const SIDS: &[&str] = &["A", "B", "Read1", "", "a b", "é", "A{x}"];
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:Get*",
    "S3:getobject",
    "s3:*",
    "*",
    "iam:PassRole",
    "iam:Create?ser",
    "execute-api:Invoke",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:TagSession",
    "s3:GetObjct",
    "newservice:DoIt",
    "s*:GetObject",
    "s3",
    "",
    "s3:Get Object",
    "s3:${aws:username}",
    ":",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::assets",
    "arn:aws:s3:::assets/*",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:s3:::home/${aws:PrincipalTag/team, 'none'}",
    "arn:aws:s3:::a${*}b${$}",
    "arn:aws:s3:::{x}",
    "arn:aws:sqs:*:111122223333:jobs-?",
    "arn:aws:sqs::111122223333:jobs",
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam:us-east-1:111122223333:role/x",
    "arn:aws:iam::1111:role/x",
    "arn:asw:s3:::a",
    "arn:aws:newservice:::x",
    "arn:aws:s*:::a",
    "arn:aws:s3",
    "assets/*",
    "",
    "arn:aws:s3:::\"é\\日",
    "arn:aws:s3:::${aws:user name}",
];
const KEYS: &[&str] = &[
    "aws:SourceIp",
    "aws:sourceip",
    "aws:PrincipalTag/cost-center",
    "aws:RequestTag/k#x",
    "aws:TagKeys",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:SourceArn",
    "aws:PrincipalArn",
    "aws:NoSuchKey",
    "s3:prefix",
    "s3:max-keys",
    "newservice:Key",
    "accounts.google.com:aud",
    "nocolon",
    "aws:PrincipalTag/",
];
const VALUES: &[&str] = &[
    "true",
    "false",
    "yes",
    "3600",
    "-1",
    "2.5",
    "x",
    "",
    "203.0.113.0/24",
    "203.0.113.7",
    "2001:db8::/32",
    "300.0.0.1",
    "2030-01-01T00:00:00Z",
    "2030-13-01",
    "arn:aws:iam::111122223333:role/*",
    "${aws:username}",
    "${aws:username",
    "a{b}c}",
    "aGVsbG8=",
    "\"\\\n\t",
    "日本",
];
const PRINCIPALS: &[&str] = &[
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::111122223333:saml-provider/x",
    "accounts.google.com",
    "ec2.amazonaws.com",
    "ec2",
    "*",
    "arn:aws:iam::111122223333:role/*",
    "",
    "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
];

/// Most texts are right, so that policies without a mistake are generated too.
fn texts(all: &'static [&'static str], right: usize) -> impl Strategy<Value = List> {
    let text = prop_oneof![
        30 => select(&all[..right]),
        1 => select(all),
    ];
    let length = prop_oneof![20 => 1..4_usize, 1 => Just(0)];
    let list = length.prop_flat_map(move |length| vec(text.clone(), length));
    (any::<bool>(), list).prop_map(|(many, mut texts)| {
        if !many {
            texts.truncate(1);
        }
        List {
            many: many || texts.is_empty(),
            texts,
        }
    })
}

fn operator() -> impl Strategy<Value = Operator> {
    let qualifier = prop_oneof![
        6 => Just(None),
        1 => Just(Some(Qualifier::ForAllValues)),
        1 => Just(Some(Qualifier::ForAnyValue)),
    ];
    (select(Comparison::ALL), qualifier, any::<bool>()).prop_map(
        |(comparison, qualifier, if_exists)| Operator {
            qualifier,
            comparison,
            if_exists,
        },
    )
}

/// A condition that fits, or any.
fn block() -> impl Strategy<Value = (Operator, Vec<(&'static str, List)>)> {
    let one = |text| List {
        many: false,
        texts: vec![text],
    };
    let fits = select(vec![
        (Comparison::Bool, "aws:MultiFactorAuthPresent", "true"),
        (Comparison::IpAddress, "aws:SourceIp", "203.0.113.0/24"),
        (Comparison::StringLike, "s3:prefix", "${aws:username}"),
        (
            Comparison::StringEquals,
            "aws:PrincipalTag/cost-center",
            "日本",
        ),
        (
            Comparison::NumericLessThan,
            "aws:MultiFactorAuthAge",
            "3600",
        ),
        (
            Comparison::DateLessThan,
            "aws:CurrentTime",
            "2030-01-01T00:00:00Z",
        ),
        (Comparison::Null, "aws:NoSuchKey", "false"),
        (Comparison::Null, "aws:TagKeys", "false"),
    ])
    .prop_map(move |(comparison, key, value)| {
        (Operator::plain(comparison), vec![(key, one(value))])
    });
    let any = (
        operator(),
        vec((select(KEYS), texts(VALUES, VALUES.len())), 0..3),
    );
    prop_oneof![6 => fits, 1 => any].prop_map(|(operator, mut entries)| {
        // The builder's model has no two equal keys in one place of its own;
        // the reader reports them before there is a model.
        let mut seen = std::collections::BTreeSet::new();
        entries.retain(|(key, _)| seen.insert(*key));
        (operator, entries)
    })
}

fn said(kind: PolicyKind) -> impl Strategy<Value = Said> {
    let (actions, right) = match kind {
        PolicyKind::Trust => (
            &["sts:AssumeRole", "sts:TagSession", "s3:GetObject", "*"][..],
            2,
        ),
        _ => (ACTIONS, 11),
    };
    let principal_type = select(&PrincipalType::ALL[..]);
    let wild = option::weighted(0.8, vec((principal_type, texts(PRINCIPALS, 8)), 0..3));
    let tame = select(vec![
        (PrincipalType::Aws, "111122223333"),
        (PrincipalType::Service, "ec2.amazonaws.com"),
        (PrincipalType::Aws, "arn:aws:iam::111122223333:role/x"),
    ])
    .prop_map(|(kind, text)| {
        let texts = vec![text];
        Some(vec![(kind, List { many: false, texts })])
    });
    // A resource control policy is for everyone, and nearly always denies.
    let control = kind == PolicyKind::ResourceControl;
    let everyone = if control { 12 } else { 1 };
    let denies = prop::bool::weighted(if control { 0.9 } else { 0.5 });
    let principal = prop_oneof![1 => wild, 2 => tame, everyone => Just(None)].prop_map(|map| {
        let mut seen = std::collections::BTreeSet::new();
        map.map(|mut map| {
            map.retain(|(kind, _)| seen.insert(*kind));
            map
        })
    });
    let rarely = || prop::bool::weighted(0.1);
    let sid = prop_oneof![
        6 => Just(None),
        6 => select(&SIDS[..3]).prop_map(Some),
        1 => select(SIDS).prop_map(Some),
    ];
    let flags = (rarely(), rarely(), rarely(), prop::bool::weighted(0.2));
    (
        sid,
        denies,
        flags,
        principal,
        texts(actions, right),
        texts(RESOURCES, 8),
        vec(block(), 0..3),
    )
        .prop_map(
            |(
                sid,
                denies,
                (not_principal, not_action, not_resource, unchecked),
                principal,
                action,
                resource,
                blocks,
            )| {
                let mut condition: Vec<(Operator, Vec<(&'static str, List)>)> = Vec::new();
                for (operator, entries) in blocks {
                    // An operator without keys cannot be said with the builder.
                    let twice = condition.iter().any(|(other, _)| *other == operator);
                    if !twice && !entries.is_empty() {
                        condition.push((operator, entries));
                    }
                }
                Said {
                    sid,
                    unchecked,
                    effect: if denies { Effect::Deny } else { Effect::Allow },
                    not_principal,
                    principal,
                    not_action,
                    action,
                    not_resource,
                    resource,
                    condition,
                }
            },
        )
}

/// Policies of every kind.
pub(super) fn generated() -> impl Strategy<Value = Generated> {
    let kind = select(vec![
        PolicyKind::Identity,
        PolicyKind::Trust,
        PolicyKind::Resource,
        PolicyKind::Boundary,
        PolicyKind::Session,
        PolicyKind::ServiceControl,
        PolicyKind::ResourceControl,
    ]);
    kind.prop_flat_map(|kind| {
        let id = option::weighted(0.1, select(&["Id", "a b", "", "{x}"][..]));
        (id, vec(said(kind), 0..3)).prop_map(move |(id, statements)| Generated {
            kind,
            id,
            statements,
        })
    })
}

fn text(text: &str) -> Node {
    Node::String(text.to_owned())
}

impl List {
    fn node(&self) -> Node {
        match (self.many, self.texts.as_slice()) {
            (false, [only]) => text(only),
            (_, texts) => Node::Array(texts.iter().map(|one| text(one)).collect()),
        }
    }

    fn dsl(&self, one: impl Fn(&str) -> String) -> String {
        let texts: Vec<String> = self.texts.iter().map(|text| one(text)).collect();
        match (self.many, texts.as_slice()) {
            (false, [only]) => only.clone(),
            _ => format!("[{}]", texts.join(", ")),
        }
    }

    fn owned(&self) -> OneOrMany<String> {
        match (self.many, self.texts.as_slice()) {
            (false, [only]) => OneOrMany::One((*only).to_owned()),
            (_, texts) => OneOrMany::Many(texts.iter().map(|text| (*text).to_owned()).collect()),
        }
    }
}

/// Actions and resources keep whether they stand alone.
struct Listed<'g>(&'g List);

impl<T: From<&'static str>> IntoList<T> for Listed<'_> {
    fn into_list(self) -> OneOrMany<T> {
        match (self.0.many, self.0.texts.as_slice()) {
            (false, [only]) => OneOrMany::One((*only).into()),
            (_, texts) => OneOrMany::Many(texts.iter().map(|text| (*text).into()).collect()),
        }
    }
}

fn key(name: &str, negated: bool) -> String {
    if negated {
        format!("Not{name}")
    } else {
        name.to_owned()
    }
}

impl Generated {
    /// The policy as a JSON tree.
    pub(super) fn node(&self) -> Node {
        let mut members = vec![("Version".to_owned(), text("2012-10-17"))];
        members.extend(self.id.map(|id| ("Id".to_owned(), text(id))));
        let statements = self.statements.iter().map(|said| said.node(self.kind));
        members.push(("Statement".to_owned(), Node::Array(statements.collect())));
        Node::Object(members)
    }

    /// The policy in the language of the macros.
    pub(super) fn dsl(&self) -> String {
        let mut out = String::new();
        if let Some(id) = self.id {
            let _ = write!(out, "id {}; ", quoted(id));
        }
        for said in &self.statements {
            said.dsl(self.kind, &mut out);
        }
        out
    }

    /// The policy as the builder makes it.
    pub(super) fn build(&self) -> Result<String, InvalidPolicy> {
        /// Judges a policy whose statements are written so.
        macro_rules! build {
            ($start:ident, $kind:ty, $said:ident => $statement:expr) => {{
                let mut builder = Policy::<$kind>::$start();
                if let Some(id) = self.id {
                    builder = builder.id(id);
                }
                for $said in &self.statements {
                    builder = builder.statement($statement);
                }
                json(builder.build())
            }};
        }
        match self.kind {
            PolicyKind::Identity => build!(identity, Identity, said => said.on()),
            PolicyKind::Boundary => build!(boundary, Boundary, said => said.on()),
            PolicyKind::Session => build!(session, Session, said => said.on()),
            PolicyKind::ServiceControl => {
                build!(service_control, ServiceControl, said => said.on())
            }
            PolicyKind::Trust => build!(trust, Trust, said => said.with(said.begun())),
            PolicyKind::Resource => build!(resource, Resource, said => said.with(said.on())),
            PolicyKind::ResourceControl => {
                build!(resource_control, ResourceControl, said => said.with(said.on()))
            }
            other => panic!("no generator for {other:?}"),
        }
    }
}

fn json<K: Kind>(built: Result<Policy<K>, InvalidPolicy>) -> Result<String, InvalidPolicy> {
    built.map(|policy| policy.as_json().to_owned())
}

impl Said {
    fn node(&self, kind: PolicyKind) -> Node {
        let mut members = Vec::new();
        let mut add = |key: String, value| members.push((key, value));
        if let Some(sid) = self.sid {
            add("Sid".to_owned(), text(sid));
        }
        add("Effect".to_owned(), text(self.effect.as_str()));
        if kind.has_principal() {
            let value = match &self.principal {
                None => text("*"),
                Some(map) => {
                    let member = |(kind, list): &(PrincipalType, List)| {
                        (kind.as_str().to_owned(), list.node())
                    };
                    Node::Object(map.iter().map(member).collect())
                }
            };
            add(key("Principal", self.not_principal), value);
        }
        add(key("Action", self.not_action), self.action.node());
        if kind.has_resource() {
            add(key("Resource", self.not_resource), self.resource.node());
        }
        if !self.condition.is_empty() {
            let block = |(operator, entries): &(Operator, Vec<(&str, List)>)| {
                let entries = entries
                    .iter()
                    .map(|(key, list)| ((*key).to_owned(), list.node()));
                (operator.to_string(), Node::Object(entries.collect()))
            };
            let blocks = self.condition.iter().map(block);
            add("Condition".to_owned(), Node::Object(blocks.collect()));
        }
        Node::Object(members)
    }

    fn dsl(&self, kind: PolicyKind, out: &mut String) {
        let not = |negated| if negated { "not " } else { "" };
        if let Some(sid) = self.sid {
            let _ = write!(out, "{}: ", quoted(sid));
        }
        out.push_str(if self.unchecked { "unchecked " } else { "" });
        let _ = write!(out, "{} ", self.effect.as_str().to_ascii_lowercase());
        if kind.has_principal() {
            let value = match &self.principal {
                None => "*".to_owned(),
                Some(map) => {
                    let member = |(kind, list): &(PrincipalType, List)| {
                        format!("{}: {}", kind.as_str(), list.dsl(quoted))
                    };
                    let members: Vec<String> = map.iter().map(member).collect();
                    format!("{{ {} }}", members.join(", "))
                }
            };
            let _ = write!(out, "{}principal {value} to ", not(self.not_principal));
        }
        let _ = write!(out, "{}{}", not(self.not_action), self.action.dsl(action));
        if kind.has_resource() {
            let star = |text: &str| match text {
                "*" => "*".to_owned(),
                text => quoted(text),
            };
            let resources = self.resource.dsl(star);
            let _ = write!(out, " on {}{resources}", not(self.not_resource));
        }
        for (index, (operator, entries)) in self.condition.iter().enumerate() {
            out.push_str(if index == 0 { " when " } else { ", " });
            let _ = write!(out, "{operator} {{ ");
            for (key, list) in entries {
                let bare = key.bytes().all(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'.' | b'/')
                });
                let key = if bare { (*key).to_owned() } else { quoted(key) };
                let _ = write!(out, "{key}: {}, ", list.dsl(value));
            }
            out.push_str("} ");
        }
        out.push_str("; ");
    }

    fn begun(&self) -> StatementBuilder {
        let mut begun = match (self.effect, self.not_action) {
            (Effect::Allow, false) => Statement::allow(Listed(&self.action)),
            (Effect::Allow, true) => Statement::allow_not(Listed(&self.action)),
            (Effect::Deny, false) => Statement::deny(Listed(&self.action)),
            (Effect::Deny, true) => Statement::deny_not(Listed(&self.action)),
        };
        if let Some(sid) = self.sid {
            begun = begun.sid(sid);
        }
        if self.unchecked {
            begun = begun.unchecked();
        }
        for (operator, entries) in &self.condition {
            for (key, list) in entries {
                let comparison = operator.comparison;
                let mut condition = match (list.many, list.texts.as_slice()) {
                    (false, [only]) => Condition::new(comparison, *key, *only),
                    (_, texts) => Condition::new(comparison, *key, texts.to_vec()),
                };
                if operator.if_exists {
                    condition = condition.if_exists();
                }
                condition = match operator.qualifier {
                    None => condition,
                    Some(Qualifier::ForAllValues) => condition.for_all_values(),
                    Some(Qualifier::ForAnyValue) => condition.for_any_value(),
                };
                begun = begun.when(condition);
            }
        }
        begun
    }

    fn on(&self) -> StatementBuilder<NoPrincipal, OnResources> {
        if self.not_resource {
            self.begun().on_not(Listed(&self.resource))
        } else {
            self.begun().on(Listed(&self.resource))
        }
    }

    fn with<R>(
        &self,
        begun: StatementBuilder<NoPrincipal, R>,
    ) -> StatementBuilder<WithPrincipal, R> {
        let principals = match &self.principal {
            None => Principals::Everyone,
            Some(map) => Principals::Map(
                map.iter()
                    .map(|(kind, list)| PrincipalEntry {
                        kind: *kind,
                        values: list.owned(),
                    })
                    .collect(),
            ),
        };
        if self.not_principal {
            begun.not_principal(principals)
        } else {
            begun.principal(principals)
        }
    }
}

/// A string of the DSL that stands for this text.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(inside) = from.strip_prefix("${") {
            match variable::closing_brace(inside) {
                Some(end) => {
                    out.push_str(&from[..end + 3]);
                    rest = &from[end + 3..];
                }
                None => {
                    out.push_str(from);
                    rest = "";
                }
            }
            continue;
        }
        let special = &from[..1];
        out.push_str(special);
        if special != "$" {
            out.push_str(special);
        }
        rest = &from[1..];
    }
    out.push_str(rest);
    format!("{out:?}")
}

/// An action as bare tokens where it can be.
fn action(text: &str) -> String {
    let bare = |text: &str| {
        let (service, name) = text.split_once(':')?;
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let name = name.replace(['*', '?'], "");
        (word(service) && (name.is_empty() || word(&name))).then_some(())
    };
    if text == "*" || (!text.ends_with(':') && bare(text).is_some()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A value as a word or number where it can be.
fn value(text: &str) -> String {
    match text {
        "true" | "false" | "3600" | "-1" | "2.5" => text.to_owned(),
        text => quoted(text),
    }
}
