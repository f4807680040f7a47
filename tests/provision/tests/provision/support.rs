//! An account in the sandbox with a provisioner, and the bundles that the tests share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_types::SdkConfig;
use iam_dsl::{AccountId, Identity, Policy};
use iam_provision::{
    AccountAlias, ApplyOptions, Bundle, Error, Group, LoginProfile, ManagedPolicy, MomentKind,
    OidcProvider, Outcome, PasswordPolicy, Plan, PolicyRef, Provisioner, Reads, SamlProvider,
    Secret, ServiceLinkedRole, User, bundles,
};
use iam_sandbox::{Account, Call, Sandbox};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const CENTRAL: &str = "999900001111";
/// Both ways of reading: in the sandbox's small accounts the first is account-wide.
pub(crate) const WAYS: [Reads; 2] = [Reads::ByCount, Reads::Targeted];

/// One account of a sandbox, seen by its root user.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) account: Account,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) delivered: Arc<Mutex<Vec<(String, String)>>>,
    pub(crate) reads: Reads,
}

impl World {
    /// Read in a certain way.
    pub(crate) fn reading(reads: Reads) -> Self {
        Self {
            reads,
            ..Self::new()
        }
    }

    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.account(CENTRAL).unwrap();
        sandbox
            .load_aws_managed_policies([(
                "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2",
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:CreateUser","ec2:RunInstances"],"Resource":["*"]}]}"#,
            )])
            .unwrap();
        let account = sandbox.account(ACCOUNT).unwrap();
        let iam = aws_sdk_iam::Client::new(&account.sdk_config());
        Self {
            sandbox,
            account,
            iam,
            delivered: Arc::default(),
            reads: Reads::ByCount,
        }
    }

    pub(crate) async fn provisioner(&self) -> Provisioner {
        self.sign_in().await.unwrap()
    }

    pub(crate) async fn sign_in(&self) -> Result<Provisioner, Error> {
        let id = AccountId::new(ACCOUNT).unwrap();
        let provisioner = Provisioner::for_account(id, &self.account.sdk_config()).await?;
        Ok(provisioner.reads(self.reads))
    }

    /// A sink that keeps what it receives.
    pub(crate) fn options(&self) -> ApplyOptions {
        let delivered = Arc::clone(&self.delivered);
        ApplyOptions::new().secrets(move |secret: Secret| {
            delivered
                .lock()
                .unwrap()
                .push((secret.user().to_owned(), secret.expose().to_owned()));
            async { Ok(()) }
        })
    }

    /// The same with a yes to sessions that live on, which no order changes, and to
    /// nothing else.
    pub(crate) fn options_for(&self, plan: &Plan) -> ApplyOptions {
        let moments = plan.order().moments().iter();
        let sessions = moments.filter(|moment| moment.kind() == MomentKind::Sessions);
        sessions.fold(self.options(), |options, moment| {
            options.accept_moments_of(moment.who())
        })
    }

    pub(crate) async fn plan(&self, bundle: &Bundle) -> Result<Plan, Error> {
        self.sign_in().await?.plan(bundle).await
    }

    pub(crate) async fn apply(&self, bundle: &Bundle) -> Result<Outcome, Error> {
        let provisioner = self.sign_in().await?;
        let plan = provisioner.plan(bundle).await?;
        provisioner.apply(&plan, self.options()).await
    }

    pub(crate) async fn destroy(&self, bundle: &Bundle) -> Result<Outcome, Error> {
        let provisioner = self.sign_in().await?;
        let plan = provisioner.destroy(bundle).await?;
        provisioner.apply(&plan, ApplyOptions::new()).await
    }

    /// The configuration of whoever has a new access key of a user.
    pub(crate) async fn as_user(&self, user: &str) -> SdkConfig {
        let create = self.iam.create_access_key().user_name(user);
        let made = create.send().await.unwrap();
        let key = made.access_key().unwrap();
        self.account
            .sdk_config_with(key.access_key_id(), key.secret_access_key(), None)
    }

    /// The configuration of a session of a role that somebody begins now.
    pub(crate) async fn as_role(&self, who: &SdkConfig, role: &str) -> SdkConfig {
        let assume = aws_sdk_sts::Client::new(who).assume_role();
        let assumed = assume
            .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/{role}"))
            .role_session_name("session")
            .send()
            .await
            .unwrap();
        let session = assumed.credentials().unwrap();
        self.account.sdk_config_with(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token()),
        )
    }

    /// The calls since the last look, all of them and those that write.
    pub(crate) fn calls(&self) -> (Vec<Call>, usize) {
        let calls = self.sandbox.calls();
        self.sandbox.clear_calls();
        let writes = calls.iter().filter(|call| call.writes).count();
        (calls, writes)
    }

    /// Everything in the account, as text; equal texts mean an equal account.
    pub(crate) async fn contents(&self) -> String {
        let details = self
            .iam
            .get_account_authorization_details()
            .send()
            .await
            .unwrap();
        let mut lines: Vec<String> = Vec::new();
        for user in details.user_detail_list() {
            lines.push(format!(
                "{:?}",
                (
                    user.user_name(),
                    user.path(),
                    user.group_list(),
                    user.attached_managed_policies(),
                    user.tags()
                )
            ));
        }
        for group in details.group_detail_list() {
            lines.push(format!(
                "{:?}",
                (
                    group.group_name(),
                    group.path(),
                    group.attached_managed_policies(),
                    group.group_policy_list()
                )
            ));
        }
        for role in details.role_detail_list() {
            lines.push(format!(
                "{:?}",
                (
                    role.role_name(),
                    role.path(),
                    role.assume_role_policy_document(),
                    role.attached_managed_policies(),
                    role.role_policy_list()
                )
            ));
        }
        for policy in details.policies() {
            if !policy.arn().unwrap_or_default().contains(":iam::aws:") {
                lines.push(format!(
                    "{:?}",
                    (
                        policy.policy_name(),
                        policy
                            .policy_version_list()
                            .iter()
                            .find(|v| v.is_default_version())
                            .and_then(|v| v.document())
                    )
                ));
            }
        }
        for profile in self
            .iam
            .list_instance_profiles()
            .send()
            .await
            .unwrap()
            .instance_profiles()
        {
            lines.push(format!(
                "{:?}",
                (
                    profile.instance_profile_name(),
                    profile
                        .roles()
                        .iter()
                        .map(|r| r.role_name())
                        .collect::<Vec<_>>()
                )
            ));
        }
        match self.iam.get_account_password_policy().send().await {
            Ok(answer) => lines.push(format!("{:?}", answer.password_policy())),
            Err(_) => lines.push("no password policy".to_owned()),
        }
        self.add_account_contents(&mut lines).await;
        lines.sort();
        lines.join("\n")
    }

    /// The alias and the identity providers.
    async fn add_account_contents(&self, lines: &mut Vec<String>) {
        let aliases = self.iam.list_account_aliases().send().await.unwrap();
        lines.push(format!("{:?}", aliases.account_aliases()));
        let oidc = self.iam.list_open_id_connect_providers().send().await;
        for provider in oidc.unwrap().open_id_connect_provider_list() {
            let arn = provider.arn().unwrap();
            let get = self.iam.get_open_id_connect_provider();
            let found = get.open_id_connect_provider_arn(arn).send().await.unwrap();
            let (mut clients, mut prints) = (
                found.client_id_list().to_vec(),
                found.thumbprint_list().to_vec(),
            );
            clients.sort();
            prints.sort();
            lines.push(format!("{:?}", (arn, clients, prints, found.tags())));
        }
        let saml = self.iam.list_saml_providers().send().await;
        for provider in saml.unwrap().saml_provider_list() {
            let arn = provider.arn().unwrap();
            let get = self.iam.get_saml_provider();
            let found = get.saml_provider_arn(arn).send().await.unwrap();
            lines.push(format!(
                "{:?}",
                (arn, found.saml_metadata_document(), found.tags())
            ));
        }
    }

    /// Gives a user a virtual MFA device that is in use.
    pub(crate) async fn add_mfa_device(&self, user: &str) {
        let create = self.iam.create_virtual_mfa_device();
        let made = create.virtual_mfa_device_name(user).send().await.unwrap();
        let device = made.virtual_mfa_device().unwrap();
        let seed = device.base32_string_seed().unwrap().as_ref().to_vec();
        let seed = String::from_utf8(seed).unwrap();
        let now = self.sandbox.now();
        let enable = self.iam.enable_mfa_device().user_name(user);
        enable
            .serial_number(device.serial_number())
            .authentication_code1(iam_sandbox::totp(&seed, now))
            .authentication_code2(iam_sandbox::totp(&seed, now + Duration::from_secs(30)))
            .send()
            .await
            .unwrap();
    }

    /// Applies until the plan is empty, and at most three times.
    pub(crate) async fn converge(&self, bundle: &Bundle) {
        for _ in 0..3 {
            match self.apply(bundle).await {
                Ok(outcome) if outcome.is_unchanged() => return,
                Ok(_) => {}
                Err(error) if error.is_retryable() => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert!(self.plan(bundle).await.unwrap().is_empty());
    }
}

pub(crate) fn policy(json: &str) -> Policy {
    Policy::<Identity>::from_json(json).unwrap()
}

/// A statement that allows everything.
pub(crate) const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

pub(crate) fn document(statements: &str) -> Policy {
    policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
}

pub(crate) fn allow(action: &str) -> Policy {
    policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    ))
}

