//! Login profiles and the account password policy: "Setting an account
//! password policy" in the IAM User Guide, UpdateAccountPasswordPolicy and
//! CreateLoginProfile in the IAM API reference.

use iam_sandbox::{ErrorKind, Mfa};

use crate::support::{assert_refused, iam, root};

#[tokio::test]
async fn passwords_obey_the_policy() {
    let (_, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    let create = |password: &str| {
        iam.create_login_profile()
            .user_name("Ann")
            .password(password)
            .send()
    };
    for weak in ["Ab1!xyz", "abcdefgh", "abcdefg1"] {
        assert_refused!(create(weak).await, "PasswordPolicyViolation", 400);
    }
    let policy = iam
        .update_account_password_policy()
        .minimum_password_length(14)
        .require_symbols(true)
        .require_numbers(true)
        .require_uppercase_characters(true)
        .require_lowercase_characters(true);
    policy.send().await.unwrap();
    for weak in [
        "Abcdefgh1!",
        "Abcdefghijklm1",
        "abcdefghijklm1!",
        "ABCDEFGHIJKLM1!",
        "Abcdefghijklm!",
    ] {
        assert_refused!(create(weak).await, "PasswordPolicyViolation", 400);
    }
    create("Abcdefghijkl1!").await.unwrap();
    assert_refused!(create("Abcdefghijkl1!").await, "EntityAlreadyExists", 409);
    let update = iam
        .update_login_profile()
        .user_name("Ann")
        .password("short");
    assert_refused!(update.send().await, "PasswordPolicyViolation", 400);
    let update = iam
        .update_login_profile()
        .user_name("Ann")
        .password_reset_required(true);
    update.send().await.unwrap();
    let read = iam
        .get_login_profile()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    assert!(read.login_profile().unwrap().password_reset_required());
}

#[tokio::test]
async fn updating_the_policy_resets_what_is_not_sent() {
    let (_, _, iam) = root();
    let first = iam
        .update_account_password_policy()
        .minimum_password_length(20)
        .require_symbols(true)
        .max_password_age(90)
        .password_reuse_prevention(5);
    first.send().await.unwrap();
    iam.update_account_password_policy()
        .require_numbers(true)
        .send()
        .await
        .unwrap();
    let read = iam.get_account_password_policy().send().await.unwrap();
    let policy = read.password_policy().unwrap();
    assert_eq!(policy.minimum_password_length(), Some(6));
    assert!(!policy.require_symbols() && policy.require_numbers());
    assert_eq!(policy.max_password_age(), None);
    assert!(!policy.expire_passwords());
    assert_eq!(policy.password_reuse_prevention(), None);
    iam.delete_account_password_policy().send().await.unwrap();
    assert_refused!(
        iam.delete_account_password_policy().send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn the_bounds_of_the_policy() {
    let (_, _, iam) = root();
    let length = |n| {
        iam.update_account_password_policy()
            .minimum_password_length(n)
            .send()
    };
    assert_refused!(length(5).await, "ValidationError", 400);
    assert_refused!(length(129).await, "ValidationError", 400);
    let age = |n| {
        iam.update_account_password_policy()
            .max_password_age(n)
            .send()
    };
    assert_refused!(age(0).await, "ValidationError", 400);
    assert_refused!(age(1096).await, "ValidationError", 400);
    let reuse = iam
        .update_account_password_policy()
        .password_reuse_prevention(25)
        .send();
    assert_refused!(reuse.await, "ValidationError", 400);
}

#[tokio::test]
async fn a_user_changes_its_password_if_the_account_lets_it() {
    let (_, account, root) = root();
    root.create_user().user_name("Ann").send().await.unwrap();
    assert_eq!(
        account.sign_in("Ann", Mfa::Absent).unwrap_err().kind(),
        ErrorKind::NoLoginProfile
    );
    assert_eq!(
        account.sign_in("Bob", Mfa::Absent).unwrap_err().kind(),
        ErrorKind::NoSuchUser
    );
    let login = root
        .create_login_profile()
        .user_name("Ann")
        .password("Abcdefg1!");
    login.password_reset_required(true).send().await.unwrap();
    let ann = iam(&account.sign_in("Ann", Mfa::Absent).unwrap());
    let change = |old: &str, new: &str| {
        ann.change_password()
            .old_password(old)
            .new_password(new)
            .send()
    };
    assert_refused!(change("Abcdefg1!", "Bcdefgh2!").await, "AccessDenied", 403);
    let policy = root
        .update_account_password_policy()
        .allow_users_to_change_password(true);
    policy
        .minimum_password_length(8)
        .password_reuse_prevention(2)
        .send()
        .await
        .unwrap();
    assert_refused!(change("wrong", "Bcdefgh2!").await, "AccessDenied", 403);
    assert_refused!(
        change("Abcdefg1!", "short").await,
        "PasswordPolicyViolation",
        400
    );
    assert_refused!(
        change("Abcdefg1!", "Abcdefg1!").await,
        "PasswordPolicyViolation",
        400
    );
    change("Abcdefg1!", "Bcdefgh2!").await.unwrap();
    assert_refused!(
        change("Bcdefgh2!", "Abcdefg1!").await,
        "PasswordPolicyViolation",
        400
    );
    let read = root
        .get_login_profile()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    assert!(!read.login_profile().unwrap().password_reset_required());
}
