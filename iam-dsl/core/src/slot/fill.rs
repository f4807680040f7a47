//! The slot traits: which type may stand where, and how it becomes policy text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    AccountId, FederatedPrincipal, IpRange, OidcProvider, Partition, Pattern, PrincipalArn, Region,
    ResourceArn, ResourcePath, SamlProvider, Segment, ServicePrincipal,
};
use crate::arn::Arn;

/// Appends `text` with IAM's special characters made literal.
pub(crate) fn escape(out: &mut String, text: &str, wildcards: bool) {
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

        // A refused `&str` is told as `&str` and not as `str`.
        #[diagnostic::do_not_recommend]
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
    /// Fills a part of an ARN's resource that must hold no `:`, or a guardrail
    /// could not be kept.
    PathSlot,
    "`{Self}` may stand for what a guardrail (`never`) of this policy forbids",
    "a text without `:` is sure to lie outside it: `Segment::new(value)?` or `ResourcePath::new(value)?`";
}
slot_trait! {
    /// Fills a part of an ARN's resource that must hold neither `:` nor `/`, or
    /// a guardrail could not be kept.
    NameSlot,
    "`{Self}` may stand for what a guardrail (`never`) of this policy forbids",
    "a name without `/` is sure to lie outside it: `Segment::new(value)?`";
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
    "parse it: `ResourceArn::new(value)?`, or write the ARN as a string with slots";
}
/// Fills a value of a string operator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot fill a value of a string operator",
    label = "this type does not fit here",
    note = "give a `&str` or a `String`, or a `Pattern` where wildcards are meant"
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

#[diagnostic::do_not_recommend]
impl<T: StringSlot + ?Sized> StringSlot for &T {
    fn text(&self) -> &str {
        T::text(self)
    }

    fn fill(&self, out: &mut String, wildcards: bool) {
        T::fill(self, out, wildcards);
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

slot_trait! {
    /// Stands as the federated principal of a statement for SAML alone.
    SamlProviderSlot,
    "`{Self}` cannot stand as a SAML provider, which sts:AssumeRoleWithSAML needs",
    "parse it: `SamlProvider::new(value)?`";
}
slot_trait! {
    /// Stands as the federated principal of a statement for web identities
    /// alone.
    OidcProviderSlot,
    "`{Self}` cannot stand as an OIDC provider, which sts:AssumeRoleWithWebIdentity needs",
    "parse it: `OidcProvider::new(value)?`";
}

/// Implements a slot trait by one expression.
macro_rules! fills {
    ($($slot:ident for $($kind:ty),+ => |$value:ident, $out:ident| $body:expr;)*) => {$($(
        // The trait's note says what fits; a list of types says it worse.
        #[diagnostic::do_not_recommend]
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
    PathSlot for Segment, ResourcePath, AccountId, Region => |value, out| ResourceSlot::fill(value, out);
    NameSlot for Segment, AccountId, Region => |value, out| ResourceSlot::fill(value, out);
    PartitionSlot for Partition => |value, out| out.push_str(value.as_str());
    RegionSlot for Region => |value, out| out.push_str(value.as_str());
    AccountSlot for AccountId => |value, out| out.push_str(value.as_str());
    ArnSlot for ResourceArn => |value, out| escape(out, value.as_str(), true);
    NumericSlot for u8, u16, u32, u64, usize, i8, i16, i32, i64, isize => |value, out| out.push_str(&value.to_string());
    BoolSlot for bool => |value, out| out.push_str(if *value { "true" } else { "false" });
    IpSlot for IpRange, IpAddr, Ipv4Addr, Ipv6Addr => |value, out| out.push_str(&value.to_string());
    DateSlot for std::time::SystemTime => |value, out| out.push_str(&crate::date::format(*value));
    AwsPrincipalSlot for AccountId => |value, out| out.push_str(value.as_str());
    AwsPrincipalSlot for PrincipalArn => |value, out| out.push_str(value.as_str());
    ServicePrincipalSlot for ServicePrincipal => |value, out| out.push_str(value.as_str());
    SamlProviderSlot for SamlProvider => |value, out| out.push_str(value.as_str());
    OidcProviderSlot for OidcProvider => |value, out| out.push_str(value.as_str());
    FederatedPrincipalSlot for FederatedPrincipal, SamlProvider, OidcProvider => |value, out| out.push_str(value.as_str());
}

macro_rules! string_slots {
    ($($kind:ty),+) => {$(
        #[diagnostic::do_not_recommend]
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
    ResourceArn,
    Arn
);

/// A pattern's wildcards and variables are meant.
#[diagnostic::do_not_recommend]
impl StringSlot for Pattern {
    fn text(&self) -> &str {
        self.as_str()
    }

    fn fill(&self, out: &mut String, _: bool) {
        out.push_str(self.as_str());
    }
}

#[diagnostic::do_not_recommend]
impl StringSlot for str {
    fn text(&self) -> &str {
        self
    }
}
