//! Types that fill the slots of a policy without being able to widen it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::arn::{Arn, PARTITIONS, is_account_id};
use crate::variable;

/// A text that does not fit the slot it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {problem}")]
pub struct InvalidSlot {
    text: String,
    what: &'static str,
    problem: String,
}

fn invalid(text: &str, what: &'static str, problem: impl Into<String>) -> InvalidSlot {
    InvalidSlot {
        text: text.to_owned(),
        what,
        problem: problem.into(),
    }
}

/// Declares a checked text: type, name in messages, rule.
macro_rules! checked_text {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Checks a text and takes it as ", $what, ".\n\n# Errors\nWhere the text is none; the error says what would be right.")]
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidSlot> {
                let text = text.into();
                let check: fn(&str) -> Result<(), String> = $check;
                match check(&text) {
                    Ok(()) => Ok($name(text)),
                    Err(problem) => Err(invalid(&text, $what, problem)),
                }
            }

            /// The text as it was given, unescaped.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidSlot;
            fn from_str(text: &str) -> Result<Self, InvalidSlot> {
                $name::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidSlot;
            fn try_from(text: &str) -> Result<Self, InvalidSlot> {
                $name::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidSlot;
            fn try_from(text: String) -> Result<Self, InvalidSlot> {
                $name::new(text)
            }
        }
    )*};
}

checked_text! {
    /// One name within the resource part of an ARN: not empty, no `/`, no `:`.
    /// Wildcards and `$` in it are taken literally.
    Segment, "name within an ARN", |text| {
        if text.is_empty() {
            Err("it is empty".to_owned())
        } else if text.contains('/') {
            Err("it holds `/`; parse it as a ResourcePath if a path is meant".to_owned())
        } else if text.contains(':') {
            Err("it holds `:`".to_owned())
        } else {
            Ok(())
        }
    };
    /// A path within the resource part of an ARN: not empty, no `:`, may hold
    /// `/`. Wildcards and `$` in it are taken literally.
    ResourcePath, "path within an ARN", |text| {
        if text.is_empty() {
            Err("it is empty".to_owned())
        } else if text.contains(':') {
            Err("it holds `:`".to_owned())
        } else {
            Ok(())
        }
    };
    /// A pattern for the resource part of an ARN: `*`, `?` and policy variables
    /// in it are meant.
    Pattern, "resource pattern", |text| {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if variable::parts(text).any(|part| part.is_err()) {
            return Err("it holds a variable that IAM cannot read; write `${key}`, or `${$}` for a literal `$`".to_owned());
        }
        Ok(())
    };
    /// An AWS account: twelve digits.
    AccountId, "account id", |text| {
        if is_account_id(text) {
            Ok(())
        } else {
            Err("an account id is twelve digits, such as 111122223333".to_owned())
        }
    };
    /// A partition of AWS, such as `aws` or `aws-cn`.
    Partition, "partition", |text| {
        if PARTITIONS.contains(&text) {
            Ok(())
        } else {
            Err(format!("the partitions are {}", PARTITIONS.join(", ")))
        }
    };
    /// A region by its form, such as `eu-central-1`.
    Region, "region", |text| {
        let mut parts = text.split('-');
        let letters = |part: Option<&str>| {
            part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()))
        };
        let number = |part: Option<&str>| {
            part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        };
        let last = parts.next_back();
        let first = parts.next();
        let middle: Vec<&str> = parts.collect();
        if number(last) && letters(first) && !middle.is_empty() && middle.iter().all(|p| letters(Some(p))) {
            Ok(())
        } else {
            Err("a region is named such as `eu-central-1`".to_owned())
        }
    };
    /// An AWS service as a principal, such as `ec2.amazonaws.com`.
    ServicePrincipal, "service principal", |text| {
        use crate::kind::PolicyKind;
        use crate::model::PrincipalType;
        crate::validate::principal_problem(PrincipalType::Service, text, PolicyKind::Trust)
    };
    /// A user, role, session or account root as a principal, by its ARN.
    PrincipalArn, "principal", |text| {
        use crate::kind::PolicyKind;
        use crate::model::PrincipalType;
        if text == "*" {
            return Err("`*` is everyone; write it in the policy itself".to_owned());
        }
        crate::validate::principal_problem(PrincipalType::Aws, text, PolicyKind::Trust)
    };
    /// An identity provider as a principal: the ARN of a SAML or OIDC provider,
    /// or a web identity domain.
    FederatedPrincipal, "federated principal", |text| {
        use crate::kind::PolicyKind;
        use crate::model::PrincipalType;
        crate::validate::principal_problem(PrincipalType::Federated, text, PolicyKind::Trust)
    };
}