pub(crate) fn deny(action: &str) -> Policy {
    policy(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
    ))
}

/// Scenarios 2 and 3: administrators with MFA.
pub(crate) fn admins() -> Bundle {
    Bundle::new("platform-admins").with(
        bundles::admin_group("Administrators")
            .user("Administrator")
            .enforce_mfa(),
    )
}

/// Scenario 4.
pub(crate) fn passwords() -> Bundle {
    Bundle::new("passwords").with(PasswordPolicy::strict())
}

/// Scenario 5.
pub(crate) fn cross_account() -> Bundle {
    Bundle::new("central-access").with(
        bundles::cross_account_role("test_role", AccountId::new(CENTRAL).unwrap())
            .inline("test_policy", allow("s3:ListAllMyBuckets")),
    )
}

/// Scenario 7, without the launch.
pub(crate) fn ec2() -> Bundle {
    Bundle::new("instances").with(
        bundles::ec2_instance_profile("ec2_role", "test_profile")
            .attach(PolicyRef::aws("AmazonS3FullAccess")),
    )
}

/// The seven objects on which other tools were measured.
pub(crate) fn estate() -> Bundle {
    Bundle::new("estate")
        .with(PasswordPolicy::strict())
        .with(
            bundles::admin_group("Administrators")
                .user("Administrator")
                .enforce_mfa(),
        )
        .with(
            bundles::cross_account_role("test_role", AccountId::new(CENTRAL).unwrap())
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
                .inline("test_policy", allow("s3:ListAllMyBuckets")),
        )
        .with(
            bundles::ec2_instance_profile("ec2_role", "test_profile")
                .attach(PolicyRef::aws("AmazonS3FullAccess")),
        )
}

