//! A role for EC2 instances and the profile that hands it to them.

use std::borrow::Borrow;

use iam_dsl::{Policy, TrustPolicy, trust_policy};

use crate::desired::{Bundle, Component, InstanceProfile, PolicyRef, Role};

static TRUST: TrustPolicy = trust_policy! {
    allow principal Service "ec2.amazonaws.com" to sts:AssumeRole;
};

/// A role that EC2 may assume, in an instance profile.
pub fn ec2_instance_profile(
    role: impl Into<String>,
    profile: impl Into<String>,
) -> Ec2InstanceProfile {
    let role = Role::new(role, &TRUST);
    Ec2InstanceProfile {
        profile: InstanceProfile::new(profile).role(role.name()),
        role,
    }
}

/// A role for instances; see [`ec2_instance_profile`].
#[derive(Clone, Debug)]
pub struct Ec2InstanceProfile {
    role: Role,
    profile: InstanceProfile,
}

impl Ec2InstanceProfile {
    /// An inline policy of the role.
    #[must_use]
    pub fn inline(mut self, name: impl Into<String>, policy: impl Borrow<Policy>) -> Self {
        self.role = self.role.inline(name, policy);
        self
    }

    /// Attaches a managed policy to the role.
    #[must_use]
    pub fn attach(mut self, policy: impl Into<PolicyRef>) -> Self {
        self.role = self.role.attach(policy);
        self
    }

    /// Anything else about the role: path, description, tags, boundary.
    #[must_use]
    pub fn role(mut self, change: impl FnOnce(Role) -> Role) -> Self {
        self.role = change(self.role);
        self
    }
}

impl Component for Ec2InstanceProfile {
    fn add_to(self, bundle: &mut Bundle) {
        self.role.add_to(bundle);
        self.profile.add_to(bundle);
    }
}
