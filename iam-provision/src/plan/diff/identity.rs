//! Users, groups and roles: what they hold, and who is a member of what.

use std::time::SystemTime;

use super::Differ;
use super::policy::tag_changes;
use crate::clock;
use crate::desired::{GROUP_INLINE_SIZE, ROLE_INLINE_SIZE, USER_INLINE_SIZE};
use crate::document::PolicyText;
use crate::keys::ACCESS_KEY_TAG;
use crate::names::same_name;
use crate::observed::near_miss;
use crate::plan::operation::Operation;
use crate::plan::transition;
use crate::rotate::ROTATION_TAG;
use crate::session::REVOCATION;
use crate::session::revoke::{LONGEST, revoked_before};
use crate::state::{Credential, Holder, Identity, RoleSettings};

/// Characters of all inline policies together, and of a trust policy, that IAM accepts.
pub(in crate::plan) fn most_inline(identity: &Identity) -> usize {
    match identity {
        Identity::User(_) => USER_INLINE_SIZE,
        Identity::Group(_) => GROUP_INLINE_SIZE,
        Identity::Role(_) => ROLE_INLINE_SIZE,
    }
}

impl Differ<'_> {
    pub(super) fn identities(&mut self) {
        for identity in self.want.identities() {
            self.create_or_update(&identity);
            if let Some(wanted) = self.want.holder(&identity) {
                let nothing = Holder::default();
                let now = self.now.holder(&identity).unwrap_or(&nothing);
                self.permissions(&identity, wanted, now);
            }
        }
        for identity in self.removed.identities.clone() {
            self.remove(&identity);
        }
    }

    fn create_or_update(&mut self, identity: &Identity) {
        match identity {
            Identity::User(name) => self.user(identity, name),
            Identity::Group(name) => {
                let Some(wanted) = self.want.groups.get(name) else {
                    return;
                };
                match self.now.groups.get(name) {
                    None => self.push(Operation::CreateGroup {
                        name: name.clone(),
                        path: wanted.path.clone(),
                    }),
                    Some(now) if now.path != wanted.path => {
                        self.push(Operation::MoveGroup {
                            name: name.clone(),
                            path: wanted.path.clone(),
                        });
                    }
                    Some(_) => {}
                }
            }
            Identity::Role(name) => self.role(identity, name),
        }
    }

    fn user(&mut self, identity: &Identity, name: &str) {
        let Some(wanted) = self.want.users.get(name) else {
            return;
        };
        let now = self.now.users.get(name);
        let mut holder = wanted.holder.clone();
        if let Some(mark) = self.access_key(identity, name, now) {
            holder.tags.insert(ACCESS_KEY_TAG.to_owned(), mark.text());
        }
        match now {
            None => self.push(Operation::CreateUser {
                name: name.to_owned(),
                path: holder.path,
                boundary: holder.boundary,
                tags: holder.tags,
            }),
            Some(now) => {
                if now.holder.path != holder.path {
                    self.push(Operation::MoveUser {
                        name: name.to_owned(),
                        path: holder.path.clone(),
                    });
                }
                self.tags_and_boundary(identity, &holder, &now.holder);
            }
        }
        match (wanted.login, now.and_then(|user| user.login)) {
            (Some(reset_required), None) => {
                self.push(Operation::CreateLogin {
                    user: name.to_owned(),
                    reset_required,
                });
            }
            (None, Some(_)) if !self.is_shared(identity) => {
                self.push(Operation::DeleteLogin {
                    user: name.to_owned(),
                });
            }
            // Whether a reset is still pending is the user's affair once the password is delivered.
            _ => {}
        }
    }

    fn role(&mut self, identity: &Identity, name: &str) {
        let Some(wanted) = self.want.roles.get(name) else {
            return;
        };
        let settings = wanted.settings.clone().unwrap_or(RoleSettings {
            description: String::new(),
            max_session_seconds: 3_600,
        });
        let Some(now) = self.now.roles.get(name) else {
            self.push(Operation::CreateRole {
                name: name.to_owned(),
                path: wanted.holder.path.clone(),
                trust: wanted.trust.clone(),
                settings,
                boundary: wanted.holder.boundary.clone(),
                tags: wanted.holder.tags.clone(),
            });
            if let Some(cycle) = self.trust_cycle(name) {
                self.problem(
                    format!("{identity}: trust policy"),
                    format!("names {cycle}, and IAM refuses a principal that does not exist yet; declare one of the roles without it, apply, and then add it"),
                );
            }
            return;
        };
        if now.holder.path != wanted.holder.path {
            self.cannot_move(&identity.to_string(), &now.holder.path, &wanted.holder.path);
            return;
        }
        self.tags_and_boundary(identity, &wanted.holder, &now.holder);
        if now.settings.as_ref() != Some(&settings) {
            self.push(Operation::UpdateRole {
                name: name.to_owned(),
                settings,
            });
        }
        self.trust(identity, name, &wanted.trust, &now.trust);
    }

    /// For users and roles that exist; a new one gets both in the call that creates it.
    fn tags_and_boundary(&mut self, identity: &Identity, wanted: &Holder, now: &Holder) {
        let (set, mut unset) = tag_changes(&wanted.tags, &now.tags);
        // A rotation says itself when it is over; the mark of a key goes with the key.
        let shared = self.is_shared(identity);
        unset.retain(|key| key != ROTATION_TAG && (!shared || key == ACCESS_KEY_TAG));
        if !set.is_empty() {
            self.push(Operation::Tag {
                on: identity.clone(),
                tags: set,
            });
        }
        if !unset.is_empty() {
            self.push(Operation::Untag {
                on: identity.clone(),
                keys: unset,
            });
        }
        self.boundary(identity, wanted, now);
    }

    pub(super) fn boundary_exists(&mut self, identity: &Identity, arn: &str) {
        self.policy_exists(&format!("{identity}: permissions boundary"), arn);
    }

    /// Refuses a policy of this account that is neither declared nor there, and one of
    /// another account, which IAM takes for nobody here ("Managed policies and inline
    /// policies",
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>).
    fn policy_exists(&mut self, place: &str, arn: &str) {
        if self.observed.missing_policies.contains(arn) {
            let hint = near_miss(arn).map_or_else(
                || "check its name and path, such as `job-function/Billing`".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            self.problem(place, format!("AWS has no managed policy {arn}; {hint}"));
            return;
        }
        let here = arn.starts_with(&self.now.account.arn("policy/"));
        if !here && !arn.contains(":iam::aws:") {
            let account = &self.now.account.id;
            let what = format!(
                "the managed policy {arn} is not of account {account}; only AWS's policies and those of the account itself can be used in it"
            );
            self.problem(place, what);
            return;
        }
        let exists =
            self.now.policy_by_arn(arn).is_some() || self.want.policy_by_arn(arn).is_some();
        if here && !exists {
            self.problem(
                place,
                format!(
                    "there is no managed policy {arn}; add it to the bundle, or create it first"
                ),
            );
        }
    }

    fn permissions(&mut self, identity: &Identity, wanted: &Holder, now: &Holder) {
        self.inline(identity, wanted, now);
        for arn in wanted.attached.difference(&now.attached) {
            self.policy_exists(&format!("{identity}: attached policy"), arn);
            self.push(Operation::Attach {
                on: identity.clone(),
                arn: arn.clone(),
            });
        }
        if self.now.holder(identity).is_none()
            && let Some(arn) = &wanted.boundary
        {
            self.boundary_exists(identity, arn);
        }
        let shared = self.is_shared(identity);
        for arn in now.attached.difference(&wanted.attached) {
            if self.is_deleted_policy(arn) {
                self.push(Operation::Detach {
                    on: identity.clone(),
                    arn: arn.clone(),
                });
            } else if !shared {
                self.undeclared_attachment(identity, arn);
            }
        }
    }

    /// Until when sessions may be under a revocation that is the bundle's business.
    fn own_revocation(
        &self,
        identity: &Identity,
        name: &str,
        document: &PolicyText,
    ) -> Option<SystemTime> {
        let is_ours =
            matches!(identity, Identity::Role(role) if self.target.end_sessions.contains(role));
        let before = revoked_before(document).filter(|_| is_ours && name == REVOCATION)?;
        Some(clock::after(before, LONGEST))
    }

    fn changes_trust(&self, identity: &Identity) -> bool {
        self.drafts.iter().any(|draft| {
            matches!(&draft.operation, Operation::UpdateTrust { name, .. } if name == identity.name())
        })
    }

    fn inline(&mut self, identity: &Identity, wanted: &Holder, now: &Holder) {
        // IAM compares names without regard to case: what is there keeps its name.
        let there = |name: &str| {
            now.inline
                .get_key_value(name)
                .or_else(|| now.inline.iter().find(|(other, _)| same_name(other, name)))
        };
        let is_wanted = |name: &str| wanted.inline.keys().any(|other| same_name(other, name));
        let most = most_inline(identity);
        let kept_before = self.notes.len();
        let mut total = 0;
        for (name, document) in &wanted.inline {
            let Some((name, before)) = there(name) else {
                total += document.character_count();
                self.push(Operation::PutInline {
                    on: identity.clone(),
                    name: name.clone(),
                    document: document.clone(),
                });
                continue;
            };
            if before.means_the_same_as(document) {
                total += before.character_count();
                continue;
            }
            let place = format!("inline policy {name} of {identity}");
            if let Some(document) =
                self.with_kept_denies(&place, name, Some(document), before, most)
            {
                total += document.character_count();
                if !document.means_the_same_as(before) {
                    self.push(Operation::PutInline {
                        on: identity.clone(),
                        name: name.clone(),
                        document,
                    });
                }
            }
        }
        for (name, before) in &now.inline {
            if is_wanted(name) {
                continue;
            }
            if self.is_shared(identity) && name != transition::NAME {
                total += before.character_count();
                continue;
            }
            if name == transition::NAME {
                // Left by an apply that was cut off.
                self.push(Operation::DeleteInline {
                    on: identity.clone(),
                    name: name.clone(),
                });
                continue;
            }
            if let Some(until) = self.own_revocation(identity, name, before) {
                if until <= self.observed.reading.at && !self.changes_trust(identity) {
                    self.push(Operation::DeleteInline {
                        on: identity.clone(),
                        name: name.clone(),
                    });
                } else {
                    total += before.character_count();
                }
                continue;
            }
            let place = format!("inline policy {name} of {identity}");
            match self.with_kept_denies(&place, name, None, before, most) {
                None => self.push(Operation::DeleteInline {
                    on: identity.clone(),
                    name: name.clone(),
                }),
                Some(document) => {
                    total += document.character_count();
                    if !document.means_the_same_as(before) && before.document().is_some() {
                        self.push(Operation::PutInline {
                            on: identity.clone(),
                            name: name.clone(),
                            document,
                        });
                    }
                }
            }
        }
        let changes = self.drafts.iter().any(
            |draft| matches!(&draft.operation, Operation::PutInline { on, .. } if on == identity),
        );
        if total > most && changes && self.notes.len() > kept_before {
            self.problem(
                format!("{identity}: inline policies together"),
                format!("with the denies that are not declared and are kept they have {total} characters of {most} that IAM accepts; make the declared ones shorter, or say yes to removing a deny with .remove_deny(\"inline policy NAME of {identity}\")"),
            );
        }
    }

    /// Everything that would block the deletion of an identity that is ours, added by whomever.
    fn remove(&mut self, identity: &Identity) {
        let Some(now) = self.now.holder(identity) else {
            return;
        };
        for name in now.inline.keys() {
            self.push(Operation::DeleteInline {
                on: identity.clone(),
                name: name.clone(),
            });
        }
        for arn in &now.attached {
            self.push(Operation::Detach {
                on: identity.clone(),
                arn: arn.clone(),
            });
        }
        match identity {
            Identity::User(name) => {
                if let Some(user) = self.now.users.get(name) {
                    if user.login.is_some() {
                        self.push(Operation::DeleteLogin { user: name.clone() });
                    }
                    for credential in &user.credentials {
                        self.push(Operation::DeleteCredential {
                            user: name.clone(),
                            credential: credential.clone(),
                        });
                        if let Credential::Mfa(serial) = credential
                            && credential.is_virtual_device()
                        {
                            self.push(Operation::DeleteMfaDevice {
                                serial: serial.clone(),
                            });
                        }
                    }
                }
                self.push(Operation::DeleteUser { name: name.clone() });
            }
            Identity::Group(name) => self.push(Operation::DeleteGroup { name: name.clone() }),
            Identity::Role(name) => self.push(Operation::DeleteRole { name: name.clone() }),
        }
    }

    pub(super) fn memberships(&mut self) {
        // The groups as they will be, which is why this comes after them.
        let mut then = self.now.clone();
        for draft in &self.drafts {
            then.perform(&draft.operation);
        }
        for (user, group) in self.want.memberships.difference(&self.now.memberships) {
            if !self.want.users.contains_key(user) && !self.now.users.contains_key(user) {
                self.problem(
                    format!("group {group}"),
                    format!("there is no user `{user}`; add it to the bundle, or create it first"),
                );
            }
            if !self.want.groups.contains_key(group) && !self.now.groups.contains_key(group) {
                self.problem(
                    format!("user {user}"),
                    format!(
                        "there is no group `{group}`; add it to the bundle, or create it first"
                    ),
                );
            }
            self.push(Operation::AddMember {
                user: user.clone(),
                group: group.clone(),
            });
        }
        for (user, group) in self.now.memberships.difference(&self.want.memberships) {
            let as_user = Identity::User(user.clone());
            let as_group = Identity::Group(group.clone());
            let gone = self.removed.identities.contains(&as_user)
                || self.removed.identities.contains(&as_group);
            let exclusive = [&as_user, &as_group]
                .into_iter()
                .any(|i| self.is_declared(i) && !self.is_shared(i));
            if !gone && !exclusive {
                continue;
            }
            if gone {
                self.push(Operation::RemoveMember {
                    user: user.clone(),
                    group: group.clone(),
                });
            } else {
                self.undeclared_membership(user, group, &then);
            }
        }
    }
}
