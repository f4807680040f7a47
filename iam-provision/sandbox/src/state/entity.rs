//! What users, groups and roles have in common.

use std::collections::BTreeMap;

use crate::moment::Moment;
use crate::names::Folded;
use crate::state::PolicyText;

/// The three kinds of entity that policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalKind {
    User,
    Group,
    Role,
}

impl PrincipalKind {
    /// The word in ARNs and messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            PrincipalKind::User => "user",
            PrincipalKind::Group => "group",
            PrincipalKind::Role => "role",
        }
    }

    /// The request parameter that names one.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            PrincipalKind::User => "UserName",
            PrincipalKind::Group => "GroupName",
            PrincipalKind::Role => "RoleName",
        }
    }

    /// The longest name (IAM API reference).
    pub(crate) fn longest_name(self) -> usize {
        match self {
            PrincipalKind::User | PrincipalKind::Role => 64,
            PrincipalKind::Group => 128,
        }
    }
}

/// Path, name, unique id and date: what every entity of IAM has.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) created: Moment,
}

impl Label {
    /// The ARN; `kind` is the word that stands before the path.
    pub(crate) fn arn(&self, account: &str, kind: &str) -> String {
        format!("arn:aws:iam::{account}:{kind}{}{}", self.path, self.name)
    }
}

/// One inline policy.
#[derive(Clone, Debug)]
pub(crate) struct Inline {
    pub(crate) name: String,
    pub(crate) policy: PolicyText,
}

/// The policies of a user, group or role.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    pub(crate) inline: BTreeMap<Folded, Inline>,
    /// ARNs of managed policies, in the order of their attachment.
    pub(crate) attached: Vec<String>,
    /// ARN of the permissions boundary; groups never have one.
    pub(crate) boundary: Option<String>,
}

impl Grants {
    /// The characters that count against the quota for inline policies.
    pub(crate) fn inline_characters(&self) -> usize {
        self.inline
            .values()
            .map(|inline| inline.policy.characters())
            .sum()
    }
}
