//! Conditions, prepared once.
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators" and
//! "Single-valued vs. multivalued context keys".

use std::cmp::Ordering;
use std::net::IpAddr;

use iam_dsl_core::arn::ArnFields;
use iam_dsl_core::pattern::Glob;
use iam_dsl_core::{Comparison, ConditionEntry, Operator, OperatorFamily, Qualifier, date};
use ipnet::IpNet;

use super::context::ContextValue;
use super::pattern::Pattern;
use super::request::RequestData;
use super::text::{Filling, Text};
use super::value::{self, Decimal};

/// One operator with one key and its values.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// As written.
    pub(super) key: String,
    folded: String,
    values: Vec<Value>,
}

/// What a condition says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Holds,
    Fails,
    /// AWS does not define it: an Allow does not match, a Deny does.
    Undefined,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::Holds } else { Truth::Fails }
    }
}

/// A value of the policy, in the form that its operator compares.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    /// Without escapes, the usual form.
    Pattern(Pattern),
    Glob(Glob),
    Arn(Box<[Glob; 6]>),
    /// A string or an ARN that the request fills.
    Filled(Text),
    Number(Decimal),
    Date(i128),
    Bool(bool),
    Net(IpNet),
    Bytes(Vec<u8>),
    /// Not a value that the operator can compare: it never matches.
    Never,
}

impl Condition {
    pub(super) fn prepare(operator: Operator, entry: &ConditionEntry, variables: bool) -> Self {
        Condition {
            operator,
            key: entry.key.clone(),
            folded: entry.key.to_ascii_lowercase(),
            values: entry
                .values
                .iter()
                .map(|value| Value::prepare(operator.comparison, &value.text(), variables))
                .collect(),
        }
    }

    pub(super) fn judge(&self, request: &RequestData) -> Truth {
        let values = request.values(&self.folded).unwrap_or_default();
        let comparison = self.operator.comparison;
        if comparison.family() == OperatorFamily::Null {
            // `true`: "the key doesn't exist"; `false`: it exists. Neither a
            // qualifier nor IfExists is defined for it.
            if self.operator.qualifier.is_some() || self.operator.if_exists {
                return Truth::Undefined;
            }
            let absent = values.is_empty();
            return self
                .values
                .iter()
                .any(|value| matches!(value, Value::Bool(wanted) if *wanted == absent))
                .into();
        }
        // Several values of a negated operator are a NOR: none may match.
        let holds = |value: &ContextValue| {
            self.values
                .iter()
                .any(|wanted| wanted.matches(comparison, value, request))
                != comparison.is_negated()
        };
        match (self.operator.qualifier, values) {
            // "It also returns true if there are no context keys in the request."
            (Some(Qualifier::ForAllValues), []) => Truth::Holds,
            // "If the key does not exist, the condition returns false", with
            // IfExists too.
            (Some(Qualifier::ForAnyValue), []) => Truth::Fails,
            // "If the key is not present, evaluate the condition element as
            // true"; without IfExists only negated operators are true.
            (None, []) => (self.operator.if_exists || comparison.is_negated()).into(),
            (Some(Qualifier::ForAllValues), values) => values.iter().all(holds).into(),
            (Some(Qualifier::ForAnyValue), values) => values.iter().any(holds).into(),
            (None, [value]) => holds(value).into(),
            // "Multivalued context keys require a condition set operator."
            (None, _) => Truth::Undefined,
        }
    }
}

