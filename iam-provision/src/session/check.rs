//! What STS would refuse about a request, found before any call.
//!
//! The limits are those of the STS API reference, pages AssumeRole,
//! AssumeRoleWithWebIdentity, GetSessionToken and GetFederationToken
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>),
//! and of "IAM and AWS STS quotas" in the IAM User Guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).

use std::time::Duration;

use super::request::{Kind, Parameters, SessionRequest};
use super::source::Source;
use crate::clock;
use crate::names::{Problem, check_policy_arn, check_tags, is_account_id};

/// Characters of a session policy, together with the ARNs of managed ones.
const POLICY: usize = 2_048;
const POLICY_ARNS: usize = 10;
const SHORTEST: Duration = Duration::from_secs(900);
const LONGEST_ROLE: Duration = Duration::from_secs(43_200);
const LONGEST_USER: Duration = Duration::from_secs(129_600);
pub(super) const LONGEST_CHAINED: Duration = Duration::from_secs(3_600);

/// Sessions of one chain at most, by source_profile or `via`: more is a mistake of whatever
/// wrote it, and each takes a call of its own.
pub(super) const LONGEST_CHAIN: usize = 50;

/// Every problem of a request and of those it goes through.
pub(super) fn problems(request: &SessionRequest) -> Vec<Problem> {
    let mut chain = vec![request];
    while let Some(Source::Session(source)) = chain.last().map(|request| &request.source) {
        if chain.len() > LONGEST_CHAIN {
            let message = format!(
                "it goes through more than {LONGEST_CHAIN} others, each of which takes a call; shorten the chain"
            );
            return vec![Problem::new(request.what(), message)];
        }
        chain.push(source);
    }
    let mut problems = Vec::new();
    for request in chain.into_iter().rev() {
        one(&mut problems, request);
    }
    problems
}

fn one(problems: &mut Vec<Problem>, request: &SessionRequest) {
    let place = request.what();
    let parameters = &request.parameters;
    let mut say = |field: &str, message: String| {
        problems.push(Problem::new(format!("{place}: {field}"), message));
    };
    if let Kind::AssumeRole(arn) | Kind::WebIdentity(arn, _) = &request.kind
        && !is_role_arn(arn)
    {
        say(
            "role ARN",
            format!(
                "{arn:?} is not the ARN of a role; one looks like \"arn:aws:iam::111122223333:role/name\""
            ),
        );
    }
    if let Kind::FederationToken(name) = &request.kind {
        check_word(&mut say, "name", name, 2, 32);
    }
    if let Some(name) = &parameters.name {
        check_word(&mut say, "session name", name, 2, 64);
    }
    if let Some(identity) = &parameters.source_identity {
        check_word(&mut say, "source identity", identity, 2, 64);
        if identity.to_ascii_lowercase().starts_with("aws:") {
            say(
                "source identity",
                "values that begin with aws: are reserved by AWS".to_owned(),
            );
        }
    }
    if let Some(id) = &parameters.external_id
        && !((2..=1_224).contains(&id.chars().count())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-\\".contains(c)))
    {
        say(
            "external id",
            format!("{id:?} is no external id; one has 2 to 1224 letters, digits and _+=,.@:/-\\"),
        );
    }
    duration(&mut say, request);
    policies(&mut say, parameters);
    mfa(&mut say, request);
    for key in &parameters.transitive {
        if !parameters.tags.contains_key(key) {
            say(
                "transitive tags",
                format!(
                    "{key:?} is to be handed on and is no tag of the session; add .tag({key:?}, …)"
                ),
            );
        }
    }
    inapplicable(&mut say, request);
    for arn in &parameters.policy_arns {
        check_policy_arn(problems, &format!("{place}: session policy"), arn);
    }
    check_tags(
        problems,
        &place,
        parameters
            .tags
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str())),
    );
}

fn duration(say: &mut impl FnMut(&str, String), request: &SessionRequest) {
    let Some(duration) = request.parameters.duration else {
        return;
    };
    let longest = match request.kind {
        Kind::AssumeRole(_) | Kind::WebIdentity(..) => LONGEST_ROLE,
        _ => LONGEST_USER,
    };
    if !(SHORTEST..=longest).contains(&duration) {
        say(
            "duration",
            format!(
                "{} is asked for; AWS gives {} to {}",
                clock::words(duration),
                clock::words(SHORTEST),
                clock::words(longest)
            ),
        );
    } else if matches!(request.kind, Kind::AssumeRole(_))
        && request.source.is_role()
        && duration > LONGEST_CHAINED
    {
        say(
            "duration",
            format!(
                "{} is asked for; a role assumed with the credentials of another role lasts 1 h at most; ask for 1 h, \
                 or assume it with a user's credentials",
                clock::words(duration)
            ),
        );
    }
}

