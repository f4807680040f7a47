//! Conditions on MFA that do not do what they seem to.
//!
//! IAM User Guide, "AWS global condition context keys", sections
//! `aws:MultiFactorAuthPresent` and `aws:MultiFactorAuthAge`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>):
//! `aws:MultiFactorAuthPresent` is missing from requests with long-term access
//! keys, and true or false in those with temporary credentials, of which the
//! console's are; `aws:MultiFactorAuthAge` is there only after MFA.

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::{
    Code, Comparison, Conditions, Diagnostic, Document, Effect, Operator, OperatorFamily,
    PolicyKind, Qualifier, Statement,
};

use super::place;

/// What one condition on MFA asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Holds only where MFA was used.
    Used,
    /// Holds where MFA was used, and where nothing is told of it.
    UsedOrUnknown,
    /// Holds only where it is told that MFA was not used (or was too long ago).
    NotUsed,
    /// Holds where MFA was not used (or was too long ago) and where nothing is told.
    NotUsedOrUnknown,
    /// Holds where something is told, be it that MFA was not used.
    Told,
    /// Holds where nothing is told, that is for long-term access keys.
    NotTold,
}

/// One condition on MFA.
struct OnMfa<'d> {
    operator: Operator,
    key: &'d str,
    asks: Asks,
}

/// The conditions on MFA of a statement, those that are understood.
fn on_mfa(statement: &Statement) -> Vec<OnMfa<'_>> {
    let conditions = statement
        .conditions()
        .into_iter()
        .flat_map(Conditions::iter);
    conditions
        .filter_map(|(operator, entry)| {
            let values: Vec<_> = entry.values.iter().map(|value| value.text()).collect();
            let [value] = values.as_slice() else {
                return None;
            };
            let truth = match value.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            };
            let asks = if entry.key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent") {
                present(operator, truth?)?
            } else if entry.key.eq_ignore_ascii_case("aws:MultiFactorAuthAge") {
                age(operator, truth)?
            } else {
                return None;
            };
            Some(OnMfa {
                operator,
                key: &entry.key,
                asks,
            })
        })
        .collect()
}

fn present(operator: Operator, value: bool) -> Option<Asks> {
    let comparison = operator.comparison;
    if comparison == Comparison::Null {
        return Some(if value { Asks::NotTold } else { Asks::Told });
    }
    if !matches!(
        comparison.family(),
        OperatorFamily::Bool | OperatorFamily::String
    ) {
        return None;
    }
    // A negated operator holds for a missing key; a qualifier decides itself.
    let unknown = match operator.qualifier {
        Some(Qualifier::ForAllValues) => true,
        Some(Qualifier::ForAnyValue) => false,
        None => operator.if_exists || comparison.is_negated(),
    };
    Some(match (value != comparison.is_negated(), unknown) {
        (true, false) => Asks::Used,
        (true, true) => Asks::UsedOrUnknown,
        (false, false) => Asks::NotUsed,
        (false, true) => Asks::NotUsedOrUnknown,
    })
}

fn age(operator: Operator, truth: Option<bool>) -> Option<Asks> {
    Some(match (operator.comparison, operator.if_exists) {
        (Comparison::Null, _) if truth? => Asks::NotUsedOrUnknown,
        (Comparison::Null, _) => Asks::Used,
        (Comparison::NumericLessThan | Comparison::NumericLessThanEquals, false) => Asks::Used,
        (Comparison::NumericLessThan | Comparison::NumericLessThanEquals, true) => {
            Asks::UsedOrUnknown
        }
        (Comparison::NumericGreaterThan | Comparison::NumericGreaterThanEquals, false) => {
            Asks::NotUsed
        }
        (Comparison::NumericGreaterThan | Comparison::NumericGreaterThanEquals, true) => {
            Asks::NotUsedOrUnknown
        }
        _ => return None,
    })
}

/// The mistaken conditions on MFA of a document.
pub(super) fn check(document: &Document, kind: PolicyKind, found: &mut Vec<Diagnostic>) {
    for (number, statement) in document.statements().iter().enumerate() {
        let conditions = on_mfa(statement);
        for condition in &conditions {
            let finding = match statement.effect() {
                Some(Effect::Deny) => in_deny(document, statement, condition),
                Some(Effect::Allow) => in_allow(document, &conditions, condition),
                None => None,
            };
            if let Some((code, message, help)) = finding {
                let pointer = place::condition(document, number, condition.operator, condition.key);
                found.push(Diagnostic::new(code, pointer, message).help(help));
            }
        }
        if matches!(kind, PolicyKind::Identity | PolicyKind::Boundary) {
            found.extend(first_sign_in(document, number, statement, &conditions));
        }
    }
}

type Finding = (Code, String, String);

fn in_deny(document: &Document, statement: &Statement, condition: &OnMfa<'_>) -> Option<Finding> {
    // Another denial may reach what this one leaves out.
    let also = |wanted: &[Asks]| denies_also(document, statement, wanted);
    let OnMfa { operator, key, .. } = condition;
    match condition.asks {
        Asks::NotUsed if !also(&[Asks::NotUsedOrUnknown, Asks::NotTold]) => {
            let mut lenient = *operator;
            lenient.if_exists = true;
            lenient.qualifier = None;
            Some((
                Code::MfaDenyWithoutIfExists,
                format!(
                    "this denial does not reach requests with long-term access keys: they have no {key}, so {operator} does not hold"
                ),
                format!("write `{lenient}`, which holds for them too"),
            ))
        }
        Asks::NotTold if !also(&[Asks::NotUsedOrUnknown, Asks::NotUsed]) => Some((
            Code::MfaKeyPresence,
            format!(
                "this denies requests with long-term access keys, and lets sessions without MFA through: they have {key}, with the value false"
            ),
            format!("write `\"BoolIfExists\": {{\"{key}\": \"false\"}}`"),
        )),
        _ => None,
    }
}

