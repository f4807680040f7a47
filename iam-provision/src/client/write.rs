//! The writing calls: one per [`Operation`].

use std::collections::BTreeMap;

use aws_sdk_iam::error::BuildError;
use aws_sdk_iam::types::Tag;

use super::Client;
use super::failure::Failure;
use crate::plan::operation::Operation;
use crate::state::{Credential, Identity};

/// Sends a prepared call and turns its failure into this crate's.
macro_rules! send {
    ($client:expr, $operation:expr, $call:expr) => {
        $call.send().await.map(|_| ()).map_err(|error| {
            $crate::client::failure::Failure::new($operation.call(), &$client.endpoint, &error)
        })
    };
}
pub(super) use send;

impl Client {
    /// Makes the call. `password` is there for CreateLoginProfile alone.
    pub(crate) async fn execute(
        &self,
        operation: &Operation,
        password: Option<&str>,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match operation {
            Operation::CreatePolicy {
                name,
                path,
                description,
                document,
                tags,
            } => send!(
                self,
                operation,
                iam.create_policy()
                    .policy_name(name)
                    .path(path)
                    .set_description((!description.is_empty()).then(|| description.clone()))
                    .policy_document(document.json())
                    .set_tags(tag_list(operation, tags)?)
            ),
            Operation::CreatePolicyVersion { arn, document, .. } => send!(
                self,
                operation,
                iam.create_policy_version()
                    .policy_arn(arn)
                    .policy_document(document.json())
                    .set_as_default(true)
            ),
            Operation::DeletePolicyVersion { arn, version, .. } => {
                send!(
                    self,
                    operation,
                    iam.delete_policy_version()
                        .policy_arn(arn)
                        .version_id(version)
                )
            }
            Operation::DeletePolicy { arn, .. } => {
                send!(self, operation, iam.delete_policy().policy_arn(arn))
            }
            Operation::TagPolicy { arn, tags, .. } => {
                send!(
                    self,
                    operation,
                    iam.tag_policy()
                        .policy_arn(arn)
                        .set_tags(tag_list(operation, tags)?)
                )
            }
            Operation::UntagPolicy { arn, keys, .. } => {
                send!(
                    self,
                    operation,
                    iam.untag_policy()
                        .policy_arn(arn)
                        .set_tag_keys(Some(keys.clone()))
                )
            }
            Operation::CreateGroup { name, path } => {
                send!(
                    self,
                    operation,
                    iam.create_group().group_name(name).path(path)
                )
            }
            Operation::MoveGroup { name, path } => {
                send!(
                    self,
                    operation,
                    iam.update_group().group_name(name).new_path(path)
                )
            }
            Operation::DeleteGroup { name } => {
                send!(self, operation, iam.delete_group().group_name(name))
            }
            Operation::CreateUser {
                name,
                path,
                boundary,
                tags,
            } => send!(
                self,
                operation,
                iam.create_user()
                    .user_name(name)
                    .path(path)
                    .set_permissions_boundary(boundary.clone())
                    .set_tags(tag_list(operation, tags)?)
            ),
            Operation::MoveUser { name, path } => {
                send!(
                    self,
                    operation,
                    iam.update_user().user_name(name).new_path(path)
                )
            }
            Operation::DeleteUser { name } => {
                send!(self, operation, iam.delete_user().user_name(name))
            }
            Operation::CreateRole {
                name,
                path,
                trust,
                settings,
                boundary,
                tags,
            } => send!(
                self,
                operation,
                iam.create_role()
                    .role_name(name)
                    .path(path)
                    .assume_role_policy_document(trust.json())
                    .set_description(
                        (!settings.description.is_empty()).then(|| settings.description.clone())
                    )
                    .max_session_duration(settings.max_session_seconds)
                    .set_permissions_boundary(boundary.clone())
                    .set_tags(tag_list(operation, tags)?)
            ),
            Operation::UpdateRole { name, settings } => send!(
                self,
                operation,
                iam.update_role()
                    .role_name(name)
                    .description(&settings.description)
                    .max_session_duration(settings.max_session_seconds)
            ),
            Operation::UpdateTrust { name, document } => send!(
                self,
                operation,
                iam.update_assume_role_policy()
                    .role_name(name)
                    .policy_document(document.json())
            ),
            Operation::DeleteRole { name } => {
                send!(self, operation, iam.delete_role().role_name(name))
            }
            Operation::CreateProfile { name, path, tags } => send!(
                self,
                operation,
                iam.create_instance_profile()
                    .instance_profile_name(name)
                    .path(path)
                    .set_tags(tag_list(operation, tags)?)
            ),
            Operation::AddRoleToProfile { profile, role } => send!(
                self,
                operation,
                iam.add_role_to_instance_profile()
                    .instance_profile_name(profile)
                    .role_name(role)
            ),
            Operation::RemoveRoleFromProfile { profile, role } => send!(
                self,
                operation,
                iam.remove_role_from_instance_profile()
                    .instance_profile_name(profile)
                    .role_name(role)
            ),
            Operation::DeleteProfile { name } => {
                send!(
                    self,
                    operation,
                    iam.delete_instance_profile().instance_profile_name(name)
                )
            }
            Operation::AddMember { user, group } => {
                send!(
                    self,
                    operation,
                    iam.add_user_to_group().user_name(user).group_name(group)
                )
            }
            Operation::RemoveMember { user, group } => {
                send!(
                    self,
                    operation,
                    iam.remove_user_from_group()
                        .user_name(user)
                        .group_name(group)
                )
            }
            Operation::SetPasswordPolicy { policy } => send!(
                self,
                operation,
                iam.update_account_password_policy()
                    .minimum_password_length(policy.minimum_length)
                    .require_uppercase_characters(policy.require_uppercase)
                    .require_lowercase_characters(policy.require_lowercase)
                    .require_numbers(policy.require_numbers)
                    .require_symbols(policy.require_symbols)
                    .allow_users_to_change_password(policy.users_may_change)
                    .set_max_password_age(policy.max_age)
                    .set_password_reuse_prevention(policy.reuse_prevention)
                    .hard_expiry(policy.hard_expiry)
            ),
            Operation::DeletePasswordPolicy => {
                send!(self, operation, iam.delete_account_password_policy())
            }
            Operation::SetAlias { alias } | Operation::GiveBackAlias { alias } => {
                send!(
                    self,
                    operation,
                    iam.create_account_alias().account_alias(alias)
                )
            }
            Operation::DeleteAlias { alias } => {
                send!(
                    self,
                    operation,
                    iam.delete_account_alias().account_alias(alias)
                )
            }
            Operation::Rename { on, to, path } => self.rename(operation, on, to, path).await,
            Operation::Provider(call) => self.change_provider(operation, call).await,
            Operation::Linked(call) => self.change_linked_role(operation, call).await,
            // What these need beside the operation, or tell, only an apply knows.
            Operation::CreateKey { .. }
            | Operation::RecordKey { .. }
            | Operation::StageVersion { .. }
            | Operation::SwitchVersion { .. } => Err(Failure::incomplete(
                operation.call(),
                "form outside of an apply",
            )),
            Operation::CreateLogin {
                user,
                reset_required,
            } => send!(
                self,
                operation,
                iam.create_login_profile()
                    .user_name(user)
                    .set_password(password.map(str::to_owned))
                    .password_reset_required(*reset_required)
            ),
            Operation::DeleteLogin { user } => {
                send!(self, operation, iam.delete_login_profile().user_name(user))
            }
            Operation::DeleteCredential { user, credential } => {
                self.delete_credential(operation, user, credential).await
            }
            Operation::DeleteMfaDevice { serial } => {
                send!(
                    self,
                    operation,
                    iam.delete_virtual_mfa_device().serial_number(serial)
                )
            }
            Operation::PutInline { on, name, document } => {
                self.put_inline(operation, on, name, document.json()).await
            }
            Operation::DeleteInline { on, name } => self.delete_inline(operation, on, name).await,
            Operation::Attach { on, arn } => self.attach(operation, on, arn).await,
            Operation::Detach { on, arn } => self.detach(operation, on, arn).await,
            Operation::SetBoundary { .. }
            | Operation::RemoveBoundary { .. }
            | Operation::Tag { .. }
            | Operation::Untag { .. } => self.mark(operation).await,
        }
    }

