//! JSON to model, with every structural mistake on the way.
//!
//! Reading goes on after a mistake: what cannot be understood is left out of
//! the document, so that the rules of a kind of policy can be checked on the
//! rest and all mistakes come together.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::json::{self, Node};
use crate::model::{
    ActionPattern, ConditionEntry, ConditionValue, Conditions, Document, Effect, Element,
    OneOrMany, OperatorBlock, PrincipalEntry, PrincipalType, Principals, ResourcePattern,
    Statement, StatementElement, Version,
};
use crate::operator::{Comparison, Operator};
use crate::pointer::Place;
use crate::suggest::{did_you_mean, nearest};

/// IAM's message for what its parser cannot read.
const SYNTAX: &str = "Syntax errors in policy.";

const DOCUMENT_ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Reads a document from JSON text. The document is `None` only where the text
/// is no JSON object.
pub(crate) fn read_json(text: &str) -> (Option<Document>, Vec<Diagnostic>) {
    match json::parse(text) {
        Ok(node) => read_node(node),
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::JsonSyntaxError, "", error.to_string())
                .help("a policy is one JSON object")
                .refused(SYNTAX);
            (None, vec![diagnostic])
        }
    }
}

/// Reads a document from a JSON tree.
pub(crate) fn read_node(node: Node) -> (Option<Document>, Vec<Diagnostic>) {
    let mut reader = Reader {
        diagnostics: Vec::new(),
    };
    let document = reader.document(node);
    (document, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    /// Reports a mistake that IAM's own parser refuses.
    fn syntax(&mut self, code: Code, place: Place<'_>, message: String, help: impl Into<String>) {
        self.diagnostics.push(
            Diagnostic::new(code, place.pointer(), message)
                .help(help)
                .refused(SYNTAX),
        );
    }

    fn mismatch(&mut self, place: Place<'_>, what: &str, found: &'static str, wanted: &str) {
        self.syntax(
            Code::DataTypeMismatch,
            place,
            format!("{what} is {found}"),
            format!("write {wanted}"),
        );
    }

    /// Reports keys that occur twice; the first of each stands.
    fn distinct(&mut self, entries: Vec<(String, Node)>, place: Place<'_>) -> Vec<(String, Node)> {
        // Most objects are small; a wide one must not cost its square.
        let distinct = if entries.len() <= 16 {
            entries.iter().enumerate().all(|(index, (key, _))| {
                entries
                    .iter()
                    .take(index)
                    .all(|(earlier, _)| earlier != key)
            })
        } else {
            let mut seen = HashSet::with_capacity(entries.len());
            entries.iter().all(|(key, _)| seen.insert(key.as_str()))
        };
        if distinct {
            return entries;
        }
        let mut seen = HashSet::with_capacity(entries.len());
        let mut kept = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if seen.insert(key.clone()) {
                kept.push((key, value));
            } else {
                self.syntax(
                    Code::DuplicateKey,
                    place.key(&key),
                    format!("`{key}` occurs twice in one object"),
                    "merge the two, or remove one",
                );
            }
        }
        kept
    }

    fn document(&mut self, node: Node) -> Option<Document> {
        let root = Place::ROOT;
        let found = node.type_name();
        let Node::Object(entries) = node else {
            self.mismatch(root, "the document", found, "a JSON object");
            return None;
        };
        let mut elements = Vec::with_capacity(entries.len());
        for (key, value) in self.distinct(entries, root) {
            let place = root.key(&key);
            match key.as_str() {
                "Version" => elements.extend(self.version(value, place).map(Element::Version)),
                "Id" => elements.extend(self.string(value, place, "`Id`").map(Element::Id)),
                "Statement" => {
                    elements.extend(self.statements(value, place).map(Element::Statement));
                }
                other => self.unknown_element(other, place, &DOCUMENT_ELEMENTS, "a policy"),
            }
        }
        Some(Document::new(elements))
    }

    fn unknown_element(&mut self, key: &str, place: Place<'_>, known: &[&'static str], of: &str) {
        self.syntax(
            Code::InvalidPolicyElement,
            place,
            format!("`{key}` is no element of {of}"),
            did_you_mean(key, known.iter().copied()),
        );
    }

    fn version(&mut self, node: Node, place: Place<'_>) -> Option<Version> {
        let text = self.string(node, place, "`Version`")?;
        let version = match text.as_str() {
            "2012-10-17" => Version::V2012_10_17,
            "2008-10-17" => Version::V2008_10_17,
            _ => {
                self.syntax(
                    Code::InvalidVersion,
                    place,
                    format!("`{text}` is no version of the policy language"),
                    "write `2012-10-17`, the current version",
                );
                return None;
            }
        };
        Some(version)
    }

    fn statements(&mut self, node: Node, place: Place<'_>) -> Option<OneOrMany<Statement>> {
        match node {
            node @ Node::Object(_) => self.statement(node, place).map(OneOrMany::One),
            Node::Array(items) => {
                let statements = items
                    .into_iter()
                    .enumerate()
                    // A statement that is no object stands as an empty one, so
                    // that the places of those after it stay right.
                    .map(|(index, item)| {
                        self.statement(item, place.index(index))
                            .unwrap_or_else(|| Statement::new(Vec::new()))
                    })
                    .collect();
                Some(OneOrMany::Many(statements))
            }
            other => {
                self.mismatch(
                    place,
                    "`Statement`",
                    other.type_name(),
                    "a statement or a list of statements",
                );
                None
            }
        }
    }

    fn statement(&mut self, node: Node, place: Place<'_>) -> Option<Statement> {
        let found = node.type_name();
        let Node::Object(entries) = node else {
            self.mismatch(place, "a statement", found, "a JSON object");
            return None;
        };
        let mut elements = Vec::with_capacity(entries.len());
        for (key, value) in self.distinct(entries, place) {
            let place = place.key(&key);
            let element = match key.as_str() {
                "Sid" => self
                    .string(value, place, "`Sid`")
                    .map(StatementElement::Sid),
                "Effect" => self.effect(value, place).map(StatementElement::Effect),
                "Principal" => self
                    .principals(value, place)
                    .map(StatementElement::Principal),
                "NotPrincipal" => self
                    .principals(value, place)
                    .map(StatementElement::NotPrincipal),
                "Action" => self
                    .strings(value, place, "an action", ActionPattern::new)
                    .map(StatementElement::Action),
                "NotAction" => self
                    .strings(value, place, "an action", ActionPattern::new)
                    .map(StatementElement::NotAction),
                "Resource" => self
                    .strings(value, place, "a resource", ResourcePattern::new)
                    .map(StatementElement::Resource),
                "NotResource" => self
                    .strings(value, place, "a resource", ResourcePattern::new)
                    .map(StatementElement::NotResource),
                "Condition" => self
                    .conditions(value, place)
                    .map(StatementElement::Condition),
                other => {
                    self.unknown_element(other, place, &STATEMENT_ELEMENTS, "a statement");
                    None
                }
            };
            elements.extend(element);
        }
        Some(Statement::new(elements))
    }

    fn effect(&mut self, node: Node, place: Place<'_>) -> Option<Effect> {
        let text = self.string(node, place, "`Effect`")?;
        match text.as_str() {
            "Allow" => return Some(Effect::Allow),
            "Deny" => return Some(Effect::Deny),
            _ => {}
        }
        // IAM's parser compares without case first and its older one with it.
        let refusal = if ["allow", "deny"].contains(&text.to_ascii_lowercase().as_str()) {
            "The policy failed legacy parsing"
        } else {
            SYNTAX
        };
        self.diagnostics.push(
            Diagnostic::new(
                Code::InvalidEffect,
                place.pointer(),
                format!("`{text}` is no effect"),
            )
            .help(did_you_mean(&text, ["Allow", "Deny"]))
            .refused(refusal),
        );
        None
    }

    fn string(&mut self, node: Node, place: Place<'_>, what: &str) -> Option<String> {
        match node {
            Node::String(text) => Some(text),
            other => {
                self.mismatch(place, what, other.type_name(), "a string");
                None
            }
        }
    }

    fn strings<T>(
        &mut self,
        node: Node,
        place: Place<'_>,
        what: &str,
        make: impl Fn(String) -> T,
    ) -> Option<OneOrMany<T>> {
        match node {
            Node::String(text) => Some(OneOrMany::One(make(text))),
            Node::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    // A bad item stands as an empty text to keep later places
                    // right; the rules do not look at places already reported.
                    let text = self
                        .string(item, place.index(index), what)
                        .unwrap_or_default();
                    values.push(make(text));
                }
                Some(OneOrMany::Many(values))
            }
            other => {
                self.mismatch(
                    place,
                    what,
                    other.type_name(),
                    "a string or a list of strings",
                );
                None
            }
        }
    }

    fn principals(&mut self, node: Node, place: Place<'_>) -> Option<Principals> {
        match node {
            Node::String(text) if text == "*" => Some(Principals::Everyone),
            Node::Object(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for (key, value) in self.distinct(entries, place) {
                    let place = place.key(&key);
                    let Some(kind) = PrincipalType::from_key(&key) else {
                        let known = PrincipalType::ALL.map(PrincipalType::as_str);
                        self.syntax(
                            Code::InvalidPrincipalKey,
                            place,
                            format!("`{key}` is no type of principal"),
                            did_you_mean(&key, known),
                        );
                        continue;
                    };
                    if let Some(values) = self.strings(value, place, "a principal", |text| text) {
                        members.push(PrincipalEntry { kind, values });
                    }
                }
                Some(Principals::Map(members))
            }
            other => {
                let found = match other {
                    Node::String(text) => format!("`{text}`"),
                    other => other.type_name().to_owned(),
                };
                self.syntax(
                    Code::InvalidPrincipalFormat,
                    place,
                    format!("the principal is {found}"),
                    "write \"*\" or an object such as {\"AWS\": \"111122223333\"}",
                );
                None
            }
        }
    }

    fn conditions(&mut self, node: Node, place: Place<'_>) -> Option<Conditions> {
        let found = node.type_name();
        let Node::Object(entries) = node else {
            self.mismatch(place, "`Condition`", found, "an object of operators");
            return None;
        };
        let mut blocks = Vec::with_capacity(entries.len());
        for (name, body) in self.distinct(entries, place) {
            let place = place.key(&name);
            let found = body.type_name();
            let Node::Object(members) = body else {
                let what = format!("the body of `{name}`");
                self.mismatch(place, &what, found, "an object of condition keys");
                continue;
            };
            let Ok(operator) = name.parse::<Operator>() else {
                self.unknown_operator(&name, place, members.is_empty());
                continue;
            };
            let mut read = Vec::with_capacity(members.len());
            for (key, value) in self.distinct(members, place) {
                if let Some(values) = self.condition_values(value, place.key(&key)) {
                    read.push(ConditionEntry {
                        key: key.clone(),
                        values,
                    });
                }
            }
            blocks.push(OperatorBlock {
                operator,
                entries: read,
            });
        }
        Some(Conditions { blocks })
    }

    fn unknown_operator(&mut self, name: &str, place: Place<'_>, empty: bool) {
        let mut diagnostic = Diagnostic::new(
            Code::InvalidConditionOperator,
            place.pointer(),
            format!("`{name}` is no condition operator"),
        )
        .help(operator_help(name));
        // IAM tolerates an operator that it does not know over an empty object.
        if !empty {
            diagnostic = diagnostic.refused(SYNTAX);
        }
        self.diagnostics.push(diagnostic);
    }

    fn condition_values(
        &mut self,
        node: Node,
        place: Place<'_>,
    ) -> Option<OneOrMany<ConditionValue>> {
        match node {
            Node::Array(items) => {
                let values = items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| {
                        self.condition_value(item, place.index(index))
                            .unwrap_or_else(|| ConditionValue::String(String::new()))
                    })
                    .collect();
                Some(OneOrMany::Many(values))
            }
            other => self.condition_value(other, place).map(OneOrMany::One),
        }
    }

    fn condition_value(&mut self, node: Node, place: Place<'_>) -> Option<ConditionValue> {
        match node {
            Node::String(text) => Some(ConditionValue::String(text)),
            Node::Bool(value) => Some(ConditionValue::Bool(value)),
            Node::Number(text) => Some(ConditionValue::Number(text)),
            other => {
                self.mismatch(
                    place,
                    "a condition value",
                    other.type_name(),
                    "a string, a number or a boolean",
                );
                None
            }
        }
    }
}

/// What an unknown operator was probably meant to be.
fn operator_help(name: &str) -> String {
    let (qualifier, rest) = match name.split_once(':') {
        Some((qualifier, rest)) => (Some(qualifier), rest.trim_start_matches(':')),
        None => (None, name),
    };
    let (base, suffix) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, "IfExists"),
        None => (rest, ""),
    };
    let prefix = match qualifier {
        None => Some(String::new()),
        Some(text) => nearest(text, ["ForAllValues", "ForAnyValue"]).map(|near| format!("{near}:")),
    };
    let names = Comparison::ALL.iter().map(|comparison| comparison.as_str());
    match (prefix, nearest(base, names)) {
        (Some(prefix), Some(near)) => format!("did you mean `{prefix}{near}{suffix}`?"),
        (None, _) => {
            "the only qualifiers are `ForAllValues:` and `ForAnyValue:`".to_owned()
        }
        (_, None) => {
            "operators are such as `StringEquals`, `StringLike`, `ArnLike`, `Bool`, `IpAddress`, `Null`"
                .to_owned()
        }
    }
}
