//! Managed policies and instance profiles.

use std::collections::BTreeMap;

use super::Differ;
use super::ledger::VERSIONS;
use crate::desired::MANAGED_POLICY_SIZE;
use crate::document::PolicyText;
use crate::names::OWNER_TAG;
use crate::plan::NoteKind;
use crate::plan::operation::Operation;
use crate::state::{Identity, PolicyState, VersionState};

impl Differ<'_> {
    pub(super) fn policies(&mut self) {
        for (name, wanted) in &self.want.policies {
            match self.now.policies.get(name) {
                None => {
                    let mut tags = wanted.tags.clone().unwrap_or_default();
                    tags.insert(OWNER_TAG.to_owned(), self.target.bundle.clone());
                    self.push(Operation::CreatePolicy {
                        name: name.clone(),
                        path: wanted.path.clone(),
                        description: wanted.description.clone(),
                        document: wanted.document.clone(),
                        tags,
                    });
                }
                Some(now) => self.policy(name, wanted, now),
            }
        }
        for name in self.removed.policies.clone() {
            self.remove_policy(&name);
        }
    }

    fn policy(&mut self, name: &str, wanted: &PolicyState, now: &PolicyState) {
        let place = format!("managed policy {name}");
        if now.path != wanted.path {
            self.cannot_move(&place, &now.path, &wanted.path);
            return;
        }
        if now.description != wanted.description {
            self.note(
                NoteKind::Left,
                format!("{place}: its description is {:?} and IAM cannot change it to {:?}; a new policy under another name would have it", now.description, wanted.description),
            );
        }
        let arn = self.now.account.policy_arn(&now.path, name);
        let document = if now.document.means_the_same_as(&wanted.document) {
            None
        } else {
            self.with_kept_denies(
                &place,
                name,
                Some(&wanted.document),
                &now.document,
                MANAGED_POLICY_SIZE,
            )
            .filter(|document| !document.means_the_same_as(&now.document))
        };
        self.versions(name, &arn, now, document);
        // Read only where the bundle declares tags.
        if let (Some(wanted), Some(now)) = (&wanted.tags, &now.tags) {
            let mut wanted = wanted.clone();
            wanted.insert(OWNER_TAG.to_owned(), self.target.bundle.clone());
            let (set, unset) = tag_changes(&wanted, now);
            if !set.is_empty() {
                self.push(Operation::TagPolicy {
                    name: name.to_owned(),
                    arn: arn.clone(),
                    tags: set,
                });
            }
            if !unset.is_empty() && !self.target.shared_policies.contains(name) {
                self.push(Operation::UntagPolicy {
                    name: name.to_owned(),
                    arn,
                    keys: unset,
                });
            }
        }
    }

    /// The versions that bring a document in force, where it is to change, and
    /// room for them: IAM keeps five.
    fn versions(&mut self, name: &str, arn: &str, now: &PolicyState, document: Option<PolicyText>) {
        let two_steps = self.target.two_step_policies.contains(name);
        let wanted = document.as_ref().unwrap_or(&now.document);
        // One whose document is not read is left alone.
        let newer: Vec<(&VersionState, bool)> = now
            .newer_versions()
            .filter_map(|version| {
                let document = version.document.as_ref()?;
                Some((version, document.means_the_same_as(wanted)))
            })
            .filter(|_| two_steps)
            .collect();
        let unwanted: Vec<String> = newer
            .iter()
            .filter(|(_, waits)| !waits)
            .map(|(version, _)| version.id.clone())
            .collect();
        let waiting = newer.iter().rfind(|(_, waits)| *waits);
        let waiting = waiting.map(|(version, _)| version.id.clone());
        let (name, arn) = (name.to_owned(), arn.to_owned());
        let delete = |version: &String| Operation::DeletePolicyVersion {
            name: name.clone(),
            arn: arn.clone(),
            version: version.clone(),
        };
        unwanted
            .iter()
            .for_each(|version| self.push(delete(version)));
        let Some(document) = document else {
            return;
        };
        let from = now.default_version().unwrap_or_default().to_owned();
        let makes_one = !two_steps || waiting.is_none();
        if makes_one && now.versions.len() - unwanted.len() >= VERSIONS {
            let mut kept = now.versions.iter();
            let oldest = kept.find(|v| !v.is_default && !unwanted.contains(&v.id));
            if let Some(oldest) = oldest {
                self.push(delete(&oldest.id));
            }
        }
        if !two_steps {
            self.push(Operation::CreatePolicyVersion {
                name,
                arn,
                document,
            });
            return;
        }
        if makes_one {
            self.push(Operation::StageVersion {
                name: name.clone(),
                arn: arn.clone(),
                document: document.clone(),
            });
        }
        self.push(Operation::SwitchVersion {
            name,
            arn,
            document,
            version: waiting,
            from,
        });
    }

    fn remove_policy(&mut self, name: &str) {
        let Some(policy) = self.now.policies.get(name) else {
            return;
        };
        let place = format!("managed policy {name}");
        let arn = self.now.account.policy_arn(&policy.path, name);
        let grants_only = !policy
            .document
            .statements()
            .iter()
            .any(|s| s.effect == crate::document::Effect::Deny)
            && policy.document.document().is_some();
        for identity in &policy.attached_to {
            if self.is_ours(identity) {
                continue; // Its own comparison detaches it.
            }
            if grants_only {
                self.push(Operation::Detach {
                    on: identity.clone(),
                    arn: arn.clone(),
                });
            } else {
                self.problem(
                    &place,
                    format!("is to be deleted, but is attached to {identity}, which is not this bundle's, and denies: deleting it would give {identity} more access; detach it there first"),
                );
            }
        }
        for identity in &policy.boundary_of {
            if !self.is_ours(identity) {
                self.problem(
                    &place,
                    format!("is to be deleted, but is the permissions boundary of {identity}, which is not this bundle's; give {identity} another boundary first"),
                );
            }
        }
        for version in policy.versions.iter().filter(|v| !v.is_default) {
            self.push(Operation::DeletePolicyVersion {
                name: name.to_owned(),
                arn: arn.clone(),
                version: version.id.clone(),
            });
        }
        self.push(Operation::DeletePolicy {
            name: name.to_owned(),
            arn,
        });
    }

    pub(super) fn profiles(&mut self) {
        for (name, wanted) in &self.want.profiles {
            let now = self.now.profiles.get(name);
            if now.is_none() {
                self.push(Operation::CreateProfile {
                    name: name.clone(),
                    path: wanted.path.clone(),
                    tags: BTreeMap::from([(OWNER_TAG.to_owned(), self.target.bundle.clone())]),
                });
            }
            if let Some(now) = now
                && now.path != wanted.path
            {
                self.cannot_move(&format!("instance profile {name}"), &now.path, &wanted.path);
                continue;
            }
            let holds = now.and_then(|profile| profile.role.clone());
            if holds == wanted.role {
                continue;
            }
            if let Some(role) = holds {
                self.push(Operation::RemoveRoleFromProfile {
                    profile: name.clone(),
                    role,
                });
            }
            if let Some(role) = &wanted.role {
                if !self.want.roles.contains_key(role) && !self.now.roles.contains_key(role) {
                    self.problem(
                        format!("instance profile {name}"),
                        format!(
                            "there is no role `{role}`; add it to the bundle, or create it first"
                        ),
                    );
                }
                self.push(Operation::AddRoleToProfile {
                    profile: name.clone(),
                    role: role.clone(),
                });
            }
        }
        for name in self.removed.profiles.clone() {
            if let Some(role) = self
                .now
                .profiles
                .get(&name)
                .and_then(|profile| profile.role.clone())
            {
                self.push(Operation::RemoveRoleFromProfile {
                    profile: name.clone(),
                    role,
                });
            }
            self.push(Operation::DeleteProfile { name });
        }
        // A role cannot be deleted while any profile holds it, whoever made the profile.
        let holders: Vec<(String, String)> = self
            .now
            .profiles
            .iter()
            .filter(|(name, _)| {
                !self.want.profiles.contains_key(*name) && !self.removed.profiles.contains(*name)
            })
            .filter_map(|(name, profile)| Some((name.clone(), profile.role.clone()?)))
            .filter(|(_, role)| {
                self.removed
                    .identities
                    .contains(&Identity::Role(role.clone()))
            })
            .collect();
        for (profile, role) in holders {
            self.push(Operation::RemoveRoleFromProfile { profile, role });
        }
    }

    pub(super) fn cannot_move(&mut self, place: &str, from: &str, to: &str) {
        self.problem(
            place,
            format!("exists at the path {from:?}, and IAM cannot move it to {to:?}; declare the path it has, or choose another name"),
        );
    }
}

/// The tags to set, and the keys to remove. Keys of AWS itself are left alone.
pub(super) fn tag_changes(
    wanted: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let set = wanted
        .iter()
        .filter(|(key, value)| now.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let unset = now
        .keys()
        .filter(|key| !wanted.contains_key(*key) && !key.to_ascii_lowercase().starts_with("aws:"))
        .cloned()
        .collect();
    (set, unset)
}
