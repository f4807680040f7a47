//! Roles.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::{Policy, TrustPolicy};

use super::PolicyRef;
use crate::document::PolicyText;

/// A role that the bundle owns.
///
/// Owned roles are exclusive: attachments and inline policies that grant and
/// are not declared are removed. Tags that are not declared are removed
/// as well. [`Role::shared`] opts out.
#[derive(Clone, Debug)]
pub struct Role {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) trust: PolicyText,
    pub(crate) description: String,
    pub(crate) max_session_seconds: i32,
    pub(crate) inline: BTreeMap<String, PolicyText>,
    pub(crate) attached: BTreeSet<PolicyRef>,
    pub(crate) boundary: Option<PolicyRef>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) protect: bool,
    pub(crate) adopt: bool,
    pub(crate) shared: bool,
    pub(crate) ends_sessions: bool,
}

impl Role {
    /// A role of this name (at most 64 characters) at the path `/`, with
    /// sessions of at most one hour.
    pub fn new(name: impl Into<String>, trust: impl Borrow<TrustPolicy>) -> Self {
        Self {
            name: name.into(),
            path: "/".to_owned(),
            trust: PolicyText::from_json(trust.borrow().as_json()),
            description: String::new(),
            max_session_seconds: 3_600,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            boundary: None,
            tags: BTreeMap::new(),
            protect: false,
            adopt: false,
            shared: false,
            ends_sessions: false,
        }
    }

    /// Another trust policy.
    #[must_use]
    pub fn trust(mut self, trust: impl Borrow<TrustPolicy>) -> Self {
        self.trust = PolicyText::from_json(trust.borrow().as_json());
        self
    }

    /// The path, such as `/service/`. IAM cannot change it later.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The description, at most 1,000 characters.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The longest session, 3,600 (the default) to 43,200 seconds.
    #[must_use]
    pub fn max_session_seconds(mut self, seconds: i32) -> Self {
        self.max_session_seconds = seconds;
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

    /// The permissions boundary: what the role can do at most. Set in the
    /// call that creates the role.
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

    protect!("role");

    /// Takes over an existing role of this name and path.
    #[must_use]
    pub fn adopt(mut self) -> Self {
        self.adopt = true;
        self
    }

    /// Leaves alone what others add to this role.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Ends the sessions of this role where a plan stops letting somebody in and
    /// gives it more.
    ///
    /// Sessions from before live on, for up to 12 hours, and IAM gives them whatever
    /// the role is given. With this a plan puts the inline policy
    /// [`AWSRevokeOlderSessions`](crate::session::REVOCATION) on the role once it no
    /// longer lets them in and before it has more: it denies everything in sessions
    /// that were issued up to that call. **Those who are still let in lose theirs too
    /// and have to assume the role again.** The time is this machine's, so a clock
    /// that is behind leaves sessions of that long out. The policy stays until no
    /// session can be under it any more; a plan after that removes it, and until then
    /// none shows it. Without this such a plan is told as a
    /// [moment](crate::MomentKind::Sessions) and refused without a yes.
    #[must_use]
    pub fn end_sessions_when_trust_narrows(mut self) -> Self {
        self.ends_sessions = true;
        self
    }

    /// The role's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
