//! Condition keys with values of the request and of policies, chosen about the
//! points where an operator changes its mind.

use std::net::IpAddr;

use iam_dsl::{
    Comparison, ConditionEntry, ConditionValue, Conditions, OneOrMany, Operator, OperatorBlock,
    OperatorFamily, Qualifier,
};
use language_tests::reference::Value;
use proptest::prelude::*;
use proptest::sample::select;

/// A context key with its values.
pub(super) type ContextEntry = (String, Vec<Value>);

/// Keys of one type, what requests hold for them and what policies ask.
struct Pool {
    keys: &'static [&'static str],
    told: Vec<Value>,
    asked: Vec<ConditionValue>,
    families: &'static [OperatorFamily],
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|t| Value::Text((*t).to_owned())).collect()
}

fn strings(texts: &[&str]) -> Vec<ConditionValue> {
    let text = |t: &&str| ConditionValue::String((*t).to_owned());
    texts.iter().map(text).collect()
}

fn with<T>(mut all: Vec<T>, more: impl IntoIterator<Item = T>) -> Vec<T> {
    all.extend(more);
    all
}

fn address(text: &str) -> Value {
    Value::Address(text.parse::<IpAddr>().unwrap())
}

const STRINGS: &[&str] = &[
    "Adele",
    "adele",
    "home/*",
    "*",
    "?dele",
    "${aws:username}",
    "home/${AWS:UserName}",
    "${*}",
    "${aws:username, 'x'}",
    "${aws:Missing,'x'}",
    "${aws:Missing}",
    "a${*}b",
    "a*b",
    "${$}{x",
    "",
    "home/${s3:prefix}",
    "${aws:TagKeys}",
    "${aws:PrincipalAccount}",
    "x",
];

fn string_pool() -> Pool {
    Pool {
        keys: &["s3:prefix", "S3:Prefix"],
        told: with(
            texts(&[
                "",
                "Adele",
                "adele",
                "home/Adele",
                "a*b",
                "axb",
                "x",
                "*",
                "home/",
                "${x",
            ]),
            [Value::Bool(true), Value::Number(10)],
        ),
        asked: strings(STRINGS),
        families: &[OperatorFamily::String],
    }
}

fn tag_pool() -> Pool {
    Pool {
        keys: &["aws:TagKeys"],
        told: texts(&["Adele", "x", "a*b", ""]),
        asked: strings(STRINGS),
        families: &[OperatorFamily::String],
    }
}

fn number_pool() -> Pool {
    Pool {
        keys: &["s3:max-keys"],
        told: with(
            texts(&[
                "9", "10", "10.0", "1e1", "10.01", "11", "-1", "x", "-0", "0",
            ]),
            [Value::Number(10), Value::Number(-1), Value::Bool(true)],
        ),
        asked: with(
            strings(&[
                "10", "10.00", "1e1", "100e-1", "9.999", "x", "010", "-1", "-1.5", "0",
            ]),
            [ConditionValue::Number("10".to_owned())],
        ),
        families: &[OperatorFamily::Numeric],
    }
}

const DATES: &[&str] = &[
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:01Z",
    "2020-01-01",
    "2020-01",
    "1577836800",
    "1577836801",
    "2019-12-31T23:59:59Z",
    "2020-01-01T01:00:00+01:00",
    "2020-01-01T00:00Z",
    "2019-12-31T23:00:00-01:00",
    "2020-01-01T00:00:00.5Z",
    "2020-02-30",
    "2020-13-01",
    "2020-01-01T00:00:00",
    "2020-02-29T12:00:00Z",
    "yesterday",
];

fn date_pool() -> Pool {
    Pool {
        keys: &["aws:CurrentTime", "aws:TokenIssueTime"],
        told: with(
            texts(DATES),
            [Value::Time(1_577_836_800), Value::Number(1_577_836_801)],
        ),
        asked: strings(DATES),
        families: &[OperatorFamily::Date],
    }
}

