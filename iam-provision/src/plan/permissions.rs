//! The least that whoever runs a plan has to be allowed.
//!
//! Which action authorises which call, on which resource and under which
//! condition key, is AWS's Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>)
//! and, where a call needs a second action, the API reference of the call:
//! tags at creation need the tagging action, a role for an instance profile
//! `iam:PassRole`. The catalogue has the actions but not these pairs.

mod account;
mod ensure;
mod reads;

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::{Identity as IdentityKind, InvalidPolicy, Policy};
use serde_json::{Value, json};

use super::Plan;
use super::operation::Operation;
use crate::desired::Target;
use crate::keys::ACCESS_KEY_TAG;
use crate::state::{Account, Identity, State};

pub(crate) use ensure::policy as for_ensure;

/// A condition: the operator and the key, with any of the values.
type Condition = BTreeMap<(&'static str, &'static str), BTreeSet<String>>;

/// One permission: an action on a resource under conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Need {
    action: String,
    resource: String,
    condition: Condition,
}

/// The policy for whoever makes this plan, applies it and plans again.
pub(super) fn policy(plan: &Plan) -> Result<Policy<IdentityKind>, InvalidPolicy> {
    let before = &plan.observed.state;
    let mut after = before.clone();
    for step in &plan.steps {
        after.perform(&step.operation);
    }
    let target = Target::of(&plan.bundle, &before.account);
    let mut needs = Needs {
        before,
        after: &after,
        all: BTreeSet::new(),
    };
    needs.reads(&target, &plan.observed.reading);
    // What of AWS's policies something hung on.
    for arn in before.aws.keys() {
        for call in ["GetPolicy", "GetPolicyVersion"] {
            needs.plain(call, [escape(arn)]);
        }
    }
    for step in &plan.steps {
        needs.operation(&step.operation);
    }
    needs.into_policy()
}

struct Needs<'a> {
    before: &'a State,
    after: &'a State,
    all: BTreeSet<Need>,
}

