//! What is known of an account so far, and what each answer adds to it.

use std::collections::{BTreeMap, BTreeSet};

use super::IndexStart;
use super::needed::Read;
use crate::client::{Client, ListedPolicy};
use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::error::Error;
use crate::ledger::{self, Ledger};
use crate::state::{
    Account, Credential, Holder, Identity, Linked, LinkedState, PolicyState, ProfileState,
    Provider, ProviderState, RoleSettings, RoleState, State, UserState, VersionState,
};

pub(crate) struct Known {
    pub(super) all: State,
    /// What was asked already.
    pub(super) asked: BTreeSet<Read>,
    /// Inline policies that are known by name, and perhaps not read yet.
    pub(super) inline_names: BTreeMap<Identity, BTreeSet<String>>,
    /// The ARNs of customer managed policies that are known by name.
    pub(super) policy_arns: BTreeMap<String, String>,
    /// The ARNs of other bundles' ledgers, and their versions in force.
    pub(super) ledgers: BTreeMap<String, String>,
    /// When the bundle's ledger gets an index, if it has none.
    pub(super) index: IndexStart,
}

impl Known {
    pub(super) fn nothing(account: &Account, index: IndexStart) -> Self {
        Self::of(State::empty(account.clone()), index)
    }

    /// What one would know after reading this.
    pub(super) fn of(state: State, index: IndexStart) -> Self {
        let names = |identity: Identity| {
            let names = state.holder(&identity)?.inline.keys().cloned().collect();
            Some((identity, names))
        };
        let arns = state.policies.iter().map(|(name, policy)| {
            let arn = state.account.policy_arn(&policy.path, name);
            (name.clone(), arn)
        });
        Self {
            asked: BTreeSet::new(),
            inline_names: state.identities().into_iter().filter_map(names).collect(),
            policy_arns: arns.collect(),
            ledgers: BTreeMap::new(),
            index,
            all: state,
        }
    }
}

/// What a read found.
pub(super) enum Answer {
    PasswordPolicy(Option<PasswordPolicy>),
    Profiles(Vec<(String, ProfileState)>),
    Login(String, Option<bool>),
    AccessKeys(String, BTreeMap<String, bool>),
    Credentials(String, Vec<Credential>),
    RoleSettings(String, RoleSettings),
    PolicyTags(String, BTreeMap<String, String>),
    Alias(Option<String>),
    Provider(Provider, Option<ProviderState>),
    Linked(Linked, Option<LinkedState>),
    User(Option<(String, Holder)>),
    Role(Option<(String, RoleState)>),
    Group(Option<(String, Holder, BTreeSet<String>)>),
    InlineNames(Identity, BTreeSet<String>),
    Inline(Identity, Option<(String, PolicyText)>),
    Attached(Identity, BTreeSet<String>),
    GroupsOf(String, BTreeSet<String>),
    Policy(Option<(String, PolicyState)>),
    Versions(String, Vec<VersionState>),
    Version(String, String, Option<PolicyText>),
    Holders(String, (BTreeSet<Identity>, BTreeSet<Identity>)),
    PolicyNames(Vec<ListedPolicy>),
    Ledgers(Vec<ListedPolicy>),
    Ledger(String, Option<PolicyText>),
}

/// Makes a read. Only an answer that says so makes an entity absent.
pub(super) async fn ask(client: &Client, account: &Account, read: Read) -> Result<Answer, Error> {
    Ok(match read {
        Read::PasswordPolicy => Answer::PasswordPolicy(client.password_policy().await?),
        Read::Profile(name) => {
            let found = client.named_profile(&name).await?;
            Answer::Profiles(found.into_iter().collect())
        }
        Read::Login(name) => {
            let login = client.login_profile(&name).await?;
            Answer::Login(name, login)
        }
        Read::AccessKeys(name) => {
            let keys = client.access_keys(&name).await?;
            let keys = keys.into_iter().map(|key| (key.id, key.active)).collect();
            Answer::AccessKeys(name, keys)
        }
        Read::Credentials(name) => {
            let credentials = client.credentials(&name).await?;
            Answer::Credentials(name, credentials)
        }
        Read::RoleSettings(name) => {
            let settings = client.role_settings(&name).await?;
            Answer::RoleSettings(name, settings)
        }
        Read::PolicyTags(arn) => {
            let tags = client.policy_tags(&arn).await?;
            Answer::PolicyTags(arn, tags)
        }
        Read::Alias => Answer::Alias(client.account_alias().await?),
        Read::Provider(provider) => {
            let arn = provider.arn(account);
            let found = client.provider(&provider, &arn).await?;
            Answer::Provider(provider, found)
        }
        Read::Linked(role) => {
            let found = client.linked_role(&role).await?;
            Answer::Linked(role, found)
        }
        Read::Entity(Identity::User(name)) => Answer::User(client.named_user(&name).await?),
        Read::Entity(Identity::Role(name)) => Answer::Role(client.named_role(&name).await?),
        Read::Entity(Identity::Group(name)) => {
            let found = client.named_group(&name).await?;
            Answer::Group(found.map(|(name, holder)| (name, holder, BTreeSet::new())))
        }
        Read::Members(name) => Answer::Group(client.group_with_members(&name).await?),
        Read::InlineNames(identity) => {
            let names = client.inline_policy_names(&identity).await?;
            Answer::InlineNames(identity, names)
        }
        Read::Inline(identity, name) => {
            let policy = client.inline_policy(&identity, &name).await?;
            Answer::Inline(identity, policy)
        }
        Read::Attached(identity) => {
            let policies = client.attached_policies(&identity).await?;
            Answer::Attached(identity, policies)
        }
        Read::GroupsOf(user) => {
            let groups = client.groups_of(&user).await?;
            Answer::GroupsOf(user, groups)
        }
        Read::ProfilesOf(role) => Answer::Profiles(client.profiles_of(&role).await?),
        Read::Policy(arn) => Answer::Policy(client.named_policy(&arn).await?),
        Read::Versions(arn) => {
            let versions = client.policy_versions(&arn).await?;
            Answer::Versions(arn, versions)
        }
        Read::Version(arn, id) => {
            let document = client.policy_version(&arn, &id).await?;
            Answer::Version(arn, id, document)
        }
        Read::Holders(arn) => {
            let holders = client.policy_holders(&arn).await?;
            Answer::Holders(arn, holders)
        }
        Read::PolicyNames => Answer::PolicyNames(client.local_policies("/").await?),
        Read::Ledgers => Answer::Ledgers(client.local_policies(ledger::PATH).await?),
        Read::Ledger(arn, version) => {
            let document = client.policy_version(&arn, &version).await?;
            Answer::Ledger(arn, document)
        }
    })
}

