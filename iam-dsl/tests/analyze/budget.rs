//! Adversarial policies end in time.

use std::time::{Duration, Instant};

use iam_dsl::analyze::{Access, Analysis, Budget, Comparison, UnknownKind, compare};
use iam_dsl::{Document, PolicyKind};

fn access(statements: &str) -> Access {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Access::document(&Document::from_json(&text).unwrap(), PolicyKind::Identity)
}

/// An answer of any kind, in a second; ten in a debug build on a busy machine.
fn ends(name: &str, new: &str, reference: &str) -> Comparison {
    let (new, reference) = (access(new), access(reference));
    let start = Instant::now();
    let comparison = compare(&new, &reference);
    let most = Duration::from_secs(10);
    assert!(start.elapsed() < most, "{name}: {:?}", start.elapsed());
    comparison
}

fn allow(resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":["{resource}"]}}"#)
}

fn deny(resource: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":["{resource}"]}}"#)
}

#[test]
fn entangled_patterns() {
    let stars = |letters: &str, times: usize| {
        format!(
            "arn:aws:s3:::*{}",
            letters
                .chars()
                .map(|c| format!("{c}*"))
                .collect::<String>()
                .repeat(times)
        )
    };
    let (left, right) = (stars("ab", 40), stars("cd", 40));
    ends(
        "stars",
        &allow(&left),
        &format!("{},{}", allow("*"), deny(&right)),
    );
    let questions = format!("arn:aws:s3:::{}*", "*?".repeat(60));
    ends(
        "questions",
        &allow(&questions),
        &allow(&format!("arn:aws:s3:::{}", "?*a".repeat(30))),
    );
    ends(
        "questions",
        &allow("*"),
        &allow(&format!("arn:aws:s3:::{}", "?*a".repeat(30))),
    );
    let long = format!("arn:aws:s3:::{}*b", "a".repeat(5_000));
    ends(
        "long",
        &allow(&long),
        &format!(
            "{},{}",
            allow("*"),
            deny(&format!("arn:aws:s3:::*{}b*", "a".repeat(4_000)))
        ),
    );
    let colons = "*:".repeat(60) + "*";
    ends(
        "colons",
        &allow(&format!("arn:{colons}")),
        &allow(&format!("arn:aws{colons}x")),
    );
    let many: Vec<String> = (0..300)
        .map(|n| format!("arn:aws:ec2:*:*:t{n}*/*{n}*"))
        .collect();
    let list = many.join("\",\"");
    ends(
        "many",
        &allow(&list),
        &format!("{},{}", allow("*"), deny(&list)),
    );
}

#[test]
fn long_lists_of_values() {
    let values = |of: &str| {
        (0..200)
            .map(|n| format!("\"{}\"", of.replace('#', &n.to_string())))
            .collect::<Vec<_>>()
            .join(",")
    };
    let statement = |effect: &str, condition: &str| {
        format!(
            r#"{{"Effect":"{effect}","Action":"s3:*","Resource":"*","Condition":{{{condition}}}}}"#
        )
    };
    for operator in [
        "StringEquals",
        "StringLike",
        "StringNotLike",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
        "ArnLike",
    ] {
        for text in ["v#", "*v#*", "v#*", "arn:aws:*:*:*:v#*"] {
            let a = statement(
                "Allow",
                &format!(r#""{operator}":{{"aws:RequestTag/a":[{}]}}"#, values(text)),
            );
            let b = statement(
                "Deny",
                &format!(
                    r#""{operator}":{{"aws:RequestTag/a":[{}]}}"#,
                    values(&format!("*{text}"))
                ),
            );
            ends(operator, &a, &format!("{a},{b}"));
            ends(operator, &format!("{a},{b}"), &a);
        }
    }
    let numbers = statement(
        "Allow",
        &format!(
            r#""NumericEquals":{{"aws:MultiFactorAuthAge":[{}]}}"#,
            values("#")
        ),
    );
    assert!(ends("numbers", &numbers, &numbers).is_no_new_access());
    let nets = statement(
        "Allow",
        &format!(
            r#""IpAddress":{{"aws:SourceIp":[{}]}}"#,
            values("10.0.#.0/24")
        ),
    );
    assert!(ends("networks", &nets, &nets).is_no_new_access());
    // As many statements, each with two ways out.
    let many: Vec<String> = (0..200)
        .map(|n| statement("Deny", &format!(r#""StringLike":{{"aws:RequestTag/a":"*{n}*"}},"StringNotLike":{{"aws:RequestTag/b":"*{n}*"}}"#)))
        .collect();
    let all = statement("Allow", "");
    ends(
        "statements",
        &format!("{all},{}", many.join(",")),
        &many.join(","),
    );
}

#[test]
fn the_budget_is_the_callers() {
    let a = allow("arn:aws:s3:::*a*b*c*");
    let b = format!("{},{}", allow("*"), deny("arn:aws:s3:::*d*e*f*"));
    let little = Analysis::new().budget(Budget::new().steps(10));
    match little.compare(&access(&a), &access(&b)) {
        Comparison::Unknown(unknown) => assert_eq!(unknown.kind(), UnknownKind::Budget),
        other => panic!("{other}"),
    }
    assert!(compare(&access(&a), &access(&b)).witness().is_some());
}
