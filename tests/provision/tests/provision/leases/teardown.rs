//! Removing leases: with what was added, by several at once, many at once.

use iam_provision::lease::Leases;
use iam_sandbox::Fault;

use super::{MINUTE, Stage, asked, inline};
use crate::leases::crashes::cut_after;

/// What people add to a user: a password, a device, more keys and policies.
async fn add_everything(stage: &Stage, user: &str) {
    let iam = &stage.iam;
    iam.create_login_profile()
        .user_name(user)
        .password("Correct-h0rse-battery")
        .send()
        .await
        .unwrap();
    let device = iam
        .create_virtual_mfa_device()
        .virtual_mfa_device_name(user)
        .send()
        .await
        .unwrap();
    let device = device.virtual_mfa_device().unwrap().clone();
    let seed = String::from_utf8(device.base32_string_seed().unwrap().as_ref().to_vec()).unwrap();
    let now = stage.sandbox.now();
    iam.enable_mfa_device()
        .user_name(user)
        .serial_number(device.serial_number())
        .authentication_code1(iam_sandbox::totp(&seed, now))
        .authentication_code2(iam_sandbox::totp(&seed, now + MINUTE / 2))
        .send()
        .await
        .unwrap();
    iam.create_access_key()
        .user_name(user)
        .send()
        .await
        .unwrap();
    iam.create_group().group_name("added").send().await.ok();
    iam.add_user_to_group()
        .user_name(user)
        .group_name("added")
        .send()
        .await
        .unwrap();
    iam.attach_user_policy()
        .user_name(user)
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .unwrap();
    iam.put_user_policy()
        .user_name(user)
        .policy_name("added")
        .policy_document(super::super::sessions::allow("*"))
        .send()
        .await
        .unwrap();
    crate::support::add_hidden_credentials(iam, user).await;
}

#[tokio::test]
async fn everything_that_was_added() {
    // By its issuer, who knows only what it issued, and by a reaper.
    for by_issuer in [true, false] {
        let stage = Stage::new().await;
        let leases = stage.leases().await;
        let lease = leases
            .issue(&inline(), &asked(), &stage.sink)
            .await
            .unwrap();
        add_everything(&stage, lease.id()).await;
        if by_issuer {
            leases.revoke(&lease).await.unwrap();
        } else {
            stage.sandbox.advance(MINUTE * 31);
            let reaped = leases.reap().await.unwrap();
            assert!(reaped.failed().is_empty(), "{reaped}");
        }
        assert!(stage.traces().await.is_empty());
    }
}

/// A teardown cut after any call is finished by the next, device and all, and
/// meanwhile the keys that were leased or added get no further than before.
#[tokio::test]
async fn a_cut_after_any_call_of_a_teardown() {
    for cut in 1..60 {
        let stage = Stage::new().await;
        let leases = stage.leases().await;
        let lease = leases
            .issue(&inline(), &asked(), &stage.sink)
            .await
            .unwrap();
        add_everything(&stage, lease.id()).await;
        stage.sandbox.advance(MINUTE * 31);
        stage.sandbox.clear_calls();
        let finished = cut_after(&stage.sandbox, cut, leases.reap()).await;
        assert!(stage.as_leased().list_users().send().await.is_err());
        let reaped = leases.reap().await.unwrap();
        assert!(reaped.failed().is_empty(), "{reaped}");
        assert!(
            stage.traces().await.is_empty(),
            "cut after call {cut}: {:?}",
            stage.traces().await
        );
        if finished.is_some() {
            assert!(cut > 20, "{cut}");
            return;
        }
    }
    panic!("the teardown never finished");
}

#[tokio::test]
async fn many_reapers() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    for n in 0..10 {
        let lease = leases
            .issue(&inline(), &asked(), &stage.sink)
            .await
            .unwrap();
        if n % 3 == 0 {
            stage
                .iam
                .create_login_profile()
                .user_name(lease.id())
                .password("Correct-h0rse-battery")
                .send()
                .await
                .unwrap();
            stage
                .iam
                .put_user_policy()
                .user_name(lease.id())
                .policy_name("added")
                .policy_document(super::super::sessions::allow("*"))
                .send()
                .await
                .unwrap();
        }
    }
    stage.sandbox.advance(MINUTE * 31);
    let mut reapers = Vec::new();
    for _ in 0..4 {
        let reaper: Leases = stage.leases().await;
        reapers.push(tokio::spawn(async move { reaper.reap().await.unwrap() }));
    }
    for reaper in reapers {
        let reaped = reaper.await.unwrap();
        assert!(reaped.failed().is_empty(), "{reaped}");
    }
    assert!(stage.traces().await.is_empty());
}

/// Without the permission to read the whole account, which cannot be scoped.
#[tokio::test]
async fn a_reaper_with_little_permission() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let ended = leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    stage.sandbox.advance(MINUTE * 31);
    let alive = leases
        .issue(&inline(), &asked(), &stage.sink)
        .await
        .unwrap();
    stage.sandbox.fail_call(1, Fault::AccessDenied);
    let reaped = leases.reap().await.unwrap();
    assert_eq!(reaped.removed(), [ended.id()]);
    assert_eq!(stage.traces().await, [format!("user {}", alive.id())]);
}

#[tokio::test]
async fn a_hundred_at_once() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (leases, sink) = (leases.clone(), stage.sink.clone());
            tokio::spawn(async move { leases.issue(&inline(), &asked(), &sink).await.unwrap() })
        })
        .collect();
    let mut issued = Vec::new();
    for task in tasks {
        issued.push(task.await.unwrap());
    }
    assert_eq!(stage.sink.len(), 100);
    assert_eq!(leases.list().await.unwrap().len(), 100);
    let tasks: Vec<_> = issued
        .into_iter()
        .map(|lease| {
            let leases = leases.clone();
            tokio::spawn(async move { leases.revoke(&lease).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(stage.traces().await.is_empty());
}
