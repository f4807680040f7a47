//! Service-linked roles.

use super::Differ;
use crate::plan::operation::{LinkedCall, Operation};

impl Differ<'_> {
    pub(super) fn linked_roles(&mut self) {
        for (role, wanted) in &self.want.linked {
            match self.now.linked.get(role) {
                None => self.push(Operation::Linked(LinkedCall::Create {
                    role: role.clone(),
                    description: wanted.description.clone(),
                })),
                Some(now) => {
                    if let Some(description) = &wanted.description
                        && now.description.as_ref() != Some(description)
                        && !self.target.shared_linked.contains(role)
                    {
                        self.push(Operation::Linked(LinkedCall::Describe {
                            role: role.clone(),
                            name: now.name.clone(),
                            description: description.clone(),
                        }));
                    }
                }
            }
        }
        for role in self.removed.linked.clone() {
            if let Some(now) = self.now.linked.get(&role) {
                self.push(Operation::Linked(LinkedCall::Delete {
                    name: now.name.clone(),
                    role,
                }));
            }
        }
    }
}
