//! Sessions: made, shared, renewed, handed over and ended, on the sandbox.

mod mfa;
mod outputs;
mod parameters;
mod profiles;
mod refresh;
mod refusals;
mod revocation;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_types::SdkConfig;
use iam_provision::session::{Session, SessionRequest, Sessions};
use iam_sandbox::{Account, Sandbox};

use crate::support::{ACCOUNT, CENTRAL};

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/test_role";
pub(super) const OTHER: &str = "arn:aws:iam::111122223333:role/other";
pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// A user in the central account with a key and an MFA device, and a role in
/// the development account that trusts that account.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) dev: Account,
    pub(super) central: Account,
    /// The administrator of the development account.
    pub(super) iam: aws_sdk_iam::Client,
    /// Ann, by her key.
    pub(super) ann: SdkConfig,
    pub(super) key: (String, String),
    pub(super) serial: String,
    pub(super) seed: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let sandbox = Sandbox::new();
        let dev = sandbox.account(ACCOUNT).unwrap();
        let central = sandbox.account(CENTRAL).unwrap();
        let iam = aws_sdk_iam::Client::new(&dev.sdk_config());
        let root = aws_sdk_iam::Client::new(&central.sdk_config());
        root.create_user().user_name("ann").send().await.unwrap();
        root.put_user_policy()
            .user_name("ann")
            .policy_name("sts")
            .policy_document(allow("sts:*"))
            .send()
            .await
            .unwrap();
        let key = root
            .create_access_key()
            .user_name("ann")
            .send()
            .await
            .unwrap();
        let key = key.access_key().unwrap().clone();
        let device = root
            .create_virtual_mfa_device()
            .virtual_mfa_device_name("ann")
            .send()
            .await
            .unwrap();
        let device = device.virtual_mfa_device().unwrap().clone();
        let seed =
            String::from_utf8(device.base32_string_seed().unwrap().as_ref().to_vec()).unwrap();
        root.enable_mfa_device()
            .user_name("ann")
            .serial_number(device.serial_number())
            .authentication_code1(iam_sandbox::totp(
                &seed,
                sandbox.now() - Duration::from_secs(30),
            ))
            .authentication_code2(iam_sandbox::totp(&seed, sandbox.now()))
            .send()
            .await
            .unwrap();
        // The codes of now are used up.
        sandbox.advance(Duration::from_secs(60));
        let stage = Self {
            ann: central.sdk_config_with(key.access_key_id(), key.secret_access_key(), None),
            key: (
                key.access_key_id().to_owned(),
                key.secret_access_key().to_owned(),
            ),
            serial: device.serial_number().to_owned(),
            sandbox,
            dev,
            central,
            iam,
            seed,
        };
        stage.role("test_role", &trust(CENTRAL, "")).await;
        stage.sandbox.clear_calls();
        stage
    }

    /// A role that may use S3 and go on to other roles.
    pub(super) async fn role(&self, name: &str, trust: &str) {
        self.iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
        self.iam
            .put_role_policy()
            .role_name(name)
            .policy_name("work")
            .policy_document(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListUsers","iam:ListRoles","sts:*"],"Resource":"*"}]}"#,
            )
            .send()
            .await
            .unwrap();
    }

    pub(super) fn sessions(&self) -> Sessions {
        Sessions::new(&self.ann)
    }

    pub(super) fn open(&self, request: SessionRequest) -> Session {
        self.sessions().open(request).unwrap()
    }

    /// The code that Ann's device shows.
    pub(super) fn code(&self) -> String {
        iam_sandbox::totp(&self.seed, self.sandbox.now())
    }

    /// How often an operation was called since the log was emptied.
    pub(super) fn count(&self, action: &str) -> usize {
        self.sandbox
            .calls()
            .iter()
            .filter(|call| call.action == action)
            .count()
    }

    /// A client of the development account's IAM that acts as a session.
    pub(super) fn as_session(&self, session: &Session) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&session.sdk_config(&self.dev.sdk_config()))
    }

    pub(super) async fn sleep(&self, time: Duration) {
        self.ann.sleep_impl().unwrap().sleep(time).await;
    }

    /// A callback that gives the code of now, and counts how often it is asked.
    pub(super) fn codes(&self) -> (Codes, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let codes = Codes {
            sandbox: self.sandbox.clone(),
            seed: self.seed.clone(),
            asked: Arc::clone(&asked),
        };
        (codes, asked)
    }
}

#[derive(Clone)]
pub(super) struct Codes {
    sandbox: Sandbox,
    seed: String,
    asked: Arc<AtomicUsize>,
}

impl Codes {
    pub(super) fn next(&self) -> String {
        self.asked.fetch_add(1, Ordering::SeqCst);
        iam_sandbox::totp(&self.seed, self.sandbox.now())
    }
}

pub(crate) fn allow(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    )
}

/// A trust policy for an account, with a condition where there is one.
pub(crate) fn trust(account: &str, condition: &str) -> String {
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!(r#","Condition":{condition}"#)
    };
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]{condition}}}]}}"#
    )
}

/// Each row of the table in the module's documentation names a test.
#[test]
fn the_table_names_tests_that_exist() {
    let documentation = include_str!("../../../../../iam-provision/src/session/mod.rs");
    let files = [
        ("mfa", include_str!("mfa.rs")),
        ("outputs", include_str!("outputs.rs")),
        ("parameters", include_str!("parameters.rs")),
        ("profiles", include_str!("profiles.rs")),
        ("refresh", include_str!("refresh.rs")),
        ("revocation", include_str!("revocation.rs")),
    ];
    assert_eq!(crate::support::table_rows(documentation, &files), 19);
}
