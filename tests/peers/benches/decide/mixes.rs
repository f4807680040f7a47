//! The policies and the requests that all engines decide.

use std::fmt;

use peer_benches::managed_policies;
use serde_json::Value;

/// Who asks, in every request.
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/Adele";

/// What AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow,
    Deny,
    ImplicitDeny,
}

/// A value of the request's context.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    Text(&'static str),
    Address(&'static str),
    Bool(bool),
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Vec<(&'static str, Known)>,
    pub(crate) expected: Answer,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {} with {:?}, which is {:?}",
            self.action, self.resource, self.context, self.expected
        )
    }
}

/// Policies with a shuffled mix of requests.
pub(crate) struct Mix {
    pub(crate) name: &'static str,
    /// The policies as JSON.
    pub(crate) policies: Vec<String>,
    /// The same by hand in Cedar, where that is possible.
    pub(crate) cedar: Option<&'static str>,
    pub(crate) cases: Vec<Case>,
}

fn case(action: &str, resource: &str, expected: Answer) -> Case {
    Case {
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: Vec::new(),
        expected,
    }
}

/// A repeatable shuffle.
pub(crate) fn shuffled<T>(mut items: Vec<T>) -> Vec<T> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for place in (1..items.len()).rev() {
        // Xorshift (Marsaglia): good enough to break patterns.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = usize::try_from(state % (place as u64 + 1)).unwrap_or_default();
        items.swap(place, other);
    }
    items
}

/// AdministratorAccess: everything is allowed, an action that nobody knows too.
pub(crate) fn administrator() -> Mix {
    let mut cases = Vec::new();
    for (action, resource) in [
        ("s3:GetObject", "arn:aws:s3:::assets/logo.svg"),
        ("s3:PutObject", "arn:aws:s3:::assets/uploads/7.csv"),
        (
            "ec2:DescribeInstances",
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
        ),
        ("iam:CreateUser", "arn:aws:iam::111122223333:user/Bob"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:alias/k"),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:jobs-1",
        ),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        ),
        (
            "made-up:Nothing",
            "arn:aws:made-up:eu-west-1:111122223333:thing/1",
        ),
    ] {
        cases.extend(vec![case(action, resource, Answer::Allow); 8]);
    }
    Mix {
        name: "AdministratorAccess",
        policies: vec![
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
                .to_owned(),
        ],
        cedar: Some("permit(principal, action, resource);"),
        cases: shuffled(cases),
    }
}

/// ReadOnlyAccess as AWS has it: literal hits, pattern hits, misses and actions
/// that nobody knows. `None` where the managed policies are not there.
pub(crate) fn read_only() -> Option<Mix> {
    // The only one of its name among the managed policies has this Sid.
    let policy = managed_policies()?
        .into_iter()
        .find(|text| text.contains("\"ReadOnlyActionsGroup1\""))?;
    let document: Value = serde_json::from_str(&policy).ok()?;
    let actions: Vec<&str> = document
        .get("Statement")?
        .as_array()?
        .iter()
        .filter_map(|statement| statement.get("Action")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let (patterns, literals): (Vec<&str>, Vec<&str>) =
        actions.into_iter().partition(|action| action.contains('*'));
    let mut cases = Vec::new();
    for literal in spread(&literals, 64) {
        cases.push(case(literal, &arn_for(literal), Answer::Allow));
    }
    for pattern in spread(&patterns, 64) {
        let action = pattern.replace('*', "Particulars");
        cases.push(case(&action, &arn_for(&action), Answer::Allow));
    }
    for literal in spread(&literals, 32) {
        // Nothing in the policy begins like this.
        let service = literal.split(':').next().unwrap_or_default();
        let action = format!("{service}:Obliterate");
        cases.push(case(&action, &arn_for(&action), Answer::ImplicitDeny));
    }
    for number in 0..32 {
        let action = format!("made-up-{number}:GetNothing");
        cases.push(case(&action, &arn_for(&action), Answer::ImplicitDeny));
    }
    Some(Mix {
        name: "ReadOnlyAccess",
        policies: vec![policy],
        cedar: None,
        cases: shuffled(cases),
    })
}

/// `count` of the items, from the first to the last.
fn spread<'t>(items: &[&'t str], count: usize) -> Vec<&'t str> {
    let step = (items.len() / count).max(1);
    items.iter().copied().step_by(step).take(count).collect()
}

fn arn_for(action: &str) -> String {
    let service = action.split(':').next().unwrap_or_default();
    format!("arn:aws:{service}:eu-west-1:111122223333:thing/1")
}

