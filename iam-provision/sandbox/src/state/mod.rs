//! What the sandbox knows: plain data, one file per kind of thing. The rules
//! about it live in `operations` and `sts`.

use std::collections::BTreeMap;

use crate::aws_managed::AwsManaged;
use crate::credentials::{KeyOwner, Session};
use crate::ids::Ids;
use crate::state::policy::ManagedPolicy;

pub(crate) mod account;
pub(crate) mod document;
pub(crate) mod entity;
pub(crate) mod group;
pub(crate) mod instance_profile;
pub(crate) mod mfa;
pub(crate) mod password_policy;
pub(crate) mod policy;
pub(crate) mod provider;
pub(crate) mod quotas;
pub(crate) mod role;
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
    pub(crate) ids: Ids,
}

impl World {
    /// A world without accounts.
    pub(crate) fn new(seed: u64) -> World {
        World {
            accounts: BTreeMap::new(),
            access_keys: BTreeMap::new(),
            sessions: BTreeMap::new(),
            aws_managed: AwsManaged::built_in(),
            ids: Ids::from_seed(seed),
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

    /// The managed policy of that ARN as an account sees it: AWS's or its own.
    pub(crate) fn managed_policy(&self, account: &str, arn: &str) -> Option<&ManagedPolicy> {
        self.aws_managed
            .get(arn)
            .or_else(|| self.accounts.get(account)?.policy(arn))
    }
}
