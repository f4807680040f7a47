//! Types that fill the slots of a policy without being able to widen it.

mod fill;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

pub(crate) use self::fill::escape;
pub use self::fill::{
    AccountSlot, ArnSlot, AwsPrincipalSlot, BoolSlot, DateSlot, FederatedPrincipalSlot, IpSlot,
    NameSlot, NumericSlot, OidcProviderSlot, PartitionSlot, PathSlot, RegionSlot, ResourceSlot,
    SamlProviderSlot, ServicePrincipalSlot, StringSlot,
};
use crate::arn::{Arn, PARTITIONS, is_account_id};
use crate::kind::PolicyKind;
use crate::model::PrincipalType;
use crate::variable::{self, Part};

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
    /// One concrete ARN for a policy's resources: wildcards and `$` in its
    /// resource part are taken literally, and it breaks no rule for resources.
    ResourceArn, "ARN of a resource", |text| {
        text.parse::<Arn>().map_err(|error| error.to_string())?;
        let mut escaped = String::new();
        escape(&mut escaped, text, true);
        crate::validate::resource_problem(&escaped)
    };
    /// A pattern for the resource part of an ARN: `*`, `?` and policy variables
    /// in it are meant.
    Pattern, "resource pattern", |text| {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        let readable = |part: Result<Part<'_>, _>| match part {
            Ok(Part::Variable { key, .. }) => key.contains(':'),
            part => part.is_ok(),
        };
        if !variable::parts(text).all(readable) {
            return Err("it holds a variable that IAM cannot read; write such as `${aws:username}`, or `${$}` for a literal `$`".to_owned());
        }
        // What follows the slot must not make it the beginning of a variable.
        if text.ends_with('$') {
            return Err("it ends with `$`; write `${$}` for a literal `$`".to_owned());
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
        crate::validate::principal_problem(PrincipalType::Service, text, PolicyKind::Trust)
    };
    /// A user, role, session or account root as a principal, by its ARN.
    PrincipalArn, "principal", |text| {
        if text == "*" {
            return Err("`*` is everyone; write it in the policy itself".to_owned());
        }
        crate::validate::principal_problem(PrincipalType::Aws, text, PolicyKind::Trust)
    };
    /// A SAML provider as a principal, by its ARN.
    SamlProvider, "SAML provider", |text| {
        if crate::validate::is_saml(text) {
            crate::validate::principal_problem(PrincipalType::Federated, text, PolicyKind::Trust)
        } else {
            Err("write an ARN such as `arn:aws:iam::111122223333:saml-provider/NAME`".to_owned())
        }
    };
    /// An OpenID Connect provider as a principal: its ARN, or a web identity
    /// domain.
    OidcProvider, "OIDC provider", |text| {
        if crate::validate::is_oidc(text) {
            crate::validate::principal_problem(PrincipalType::Federated, text, PolicyKind::Trust)
        } else {
            Err("write an ARN such as `arn:aws:iam::111122223333:oidc-provider/NAME`, or a domain".to_owned())
        }
    };
    /// An identity provider as a principal: the ARN of a SAML or OIDC provider,
    /// or a web identity domain.
    FederatedPrincipal, "federated principal", |text| {
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
    fn arns_and_providers_hold_what_their_places_take() {
        for text in ["arn:aws:s3:::b/*", "arn:aws:iam::111122223333:role/x"] {
            assert!(ResourceArn::new(text).is_ok(), "{text}");
        }
        for text in [
            "arn:aws:s3:::",
            "arn:nowhere:s3:::b",
            "arn:*:s3:::b",
            "arn:aws:iam:us-east-1:111122223333:role/x",
            "arn:aws:iam::111122223333:rule/x",
            "arn:aws:sqs:us-east-1:1*:q",
        ] {
            assert!(ResourceArn::new(text).is_err(), "{text}");
        }
        let saml = "arn:aws:iam::111122223333:saml-provider/x";
        assert!(SamlProvider::new(saml).is_ok());
        assert!(OidcProvider::new(saml).is_err());
        assert!(OidcProvider::new("accounts.google.com").is_ok());
        assert!(SamlProvider::new("accounts.google.com").is_err());
        assert!(Pattern::new("a$").is_err());
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
