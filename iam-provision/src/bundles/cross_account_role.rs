//! A role that another account assumes.

use std::borrow::Borrow;

use iam_dsl::builder::{boolean, string_equals};
use iam_dsl::{AccountId, InvalidPolicy, Policy, Statement, TrustPolicy, trust_policy};

use crate::desired::{Bundle, Component, PolicyRef, Role};

/// A role that identities of `central` may assume, as far as that account's
/// own policies let them.
pub fn cross_account_role(name: impl Into<String>, central: AccountId) -> CrossAccountRole {
    let trust = trust_policy! {
        allow principal AWS {central} to sts:AssumeRole;
    };
    CrossAccountRole {
        role: Role::new(name, trust),
        central,
        external_id: None,
        require_mfa: false,
    }
}

/// A cross-account role; see [`cross_account_role`].
#[derive(Clone, Debug)]
pub struct CrossAccountRole {
    role: Role,
    central: AccountId,
    external_id: Option<String>,
    require_mfa: bool,
}

impl CrossAccountRole {
    /// Only with this external id, which protects a third party's role from
    /// being used for somebody else (the confused deputy).
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Only in a session with MFA.
    #[must_use]
    pub fn require_mfa(mut self) -> Self {
        self.require_mfa = true;
        self
    }

    /// An inline policy.
    #[must_use]
    pub fn inline(mut self, name: impl Into<String>, policy: impl Borrow<Policy>) -> Self {
        self.role = self.role.inline(name, policy);
        self
    }

    /// Attaches a managed policy.
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

    fn trust(&self) -> Result<TrustPolicy, InvalidPolicy> {
        let mut statement = Statement::allow("sts:AssumeRole").principal(self.central.clone());
        if self.require_mfa {
            statement = statement.when(boolean("aws:MultiFactorAuthPresent", true));
        }
        if let Some(id) = &self.external_id {
            statement = statement.when(string_equals("sts:ExternalId", id.clone()));
        }
        Policy::trust().statement(statement).build()
    }
}

impl Component for CrossAccountRole {
    fn add_to(self, bundle: &mut Bundle) {
        if let Some(id) = &self.external_id {
            check_external_id(bundle, self.role.name(), id);
        }
        match self.trust() {
            Ok(trust) => self.role.trust(&trust).add_to(bundle),
            Err(error) => bundle.problem(
                format!("role `{}`: trust policy", self.role.name()),
                error.to_string(),
            ),
        }
    }
}

/// The length and characters that AssumeRole accepts, by the STS API
/// reference. They leave no room for a policy variable.
fn check_external_id(bundle: &mut Bundle, role: &str, id: &str) {
    let length = id.chars().count();
    let acceptable = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if !(2..=1_224).contains(&length) || !id.chars().all(acceptable) {
        bundle.problem(
            format!("role `{role}`: external id"),
            "an external id has 2 to 1224 letters, digits and _+=,.@:/-; no caller could send this one",
        );
    }
}
