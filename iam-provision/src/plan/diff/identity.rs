//! Users, groups and roles: what they hold, and who is a member of what.

use super::Differ;
use super::policy::tag_changes;
use crate::document::{PolicyText, only_denies_added};
use crate::plan::NoteKind;
use crate::plan::operation::Operation;
use crate::state::{Credential, Holder, Identity, RoleSettings, State};

/// Policies of AWS that only deny, with which AWS and responders quarantine an identity.
const AWS_DENIES: [&str; 2] = ["AWSCompromisedKeyQuarantine", "AWSDenyAll"];

/// Whether an ARN names a policy of AWS that only denies.
pub(crate) fn is_aws_deny(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
        && arn
            .rsplit('/')
            .next()
            .is_some_and(|name| AWS_DENIES.iter().any(|deny| name.starts_with(deny)))
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
        match now {
            None => self.push(Operation::CreateUser {
                name: name.to_owned(),
                path: wanted.holder.path.clone(),
                boundary: wanted.holder.boundary.clone(),
                tags: wanted.holder.tags.clone(),
            }),
            Some(now) => {
                if now.holder.path != wanted.holder.path {
                    self.push(Operation::MoveUser {
                        name: name.to_owned(),
                        path: wanted.holder.path.clone(),
                    });
                }
                self.tags_and_boundary(identity, &wanted.holder, &now.holder);
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
        let trust = self.as_after_moves(&now.trust);
        if !trust.means_the_same_as(&wanted.trust) {
            if only_denies_added(&wanted.trust, &trust) && !self.may_remove_deny(name) {
                self.kept_deny(
                    &format!("a deny statement in the trust policy of {identity}"),
                    name,
                );
            } else {
                self.push(Operation::UpdateTrust {
                    name: name.to_owned(),
                    document: wanted.trust.clone(),
                });
            }
        }
    }

    /// A trust policy as IAM will show it once this plan's users are at their
    /// new paths: IAM keeps a principal by its id and shows its present ARN.
    fn as_after_moves(&self, trust: &PolicyText) -> PolicyText {
        let account = &self.now.account;
        let mut json = trust.json().to_owned();
        for (name, wanted) in &self.want.users {
            if let Some(now) = self.now.users.get(name)
                && now.holder.path != wanted.holder.path
            {
                let before = account.arn(&format!("user{}{name}", now.holder.path));
                let after = account.arn(&format!("user{}{name}", wanted.holder.path));
                json = json.replace(&format!("\"{before}\""), &format!("\"{after}\""));
            }
        }
        PolicyText::from_json(&json)
    }

    /// For users and roles that exist; a new one gets both in the call that creates it.
    fn tags_and_boundary(&mut self, identity: &Identity, wanted: &Holder, now: &Holder) {
        let (set, unset) = tag_changes(&wanted.tags, &now.tags);
        if !set.is_empty() {
            self.push(Operation::Tag {
                on: identity.clone(),
                tags: set,
            });
        }
        if !unset.is_empty() && !self.is_shared(identity) {
            self.push(Operation::Untag {
                on: identity.clone(),
                keys: unset,
            });
        }
        match (&wanted.boundary, &now.boundary) {
            (Some(arn), now) if now.as_ref() != Some(arn) => {
                self.boundary_exists(identity, arn);
                self.push(Operation::SetBoundary {
                    on: identity.clone(),
                    arn: arn.clone(),
                });
            }
            (None, Some(arn)) => {
                let name = format!("boundary of {identity}");
                if self.may_remove_deny(&name) || self.is_deleted_policy(arn) {
                    self.push(Operation::RemoveBoundary {
                        on: identity.clone(),
                    });
                } else {
                    self.kept_deny(
                        &format!("the permissions boundary {arn} of {identity}"),
                        &name,
                    );
                }
            }
            _ => {}
        }
    }

    fn boundary_exists(&mut self, identity: &Identity, arn: &str) {
        self.policy_exists(&format!("{identity}: permissions boundary"), arn);
    }

    /// Refuses a policy of this account that is neither declared nor there. Whether one of
    /// AWS's or of another account exists is for IAM to say.
    fn policy_exists(&mut self, place: &str, arn: &str) {
        let here = arn.starts_with(&self.now.account.arn("policy/"));
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
        for (name, document) in &wanted.inline {
            let same = now
                .inline
                .get(name)
                .is_some_and(|now| now.means_the_same_as(document));
            if same {
                continue;
            }
            if let Some(now) = now.inline.get(name)
                && only_denies_added(document, now)
                && !self.may_remove_deny(name)
            {
                self.kept_deny(
                    &format!("a deny statement in the inline policy {name} of {identity}"),
                    name,
                );
                continue;
            }
            self.push(Operation::PutInline {
                on: identity.clone(),
                name: name.clone(),
                document: document.clone(),
            });
        }
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
        for (name, document) in &now.inline {
            if wanted.inline.contains_key(name) || shared {
                continue;
            }
            if document.only_denies() && !self.may_remove_deny(name) {
                self.kept_deny(
                    &format!("the inline policy {name} of {identity}, which only denies"),
                    name,
                );
            } else {
                self.push(Operation::DeleteInline {
                    on: identity.clone(),
                    name: name.clone(),
                });
            }
        }
        for arn in now.attached.difference(&wanted.attached) {
            let only_denies = self.attachment_only_denies(arn);
            if self.is_deleted_policy(arn)
                || (!shared && (!only_denies || self.may_remove_deny(arn)))
            {
                self.push(Operation::Detach {
                    on: identity.clone(),
                    arn: arn.clone(),
                });
            } else if !shared {
                self.kept_deny(
                    &format!("the policy {arn} attached to {identity}, which only denies"),
                    arn,
                );
            }
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
                            && serial.contains(":mfa/")
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
            if !gone
                && only_denies(self.now, group)
                && only_denies(&then, group)
                && !self.may_remove_deny(group)
            {
                self.kept_deny(
                    &format!("the membership of user {user} in group {group}, which only denies"),
                    group,
                );
            } else {
                self.push(Operation::RemoveMember {
                    user: user.clone(),
                    group: group.clone(),
                });
            }
        }
    }

    /// Whether a managed policy only denies: now, and when the plan has
    /// changed its document.
    fn attachment_only_denies(&self, arn: &str) -> bool {
        if is_aws_deny(arn) {
            return true;
        }
        let mut known = [self.now, self.want]
            .into_iter()
            .filter_map(|state| state.policy_by_arn(arn))
            .peekable();
        known.peek().is_some() && known.all(|(_, policy)| policy.document.only_denies())
    }

    pub(super) fn kept_deny(&mut self, what: &str, name: &str) {
        self.note(
            NoteKind::KeptDeny,
            format!("{what} is not declared and is left in place; call .remove_deny({name:?}) on the bundle to have it removed"),
        );
    }
}

/// Whether a group holds something in a state, and only denies.
fn only_denies(state: &State, group: &str) -> bool {
    let Some(holder) = state.groups.get(group) else {
        return false;
    };
    let attached = |arn: &String| {
        is_aws_deny(arn)
            || state
                .policy_by_arn(arn)
                .is_some_and(|(_, policy)| policy.document.only_denies())
    };
    (!holder.inline.is_empty() || !holder.attached.is_empty())
        && holder.inline.values().all(PolicyText::only_denies)
        && holder.attached.iter().all(attached)
}
