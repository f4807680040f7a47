//! Other services that ask IAM, and what they report: "Troubleshoot access
//! denied error messages" in the IAM User Guide, DecodeAuthorizationMessage in
//! the STS API reference.

use iam_sandbox::{ControlPolicy, ErrorKind, ServiceCall};

use crate::support::{assert_refused, root, sts};

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*"},{"Sid":"NoStop","Effect":"Deny","Action":"ec2:StopInstances","Resource":"*"}]}"#;

#[tokio::test]
async fn a_service_asks_and_a_denial_can_be_decoded() {
    let (sandbox, account, iam) = root();
    iam.create_user().user_name("Bob").send().await.unwrap();
    let put = iam.put_user_policy().user_name("Bob").policy_name("in");
    put.policy_document(READ).send().await.unwrap();
    let made = iam.create_access_key().user_name("Bob").send();
    let made = made.await.unwrap();
    let key = made.access_key().unwrap();
    sandbox.clear_calls();
    let call = |action: &str, resource: &str| {
        let call = ServiceCall::new(action, resource).with_key("ec2:Tenancy", "default");
        sandbox
            .call_service(key.access_key_id(), None, &call)
            .unwrap()
    };
    assert!(call("s3:GetObject", "arn:aws:s3:::assets/logo.png").is_allowed());
    let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-dd01c9bd";
    let stopped = call("ec2:StopInstances", instance);
    assert_eq!(stopped.code(), Some("AccessDenied"));
    assert_eq!(
        stopped.message(),
        Some(
            format!(
                "User: arn:aws:iam::111122223333:user/Bob is not authorized to perform: \
                 ec2:StopInstances on resource: {instance} with an explicit deny in an \
                 identity-based policy"
            )
            .as_str()
        )
    );
    let decode = |text: &str| {
        sts(&account.sdk_config())
            .decode_authorization_message()
            .encoded_message(text)
            .send()
    };
    let decoded = decode(stopped.encoded_message().unwrap()).await.unwrap();
    let decoded: serde_json::Value =
        serde_json::from_str(decoded.decoded_message().unwrap()).unwrap();
    assert_eq!(decoded["allowed"], false);
    assert_eq!(decoded["explicitDeny"], true);
    assert_eq!(decoded["context"]["principal"]["name"], "Bob");
    assert_eq!(decoded["context"]["action"], "ec2:StopInstances");
    assert_eq!(
        decoded["context"]["conditions"]["items"][0]["key"],
        "ec2:Tenancy"
    );
    for text in ["nonsense", "!!", &stopped.encoded_message().unwrap()[1..]] {
        assert_refused!(
            decode(text).await,
            "InvalidAuthorizationMessageException",
            400
        );
    }
    let calls = sandbox.calls();
    assert_eq!(calls[0].action, "s3:GetObject");
    assert_eq!(calls[1].outcome, Err("AccessDenied".to_owned()));
    let used = iam.get_access_key_last_used();
    let used = used
        .access_key_id(key.access_key_id())
        .send()
        .await
        .unwrap();
    assert_eq!(used.access_key_last_used().unwrap().service_name(), "ec2");
}

#[tokio::test]
async fn resource_policies_and_worthless_credentials() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Bob").send().await.unwrap();
    let made = iam.create_access_key().user_name("Bob").send();
    let made = made.await.unwrap();
    let key = made.access_key().unwrap().access_key_id();
    let call = ServiceCall::new("s3:GetObject", "arn:aws:s3:::assets/logo.png");
    let ask = |key: &str, call: &ServiceCall| sandbox.call_service(key, None, call);
    assert!(!ask(key, &call).unwrap().is_allowed());
    let shared = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/Bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*"}]}"#;
    assert!(
        ask(key, &call.clone().resource_policy(shared))
            .unwrap()
            .is_allowed()
    );
    let nobody = ask("AKIAIOSFODNN7EXAMPLE", &call).unwrap();
    assert_eq!(nobody.code(), Some("InvalidClientTokenId"));
    for wrong in [ServiceCall::new("nonsense", "*"), call.resource_policy("{")] {
        let error = ask(key, &wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidServiceCall);
    }
}

/// RCPs reach a few services only ("List of AWS services that support RCPs"):
/// Amazon S3 is one, Amazon EC2 is none.
#[tokio::test]
async fn resource_control_policies_reach_some_services() {
    let (sandbox, _, _) = root();
    let organization = sandbox.organization("111122223333").unwrap();
    organization
        .place("444455556666", &organization.root())
        .unwrap();
    let nothing = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*"],"Resource":"*"}]}"#;
    organization
        .attach("444455556666", ControlPolicy::Resource, "Nothing", nothing)
        .unwrap();
    let (key, _) = sandbox.account("444455556666").unwrap().root_credentials();
    let call = |action: &str, resource: &str| {
        let call = ServiceCall::new(action, resource);
        sandbox
            .call_service(&key, None, &call)
            .unwrap()
            .is_allowed()
    };
    assert!(!call("s3:GetObject", "arn:aws:s3:::assets/a"));
    assert!(call(
        "ec2:StopInstances",
        "arn:aws:ec2:us-east-1:444455556666:instance/i-1"
    ));
}
