//! Scenarios 15 and 10: what a decision says of itself, under a permissions
//! boundary and for both sides of a source address.

use std::process::ExitCode;

use examples::{Failure, bullet, heading, text};
use iam_dsl::{
    Authorizer, BoundaryPolicy, Context, Policy, Request, StatementReport, Unmatched,
    boundary_policy, policy,
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

/// A private range names no address that AWS ever sees from outside.
static INSIDE: Policy = policy! {
    "FromInside": allow s3:GetObject on "arn:aws:s3:::assets/*"
        when IpAddress { aws:SourceIp: "10.0.0.0/8" };
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
    let inside = Authorizer::new().identity(&INSIDE);
    text(inside.decide(&ask("s3:GetObject", LOGO)?.context(from("198.51.100.7"))));
    text(inside.decide(&ask("s3:GetObject", LOGO)?.context(from("10.1.2.3"))));
    bullet("AWS sees a private address only through a VPC endpoint, and in aws:VpcSourceIp");
    Ok(())
}

fn ask(action: &str, resource: &str) -> Result<Request, Failure> {
    Ok(Request::new(action, resource)?.principal(USER.parse()?))
}

fn from(address: &str) -> Context {
    Context::new().with("aws:SourceIp", address)
}