impl Pattern {
    /// The pattern `*`.
    pub fn any() -> Self {
        Pattern("*".to_owned())
    }
}

/// An address range in CIDR form, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IpRange(IpNet);

impl FromStr for IpRange {
    type Err = InvalidSlot;

    fn from_str(text: &str) -> Result<Self, InvalidSlot> {
        if let Ok(range) = text.parse::<IpNet>() {
            return Ok(IpRange(range.trunc()));
        }
        text.parse::<IpAddr>().map(IpRange::from).map_err(|_| {
            invalid(
                text,
                "address range",
                "write `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`",
            )
        })
    }
}

impl From<IpAddr> for IpRange {
    fn from(address: IpAddr) -> Self {
        IpRange(IpNet::from(address))
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Appends `text` with IAM's special characters made literal.
fn escape(out: &mut String, text: &str, wildcards: bool) {
    for character in text.chars() {
        match character {
            '$' => out.push_str("${$}"),
            '*' if wildcards => out.push_str("${*}"),
            '?' if wildcards => out.push_str("${?}"),
            other => out.push(other),
        }
    }
}

/// Declares a slot trait with its compile error.
macro_rules! slot_trait {
    ($(#[$doc:meta])* $name:ident, $message:literal, $note:literal;) => {
        $(#[$doc])*
        #[diagnostic::on_unimplemented(message = $message, label = "this type does not fit here", note = $note)]
        pub trait $name {
            /// Appends the value as policy text, escaped, before JSON escaping.
            fn fill(&self, out: &mut String);
        }

        impl<T: $name + ?Sized> $name for &T {
            fn fill(&self, out: &mut String) {
                T::fill(self, out);
            }
        }
    };
}

slot_trait! {
    /// Fills the resource part of an ARN.
    ResourceSlot,
    "`{Self}` cannot fill the resource part of an ARN",
    "parse it: `Segment::new(value)?` for one name, `ResourcePath::new(value)?` where `/` may occur, `Pattern::new(value)?` where wildcards are meant";
}
slot_trait! {
    /// Fills the partition of an ARN.
    PartitionSlot,
    "`{Self}` cannot fill the partition of an ARN",
    "parse it: `Partition::new(value)?`";
}
slot_trait! {
    /// Fills the region of an ARN.
    RegionSlot,
    "`{Self}` cannot fill the region of an ARN",
    "parse it: `Region::new(value)?`";
}
slot_trait! {
    /// Fills the account of an ARN.
    AccountSlot,
    "`{Self}` cannot fill the account of an ARN",
    "parse it: `AccountId::new(value)?`";
}
slot_trait! {
    /// Stands as a whole ARN.
    ArnSlot,
    "`{Self}` cannot stand as an ARN",
    "parse it: `value.parse::<Arn>()?`, or write the ARN as a string with slots";
}
/// Fills a value of a string operator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a value of a string operator",
    label = "this type does not fit here",
    note = "give a `&str` or a `String`"
)]
pub trait StringSlot {
    /// The value's text, before escaping.
    fn text(&self) -> &str;

    /// Appends the value, with `$` made literal, and `*` and `?` too where the
    /// operator takes wildcards.
    fn fill(&self, out: &mut String, wildcards: bool) {
        escape(out, self.text(), wildcards);
    }
}

impl<T: StringSlot + ?Sized> StringSlot for &T {
    fn text(&self) -> &str {
        T::text(self)
    }
}

slot_trait! {
    /// Stands as a value of a numeric operator.
    NumericSlot,
    "`{Self}` cannot stand as a value of a numeric operator",
    "give an integer or a finite number type, such as `u32`";
}
slot_trait! {
    /// Stands as a value of a `Bool` or `Null` operator.
    BoolSlot,
    "`{Self}` cannot stand as a value of a boolean operator",
    "give a `bool`";
}
slot_trait! {
    /// Stands as a value of an IP address operator.
    IpSlot,
    "`{Self}` cannot stand as a value of an IP address operator",
    "parse it: `value.parse::<IpRange>()?`";
}
slot_trait! {
    /// Stands as a value of a date operator.
    DateSlot,
    "`{Self}` cannot stand as a value of a date operator",
    "give a `std::time::SystemTime`";
}
slot_trait! {
    /// Stands as an AWS principal.
    AwsPrincipalSlot,
    "`{Self}` cannot stand as an AWS principal",
    "parse it: `AccountId::new(value)?` for an account, `PrincipalArn::new(value)?` for a user, role or session";
}
slot_trait! {
    /// Stands as a service principal.
    ServicePrincipalSlot,
    "`{Self}` cannot stand as a service principal",
    "parse it: `ServicePrincipal::new(value)?`";
}
slot_trait! {
    /// Stands as a federated principal.
    FederatedPrincipalSlot,
    "`{Self}` cannot stand as a federated principal",
    "parse it: `FederatedPrincipal::new(value)?`";
}

/// Implements a slot trait by one expression.
macro_rules! fills {
    ($($slot:ident for $($kind:ty),+ => |$value:ident, $out:ident| $body:expr;)*) => {$($(
        impl $slot for $kind {
            fn fill(&self, $out: &mut String) {
                let $value = self;
                $body
            }
        }
    )+)*};
}

fills! {
    ResourceSlot for Segment, ResourcePath => |value, out| escape(out, value.as_str(), true);
    ResourceSlot for Pattern => |value, out| out.push_str(value.as_str());
    ResourceSlot for AccountId, Region => |value, out| out.push_str(value.as_str());
    PartitionSlot for Partition => |value, out| out.push_str(value.as_str());
    RegionSlot for Region => |value, out| out.push_str(value.as_str());
    AccountSlot for AccountId => |value, out| out.push_str(value.as_str());
    ArnSlot for Arn => |value, out| escape(out, value.as_str(), true);
    NumericSlot for u8, u16, u32, u64, usize, i8, i16, i32, i64, isize => |value, out| out.push_str(&value.to_string());
    BoolSlot for bool => |value, out| out.push_str(if *value { "true" } else { "false" });
    IpSlot for IpRange, IpAddr, Ipv4Addr, Ipv6Addr => |value, out| out.push_str(&value.to_string());
    DateSlot for std::time::SystemTime => |value, out| out.push_str(&crate::date::format(*value));
    AwsPrincipalSlot for AccountId => |value, out| out.push_str(value.as_str());
    AwsPrincipalSlot for PrincipalArn => |value, out| out.push_str(value.as_str());
    ServicePrincipalSlot for ServicePrincipal => |value, out| out.push_str(value.as_str());
    FederatedPrincipalSlot for FederatedPrincipal => |value, out| out.push_str(value.as_str());
}

macro_rules! string_slots {
    ($($kind:ty),+) => {$(
        impl StringSlot for $kind {
            fn text(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

string_slots!(
    String,
    Segment,
    ResourcePath,
    AccountId,
    Region,
    Partition,
    PrincipalArn,
    ServicePrincipal,
    Arn
);

impl StringSlot for str {
    fn text(&self) -> &str {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(slot: &impl ResourceSlot) -> String {
        let mut out = String::new();
        slot.fill(&mut out);
        out
    }

    #[test]
    fn bound_names_cannot_widen() {
        let name = Segment::new("a*b?c$d${aws:username}").unwrap_err();
        assert!(name.to_string().contains("holds `:`"), "{name}");
        assert_eq!(
            filled(&Segment::new("a*b?c${x}").unwrap()),
            "a${*}b${?}c${$}{x}"
        );
        assert_eq!(filled(&Pattern::new("logs-*").unwrap()), "logs-*");
        assert!(Segment::new("a/b").is_err());
        assert!(Segment::new("").is_err());
        assert_eq!(filled(&ResourcePath::new("a/b").unwrap()), "a/b");
        assert!(Pattern::new("${aws:username").is_err());
    }

    #[test]
    fn values_are_escaped_where_the_operator_takes_wildcards() {
        let value = |wildcards| {
            let mut out = String::new();
            "a*$".fill(&mut out, wildcards);
            out
        };
        assert_eq!(value(true), "a${*}${$}");
        assert_eq!(value(false), "a*${$}");
    }

    #[test]
    fn identifiers_are_checked() {
        assert!(AccountId::new("111122223333").is_ok());
        for text in [
            "11112222333",
            "1111222233334",
            "11112222333a",
            "١١١١٢٢٢٢٣٣٣٣",
        ] {
            assert!(AccountId::new(text).is_err(), "{text}");
        }
        assert!(Region::new("us-gov-west-1").is_ok());
        assert!(Region::new("eu-central").is_err());
        assert!(Partition::new("aws-cn").is_ok());
        assert!(ServicePrincipal::new("ec2.amazonaws.com").is_ok());
        assert!(
            ServicePrincipal::new("ec2")
                .unwrap_err()
                .to_string()
                .contains("ec2.amazonaws.com")
        );
        assert!(PrincipalArn::new("arn:aws:iam::111122223333:role/x").is_ok());
        assert!(PrincipalArn::new("arn:aws:iam::111122223333:group/x").is_err());
        assert_eq!(
            "203.0.113.7/24".parse::<IpRange>().unwrap().to_string(),
            "203.0.113.0/24"
        );
    }
}
