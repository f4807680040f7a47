//! The one model of IAM state that desired and observed share, so that a plan
//! is the difference of two values of one type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use iam_dsl::AccountId;

use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::keys::{ACCESS_KEY_TAG, KeyMark};

mod linked;
mod provider;

pub(crate) use linked::{Linked, LinkedState};
pub(crate) use provider::{Provider, ProviderState, ProviderTrust};

/// The account that a plan is made for, and its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) partition: String,
}

impl Account {
    /// The ARN of an IAM entity of this account; `resource` is such as `policy/path/name`.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition, self.id)
    }

    pub(crate) fn policy_arn(&self, path: &str, name: &str) -> String {
        self.arn(&format!("policy{path}{name}"))
    }

    pub(crate) fn aws_policy_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.partition)
    }
}

/// Who holds permissions: a user, a group or a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Identity {
    User(String),
    Group(String),
    Role(String),
}

impl Identity {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) | Self::Role(name) => name,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Role(name) => write!(f, "role {name}"),
        }
    }
}

/// What users, groups and roles have in common. Groups have no boundary and no tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) path: String,
    pub(crate) inline: BTreeMap<String, PolicyText>,
    /// ARNs of the attached managed policies.
    pub(crate) attached: BTreeSet<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserState {
    pub(crate) holder: Holder,
    /// `Some(reset required)` if the user has a console password.
    pub(crate) login: Option<bool>,
    /// Access keys by id, and whether they work. Read for declared users.
    pub(crate) keys: BTreeMap<String, bool>,
    /// Read only for users that are going to be deleted.
    pub(crate) credentials: Vec<Credential>,
}

/// A credential of a user other than the console password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Credential {
    AccessKey(String),
    /// By its serial number.
    Mfa(String),
    SshKey(String),
    SigningCertificate(String),
    ServiceSpecific(String),
}

impl Credential {
    /// Whether it is a virtual MFA device, which outlives its deactivation.
    pub(crate) fn is_virtual_device(&self) -> bool {
        matches!(self, Self::Mfa(serial) if serial.contains(":mfa/"))
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessKey(id) => write!(f, "access key {id}"),
            Self::Mfa(serial) => write!(f, "MFA device {serial}"),
            Self::SshKey(id) => write!(f, "SSH public key {id}"),
            Self::SigningCertificate(id) => write!(f, "signing certificate {id}"),
            Self::ServiceSpecific(id) => write!(f, "service-specific credential {id}"),
        }
    }
}

impl UserState {
    /// What the user's tag says about the key that its bundle makes.
    pub(crate) fn key_mark(&self) -> Option<KeyMark> {
        KeyMark::read(self.holder.tags.get(ACCESS_KEY_TAG)?)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleState {
    pub(crate) holder: Holder,
    pub(crate) trust: PolicyText,
    /// Description and longest session, which GetRole alone shows; `None` if not read.
    pub(crate) settings: Option<RoleSettings>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleSettings {
    pub(crate) description: String,
    pub(crate) max_session_seconds: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PolicyState {
    pub(crate) path: String,
    pub(crate) description: String,
    /// The default version's.
    pub(crate) document: PolicyText,
    /// Versions from the oldest to the newest.
    pub(crate) versions: Vec<VersionState>,
    /// `None` if not read.
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Every identity of the account that has the policy attached.
    pub(crate) attached_to: BTreeSet<Identity>,
    /// Every identity of the account that it is the boundary of.
    pub(crate) boundary_of: BTreeSet<Identity>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionState {
    pub(crate) id: String,
    pub(crate) is_default: bool,
    /// Read only of versions that are newer than the default one: they may be waiting.
    pub(crate) document: Option<PolicyText>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProfileState {
    pub(crate) path: String,
    pub(crate) role: Option<String>,
}

impl VersionState {
    /// The number in its id, by which versions are in the order of their making.
    pub(crate) fn number(&self) -> u32 {
        version_number(&self.id)
    }
}

/// The number in the id of a version: 3 of `v3`.
pub(crate) fn version_number(id: &str) -> u32 {
    id.strip_prefix('v')
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

impl PolicyState {
    /// The id of the version in force.
    pub(crate) fn default_version(&self) -> Option<&str> {
        let default = self.versions.iter().find(|version| version.is_default);
        default.map(|version| version.id.as_str())
    }

    pub(crate) fn default_number(&self) -> u32 {
        let default = self.versions.iter().find(|version| version.is_default);
        default.map_or(0, VersionState::number)
    }

    /// Versions that were made after the one in force: they wait to be switched
    /// to, or somebody switched back from them.
    pub(crate) fn newer_versions(&self) -> impl Iterator<Item = &VersionState> {
        let default = self.default_number();
        self.versions
            .iter()
            .filter(move |version| version.number() > default)
    }
}

/// IAM entities by name; in `observed` those that concern a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) account: Account,
    pub(crate) users: BTreeMap<String, UserState>,
    pub(crate) groups: BTreeMap<String, Holder>,
    pub(crate) roles: BTreeMap<String, RoleState>,
    pub(crate) policies: BTreeMap<String, PolicyState>,
    pub(crate) profiles: BTreeMap<String, ProfileState>,
    /// (user, group)
    pub(crate) memberships: BTreeSet<(String, String)>,
    pub(crate) password_policy: Option<PasswordPolicy>,
    pub(crate) alias: Option<String>,
    pub(crate) providers: BTreeMap<Provider, ProviderState>,
    pub(crate) linked: BTreeMap<Linked, LinkedState>,
    /// The documents of AWS's policies that were read, by ARN.
    pub(crate) aws: Arc<BTreeMap<String, PolicyText>>,
}

impl State {
    pub(crate) fn empty(account: Account) -> Self {
        Self {
            account,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            profiles: BTreeMap::new(),
            memberships: BTreeSet::new(),
            password_policy: None,
            alias: None,
            providers: BTreeMap::new(),
            linked: BTreeMap::new(),
            aws: Arc::default(),
        }
    }

    pub(crate) fn holder(&self, identity: &Identity) -> Option<&Holder> {
        match identity {
            Identity::User(name) => self.users.get(name).map(|u| &u.holder),
            Identity::Group(name) => self.groups.get(name),
            Identity::Role(name) => self.roles.get(name).map(|r| &r.holder),
        }
    }

    pub(crate) fn holder_mut(&mut self, identity: &Identity) -> Option<&mut Holder> {
        match identity {
            Identity::User(name) => self.users.get_mut(name).map(|u| &mut u.holder),
            Identity::Group(name) => self.groups.get_mut(name),
            Identity::Role(name) => self.roles.get_mut(name).map(|r| &mut r.holder),
        }
    }

    /// The document behind a managed policy's ARN, if it is one of this state's.
    pub(crate) fn policy_by_arn(&self, arn: &str) -> Option<(&str, &PolicyState)> {
        let name = arn.rsplit('/').next()?;
        let (name, policy) = self.policies.get_key_value(name)?;
        (self.account.policy_arn(&policy.path, name) == arn).then_some((name.as_str(), policy))
    }

    /// Every identity of this state.
    pub(crate) fn identities(&self) -> Vec<Identity> {
        let users = self.users.keys().cloned().map(Identity::User);
        let groups = self.groups.keys().cloned().map(Identity::Group);
        let roles = self.roles.keys().cloned().map(Identity::Role);
        users.chain(groups).chain(roles).collect()
    }
}
