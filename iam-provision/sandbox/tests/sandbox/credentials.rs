//! SSH keys, signing certificates, service-specific credentials and server
//! certificates: their operations in the IAM API reference, "IAM and AWS STS
//! quotas", and what DeleteUser wants removed first.

use aws_sdk_iam::types::{EncodingType, StatusType, Tag};
use data_encoding::BASE64;

use crate::support::{assert_refused, root};

fn ssh_key(filling: u8) -> String {
    let mut blob = b"\0\0\0\x07ssh-rsa".to_vec();
    blob.resize(279, filling);
    format!("ssh-rsa {} me@here", BASE64.encode(&blob))
}

fn certificate(filling: u8) -> String {
    let body = BASE64.encode(&[filling; 300]);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----")
}

#[tokio::test]
async fn ssh_public_keys() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let upload = |body: String| {
        let call = iam.upload_ssh_public_key().user_name("Ann");
        call.ssh_public_key_body(body).send()
    };
    let uploaded = upload(ssh_key(1)).await.unwrap();
    let key = uploaded.ssh_public_key().unwrap();
    assert!(key.ssh_public_key_id().starts_with("APKA"));
    assert_eq!(key.fingerprint().len(), 47);
    assert_eq!(key.status(), &StatusType::Active);
    assert_refused!(upload(ssh_key(1)).await, "DuplicateSSHPublicKey", 400);
    assert_refused!(
        upload("ssh-ed25519 AAAA".to_owned()).await,
        "UnrecognizedPublicKeyEncoding",
        400
    );
    assert_refused!(
        upload("ssh-rsa AAAA".to_owned()).await,
        "InvalidPublicKey",
        400
    );
    for filling in 2..=5 {
        upload(ssh_key(filling)).await.unwrap();
    }
    assert_refused!(upload(ssh_key(6)).await, "LimitExceeded", 409);
    let id = key.ssh_public_key_id();
    let update = iam.update_ssh_public_key().user_name("Ann");
    let update = update.ssh_public_key_id(id).status(StatusType::Inactive);
    update.send().await.unwrap();
    let get = iam.get_ssh_public_key().user_name("Ann");
    let get = get.ssh_public_key_id(id).encoding(EncodingType::Ssh);
    let got = get.send().await.unwrap();
    let got = got.ssh_public_key().unwrap();
    assert_eq!(got.status(), &StatusType::Inactive);
    assert_eq!(got.ssh_public_key_body(), ssh_key(1));
    let page = iam.list_ssh_public_keys().user_name("Ann").max_items(2);
    let page = page.send().await.unwrap();
    assert!(page.is_truncated() && page.ssh_public_keys().len() == 2);
    assert_refused!(
        iam.delete_user().user_name("Ann").send().await,
        "DeleteConflict",
        409
    );
    let delete = || {
        let call = iam.delete_ssh_public_key().user_name("Ann");
        call.ssh_public_key_id(id).send()
    };
    delete().await.unwrap();
    assert_refused!(delete().await, "NoSuchEntity", 404);
}

#[tokio::test]
async fn signing_certificates() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let upload = |body: String| {
        let call = iam.upload_signing_certificate().user_name("Ann");
        call.certificate_body(body).send()
    };
    let uploaded = upload(certificate(1)).await.unwrap();
    let id = uploaded.certificate().unwrap().certificate_id();
    assert!((24..=128).contains(&id.len()));
    assert_refused!(upload(certificate(1)).await, "DuplicateCertificate", 409);
    assert_refused!(
        upload("nonsense".to_owned()).await,
        "MalformedCertificate",
        400
    );
    upload(certificate(2)).await.unwrap();
    assert_refused!(upload(certificate(3)).await, "LimitExceeded", 409);
    let update = iam.update_signing_certificate().user_name("Ann");
    let update = update.certificate_id(id).status(StatusType::Inactive);
    update.send().await.unwrap();
    let listed = iam.list_signing_certificates().user_name("Ann");
    let listed = listed.send().await.unwrap();
    assert_eq!(listed.certificates().len(), 2);
    assert_refused!(
        iam.delete_user().user_name("Ann").send().await,
        "DeleteConflict",
        409
    );
    for certificate in listed.certificates() {
        let delete = iam.delete_signing_certificate().user_name("Ann");
        let delete = delete.certificate_id(certificate.certificate_id());
        delete.send().await.unwrap();
    }
    iam.delete_user().user_name("Ann").send().await.unwrap();
}

