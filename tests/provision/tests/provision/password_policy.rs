//! The account's password policy is given back, whatever happens in between.

use iam_provision::{Bundle, ErrorKind, PasswordPolicy};
use iam_sandbox::Fault;

use crate::support::{World, passwords};

async fn set(world: &World, length: i32) {
    world
        .iam
        .update_account_password_policy()
        .minimum_password_length(length)
        .require_symbols(true)
        .max_password_age(30)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn destroy_gives_back_the_policy_there_was() {
    for found in [None, Some(8)] {
        let world = World::new();
        if let Some(length) = found {
            set(&world, length).await;
        }
        let before = world.contents().await;
        world.apply(&passwords()).await.unwrap();
        // A later change of mind does not become what is given back.
        let longer = Bundle::new("passwords").with(PasswordPolicy::strict().minimum_length(20));
        world.apply(&longer).await.unwrap();
        // Nor does what somebody else set in between.
        set(&world, 7).await;
        world.apply(&longer).await.unwrap();
        world.destroy(&longer).await.unwrap();
        assert_eq!(world.contents().await, before, "{found:?}");
    }
}

#[tokio::test]
async fn a_crash_never_loses_the_policy_there_was() {
    for fault in [
        Fault::TimeoutAfterEffect,
        Fault::TimeoutBeforeEffect,
        Fault::AccessDenied,
    ] {
        for k in 1..=12 {
            let world = World::new();
            set(&world, 9).await;
            let before = world.contents().await;
            let provisioner = world.provisioner().await;
            world.sandbox.fail_call(k, fault);
            let crashed = async {
                let plan = provisioner.plan(&passwords()).await?;
                provisioner.apply(&plan, world.options()).await?;
                let plan = provisioner.destroy(&passwords()).await?;
                provisioner.apply(&plan, world.options()).await
            };
            let _ = crashed.await;
            world.sandbox.clear_faults();
            // Forward and back from wherever that ended.
            world.converge(&passwords()).await;
            world.destroy(&passwords()).await.unwrap();
            assert_eq!(world.contents().await, before, "{fault:?} at call {k}");
        }
    }
}

#[tokio::test]
async fn two_bundles_do_not_share_it() {
    let world = World::new();
    world.apply(&passwords()).await.unwrap();
    let other = Bundle::new("other").with(PasswordPolicy::lenient());
    let error = world.plan(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert!(error.to_string().contains("`passwords`"), "{error}");
}

#[tokio::test]
async fn each_field_is_seen() {
    let world = World::new();
    let strict = passwords();
    world.apply(&strict).await.unwrap();
    let changes: [fn(PasswordPolicy) -> PasswordPolicy; 9] = [
        |p| p.minimum_length(11),
        |p| p.require_uppercase(false),
        |p| p.require_lowercase(false),
        |p| p.require_numbers(false),
        |p| p.require_symbols(false),
        |p| p.users_may_change(false),
        |p| p.max_age_days(None),
        |p| p.refuse_last(None),
        |p| p.hard_expiry(true),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let changed = Bundle::new("passwords").with(change(PasswordPolicy::strict()));
        assert!(
            !world.apply(&changed).await.unwrap().is_unchanged(),
            "{index}"
        );
        assert!(world.plan(&changed).await.unwrap().is_empty(), "{index}");
        assert!(
            !world.apply(&strict).await.unwrap().is_unchanged(),
            "{index}"
        );
    }
}
