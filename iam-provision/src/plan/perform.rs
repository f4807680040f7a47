//! What a call does to the model: the state after it.
//!
//! With this a plan can be looked at before it is applied: the state after
//! each step is a value, which the tests judge with the evaluator.

mod provider;
mod rename;
mod version;

use std::collections::BTreeMap;

use super::operation::{LinkedCall, Operation};
use crate::keys::ACCESS_KEY_TAG;
use crate::state::{
    Credential, Holder, Identity, LinkedState, PolicyState, ProfileState, RoleState, State,
    UserState, VersionState,
};

/// Stands for the id of a key that is not made yet.
const NEW_KEY: &str = "AKIA";

impl State {
    /// Performs a call on the model.
    pub(crate) fn perform(&mut self, operation: &Operation) {
        match operation {
            Operation::CreatePolicy {
                name,
                path,
                description,
                document,
                tags,
            } => {
                self.policies.insert(
                    name.clone(),
                    PolicyState {
                        path: path.clone(),
                        description: description.clone(),
                        document: document.clone(),
                        versions: vec![VersionState {
                            id: "v1".to_owned(),
                            is_default: true,
                            document: None,
                        }],
                        tags: Some(tags.clone()),
                        attached_to: Default::default(),
                        boundary_of: Default::default(),
                    },
                );
            }
            Operation::CreatePolicyVersion { name, document, .. } => {
                if let Some(policy) = self.policies.get_mut(name) {
                    policy.stage(document);
                    policy.switch(document, None);
                }
            }
            Operation::StageVersion { name, document, .. } => {
                if let Some(policy) = self.policies.get_mut(name) {
                    policy.stage(document);
                }
            }
            Operation::SwitchVersion {
                name,
                document,
                version,
                ..
            } => {
                if let Some(policy) = self.policies.get_mut(name) {
                    policy.switch(document, version.as_deref());
                }
            }
            Operation::DeletePolicyVersion { name, version, .. } => {
                if let Some(policy) = self.policies.get_mut(name) {
                    policy.versions.retain(|v| v.id != *version);
                }
            }
            Operation::DeletePolicy { name, .. } => {
                self.policies.remove(name);
            }
            Operation::TagPolicy { name, tags, .. } => {
                if let Some(policy) = self.policies.get_mut(name) {
                    policy.tags.get_or_insert_default().extend(tags.clone());
                }
            }
            Operation::UntagPolicy { name, keys, .. } => {
                if let Some(tags) = self.policies.get_mut(name).and_then(|p| p.tags.as_mut()) {
                    tags.retain(|key, _| !keys.contains(key));
                }
            }
            Operation::CreateGroup { name, path } => {
                self.groups.insert(
                    name.clone(),
                    Holder {
                        path: path.clone(),
                        ..Holder::default()
                    },
                );
            }
            Operation::MoveGroup { name, path } => {
                if let Some(group) = self.groups.get_mut(name) {
                    group.path = path.clone();
                }
            }
            Operation::DeleteGroup { name } => {
                self.groups.remove(name);
            }
            Operation::CreateUser {
                name,
                path,
                boundary,
                tags,
            } => {
                self.bound(&Identity::User(name.clone()), boundary.as_deref());
                self.users.insert(
                    name.clone(),
                    UserState {
                        holder: Holder {
                            path: path.clone(),
                            boundary: boundary.clone(),
                            tags: tags.clone(),
                            ..Holder::default()
                        },
                        login: None,
                        keys: BTreeMap::new(),
                        credentials: Vec::new(),
                    },
                );
            }
            Operation::MoveUser { name, path } => {
                if let Some(user) = self.users.get_mut(name) {
                    user.holder.path = path.clone();
                }
            }
            Operation::DeleteUser { name } => {
                self.bound(&Identity::User(name.clone()), None);
                self.users.remove(name);
            }
            Operation::CreateRole {
                name,
                path,
                trust,
                settings,
                boundary,
                tags,
            } => {
                self.bound(&Identity::Role(name.clone()), boundary.as_deref());
                self.roles.insert(
                    name.clone(),
                    RoleState {
                        holder: Holder {
                            path: path.clone(),
                            boundary: boundary.clone(),
                            tags: tags.clone(),
                            ..Holder::default()
                        },
                        trust: trust.clone(),
                        settings: Some(settings.clone()),
                    },
                );
            }
            Operation::UpdateRole { name, settings } => {
                if let Some(role) = self.roles.get_mut(name) {
                    role.settings = Some(settings.clone());
                }
            }
            Operation::UpdateTrust { name, document } => {
                if let Some(role) = self.roles.get_mut(name) {
                    role.trust = document.clone();
                }
            }
            Operation::DeleteRole { name } => {
                self.bound(&Identity::Role(name.clone()), None);
                self.roles.remove(name);
            }
            Operation::CreateProfile { name, path, .. } => {
                self.profiles.insert(
                    name.clone(),
                    ProfileState {
                        path: path.clone(),
                        role: None,
                    },
                );
            }
            Operation::AddRoleToProfile { profile, role } => {
                if let Some(profile) = self.profiles.get_mut(profile) {
                    profile.role = Some(role.clone());
                }
            }
            Operation::RemoveRoleFromProfile { profile, .. } => {
                if let Some(profile) = self.profiles.get_mut(profile) {
                    profile.role = None;
                }
            }
            Operation::DeleteProfile { name } => {
                self.profiles.remove(name);
            }
            _ => self.perform_on_identity(operation),
        }
    }

