//! Trust policies: identity providers, IAM Roles Anywhere, sessions of roles.
//!
//! Source: Access Analyzer's checks of the names below, and IAM User Guide,
//! "Identity-provider controls for shared OIDC providers".

use super::Rules;
use super::principal::{is_oidc, is_saml};
use super::tables::SHARED_PROVIDERS;
use crate::arn::ArnFields;
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::kind::PolicyKind;
use crate::model::{
    ConditionEntry, Effect, OneOrMany, PrincipalEntry, PrincipalType, Principals, Statement,
};
use crate::operator::{Comparison, Operator, OperatorFamily};
use crate::pointer::Place;

const GITHUB: &str = "token.actions.githubusercontent.com";

impl Rules {
    pub(super) fn trust(&mut self, statement: &Statement, place: Place<'_>) {
        if self.kind != PolicyKind::Trust || statement.effect() != Some(Effect::Allow) {
            return;
        }
        let Some(Principals::Map(entries)) = statement.principal() else {
            return;
        };
        let list = place.key("Principal");
        for entry in entries {
            let place_of = list.key(entry.kind.as_str());
            match entry.kind {
                PrincipalType::Federated => {
                    each(entry, place_of, |value, here| {
                        self.provider(value, statement, here);
                    });
                }
                PrincipalType::Aws => self.redundant_sessions(entry, place_of),
                PrincipalType::Service | PrincipalType::CanonicalUser => {}
            }
        }
    }

    /// An identity provider's users, and what the conditions demand of them.
    fn provider(&mut self, value: &str, statement: &Statement, place: Place<'_>) {
        if is_saml(value) || !is_oidc(value) {
            return;
        }
        let issuer = issuer(value);
        let conditions = || statement.conditions().into_iter().flat_map(|c| c.iter());
        let about = |entry: &ConditionEntry| {
            entry
                .key
                .get(..issuer.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(issuer))
                && entry.key.as_bytes().get(issuer.len()) == Some(&b':')
        };
        if !conditions().any(|(_, entry)| about(entry)) {
            self.report(
                Code::MissingConditionKeyForOidc,
                place,
                format!("no condition says whom of `{issuer}` the role trusts"),
            )
            .help(format!(
                "add conditions on `{issuer}:aud` and `{issuer}:sub`"
            ));
        }
        let shared = SHARED_PROVIDERS
            .iter()
            .find(|(host, _)| host.eq_ignore_ascii_case(issuer));
        if let Some((_, control)) = shared
            && !conditions().any(|(operator, entry)| {
                entry.key.eq_ignore_ascii_case(control) && scopes(operator, entry)
            })
        {
            self.report(
                Code::SharedOidcProvider,
                place,
                format!("`{issuer}` issues tokens for many organizations, and no condition on `{control}` tells whose are meant"),
            )
            .help(format!("add a condition on `{control}` whose value is not only `*`"))
            .refused(format!(
                "Missing required condition key {control} for the identity provider {issuer}."
            ));
        }
        if issuer.eq_ignore_ascii_case(GITHUB) {
            self.github(statement, place);
        }
    }

    fn github(&mut self, statement: &Statement, place: Place<'_>) {
        let sub = format!("{GITHUB}:sub");
        let branch = format!("{GITHUB}:ref");
        let conditions = || statement.conditions().into_iter().flat_map(|c| c.iter());
        let on = |key: &str| {
            let key = key.to_owned();
            conditions().filter(move |(operator, entry)| {
                entry.key.eq_ignore_ascii_case(&key)
                    && operator.comparison.family() == OperatorFamily::String
            })
        };
        if on(&sub).next().is_none() {
            self.report(
                Code::MissingGithubRepo,
                place,
                format!("no condition on `{sub}` says whose repositories may assume the role"),
            )
            .help(format!(
                "add \"StringEquals\": {{\"{sub}\": \"repo:ORGANIZATION/REPOSITORY:ref:refs/heads/BRANCH\"}}"
            ));
            return;
        }
        let one_branch = on(&branch).any(|(operator, entry)| {
            !operator.comparison.is_negated()
                && entry
                    .values
                    .iter()
                    .all(|value| !value.text().contains(['*', '?']))
        });
        let condition = place_of_conditions(place);
        for (operator, entry) in on(&sub) {
            if operator.comparison != Comparison::StringLike {
                continue;
            }
            for (index, value) in entry.values.iter().enumerate() {
                let text = value.text();
                if !is_open_subject(&text, one_branch) {
                    continue;
                }
                let single = matches!(entry.values, OneOrMany::One(_));
                let at = if single { None } else { Some(index) };
                let pointer = condition.clone() + &pointer_of(operator, entry, at);
                self.report_at(
                    Code::SpecificGithubRepo,
                    pointer,
                    format!("`{text}` trusts more than one repository and branch"),
                )
                .help(format!(
                    "name repository and branch, or the branch in a condition on `{branch}`"
                ));
            }
        }
    }

