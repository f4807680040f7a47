//! What calls need that are about identity providers and service-linked roles.

use std::collections::BTreeMap;

use super::{Needs, escape, everything, one};
use crate::plan::operation::{LinkedCall, ProviderCall};
use crate::state::{Linked, Provider};

impl Needs<'_> {
    pub(super) fn provider(&mut self, call: &str, change: &ProviderCall) {
        let arn = escape(change.arn());
        match change {
            ProviderCall::Tag { tags, .. } => self.tags(call, [arn], tags.keys()),
            ProviderCall::Untag { keys, .. } => self.tags(call, [arn], keys),
            _ => {
                self.plain(call, [arn.clone()]);
                let tagging = match change.provider() {
                    Provider::Oidc(_) => "TagOpenIDConnectProvider",
                    Provider::Saml(_) => "TagSAMLProvider",
                };
                let keys = change.tags().into_iter().flat_map(BTreeMap::keys);
                self.tags(tagging, [arn], keys);
            }
        }
    }

    /// AWS chooses the name, so that a role to be made is named by its path.
    pub(super) fn linked(&mut self, call: &str, change: &LinkedCall) {
        let role = change.role();
        match change {
            LinkedCall::Create { .. } => {
                let to = one("StringEquals", "iam:AWSServiceName", &role.service);
                let arn = self.whatever_its_name(role);
                self.need(call, arn, to);
            }
            LinkedCall::Describe { name, .. } => {
                let arn = self.arn("role", &role.path(), name);
                self.plain(call, [arn]);
            }
            LinkedCall::Delete { name, .. } => {
                // Of a role that is not made yet, where it would be taken back.
                let arn = match name.as_str() {
                    "" => self.whatever_its_name(role),
                    name => self.arn("role", &role.path(), name),
                };
                self.plain(call, [arn]);
                self.plain("GetServiceLinkedRoleDeletionStatus", everything());
            }
        }
    }

    fn whatever_its_name(&self, role: &Linked) -> String {
        let suffix = role.suffix.as_ref().map(|suffix| format!("_{suffix}"));
        let path = self.account().arn(&format!("role{}", role.path()));
        format!("{}*{}", escape(&path), suffix.unwrap_or_default())
    }
}
