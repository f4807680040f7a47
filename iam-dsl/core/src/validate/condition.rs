//! Conditions: operators, keys and values.
//!
//! Source: IAM User Guide, "Condition operators", and Access Analyzer's checks.

use std::collections::HashMap;

use ipnet::IpNet;

use super::Rules;
use crate::date;
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::model::{ConditionEntry, ConditionValue, Conditions, OneOrMany, OperatorBlock};
use crate::operator::{Comparison, Operator, OperatorFamily, Qualifier};
use crate::pointer::Place;
use crate::variable::has_variable;

impl Rules {
    pub(super) fn conditions(&mut self, conditions: &Conditions, place: Place<'_>) {
        if conditions.blocks.is_empty() {
            self.report(Code::EmptyObjectCondition, place, "the condition is empty")
                .help("remove it");
        }
        for block in &conditions.blocks {
            let name = block.operator.to_string();
            self.operator(block, conditions, place, place.key(&name));
        }
    }

    fn operator(
        &mut self,
        block: &OperatorBlock,
        conditions: &Conditions,
        condition: Place<'_>,
        place: Place<'_>,
    ) {
        let operator = block.operator;
        if operator.comparison == Comparison::Null && operator.if_exists {
            self.report(Code::NullWithIfExists, place, "`Null` takes no `IfExists`")
                .help("write `Null`: it asks for the key itself");
        }
        if operator.comparison == Comparison::Null && operator.qualifier.is_some() {
            self.report(
                Code::NullWithQualifier,
                place,
                format!("`{operator}` does not depend on the request's values"),
            )
            .help("write `Null`");
        }
        if block.entries.is_empty() {
            self.report(
                Code::EmptyObjectCondition,
                place,
                format!("`{operator}` compares nothing"),
            )
            .help("remove it, or add a condition key");
        }
        self.duplicate_keys(block, place);
        for entry in &block.entries {
            let place = place.key(&entry.key);
            self.key(operator, &entry.key, place);
            self.values(operator, entry, place);
            self.key_and_operator(operator, &entry.key, condition, place);
            self.compared_with_everything(operator, entry, conditions, condition, place);
            self.arn_key_as_text(operator, entry, condition, place);
            self.source_addresses(operator, entry, place);
            self.redundant_numbers(operator, entry, place);
        }
    }

    fn duplicate_keys(&mut self, block: &OperatorBlock, place: Place<'_>) {
        let mut seen: HashMap<String, &str> = HashMap::with_capacity(block.entries.len());
        for entry in &block.entries {
            let folded = entry.key.to_ascii_lowercase();
            if let Some(first) = seen.get(&folded) {
                let (code, message) = if *first == entry.key {
                    (
                        Code::DuplicateKey,
                        format!("`{first}` stands twice under `{}`", block.operator),
                    )
                } else {
                    let message = format!("`{}` is the same condition key as `{first}`", entry.key);
                    (Code::DuplicateKeysWithDifferentCase, message)
                };
                self.report(code, place.key(&entry.key), message)
                    .help("merge their values into one list");
            } else {
                seen.insert(folded, &entry.key);
            }
        }
    }

    fn key(&mut self, operator: Operator, key: &str, place: Place<'_>) {
        if has_variable(key) {
            self.report(
                Code::VariableUnsupportedInElement,
                place,
                format!("`{key}` holds a variable, which IAM does not replace in keys"),
            )
            .help("name the key");
            return;
        }
        let (prefix, name) = key.split_once(':').unwrap_or(("", ""));
        // Tags may have spaces in their keys (IAM User Guide, "Tags for AWS Identity
        // and Access Management resources"), other names have none.
        let fixed = key.split('/').next().unwrap_or_default();
        if prefix.is_empty() || name.is_empty() || fixed.contains(char::is_whitespace) {
            self.report(
                Code::InvalidConditionKeyFormat,
                place,
                format!("`{key}` is no condition key"),
            )
            .help("write `prefix:name`, such as `aws:SourceIp`");
            return;
        }
        let lower = key.to_ascii_lowercase();
        let tag_key = ["aws:requesttag", "aws:resourcetag", "aws:principaltag"]
            .iter()
            .any(|stem| {
                lower
                    .strip_prefix(stem)
                    .is_some_and(|rest| rest.is_empty() || rest == "/")
            });
        if tag_key {
            let stem = key.trim_end_matches('/');
            self.report(Code::MissingTagKey, place, format!("`{key}` names no tag"))
                .help(format!("write `{stem}/TAG`, such as `{stem}/team`"));
            return;
        }
        self.known_key(operator, key, place);
    }

