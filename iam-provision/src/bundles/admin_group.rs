//! A group of administrators, with MFA enforced.

use std::borrow::Borrow;

use iam_dsl::{Policy, policy};

use crate::desired::{Bundle, Component, Group, LoginProfile, ManagedPolicy, PolicyRef, User};

/// The name of the policy that enforces MFA, unless another is chosen.
const MFA_POLICY: &str = "enforce-to-use-mfa";
const MFA_DESCRIPTION: &str = "Policy to allow MFA management";

/// Without MFA nothing but what enabling MFA and a first sign-in need.
static ENFORCE_MFA: Policy = policy! {
    "DenyAllExceptListedIfNoMFA": deny not [
        iam:ChangePassword, iam:CreateVirtualMFADevice, iam:EnableMFADevice, iam:GetAccountPasswordPolicy,
        iam:GetUser, iam:ListMFADevices, iam:ListVirtualMFADevices, iam:ResyncMFADevice, sts:GetSessionToken,
    ] on * when BoolIfExists { aws:MultiFactorAuthPresent: false };
};

/// A group with AWS's `AdministratorAccess`.
pub fn admin_group(name: impl Into<String>) -> AdminGroup {
    AdminGroup {
        name: name.into(),
        path: "/".to_owned(),
        users: Vec::new(),
        mfa: None,
        mfa_policy: MFA_POLICY.to_owned(),
    }
}

/// A group of administrators; see [`admin_group`].
#[derive(Clone, Debug)]
pub struct AdminGroup {
    name: String,
    path: String,
    users: Vec<String>,
    mfa: Option<Policy>,
    mfa_policy: String,
}

impl AdminGroup {
    /// An administrator: a user with a console password to be changed at the
    /// first sign-in, member of the group.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.users.push(name.into());
        self
    }

    /// The path of the group and its users.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Denies members without MFA everything but what enabling MFA and a
    /// first sign-in need: the customer managed policy `enforce-to-use-mfa`.
    #[must_use]
    pub fn enforce_mfa(mut self) -> Self {
        self.mfa = Some(ENFORCE_MFA.clone());
        self
    }

    /// As [`AdminGroup::enforce_mfa`], with a policy of your own. If it locks
    /// new users out of the first sign-in, the plan carries a warning.
    #[must_use]
    pub fn enforce_mfa_with(mut self, policy: impl Borrow<Policy>) -> Self {
        self.mfa = Some(policy.borrow().clone());
        self
    }

    /// Another name for the policy that enforces MFA.
    #[must_use]
    pub fn mfa_policy_named(mut self, name: impl Into<String>) -> Self {
        self.mfa_policy = name.into();
        self
    }
}

impl Component for AdminGroup {
    fn add_to(self, bundle: &mut Bundle) {
        let mut group = Group::new(&self.name)
            .path(&self.path)
            .attach(PolicyRef::aws("AdministratorAccess"));
        if let Some(mfa) = &self.mfa {
            let policy = ManagedPolicy::new(&self.mfa_policy, mfa).description(MFA_DESCRIPTION);
            group = group.attach(&policy);
            policy.add_to(bundle);
        }
        for user in &self.users {
            group = group.member(user);
            User::new(user)
                .path(&self.path)
                .console_login(LoginProfile::new())
                .add_to(bundle);
        }
        group.add_to(bundle);
    }
}
