//! Who may ask, as far as the policies tell them apart.
//!
//! A policy of an identity is asked about some user and some role session, of any
//! account and name. A policy of a resource is asked about everybody whom it or
//! its reference names, about somebody of each kind in each account that they
//! name, and about strangers: of another account, a service, a user of an
//! identity provider, an anonymous caller.

use std::collections::BTreeSet;
use std::fmt;

use iam_dsl_core::arn::{account_root, is_account_id};
use iam_dsl_core::{
    AccountId, ConditionEntry, Document, Effect, PrincipalType, Principals, Statement,
};

use super::access::{Access, Basis};
use super::problem::Question;
use crate::{Layer, Principal, PrincipalKind};

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) kind: CallerKind,
    /// The account and partition of a user, role or session; any where they are
    /// not told.
    pub(super) home: Option<Home>,
    /// Accounts and ARNs that other callers stand for.
    pub(super) taken: BTreeSet<String>,
    /// Who it is in words, where it stands for others as well.
    label: Option<String>,
}

/// An account in a partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    pub(super) partition: String,
    pub(super) account: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum CallerKind {
    /// Some user.
    User,
    /// A session of some role.
    Role,
    /// A session from GetFederationToken.
    Federated,
    /// The root user of some account.
    Root,
    /// This very principal.
    Exactly(Box<Principal>),
    /// Whoever has this canonical user id: an account or an origin access identity,
    /// of which no policy tells the ARN.
    Canonical(String),
}

/// What is known of a condition key's value beforehand.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Free,
    Absent,
    /// It has a value.
    Present,
    Fixed(String),
}

/// Keys whose values follow from the principal or the resource, in lower case.
pub(super) const DERIVED: [&str; 8] = [
    PRINCIPAL_ARN,
    PRINCIPAL_ACCOUNT,
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    USERNAME,
    USERID,
    RESOURCE_ACCOUNT,
];

pub(super) const PRINCIPAL_ARN: &str = "aws:principalarn";
pub(super) const PRINCIPAL_ACCOUNT: &str = "aws:principalaccount";
pub(super) const USERNAME: &str = "aws:username";
pub(super) const USERID: &str = "aws:userid";
pub(super) const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";

impl Caller {
    fn of(kind: CallerKind) -> Self {
        Caller {
            kind,
            home: None,
            taken: BTreeSet::new(),
            label: None,
        }
    }

    /// This principal for all whom the words tell.
    fn standing(principal: Principal, label: impl Into<String>) -> Self {
        Caller {
            label: Some(label.into()),
            ..Caller::exactly(principal)
        }
    }

    fn exactly(principal: Principal) -> Self {
        Caller::of(CallerKind::Exactly(Box::new(principal)))
    }

    /// Whether it is anybody at all: no policy names it, or by a web identity
    /// provider alone. `{"Federated": "graph.facebook.com"}` is Amazon S3's first
    /// example of a public bucket policy (see `public`); whom a trust policy lets
    /// in so, its conditions on the provider's own keys tell.
    pub(super) fn is_stranger(&self, basis: Basis) -> bool {
        match &self.kind {
            CallerKind::Exactly(principal) => match principal.kind() {
                PrincipalKind::Anonymous => true,
                // A provider with an ARN is that of an account.
                PrincipalKind::FederatedProvider => {
                    basis == Basis::Resource && !principal.to_string().starts_with("arn:")
                }
                _ => false,
            },
            CallerKind::User | CallerKind::Role => self.home.is_none(),
            CallerKind::Federated | CallerKind::Root | CallerKind::Canonical(_) => false,
        }
    }

    /// Whether an element names it, where no principal of a request can tell.
    pub(super) fn named_by(&self, statement: &Statement) -> Option<bool> {
        let CallerKind::Canonical(id) = &self.kind else {
            return None;
        };
        let has = |principals: &Principals| {
            principals.iter().any(|(kind, value)| match kind {
                PrincipalType::CanonicalUser => value == id,
                PrincipalType::Aws => value == "*",
                _ => false,
            })
        };
        let denies = statement.effect() == Some(Effect::Deny);
        Some(match (statement.principal(), statement.not_principal()) {
            (Some(listed), _) => has(listed),
            // With Allow it names nobody.
            (None, Some(left_out)) => denies && !has(left_out),
            (None, None) => denies,
        })
    }