fn bool_pool() -> Pool {
    Pool {
        keys: &["aws:MultiFactorAuthPresent", "aws:SecureTransport"],
        told: with(
            texts(&["true", "TRUE", "False", "1", ""]),
            [Value::Bool(true), Value::Bool(false), Value::Number(1)],
        ),
        asked: with(
            strings(&["true", "false", "True", "yes"]),
            [ConditionValue::Bool(true), ConditionValue::Bool(false)],
        ),
        families: &[OperatorFamily::Bool],
    }
}

fn address_pool() -> Pool {
    Pool {
        keys: &["aws:SourceIp"],
        told: with(
            texts(&[
                "203.0.113.0",
                "203.0.114.0",
                "2001:DB8::1",
                "::ffff:203.0.113.7",
                "x",
                "203.0.113.0/24",
            ]),
            [
                address("203.0.112.255"),
                address("203.0.113.255"),
                address("203.0.113.7"),
                address("2001:db8::1"),
                address("2001:db9::"),
                Value::Number(7),
            ],
        ),
        asked: strings(&[
            "203.0.113.0/24",
            "203.0.113.7",
            "203.0.113.7/24",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:DB8::1",
            "203.0.113.0/33",
            "203.0.113.128/25",
            "x",
            "::ffff:203.0.113.0/120",
        ]),
        families: &[OperatorFamily::IpAddress],
    }
}