impl Known {
    pub(super) fn store(&mut self, answer: Answer, bundle: &str) {
        let state = &mut self.all;
        match answer {
            Answer::PasswordPolicy(now) => state.password_policy = now,
            Answer::Alias(now) => state.alias = now,
            Answer::Profiles(found) => state.profiles.extend(found),
            Answer::Login(name, login) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.login = login;
                }
            }
            Answer::AccessKeys(name, keys) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.keys = keys;
                }
            }
            Answer::Credentials(name, credentials) => {
                if let Some(user) = state.users.get_mut(&name) {
                    user.credentials = credentials;
                }
            }
            Answer::RoleSettings(name, settings) => {
                if let Some(role) = state.roles.get_mut(&name) {
                    role.settings = Some(settings);
                }
            }
            Answer::PolicyTags(arn, tags) => {
                if let Some(policy) = policy_at(state, &arn) {
                    policy.tags = Some(tags);
                }
            }
            Answer::Linked(role, found) => {
                state.linked.extend(found.map(|found| (role, found)));
            }
            Answer::Provider(provider, found) => {
                state.providers.extend(found.map(|found| (provider, found)));
            }
            Answer::User(found) => {
                let users = found.map(|(name, holder)| {
                    let user = UserState {
                        holder,
                        login: None,
                        keys: BTreeMap::new(),
                        credentials: Vec::new(),
                    };
                    (name, user)
                });
                state.users.extend(users);
            }
            Answer::Role(found) => state.roles.extend(found),
            Answer::Group(found) => {
                let Some((name, holder, members)) = found else {
                    return;
                };
                let members = members.into_iter().map(|user| (user, name.clone()));
                state.memberships.extend(members);
                state.groups.insert(name, holder);
            }
            Answer::InlineNames(identity, names) => {
                self.inline_names.entry(identity).or_default().extend(names);
            }
            Answer::Inline(identity, policy) => {
                if let Some(holder) = state.holder_mut(&identity) {
                    holder.inline.extend(policy);
                }
            }
            Answer::Attached(identity, policies) => {
                if let Some(holder) = state.holder_mut(&identity) {
                    holder.attached = policies;
                }
            }
            Answer::GroupsOf(user, groups) => {
                let groups = groups.into_iter().map(|group| (user.clone(), group));
                state.memberships.extend(groups);
            }
            Answer::Policy(found) => state.policies.extend(found),
            Answer::Versions(arn, versions) => {
                if let Some(policy) = policy_at(state, &arn) {
                    policy.versions = versions;
                }
            }
            Answer::Version(arn, id, document) => {
                if let Some(policy) = policy_at(state, &arn) {
                    let mut versions = policy.versions.iter_mut();
                    if let Some(version) = versions.find(|version| version.id == id) {
                        version.document = document;
                    }
                }
            }
            Answer::Holders(arn, (attached_to, boundary_of)) => {
                if let Some(policy) = policy_at(state, &arn) {
                    policy.attached_to = attached_to;
                    policy.boundary_of = boundary_of;
                }
            }
            Answer::PolicyNames(listed) => {
                let arns = listed.into_iter().map(|policy| (policy.name, policy.arn));
                self.policy_arns.extend(arns);
            }
            Answer::Ledgers(listed) => {
                let own = Ledger::name(bundle);
                let others = listed.into_iter().filter(|policy| {
                    let arn = state.account.policy_arn(ledger::PATH, &policy.name);
                    policy.name != own && policy.arn == arn
                });
                self.ledgers
                    .extend(others.map(|policy| (policy.arn, policy.version)));
            }
            Answer::Ledger(arn, document) => {
                let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
                let ledger = document.map(|document| PolicyState {
                    path: ledger::PATH.to_owned(),
                    description: String::new(),
                    document,
                    versions: Vec::new(),
                    tags: None,
                    attached_to: BTreeSet::new(),
                    boundary_of: BTreeSet::new(),
                });
                // Where somebody holds it, more of it is read.
                if let Some(ledger) = ledger {
                    state.policies.entry(name).or_insert(ledger);
                }
            }
        }
    }
}

fn policy_at<'s>(state: &'s mut State, arn: &str) -> Option<&'s mut PolicyState> {
    let name = state.policy_by_arn(arn)?.0.to_owned();
    state.policies.get_mut(&name)
}
