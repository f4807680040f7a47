//! What a call changes for whom, seen from the states before and after the plan.

use std::collections::BTreeSet;

use super::Thing;
use crate::document::{Delta, PolicyText};
use crate::plan::diff::Draft;
use crate::plan::diff::denies::is_aws_deny;
use crate::plan::operation::Operation;
use crate::reach::Reach;
use crate::state::{Identity, State};

/// Attached policies and groups that IAM accepts by default; replacing one at
/// the limit has to remove before it adds.
const ATTACHED: usize = 10;
const GROUPS_OF_A_USER: usize = 10;

/// The states before and after the plan.
pub(super) struct View<'a> {
    pub(super) before: &'a State,
    pub(super) after: &'a State,
}

impl View<'_> {
    pub(super) fn touches(&self, operation: &Operation) -> Vec<Thing> {
        let policy = |arn: &String| Thing::Policy(arn.clone());
        let identity = |on: &Identity| Thing::Identity(on.clone());
        let user = |name: &String| Thing::Identity(Identity::User(name.clone()));
        let group = |name: &String| Thing::Identity(Identity::Group(name.clone()));
        let role = |name: &String| Thing::Identity(Identity::Role(name.clone()));
        let profile = |name: &String| Thing::Profile(name.clone());
        match operation {
            Operation::CreatePolicyVersion { arn, .. }
            | Operation::StageVersion { arn, .. }
            | Operation::SwitchVersion { arn, .. }
            | Operation::DeletePolicyVersion { arn, .. }
            | Operation::TagPolicy { arn, .. }
            | Operation::UntagPolicy { arn, .. } => vec![policy(arn)],
            Operation::CreateUser {
                boundary: Some(arn),
                ..
            } => vec![policy(arn)],
            Operation::CreateRole {
                boundary, trust, ..
            } => {
                let mut things: Vec<Thing> = boundary.iter().map(policy).collect();
                things.extend(self.mentioned(trust));
                things
            }
            Operation::UpdateTrust { name, document } => {
                let mut things = self.mentioned(document);
                things.push(role(name));
                things
            }
            Operation::MoveUser { name, .. } => vec![user(name)],
            Operation::MoveGroup { name, .. } => vec![group(name)],
            Operation::UpdateRole { name, .. } => vec![role(name)],
            // Deleting it is what frees its boundary.
            Operation::DeleteUser { name } => self.bounded_by(&Identity::User(name.clone())),
            Operation::DeleteRole { name } => self.bounded_by(&Identity::Role(name.clone())),
            Operation::AddRoleToProfile {
                profile: p,
                role: r,
            }
            | Operation::RemoveRoleFromProfile {
                profile: p,
                role: r,
            } => {
                vec![profile(p), role(r)]
            }
            Operation::PutInline { on, .. } | Operation::DeleteInline { on, .. } => {
                vec![identity(on)]
            }
            Operation::Tag { on, .. } | Operation::Untag { on, .. } => vec![identity(on)],
            Operation::Attach { on, arn } | Operation::Detach { on, arn } => {
                vec![identity(on), policy(arn)]
            }
            Operation::SetBoundary { on, arn } => {
                let mut things = self.bounded_by(on);
                things.extend([identity(on), policy(arn)]);
                things
            }
            Operation::RemoveBoundary { on } => {
                let mut things = self.bounded_by(on);
                things.push(identity(on));
                things
            }
            Operation::AddMember { user: u, group: g }
            | Operation::RemoveMember { user: u, group: g } => {
                vec![user(u), group(g)]
            }
            Operation::CreateLogin { user: u, .. }
            | Operation::DeleteLogin { user: u }
            | Operation::CreateKey { user: u, .. }
            | Operation::RecordKey { user: u }
            | Operation::DeleteCredential { user: u, .. } => vec![user(u)],
            _ => Vec::new(),
        }
    }

    fn bounded_by(&self, identity: &Identity) -> Vec<Thing> {
        let boundary = self
            .before
            .holder(identity)
            .and_then(|holder| holder.boundary.clone());
        boundary.into_iter().map(Thing::Policy).collect()
    }

    /// Users, roles and providers of the bundle that a trust policy names: IAM
    /// refuses a principal that does not exist.
    fn mentioned(&self, trust: &PolicyText) -> Vec<Thing> {
        let users = self.after.users.iter().map(|(name, user)| {
            (
                self.after
                    .account
                    .arn(&format!("user{}{name}", user.holder.path)),
                Identity::User(name.clone()),
            )
        });
        let roles = self.after.roles.iter().map(|(name, role)| {
            (
                self.after
                    .account
                    .arn(&format!("role{}{name}", role.holder.path)),
                Identity::Role(name.clone()),
            )
        });
        let providers = self.after.providers.keys().map(|provider| {
            let arn = provider.arn(&self.after.account);
            (arn.clone(), Thing::Provider(arn))
        });
        users
            .chain(roles)
            .map(|(arn, identity)| (arn, Thing::Identity(identity)))
            .chain(providers)
            .filter(|(arn, _)| trust.json().contains(&format!("\"{arn}\"")))
            .map(|(_, thing)| thing)
            .collect()
    }

    /// The roles that let in whom the provider of this ARN vouches for.
    pub(super) fn named_by(&self, provider: &str) -> impl Iterator<Item = &str> {
        let quoted = format!("\"{provider}\"");
        self.before
            .roles
            .iter()
            .filter(move |(_, role)| role.trust.json().contains(&quoted))
            .map(|(name, _)| name.as_str())
    }

    /// The document of a managed policy before or after the plan.
    fn text<'s>(state: &'s State, arn: &str) -> Option<&'s PolicyText> {
        state.policy_by_arn(arn).map(|(_, policy)| &policy.document)
    }

    fn attaching(&self, arn: &str) -> Delta {
        self.text_of(arn, [self.after, self.before])
    }

    fn detaching(&self, arn: &str) -> Delta {
        self.text_of(arn, [self.before, self.after]).reversed()
    }

    /// What attaching a policy adds, by its document in the first state that has it.
    fn text_of(&self, arn: &str, states: [&State; 2]) -> Delta {
        let anything = Reach::anything;
        match states.into_iter().find_map(|state| Self::text(state, arn)) {
            Some(document) => Delta::added(document),
            None => Delta {
                allow_added: if is_aws_deny(arn) {
                    Reach::default()
                } else {
                    anything()
                },
                // AWS's own policies either deny only or allow only, as far as they are used here.
                deny_added: if is_aws_deny(arn) || !arn.contains(":iam::aws:") {
                    anything()
                } else {
                    Reach::default()
                },
                ..Delta::default()
            },
        }
    }

    /// Whether a new trust policy lets somebody in whom the present one does not.
    pub(super) fn widens_trust(&self, role: &str, document: &PolicyText) -> bool {
        let before = self.before.roles.get(role).map(|role| &role.trust);
        let delta = Delta::between_principals(before, document);
        // A deny that goes away lets somebody in as an allow would.
        !delta.allow_added.is_empty() || !delta.deny_removed.is_empty()
    }

    /// Whether a role's trust policy in a state names a user or another role, by its
    /// ARN or its account.
    pub(super) fn names(&self, state: &State, role: &Identity, who: &Identity) -> bool {
        let Identity::Role(name) = role else {
            return false;
        };
        let Some(trust) = state.roles.get(name).map(|role| role.trust.json()) else {
            return false;
        };
        let account = self.after.account.id.as_str();
        let forms = [
            format!("{account}:root\""),
            format!("\"{account}\""),
            format!("/{}\"", who.name()),
        ];
        role != who && forms.iter().any(|form| trust.contains(form))
    }

    /// What a call changes for those it applies to, whoever they are.
    pub(super) fn own_delta(&self, operation: &Operation) -> Delta {
        match operation {
            Operation::PutInline { on, name, document } => {
                let before = self
                    .before
                    .holder(on)
                    .and_then(|holder| holder.inline.get(name));
                Delta::between(before, Some(document))
            }
            Operation::DeleteInline { on, name } => {
                match self
                    .before
                    .holder(on)
                    .and_then(|holder| holder.inline.get(name))
                {
                    Some(document) => Delta::removed(document),
                    None => Delta::unknown(),
                }
            }
            Operation::Attach { arn, .. } => self.attaching(arn),
            Operation::Detach { arn, .. } => self.detaching(arn),
            Operation::CreatePolicyVersion { arn, document, .. }
            | Operation::SwitchVersion { arn, document, .. } => {
                Delta::between(Self::text(self.before, arn), Some(document))
            }
            // What a boundary adds or takes is not looked into: it may be anything.
            Operation::SetBoundary { on, .. } => {
                let had_one = self
                    .before
                    .holder(on)
                    .is_some_and(|holder| holder.boundary.is_some());
                Delta {
                    deny_added: Reach::anything(),
                    deny_removed: if had_one {
                        Reach::anything()
                    } else {
                        Reach::default()
                    },
                    ..Delta::default()
                }
            }
            Operation::RemoveBoundary { .. } => Delta {
                deny_removed: Reach::anything(),
                ..Delta::default()
            },
            Operation::AddMember { group, .. } => self.joining(group),
            Operation::RemoveMember { group, .. } => self.leaving(group),
            _ => Delta::default(),
        }
    }

    /// What joining a group adds, which happens when the group is as it is to be.
    fn joining(&self, group: &str) -> Delta {
        let holder = self.after.groups.get(group);
        let Some(holder) = holder.or_else(|| self.before.groups.get(group)) else {
            return Delta::default();
        };
        let inline = holder.inline.values().map(Delta::added);
        let attached = holder.attached.iter().map(|arn| self.attaching(arn));
        inline.chain(attached).fold(Delta::default(), Delta::merge)
    }

    /// What leaving a group removes, which happens while the group is as it was.
    fn leaving(&self, group: &str) -> Delta {
        let Some(holder) = self.before.groups.get(group) else {
            return Delta::default();
        };
        let inline = holder.inline.values().map(Delta::removed);
        let attached = holder.attached.iter().map(|arn| self.detaching(arn));
        inline.chain(attached).fold(Delta::default(), Delta::merge)
    }

    /// Which users and roles a call affects, and how.
    pub(super) fn affects(&self, operation: &Operation) -> Vec<(Identity, Delta)> {
        let delta = self.own_delta(operation);
        let mut affected = match operation {
            Operation::PutInline { on, .. }
            | Operation::DeleteInline { on, .. }
            | Operation::Attach { on, .. }
            | Operation::Detach { on, .. }
            | Operation::SetBoundary { on, .. }
            | Operation::RemoveBoundary { on } => self.with_delta(on, &delta),
            Operation::AddMember { user, .. } | Operation::RemoveMember { user, .. } => {
                vec![(Identity::User(user.clone()), delta)]
            }
            Operation::CreatePolicyVersion { name, arn, .. }
            | Operation::SwitchVersion { name, arn, .. } => {
                let policy = self.before.policies.get(name);
                let stays = |identity: &Identity| {
                    self.after
                        .holder(identity)
                        .is_none_or(|holder| holder.attached.contains(arn))
                };
                let bound = |identity: &Identity| {
                    self.after
                        .holder(identity)
                        .is_none_or(|holder| holder.boundary.as_ref() == Some(arn))
                };
                let attached = policy
                    .into_iter()
                    .flat_map(|p| &p.attached_to)
                    .filter(|i| stays(i));
                let bounded = policy
                    .into_iter()
                    .flat_map(|p| &p.boundary_of)
                    .filter(|i| bound(i));
                attached
                    .flat_map(|identity| self.with_delta(identity, &delta))
                    .chain(bounded.flat_map(|identity| {
                        self.with_delta(identity, &delta.clone().through_boundary())
                    }))
                    .collect()
            }
            _ => Vec::new(),
        };
        affected.retain(|(_, delta)| !delta.is_nothing());
        affected
    }

    fn with_delta(&self, identity: &Identity, delta: &Delta) -> Vec<(Identity, Delta)> {
        match identity {
            Identity::Group(group) => self
                .staying_members(group)
                .map(|user| (Identity::User(user), delta.clone()))
                .collect(),
            other => vec![(other.clone(), delta.clone())],
        }
    }

    /// Those who are members before and after. Who joins or leaves is kept
    /// apart from the group's own changes by [`groups`].
    fn staying_members<'s>(&'s self, group: &'s str) -> impl Iterator<Item = String> + 's {
        self.before
            .memberships
            .iter()
            .filter(move |(_, name)| name == group)
            .filter(|pair| self.after.memberships.contains(*pair))
            .map(|(user, _)| user.clone())
    }

    pub(super) fn identities_that_are_full(&self, drafts: &[Draft]) -> BTreeSet<Identity> {
        let mut full = BTreeSet::new();
        for (identity, most_inline) in self.before.identities().into_iter().map(|identity| {
            let most = match identity {
                Identity::User(_) => 2_048,
                Identity::Group(_) => 5_120,
                Identity::Role(_) => 10_240,
            };
            (identity, most)
        }) {
            let Some(holder) = self.before.holder(&identity) else {
                continue;
            };
            let mut attached = holder.attached.len();
            let mut inline: usize = holder
                .inline
                .values()
                .map(PolicyText::character_count)
                .sum();
            let mut groups = match &identity {
                Identity::User(name) => self
                    .before
                    .memberships
                    .iter()
                    .filter(|(user, _)| user == name)
                    .count(),
                _ => 0,
            };
            for draft in drafts {
                match &draft.operation {
                    Operation::Attach { on, .. } if *on == identity => attached += 1,
                    Operation::PutInline { on, document, .. } if *on == identity => {
                        inline += document.character_count()
                    }
                    Operation::AddMember { user, .. }
                        if identity == Identity::User(user.clone()) =>
                    {
                        groups += 1
                    }
                    _ => {}
                }
            }
            if attached > ATTACHED || inline > most_inline || groups > GROUPS_OF_A_USER {
                full.insert(identity);
            }
        }
        full
    }
}
