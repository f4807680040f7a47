//! Requests that no SDK would send: IAM's error, never a panic.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_smithy_types::body::SdkBody;
use iam_sandbox::Sandbox;
use proptest::prelude::*;

use crate::support::{ACCOUNT, refused};

/// Sends a body as it is and tells code and status of the answer.
async fn send(body: Vec<u8>) -> (String, u16) {
    let account = Sandbox::new().account(ACCOUNT).unwrap();
    let config = aws_sdk_iam::config::Builder::from(&account.sdk_config())
        .retry_config(RetryConfig::disabled())
        .build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    let call = iam.delete_account_password_policy().customize();
    let sent = call
        .mutate_request(move |request| *request.body_mut() = SdkBody::from(body.clone()))
        .send()
        .await;
    match sent {
        // DeleteAccountPasswordPolicy has no result, so any answer will do.
        Ok(_) => ("ok".to_owned(), 200),
        error => refused(error),
    }
}

fn code(body: impl Into<Vec<u8>>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(send(body.into())).0
}

#[test]
fn unknown_actions_versions_and_empty_bodies() {
    assert_eq!(code(""), "InvalidAction");
    assert_eq!(code("Action=Nonsense&Version=2010-05-08"), "InvalidAction");
    assert_eq!(code("Action=ListUsers&Version=1999-01-01"), "InvalidAction");
    assert_eq!(code("Action=ListUsers"), "InvalidAction");
    assert_eq!(code(vec![0xFF, 0xFE, b'=', b'&', b'%']), "InvalidAction");
    assert_eq!(
        code("Action=CreateUser&Version=2010-05-08"),
        "ValidationError"
    );
}

#[test]
fn unknown_parameters_are_not_looked_at() {
    assert_eq!(
        code("Action=ListUsers&Version=2010-05-08&Colour=blue"),
        "ok"
    );
}

#[test]
fn huge_bodies_and_documents() {
    let huge = format!(
        "Action=CreatePolicy&Version=2010-05-08&PolicyName=P&PolicyDocument={}",
        "x".repeat(200_000)
    );
    assert_eq!(code(huge), "ValidationError");
    assert_eq!(code("a=".repeat(3 << 20)), "MalformedInput");
    let nested = format!(
        "Action=CreatePolicy&Version=2010-05-08&PolicyName=P&PolicyDocument={}",
        "[".repeat(100_000)
    );
    assert_eq!(code(nested), "MalformedPolicyDocument");
}

const OPERATIONS: &[&str] = &[
    "AddRoleToInstanceProfile",
    "AddUserToGroup",
    "AttachRolePolicy",
    "ChangePassword",
    "CreateAccessKey",
    "CreateAccountAlias",
    "CreateGroup",
    "CreateLoginProfile",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateUser",
    "CreateVirtualMFADevice",
    "DeletePolicyVersion",
    "EnableMFADevice",
    "GetAccessKeyLastUsed",
    "GetAccountAuthorizationDetails",
    "GetPolicy",
    "GetUser",
    "ListEntitiesForPolicy",
    "ListPolicies",
    "ListUsers",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "TagUser",
    "UntagRole",
    "UpdateAccountPasswordPolicy",
    "UpdateAssumeRolePolicy",
    "UpdateGroup",
    "UpdateRole",
    "UpdateUser",
];

const PARAMETERS: &[&str] = &[
    "AccessKeyId",
    "AccountAlias",
    "AssumeRolePolicyDocument",
    "AuthenticationCode1",
    "AuthenticationCode2",
    "Description",
    "Filter.member.1",
    "GroupName",
    "Marker",
    "MaxItems",
    "MaxSessionDuration",
    "MinimumPasswordLength",
    "NewPath",
    "NewUserName",
    "Password",
    "Path",
    "PathPrefix",
    "PermissionsBoundary",
    "PolicyArn",
    "PolicyDocument",
    "PolicyName",
    "RoleName",
    "SerialNumber",
    "SetAsDefault",
    "Status",
    "TagKeys.member.1",
    "Tags.member.1.Key",
    "Tags.member.1.Value",
    "UserName",
    "VersionId",
    "VirtualMFADeviceName",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just(String::new()),
        Just("a".to_owned()),
        Just("/".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("arn:aws:iam::111122223333:policy/".to_owned()),
        Just("arn:aws:iam::aws:policy/AdministratorAccess".to_owned()),
        Just(crate::support::ALLOW_ALL.to_owned()),
        Just(crate::support::TRUST_EC2.to_owned()),
        "\\{\"Version\":\"2012-10-17\",\"Statement\":.{0,40}\\}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        code(body);
    }

    #[test]
    fn random_parameters_never_panic(
        operation in proptest::sample::select(OPERATIONS),
        parameters in proptest::collection::vec(
            (proptest::sample::select(PARAMETERS), value()), 0..8),
    ) {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", operation).append_pair("Version", "2010-05-08");
        for (name, value) in parameters {
            body.append_pair(name, &value);
        }
        let code = code(body.finish());
        prop_assert!(code != "InvalidAction" && !code.is_empty(), "{}", code);
    }
}
