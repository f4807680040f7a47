//! A policy document as IAM holds it, and what two of them differ in.

use std::fmt;
use std::sync::Arc;

use iam_dsl::Document;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::reach::Reach;

/// What AdministratorAccess says.
pub(crate) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// What a document has that speaks of who asks, in lower case.
const ASKER: [&str; 3] = ["aws:principal", "aws:user", "${"];

/// The text of a policy document, with its parsed form where it can be read.
///
/// A text that this crate cannot read is kept as it is and equals nothing:
/// what is not understood is never taken for what was wanted.
#[derive(Clone)]
pub struct PolicyText(Arc<Held>);

/// Shared, as plans look at many states that hold the same documents.
struct Held {
    json: String,
    document: Option<Document>,
    is_about_the_asker: bool,
}

impl PolicyText {
    /// Takes a document as IAM's answers carry it: percent-encoded.
    pub(crate) fn from_wire(encoded: &str) -> Self {
        Self::from_json(&percent_decode_str(encoded).decode_utf8_lossy())
    }

    /// Takes a document as JSON text.
    pub(crate) fn from_json(json: &str) -> Self {
        let text = json.to_ascii_lowercase();
        Self(Arc::new(Held {
            json: json.to_owned(),
            document: Document::from_json(json).ok(),
            is_about_the_asker: ASKER.iter().any(|key| text.contains(key)),
        }))
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        &self.0.json
    }

    /// The parsed document, if this crate can read it.
    pub fn document(&self) -> Option<&Document> {
        self.0.document.as_ref()
    }

    /// Whether what it decides may hang on who asks.
    pub(crate) fn is_about_the_asker(&self) -> bool {
        self.0.is_about_the_asker
    }

    /// Whether both can be read and mean the same.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        match (self.document(), other.document()) {
            (Some(a), Some(b)) => iam_dsl::equivalent(a, b),
            _ => false,
        }
    }

    /// Characters as IAM's quotas count them: without white space.
    pub(crate) fn character_count(&self) -> usize {
        self.json().chars().filter(|c| !c.is_whitespace()).count()
    }

    /// Whether the document can only deny.
    pub(crate) fn only_denies(&self) -> bool {
        let statements = self.statements();
        !statements.is_empty() && statements.iter().all(|s| s.effect == Effect::Deny)
    }

    /// The statements, each as a document of its own, so that they can be compared one by one.
    pub(crate) fn statements(&self) -> Vec<OneStatement> {
        if self.document().is_none() {
            return Vec::new();
        }
        let Ok(Value::Object(top)) = serde_json::from_str::<Value>(self.json()) else {
            return Vec::new();
        };
        let statements = match top.get("Statement") {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let mut version = top;
        version.retain(|element, _| element == "Version");
        statements
            .into_iter()
            .map(|value| OneStatement::new(&version, value))
            .collect()
    }

    /// The statements that deny.
    pub(crate) fn denies(&self) -> Vec<OneStatement> {
        let mut statements = self.statements();
        statements.retain(|statement| statement.effect == Effect::Deny);
        statements
    }

    /// Whether it denies something, or cannot be read and so may.
    pub(crate) fn may_deny(&self) -> bool {
        self.document().is_none() || !self.denies().is_empty()
    }

    /// The same document with other statements.
    pub(crate) fn with_statements(&self, statements: Vec<Value>) -> Self {
        match serde_json::from_str::<Value>(self.json()) {
            Ok(Value::Object(mut top)) => {
                top.insert("Statement".to_owned(), Value::Array(statements));
                Self::from_json(&Value::Object(top).to_string())
            }
            _ => self.clone(),
        }
    }
}

/// Equality of text: whether IAM's answer is still the one read before.
/// Whether two documents mean the same is [`PolicyText::means_the_same_as`].
impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        self.0.json == other.0.json
    }
}

impl Eq for PolicyText {}

impl fmt::Debug for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
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
    /// The same without its Sid.
    nameless: Option<Document>,
    /// The document's Version, where it has one.
    version: Map<String, Value>,
}

