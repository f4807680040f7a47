//! The reading calls.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, PolicyDetail, Tag,
};

use super::Client;
use super::failure::{Failure, FailureKind};
use super::version::read_version;
use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::error::{Error, ErrorKind};
use crate::state::{
    Account, Holder, Identity, PolicyState, ProfileState, Provider, RoleSettings, RoleState, State,
    UserState, version_number,
};

/// Who the credentials belong to.
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
}

/// What a page of the whole account was.
pub(crate) struct DetailsPage {
    /// The marker of the next page, if there is one.
    pub(crate) next: Option<String>,
    /// How many users, groups, roles and policies it had.
    pub(crate) entities: usize,
}

macro_rules! required {
    ($call:expr, $what:expr, $value:expr) => {
        $value.ok_or_else(|| Failure::incomplete($call, $what))?
    };
}

impl Client {
    pub(crate) async fn caller(&self) -> Result<Caller, Failure> {
        const CALL: &str = "GetCallerIdentity";
        let answer = self
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        Ok(Caller {
            account: required!(CALL, "Account", answer.account).clone(),
            arn: required!(CALL, "Arn", answer.arn).clone(),
        })
    }

    /// The whole account: users, groups, roles, customer managed policies and the
    /// instance profiles that hold a role.
    pub(crate) async fn authorization_details(&self, account: &Account) -> Result<State, Failure> {
        let mut all = State::empty(account.clone());
        let mut next = self.details_page(&mut all, None).await?.next;
        while next.is_some() {
            next = self.details_page(&mut all, next).await?.next;
        }
        link(&mut all);
        Ok(all)
    }

    /// A page of the whole account, added to `all`. [`link`] is to follow the last.
    pub(crate) async fn details_page(
        &self,
        all: &mut State,
        marker: Option<String>,
    ) -> Result<DetailsPage, Failure> {
        const CALL: &str = "GetAccountAuthorizationDetails";
        let page = self
            .iam
            .get_account_authorization_details()
            .filter(EntityType::User)
            .filter(EntityType::Group)
            .filter(EntityType::Role)
            .filter(EntityType::LocalManagedPolicy)
            .max_items(1000)
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        for user in page.user_detail_list() {
            let name = required!(CALL, "UserName", user.user_name()).to_owned();
            for group in user.group_list() {
                all.memberships.insert((name.clone(), group.clone()));
            }
            let holder = Holder {
                path: user.path().unwrap_or("/").to_owned(),
                inline: inline(CALL, user.user_policy_list())?,
                attached: attached(CALL, user.attached_managed_policies())?,
                boundary: boundary(user.permissions_boundary()),
                tags: tags(user.tags()),
            };
            all.users.insert(
                name,
                UserState {
                    holder,
                    login: None,
                    keys: BTreeMap::new(),
                    credentials: Vec::new(),
                },
            );
        }
        for group in page.group_detail_list() {
            let name = required!(CALL, "GroupName", group.group_name()).to_owned();
            let holder = Holder {
                path: group.path().unwrap_or("/").to_owned(),
                inline: inline(CALL, group.group_policy_list())?,
                attached: attached(CALL, group.attached_managed_policies())?,
                ..Holder::default()
            };
            all.groups.insert(name, holder);
        }
        for role in page.role_detail_list() {
            let name = required!(CALL, "RoleName", role.role_name()).to_owned();
            for profile in role.instance_profile_list() {
                all.profiles.insert(
                    profile.instance_profile_name().to_owned(),
                    ProfileState {
                        path: profile.path().to_owned(),
                        role: Some(name.clone()),
                    },
                );
            }
            let holder = Holder {
                path: role.path().unwrap_or("/").to_owned(),
                inline: inline(CALL, role.role_policy_list())?,
                attached: attached(CALL, role.attached_managed_policies())?,
                boundary: boundary(role.permissions_boundary()),
                tags: tags(role.tags()),
            };
            let trust = required!(
                CALL,
                "AssumeRolePolicyDocument",
                role.assume_role_policy_document()
            );
            all.roles.insert(
                name,
                RoleState {
                    holder,
                    trust: PolicyText::from_wire(trust),
                    settings: None,
                },
            );
        }
        for policy in page.policies() {
            // The ARN ends in the name; moto leaves the name itself out.
            let named = policy
                .policy_name()
                .or_else(|| policy.arn().and_then(|arn| arn.rsplit('/').next()));
            let name = required!(CALL, "PolicyName", named).to_owned();
            let mut versions: Vec<_> = policy.policy_version_list().iter().collect();
            versions
                .sort_by_key(|version| version_number(version.version_id().unwrap_or_default()));
            let default = required!(
                CALL,
                "default version",
                versions.iter().find(|version| version.is_default_version())
            );
            let document = required!(CALL, "Document", default.document());
            let in_force = version_number(default.version_id().unwrap_or_default());
            all.policies.insert(
                name,
                PolicyState {
                    path: policy.path().unwrap_or("/").to_owned(),
                    description: policy.description().unwrap_or_default().to_owned(),
                    document: PolicyText::from_wire(document),
                    versions: versions
                        .iter()
                        .map(|version| read_version(version, in_force))
                        .collect(),
                    tags: None,
                    attached_to: Default::default(),
                    boundary_of: Default::default(),
                },
            );
        }
        let next = page.marker().filter(|_| page.is_truncated());
        Ok(DetailsPage {
            next: next.map(str::to_owned),
            entities: page.user_detail_list().len()
                + page.group_detail_list().len()
                + page.role_detail_list().len()
                + page.policies().len(),
        })
    }

