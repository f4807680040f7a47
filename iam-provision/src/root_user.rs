//! What an account says about its root user.
//!
//! GetAccountSummary is the one call that tells it, and costs nothing else
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>).

use std::collections::BTreeMap;
use std::fmt;

/// The root user's credentials, as the account's summary shows them.
///
/// Nobody but the root user, or an organization's management account through
/// `sts:AssumeRoot`, can change any of it; so there is nothing to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootUser {
    has_access_keys: bool,
    has_mfa: bool,
    has_password: bool,
    has_signing_certificates: bool,
}

impl RootUser {
    /// From the summary's counts, of which these four are 0 or 1.
    pub(crate) fn of(summary: &BTreeMap<String, usize>) -> Option<Self> {
        let is_set = |key: &str| summary.get(key).map(|count| *count > 0);
        Some(Self {
            has_access_keys: is_set("AccountAccessKeysPresent")?,
            has_mfa: is_set("AccountMFAEnabled")?,
            // Accounts of organizations that manage root access centrally have
            // none; older answers do not tell, and then there is one.
            has_password: is_set("AccountPasswordPresent").unwrap_or(true),
            has_signing_certificates: is_set("AccountSigningCertificatesPresent").unwrap_or(false),
        })
    }

    /// Whether it has an access key (`AccountAccessKeysPresent`).
    pub fn has_access_keys(&self) -> bool {
        self.has_access_keys
    }

    /// Whether an MFA device is on (`AccountMFAEnabled`).
    pub fn has_mfa(&self) -> bool {
        self.has_mfa
    }

    /// Whether it can sign in with a password (`AccountPasswordPresent`).
    pub fn has_password(&self) -> bool {
        self.has_password
    }

    /// Whether it has a signing certificate (`AccountSigningCertificatesPresent`).
    pub fn has_signing_certificates(&self) -> bool {
        self.has_signing_certificates
    }

    /// What is wrong with it, the worst first, each with what to do. Empty if
    /// nothing is.
    pub fn findings(&self) -> Vec<RootFinding> {
        let mut findings = Vec::new();
        if self.has_access_keys {
            findings.push(RootFinding::AccessKeys);
        }
        if self.has_password && !self.has_mfa {
            findings.push(RootFinding::NoMfa);
        }
        if self.has_signing_certificates {
            findings.push(RootFinding::SigningCertificates);
        }
        findings
    }
}

/// Something wrong with an account's root user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RootFinding {
    /// It has an access key, which can do everything and which no policy limits.
    AccessKeys,
    /// It signs in with a password alone.
    NoMfa,
    /// It has a signing certificate, a credential of services long gone.
    SigningCertificates,
}

impl RootFinding {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::AccessKeys => {
                "sign in as the root user, and deactivate and then delete its keys under Security credentials; in an \
                 organization, delete them centrally with sts:AssumeRoot and the task policy \
                 IAMDeleteRootUserCredentials"
            }
            Self::NoMfa => {
                "sign in as the root user and assign an MFA device under Security credentials, better two; in an \
                 organization, delete its password centrally, with sts:AssumeRoot and the task policy \
                 IAMDeleteRootUserCredentials"
            }
            Self::SigningCertificates => {
                "sign in as the root user and delete its X.509 certificates under Security credentials; in an \
                 organization, delete them centrally with sts:AssumeRoot"
            }
        }
    }
}

impl fmt::Display for RootFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeys => {
                "the root user has an access key, and no policy limits what it can do"
            }
            Self::NoMfa => "the root user signs in with a password and no MFA device",
            Self::SigningCertificates => "the root user has a signing certificate",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(counts: [(&str, usize); 4]) -> Option<RootUser> {
        RootUser::of(&counts.map(|(key, count)| (key.to_owned(), count)).into())
    }

    #[test]
    fn findings_follow_from_the_summary() {
        let root = |keys, mfa, password, certificates| {
            of([
                ("AccountAccessKeysPresent", keys),
                ("AccountMFAEnabled", mfa),
                ("AccountPasswordPresent", password),
                ("AccountSigningCertificatesPresent", certificates),
            ])
            .unwrap()
            .findings()
        };
        assert_eq!(root(0, 1, 1, 0), []);
        // A root user without any credential needs no MFA.
        assert_eq!(root(0, 0, 0, 0), []);
        assert_eq!(
            root(1, 0, 1, 1),
            [
                RootFinding::AccessKeys,
                RootFinding::NoMfa,
                RootFinding::SigningCertificates
            ]
        );
        assert_eq!(root(1, 1, 1, 0), [RootFinding::AccessKeys]);
        assert_eq!(RootUser::of(&BTreeMap::new()), None);
    }
}
