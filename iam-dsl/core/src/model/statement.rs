//! One statement.

use std::fmt;

use super::{ActionPattern, Conditions, OneOrMany, Principals, ResourcePattern};

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Allows, unless something denies.
    Allow,
    /// Denies, whatever allows.
    Deny,
}

impl Effect {
    /// The JSON text.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One statement, as its elements in the order written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    elements: Vec<StatementElement>,
}

/// One element of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementElement {
    /// `Sid`
    Sid(String),
    /// `Effect`
    Effect(Effect),
    /// `Principal`
    Principal(Principals),
    /// `NotPrincipal`
    NotPrincipal(Principals),
    /// `Action`
    Action(OneOrMany<ActionPattern>),
    /// `NotAction`
    NotAction(OneOrMany<ActionPattern>),
    /// `Resource`
    Resource(OneOrMany<ResourcePattern>),
    /// `NotResource`
    NotResource(OneOrMany<ResourcePattern>),
    /// `Condition`
    Condition(Conditions),
}

impl StatementElement {
    /// The JSON key.
    pub fn key(&self) -> &'static str {
        match self {
            StatementElement::Sid(_) => "Sid",
            StatementElement::Effect(_) => "Effect",
            StatementElement::Principal(_) => "Principal",
            StatementElement::NotPrincipal(_) => "NotPrincipal",
            StatementElement::Action(_) => "Action",
            StatementElement::NotAction(_) => "NotAction",
            StatementElement::Resource(_) => "Resource",
            StatementElement::NotResource(_) => "NotResource",
            StatementElement::Condition(_) => "Condition",
        }
    }
}

/// Finds the element of one variant and returns its content.
macro_rules! find {
    ($self:ident, $variant:ident) => {
        $self.elements.iter().find_map(|element| match element {
            StatementElement::$variant(content) => Some(content),
            _ => None,
        })
    };
}

impl Statement {
    /// A statement of these elements. Nothing is checked here: the validator does.
    pub fn new(elements: Vec<StatementElement>) -> Self {
        Statement { elements }
    }

    /// The elements in the order written.
    pub fn elements(&self) -> &[StatementElement] {
        &self.elements
    }

    /// The statement's id.
    pub fn sid(&self) -> Option<&str> {
        find!(self, Sid).map(String::as_str)
    }

    /// Allow or deny; `None` only in a document with errors.
    pub fn effect(&self) -> Option<Effect> {
        find!(self, Effect).copied()
    }

    /// `Principal`
    pub fn principal(&self) -> Option<&Principals> {
        find!(self, Principal)
    }

    /// `NotPrincipal`
    pub fn not_principal(&self) -> Option<&Principals> {
        find!(self, NotPrincipal)
    }

    /// `Action`; empty where the statement has none.
    pub fn actions(&self) -> &[ActionPattern] {
        find!(self, Action).map_or(&[], OneOrMany::as_slice)
    }

    /// `NotAction`, where the statement has it.
    pub fn not_actions(&self) -> Option<&[ActionPattern]> {
        find!(self, NotAction).map(OneOrMany::as_slice)
    }

    /// `Resource`, where the statement has it.
    pub fn resources(&self) -> Option<&[ResourcePattern]> {
        find!(self, Resource).map(OneOrMany::as_slice)
    }

    /// `NotResource`, where the statement has it.
    pub fn not_resources(&self) -> Option<&[ResourcePattern]> {
        find!(self, NotResource).map(OneOrMany::as_slice)
    }

    /// `Condition`, where the statement has it.
    pub fn conditions(&self) -> Option<&Conditions> {
        find!(self, Condition)
    }
}