impl Value {
    fn prepare(comparison: Comparison, written: &str, variables: bool) -> Self {
        let prepared = match comparison.family() {
            OperatorFamily::String => Text::prepare(written, variables).and_then(|text| {
                if text.has_variables() {
                    Some(Value::Filled(text))
                } else if comparison.has_wildcards() && !written.contains('$') {
                    Some(Value::Pattern(Pattern::new(written)))
                } else if comparison.has_wildcards() {
                    text.fill(None).map(|text| Value::Glob(text.glob()))
                } else {
                    text.fill(None).map(|text| Value::Text(text.plain()))
                }
            }),
            OperatorFamily::Arn => Text::prepare(written, variables).and_then(|text| {
                if text.has_variables() {
                    Some(Value::Filled(text))
                } else {
                    let fields = text.fill(None)?.arn_fields()?;
                    Some(Value::Arn(Box::new(fields.map(|field| field.glob()))))
                }
            }),
            OperatorFamily::Numeric => Decimal::parse(written).map(Value::Number),
            OperatorFamily::Date => date::parse(written).map(Value::Date),
            OperatorFamily::Bool | OperatorFamily::Null => value::boolean(written).map(Value::Bool),
            OperatorFamily::IpAddress => network(written).map(Value::Net),
            OperatorFamily::Binary => value::base64_decode(written).map(Value::Bytes),
        };
        prepared.unwrap_or(Value::Never)
    }

    /// Whether this value matches one value of the request, negation apart.
    fn matches(&self, comparison: Comparison, value: &ContextValue, request: &RequestData) -> bool {
        match self {
            Value::Text(wanted) => equal(comparison, wanted, value.text()),
            Value::Pattern(pattern) => pattern.matches(value.text()),
            Value::Glob(glob) => glob.matches(value.text()),
            Value::Arn(fields) => arn_matches(fields, value.text(), Glob::matches),
            Value::Filled(text) => text
                .fill(Some(request))
                .is_some_and(|text| filled_matches(comparison, &text, value.text())),
            Value::Number(wanted) => value
                .number()
                .is_some_and(|found| ordered(comparison, found.as_ref().cmp(wanted))),
            Value::Date(wanted) => value
                .date()
                .is_some_and(|found| ordered(comparison, found.cmp(wanted))),
            Value::Bool(wanted) => value.boolean() == Some(*wanted),
            Value::Net(net) => value
                .address()
                .is_some_and(|address| net.contains(&address)),
            Value::Bytes(wanted) => value.bytes().is_some_and(|found| *found == **wanted),
            Value::Never => false,
        }
    }
}

fn equal(comparison: Comparison, wanted: &str, found: &str) -> bool {
    match comparison {
        Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
            wanted.eq_ignore_ascii_case(found)
        }
        _ => wanted == found,
    }
}

/// Whether the order of the request's value to the policy's is what the
/// comparison asks for, negation apart.
fn ordered(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::NumericLessThan | Comparison::DateLessThan => order.is_lt(),
        Comparison::NumericLessThanEquals | Comparison::DateLessThanEquals => order.is_le(),
        Comparison::NumericGreaterThan | Comparison::DateGreaterThan => order.is_gt(),
        Comparison::NumericGreaterThanEquals | Comparison::DateGreaterThanEquals => order.is_ge(),
        _ => order.is_eq(),
    }
}

fn filled_matches(comparison: Comparison, wanted: &Filling<'_>, found: &str) -> bool {
    if comparison.family() == OperatorFamily::Arn {
        let fields = wanted.arn_fields();
        return fields.is_some_and(|fields| arn_matches(&fields, found, Filling::matches));
    }
    if comparison.has_wildcards() {
        return wanted.matches(found);
    }
    match comparison {
        Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
            wanted.is(found, <[u8]>::eq_ignore_ascii_case)
        }
        _ => wanted.is(found, |a, b| a == b),
    }
}

/// "Each of the six colon-delimited components of the ARN is checked
/// separately"; the sixth takes the further colons.
fn arn_matches<G>(fields: &[G; 6], text: &str, matches: impl Fn(&G, &str) -> bool) -> bool {
    let Some(found) = ArnFields::split(text) else {
        return false;
    };
    let found = [
        "arn",
        found.partition,
        found.service,
        found.region,
        found.account,
        found.resource,
    ];
    fields
        .iter()
        .zip(found)
        .all(|(glob, text)| matches(glob, text))
}

/// A range in CIDR form; one address is the range of itself ("if you specify an
/// IP address without the associated routing prefix, IAM uses the default
/// prefix value of /32").
fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
