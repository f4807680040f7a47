//! Where a bundle keeps what IAM has no other place for.
//!
//! There is no state file, so some facts have to live in IAM itself: which
//! entities a bundle owns where tags cannot say so (groups have no tags, and
//! IAM shows the tags of managed policies, instance profiles and identity
//! providers only one by one; service-linked roles have none), which entities
//! are protected from deletion, and which password policy and which alias the
//! account had before the bundle changed them. They are kept in one customer
//! managed policy per bundle, named `iam-provision.BUNDLE` at the path
//! `/iam-provision/`: the ledger.
//!
//! It is attached to nobody and consists of denies of one harmless action, so
//! that it gives nothing even to somebody who attaches it. It is read for free
//! with GetAccountAuthorizationDetails. What it lists is written before the
//! entity is created or the password policy changed, and struck out after the
//! entity is deleted or the policy given back: a crash in between leaves a
//! claim to something that does not exist (yet), never an entity without an
//! owner and never a lost password policy. The password policy found first is
//! kept until it is given back, whatever happens in between.
//!
//! The price: one more policy of the account's 1,500, and whoever deletes it
//! by hand makes the bundle forget. Then its groups, managed policies,
//! instance profiles and service-linked roles count as somebody else's: a plan
//! that declares them is refused until they are adopted, and a destroy leaves
//! them and says so. Users, roles and identity providers are not concerned,
//! their tags say whose they are. What was protected no longer is where it is
//! not declared. Which password policy the account had before is lost, and
//! which alias: the next apply takes the
//! one it finds for it, and a destroy without a record leaves the policy and
//! says so. Tags on one of the bundle's own users or
//! roles would have cost no entity, but a bundle of a group and a password
//! policy has none, a tag value ends at 256 characters, and the record would
//! go with the entity when it leaves the bundle.

//!
//! # The index
//!
//! Whose a user or role is, its tag says, and what a bundle no longer declares is
//! found by that tag: among everything in the account. In an account of thousands of
//! roles that is many pages, so there a ledger also lists the names of the bundle's
//! users and roles, and what is to be read is read by name. The index owns nothing:
//! a user or role that it names and whose tag names another is not the bundle's. It
//! is written before a user or role is created and struck out after it is deleted,
//! like every claim, so it names all there are and perhaps some that do not exist.
//!
//! An index costs a write when a user or role comes or goes, and for a bundle without
//! groups, policies and the like a ledger that it would not need. So only a bundle in
//! an account that does not fit on one page gets one, and one that is read by
//! [`Reads::Targeted`](crate::Reads::Targeted). It is begun together with another
//! change, never by a plan of its own because an account grew; with `Targeted` the
//! choice is the change. Once there it is kept, however small the account becomes. A
//! ledger that has no room for it has none, and then the account is read as a whole:
//! no index is told apart from one that names nobody.
//!
//! What it cannot know: a user or role to which somebody gave the bundle's tag by
//! hand, and a user who was renamed by hand. The account-wide read finds both. By
//! count, the account is read as a whole where a user of the index is missing.

mod claim;
mod index;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desired::{MANAGED_POLICY_SIZE, PasswordPolicy};
use crate::document::PolicyText;
use crate::state::{Account, Identity, State};

pub(crate) use claim::{Claim, Entity};

/// The path of every ledger.
pub const PATH: &str = "/iam-provision/";

/// What a ledger's name begins with; the bundle's name follows.
pub const NAME_PREFIX: &str = "iam-provision.";

/// Denied by the ledger to whoever attaches it; of no use and no harm.
const ACTION: &str = "iam:GetContextKeysForCustomPolicy";
const CLAIMS_SID: &str = "OwnedByBundle";
const PROTECTED_SID: &str = "Protected";
const PASSWORD_SID: &str = "PasswordPolicyBefore";
const PASSWORD_KEY: &str = "aws:PrincipalTag/iam-provision.password-policy-before";
const GENERATION_SID: &str = "Generation";
const GENERATION_KEY: &str = "aws:PrincipalTag/iam-provision.generation";
const ALIAS_SID: &str = "AccountAliasBefore";
const ALIAS_KEY: &str = "aws:PrincipalTag/iam-provision.account-alias-before";
/// Stands for an account without an alias; no alias has this form.
const NO_ALIAS: &str = "-";

/// What one bundle has on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) claims: BTreeSet<Claim>,
    /// What no plan may delete until it is declared without protection.
    pub(crate) protected: BTreeSet<Entity>,
    /// The password policy found at the first apply, if the bundle changed
    /// it; the inner `None` stands for an account that had none.
    pub(crate) password_before: Option<Option<PasswordPolicy>>,
    /// The same of the account's alias.
    pub(crate) alias_before: Option<Option<String>>,
    /// Which release of the bundle was here last; 0 if it does not count them.
    pub(crate) generation: u64,
    /// The bundle's users and roles, and perhaps some that do not exist; `None`
    /// if there is no index.
    pub(crate) index: Option<BTreeSet<Identity>>,
}

