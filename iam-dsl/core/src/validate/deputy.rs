//! Services that resource policies let in.
//!
//! Source: Access Analyzer's checks RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL,
//! RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL and
//! UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL; IAM User Guide, "The confused
//! deputy problem".

use super::Rules;
use super::tables::{KEYS_WITHOUT_SERVICES, SOURCE_KEYS, WEAK_SOURCE_KEYS};
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{Effect, OneOrMany, PrincipalType, Principals, Statement};
use crate::operator::Comparison;
use crate::pointer::Place;

impl Rules {
    pub(super) fn service_principals(&mut self, statement: &Statement, place: Place<'_>) {
        if self.kind != PolicyKind::Resource || statement.effect() != Some(Effect::Allow) {
            return;
        }
        let Some(Principals::Map(entries)) = statement.principal() else {
            return;
        };
        let Some(services) = entries
            .iter()
            .find(|entry| entry.kind == PrincipalType::Service)
        else {
            return;
        };
        let Some(first) = services.values.iter().next() else {
            return;
        };
        let list = place.key("Principal");
        let list = list.key("Service");
        let here = match services.values {
            OneOrMany::One(_) => list,
            OneOrMany::Many(_) => list.index(0),
        };
        let condition = place.key("Condition");
        let conditions = || statement.conditions().into_iter().flat_map(|c| c.iter());
        let only_services = entries.len() == 1;
        for (operator, entry) in conditions() {
            let lower = entry.key.to_ascii_lowercase();
            let lacking = KEYS_WITHOUT_SERVICES.contains(&lower.as_str())
                || lower.starts_with("aws:principaltag/");
            let must_be_there = !operator.if_exists
                && !operator.comparison.is_negated()
                && operator.comparison != Comparison::Null;
            if lacking && must_be_there && only_services {
                let name = operator.to_string();
                let block = condition.key(&name);
                self.report(
                    Code::UnsupportedKeyForServicePrincipal,
                    block.key(&entry.key),
                    format!(
                        "calls of `{first}` never carry `{}`, so the statement lets nobody in",
                        entry.key
                    ),
                )
                .help("use aws:SourceOrgID, aws:SourceAccount or aws:SourceArn")
                .related(here);
            }
        }
        let restricted = conditions().any(|(operator, entry)| {
            SOURCE_KEYS
                .iter()
                .any(|key| key.eq_ignore_ascii_case(&entry.key))
                && operator.comparison != Comparison::Null
        });
        if restricted {
            return;
        }
        let weak = conditions().find(|(_, entry)| {
            WEAK_SOURCE_KEYS
                .iter()
                .any(|key| key.eq_ignore_ascii_case(&entry.key))
        });
        match weak {
            Some((operator, entry)) => {
                let name = operator.to_string();
                let block = condition.key(&name);
                self.report(
                    Code::RecommendedKeyForServicePrincipal,
                    block.key(&entry.key),
                    format!(
                        "`{}` does not tell on whose behalf `{first}` calls",
                        entry.key
                    ),
                )
                .help("use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths")
                .related(here);
            }
            None => {
                self.report(
                    Code::RestrictAccessToServicePrincipal,
                    here,
                    format!("`{first}` may be made to call on behalf of anybody"),
                )
                .help("add a condition on aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths");
            }
        }
    }
}