    /// Counts and quotas of the account, by AWS's names for them.
    pub(crate) async fn account_summary(&self) -> Result<BTreeMap<String, usize>, Failure> {
        const CALL: &str = "GetAccountSummary";
        let answer = self.iam.get_account_summary().send().await;
        let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let summary = required!(CALL, "SummaryMap", answer.summary_map());
        Ok(summary
            .iter()
            .filter_map(|(key, value)| {
                Some((key.as_str().to_owned(), usize::try_from(*value).ok()?))
            })
            .collect())
    }

    /// The account's password policy; `None` if it has none of its own.
    pub(crate) async fn password_policy(&self) -> Result<Option<PasswordPolicy>, Failure> {
        const CALL: &str = "GetAccountPasswordPolicy";
        let answer = self.iam.get_account_password_policy().send().await;
        let Some(answer) = self.found(CALL, answer)? else {
            return Ok(None);
        };
        let policy = required!(CALL, "PasswordPolicy", answer.password_policy());
        Ok(Some(PasswordPolicy {
            minimum_length: policy.minimum_password_length().unwrap_or(6),
            require_uppercase: policy.require_uppercase_characters(),
            require_lowercase: policy.require_lowercase_characters(),
            require_numbers: policy.require_numbers(),
            require_symbols: policy.require_symbols(),
            users_may_change: policy.allow_users_to_change_password(),
            // 0 stands for "not set" in some answers.
            max_age: policy.max_password_age().filter(|days| *days > 0),
            reuse_prevention: policy.password_reuse_prevention().filter(|last| *last > 0),
            hard_expiry: policy.hard_expiry().unwrap_or(false),
        }))
    }

    /// Whether a user has a console password, and whether it is to be changed.
    pub(crate) async fn login_profile(&self, user: &str) -> Result<Option<bool>, Failure> {
        const CALL: &str = "GetLoginProfile";
        let answer = self.iam.get_login_profile().user_name(user).send().await;
        Ok(self.found(CALL, answer)?.map(|answer| {
            answer
                .login_profile()
                .is_some_and(|profile| profile.password_reset_required())
        }))
    }

    pub(crate) async fn role_settings(&self, role: &str) -> Result<RoleSettings, Failure> {
        const CALL: &str = "GetRole";
        let answer = self
            .iam
            .get_role()
            .role_name(role)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let role = required!(CALL, "Role", answer.role());
        Ok(RoleSettings {
            description: role.description().unwrap_or_default().to_owned(),
            max_session_seconds: role.max_session_duration().unwrap_or(3_600),
        })
    }

    pub(crate) async fn policy_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, Failure> {
        const CALL: &str = "GetPolicy";
        let answer = self
            .iam
            .get_policy()
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        Ok(tags(required!(CALL, "Policy", answer.policy()).tags()))
    }

    /// Whether a managed policy is known not to exist. A caller who may not ask does not know.
    pub(crate) async fn policy_is_missing(&self, arn: &str) -> Result<bool, Failure> {
        match self.policy_tags(arn).await {
            Ok(_) => Ok(false),
            Err(failure) => match failure.kind {
                FailureKind::NoSuchEntity => Ok(true),
                FailureKind::AccessDenied => Ok(false),
                _ => Err(failure),
            },
        }
    }

