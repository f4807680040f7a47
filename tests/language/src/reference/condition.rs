//! The `Condition` element.

use std::cmp::Ordering;

use iam_dsl_core::{Comparison, ConditionEntry, Effect, Operator, Qualifier};

use super::text::{Token, matches, substituted, written};
use super::value::{Decimal, bool_of, bytes_of, instant_of, network_contains};
use super::{Request, Value};

/// The values of a key; "key names are not case-sensitive". What the request
/// tells comes before what follows from its caller.
pub(super) fn values_of(request: &Request, key: &str) -> Option<Vec<Value>> {
    let key = key.to_ascii_lowercase();
    let told = request
        .context
        .get(&key)
        .filter(|values| !values.is_empty());
    told.cloned().or_else(|| {
        let keys = request.caller.keys();
        keys.into_iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| vec![value])
    })
}

/// Whether one key of the condition holds for the statement's effect.
pub(super) fn holds(
    operator: Operator,
    entry: &ConditionEntry,
    effect: Effect,
    variables: bool,
    request: &Request,
) -> bool {
    let present = values_of(request, &entry.key);
    // Convention: what has no meaning fails an Allow and counts for a Deny.
    let meaningless = effect == Effect::Deny;
    if operator.comparison == Comparison::Null {
        if operator.qualifier.is_some() || operator.if_exists {
            return meaningless;
        }
        return null_holds(entry, present.is_some());
    }
    let one = |value: &Value| value_passes(operator.comparison, entry, variables, request, value);
    match (operator.qualifier, present) {
        // "It also returns true if there are no context keys in the request."
        (Some(Qualifier::ForAllValues), None) => true,
        // "If the key does not exist, the condition returns false", whatever
        // IfExists says.
        (Some(Qualifier::ForAnyValue), None) => false,
        (Some(Qualifier::ForAllValues), Some(values)) => values.iter().all(one),
        (Some(Qualifier::ForAnyValue), Some(values)) => values.iter().any(one),
        // "If the key is not present, evaluate the condition element as true."
        (None, None) => operator.if_exists || operator.comparison.is_negated(),
        (None, Some(values)) => match values.as_slice() {
            [value] => one(value),
            _ => meaningless,
        },
    }
}

/// "Use either true (the key doesn't exist) or false (the key exists)."
fn null_holds(entry: &ConditionEntry, present: bool) -> bool {
    entry
        .values
        .iter()
        .any(|wanted| bool_of(&wanted.text()) == Some(!present))
}

/// Any of the policy's values has to match; none of them for a negated operator.
fn value_passes(
    comparison: Comparison,
    entry: &ConditionEntry,
    variables: bool,
    request: &Request,
    value: &Value,
) -> bool {
    let any = entry.values.iter().any(|wanted| {
        let wanted = wanted.text();
        match pattern(comparison, &wanted, variables, request) {
            // A variable without a value: "any attempt to match it fails".
            None => false,
            Some(pattern) => matches_one(comparison, &wanted, &pattern, value),
        }
    });
    any != comparison.is_negated()
}

/// The policy's value with its variables replaced, where the operator has any.
fn pattern(
    comparison: Comparison,
    wanted: &str,
    variables: bool,
    request: &Request,
) -> Option<Vec<Token>> {
    if variables && comparison.family().has_variables() {
        substituted(wanted, &|key| values_of(request, key)).unwrap_or(None)
    } else {
        Some(written(wanted))
    }
}

/// Whether one value of the request matches one value of the policy, before
/// any negation.
fn matches_one(comparison: Comparison, wanted: &str, pattern: &[Token], value: &Value) -> bool {
    use Comparison as C;
    let text: Vec<char> = value.text().chars().collect();
    match comparison {
        C::StringEquals | C::StringNotEquals => plain(pattern) == text,
        C::StringEqualsIgnoreCase | C::StringNotEqualsIgnoreCase => {
            let fold = |text: Vec<char>| text.iter().map(char::to_ascii_lowercase).collect();
            let (a, b): (Vec<char>, Vec<char>) = (fold(plain(pattern)), fold(text));
            a == b
        }
        C::StringLike | C::StringNotLike => matches(pattern, &text),
        C::NumericEquals | C::NumericNotEquals => number(wanted, value) == Some(Ordering::Equal),
        C::NumericLessThan => number(wanted, value) == Some(Ordering::Less),
        C::NumericLessThanEquals => number(wanted, value).is_some_and(Ordering::is_le),
        C::NumericGreaterThan => number(wanted, value) == Some(Ordering::Greater),
        C::NumericGreaterThanEquals => number(wanted, value).is_some_and(Ordering::is_ge),
        C::DateEquals | C::DateNotEquals => date(wanted, value) == Some(Ordering::Equal),
        C::DateLessThan => date(wanted, value) == Some(Ordering::Less),
        C::DateLessThanEquals => date(wanted, value).is_some_and(Ordering::is_le),
        C::DateGreaterThan => date(wanted, value) == Some(Ordering::Greater),
        C::DateGreaterThanEquals => date(wanted, value).is_some_and(Ordering::is_ge),
        C::Bool => value.bool().is_some() && value.bool() == bool_of(wanted),
        C::BinaryEquals => value.bytes().is_some() && value.bytes() == bytes_of(wanted),
        C::IpAddress | C::NotIpAddress => value
            .address()
            .is_some_and(|address| network_contains(wanted, address)),
        C::ArnEquals | C::ArnLike | C::ArnNotEquals | C::ArnNotLike => match value {
            Value::Text(_) => matches_arn_fields(pattern, &text),
            _ => false,
        },
        C::Null => false,
    }
}

/// The pattern as plain text, for operators without wildcards.
fn plain(pattern: &[Token]) -> Vec<char> {
    pattern
        .iter()
        .map(|token| match token {
            Token::Literal(c) => *c,
            Token::Any => '*',
            Token::One => '?',
        })
        .collect()
}

fn number(wanted: &str, value: &Value) -> Option<Ordering> {
    Some(value.number()?.compare(&Decimal::read(wanted)?))
}

fn date(wanted: &str, value: &Value) -> Option<Ordering> {
    Some(value.instant()?.cmp(&instant_of(wanted)?))
}

/// "Each of the six colon-delimited components of the ARN is checked
/// separately."
fn matches_arn_fields(pattern: &[Token], text: &[char]) -> bool {
    let pattern: Vec<&[Token]> = pattern.splitn(6, |t| *t == Token::Literal(':')).collect();
    let text: Vec<&[char]> = text.splitn(6, |c| *c == ':').collect();
    pattern.len() == 6
        && text.len() == 6
        && text.first() == Some(&['a', 'r', 'n'].as_slice())
        && pattern.iter().zip(text).all(|(p, t)| matches(p, t))
}