/// A bundle of every kind of entity and attribute.
pub(crate) fn everything() -> Bundle {
    let cap = ManagedPolicy::new("cap", allow("s3:*"))
        .path("/team/")
        .description("The most");
    let own = ManagedPolicy::new("own", allow("sqs:*")).tag("team", "a");
    let trust = iam_dsl::TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/team/ann"}},"Action":"sts:AssumeRole"}},{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com/id/1"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"oidc.example.com/id/1:sub":"job"}}}}}}]}}"#
    ))
    .unwrap();
    Bundle::new("everything")
        .with(
            User::new("ann")
                .path("/team/")
                .boundary(&cap)
                .tag("team", "a")
                .inline("extra", allow("sns:Publish"))
                .attach(&own)
                .member_of("team")
                .console_login(LoginProfile::new().without_reset()),
        )
        .with(User::new("bob").path("/team/").access_key())
        .with(
            Group::new("team")
                .path("/team/")
                .member("bob")
                .inline("list", allow("s3:ListAllMyBuckets"))
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess"))
                .attach(&own),
        )
        .with(
            iam_provision::Role::new("worker", trust)
                .path("/team/")
                .description("Works")
                .max_session_seconds(7_200)
                .boundary(&cap)
                .tag("team", "a")
                .inline("work", allow("sqs:SendMessage"))
                .attach(&own),
        )
        .with(
            iam_provision::InstanceProfile::new("worker")
                .path("/team/")
                .role("worker"),
        )
        .with(PasswordPolicy::strict())
        .with(AccountAlias::new("example-dev"))
        .with(
            OidcProvider::new("https://oidc.example.com/id/1")
                .client_id("sts.amazonaws.com")
                .client_id("other")
                .thumbprint("A031C46782E6E6C662C2C87C76DA9AA62CCABD8E")
                .tag("team", "a"),
        )
        .with(
            ServiceLinkedRole::of("autoscaling.amazonaws.com")
                .suffix("team")
                .description("Scales"),
        )
        .with(SamlProvider::new("corp", metadata("corp")).tag("team", "a"))
        .with(cap)
        .with(own)
}

/// A metadata document of a length that IAM takes.
pub(crate) fn metadata(entity: &str) -> String {
    format!(
        "<EntityDescriptor entityID=\"https://{entity}.example.com\">\n{}</EntityDescriptor>\n",
        "  <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>\n"
            .repeat(12)
    )
}

/// What only a thorough look finds on a user.
pub(crate) async fn add_hidden_credentials(iam: &aws_sdk_iam::Client, user: &str) {
    iam.create_service_specific_credential()
        .user_name(user)
        .service_name("codecommit.amazonaws.com")
        .send()
        .await
        .unwrap();
    iam.upload_ssh_public_key()
        .user_name(user)
        // An RSA key in form: the word ssh-rsa, and zeroes.
        .ssh_public_key_body(format!(
            "ssh-rsa AAAAB3NzaC1yc2EA{} me@here",
            "A".repeat(356)
        ))
        .send()
        .await
        .unwrap();
    let certificate = "A".repeat(400);
    iam.upload_signing_certificate()
        .user_name(user)
        .certificate_body(format!(
            "-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----"
        ))
        .send()
        .await
        .unwrap();
}

/// Checks that the last cell of each row of a table in a module's
/// documentation names a test in one of `files`; returns the number of rows.
pub(crate) fn table_rows(documentation: &str, files: &[(&str, &str)]) -> usize {
    let rows: Vec<&str> = documentation
        .lines()
        .filter(|line| line.starts_with("//! | ") && !line.contains("| test |"))
        .collect();
    for row in &rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let (module, name) = cell
            .trim_matches('`')
            .split_once("::")
            .unwrap_or_else(|| panic!("{row}"));
        let (_, text) = files
            .iter()
            .find(|(file, _)| *file == module)
            .unwrap_or_else(|| panic!("no file for {cell}"));
        assert!(
            text.contains(&format!("async fn {name}()")),
            "{cell} is no test"
        );
    }
    rows.len()
}
