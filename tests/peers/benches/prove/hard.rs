//! Pairs of policies made to be hard to compare.

use serde_json::{Value, json};

/// A name, the new document and the reference.
pub(crate) type Pair = (String, Value, Value);

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn on(resources: Value) -> Value {
    document(json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}]))
}

fn when(condition: Value) -> Value {
    document(
        json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}]),
    )
}

/// All of them.
pub(crate) fn pairs() -> Vec<Pair> {
    let mut all = globs();
    all.extend(conditions());
    all.extend(statements());
    all
}

fn globs() -> Vec<Pair> {
    let mut all = Vec::new();
    for stars in [4, 16, 64, 200] {
        let part = |with: &str| format!("arn:aws:s3:::b/{}", with.repeat(stars));
        all.push((
            format!("{stars} stars against one more"),
            on(json!(part("*a"))),
            on(json!(format!("{}*b*", part("*a")))),
        ));
        all.push((
            format!("{stars} stars with ? against stars"),
            on(json!(part("*?a"))),
            on(json!(part("*a?"))),
        ));
        all.push((
            format!("{stars} ? against a star between"),
            on(json!(part("?"))),
            on(json!([
                format!("{}*", part("?")),
                format!("*{}", part("?"))
            ])),
        ));
    }
    // What a union of automata cannot hold: one state for each set of the places
    // at which a letter was seen.
    for places in [8, 12, 20, 40] {
        let spaced = |n: usize| format!("arn:aws:s3:::b/*a{}", "?".repeat(n));
        all.push((
            format!("a letter so many places before the end, {places}"),
            on(json!("arn:aws:s3:::b/*")),
            on(json!((0..places).map(spaced).collect::<Vec<_>>())),
        ));
        let letters = ('a'..='z').chain('A'..='Z').take(places);
        let seen: Vec<String> = letters.map(|c| format!("arn:aws:s3:::b/*{c}*")).collect();
        let denied = document(json!([
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": seen},
        ]));
        all.push((format!("{places} letters denied"), denied, on(json!(seen))));
        // Statements that must match all at once.
        let each = seen.iter().map(
            |resource| json!({"Effect": "Deny", "Action": "s3:GetObject", "NotResource": resource}),
        );
        let mut every = vec![json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})];
        every.extend(each);
        all.push((
            format!("{places} letters wanted at once"),
            document(json!(every)),
            on(json!("arn:aws:s3:::b/zz*")),
        ));
    }
    let types: Vec<String> = (0..60)
        .map(|n| format!("arn:aws:ec2:*:*:type{n}/*"))
        .collect();
    all.push((
        "types of EC2".to_owned(),
        on(json!(types)),
        on(json!("arn:aws:ec2:*:*:type1*")),
    ));
    let long = "x".repeat(2_000);
    all.push((
        "long ones".to_owned(),
        on(json!(format!("arn:aws:s3:::b/*{long}*{long}?"))),
        on(json!(format!("arn:aws:s3:::b/*{long}?{long}*"))),
    ));
    all
}

fn conditions() -> Vec<Pair> {
    let mut all = Vec::new();
    let texts = |from: usize| {
        (from..from + 200)
            .map(|n| format!("value-{n}"))
            .collect::<Vec<_>>()
    };
    let patterns = |from: usize| {
        (from..from + 200)
            .map(|n| format!("*{n}?*"))
            .collect::<Vec<_>>()
    };
    let networks = |bits: u8| {
        (0..200)
            .map(|n| format!("10.{n}.0.0/{bits}"))
            .collect::<Vec<_>>()
    };
    let numbers = |from: usize| {
        (from..from + 200)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
    };
    for (name, operator, key, a, b) in [
        (
            "200 values",
            "StringEquals",
            "aws:RequestedRegion",
            texts(0),
            texts(1),
        ),
        (
            "200 values ignoring case",
            "StringNotEqualsIgnoreCase",
            "s3:prefix",
            texts(0),
            texts(1),
        ),
        (
            "200 patterns",
            "StringLike",
            "s3:prefix",
            patterns(0),
            patterns(1),
        ),
        (
            "200 patterns negated",
            "StringNotLike",
            "s3:prefix",
            patterns(0),
            patterns(1),
        ),
        (
            "200 networks",
            "IpAddress",
            "aws:SourceIp",
            networks(24),
            networks(25),
        ),
        (
            "200 networks negated",
            "NotIpAddress",
            "aws:SourceIp",
            networks(24),
            networks(25),
        ),
        (
            "200 numbers",
            "NumericNotEquals",
            "s3:max-keys",
            numbers(0),
            numbers(1),
        ),
        (
            "200 values of all",
            "ForAllValues:StringEquals",
            "aws:TagKeys",
            texts(0),
            texts(1),
        ),
        (
            "200 patterns of any",
            "ForAnyValue:StringLike",
            "aws:TagKeys",
            patterns(0),
            patterns(1),
        ),
        (
            "200 patterns of all",
            "ForAllValues:StringNotLike",
            "aws:TagKeys",
            patterns(0),
            patterns(1),
        ),
    ] {
        let one = |values: &Vec<String>| when(json!({operator: {key: values}}));
        all.push((name.to_owned(), one(&a), one(&b)));
    }
    // Twenty keys, each either way: a truth table has a million rows.
    let many = |value: &str| {
        let keys = (0..20).map(|n| (format!("aws:RequestTag/k{n}"), json!(value)));
        json!(keys.collect::<serde_json::Map<_, _>>())
    };
    all.push((
        "twenty keys".to_owned(),
        when(json!({"StringEquals": many("a")})),
        when(json!({"StringLike": many("a*"), "StringNotEquals": many("b")})),
    ));
    all
}

fn statements() -> Vec<Pair> {
    // A statement for each bit of a parity: no two share a value.
    let chain = |length: usize, last: &str| {
        let each = (0..length).map(|n| {
            let next = if n + 1 == length {
                last.to_owned()
            } else {
                format!("k{}", n + 1)
            };
            json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {
                "StringEquals": {format!("aws:RequestTag/k{n}"): "a"},
                "StringNotEquals": {format!("aws:RequestTag/{next}"): "a"},
            }})
        });
        let mut all = vec![json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})];
        all.extend(each);
        document(json!(all))
    };
    let each = |count: usize, shift: usize| {
        let each = (0..count).map(|n| {
            let (a, b) = (n + shift, (n * 7 + 3) % count);
            json!({"Effect": if n % 3 == 2 { "Deny" } else { "Allow" }, "Action": format!("s3:*{}*", n % 5),
                "Resource": format!("arn:aws:s3:::b{a}*/x{b}*"), "Condition": {"StringLike": {
                    format!("aws:RequestTag/k{}", n % 6): format!("*{a}*"), format!("aws:RequestTag/l{}", n % 4): format!("{b}*")}}})
        });
        document(json!(each.collect::<Vec<_>>()))
    };
    vec![
        (
            "a chain of 12 keys".to_owned(),
            chain(12, "k0"),
            chain(12, "end"),
        ),
        (
            "a chain of 24 keys".to_owned(),
            chain(24, "k0"),
            chain(24, "end"),
        ),
        (
            "30 statements that overlap".to_owned(),
            each(30, 0),
            each(30, 1),
        ),
        (
            "90 statements that overlap".to_owned(),
            each(90, 0),
            each(90, 1),
        ),
    ]
}
