//! How the time of a decision grows with the number of policies.

use peer_benches::figure;

use crate::engines::Ours;
use crate::mixes::{Answer, Case, Known, Mix, shuffled};
use crate::{engines::Engine as _, measure};

const SERVICES: [&str; 10] = [
    "s3", "sqs", "sns", "dynamodb", "lambda", "ec2", "logs", "kinesis", "ecr", "ssm",
];
const VERBS: [&str; 6] = ["Get", "List", "Describe", "Put", "Update", "Tag"];

/// 1,000 policies of 10 statements over the same services with overlapping
/// globs, against 10 of them, on the same requests.
pub(crate) fn ratio() {
    let few = Mix {
        name: "ten policies",
        policies: (0..10).map(policy).collect(),
        cedar: None,
        cases: shuffled(cases()),
    };
    let many = Mix {
        name: "a thousand policies",
        policies: (0..1_000).map(policy).collect(),
        ..few_again(&few)
    };
    println!("{} requests of all", few.cases.len());
    let mut rates = Vec::new();
    for mix in [&few, &many] {
        match measure::<Ours>(mix) {
            Ok(rate) => {
                println!("  {}, {}: {rate:.0} a second", Ours::NAME, mix.name);
                rates.push(rate);
            }
            Err(failure) => println!("  {}, {}: left out: {failure}", Ours::NAME, mix.name),
        }
    }
    if let [few, many] = rates.as_slice() {
        figure("thousand_vs_ten", few / many, "x");
    }
}

fn few_again(mix: &Mix) -> Mix {
    Mix {
        name: mix.name,
        policies: Vec::new(),
        cedar: None,
        cases: mix.cases.clone(),
    }
}

/// The policy of one team: one statement a service, with globs that overlap
/// those of all other teams in the action and those of some in the resource.
fn policy(team: usize) -> String {
    let statements: Vec<String> = SERVICES
        .iter()
        .enumerate()
        .map(|(number, service)| {
            let verb = |more: usize| VERBS.get((team + number + more) % VERBS.len()).copied().unwrap_or("Get");
            let group = team / 10;
            match number {
                // A denial in every policy, and conditions in two.
                9 => format!(
                    r#"{{"Effect":"Deny","Action":["{service}:Delete*","{service}:*Parameter"],"Resource":"arn:aws:{service}:*:*:parameter/team-{team}/locked/*"}}"#
                ),
                7 | 8 => format!(
                    r#"{{"Effect":"Allow","Action":["{service}:Get*","{service}:{}*","{service}:*Stream"],"Resource":["arn:aws:{service}:*:111122223333:stream/team-{team}-*","arn:aws:{service}:eu-*:111122223333:stream/group-{group}-*"],"Condition":{{"StringEquals":{{"aws:RequestedRegion":["eu-west-1","eu-north-1"]}}}}}}"#,
                    verb(0)
                ),
                0 => format!(
                    r#"{{"Effect":"Allow","Action":["s3:Get*","s3:{}*","s3:ListBucket"],"Resource":["arn:aws:s3:::team-{team}-*","arn:aws:s3:::group-{group}/*/public/*"]}}"#,
                    verb(0)
                ),
                _ => format!(
                    r#"{{"Effect":"Allow","Action":["{service}:*Get*","{service}:{}*","{service}:{}*"],"Resource":["arn:aws:{service}:*:111122223333:*/team-{team}-*","arn:aws:{service}:eu-west-1:111122223333:thing/group-{group}-*"]}}"#,
                    verb(0),
                    verb(1)
                ),
            }
        })
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

/// Requests with the same answer under ten policies and under a thousand.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut ask = |action: String, resource: String, region: &'static str, expected: Answer| {
        cases.push(Case {
            action,
            resource,
            context: vec![("aws:RequestedRegion", Known::Text(region))],
            expected,
        });
    };
    let (allow, deny, none) = (Answer::Allow, Answer::Deny, Answer::ImplicitDeny);
    for team in 0..10 {
        // Hits by a literal and by patterns.
        ask(
            "s3:ListBucket".into(),
            format!("arn:aws:s3:::team-{team}-data"),
            "eu-west-1",
            allow,
        );
        ask(
            "s3:GetObject".into(),
            format!("arn:aws:s3:::team-{team}-data/a/b"),
            "eu-west-1",
            allow,
        );
        ask(
            "s3:GetObject".into(),
            "arn:aws:s3:::group-0/x/public/y".into(),
            "eu-west-1",
            allow,
        );
        for service in ["sqs", "dynamodb", "lambda", "ec2", "logs"] {
            let own = format!("arn:aws:{service}:eu-west-1:111122223333:thing/team-{team}-one");
            ask(
                format!("{service}:BatchGetItem"),
                own.clone(),
                "eu-west-1",
                allow,
            );
            // Misses by the action, and by the resource.
            ask(format!("{service}:Obliterate"), own, "eu-west-1", none);
            let other = format!("arn:aws:{service}:eu-west-1:111122223333:thing/nobody-{team}");
            ask(format!("{service}:GetItem"), other, "eu-west-1", none);
        }
        // Conditions that hold and that do not.
        let stream = format!("arn:aws:kinesis:eu-west-1:111122223333:stream/team-{team}-clicks");
        ask(
            "kinesis:GetRecords".into(),
            stream.clone(),
            "eu-west-1",
            allow,
        );
        ask("kinesis:GetRecords".into(), stream, "us-east-1", none);
        // Denials, and an action nobody knows.
        let locked = format!("arn:aws:ssm:eu-west-1:111122223333:parameter/team-{team}/locked/key");
        ask(
            "ssm:DeleteParameter".into(),
            locked.clone(),
            "eu-west-1",
            deny,
        );
        ask("ssm:GetParameter".into(), locked, "eu-west-1", deny);
        ask(
            format!("made-up-{team}:Nothing"),
            "arn:aws:s3:::b".into(),
            "eu-west-1",
            none,
        );
    }
    cases
}
