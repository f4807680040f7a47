//! The calls that take a call back.
//!
//! Matched without a catch-all, so that a new call cannot be forgotten.

use std::collections::BTreeMap;

use super::operation::{LinkedCall, Operation, ProviderCall};
use crate::keys::ACCESS_KEY_TAG;
use crate::state::{
    Credential, Identity, Provider, ProviderTrust, RoleSettings, State, VersionState,
};

/// How a call is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inverse {
    /// By these calls, in this order; none where nothing was changed.
    Calls(Vec<Operation>),
    /// By none, and why.
    Never(&'static str),
}

use Inverse::Never;

const PASSWORD: &str = "IAM shows no password: the user needs a new one";
const KEY: &str = "IAM shows the secret of an access key once: the user needs a new key";
const MFA: &str = "an MFA device is registered again only with codes from it";
const SSH_KEY: &str = "the body of an SSH key is not read: its owner has to upload it again";
const CERTIFICATE: &str =
    "the body of a signing certificate is not read: its owner has to upload it again";
const SERVICE: &str =
    "IAM shows the password of a service-specific credential once: the user needs a new one";
const DEVICE: &str = "the seed of a virtual MFA device is shown once: the user needs a new device";
const VERSION: &str = "the document of a version that is not the default is not read";
const UNREAD: &str = "what was there before is not read";

impl Inverse {
    fn one(operation: Operation) -> Self {
        Self::Calls(vec![operation])
    }

    fn of(operation: Option<Operation>) -> Self {
        operation.map_or(Never(UNREAD), Self::one)
    }

    /// The calls, none where nothing takes it back: that needs no permission.
    pub(super) fn calls(self) -> Vec<Operation> {
        match self {
            Self::Calls(calls) => calls,
            Never(_) => Vec::new(),
        }
    }

    /// Why nothing takes it back.
    pub(super) fn never(&self) -> Option<&'static str> {
        match self {
            Self::Calls(_) => None,
            Never(why) => Some(why),
        }
    }
}