fn in_allow(
    document: &Document,
    conditions: &[OnMfa<'_>],
    condition: &OnMfa<'_>,
) -> Option<Finding> {
    let OnMfa { operator, key, .. } = condition;
    // Whatever the other conditions of the statement hold for, and no denial of
    // everything without MFA, is let through.
    let with = |wanted: &[Asks]| conditions.iter().any(|other| wanted.contains(&other.asks));
    if denies_everything(document) {
        return None;
    }
    match condition.asks {
        Asks::UsedOrUnknown if !with(&[Asks::Used, Asks::Told]) => {
            let mut strict = *operator;
            strict.if_exists = false;
            strict.qualifier = None;
            let help = if strict.comparison.is_negated() {
                format!(
                    "write `\"Bool\": {{\"{key}\": \"true\"}}`, which holds only where MFA was used"
                )
            } else {
                format!("write `{strict}`, which holds only where MFA was used")
            };
            Some((
                Code::MfaAllowIfExists,
                format!(
                    "this allows requests with long-term access keys without MFA: they have no {key}, so {operator} holds"
                ),
                help,
            ))
        }
        Asks::Told if !with(&[Asks::Used, Asks::UsedOrUnknown]) => Some((
            Code::MfaKeyPresence,
            format!(
                "this allows every session, with MFA or without: all have {key}, be it with the value false"
            ),
            format!("write `\"Bool\": {{\"{key}\": \"true\"}}`"),
        )),
        _ => None,
    }
}

/// Whether another denial asks for one of these and reaches as far as this one.
fn denies_also(document: &Document, this: &Statement, wanted: &[Asks]) -> bool {
    document.statements().iter().any(|other| {
        let conditions = on_mfa(other);
        other.effect() == Some(Effect::Deny)
            && conditions
                .iter()
                .any(|condition| wanted.contains(&condition.asks))
            && other.conditions().map_or(0, |c| c.iter().count()) == 1
            && reaches(other, this)
    })
}

/// Whether a denial of everything, or of all but a few actions, holds without MFA.
fn denies_everything(document: &Document) -> bool {
    document.statements().iter().any(|other| {
        let conditions = on_mfa(other);
        other.effect() == Some(Effect::Deny)
            && conditions
                .iter()
                .any(|condition| condition.asks == Asks::NotUsedOrUnknown)
            && other.conditions().map_or(0, |c| c.iter().count()) == 1
            && is_everywhere(other)
            && (other.not_actions().is_some() || has_every_action(other))
    })
}

/// Whether a statement speaks of all that another speaks of, as far as is seen
/// at a glance.
fn reaches(other: &Statement, this: &Statement) -> bool {
    let actions = has_every_action(other)
        || (other.actions() == this.actions() && other.not_actions() == this.not_actions());
    let resources = is_everywhere(other)
        || (other.resources() == this.resources() && other.not_resources() == this.not_resources());
    let principals =
        other.principal() == this.principal() && other.not_principal() == this.not_principal();
    actions && resources && principals
}

fn has_every_action(statement: &Statement) -> bool {
    statement
        .actions()
        .iter()
        .any(|action| matches!(action.as_str(), "*" | "*:*"))
}

fn is_everywhere(statement: &Statement) -> bool {
    statement
        .resources()
        .is_some_and(|resources| resources.iter().any(|resource| resource.as_str() == "*"))
}

/// What a user who must change a first password calls before MFA can be set up.
const FIRST_SIGN_IN: [&str; 2] = ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"];

/// A denial of all but setting up MFA, which leaves out changing the password:
/// who must do so at the first sign-in can do neither.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html>
fn first_sign_in(
    document: &Document,
    number: usize,
    statement: &Statement,
    conditions: &[OnMfa<'_>],
) -> Option<Diagnostic> {
    let listed = statement.not_actions()?;
    let has = |action: &str| {
        let matches = |pattern: &str| Glob::new(pattern).matches_ignore_case(action);
        listed.iter().any(|pattern| matches(pattern.as_str()))
    };
    let [condition] = conditions else {
        return None;
    };
    let alone = statement.conditions().map_or(0, |c| c.iter().count()) == 1;
    let without_mfa = matches!(condition.asks, Asks::NotUsed | Asks::NotUsedOrUnknown);
    let sets_up = has("iam:EnableMFADevice");
    if statement.effect() != Some(Effect::Deny)
        || !(alone && without_mfa && sets_up && is_everywhere(statement))
    {
        return None;
    }
    let missing: Vec<&str> = FIRST_SIGN_IN
        .into_iter()
        .filter(|action| !has(action))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let names = missing.join(" and ");
    Some(
        Diagnostic::new(
            Code::MfaFirstSignIn,
            place::element(document, number, "NotAction"),
            format!(
                "a new user who must change the password at the first sign-in is locked out: {names} cannot be called until MFA is set up, which comes after"
            ),
        )
        .help(format!(
            "add {names}, or do not require a new password of users to whom this applies; whoever has the first password can then change it without MFA"
        )),
    )
}