impl Ledger {
    pub(crate) fn name(bundle: &str) -> String {
        format!("{NAME_PREFIX}{bundle}")
    }

    /// The name of the bundle, if a policy of this name and path is a ledger.
    pub(crate) fn bundle_of<'a>(name: &'a str, path: &str) -> Option<&'a str> {
        (path == PATH).then(|| name.strip_prefix(NAME_PREFIX))?
    }

    /// Whether there is nothing to keep. An index that names nobody is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let index = self.index.as_ref().filter(|index| !index.is_empty());
        index.is_none()
            && *self
                == Self {
                    index: self.index.clone(),
                    ..Self::default()
                }
    }

    /// Without the index, where the ledger has no room for it.
    pub(crate) fn fitting(mut self, account: &Account) -> Self {
        if self.index.is_some() && self.to_document(account).character_count() > MANAGED_POLICY_SIZE
        {
            self.index = None;
        }
        self
    }

    /// The document that keeps this ledger.
    pub(crate) fn to_document(&self, account: &Account) -> PolicyText {
        let mut statements = Vec::new();
        if !self.claims.is_empty() {
            let resources = self.claims.iter().map(Claim::resource);
            statements.push(list(account, CLAIMS_SID, resources));
        }
        if !self.protected.is_empty() {
            let resources = self.protected.iter().map(Entity::resource);
            statements.push(list(account, PROTECTED_SID, resources));
        }
        if let Some(before) = &self.password_before {
            let before = PasswordPolicy::encode(before.as_ref());
            statements.push(record(PASSWORD_SID, PASSWORD_KEY, before.into()));
        }
        if let Some(before) = &self.alias_before {
            let before = before.as_deref().unwrap_or(NO_ALIAS);
            statements.push(record(ALIAS_SID, ALIAS_KEY, before.into()));
        }
        if self.generation > 0 {
            let generation = self.generation.to_string();
            statements.push(record(GENERATION_SID, GENERATION_KEY, generation.into()));
        }
        if let Some(index) = &self.index {
            statements.push(record(index::SID, index::KEY, index::write(index)));
        }
        PolicyText::from_json(
            &json!({ "Version": "2012-10-17", "Statement": statements }).to_string(),
        )
    }

    /// Reads a ledger's document; `Err` says what about it is not understood.
    pub(crate) fn from_document(text: &PolicyText) -> Result<Self, String> {
        let broken = |what: &str| format!("{what} in {}", text.json());
        let value: Value = serde_json::from_str(text.json()).map_err(|_| broken("no JSON"))?;
        let statements = value
            .get("Statement")
            .and_then(Value::as_array)
            .ok_or_else(|| broken("no list of statements"))?;
        let mut ledger = Self::default();
        for statement in statements {
            match statement.get("Sid").and_then(Value::as_str) {
                Some(CLAIMS_SID) => {
                    for resource in listed(statement) {
                        let claim = resource.and_then(Claim::of_resource);
                        let claim = claim.ok_or_else(|| broken("an unknown resource"))?;
                        ledger.claims.insert(claim);
                    }
                }
                Some(PROTECTED_SID) => {
                    for resource in listed(statement) {
                        let entity = resource.and_then(Entity::of_resource);
                        let entity = entity.ok_or_else(|| broken("an unknown resource"))?;
                        ledger.protected.insert(entity);
                    }
                }
                Some(PASSWORD_SID) => {
                    let record = recorded(statement, PASSWORD_KEY)
                        .ok_or_else(|| broken("no record of a password policy"))?;
                    let before = PasswordPolicy::decode(record)
                        .map_err(|()| broken("an unreadable password policy"))?;
                    ledger.password_before = Some(before);
                }
                Some(ALIAS_SID) => {
                    let record = recorded(statement, ALIAS_KEY)
                        .ok_or_else(|| broken("no record of an alias"))?;
                    ledger.alias_before = Some((record != NO_ALIAS).then(|| record.to_owned()));
                }
                Some(GENERATION_SID) => {
                    ledger.generation = recorded(statement, GENERATION_KEY)
                        .and_then(|number| number.parse().ok())
                        .ok_or_else(|| broken("no number of a generation"))?;
                }
                Some(index::SID) => {
                    let index = record_of(statement, index::KEY).and_then(index::read);
                    ledger.index = Some(index.ok_or_else(|| broken("an unreadable index"))?);
                }
                _ => return Err(broken("an unknown statement")),
            }
        }
        Ok(ledger)
    }

    /// The ledger of a bundle, empty if there is none.
    pub(crate) fn of(state: &State, bundle: &str) -> Result<Self, String> {
        match state.policies.get(&Self::name(bundle)) {
            Some(policy) if policy.path == PATH => Self::from_document(&policy.document),
            _ => Ok(Self::default()),
        }
    }
}