/// What takes a call back, from the state before it.
pub(super) fn inverse(operation: &Operation, before: &State) -> Inverse {
    match operation {
        Operation::PutInline { on, name, .. } | Operation::DeleteInline { on, name } => {
            let was = before.holder(on).and_then(|holder| holder.inline.get(name));
            let (on, name) = (on.clone(), name.clone());
            Inverse::one(match was.cloned() {
                Some(document) => Operation::PutInline { on, name, document },
                None => Operation::DeleteInline { on, name },
            })
        }
        Operation::Attach { on, arn } => Inverse::one(Operation::Detach {
            on: on.clone(),
            arn: arn.clone(),
        }),
        Operation::Detach { on, arn } => Inverse::one(Operation::Attach {
            on: on.clone(),
            arn: arn.clone(),
        }),
        Operation::SetBoundary { on, .. } | Operation::RemoveBoundary { on } => {
            let was = before.holder(on).and_then(|holder| holder.boundary.clone());
            let on = on.clone();
            Inverse::one(match was {
                Some(arn) => Operation::SetBoundary { on, arn },
                None => Operation::RemoveBoundary { on },
            })
        }
        Operation::AddMember { user, group } => Inverse::one(Operation::RemoveMember {
            user: user.clone(),
            group: group.clone(),
        }),
        Operation::RemoveMember { user, group } => Inverse::one(Operation::AddMember {
            user: user.clone(),
            group: group.clone(),
        }),
        Operation::CreatePolicy { name, path, .. } => Inverse::one(Operation::DeletePolicy {
            name: name.clone(),
            arn: before.account.policy_arn(path, name),
        }),
        Operation::CreatePolicyVersion { name, arn, .. } => {
            let was = before.policies.get(name);
            Inverse::of(was.map(|policy| Operation::CreatePolicyVersion {
                name: name.clone(),
                arn: arn.clone(),
                document: policy.document.clone(),
            }))
        }
        Operation::StageVersion { name, arn, .. } => {
            let Some(policy) = before.policies.get(name) else {
                return Never(UNREAD);
            };
            let numbers = policy.versions.iter().map(VersionState::number);
            Inverse::one(Operation::DeletePolicyVersion {
                name: name.clone(),
                arn: arn.clone(),
                version: format!("v{}", numbers.max().unwrap_or(0) + 1),
            })
        }
        Operation::SwitchVersion {
            name,
            arn,
            version,
            from,
            ..
        } => {
            let Some(policy) = before.policies.get(name) else {
                return Never(UNREAD);
            };
            let newest = policy.versions.last().map(|version| version.id.clone());
            Inverse::one(Operation::SwitchVersion {
                name: name.clone(),
                arn: arn.clone(),
                document: policy.document.clone(),
                version: Some(from.clone()),
                from: version.clone().or(newest).unwrap_or_default(),
            })
        }
        Operation::DeletePolicyVersion {
            name, arn, version, ..
        } => {
            let policy = before.policies.get(name);
            let versions = policy.into_iter().flat_map(|policy| &policy.versions);
            let mut this = versions.filter(|other| other.id == *version);
            match this.next().and_then(|this| this.document.clone()) {
                Some(document) => Inverse::one(Operation::StageVersion {
                    name: name.clone(),
                    arn: arn.clone(),
                    document,
                }),
                None => Never(VERSION),
            }
        }
        Operation::DeletePolicy { name, .. } => {
            let was = before.policies.get(name);
            Inverse::of(was.map(|policy| Operation::CreatePolicy {
                name: name.clone(),
                path: policy.path.clone(),
                description: policy.description.clone(),
                document: policy.document.clone(),
                tags: policy.tags.clone().unwrap_or_default(),
            }))
        }
        Operation::TagPolicy { name, arn, tags } => Inverse::Calls(retag_policy(
            name,
            arn,
            before,
            tags.keys().map(String::as_str),
        )),
        Operation::UntagPolicy { name, arn, keys } => Inverse::Calls(retag_policy(
            name,
            arn,
            before,
            keys.iter().map(String::as_str),
        )),
        Operation::CreateGroup { name, .. } => {
            Inverse::one(Operation::DeleteGroup { name: name.clone() })
        }
        Operation::CreateUser { name, .. } => {
            Inverse::one(Operation::DeleteUser { name: name.clone() })
        }
        Operation::CreateRole { name, .. } => {
            Inverse::one(Operation::DeleteRole { name: name.clone() })
        }
        Operation::MoveGroup { name, .. } => {
            Inverse::of(before.groups.get(name).map(|group| Operation::MoveGroup {
                name: name.clone(),
                path: group.path.clone(),
            }))
        }
        Operation::DeleteGroup { name } => {
            Inverse::of(before.groups.get(name).map(|group| Operation::CreateGroup {
                name: name.clone(),
                path: group.path.clone(),
            }))
        }
        Operation::MoveUser { name, .. } => {
            Inverse::of(before.users.get(name).map(|user| Operation::MoveUser {
                name: name.clone(),
                path: user.holder.path.clone(),
            }))
        }
        Operation::DeleteUser { name } => {
            Inverse::of(before.users.get(name).map(|user| Operation::CreateUser {
                name: name.clone(),
                path: user.holder.path.clone(),
                boundary: user.holder.boundary.clone(),
                tags: user.holder.tags.clone(),
            }))
        }
        Operation::UpdateRole { name, .. } => {
            let settings = before
                .roles
                .get(name)
                .and_then(|role| role.settings.clone());
            Inverse::of(settings.map(|settings| Operation::UpdateRole {
                name: name.clone(),
                settings,
            }))
        }
        Operation::UpdateTrust { name, .. } => {
            Inverse::of(before.roles.get(name).map(|role| Operation::UpdateTrust {
                name: name.clone(),
                document: role.trust.clone(),
            }))
        }
        Operation::DeleteRole { name } => {
            Inverse::of(before.roles.get(name).map(|role| Operation::CreateRole {
                name: name.clone(),
                path: role.holder.path.clone(),
                trust: role.trust.clone(),
                // Those of a role that goes may not be read; its creation needs the
                // same permission with any.
                settings: role.settings.clone().unwrap_or_else(|| RoleSettings {
                    description: String::new(),
                    max_session_seconds: 3_600,
                }),
                boundary: role.holder.boundary.clone(),
                tags: role.holder.tags.clone(),
            }))
        }
        Operation::CreateProfile { name, .. } => {
            Inverse::one(Operation::DeleteProfile { name: name.clone() })
        }
        Operation::AddRoleToProfile { profile, role } => {
            Inverse::one(Operation::RemoveRoleFromProfile {
                profile: profile.clone(),
                role: role.clone(),
            })
        }
        Operation::RemoveRoleFromProfile { profile, role } => {
            Inverse::one(Operation::AddRoleToProfile {
                profile: profile.clone(),
                role: role.clone(),
            })
        }
        Operation::DeleteProfile { name } => {
            Inverse::of(before.profiles.get(name).map(|profile| {
                Operation::CreateProfile {
                    name: name.clone(),
                    path: profile.path.clone(),
                    // Those of a profile are never read.
                    tags: BTreeMap::new(),
                }
            }))
        }
        Operation::Tag { on, tags } => {
            Inverse::Calls(retag(on, before, tags.keys().map(String::as_str)))
        }
        Operation::Untag { on, keys } => {
            Inverse::Calls(retag(on, before, keys.iter().map(String::as_str)))
        }
        Operation::CreateLogin { user, .. } => {
            Inverse::one(Operation::DeleteLogin { user: user.clone() })
        }
        Operation::DeleteLogin { .. } => Never(PASSWORD),
        // Its id is not known before; the permission does not name it.
        Operation::CreateKey { user, .. } => Inverse::one(Operation::DeleteCredential {
            user: user.clone(),
            credential: Credential::AccessKey(String::new()),
        }),
        Operation::RecordKey { user } => {
            let on = Identity::User(user.clone());
            Inverse::Calls(retag(&on, before, [ACCESS_KEY_TAG]))
        }
        Operation::DeleteCredential { credential, .. } => Never(match credential {
            Credential::AccessKey(_) => KEY,
            Credential::Mfa(_) => MFA,
            Credential::SshKey(_) => SSH_KEY,
            Credential::SigningCertificate(_) => CERTIFICATE,
            Credential::ServiceSpecific(_) => SERVICE,
        }),
        Operation::DeleteMfaDevice { .. } => Never(DEVICE),
        Operation::SetPasswordPolicy { .. } | Operation::DeletePasswordPolicy => {
            Inverse::one(match before.password_policy.clone() {
                Some(policy) => Operation::SetPasswordPolicy { policy },
                None => Operation::DeletePasswordPolicy,
            })
        }
        Operation::SetAlias { alias } | Operation::GiveBackAlias { alias } => {
            Inverse::one(match before.alias.clone() {
                Some(alias) => Operation::SetAlias { alias },
                None => Operation::DeleteAlias {
                    alias: alias.clone(),
                },
            })
        }
        Operation::DeleteAlias { alias } => Inverse::one(Operation::SetAlias {
            alias: alias.clone(),
        }),
        Operation::Rename { on, to, .. } => {
            let renamed = match on {
                Identity::User(_) => Identity::User(to.clone()),
                Identity::Group(_) => Identity::Group(to.clone()),
                Identity::Role(_) => Identity::Role(to.clone()),
            };
            Inverse::of(before.holder(on).map(|holder| Operation::Rename {
                on: renamed,
                to: on.name().to_owned(),
                path: holder.path.clone(),
            }))
        }
        Operation::Provider(call) => provider(call, before),
        Operation::Linked(call) => linked(call, before),
    }
}