    /// The tags of an entity that a create call found to exist already.
    pub(crate) async fn tags_of(
        &self,
        entity: &Existing,
    ) -> Result<BTreeMap<String, String>, Failure> {
        match entity {
            Existing::User(name) => {
                const CALL: &str = "GetUser";
                let answer = self.iam.get_user().user_name(name).send().await;
                let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
                Ok(tags(required!(CALL, "User", answer.user()).tags()))
            }
            Existing::Role(name) => {
                const CALL: &str = "GetRole";
                let answer = self.iam.get_role().role_name(name).send().await;
                let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
                Ok(tags(required!(CALL, "Role", answer.role()).tags()))
            }
            Existing::Provider(provider, arn) => {
                let found = self.provider(provider, arn).await?;
                Ok(found.map(|provider| provider.tags).unwrap_or_default())
            }
            Existing::Profile(name) => {
                const CALL: &str = "GetInstanceProfile";
                let answer = self
                    .iam
                    .get_instance_profile()
                    .instance_profile_name(name)
                    .send()
                    .await;
                let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
                Ok(tags(
                    required!(CALL, "InstanceProfile", answer.instance_profile()).tags(),
                ))
            }
        }
    }

    /// `None` where IAM says that there is no such entity; any other failure stays one.
    pub(super) fn found<T, E, R>(
        &self,
        call: &'static str,
        answer: Result<T, aws_sdk_iam::error::SdkError<E, R>>,
    ) -> Result<Option<T>, Failure>
    where
        E: aws_sdk_iam::error::ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match Failure::new(call, &self.endpoint, &error) {
                failure if failure.kind == FailureKind::NoSuchEntity => Ok(None),
                failure => Err(failure),
            },
        }
    }
}

/// An entity whose tags say whose it is.
pub(crate) enum Existing {
    User(String),
    Role(String),
    Profile(String),
    /// With its ARN.
    Provider(Provider, String),
}

fn inline(
    call: &'static str,
    list: &[PolicyDetail],
) -> Result<BTreeMap<String, PolicyText>, Failure> {
    list.iter()
        .map(|policy| {
            let name = required!(call, "PolicyName", policy.policy_name());
            let document = required!(call, "PolicyDocument", policy.policy_document());
            Ok((name.to_owned(), PolicyText::from_wire(document)))
        })
        .collect()
}

pub(super) fn attached(
    call: &'static str,
    list: &[AttachedPolicy],
) -> Result<std::collections::BTreeSet<String>, Failure> {
    list.iter()
        .map(|policy| Ok(required!(call, "PolicyArn", policy.policy_arn()).to_owned()))
        .collect()
}

pub(super) fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Option<String> {
    boundary
        .and_then(|boundary| boundary.permissions_boundary_arn())
        .map(str::to_owned)
}

pub(super) fn tags(list: &[Tag]) -> BTreeMap<String, String> {
    list.iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect()
}

/// Tells each managed policy who holds it.
pub(crate) fn link(all: &mut State) {
    for identity in all.identities() {
        let Some(holder) = all.holder(&identity).cloned() else {
            continue;
        };
        for arn in &holder.attached {
            if let Some(name) = all.policy_by_arn(arn).map(|(name, _)| name.to_owned())
                && let Some(policy) = all.policies.get_mut(&name)
            {
                policy.attached_to.insert(identity.clone());
            }
        }
        if let Some(arn) = &holder.boundary
            && !matches!(identity, Identity::Group(_))
            && let Some(name) = all.policy_by_arn(arn).map(|(name, _)| name.to_owned())
            && let Some(policy) = all.policies.get_mut(&name)
        {
            policy.boundary_of.insert(identity.clone());
        }
    }
}

/// Refuses credentials that belong to another account than the one named.
pub(crate) fn expect_account(
    caller: &Caller,
    account: &iam_dsl::AccountId,
) -> Result<Account, Error> {
    if caller.account != account.as_str() {
        return Err(Error::new(
            ErrorKind::WrongAccount,
            format!(
                "the credentials belong to account {} ({}), not to {account}; use credentials of {account}, or name {}",
                caller.account, caller.arn, caller.account
            ),
        ));
    }
    let partition = caller
        .arn
        .split(':')
        .nth(1)
        .filter(|part| !part.is_empty())
        .unwrap_or("aws");
    Ok(Account {
        id: account.clone(),
        partition: partition.to_owned(),
    })
}
