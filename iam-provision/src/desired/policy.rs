//! Customer managed policies, and how entities name the policies they use.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use iam_dsl::Policy;

use crate::document::PolicyText;

/// A customer managed policy that the bundle owns.
#[derive(Clone, Debug)]
pub struct ManagedPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) description: String,
    pub(crate) document: PolicyText,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
    pub(crate) two_steps: bool,
}

impl ManagedPolicy {
    /// A policy of this name at the path `/`. The name is unique in the
    /// account whatever the path.
    pub fn new(name: impl Into<String>, policy: impl Borrow<Policy>) -> Self {
        Self {
            name: name.into(),
            path: "/".to_owned(),
            description: String::new(),
            document: PolicyText::from_json(policy.borrow().as_json()),
            tags: BTreeMap::new(),
            protect: false,
            adopt: false,
            shared: false,
            two_steps: false,
        }
    }

    /// The path, such as `/platform/`. IAM cannot change it later.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The description, at most 1,000 characters. IAM cannot change it later.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// A tag. Declaring tags costs one read of the policy in each plan.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    protect!("policy");

    /// Takes over an existing policy of this name and path.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone the tags that others add, where tags are declared. Versions
    /// that others make are drift all the same.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Updates the policy in two steps: the new version is made and waits, and a
    /// step of its own makes it the default one.
    ///
    /// Where a switch of the default version is answered with refusals for some
    /// seconds, or a document may turn out wrong in use, this lets an apply wait
    /// between the two ([`ApplyOptions::settle`](crate::ApplyOptions::settle)) and
    /// [`probe`](crate::ApplyOptions::probe) the new version; where the probe
    /// fails, the former version is the default again. The plan then needs
    /// `iam:SetDefaultPolicyVersion` as well.
    ///
    /// A version that an apply made and did not come to switch to is switched to
    /// by the next plan that wants its document, and deleted by one that wants
    /// another; so is any version that is newer than the default one. An
    /// [`ensure`](crate::Provisioner::ensure) makes a new version the default one
    /// at once.
    #[must_use]
    pub fn update_in_two_steps(mut self) -> Self {
        self.two_steps = true;
        self
    }

    /// The policy's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Names a managed policy: to attach it, or as a permissions boundary.
///
/// From a `&str` or `String` it is an ARN, from a [`ManagedPolicy`] one that
/// the bundle owns, and [`PolicyRef::aws`] names one of AWS's in whatever
/// partition the account is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyRef(pub(crate) Named);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Arn(String),
    Aws(String),
    Own(String),
}

impl PolicyRef {
    /// A policy that AWS manages, such as `AdministratorAccess` or
    /// `job-function/Billing`.
    pub fn aws(name: impl Into<String>) -> Self {
        Self(Named::Aws(name.into()))
    }

    /// A policy by its ARN.
    pub fn arn(arn: impl Into<String>) -> Self {
        Self(Named::Arn(arn.into()))
    }

    /// A managed policy of the same bundle, by its name.
    pub fn own(name: impl Into<String>) -> Self {
        Self(Named::Own(name.into()))
    }
}

impl From<&str> for PolicyRef {
    fn from(arn: &str) -> Self {
        Self::arn(arn)
    }
}

impl From<String> for PolicyRef {
    fn from(arn: String) -> Self {
        Self::arn(arn)
    }
}

impl From<&ManagedPolicy> for PolicyRef {
    fn from(policy: &ManagedPolicy) -> Self {
        Self::own(&policy.name)
    }
}
