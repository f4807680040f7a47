//! One writing call to IAM, as a value.

mod linked;
mod provider;

use std::collections::BTreeMap;

use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::state::{Credential, Identity, RoleSettings};
pub(crate) use linked::LinkedCall;
pub(crate) use provider::ProviderCall;

/// One writing call. A step of a plan makes exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreatePolicy {
        name: String,
        path: String,
        description: String,
        document: PolicyText,
        tags: BTreeMap<String, String>,
    },
    /// Makes the new version the default one.
    CreatePolicyVersion {
        name: String,
        arn: String,
        document: PolicyText,
    },
    /// Makes a version that waits: it gives nothing until it is switched to.
    StageVersion {
        name: String,
        arn: String,
        document: PolicyText,
    },
    /// Makes a waiting version of this document the default one in place of the version `from`.
    SwitchVersion {
        name: String,
        arn: String,
        document: PolicyText,
        /// `None` for the one that StageVersion makes in the same plan.
        version: Option<String>,
        from: String,
    },
    DeletePolicyVersion {
        name: String,
        arn: String,
        version: String,
    },
    DeletePolicy {
        name: String,
        arn: String,
    },
    TagPolicy {
        name: String,
        arn: String,
        tags: BTreeMap<String, String>,
    },
    UntagPolicy {
        name: String,
        arn: String,
        keys: Vec<String>,
    },
    CreateGroup {
        name: String,
        path: String,
    },
    MoveGroup {
        name: String,
        path: String,
    },
    DeleteGroup {
        name: String,
    },
    CreateUser {
        name: String,
        path: String,
        boundary: Option<String>,
        tags: BTreeMap<String, String>,
    },
    MoveUser {
        name: String,
        path: String,
    },
    DeleteUser {
        name: String,
    },
    CreateRole {
        name: String,
        path: String,
        trust: PolicyText,
        settings: RoleSettings,
        boundary: Option<String>,
        tags: BTreeMap<String, String>,
    },
    /// Sends the description and the longest session together: IAM resets what it is not given.
    UpdateRole {
        name: String,
        settings: RoleSettings,
    },
    UpdateTrust {
        name: String,
        document: PolicyText,
    },
    DeleteRole {
        name: String,
    },
    CreateProfile {
        name: String,
        path: String,
        tags: BTreeMap<String, String>,
    },
    AddRoleToProfile {
        profile: String,
        role: String,
    },
    RemoveRoleFromProfile {
        profile: String,
        role: String,
    },
    DeleteProfile {
        name: String,
    },
    PutInline {
        on: Identity,
        name: String,
        document: PolicyText,
    },
    DeleteInline {
        on: Identity,
        name: String,
    },
    Attach {
        on: Identity,
        arn: String,
    },
    Detach {
        on: Identity,
        arn: String,
    },
    /// Users and roles only, as the next three.
    SetBoundary {
        on: Identity,
        arn: String,
    },
    RemoveBoundary {
        on: Identity,
    },
    Tag {
        on: Identity,
        tags: BTreeMap<String, String>,
    },
    Untag {
        on: Identity,
        keys: Vec<String>,
    },
    AddMember {
        user: String,
        group: String,
    },
    RemoveMember {
        user: String,
        group: String,
    },
    CreateLogin {
        user: String,
        reset_required: bool,
    },
    DeleteLogin {
        user: String,
    },
    /// Beside the keys `keep`, which are all that the user has.
    CreateKey {
        user: String,
        keep: Vec<String>,
    },
    /// Tags the user with the id of the key that CreateKey made and delivered.
    RecordKey {
        user: String,
    },
    DeleteCredential {
        user: String,
        credential: Credential,
    },
    /// Deletes a virtual MFA device once it is deactivated.
    DeleteMfaDevice {
        serial: String,
    },
    SetPasswordPolicy {
        policy: PasswordPolicy,
    },
    DeletePasswordPolicy,
    /// Takes the place of the alias there was.
    SetAlias {
        alias: String,
    },
    /// The alias that there was before the bundle. Where another account has taken it
    /// meanwhile, the account is left without one.
    GiveBackAlias {
        alias: String,
    },
    DeleteAlias {
        alias: String,
    },
    /// Users and groups only. The path is that of the new name.
    Rename {
        on: Identity,
        to: String,
        path: String,
    },
    Provider(ProviderCall),
    Linked(LinkedCall),
}

