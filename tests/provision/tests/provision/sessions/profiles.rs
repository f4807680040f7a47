//! The shared AWS configuration files.

use std::time::Duration;

use iam_provision::ErrorKind;
use iam_provision::session::Profiles;

use super::{HOUR, Stage, trust};
use crate::support::{ACCOUNT, CENTRAL};

fn keys(stage: &Stage) -> String {
    format!(
        "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        stage.key.0, stage.key.1
    )
}

#[tokio::test]
async fn a_chain_of_three() {
    let stage = Stage::new().await;
    let condition = r#"{"StringEquals":{"sts:ExternalId":"unique","sts:RoleSessionName":"ann"}}"#;
    stage.role("other", &trust(ACCOUNT, condition)).await;
    stage.role("third", &trust(ACCOUNT, "")).await;
    stage.sandbox.clear_calls();
    let config = "\
[profile first]
role_arn = arn:aws:iam::111122223333:role/test_role
source_profile = base
[profile second]
role_arn = arn:aws:iam::111122223333:role/other
source_profile = first
external_id = unique
role_session_name = ann
[profile third]
role_arn = arn:aws:iam::111122223333:role/third
source_profile = second
duration_seconds = 43200
region = eu-west-1
";
    let profiles = Profiles::from_text(config, &keys(&stage)).unwrap();
    assert_eq!(profiles.names(), ["base", "first", "second", "third"]);
    let sessions = stage.sessions();
    let session = sessions.open(profiles.session("third").unwrap()).unwrap();
    let credentials = session.credentials().await.unwrap();
    assert_eq!(
        credentials.arn(),
        Some("arn:aws:sts::111122223333:assumed-role/third/iam-provision")
    );
    // Cut to what a chain can have.
    assert_eq!(credentials.expires(), Some(stage.sandbox.now() + HOUR));
    assert_eq!(credentials.region(), Some("eu-west-1"));
    assert_eq!(stage.count("sts:AssumeRole"), 3);
    stage
        .as_session(&session)
        .list_users()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn mfa_in_profiles() {
    let stage = Stage::new().await;
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    stage.role("guarded", &trust(CENTRAL, mfa)).await;
    let config = format!(
        "[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/guarded\nsource_profile = base\nmfa_serial = {0}\nduration_seconds = 900\n\
         [profile token]\nsource_profile = unused\nmfa_serial = {0}\naws_access_key_id = {1}\naws_secret_access_key = {2}\n\
         [profile via-token]\nrole_arn = arn:aws:iam::111122223333:role/guarded\nsource_profile = token\nmfa_serial = {0}\n",
        stage.serial, stage.key.0, stage.key.1
    );
    let profiles = Profiles::from_text(&config, &keys(&stage)).unwrap();
    let request = profiles.session("guarded").unwrap();
    let error = stage.sessions().open(request.clone()).unwrap_err();
    assert!(error.to_string().contains(".mfa_code("), "{error}");
    let (codes, asked) = stage.codes();
    let ask = move |_| {
        let code = codes.next();
        async move { Ok(code) }
    };
    let session = stage.open(request.mfa_code(ask.clone()));
    let credentials = session.credentials().await.unwrap();
    assert_eq!(
        credentials.expires(),
        Some(stage.sandbox.now() + Duration::from_secs(900))
    );
    stage.sandbox.advance(Duration::from_secs(30));
    // A profile with a key and a device is the user's MFA session; a role that
    // goes through it does not prove the device a second time.
    let session = stage.open(profiles.session("via-token").unwrap().mfa_code(ask));
    session.credentials().await.unwrap();
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 2);
    assert_eq!(stage.count("sts:GetSessionToken"), 1);
}

#[tokio::test]
async fn a_cycle_is_told_by_name() {
    let config = "\
[profile a]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::111122223333:role/b
source_profile = c
[profile c]
role_arn = arn:aws:iam::111122223333:role/c
source_profile = a
";
    let profiles = Profiles::from_text(config, "").unwrap();
    let error = profiles.session("a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("a -> b -> c -> a"), "{error}");
}

/// A file that some program wrote badly: told, and not followed to its end.
#[tokio::test]
async fn a_chain_without_end() {
    let config: String = (0..20_000)
        .map(|n| {
            format!(
                "[profile p{n}]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p{}\n",
                n + 1
            )
        })
        .collect();
    let profiles = Profiles::from_text(&config, "").unwrap();
    let error = profiles.session("p0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error.to_string().contains("more than 50 profiles"),
        "{error}"
    );
}

/// A profile may name itself: its own key assumes its role.
#[tokio::test]
async fn a_profile_that_names_itself() {
    let stage = Stage::new().await;
    let config = "[profile self]\nrole_arn = arn:aws:iam::111122223333:role/test_role\nsource_profile = self\n";
    let credentials = keys(&stage).replace("[base]", "[self]");
    let profiles = Profiles::from_text(config, &credentials).unwrap();
    let session = stage.open(profiles.session("self").unwrap());
    session.credentials().await.unwrap();
    let profiles = Profiles::from_text(config, "").unwrap();
    let error = profiles.session("self").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("profile `self` has no credentials"),
        "{error}"
    );
}

