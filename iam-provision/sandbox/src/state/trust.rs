//! Trust policies. IAM stores users and roles named in a trust policy by
//! their unique id and writes the ARN back on every read, so that a
//! principal that was deleted shows as `AIDA…` or `AROA…`, and one that was
//! recreated under the same name is not trusted by accident ("AWS JSON policy
//! elements: Principal" in the IAM User Guide).

use serde_json::Value;

use crate::dsl::{Document, PolicyKind};
use crate::refusal::Refusal;
use crate::state::document::{accepted, countable};
use crate::state::{PrincipalKind, World, is_account_id};

/// A trust policy, principals by unique id.
#[derive(Clone, Debug)]
pub(crate) struct TrustText(Value);

impl TrustText {
    /// Checks a trust policy and ties its principals to those that exist.
    pub(crate) fn accept(
        world: &World,
        field: &str,
        text: &str,
        most_characters: usize,
    ) -> Result<TrustText, Refusal> {
        accepted(field, text, PolicyKind::Trust)?;
        if countable(text) > most_characters {
            return Err(Refusal::limit_exceeded(format!(
                "Cannot exceed quota for ACLSizePerRole: {most_characters}"
            )));
        }
        let mut value: Value = serde_json::from_str(text)
            .map_err(|_| Refusal::malformed_policy_document("Syntax errors in policy."))?;
        each_principal(&mut value, &mut |kind, principal| {
            let stored = match kind {
                "AWS" => stored_form(world, principal),
                "Service" => Some(principal.to_owned()).filter(|p| is_service(p)),
                _ => Some(principal.to_owned()),
            };
            stored.ok_or_else(|| {
                Refusal::malformed_policy_document(format!(
                    "Invalid principal in policy: \"{}\":\"{principal}\"",
                    kind.to_uppercase()
                ))
            })
        })?;
        Ok(TrustText(value))
    }

    /// The policy as it reads now: ARNs for whoever exists, ids for the rest.
    pub(crate) fn text(&self, world: &World) -> String {
        let mut value = self.0.clone();
        // Reading refuses nothing.
        let _ = each_principal(&mut value, &mut |_, principal| {
            Ok(arn_of_unique_id(world, principal).unwrap_or_else(|| principal.to_owned()))
        });
        value.to_string()
    }

    /// The model of the policy as it reads now.
    pub(crate) fn document(&self, world: &World) -> Option<Document> {
        Document::from_json(&self.text(world)).ok()
    }
}

/// Replaces every principal of every statement.
fn each_principal(
    policy: &mut Value,
    replace: &mut dyn FnMut(&str, &str) -> Result<String, Refusal>,
) -> Result<(), Refusal> {
    let Some(statements) = policy.get_mut("Statement") else {
        return Ok(());
    };
    for statement in one_or_many(statements) {
        let Some(Value::Object(principals)) = statement.get_mut("Principal") else {
            continue;
        };
        for (kind, values) in principals {
            for value in one_or_many(values) {
                if let Value::String(principal) = value {
                    *principal = replace(kind, principal)?;
                }
            }
        }
    }
    Ok(())
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_mut(single),
    }
}

/// What is stored for an `AWS` principal; nothing if there is no such one.
fn stored_form(world: &World, principal: &str) -> Option<String> {
    if principal == "*" {
        return Some(principal.to_owned());
    }
    if is_account_id(principal) {
        return Some(format!("arn:aws:iam::{principal}:root"));
    }
    if principal.starts_with("AIDA") || principal.starts_with("AROA") {
        return arn_of_unique_id(world, principal).map(|_| principal.to_owned());
    }
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    let [
        "arn",
        "aws" | "aws-cn" | "aws-us-gov",
        service,
        "",
        account,
        resource,
    ] = *parts
    else {
        return None;
    };
    if !is_account_id(account) {
        return None;
    }
    // An account that the sandbox does not play cannot be looked into.
    let Some(known) = world.accounts.get(account) else {
        return Some(principal.to_owned());
    };
    match (service, resource.split_once('/')) {
        ("iam", None) if resource == "root" => Some(principal.to_owned()),
        ("iam", Some((kind @ ("user" | "role"), _))) => known
            .all_grants()
            .find(|(k, label, _)| k.word() == kind && label.arn(account, kind) == principal)
            .map(|(_, label, _)| label.id.clone()),
        ("sts", Some(("assumed-role", session))) => {
            let (role, name) = session.split_once('/')?;
            known.role(role).ok().filter(|_| !name.is_empty())?;
            Some(principal.to_owned())
        }
        ("sts", Some(("federated-user", _))) => Some(principal.to_owned()),
        _ => None,
    }
}

/// The ARN of the user or role with a unique id, in any account.
fn arn_of_unique_id(world: &World, id: &str) -> Option<String> {
    if !id.starts_with("AIDA") && !id.starts_with("AROA") {
        return None;
    }
    world.accounts.values().find_map(|account| {
        account
            .all_grants()
            .find(|(kind, label, _)| *kind != PrincipalKind::Group && label.id == id)
            .map(|(kind, label, _)| label.arn(&account.id, kind.word()))
    })
}

/// Whether the text has the form of a service principal.
fn is_service(text: &str) -> bool {
    let name = text
        .strip_suffix(".amazonaws.com")
        .or_else(|| text.strip_suffix(".amazonaws.com.cn"))
        .or_else(|| text.strip_suffix(".aws.internal"));
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    })
}
