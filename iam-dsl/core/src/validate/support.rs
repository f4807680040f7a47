//! Condition keys beside actions that never carry them.
//!
//! Source: Access Analyzer's checks UNSUPPORTED_ACTION_FOR_CONDITION_KEY and the
//! four …_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE.

use super::{Rules, item};
use crate::catalogue::{Action, Catalogue};
use crate::diagnostic::Code;
use crate::model::{Effect, Statement};
use crate::operator::{Comparison, Operator};
use crate::pointer::Place;

const RESOURCE_TAG: &str = "aws:resourcetag/";

impl Rules {
    pub(super) fn supported_keys(&mut self, statement: &Statement, place: Place<'_>) {
        let (Some(conditions), Some(effect)) = (statement.conditions(), statement.effect()) else {
            return;
        };
        let condition = place.key("Condition");
        // Looked up once, and only where a key asks for it.
        let mut named: Option<Vec<(usize, Action)>> = None;
        for (operator, entry) in conditions.iter() {
            if !needs_key(operator) {
                continue;
            }
            let name = operator.to_string();
            let block = condition.key(&name);
            let here = block.key(&entry.key);
            let lower = entry.key.to_ascii_lowercase();
            let tag = lower.starts_with(RESOURCE_TAG);
            if tag && statement.not_actions().is_some() {
                self.tag_with_not_action(effect, &entry.key, here, place);
                continue;
            }
            let Some((prefix, _)) = lower.split_once(':') else {
                continue;
            };
            if !tag && (prefix == "aws" || !is_service_key(&entry.key)) {
                continue;
            }
            let named = named.get_or_insert_with(|| named_actions(statement));
            let without: Vec<(usize, Action)> = named
                .iter()
                .filter(|(_, action)| {
                    (tag || action.service().prefix() == prefix) && !carries(*action, &entry.key)
                })
                .copied()
                .collect();
            if without.is_empty() {
                continue;
            }
            self.unsupported(statement, effect, tag, &entry.key, without, here, place);
        }
    }

    #[allow(clippy::too_many_arguments)] // One finding's parts.
    fn unsupported(
        &mut self,
        statement: &Statement,
        effect: Effect,
        tag: bool,
        key: &str,
        without: Vec<(usize, Action)>,
        here: Place<'_>,
        place: Place<'_>,
    ) {
        let Some((first, action)) = without.first().copied() else {
            return;
        };
        let list = place.key("Action");
        let code = match (tag, effect) {
            (false, _) => Code::UnsupportedActionForConditionKey,
            (true, Effect::Deny) => Code::DenyWithUnsupportedTagKey,
            (true, Effect::Allow) => Code::AllowWithUnsupportedTagKey,
        };
        let verb = match effect {
            Effect::Allow => "allows",
            Effect::Deny => "denies",
        };
        let more = match without.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let at = item(statement, "Action", &list, first);
        let mut report = self
            .report(
                code,
                at,
                format!("{action}{more} never carries `{key}`, so the statement never {verb} it"),
            )
            .help("move it to a statement without this condition")
            .related(here);
        for (index, _) in without.iter().skip(1) {
            report = report.related(list.index(*index));
        }
    }

    fn tag_with_not_action(
        &mut self,
        effect: Effect,
        key: &str,
        here: Place<'_>,
        place: Place<'_>,
    ) {
        let (code, verb) = match effect {
            Effect::Deny => (Code::DenyNotActionWithUnsupportedTagKey, "denies"),
            Effect::Allow => (Code::AllowNotActionWithUnsupportedTagKey, "allows"),
        };
        self.report(
            code,
            here,
            format!("many actions never carry `{key}`, and this statement never {verb} them"),
        )
        .help("name the actions in `Action`")
        .related(place.key("NotAction"));
    }
}

/// Whether a condition with this operator fails without its key.
fn needs_key(operator: Operator) -> bool {
    !operator.if_exists
        && operator.qualifier.is_none()
        && !operator.comparison.is_negated()
        && operator.comparison != Comparison::Null
}

/// Whether a key belongs to one service alone.
fn is_service_key(key: &str) -> bool {
    Catalogue::embedded()
        .condition_key(key)
        .is_some_and(|known| !known.is_global())
}

/// The actions that a statement names in full.
fn named_actions(statement: &Statement) -> Vec<(usize, Action)> {
    let catalogue = Catalogue::embedded();
    let known = statement.actions().iter().enumerate();
    known
        .filter_map(|(index, action)| Some((index, catalogue.action(action.as_str())?)))
        .collect()
}

fn carries(action: Action, key: &str) -> bool {
    action
        .listed_condition_keys()
        .any(|known| known.matches(key))
        || CARRIED.iter().any(|(name, known)| {
            action.to_string().eq_ignore_ascii_case(name) && key.eq_ignore_ascii_case(known)
        })
}

/// Keys that actions carry and the Service Authorization Reference does not list
/// with them: AWS's own policies rest on it (AWSLakeFormationCrossAccountManager,
/// AmazonSecurityLakeAdministrator), and Access Analyzer has nothing against them.
const CARRIED: [(&str, &str); 1] = [("ram:GetResourceShares", "ram:ResourceShareName")];