fn arn_pool() -> Pool {
    Pool {
        keys: &["aws:SourceArn", "aws:PrincipalArn"],
        told: texts(&[
            "arn:aws:sns:us-east-1:111122223333:topic",
            "arn:aws:iam::111122223333:user/Adele",
            "arn:aws:s3:us-east-1:444455556666:a:111122223333:b",
            "arn:aws:s3:::data/x:y",
            "arn:aws:sns",
            "nonsense",
        ]),
        asked: strings(&[
            "arn:aws:sns:us-east-1:111122223333:topic",
            "arn:aws:sns:*:111122223333:*",
            "arn:aws:s3:*:111122223333:b",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:iam::*:role/*",
            "arn:*:*:*:*:*",
            "arn:aws:s?s:*",
            "*",
            "${aws:PrincipalArn}",
            "arn:aws:s3:::data/*",
            "arn:aws:iam::${aws:PrincipalAccount}:*",
            "${aws:SourceArn}",
            "arn:aws:sts::111122223333:federated-user/Adele",
            "arn:aws:iam::111122223333:root",
        ]),
        families: &[OperatorFamily::Arn, OperatorFamily::String],
    }
}

fn binary_pool() -> Pool {
    Pool {
        keys: &["x:Blob"],
        told: with(
            texts(&["AQI=", "AQI", "AQID", "a*"]),
            [
                Value::Bytes(vec![1, 2]),
                Value::Bytes(vec![1, 2, 3]),
                Value::Bytes(Vec::new()),
            ],
        ),
        asked: strings(&["AQI=", "AQID", "A?I=", ""]),
        families: &[OperatorFamily::Binary],
    }
}

fn principal_pool() -> Pool {
    Pool {
        keys: &[
            "aws:username",
            "aws:PrincipalAccount",
            "aws:userid",
            "aws:PrincipalType",
        ],
        // What follows from the principal; requests rarely tell it themselves.
        told: texts(&["Adele", "444455556666"]),
        asked: strings(&[
            "Adele",
            "Bob",
            "111122223333",
            "444455556666",
            "111122223333:Adele",
            "anonymous",
            "User",
            "AssumedRole",
            "Account",
            "FederatedUser",
            "Anonymous",
            "*",
            "${aws:username}",
        ]),
        families: &[OperatorFamily::String],
    }
}

fn pools() -> Vec<(u32, Pool)> {
    vec![
        (4, string_pool()),
        (3, tag_pool()),
        (2, number_pool()),
        (2, date_pool()),
        (2, bool_pool()),
        (2, address_pool()),
        (2, arn_pool()),
        (1, binary_pool()),
        (2, principal_pool()),
    ]
}

fn is_multivalued(pool: &Pool) -> bool {
    pool.keys.contains(&"aws:TagKeys")
}

fn entry_of(pool: Pool) -> BoxedStrategy<ContextEntry> {
    let several = if is_multivalued(&pool) { 6 } else { 1 };
    let value = select(pool.told);
    let values = prop_oneof![
        12 => value.clone().prop_map(|value| vec![value]),
        1 => Just(Vec::new()),
        several => prop::collection::vec(value, 2..4),
    ];
    let key = select(pool.keys).prop_map(str::to_ascii_lowercase);
    (key, values).boxed()
}

/// A key of the request with its values: mostly one, sometimes none or several.
pub(super) fn context_entry() -> impl Strategy<Value = ContextEntry> {
    let of_pool = |(weight, pool): (u32, Pool)| {
        let follows = pool.keys.contains(&"aws:username");
        (if follows { 1 } else { 2 * weight }, entry_of(pool))
    };
    prop::strategy::Union::new_weighted(pools().into_iter().map(of_pool).collect())
}

fn comparison(families: &'static [OperatorFamily]) -> impl Strategy<Value = Comparison> {
    let fitting: Vec<Comparison> = Comparison::ALL
        .iter()
        .copied()
        .filter(|comparison| families.contains(&comparison.family()))
        .collect();
    prop_oneof![
        12 => select(fitting),
        2 => Just(Comparison::Null),
        1 => select(Comparison::ALL),
    ]
}

fn operator(families: &'static [OperatorFamily], tags: bool) -> impl Strategy<Value = Operator> {
    let qualified = if tags { 0.7 } else { 0.15 };
    let qualifier = select(vec![Qualifier::ForAllValues, Qualifier::ForAnyValue]);
    let qualifier = prop::option::weighted(qualified, qualifier);
    let if_exists = prop::bool::weighted(0.2);
    (comparison(families), qualifier, if_exists).prop_map(|(comparison, qualifier, if_exists)| {
        Operator {
            qualifier,
            comparison,
            if_exists,
        }
    })
}

fn block_of(pool: Pool) -> BoxedStrategy<OperatorBlock> {
    let tags = is_multivalued(&pool);
    let asked = prop_oneof![
        20 => select(pool.asked),
        1 => select(strings(&["true", "false"])),
    ];
    let values = prop_oneof![
        6 => asked.clone().prop_map(OneOrMany::One),
        4 => prop::collection::vec(asked, 1..4).prop_map(OneOrMany::Many),
    ];
    (operator(pool.families, tags), select(pool.keys), values)
        .prop_map(|(operator, key, values)| OperatorBlock {
            operator,
            entries: vec![ConditionEntry {
                key: key.to_owned(),
                values,
            }],
        })
        .boxed()
}

fn block() -> impl Strategy<Value = OperatorBlock> {
    let of_pool = |(weight, pool): (u32, Pool)| (weight, block_of(pool));
    prop::strategy::Union::new_weighted(pools().into_iter().map(of_pool).collect())
}

/// A condition with contexts of the same keys.
pub(super) fn condition_with_contexts(
    contexts: usize,
) -> impl Strategy<Value = (Conditions, Vec<Vec<ContextEntry>>)> {
    let all = pools();
    let weighted = all
        .iter()
        .enumerate()
        .map(|(i, (weight, _))| (*weight, Just(i)));
    let which = prop::strategy::Union::new_weighted(weighted.collect());
    which.prop_flat_map(move |which| {
        let pool = || pools().swap_remove(which).1;
        let blocks = prop::collection::vec(block_of(pool()), 1..=2);
        let context = prop::collection::vec(entry_of(pool()), 0..3);
        let contexts = prop::collection::vec(context, 1..=contexts);
        (blocks.prop_map(|blocks| Conditions { blocks }), contexts)
    })
}

/// One condition, or two.
pub(super) fn conditions() -> impl Strategy<Value = Conditions> {
    prop::collection::vec(block(), 1..3).prop_map(|blocks| Conditions { blocks })
}
