//! What is asked of a document grows with it and not faster.

use std::time::{Duration, Instant};

use iam_dsl::findings::Checks;
use iam_dsl::{Document, PolicyKind, summary};
use serde_json::{Value, json};

/// A document of this many actions on this many resources, in one statement.
fn document(actions: usize, resources: usize) -> Document {
    let services = ["iam", "s3", "ec2", "lambda", "kms", "sns"];
    let actions: Vec<String> = (0..actions)
        .map(|n| match n % 3 {
            0 => format!("{}:*", services[n % services.len()]),
            1 => format!("{}:Put{n}*", services[n % services.len()]),
            _ => "iam:PutRolePolicy".to_owned(),
        })
        .collect();
    let resources: Vec<String> = (0..resources)
        .map(|n| format!("arn:aws:iam::111122223333:role/app{n}-*"))
        .collect();
    document_of(json!([{"Effect": "Allow", "Action": actions, "Resource": resources}]))
}

fn document_of(statements: Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Document::from_json(&text).unwrap()
}

/// The time of the own checks and the summary, the best of three.
fn time(document: &Document) -> (Duration, Duration) {
    let checks = Checks::all().without(iam_dsl::findings::Group::Validator);
    let best = |work: &dyn Fn()| {
        let once = || {
            let start = Instant::now();
            work();
            start.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap()
    };
    (
        best(&|| {
            let _ = checks.find(document, PolicyKind::Identity);
        }),
        best(&|| {
            let _ = summary(document);
        }),
    )
}

/// Ten times the document may take ten times as long, with room for a busy
/// machine; a square would take a hundred times.
#[test]
fn time_grows_with_the_document() {
    let small = time(&document(1_000, 100));
    let large = time(&document(10_000, 1_000));
    println!("1,000 x 100: {small:?}; 10,000 x 1,000: {large:?}");
    let floor = Duration::from_millis(5);
    assert!(large.0 < small.0.max(floor) * 40, "{small:?} {large:?}");
    assert!(large.1 < small.1.max(floor) * 40, "{small:?} {large:?}");

    let many = |count: usize| {
        let statements: Vec<Value> = (0..count)
            .map(|n| json!({"Effect": "Allow", "Action": ["iam:*", "kms:*"], "Resource": format!("arn:aws:iam::*:role/a{n}*")}))
            .collect();
        time(&document_of(statements.into()))
    };
    let (few, many) = (many(100), many(1_000));
    println!("statements, 100: {few:?}; 1,000: {many:?}");
    assert!(
        many.0 < few.0.max(floor) * 40 && many.1 < few.1.max(floor) * 40,
        "{few:?} {many:?}"
    );
}
