//! The names of a bundle's users and roles, as compactly as a policy takes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::state::Identity;

pub(super) const SID: &str = "Index";
pub(super) const KEY: &str = "aws:PrincipalTag/iam-provision.index";

/// Stands for nobody, because a condition has at least one value. No name does:
/// each begins with its kind.
const NOBODY: &str = "-";
const USER: &str = "u/";
const ROLE: &str = "r/";

/// The values of the condition that keeps the names.
pub(super) fn write(index: &BTreeSet<Identity>) -> Value {
    let names: Vec<String> = index
        .iter()
        .filter_map(|identity| match identity {
            Identity::User(name) => Some(format!("{USER}{name}")),
            Identity::Role(name) => Some(format!("{ROLE}{name}")),
            // A group is a claim.
            Identity::Group(_) => None,
        })
        .collect();
    match names.is_empty() {
        true => json!(NOBODY),
        false => json!(names),
    }
}

/// The inverse of [`write`]. A list of one may be shown as its only value.
pub(super) fn read(values: &Value) -> Option<BTreeSet<Identity>> {
    let values: Vec<&Value> = match values {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let mut index = BTreeSet::new();
    for value in values {
        let value = value.as_str()?;
        if let Some(name) = value.strip_prefix(USER) {
            index.insert(Identity::User(name.to_owned()));
        } else if let Some(name) = value.strip_prefix(ROLE) {
            index.insert(Identity::Role(name.to_owned()));
        } else if value != NOBODY {
            return None;
        }
    }
    Some(index)
}
