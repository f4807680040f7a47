//! AssumeRole: trust policy, external id, MFA, session policy, session tags.

use std::collections::BTreeMap;

use super::{is_role_session, requested_policies, verify_mfa, write_credentials};
use crate::authorize::Layers;
use crate::context::Keys;
use crate::credentials::{CallerIdentity, Presented, Session, Subject};
use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::role::Role;
use crate::state::tags::Tags;
use crate::xml::Xml;

const SHORTEST: u64 = 900;
const LONGEST: u64 = 43_200;
const DEFAULT: u64 = 3_600;
/// The most for a role assumed with the credentials of another role.
const LONGEST_WHEN_CHAINED: u64 = 3_600;

pub(super) fn assume_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = params.required("RoleArn")?;
    length("RoleArn", arn, 20, 2048)?;
    let name = params.required("RoleSessionName")?;
    length("RoleSessionName", name, 2, 64)?;
    session_characters("RoleSessionName", name)?;
    if let Some(id) = params.get("ExternalId") {
        length("ExternalId", id, 2, 1224)?;
        check_characters("ExternalId", id, "+=,.@:\\/-_")?;
    }
    let source_identity = params.get("SourceIdentity");
    if let Some(identity) = source_identity {
        length("SourceIdentity", identity, 2, 64)?;
        session_characters("SourceIdentity", identity)?;
    }
    let seconds = params.number("DurationSeconds", SHORTEST, LONGEST)?;
    let tags = Tags::from_request(params)?;
    if matches!(scope.caller.identity, CallerIdentity::Root) {
        return Err(Refusal::access_denied(
            "Roles may not be assumed by root accounts.",
        ));
    }
    let mfa = verify_mfa(scope, params)?;
    let (account, role) =
        find(scope, arn).ok_or_else(|| not_authorized(scope, "sts:AssumeRole", arn))?;
    let role_id = role.label.id.clone();
    let role_name = role.label.name.clone();
    let longest = role.max_session_duration;
    decide_trust(scope, params, arn, role, mfa, &tags)?;
    let seconds = permitted_duration(scope, seconds, longest)?;
    let (policy, policy_arns) = requested_policies(scope, params, &account)?;
    let (tags, transitive_tags) = session_tags(scope, params, &tags)?;
    let inherited = scope
        .caller
        .session
        .as_ref()
        .and_then(|s| s.source_identity.clone());
    let subject = Subject::Role {
        role_id: role_id.clone(),
        session_name: name.to_owned(),
    };
    let session = Session {
        policy,
        policy_arns,
        tags,
        transitive_tags,
        source_identity: source_identity.map(str::to_owned).or(inherited),
        ..Session::new(&account, subject, scope.now, seconds)
    };
    let source_identity = session.source_identity.clone();
    let issued = scope.world.open_session(session);
    let mut x = Xml::new();
    write_credentials(&mut x, &issued);
    x.element("AssumedRoleUser", |x| {
        x.text("AssumedRoleId", format!("{role_id}:{name}"));
        x.text(
            "Arn",
            format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}"),
        );
    });
    x.text_if("SourceIdentity", source_identity);
    Ok(Some(x))
}

/// The account and role of an ARN.
fn find<'s>(scope: &'s Scope<'_>, arn: &str) -> Option<(String, &'s Role)> {
    let account = arn.split(':').nth(4)?;
    let role = scope
        .world
        .accounts
        .get(account)?
        .role(arn.rsplit('/').next()?)
        .ok()?;
    (role.label.arn(account, "role") == arn).then(|| (account.to_owned(), role))
}

fn not_authorized(scope: &Scope<'_>, action: &str, arn: &str) -> Refusal {
    Refusal::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {arn}",
        scope.caller.arn
    ))
}

/// Asks the evaluator whether trust policy and caller's policies together
/// allow AssumeRole, and the actions that tags and a source identity need.
fn decide_trust(
    scope: &Scope<'_>,
    params: &Params,
    arn: &str,
    role: &Role,
    mfa: bool,
    tags: &Tags,
) -> Result<(), Refusal> {
    let world = &*scope.world;
    let trust = role
        .trust
        .document(world)
        .ok_or_else(|| not_authorized(scope, "sts:AssumeRole", arn))?;
    let layers = Layers::of(world, scope.caller)?.trust(&trust);
    // AssumeRole is authorized where the SDK's client is: its home region.
    let presented = Presented {
        access_key: String::new(),
        token: None,
        service: "sts".to_owned(),
        region: "us-east-1".to_owned(),
    };
    let mut keys = Keys::of_caller(world, scope.caller, &presented, scope.now);
    keys.add_sts(params);
    keys.add_request_tags(params);
    keys.add_resource_tags(&role.tags);
    if mfa {
        keys.set("aws:MultiFactorAuthPresent", "true");
        keys.set("aws:MultiFactorAuthAge", "0");
    }
    let mut actions = vec!["sts:AssumeRole"];
    if tags.len() > 0 {
        actions.push("sts:TagSession");
    }
    if params.get("SourceIdentity").is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    for action in actions {
        if !layers.decide(action, arn, &keys)?.is_allowed() {
            return Err(not_authorized(scope, action, arn));
        }
    }
    Ok(())
}

fn permitted_duration(
    scope: &Scope<'_>,
    requested: Option<u64>,
    longest: u64,
) -> Result<u64, Refusal> {
    let seconds = requested.unwrap_or(DEFAULT);
    if is_role_session(scope) && seconds > LONGEST_WHEN_CHAINED {
        return Err(Refusal::validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds > longest {
        return Err(Refusal::validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// The tags of the new session: those requested, and those that the caller's
/// own session hands on.
fn session_tags(
    scope: &Scope<'_>,
    params: &Params,
    requested: &Tags,
) -> Result<(BTreeMap<String, String>, Vec<String>), Refusal> {
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    let mut transitive: Vec<String> = Vec::new();
    if let Some(session) = &scope.caller.session {
        for key in &session.transitive_tags {
            if let Some(value) = session.tags.get(key) {
                tags.insert(key.clone(), value.clone());
                transitive.push(key.clone());
            }
        }
    }
    for (key, value) in requested.iter() {
        if transitive
            .iter()
            .any(|inherited| inherited.eq_ignore_ascii_case(key))
        {
            return Err(Refusal::invalid_input(format!(
                "The session tag {key} is transitive in the calling session and cannot be set again."
            )));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    for key in params.list("TransitiveTagKeys") {
        if !tags.contains_key(key) {
            return Err(Refusal::invalid_input(format!(
                "The transitive tag key {key} is not among the session tags."
            )));
        }
        transitive.push(key.to_owned());
    }
    Ok((tags, transitive))
}

/// Checks the characters of a session name.
pub(super) fn session_characters(field: &str, value: &str) -> Result<(), Refusal> {
    check_characters(field, value, "_=,.@+-")
}

fn check_characters(field: &str, value: &str, besides: &str) -> Result<(), Refusal> {
    if value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
    {
        return Ok(());
    }
    Err(constraint_violation(
        Some(value),
        field,
        "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ))
}
