//! Condition keys.

use std::fmt;

use super::template;
use super::text::{self, Section};
use crate::operator::OperatorFamily;

/// The type of a condition key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// Text.
    String,
    /// `true` and `false`.
    Bool,
    /// Numbers.
    Numeric,
    /// Instants.
    Date,
    /// ARNs.
    Arn,
    /// Addresses and ranges.
    IpAddress,
    /// Base-64 bytes.
    Binary,
}

impl KeyType {
    /// The type's name in IAM's documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyType::String => "String",
            KeyType::Bool => "Bool",
            KeyType::Numeric => "Numeric",
            KeyType::Date => "Date",
            KeyType::Arn => "ARN",
            KeyType::IpAddress => "IPAddress",
            KeyType::Binary => "Binary",
        }
    }

    /// The operators that are made for values of this type.
    pub fn operator_family(self) -> OperatorFamily {
        match self {
            KeyType::String => OperatorFamily::String,
            KeyType::Bool => OperatorFamily::Bool,
            KeyType::Numeric => OperatorFamily::Numeric,
            KeyType::Date => OperatorFamily::Date,
            KeyType::Arn => OperatorFamily::Arn,
            KeyType::IpAddress => OperatorFamily::IpAddress,
            KeyType::Binary => OperatorFamily::Binary,
        }
    }

    fn read(code: &str) -> Self {
        match code.as_bytes().first() {
            Some(b'B') => KeyType::Bool,
            Some(b'N') => KeyType::Numeric,
            Some(b'D') => KeyType::Date,
            Some(b'A') => KeyType::Arn,
            Some(b'I') => KeyType::IpAddress,
            Some(b'X') => KeyType::Binary,
            _ => KeyType::String,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A condition key, or a family of keys such as `aws:RequestTag/${TagKey}`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionKey {
    name: &'static str,
    code: &'static str,
}

impl ConditionKey {
    pub(super) fn read(line: &'static str) -> Self {
        ConditionKey {
            name: text::field(line, 0),
            code: text::field(line, 1),
        }
    }

    /// The name as AWS writes it; IAM compares names of keys without regard to
    /// case. The variable part of a family stands as `${…}`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The type of its values.
    pub fn key_type(self) -> KeyType {
        KeyType::read(self.code)
    }

    /// Whether a request may have several values for the key, so that it is
    /// compared with `ForAnyValue:` or `ForAllValues:`.
    pub fn is_multi_valued(self) -> bool {
        self.code.ends_with('*')
    }

    /// Whether it is a family of keys.
    pub fn is_template(self) -> bool {
        self.name.contains("${")
    }

    /// Whether a policy's key, such as `aws:RequestTag/team`, is this key or of
    /// this family, in any case.
    pub fn matches(self, key: &str) -> bool {
        if self.is_template() {
            template::key_matches(self.name, key)
        } else {
            self.name.eq_ignore_ascii_case(key)
        }
    }

    /// Whether every service knows the key: those that begin with `aws:`, and
    /// the cross-service keys that AWS lists beside them.
    pub fn is_global(self) -> bool {
        find(&Section::new(text::global()), self.name).is_some()
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = if self.is_multi_valued() { "*" } else { "" };
        write!(
            f,
            "ConditionKey({}: {}{several})",
            self.name,
            self.key_type()
        )
    }
}

/// The key of a section that a policy's key is.
pub(super) fn find(section: &Section, key: &str) -> Option<ConditionKey> {
    if let Some(line) = section.keys.find(section.whole_keys, key) {
        return Some(ConditionKey::read(line));
    }
    (section.whole_keys..section.keys.len())
        .filter_map(|index| section.keys.line(index))
        .map(ConditionKey::read)
        .filter(|candidate| candidate.matches(key))
        // `events:Metadata/a/Matcher` is of the longer of two families.
        .max_by_key(|candidate| candidate.name().len())
}

/// The keys of a section.
pub(super) fn all(section: Section) -> impl ExactSizeIterator<Item = ConditionKey> + Clone {
    let keys = section.keys;
    (0..keys.len()).map(move |index| ConditionKey::read(keys.line(index).unwrap_or_default()))
}

/// The keys that a list of numbers such as `1.5.7` tells.
pub(super) fn listed(
    section: Section,
    list: &'static str,
) -> impl Iterator<Item = ConditionKey> + Clone {
    numbers(list).filter_map(move |index| section.keys.line(index).map(ConditionKey::read))
}

/// The numbers of a list such as `1.5.7`.
pub(super) fn numbers(list: &'static str) -> impl Iterator<Item = usize> + Clone {
    list.split('.').filter_map(|number| number.parse().ok())
}
