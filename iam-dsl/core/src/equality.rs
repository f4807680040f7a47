//! Semantic equality: whether two documents mean the same to IAM.
//!
//! IAM rewrites what it stores (IAM User Guide, "Troubleshoot IAM policies":
//! never compare documents as strings), so equality ignores the order of
//! statements and lists, one-or-many forms, repeated values, the case of
//! actions and condition keys, and the two ways of writing an account, everyone,
//! booleans and numbers. It is not fooled by what does differ: the case of
//! resources, a Sid, the unique id that a deleted principal leaves, or the
//! version where a variable's meaning hangs on it.

use std::collections::BTreeSet;

use crate::arn::account_root;
use crate::model::{
    ActionPattern, Conditions, Document, Effect, PrincipalType, Principals, ResourcePattern,
    Statement, Version,
};
use crate::operator::{Operator, OperatorFamily};

/// Whether the two documents mean the same.
///
/// ```
/// use iam_dsl_core::{Document, equivalent};
///
/// let a = Document::from_json(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"S3:getobject","Resource":"*"}}"#)?;
/// let b = Document::from_json(r#"{"Version":"2012-10-17","Statement":[{"Action":["s3:GetObject"],"Resource":["*"],"Effect":"Allow"}]}"#)?;
/// assert!(equivalent(&a, &b));
/// # Ok::<(), iam_dsl_core::InvalidPolicy>(())
/// ```
pub fn equivalent(a: &Document, b: &Document) -> bool {
    a == b || (Normal::of(a) == Normal::of(b) && root_partitions(a, b).len() <= 1)
}

/// The partitions of the account roots that two documents name. An account's id
/// stands for its root in the partition of whoever reads it, so the two forms are
/// the same only as long as one partition is spoken of.
fn root_partitions<'d>(a: &'d Document, b: &'d Document) -> BTreeSet<&'d str> {
    [a, b]
        .into_iter()
        .flat_map(Document::statements)
        .flat_map(|statement| [statement.principal(), statement.not_principal()])
        .flatten()
        .flat_map(Principals::iter)
        .filter_map(|(_, value)| account_root(value))
        .map(|fields| fields.partition)
        .collect()
}

/// A document without the freedom of writing.
#[derive(PartialEq, Eq)]
struct Normal<'d> {
    /// Only where the document holds `${`: elsewhere the version changes nothing.
    version: Option<Version>,
    id: Option<&'d str>,
    /// Sorted; a repeated statement stays repeated.
    statements: Vec<NormalStatement<'d>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NormalStatement<'d> {
    sid: Option<&'d str>,
    effect: Option<Effect>,
    principal: Option<BTreeSet<(PrincipalType, &'d str)>>,
    not_principal: Option<BTreeSet<(PrincipalType, &'d str)>>,
    action: BTreeSet<String>,
    not_action: Option<BTreeSet<String>>,
    resource: Option<BTreeSet<&'d str>>,
    not_resource: Option<BTreeSet<&'d str>>,
    conditions: BTreeSet<(Operator, String, BTreeSet<String>)>,
}

impl<'d> Normal<'d> {
    fn of(document: &'d Document) -> Self {
        let variables = document.to_json().contains("${");
        let version = document.version().unwrap_or(Version::V2008_10_17);
        let mut statements: Vec<_> = document.statements().iter().map(statement).collect();
        statements.sort();
        Normal {
            version: variables.then_some(version),
            id: document.id(),
            statements,
        }
    }
}

/// What two statements have in common that say the same, whatever their Sids.
pub(crate) fn without_sid(one: &Statement) -> NormalStatement<'_> {
    NormalStatement {
        sid: None,
        ..statement(one)
    }
}

fn statement(statement: &Statement) -> NormalStatement<'_> {
    NormalStatement {
        sid: statement.sid().filter(|sid| !sid.is_empty()),
        effect: statement.effect(),
        principal: statement.principal().map(principals),
        not_principal: statement.not_principal().map(principals),
        action: actions(statement.actions()),
        not_action: statement.not_actions().map(actions),
        resource: statement.resources().map(resources),
        not_resource: statement.not_resources().map(resources),
        conditions: statement.conditions().map(conditions).unwrap_or_default(),
    }
}

fn actions(actions: &[ActionPattern]) -> BTreeSet<String> {
    actions
        .iter()
        .map(|action| action.as_str().to_ascii_lowercase())
        .collect()
}

fn resources(resources: &[ResourcePattern]) -> BTreeSet<&str> {
    resources.iter().map(ResourcePattern::as_str).collect()
}

fn principals(principals: &Principals) -> BTreeSet<(PrincipalType, &str)> {
    principals
        .iter()
        .map(|(kind, value)| (kind, account_of_root(value)))
        .collect()
}

/// An account's root ARN and its id are the same principal.
fn account_of_root(value: &str) -> &str {
    account_root(value).map_or(value, |root| root.account)
}

fn conditions(conditions: &Conditions) -> BTreeSet<(Operator, String, BTreeSet<String>)> {
    conditions
        .iter()
        .map(|(operator, entry)| {
            // Booleans are compared without regard to case.
            let folds = matches!(
                operator.comparison.family(),
                OperatorFamily::Bool | OperatorFamily::Null
            );
            let values = entry
                .values
                .iter()
                .map(|value| {
                    let text = value.text();
                    if folds {
                        text.to_ascii_lowercase()
                    } else {
                        text.into_owned()
                    }
                })
                .collect();
            (operator, entry.key.to_ascii_lowercase(), values)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(principal: &str) -> Document {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}}}"#
        );
        Document::from_json(&text).unwrap()
    }

    #[test]
    fn an_account_is_its_root_within_one_partition() {
        let id = trust("111122223333");
        let root = trust("arn:aws:iam::111122223333:root");
        let china = trust("arn:aws-cn:iam::111122223333:root");
        assert!(equivalent(&id, &root) && equivalent(&root, &id));
        assert!(equivalent(&id, &china));
        assert!(!equivalent(&root, &china));
    }
}
