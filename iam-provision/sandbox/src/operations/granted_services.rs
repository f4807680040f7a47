//! Which services policies allow anything of, whatever the resources and
//! conditions.

use serde_json::Value;

use crate::state::policy::ManagedPolicy;
use crate::state::{Account, Grants, Label, PolicyText, PrincipalKind, World};
use crate::xml::Xml;

/// Policies, with whose they are.
#[derive(Debug, Default)]
pub(super) struct Granted(Vec<GrantingPolicy>);

/// One policy and the services that it allows.
#[derive(Debug)]
pub(super) struct GrantingPolicy {
    name: String,
    /// None for an inline policy.
    arn: Option<String>,
    owner: Option<(PrincipalKind, String)>,
    allows: Vec<Allowed>,
}

/// The actions that a statement with Allow names.
#[derive(Debug)]
enum Allowed {
    /// `Action`.
    These(Vec<String>),
    /// `NotAction`.
    AllBut(Vec<String>),
}

impl Granted {
    /// Adds the policies of a user, group or role.
    pub(super) fn add(
        &mut self,
        world: &World,
        account: &Account,
        kind: PrincipalKind,
        label: &Label,
        grants: &Grants,
    ) {
        for inline in grants.inline.values() {
            self.0.push(GrantingPolicy {
                name: inline.name.clone(),
                arn: None,
                owner: Some((kind, label.name.clone())),
                allows: allowed(&inline.policy),
            });
        }
        for arn in &grants.attached {
            self.add_managed(world, account, arn);
        }
    }

    /// Adds a managed policy.
    pub(super) fn add_managed(&mut self, world: &World, account: &Account, arn: &str) {
        let policy = world.managed_policy(&account.id, arn);
        let version = policy.and_then(ManagedPolicy::default);
        if let (Some(policy), Some(version)) = (policy, version) {
            self.0.push(GrantingPolicy {
                name: policy.label.name.clone(),
                arn: Some(arn.to_owned()),
                owner: None,
                allows: allowed(&version.policy),
            });
        }
    }

    /// Whether any policy allows an action of that service.
    pub(super) fn grants_any(&self, service: &str) -> bool {
        self.0.iter().any(|policy| policy.grants(service))
    }

    /// The policies that allow an action of that service.
    pub(super) fn granting(&self, service: &str) -> impl Iterator<Item = &GrantingPolicy> {
        self.0.iter().filter(move |policy| policy.grants(service))
    }
}

impl GrantingPolicy {
    fn grants(&self, service: &str) -> bool {
        self.allows.iter().any(|allowed| match allowed {
            Allowed::These(patterns) => patterns
                .iter()
                .any(|pattern| names_service(pattern, service)),
            // All but a whole service.
            Allowed::AllBut(patterns) => !patterns.iter().any(|pattern| {
                let whole = pattern == "*" || pattern.ends_with(":*");
                whole && names_service(pattern, service)
            }),
        })
    }

    /// Writes it as ListPoliciesGrantingServiceAccess answers it: the owner
    /// is told of inline policies alone.
    pub(super) fn write(&self, x: &mut Xml) {
        x.text("PolicyName", &self.name);
        x.text(
            "PolicyType",
            if self.arn.is_some() {
                "MANAGED"
            } else {
                "INLINE"
            },
        );
        x.text_if("PolicyArn", self.arn.as_ref());
        if let Some((kind, name)) = &self.owner {
            x.text("EntityType", kind.word().to_uppercase());
            x.text("EntityName", name);
        }
    }
}

fn allowed(policy: &PolicyText) -> Vec<Allowed> {
    let read: Value = serde_json::from_str(policy.text()).unwrap_or_default();
    let statements = many(read.get("Statement"));
    let allowing = statements
        .into_iter()
        .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"));
    let texts = |value: Option<&Value>| {
        let texts = many(value).into_iter().filter_map(Value::as_str);
        texts.map(str::to_lowercase).collect::<Vec<String>>()
    };
    allowing
        .map(|statement| match statement.get("NotAction") {
            Some(others) => Allowed::AllBut(texts(Some(others))),
            None => Allowed::These(texts(statement.get("Action"))),
        })
        .collect()
}

/// One value or a list of them.
fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    }
}

/// Whether a pattern of actions, in lower case, is about a service: IAM takes
/// no wildcards in the name of the service but `*` for everything.
fn names_service(pattern: &str, service: &str) -> bool {
    pattern == "*"
        || pattern
            .split_once(':')
            .is_some_and(|(named, _)| named == service || named == "*")
}
