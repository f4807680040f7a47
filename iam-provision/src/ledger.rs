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

mod claim;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::state::{Account, State};

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
}

impl Ledger {
    pub(crate) fn name(bundle: &str) -> String {
        format!("{NAME_PREFIX}{bundle}")
    }

    /// The name of the bundle, if a policy of this name and path is a ledger.
    pub(crate) fn bundle_of<'a>(name: &'a str, path: &str) -> Option<&'a str> {
        (path == PATH).then(|| name.strip_prefix(NAME_PREFIX))?
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
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
            statements.push(record(PASSWORD_SID, PASSWORD_KEY, &before));
        }
        if let Some(before) = &self.alias_before {
            let before = before.as_deref().unwrap_or(NO_ALIAS);
            statements.push(record(ALIAS_SID, ALIAS_KEY, before));
        }
        if self.generation > 0 {
            let generation = self.generation.to_string();
            statements.push(record(GENERATION_SID, GENERATION_KEY, &generation));
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

/// A statement that keeps one value.
fn record(sid: &str, key: &str, value: &str) -> Value {
    json!({
        "Sid": sid, "Effect": "Deny", "Action": ACTION, "Resource": "*",
        "Condition": { "StringEquals": { key: value } },
    })
}

/// What [`record`] keeps.
fn recorded<'v>(statement: &'v Value, key: &str) -> Option<&'v str> {
    let condition = statement.get("Condition")?.get("StringEquals")?;
    condition.get(key)?.as_str()
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
        for (claims, password_before, alias_before, generation) in [
            (claims.clone(), None, None, 7),
            (claims, Some(Some(PasswordPolicy::strict())), Some(None), 0),
            (BTreeSet::new(), Some(None), Some(Some("example".into())), 1),
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
            };
            let document = ledger.to_document(&account);
            assert!(document.document().is_some(), "{document:?}");
            assert!(document.only_denies());
            assert_eq!(Ledger::from_document(&document), Ok(ledger));
        }
        let odd = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        assert!(Ledger::from_document(&PolicyText::from_json(odd)).is_err());
    }
}
