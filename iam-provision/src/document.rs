//! A policy document as IAM holds it, and what two of them differ in.

use std::fmt;

use iam_dsl::Document;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::reach::Reach;

/// The text of a policy document, with its parsed form where it can be read.
///
/// A text that this crate cannot read is kept as it is and equals nothing:
/// what is not understood is never taken for what was wanted.
#[derive(Clone)]
pub struct PolicyText {
    json: String,
    document: Option<Document>,
}

impl PolicyText {
    /// Takes a document as IAM's answers carry it: percent-encoded.
    pub(crate) fn from_wire(encoded: &str) -> Self {
        Self::from_json(&percent_decode_str(encoded).decode_utf8_lossy())
    }

    /// Takes a document as JSON text.
    pub(crate) fn from_json(json: &str) -> Self {
        Self {
            json: json.to_owned(),
            document: Document::from_json(json).ok(),
        }
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The parsed document, if this crate can read it.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// Whether both can be read and mean the same.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        match (&self.document, &other.document) {
            (Some(a), Some(b)) => iam_dsl::equivalent(a, b),
            _ => false,
        }
    }

    /// Characters as IAM's quotas count them: without white space.
    pub(crate) fn character_count(&self) -> usize {
        self.json.chars().filter(|c| !c.is_whitespace()).count()
    }

    /// Whether the document can only deny.
    pub(crate) fn only_denies(&self) -> bool {
        let statements = self.statements();
        !statements.is_empty() && statements.iter().all(|s| s.effect == Effect::Deny)
    }

    /// The statements, each as a document of its own, so that they can be compared one by one.
    pub(crate) fn statements(&self) -> Vec<OneStatement> {
        if self.document.is_none() {
            return Vec::new();
        }
        let Ok(Value::Object(top)) = serde_json::from_str::<Value>(&self.json) else {
            return Vec::new();
        };
        let statements = match top.get("Statement") {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        statements
            .into_iter()
            .map(|value| {
                let mut document = top.clone();
                document.insert("Statement".to_owned(), Value::Array(vec![value.clone()]));
                OneStatement {
                    effect: match value.get("Effect").and_then(Value::as_str) {
                        Some("Deny") => Effect::Deny,
                        _ => Effect::Allow,
                    },
                    alone: Document::from_json(&Value::Object(document).to_string()).ok(),
                    value,
                }
            })
            .collect()
    }
}

/// Equality of text: whether IAM's answer is still the one read before.
/// Whether two documents mean the same is [`PolicyText::means_the_same_as`].
impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for PolicyText {}

impl fmt::Debug for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// One statement of a document.
pub(crate) struct OneStatement {
    pub(crate) effect: Effect,
    pub(crate) value: Value,
    alone: Option<Document>,
}

impl OneStatement {
    fn same_as(&self, other: &Self) -> bool {
        match (&self.alone, &other.alone) {
            (Some(a), Some(b)) => iam_dsl::equivalent(a, b),
            _ => false,
        }
    }

    fn sid(&self) -> Option<&str> {
        self.value.get("Sid").and_then(Value::as_str)
    }
}

/// What changes for those a document applies to.
///
/// Judged statement by statement: a statement that is in one document and not
/// in the other counts as added or removed, whatever it overlaps with. So a
/// delta may claim too much, never too little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) allow_added: Reach,
    pub(crate) allow_removed: Reach,
    pub(crate) deny_added: Reach,
    pub(crate) deny_removed: Reach,
}

impl Delta {
    /// The delta of a document that could be anything.
    pub(crate) fn unknown() -> Self {
        Self {
            allow_added: Reach::anything(),
            allow_removed: Reach::anything(),
            deny_added: Reach::anything(),
            deny_removed: Reach::anything(),
        }
    }

    pub(crate) fn added(document: &PolicyText) -> Self {
        Self::between(None, Some(document))
    }

    pub(crate) fn removed(document: &PolicyText) -> Self {
        Self::between(Some(document), None)
    }

    /// The delta from one document to another, where `None` is no document.
    pub(crate) fn between(before: Option<&PolicyText>, after: Option<&PolicyText>) -> Self {
        let before_all = before.map(PolicyText::statements).unwrap_or_default();
        let after_all = after.map(PolicyText::statements).unwrap_or_default();
        let (removed, added) = difference(&before_all, &after_all);
        let reach = |text: Option<&PolicyText>, list: &[&OneStatement], effect| {
            if text.is_some_and(|text| text.document.is_none()) {
                return Reach::anything();
            }
            let some = list.iter().filter(|statement| statement.effect == effect);
            some.fold(Reach::default(), |reach, statement| {
                reach.join(Reach::of(&statement.value))
            })
        };
        Self {
            allow_added: reach(after, &added, Effect::Allow),
            allow_removed: reach(before, &removed, Effect::Allow),
            deny_added: reach(after, &added, Effect::Deny),
            deny_removed: reach(before, &removed, Effect::Deny),
        }
    }

    pub(crate) fn merge(self, other: Self) -> Self {
        Self {
            allow_added: self.allow_added.join(other.allow_added),
            allow_removed: self.allow_removed.join(other.allow_removed),
            deny_added: self.deny_added.join(other.deny_added),
            deny_removed: self.deny_removed.join(other.deny_removed),
        }
    }

    /// The same change the other way round.
    pub(crate) fn reversed(self) -> Self {
        Self {
            allow_added: self.allow_removed,
            allow_removed: self.allow_added,
            deny_added: self.deny_removed,
            deny_removed: self.deny_added,
        }
    }

    /// The same change seen through a permissions boundary: what a boundary
    /// no longer allows is refused, and what it newly allows is no longer.
    pub(crate) fn through_boundary(self) -> Self {
        Self {
            allow_added: Reach::default(),
            allow_removed: Reach::default(),
            deny_added: self.allow_removed.join(self.deny_added),
            deny_removed: self.allow_added.join(self.deny_removed),
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.allow_added.is_empty()
            && self.allow_removed.is_empty()
            && self.deny_added.is_empty()
            && self.deny_removed.is_empty()
    }
}

/// The statements only in `before`, and those only in `after`, as multisets.
pub(crate) fn difference<'a>(
    before: &'a [OneStatement],
    after: &'a [OneStatement],
) -> (Vec<&'a OneStatement>, Vec<&'a OneStatement>) {
    let mut added: Vec<&OneStatement> = after.iter().collect();
    let mut removed = Vec::new();
    for statement in before {
        match added.iter().position(|other| other.same_as(statement)) {
            Some(index) => {
                added.remove(index);
            }
            None => removed.push(statement),
        }
    }
    (removed, added)
}

/// Whether `observed` is `desired` with nothing but denies added to it, none
/// of them a changed form of a desired statement (same Sid). That is how an
/// incident responder restricts an entity, and it is left alone.
pub(crate) fn only_denies_added(desired: &PolicyText, observed: &PolicyText) -> bool {
    let desired_all = desired.statements();
    let observed_all = observed.statements();
    let (extra, missing) = difference(&observed_all, &desired_all);
    missing.is_empty()
        && !extra.is_empty()
        && extra.iter().all(|s| {
            s.effect == Effect::Deny
                && s.sid()
                    .is_none_or(|sid| desired_all.iter().all(|d| d.sid() != Some(sid)))
        })
}