/// The tags that were there under these keys, and the keys under which none was.
fn split<'k>(
    were: &BTreeMap<String, String>,
    keys: impl IntoIterator<Item = &'k str>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut tags, mut new) = (BTreeMap::new(), Vec::new());
    for key in keys {
        match were.get(key) {
            Some(value) => {
                tags.insert(key.to_owned(), value.clone());
            }
            None => new.push(key.to_owned()),
        }
    }
    (tags, new)
}

fn retag<'k>(
    on: &Identity,
    before: &State,
    keys: impl IntoIterator<Item = &'k str>,
) -> Vec<Operation> {
    let none = BTreeMap::new();
    let were = before.holder(on).map_or(&none, |holder| &holder.tags);
    let (tags, keys) = split(were, keys);
    let on = on.clone();
    let mut calls = Vec::new();
    if !tags.is_empty() {
        let on = on.clone();
        calls.push(Operation::Tag { on, tags });
    }
    if !keys.is_empty() {
        calls.push(Operation::Untag { on, keys });
    }
    calls
}

fn retag_policy<'k>(
    name: &str,
    arn: &str,
    before: &State,
    keys: impl IntoIterator<Item = &'k str>,
) -> Vec<Operation> {
    let were = before
        .policies
        .get(name)
        .and_then(|policy| policy.tags.clone());
    let (tags, keys) = split(&were.unwrap_or_default(), keys);
    let (name, arn) = (name.to_owned(), arn.to_owned());
    let mut calls = Vec::new();
    if !tags.is_empty() {
        let (name, arn) = (name.clone(), arn.clone());
        calls.push(Operation::TagPolicy { name, arn, tags });
    }
    if !keys.is_empty() {
        calls.push(Operation::UntagPolicy { name, arn, keys });
    }
    calls
}

