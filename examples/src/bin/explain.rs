//! Scenarios 15 and 10: what a decision says of itself, with policies of every
//! layer, within an account and across, and for both sides of a source address.

use std::process::ExitCode;

use examples::{Failure, bullet, heading, text};
use iam_dsl::{
    AccountId, Authorizer, BoundaryPolicy, Context, Document, Policy, Request, ResourcePolicy,
    ServiceControlPolicy, SessionPolicy, StatementReport, Unmatched, boundary_policy, policy,
    resource_policy, service_control_policy, session_policy,
};

const USER: &str = "arn:aws:iam::111122223333:user/ci";
const LOGO: &str = "arn:aws:s3:::assets/logo.svg";

static UPLOAD: Policy = policy! {
    "Upload": allow s3:{PutObject, GetObject} on "arn:aws:s3:::assets/*"
        when IpAddress { aws:SourceIp: "203.0.113.0/24" };
    "KeepReleases": deny s3:DeleteObject on "arn:aws:s3:::assets/releases/*";
    "Clean": allow s3:DeleteObject on "arn:aws:s3:::assets/*";
};

/// What a developer may give at most.
static AT_MOST: BoundaryPolicy = boundary_policy! {
    "AtMost": allow [s3:GetObject, s3:PutObject, iam:CreateRole] on *;
};

/// A private range names no address that AWS ever sees from outside: `policy!`
/// refuses it, so it comes from elsewhere here.
const INSIDE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"FromInside","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#;

/// The private address as AWS sees it, through an endpoint in the network.
static THROUGH_ENDPOINT: Policy = policy! {
    "FromInside": allow s3:GetObject on "arn:aws:s3:::assets/*"
        when IpAddress { aws:VpcSourceIp: "10.0.0.0/8" };
};

/// What one session is for.
static READ_ONLY: SessionPolicy = session_policy! {
    "ReadOnly": allow s3:GetObject on *;
};

/// What the organization leaves to the account.
static NO_QUEUES: ServiceControlPolicy = service_control_policy! {
    "All": allow * on *;
    "NoQueues": deny sqs:* on *;
};

/// The policy of the bucket: it names a user of its own account, and one of another.
static BUCKET: ResourcePolicy = resource_policy! {
    "Partners": allow principal AWS ["arn:aws:iam::111122223333:user/ci", "arn:aws:iam::444455556666:user/partner"]
        to s3:GetObject on "arn:aws:s3:::assets/*";
};

static PARTNER: Policy = policy! {
    "Fetch": allow s3:GetObject on "arn:aws:s3:::assets/*";
};

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let upload = Authorizer::new().identity(&UPLOAD);
    let office = from("203.0.113.7");

    heading("a statement that allows, and one that denies");
    text(upload.decide(&ask("s3:PutObject", LOGO)?.context(office.clone())));
    text(upload.decide(&ask(
        "s3:DeleteObject",
        "arn:aws:s3:::assets/releases/1.zip",
    )?));

    heading("the same request from elsewhere, and why each statement does not match");
    let decision = upload.decide(&ask("s3:PutObject", LOGO)?.context(from("198.51.100.7")));
    text(&decision);
    bullet("the same as values:");
    for StatementReport {
        statement,
        unmatched,
        ..
    } in decision.statements()
    {
        let sid = statement.sid.as_deref().unwrap_or("no Sid");
        match unmatched {
            Some(Unmatched::Condition { operator, key, .. }) => {
                bullet(format_args!("{sid}: the condition {operator} on {key}"));
            }
            Some(other) => bullet(format_args!("{sid}: {other:?}")),
            None => bullet(format_args!("{sid}: matches")),
        }
    }

    heading("a boundary limits, and gives nothing itself");
    let bounded = upload.boundary(&AT_MOST);
    text(bounded.decide(&ask("s3:PutObject", LOGO)?.context(office)));
    text(bounded.decide(&ask("s3:DeleteObject", LOGO)?));
    text(bounded.decide(&ask("iam:CreateRole", "arn:aws:iam::111122223333:role/r")?));

    heading("a private range never matches a public address");
    let inside = Authorizer::new().identity(&Document::from_json(INSIDE)?);
    text(inside.decide(&ask("s3:GetObject", LOGO)?.context(from("198.51.100.7"))));
    text(inside.decide(&ask("s3:GetObject", LOGO)?.context(from("10.1.2.3"))));
    bullet("AWS sees a private address only through a VPC endpoint, and in aws:VpcSourceIp");
    let endpoint = Authorizer::new().identity(&THROUGH_ENDPOINT);
    let private = |address: &str| Context::new().with("aws:VpcSourceIp", address);
    text(endpoint.decide(&ask("s3:GetObject", LOGO)?.context(private("10.1.2.3"))));
    text(endpoint.decide(&ask("s3:GetObject", LOGO)?.context(private("192.168.1.2"))));

    heading("a session policy limits a session");
    let session = bounded.session(&READ_ONLY);
    let run = |action| -> Result<Request, Failure> {
        let run = "arn:aws:sts::111122223333:assumed-role/ci/run-7";
        Ok(Request::new(action, LOGO)?
            .principal(run.parse()?)
            .context(from("203.0.113.7")))
    };
    text(session.decide(&run("s3:GetObject")?));
    text(session.decide(&run("s3:PutObject")?));

    heading("the organization's deny is above all policies of the account");
    let all: Policy = policy! { "Everything": allow * on *; };
    let member = Authorizer::new()
        .identity(&all)
        .service_control_level([&NO_QUEUES]);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    text(member.decide(&ask("s3:GetObject", LOGO)?));
    text(member.decide(&ask("sqs:SendMessage", queue)?));

    heading("a bucket policy suffices within the account, and not across accounts");
    let bucket = Authorizer::new().resource(&BUCKET);
    let owner: AccountId = "111122223333".parse()?;
    text(bucket.decide(&ask("s3:GetObject", LOGO)?.resource_account(owner.clone())));
    let partner = Request::new("s3:GetObject", LOGO)?
        .principal("arn:aws:iam::444455556666:user/partner".parse()?)
        .resource_account(owner);
    text(bucket.decide(&partner));
    text(bucket.identity(&PARTNER).decide(&partner));
    Ok(())
}

fn ask(action: &str, resource: &str) -> Result<Request, Failure> {
    Ok(Request::new(action, resource)?.principal(USER.parse()?))
}

fn from(address: &str) -> Context {
    Context::new().with("aws:SourceIp", address)
}
