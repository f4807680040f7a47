//! AssumeRole: trust policy, external id, MFA, session policy, session tags.

use super::role_session::{self, Assumption};
use super::{is_role_session, requested_policies, verify_mfa};
use crate::authorize::Layers;
use crate::context::Keys;
use crate::credentials::{CallerIdentity, Presented};
use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::role::Role;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

/// The most for a role assumed with the credentials of another role.
const LONGEST_WHEN_CHAINED: u64 = 3_600;

pub(super) fn assume_role(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let requested = role_session::requested(params)?;
    let arn = requested.arn;
    if let Some(id) = params.get("ExternalId") {
        length("ExternalId", id, 2, 1224)?;
        check_characters("ExternalId", id, "+=,.@:\\/-_")?;
    }
    let source_identity = params.get("SourceIdentity");
    if let Some(identity) = source_identity {
        length("SourceIdentity", identity, 2, 64)?;
        session_characters("SourceIdentity", identity)?;
    }
    let tags = Tags::from_request(params, KeyCase::Ignored)?;
    if matches!(scope.caller.identity, CallerIdentity::Root) {
        return Err(Refusal::access_denied(
            "Roles may not be assumed by root accounts.",
        ));
    }
    let mfa = verify_mfa(scope, params)?;
    let (account, role) = role_session::find(scope.world, arn)
        .ok_or_else(|| not_authorized(scope, "sts:AssumeRole", arn))?;
    let (role_id, role_name) = (role.label.id.clone(), role.label.name.clone());
    let longest = role.max_session_duration;
    decide_trust(scope, params, &account, arn, role, mfa, &tags)?;
    let seconds = permitted_duration(scope, requested.seconds, longest)?;
    let (policy, policy_arns) = requested_policies(scope, params, &account)?;
    let (tags, transitive_tags) = session_tags(scope, params, tags)?;
    let session = scope.caller.session.as_ref();
    let inherited = session.and_then(|session| session.source_identity.clone());
    let assumed = Assumption {
        account,
        role_id,
        role_name,
        session_name: requested.session_name.to_owned(),
        seconds,
        policy,
        policy_arns,
        tags,
        transitive_tags,
        source_identity: source_identity.map(str::to_owned).or(inherited),
        keys: Vec::new(),
    }
    .open(scope);
    let mut x = Xml::new();
    assumed.write(&mut x);
    Ok(Some(x))
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
    account: &str,
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
    let layers = Layers::of(world, scope.caller)?
        .over_resources_of(world, account)
        .trust(&trust);
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
    keys.add_resource_account(world, account);
    if mfa {
        keys.set("aws:MultiFactorAuthPresent", "true");
        keys.set("aws:MultiFactorAuthAge", "0");
    }
    if !layers.decide("sts:AssumeRole", arn, &keys)?.is_allowed() {
        return Err(not_authorized(scope, "sts:AssumeRole", arn));
    }
    let layers = layers.accompanying(scope.caller)?;
    let mut actions = Vec::new();
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
    if is_role_session(scope) && requested.is_some_and(|seconds| seconds > LONGEST_WHEN_CHAINED) {
        return Err(Refusal::validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    role_session::duration_up_to(requested, longest)
}

/// The tags of the new session: those requested, and those that the caller's
/// own session hands on.
fn session_tags(
    scope: &Scope<'_>,
    params: &Params,
    requested: Tags,
) -> Result<(Tags, Vec<String>), Refusal> {
    let mut transitive: Vec<String> = Vec::new();
    let mut pairs: Vec<(&str, &str)> = requested.iter().collect();
    if let Some(session) = &scope.caller.session {
        for key in &session.transitive_tags {
            let Some(value) = session.tags.get(key) else {
                continue;
            };
            if requested
                .iter()
                .any(|(set, _)| set.eq_ignore_ascii_case(key))
            {
                return Err(Refusal::invalid_input(format!(
                    "The session tag {key} is transitive in the calling session and cannot be set \
                     again."
                )));
            }
            pairs.push((key, value));
            transitive.push(key.clone());
        }
    }
    let tags = Tags::from_pairs(pairs, KeyCase::Ignored)?;
    for key in params.list("TransitiveTagKeys") {
        transitive.push(role_session::transitive_key(key, &tags)?);
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