fn provider(call: &ProviderCall, before: &State) -> Inverse {
    let was = before.providers.get(&call.provider());
    let on = call.provider();
    let arn = call.arn().to_owned();
    let back = |call| Inverse::one(Operation::Provider(call));
    let tags = |keys: Vec<&str>| {
        let none = BTreeMap::new();
        let were = was.map_or(&none, |provider| &provider.tags);
        let (tags, keys) = split(were, keys);
        let mut calls = Vec::new();
        if !tags.is_empty() {
            calls.push(Operation::Provider(ProviderCall::Tag {
                on: on.clone(),
                arn: arn.clone(),
                tags,
            }));
        }
        if !keys.is_empty() {
            calls.push(Operation::Provider(ProviderCall::Untag {
                on: on.clone(),
                arn: arn.clone(),
                keys,
            }));
        }
        Inverse::Calls(calls)
    };
    match call {
        ProviderCall::CreateOidc { .. } | ProviderCall::CreateSaml { .. } => {
            back(ProviderCall::Delete {
                on: on.clone(),
                arn: arn.clone(),
            })
        }
        ProviderCall::AddClientId { url, id, .. } => back(ProviderCall::RemoveClientId {
            url: url.clone(),
            arn: arn.clone(),
            id: id.clone(),
        }),
        ProviderCall::RemoveClientId { url, id, .. } => back(ProviderCall::AddClientId {
            url: url.clone(),
            arn: arn.clone(),
            id: id.clone(),
        }),
        ProviderCall::SetThumbprints { url, .. } => match was.map(|provider| &provider.trust) {
            Some(ProviderTrust::Oidc { thumbprints, .. }) => back(ProviderCall::SetThumbprints {
                url: url.clone(),
                arn: arn.clone(),
                thumbprints: thumbprints.clone(),
            }),
            Some(ProviderTrust::Saml { .. }) | None => Never(UNREAD),
        },
        ProviderCall::SetMetadata { name, .. } => match was.map(|provider| &provider.trust) {
            Some(ProviderTrust::Saml { metadata }) => back(ProviderCall::SetMetadata {
                name: name.clone(),
                arn: arn.clone(),
                metadata: metadata.clone(),
            }),
            Some(ProviderTrust::Oidc { .. }) | None => Never(UNREAD),
        },
        ProviderCall::Tag { tags: new, .. } => tags(new.keys().map(String::as_str).collect()),
        ProviderCall::Untag { keys, .. } => tags(keys.iter().map(String::as_str).collect()),
        ProviderCall::Delete { .. } => {
            let Some(provider) = was else {
                return Never(UNREAD);
            };
            let tags = provider.tags.clone();
            match (&provider.trust, &on) {
                (
                    ProviderTrust::Oidc {
                        client_ids,
                        thumbprints,
                    },
                    Provider::Oidc(url),
                ) => back(ProviderCall::CreateOidc {
                    url: url.clone(),
                    arn: arn.clone(),
                    client_ids: client_ids.clone(),
                    thumbprints: thumbprints.clone(),
                    tags,
                }),
                (ProviderTrust::Saml { metadata }, Provider::Saml(name)) => {
                    back(ProviderCall::CreateSaml {
                        name: name.clone(),
                        arn: arn.clone(),
                        metadata: metadata.clone(),
                        tags,
                    })
                }
                (ProviderTrust::Oidc { .. }, Provider::Saml(_))
                | (ProviderTrust::Saml { .. }, Provider::Oidc(_)) => Never(UNREAD),
            }
        }
    }
}

fn linked(call: &LinkedCall, before: &State) -> Inverse {
    let was = before.linked.get(call.role());
    let back = |call| Inverse::one(Operation::Linked(call));
    match call {
        // AWS chooses the name, which is not known before.
        LinkedCall::Create { role, .. } => back(LinkedCall::Delete {
            role: role.clone(),
            name: String::new(),
        }),
        LinkedCall::Describe { role, name, .. } => {
            let description = was.and_then(|state| state.description.clone());
            back(LinkedCall::Describe {
                role: role.clone(),
                name: name.clone(),
                description: description.unwrap_or_default(),
            })
        }
        LinkedCall::Delete { role, .. } => back(LinkedCall::Create {
            role: role.clone(),
            description: was.and_then(|state| state.description.clone()),
        }),
    }
}

#[cfg(test)]
mod tests;
