//! The request context: what AWS knows of a request beside who, what and where.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use iam_dsl_core::{AccountId, Arn, date};

use super::value::{self, Decimal};

/// The context keys of a request with their values.
///
/// Keys compare without regard to case, tag keys inside them included (IAM User
/// Guide, "IAM JSON policy elements: Condition": "Condition key names are not
/// case-sensitive"). A key given twice keeps the later value.
///
/// ```
/// use iam_dsl::Context;
///
/// let context = Context::new()
///     .with("aws:MultiFactorAuthPresent", true)
///     .with("aws:SourceIp", "203.0.113.7")
///     .with_values("aws:TagKeys", ["team", "cost-center"]);
/// assert!(context.get("AWS:sourceip").is_some());
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Context {
    /// By the key in lower case.
    values: BTreeMap<String, Vec<ContextValue>>,
}

impl Context {
    /// A context without keys.
    pub fn new() -> Self {
        Context::default()
    }

    /// With one value for a key.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<ContextValue>) -> Self {
        self.with_values(key, [value])
    }

    /// With several values for a multi-valued key such as `aws:TagKeys`. No
    /// values at all is the same as no key.
    #[must_use]
    pub fn with_values<V: Into<ContextValue>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<ContextValue> = values.into_iter().map(Into::into).collect();
        let key = key.to_ascii_lowercase();
        if values.is_empty() {
            self.values.remove(&key);
        } else {
            self.values.insert(key, values);
        }
        self
    }

    /// The values of a key; `None` where the request has none.
    pub fn get(&self, key: &str) -> Option<&[ContextValue]> {
        self.get_folded(&key.to_ascii_lowercase())
    }

    /// Every key, in lower case, with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[ContextValue])> {
        self.values
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// As [`Context::get`], for a key already in lower case.
    pub(super) fn get_folded(&self, key: &str) -> Option<&[ContextValue]> {
        self.values.get(key).map(Vec::as_slice)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// One value of a context key. Every value has a text, which string operators
/// and variables use; a typed value is not read from its text again.
#[derive(Clone, PartialEq)]
pub struct ContextValue {
    text: String,
    typed: Typed,
}

#[derive(Debug, Clone, PartialEq)]
enum Typed {
    Text,
    Bool(bool),
    Number(Decimal),
    /// Nanoseconds since 1970.
    Date(i128),
    Ip(IpAddr),
    Binary(Vec<u8>),
}

impl fmt::Debug for ContextValue {
    /// A text in quotes, a typed value without.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.typed {
            Typed::Text => write!(f, "{:?}", self.text),
            _ => f.write_str(&self.text),
        }
    }
}

impl ContextValue {
    /// Bytes, for `BinaryEquals`; their text is base 64.
    pub fn binary(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        ContextValue {
            text: value::base64_encode(&bytes),
            typed: Typed::Binary(bytes),
        }
    }

    /// The value as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.typed {
            Typed::Bool(value) => Some(*value),
            Typed::Text => value::boolean(&self.text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<std::borrow::Cow<'_, Decimal>> {
        match &self.typed {
            Typed::Number(value) => Some(std::borrow::Cow::Borrowed(value)),
            Typed::Text => Decimal::parse(&self.text).map(std::borrow::Cow::Owned),
            _ => None,
        }
    }

    /// Nanoseconds since 1970; a number counts seconds, as `aws:EpochTime` does.
    pub(super) fn date(&self) -> Option<i128> {
        match &self.typed {
            Typed::Date(value) => Some(*value),
            Typed::Number(_) => {
                let seconds: i64 = self.text.parse().ok()?;
                Some(i128::from(seconds) * 1_000_000_000)
            }
            Typed::Text => date::parse(&self.text),
            _ => None,
        }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        match &self.typed {
            Typed::Ip(value) => Some(*value),
            Typed::Text => self.text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> Option<std::borrow::Cow<'_, [u8]>> {
        match &self.typed {
            Typed::Binary(value) => Some(std::borrow::Cow::Borrowed(value)),
            Typed::Text => value::base64_decode(&self.text).map(std::borrow::Cow::Owned),
            _ => None,
        }
    }
}

impl From<&str> for ContextValue {
    fn from(text: &str) -> Self {
        ContextValue::from(text.to_owned())
    }
}

impl From<String> for ContextValue {
    fn from(text: String) -> Self {
        ContextValue {
            text,
            typed: Typed::Text,
        }
    }
}

impl From<&String> for ContextValue {
    fn from(text: &String) -> Self {
        ContextValue::from(text.clone())
    }
}

impl From<bool> for ContextValue {
    fn from(value: bool) -> Self {
        ContextValue {
            text: if value { "true" } else { "false" }.to_owned(),
            typed: Typed::Bool(value),
        }
    }
}

impl From<SystemTime> for ContextValue {
    /// To the whole second, the finest that AWS's keys tell.
    fn from(value: SystemTime) -> Self {
        let text = date::format(value);
        match date::parse(&text) {
            Some(instant) => ContextValue {
                text,
                typed: Typed::Date(instant),
            },
            None => ContextValue::from(text),
        }
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for ContextValue {
            /// A number; one that is not finite is a text that no numeric operator takes.
            fn from(value: $kind) -> Self {
                let text = value.to_string();
                match Decimal::parse(&text) {
                    Some(number) => ContextValue { text, typed: Typed::Number(number) },
                    None => ContextValue::from(text),
                }
            }
        }
    )*};
}

numbers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

macro_rules! addresses {
    ($($kind:ty),*) => {$(
        impl From<$kind> for ContextValue {
            fn from(value: $kind) -> Self {
                ContextValue { text: value.to_string(), typed: Typed::Ip(value.into()) }
            }
        }
    )*};
}

addresses!(IpAddr, Ipv4Addr, Ipv6Addr);

macro_rules! texts {
    ($($kind:ty),*) => {$(
        impl From<$kind> for ContextValue {
            fn from(value: $kind) -> Self {
                ContextValue::from(value.to_string())
            }
        }
        impl From<&$kind> for ContextValue {
            fn from(value: &$kind) -> Self {
                ContextValue::from(value.to_string())
            }
        }
    )*};
}

texts!(Arn, AccountId);
