//! A decision allocates nothing, whatever it comes to, until somebody asks why.

use iam_dsl::{Authorizer, Context, Document, Outcome, Request};

const USER: &str = "arn:aws:iam::111122223333:user/Adele";

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Tls", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    {"Sid": "Literal", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::assets/logo.svg"},
    {"Sid": "Pattern", "Effect": "Allow", "Action": ["s3:Put*", "s3:*Tagging"], "Resource": "arn:aws:s3:::assets/*/public/*"},
    {"Sid": "Home", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
    {"Sid": "Regions", "Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:eu-*-1:*:instance/*"},
    {"Sid": "Prefix", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::assets",
     "Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*", "public/*"]}, "StringEqualsIfExists": {"aws:RequestedRegion": "eu-west-1"}}},
    {"Sid": "Own", "Effect": "Allow", "Action": "sqs:*", "Resource": "*",
     "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:user/*"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                   "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
                   "Null": {"aws:TokenIssueTime": "true"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}}
]}"#;

fn requests() -> Vec<(Request, Outcome)> {
    let asked = [
        (
            "s3:GetObject",
            "arn:aws:s3:::assets/logo.svg",
            Outcome::Allow,
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::assets/a/public/b",
            Outcome::Allow,
        ),
        ("s3:PutObject", "arn:aws:s3:::home/Adele/a", Outcome::Allow),
        (
            "s3:PutObject",
            "arn:aws:s3:::home/Bob/a",
            Outcome::ImplicitDeny,
        ),
        (
            "ec2:StopInstances",
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
            Outcome::Allow,
        ),
        ("s3:ListBucket", "arn:aws:s3:::assets", Outcome::Allow),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:jobs",
            Outcome::Allow,
        ),
        (
            "s3:DeleteBucket",
            "arn:aws:s3:::assets",
            Outcome::ExplicitDeny,
        ),
        (
            "made-up:Nothing",
            "arn:aws:made-up:eu-west-1:111122223333:thing",
            Outcome::ImplicitDeny,
        ),
    ];
    let context = |tls: bool| {
        Context::new()
            .with("aws:SecureTransport", tls)
            .with("s3:prefix", "Adele/notes")
            .with("aws:MultiFactorAuthAge", 300)
            .with(
                "aws:SourceIp",
                "203.0.113.7".parse::<std::net::IpAddr>().unwrap(),
            )
            .with("aws:CurrentTime", std::time::SystemTime::now())
            .with_values("aws:TagKeys", ["team"])
    };
    let mut requests = Vec::new();
    for (action, resource, outcome) in asked {
        for (tls, outcome) in [(true, outcome), (false, Outcome::ExplicitDeny)] {
            let request = Request::new(action, resource)
                .unwrap()
                .principal(USER.parse().unwrap())
                .context(context(tls));
            requests.push((request, outcome));
        }
    }
    requests
}

fn check(authorizer: &Authorizer) {
    for (request, outcome) in requests() {
        let mut found = None;
        let counted = allocation_counter::measure(|| {
            found = Some(authorizer.decide(&request).outcome());
            assert_eq!(Some(authorizer.outcome(&request)), found);
        });
        assert_eq!(found, Some(outcome), "{request}");
        assert_eq!(counted.count_total, 0, "{request}: {counted:?}");
    }
}

#[test]
fn a_decision_allocates_nothing() {
    let policy = Document::from_json(POLICY).unwrap();
    check(&Authorizer::new().identity(&policy));
}

#[test]
fn neither_does_one_over_many_statements_or_many_layers() {
    let policy = Document::from_json(POLICY).unwrap();
    let many = (0..10).fold(Authorizer::new(), |authorizer, _| {
        authorizer.identity(&policy)
    });
    let everything = |principal: &str| {
        Document::from_json(&format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}}}"#
        ))
        .unwrap()
    };
    let (own, of_all) = (everything(""), everything(r#""Principal":"*","#));
    check(
        &many
            .boundary(&own)
            .session(&own)
            .endpoint(&of_all)
            .service_control_level([&own])
            .resource_control_level([&of_all]),
    );
}

/// The counter counts: it would see what it is there to see.
#[test]
fn an_explanation_does_allocate() {
    let authorizer = Authorizer::new().identity(&Document::from_json(POLICY).unwrap());
    let request = Request::new("s3:GetObject", "arn:aws:s3:::other").unwrap();
    let decision = authorizer.decide(&request);
    let counted = allocation_counter::measure(|| drop(decision.to_string()));
    assert!(counted.count_total > 0);
}