    /// A session of a role beside its role.
    fn redundant_sessions(&mut self, entry: &PrincipalEntry, place: Place<'_>) {
        let OneOrMany::Many(values) = &entry.values else {
            return;
        };
        let roles: std::collections::HashMap<(&str, &str), usize> = values
            .iter()
            .enumerate()
            .filter_map(|(index, value)| {
                let fields = ArnFields::split(value)?;
                let path = fields.resource.strip_prefix("role/")?;
                // A session's ARN has the role's name without its path.
                let name = path.rsplit('/').next()?;
                (fields.service == "iam").then_some(((fields.account, name), index))
            })
            .collect();
        for (index, value) in values.iter().enumerate() {
            let Some(fields) = ArnFields::split(value).filter(|fields| fields.service == "sts")
            else {
                continue;
            };
            let role = fields
                .resource
                .strip_prefix("assumed-role/")
                .and_then(|rest| rest.split('/').next());
            let parent = role.and_then(|role| roles.get(&(fields.account, role)));
            let Some(parent) = parent.copied() else {
                continue;
            };
            self.report(
                Code::RedundantPrincipal,
                place.index(index),
                format!("`{value}` is a session of a role that is named too"),
            )
            .help("remove the session")
            .related(place.index(parent))
            .fix(Fix::same_meaning(
                format!("remove `{value}`"),
                vec![Edit::remove(place.index(index))],
            ));
        }
    }

    /// IAM Roles Anywhere needs three actions, in whichever statements.
    pub(super) fn roles_anywhere(
        &mut self,
        statements: &[Statement],
        list: impl Fn(usize) -> String,
    ) {
        if self.kind != PolicyKind::Trust {
            return;
        }
        const NEEDED: [&str; 3] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
        let trusting: Vec<(usize, &Statement)> = statements
            .iter()
            .enumerate()
            .filter(|(_, statement)| {
                statement.effect() == Some(Effect::Allow)
                    && statement.principal().is_some_and(|principals| {
                        principals.iter().any(|(kind, value)| {
                            kind == PrincipalType::Service && value == "rolesanywhere.amazonaws.com"
                        })
                    })
            })
            .collect();
        let Some((first, statement)) = trusting.first().copied() else {
            return;
        };
        if trusting.iter().any(|(_, s)| s.not_actions().is_some()) {
            return;
        }
        let missing: Vec<&str> = NEEDED
            .into_iter()
            .filter(|needed| {
                !trusting
                    .iter()
                    .any(|(_, s)| super::keys::covers_action(s.actions(), needed))
            })
            .collect();
        if missing.is_empty() || missing.len() == NEEDED.len() && statement.actions().is_empty() {
            return;
        }
        let action = format!("{}/Action", list(first));
        let edits = missing
            .iter()
            .map(|missing| Edit::Add {
                pointer: action.clone(),
                value: crate::json::Node::String((*missing).to_owned()),
            })
            .collect();
        let names = missing.join("` and `");
        self.report_at(
            Code::MissingRolesAnywhereAction,
            action,
            format!("IAM Roles Anywhere needs `{names}` too"),
        )
        .help(format!("add `{names}`"))
        .fix(Fix::as_meant(format!("add `{names}`"), edits));
    }
}

/// Calls with every value of a principal type and its place.
fn each<'e>(entry: &'e PrincipalEntry, place: Place<'_>, mut call: impl FnMut(&'e str, Place<'_>)) {
    match &entry.values {
        OneOrMany::One(value) => call(value, place),
        OneOrMany::Many(values) => {
            for (index, value) in values.iter().enumerate() {
                call(value, place.index(index));
            }
        }
    }
}

/// The provider's URL without its scheme, which its condition keys begin with.
fn issuer(value: &str) -> &str {
    ArnFields::split(value)
        .and_then(|fields| fields.resource.strip_prefix("oidc-provider/"))
        .unwrap_or(value)
}

/// Whether a condition narrows a claim: its values are not only wildcards.
fn scopes(operator: Operator, entry: &ConditionEntry) -> bool {
    operator.comparison.family() == OperatorFamily::String
        && !operator.comparison.is_negated()
        && entry.values.iter().all(|value| {
            let text = value.text();
            !text.is_empty() && !text.chars().all(|c| matches!(c, '*' | '?'))
        })
}

/// Whether a subject of GitHub leaves repository or branch open.
fn is_open_subject(text: &str, one_branch: bool) -> bool {
    if !text.contains(['*', '?']) {
        return false;
    }
    // `repo:ORGANIZATION/REPOSITORY:…`: with the branch told elsewhere, what
    // follows the repository may be open.
    let repository = text
        .strip_prefix("repo:")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or(text);
    let named = repository.contains('/') && !repository.contains(['*', '?']);
    !(one_branch && named)
}

/// The pointer of a statement's conditions, from that of one of its principals.
fn place_of_conditions(principal: Place<'_>) -> String {
    let pointer = principal.pointer();
    let statement = pointer.rfind("/Principal").unwrap_or(pointer.len());
    format!("{}/Condition", pointer.get(..statement).unwrap_or_default())
}

fn pointer_of(operator: Operator, entry: &ConditionEntry, index: Option<usize>) -> String {
    let name = operator.to_string();
    let block = Place::ROOT.key(&name);
    let key = block.key(&entry.key);
    match index {
        Some(index) => key.index(index).pointer(),
        None => key.pointer(),
    }
}
