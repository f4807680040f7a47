//! A trust policy that changes both ways while what its role may do changes too.
//!
//! Those whom the role will not let in may not have what it gets, and those whom
//! it newly lets in not what it loses. One change of the trust policy, before the
//! others or after them, cannot keep both: so it is narrowed first, to those whom
//! the policies before and after both let in, and widened last.

use std::collections::BTreeMap;

use iam_dsl::Document;
use iam_dsl::analyze::Access;
use serde_json::{Value, json};

use crate::document::{Effect, PolicyText};
use crate::plan::judge::Judge;
use crate::plan::operation::Operation;
use crate::plan::order::Ordered;
use crate::plan::proof::Sequence;
use crate::state::{Identity, State};

/// The statement of a trust policy that lets in nobody for a while. Its Sid marks as ours
/// what would otherwise be a deny that somebody else added.
pub(crate) fn nobody() -> Value {
    json!({
        "Sid": "IamProvisionTransition",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRole",
    })
}

/// The calls with trust policies narrowed first, where that helps.
pub(super) fn narrowed_first(
    ordered: &Ordered,
    before: &State,
    sequence: &Sequence<'_>,
    judge: &Judge,
) -> Option<Ordered> {
    let touched = sequence.touched();
    let mut early: Vec<Operation> = Vec::new();
    let mut narrowed: BTreeMap<usize, (Vec<Operation>, Vec<Operation>)> = BTreeMap::new();
    for (index, operation) in ordered.operations.iter().enumerate() {
        let Operation::UpdateTrust {
            name,
            document: wanted,
        } = operation
        else {
            continue;
        };
        let Some(calls) = touched.get(&Identity::Role(name.clone())) else {
            continue;
        };
        let first = calls.iter().copied().find(|call| *call < index);
        let was = before.roles.get(name).map(|role| &role.trust);
        let (Some(first), Some(was)) = (first, was) else {
            continue;
        };
        if let Some(document) = common(was, wanted, judge) {
            let name = name.clone();
            if document == *wanted {
                early.push(operation.clone());
            }
            let befores = &mut narrowed.entry(first).or_default().0;
            befores.push(Operation::UpdateTrust { name, document });
        }
    }
    (!narrowed.is_empty())
        .then(|| ordered.with_calls(&narrowed, &|operation| early.contains(operation)))
}

/// Of the policy after what the one before lets in too; none if that is all of
/// the one before, so that widening it last is enough.
fn common(before: &PolicyText, after: &PolicyText, judge: &Judge) -> Option<PolicyText> {
    let was = Access::trust(before.document()?);
    let will = Access::trust(after.document()?);
    if judge.some(&[&was], &[&will]).is_no() {
        return None;
    }
    if judge.some(&[&will], &[&was]).is_no() {
        return Some(after.clone());
    }
    // What is let in is proved to be let in before, whatever was denied then.
    let mut statements: Vec<Value> = Vec::new();
    for statement in after.statements() {
        if statement.effect == Effect::Deny {
            statements.push(statement.value.clone());
            continue;
        }
        for one in statement.by_principal() {
            let document = one.as_allow();
            let is_common = document.is_some_and(|document: Document| {
                judge.some(&[&Access::trust(&document)], &[&was]).is_no()
            });
            if is_common {
                statements.push(one.nameless_value());
            }
        }
    }
    if statements.is_empty() {
        // A trust policy needs a statement.
        statements.push(nobody());
    }
    Some(after.with_statements(statements))
}