fn policies(say: &mut impl FnMut(&str, String), parameters: &Parameters) {
    let own = parameters
        .policy
        .as_ref()
        .map_or(0, |policy| policy.chars().count());
    let named: usize = parameters
        .policy_arns
        .iter()
        .map(|arn| arn.chars().count())
        .sum();
    if own + named > POLICY {
        say(
            "session policy",
            format!(
                "{} characters with the ARNs of managed policies; AWS takes {POLICY} together: shorten it, or move \
                 statements into a managed policy and name its ARN",
                own + named
            ),
        );
    }
    if parameters.policy_arns.len() > POLICY_ARNS {
        say(
            "session policy",
            format!(
                "{} managed policies; AWS takes {POLICY_ARNS}",
                parameters.policy_arns.len()
            ),
        );
    }
}

fn mfa(say: &mut impl FnMut(&str, String), request: &SessionRequest) {
    let Some(mfa) = &request.mfa else {
        return;
    };
    if !(9..=256).contains(&mfa.serial.len()) {
        say(
            "MFA serial number",
            format!(
                "{:?} is no serial number; a virtual device's is its ARN, such as \"arn:aws:iam::111122223333:mfa/ann\"",
                mfa.serial
            ),
        );
    }
    if mfa.code.is_none() {
        say(
            "MFA",
            format!(
                "device {} is to be proven and nobody is named to ask for its code; add .mfa_code(…)",
                mfa.serial
            ),
        );
    }
    if request.source.is_role() {
        say(
            "MFA",
            "a role's session cannot prove MFA; prove it where the user's own key is used, at the beginning of the \
             chain"
                .to_owned(),
        );
    }
    if !request.wait.is_zero() {
        say(
            "MFA",
            "a code works once, so it cannot be tried again until the role can be assumed; add .mfa_once()".to_owned(),
        );
    }
}

/// Parameters that the call does not have.
fn inapplicable(say: &mut impl FnMut(&str, String), request: &SessionRequest) {
    let p = &request.parameters;
    let set: [(&str, bool); 7] = [
        ("external id", p.external_id.is_some()),
        (
            "session policy",
            p.policy.is_some() || !p.policy_arns.is_empty(),
        ),
        ("tags", !p.tags.is_empty() || !p.transitive.is_empty()),
        ("source identity", p.source_identity.is_some()),
        ("session name", p.name.is_some()),
        ("MFA", request.mfa.is_some()),
        ("duration", p.duration.is_some()),
    ];
    let (call, taken): (&str, &[&str]) = match request.kind {
        Kind::AssumeRole(_) => return,
        Kind::WebIdentity(..) => (
            "AssumeRoleWithWebIdentity",
            &["session policy", "session name", "duration"],
        ),
        Kind::SessionToken => ("GetSessionToken", &["MFA", "duration"]),
        Kind::FederationToken(_) => (
            "GetFederationToken",
            &["session policy", "tags", "duration"],
        ),
        Kind::Source => ("a plain access key", &[]),
    };
    for (what, is_set) in set {
        if is_set && !taken.contains(&what) {
            say(
                what,
                format!("{call} takes none; leave it out, or assume a role"),
            );
        }
    }
    if matches!(request.kind, Kind::FederationToken(_)) && !p.transitive.is_empty() {
        say(
            "transitive tags",
            "GetFederationToken takes none; leave them out".to_owned(),
        );
    }
}

fn check_word(
    say: &mut impl FnMut(&str, String),
    field: &str,
    word: &str,
    least: usize,
    most: usize,
) {
    let fits = (least..=most).contains(&word.chars().count())
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    if !fits {
        say(
            field,
            format!(
                "{word:?} is not accepted; AWS takes {least} to {most} letters, digits and _+=,.@-"
            ),
        );
    }
}

/// Whether a text is the ARN of a role.
fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.starts_with("aws")
                && is_account_id(account)
                && resource
                    .strip_prefix("role/")
                    .is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
        }
        _ => false,
    }
}
