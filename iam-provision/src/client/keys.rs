//! Reads and writes that sessions, leases and key rotation need beside the
//! plan's.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_iam::types::StatusType;

use super::Client;
use super::failure::{Failure, FailureKind};
use super::read::tags;
use crate::document::PolicyText;

/// A key that was just made.
pub(crate) struct NewKey {
    pub(crate) credentials: Credentials,
    /// When, by IAM's clock.
    pub(crate) made: Option<SystemTime>,
}

/// A key that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedKey {
    pub(crate) id: String,
    pub(crate) active: bool,
    pub(crate) made: Option<SystemTime>,
}

/// What a user holds, read list by list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) groups: Vec<String>,
    pub(crate) attached: Vec<String>,
    pub(crate) inline: Vec<String>,
}

/// What GetUser says of a user.
pub(crate) struct Listed {
    pub(crate) arn: String,
    pub(crate) path: String,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Client {
    /// Makes a key. The SDK must not repeat this call: see [`crate::keys`].
    pub(crate) async fn create_access_key(&self, user: &str) -> Result<NewKey, Failure> {
        const CALL: &str = "CreateAccessKey";
        let answer = self
            .iam
            .create_access_key()
            .user_name(user)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let key = answer
            .access_key()
            .ok_or_else(|| Failure::incomplete(CALL, "AccessKey"))?;
        Ok(NewKey {
            credentials: Credentials::new(
                key.access_key_id(),
                key.secret_access_key(),
                None,
                None,
                "iam-provision",
            ),
            made: key
                .create_date()
                .and_then(|at| SystemTime::try_from(*at).ok()),
        })
    }

    pub(crate) async fn access_keys(&self, user: &str) -> Result<Vec<ListedKey>, Failure> {
        const CALL: &str = "ListAccessKeys";
        let mut found = Vec::new();
        let mut pages = self
            .iam
            .list_access_keys()
            .user_name(user)
            .into_paginator()
            .items()
            .send();
        while let Some(key) = pages.next().await {
            let key = key.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
            let id = key
                .access_key_id()
                .ok_or_else(|| Failure::incomplete(CALL, "AccessKeyId"))?;
            found.push(ListedKey {
                id: id.to_owned(),
                active: key.status() == Some(&StatusType::Active),
                made: key
                    .create_date()
                    .and_then(|at| SystemTime::try_from(*at).ok()),
            });
        }
        Ok(found)
    }

    /// When a key was last used; `None` if it never was.
    pub(crate) async fn key_last_used(&self, id: &str) -> Result<Option<SystemTime>, Failure> {
        const CALL: &str = "GetAccessKeyLastUsed";
        let answer = self
            .iam
            .get_access_key_last_used()
            .access_key_id(id)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        Ok(answer
            .access_key_last_used()
            .and_then(|used| used.last_used_date())
            .and_then(|at| SystemTime::try_from(*at).ok()))
    }

    pub(crate) async fn set_key_active(
        &self,
        user: &str,
        id: &str,
        active: bool,
    ) -> Result<(), Failure> {
        const CALL: &str = "UpdateAccessKey";
        let status = if active {
            StatusType::Active
        } else {
            StatusType::Inactive
        };
        self.iam
            .update_access_key()
            .user_name(user)
            .access_key_id(id)
            .status(status)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))
    }

    /// A user's path and tags; `None` if there is no such user.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<Listed>, Failure> {
        const CALL: &str = "GetUser";
        let answer = self.iam.get_user().user_name(name).send().await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(None);
        };
        let user = answer
            .user()
            .ok_or_else(|| Failure::incomplete(CALL, "User"))?;
        Ok(Some(Listed {
            arn: user.arn().to_owned(),
            path: user.path().to_owned(),
            tags: tags(user.tags()),
        }))
    }

    /// The names of the users under a path.
    pub(crate) async fn user_names(&self, path: &str) -> Result<Vec<String>, Failure> {
        const CALL: &str = "ListUsers";
        let mut found = Vec::new();
        let mut pages = self
            .iam
            .list_users()
            .path_prefix(path)
            .into_paginator()
            .items()
            .send();
        while let Some(user) = pages.next().await {
            let user = user.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
            found.push(user.user_name().to_owned());
        }
        Ok(found)
    }

    /// Groups, attachments and inline policies of a user.
    pub(crate) async fn held(&self, user: &str) -> Result<Held, Failure> {
        let mut held = Held::default();
        let mut groups = self
            .iam
            .list_groups_for_user()
            .user_name(user)
            .into_paginator()
            .items()
            .send();
        while let Some(group) = groups.next().await {
            let group =
                group.map_err(|error| Failure::new("ListGroupsForUser", &self.endpoint, &error))?;
            held.groups.push(group.group_name().to_owned());
        }
        let mut attached = self
            .iam
            .list_attached_user_policies()
            .user_name(user)
            .into_paginator()
            .items()
            .send();
        while let Some(policy) = attached.next().await {
            let policy = policy.map_err(|error| {
                Failure::new("ListAttachedUserPolicies", &self.endpoint, &error)
            })?;
            held.attached.extend(policy.policy_arn().map(str::to_owned));
        }
        let mut inline = self
            .iam
            .list_user_policies()
            .user_name(user)
            .into_paginator()
            .items()
            .send();
        while let Some(name) = inline.next().await {
            let name =
                name.map_err(|error| Failure::new("ListUserPolicies", &self.endpoint, &error))?;
            held.inline.push(name);
        }
        Ok(held)
    }

    /// An inline policy of a role; `None` where there is none of that name.
    pub(crate) async fn role_policy(
        &self,
        role: &str,
        name: &str,
    ) -> Result<Option<PolicyText>, Failure> {
        const CALL: &str = "GetRolePolicy";
        let answer = self
            .iam
            .get_role_policy()
            .role_name(role)
            .policy_name(name)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Some(PolicyText::from_wire(answer.policy_document()))),
            Err(error) => {
                let failure = Failure::new(CALL, &self.endpoint, &error);
                // The role itself may be what is missing.
                if failure.kind == FailureKind::NoSuchEntity && !failure.mentions("role with name")
                {
                    return Ok(None);
                }
                Err(failure)
            }
        }
    }
}
