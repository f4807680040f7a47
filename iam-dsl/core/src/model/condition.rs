//! The `Condition` element.

use std::borrow::Cow;

use super::OneOrMany;
use crate::operator::Operator;

/// A statement's conditions: all operators, and all keys of each, must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The operators in the order written.
    pub blocks: Vec<OperatorBlock>,
}

/// One operator with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorBlock {
    /// How values are compared.
    pub operator: Operator,
    /// Keys and values, in the order written.
    pub entries: Vec<ConditionEntry>,
}

/// One condition key with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionEntry {
    /// The key as written; IAM compares keys without regard to case.
    pub key: String,
    /// The values: any of them (none of them, for a negated operator) must match.
    pub values: OneOrMany<ConditionValue>,
}

/// A value in a condition. IAM takes booleans and numbers for their text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConditionValue {
    /// A JSON string.
    String(String),
    /// `true` or `false` without quotes.
    Bool(bool),
    /// A number without quotes, as its JSON text.
    Number(String),
}

impl ConditionValue {
    /// The text that IAM compares.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            ConditionValue::String(text) | ConditionValue::Number(text) => Cow::Borrowed(text),
            ConditionValue::Bool(true) => Cow::Borrowed("true"),
            ConditionValue::Bool(false) => Cow::Borrowed("false"),
        }
    }
}

impl Conditions {
    /// Every (operator, key, values) triple.
    pub fn iter(&self) -> impl Iterator<Item = (Operator, &ConditionEntry)> {
        self.blocks
            .iter()
            .flat_map(|block| block.entries.iter().map(|entry| (block.operator, entry)))
    }
}
