//! Reads of one entity each, for callers who may not read the whole account.
//!
//! Names come back as IAM has them, which may be in another case than asked.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{InstanceProfile, PolicyScopeType, PolicyUsageType};

use super::Client;
use super::failure::{Failure, FailureKind};
use super::read::{attached, boundary, tags};
use crate::document::PolicyText;
use crate::state::{
    Holder, Identity, PolicyState, ProfileState, RoleSettings, RoleState, VersionState,
};

macro_rules! required {
    ($call:expr, $what:expr, $value:expr) => {
        $value.ok_or_else(|| Failure::incomplete($call, $what))?
    };
}

/// The items of a paginator, or `None` where its entity does not exist.
macro_rules! all_items {
    ($client:expr, $call:expr, $paginator:expr) => {{
        let mut pages = $paginator.into_paginator().items().send();
        let mut items = Vec::new();
        let mut missing = false;
        while let Some(item) = pages.next().await {
            match $client.found($call, item)? {
                Some(item) => items.push(item),
                None => missing = true,
            }
        }
        (!missing).then_some(items)
    }};
}

/// What a look at a managed policy came to.
enum Found {
    Policy(String, Box<PolicyState>),
    Nothing,
    /// The version that was in force has gone.
    Moved,
}

/// A customer managed policy of a list.
pub(crate) struct ListedPolicy {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The id of its default version.
    pub(crate) version: String,
}

fn profile_state(profile: &InstanceProfile) -> (String, ProfileState) {
    let role = profile.roles().first();
    let state = ProfileState {
        path: profile.path().to_owned(),
        role: role.map(|role| role.role_name().to_owned()),
    };
    (profile.instance_profile_name().to_owned(), state)
}

