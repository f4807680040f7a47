//! Places in a document, as JSON pointers.

use iam_dsl_core::pointer::Place;
use iam_dsl_core::{
    Document, Element, OneOrMany, Operator, PrincipalType, Principals, Statement, StatementElement,
};

/// The statement of this number.
pub(super) fn statement(document: &Document, number: usize) -> String {
    let single = document
        .elements()
        .iter()
        .any(|element| matches!(element, Element::Statement(OneOrMany::One(_))));
    if single {
        "/Statement".to_owned()
    } else {
        format!("/Statement/{number}")
    }
}

/// A member of a statement.
pub(super) fn element(document: &Document, number: usize, key: &str) -> String {
    format!("{}/{key}", statement(document, number))
}

/// An action of a statement, by its number in the list.
pub(super) fn action(document: &Document, number: usize, pattern: usize) -> String {
    let pointer = element(document, number, "Action");
    let elements = document.statements().get(number);
    let list = elements
        .into_iter()
        .flat_map(|s| s.elements())
        .any(|element| matches!(element, StatementElement::Action(OneOrMany::Many(_))));
    if list {
        format!("{pointer}/{pattern}")
    } else {
        pointer
    }
}

/// A key of a condition of a statement.
pub(super) fn condition(
    document: &Document,
    number: usize,
    operator: Operator,
    key: &str,
) -> String {
    let operator = operator.to_string();
    let root = Place::ROOT;
    let condition = root.key("Condition");
    let block = condition.key(&operator);
    format!("{}{}", statement(document, number), block.key(key))
}

/// The principals of a statement, each with its place.
pub(super) fn principals(document: &Document, number: usize) -> Vec<(String, PrincipalType, &str)> {
    let pointer = element(document, number, "Principal");
    let statement = document.statements().get(number);
    match statement.and_then(Statement::principal) {
        None => Vec::new(),
        Some(Principals::Everyone) => vec![(pointer, PrincipalType::Aws, "*")],
        Some(Principals::Map(entries)) => {
            let mut all = Vec::new();
            for entry in entries {
                let kind = entry.kind;
                match &entry.values {
                    OneOrMany::One(value) => {
                        all.push((format!("{pointer}/{kind}"), kind, value.as_str()))
                    }
                    OneOrMany::Many(values) => {
                        let values = values.iter().enumerate();
                        all.extend(values.map(|(index, value)| {
                            (format!("{pointer}/{kind}/{index}"), kind, value.as_str())
                        }));
                    }
                }
            }
            all
        }
    }
}