#[tokio::test]
async fn settings_that_make_no_sense_are_told_by_name() {
    let config = "\
[profile lost]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = nowhere
[profile both]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = lost
credential_source = Environment
[profile neither]
role_arn = arn:aws:iam::111122223333:role/a
[profile half]
aws_access_key_id = AKIAX
[profile empty]
region = eu-west-1
[profile ec2]
role_arn = arn:aws:iam::111122223333:role/a
credential_source = Ec2InstanceMetadata
[profile odd]
role_arn = arn:aws:iam::111122223333:role/a
credential_source = Moon
[profile sso]
sso_start_url = https://example.org
[profile long]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = key
duration_seconds = soon
[profile web]
web_identity_token_file = /nowhere
";
    let profiles = Profiles::from_text(
        config,
        "[key]\naws_access_key_id = a\naws_secret_access_key = b\n",
    )
    .unwrap();
    for (name, says) in [
        ("prod", "there is no profile `prod`; there are: both, ec2"),
        (
            "lost",
            "profile `lost` has source_profile = nowhere, and there is no such profile",
        ),
        ("both", "both source_profile and credential_source"),
        ("neither", "nothing to assume it with"),
        ("half", "has aws_access_key_id and no aws_secret_access_key"),
        ("empty", "profile `empty` has no credentials"),
        ("ec2", "Profiles::credential_source(\"Ec2InstanceMetadata\""),
        ("odd", "credential_source = Moon; AWS knows"),
        ("sso", "aws configure export-credentials --profile sso"),
        ("long", "duration_seconds = soon"),
        ("web", "has web_identity_token_file and no role_arn"),
    ] {
        let error = profiles.session(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(says), "{says} in {error}");
    }
    let error = Profiles::from_text("[profile a]\nno equals sign\n", "").unwrap_err();
    assert!(
        error.to_string().contains("config file") && error.to_string().contains("line 2"),
        "{error}"
    );
    let error = Profiles::from_text("", "key = outside\n").unwrap_err();
    assert!(
        error.to_string().contains("credentials file") && error.to_string().contains("line 1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_named_credential_source() {
    let stage = Stage::new().await;
    let config = "[profile ec2]\nrole_arn = arn:aws:iam::111122223333:role/test_role\ncredential_source = Ec2InstanceMetadata\n";
    let profiles = Profiles::from_text(config, "").unwrap().credential_source(
        "Ec2InstanceMetadata",
        stage.ann.credentials_provider().unwrap(),
    );
    let sessions = iam_provision::session::Sessions::new(&stage.central.sdk_config());
    let session = sessions.open(profiles.session("ec2").unwrap()).unwrap();
    session.credentials().await.unwrap();
}

#[tokio::test]
async fn a_credential_process() {
    let stage = Stage::new().await;
    let print = |json: &str| format!("[profile p]\ncredential_process = printf '%s' '{json}'\n");
    let good = format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#,
        stage.key.0, stage.key.1
    );
    let config = format!(
        "{}[profile role]\nrole_arn = arn:aws:iam::111122223333:role/test_role\nsource_profile = p\n",
        print(&good)
    );
    let profiles = Profiles::from_text(&config, "").unwrap();
    stage
        .open(profiles.session("role").unwrap())
        .credentials()
        .await
        .unwrap();
    for (config, says) in [
        (print("hunter2"), "no JSON"),
        (print(r#"{"Version":2}"#), "\"Version\": 1"),
        (
            print(r#"{"Version":1,"AccessKeyId":"hunter2"}"#),
            "lacks AccessKeyId or SecretAccessKey",
        ),
        (
            print(
                r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":"hunter2","Expiration":"2025-01-01T00:00:00Z"}"#,
            ),
            "ended at 2025-01-01T00:00:00Z",
        ),
        (
            "[profile p]\ncredential_process = exit 3 # hunter2\n".to_owned(),
            "ended with",
        ),
    ] {
        let profiles = Profiles::from_text(&config, "").unwrap();
        let session = stage.open(profiles.session("p").unwrap());
        let error = session.credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoCredentials);
        assert!(error.to_string().contains(says), "{says} in {error}");
        let shown = format!("{error} {error:?} {session:?} {profiles:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn a_credential_process_that_does_not_end_is_ended() {
    let stage = Stage::new().await;
    // One that prints nothing, one that is not done after it printed, and one that leaves
    // another behind.
    for line in [
        "exec sleep 50 # hunter2",
        "echo {}; exec sleep 50 # hunter2",
        "exec >&-; exec sleep 50 # hunter2",
        "sleep 5 & exit 0 # hunter2",
    ] {
        let config = format!("[profile p]\ncredential_process = {line}\n");
        let profiles = Profiles::from_text(&config, "").unwrap();
        let profiles = profiles.process_timeout(Duration::from_millis(50));
        let session = stage.open(profiles.session("p").unwrap());
        let error = session.credentials().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoCredentials);
        let text = format!("{error} {error:?}");
        assert!(text.contains("has not ended within"), "{line}: {text}");
        assert!(text.contains("Profiles::process_timeout"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// The token is read and sent; a file that is missing or empty is told.
#[tokio::test]
async fn web_identity() {
    let stage = Stage::new().await;
    let file = std::env::temp_dir().join(format!("iam-provision-token-{}", std::process::id()));
    let config = format!(
        "[profile web]\nrole_arn = arn:aws:iam::111122223333:role/test_role\nweb_identity_token_file = {}\nrole_session_name = pod\n",
        file.display()
    );
    let profiles = Profiles::from_text(&config, "").unwrap();
    let session = stage.open(profiles.session("web").unwrap());
    let error = session.credentials().await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    std::fs::write(&file, " \n").unwrap();
    let error = session.credentials().await.unwrap_err();
    assert!(error.to_string().contains("is empty"), "{error}");
    assert!(stage.sandbox.calls().is_empty());
    std::fs::write(&file, "not.a.token\n").unwrap();
    let error = session.credentials().await.unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert!(!error.to_string().contains("not.a.token"), "{error}");
    assert_eq!(stage.count("sts:AssumeRoleWithWebIdentity"), 1);
}

#[tokio::test]
async fn files_on_disk() {
    let directory =
        std::env::temp_dir().join(format!("iam-provision-profiles-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (config, credentials) = (directory.join("config"), directory.join("credentials"));
    assert!(
        Profiles::from_files(&config, &credentials)
            .unwrap()
            .names()
            .is_empty()
    );
    std::fs::write(&config, "[default]\nregion = eu-west-1\n").unwrap();
    std::fs::write(
        &credentials,
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\n",
    )
    .unwrap();
    let profiles = Profiles::from_files(&config, &credentials).unwrap();
    assert_eq!(profiles.names(), ["default"]);
    profiles.session("default").unwrap();
    let error = Profiles::from_files(&directory, &credentials).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    std::fs::remove_dir_all(&directory).unwrap();
}

/// A token of a CI system, through a callback, is worth a session that renews
/// itself with the token of that time.
#[tokio::test]
async fn a_web_identity_that_is_known() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use iam_provision::session::Session;
    use iam_sandbox::WebIdentity;

    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let stage = Stage::new().await;
    stage
        .iam
        .create_open_id_connect_provider()
        .url(ISSUER)
        .client_id_list("sts.amazonaws.com")
        .thumbprint_list("6938fd4d98bab03faadb97b34396831e3780aea1")
        .send()
        .await
        .unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:octo/app:ref:refs/heads/main"}}}]}"#;
    stage.role("deploy", trust).await;
    stage.sandbox.clear_calls();
    let asked = Arc::new(AtomicUsize::new(0));
    let (sandbox, count) = (stage.sandbox.clone(), Arc::clone(&asked));
    let request = |subject: &'static str| {
        let (sandbox, count) = (sandbox.clone(), Arc::clone(&count));
        Session::web_identity("arn:aws:iam::111122223333:role/deploy", move || {
            count.fetch_add(1, Ordering::SeqCst);
            let identity = WebIdentity::new(ISSUER, subject).audience("sts.amazonaws.com");
            let token = sandbox.web_identity_token(&identity);
            async move { Ok(token.into()) }
        })
        .name("run")
    };
    let session = stage.open(request("repo:octo/app:ref:refs/heads/main"));
    let credentials = session.credentials().await.unwrap();
    assert_eq!(
        credentials.arn(),
        Some("arn:aws:sts::111122223333:assumed-role/deploy/run")
    );
    stage
        .as_session(&session)
        .list_users()
        .send()
        .await
        .unwrap();
    stage.sandbox.advance(HOUR);
    stage
        .as_session(&session)
        .list_users()
        .send()
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let error = stage
        .open(request("repo:octo/other:ref:refs/heads/main"))
        .credentials()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
    assert!(
        error.to_string().contains("audience and subject"),
        "{error}"
    );
}
