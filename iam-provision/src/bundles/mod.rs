//! Bundles of the everyday kind, ready to be added with [`Bundle::with`](crate::Bundle::with).

mod admin_group;
mod cross_account_role;
mod ec2_instance_profile;

pub use admin_group::{AdminGroup, admin_group};
pub use cross_account_role::{CrossAccountRole, cross_account_role};
pub use ec2_instance_profile::{Ec2InstanceProfile, ec2_instance_profile};

use crate::desired::PasswordPolicy;

/// The account password policy [`PasswordPolicy::strict`], beside the other bundles.
pub fn password_policy() -> PasswordPolicy {
    PasswordPolicy::strict()
}
