//! What would put a finding right, as a value: edits of a document.

use std::fmt;

use crate::json::{self, Node};
use crate::model::Document;
use crate::pointer::{Place, steps};
use crate::{read, write};

/// One change of a JSON tree, told by a pointer (RFC 6901) into the document as
/// it was when the finding was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// Puts another value in the place of the one there.
    Replace {
        /// The place of the value.
        pointer: String,
        /// What stands there afterwards.
        value: Node,
    },
    /// Takes a member of an object or an item of a list away.
    Remove {
        /// The place of the member or item.
        pointer: String,
    },
    /// Adds a member to an object, or makes the value of one that is there a
    /// list that holds the new value too.
    Add {
        /// The place of the new member: the last step is its key.
        pointer: String,
        /// Its value.
        value: Node,
    },
    /// Takes a member of an object elsewhere, under the last step's key; the
    /// objects on the way are made.
    Move {
        /// The place of the member.
        pointer: String,
        /// The place that it gets; nothing may be there.
        to: String,
    },
}

/// What would put a finding right, made by the rule that reports it.
///
/// A fix is offered only where it is mechanical: there is one way to write what
/// was evidently meant. [`keeps_meaning`](Fix::keeps_meaning) tells whether the
/// document allows and denies the same requests afterwards.
///
/// ```
/// use iam_dsl_core::{Code, Document, PolicyKind, validate};
///
/// let document = Document::from_json(
///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*","s3:Get*"],"Resource":"*"}}"#,
/// )?;
/// let findings = validate(&document, PolicyKind::Identity);
/// let redundant = findings.iter().find(|f| f.code == Code::RedundantAction).ok_or("no finding")?;
/// let fix = redundant.fix().ok_or("no fix")?;
/// assert!(fix.keeps_meaning());
/// assert_eq!(
///     fix.apply(&document).ok_or("does not fit")?.to_json(),
///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*"],"Resource":"*"}}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    label: String,
    edits: Vec<Edit>,
    keeps_meaning: bool,
}

impl Fix {
    /// A fix that leaves what the document allows and denies as it was.
    pub(crate) fn same_meaning(label: impl Into<String>, edits: Vec<Edit>) -> Self {
        Fix {
            label: label.into(),
            edits,
            keeps_meaning: true,
        }
    }

    /// A fix after which the document does what was meant, and did not before.
    pub(crate) fn as_meant(label: impl Into<String>, edits: Vec<Edit>) -> Self {
        Fix {
            keeps_meaning: false,
            ..Fix::same_meaning(label, edits)
        }
    }

    /// What it does in a few words, such as "remove `s3:Get*`".
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The changes, to be made one after the other; no pointer of a later one is
    /// moved by an earlier one.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether the document allows and denies the same requests afterwards.
    pub fn keeps_meaning(&self) -> bool {
        self.keeps_meaning
    }

    /// The document with the changes; `None` where the document is not the one
    /// that the finding is about, so that a place is missing.
    pub fn apply(&self, document: &Document) -> Option<Document> {
        let node = json::parse(&write::document(document)).ok()?;
        read::read_node(self.apply_to_node(&node)?).0
    }

    /// As [`apply`](Fix::apply), for a JSON tree, which may be no readable
    /// document before the changes.
    pub fn apply_to_node(&self, node: &Node) -> Option<Node> {
        let mut node = node.clone();
        for edit in &self.edits {
            edit.apply(&mut node)?;
        }
        Some(node)
    }

