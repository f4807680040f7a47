//! An organization: its units, where accounts hang, and the control policies
//! attached to each ("Service control policies" and "Resource control policies"
//! in the AWS Organizations User Guide).

use std::collections::{BTreeMap, BTreeSet};

use crate::state::PolicyText;

/// The policies attached to one root, unit or account, by name.
pub(crate) type Attached = BTreeMap<String, PolicyText>;

/// A root, unit or account in the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    /// None for the root.
    pub(crate) parent: Option<String>,
    /// The name of a unit; empty for the root and for accounts.
    pub(crate) name: String,
    pub(crate) service_control: Attached,
    pub(crate) resource_control: Attached,
}

/// One organization.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    /// `o-…`.
    pub(crate) id: String,
    /// `r-…`.
    pub(crate) root: String,
    /// What the management account has turned on of central root access.
    pub(crate) root_features: BTreeSet<&'static str>,
    /// By id: `r-…`, `ou-…`, or the account's number.
    pub(crate) nodes: BTreeMap<String, Node>,
}

impl Organization {
    /// The nodes from the root down to that one; empty if it is none of these.
    pub(crate) fn path(&self, id: &str) -> Vec<(&str, &Node)> {
        let mut path: Vec<(&str, &Node)> = Vec::new();
        let mut next = Some(id);
        // A node's parent is there before the node, so this comes to an end.
        while let Some((id, node)) = next.and_then(|id| self.nodes.get_key_value(id)) {
            path.push((id, node));
            next = node.parent.as_deref();
        }
        path.reverse();
        path
    }

    /// What `aws:PrincipalOrgPaths` says of an account: the organization and
    /// the nodes above the account, each with a slash behind it.
    pub(crate) fn organization_path(&self, account: &str) -> String {
        let above = self.path(account);
        let above = above.iter().filter(|(id, _)| *id != account);
        let ids: String = above.map(|(id, _)| format!("{id}/")).collect();
        format!("{}/{ids}", self.id)
    }
}
