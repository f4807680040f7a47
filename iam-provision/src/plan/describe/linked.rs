//! Calls about service-linked roles, in words.

use super::Words;
use crate::plan::Change;
use crate::plan::operation::LinkedCall;
use crate::state::State;

pub(super) fn linked(call: &LinkedCall, now: &State) -> Words {
    let role = call.role();
    match call {
        LinkedCall::Create { .. } => Words::new(Change::Create, role.to_string())
            .access([format!("lets {} do what it says it needs", role.service)]),
        LinkedCall::Describe { description, .. } => {
            let words = Words::new(Change::Change, format!("description of the {role}"))
                .after(format!("{description:?}"));
            match now
                .linked
                .get(role)
                .and_then(|now| now.description.as_ref())
            {
                Some(before) => words.before(format!("{before:?}")),
                None => words,
            }
        }
        LinkedCall::Delete { name, .. } => Words::new(Change::Delete, format!("{role}, {name}"))
            .access([format!(
                "takes from {} what it says it needs; the service refuses while it uses the role",
                role.service
            )]),
    }
}
