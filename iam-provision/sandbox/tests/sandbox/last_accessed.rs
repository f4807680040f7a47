//! "Refine permissions in AWS using last accessed information" in the IAM User
//! Guide; GenerateServiceLastAccessedDetails and its companions in the IAM API
//! reference.

use std::time::Duration;

use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, PolicyType};
use iam_sandbox::ServiceCall;

use crate::support::{assert_refused, root};

const ANN: &str = "arn:aws:iam::111122223333:user/Ann";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","sqs:*"],"Resource":"*"},{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}"#;

async fn report(
    iam: &aws_sdk_iam::Client,
    arn: &str,
    by_action: bool,
) -> GetServiceLastAccessedDetailsOutput {
    let job = iam.generate_service_last_accessed_details().arn(arn);
    let job = if by_action {
        job.granularity(AccessAdvisorUsageGranularityType::ActionLevel)
    } else {
        job
    };
    let job = job.send().await.unwrap();
    let get = iam.get_service_last_accessed_details();
    get.job_id(job.job_id().unwrap()).send().await.unwrap()
}

#[tokio::test]
async fn attempts_show_for_the_services_that_policies_allow() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let put = iam.put_user_policy().user_name("Ann").policy_name("in");
    put.policy_document(POLICY).send().await.unwrap();
    let made = iam.create_access_key().user_name("Ann").send();
    let made = made.await.unwrap();
    let key = made.access_key().unwrap().access_key_id();
    let told = report(&iam, ANN, false).await;
    assert_eq!(told.job_status(), &JobStatusType::Completed);
    let namespaces: Vec<&str> = told
        .services_last_accessed()
        .iter()
        .map(|service| service.service_namespace())
        .collect();
    assert_eq!(namespaces, ["s3", "sqs"]);
    assert_eq!(told.services_last_accessed()[0].service_name(), "Amazon S3");
    assert!(
        told.services_last_accessed()[0]
            .last_authenticated()
            .is_none()
    );

    // "Last attempted": a denied one counts.
    let put = ServiceCall::new("s3:PutObject", "arn:aws:s3:::assets/a").in_region("eu-west-1");
    assert!(!sandbox.call_service(key, None, &put).unwrap().is_allowed());
    let told = report(&iam, ANN, true).await;
    let s3 = &told.services_last_accessed()[0];
    assert_eq!(s3.last_authenticated_entity(), Some(ANN));
    assert_eq!(s3.last_authenticated_region(), Some("eu-west-1"));
    assert_eq!(s3.total_authenticated_entities(), Some(1));
    assert_eq!(
        s3.last_authenticated().unwrap().secs(),
        1_767_225_600,
        "the sandbox's clock"
    );
    let actions = s3.tracked_actions_last_accessed();
    assert_eq!(actions[0].action_name(), Some("PutObject"));
    assert_eq!(
        told.services_last_accessed()[1].total_authenticated_entities(),
        Some(0)
    );

    // "for at least the last 400 days".
    sandbox.advance(Duration::from_secs(401 * 86_400));
    let told = report(&iam, ANN, false).await;
    assert!(
        told.services_last_accessed()[0]
            .last_authenticated()
            .is_none()
    );
}

#[tokio::test]
async fn groups_and_policies_tell_of_their_members() {
    let (sandbox, _, iam) = root();
    let policy = iam.create_policy().policy_name("P").policy_document(POLICY);
    let policy = policy.send().await.unwrap();
    let policy = policy.policy().unwrap().arn().unwrap().to_owned();
    iam.create_group().group_name("G").send().await.unwrap();
    let attach = iam.attach_group_policy().group_name("G");
    attach.policy_arn(&policy).send().await.unwrap();
    for name in ["Ann", "Bob"] {
        iam.create_user().user_name(name).send().await.unwrap();
        let add = iam.add_user_to_group().group_name("G").user_name(name);
        add.send().await.unwrap();
        let made = iam.create_access_key().user_name(name).send();
        let made = made.await.unwrap();
        let key = made.access_key().unwrap().access_key_id();
        sandbox.advance(Duration::from_secs(60));
        let call = ServiceCall::new("s3:GetObject", "arn:aws:s3:::assets/a");
        assert!(sandbox.call_service(key, None, &call).unwrap().is_allowed());
    }
    for arn in [policy.as_str(), "arn:aws:iam::111122223333:group/G"] {
        let job = iam.generate_service_last_accessed_details().arn(arn);
        let job = job.send().await.unwrap();
        let get = iam.get_service_last_accessed_details_with_entities();
        let get = get.job_id(job.job_id().unwrap()).service_namespace("s3");
        let told = get.send().await.unwrap();
        let names: Vec<&str> = told
            .entity_details_list()
            .iter()
            .map(|details| details.entity_info().unwrap().name())
            .collect();
        assert_eq!(names, ["Ann", "Bob"]);
        let told = report(&iam, arn, false).await;
        let s3 = &told.services_last_accessed()[0];
        assert_eq!(
            s3.last_authenticated_entity(),
            Some("arn:aws:iam::111122223333:user/Bob")
        );
        assert_eq!(s3.total_authenticated_entities(), Some(2));
    }
    let granting = iam.list_policies_granting_service_access().arn(ANN);
    let granting = granting.service_namespaces("s3").service_namespaces("ec2");
    let granting = granting.send().await.unwrap();
    let [ec2, s3] = granting.policies_granting_service_access() else {
        panic!("{granting:?}");
    };
    assert_eq!(ec2.service_namespace(), Some("ec2"));
    assert!(ec2.policies().is_empty());
    assert_eq!(s3.policies()[0].policy_name(), "P");
    assert_eq!(s3.policies()[0].policy_type(), &PolicyType::Managed);
}

