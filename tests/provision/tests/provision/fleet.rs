//! One bundle in many accounts, in stages, with failures in between.

use std::sync::{Arc, Mutex};

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::{
    AccountStatus, ApplyOptions, Bundle, Cancellation, ErrorKind, Fleet, PasswordPolicy, Role, User,
};
use iam_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{CENTRAL, allow};

fn trust_central() -> TrustPolicy {
    TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{CENTRAL}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
    .unwrap()
}

/// A central account and members that trust it with their administration.
struct Estate {
    sandbox: Sandbox,
    central: aws_types::SdkConfig,
    members: Vec<AccountId>,
}

impl Estate {
    async fn new(members: usize) -> Self {
        let sandbox = Sandbox::new();
        let root = sandbox.account(CENTRAL).unwrap().sdk_config();
        let iam = aws_sdk_iam::Client::new(&root);
        iam.create_user()
            .user_name("pipeline")
            .send()
            .await
            .unwrap();
        iam.put_user_policy()
            .user_name("pipeline")
            .policy_name("assume")
            .policy_document(allow("sts:AssumeRole").as_json())
            .send()
            .await
            .unwrap();
        let key = iam
            .create_access_key()
            .user_name("pipeline")
            .send()
            .await
            .unwrap();
        let key = key.access_key().unwrap();
        let central = sandbox.account(CENTRAL).unwrap().sdk_config_with(
            key.access_key_id(),
            key.secret_access_key(),
            None,
        );
        let estate = Self {
            members: (0..members)
                .map(|number| AccountId::new(format!("1111{number:08}")).unwrap())
                .collect(),
            sandbox,
            central,
        };
        for member in &estate.members {
            let iam = estate.iam(member);
            iam.create_role()
                .role_name("deployer")
                .path("/platform/")
                .assume_role_policy_document(trust_central().as_json())
                .send()
                .await
                .unwrap();
            iam.attach_role_policy()
                .role_name("deployer")
                .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
                .send()
                .await
                .unwrap();
        }
        estate.sandbox.clear_calls();
        estate
    }

    fn iam(&self, account: &AccountId) -> aws_sdk_iam::Client {
        let account = self.sandbox.account(account.as_str()).unwrap();
        aws_sdk_iam::Client::new(&account.sdk_config())
    }

    fn fleet(&self) -> Fleet {
        Fleet::new(&self.central, "platform/deployer").accounts(self.members.clone())
    }

    /// Which accounts have the bundle's role.
    async fn done(&self) -> Vec<bool> {
        let mut done = Vec::new();
        for member in &self.members {
            done.push(
                self.iam(member)
                    .get_role()
                    .role_name("audit")
                    .send()
                    .await
                    .is_ok(),
            );
        }
        done
    }

    /// Somebody else's role stands in the way there.
    async fn spoil(&self, index: usize) {
        self.iam(&self.members[index])
            .create_role()
            .role_name("audit")
            .assume_role_policy_document(trust_central().as_json())
            .send()
            .await
            .unwrap();
    }
}

fn bundle() -> Bundle {
    Bundle::new("baseline")
        .with(Role::new("audit", trust_central()).inline("read", allow("s3:List*")))
        .with(PasswordPolicy::strict())
}

#[tokio::test]
async fn every_account_in_three_stages() {
    let estate = Estate::new(25).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&order);
    let fleet = estate.fleet().progress(move |account| {
        keep.lock().unwrap().push(account.stage());
    });
    let plans = fleet.plan(|_| bundle()).await.unwrap();
    assert!(
        estate.sandbox.calls().iter().all(|call| !call.writes),
        "a dry run reads"
    );
    assert_eq!(plans.exit_code(), 2);
    assert!(plans.accounts().iter().all(|account| {
        matches!(account.status(), AccountStatus::Planned(plan) if !plan.is_empty())
    }));
    order.lock().unwrap().clear();

    let report = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    assert!(
        report.is_complete() && report.failures().next().is_none(),
        "{report}"
    );
    let stages = order.lock().unwrap().clone();
    let expected: Vec<usize> = [(1, 1), (2, 3), (3, 21)]
        .into_iter()
        .flat_map(|(stage, size)| vec![stage; size])
        .collect();
    assert_eq!(
        stages, expected,
        "a stage begins when the one before it has ended"
    );
    assert!(estate.done().await.into_iter().all(|done| done));
    let text = report.to_string();
    assert!(text.starts_with("25 accounts: 25 applied\n"), "{text}");

    let again = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    assert_eq!(again.exit_code(), 0);
    assert!(
        again.to_string().starts_with("25 accounts: 25 unchanged\n"),
        "{again}"
    );
}

#[tokio::test]
async fn a_bundle_that_fails_fails_in_one_account() {
    let estate = Estate::new(25).await;
    estate.spoil(0).await;
    let report = estate
        .fleet()
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.failures().count(), 1);
    let begun = report
        .accounts()
        .iter()
        .filter(|account| !matches!(account.status(), AccountStatus::NotBegun));
    assert_eq!(begun.count(), 1);
    let text = report.to_string();
    assert!(
        text.contains("111100000000: failed: ") && text.contains("stopped: "),
        "{text}"
    );
    // Nothing was called anywhere else.
    let touched: std::collections::BTreeSet<String> = estate
        .sandbox
        .calls()
        .into_iter()
        .filter(|call| call.action.starts_with("iam:"))
        .map(|call| call.account)
        .collect();
    assert_eq!(touched.len(), 1, "{touched:?}");
}