/// Ten statements as a team might have them: denials, literals, patterns,
/// conditions.
pub(crate) fn ten_statements() -> Mix {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
        {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*"},
        {"Effect":"Allow","Action":["s3:Put*","s3:Delete*"],"Resource":"arn:aws:s3:::assets/uploads/*"},
        {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::assets","Condition":{"StringLike":{"s3:prefix":"home/*"}}},
        {"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:111122223333:jobs-*"},
        {"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:BatchGetItem","dynamodb:Query"],"Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
        {"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},
        {"Effect":"Allow","Action":["ec2:StartInstances","ec2:StopInstances"],"Resource":"arn:aws:ec2:*:111122223333:instance/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
        {"Effect":"Allow","Action":"logs:*","Resource":"arn:aws:logs:*:111122223333:log-group:/app/*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}
    ]}"#;
    let cedar = r#"
        forbid(principal, action == Action::"s3:DeleteBucket", resource);
        forbid(principal, action, resource) when { context.tls == false };
        permit(principal, action == Action::"s3:GetObject", resource) when { context.arn like "arn:aws:s3:::assets/*" };
        permit(principal, action, resource) when { (context.name like "s3:Put*" || context.name like "s3:Delete*") && context.arn like "arn:aws:s3:::assets/uploads/*" };
        permit(principal, action == Action::"s3:ListBucket", resource) when { context.arn == "arn:aws:s3:::assets" && context has prefix && context.prefix like "home/*" };
        permit(principal, action, resource) when { context.name like "sqs:*" && context.arn like "arn:aws:sqs:*:111122223333:jobs-*" };
        permit(principal, action in [Action::"dynamodb:GetItem", Action::"dynamodb:BatchGetItem", Action::"dynamodb:Query"], resource) when { context.arn == "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" };
        permit(principal, action, resource) when { context.name like "ec2:Describe*" };
        permit(principal, action in [Action::"ec2:StartInstances", Action::"ec2:StopInstances"], resource) when { context.arn like "arn:aws:ec2:*:111122223333:instance/*" && context has source && context.source.isInRange(ip("203.0.113.0/24")) };
        permit(principal, action, resource) when { context.name like "logs:*" && context.arn like "arn:aws:logs:*:111122223333:log-group:/app/*" && context has region && context.region == "eu-west-1" };
    "#;
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let (allow, deny, none) = (Answer::Allow, Answer::Deny, Answer::ImplicitDeny);
    let asked = [
        // Literal hits and pattern hits.
        ("s3:GetObject", "arn:aws:s3:::assets/logo.svg", None, allow),
        (
            "s3:PutObject",
            "arn:aws:s3:::assets/uploads/7.csv",
            None,
            allow,
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::assets/uploads/7.csv",
            None,
            allow,
        ),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:jobs-1",
            None,
            allow,
        ),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            None,
            allow,
        ),
        ("ec2:DescribeInstances", instance, None, allow),
        // Misses by the resource, by the action, and of an action nobody knows.
        ("s3:GetObject", "arn:aws:s3:::other/logo.svg", None, none),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:mail",
            None,
            none,
        ),
        (
            "dynamodb:PutItem",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            None,
            none,
        ),
        (
            "iam:CreateUser",
            "arn:aws:iam::111122223333:user/Bob",
            None,
            none,
        ),
        (
            "made-up:Nothing",
            "arn:aws:made-up:eu-west-1:111122223333:thing/1",
            None,
            none,
        ),
        // A denial without a condition.
        ("s3:DeleteBucket", "arn:aws:s3:::assets", None, deny),
        // Conditions that hold and that do not.
        (
            "s3:ListBucket",
            "arn:aws:s3:::assets",
            Some(("s3:prefix", Known::Text("home/adele"))),
            allow,
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::assets",
            Some(("s3:prefix", Known::Text("secret"))),
            none,
        ),
        ("s3:ListBucket", "arn:aws:s3:::assets", None, none),
        (
            "ec2:StartInstances",
            instance,
            Some(("aws:SourceIp", Known::Address("203.0.113.7"))),
            allow,
        ),
        (
            "ec2:StartInstances",
            instance,
            Some(("aws:SourceIp", Known::Address("198.51.100.7"))),
            none,
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web",
            Some(("aws:RequestedRegion", Known::Text("eu-west-1"))),
            allow,
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web",
            Some(("aws:RequestedRegion", Known::Text("us-east-1"))),
            none,
        ),
    ];
    let mut cases = Vec::new();
    for (action, resource, more, expected) in asked {
        for tls in [true, true, true, false] {
            let mut case = case(action, resource, expected);
            case.context.push(("aws:SecureTransport", Known::Bool(tls)));
            case.context.extend(more.clone());
            if !tls {
                case.expected = deny;
            }
            cases.push(case);
        }
    }
    Mix {
        name: "ten statements",
        policies: vec![policy.to_owned()],
        cedar: Some(cedar),
        cases: shuffled(cases),
    }
}
