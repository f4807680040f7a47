//! The account's password policy.

use std::fmt;

/// The account's password policy: the whole of it, because
/// UpdateAccountPasswordPolicy resets what it is not given.
///
/// There is one per account. The policy found at the first apply is kept in
/// the bundle's [ledger](crate::ledger) and given back when the bundle is
/// destroyed or no longer declares one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    pub(crate) minimum_length: i32,
    pub(crate) require_uppercase: bool,
    pub(crate) require_lowercase: bool,
    pub(crate) require_numbers: bool,
    pub(crate) require_symbols: bool,
    pub(crate) users_may_change: bool,
    /// Days; `None`: passwords do not expire.
    pub(crate) max_age: Option<i32>,
    pub(crate) reuse_prevention: Option<i32>,
    pub(crate) hard_expiry: bool,
}

impl PasswordPolicy {
    /// At least 10 characters with upper and lower case letters, numbers and
    /// symbols; changed by the users themselves, at least every 90 days; the
    /// last 3 are refused.
    pub fn strict() -> Self {
        Self {
            minimum_length: 10,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            users_may_change: true,
            max_age: Some(90),
            reuse_prevention: Some(3),
            hard_expiry: false,
        }
    }

    /// What UpdateAccountPasswordPolicy sets when it is given nothing: at
    /// least 6 characters, nothing else.
    pub fn lenient() -> Self {
        Self {
            minimum_length: 6,
            require_uppercase: false,
            require_lowercase: false,
            require_numbers: false,
            require_symbols: false,
            users_may_change: false,
            max_age: None,
            reuse_prevention: None,
            hard_expiry: false,
        }
    }

    /// The least number of characters, 6 to 128.
    #[must_use]
    pub fn minimum_length(mut self, characters: i32) -> Self {
        self.minimum_length = characters;
        self
    }

    /// Whether an upper case letter (A-Z) is required.
    #[must_use]
    pub fn require_uppercase(mut self, required: bool) -> Self {
        self.require_uppercase = required;
        self
    }

    /// Whether a lower case letter (a-z) is required.
    #[must_use]
    pub fn require_lowercase(mut self, required: bool) -> Self {
        self.require_lowercase = required;
        self
    }

    /// Whether a digit is required.
    #[must_use]
    pub fn require_numbers(mut self, required: bool) -> Self {
        self.require_numbers = required;
        self
    }

    /// Whether one of ``! @ # $ % ^ & * ( ) _ + - = [ ] { } | '`` is required.
    #[must_use]
    pub fn require_symbols(mut self, required: bool) -> Self {
        self.require_symbols = required;
        self
    }

    /// Whether users may change their own password. This grants
    /// `iam:ChangePassword` to every user of the account.
    #[must_use]
    pub fn users_may_change(mut self, allowed: bool) -> Self {
        self.users_may_change = allowed;
        self
    }

    /// After how many days a password expires, 1 to 1,095; `None`: never.
    #[must_use]
    pub fn max_age_days(mut self, days: Option<i32>) -> Self {
        self.max_age = days;
        self
    }

    /// How many earlier passwords are refused, 1 to 24; `None`: none.
    #[must_use]
    pub fn refuse_last(mut self, passwords: Option<i32>) -> Self {
        self.reuse_prevention = passwords;
        self
    }

    /// Whether a user whose password has expired needs an administrator to
    /// get in again. Mind that this can lock everybody out.
    #[must_use]
    pub fn hard_expiry(mut self, hard: bool) -> Self {
        self.hard_expiry = hard;
        self
    }

    /// The compact form kept in the ledger; [`PasswordPolicy::decode`] reads it.
    pub(crate) fn encode(policy: Option<&Self>) -> String {
        let Some(p) = policy else {
            return "none".to_owned();
        };
        let flag = |on: bool, letter: &'static str| if on { letter } else { "" };
        format!(
            "v1 length={} flags={}{}{}{}{}{} age={} refuse={}",
            p.minimum_length,
            flag(p.require_uppercase, "U"),
            flag(p.require_lowercase, "L"),
            flag(p.require_numbers, "N"),
            flag(p.require_symbols, "S"),
            flag(p.users_may_change, "C"),
            flag(p.hard_expiry, "H"),
            p.max_age.unwrap_or(0),
            p.reuse_prevention.unwrap_or(0),
        )
    }

    /// Reads what [`PasswordPolicy::encode`] wrote. `Err` if it is anything else.
    pub(crate) fn decode(text: &str) -> Result<Option<Self>, ()> {
        if text == "none" {
            return Ok(None);
        }
        let rest = text.strip_prefix("v1 ").ok_or(())?;
        let mut policy = Self::lenient();
        let number = |value: &str| value.parse::<i32>().map_err(|_| ());
        let some = |n: i32| (n != 0).then_some(n);
        let mut fields = 0;
        for field in rest.split(' ') {
            let (key, value) = field.split_once('=').ok_or(())?;
            fields += 1;
            match key {
                "length" => policy.minimum_length = number(value)?,
                "age" => policy.max_age = some(number(value)?),
                "refuse" => policy.reuse_prevention = some(number(value)?),
                "flags" => {
                    for letter in value.chars() {
                        match letter {
                            'U' => policy.require_uppercase = true,
                            'L' => policy.require_lowercase = true,
                            'N' => policy.require_numbers = true,
                            'S' => policy.require_symbols = true,
                            'C' => policy.users_may_change = true,
                            'H' => policy.hard_expiry = true,
                            _ => return Err(()),
                        }
                    }
                }
                _ => return Err(()),
            }
        }
        if fields == 4 {
            Ok(Some(policy))
        } else {
            Err(())
        }
    }
}

impl fmt::Display for PasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at least {} characters", self.minimum_length)?;
        let required: Vec<&str> = [
            (self.require_uppercase, "upper case"),
            (self.require_lowercase, "lower case"),
            (self.require_numbers, "numbers"),
            (self.require_symbols, "symbols"),
        ]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
        if !required.is_empty() {
            write!(f, ", with {}", required.join(", "))?;
        }
        f.write_str(if self.users_may_change {
            ", users may change their own"
        } else {
            ", users may not change their own"
        })?;
        match self.max_age {
            Some(days) => write!(f, ", expires after {days} days")?,
            None => f.write_str(", never expires")?,
        }
        if self.hard_expiry {
            f.write_str(" for good")?;
        }
        if let Some(last) = self.reuse_prevention {
            write!(f, ", last {last} refused")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compact_form_round_trips() {
        for policy in [
            None,
            Some(PasswordPolicy::strict()),
            Some(PasswordPolicy::lenient()),
            Some(
                PasswordPolicy::strict()
                    .hard_expiry(true)
                    .minimum_length(128)
                    .max_age_days(Some(1095)),
            ),
        ] {
            let text = PasswordPolicy::encode(policy.as_ref());
            assert!(text.len() <= 256, "{text}");
            assert_eq!(PasswordPolicy::decode(&text), Ok(policy), "{text}");
        }
        for bad in [
            "",
            "v1",
            "v1 length=x flags= age=0 refuse=0",
            "v1 length=6",
            "v2 length=6 flags= age=0 refuse=0",
            "v1 length=6 flags=Z age=0 refuse=0",
        ] {
            assert_eq!(PasswordPolicy::decode(bad), Err(()), "{bad}");
        }
    }
}