#[tokio::test]
async fn the_first_accounts_failure_stops_whatever_may_fail() {
    let estate = Estate::new(12).await;
    estate.spoil(0).await;
    let fleet = estate.fleet().stop_after(100);
    let report = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    let text = report.to_string();
    assert!(
        text.starts_with("12 accounts: 1 failed, 11 not begun\n"),
        "{text}"
    );
    assert!(text.contains("stopped: the first account failed"), "{text}");
}

#[tokio::test]
async fn failures_below_the_threshold_are_told_and_the_rest_is_done() {
    let estate = Estate::new(25).await;
    estate.spoil(7).await;
    // And one that does not trust the central account.
    estate.spoil(20).await;
    let fleet = estate.fleet().stop_after(2).concurrency(3);
    let report = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    let failed: Vec<&str> = report
        .failures()
        .map(|account| account.account().as_str())
        .collect();
    assert_eq!(failed, ["111100000007", "111100000020"]);
    assert!(
        report
            .to_string()
            .starts_with("25 accounts: 23 applied, 2 failed\n"),
        "{report}"
    );

    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["complete"], false);
    assert_eq!(json["summary"]["applied"], 23);
    let accounts = json["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 25);
    assert_eq!(accounts[7]["status"], "failed");
    assert_eq!(accounts[7]["error"]["kind"], "NotOwned");
    assert_eq!(accounts[8]["outcome"]["format_version"], 1);
    assert_eq!(accounts[8]["outcome"]["complete"], true);

    // What is mended is taken up by the next run.
    for index in [7, 20] {
        let iam = estate.iam(&estate.members[index]);
        iam.delete_role().role_name("audit").send().await.unwrap();
    }
    let report = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    assert!(
        report
            .to_string()
            .starts_with("25 accounts: 2 applied, 23 unchanged\n"),
        "{report}"
    );
}

#[tokio::test]
async fn an_account_that_cannot_be_entered() {
    let estate = Estate::new(3).await;
    let iam = estate.iam(&estate.members[1]);
    iam.update_assume_role_policy()
        .role_name("deployer")
        .policy_document(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        )
        .send()
        .await
        .unwrap();
    let fleet = estate.fleet().stop_after(1);
    let report = fleet
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    let failures: Vec<_> = report.failures().collect();
    let [failure] = failures.as_slice() else {
        panic!("{report}")
    };
    let AccountStatus::Failed(error) = failure.status() else {
        panic!()
    };
    assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
    assert!(
        error.to_string().contains("role/platform/deployer"),
        "{error}"
    );
}

#[tokio::test]
async fn a_partial_failure_tells_what_was_done() {
    let estate = Estate::new(1).await;
    // The second of two writes in a row is refused.
    let calls = {
        let other = Estate::new(1).await;
        other
            .fleet()
            .apply(|_| bundle(), ApplyOptions::new())
            .await
            .unwrap();
        other.sandbox.calls().len() as u64
    };
    estate
        .sandbox
        .fail_call(calls, iam_sandbox::Fault::AccessDenied);
    let report = estate
        .fleet()
        .apply(|_| bundle(), ApplyOptions::new())
        .await
        .unwrap();
    let AccountStatus::Failed(error) = report.accounts()[0].status() else {
        panic!("{report}")
    };
    assert!(!error.outcome().unwrap().done().is_empty());
    assert!(report.to_string().contains("not done: "), "{report}");
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["accounts"][0]["error"]["outcome"]["complete"], false);
}

#[tokio::test]
async fn a_run_that_is_cancelled_begins_no_other_account() {
    let estate = Estate::new(10).await;
    let cancellation = Cancellation::new();
    let cancel = cancellation.clone();
    let fleet = estate.fleet().progress(move |_| cancel.cancel());
    let options = ApplyOptions::new().cancellation(&cancellation);
    let report = fleet.apply(|_| bundle(), options).await.unwrap();
    assert_eq!(
        estate.done().await.into_iter().filter(|done| *done).count(),
        1
    );
    assert_eq!(report.exit_code(), 1);
}

#[tokio::test]
async fn what_would_be_refused_everywhere_is_refused_before_any_call() {
    let estate = Estate::new(3).await;
    let wrong = |_: &AccountId| Bundle::new("b").with(User::new("not a name"));
    let error = estate.fleet().plan(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidBundle);
    let fleet = estate.fleet().session(|request| request.external_id(""));
    let error = fleet.plan(|_| bundle()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(estate.sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_bundle_may_differ_by_account() {
    let estate = Estate::new(2).await;
    let first = estate.members[0].clone();
    // Named twice, worked on once.
    let fleet = estate.fleet().accounts([first.clone()]);
    let report = fleet
        .apply(
            |account| {
                if *account == first {
                    bundle()
                } else {
                    Bundle::new("baseline")
                }
            },
            ApplyOptions::new(),
        )
        .await
        .unwrap();
    assert_eq!(report.accounts().len(), 2);
    assert_eq!(estate.done().await, [true, false]);
}
