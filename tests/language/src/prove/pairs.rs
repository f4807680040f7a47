//! Generated pairs of policies over a small vocabulary, so that they meet.

use iam_dsl_core::PolicyKind;
use serde_json::{Map, Value as Json, json};

use super::mutate::Mutator;
use super::random::Random;
use super::sets::Set;

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:Get*",
    "s3:PutObject",
    "s3:*",
    "*",
    "s3:?etObject",
    "s3:G*t",
    "sqs:SendMessage",
    "sqs:*Message",
    "s*:Get*",
    "S3:getobject",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data/a",
    "arn:aws:s3:::data/a*",
    "arn:aws:s3:::data/?",
    "arn:aws:s3:::data/a?b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data/*/c",
    "*",
    "arn:aws:sqs:*:111122223333:q*",
    "arn:aws:sqs:eu-*-1:111122223333:q",
    "arn:aws:sqs:eu-west-1:*:q",
    "arn:aws:s3:::data/${*}",
];
const WITH_VARIABLES: &[&str] = &[
    "arn:aws:s3:::data/${aws:username}",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:username, 'a'}",
];

/// Operators, keys and values of one type.
struct Pool {
    operators: &'static [&'static str],
    keys: &'static [&'static str],
    values: &'static [&'static str],
    several: bool,
}

const POOLS: &[Pool] = &[
    Pool {
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
        keys: &["s3:prefix", "aws:UserAgent"],
        values: &[
            "a", "A", "ab", "a*", "*b", "a?", "*", "?*", "", "${*}", "${$}",
        ],
        several: false,
    },
    Pool {
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
        ],
        keys: &["aws:TagKeys", "dynamodb:Attributes"],
        values: &["a", "b", "c", "a*", "*"],
        several: true,
    },
    Pool {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        keys: &["s3:max-keys"],
        values: &["5", "10", "10.0", "10.5", "-1", "0", "1e1"],
        several: false,
    },
    Pool {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        keys: &["aws:CurrentTime"],
        values: &[
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            "2026-06-01",
            "1767225600",
            "2027-01-01T00:00:00Z",
        ],
        several: false,
    },
    Pool {
        operators: &["Bool"],
        keys: &["aws:SecureTransport", "aws:MultiFactorAuthPresent"],
        values: &["true", "false", "True"],
        several: false,
    },
    Pool {
        operators: &["IpAddress", "NotIpAddress"],
        keys: &["aws:SourceIp"],
        values: &[
            "203.0.113.0/24",
            "203.0.113.128/25",
            "203.0.113.0/25",
            "203.0.113.7",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:db8:1::/48",
        ],
        several: false,
    },
    Pool {
        operators: &["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"],
        keys: &["aws:SourceArn"],
        values: &[
            "arn:aws:sns:*:111122223333:*",
            "arn:aws:sns:eu-west-1:111122223333:t",
            "arn:aws:sns:eu-west-1:*:t*",
            "arn:*:sns:eu-west-1:111122223333:t?",
        ],
        several: false,
    },
];

/// The keys of variables that stand for a whole value.
const VARIABLES: &[&str] = &[
    "${aws:username}",
    "${aws:PrincipalTag/t}",
    "${aws:username, 'a'}",
];

/// What a generated policy may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// Variables that stand for whole values of conditions.
    pub variables: bool,
    /// Variables that are a part of a resource.
    pub parts: bool,
}

