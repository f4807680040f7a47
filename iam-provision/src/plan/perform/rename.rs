//! What a new name does to the model: everything follows but policies that
//! name the ARN. Trust policies do, because IAM keeps whom they name by id.

use crate::document::PolicyText;
use crate::state::{Identity, State};

impl State {
    pub(super) fn rename(&mut self, on: &Identity, to: &str, path: &str) {
        let renamed = match on {
            Identity::User(name) => {
                let Some(mut user) = self.users.remove(name) else {
                    return;
                };
                let before = format!("user{}{name}", user.holder.path);
                path.clone_into(&mut user.holder.path);
                self.users.insert(to.to_owned(), user);
                self.trust_under(&before, &format!("user{path}{to}"));
                Identity::User(to.to_owned())
            }
            Identity::Group(name) => {
                let Some(mut group) = self.groups.remove(name) else {
                    return;
                };
                path.clone_into(&mut group.path);
                self.groups.insert(to.to_owned(), group);
                Identity::Group(to.to_owned())
            }
            // IAM renames no roles.
            Identity::Role(_) => return,
        };
        let memberships = std::mem::take(&mut self.memberships);
        self.memberships = memberships
            .into_iter()
            .map(|(user, group)| match on {
                Identity::User(name) if *name == user => (to.to_owned(), group),
                Identity::Group(name) if *name == group => (user, to.to_owned()),
                _ => (user, group),
            })
            .collect();
        for policy in self.policies.values_mut() {
            for holders in [&mut policy.attached_to, &mut policy.boundary_of] {
                if holders.remove(on) {
                    holders.insert(renamed.clone());
                }
            }
        }
    }

    fn trust_under(&mut self, before: &str, after: &str) {
        let (before, after) = (self.account.arn(before), self.account.arn(after));
        let (before, after) = (format!("\"{before}\""), format!("\"{after}\""));
        for role in self.roles.values_mut() {
            if role.trust.json().contains(&before) {
                let json = role.trust.json().replace(&before, &after);
                role.trust = PolicyText::from_json(&json);
            }
        }
    }
}