impl Operation {
    /// The name of the API call.
    pub(crate) fn call(&self) -> &'static str {
        let by = |on: &Identity, user, group, role| match on {
            Identity::User(_) => user,
            Identity::Group(_) => group,
            Identity::Role(_) => role,
        };
        match self {
            Self::CreatePolicy { .. } => "CreatePolicy",
            Self::CreatePolicyVersion { .. } | Self::StageVersion { .. } => "CreatePolicyVersion",
            Self::SwitchVersion { .. } => "SetDefaultPolicyVersion",
            Self::DeletePolicyVersion { .. } => "DeletePolicyVersion",
            Self::DeletePolicy { .. } => "DeletePolicy",
            Self::TagPolicy { .. } => "TagPolicy",
            Self::UntagPolicy { .. } => "UntagPolicy",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::MoveGroup { .. } => "UpdateGroup",
            Self::DeleteGroup { .. } => "DeleteGroup",
            Self::CreateUser { .. } => "CreateUser",
            Self::MoveUser { .. } => "UpdateUser",
            Self::DeleteUser { .. } => "DeleteUser",
            Self::CreateRole { .. } => "CreateRole",
            Self::UpdateRole { .. } => "UpdateRole",
            Self::UpdateTrust { .. } => "UpdateAssumeRolePolicy",
            Self::DeleteRole { .. } => "DeleteRole",
            Self::CreateProfile { .. } => "CreateInstanceProfile",
            Self::AddRoleToProfile { .. } => "AddRoleToInstanceProfile",
            Self::RemoveRoleFromProfile { .. } => "RemoveRoleFromInstanceProfile",
            Self::DeleteProfile { .. } => "DeleteInstanceProfile",
            Self::PutInline { on, .. } => {
                by(on, "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy")
            }
            Self::DeleteInline { on, .. } => by(
                on,
                "DeleteUserPolicy",
                "DeleteGroupPolicy",
                "DeleteRolePolicy",
            ),
            Self::Attach { on, .. } => by(
                on,
                "AttachUserPolicy",
                "AttachGroupPolicy",
                "AttachRolePolicy",
            ),
            Self::Detach { on, .. } => by(
                on,
                "DetachUserPolicy",
                "DetachGroupPolicy",
                "DetachRolePolicy",
            ),
            Self::SetBoundary { on, .. } => by(
                on,
                "PutUserPermissionsBoundary",
                "",
                "PutRolePermissionsBoundary",
            ),
            Self::RemoveBoundary { on } => by(
                on,
                "DeleteUserPermissionsBoundary",
                "",
                "DeleteRolePermissionsBoundary",
            ),
            Self::Tag { on, .. } => by(on, "TagUser", "", "TagRole"),
            Self::Untag { on, .. } => by(on, "UntagUser", "", "UntagRole"),
            Self::AddMember { .. } => "AddUserToGroup",
            Self::RemoveMember { .. } => "RemoveUserFromGroup",
            Self::CreateLogin { .. } => "CreateLoginProfile",
            Self::DeleteLogin { .. } => "DeleteLoginProfile",
            Self::CreateKey { .. } => "CreateAccessKey",
            Self::RecordKey { .. } => "TagUser",
            Self::DeleteCredential { credential, .. } => match credential {
                Credential::AccessKey(_) => "DeleteAccessKey",
                Credential::Mfa(_) => "DeactivateMFADevice",
                Credential::SshKey(_) => "DeleteSSHPublicKey",
                Credential::SigningCertificate(_) => "DeleteSigningCertificate",
                Credential::ServiceSpecific(_) => "DeleteServiceSpecificCredential",
            },
            Self::DeleteMfaDevice { .. } => "DeleteVirtualMFADevice",
            Self::SetPasswordPolicy { .. } => "UpdateAccountPasswordPolicy",
            Self::DeletePasswordPolicy => "DeleteAccountPasswordPolicy",
            Self::SetAlias { .. } | Self::GiveBackAlias { .. } => "CreateAccountAlias",
            Self::DeleteAlias { .. } => "DeleteAccountAlias",
            Self::Rename { on, .. } => by(on, "UpdateUser", "UpdateGroup", ""),
            Self::Provider(call) => call.call(),
            Self::Linked(call) => call.call(),
        }
    }

    /// The entity that the call changes: IAM does not change one entity twice at a time.
    pub(crate) fn entity(&self) -> (&'static str, &str) {
        let of = |on: &'_ Identity| match on {
            Identity::User(_) => "user",
            Identity::Group(_) => "group",
            Identity::Role(_) => "role",
        };
        match self {
            Self::CreatePolicy { name, .. }
            | Self::CreatePolicyVersion { name, .. }
            | Self::StageVersion { name, .. }
            | Self::SwitchVersion { name, .. }
            | Self::DeletePolicyVersion { name, .. }
            | Self::DeletePolicy { name, .. }
            | Self::TagPolicy { name, .. }
            | Self::UntagPolicy { name, .. } => ("policy", name),
            Self::CreateGroup { name, .. }
            | Self::MoveGroup { name, .. }
            | Self::DeleteGroup { name }
            | Self::AddMember { group: name, .. }
            | Self::RemoveMember { group: name, .. } => ("group", name),
            Self::CreateUser { name, .. }
            | Self::MoveUser { name, .. }
            | Self::DeleteUser { name }
            | Self::CreateLogin { user: name, .. }
            | Self::DeleteLogin { user: name }
            | Self::CreateKey { user: name, .. }
            | Self::RecordKey { user: name }
            | Self::DeleteCredential { user: name, .. } => ("user", name),
            Self::CreateRole { name, .. }
            | Self::UpdateRole { name, .. }
            | Self::UpdateTrust { name, .. }
            | Self::DeleteRole { name } => ("role", name),
            Self::CreateProfile { name, .. }
            | Self::AddRoleToProfile { profile: name, .. }
            | Self::RemoveRoleFromProfile { profile: name, .. }
            | Self::DeleteProfile { name } => ("instance profile", name),
            Self::PutInline { on, .. }
            | Self::DeleteInline { on, .. }
            | Self::Attach { on, .. }
            | Self::Detach { on, .. }
            | Self::SetBoundary { on, .. }
            | Self::RemoveBoundary { on }
            | Self::Tag { on, .. }
            | Self::Untag { on, .. } => (of(on), on.name()),
            Self::Rename { on, to, .. } => (of(on), to),
            Self::DeleteMfaDevice { serial } => ("MFA device", serial),
            Self::SetPasswordPolicy { .. } | Self::DeletePasswordPolicy => ("password policy", ""),
            Self::SetAlias { .. } | Self::GiveBackAlias { .. } | Self::DeleteAlias { .. } => {
                ("account alias", "")
            }
            Self::Provider(call) => ("provider", call.arn()),
            Self::Linked(call) => ("service-linked role", &call.role().service),
        }
    }

    /// The new name or path that a call gives a user, which trust policies follow: IAM
    /// keeps whom they name by id.
    pub(crate) fn as_rename(&self) -> Option<Self> {
        match self {
            Self::Rename { .. } => Some(self.clone()),
            Self::MoveUser { name, path } => Some(Self::Rename {
                on: Identity::User(name.clone()),
                to: name.clone(),
                path: path.clone(),
            }),
            _ => None,
        }
    }

    /// Whether the call makes a credential, which a [`SecretSink`](crate::SecretSink) receives.
    pub(crate) fn makes_credential(&self) -> bool {
        matches!(self, Self::CreateLogin { .. } | Self::CreateKey { .. })
    }

    /// What the call changes, for a sentence.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::CreatePolicy { name, .. }
            | Self::CreatePolicyVersion { name, .. }
            | Self::StageVersion { name, .. }
            | Self::SwitchVersion { name, .. }
            | Self::DeletePolicyVersion { name, .. }
            | Self::DeletePolicy { name, .. }
            | Self::TagPolicy { name, .. }
            | Self::UntagPolicy { name, .. } => format!("managed policy {name}"),
            Self::CreateGroup { name, .. }
            | Self::MoveGroup { name, .. }
            | Self::DeleteGroup { name } => format!("group {name}"),
            Self::CreateUser { name, .. }
            | Self::MoveUser { name, .. }
            | Self::DeleteUser { name } => format!("user {name}"),
            Self::CreateRole { name, .. }
            | Self::UpdateRole { name, .. }
            | Self::DeleteRole { name } => format!("role {name}"),
            Self::CreateProfile { name, .. } | Self::DeleteProfile { name } => {
                format!("instance profile {name}")
            }
            Self::AddRoleToProfile { profile, role }
            | Self::RemoveRoleFromProfile { profile, role } => {
                format!("role {role} in instance profile {profile}")
            }
            Self::Tag { on, .. } | Self::Untag { on, .. } => format!("tags of {on}"),
            Self::CreateLogin { user, .. } | Self::DeleteLogin { user } => {
                format!("console password of user {user}")
            }
            Self::CreateKey { user, .. } | Self::RecordKey { user } => {
                format!("access key of user {user}")
            }
            Self::PutInline { on, name, .. } | Self::DeleteInline { on, name } => {
                format!("inline policy {name} of {on}")
            }
            Self::Attach { on, arn } | Self::Detach { on, arn } => format!("policy {arn} on {on}"),
            Self::SetBoundary { on, .. } | Self::RemoveBoundary { on } => {
                format!("permissions boundary of {on}")
            }
            Self::AddMember { user, group } | Self::RemoveMember { user, group } => {
                format!("membership of user {user} in group {group}")
            }
            Self::UpdateTrust { name, .. } => format!("trust policy of role {name}"),
            Self::Rename { on, .. } => on.to_string(),
            Self::Provider(call) => call.provider().to_string(),
            Self::Linked(call) => call.role().to_string(),
            other => other.call().to_owned(),
        }
    }
}