    fn values(&mut self, operator: Operator, entry: &ConditionEntry, place: Place<'_>) {
        match &entry.values {
            OneOrMany::One(value) => self.value(operator, &entry.key, value, place),
            OneOrMany::Many(values) => {
                if values.is_empty() {
                    self.no_values(operator, &entry.key, place);
                }
                let first = values.first().map(std::mem::discriminant);
                if values
                    .iter()
                    .any(|value| Some(std::mem::discriminant(value)) != first)
                {
                    self.report(
                        Code::InvalidConditionDataType,
                        place,
                        "the values mix JSON types",
                    )
                    .help("write all of them as strings");
                }
                for (index, value) in values.iter().enumerate() {
                    self.value(operator, &entry.key, value, place.index(index));
                }
            }
        }
        if operator.comparison == Comparison::Bool && entry.values.as_slice().len() > 1 {
            self.report(
                Code::InvalidConditionMultipleBoolean,
                place,
                "`Bool` compares with one value",
            )
            .help("keep `true` or `false`; both together always match");
        }
    }

    /// A key with an empty list, which means something else for each modifier.
    fn no_values(&mut self, operator: Operator, key: &str, place: Place<'_>) {
        let (code, means, help) = match (operator.qualifier, operator.if_exists) {
            (Some(Qualifier::ForAllValues), _) => (
                Code::EmptyArrayConditionForAllValues,
                "holds only where the request has none",
                format!("write \"Null\": {{\"{key}\": \"true\"}}"),
            ),
            (Some(Qualifier::ForAnyValue), _) => (
                Code::EmptyArrayConditionForAnyValue,
                "never holds",
                "add a value, or remove the key".to_owned(),
            ),
            (None, true) => (
                Code::EmptyArrayConditionIfExists,
                "holds only where the request has none",
                format!("write \"Null\": {{\"{key}\": \"true\"}}"),
            ),
            (None, false) => (
                Code::EmptyArrayCondition,
                "compares with nothing",
                "add a value, or remove the key".to_owned(),
            ),
        };
        self.report(
            code,
            place,
            format!("`{key}` has no value: `{operator}` {means}"),
        )
        .help(help);
    }

