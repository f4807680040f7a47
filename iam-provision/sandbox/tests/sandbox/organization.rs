//! "SCP evaluation", "Resource control policies" and "Quotas and service
//! limits" in the AWS Organizations User Guide.

use iam_sandbox::{ControlPolicy, ErrorKind, Organization, Sandbox};

use crate::support::{ACCOUNT, ALLOW_ALL, OTHER, TRUST_EC2, assert_refused, iam, message, sts};

const NO_USERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}"#;
const ONLY_READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}"#;

fn scene() -> (Sandbox, Organization, String) {
    let sandbox = Sandbox::new();
    let organization = sandbox.organization(ACCOUNT).unwrap();
    let unit = organization
        .create_unit(&organization.root(), "Workloads")
        .unwrap();
    organization.place(OTHER, &unit).unwrap();
    (sandbox, organization, unit)
}

async fn may_create(sandbox: &Sandbox, account: &str, name: &str) -> bool {
    let root = iam(&sandbox.account(account).unwrap().sdk_config());
    root.create_user().user_name(name).send().await.is_ok()
}

#[tokio::test]
async fn a_denial_reaches_every_account_below_and_not_the_management_account() {
    let (sandbox, organization, unit) = scene();
    assert!(may_create(&sandbox, OTHER, "a").await, "FullAWSAccess");
    organization
        .attach(
            &organization.root(),
            ControlPolicy::Service,
            "NoUsers",
            NO_USERS,
        )
        .unwrap();
    assert!(!may_create(&sandbox, OTHER, "b").await);
    assert!(may_create(&sandbox, ACCOUNT, "b").await);
    organization
        .detach(&organization.root(), ControlPolicy::Service, "NoUsers")
        .unwrap();
    assert!(may_create(&sandbox, OTHER, "b").await);
    organization
        .attach(&unit, ControlPolicy::Service, "NoUsers", NO_USERS)
        .unwrap();
    assert!(!may_create(&sandbox, OTHER, "c").await);
    organization.place(OTHER, &organization.root()).unwrap();
    assert!(may_create(&sandbox, OTHER, "c").await, "it moved away");
}

#[tokio::test]
async fn every_level_has_to_allow() {
    let (sandbox, organization, unit) = scene();
    organization
        .attach(&unit, ControlPolicy::Service, "OnlyReads", ONLY_READS)
        .unwrap();
    assert!(may_create(&sandbox, OTHER, "a").await);
    organization
        .detach(&unit, ControlPolicy::Service, "FullAWSAccess")
        .unwrap();
    let member = iam(&sandbox.account(OTHER).unwrap().sdk_config());
    member.list_users().send().await.unwrap();
    assert_eq!(
        message(member.create_user().user_name("b").send().await),
        "User: arn:aws:iam::444455556666:root is not authorized to perform: iam:CreateUser on \
         resource: arn:aws:iam::444455556666:user/b because no service control policy allows the \
         iam:CreateUser action"
    );
    organization.remove(OTHER).unwrap();
    assert!(may_create(&sandbox, OTHER, "b").await);
}

#[tokio::test]
async fn a_resource_control_policy_limits_who_assumes_roles() {
    let (sandbox, organization, unit) = scene();
    let away = iam(&sandbox.account(OTHER).unwrap().sdk_config());
    let trust = TRUST_EC2.replace(
        r#""Service":"ec2.amazonaws.com""#,
        r#""AWS":["111122223333","999999999999"]"#,
    );
    let role = away.create_role().role_name("Deploy");
    role.assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    // A data perimeter: nobody from outside of the organization.
    let perimeter = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{}"}}}}}}]}}"#,
        organization.id()
    );
    organization
        .attach(&unit, ControlPolicy::Resource, "Perimeter", &perimeter)
        .unwrap();
    for (account, allowed) in [(ACCOUNT, true), ("999999999999", false)] {
        let account = sandbox.account(account).unwrap();
        let root = iam(&account.sdk_config());
        root.create_user().user_name("Ann").send().await.unwrap();
        let put = root.put_user_policy().user_name("Ann").policy_name("in");
        put.policy_document(ALLOW_ALL).send().await.unwrap();
        let made = root.create_access_key().user_name("Ann").send();
        let made = made.await.unwrap();
        let key = made.access_key().unwrap();
        let ann = account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
        let assumed = sts(&ann)
            .assume_role()
            .role_arn("arn:aws:iam::444455556666:role/Deploy")
            .role_session_name("run")
            .send()
            .await;
        if allowed {
            assumed.unwrap();
        } else {
            assert_refused!(assumed, "AccessDenied", 403);
        }
    }
}

#[tokio::test]
async fn what_organizations_refuses() {
    let (sandbox, organization, unit) = scene();
    let kind = |result: Result<(), iam_sandbox::Error>| result.unwrap_err().kind();
    let service = ControlPolicy::Service;
    let root = organization.root();
    // "You cannot detach the last policy".
    let last = organization.detach(&root, service, "FullAWSAccess");
    assert_eq!(kind(last), ErrorKind::InvalidOrganization);
    let missing = organization.detach(&root, service, "Missing");
    assert_eq!(kind(missing), ErrorKind::InvalidOrganization);
    for number in 0..4 {
        organization
            .attach(&root, service, &number.to_string(), NO_USERS)
            .unwrap();
    }
    let sixth = organization.attach(&root, service, "sixth", NO_USERS);
    assert_eq!(kind(sixth), ErrorKind::InvalidOrganization);
    let document = organization.attach(&root, service, "0", "{}");
    assert_eq!(kind(document), ErrorKind::InvalidServiceControlPolicy);
    let document = organization.attach(&root, ControlPolicy::Resource, "0", "{}");
    assert_eq!(kind(document), ErrorKind::InvalidResourceControlPolicy);
    let management = organization.remove(ACCOUNT);
    assert_eq!(kind(management), ErrorKind::InvalidOrganization);
    let below_account = organization.place(OTHER, ACCOUNT);
    assert_eq!(kind(below_account), ErrorKind::InvalidOrganization);
    let twice = organization.create_unit(&root, "Workloads").map(drop);
    assert_eq!(kind(twice), ErrorKind::InvalidOrganization);
    let mut deepest = unit;
    for _ in 0..4 {
        deepest = organization.create_unit(&deepest, "below").unwrap();
    }
    let sixth_level = organization.create_unit(&deepest, "below").map(drop);
    assert_eq!(kind(sixth_level), ErrorKind::InvalidOrganization);
    assert_eq!(
        sandbox.organization(OTHER).unwrap_err().kind(),
        ErrorKind::InvalidOrganization
    );
    let other = sandbox.organization("999999999999").unwrap();
    assert_eq!(
        kind(other.place(OTHER, &other.root())),
        ErrorKind::InvalidOrganization
    );
    assert_eq!(sandbox.organization(ACCOUNT).unwrap().root(), root);
}

#[tokio::test]
async fn a_snapshot_keeps_the_tree() {
    let (sandbox, organization, unit) = scene();
    let before = sandbox.snapshot();
    organization
        .attach(&unit, ControlPolicy::Service, "NoUsers", NO_USERS)
        .unwrap();
    assert!(!may_create(&sandbox, OTHER, "a").await);
    sandbox.restore(&before);
    assert!(may_create(&sandbox, OTHER, "a").await);
}
