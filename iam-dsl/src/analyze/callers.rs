//! Who may ask, as far as the policies tell them apart.

use std::collections::BTreeSet;

use super::access::{Access, Basis};
use super::fields::{self, Tuple};
use super::form::Form;
use crate::{Layer, Principal};

/// What a principal's kind fixes.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) kind: CallerKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum CallerKind {
    /// Some user, of any account and name.
    User,
    /// A session of some role.
    Role,
    /// A session from GetFederationToken.
    Federated,
    /// This very principal.
    Exactly(Box<Principal>),
}

/// What is known of a condition key's value beforehand.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Free,
    Absent,
    /// It has a value.
    Present,
    Fixed(String),
    /// An ARN within these.
    Arn(Vec<Tuple>),
}

/// Keys whose values follow from the principal, in lower case.
pub(super) const DERIVED: [&str; 8] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:username",
    "aws:userid",
    RESOURCE_ACCOUNT,
];

pub(super) const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";

impl Caller {
    /// What this caller's kind says of a key, for a request about an ARN or not.
    pub(super) fn rule(&self, key: &str, arn: bool) -> Rule {
        if key == RESOURCE_ACCOUNT {
            return if arn { Rule::Present } else { Rule::Free };
        }
        let entity = |service: &str, stem: &str| {
            let mut tuple = vec![Form::any(); fields::ARN];
            for (field, text) in tuple.iter_mut().zip(["arn", "*", service, "", "*", stem]) {
                *field = Form::glob(text);
            }
            Rule::Arn(vec![tuple])
        };
        let kind = match &self.kind {
            CallerKind::Exactly(principal) => {
                if !DERIVED.contains(&key) {
                    return Rule::Free;
                }
                let derived = crate::evaluate::probe::derived(principal);
                return match derived.into_iter().find(|(name, _)| *name == key) {
                    Some((_, value)) => Rule::Fixed(value),
                    None if key == "aws:userid" => Rule::Free,
                    None => Rule::Absent,
                };
            }
            kind => kind,
        };
        match (key, kind) {
            ("aws:principalarn", CallerKind::User) => entity("iam", "user/?*"),
            ("aws:principalarn", CallerKind::Role) => entity("iam", "role/?*"),
            ("aws:principalarn", _) => entity("sts", "federated-user/?*"),
            ("aws:principalaccount", _) => Rule::Present,
            ("aws:principaltype", CallerKind::User) => Rule::Fixed("User".to_owned()),
            ("aws:principaltype", CallerKind::Role) => Rule::Fixed("AssumedRole".to_owned()),
            ("aws:principaltype", _) => Rule::Fixed("FederatedUser".to_owned()),
            ("aws:principalisawsservice", _) => Rule::Fixed("false".to_owned()),
            ("aws:principalservicename", _) => Rule::Absent,
            ("aws:username", CallerKind::User) => Rule::Present,
            ("aws:username", _) => Rule::Absent,
            _ => Rule::Free,
        }
    }
}

/// The callers to be told apart. `keys` are those that conditions or variables
/// name, in lower case.
pub(super) fn callers(new: &Access, reference: &Access, keys: &BTreeSet<String>) -> Vec<Caller> {
    let caller = |kind| Caller { kind };
    match new.basis {
        Basis::Identity => {
            let mut all = vec![caller(CallerKind::User)];
            // What distinguishes them are the keys that follow from their kind.
            // Whatever else a role or a federated session may do, a user may.
            if DERIVED.iter().any(|key| keys.contains(*key)) {
                all.push(caller(CallerKind::Role));
                let session =
                    |access: &Access| access.parts.iter().any(|part| part.layer == Layer::Session);
                if session(new) && session(reference) {
                    all.push(caller(CallerKind::Federated));
                }
            }
            all
        }
        // TODO: resource and trust policies.
        _ => Vec::new(),
    }
}
