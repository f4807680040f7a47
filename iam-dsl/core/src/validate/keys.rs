//! Condition keys that do not do what a statement means them to do.
//!
//! Source: Access Analyzer's checks of single names below.

use super::tables::{
    AUDIENCES, COMPANION_ACTIONS, FORGEABLE_KEYS, PAIRED_KEYS, services_that_send,
};
use super::{Rules, item};
use crate::arn::ArnFields;
use crate::catalogue::{Catalogue, KeyType};
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::kind::PolicyKind;
use crate::model::{ActionPattern, ConditionEntry, Effect, Statement};
use crate::operator::{Comparison, Operator, OperatorFamily, Qualifier};
use crate::pattern::Glob;
use crate::pointer::Place;

impl Rules {
    /// A key under its operator, whatever the values.
    pub(super) fn key_and_operator(
        &mut self,
        operator: Operator,
        key: &str,
        block: Place<'_>,
        place: Place<'_>,
    ) {
        if operator.comparison == Comparison::Null {
            return;
        }
        if FORGEABLE_KEYS
            .iter()
            .any(|forgeable| forgeable.eq_ignore_ascii_case(key))
        {
            self.report(
                Code::UntrustworthyConditionKey,
                place,
                format!("the caller chooses the value of `{key}`"),
            )
            .help("use a key that AWS sets, such as aws:SourceArn or aws:PrincipalArn");
        }
        self.qualifier(operator, key, block, place);
        if key.eq_ignore_ascii_case("s3:prefix")
            && operator.comparison.family() == OperatorFamily::String
        {
            let denies_matching =
                self.effect == Some(Effect::Deny) && !operator.comparison.is_negated();
            let allows_others =
                self.effect == Some(Effect::Allow) && operator.comparison.is_negated();
            if denies_matching || allows_others {
                self.report(
                    Code::S3PrefixInNegativeContext,
                    place,
                    "a request with a shorter prefix goes round this condition and lists the same objects",
                )
                .help("allow with `StringLike`, or deny with `StringNotLike`");
            }
        }
    }

