//! Default quotas ("IAM and AWS STS quotas" in the IAM User Guide).

use crate::state::PrincipalKind;

/// The quotas of one account.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    pub(crate) users: usize,
    pub(crate) groups: usize,
    pub(crate) roles: usize,
    pub(crate) policies: usize,
    pub(crate) instance_profiles: usize,
    pub(crate) groups_per_user: usize,
    pub(crate) access_keys_per_user: usize,
    pub(crate) mfa_devices_per_user: usize,
    pub(crate) attached_policies: usize,
    pub(crate) versions_per_policy: usize,
    pub(crate) policy_size: usize,
    pub(crate) user_inline_size: usize,
    pub(crate) group_inline_size: usize,
    pub(crate) role_inline_size: usize,
    pub(crate) trust_size: usize,
    pub(crate) session_policy_size: usize,
    pub(crate) tags: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Quotas {
            users: 5_000,
            groups: 300,
            roles: 1_000,
            policies: 1_500,
            instance_profiles: 1_000,
            groups_per_user: 10,
            access_keys_per_user: 2,
            mfa_devices_per_user: 8,
            attached_policies: 10,
            versions_per_policy: 5,
            policy_size: 6_144,
            user_inline_size: 2_048,
            group_inline_size: 5_120,
            role_inline_size: 10_240,
            trust_size: 2_048,
            session_policy_size: 2_048,
            tags: 50,
        }
    }
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