#[tokio::test]
async fn who_is_made_anew_has_no_past() {
    let (sandbox, _, iam) = root();
    for attempts in [1, 0] {
        iam.create_user().user_name("Ann").send().await.unwrap();
        let put = iam.put_user_policy().user_name("Ann").policy_name("in");
        put.policy_document(POLICY).send().await.unwrap();
        if attempts == 1 {
            let made = iam.create_access_key().user_name("Ann").send();
            let made = made.await.unwrap();
            let key = made.access_key().unwrap().access_key_id();
            let call = ServiceCall::new("s3:GetObject", "arn:aws:s3:::assets/a");
            let _ = sandbox.call_service(key, None, &call).unwrap();
            let delete = iam.delete_access_key().user_name("Ann");
            delete.access_key_id(key).send().await.unwrap();
        }
        let told = report(&iam, ANN, false).await;
        let s3 = &told.services_last_accessed()[0];
        assert_eq!(s3.total_authenticated_entities(), Some(attempts));
        let delete = iam.delete_user_policy().user_name("Ann");
        delete.policy_name("in").send().await.unwrap();
        iam.delete_user().user_name("Ann").send().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_refused() {
    let (sandbox, _, iam) = root();
    let generate = |arn: &str| iam.generate_service_last_accessed_details().arn(arn).send();
    assert_refused!(generate(ANN).await, "NoSuchEntity", 404);
    assert_refused!(generate("short").await, "ValidationError", 400);
    iam.create_user().user_name("Ann").send().await.unwrap();
    let job = generate(ANN).await.unwrap();
    let get = |id: &str| iam.get_service_last_accessed_details().job_id(id).send();
    assert_refused!(
        get("12345678-1234-1234-1234-123456789012").await,
        "NoSuchEntity",
        404
    );
    let id = job.job_id().unwrap();
    get(id).await.unwrap();
    sandbox.advance(Duration::from_secs(8 * 86_400));
    assert_refused!(get(id).await, "NoSuchEntity", 404);
    let granting = iam.list_policies_granting_service_access().arn(ANN);
    let granting = granting.set_service_namespaces(Some(Vec::new()));
    assert_refused!(granting.send().await, "ValidationError", 400);
}

#[tokio::test]
async fn root_features_belong_to_the_management_account() {
    let (sandbox, _, iam) = root();
    let list = || iam.list_organizations_features().send();
    assert_refused!(list().await, "OrganizationNotFoundException", 400);
    let organization = sandbox.organization("111122223333").unwrap();
    organization
        .place("444455556666", &organization.root())
        .unwrap();
    iam.enable_organizations_root_sessions()
        .send()
        .await
        .unwrap();
    let features = list().await.unwrap();
    assert_eq!(features.organization_id(), Some(organization.id().as_str()));
    assert_eq!(features.enabled_features()[0].as_str(), "RootSessions");
    iam.disable_organizations_root_sessions()
        .send()
        .await
        .unwrap();
    assert!(list().await.unwrap().enabled_features().is_empty());
    let member = sandbox.account("444455556666").unwrap();
    let member = crate::support::iam(&member.sdk_config());
    assert_refused!(
        member.list_organizations_features().send().await,
        "AccountNotManagementOrDelegatedAdministratorException",
        400
    );
}
