//! Users and their console passwords.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::Policy;

use super::PolicyRef;
use crate::document::PolicyText;

/// An IAM user that the bundle owns.
///
/// Owned users are exclusive: memberships, attachments and inline policies
/// that grant and are not declared are removed, and so are a console password
/// where no [`LoginProfile`] is declared, active access keys other than that of
/// [`User::access_key`], and tags that are not declared. [`User::shared`] opts
/// out.
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) inline: BTreeMap<String, PolicyText>,
    pub(crate) attached: BTreeSet<PolicyRef>,
    pub(crate) boundary: Option<PolicyRef>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) login_profile: Option<LoginProfile>,
    pub(crate) access_key: bool,
    pub(crate) protect: bool,
    pub(crate) renamed_from: Option<String>,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
}

impl User {
    /// A user of this name (at most 64 characters) at the path `/`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: "/".to_owned(),
            groups: BTreeSet::new(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary: None,
            tags: BTreeMap::new(),
            login_profile: None,
            access_key: false,
            protect: false,
            renamed_from: None,
            adopt: false,
            shared: false,
        }
    }

    /// The path, such as `/people/`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Makes the user a member of a group, of this bundle or an existing one.
    #[must_use]
    pub fn member_of(mut self, group: impl Into<String>) -> Self {
        self.groups.insert(group.into());
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

    /// The permissions boundary: what the user can do at most. Set in the
    /// call that creates the user.
    #[must_use]
    pub fn boundary(mut self, policy: impl Into<PolicyRef>) -> Self {
        self.boundary = Some(policy.into());
        self
    }

    /// A tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// A console password. It is generated when the plan is applied and
    /// handed to the [`SecretSink`](crate::SecretSink), nowhere else.
    #[must_use]
    pub fn console_login(mut self, login: LoginProfile) -> Self {
        self.login_profile = Some(login);
        self
    }

    /// An access key. It is made when the plan is applied and handed to the
    /// [`SecretSink`](crate::SecretSink), nowhere else.
    ///
    /// The user's tag [`ACCESS_KEY_TAG`](crate::ACCESS_KEY_TAG) says `pending`
    /// before the key is made and holds its id once it is delivered, so that a
    /// key that nobody received is recognised after a crash and replaced; if
    /// the delivery fails, the key is deleted at once. A key of this user that
    /// [`rotate`](crate::rotate) puts in its place counts as the declared one;
    /// one that somebody deactivated is left so, and told. Prefer roles where
    /// they can be had: a key works until it is deleted.
    #[must_use]
    pub fn access_key(mut self) -> Self {
        self.access_key = true;
        self
    }

    protect!("user");

    /// The name that this user had in the bundle before: it is renamed and
    /// keeps its credentials, memberships, policies and tags. Its ARN
    /// changes, and policies that name it do not follow (trust policies do;
    /// [UpdateUser](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html)).
    /// Of no effect once a user of the new name is there, so that it may stay.
    #[must_use]
    pub fn renamed_from(mut self, name: impl Into<String>) -> Self {
        self.renamed_from = Some(name.into());
        self
    }

    /// Takes over an existing user of this name.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone what others add to this user.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A user's console password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginProfile {
    pub(crate) reset_required: bool,
}

impl LoginProfile {
    /// A password that has to be changed at the first sign-in.
    pub fn new() -> Self {
        Self {
            reset_required: true,
        }
    }

    /// A password that stays as it is generated.
    #[must_use]
    pub fn without_reset(mut self) -> Self {
        self.reset_required = false;
        self
    }
}

impl Default for LoginProfile {
    fn default() -> Self {
        Self::new()
    }
}
