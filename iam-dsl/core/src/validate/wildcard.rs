//! Conditions whose wildcards decide everything, or nothing.
//!
//! Source: Access Analyzer's checks EQUIVALENT_TO_NULL_…, REDUNDANT_KEY_DUE_TO_…,
//! REDUNDANT_STATEMENT_DUE_TO_…, WILDCARD_USAGE_… and VARIABLE_USAGE_….

use super::Rules;
use super::tables::{PREFIXED_KEYS, SENSITIVE_KEYS};
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::model::{ConditionEntry, Conditions, Effect, OneOrMany};
use crate::operator::{Comparison, Operator, Qualifier};
use crate::pointer::Place;
use crate::variable::{self, Part, has_variable};

/// What a condition whose value is `*` holds for.
enum Always {
    /// Every request that has the key.
    Present,
    /// Every request that has not.
    Absent,
    /// Every request.
    Yes,
    /// None.
    No,
}

impl Rules {
    /// A key that is compared with `*`: it asks for presence at most. `block` is
    /// the condition element's place.
    pub(super) fn compared_with_everything(
        &mut self,
        operator: Operator,
        entry: &ConditionEntry,
        conditions: &Conditions,
        block: Place<'_>,
        place: Place<'_>,
    ) {
        let everything = entry.values.iter().position(|value| {
            let text = value.text();
            !text.is_empty() && text.bytes().all(|byte| byte == b'*')
        });
        // An ARN operator compares six parts, and `*` is one.
        let like = matches!(
            operator.comparison,
            Comparison::StringLike | Comparison::StringNotLike
        );
        let (Some(index), true) = (everything, like) else {
            return;
        };
        let here = match entry.values {
            OneOrMany::One(_) => place,
            OneOrMany::Many(_) => place.index(index),
        };
        let key = entry.key.as_str();
        match always(operator) {
            always @ (Always::Present | Always::Absent) => {
                let (code, value, what) = if matches!(always, Always::Present) {
                    (Code::EquivalentToNullFalse, "false", "has the key")
                } else {
                    (Code::EquivalentToNullTrue, "true", "lacks the key")
                };
                let null = block.key("Null");
                let asked = conditions.iter().any(|(operator, entry)| {
                    operator.comparison == Comparison::Null && entry.key.eq_ignore_ascii_case(key)
                });
                let fix = Fix::same_meaning(
                    format!("write \"Null\": {{\"{key}\": \"{value}\"}}"),
                    vec![Edit::add(null.key(key), value), Edit::remove(place)],
                );
                let report = self
                    .report(
                        code,
                        here,
                        format!("`{operator}` with `*` only asks whether the request {what}"),
                    )
                    .help(format!("write \"Null\": {{\"{key}\": \"{value}\"}}"));
                drop(if asked { report } else { report.fix(fix) });
            }
            Always::Yes => {
                self.report(
                    Code::RedundantKeyDueToWildcard,
                    here,
                    format!("`{operator}` with `*` holds for every request"),
                )
                .help(format!("remove `{key}`, or name the values"))
                .fix(Fix::same_meaning(
                    format!("remove `{key}`"),
                    vec![Edit::remove(place)],
                ));
            }
            Always::No => {
                self.report(
                    Code::RedundantStatementDueToWildcard,
                    here,
                    format!(
                        "`{operator}` with `*` holds for no request, so the statement does nothing"
                    ),
                )
                .help(format!(
                    "name the values of `{key}`, or remove the statement"
                ));
            }
        }
    }

    /// A wildcard or a variable in a value that must be narrow to mean anything.
    pub(super) fn narrow_value(
        &mut self,
        operator: Operator,
        key: &str,
        text: &str,
        place: Place<'_>,
    ) {
        if !operator.comparison.has_wildcards() || !self.restricts(operator) {
            return;
        }
        let lower = key.to_ascii_lowercase();
        let sensitive = SENSITIVE_KEYS.contains(&lower.as_str());
        let id = lower == "aws:userid";
        if !sensitive && !id && !PREFIXED_KEYS.contains(&lower.as_str()) {
            return;
        }
        // A condition on everything asks for presence, and is told as that.
        if text.bytes().all(|byte| byte == b'*') && !id {
            return;
        }
        let (wildcard, variable) = first_open(text);
        // What stands before the first of the two is literal.
        let literal = wildcard.into_iter().chain(variable).min().unwrap_or(0);
        for (at, code, what) in [
            (wildcard, Code::WildcardTooPermissive, "wildcard"),
            (variable, Code::VariableTooPermissive, "variable"),
        ] {
            let Some(at) = at else { continue };
            let begins = at == literal;
            if sensitive {
                self.report(
                    code,
                    place,
                    format!("`{text}`: in a value of `{key}` a {what} has no use, and may match anything"),
                )
                .help("write the whole value");
            } else if id {
                if !id_is_open(text) {
                    continue;
                }
                self.report(
                    code,
                    place,
                    format!(
                        "`{text}`: a {what} before the colon of `aws:userid` matches ids of others"
                    ),
                )
                .help("write the whole id, then `:*`");
            } else if begins && literal < 6 {
                self.report(
                    code,
                    place,
                    format!("`{text}`: fewer than six characters stand before the {what}"),
                )
                .help("write more of the value before it");
            }
        }
    }

