//! Many clients at once see one consistent account.

use std::collections::BTreeSet;
use std::time::Duration;

use iam_sandbox::{Fault, Sandbox};

use crate::support::{ACCOUNT, ALLOW_ALL, OTHER, TRUST_EC2, iam};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creators_one_wins() {
    let sandbox = Sandbox::new();
    let account = sandbox.account(ACCOUNT).unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let iam = iam(&account.sdk_config());
            tokio::spawn(async move {
                let shared = iam.create_group().group_name("Shared").send().await.is_ok();
                let own = format!("u{number}");
                iam.create_user().user_name(&own).send().await.unwrap();
                // Whoever loses finds the group there.
                iam.add_user_to_group()
                    .user_name(own)
                    .group_name("Shared")
                    .send()
                    .await
                    .unwrap();
                shared
            })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    assert_eq!(winners, 1);
    let group = iam(&account.sdk_config())
        .get_group()
        .group_name("Shared")
        .send()
        .await
        .unwrap();
    assert_eq!(group.users().len(), 32);
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 32 * 3 + 1);
    assert_eq!(calls.iter().filter(|call| !call.succeeded()).count(), 31);
}

/// Many tasks at two accounts, some of whose calls fail, and quotas that they
/// race for: whoever is told of success finds it there, nobody goes over a
/// quota, and the log tells of every attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quotas_hold_under_load() {
    const TASKS: usize = 48;
    let sandbox = Sandbox::new();
    let accounts = [ACCOUNT, OTHER].map(|id| sandbox.account(id).unwrap());
    for account in &accounts {
        let iam = iam(&account.sdk_config());
        let role = iam.create_role().role_name("Shared");
        let role = role.assume_role_policy_document(TRUST_EC2);
        role.send().await.unwrap();
        let policy = iam.create_policy().policy_name("Versioned");
        policy.policy_document(ALLOW_ALL).send().await.unwrap();
    }
    sandbox.clear_calls();
    for k in (10..500).step_by(7) {
        sandbox.fail_call(k, Fault::ALL[usize::try_from(k).unwrap() % 4]);
    }
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| {
            let account = accounts[number % 2].clone();
            let config = aws_sdk_iam::config::Builder::from(&account.sdk_config())
                .retry_partition(
                    aws_sdk_iam::config::retry::RetryPartition::custom(format!("task {number}"))
                        .build(),
                )
                .build();
            let iam = aws_sdk_iam::Client::from_conf(config);
            tokio::spawn(async move {
                let name = format!("P{number}");
                let create = iam.create_policy().policy_name(&name);
                let created = create.policy_document(ALLOW_ALL).send().await;
                let arn = format!("arn:aws:iam::{}:policy/{name}", account.id());
                let attach = iam.attach_role_policy().role_name("Shared");
                let attached = attach.policy_arn(&arn).send().await.is_ok();
                let shared = format!("arn:aws:iam::{}:policy/Versioned", account.id());
                let version = iam.create_policy_version().policy_arn(shared);
                let version = version.policy_document(ALLOW_ALL).send().await;
                let version = version.ok();
                let version = version.and_then(|made| made.policy_version().cloned());
                (created.is_ok(), attached.then_some(arn), version)
            })
        })
        .collect();
    let mut attached: [BTreeSet<String>; 2] = Default::default();
    let mut versions: [BTreeSet<String>; 2] = Default::default();
    for (number, task) in tasks.into_iter().enumerate() {
        let (_, arn, version) = task.await.unwrap();
        attached[number % 2].extend(arn);
        let version = version.and_then(|version| version.version_id().map(str::to_owned));
        if let Some(version) = version {
            assert!(versions[number % 2].insert(version), "a version came twice");
        }
    }
    sandbox.clear_faults();
    let attempts = sandbox.calls();
    assert!(attempts.len() >= 3 * TASKS);
    assert!(attempts.windows(2).all(|pair| pair[0].at <= pair[1].at));
    for (index, account) in accounts.iter().enumerate() {
        let iam = iam(&account.sdk_config());
        let listed = iam.list_attached_role_policies().role_name("Shared");
        let listed = listed.send().await.unwrap();
        let listed: BTreeSet<String> = listed
            .attached_policies()
            .iter()
            .filter_map(|policy| policy.policy_arn().map(str::to_owned))
            .collect();
        assert_eq!(listed.len(), 10, "the quota");
        assert!(
            attached[index].is_subset(&listed),
            "success that is not there"
        );
        let shared = format!("arn:aws:iam::{}:policy/Versioned", account.id());
        let kept = iam.list_policy_versions().policy_arn(shared).send();
        assert_eq!(kept.await.unwrap().versions().len(), 5, "the quota");
        assert!(versions[index].len() <= 4);
    }
    let waited = sandbox.now().duration_since(attempts[0].at).unwrap();
    assert!(waited > Duration::ZERO, "back-off takes the sandbox's time");
}