impl Client {
    /// A user's name, path, tags and boundary.
    pub(crate) async fn named_user(&self, name: &str) -> Result<Option<(String, Holder)>, Failure> {
        const CALL: &str = "GetUser";
        let answer = self.iam.get_user().user_name(name).send().await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(None);
        };
        let user = required!(CALL, "User", answer.user());
        let holder = Holder {
            path: user.path().to_owned(),
            tags: tags(user.tags()),
            boundary: boundary(user.permissions_boundary()),
            ..Holder::default()
        };
        Ok(Some((user.user_name().to_owned(), holder)))
    }

    /// A role with all that GetRole shows.
    pub(crate) async fn named_role(
        &self,
        name: &str,
    ) -> Result<Option<(String, RoleState)>, Failure> {
        const CALL: &str = "GetRole";
        let answer = self.iam.get_role().role_name(name).send().await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(None);
        };
        let role = required!(CALL, "Role", answer.role());
        let trust = required!(
            CALL,
            "AssumeRolePolicyDocument",
            role.assume_role_policy_document()
        );
        let state = RoleState {
            holder: Holder {
                path: role.path().to_owned(),
                tags: tags(role.tags()),
                boundary: boundary(role.permissions_boundary()),
                ..Holder::default()
            },
            trust: PolicyText::from_wire(trust),
            settings: Some(RoleSettings {
                description: role.description().unwrap_or_default().to_owned(),
                max_session_seconds: role.max_session_duration().unwrap_or(3_600),
            }),
        };
        Ok(Some((role.role_name().to_owned(), state)))
    }

    /// A group's name and path.
    pub(crate) async fn named_group(
        &self,
        name: &str,
    ) -> Result<Option<(String, Holder)>, Failure> {
        const CALL: &str = "GetGroup";
        let answer = self.iam.get_group().group_name(name).max_items(1).send();
        let Some(answer) = self.found(CALL, answer.await)? else {
            return Ok(None);
        };
        let group = required!(CALL, "Group", answer.group());
        let holder = Holder {
            path: group.path().to_owned(),
            ..Holder::default()
        };
        Ok(Some((group.group_name().to_owned(), holder)))
    }

    /// A group's name and path, and all its members.
    pub(crate) async fn group_with_members(
        &self,
        name: &str,
    ) -> Result<Option<(String, Holder, BTreeSet<String>)>, Failure> {
        const CALL: &str = "GetGroup";
        let mut pages = self.iam.get_group().group_name(name).max_items(1_000);
        let mut members = BTreeSet::new();
        loop {
            let Some(answer) = self.found(CALL, pages.clone().send().await)? else {
                return Ok(None);
            };
            members.extend(
                answer
                    .users()
                    .iter()
                    .map(|user| user.user_name().to_owned()),
            );
            let group = required!(CALL, "Group", answer.group());
            match answer.marker().filter(|_| answer.is_truncated()) {
                Some(marker) => pages = pages.marker(marker),
                None => {
                    let holder = Holder {
                        path: group.path().to_owned(),
                        ..Holder::default()
                    };
                    return Ok(Some((group.group_name().to_owned(), holder, members)));
                }
            }
        }
    }

    /// An instance profile by the name that it has.
    pub(crate) async fn named_profile(
        &self,
        name: &str,
    ) -> Result<Option<(String, ProfileState)>, Failure> {
        const CALL: &str = "GetInstanceProfile";
        let ask = self.iam.get_instance_profile().instance_profile_name(name);
        let Some(answer) = self.found(CALL, ask.send().await)? else {
            return Ok(None);
        };
        let profile = required!(CALL, "InstanceProfile", answer.instance_profile());
        Ok(Some(profile_state(profile)))
    }

    /// An instance profile.
    pub(crate) async fn instance_profile(
        &self,
        name: &str,
    ) -> Result<Option<ProfileState>, Failure> {
        let found = self.named_profile(name).await?;
        Ok(found.map(|(_, profile)| profile))
    }

    /// The instance profiles that hold a role.
    pub(crate) async fn profiles_of(
        &self,
        role: &str,
    ) -> Result<Vec<(String, ProfileState)>, Failure> {
        const CALL: &str = "ListInstanceProfilesForRole";
        let ask = self.iam.list_instance_profiles_for_role().role_name(role);
        let profiles = all_items!(self, CALL, ask);
        Ok(profiles
            .unwrap_or_default()
            .iter()
            .map(profile_state)
            .collect())
    }

    /// Customer managed policies below a path, with their default versions.
    pub(crate) async fn local_policies(&self, path: &str) -> Result<Vec<ListedPolicy>, Failure> {
        const CALL: &str = "ListPolicies";
        let ask = self.iam.list_policies().path_prefix(path).max_items(1_000);
        let ask = ask.scope(PolicyScopeType::Local);
        let policies = all_items!(self, CALL, ask).unwrap_or_default();
        policies
            .iter()
            .map(|policy| {
                Ok(ListedPolicy {
                    name: required!(CALL, "PolicyName", policy.policy_name()).to_owned(),
                    arn: required!(CALL, "Arn", policy.arn()).to_owned(),
                    version: required!(CALL, "DefaultVersionId", policy.default_version_id())
                        .to_owned(),
                })
            })
            .collect()
    }

    /// Who has a managed policy attached, and who has it as boundary, in two calls:
    /// one answer for both does not tell which is which.
    pub(crate) async fn policy_holders(
        &self,
        arn: &str,
    ) -> Result<(BTreeSet<Identity>, BTreeSet<Identity>), Failure> {
        let attached = self.holders_by(arn, PolicyUsageType::PermissionsPolicy);
        let bounded = self.holders_by(arn, PolicyUsageType::PermissionsBoundary);
        Ok((attached.await?, bounded.await?))
    }

    async fn holders_by(
        &self,
        arn: &str,
        usage: PolicyUsageType,
    ) -> Result<BTreeSet<Identity>, Failure> {
        const CALL: &str = "ListEntitiesForPolicy";
        let mut ask = self.iam.list_entities_for_policy().policy_arn(arn);
        ask = ask.policy_usage_filter(usage).max_items(1_000);
        let mut holders = BTreeSet::new();
        loop {
            let Some(answer) = self.found(CALL, ask.clone().send().await)? else {
                return Ok(holders);
            };
            for user in answer.policy_users() {
                let name = required!(CALL, "UserName", user.user_name());
                holders.insert(Identity::User(name.to_owned()));
            }
            for group in answer.policy_groups() {
                let name = required!(CALL, "GroupName", group.group_name());
                holders.insert(Identity::Group(name.to_owned()));
            }
            for role in answer.policy_roles() {
                let name = required!(CALL, "RoleName", role.role_name());
                holders.insert(Identity::Role(name.to_owned()));
            }
            match answer.marker().filter(|_| answer.is_truncated()) {
                Some(marker) => ask = ask.marker(marker),
                None => return Ok(holders),
            }
        }
    }

    /// A managed policy with its default version alone, in two calls.
    pub(crate) async fn named_policy(
        &self,
        arn: &str,
    ) -> Result<Option<(String, PolicyState)>, Failure> {
        // Between the two calls the version may have gone, because there is a newer one.
        for _ in 0..3 {
            match self.policy_at(arn).await? {
                Found::Policy(name, policy) => return Ok(Some((name, *policy))),
                Found::Nothing => return Ok(None),
                Found::Moved => {}
            }
        }
        Err(Failure::incomplete(
            "GetPolicyVersion",
            "document of the default version, which changes all the time",
        ))
    }

    async fn policy_at(&self, arn: &str) -> Result<Found, Failure> {
        const CALL: &str = "GetPolicy";
        let answer = self.iam.get_policy().policy_arn(arn).send().await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(Found::Nothing);
        };
        let policy = required!(CALL, "Policy", answer.policy());
        let version = required!(CALL, "DefaultVersionId", policy.default_version_id());
        let Some(document) = self.policy_version(arn, version).await? else {
            return Ok(Found::Moved);
        };
        let name = required!(CALL, "PolicyName", policy.policy_name()).to_owned();
        let state = PolicyState {
            path: policy.path().unwrap_or("/").to_owned(),
            description: policy.description().unwrap_or_default().to_owned(),
            document,
            versions: vec![VersionState {
                id: version.to_owned(),
                is_default: true,
                document: None,
            }],
            tags: Some(tags(policy.tags())),
            attached_to: BTreeSet::new(),
            boundary_of: BTreeSet::new(),
        };
        Ok(Found::Policy(name, Box::new(state)))
    }

    /// The document of one version of a managed policy.
    pub(crate) async fn policy_version(
        &self,
        arn: &str,
        version: &str,
    ) -> Result<Option<PolicyText>, Failure> {
        const CALL: &str = "GetPolicyVersion";
        let answer = self
            .iam
            .get_policy_version()
            .policy_arn(arn)
            .version_id(version)
            .send()
            .await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(None);
        };
        let document = answer.policy_version().and_then(|v| v.document());
        Ok(Some(PolicyText::from_wire(required!(
            CALL, "Document", document
        ))))
    }

    /// Which version of a managed policy is the default one, in one call.
    pub(crate) async fn default_version(&self, arn: &str) -> Result<Option<String>, Failure> {
        const CALL: &str = "GetPolicy";
        let answer = self.iam.get_policy().policy_arn(arn).send().await;
        let answer = self.found(CALL, answer)?;
        let policy = answer.as_ref().and_then(|answer| answer.policy());
        Ok(policy
            .and_then(|policy| policy.default_version_id())
            .map(str::to_owned))
    }

    /// The versions of a managed policy, from the oldest to the newest.
    pub(crate) async fn policy_versions(&self, arn: &str) -> Result<Vec<VersionState>, Failure> {
        const CALL: &str = "ListPolicyVersions";
        let versions = all_items!(self, CALL, self.iam.list_policy_versions().policy_arn(arn));
        let mut versions: Vec<VersionState> = versions
            .unwrap_or_default()
            .into_iter()
            .map(|version| VersionState {
                id: version.version_id().unwrap_or_default().to_owned(),
                is_default: version.is_default_version(),
                document: None,
            })
            .collect();
        versions.sort_by_key(|version| crate::state::version_number(&version.id));
        Ok(versions)
    }

    /// The names of an identity's inline policies.
    pub(crate) async fn inline_policy_names(
        &self,
        on: &Identity,
    ) -> Result<BTreeSet<String>, Failure> {
        let iam = &self.iam;
        let names = match on {
            Identity::User(name) => {
                const CALL: &str = "ListUserPolicies";
                all_items!(self, CALL, iam.list_user_policies().user_name(name))
            }
            Identity::Group(name) => {
                const CALL: &str = "ListGroupPolicies";
                all_items!(self, CALL, iam.list_group_policies().group_name(name))
            }
            Identity::Role(name) => {
                const CALL: &str = "ListRolePolicies";
                all_items!(self, CALL, iam.list_role_policies().role_name(name))
            }
        };
        Ok(names.unwrap_or_default().into_iter().collect())
    }

    /// One inline policy.
    pub(crate) async fn inline_policy(
        &self,
        on: &Identity,
        name: &str,
    ) -> Result<Option<(String, PolicyText)>, Failure> {
        let iam = &self.iam;
        let (call, found) = match on {
            Identity::User(user) => {
                const CALL: &str = "GetUserPolicy";
                let answer = iam.get_user_policy().user_name(user).policy_name(name);
                let answer = self.found(CALL, answer.send().await)?;
                let found = answer.map(|a| (a.policy_name, a.policy_document));
                (CALL, found)
            }
            Identity::Group(group) => {
                const CALL: &str = "GetGroupPolicy";
                let answer = iam.get_group_policy().group_name(group).policy_name(name);
                let answer = self.found(CALL, answer.send().await)?;
                let found = answer.map(|a| (a.policy_name, a.policy_document));
                (CALL, found)
            }
            Identity::Role(role) => {
                const CALL: &str = "GetRolePolicy";
                let answer = iam.get_role_policy().role_name(role).policy_name(name);
                let answer = self.found(CALL, answer.send().await)?;
                let found = answer.map(|a| (a.policy_name, a.policy_document));
                (CALL, found)
            }
        };
        let Some((name, document)) = found else {
            return Ok(None);
        };
        if document.is_empty() {
            return Err(Failure::incomplete(call, "PolicyDocument"));
        }
        Ok(Some((name, PolicyText::from_wire(&document))))
    }

    /// The ARNs of the managed policies attached to an identity.
    pub(crate) async fn attached_policies(
        &self,
        to: &Identity,
    ) -> Result<BTreeSet<String>, Failure> {
        let iam = &self.iam;
        let (call, list) = match to {
            Identity::User(name) => {
                const CALL: &str = "ListAttachedUserPolicies";
                let request = iam.list_attached_user_policies().user_name(name);
                (CALL, all_items!(self, CALL, request))
            }
            Identity::Group(name) => {
                const CALL: &str = "ListAttachedGroupPolicies";
                let request = iam.list_attached_group_policies().group_name(name);
                (CALL, all_items!(self, CALL, request))
            }
            Identity::Role(name) => {
                const CALL: &str = "ListAttachedRolePolicies";
                let request = iam.list_attached_role_policies().role_name(name);
                (CALL, all_items!(self, CALL, request))
            }
        };
        attached(call, &list.unwrap_or_default())
    }

    /// The names of the groups that a user is in.
    pub(crate) async fn groups_of(&self, user: &str) -> Result<BTreeSet<String>, Failure> {
        const CALL: &str = "ListGroupsForUser";
        let groups = all_items!(self, CALL, self.iam.list_groups_for_user().user_name(user));
        Ok(groups
            .unwrap_or_default()
            .iter()
            .map(|group| group.group_name().to_owned())
            .collect())
    }

    /// Whether the caller can assume a role now. Nothing is kept of the session.
    pub(crate) async fn can_assume(&self, arn: &str) -> Result<bool, Failure> {
        const CALL: &str = "AssumeRole";
        let answer = self
            .sts
            .assume_role()
            .role_arn(arn)
            .role_session_name("iam-provision-probe")
            .duration_seconds(900)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match Failure::new(CALL, &self.endpoint, &error) {
                failure if failure.kind == FailureKind::AccessDenied => Ok(false),
                failure => Err(failure),
            },
        }
    }
}
