//! What the sandbox knows: plain data, one file per kind of thing. The rules
//! about it live in `operations` and `sts`.

use std::collections::BTreeMap;

use crate::aws_managed::AwsManaged;
use crate::credentials::{KeyOwner, Session};
use crate::ids::Ids;
use crate::state::organization::{Attached, Node, Organization};
use crate::state::policy::ManagedPolicy;

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod document;
pub(crate) mod entities;
pub(crate) mod entity;
pub(crate) mod group;
pub(crate) mod instance_profile;
pub(crate) mod mfa;
pub(crate) mod organization;
pub(crate) mod password_policy;
pub(crate) mod policy;
pub(crate) mod provider;
pub(crate) mod quotas;
pub(crate) mod role;
pub(crate) mod server_certificate;
pub(crate) mod tags;
pub(crate) mod trust;
pub(crate) mod user;

pub(crate) use account::Account;
pub(crate) use document::PolicyText;
pub(crate) use entity::{Grants, Inline, Label, PrincipalKind};

/// Everything: all accounts, all credentials, AWS's own policies.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) access_keys: BTreeMap<String, KeyOwner>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) aws_managed: AwsManaged,
    /// By management account.
    pub(crate) organizations: BTreeMap<String, Organization>,
    pub(crate) ids: Ids,
    /// What the sandbox's own tokens are signed with.
    pub(crate) token_key: String,
}

impl World {
    /// A world without accounts.
    pub(crate) fn new(seed: u64) -> World {
        World {
            accounts: BTreeMap::new(),
            access_keys: BTreeMap::new(),
            sessions: BTreeMap::new(),
            aws_managed: AwsManaged::built_in(),
            organizations: BTreeMap::new(),
            ids: Ids::from_seed(seed),
            // Apart from the ids, which follow from what is made alone.
            token_key: Ids::from_seed(seed.rotate_left(32) ^ 0x7EA5).secret(),
        }
    }

    /// The account with that number, made on first use with root credentials.
    pub(crate) fn account(&mut self, id: &str) -> &mut Account {
        let World {
            accounts,
            access_keys,
            ids,
            ..
        } = self;
        accounts.entry(id.to_owned()).or_insert_with(|| {
            let account = Account::new(id, ids);
            access_keys.insert(account.root_key.clone(), KeyOwner::Root(id.to_owned()));
            account
        })
    }

    /// The organization that an account is in, with its management account.
    pub(crate) fn organization_of(&self, account: &str) -> Option<(&str, &Organization)> {
        self.organizations
            .iter()
            .find(|(_, organization)| organization.nodes.contains_key(account))
            .map(|(management, organization)| (management.as_str(), organization))
    }

    /// The service control policies over an account, level by level from the
    /// organization's root; none if nothing limits it.
    pub(crate) fn service_control(&self, account: &str) -> Vec<Vec<&PolicyText>> {
        let set = self.accounts.get(account).map(|a| &a.service_control);
        if let Some(levels) = set.filter(|levels| !levels.is_empty()) {
            return levels.iter().map(|level| level.iter().collect()).collect();
        }
        self.levels(account, |node| &node.service_control)
    }

    /// The resource control policies over an account's resources, likewise.
    pub(crate) fn resource_control(&self, account: &str) -> Vec<Vec<&PolicyText>> {
        self.levels(account, |node| &node.resource_control)
    }

    fn levels(
        &self,
        account: &str,
        policies: impl Fn(&Node) -> &Attached,
    ) -> Vec<Vec<&PolicyText>> {
        match self.organization_of(account) {
            // "SCPs don't affect users or roles in the management account",
            // and RCPs do not affect its resources.
            Some((management, organization)) if management != account => {
                let path = organization.path(account);
                path.iter()
                    .map(|(_, node)| policies(node).values().collect())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The managed policy of that ARN as an account sees it: AWS's or its own.
    pub(crate) fn managed_policy(&self, account: &str, arn: &str) -> Option<&ManagedPolicy> {
        self.aws_managed
            .get(arn)
            .or_else(|| self.accounts.get(account)?.policy(arn))
    }
}

/// Whether a text is an account's number.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