/// A statement that keeps a list of entities.
fn list(account: &Account, sid: &str, resources: impl Iterator<Item = String>) -> Value {
    let arns: Vec<String> = resources.map(|resource| account.arn(&resource)).collect();
    json!({ "Sid": sid, "Effect": "Deny", "Action": ACTION, "Resource": arns })
}

/// What [`list`] keeps, without what an ARN has before the resource. `None` is no ARN.
fn listed<'v>(statement: &'v Value) -> Vec<Option<&'v str>> {
    let resources: Vec<&'v Value> = match statement.get("Resource") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let texts = resources.into_iter().map(Value::as_str);
    texts
        .map(|arn| arn.and_then(|arn| arn.splitn(6, ':').nth(5)))
        .collect()
}

/// A statement that keeps one value, or several.
fn record(sid: &str, key: &str, value: Value) -> Value {
    json!({
        "Sid": sid, "Effect": "Deny", "Action": ACTION, "Resource": "*",
        "Condition": { "StringEquals": { key: value } },
    })
}

/// What [`record`] keeps.
fn record_of<'v>(statement: &'v Value, key: &str) -> Option<&'v Value> {
    statement.get("Condition")?.get("StringEquals")?.get(key)
}

/// The one value that [`record`] keeps.
fn recorded<'v>(statement: &'v Value, key: &str) -> Option<&'v str> {
    record_of(statement, key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Identity, Linked, Provider};

    #[test]
    fn a_ledger_round_trips_through_its_document() {
        let account = Account {
            id: iam_dsl::AccountId::new("111122223333").unwrap(),
            partition: "aws".to_owned(),
        };
        let claims = BTreeSet::from([
            Claim::Group("Administrators".into()),
            Claim::Policy("enforce-to-use-mfa".into()),
            Claim::InstanceProfile("test_profile".into()),
            Claim::Provider(Provider::Oidc("oidc.example.com/id/1".into())),
            Claim::Provider(Provider::Saml("corp".into())),
            Claim::Linked(Linked {
                service: "autoscaling.amazonaws.com".into(),
                suffix: Some("a".into()),
            }),
        ]);
        let names = BTreeSet::from([Identity::User("-".into()), Identity::Role("r/".into())]);
        let one = BTreeSet::from([Identity::Role("worker".into())]);
        for (claims, password_before, alias_before, generation, index) in [
            (claims.clone(), None, None, 7, Some(names)),
            (
                claims,
                Some(Some(PasswordPolicy::strict())),
                Some(None),
                0,
                Some(one),
            ),
            (BTreeSet::new(), Some(None), None, 0, Some(BTreeSet::new())),
            (
                BTreeSet::new(),
                Some(None),
                Some(Some("example".into())),
                1,
                None,
            ),
        ] {
            let protected = BTreeSet::from([
                Entity::Identity(Identity::User("ann".into())),
                Entity::Identity(Identity::Role("worker".into())),
            ]);
            let protected = protected
                .into_iter()
                .chain(claims.iter().cloned().map(Entity::Claimed))
                .collect();
            let ledger = Ledger {
                claims,
                protected,
                password_before,
                alias_before,
                generation,
                index,
            };
            let document = ledger.to_document(&account);
            assert!(document.document().is_some(), "{document:?}");
            assert!(document.only_denies());
            assert_eq!(Ledger::from_document(&document), Ok(ledger));
        }
        let unreadable = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Index","Effect":"Deny","Action":"iam:GetContextKeysForCustomPolicy","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/iam-provision.index":["x/y"]}}}]}"#;
        assert!(Ledger::from_document(&PolicyText::from_json(unreadable)).is_err());
        let odd = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        assert!(Ledger::from_document(&PolicyText::from_json(odd)).is_err());
    }

    #[test]
    fn an_index_that_does_not_fit_is_none_and_not_an_empty_one() {
        let account = Account {
            id: iam_dsl::AccountId::new("111122223333").unwrap(),
            partition: "aws".to_owned(),
        };
        let of = |count: usize| Ledger {
            index: Some(
                (0..count)
                    .map(|n| Identity::Role(format!("{n:060}")))
                    .collect(),
            ),
            ..Ledger::default()
        };
        let few = of(80);
        assert_eq!(few.clone().fitting(&account), few);
        let many = of(100).fitting(&account);
        assert_eq!(many.index, None);
        assert!(of(0).is_empty() && !of(1).is_empty());
        let account_wide = Ledger::from_document(&many.to_document(&account)).unwrap();
        assert_eq!(account_wide.index, None);
    }
}
