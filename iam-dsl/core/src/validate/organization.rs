//! Service control and resource control policies.
//!
//! Source: AWS Organizations User Guide, "SCP syntax" and "RCP syntax"; Access
//! Analyzer's checks RCP_… and SCP_SYNTAX_ERROR_….
//!
//! Until September 2025 service control policies had a smaller language: no
//! condition, no `NotAction` and no resource in an Allow, no `NotResource`, and
//! wildcards at the end of an action only
//! (<https://aws.amazon.com/about-aws/whats-new/2025/09/aws-organizations-iam-language-service-control-policies/>,
//! in the commercial and GovCloud regions). Access Analyzer's codes for it are
//! reported where [`Validator::former_scp_language`](super::Validator::former_scp_language)
//! asks for them.

use super::tables::{PRINCIPAL_KEYS, SOURCE_KEYS};
use super::{Rules, item};
use crate::catalogue::Catalogue;
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::kind::PolicyKind;
use crate::model::{Effect, Statement};
use crate::operator::Comparison;
use crate::pointer::Place;

const IS_SERVICE: &str = "aws:PrincipalIsAWSService";

impl Rules {
    pub(super) fn organization(&mut self, statement: &Statement, place: Place<'_>) {
        match self.kind {
            PolicyKind::ResourceControl => {
                self.reached_services(statement, place);
                if statement.effect() == Some(Effect::Deny) {
                    self.services_of_aws(statement, place);
                }
            }
            PolicyKind::ServiceControl if self.former_scp_language => {
                self.former_language(statement, place);
            }
            _ => {}
        }
    }

    /// Actions of services that resource control policies do not reach.
    fn reached_services(&mut self, statement: &Statement, place: Place<'_>) {
        let catalogue = Catalogue::embedded();
        let list = place.key("Action");
        for (index, action) in statement.actions().iter().enumerate() {
            let Some(service) = action.service() else {
                continue;
            };
            // An unknown service is told as that.
            if catalogue.service(service).is_none() || catalogue.rcp_supported(service) {
                continue;
            }
            let at = item(statement, "Action", &list, index);
            self.report(
                Code::RcpAction,
                at,
                format!("`{action}`: resource control policies do not reach {service}"),
            )
            .help(
                "name actions of the services that they reach, such as `s3:*`, `sqs:*` and `kms:*`",
            );
        }
    }

    /// Keys about principals and sources, which hold for services' own calls only
    /// or for everybody else's only.
    fn services_of_aws(&mut self, statement: &Statement, place: Place<'_>) {
        let Some(conditions) = statement.conditions() else {
            return;
        };
        let says = |key: &str, comparison: Comparison, value: &str| {
            conditions.iter().any(|(operator, entry)| {
                operator.comparison == comparison
                    && entry.key.eq_ignore_ascii_case(key)
                    && entry
                        .values
                        .iter()
                        .all(|v| v.text().eq_ignore_ascii_case(value))
            })
        };
        let no_service = says(IS_SERVICE, Comparison::Bool, "false");
        let service = says(IS_SERVICE, Comparison::Bool, "true");
        let has_source = ["aws:SourceAccount", "aws:SourceArn"]
            .iter()
            .any(|key| says(key, Comparison::Null, "false"));
        let condition = place.key("Condition");
        for (operator, entry) in conditions.iter() {
            if operator.comparison == Comparison::Null {
                continue;
            }
            let name = operator.to_string();
            let block = condition.key(&name);
            let here = block.key(&entry.key);
            let lower = entry.key.to_ascii_lowercase();
            let add = |operator: &str, key: &str, value: &str| {
                let block = condition.key(operator);
                Fix::as_meant(
                    format!("add \"{operator}\": {{\"{key}\": \"{value}\"}}"),
                    vec![Edit::add(block.key(key), value)],
                )
            };
            let principal =
                PRINCIPAL_KEYS.contains(&lower.as_str()) || lower.starts_with("aws:principaltag/");
            if principal && !no_service {
                let report = self
                    .report(
                        Code::RcpMissingPrincipalKey,
                        here,
                        format!(
                            "calls of services on your behalf have no `{}`, and are denied too",
                            entry.key
                        ),
                    )
                    .help(format!(
                        "add \"BoolIfExists\": {{\"{IS_SERVICE}\": \"false\"}}"
                    ));
                // Both values of the key would hold for every call.
                drop(if service {
                    report
                } else {
                    report.fix(add("BoolIfExists", IS_SERVICE, "false"))
                });
            }
            if !SOURCE_KEYS.contains(&lower.as_str()) {
                continue;
            }
            if !service {
                let report = self
                    .report(
                        Code::RcpMissingServicePrincipalKey,
                        here,
                        format!(
                            "calls of your own principals have no `{}`, and are denied too",
                            entry.key
                        ),
                    )
                    .help(format!(
                        "add \"BoolIfExists\": {{\"{IS_SERVICE}\": \"true\"}}"
                    ));
                drop(if no_service {
                    report
                } else {
                    report.fix(add("BoolIfExists", IS_SERVICE, "true"))
                });
            }
            if !has_source {
                self.report(
                    Code::RcpMissingNullCheck,
                    here,
                    format!(
                        "some calls of services have no `{}`, and are denied too",
                        entry.key
                    ),
                )
                .help("add \"Null\": {\"aws:SourceAccount\": \"false\"}")
                .fix(add("Null", "aws:SourceAccount", "false"));
            }
        }
    }

    /// What the language of service control policies had not.
    fn former_language(&mut self, statement: &Statement, place: Place<'_>) {
        let allow = statement.effect() == Some(Effect::Allow);
        if allow && statement.conditions().is_some() {
            self.report(
                Code::ScpAllowCondition,
                place.key("Condition"),
                "an Allow of a service control policy has no condition",
            )
            .help("deny where the condition does not hold");
        }
        if allow && statement.not_actions().is_some() {
            self.report(
                Code::ScpAllowNotAction,
                place.key("NotAction"),
                "an Allow of a service control policy has no `NotAction`",
            )
            .help("name what is allowed in `Action`");
        }
        let everything = statement
            .resources()
            .is_none_or(|list| list.iter().all(|resource| resource.as_str() == "*"));
        if allow && !everything {
            self.report(
                Code::ScpAllowResource,
                place.key("Resource"),
                "an Allow of a service control policy is on all resources",
            )
            .help("write \"Resource\": \"*\"");
        }
        if statement.not_resources().is_some() {
            self.report(
                Code::ScpNotResource,
                place.key("NotResource"),
                "a service control policy has no `NotResource`",
            )
            .help("name the resources in `Resource`");
        }
        for element in statement.elements() {
            let (crate::StatementElement::Action(actions)
            | crate::StatementElement::NotAction(actions)) = element
            else {
                continue;
            };
            let list = place.key(element.key());
            for (index, action) in actions.iter().enumerate() {
                let text = action.as_str();
                let inner = text.strip_suffix('*').unwrap_or(text);
                if !inner.contains(['*', '?']) {
                    continue;
                }
                let at = item(statement, element.key(), &list, index);
                self.report(
                    Code::ScpActionWildcard,
                    at,
                    format!("`{text}`: an action of a service control policy has a wildcard at its end only"),
                )
                .help("list the actions");
            }
        }
    }
}
