//! A plan of one role in an account of 5,000 roles and 1,000 policies, however it is read.

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::EntityType;
use iam_dsl::AccountId;
use iam_provision::{ApplyOptions, Bundle, Provisioner, Reads, Role, Secret};
use iam_sandbox::{Quota, Sandbox};
use peer_benches::{figure, processor_time};

use crate::{ACCOUNT, CENTRAL, estate};

const ROLES: u32 = 5_000;
const POLICIES: u32 = 1_000;
const RUNS: usize = 5;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const INLINE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::example-bucket","arn:aws:s3:::example-bucket/*"]}]}"#;

pub(crate) async fn plans() {
    let sandbox = Sandbox::new();
    sandbox.account(CENTRAL).unwrap();
    let account = sandbox.account(ACCOUNT).unwrap();
    account.set_quota(Quota::Roles, ROLES as usize + 100);
    let iam = Client::new(&account.sdk_config());
    fill(&iam).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &account.sdk_config())
        .await
        .unwrap();
    let trust = iam_dsl::TrustPolicy::from_json(TRUST).unwrap();
    let one = Bundle::new("service").with(
        Role::new("worker", &trust)
            .inline("work", iam_dsl::policy! { allow s3:ListAllMyBuckets on *; }),
    );
    for bundle in [&one, &estate()] {
        let plan = provisioner.plan(bundle).await.unwrap();
        let options = ApplyOptions::new().secrets(|_: Secret| async { Ok(()) });
        provisioner.apply(&plan, options).await.unwrap();
    }
    sandbox.clear_calls();
    for (bundle, suffix) in [(&one, ""), (&estate(), "_estate")] {
        for (reads, way) in [
            (Reads::ByCount, ""),
            (Reads::AccountWide, "_account_wide"),
            (Reads::Targeted, "_targeted"),
        ] {
            let provisioner = provisioner.clone().reads(reads);
            let mut best = Duration::MAX;
            let mut calls = 0;
            for _ in 0..RUNS {
                let start = processor_time();
                assert!(provisioner.plan(bundle).await.unwrap().is_empty());
                best = best.min(processor_time().saturating_sub(start));
                calls = sandbox.calls().len();
                sandbox.clear_calls();
            }
            let name = format!("plan_5000_roles{suffix}");
            figure(&format!("{name}_calls{way}"), calls as f64, "calls");
            figure(&format!("{name}_time{way}"), milliseconds(best), "ms");
        }
    }
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = processor_time();
        details(&iam).await;
        best = best.min(processor_time().saturating_sub(start));
    }
    // What the sandbox and the SDK take of the account-wide plans.
    figure("plan_5000_roles_pages_alone", milliseconds(best), "ms");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Roles with a trust policy, an inline and an attached policy, and policies.
async fn fill(iam: &Client) {
    for number in 0..ROLES {
        let name = format!("role-{number}");
        let create = iam.create_role().role_name(&name);
        let create = create.assume_role_policy_document(TRUST);
        create.send().await.unwrap();
        let put = iam.put_role_policy().role_name(&name).policy_name("own");
        put.policy_document(INLINE).send().await.unwrap();
        let attach = iam.attach_role_policy().role_name(&name);
        let attach = attach.policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
        attach.send().await.unwrap();
    }
    for number in 0..POLICIES {
        let create = iam.create_policy().policy_name(format!("policy-{number}"));
        create.policy_document(INLINE).send().await.unwrap();
    }
}

/// Every page, as an account-wide plan asks for it.
async fn details(iam: &Client) {
    let mut marker = None;
    loop {
        let ask = iam.get_account_authorization_details();
        let ask = ask.filter(EntityType::User).filter(EntityType::Group);
        let ask = ask.filter(EntityType::Role);
        let ask = ask.filter(EntityType::LocalManagedPolicy);
        let page = ask
            .max_items(1_000)
            .set_marker(marker)
            .send()
            .await
            .unwrap();
        marker = page.marker().map(str::to_owned);
        if marker.is_none() {
            return;
        }
    }
}