impl OneStatement {
    fn new(version: &Map<String, Value>, value: Value) -> Self {
        let alone = |value: &Value| {
            let mut document = version.clone();
            document.insert("Statement".to_owned(), Value::Array(vec![value.clone()]));
            Document::from_json(&Value::Object(document).to_string()).ok()
        };
        let mut nameless = value.clone();
        if let Value::Object(object) = &mut nameless {
            object.remove("Sid");
        }
        Self {
            effect: match value.get("Effect").and_then(Value::as_str) {
                Some("Allow") => Effect::Allow,
                _ => Effect::Deny,
            },
            alone: alone(&value),
            nameless: alone(&nameless),
            version: version.clone(),
            value,
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        match (&self.alone, &other.alone) {
            (Some(a), Some(b)) => iam_dsl::equivalent(a, b),
            _ => false,
        }
    }

    /// Whether both mean the same, whatever they are called.
    pub(crate) fn means_what(&self, other: &Self) -> bool {
        match (&self.nameless, &other.nameless) {
            (Some(a), Some(b)) => iam_dsl::equivalent(a, b),
            _ => false,
        }
    }

    /// A document that allows what the statement, be it an Allow or a Deny, is about.
    pub(crate) fn as_allow(&self) -> Option<Document> {
        self.with("Effect", Value::from("Allow")).nameless
    }

    /// A statement that denies what this one is about, for a document of version
    /// 2012-10-17; none where it would mean something else there.
    pub(crate) fn as_deny(&self) -> Option<Value> {
        let mut value = self.in_version_2012()?;
        if let Value::Object(object) = &mut value {
            object.insert("Effect".to_owned(), Value::from("Deny"));
        }
        Some(value)
    }

    /// The statement without its Sid, for a document of version 2012-10-17; none
    /// where it would mean something else there.
    pub(crate) fn in_version_2012(&self) -> Option<Value> {
        let version = self.version.get("Version").and_then(Value::as_str);
        if version != Some("2012-10-17") && self.value.to_string().contains("${") {
            return None;
        }
        Some(self.nameless_value())
    }

    /// The statement without its Sid.
    pub(crate) fn nameless_value(&self) -> Value {
        let mut value = self.value.clone();
        if let Value::Object(object) = &mut value {
            object.remove("Sid");
        }
        value
    }

    /// The statement once for each principal that it lists; itself where it lists
    /// one, everybody, or those whom it is not about.
    pub(crate) fn by_principal(&self) -> Vec<Self> {
        let Some(Value::Object(kinds)) = self.value.get("Principal") else {
            return vec![self.with_same()];
        };
        let mut all = Vec::new();
        for (kind, names) in kinds {
            let names = match names {
                Value::Array(names) => names.clone(),
                one => vec![one.clone()],
            };
            let each = names.into_iter();
            all.extend(each.map(|name| self.with("Principal", json!({ kind: name }))));
        }
        all
    }

    fn with_same(&self) -> Self {
        Self::new(&self.version, self.value.clone())
    }

    /// The statement once for each of its actions; none where it lists one alone,
    /// or those that it is not about.
    pub(crate) fn by_action(&self) -> Vec<Self> {
        match self.value.get("Action") {
            Some(Value::Array(actions)) if actions.len() > 1 => actions
                .iter()
                .map(|action| self.with("Action", action.clone()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The statement with the actions of these alone.
    pub(crate) fn with_actions_of(&self, pieces: &[Self]) -> Self {
        let actions = pieces.iter().filter_map(|piece| piece.value.get("Action"));
        self.with("Action", actions.cloned().collect())
    }

    fn with(&self, element: &str, value: Value) -> Self {
        let mut changed = self.value.clone();
        if let Value::Object(object) = &mut changed {
            object.insert(element.to_owned(), value);
        }
        Self::new(&self.version, changed)
    }

    fn allows_everything(&self) -> bool {
        let everything = PolicyText::from_json(ALLOW_ALL);
        everything
            .statements()
            .iter()
            .any(|all| all.means_what(self))
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
        let statements = |text: Option<&PolicyText>| {
            let text = text.map(PolicyText::statements);
            text.unwrap_or_default()
        };
        Self::of_statements(before, after, &statements(before), &statements(after))
    }

    /// The delta of a trust policy, each principal for itself.
    pub(crate) fn between_principals(before: Option<&PolicyText>, after: &PolicyText) -> Self {
        let each = |text: &PolicyText| -> Vec<OneStatement> {
            let all = text.statements();
            all.iter().flat_map(OneStatement::by_principal).collect()
        };
        let before_all = before.map(each).unwrap_or_default();
        Self::of_statements(before, Some(after), &before_all, &each(after))
    }

    fn of_statements(
        before: Option<&PolicyText>,
        after: Option<&PolicyText>,
        before_all: &[OneStatement],
        after_all: &[OneStatement],
    ) -> Self {
        let (removed, added) = difference(before_all, after_all);
        let reach = |text: Option<&PolicyText>, list: &[&OneStatement], effect| {
            if text.is_some_and(|text| text.document().is_none()) {
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

/// What is written where `desired` is wanted and `observed` is there: the
/// desired document, with the denies of the observed one that it does not
/// declare.
pub(crate) struct Kept {
    pub(crate) document: PolicyText,
    /// The denies that are kept.
    pub(crate) denies: Vec<OneStatement>,
    /// Sids of declared denies whose observed form is another: a declared
    /// statement that has changed, to be replaced.
    pub(crate) replaced: Vec<String>,
    /// Whether every kept deny means in the new document what it means in the
    /// observed one. Not so if it uses policy variables and only one of the
    /// two documents is of a version that has them.
    pub(crate) is_faithful: bool,
}

/// Keeps the denies that somebody added to a document. A desired document of
/// no statements (`None`) leaves the denies alone.
pub(crate) fn keep_denies(desired: Option<&PolicyText>, observed: &PolicyText) -> Kept {
    let wanted = desired.map(PolicyText::statements).unwrap_or_default();
    let mut replaced = Vec::new();
    let denies: Vec<OneStatement> = observed
        .denies()
        .into_iter()
        .filter(|deny| !wanted.iter().any(|other| other.means_what(deny)))
        .filter(|deny| {
            let is_changed_form = deny.sid().is_some_and(|sid| {
                wanted
                    .iter()
                    .any(|w| w.effect == Effect::Deny && w.sid() == Some(sid))
            });
            if is_changed_form {
                replaced.extend(deny.sid().map(str::to_owned));
            }
            !is_changed_form
        })
        .collect();
    let added: Vec<Value> = denies
        .iter()
        .map(|deny| {
            let mut value = deny.value.clone();
            // A Sid is unique in its document.
            let is_taken = wanted
                .iter()
                .any(|w| w.sid().is_some() && w.sid() == deny.sid());
            if is_taken && let Value::Object(object) = &mut value {
                object.remove("Sid");
            }
            value
        })
        .collect();
    let document = if denies.is_empty() {
        desired.unwrap_or(observed).clone()
    } else {
        desired.unwrap_or(observed).with_statements(
            wanted
                .iter()
                .map(|statement| statement.value.clone())
                .chain(added)
                .collect(),
        )
    };
    let now = document.statements();
    let is_faithful = denies
        .iter()
        .all(|deny| now.iter().any(|other| other.means_what(deny)));
    Kept {
        document,
        denies,
        replaced,
        is_faithful,
    }
}

/// Whether a permissions boundary lets nothing through that another refuses.
/// `false` where that cannot be seen statement by statement.
pub(crate) fn is_within(inner: &PolicyText, outer: &PolicyText) -> bool {
    if inner.document().is_none() || outer.document().is_none() {
        return false;
    }
    let (inner, outer) = (inner.statements(), outer.statements());
    let of = |list: &[OneStatement], effect| -> Vec<usize> {
        (0..list.len())
            .filter(|i| list.get(*i).is_some_and(|s| s.effect == effect))
            .collect()
    };
    let has = |list: &[OneStatement], statement: &OneStatement| {
        list.iter().any(|other| other.means_what(statement))
    };
    let each = |list: &[OneStatement], effect, holds: &dyn Fn(&OneStatement) -> bool| {
        of(list, effect)
            .into_iter()
            .filter_map(|i| list.get(i))
            .all(holds)
    };
    let allows_nothing = of(&inner, Effect::Allow).is_empty();
    allows_nothing
        || (each(&inner, Effect::Allow, &|s| {
            has(&outer, s) || outer.iter().any(OneStatement::allows_everything)
        }) && each(&outer, Effect::Deny, &|s| has(&inner, s)))
}
