//! Condition keys that know the type of their values.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use crate::builder::{Condition, IntoOperands};
use crate::slot::{IpRange, ServicePrincipal};
use crate::{
    AccountId, Arn, Comparison, Partition, Pattern, PrincipalArn, Region, ResourcePath, Segment,
};

/// The types of a condition key's values.
pub mod kind {
    macro_rules! kinds {
        ($($name:ident $what:literal;)*) => {$(
            #[doc = concat!("Values that are ", $what, ".")]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {}
        )*};
    }

    kinds! {
        String "text";
        Bool "`true` or `false`";
        Numeric "numbers";
        Date "instants";
        Arn "ARNs";
        IpAddress "addresses and ranges";
        Binary "bytes";
    }
}

/// A condition key with values of the type `K`, one of those in [`kind`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<K> {
    name: Cow<'static, str>,
    kind: PhantomData<K>,
}

/// A key whose values are text.
pub type StringKey = Key<kind::String>;
/// A key whose values are `true` or `false`.
pub type BoolKey = Key<kind::Bool>;
/// A key whose values are numbers.
pub type NumericKey = Key<kind::Numeric>;
/// A key whose values are instants.
pub type DateKey = Key<kind::Date>;
/// A key whose values are ARNs.
pub type ArnKey = Key<kind::Arn>;
/// A key whose values are addresses and ranges.
pub type IpAddressKey = Key<kind::IpAddress>;
/// A key whose values are bytes in base 64.
pub type BinaryKey = Key<kind::Binary>;

impl<K> Key<K> {
    pub(super) const fn named(name: &'static str) -> Self {
        Key {
            name: Cow::Borrowed(name),
            kind: PhantomData,
        }
    }

    /// One key of a family such as `aws:RequestTag/${TagKey}`.
    pub(super) fn of_family(before: &str, name: &str, after: &str) -> Self {
        Key {
            name: Cow::Owned(format!("{before}{name}{after}")),
            kind: PhantomData,
        }
    }

    /// The key's name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    fn compare(self, comparison: Comparison, values: impl IntoOperands) -> Condition {
        Condition::new(comparison, self, values)
    }

    /// Holds where the request has no such key, or, for `false`, where it has
    /// one (the operator `Null`).
    pub fn is_absent(self, absent: bool) -> Condition {
        self.compare(Comparison::Null, absent)
    }
}

impl<K> From<Key<K>> for String {
    fn from(key: Key<K>) -> Self {
        key.name.into_owned()
    }
}

impl<K> fmt::Display for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl<K> fmt::Debug for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

/// One value or several that a key of the kind `K` is compared with. A literal
/// of the program fits every kind and is checked when the policy is built.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value for a condition key of the type `{K}`",
    label = "this type does not fit the key"
)]
pub trait Values<K>: IntoOperands {}

macro_rules! values {
    ($($kind:ident: $($value:ty),+;)*) => {$($(
        impl Values<kind::$kind> for $value {}
        impl Values<kind::$kind> for Vec<$value> {}
        impl<const N: usize> Values<kind::$kind> for [$value; N] {}
    )+)*};
}

values! {
    String: &'static str, String, Pattern, Segment, ResourcePath, AccountId, Region, Partition, PrincipalArn, ServicePrincipal, Arn;
    Bool: &'static str, bool;
    Numeric: &'static str, u8, u16, u32, u64, i8, i16, i32, i64;
    Date: &'static str, SystemTime;
    Arn: &'static str, Pattern, PrincipalArn, Arn;
    IpAddress: &'static str, IpRange;
    Binary: &'static str;
}

/// Declares the comparisons of each kind.
macro_rules! comparisons {
    ($($kind:ident { $($name:ident $comparison:ident;)+ })*) => {$(
        impl Key<kind::$kind> {
            $(
                #[doc = concat!("A condition with the operator `", stringify!($comparison), "`.")]
                pub fn $name(self, values: impl Values<kind::$kind>) -> Condition {
                    self.compare(Comparison::$comparison, values)
                }
            )+
        }
    )*};
}

comparisons! {
    String {
        string_equals StringEquals;
        string_not_equals StringNotEquals;
        string_equals_ignore_case StringEqualsIgnoreCase;
        string_not_equals_ignore_case StringNotEqualsIgnoreCase;
        string_like StringLike;
        string_not_like StringNotLike;
    }
    Bool { is Bool; }
    Numeric {
        numeric_equals NumericEquals;
        numeric_not_equals NumericNotEquals;
        numeric_less_than NumericLessThan;
        numeric_less_than_equals NumericLessThanEquals;
        numeric_greater_than NumericGreaterThan;
        numeric_greater_than_equals NumericGreaterThanEquals;
    }
    Date {
        date_equals DateEquals;
        date_not_equals DateNotEquals;
        date_less_than DateLessThan;
        date_less_than_equals DateLessThanEquals;
        date_greater_than DateGreaterThan;
        date_greater_than_equals DateGreaterThanEquals;
    }
    Arn {
        arn_equals ArnEquals;
        arn_like ArnLike;
        arn_not_equals ArnNotEquals;
        arn_not_like ArnNotLike;
    }
    IpAddress {
        ip_address IpAddress;
        not_ip_address NotIpAddress;
    }
    Binary { binary_equals BinaryEquals; }
}
