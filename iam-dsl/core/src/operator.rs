//! Condition operators with their qualifiers.

use std::fmt;
use std::str::FromStr;

/// How one condition compares: `ForAnyValue:StringLikeIfExists` is qualifier,
/// comparison and `IfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Option<Qualifier>,
    /// The comparison itself.
    pub comparison: Comparison,
    /// Whether a missing key makes the condition true.
    pub if_exists: bool,
}

/// The set operators for multi-valued keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// Every value of the request must match; true when there is none.
    ForAllValues,
    /// Some value of the request must match; false when there is none.
    ForAnyValue,
}

impl Qualifier {
    /// The JSON text without its colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Qualifier::ForAllValues => "ForAllValues",
            Qualifier::ForAnyValue => "ForAnyValue",
        }
    }
}

/// The type of value that an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorFamily {
    /// Text.
    String,
    /// Numbers.
    Numeric,
    /// Instants.
    Date,
    /// `true` and `false`.
    Bool,
    /// Base-64 bytes.
    Binary,
    /// Addresses and ranges.
    IpAddress,
    /// ARNs, compared field by field.
    Arn,
    /// Presence of the key.
    Null,
}

/// Declares the comparisons once: variant, text, family, negated, wildcards.
macro_rules! comparisons {
    ($($variant:ident $text:literal $family:ident $negated:literal $wildcards:literal;)*) => {
        /// The comparisons of the policy language (IAM User Guide, "IAM JSON
        /// policy elements: Condition operators").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Comparison {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl Comparison {
            /// Every comparison, as documentation lists them.
            pub const ALL: &'static [Comparison] = &[$(Comparison::$variant,)*];

            /// The JSON text.
            pub fn as_str(self) -> &'static str {
                match self { $(Comparison::$variant => $text,)* }
            }

            /// The type of value compared.
            pub fn family(self) -> OperatorFamily {
                match self { $(Comparison::$variant => OperatorFamily::$family,)* }
            }

            /// Whether a match makes the condition false: such an operator is
            /// true for a missing key.
            pub fn is_negated(self) -> bool {
                match self { $(Comparison::$variant => $negated,)* }
            }

            /// Whether `*` and `?` in a value are wildcards.
            pub fn has_wildcards(self) -> bool {
                match self { $(Comparison::$variant => $wildcards,)* }
            }
        }
    };
}

comparisons! {
    StringEquals "StringEquals" String false false;
    StringNotEquals "StringNotEquals" String true false;
    StringEqualsIgnoreCase "StringEqualsIgnoreCase" String false false;
    StringNotEqualsIgnoreCase "StringNotEqualsIgnoreCase" String true false;
    StringLike "StringLike" String false true;
    StringNotLike "StringNotLike" String true true;
    NumericEquals "NumericEquals" Numeric false false;
    NumericNotEquals "NumericNotEquals" Numeric true false;
    NumericLessThan "NumericLessThan" Numeric false false;
    NumericLessThanEquals "NumericLessThanEquals" Numeric false false;
    NumericGreaterThan "NumericGreaterThan" Numeric false false;
    NumericGreaterThanEquals "NumericGreaterThanEquals" Numeric false false;
    DateEquals "DateEquals" Date false false;
    DateNotEquals "DateNotEquals" Date true false;
    DateLessThan "DateLessThan" Date false false;
    DateLessThanEquals "DateLessThanEquals" Date false false;
    DateGreaterThan "DateGreaterThan" Date false false;
    DateGreaterThanEquals "DateGreaterThanEquals" Date false false;
    Bool "Bool" Bool false false;
    BinaryEquals "BinaryEquals" Binary false false;
    IpAddress "IpAddress" IpAddress false false;
    NotIpAddress "NotIpAddress" IpAddress true false;
    ArnEquals "ArnEquals" Arn false true;
    ArnLike "ArnLike" Arn false true;
    ArnNotEquals "ArnNotEquals" Arn true true;
    ArnNotLike "ArnNotLike" Arn true true;
    Null "Null" Null false false;
}

impl OperatorFamily {
    /// Whether IAM replaces policy variables in the values: only for text and
    /// ARNs (IAM User Guide, "Where you can use policy variables").
    pub fn has_variables(self) -> bool {
        matches!(self, OperatorFamily::String | OperatorFamily::Arn)
    }
}

impl Operator {
    /// A comparison without qualifier and without `IfExists`.
    pub fn plain(comparison: Comparison) -> Self {
        Operator {
            qualifier: None,
            comparison,
            if_exists: false,
        }
    }

    /// With `IfExists`: true for a missing key.
    #[must_use]
    pub fn if_exists(self) -> Self {
        Operator {
            if_exists: true,
            ..self
        }
    }

    /// With a set qualifier.
    #[must_use]
    pub fn qualified(self, qualifier: Qualifier) -> Self {
        Operator {
            qualifier: Some(qualifier),
            ..self
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(qualifier) = self.qualifier {
            write!(f, "{}:", qualifier.as_str())?;
        }
        f.write_str(self.comparison.as_str())?;
        if self.if_exists {
            f.write_str("IfExists")?;
        }
        Ok(())
    }
}

/// The text names no operator of the policy language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no condition operator")]
pub struct UnknownOperator(pub String);

impl FromStr for Operator {
    type Err = UnknownOperator;

    fn from_str(text: &str) -> Result<Self, UnknownOperator> {
        let unknown = || UnknownOperator(text.to_owned());
        let (qualifier, rest) = match text.split_once(':') {
            None => (None, text),
            Some(("ForAllValues", rest)) => (Some(Qualifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Qualifier::ForAnyValue), rest),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let comparison = Comparison::ALL
            .iter()
            .copied()
            .find(|comparison| comparison.as_str() == name)
            .ok_or_else(unknown)?;
        Ok(Operator {
            qualifier,
            comparison,
            if_exists,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_back() {
        for &comparison in Comparison::ALL {
            for qualifier in [
                None,
                Some(Qualifier::ForAllValues),
                Some(Qualifier::ForAnyValue),
            ] {
                for if_exists in [false, true] {
                    let operator = Operator {
                        qualifier,
                        comparison,
                        if_exists,
                    };
                    assert_eq!(operator.to_string().parse(), Ok(operator));
                }
            }
        }
    }

    #[test]
    fn near_operators_are_refused() {
        for text in [
            "stringEquals",
            "ForAnyValue::StringEquals",
            "ForEach:Bool",
            "IfExists",
            "",
        ] {
            assert!(text.parse::<Operator>().is_err(), "{text}");
        }
    }
}
