//! Groups.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::Policy;

use super::PolicyRef;
use crate::document::PolicyText;

/// A group that the bundle owns.
///
/// Owned groups are exclusive: members, attachments and inline policies that
/// grant and are not declared are removed. [`Group::shared`] opts out.
#[derive(Clone, Debug)]
pub struct Group {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) members: BTreeSet<String>,
    pub(crate) inline: BTreeMap<String, PolicyText>,
    pub(crate) attached: BTreeSet<PolicyRef>,
    pub(crate) protect: bool,
    pub(crate) renamed_from: Option<String>,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
}

impl Group {
    /// A group of this name (at most 128 characters) at the path `/`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: "/".to_owned(),
            members: BTreeSet::new(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            protect: false,
            renamed_from: None,
            adopt: false,
            shared: false,
        }
    }

    /// The path, such as `/teams/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// A member: a user of this bundle or an existing one.
    #[must_use]
    pub fn member(mut self, user: impl Into<String>) -> Self {
        self.members.insert(user.into());
        self
    }

    /// An inline policy.
    #[must_use]
    pub fn inline(mut self, name: impl Into<String>, policy: impl Borrow<Policy>) -> Self {
        self.inline.insert(
            name.into(),
            PolicyText::from_json(policy.borrow().as_json()),
        );
        self
    }

    /// Attaches a managed policy.
    #[must_use]
    pub fn attach(mut self, policy: impl Into<PolicyRef>) -> Self {
        self.attached.insert(policy.into());
        self
    }

    protect!("group");

    /// The name that this group had in the bundle before: it is renamed and
    /// keeps its members and policies. Its ARN
    /// changes, and policies that name it do not follow (trust policies do;
    /// [UpdateGroup](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html)).
    /// Of no effect once a group of the new name is there, so that it may stay.
    #[must_use]
    pub fn renamed_from(mut self, name: impl Into<String>) -> Self {
        self.renamed_from = Some(name.into());
        self
    }

    /// Takes over an existing group of this name, its members included.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone what others add to this group.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The group's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
