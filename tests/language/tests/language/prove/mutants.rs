//! Mutants of a few policies, and of the files beside the repository where those
//! are: there `IAM_DSL_PROVE_POLICIES=1523` asks about all of them.

use language_tests::conformance::{Kind, run};
use serde_json::json;

use super::count;

/// Of the guide's examples, in short: what people write.
fn policies() -> String {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let documents = [
        json!([allow("s3:*", "*"), {"Effect": "Deny", "Action": ["s3:DeleteObject", "s3:DeleteBucket"], "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]),
        json!([{"Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:StopInstances"], "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": {"StringEquals": {"aws:ResourceTag/Owner": "${aws:username}"}}},
            allow("ec2:DescribeInstances", "*")]),
        json!([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}, allow("iam:ListRoles", "*")]),
        json!([{"Effect": "Allow", "Action": "sqs:*", "Resource": ["arn:aws:sqs:eu-*-1:111122223333:q?", "arn:aws:sqs:*:111122223333:jobs"],
            "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
                "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}]),
        json!([{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}, "Null": {"aws:TagKeys": "false"}}}]),
    ];
    let lines = documents.iter().enumerate().map(|(number, statements)| {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        json!({"name": format!("example {number}"), "document": document}).to_string()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn mutants_of_examples_are_told_apart() {
    let report = run(Kind::Mutants, &policies());
    assert!(report.disagreements.is_empty(), "{report}");
    assert!(report.agree > 120, "{report}");
    let tally = report.tally.as_ref().unwrap();
    assert!(tally.unknowns() * 100 <= report.agree, "{report}");
}

#[test]
fn mutants_of_the_policies_beside_the_repository_are_told_apart() {
    for (file, ordinary) in [
        ("aws-managed-policies.jsonl", 12),
        ("forum-policies.jsonl", 6),
    ] {
        let path = format!("{}/../../../shared/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("left out: there is no {file} beside the repository");
            continue;
        };
        let wanted = usize::try_from(count("IAM_DSL_PROVE_POLICIES", ordinary)).unwrap();
        let all = wanted > ordinary.try_into().unwrap();
        // The large ones are for the long run.
        let lines = text.lines().filter(|line| all || line.len() < 3_000);
        let lines: Vec<&str> = lines.collect();
        // Spread over the file, which is sorted by name.
        let every = lines.len().div_ceil(wanted.max(1)).max(1);
        let chosen: Vec<&str> = lines.into_iter().step_by(every).collect();
        let report = run(Kind::Mutants, &chosen.join("\n"));
        assert!(report.disagreements.is_empty(), "{report}");
        println!("{file}: {report}");
    }
}

/// The runner would notice: a claim that is wrong disagrees, whichever it is.
#[test]
fn a_wrong_expectation_is_told() {
    let case = |expected: &str| {
        json!({"name": "wrong", "expected": expected,
            "new": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
            "reference": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}})
        .to_string()
    };
    assert!(
        run(Kind::Compare, &case("NewAccess"))
            .disagreements
            .is_empty()
    );
    let wrong = run(Kind::Compare, &case("NoNewAccess"));
    assert_eq!(wrong.disagreements.len(), 1);
    assert!(
        wrong
            .to_string()
            .ends_with("0 agree, 1 disagree, 0 unknown"),
        "{wrong}"
    );
}