    /// What this caller's kind says of a key, for a request about an ARN or not.
    pub(super) fn rule(&self, key: &str, arn: bool) -> Rule {
        if key == RESOURCE_ACCOUNT {
            return if arn { Rule::Present } else { Rule::Free };
        }
        if !DERIVED.contains(&key) {
            return Rule::Free;
        }
        if let CallerKind::Exactly(principal) = &self.kind {
            let derived = crate::evaluate::probe::derived(principal);
            return match derived.into_iter().find(|(name, _)| *name == key) {
                Some((_, value)) => Rule::Fixed(value),
                // The id of a user or role may be anything.
                None if key == USERID && principal.account().is_some() => Rule::Free,
                None => Rule::Absent,
            };
        }
        match (key, &self.kind) {
            (_, CallerKind::Canonical(_)) => Rule::Free,
            ("aws:principaltype", CallerKind::User) => Rule::Fixed("User".to_owned()),
            ("aws:principaltype", CallerKind::Role) => Rule::Fixed("AssumedRole".to_owned()),
            ("aws:principaltype", CallerKind::Root) => Rule::Fixed("Account".to_owned()),
            ("aws:principaltype", _) => Rule::Fixed("FederatedUser".to_owned()),
            ("aws:principalisawsservice", _) => Rule::Fixed("false".to_owned()),
            ("aws:principalservicename", _) => Rule::Absent,
            (PRINCIPAL_ACCOUNT, _) => match &self.home {
                Some(home) => Rule::Fixed(home.account.clone()),
                None => Rule::Present,
            },
            (PRINCIPAL_ARN, _) | (USERNAME, CallerKind::User) => Rule::Present,
            (USERNAME, _) => Rule::Absent,
            _ => Rule::Free,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(label) = &self.label {
            return f.write_str(label);
        }
        let what = match &self.kind {
            CallerKind::User => "users",
            CallerKind::Role => "sessions of roles",
            CallerKind::Federated => "federated users",
            CallerKind::Root => "root users",
            CallerKind::Exactly(principal) => return write!(f, "{principal}"),
            CallerKind::Canonical(id) => return write!(f, "the canonical user {id}"),
        };
        let Some(home) = &self.home else {
            return match self.taken.is_empty() {
                true => write!(f, "{what} of any account"),
                false => write!(f, "{what} of accounts that the policy does not name"),
            };
        };
        write!(f, "{what} of account {}", home.account)?;
        if home.partition != "aws" {
            write!(f, " in {}", home.partition)?;
        }
        let own = |arn: &String| arn.split(':').nth(4) == Some(home.account.as_str());
        match self.taken.iter().any(own) {
            true => f.write_str(" that the policy does not name"),
            false => Ok(()),
        }
    }
}

/// The callers to be told apart. `keys` are those that conditions or variables
/// name, in lower case; `letter` is one that no policy holds. Those whom conditions
/// name count as named, but for the question who a stranger is (`public`).
pub(super) fn callers(
    question: Question<'_>,
    keys: &BTreeSet<String>,
    letter: char,
    public: bool,
) -> Vec<Caller> {
    if question
        .sides()
        .any(|access| access.basis == Basis::Identity)
    {
        return identities(question, keys);
    }
    let mut listed = Mentioned::default();
    for part in question.sides().flat_map(|access| &access.parts) {
        listed.read(&part.document);
        let statements = part.document.statements().iter();
        let conditions = statements.filter_map(|s| s.conditions().filter(|_| !public));
        for (_, entry) in conditions.flat_map(|c| c.iter()) {
            listed.read_condition(entry);
        }
    }
    // Where a name may matter, it is one that no policy holds.
    let matters = DERIVED.iter().any(|key| keys.contains(*key))
        || listed.arns.iter().any(|arn| arn.ends_with("/example"));
    let name = if matters {
        letter.to_string()
    } else {
        "example".to_owned()
    };
    listed.callers(&name)
}

fn identities(question: Question<'_>, keys: &BTreeSet<String>) -> Vec<Caller> {
    let session = |access: &Access| access.parts.iter().any(|part| part.layer == Layer::Session);
    let role = Caller::of(CallerKind::Role);
    if question.sides().any(session) {
        // Nobody but a session has session policies.
        let federated = question.sides().all(session);
        let federated = federated.then(|| Caller::of(CallerKind::Federated));
        return [role].into_iter().chain(federated).collect();
    }
    let user = Caller::of(CallerKind::User);
    // What distinguishes the two are the keys that follow from their kind;
    // whatever else a role may do, a user may.
    match DERIVED.iter().any(|key| keys.contains(*key)) {
        true => vec![user, role],
        false => vec![user],
    }
}

/// Everybody whom policies name.
#[derive(Debug, Default)]
struct Mentioned {
    homes: BTreeSet<Home>,
    arns: BTreeSet<String>,
    ids: BTreeSet<String>,
    services: BTreeSet<String>,
    providers: BTreeSet<String>,
    canonical: BTreeSet<String>,
    /// Patterns of conditions on the caller's ARN.
    patterns: BTreeSet<String>,
}

impl Mentioned {
    fn read(&mut self, document: &Document) {
        let statements = document.statements().iter();
        let all = statements.flat_map(|s| [s.principal(), s.not_principal()]);
        for (kind, value) in all.flatten().flat_map(Principals::iter) {
            match kind {
                PrincipalType::Service => {
                    self.services.insert(value.to_owned());
                }
                PrincipalType::Federated => {
                    self.providers.insert(value.to_owned());
                }
                PrincipalType::Aws => self.aws(value),
                PrincipalType::CanonicalUser => {
                    self.canonical.insert(value.to_owned());
                }
            }
        }
    }

