//! Who has an administrator's power: enough to put right whatever a plan did,
//! which is all of IAM on everything, with MFA.
//!
//! It is proved from the documents, not read from names. Of AWS's policies, whose
//! documents are not read, two allow all of IAM without a condition:
//! AdministratorAccess, which every state knows, and IAMFullAccess ("AWS managed
//! policies", <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>,
//! looked through on 2026-11-22). Those of quarantine deny; no other is taken for
//! an administrator's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use iam_dsl::analyze::Access;
use iam_dsl::{Document, Effect, PolicyKind, PrincipalType};

use super::access::only;
use super::judge::{Finding, Judge};
use super::powers::{Powers, Says, Unread};
use crate::document::PolicyText;
use crate::state::{Credential, Identity, State, UserState};

/// The name under which AWS's policy for all of IAM is told.
const ALL_OF_IAM: &str = "AWS IAMFullAccess";

/// How many administrators are looked for in an account: two are enough for any
/// caller, and more for a plan that changes some of them.
const ENOUGH: usize = 16;

/// Everything of IAM, asked in the best of circumstances: over TLS and
/// with MFA of a second ago, so that a deny without MFA takes nothing.
const POWER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*",
"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true","aws:SecureTransport":"true"},"NumericEquals":{"aws:MultiFactorAuthAge":"1"}}}]}"#;

static NEEDED: LazyLock<Option<Document>> = LazyLock::new(|| Document::from_json(POWER).ok());

/// What an administrator has at least.
pub(super) fn needed() -> Access {
    match NEEDED.as_ref() {
        Some(document) => Access::document(document, PolicyKind::Identity),
        None => Access::identity::<iam_dsl::Policy>([]),
    }
}

/// Whether somebody has an administrator's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Proved, whatever says what is not read, but for AWS's own policies.
    Administrator,
    Not,
    Unknown,
}

/// Whether a user or role has, and somebody gets in as it.
pub(super) fn standing(
    state: &State,
    identity: &Identity,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> Standing {
    match has_way_in(state, identity, strangers) {
        true => by_documents(state, identity, strangers, judge),
        false => Standing::Not,
    }
}

fn by_documents(
    state: &State,
    identity: &Identity,
    strangers: &BTreeSet<Identity>,
    judge: &Judge,
) -> Standing {
    let powers = Powers::of(state, identity, strangers);
    if !may_be(&powers) {
        return Standing::Not;
    }
    let pin = powers
        .is_personal()
        .then(|| only(state, identity))
        .flatten();
    let pinned = |access: Access| match &pin {
        Some(pin) => access.and_identity(pin),
        None => access,
    };
    let needed = pinned(needed());
    let has = |best: bool| {
        let unread = powers.unread();
        let says: BTreeMap<&str, Says> = unread
            .iter()
            .map(|(name, kind)| {
                (
                    *name,
                    if best {
                        hoped(name, *kind)
                    } else {
                        feared(name, *kind)
                    },
                )
            })
            .collect();
        judge.some(&[&needed], &[&pinned(powers.access_if(&says))])
    };
    match has(false) {
        Finding::No => Standing::Administrator,
        Finding::Yes(_) if powers.unread().is_empty() => Standing::Not,
        _ => match has(true) {
            Finding::Yes(_) => Standing::Not,
            _ => Standing::Unknown,
        },
    }
}

/// What a policy that is not read says at best.
fn hoped(name: &str, kind: Unread) -> Says {
    match kind {
        Unread::Boundary | Unread::Other => Says::Allow,
        Unread::OfAws if name == ALL_OF_IAM => Says::Allow,
        Unread::OfAws | Unread::Quarantine => Says::Nothing,
    }
}

/// And at worst.
fn feared(name: &str, kind: Unread) -> Says {
    match kind {
        Unread::OfAws if name == ALL_OF_IAM => Says::Allow,
        Unread::OfAws => Says::Nothing,
        Unread::Quarantine | Unread::Boundary | Unread::Other => Says::Deny,
    }
}

/// Whether it is worth a proof: something may allow all of IAM. It is looked for in
/// one statement; an administrator by many that each allow a part is missed, and
/// with nobody else a plan refused rather than let through.
fn may_be(powers: &Powers<'_>) -> bool {
    let unread = powers.unread();
    unread
        .iter()
        .any(|(name, kind)| hoped(name, *kind) == Says::Allow && *kind != Unread::Boundary)
        || powers.documents().iter().any(|text| is_wide(text))
}

fn is_wide(text: &PolicyText) -> bool {
    let Some(document) = text.document() else {
        return false;
    };
    document.statements().iter().any(|statement| {
        let actions = statement.actions().iter().any(|action| {
            let action = action.as_str().to_ascii_lowercase();
            // A star or what it may stand before: `*`, `iam:*`, `*:*`, `i*`.
            action.split_once('*').is_some_and(|(before, after)| {
                "iam:".starts_with(before) && after.chars().all(|c| c == '*' || c == ':')
            })
        });
        let resources = statement
            .resources()
            .is_some_and(|all| all.iter().any(|r| r.as_str().chars().all(|c| c == '*')));
        statement.effect() == Some(Effect::Allow)
            && (actions || statement.not_actions().is_some())
            && (resources || statement.not_resources().is_some())
    })
}

/// Whether somebody gets in: a user has a password or a key that works, a role
/// lets in somebody who is no service of AWS's. Of others' users that is not read.
fn has_way_in(state: &State, identity: &Identity, strangers: &BTreeSet<Identity>) -> bool {
    if strangers.contains(identity) {
        return true;
    }
    match identity {
        Identity::User(name) => state
            .users
            .get(name)
            .is_some_and(|user| user.login.is_some() || has_key(user)),
        Identity::Role(name) => state
            .roles
            .get(name)
            .is_some_and(|role| lets_in(&role.trust)),
        Identity::Group(_) => false,
    }
}

fn has_key(user: &UserState) -> bool {
    let kept = |credential: &Credential| matches!(credential, Credential::AccessKey(_));
    user.keys.values().any(|active| *active) || user.credentials.iter().any(kept)
}

/// Whether a trust policy allows somebody other than a service.
fn lets_in(trust: &PolicyText) -> bool {
    let Some(document) = trust.document() else {
        return false;
    };
    document.statements().iter().any(|statement| {
        let others = statement.principal().is_some_and(|principals| {
            let is_service = |(kind, _): (PrincipalType, &str)| kind == PrincipalType::Service;
            !principals.iter().all(is_service)
        });
        statement.effect() == Some(Effect::Allow) && (others || statement.not_principal().is_some())
    })
}

/// Some administrators of an account that is read in full, by their documents
/// alone: of most users it is not read whether they have a credential.
pub(crate) fn of(all: &State) -> BTreeSet<Identity> {
    let judge = Judge::new();
    let identities = all.identities().into_iter();
    let found = identities.filter(|identity| is_administrator(all, identity, &judge));
    found.take(ENOUGH).collect()
}

/// Whether all of these still are.
pub(crate) fn are(all: &State, these: &BTreeSet<Identity>) -> bool {
    let judge = Judge::new();
    these
        .iter()
        .all(|identity| is_administrator(all, identity, &judge))
}

fn is_administrator(all: &State, identity: &Identity, judge: &Judge) -> bool {
    let enters = match identity {
        Identity::User(_) => true,
        Identity::Role(name) => {
            let role = all.roles.get(name);
            role.is_some_and(|role| lets_in(&role.trust))
        }
        Identity::Group(_) => false,
    };
    enters && by_documents(all, identity, &BTreeSet::new(), judge) == Standing::Administrator
}