#[tokio::test]
async fn service_specific_credentials() {
    let (_, _, iam) = root();
    for user in ["Ann", "Bob"] {
        iam.create_user().user_name(user).send().await.unwrap();
    }
    let create = |user: &str, service: &str| {
        let call = iam.create_service_specific_credential().user_name(user);
        call.service_name(service).send()
    };
    const GIT: &str = "codecommit.amazonaws.com";
    let made = create("Ann", GIT).await.unwrap();
    let made = made.service_specific_credential().unwrap();
    assert_eq!(made.service_user_name(), "Ann-at-111122223333");
    assert!(made.service_specific_credential_id().starts_with("ACCA"));
    let second = create("Ann", GIT).await.unwrap();
    assert_ne!(
        second
            .service_specific_credential()
            .unwrap()
            .service_user_name(),
        made.service_user_name()
    );
    assert_refused!(create("Ann", GIT).await, "LimitExceeded", 409);
    create("Ann", "cassandra.amazonaws.com").await.unwrap();
    create("Bob", GIT).await.unwrap();
    assert_refused!(
        create("Ann", "s3.amazonaws.com").await,
        "NotSupportedService",
        404
    );
    let id = made.service_specific_credential_id();
    let reset = iam.reset_service_specific_credential().user_name("Ann");
    let reset = reset
        .service_specific_credential_id(id)
        .send()
        .await
        .unwrap();
    assert_ne!(
        reset
            .service_specific_credential()
            .unwrap()
            .service_password(),
        made.service_password()
    );
    let update = iam.update_service_specific_credential().user_name("Ann");
    let update = update.service_specific_credential_id(id);
    update.status(StatusType::Inactive).send().await.unwrap();
    let list = || iam.list_service_specific_credentials();
    let of_ann = list().user_name("Ann").service_name(GIT).send();
    let of_ann = of_ann.await.unwrap();
    let statuses = of_ann.service_specific_credentials().iter();
    assert_eq!(
        statuses
            .filter(|c| c.status() == &StatusType::Inactive)
            .count(),
        1
    );
    let all = list().all_users(true).send().await.unwrap();
    assert_eq!(all.service_specific_credentials().len(), 4);
    assert_refused!(
        iam.delete_user().user_name("Bob").send().await,
        "DeleteConflict",
        409
    );
    let key = create("Bob", "bedrock.amazonaws.com").await.unwrap();
    let key = key.service_specific_credential().unwrap();
    assert!(key.service_credential_secret().is_some() && key.service_password().is_empty());
    let of_bob = list().user_name("Bob").send().await.unwrap();
    for credential in of_bob.service_specific_credentials() {
        let delete = iam.delete_service_specific_credential().user_name("Bob");
        let id = credential.service_specific_credential_id();
        delete
            .service_specific_credential_id(id)
            .send()
            .await
            .unwrap();
    }
    iam.delete_user().user_name("Bob").send().await.unwrap();
}

#[tokio::test]
async fn server_certificates() {
    let (_, _, iam) = root();
    const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----";
    let upload = |name: &str, key: &str| {
        let call = iam.upload_server_certificate().path("/cloudfront/");
        let tag = Tag::builder().key("team").value("blue").build().unwrap();
        call.server_certificate_name(name)
            .certificate_body(certificate(1))
            .private_key(key)
            .tags(tag)
            .send()
    };
    let uploaded = upload("Site", KEY).await.unwrap();
    let told = uploaded.server_certificate_metadata().unwrap();
    assert_eq!(
        told.arn(),
        "arn:aws:iam::111122223333:server-certificate/cloudfront/Site"
    );
    assert!(told.server_certificate_id().starts_with("ASCA"));
    assert_refused!(upload("site", KEY).await, "EntityAlreadyExists", 409);
    assert_refused!(upload("Other", "secret").await, "MalformedCertificate", 400);
    let update = iam.update_server_certificate();
    let update = update.server_certificate_name("Site").new_path("/");
    let update = update.new_server_certificate_name("Renamed");
    update.send().await.unwrap();
    let get = |name: &str| {
        iam.get_server_certificate()
            .server_certificate_name(name)
            .send()
    };
    let got = get("Renamed").await.unwrap();
    let got = got.server_certificate().unwrap();
    assert_eq!(got.certificate_body(), certificate(1));
    assert_eq!(got.tags().len(), 1);
    assert_refused!(get("Site").await, "NoSuchEntity", 404);
    let list = iam.list_server_certificates().path_prefix("/cloudfront/");
    let list = list.send().await.unwrap();
    assert!(list.server_certificate_metadata_list().is_empty());
    let untag = iam.untag_server_certificate();
    let untag = untag.server_certificate_name("Renamed").tag_keys("team");
    untag.send().await.unwrap();
    let tags = iam.list_server_certificate_tags();
    let tags = tags
        .server_certificate_name("Renamed")
        .send()
        .await
        .unwrap();
    assert!(tags.tags().is_empty());
    let summary = iam.get_account_summary().send().await.unwrap();
    let count = aws_sdk_iam::types::SummaryKeyType::from("ServerCertificates");
    assert_eq!(summary.summary_map().unwrap()[&count], 1);
    let delete = iam.delete_server_certificate();
    let delete = delete.server_certificate_name("Renamed");
    delete.send().await.unwrap();
    assert_refused!(get("Renamed").await, "NoSuchEntity", 404);
}