    fn value(&mut self, operator: Operator, key: &str, value: &ConditionValue, place: Place<'_>) {
        let text = value.text();
        self.value_of_key(operator, key, &text, place);
        self.narrow_value(operator, key, &text, place);
        let family = operator.comparison.family();
        if family.has_variables() {
            self.variables_of(&text, place);
        } else if has_variable(&text) {
            self.report(
                Code::InvalidVariableForOperator,
                place,
                format!("`{operator}` takes no variables, and `{text}` has one"),
            )
            .help("IAM replaces variables for string and ARN operators only");
            return;
        }
        match family {
            OperatorFamily::String => self.string_value(operator, &text, place),
            OperatorFamily::Numeric => {
                if !is_number(&text) {
                    self.report(
                        Code::TypeMismatchNumber,
                        place,
                        format!("`{text}` is no number"),
                    )
                    .help("write a number, such as `3600`");
                    self.never(operator, &text, "a number, such as `3600`", place);
                }
            }
            OperatorFamily::Date => {
                // `aws:EpochTime` is made for them.
                let meant = key.eq_ignore_ascii_case("aws:EpochTime");
                if let Some(date) = date::of_seconds(&text).filter(|_| !meant) {
                    self.report(
                        Code::InvalidDateValue,
                        place,
                        format!("`{text}` are seconds since 1970, which are easily misread"),
                    )
                    .help(format!("write `{date}`"))
                    .fix(Fix::same_meaning(
                        format!("write `{date}`"),
                        vec![Edit::replace(place, date)],
                    ));
                }
                if date::parse(&text).is_none() {
                    self.report(
                        Code::TypeMismatchDate,
                        place,
                        format!("`{text}` is no date"),
                    )
                    .help("write a date such as `2030-12-31T23:59:59Z`");
                    self.report(
                        Code::ValueNeverMatches,
                        place,
                        format!("`{operator}` cannot compare with `{text}`"),
                    )
                    .help("write a date such as `2030-12-31T23:59:59Z`, or seconds since 1970")
                    .refused("The policy failed legacy parsing");
                }
            }
            OperatorFamily::Bool | OperatorFamily::Null => {
                if !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false") {
                    self.report(
                        Code::TypeMismatchBoolean,
                        place,
                        format!("`{text}` is neither `true` nor `false`"),
                    )
                    .help("write `true` or `false`");
                    self.never(operator, &text, "`true` or `false`", place);
                }
            }
            OperatorFamily::IpAddress => self.ip_value(&text, place),
            OperatorFamily::Binary => {
                if !is_base64(&text) {
                    self.report(
                        Code::TypeMismatchString,
                        place,
                        format!("`{text}` is not base-64"),
                    )
                    .help("write the bytes in base-64, such as `QmluYXJ5VmFsdWU=`");
                }
            }
            OperatorFamily::Arn => {}
        }
    }

    fn never(&mut self, operator: Operator, text: &str, wanted: &str, place: Place<'_>) {
        self.report(
            Code::ValueNeverMatches,
            place,
            format!("`{operator}` cannot compare with `{text}`"),
        )
        .help(format!("write {wanted}"));
    }

    fn string_value(&mut self, operator: Operator, text: &str, place: Place<'_>) {
        if operator.comparison.has_wildcards() {
            return;
        }
        // The wildcards of `${*}` are no wildcards.
        let wild = crate::variable::parts(text).any(
            |part| matches!(part, Ok(crate::variable::Part::Text(t)) if t.contains(['*', '?'])),
        );
        if wild {
            let like = if operator.comparison.is_negated() {
                "StringNotLike"
            } else {
                "StringLike"
            };
            self.report(
                Code::WildcardWithoutLikeOperator,
                place,
                format!("`{operator}` takes the wildcard in `{text}` literally"),
            )
            .help(format!("use `{like}`"));
        }
    }

    fn ip_value(&mut self, text: &str, place: Place<'_>) {
        if text.parse::<std::net::IpAddr>().is_ok() {
            return;
        }
        match text.parse::<IpNet>() {
            Ok(range) if range.addr() != range.network() => {
                self.report(
                    Code::ImproveIpRange,
                    place,
                    format!("`{text}` has bits set beyond its prefix"),
                )
                .help(format!("the same range is `{}`", range.trunc()));
            }
            Ok(_) => {}
            Err(_) => {
                self.report(
                    Code::TypeMismatchIpRange,
                    place,
                    format!("`{text}` is no address and no range"),
                )
                .help("write `203.0.113.7`, `203.0.113.0/24` or `2001:db8::/32`");
            }
        }
    }
}

/// Whether a text is base-64 (RFC 4648), padded.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    text.len().is_multiple_of(4)
        && padding <= 2
        && digits
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// Whether IAM's numeric operators can read a value: a decimal number.
pub(crate) fn is_number(text: &str) -> bool {
    number(text).is_some()
}

/// The number that IAM's numeric operators read.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.filter(|_| begins)
}