    /// Set operators on keys that have one value.
    fn qualifier(&mut self, operator: Operator, key: &str, block: Place<'_>, place: Place<'_>) {
        let Some(qualifier) = operator.qualifier else {
            return;
        };
        let plain = Operator {
            qualifier: None,
            ..operator
        };
        let known_audience = AUDIENCES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(key));
        let claim = key.rsplit(':').next().unwrap_or_default();
        let own_audience =
            claim.eq_ignore_ascii_case("aud") && key.contains('.') && !known_audience;
        if own_audience {
            self.report(
                Code::ConfirmAudienceClaimType,
                place,
                format!("`{key}` has several values only where the provider issues tokens for several audiences"),
            )
            .help(format!("where its tokens have one, write `{plain}`"));
            return;
        }
        let single = known_audience
            || Catalogue::embedded()
                .condition_key(key)
                .is_some_and(|known| !known.is_multi_valued());
        if !single {
            return;
        }
        match qualifier {
            Qualifier::ForAllValues => {
                self.report(
                    Code::ForAllValuesWithSingleValuedKey,
                    place,
                    format!("`{key}` has one value, and `ForAllValues` also holds where the request has none"),
                )
                .help(format!("write `{plain}`"))
                .fix(Fix::as_meant(
                    format!("write `{plain}`"),
                    vec![moved(place, block, plain, key)],
                ));
            }
            Qualifier::ForAnyValue if known_audience => {
                self.report(
                    Code::ForAnyValueWithAudience,
                    place,
                    format!("a token has one value of `{key}`"),
                )
                .help(format!("write `{plain}`"))
                .fix(Fix::same_meaning(
                    format!("write `{plain}`"),
                    vec![moved(place, block, plain, key)],
                ));
            }
            Qualifier::ForAnyValue => {}
        }
    }

    /// `StringLike` on a key whose values are ARNs: its `*` reaches over colons.
    pub(super) fn arn_key_as_text(
        &mut self,
        operator: Operator,
        entry: &ConditionEntry,
        block: Place<'_>,
        place: Place<'_>,
    ) {
        let arn_operator = match operator.comparison {
            Comparison::StringLike => Comparison::ArnLike,
            Comparison::StringNotLike => Comparison::ArnNotLike,
            _ => return,
        };
        let key = entry.key.as_str();
        // An ARN operator compares six parts: what has fewer would match nothing.
        let values_are_arns = entry
            .values
            .iter()
            .all(|value| ArnFields::split(&value.text()).is_some());
        let known = Catalogue::embedded().condition_key(key);
        if known.is_none_or(|known| known.key_type() != KeyType::Arn) {
            return;
        }
        let better = Operator {
            comparison: arn_operator,
            ..operator
        };
        let report = self
            .report(
                Code::StringLikeWithArnKey,
                place,
                format!("the values of `{key}` are ARNs, and a `*` of `{operator}` reaches over their colons"),
            )
            .help(format!("use `{better}`"));
        if values_are_arns {
            drop(report.fix(Fix::as_meant(
                format!("use `{better}`"),
                vec![moved(place, block, better, key)],
            )));
        }
    }

    /// Keys that say too little without another key or action.
    pub(super) fn companions(&mut self, statement: &Statement, place: Place<'_>) {
        let Some(conditions) = statement.conditions() else {
            return;
        };
        let has = |wanted: &str| {
            conditions
                .iter()
                .any(|(_, entry)| entry.key.eq_ignore_ascii_case(wanted))
        };
        let condition = place.key("Condition");
        for (operator, entry) in conditions.iter() {
            if operator.comparison == Comparison::Null {
                continue;
            }
            let name = operator.to_string();
            let block = condition.key(&name);
            let here = block.key(&entry.key);
            for (key, partners) in PAIRED_KEYS {
                if entry.key.eq_ignore_ascii_case(key) && !partners.iter().any(|p| has(p)) {
                    let partners: Vec<String> = partners.iter().map(|p| format!("`{p}`")).collect();
                    self.report(
                        Code::MissingPairedConditionKeys,
                        here,
                        format!(
                            "`{}` alone: a private address is in many networks",
                            entry.key
                        ),
                    )
                    .help(format!("add a condition on {}", partners.join(" or ")));
                }
            }
            for (key, companion) in COMPANION_ACTIONS {
                if self.kind == PolicyKind::Trust
                    && entry.key.eq_ignore_ascii_case(key)
                    && !statement.actions().is_empty()
                    && !covers_action(statement.actions(), companion)
                {
                    self.report(
                        Code::MissingActionForConditionKey,
                        here,
                        format!(
                            "`{}` is sent with {companion} only, which the statement does not name",
                            entry.key
                        ),
                    )
                    .help(format!("add `{companion}` to the actions"))
                    .fix(Fix::as_meant(
                        format!("add `{companion}`"),
                        vec![Edit::add(place.key("Action"), companion)],
                    ));
                }
            }
            if entry.key.eq_ignore_ascii_case("dynamodb:Attributes")
                && statement.effect() == Some(Effect::Allow)
                && reads_items(statement)
                && !selects_attributes(statement)
            {
                self.report(
                    Code::DynamodbAttributesWithoutSelect,
                    here,
                    "a request that names no attributes is given all of them",
                )
                .help("add \"StringEquals\": {\"dynamodb:Select\": \"SPECIFIC_ATTRIBUTES\"}");
            }
            self.supported_services(statement, &entry.key, here, place);
        }
    }

    /// Keys that few services send.
    fn supported_services(
        &mut self,
        statement: &Statement,
        key: &str,
        here: Place<'_>,
        place: Place<'_>,
    ) {
        let Some(sends) = services_that_send(key) else {
            return;
        };
        let list = place.key("Action");
        let other = statement
            .actions()
            .iter()
            .position(|action| !action.service().is_some_and(&sends));
        let (what, at) = match other {
            Some(index) => {
                let action = statement.actions().get(index);
                let text = action.map_or("", ActionPattern::as_str);
                (format!("`{text}`"), item(statement, "Action", &list, index))
            }
            None if statement.not_actions().is_some() => {
                ("NotAction".to_owned(), place.key("NotAction"))
            }
            None => return,
        };
        self.report(
            Code::UseKeyOnlyWithSupportedServices,
            here,
            format!("few services send `{key}`, and {what} is of others too"),
        )
        .help("name actions of services that send it, such as `s3:*` and `kms:*`")
        .related(at);
    }
}

/// The edit that puts a key under another operator.
fn moved(place: Place<'_>, condition: Place<'_>, operator: Operator, key: &str) -> Edit {
    let name = operator.to_string();
    let block = condition.key(&name);
    Edit::Move {
        pointer: place.pointer(),
        to: block.key(key).pointer(),
    }
}

/// Whether a list of patterns holds an action.
pub(super) fn covers_action(actions: &[ActionPattern], action: &str) -> bool {
    actions
        .iter()
        .any(|pattern| Glob::new(pattern.as_str()).matches_ignore_case(action))
}

/// Whether a statement speaks of calls that read items by a projection.
fn reads_items(statement: &Statement) -> bool {
    let reads = [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
    ];
    match statement.not_actions() {
        Some(excluded) => reads.iter().any(|read| !covers_action(excluded, read)),
        None => reads
            .iter()
            .any(|read| covers_action(statement.actions(), read)),
    }
}

/// Whether a statement demands that a request names its attributes.
fn selects_attributes(statement: &Statement) -> bool {
    statement.conditions().is_some_and(|conditions| {
        conditions.iter().any(|(operator, entry)| {
            matches!(
                operator.comparison,
                Comparison::StringEquals
                    | Comparison::StringEqualsIgnoreCase
                    | Comparison::StringLike
            ) && entry.key.eq_ignore_ascii_case("dynamodb:Select")
                && entry
                    .values
                    .iter()
                    .all(|value| value.text().eq_ignore_ascii_case("SPECIFIC_ATTRIBUTES"))
        })
    })
}
