//! GetSessionToken and GetFederationToken.

use super::{requested_policies, verify_mfa, write_credentials};
use crate::credentials::{CallerIdentity, Session, Subject};
use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

const SHORTEST: u64 = 900;
const LONGEST_FOR_USERS: u64 = 129_600;
const DEFAULT_FOR_USERS: u64 = 43_200;
/// What the root user gets, whatever it asks for.
const LONGEST_FOR_ROOT: u64 = 3_600;

fn requested_duration(params: &Params, for_root: bool) -> Result<u64, Refusal> {
    let seconds = params
        .number("DurationSeconds", SHORTEST, LONGEST_FOR_USERS)?
        .unwrap_or(DEFAULT_FOR_USERS);
    Ok(if for_root {
        seconds.min(LONGEST_FOR_ROOT)
    } else {
        seconds
    })
}

fn refuse_sessions(scope: &Scope<'_>, operation: &str) -> Result<(), Refusal> {
    if scope.caller.session.is_some() {
        return Err(Refusal::access_denied(format!(
            "Cannot call {operation} with session credentials"
        )));
    }
    Ok(())
}

pub(super) fn session_token(
    scope: &mut Scope<'_>,
    params: &Params,
) -> Result<Option<Xml>, Refusal> {
    refuse_sessions(scope, "GetSessionToken")?;
    let for_root = matches!(scope.caller.identity, CallerIdentity::Root);
    let seconds = requested_duration(params, for_root)?;
    let mfa = verify_mfa(scope, params)?.then_some(scope.now);
    let subject = if for_root {
        Subject::Root
    } else {
        Subject::User {
            user_id: scope.caller.user_id.clone(),
        }
    };
    let session = Session {
        mfa,
        ..Session::new(&scope.caller.account, subject, scope.now, seconds)
    };
    let issued = scope.world.open_session(session);
    let mut x = Xml::new();
    write_credentials(&mut x, &issued);
    Ok(Some(x))
}

pub(super) fn federation_token(
    scope: &mut Scope<'_>,
    params: &Params,
) -> Result<Option<Xml>, Refusal> {
    refuse_sessions(scope, "GetFederationToken")?;
    if scope.caller.user_name().is_none() {
        return Err(Refusal::access_denied(
            "GetFederationToken needs the long-term credentials of an IAM user.",
        ));
    }
    let name = params.required("Name")?;
    length("Name", name, 2, 32)?;
    super::assume_role::session_characters("Name", name)?;
    let seconds = requested_duration(params, false)?;
    let account = scope.caller.account.clone();
    let (policy, policy_arns) = requested_policies(scope, params, &account)?;
    let tags = Tags::from_request(params, KeyCase::Ignored)?;
    if tags.len() > 50 {
        return Err(constraint_violation(
            None,
            "Tags",
            "Member must have length less than or equal to 50",
        ));
    }
    let subject = Subject::Federated {
        user_id: scope.caller.user_id.clone(),
        name: name.to_owned(),
    };
    let session = Session {
        policy,
        policy_arns,
        tags: tags
            .iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        ..Session::new(&account, subject, scope.now, seconds)
    };
    let issued = scope.world.open_session(session);
    let mut x = Xml::new();
    write_credentials(&mut x, &issued);
    x.element("FederatedUser", |x| {
        x.text("FederatedUserId", format!("{account}:{name}"));
        x.text(
            "Arn",
            format!("arn:aws:sts::{account}:federated-user/{name}"),
        );
    });
    Ok(Some(x))
}