    /// As [`apply`](Fix::apply), from JSON text to compact JSON text.
    pub fn apply_to_json(&self, text: &str) -> Option<String> {
        let node = json::parse(text).ok()?;
        self.apply_to_node(&node).map(|node| node.to_string())
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl Edit {
    pub(crate) fn replace(place: Place<'_>, text: impl Into<String>) -> Self {
        Edit::Replace {
            pointer: place.pointer(),
            value: Node::String(text.into()),
        }
    }

    pub(crate) fn remove(place: Place<'_>) -> Self {
        Edit::Remove {
            pointer: place.pointer(),
        }
    }

    pub(crate) fn add(place: Place<'_>, text: impl Into<String>) -> Self {
        Edit::Add {
            pointer: place.pointer(),
            value: Node::String(text.into()),
        }
    }

    /// The pointer that tells where the change is.
    pub fn pointer(&self) -> &str {
        match self {
            Edit::Replace { pointer, .. }
            | Edit::Remove { pointer }
            | Edit::Add { pointer, .. }
            | Edit::Move { pointer, .. } => pointer,
        }
    }

    fn apply(&self, root: &mut Node) -> Option<()> {
        let path: Vec<String> = steps(self.pointer()).collect();
        match self {
            Edit::Replace { value, .. } => *find(root, &path)? = value.clone(),
            Edit::Remove { .. } => remove(root, &path)?,
            Edit::Add { value, .. } => {
                let (key, parent) = path.split_last()?;
                add(make(root, parent)?, key, value)?;
            }
            Edit::Move { to, .. } => {
                let value = find(root, &path)?.clone();
                let target: Vec<String> = steps(to).collect();
                let (key, parent) = target.split_last()?;
                let (old_key, old_parent) = path.split_last()?;
                let Node::Object(entries) = make(root, parent)? else {
                    return None;
                };
                // Two keys of an object differ in more than case.
                let taken = entries.iter().any(|(name, _)| {
                    name.eq_ignore_ascii_case(key) && (parent, name) != (old_parent, old_key)
                });
                if taken {
                    return None;
                }
                if parent == old_parent {
                    let (name, _) = entries.iter_mut().find(|(name, _)| name == old_key)?;
                    name.clone_from(key);
                } else {
                    entries.push((key.clone(), value));
                    remove(root, &path)?;
                }
            }
        }
        Some(())
    }
}

fn child<'n>(node: &'n mut Node, step: &str) -> Option<&'n mut Node> {
    match node {
        Node::Object(entries) => {
            let found = entries.iter_mut().find(|(key, _)| key == step);
            found.map(|(_, value)| value)
        }
        Node::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn find<'n>(node: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, step| child(node, step))
}

/// As `find`, making the objects on the way that are not there.
fn make<'n>(node: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, step| {
        if let Node::Object(entries) = node
            && !entries.iter().any(|(key, _)| key == step)
        {
            entries.push((step.clone(), Node::Object(Vec::new())));
        }
        child(node, step)
    })
}

/// Removes what the path names. A condition or an operator that has nothing left
/// goes as well: both compare nothing, and are a finding of their own.
fn remove(root: &mut Node, path: &[String]) -> Option<()> {
    let (last, parent) = path.split_last()?;
    let holder = find(root, parent)?;
    let empty = match holder {
        Node::Object(entries) => {
            let at = entries.iter().position(|(key, _)| key == last)?;
            entries.remove(at);
            entries.is_empty()
        }
        Node::Array(items) => {
            let at: usize = last.parse().ok()?;
            if at >= items.len() {
                return None;
            }
            items.remove(at);
            false
        }
        _ => return None,
    };
    if empty && parent.iter().any(|step| step == "Condition") {
        remove(root, parent)?;
    }
    Some(())
}

fn add(holder: &mut Node, key: &str, value: &Node) -> Option<()> {
    let Node::Object(entries) = holder else {
        return None;
    };
    match entries.iter_mut().find(|(name, _)| name == key) {
        None => entries.push((key.to_owned(), value.clone())),
        Some((_, Node::Array(items))) => items.push(value.clone()),
        Some((_, one)) => {
            let first = std::mem::replace(one, Node::Null);
            *one = Node::Array(vec![first, value.clone()]);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, edits: Vec<Edit>) -> Option<String> {
        Fix::same_meaning("", edits).apply_to_json(text)
    }

    #[test]
    fn what_is_left_empty_in_a_condition_goes_too() {
        let text = r#"{"Statement":{"Effect":"Deny","Condition":{"Bool":{"a:b":"true"}}}}"#;
        let remove = |pointer: &str| {
            vec![Edit::Remove {
                pointer: pointer.to_owned(),
            }]
        };
        let fixed = applied(text, remove("/Statement/Condition/Bool/a:b")).unwrap();
        assert_eq!(fixed, r#"{"Statement":{"Effect":"Deny"}}"#);
        assert_eq!(applied(text, remove("/Statement/Condition/Null")), None);
    }

    #[test]
    fn members_are_added_and_moved() {
        let add = |pointer: &str| Edit::Add {
            pointer: pointer.to_owned(),
            value: Node::String("x".to_owned()),
        };
        let rename = |pointer: &str, to: &str| Edit::Move {
            pointer: pointer.to_owned(),
            to: to.to_owned(),
        };
        assert_eq!(
            applied(r#"{"a":"1"}"#, vec![add("/a"), add("/b/c")]).unwrap(),
            r#"{"a":["1","x"],"b":{"c":"x"}}"#
        );
        let two = r#"{"Condition":{"a":{"k":1},"b":{"l":2}}}"#;
        assert_eq!(
            applied(two, vec![rename("/Condition/a/k", "/Condition/b/k")]).unwrap(),
            r#"{"Condition":{"b":{"l":2,"k":1}}}"#
        );
        assert_eq!(
            applied(two, vec![rename("/Condition/a/k", "/Condition/b/L")]),
            None
        );
        assert_eq!(
            applied(two, vec![rename("/Condition/a/k", "/Condition/a/K")]).unwrap(),
            r#"{"Condition":{"a":{"K":1},"b":{"l":2}}}"#
        );
    }
}
