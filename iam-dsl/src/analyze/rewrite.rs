//! Parts from which documents are made anew.

use std::collections::BTreeSet;

use iam_dsl_core::{
    ActionPattern, Conditions, Document, Effect, Element, OneOrMany, Principals, ResourcePattern,
    Statement, StatementElement,
};

/// A list of patterns, or of what is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Choice {
    pub(super) fn patterns(&self) -> &[String] {
        match self {
            Choice::These(patterns) | Choice::AllBut(patterns) => patterns,
        }
    }

    pub(super) fn patterns_mut(&mut self) -> &mut Vec<String> {
        match self {
            Choice::These(patterns) | Choice::AllBut(patterns) => patterns,
        }
    }
}

/// A statement taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) sid: Option<String>,
    pub(super) effect: Option<Effect>,
    /// `Principal` and `NotPrincipal`, as they are.
    pub(super) principal: Option<Principals>,
    pub(super) not_principal: Option<Principals>,
    pub(super) actions: Option<Choice>,
    pub(super) resources: Option<Choice>,
    pub(super) conditions: Conditions,
}

impl Parts {
    pub(super) fn of(statement: &Statement) -> Self {
        let actions = match (statement.actions(), statement.not_actions()) {
            ([], None) => None,
            ([], Some(listed)) => Some(Choice::AllBut(texts(listed, ActionPattern::as_str))),
            (listed, _) => Some(Choice::These(texts(listed, ActionPattern::as_str))),
        };
        let resources = match (statement.resources(), statement.not_resources()) {
            (Some(listed), _) => Some(Choice::These(texts(listed, ResourcePattern::as_str))),
            (None, Some(listed)) => Some(Choice::AllBut(texts(listed, ResourcePattern::as_str))),
            (None, None) => None,
        };
        Parts {
            sid: statement.sid().map(str::to_owned),
            effect: statement.effect(),
            principal: statement.principal().cloned(),
            not_principal: statement.not_principal().cloned(),
            actions,
            resources,
            conditions: statement.conditions().cloned().unwrap_or_default(),
        }
    }

    pub(super) fn statement(&self) -> Statement {
        let mut elements = Vec::new();
        elements.extend(self.sid.clone().map(StatementElement::Sid));
        elements.extend(self.effect.map(StatementElement::Effect));
        elements.extend(self.principal.clone().map(StatementElement::Principal));
        elements.extend(
            self.not_principal
                .clone()
                .map(StatementElement::NotPrincipal),
        );
        let action = |text: &String| ActionPattern::new(text.as_str());
        elements.extend(self.actions.as_ref().map(|choice| match choice {
            Choice::These(patterns) => StatementElement::Action(listed(patterns, action)),
            Choice::AllBut(patterns) => StatementElement::NotAction(listed(patterns, action)),
        }));
        let resource = |text: &String| ResourcePattern::new(text.as_str());
        elements.extend(self.resources.as_ref().map(|choice| match choice {
            Choice::These(patterns) => StatementElement::Resource(listed(patterns, resource)),
            Choice::AllBut(patterns) => StatementElement::NotResource(listed(patterns, resource)),
        }));
        if !self.conditions.blocks.is_empty() {
            elements.push(StatementElement::Condition(self.conditions.clone()));
        }
        Statement::new(elements)
    }

    /// Whether the two differ at most in their actions, Sids apart; or in their
    /// resources.
    pub(super) fn differs_only_in(&self, other: &Parts, what: Differs) -> bool {
        self.effect == other.effect
            && self.principal == other.principal
            && self.not_principal == other.not_principal
            && self.conditions == other.conditions
            && match what {
                Differs::Actions => self.resources == other.resources,
                Differs::Resources => self.actions == other.actions,
            }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Differs {
    Actions,
    Resources,
}

fn texts<T>(listed: &[T], text: impl Fn(&T) -> &str) -> Vec<String> {
    listed.iter().map(|value| text(value).to_owned()).collect()
}

/// One value without brackets.
fn listed<T>(patterns: &[String], make: impl Fn(&String) -> T) -> OneOrMany<T> {
    match patterns {
        [one] => OneOrMany::One(make(one)),
        several => OneOrMany::Many(several.iter().map(make).collect()),
    }
}

/// The document with these statements in place of its own.
pub(super) fn document(of: &Document, statements: &[Parts]) -> Document {
    let statements = statements.iter().map(Parts::statement).collect();
    let statements = Element::Statement(OneOrMany::Many(statements));
    let mut elements: Vec<Element> = of
        .elements()
        .iter()
        .filter(|element| !matches!(element, Element::Statement(_)))
        .cloned()
        .collect();
    elements.push(statements);
    Document::new(elements)
}

/// The patterns in order, each once; of actions whatever their case.
pub(super) fn union(left: &[String], right: &[String], folds: bool) -> Vec<String> {
    let mut known = BTreeSet::new();
    let key = |text: &String| {
        if folds {
            text.to_ascii_lowercase()
        } else {
            text.clone()
        }
    };
    left.iter()
        .chain(right)
        .filter(|text| known.insert(key(text)))
        .cloned()
        .collect()
}
