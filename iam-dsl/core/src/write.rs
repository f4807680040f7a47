//! Model to JSON text.

use crate::json::write_string;
use crate::model::{
    ActionPattern, ConditionValue, Conditions, Document, Element, OneOrMany, Principals,
    ResourcePattern, Statement, StatementElement,
};

/// The document as compact JSON.
pub(crate) fn document(document: &Document) -> String {
    let mut writer = Writer(String::new());
    writer.object(document.elements(), |writer, element| {
        writer.key(element.key());
        match element {
            Element::Version(version) => writer.string(version.as_str()),
            Element::Id(id) => writer.string(id),
            Element::Statement(statements) => writer.list(statements, Writer::statement),
        }
    });
    writer.0
}

struct Writer(String);

impl Writer {
    fn statement(&mut self, statement: &Statement) {
        self.object(statement.elements(), |writer, element| {
            writer.key(element.key());
            match element {
                StatementElement::Sid(sid) => writer.string(sid),
                StatementElement::Effect(effect) => writer.string(effect.as_str()),
                StatementElement::Principal(principals)
                | StatementElement::NotPrincipal(principals) => writer.principals(principals),
                StatementElement::Action(actions) | StatementElement::NotAction(actions) => {
                    writer.list(actions, |writer, action: &ActionPattern| {
                        writer.string(action.as_str());
                    });
                }
                StatementElement::Resource(resources)
                | StatementElement::NotResource(resources) => {
                    writer.list(resources, |writer, resource: &ResourcePattern| {
                        writer.string(resource.as_str());
                    });
                }
                StatementElement::Condition(conditions) => writer.conditions(conditions),
            }
        });
    }

    fn principals(&mut self, principals: &Principals) {
        match principals {
            Principals::Everyone => self.string("*"),
            Principals::Map(entries) => self.object(entries, |writer, entry| {
                writer.key(entry.kind.as_str());
                writer.list(&entry.values, |writer, value| writer.string(value));
            }),
        }
    }

    fn conditions(&mut self, conditions: &Conditions) {
        self.object(&conditions.blocks, |writer, block| {
            writer.key(&block.operator.to_string());
            writer.object(&block.entries, |writer, entry| {
                writer.key(&entry.key);
                writer.list(&entry.values, Writer::condition_value);
            });
        });
    }

    fn condition_value(&mut self, value: &ConditionValue) {
        match value {
            ConditionValue::String(text) => self.string(text),
            ConditionValue::Bool(_) | ConditionValue::Number(_) => self.0.push_str(&value.text()),
        }
    }

    fn list<T>(&mut self, values: &OneOrMany<T>, mut write: impl FnMut(&mut Self, &T)) {
        match values {
            OneOrMany::One(value) => write(self, value),
            OneOrMany::Many(values) => self.enclosed('[', ']', values, write),
        }
    }

    fn object<T>(&mut self, members: &[T], write: impl FnMut(&mut Self, &T)) {
        self.enclosed('{', '}', members, write);
    }

    fn enclosed<T>(
        &mut self,
        open: char,
        close: char,
        items: &[T],
        mut write: impl FnMut(&mut Self, &T),
    ) {
        self.0.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            write(self, item);
        }
        self.0.push(close);
    }

    fn key(&mut self, key: &str) {
        self.string(key);
        self.0.push(':');
    }

    fn string(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = write_string(&mut self.0, text);
    }
}
