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

const PARAMETERS: &[&str] = &[
    "AWSServiceName",
    "AccessKeyId",
    "AccountAlias",
    "ActionNames.member.1",
    "Arn",
    "AssumeRolePolicyDocument",
    "AuthenticationCode1",
    "AuthenticationCode2",
    "CertificateBody",
    "CertificateId",
    "ClientID",
    "Description",
    "DurationSeconds",
    "EncodedMessage",
    "Encoding",
    "Filter.member.1",
    "GlobalEndpointTokenVersion",
    "Granularity",
    "GroupName",
    "InstanceProfileName",
    "JobId",
    "Marker",
    "MaxItems",
    "MaxSessionDuration",
    "MinimumPasswordLength",
    "Name",
    "NewPath",
    "NewServerCertificateName",
    "NewUserName",
    "OpenIDConnectProviderArn",
    "Password",
    "Path",
    "PathPrefix",
    "PermissionsBoundary",
    "Policy",
    "PolicyArn",
    "PolicyArns.member.1.arn",
    "PolicyDocument",
    "PolicyName",
    "PolicySourceArn",
    "PrivateKey",
    "RoleArn",
    "RoleName",
    "RoleSessionName",
    "SAMLMetadataDocument",
    "SAMLProviderArn",
    "SSHPublicKeyBody",
    "SSHPublicKeyId",
    "SerialNumber",
    "ServerCertificateName",
    "ServiceName",
    "ServiceNamespace",
    "ServiceNamespaces.member.1",
    "ServiceSpecificCredentialId",
    "SetAsDefault",
    "SourceIdentity",
    "Status",
    "TagKeys.member.1",
    "Tags.member.1.Key",
    "Tags.member.1.Value",
    "ThumbprintList.member.1",
    "TokenCode",
    "TransitiveTagKeys.member.1",
    "Url",
    "UserName",
    "VersionId",
    "VirtualMFADeviceName",
    "WebIdentityToken",
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
        operation in proptest::sample::select(Sandbox::operations().collect::<Vec<_>>()),
        parameters in proptest::collection::vec(
            (proptest::sample::select(PARAMETERS), value()), 0..8),
    ) {
        let (service, action) = operation.split_once(':').unwrap();
        let version = if service == "sts" { "2011-06-15" } else { "2010-05-08" };
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action).append_pair("Version", version);
        for (name, value) in parameters {
            body.append_pair(name, &value);
        }
        let sandbox = Sandbox::new();
        let (key, _) = sandbox.account(ACCOUNT).unwrap().root_credentials();
        let authorization = format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request");
        let headers = [("authorization", authorization.as_str())];
        let body = body.finish();
        let (status, text) = sandbox.exchange("POST", "/", &headers, body.as_bytes()).unwrap();
        prop_assert!(!text.contains("<Code>InvalidAction<"), "{}", text);
        prop_assert!((200..500).contains(&status), "{}: {}", status, text);
        prop_assert!(is_xml(&text), "{}", text);
        let calls = sandbox.calls();
        prop_assert_eq!(calls.last().map(|call| call.succeeded()), Some(status == 200));
    }

    #[test]
    fn random_headers_never_panic(
        authorization in prop_oneof![
            any::<String>(),
            "AWS4-HMAC-SHA256 Credential=[A-Z/0-9a-z_]{0,40}, SignedHeaders=[a-z;-]{0,20}, Signature=[0-9a-f]{0,64}",
        ],
        date in prop_oneof![any::<String>(), "[0-9]{8}T[0-9]{6}Z"],
        query in any::<String>(),
        token in proptest::option::of(any::<String>()),
        in_query in any::<bool>(),
    ) {
        let sandbox = Sandbox::new();
        let (key, _) = sandbox.account(ACCOUNT).unwrap().root_credentials();
        sandbox.check_signatures(true);
        sandbox.follow_real_time();
        let authorization = authorization.replace("Credential=", &format!("Credential={key}/"));
        let mut headers = vec![("x-amz-date", date.as_str())];
        if !in_query {
            headers.push(("authorization", authorization.as_str()));
        }
        if let Some(token) = &token {
            headers.push(("x-amz-security-token", token));
        }
        let target = format!("/?X-Amz-Credential={key}/{query}");
        let (status, text) = sandbox
            .exchange("GET", &target, &headers, b"")
            .unwrap();
        prop_assert!((400..500).contains(&status), "{}: {}", status, text);
        prop_assert!(is_xml(&text), "{}", text);
    }
}

/// Whether a client can read the answer.
fn is_xml(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
