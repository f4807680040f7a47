//! Identity providers and the credential report: CreateOpenIDConnectProvider,
//! CreateSAMLProvider, GenerateCredentialReport and the others in the IAM API
//! reference.

use std::time::Duration;

use aws_sdk_iam::types::{ReportStateType, Tag};

use crate::support::{assert_refused, root};

#[tokio::test]
async fn an_openid_connect_provider_is_made_changed_and_deleted() {
    let (_, _, iam) = root();
    let url = "https://token.actions.githubusercontent.com";
    let create = || {
        let tag = Tag::builder().key("k").value("v").build().unwrap();
        let call = iam.create_open_id_connect_provider().url(url).tags(tag);
        call.client_id_list("sts.amazonaws.com")
            .thumbprint_list("a".repeat(40))
            .send()
    };
    let made = create().await.unwrap();
    let arn = made.open_id_connect_provider_arn().unwrap();
    assert_eq!(
        arn,
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    );
    assert_refused!(create().await, "EntityAlreadyExists", 409);
    let add = iam
        .add_client_id_to_open_id_connect_provider()
        .client_id("app");
    add.open_id_connect_provider_arn(arn).send().await.unwrap();
    let remove = iam
        .remove_client_id_from_open_id_connect_provider()
        .client_id("sts.amazonaws.com");
    remove
        .open_id_connect_provider_arn(arn)
        .send()
        .await
        .unwrap();
    let read = iam
        .get_open_id_connect_provider()
        .open_id_connect_provider_arn(arn);
    let read = read.send().await.unwrap();
    assert_eq!(read.url(), Some("token.actions.githubusercontent.com"));
    assert_eq!(read.client_id_list(), ["app"]);
    assert_eq!(read.tags()[0].key(), "k");
    let untag = iam
        .untag_open_id_connect_provider()
        .open_id_connect_provider_arn(arn);
    untag.tag_keys("k").send().await.unwrap();
    for _ in 0..2 {
        // Deleting is idempotent.
        let delete = iam
            .delete_open_id_connect_provider()
            .open_id_connect_provider_arn(arn);
        delete.send().await.unwrap();
    }
    let read = iam
        .get_open_id_connect_provider()
        .open_id_connect_provider_arn(arn);
    assert_refused!(read.send().await, "NoSuchEntity", 404);
    let http = iam
        .create_open_id_connect_provider()
        .url("http://example.com");
    assert_refused!(http.send().await, "ValidationError", 400);
}

#[tokio::test]
async fn a_saml_provider_is_made_changed_and_deleted() {
    let (_, _, iam) = root();
    let metadata = "m".repeat(1_000);
    let create = |name: &str| {
        iam.create_saml_provider()
            .name(name)
            .saml_metadata_document(&metadata)
            .send()
    };
    let made = create("Corp").await.unwrap();
    let arn = made.saml_provider_arn().unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:saml-provider/Corp");
    assert_refused!(create("corp").await, "EntityAlreadyExists", 409);
    let short = iam
        .update_saml_provider()
        .saml_provider_arn(arn)
        .saml_metadata_document("x");
    assert_refused!(short.send().await, "ValidationError", 400);
    assert_eq!(
        iam.list_saml_providers()
            .send()
            .await
            .unwrap()
            .saml_provider_list()
            .len(),
        1
    );
    let read = iam
        .get_saml_provider()
        .saml_provider_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(read.saml_metadata_document(), Some(metadata.as_str()));
    iam.delete_saml_provider()
        .saml_provider_arn(arn)
        .send()
        .await
        .unwrap();
    assert_refused!(
        iam.delete_saml_provider()
            .saml_provider_arn(arn)
            .send()
            .await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn the_credential_report_is_made_and_expires() {
    let (sandbox, _, iam) = root();
    assert_refused!(
        iam.get_credential_report().send().await,
        "ReportNotPresent",
        410
    );
    iam.create_user().user_name("Ann").send().await.unwrap();
    iam.create_login_profile()
        .user_name("Ann")
        .password("Abcdefg1!")
        .send()
        .await
        .unwrap();
    iam.create_access_key()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    let generate = || async {
        iam.generate_credential_report()
            .send()
            .await
            .unwrap()
            .state()
            .cloned()
    };
    assert_eq!(generate().await, Some(ReportStateType::Started));
    assert_eq!(generate().await, Some(ReportStateType::Complete));
    let report = iam.get_credential_report().send().await.unwrap();
    let text = String::from_utf8(report.content().unwrap().as_ref().to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    let columns: Vec<usize> = lines.iter().map(|line| line.split(',').count()).collect();
    assert_eq!(columns, [22, 22, 22]);
    assert!(lines[1].starts_with("<root_account>,arn:aws:iam::111122223333:root,"));
    let ann: Vec<&str> = lines[2].split(',').collect();
    assert_eq!(
        (ann[0], ann[3], ann[7], ann[8], ann[13]),
        ("Ann", "true", "false", "true", "false")
    );
    sandbox.advance(Duration::from_secs(4 * 3_600));
    assert_refused!(
        iam.get_credential_report().send().await,
        "ReportExpired",
        410
    );
}