    async fn rename(
        &self,
        operation: &Operation,
        on: &Identity,
        to: &str,
        path: &str,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Identity::User(name) => send!(
                self,
                operation,
                iam.update_user()
                    .user_name(name)
                    .new_user_name(to)
                    .new_path(path)
            ),
            Identity::Group(name) => send!(
                self,
                operation,
                iam.update_group()
                    .group_name(name)
                    .new_group_name(to)
                    .new_path(path)
            ),
            Identity::Role(_) => Err(Failure::incomplete(
                operation.call(),
                "form for roles: IAM renames none",
            )),
        }
    }

    async fn put_inline(
        &self,
        operation: &Operation,
        on: &Identity,
        name: &str,
        document: &str,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Identity::User(user) => send!(
                self,
                operation,
                iam.put_user_policy()
                    .user_name(user)
                    .policy_name(name)
                    .policy_document(document)
            ),
            Identity::Group(group) => send!(
                self,
                operation,
                iam.put_group_policy()
                    .group_name(group)
                    .policy_name(name)
                    .policy_document(document)
            ),
            Identity::Role(role) => send!(
                self,
                operation,
                iam.put_role_policy()
                    .role_name(role)
                    .policy_name(name)
                    .policy_document(document)
            ),
        }
    }

    async fn delete_inline(
        &self,
        operation: &Operation,
        on: &Identity,
        name: &str,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Identity::User(user) => send!(
                self,
                operation,
                iam.delete_user_policy().user_name(user).policy_name(name)
            ),
            Identity::Group(group) => send!(
                self,
                operation,
                iam.delete_group_policy()
                    .group_name(group)
                    .policy_name(name)
            ),
            Identity::Role(role) => send!(
                self,
                operation,
                iam.delete_role_policy().role_name(role).policy_name(name)
            ),
        }
    }

    async fn attach(&self, operation: &Operation, on: &Identity, arn: &str) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Identity::User(user) => send!(
                self,
                operation,
                iam.attach_user_policy().user_name(user).policy_arn(arn)
            ),
            Identity::Group(group) => send!(
                self,
                operation,
                iam.attach_group_policy().group_name(group).policy_arn(arn)
            ),
            Identity::Role(role) => send!(
                self,
                operation,
                iam.attach_role_policy().role_name(role).policy_arn(arn)
            ),
        }
    }

    async fn detach(&self, operation: &Operation, on: &Identity, arn: &str) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Identity::User(user) => send!(
                self,
                operation,
                iam.detach_user_policy().user_name(user).policy_arn(arn)
            ),
            Identity::Group(group) => send!(
                self,
                operation,
                iam.detach_group_policy().group_name(group).policy_arn(arn)
            ),
            Identity::Role(role) => send!(
                self,
                operation,
                iam.detach_role_policy().role_name(role).policy_arn(arn)
            ),
        }
    }

    /// Boundaries and tags, which groups have not.
    async fn mark(&self, operation: &Operation) -> Result<(), Failure> {
        let iam = &self.iam;
        match operation {
            Operation::SetBoundary {
                on: Identity::User(user),
                arn,
            } => {
                send!(
                    self,
                    operation,
                    iam.put_user_permissions_boundary()
                        .user_name(user)
                        .permissions_boundary(arn)
                )
            }
            Operation::SetBoundary {
                on: Identity::Role(role),
                arn,
            } => {
                send!(
                    self,
                    operation,
                    iam.put_role_permissions_boundary()
                        .role_name(role)
                        .permissions_boundary(arn)
                )
            }
            Operation::RemoveBoundary {
                on: Identity::User(user),
            } => {
                send!(
                    self,
                    operation,
                    iam.delete_user_permissions_boundary().user_name(user)
                )
            }
            Operation::RemoveBoundary {
                on: Identity::Role(role),
            } => {
                send!(
                    self,
                    operation,
                    iam.delete_role_permissions_boundary().role_name(role)
                )
            }
            Operation::Tag {
                on: Identity::User(user),
                tags,
            } => {
                send!(
                    self,
                    operation,
                    iam.tag_user()
                        .user_name(user)
                        .set_tags(tag_list(operation, tags)?)
                )
            }
            Operation::Tag {
                on: Identity::Role(role),
                tags,
            } => {
                send!(
                    self,
                    operation,
                    iam.tag_role()
                        .role_name(role)
                        .set_tags(tag_list(operation, tags)?)
                )
            }
            Operation::Untag {
                on: Identity::User(user),
                keys,
            } => {
                send!(
                    self,
                    operation,
                    iam.untag_user()
                        .user_name(user)
                        .set_tag_keys(Some(keys.clone()))
                )
            }
            Operation::Untag {
                on: Identity::Role(role),
                keys,
            } => {
                send!(
                    self,
                    operation,
                    iam.untag_role()
                        .role_name(role)
                        .set_tag_keys(Some(keys.clone()))
                )
            }
            other => Err(Failure::incomplete(
                other.call(),
                "form for groups: they have no boundary and no tags",
            )),
        }
    }

    async fn delete_credential(
        &self,
        operation: &Operation,
        user: &str,
        credential: &Credential,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match credential {
            Credential::AccessKey(id) => send!(
                self,
                operation,
                iam.delete_access_key().user_name(user).access_key_id(id)
            ),
            Credential::Mfa(serial) => {
                send!(
                    self,
                    operation,
                    iam.deactivate_mfa_device()
                        .user_name(user)
                        .serial_number(serial)
                )
            }
            Credential::SshKey(id) => send!(
                self,
                operation,
                iam.delete_ssh_public_key()
                    .user_name(user)
                    .ssh_public_key_id(id)
            ),
            Credential::SigningCertificate(id) => send!(
                self,
                operation,
                iam.delete_signing_certificate()
                    .user_name(user)
                    .certificate_id(id)
            ),
            Credential::ServiceSpecific(id) => send!(
                self,
                operation,
                iam.delete_service_specific_credential()
                    .user_name(user)
                    .service_specific_credential_id(id)
            ),
        }
    }
}

pub(super) fn tag_list(
    operation: &Operation,
    tags: &BTreeMap<String, String>,
) -> Result<Option<Vec<Tag>>, Failure> {
    let list = tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<Tag>, BuildError>>()
        .map_err(|_| Failure::incomplete(operation.call(), "complete tag"))?;
    Ok((!list.is_empty()).then_some(list))
}
