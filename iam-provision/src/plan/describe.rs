//! What a call is about and what access it gives or takes, in words.

mod linked;
mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::access::{self, AccessChange};
use super::judge::Judge;
use super::operation::Operation;
use super::powers::policy_name;
use super::{Change, Step, is_ledger, transition, words};
use crate::desired::{PasswordPolicy, Target};
use crate::document::PolicyText;
use crate::ledger::Ledger;
use crate::names::OWNER_TAG;
use crate::state::{Identity, RoleSettings, State};

/// Describes the calls, each against the state that the ones before it leave.
pub(super) fn steps(
    operations: Vec<Operation>,
    observed: &State,
    target: &Target,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> Vec<Step> {
    let mut now = observed.clone();
    operations
        .into_iter()
        .map(|operation| {
            let mut step = describe(&operation, &now, target);
            let before = now.clone();
            now.perform(&operation);
            let access = access::changes(&operation, &before, &now, strangers, judge);
            if !is_told(&step, &access) {
                step.words.append(&mut step.says);
            }
            Step {
                change: step.change,
                subject: step.subject,
                before: step.before,
                after: step.after,
                access,
                words: step.words,
                operation,
            }
        })
        .collect()
}

/// Whether what changes tells all that the document in words does.
fn is_told(step: &Words, access: &[AccessChange]) -> bool {
    let is_shown = step.before.is_some() && step.after.is_some();
    !access.is_empty()
        && access.iter().all(AccessChange::is_plain)
        && (is_shown || access.len() >= step.says.len())
}

struct Words {
    change: Change,
    subject: String,
    before: Option<String>,
    after: Option<String>,
    /// What is told whatever is proved.
    words: Vec<String>,
    /// What a document says, where no proof tells all that it changes.
    says: Vec<String>,
}

impl Words {
    fn new(change: Change, subject: String) -> Self {
        Self {
            change,
            subject,
            before: None,
            after: None,
            words: Vec::new(),
            says: Vec::new(),
        }
    }

    fn before(mut self, text: impl Into<String>) -> Self {
        self.before = Some(text.into());
        self
    }

    fn after(mut self, text: impl Into<String>) -> Self {
        self.after = Some(text.into());
        self
    }

    fn access(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(lines);
        self
    }

    fn says(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.says.extend(lines);
        self
    }
}

fn describe(operation: &Operation, now: &State, target: &Target) -> Words {
    use Change::{Create, Delete};
    match operation {
        Operation::CreatePolicy { name, document, .. }
        | Operation::CreatePolicyVersion { name, document, .. }
            if is_ledger(name) =>
        {
            ledger(name, document, now)
        }
        Operation::DeletePolicyVersion { name, version, .. } if is_ledger(name) => {
            Words::new(Delete, format!("version {version} of the ledger {name}"))
        }
        Operation::DeletePolicy { name, .. } if is_ledger(name) => {
            Words::new(Delete, format!("ledger {name}"))
        }
        Operation::CreateGroup { name, path } => {
            Words::new(Create, format!("group {name}{}", at(path)))
        }
        Operation::MoveGroup { name, path } => moved(
            format!("group {name}"),
            now.groups.get(name).map(|g| g.path.as_str()),
            path,
        ),
        Operation::DeleteGroup { name } => Words::new(Delete, format!("group {name}")),
        Operation::CreateUser {
            name,
            path,
            boundary,
            ..
        } => Words::new(Create, format!("user {name}{}", at(path)))
            .access(boundary.iter().map(|arn| at_most(arn))),
        Operation::MoveUser { name, path } => moved(
            format!("user {name}"),
            now.users.get(name).map(|u| u.holder.path.as_str()),
            path,
        ),
        Operation::DeleteUser { name } => Words::new(Delete, format!("user {name}")),
        Operation::CreateRole {
            name,
            path,
            trust,
            boundary,
            ..
        } => Words::new(Create, format!("role {name}{}", at(path)))
            .says(words::document(trust))
            .access(boundary.iter().map(|arn| at_most(arn))),
        Operation::UpdateRole { name, settings } => {
            let words = Words::new(
                Change::Change,
                format!("description and longest session of role {name}"),
            )
            .after(role_settings(settings));
            match now.roles.get(name).and_then(|role| role.settings.as_ref()) {
                Some(before) => words.before(role_settings(before)),
                None => words,
            }
        }
        Operation::UpdateTrust { name, document } => {
            let before = now.roles.get(name).map(|role| &role.trust);
            documents(format!("trust policy of role {name}"), before, document)
        }
        Operation::DeleteRole { name } => Words::new(Delete, format!("role {name}")),
        Operation::CreateProfile { name, path, .. } => {
            Words::new(Create, format!("instance profile {name}{}", at(path)))
        }
        Operation::AddRoleToProfile { profile, role } => {
            Words::new(Create, format!("role {role} in instance profile {profile}")).access([
                format!("gives instances with profile {profile} what role {role} has"),
            ])
        }
        Operation::RemoveRoleFromProfile { profile, role } => {
            Words::new(Delete, format!("role {role} in instance profile {profile}")).access([
                format!("takes from instances with profile {profile} what role {role} has"),
            ])
        }
        Operation::DeleteProfile { name } => Words::new(Delete, format!("instance profile {name}")),
        Operation::SetPasswordPolicy { policy } => {
            password_policy(Some(policy), now.password_policy.as_ref())
        }
        Operation::DeletePasswordPolicy => password_policy(None, now.password_policy.as_ref()),
        Operation::SetAlias { alias } => provider::alias(Some(alias), now),
        Operation::GiveBackAlias { alias } => provider::alias(Some(alias), now)
            .access(["as before the bundle, unless another account has taken it".to_owned()]),
        Operation::DeleteAlias { .. } => provider::alias(None, now),
        Operation::Rename { on, to, path } => Words::new(Change::Change, format!("name of {on}"))
            .before(on.name())
            .after(format!("{to}{}", at(path)))
            .access(["its ARN changes: policies that name it do not follow".to_owned()]),
        Operation::Provider(call) => provider::provider(call, now),
        Operation::Linked(call) => linked::linked(call, now),
        Operation::AddMember { user, group } => Words::new(
            Create,
            format!("membership of user {user} in group {group}"),
        )
        .says([format!("gives user {user} what group {group} has")]),
        Operation::RemoveMember { user, group } => Words::new(
            Delete,
            format!("membership of user {user} in group {group}"),
        )
        .says([format!("takes from user {user} what group {group} has")]),
        Operation::CreateLogin {
            user,
            reset_required,
        } => Words::new(Create, format!("console password of user {user}"))
            .after("(sensitive)")
            .access([format!(
                "lets user {user} sign in to the console{}",
                if *reset_required {
                    ", changing the password at the first sign-in"
                } else {
                    ""
                }
            )]),
        Operation::DeleteLogin { user } => {
            Words::new(Delete, format!("console password of user {user}"))
                .before("(sensitive)")
                .access([format!("takes the console sign-in from user {user}")])
        }
        Operation::DeleteCredential { user, credential } => {
            Words::new(Delete, format!("{credential} of user {user}"))
        }
        Operation::CreateKey { user, .. } => {
            Words::new(Create, format!("access key of user {user}"))
                .after("(sensitive)")
                .access([format!("lets whoever receives it act as user {user}")])
        }
        Operation::RecordKey { user } => Words::new(
            Change::Change,
            format!("tags of user {user}: which access key was delivered"),
        ),
        Operation::DeleteMfaDevice { serial } => Words::new(Delete, format!("MFA device {serial}")),
        _ => permissions(operation, now, target),
    }
}

fn permissions(operation: &Operation, now: &State, target: &Target) -> Words {
    use Change::{Create, Delete};
    match operation {
        Operation::CreatePolicy {
            name,
            path,
            document,
            ..
        } => Words::new(Create, format!("managed policy {name}{}", at(path)))
            .after(document.json())
            .says(words::document(document)),
        Operation::StageVersion { name, document, .. } => {
            Words::new(Create, format!("waiting version of managed policy {name}"))
                .after(document.json())
                .access(["gives nothing until it is the default version".to_owned()])
        }
        Operation::CreatePolicyVersion { name, document, .. }
        | Operation::SwitchVersion { name, document, .. } => {
            let before = now.policies.get(name).map(|policy| &policy.document);
            let holders = now.policies.get(name).map(|policy| &policy.attached_to);
            let words = documents(format!("managed policy {name}"), before, document);
            let words = match holders {
                Some(holders) if !holders.is_empty() => {
                    let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
                    words.says([format!("for {}", holders.join(", "))])
                }
                _ => words,
            };
            match operation {
                Operation::SwitchVersion { version, from, .. } => {
                    let to = version.as_deref().unwrap_or("the waiting one");
                    words.access([format!("switches the default version from {from} to {to}")])
                }
                _ => words,
            }
        }
        Operation::DeletePolicyVersion { name, version, .. } => Words::new(
            Delete,
            format!("version {version} of managed policy {name}"),
        ),
        Operation::DeletePolicy { name, .. } => {
            Words::new(Delete, format!("managed policy {name}"))
        }
        Operation::PutInline { on, name, document } => {
            let before = now.holder(on).and_then(|holder| holder.inline.get(name));
            let words = documents(format!("inline policy {name} of {on}"), before, document);
            if name == transition::NAME {
                return words.access([
                    "for the time of the change, so that no step gives too much or takes too much"
                        .to_owned(),
                ]);
            }
            words
        }
        Operation::DeleteInline { on, name } => {
            let before = now.holder(on).and_then(|holder| holder.inline.get(name));
            let words = Words::new(Delete, format!("inline policy {name} of {on}"));
            match before {
                Some(document) => words
                    .before(document.json())
                    .says(takes(words::document(document))),
                None => words,
            }
        }
        Operation::Attach { on, arn } => Words::new(
            Create,
            format!("policy {} attached to {on}", policy_name(arn)),
        )
        .says(attached(arn, now, "gives")),
        Operation::Detach { on, arn } => Words::new(
            Delete,
            format!("policy {} attached to {on}", policy_name(arn)),
        )
        .says(attached(arn, now, "takes")),
        Operation::SetBoundary { on, arn } => {
            let before = now.holder(on).and_then(|holder| holder.boundary.clone());
            let change = if before.is_some() {
                Change::Change
            } else {
                Create
            };
            let words = Words::new(change, format!("permissions boundary of {on}"))
                .after(arn)
                .access([at_most(arn)]);
            match before {
                Some(before) => words.before(before),
                None => words,
            }
        }
        Operation::RemoveBoundary { on } => {
            let words = Words::new(Delete, format!("permissions boundary of {on}"))
                .says([format!("{on} can do whatever its policies allow")]);
            match now.holder(on).and_then(|holder| holder.boundary.clone()) {
                Some(before) => words.before(before),
                None => words,
            }
        }
        Operation::Tag { on, tags } => {
            let adopts = tags.get(OWNER_TAG) == Some(&target.bundle);
            let words = tags_set(on, tags);
            if adopts {
                words.access([format!("{on} is adopted by this bundle")])
            } else {
                words
            }
        }
        Operation::Untag { on, keys } => tags_removed(on, keys),
        Operation::TagPolicy { name, tags, .. } => {
            tags_set(format_args!("managed policy {name}"), tags)
        }
        Operation::UntagPolicy { name, keys, .. } => {
            tags_removed(format_args!("managed policy {name}"), keys)
        }
        other => Words::new(Change::Change, other.call().to_owned()),
    }
}

fn tags_set(on: impl Display, tags: &BTreeMap<String, String>) -> Words {
    let list: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Words::new(
        Change::Change,
        format!("tags of {on}: set {}", list.join(", ")),
    )
}

fn tags_removed(on: impl Display, keys: &[String]) -> Words {
    Words::new(
        Change::Change,
        format!("tags of {on}: remove {}", keys.join(", ")),
    )
}

fn at(path: &str) -> String {
    if path == "/" {
        String::new()
    } else {
        format!(" at {path}")
    }
}

fn at_most(arn: &str) -> String {
    format!(
        "can do at most what its permissions boundary {} allows",
        policy_name(arn)
    )
}

fn moved(subject: String, from: Option<&str>, to: &str) -> Words {
    Words::new(Change::Change, format!("path of {subject}"))
        .before(from.unwrap_or_default())
        .after(to)
        .access(["its ARN changes: policies that name it do not follow".to_owned()])
}

fn documents(subject: String, before: Option<&PolicyText>, after: &PolicyText) -> Words {
    match before {
        None => Words::new(Change::Create, subject)
            .after(after.json())
            .says(words::document(after)),
        Some(before) => Words::new(Change::Change, subject)
            .before(before.json())
            .after(after.json())
            .says(words::change(before, after)),
    }
}

fn takes(lines: Vec<String>) -> Vec<String> {
    lines
        .into_iter()
        .map(|line| format!("no longer {line}"))
        .collect()
}

fn attached(arn: &str, now: &State, verb: &str) -> Vec<String> {
    match now.policy_by_arn(arn) {
        Some((_, policy)) if verb == "takes" => takes(words::document(&policy.document)),
        Some((_, policy)) => words::document(&policy.document),
        None if arn.ends_with(":policy/AdministratorAccess") => {
            vec![format!("{verb} every action on every resource")]
        }
        None => vec![format!("{verb} what the policy {} says", policy_name(arn))],
    }
}

fn role_settings(settings: &RoleSettings) -> String {
    format!(
        "{:?}, {} seconds",
        settings.description, settings.max_session_seconds
    )
}

fn password_policy(after: Option<&PasswordPolicy>, before: Option<&PasswordPolicy>) -> Words {
    let change = match (before, after) {
        (None, _) => Change::Create,
        (_, None) => Change::Delete,
        _ => Change::Change,
    };
    let text = |policy: Option<&PasswordPolicy>| {
        policy.map_or_else(|| "none (AWS's default)".to_owned(), ToString::to_string)
    };
    let may =
        |policy: Option<&PasswordPolicy>| policy.is_some_and(|policy| policy.users_may_change);
    let words = Words::new(change, "account password policy".to_owned())
        .before(text(before))
        .after(text(after));
    match (may(before), may(after)) {
        (false, true) => words.access([
            "allow-users-to-change-password grants iam:ChangePassword to every user".to_owned(),
        ]),
        (true, false) => words.access([
            "no longer grants iam:ChangePassword to every user (allow-users-to-change-password)"
                .to_owned(),
        ]),
        (true, true) => words.access([
            "still grants iam:ChangePassword to every user (allow-users-to-change-password)"
                .to_owned(),
        ]),
        (false, false) => words,
    }
}

fn ledger(name: &str, document: &PolicyText, now: &State) -> Words {
    let read = |text: &PolicyText| Ledger::from_document(text).unwrap_or_default();
    let before = now.policies.get(name).map(|policy| read(&policy.document));
    let change = if before.is_some() {
        Change::Change
    } else {
        Change::Create
    };
    let (before, after) = (before.unwrap_or_default(), read(document));
    let mut lines: Vec<String> = Vec::new();
    let names = |claims: Vec<String>| claims.join(", ");
    let added: Vec<String> = after
        .claims
        .difference(&before.claims)
        .map(ToString::to_string)
        .collect();
    let removed: Vec<String> = before
        .claims
        .difference(&after.claims)
        .map(ToString::to_string)
        .collect();
    if !added.is_empty() {
        lines.push(format!("records that this bundle owns {}", names(added)));
    }
    if !removed.is_empty() {
        lines.push(format!("strikes out {}", names(removed)));
    }
    for entity in after.protected.difference(&before.protected) {
        lines.push(format!("protects {entity} from deletion"));
    }
    for entity in before.protected.difference(&after.protected) {
        lines.push(format!("no longer protects {entity} from deletion"));
    }
    match (&before.password_before, &after.password_before) {
        (None, Some(found)) => lines.push(format!(
            "keeps the account password policy found: {}",
            found
                .as_ref()
                .map_or_else(|| "none (AWS's default)".to_owned(), ToString::to_string)
        )),
        (Some(_), None) => {
            lines.push("strikes out the account password policy that was given back".to_owned())
        }
        _ => {}
    }
    match (&before.alias_before, &after.alias_before) {
        (None, Some(found)) => lines.push(format!(
            "keeps the account alias found: {}",
            found.as_deref().unwrap_or("none")
        )),
        (Some(_), None) => {
            lines.push("strikes out the account alias that was given back".to_owned())
        }
        _ => {}
    }
    lines.extend(index(&before, &after));
    if before.generation != after.generation {
        lines.push(match after.generation {
            0 => "no longer counts generations".to_owned(),
            number => format!("records generation {number}"),
        });
    }
    Words::new(change, format!("ledger {name}")).access(lines)
}

/// What changes about the names of users and roles that the ledger lists.
fn index(before: &Ledger, after: &Ledger) -> Vec<String> {
    let names = |these: &BTreeSet<Identity>, those: &BTreeSet<Identity>| {
        let names: Vec<String> = these.difference(those).map(ToString::to_string).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    match (&before.index, &after.index) {
        (None, Some(listed)) if listed.is_empty() => {
            vec!["begins to list its users and roles, of which there are none".to_owned()]
        }
        (Some(_), None) => vec!["no longer lists its users and roles: there is no room".to_owned()],
        (now, then) => {
            let nobody = BTreeSet::new();
            let now = now.as_ref().unwrap_or(&nobody);
            let then = then.as_ref().unwrap_or(&nobody);
            let listed = names(then, now).map(|names| format!("lists {names}, to be read by name"));
            let struck = names(now, then).map(|names| format!("no longer lists {names}"));
            listed.into_iter().chain(struck).collect()
        }
    }
}
