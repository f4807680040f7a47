//! SimulateCustomPolicy, SimulatePrincipalPolicy and GetContextKeysFor… in the
//! IAM API reference.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use crate::support::{ALLOW_ALL, assert_refused, root};

const BY_ADDRESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}"#;
const DENY_DELETE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}"#;

#[tokio::test]
async fn a_custom_policy_is_decided_per_action_and_resource() {
    let (_, _, iam) = root();
    let address = ContextEntry::builder()
        .context_key_name("aws:SourceIp")
        .context_key_type(ContextKeyTypeEnum::Ip)
        .context_key_values("203.0.113.7")
        .build();
    let simulate = || {
        iam.simulate_custom_policy()
            .policy_input_list(BY_ADDRESS)
            .policy_input_list(DENY_DELETE)
            .action_names("s3:GetObject")
            .action_names("s3:PutObject")
            .action_names("s3:DeleteObject")
            .resource_arns("arn:aws:s3:::b/k")
    };
    let with = simulate().context_entries(address).send().await.unwrap();
    let decisions: Vec<_> = with
        .evaluation_results()
        .iter()
        .map(|r| r.eval_decision().clone())
        .collect();
    assert_eq!(
        decisions,
        [
            PolicyEvaluationDecisionType::Allowed,
            PolicyEvaluationDecisionType::ImplicitDeny,
            PolicyEvaluationDecisionType::ExplicitDeny,
        ]
    );
    let matched = with.evaluation_results()[2].matched_statements();
    assert_eq!(matched[0].source_policy_id(), Some("PolicyInputList.2"));
    let without = simulate().send().await.unwrap();
    let first = &without.evaluation_results()[0];
    assert_eq!(
        *first.eval_decision(),
        PolicyEvaluationDecisionType::ImplicitDeny
    );
    assert_eq!(first.missing_context_values(), ["aws:SourceIp"]);
    let malformed = iam
        .simulate_custom_policy()
        .policy_input_list("{")
        .action_names("s3:Get");
    assert_refused!(malformed.send().await, "InvalidInput", 400);
}

/// Millions of combinations are asked for a page at a time, and the whole
/// sandbox must not stand still until all of them are decided.
#[tokio::test]
async fn more_combinations_than_anybody_can_wait_for() {
    let (_, _, iam) = root();
    let actions = || std::iter::repeat_n("s3:GetObject".to_owned(), 3_000);
    let resources: Vec<String> = (0..3_000)
        .map(|n| format!("arn:aws:s3:::bucket{n}/k"))
        .collect();
    let ask = |resources: Vec<String>| {
        iam.simulate_custom_policy()
            .policy_input_list(ALLOW_ALL)
            .set_action_names(Some(actions().collect()))
            .set_resource_arns(Some(resources))
            .max_items(2)
    };
    let first = ask(resources.clone()).send().await.unwrap();
    assert!(first.is_truncated());
    let second = ask(resources.clone())
        .marker(first.marker().unwrap())
        .send()
        .await
        .unwrap();
    let names = |results: &[aws_sdk_iam::types::EvaluationResult]| -> Vec<String> {
        let names = results.iter().filter_map(|r| r.eval_resource_name());
        names.map(str::to_owned).collect()
    };
    assert_eq!(names(first.evaluation_results()), resources[..2]);
    assert_eq!(names(second.evaluation_results()), resources[2..4]);

    // What is wrong is told on the first page, wherever it stands.
    let mut wrong = resources;
    wrong.push("no-arn".to_owned());
    assert_refused!(ask(wrong).send().await, "InvalidInput", 400);
}

#[tokio::test]
async fn a_principal_is_simulated_with_its_groups_and_boundary() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.create_group().group_name("Team").send().await.unwrap();
    iam.add_user_to_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    let put = iam.put_group_policy().group_name("Team").policy_name("all");
    put.policy_document(ALLOW_ALL).send().await.unwrap();
    let ann = "arn:aws:iam::111122223333:user/Ann";
    let decide = |action: &str| {
        let call = iam
            .simulate_principal_policy()
            .policy_source_arn(ann)
            .action_names(action);
        async move {
            let sent = call.send().await.unwrap();
            let result = sent.evaluation_results()[0].clone();
            (
                result.eval_decision().clone(),
                result.permissions_boundary_decision_detail().cloned(),
            )
        }
    };
    assert_eq!(
        decide("ec2:RunInstances").await.0,
        PolicyEvaluationDecisionType::Allowed
    );
    let bound = iam.put_user_permissions_boundary().user_name("Ann");
    let cap = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
    bound.permissions_boundary(cap).send().await.unwrap();
    let (decision, detail) = decide("ec2:RunInstances").await;
    assert_eq!(decision, PolicyEvaluationDecisionType::ImplicitDeny);
    assert!(!detail.unwrap().allowed_by_permissions_boundary());
    assert_eq!(
        decide("s3:ListAllMyBuckets").await.0,
        PolicyEvaluationDecisionType::Allowed
    );

    let missing = iam.simulate_principal_policy().action_names("s3:GetObject");
    let missing = missing.policy_source_arn("arn:aws:iam::111122223333:user/Nobody");
    assert_refused!(missing.send().await, "NoSuchEntity", 404);
}

#[tokio::test]
async fn the_keys_that_policies_ask_for() {
    let (_, _, iam) = root();
    let keys = iam
        .get_context_keys_for_custom_policy()
        .policy_input_list(BY_ADDRESS);
    let keys = keys.policy_input_list(ALLOW_ALL).send().await.unwrap();
    assert_eq!(keys.context_key_names(), ["aws:SourceIp"]);
}