impl Needs<'_> {
    fn into_policy(self) -> Result<Policy<IdentityKind>, InvalidPolicy> {
        let statements: Vec<Value> = statements(self.all);
        Policy::from_json(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
    }

    fn account(&self) -> &Account {
        &self.before.account
    }

    fn need(&mut self, action: &str, resource: String, condition: Condition) {
        self.all.insert(Need {
            action: format!("iam:{action}"),
            resource,
            condition,
        });
    }

    /// The action on each of the resources, without conditions.
    fn plain(&mut self, action: &str, resources: impl IntoIterator<Item = String>) {
        for resource in resources {
            self.need(action, resource, Condition::new());
        }
    }

    fn operation(&mut self, operation: &Operation) {
        let call = operation.call();
        match operation {
            Operation::CreatePolicy {
                name, path, tags, ..
            } => {
                let arn = self.arn("policy", path, name);
                self.plain(call, [arn.clone()]);
                self.tags("TagPolicy", [arn], tags.keys());
            }
            Operation::CreatePolicyVersion { arn, .. }
            | Operation::StageVersion { arn, .. }
            | Operation::DeletePolicyVersion { arn, .. }
            | Operation::DeletePolicy { arn, .. } => self.plain(call, [escape(arn)]),
            Operation::SwitchVersion { arn, .. } => {
                // One whose probe fails is switched back from and deleted.
                for call in [call, "DeletePolicyVersion"] {
                    self.plain(call, [escape(arn)]);
                }
            }
            Operation::TagPolicy { arn, tags, .. } => self.tags(call, [escape(arn)], tags.keys()),
            Operation::UntagPolicy { arn, keys, .. } => self.tags(call, [escape(arn)], keys),
            Operation::CreateGroup { name, .. }
            | Operation::MoveGroup { name, .. }
            | Operation::DeleteGroup { name } => self.plain(call, self.group(name)),
            Operation::CreateUser {
                name,
                path,
                boundary,
                tags,
            } => {
                let arn = self.arn("user", path, name);
                self.need(call, arn.clone(), bounded(boundary.as_deref()));
                self.tags("TagUser", [arn], tags.keys());
            }
            Operation::CreateRole {
                name,
                path,
                boundary,
                tags,
                ..
            } => {
                let arn = self.arn("role", path, name);
                self.need(call, arn.clone(), bounded(boundary.as_deref()));
                self.tags("TagRole", [arn], tags.keys());
            }
            Operation::MoveUser { name, .. } | Operation::DeleteUser { name } => {
                self.plain(call, self.user(name));
            }
            Operation::UpdateRole { name, .. }
            | Operation::UpdateTrust { name, .. }
            | Operation::DeleteRole { name } => self.plain(call, self.role(name)),
            Operation::CreateProfile { name, path, tags } => {
                let arn = self.arn("instance-profile", path, name);
                self.plain(call, [arn.clone()]);
                self.tags("TagInstanceProfile", [arn], tags.keys());
            }
            Operation::AddRoleToProfile { profile, role } => {
                self.plain(call, self.profile(profile));
                let to_ec2 = one("StringEquals", "iam:PassedToService", "ec2.amazonaws.com");
                for arn in self.role(role) {
                    self.need("PassRole", arn, to_ec2.clone());
                }
            }
            Operation::RemoveRoleFromProfile { profile, .. }
            | Operation::DeleteProfile { name: profile } => {
                self.plain(call, self.profile(profile));
            }
            Operation::PutInline { on, .. } | Operation::DeleteInline { on, .. } => {
                self.plain(call, self.identity(on));
            }
            Operation::Attach { on, arn } | Operation::Detach { on, arn } => {
                for holder in self.identity(on) {
                    self.need(call, holder, one("ArnEquals", "iam:PolicyARN", arn));
                }
            }
            Operation::SetBoundary { on, arn } => {
                for holder in self.identity(on) {
                    self.need(call, holder, bounded(Some(arn)));
                }
            }
            Operation::RemoveBoundary { on } => {
                let now = self.before.holder(on).and_then(|h| h.boundary.clone());
                for holder in self.identity(on) {
                    self.need(call, holder, bounded(now.as_deref()));
                }
            }
            Operation::Tag { on, tags } => self.tags(call, self.identity(on), tags.keys()),
            Operation::Untag { on, keys } => self.tags(call, self.identity(on), keys),
            // The group alone is asked for: who may change its members may add anybody.
            Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
                self.plain(call, self.group(group));
            }
            Operation::CreateLogin { user, .. }
            | Operation::DeleteLogin { user }
            | Operation::DeleteCredential { user, .. } => self.plain(call, self.user(user)),
            Operation::CreateKey { user, .. } => {
                // One that cannot be delivered is found and deleted at once.
                for call in [call, "ListAccessKeys", "DeleteAccessKey"] {
                    self.plain(call, self.user(user));
                }
            }
            Operation::RecordKey { user } => {
                self.tags(call, self.user(user), [&ACCESS_KEY_TAG.to_owned()]);
            }
            Operation::DeleteMfaDevice { serial } => self.plain(call, [escape(serial)]),
            Operation::SetPasswordPolicy { .. }
            | Operation::DeletePasswordPolicy
            | Operation::SetAlias { .. }
            | Operation::DeleteAlias { .. } => self.plain(call, everything()),
            Operation::GiveBackAlias { .. } => {
                // Where another account has taken it, what is there is deleted.
                for call in [call, "DeleteAccountAlias", "ListAccountAliases"] {
                    self.plain(call, everything());
                }
            }
            Operation::Rename { on, to, path } => {
                let after = match on {
                    Identity::Group(_) => self.arn("group", path, to),
                    _ => self.arn("user", path, to),
                };
                self.plain(call, self.identity(on));
                self.plain(call, [after]);
            }
            Operation::Provider(change) => self.provider(call, change),
            Operation::Linked(change) => self.linked(call, change),
        }
    }

    /// A tagging action for these keys and no others.
    fn tags<'k>(
        &mut self,
        action: &str,
        resources: impl IntoIterator<Item = String>,
        keys: impl IntoIterator<Item = &'k String>,
    ) {
        let keys: BTreeSet<String> = keys.into_iter().map(|key| escape(key)).collect();
        if keys.is_empty() {
            return;
        }
        let condition = Condition::from([(("ForAllValues:StringEquals", "aws:TagKeys"), keys)]);
        for resource in resources {
            self.need(action, resource, condition.clone());
        }
    }

    fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        escape(&self.account().arn(&format!("{kind}{path}{name}")))
    }

    /// The ARNs that an entity has before and after: two where it moves.
    fn arns(
        &self,
        kind: &str,
        name: &str,
        path: impl Fn(&State) -> Option<String>,
    ) -> BTreeSet<String> {
        let paths: BTreeSet<String> = [self.before, self.after]
            .into_iter()
            .filter_map(path)
            .collect();
        // What does not exist is looked for where it would be by default.
        let paths = if paths.is_empty() {
            BTreeSet::from(["/".to_owned()])
        } else {
            paths
        };
        paths
            .iter()
            .map(|path| self.arn(kind, path, name))
            .collect()
    }

    fn user(&self, name: &str) -> BTreeSet<String> {
        self.arns("user", name, |s| {
            Some(s.users.get(name)?.holder.path.clone())
        })
    }

    fn group(&self, name: &str) -> BTreeSet<String> {
        self.arns("group", name, |s| Some(s.groups.get(name)?.path.clone()))
    }

    fn role(&self, name: &str) -> BTreeSet<String> {
        self.arns("role", name, |s| {
            Some(s.roles.get(name)?.holder.path.clone())
        })
    }

    fn profile(&self, name: &str) -> BTreeSet<String> {
        self.arns("instance-profile", name, |s| {
            Some(s.profiles.get(name)?.path.clone())
        })
    }

    fn identity(&self, identity: &Identity) -> BTreeSet<String> {
        match identity {
            Identity::User(name) => self.user(name),
            Identity::Group(name) => self.group(name),
            Identity::Role(name) => self.role(name),
        }
    }
}

