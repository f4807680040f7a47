//! Virtual MFA devices: CreateVirtualMFADevice, EnableMFADevice and the
//! others in the IAM API reference; RFC 6238 for the codes.

use std::time::Duration;

use aws_sdk_iam::Client;
use iam_sandbox::{Sandbox, totp};

use crate::support::{assert_refused, root};

/// A device that is enabled for a user.
pub(crate) struct Device {
    pub(crate) serial: String,
    pub(crate) seed: String,
}

impl Device {
    /// Waits for a fresh code and reads it.
    pub(crate) fn next_code(&self, sandbox: &Sandbox) -> String {
        sandbox.advance(Duration::from_secs(30));
        totp(&self.seed, sandbox.now())
    }
}

async fn create(iam: &Client, name: &str) -> Device {
    let made = iam
        .create_virtual_mfa_device()
        .virtual_mfa_device_name(name)
        .send()
        .await
        .unwrap();
    let device = made.virtual_mfa_device().unwrap();
    let seed = device.base32_string_seed().unwrap().as_ref().to_vec();
    Device {
        serial: device.serial_number().to_owned(),
        seed: String::from_utf8(seed).unwrap(),
    }
}

async fn enable(
    iam: &Client,
    user: &str,
    device: &Device,
    codes: [&str; 2],
) -> Result<(), (String, u16)> {
    let sent = iam
        .enable_mfa_device()
        .user_name(user)
        .serial_number(&device.serial)
        .authentication_code1(codes[0])
        .authentication_code2(codes[1])
        .send()
        .await;
    if sent.is_ok() {
        Ok(())
    } else {
        Err(crate::support::refused(sent))
    }
}

/// Creates a device for a user and enables it.
pub(crate) async fn enrol(sandbox: &Sandbox, iam: &Client, user: &str) -> Device {
    let device = create(iam, user).await;
    let first = totp(&device.seed, sandbox.now());
    let second = device.next_code(sandbox);
    enable(iam, user, &device, [&first, &second]).await.unwrap();
    device
}

#[tokio::test]
async fn a_device_is_enabled_with_two_consecutive_codes() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let device = create(&iam, "phone").await;
    assert_eq!(device.serial, "arn:aws:iam::111122223333:mfa/phone");
    let first = totp(&device.seed, sandbox.now());
    let second = device.next_code(&sandbox);

    let wrong = Err(("InvalidAuthenticationCode".to_owned(), 403));
    assert_eq!(
        enable(&iam, "Ann", &device, ["000000", "111111"]).await,
        wrong
    );
    assert_eq!(enable(&iam, "Ann", &device, [&second, &first]).await, wrong);
    let malformed = Err(("ValidationError".to_owned(), 400));
    assert_eq!(
        enable(&iam, "Ann", &device, ["12345", &second]).await,
        malformed
    );
    enable(&iam, "Ann", &device, [&first, &second])
        .await
        .unwrap();

    let taken = Err(("EntityAlreadyExists".to_owned(), 409));
    assert_eq!(enable(&iam, "Ann", &device, [&first, &second]).await, taken);
    let listed = iam
        .list_mfa_devices()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.mfa_devices()[0].serial_number(), device.serial);
    let all = iam.list_virtual_mfa_devices().send().await.unwrap();
    let owner = all.virtual_mfa_devices()[0].user().unwrap();
    assert_eq!(owner.user_name(), "Ann");
}

#[tokio::test]
async fn a_device_in_use_is_deactivated_before_it_is_deleted() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let device = enrol(&sandbox, &iam, "Ann").await;
    let delete = || {
        iam.delete_virtual_mfa_device()
            .serial_number(&device.serial)
            .send()
    };
    assert_refused!(delete().await, "DeleteConflict", 409);
    let deactivate = || {
        iam.deactivate_mfa_device()
            .user_name("Ann")
            .serial_number(&device.serial)
            .send()
    };
    deactivate().await.unwrap();
    assert_refused!(deactivate().await, "NoSuchEntity", 404);
    delete().await.unwrap();
    assert_refused!(delete().await, "NoSuchEntity", 404);
}

#[tokio::test]
async fn a_clock_that_is_far_off_is_resynchronised() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let device = enrol(&sandbox, &iam, "Ann").await;
    let drifted = |steps: u64| {
        totp(
            &device.seed,
            sandbox.now() + Duration::from_secs(30 * steps),
        )
    };
    let resync = iam
        .resync_mfa_device()
        .user_name("Ann")
        .serial_number(&device.serial)
        .authentication_code1(drifted(5))
        .authentication_code2(drifted(6));
    resync.send().await.unwrap();
}
