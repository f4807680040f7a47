//! How the caller gets in again: its credentials, whom its role lets in, the
//! provider that vouches for them, and the same of everybody who may assume the
//! role, or a role that may.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use iam_dsl::analyze::Access;
use iam_dsl::{Document, PrincipalType};

use super::Guard;
use crate::document::PolicyText;
use crate::plan::access::{assuming, only};
use crate::plan::judge::Finding;
use crate::plan::operation::{Operation, ProviderCall};
use crate::plan::powers::Powers;
use crate::state::{Credential, Identity, State};

const ALL_OF_STS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}"#;

/// Who may assume whose role, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Upstream {
    /// The role that is assumed.
    role: String,
    /// Whether the role's trust policy names them, which is permission enough.
    is_named: bool,
}

impl Guard<'_> {
    pub(super) fn way_in(&mut self) {
        let upstream = self.upstream();
        let mut found = Vec::new();
        for (call, step) in self.plan.steps.iter().enumerate() {
            found.extend(self.takes_a_way_in(call, &step.operation, &upstream));
        }
        for (identity, upstream) in &upstream {
            found.extend(self.no_longer_assumes(identity, upstream));
        }
        for (call, lost) in found {
            self.problem(call, lost);
        }
    }

    /// What one call takes of credentials, trust and providers.
    fn takes_a_way_in(
        &self,
        call: usize,
        operation: &Operation,
        upstream: &BTreeMap<Identity, Upstream>,
    ) -> Option<(usize, String)> {
        let of = |identity: Identity| -> Option<String> {
            if identity == *self.caller {
                return Some("the caller".to_owned());
            }
            upstream
                .contains_key(&identity)
                .then(|| format!("{identity}, who may assume the caller's role"))
        };
        let user = |name: &String| of(Identity::User(name.clone()));
        let role = |name: &String| of(Identity::Role(name.clone()));
        let lost = match operation {
            Operation::DeleteLogin { user: name } => {
                format!("takes the console password of {}", user(name)?)
            }
            Operation::DeleteCredential {
                user: name,
                credential,
            } => match credential {
                Credential::Mfa(_) => format!(
                    "deactivates an MFA device of {}, and with it whatever asks for MFA",
                    user(name)?
                ),
                _ => format!("takes a credential of {}", user(name)?),
            },
            Operation::DeleteMfaDevice { serial } => {
                let device = Credential::Mfa(serial.clone());
                let owner = self.states.first()?.users.iter();
                let mut owner = owner.filter(|(_, user)| user.credentials.contains(&device));
                format!("deletes an MFA device of {}", user(owner.next()?.0)?)
            }
            Operation::DeleteUser { name } => format!("deletes {}", user(name)?),
            Operation::DeleteRole { name } => format!("deletes {}", role(name)?),
            Operation::UpdateTrust { name, .. } if self.sequence.no_longer_lets_in(name, call) => {
                match role(name)?.as_str() {
                    "the caller" => "the caller's role no longer lets in everybody whom it lets in, perhaps the caller".to_owned(),
                    other => format!("no longer lets everybody assume {other}"),
                }
            }
            Operation::Provider(change) if takes(change) => {
                let arn = change.arn();
                let mut roles = upstream.keys().chain([self.caller]);
                let trusting = roles.find(|identity| self.trusts(identity, arn))?;
                match trusting == self.caller {
                    true => "changes the provider that the caller's role trusts".to_owned(),
                    false => format!("changes the provider that {trusting} trusts, which may assume the caller's role"),
                }
            }
            _ => return None,
        };
        Some((call, lost))
    }

    fn trusts(&self, identity: &Identity, arn: &str) -> bool {
        let Identity::Role(role) = identity else {
            return false;
        };
        let role = self.states.first().and_then(|state| state.roles.get(role));
        role.is_some_and(|role| names(role.trust.json(), arn))
    }

    /// Everybody who is read and may assume the caller's role before the plan, or a
    /// role on the way to it.
    fn upstream(&self) -> BTreeMap<Identity, Upstream> {
        let mut all: BTreeMap<Identity, Upstream> = BTreeMap::new();
        let (Some(before), Identity::Role(own)) = (self.states.first(), self.caller) else {
            return all;
        };
        let mut identities: BTreeSet<Identity> = before.identities().into_iter().collect();
        identities.extend(self.sequence.touched().keys().cloned());
        let mut next = VecDeque::from([own.clone()]);
        while let Some(role) = next.pop_front() {
            // The first way of each is enough: who keeps it gets in.
            for identity in &identities {
                if all.contains_key(identity) || identity == self.caller {
                    continue;
                }
                let Some(upstream) = self.assumes(identity, &role, before) else {
                    continue;
                };
                if let Identity::Role(name) = identity {
                    next.push_back(name.clone());
                }
                all.insert(identity.clone(), upstream);
            }
        }
        all
    }

    /// Whether it is not ruled out that somebody may assume a role in a state.
    fn assumes(&self, identity: &Identity, role: &str, state: &State) -> Option<Upstream> {
        if matches!(identity, Identity::Group(_)) || *identity == Identity::Role(role.to_owned()) {
            return None;
        }
        let assume = self.assume(role, state)?;
        let powers = Powers::of(state, identity, self.strangers);
        let arn = state.holder(identity).map(|holder| {
            let kind = match identity {
                Identity::User(_) => "user",
                _ => "role",
            };
            let path = &holder.path;
            state
                .account
                .arn(&format!("{kind}{path}{}", identity.name()))
        });
        let mut is_named = false;
        // A role that is not read may let in anybody.
        if let Some(trust) = state.roles.get(role).map(|role| &role.trust) {
            is_named = arn.as_ref().is_some_and(|arn| names(trust.json(), arn));
            if !is_named && !self.may_let_in(trust, state, identity) {
                return None;
            }
        }
        let is_permitted = || {
            !powers.unread().is_empty()
                || !self
                    .judge
                    .some(&[&powers.access(), &Access::identity([&assume])], &[])
                    .is_no()
        };
        (is_named || is_permitted()).then(|| Upstream {
            role: role.to_owned(),
            is_named,
        })
    }

    /// Whether it is not ruled out that a trust policy that does not name somebody
    /// of this account lets them in.
    fn may_let_in(&self, trust: &PolicyText, state: &State, identity: &Identity) -> bool {
        let everything = Document::from_json(ALL_OF_STS).ok();
        let pin = only(state, identity);
        let (Some(trust), Some(everything), Some(pin)) = (trust.document(), everything, pin) else {
            return true;
        };
        let account = state.account.id.as_str();
        let whole = [
            account.to_owned(),
            state.account.arn("root"),
            "*".to_owned(),
        ];
        let is_whole = |(_, value): (PrincipalType, &str)| whole.iter().any(|all| all == value);
        let reaches = trust.statements().iter().any(|statement| {
            let named = statement.principal();
            statement.not_principal().is_some()
                || named.is_some_and(|principals| principals.iter().any(is_whole))
        });
        let them = Access::identity([&everything]).and_identity(&pin);
        reaches
            && !self
                .judge
                .some(&[&Access::trust(trust), &them], &[])
                .is_no()
    }

    /// The first call after which somebody may no longer assume a role, or that is not known.
    fn no_longer_assumes(
        &self,
        identity: &Identity,
        upstream: &Upstream,
    ) -> Option<(usize, String)> {
        let assume = self.assume(&upstream.role, self.states.first()?)?;
        let needed = Access::identity([&assume]);
        let calls = self
            .sequence
            .touched()
            .get(identity)
            .cloned()
            .unwrap_or_default();
        calls.into_iter().find_map(|call| {
            let point = self.sequence.point(identity, call + 1)?;
            let keeps = if upstream.is_named {
                // What denies it counts alone.
                let of = |powers: &Powers<'_>| powers.access().and_identity(&assume);
                let denied = self
                    .judge
                    .some(&[&needed, &of(&point.before)], &[&of(&point.now)]);
                point.before.unread() == point.now.unread() && denied.is_no()
            } else {
                matches!(point.loses(&needed, self.judge), Finding::No)
            };
            let role = match Identity::Role(upstream.role.clone()) == *self.caller {
                true => "the caller's role".to_owned(),
                false => format!("role {}, which may assume the caller's", upstream.role),
            };
            (!keeps).then(|| {
                (
                    call,
                    format!("{identity}, who may assume {role}, loses that"),
                )
            })
        })
    }

    /// The permission to assume a role, as a document.
    fn assume(&self, role: &str, state: &State) -> Option<Document> {
        // The path of a role that is not read is not known; any will do.
        let path = state.roles.get(role).map(|role| role.holder.path.as_str());
        let arn = state
            .account
            .arn(&format!("role{}{role}", path.unwrap_or("/*")));
        assuming(&arn)
    }
}

fn names(json: &str, arn: &str) -> bool {
    json.contains(&format!("\"{arn}\""))
}

/// Whether a call may keep somebody out whom the provider vouched for: also what
/// replaces how it proves that it is itself.
fn takes(change: &ProviderCall) -> bool {
    match change {
        ProviderCall::RemoveClientId { .. }
        | ProviderCall::SetThumbprints { .. }
        | ProviderCall::SetMetadata { .. }
        | ProviderCall::Delete { .. } => true,
        ProviderCall::CreateOidc { .. }
        | ProviderCall::AddClientId { .. }
        | ProviderCall::CreateSaml { .. }
        | ProviderCall::Tag { .. }
        | ProviderCall::Untag { .. } => false,
    }
}