    /// Principals that a condition's values are.
    fn read_condition(&mut self, entry: &ConditionEntry) {
        let key = entry.key.to_ascii_lowercase();
        for value in entry.values.iter().map(|value| value.text()) {
            match key.as_str() {
                PRINCIPAL_ARN if !value.contains(['*', '?', '$']) => self.aws(&value),
                // Some of the account that a pattern tells.
                PRINCIPAL_ARN => {
                    self.patterns.insert(value.to_string());
                    let fields: Vec<&str> = value.split(':').collect();
                    if let [_, partition, _, _, account, ..] = fields.as_slice()
                        && is_account_id(account)
                        && !partition.contains(['*', '?', '$'])
                    {
                        self.home(partition, account);
                    }
                }
                PRINCIPAL_ACCOUNT if is_account_id(&value) => self.home("aws", &value),
                // One service for all that a pattern matches.
                "aws:principalservicename" if !value.contains('$') => {
                    let name = value.replace('*', "example").replace('?', "x");
                    self.services.insert(name);
                }
                _ => {}
            }
        }
    }

    fn home(&mut self, partition: &str, account: &str) {
        self.homes.insert(Home {
            partition: partition.to_owned(),
            account: account.to_owned(),
        });
    }

    fn aws(&mut self, value: &str) {
        if is_account_id(value) {
            self.home("aws", value);
        } else if let Some(root) = account_root(value) {
            // An id stands for the account in every partition.
            self.home(root.partition, root.account);
            self.home("aws", root.account);
        } else if let Ok(arn) = value.parse::<iam_dsl_core::Arn>() {
            if is_account_id(arn.account()) {
                self.home(arn.partition(), arn.account());
                self.home("aws", arn.account());
            }
            self.arns.insert(value.to_owned());
        } else if value != "*" {
            self.ids.insert(value.to_owned());
        }
    }

    fn callers(&self, free: &str) -> Vec<Caller> {
        let mut all: Vec<Caller> = Vec::new();
        let taken: BTreeSet<String> = self
            .homes
            .iter()
            .map(|home| home.account.clone())
            .chain(self.arns.iter().cloned())
            .collect();
        let homes = self.homes.iter().cloned().map(Some);
        let of = |kind: CallerKind, home: Option<Home>| Caller {
            kind,
            taken: match home {
                Some(_) => self.arns.clone(),
                None => taken.clone(),
            },
            home,
            label: None,
        };
        for home in homes.chain([None]) {
            for kind in [CallerKind::User, CallerKind::Role, CallerKind::Federated] {
                all.push(of(kind, home.clone()));
            }
        }
        all.push(of(CallerKind::Root, None));
        let mut exactly: Vec<Principal> = Vec::new();
        let mut standing: Vec<Caller> = Vec::new();
        for home in &self.homes {
            let Home { partition, account } = home;
            exactly.extend(format!("arn:{partition}:iam::{account}:root").parse());
        }
        for arn in &self.arns {
            self.by_arn(arn, free, &mut exactly, &mut standing);
        }
        let mut identified: Vec<Caller> = Vec::new();
        for id in &self.ids {
            let known = exactly
                .iter()
                .cloned()
                .chain(standing.iter().filter_map(|c| match (&c.kind, &c.label) {
                    (CallerKind::Exactly(principal), Some(_)) => Some((**principal).clone()),
                    _ => None,
                }));
            let accounts = self.homes.iter().map(|home| home.account.as_str());
            let accounts: BTreeSet<&str> = accounts.chain(["111122223333"]).collect();
            let some = accounts.iter().flat_map(|account| {
                ["user", "role"].map(|what| format!("arn:aws:iam::{account}:{what}/{free}"))
            });
            let some = some.filter_map(|arn| arn.parse::<Principal>().ok());
            let with_id: Vec<Principal> = known
                .chain(some)
                .map(|principal| principal.with_unique_id(id))
                .collect();
            let label = format!("whoever has the unique id {id}");
            let with_id = with_id.into_iter();
            identified.extend(with_id.map(|p| Caller::standing(p, label.as_str())));
        }
        for service in &self.services {
            exactly.extend(Principal::service(service));
        }
        for provider in &self.providers {
            exactly.extend(Principal::federated_provider(provider));
        }
        exactly.push(Principal::anonymous());
        let service = Principal::service("example.amazonaws.com").ok();
        standing
            .extend(service.map(|service| {
                Caller::standing(service, "services that the policy does not name")
            }));
        let strangers = [
            "arn:aws:iam::111122223333:oidc-provider/idp.example.com",
            "arn:aws:iam::111122223333:saml-provider/example",
        ];
        for provider in strangers {
            let provider = Principal::federated_provider(provider).ok();
            standing.extend(provider.map(|provider| {
                let label = "users of identity providers that the policy does not name";
                Caller::standing(provider, label)
            }));
        }
        all.extend(exactly.into_iter().map(Caller::exactly));
        all.append(&mut identified);
        all.append(&mut standing);
        let canonical = self.canonical.iter().cloned();
        all.extend(canonical.map(|id| Caller::of(CallerKind::Canonical(id))));
        all
    }

