//! Tags of an entity, with the rules of "Tags for AWS Identity and Access
//! Management resources" in the IAM User Guide.

use std::collections::BTreeMap;

use crate::names::{Folded, length};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::xml::Xml;

/// How the keys of an entity's tags compare: "Tag key values for IAM users and
/// roles are not case sensitive, but case is preserved. … For other IAM
/// resource types, tag key values are case sensitive."
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyCase {
    /// Of users and roles, and of sessions.
    #[default]
    Ignored,
    /// Of everything else.
    Told,
}

/// Tags: keys keep their case, however they are compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    case: KeyCase,
    by_key: BTreeMap<String, (String, String)>,
}

impl Tags {
    /// Reads and checks the `Tags` of a request.
    pub(crate) fn from_request(params: &Params, case: KeyCase) -> Result<Tags, Refusal> {
        let given = params.structures("Tags");
        if given.len() > 50 {
            return Err(crate::request::constraint_violation(
                Some(&format!("{} tags", given.len())),
                "Tags",
                "Member must have length less than or equal to 50",
            ));
        }
        let mut pairs = Vec::new();
        for tag in &given {
            let key = tag.get("Key").copied().unwrap_or_default();
            let value = tag.get("Value").copied().ok_or_else(|| {
                crate::request::constraint_violation(
                    None,
                    "Tags.member.value",
                    "Member must not be null",
                )
            })?;
            pairs.push((key, value));
        }
        Tags::from_pairs(pairs, case)
    }

    /// Checks tags of any origin.
    pub(crate) fn from_pairs<'p>(
        pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
        case: KeyCase,
    ) -> Result<Tags, Refusal> {
        let mut tags = Tags {
            case,
            by_key: BTreeMap::new(),
        };
        for (key, value) in pairs {
            check_key(key)?;
            length("Tags.member.value", value, 0, 256)?;
            check_characters("Tags.member.value", value)?;
            if value.to_lowercase().starts_with("aws:") {
                return Err(Refusal::invalid_input(
                    "Invalid tag value: values that begin with \"aws:\" are reserved",
                ));
            }
            let compared = tags.compared(key);
            let tag = (key.to_owned(), value.to_owned());
            if tags.by_key.insert(compared, tag).is_some() {
                return Err(Refusal::invalid_input(if case == KeyCase::Ignored {
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive."
                } else {
                    "Duplicate tag keys found."
                }));
            }
        }
        Ok(tags)
    }

    /// Adds tags, over those of the same key. Refuses if there were too many.
    pub(crate) fn add(&mut self, more: Tags, most: usize, kind: &str) -> Result<(), Refusal> {
        let mut merged = self.by_key.clone();
        merged.extend(more.by_key);
        if merged.len() > most {
            return Err(Refusal::limit_exceeded(format!(
                "Cannot exceed quota for TagsPer{kind}: {most}"
            )));
        }
        self.by_key = merged;
        Ok(())
    }

    /// Removes tags by key; a key that is not there is no error.
    pub(crate) fn remove(&mut self, keys: &[&str]) {
        for key in keys {
            let compared = self.compared(key);
            self.by_key.remove(&compared);
        }
    }

    /// A key as it is compared.
    pub(crate) fn compared(&self, key: &str) -> String {
        match self.case {
            KeyCase::Ignored => Folded::new(key).as_str().to_owned(),
            KeyCase::Told => key.to_owned(),
        }
    }

    /// An entity without tags, whose keys compare that way.
    pub(crate) fn none(case: KeyCase) -> Tags {
        Tags {
            case,
            by_key: BTreeMap::new(),
        }
    }

    /// Keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_key
            .values()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Writes the list as IAM answers it.
    pub(crate) fn write(&self, x: &mut Xml) {
        x.members("Tags", self.iter(), write_tag);
    }

    /// Writes the list only if there are tags.
    pub(crate) fn write_if_any(&self, x: &mut Xml) {
        if !self.by_key.is_empty() {
            self.write(x);
        }
    }
}

/// Writes one tag into its list.
pub(crate) fn write_tag(x: &mut Xml, (key, value): (&str, &str)) {
    x.text("Key", key);
    x.text("Value", value);
}

/// Checks a tag key, of a tag to set or to remove.
pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    length("Tags.member.key", key, 1, 128)?;
    check_characters("Tags.member.key", key)?;
    if key.to_lowercase().starts_with("aws:") {
        return Err(Refusal::invalid_input(
            "Invalid tag key: system tag keys starting with \"aws:\" cannot be set or removed",
        ));
    }
    Ok(())
}

fn check_characters(field: &str, text: &str) -> Result<(), Refusal> {
    // The API model: letters, separators and numbers of Unicode, and these.
    let allowed = |c: char| {
        c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
    };
    if text.chars().all(allowed) {
        return Ok(());
    }
    Err(crate::request::constraint_violation(
        Some(text),
        field,
        "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
    ))
}
