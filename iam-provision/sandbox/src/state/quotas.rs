//! Quotas ("IAM and AWS STS quotas" in the IAM User Guide).

use crate::state::PrincipalKind;

/// Declares every quota once: its name, its field, its default.
macro_rules! quotas {
    ($($(#[$doc:meta])* $variant:ident, $field:ident = $default:literal;)*) => {
        /// A quota of an account. The sandbox starts with AWS's defaults;
        /// [`Account::set_quota`](crate::Account::set_quota) changes one, as
        /// a quota increase or a test at small scale would.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Quota {
            $($(#[$doc])* $variant,)*
        }

        impl Quota {
            /// Every quota.
            pub const ALL: &[Quota] = &[$(Quota::$variant,)*];

            /// The quota of that name, written as in this enum (`Roles`).
            #[must_use]
            pub fn from_name(name: &str) -> Option<Quota> {
                Quota::ALL
                    .iter()
                    .copied()
                    .find(|quota| format!("{quota:?}") == name)
            }
        }

        /// The quotas of one account.
        #[derive(Clone, Debug)]
        pub(crate) struct Quotas {
            $(pub(crate) $field: usize,)*
        }

        impl Default for Quotas {
            fn default() -> Self {
                Quotas { $($field: $default,)* }
            }
        }

        impl Quotas {
            /// Sets one quota.
            pub(crate) fn set(&mut self, quota: Quota, value: usize) {
                match quota {
                    $(Quota::$variant => self.$field = value,)*
                }
            }
        }
    };
}

quotas! {
    /// Users of the account (5,000).
    Users, users = 5_000;
    /// Groups of the account (300).
    Groups, groups = 300;
    /// Roles of the account (1,000).
    Roles, roles = 1_000;
    /// Customer managed policies of the account (1,500).
    Policies, policies = 1_500;
    /// Instance profiles of the account (1,000).
    InstanceProfiles, instance_profiles = 1_000;
    /// Groups that one user is in (10).
    GroupsPerUser, groups_per_user = 10;
    /// Access keys of one user (2).
    AccessKeysPerUser, access_keys_per_user = 2;
    /// MFA devices of one user (8).
    MfaDevicesPerUser, mfa_devices_per_user = 8;
    /// SSH public keys of one user (5).
    SshPublicKeysPerUser, ssh_public_keys_per_user = 5;
    /// Signing certificates of one user (2).
    SigningCertificatesPerUser, signing_certificates_per_user = 2;
    /// Service-specific credentials of one user for one service (2).
    ServiceCredentialsPerUser, service_credentials_per_user = 2;
    /// Server certificates of the account (20).
    ServerCertificates, server_certificates = 20;
    /// Managed policies attached to one user, group or role (10).
    AttachedPolicies, attached_policies = 10;
    /// Versions that a managed policy keeps (5).
    VersionsPerPolicy, versions_per_policy = 5;
    /// Characters of a managed policy, white space not counted (6,144).
    PolicySize, policy_size = 6_144;
    /// Characters of a user's inline policies together (2,048).
    UserInlineSize, user_inline_size = 2_048;
    /// Characters of a group's inline policies together (5,120).
    GroupInlineSize, group_inline_size = 5_120;
    /// Characters of a role's inline policies together (10,240).
    RoleInlineSize, role_inline_size = 10_240;
    /// Characters of a role's trust policy (2,048).
    TrustSize, trust_size = 2_048;
    /// Characters of the session policies passed to AssumeRole (2,048).
    SessionPolicySize, session_policy_size = 2_048;
    /// Tags of one entity (50).
    Tags, tags = 50;
}

impl Quotas {
    /// The characters that the inline policies of one entity may have
    /// together, white space not counted.
    pub(crate) fn inline_size(&self, kind: PrincipalKind) -> usize {
        match kind {
            PrincipalKind::User => self.user_inline_size,
            PrincipalKind::Group => self.group_inline_size,
            PrincipalKind::Role => self.role_inline_size,
        }
    }
}