    /// The principals that an ARN names, with the sessions that it covers.
    fn by_arn(&self, arn: &str, free: &str, all: &mut Vec<Principal>, standing: &mut Vec<Caller>) {
        let Ok(principal) = arn.parse::<Principal>() else {
            return;
        };
        let Some(own) = principal.arn().cloned() else {
            all.push(principal);
            return;
        };
        all.push(principal.clone());
        let (partition, account) = (own.partition(), own.account());
        let name = own.resource().rsplit('/').next().unwrap_or_default();
        match own.resource().split_once('/') {
            Some(("role", _)) => {
                let session = format!("arn:{partition}:sts::{account}:assumed-role/{name}/{free}");
                let session = Principal::assumed_role(&session).and_then(|s| s.of_role(arn));
                let label = format!("sessions of {arn}");
                standing.extend(session.map(|s| Caller::standing(s, label)));
            }
            Some(("user", _)) => {
                let session = format!("arn:{partition}:sts::{account}:federated-user/{free}");
                let session = Principal::federated_user(&session).and_then(|s| s.federated_by(arn));
                let label = format!("federated users of {arn}");
                standing.extend(session.map(|s| Caller::standing(s, label)));
            }
            Some(("assumed-role", rest)) => {
                // The role may be listed too, with its path.
                let role = rest.split('/').next().unwrap_or_default();
                let of_role = |other: &&String| {
                    other.contains(":role/") && other.rsplit('/').next() == Some(role)
                };
                let listed = self.arns.iter().filter(of_role).cloned();
                let stem = format!("arn:{partition}:iam::{account}:role/");
                let paths = self.patterns.iter().flat_map(|p| paths(p, free));
                // A session's ARN does not tell the path of its role.
                let with_path = paths.map(|path| format!("{stem}{path}{role}"));
                for other in listed.chain(with_path) {
                    all.extend(principal.clone().of_role(&other));
                }
            }
            _ => {}
        }
    }
}

/// Paths of roles that a pattern of ARNs may match, each with the slash behind it,
/// `free` for what its wildcards may be.
fn paths(pattern: &str, free: &str) -> Vec<String> {
    let Some((_, resource)) = pattern.split_once(":role/") else {
        return vec![format!("{free}/")];
    };
    let plain = |text: &str| text.replace('*', free).replace('?', "x");
    let mut paths = Vec::new();
    if let Some((path, _)) = resource.rsplit_once('/') {
        paths.push(format!("{}/", plain(path)));
    }
    // A wildcard may hold the slash.
    if let Some((before, _)) = resource.split_once('*') {
        paths.push(format!("{}{free}/", plain(before)));
    }
    paths
}

/// A principal of this kind, for matching statements.
pub(super) fn some_principal(caller: &Caller, letter: char) -> Option<Principal> {
    let (partition, account) = match &caller.home {
        Some(home) => (home.partition.as_str(), home.account.clone()),
        None => {
            let accounts = (0_u64..).map(|n| format!("{:012}", 300_000_000_000 + n));
            (
                "aws",
                accounts.into_iter().find(|a| !caller.taken.contains(a))?,
            )
        }
    };
    match &caller.kind {
        CallerKind::User => {
            Principal::user(&format!("arn:{partition}:iam::{account}:user/{letter}")).ok()
        }
        CallerKind::Role => {
            Principal::role(&format!("arn:{partition}:iam::{account}:role/{letter}")).ok()
        }
        CallerKind::Federated => Principal::federated_user(&format!(
            "arn:{partition}:sts::{account}:federated-user/{letter}"
        ))
        .ok(),
        CallerKind::Root => AccountId::new(&account)
            .map(|account| Principal::account_root(&account))
            .ok(),
        CallerKind::Exactly(principal) => Some((**principal).clone()),
        CallerKind::Canonical(_) => None,
    }
}