    fn perform_on_identity(&mut self, operation: &Operation) {
        match operation {
            Operation::PutInline { on, name, document } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.inline.insert(name.clone(), document.clone());
                }
            }
            Operation::DeleteInline { on, name } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.inline.remove(name);
                }
            }
            Operation::Attach { on, arn } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.attached.insert(arn.clone());
                }
                if let Some(policy) = self.policy_mut(arn) {
                    policy.attached_to.insert(on.clone());
                }
            }
            Operation::Detach { on, arn } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.attached.remove(arn);
                }
                if let Some(policy) = self.policy_mut(arn) {
                    policy.attached_to.remove(on);
                }
            }
            Operation::SetBoundary { on, arn } => {
                self.bound(on, Some(arn));
                if let Some(holder) = self.holder_mut(on) {
                    holder.boundary = Some(arn.clone());
                }
            }
            Operation::RemoveBoundary { on } => {
                self.bound(on, None);
                if let Some(holder) = self.holder_mut(on) {
                    holder.boundary = None;
                }
            }
            Operation::Tag { on, tags } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.tags.extend(tags.clone());
                }
            }
            Operation::Untag { on, keys } => {
                if let Some(holder) = self.holder_mut(on) {
                    holder.tags.retain(|key, _| !keys.contains(key));
                }
            }
            Operation::AddMember { user, group } => {
                self.memberships.insert((user.clone(), group.clone()));
            }
            Operation::RemoveMember { user, group } => {
                self.memberships.remove(&(user.clone(), group.clone()));
            }
            Operation::CreateLogin {
                user,
                reset_required,
            } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.login = Some(*reset_required);
                }
            }
            Operation::DeleteLogin { user } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.login = None;
                }
            }
            Operation::CreateKey { user, .. } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.keys.insert(NEW_KEY.to_owned(), true);
                }
            }
            Operation::RecordKey { user } => {
                if let Some(user) = self.users.get_mut(user) {
                    let tags = &mut user.holder.tags;
                    tags.insert(ACCESS_KEY_TAG.to_owned(), NEW_KEY.to_owned());
                }
            }
            Operation::DeleteCredential { user, credential } => {
                if let Some(user) = self.users.get_mut(user) {
                    if let Credential::AccessKey(id) = credential {
                        user.keys.remove(id);
                    }
                    user.credentials.retain(|other| other != credential);
                }
            }
            Operation::DeleteMfaDevice { serial } => {
                let device = Credential::Mfa(serial.clone());
                for user in self.users.values_mut() {
                    user.credentials.retain(|other| *other != device);
                }
            }
            Operation::SetPasswordPolicy { policy } => self.password_policy = Some(policy.clone()),
            Operation::DeletePasswordPolicy => self.password_policy = None,
            Operation::SetAlias { alias } | Operation::GiveBackAlias { alias } => {
                self.alias = Some(alias.clone())
            }
            Operation::DeleteAlias { .. } => self.alias = None,
            Operation::Rename { on, to, path } => self.rename(on, to, path),
            Operation::Provider(call) => self.perform_on_provider(call),
            Operation::Linked(call) => self.perform_on_linked(call),
            _ => {}
        }
    }

    fn perform_on_linked(&mut self, call: &LinkedCall) {
        match call {
            LinkedCall::Create { role, description } => {
                let made = LinkedState {
                    name: String::new(),
                    description: description.clone(),
                };
                self.linked.insert(role.clone(), made);
            }
            LinkedCall::Describe {
                role, description, ..
            } => {
                if let Some(role) = self.linked.get_mut(role) {
                    role.description = Some(description.clone());
                }
            }
            LinkedCall::Delete { role, .. } => {
                self.linked.remove(role);
            }
        }
    }

    fn policy_mut(&mut self, arn: &str) -> Option<&mut PolicyState> {
        let name = self.policy_by_arn(arn)?.0.to_owned();
        self.policies.get_mut(&name)
    }

    fn bound(&mut self, identity: &Identity, arn: Option<&str>) {
        for policy in self.policies.values_mut() {
            policy.boundary_of.remove(identity);
        }
        if let Some(policy) = arn.and_then(|arn| self.policy_mut(arn)) {
            policy.boundary_of.insert(identity.clone());
        }
    }
}
