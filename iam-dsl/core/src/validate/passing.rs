//! Allowing `iam:PassRole` and `iam:CreateServiceLinkedRole` for too much.
//!
//! Source: Access Analyzer's checks PASS_ROLE_… and CREATE_SLR_…, twelve of them:
//! two actions, each reached by name, by wildcard or through `NotAction`, on a
//! wildcard or through `NotResource`.

use super::{Rules, item};
use crate::arn::ArnFields;
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{ActionPattern, Effect, ResourcePattern, Statement};
use crate::operator::OperatorFamily;
use crate::pattern::Glob;
use crate::pointer::Place;

/// An action that gives what other statements cannot see: a role.
struct Giving {
    action: &'static str,
    /// The conditions that hold it within bounds (IAM User Guide, "IAM and AWS STS
    /// condition context keys": `iam:PassedToService`, `iam:AssociatedResourceArn`,
    /// `iam:AWSServiceName`).
    bounds: &'static [&'static str],
    /// A resource that no narrow pattern names; the control characters stand for
    /// any name.
    anything: &'static [&'static str],
    /// What is said of it.
    danger: &'static str,
    advice: &'static str,
    codes: Codes,
}

/// By how the action is reached; the first of each pair is for wildcards among
/// the resources, the second for `NotResource`.
struct Codes {
    named: [Code; 2],
    wildcard: [Code; 2],
    not_action: [Code; 2],
}

const GIVING: [Giving; 2] = [
    Giving {
        action: "iam:passrole",
        bounds: &["iam:passedtoservice", "iam:associatedresourcearn"],
        anything: &["role/\u{1}", "role/service-role/\u{1}"],
        danger: "lets any role be passed to any service",
        advice: "name the roles, or add a condition on iam:PassedToService",
        codes: Codes {
            named: [
                Code::PassRoleWithStarInResource,
                Code::PassRoleWithNotResource,
            ],
            wildcard: [
                Code::PassRoleWithStarInActionAndResource,
                Code::PassRoleWithStarInActionAndNotResource,
            ],
            not_action: [
                Code::PassRoleWithStarInResourceAndNotAction,
                Code::PassRoleWithNotActionAndNotResource,
            ],
        },
    },
    Giving {
        action: "iam:createservicelinkedrole",
        bounds: &["iam:awsservicename"],
        anything: &["role/aws-service-role/\u{1}/\u{1}"],
        danger: "lets a role be made for any service",
        advice: "name the roles, or add a condition on iam:AWSServiceName",
        codes: Codes {
            named: [
                Code::CreateSlrWithStarInResource,
                Code::CreateSlrWithNotResource,
            ],
            wildcard: [
                Code::CreateSlrWithStarInActionAndResource,
                Code::CreateSlrWithStarInActionAndNotResource,
            ],
            not_action: [
                Code::CreateSlrWithStarInResourceAndNotAction,
                Code::CreateSlrWithNotActionAndNotResource,
            ],
        },
    },
];

impl Rules {
    pub(super) fn giving(&mut self, statement: &Statement, place: Place<'_>) {
        if !matches!(self.kind, PolicyKind::Identity | PolicyKind::Boundary)
            || statement.effect() != Some(Effect::Allow)
        {
            return;
        }
        for giving in &GIVING {
            self.gives(giving, statement, place);
        }
    }

    fn gives(&mut self, giving: &Giving, statement: &Statement, place: Place<'_>) {
        let Some((how, action)) = reached(giving, statement) else {
            return;
        };
        if is_bound(giving, statement) {
            return;
        }
        let codes = match how {
            How::Named => giving.codes.named,
            How::Wildcard => giving.codes.wildcard,
            How::NotAction => giving.codes.not_action,
        };
        let [star, not] = codes;
        let (not_action, actions) = (place.key("NotAction"), place.key("Action"));
        let here = match how {
            How::NotAction => not_action,
            How::Named | How::Wildcard => item(statement, "Action", &actions, action),
        };
        let text = match how {
            How::NotAction => "NotAction".to_owned(),
            _ => statement
                .actions()
                .get(action)
                .map_or_else(String::new, |action| format!("`{action}`")),
        };
        if statement.not_resources().is_some() {
            self.report(
                not,
                here,
                format!("{text} with NotResource {}", giving.danger),
            )
            .help(giving.advice)
            .related(place.key("NotResource"));
            return;
        }
        let resources = statement.resources().unwrap_or_default();
        let wide = resources
            .iter()
            .position(|resource| is_anything(giving, resource));
        if let Some(index) = wide {
            let list = place.key("Resource");
            let there = item(statement, "Resource", &list, index);
            let resource = resources.get(index).map_or("", ResourcePattern::as_str);
            self.report(
                star,
                here,
                format!("{text} on `{resource}` {}", giving.danger),
            )
            .help(giving.advice)
            .related(there);
        }
    }
}

#[derive(Clone, Copy)]
enum How {
    Named,
    Wildcard,
    NotAction,
}

/// How a statement reaches the action, and by which of its patterns.
fn reached(giving: &Giving, statement: &Statement) -> Option<(How, usize)> {
    let reaches = |pattern: &ActionPattern| {
        let text = pattern.as_str();
        // Most are of other services.
        text.starts_with(['*', '?', 'i', 'I'])
            && if text.contains(['*', '?']) {
                Glob::new(text).matches_ignore_case(giving.action)
            } else {
                text.eq_ignore_ascii_case(giving.action)
            }
    };
    if let Some(excluded) = statement.not_actions() {
        let reached = !excluded.is_empty() && !excluded.iter().any(reaches);
        return reached.then_some((How::NotAction, 0));
    }
    let index = statement.actions().iter().position(reaches)?;
    let wild = statement
        .actions()
        .get(index)
        .is_some_and(|action| action.as_str().contains(['*', '?']));
    let how = if wild { How::Wildcard } else { How::Named };
    Some((how, index))
}

/// Whether a condition keeps the action within bounds: one on a bounding key that
/// must be there and must match.
fn is_bound(giving: &Giving, statement: &Statement) -> bool {
    statement.conditions().is_some_and(|conditions| {
        conditions.iter().any(|(operator, entry)| {
            !operator.if_exists
                && !operator.comparison.is_negated()
                && operator.comparison.family() != OperatorFamily::Null
                && giving
                    .bounds
                    .iter()
                    .any(|bound| entry.key.eq_ignore_ascii_case(bound))
                && !entry
                    .values
                    .iter()
                    .any(|value| value.text().chars().all(|c| c == '*'))
        })
    })
}

/// Whether a resource is so wide that it names no role in particular. A literal
/// beginning of the name is narrow: services name their roles so.
fn is_anything(giving: &Giving, resource: &ResourcePattern) -> bool {
    let text = resource.as_str();
    if text == "*" {
        return true;
    }
    let Some(fields) = ArnFields::split(text) else {
        return false;
    };
    fields.service == "iam" && {
        let glob = Glob::new(fields.resource);
        giving.anything.iter().any(|any| glob.matches(any))
    }
}
