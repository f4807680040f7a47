//! A managed policy and its versions.

use crate::moment::Moment;
use crate::state::tags::{KeyCase, Tags};
use crate::state::{Label, PolicyText};

/// A managed policy, the customer's or AWS's.
#[derive(Clone, Debug)]
pub(crate) struct ManagedPolicy {
    pub(crate) label: Label,
    pub(crate) description: Option<String>,
    pub(crate) updated: Moment,
    pub(crate) tags: Tags,
    /// The number in the id of the default version (`v3`).
    pub(crate) default_version: u32,
    /// The number that the next version gets; numbers are never used again.
    pub(crate) next_version: u32,
    pub(crate) versions: Vec<PolicyVersion>,
}

/// One version of a managed policy.
#[derive(Clone, Debug)]
pub(crate) struct PolicyVersion {
    pub(crate) number: u32,
    pub(crate) created: Moment,
    pub(crate) policy: PolicyText,
}

impl PolicyVersion {
    /// The id: `v1`, `v2`, …
    pub(crate) fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

impl ManagedPolicy {
    /// A new policy, with its first version.
    pub(crate) fn new(label: Label, description: Option<String>, policy: PolicyText) -> Self {
        ManagedPolicy::at_version(1, label, description, policy)
    }

    /// A policy of which only one version is known.
    pub(crate) fn at_version(
        number: u32,
        label: Label,
        description: Option<String>,
        policy: PolicyText,
    ) -> Self {
        let created = label.created;
        ManagedPolicy {
            label,
            description,
            updated: created,
            tags: Tags::none(KeyCase::Told),
            default_version: number,
            next_version: number.saturating_add(1),
            versions: vec![PolicyVersion {
                number,
                created,
                policy,
            }],
        }
    }

    /// The version in force.
    pub(crate) fn default(&self) -> Option<&PolicyVersion> {
        self.versions
            .iter()
            .find(|v| v.number == self.default_version)
    }

    /// The version of that id.
    pub(crate) fn version(&self, id: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|v| v.id() == id)
    }
}
