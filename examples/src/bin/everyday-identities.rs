//! Scenario 10: a user, a group, a policy bound to addresses, and a permissions
//! boundary. The tutorial's private range never matches, which is a finding;
//! two ranges that do are evaluated both ways.

use std::process::ExitCode;

use examples::{Failure, Stage, apply, apply_again, bullet, destroy, heading, simulated};
use iam_dsl::{
    Authorizer, Context, Document, Policy, PolicyKind, Principal, Request, TrustPolicy, findings,
    policy, trust_policy,
};
use iam_provision::{Bundle, Group, ManagedPolicy, PolicyRef, Provisioner, Role, User};

/// The tutorial's, to the letter; the macro refuses it.
const TUTORIAL: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    "Resource": ["arn:aws:s3:::my-app-assets-2024", "arn:aws:s3:::my-app-assets-2024/*"],
    "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
  }]
}"#;

static FROM_THE_OFFICE: Policy = policy! {
    allow s3:{GetObject, PutObject, DeleteObject} on "arn:aws:s3:::my-app-assets-2024/*"
        when IpAddress { aws:SourceIp: "203.0.113.0/24" };
};

static FROM_THE_VPC: Policy = policy! {
    allow s3:{GetObject, PutObject, DeleteObject} on "arn:aws:s3:::my-app-assets-2024/*"
        when IpAddress { aws:VpcSourceIp: "10.0.0.0/8" };
};

static AT_MOST_READ: Policy = policy! {
    allow s3:{GetObject, ListBucket}
        on ["arn:aws:s3:::my-app-assets-2024", "arn:aws:s3:::my-app-assets-2024/*"];
};

static EC2: TrustPolicy = trust_policy! {
    allow principal Service "ec2.amazonaws.com" to sts:AssumeRole;
};

const OBJECT: &str = "arn:aws:s3:::my-app-assets-2024/logo.png";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    examples::exit(run().await)
}

async fn run() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let provisioner = Provisioner::for_account(stage.account().clone(), stage.config()).await?;

    heading("the tutorial's policy, and what is wrong with it");
    let tutorial = Document::from_json(TUTORIAL)?;
    for finding in findings(&tutorial, PolicyKind::Identity).iter() {
        bullet(finding);
    }

    heading("two that match, evaluated both ways");
    let (ip, vpc) = ("aws:SourceIp", "aws:VpcSourceIp");
    for (name, policy, key, address) in [
        (
            "from the office's addresses",
            &FROM_THE_OFFICE,
            ip,
            "203.0.113.7",
        ),
        ("from elsewhere", &FROM_THE_OFFICE, ip, "198.51.100.7"),
        ("from inside the VPC", &FROM_THE_VPC, vpc, "10.1.2.3"),
        ("from another VPC", &FROM_THE_VPC, vpc, "172.16.2.3"),
    ] {
        let user = format!("arn:aws:iam::{}:user/devops-engineer", stage.account());
        let context = Context::new().with(key, address.parse::<std::net::IpAddr>()?);
        let request = Request::new("s3:PutObject", OBJECT)?
            .principal(user.parse::<Principal>()?)
            .context(context);
        let decision = Authorizer::new().identity(policy).decide(&request);
        bullet(format_args!(
            "{name} ({key} is {address}): {}",
            if decision.is_allowed() {
                "allowed"
            } else {
                "denied"
            }
        ));
    }

    heading("plan and apply");
    let (engineer, developers, worker) = (
        stage.name("devops-engineer"),
        stage.name("developers"),
        stage.name("assets-worker"),
    );
    let office = ManagedPolicy::new(stage.name("assets-from-the-office"), &FROM_THE_OFFICE);
    let at_most = ManagedPolicy::new(stage.name("at-most-read-assets"), &AT_MOST_READ);
    let bundle = Bundle::new(stage.name("everyday"))
        .with(
            User::new(&engineer)
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
                .attach(&office),
        )
        .with(Group::new(&developers).attach(PolicyRef::aws("AmazonS3FullAccess")))
        .with(
            Role::new(&worker, &EC2)
                .attach(PolicyRef::aws("AmazonS3FullAccess"))
                .boundary(&at_most),
        )
        .with(office)
        .with(at_most);
    apply(&provisioner, &bundle).await?;

    heading("what they may do");
    let arn = |kind: &str, name: &str| format!("arn:aws:iam::{}:{kind}/{name}", stage.account());
    let (engineer, worker) = (arn("user", &engineer), arn("role", &worker));
    for (who, action, resource, context) in [
        (&engineer, "s3:GetObject", OBJECT, &[] as &[_]),
        (&engineer, "s3:PutObject", OBJECT, &[(ip, "203.0.113.7")]),
        (&engineer, "s3:PutObject", OBJECT, &[(ip, "198.51.100.7")]),
        // What AmazonS3FullAccess gives, and the boundary caps.
        (&worker, "s3:GetObject", OBJECT, &[]),
        (&worker, "s3:PutObject", OBJECT, &[]),
        (
            &worker,
            "s3:GetObject",
            "arn:aws:s3:::payroll/2026.csv",
            &[],
        ),
    ] {
        let decision = simulated(&stage, who, action, resource, context).await?;
        let from: String = context
            .iter()
            .map(|(_, ip)| format!(" from {ip}"))
            .collect();
        let name = who.rsplit('/').next().unwrap_or(who);
        bullet(format_args!(
            "{name}: {action} on {resource}{from}: {decision}"
        ));
    }

    heading("apply again");
    apply_again(&provisioner, &bundle).await?;

    heading("destroy");
    destroy(&provisioner, &bundle).await
}
