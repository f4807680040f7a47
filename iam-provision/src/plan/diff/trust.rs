//! Trust policies: who may assume a role.

use serde_json::Value;

use super::Differ;
use crate::desired::TRUST_SIZE;
use crate::document::PolicyText;
use crate::plan::NoteKind;
use crate::plan::operation::Operation;
use crate::plan::transition::nobody;
use crate::state::Identity;

impl Differ<'_> {
    /// Puts the trust policy of a role right that exists.
    pub(super) fn trust(
        &mut self,
        identity: &Identity,
        role: &str,
        wanted: &PolicyText,
        now: &PolicyText,
    ) {
        let trust = self.as_after_moves(now);
        if trust.means_the_same_as(wanted) {
            return;
        }
        let place = format!("trust policy of {identity}");
        let (living, deleted) = without_deleted(&trust);
        if !deleted.is_empty() {
            self.note(
                NoteKind::DeletedPrincipal,
                format!("{place}: it names {}, the id of a user or role that was deleted; one made anew under the same name is not trusted until the policy is written again, which this plan does", deleted.join(" and ")),
            );
        }
        // Of what a cut change left nothing is kept.
        let living = without_nobody(&living).unwrap_or_else(|| wanted.clone());
        let document = self.with_kept_denies(&place, role, Some(wanted), &living, TRUST_SIZE);
        if let Some(document) = document
            && !document.means_the_same_as(&trust)
        {
            self.push(Operation::UpdateTrust {
                name: role.to_owned(),
                document,
            });
        }
    }

    /// How the trust policy of a new role leads back to the role, over roles that are new as well.
    pub(super) fn trust_cycle(&self, role: &str) -> Option<String> {
        let mut seen: Vec<&str> = Vec::new();
        let mut next = vec![role];
        while let Some(name) = next.pop() {
            let trust = &self.want.roles.get(name)?.trust;
            for (other, wanted) in &self.want.roles {
                let arn = self
                    .now
                    .account
                    .arn(&format!("role{}{other}", wanted.holder.path));
                if self.now.roles.contains_key(other)
                    || !trust.json().contains(&format!("\"{arn}\""))
                {
                    continue;
                }
                if other == role {
                    return Some(if name == role {
                        "the role itself".to_owned()
                    } else {
                        format!("a new role whose trust leads back to it (role {name} names it)")
                    });
                }
                if !seen.contains(&other.as_str()) {
                    seen.push(other);
                    next.push(other);
                }
            }
        }
        None
    }

    /// A trust policy as IAM will show it once this plan's users are at their
    /// new paths: IAM keeps a principal by its id and shows its present ARN.
    fn as_after_moves(&self, trust: &PolicyText) -> PolicyText {
        let account = &self.now.account;
        let mut json = trust.json().to_owned();
        for (name, wanted) in &self.want.users {
            if let Some(now) = self.now.users.get(name)
                && now.holder.path != wanted.holder.path
            {
                let before = account.arn(&format!("user{}{name}", now.holder.path));
                let after = account.arn(&format!("user{}{name}", wanted.holder.path));
                json = json.replace(&format!("\"{before}\""), &format!("\"{after}\""));
            }
        }
        PolicyText::from_json(&json)
    }
}

/// A trust policy without the statement by which a change lets in nobody for a
/// while; `None` if that is all it says.
fn without_nobody(trust: &PolicyText) -> Option<PolicyText> {
    let Ok(mut document) = serde_json::from_str::<Value>(trust.json()) else {
        return Some(trust.clone());
    };
    let ours = nobody();
    let is_ours = |statement: &Value| *statement == ours;
    match document.get_mut("Statement") {
        Some(Value::Array(statements)) if statements.iter().any(is_ours) => {
            statements.retain(|statement| !is_ours(statement));
            let is_left = !statements.is_empty();
            is_left.then(|| PolicyText::from_json(&document.to_string()))
        }
        Some(statement) if is_ours(statement) => None,
        _ => Some(trust.clone()),
    }
}

/// A trust policy without the unique ids that stand for deleted users and
/// roles, and those ids. IAM shows them in place of the ARN, and takes no
/// policy that names one ("AWS JSON policy elements: Principal",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
/// A statement that names nobody else says nothing any more and goes.
fn without_deleted(trust: &PolicyText) -> (PolicyText, Vec<String>) {
    let mut deleted = Vec::new();
    let Ok(mut document) = serde_json::from_str::<Value>(trust.json()) else {
        return (trust.clone(), deleted);
    };
    let mut living = |statement: &mut Value| -> bool {
        let Some(principals) = statement.pointer_mut("/Principal/AWS") else {
            return true;
        };
        let before = deleted.len();
        match principals {
            Value::String(one) if is_unique_id(one) => {
                deleted.push(one.clone());
                principals.take();
            }
            Value::Array(list) => list.retain(|one| match one.as_str() {
                Some(one) if is_unique_id(one) => {
                    deleted.push(one.to_owned());
                    false
                }
                _ => true,
            }),
            _ => {}
        }
        let is_empty = principals.is_null() || principals.as_array().is_some_and(Vec::is_empty);
        if deleted.len() == before || !is_empty {
            return true;
        }
        // Another kind of principal may be named beside it.
        let Some(Value::Object(kinds)) = statement.get_mut("Principal") else {
            return true;
        };
        kinds.remove("AWS");
        !kinds.is_empty()
    };
    if let Some(Value::Array(statements)) = document.get_mut("Statement") {
        statements.retain_mut(&mut living);
    } else if let Some(one) = document.get_mut("Statement")
        && !living(one)
    {
        *one = Value::Array(Vec::new());
    }
    if deleted.is_empty() {
        return (trust.clone(), deleted);
    }
    deleted.sort();
    deleted.dedup();
    (PolicyText::from_json(&document.to_string()), deleted)
}

/// The ids of users and roles ("IAM identifiers": unique identifiers).
fn is_unique_id(principal: &str) -> bool {
    ["AIDA", "AROA"].iter().any(|kind| {
        principal.strip_prefix(kind).is_some_and(|rest| {
            rest.len() >= 12
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleted_principals_are_taken_out_and_told() {
        let of = |principal: &str| {
            PolicyText::from_json(&format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#
            ))
        };
        for (principal, left, deleted) in [
            (r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, 1, 0),
            (r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#, 0, 1),
            (
                r#"{"AWS":["AIDACKCEVSQ6C2EXAMPLE","AROADBQP57FF2AEXAMPLE"]}"#,
                0,
                2,
            ),
            (r#"{"AWS":["AROADBQP57FF2AEXAMPLE","111122223333"]}"#, 1, 1),
            (
                r#"{"AWS":"AROADBQP57FF2AEXAMPLE","Service":"ec2.amazonaws.com"}"#,
                1,
                1,
            ),
            (r#"{"Service":"ec2.amazonaws.com"}"#, 1, 0),
            (r#""*""#, 1, 0),
        ] {
            let (living, ids) = without_deleted(&of(principal));
            assert_eq!(living.statements().len(), left, "{principal}");
            assert_eq!(ids.len(), deleted, "{principal}");
            assert!(!living.json().contains("EXAMPLE"), "{living:?}");
        }
    }
}