    /// Whether a condition with this operator is what keeps the statement narrow:
    /// it must match to allow, or must not match to deny.
    fn restricts(&self, operator: Operator) -> bool {
        match self.effect {
            Some(Effect::Allow) => !operator.comparison.is_negated(),
            Some(Effect::Deny) => operator.comparison.is_negated(),
            None => false,
        }
    }
}

/// What a `StringLike` or `StringNotLike` with `*` holds for.
fn always(operator: Operator) -> Always {
    let negated = operator.comparison.is_negated();
    match (negated, operator.qualifier, operator.if_exists) {
        (false, Some(Qualifier::ForAllValues), _) => Always::Yes,
        // `ForAnyValue` is false without the key, whatever stands behind it.
        (false, Some(Qualifier::ForAnyValue), _) => Always::Present,
        (false, None, false) => Always::Present,
        (false, None, true) => Always::Yes,
        (true, Some(Qualifier::ForAnyValue), _) => Always::No,
        (true, _, _) => Always::Absent,
    }
}

/// Where the first wildcard and the first variable of a value begin.
fn first_open(text: &str) -> (Option<usize>, Option<usize>) {
    let (mut wildcard, mut variable) = (None, None);
    let mut at = 0;
    // Parts do not tell their places; they follow one another.
    let mut rest = text;
    for part in variable::parts(text) {
        match part {
            Ok(Part::Text(piece)) => {
                if let Some(found) = piece.find(['*', '?']) {
                    wildcard = wildcard.or(Some(at + found));
                }
                at += piece.len();
                rest = text.get(at..).unwrap_or_default();
            }
            Ok(Part::Literal(_) | Part::Variable { .. }) | Err(_) => {
                if matches!(part, Ok(Part::Variable { .. })) {
                    variable = variable.or(Some(at));
                }
                let inside = rest.get(2..).unwrap_or_default();
                let length = variable::closing_brace(inside).map_or(rest.len(), |end| end + 3);
                at += length;
                rest = text.get(at..).unwrap_or_default();
            }
        }
    }
    (wildcard, variable)
}

/// Whether the part of an id before its colon is open without being all of it.
fn id_is_open(text: &str) -> bool {
    let colon = text.bytes().enumerate().position(|(at, byte)| {
        let before = text.get(..at).unwrap_or_default();
        let inside = before
            .rfind("${")
            .is_some_and(|open| !before.get(open..).unwrap_or_default().contains('}'));
        byte == b':' && !inside
    });
    let Some(colon) = colon else {
        return text.contains(['*', '?']) || has_variable(text);
    };
    let id = text.get(..colon).unwrap_or_default();
    let whole = id.bytes().all(|byte| byte == b'*')
        || (id.starts_with("${") && id.ends_with('}') && id.matches("${").count() == 1);
    !whole && (id.contains(['*', '?']) || has_variable(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_variables_are_found_where_they_begin() {
        assert_eq!(first_open("abc*"), (Some(3), None));
        assert_eq!(first_open("a${aws:userid}b?"), (Some(15), Some(1)));
        assert_eq!(first_open("${*}x"), (None, None));
        assert_eq!(first_open("${*}${aws:userid}*"), (Some(17), Some(4)));
    }

    #[test]
    fn an_id_is_open_before_its_colon_only() {
        for open in [
            "*",
            "AROA*",
            "AROA*:x",
            "${aws:userid}",
            "A${aws:userid}:x",
            "AROA?:*",
        ] {
            assert!(id_is_open(open), "{open}");
        }
        for narrow in ["*:*", "AROAEXAMPLEID:*", "${aws:userid}:*", "AIDAEXAMPLE"] {
            assert!(!id_is_open(narrow), "{narrow}");
        }
    }
}
