//! The account's password policy and what it demands of a password.

use crate::refusal::Refusal;

/// The account password policy; the default is what
/// UpdateAccountPasswordPolicy sets for every field that is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasswordPolicy {
    pub(crate) minimum_length: u64,
    pub(crate) symbols: bool,
    pub(crate) numbers: bool,
    pub(crate) uppercase: bool,
    pub(crate) lowercase: bool,
    pub(crate) users_may_change: bool,
    pub(crate) max_age_days: u64,
    pub(crate) reuse_prevention: u64,
    pub(crate) hard_expiry: bool,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        PasswordPolicy {
            minimum_length: 6,
            symbols: false,
            numbers: false,
            uppercase: false,
            lowercase: false,
            users_may_change: false,
            max_age_days: 0,
            reuse_prevention: 0,
            hard_expiry: false,
        }
    }
}

/// The symbols that count, from "Setting an account password policy".
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// Checks a new password. Without a policy of the account, AWS's default
/// holds: at least 8 characters, three of the four kinds, and not the
/// account's or user's name.
pub(crate) fn check(
    policy: Option<&PasswordPolicy>,
    password: &str,
    user_name: &str,
) -> Result<(), Refusal> {
    let symbols = password.chars().any(|c| SYMBOLS.contains(c));
    let numbers = password.chars().any(|c| c.is_ascii_digit());
    let uppercase = password.chars().any(|c| c.is_ascii_uppercase());
    let lowercase = password.chars().any(|c| c.is_ascii_lowercase());
    let mut broken = Vec::new();
    let length = password.chars().count() as u64;
    match policy {
        None => {
            if length < 8 {
                broken.push("Password should have a minimum length of 8".to_owned());
            }
            let kinds = [symbols, numbers, uppercase, lowercase];
            if kinds.iter().filter(|kind| **kind).count() < 3 {
                broken.push(
                    "Password should have at least three of: uppercase letters, lowercase \
                     letters, numbers, symbols"
                        .to_owned(),
                );
            }
            if password == user_name {
                broken.push("Password should not be the user name".to_owned());
            }
        }
        Some(policy) => {
            if length < policy.minimum_length {
                broken.push(format!(
                    "Password should have a minimum length of {}",
                    policy.minimum_length
                ));
            }
            for (required, present, what) in [
                (policy.symbols, symbols, "symbol"),
                (policy.numbers, numbers, "number"),
                (policy.uppercase, uppercase, "uppercase letter"),
                (policy.lowercase, lowercase, "lowercase letter"),
            ] {
                if required && !present {
                    broken.push(format!("Password should have at least one {what}"));
                }
            }
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Refusal::password_policy_violation(broken.join(". ")))
}
