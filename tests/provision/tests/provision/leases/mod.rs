//! Leases: issued, used, ended, cut short and reaped, on the sandbox.

mod crashes;
mod kinds;
mod names;
mod refusals;
mod teardown;
pub(crate) mod times;

pub(crate) use crashes::cut_after;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_types::SdkConfig;
use iam_dsl::AccountId;
use iam_provision::lease::{Asked, Grant, Leases};
use iam_provision::{Delivery, Secret, SecretSink};
use iam_sandbox::{Account, Sandbox};

use crate::support::{ACCOUNT, allow};

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// An account with an issuer of leases, and a sink that keeps what it gets.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) account: Account,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) config: SdkConfig,
    pub(super) sink: Kept,
}

#[derive(Clone, Default)]
pub(crate) struct Kept(pub(crate) Arc<Mutex<Vec<Secret>>>);

impl SecretSink for Kept {
    fn deliver(&self, secret: Secret) -> Delivery<'_> {
        self.0.lock().unwrap().push(secret);
        Box::pin(async { Ok(()) })
    }
}

impl Kept {
    pub(crate) fn last(&self) -> Secret {
        self.0.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Stage {
    pub(super) async fn new() -> Self {
        let sandbox = Sandbox::new();
        let account = sandbox.account(ACCOUNT).unwrap();
        let root = aws_sdk_iam::Client::new(&account.sdk_config());
        // Who issues: a user, because the root user can assume no role.
        root.create_user().user_name("issuer").send().await.unwrap();
        root.attach_user_policy()
            .user_name("issuer")
            .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
            .send()
            .await
            .unwrap();
        let key = root
            .create_access_key()
            .user_name("issuer")
            .send()
            .await
            .unwrap();
        let key = key.access_key().unwrap();
        let config = account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
        root.create_role()
            .role_name("data")
            .assume_role_policy_document(super::sessions::trust(ACCOUNT, ""))
            .send()
            .await
            .unwrap();
        root.put_role_policy()
            .role_name("data")
            .policy_name("work")
            .policy_document(super::sessions::allow("iam:List*"))
            .send()
            .await
            .unwrap();
        sandbox.clear_calls();
        Self {
            sandbox,
            account,
            iam: root,
            config,
            sink: Kept::default(),
        }
    }

    pub(super) async fn leases(&self) -> Leases {
        let leases = Leases::for_account(AccountId::new(ACCOUNT).unwrap(), &self.config)
            .await
            .unwrap();
        self.sandbox.clear_calls();
        leases
    }

    /// IAM with the credentials of the newest lease.
    pub(super) fn as_leased(&self) -> aws_sdk_iam::Client {
        let key = self.sink.last().credentials().unwrap();
        let config = self.account.sdk_config_with(
            key.access_key_id(),
            key.secret_access_key(),
            key.session_token(),
        );
        aws_sdk_iam::Client::new(&config)
    }

    /// Users, virtual devices and role policies beyond those of the stage.
    pub(super) async fn traces(&self) -> Vec<String> {
        let mut left = Vec::new();
        for user in self.iam.list_users().send().await.unwrap().users() {
            if user.user_name() != "issuer" {
                left.push(format!("user {}", user.user_name()));
            }
        }
        for device in self
            .iam
            .list_virtual_mfa_devices()
            .send()
            .await
            .unwrap()
            .virtual_mfa_devices()
        {
            left.push(format!("device {}", device.serial_number()));
        }
        let policies = self
            .iam
            .list_role_policies()
            .role_name("data")
            .send()
            .await
            .unwrap();
        for name in policies.policy_names() {
            if name != "work" {
                left.push(format!("role policy {name}"));
            }
        }
        let policies = self
            .iam
            .list_user_policies()
            .user_name("issuer")
            .send()
            .await
            .unwrap();
        left.extend(
            policies
                .policy_names()
                .iter()
                .map(|name| format!("user policy {name}")),
        );
        left
    }
}

/// The tutorial's grant in shape: a user with one policy.
pub(super) fn inline() -> Grant {
    Grant::user("inline")
        .inline("list", allow("iam:List*"))
        .ttl(MINUTE * 30)
        .longest(MINUTE * 120)
}

pub(super) fn asked() -> Asked {
    Asked::by("ann").because("ticket 4711")
}

/// Each row of the table in the module's documentation names a test.
#[test]
fn the_table_names_tests_that_exist() {
    let documentation = include_str!("../../../../../iam-provision/src/lease/mod.rs");
    let (_, table) = documentation.split_once("Beside Vault").unwrap();
    let files = [
        ("crashes", include_str!("crashes.rs")),
        ("kinds", include_str!("kinds.rs")),
        ("names", include_str!("names.rs")),
        ("teardown", include_str!("teardown.rs")),
        ("times", include_str!("times.rs")),
    ];
    assert_eq!(crate::support::table_rows(table, &files), 16);
}