fn listed(random: &mut Random, from: &[&'static str], most: usize) -> Json {
    let count = 1 + random.below(most);
    let mut values: Vec<&str> = (0..count).map(|_| random.text(from)).collect();
    values.dedup();
    match values.as_slice() {
        [one] if random.percent(50) => json!(one),
        _ => json!(values),
    }
}

fn conditions(random: &mut Random, vocabulary: Vocabulary) -> Option<Json> {
    let mut all = Map::new();
    for _ in 0..1 + random.below(2) {
        let pool = random.pick(POOLS)?;
        let mut operator = random.text(pool.operators).to_owned();
        let key = random.text(pool.keys);
        let mut values = listed(random, pool.values, 3);
        let textual = operator.starts_with("String");
        if vocabulary.variables && textual && random.percent(20) {
            values = json!(random.text(VARIABLES));
        }
        if random.percent(12) {
            operator = "Null".to_owned();
            values = json!(random.text(&["true", "false"]));
        } else {
            if random.percent(25) {
                operator.push_str("IfExists");
            }
            if pool.several && random.percent(90) || random.percent(3) {
                let qualifier = random.text(&["ForAllValues:", "ForAnyValue:"]);
                operator.insert_str(0, qualifier);
            }
        }
        let keys = all.entry(operator).or_insert_with(|| json!({}));
        keys.as_object_mut()?.insert(key.to_owned(), values);
    }
    Some(Json::Object(all))
}

fn statement(random: &mut Random, vocabulary: Vocabulary) -> Json {
    let mut members = Map::new();
    let effect = if random.percent(70) { "Allow" } else { "Deny" };
    members.insert("Effect".to_owned(), json!(effect));
    let action = if random.percent(12) {
        "NotAction"
    } else {
        "Action"
    };
    members.insert(action.to_owned(), listed(random, ACTIONS, 3));
    let resource = if random.percent(12) {
        "NotResource"
    } else {
        "Resource"
    };
    let from = match vocabulary.parts && random.percent(30) {
        true => WITH_VARIABLES,
        false => RESOURCES,
    };
    members.insert(resource.to_owned(), listed(random, from, 2));
    if random.percent(55)
        && let Some(conditions) = conditions(random, vocabulary)
    {
        members.insert("Condition".to_owned(), conditions);
    }
    Json::Object(members)
}

/// A policy for identities of one to three statements, of which one allows.
pub fn document(random: &mut Random, vocabulary: Vocabulary) -> Json {
    let count = 1 + random.below(3);
    let mut statements: Vec<Json> = (0..count).map(|_| statement(random, vocabulary)).collect();
    if let Some(first) = statements.first_mut().and_then(Json::as_object_mut) {
        first.insert("Effect".to_owned(), json!("Allow"));
    }
    match random.percent(6) {
        true => json!({"Version": "2008-10-17", "Statement": statements}),
        false => json!({"Version": "2012-10-17", "Statement": statements}),
    }
}

/// Two documents, most of them one and a mutant of it.
pub fn pair(random: &mut Random, vocabulary: Vocabulary) -> (Json, Json) {
    let one = document(random, vocabulary);
    if random.percent(25) {
        let other = document(random, vocabulary);
        return (one, other);
    }
    let mut other = one.clone();
    for _ in 0..1 + random.below(2) {
        let mut mutator = Mutator::new(&other, Random::new(random.number()));
        let all = match random.below(10) {
            0..2 => mutator.rewritten(),
            2..4 => mutator.planted(),
            _ => mutator.natural(),
        };
        if let Some(mutant) = random.pick(&all) {
            let document = mutant.document.clone();
            other = document;
        }
    }
    match random.percent(50) {
        true => (one, other),
        false => (other, one),
    }
}

/// Two sets: most of one document each, some with boundary and session.
///
/// # Errors
/// Never for what is generated here; the documents are read like any.
pub fn sets(random: &mut Random, vocabulary: Vocabulary) -> Result<(Set, Set), String> {
    let (new, reference) = pair(random, vocabulary);
    let kind = PolicyKind::Identity;
    if random.percent(80) {
        return Ok((
            Set::from_json(&new, kind)?,
            Set::from_json(&reference, kind)?,
        ));
    }
    let limit = document(random, vocabulary);
    let layer = random.text(&["boundary", "session", "identity"]);
    let with = |document: &Json| match layer {
        "identity" => json!({"identity": [document, limit]}),
        layer => json!({"identity": document, layer: limit}),
    };
    let of = |document: &Json, limited: bool| match limited {
        true => Set::from_json(&with(document), kind),
        false => Set::from_json(document, kind),
    };
    let new_limited = random.percent(70);
    let reference_limited = random.percent(70);
    Ok((of(&new, new_limited)?, of(&reference, reference_limited)?))
}
