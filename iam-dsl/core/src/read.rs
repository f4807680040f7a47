//! JSON to model, with every structural mistake on the way.
//!
//! Reading goes on after a mistake: what cannot be understood is left out of
//! the document, so that the rules of a kind of policy can be checked on the
//! rest and all mistakes come together.

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
        Ok(node) => read_node(&node),
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::JsonSyntaxError, "", error.to_string())
                .help("a policy is one JSON object")
                .refused(SYNTAX);
            (None, vec![diagnostic])
        }
    }
}

/// Reads a document from a JSON tree.
pub(crate) fn read_node(node: &Node) -> (Option<Document>, Vec<Diagnostic>) {
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

    fn mismatch(&mut self, place: Place<'_>, what: &str, node: &Node, wanted: &str) {
        self.syntax(
            Code::DataTypeMismatch,
            place,
            format!("{what} is {}", node.type_name()),
            format!("write {wanted}"),
        );
    }

    /// Reports keys that occur twice; the first of each stands.
    fn distinct<'n>(
        &mut self,
        entries: &'n [(String, Node)],
        place: Place<'_>,
    ) -> impl Iterator<Item = &'n (String, Node)> + use<'n> {
        let mut kept: Vec<&'n (String, Node)> = Vec::with_capacity(entries.len());
        // A wide object of distinct keys must not cost its square.
        let mut seen = std::collections::HashSet::with_capacity(entries.len());
        for entry in entries {
            if seen.insert(entry.0.as_str()) {
                kept.push(entry);
            } else {
                self.syntax(
                    Code::DuplicateKey,
                    place.key(&entry.0),
                    format!("`{}` occurs twice in one object", entry.0),
                    "merge the two, or remove one",
                );
            }
        }
        kept.into_iter()
    }

    fn document(&mut self, node: &Node) -> Option<Document> {
        let root = Place::ROOT;
        let Node::Object(entries) = node else {
            self.mismatch(root, "the document", node, "a JSON object");
            return None;
        };
        let mut elements = Vec::with_capacity(entries.len());
        for (key, value) in self.distinct(entries, root) {
            let place = root.key(key);
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

    fn version(&mut self, node: &Node, place: Place<'_>) -> Option<Version> {
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

    fn statements(&mut self, node: &Node, place: Place<'_>) -> Option<OneOrMany<Statement>> {
        match node {
            Node::Object(_) => self.statement(node, place).map(OneOrMany::One),
            Node::Array(items) => {
                let statements = items
                    .iter()
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
                    other,
                    "a statement or a list of statements",
                );
                None
            }
        }
    }

    fn statement(&mut self, node: &Node, place: Place<'_>) -> Option<Statement> {
        let Node::Object(entries) = node else {
            self.mismatch(place, "a statement", node, "a JSON object");
            return None;
        };
        let mut elements = Vec::with_capacity(entries.len());
        for (key, value) in self.distinct(entries, place) {
            let place = place.key(key);
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

    fn effect(&mut self, node: &Node, place: Place<'_>) -> Option<Effect> {
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

    fn string(&mut self, node: &Node, place: Place<'_>, what: &str) -> Option<String> {
        match node {
            Node::String(text) => Some(text.clone()),
            other => {
                self.mismatch(place, what, other, "a string");
                None
            }
        }
    }

    fn strings<T>(
        &mut self,
        node: &Node,
        place: Place<'_>,
        what: &str,
        make: impl Fn(String) -> T,
    ) -> Option<OneOrMany<T>> {
        match node {
            Node::String(text) => Some(OneOrMany::One(make(text.clone()))),
            Node::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
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
                self.mismatch(place, what, other, "a string or a list of strings");
                None
            }
        }
    }

    fn principals(&mut self, node: &Node, place: Place<'_>) -> Option<Principals> {
        match node {
            Node::String(text) if text == "*" => Some(Principals::Everyone),
            Node::Object(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for (key, value) in self.distinct(entries, place) {
                    let place = place.key(key);
                    let Some(kind) = PrincipalType::from_key(key) else {
                        let known = PrincipalType::ALL.map(PrincipalType::as_str);
                        self.syntax(
                            Code::InvalidPrincipalKey,
                            place,
                            format!("`{key}` is no type of principal"),
                            did_you_mean(key, known),
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

    fn conditions(&mut self, node: &Node, place: Place<'_>) -> Option<Conditions> {
        let Node::Object(entries) = node else {
            self.mismatch(place, "`Condition`", node, "an object of operators");
            return None;
        };
        let mut blocks = Vec::with_capacity(entries.len());
        for (name, body) in self.distinct(entries, place) {
            let place = place.key(name);
            let Node::Object(members) = body else {
                let what = format!("the body of `{name}`");
                self.mismatch(place, &what, body, "an object of condition keys");
                continue;
            };
            let Ok(operator) = name.parse::<Operator>() else {
                self.unknown_operator(name, place, members.is_empty());
                continue;
            };
            let mut read = Vec::with_capacity(members.len());
            for (key, value) in self.distinct(members, place) {
                if let Some(values) = self.condition_values(value, place.key(key)) {
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
        node: &Node,
        place: Place<'_>,
    ) -> Option<OneOrMany<ConditionValue>> {
        match node {
            Node::Array(items) => {
                let values = items
                    .iter()
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

    fn condition_value(&mut self, node: &Node, place: Place<'_>) -> Option<ConditionValue> {
        match node {
            Node::String(text) => Some(ConditionValue::String(text.clone())),
            Node::Bool(value) => Some(ConditionValue::Bool(*value)),
            Node::Number(text) => Some(ConditionValue::Number(text.clone())),
            other => {
                self.mismatch(
                    place,
                    "a condition value",
                    other,
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