/// Calls that IAM authorises on no resource of their own.
fn everything() -> [String; 1] {
    ["*".to_owned()]
}

fn one(operator: &'static str, key: &'static str, value: &str) -> Condition {
    Condition::from([((operator, key), BTreeSet::from([escape(value)]))])
}

/// Only with this boundary, where there is one.
fn bounded(boundary: Option<&str>) -> Condition {
    boundary.map_or_else(Condition::new, |arn| {
        one("ArnEquals", "iam:PermissionsBoundary", arn)
    })
}

/// A name as a pattern that matches it alone: paths may hold wildcards.
fn escape(text: &str) -> String {
    if text == "*" {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '$' | '*' | '?' => escaped.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether another need covers this one: the same call with all of these tag keys and more.
fn within_another(need: &Need, all: &BTreeSet<Need>) -> bool {
    all.iter().any(|other| {
        other != need
            && other.action == need.action
            && other.resource == need.resource
            && need.condition.len() == other.condition.len()
            && need.condition.iter().all(|(key, values)| {
                key.0.starts_with("ForAllValues")
                    && other
                        .condition
                        .get(key)
                        .is_some_and(|more| values.is_subset(more))
            })
            && !need.condition.is_empty()
    })
}

/// The fewest statements that give exactly this. Each step joins what differs
/// in one respect only, so that nothing is given that was not asked for.
fn statements(needs: BTreeSet<Need>) -> Vec<Value> {
    let needs: Vec<&Need> = needs
        .iter()
        .filter(|need| !within_another(need, &needs))
        .collect();
    // The values of a key, for one action and resource.
    let mut by_values: BTreeMap<(String, String, Vec<_>), Condition> = BTreeMap::new();
    for need in needs {
        let keys: Vec<_> = need.condition.keys().copied().collect();
        // Of two keys each value belongs to its partner, so they are not joined.
        let alone = keys.len() == 1 && !keys.iter().any(|(op, _)| op.starts_with("ForAllValues"));
        let merged = by_values
            .entry((
                need.action.clone(),
                need.resource.clone(),
                if alone {
                    keys.iter().map(|key| (*key, BTreeSet::new())).collect()
                } else {
                    need.condition.clone().into_iter().collect()
                },
            ))
            .or_default();
        for (key, values) in &need.condition {
            let all: &mut BTreeSet<String> = merged.entry(*key).or_default();
            all.extend(values.iter().cloned());
        }
    }
    let mut by_resource: BTreeMap<(String, Condition), BTreeSet<String>> = BTreeMap::new();
    for ((action, resource, _), condition) in by_values {
        by_resource
            .entry((action, condition))
            .or_default()
            .insert(resource);
    }
    let mut by_action: BTreeMap<(BTreeSet<String>, Condition), BTreeSet<String>> = BTreeMap::new();
    for ((action, condition), resources) in by_resource {
        by_action
            .entry((resources, condition))
            .or_default()
            .insert(action);
    }
    let mut found: Vec<_> = by_action.into_iter().collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
        .into_iter()
        .map(|((resources, condition), actions)| {
            let mut statement = json!({
                "Effect": "Allow",
                "Action": one_or_many(actions),
                "Resource": one_or_many(resources),
            });
            if !condition.is_empty() {
                let mut operators: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
                for ((operator, key), values) in condition {
                    operators
                        .entry(operator)
                        .or_default()
                        .insert(key, one_or_many(values));
                }
                if let Value::Object(map) = &mut statement {
                    map.insert("Condition".to_owned(), json!(operators));
                }
            }
            statement
        })
        .collect()
}

fn one_or_many(texts: BTreeSet<String>) -> Value {
    let mut texts: Vec<String> = texts.into_iter().collect();
    match (texts.len(), texts.pop()) {
        (1, Some(one)) => json!(one),
        (_, last) => {
            texts.extend(last);
            json!(texts)
        }
    }
}
