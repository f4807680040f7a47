//! Model to JSON.

use crate::json::Node;
use crate::model::{
    ConditionValue, Conditions, Document, Element, OneOrMany, Principals, Statement,
    StatementElement,
};

/// The document as a JSON tree.
pub(crate) fn document(document: &Document) -> Node {
    Node::Object(
        document
            .elements()
            .iter()
            .map(|element| {
                let value = match element {
                    Element::Version(version) => string(version.as_str()),
                    Element::Id(id) => string(id),
                    Element::Statement(statements) => list(statements, statement),
                };
                (element.key().to_owned(), value)
            })
            .collect(),
    )
}

fn statement(statement: &Statement) -> Node {
    Node::Object(
        statement
            .elements()
            .iter()
            .map(|element| {
                let value = match element {
                    StatementElement::Sid(sid) => string(sid),
                    StatementElement::Effect(effect) => string(effect.as_str()),
                    StatementElement::Principal(principals)
                    | StatementElement::NotPrincipal(principals) => self::principals(principals),
                    StatementElement::Action(actions) | StatementElement::NotAction(actions) => {
                        list(actions, |action| string(action.as_str()))
                    }
                    StatementElement::Resource(resources)
                    | StatementElement::NotResource(resources) => {
                        list(resources, |resource| string(resource.as_str()))
                    }
                    StatementElement::Condition(conditions) => self::conditions(conditions),
                };
                (element.key().to_owned(), value)
            })
            .collect(),
    )
}

fn principals(principals: &Principals) -> Node {
    match principals {
        Principals::Everyone => string("*"),
        Principals::Map(entries) => Node::Object(
            entries
                .iter()
                .map(|entry| {
                    let values = list(&entry.values, |value| string(value));
                    (entry.kind.as_str().to_owned(), values)
                })
                .collect(),
        ),
    }
}

fn conditions(conditions: &Conditions) -> Node {
    Node::Object(
        conditions
            .blocks
            .iter()
            .map(|block| {
                let entries = block
                    .entries
                    .iter()
                    .map(|entry| (entry.key.clone(), list(&entry.values, condition_value)))
                    .collect();
                (block.operator.to_string(), Node::Object(entries))
            })
            .collect(),
    )
}

fn condition_value(value: &ConditionValue) -> Node {
    match value {
        ConditionValue::String(text) => string(text),
        ConditionValue::Bool(value) => Node::Bool(*value),
        ConditionValue::Number(text) => Node::Number(text.clone()),
    }
}

fn list<T>(values: &OneOrMany<T>, node: impl Fn(&T) -> Node) -> Node {
    match values {
        OneOrMany::One(value) => node(value),
        OneOrMany::Many(values) => Node::Array(values.iter().map(node).collect()),
    }
}

fn string(text: &str) -> Node {
    Node::String(text.to_owned())
}
