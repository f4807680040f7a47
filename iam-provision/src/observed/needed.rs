//! What has to be read for a bundle: a pure function of the bundle and of what
//! is known already.
//!
//! It is asked again after each answer until nothing is left, so the reader has
//! no order of its own; and it is asked of states that are only supposed, to count
//! the reads before they are made and to tell what they have to be allowed.

use std::collections::BTreeSet;

use super::IndexStart;
use super::known::Known;
use super::select::Ours;
use crate::client::CREDENTIAL_LISTS;
use crate::desired::Target;
use crate::ledger::{self, Claim, Ledger};
use crate::names::OWNER_TAG;
use crate::state::{Identity, Linked, PolicyState, Provider};

/// How much is looked at, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Everything a plan needs, and the users, groups, roles and policies from
    /// GetAccountAuthorizationDetails.
    Whole,
    /// Everything a plan needs, entity by entity.
    Targets,
    /// What the bundle names, entity by entity: good for a plan that only adds.
    Named,
}

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    // What GetAccountAuthorizationDetails does not show.
    PasswordPolicy,
    /// Profiles are shown inside the roles they hold, so not the empty ones.
    Profile(String),
    Login(String),
    AccessKeys(String),
    /// What blocks the deletion of a user.
    Credentials(String),
    RoleSettings(String),
    /// By its ARN.
    PolicyTags(String),
    Alias,
    Provider(Provider),
    Linked(Linked),
    // What it does show.
    Entity(Identity),
    /// A group with its members.
    Members(String),
    InlineNames(Identity),
    Inline(Identity, String),
    Attached(Identity),
    GroupsOf(String),
    ProfilesOf(String),
    /// A managed policy and the document in force, by its ARN.
    Policy(String),
    Versions(String),
    /// The document of a version that is not in force.
    Version(String, String),
    Holders(String),
    /// The names of all customer managed policies: a name is unique whatever its path.
    PolicyNames,
    /// The names of all ledgers.
    Ledgers,
    /// What another bundle's ledger says in this version.
    Ledger(String, String),
}

impl Read {
    /// How many calls it takes, but for further pages.
    pub(super) fn calls(&self) -> usize {
        match self {
            Self::Credentials(_) => CREDENTIAL_LISTS.len(),
            Self::Policy(_) | Self::Holders(_) => 2,
            _ => 1,
        }
    }

    /// Which reads decide on others and are made first.
    pub(super) fn turn(&self, target: &Target) -> usize {
        match self {
            Self::Policy(arn) if *arn == ledger_arn(target) => 0,
            // Only for what is not where it is declared.
            Self::PolicyNames => 2,
            _ => 1,
        }
    }
}

fn ledger_arn(target: &Target) -> String {
    let name = Ledger::name(&target.bundle);
    target.state.account.policy_arn(ledger::PATH, &name)
}

/// Every read that it takes to know what is to be known, those made already included.
pub(super) fn needed(target: &Target, way: Way, known: &Known) -> BTreeSet<Read> {
    let ledger = Ledger::of(&known.all, &target.bundle).unwrap_or_default();
    let mut needs = Needs {
        target,
        way,
        known,
        ours: Ours {
            target,
            ledger: &ledger,
        },
        ledger: &ledger,
        reads: BTreeSet::new(),
    };
    if way != Way::Whole {
        needs.entities();
        needs.holdings();
        needs.policies();
    }
    needs.profiles();
    if way != Way::Named {
        needs.account();
        needs.credentials();
    }
    if way == Way::Whole {
        needs.what_details_lack();
    }
    needs.reads
}

struct Needs<'a> {
    target: &'a Target,
    way: Way,
    known: &'a Known,
    ours: Ours<'a>,
    ledger: &'a Ledger,
    reads: BTreeSet<Read>,
}

impl Needs<'_> {
    fn want(&mut self, reads: impl IntoIterator<Item = Read>) {
        self.reads.extend(reads);
    }

    /// The users, groups and roles that the bundle declares, mentions or has on record.
    fn entities(&mut self) {
        let target = self.target;
        let want = &target.state;
        let mut all: BTreeSet<Identity> = want.identities().into_iter().collect();
        for (user, group) in &want.memberships {
            all.insert(Identity::User(user.clone()));
            all.insert(Identity::Group(group.clone()));
        }
        let held = want.profiles.values().filter_map(|p| p.role.clone());
        all.extend(held.map(Identity::Role));
        if self.way == Way::Targets {
            match &self.ledger.index {
                Some(index) => all.extend(index.iter().cloned()),
                // Whether there is something of an earlier time.
                None => all.extend(target.expected_identities.iter().cloned()),
            }
            all.extend(target.renames.keys().cloned());
            let claims = self.ledger.claims.union(&target.expected_claims);
            all.extend(claims.filter_map(|claim| match claim {
                Claim::Group(name) => Some(Identity::Group(name.clone())),
                _ => None,
            }));
            let joined = self.known.all.memberships.iter();
            all.extend(joined.map(|(_, group)| Identity::Group(group.clone())));
        }
        for identity in all {
            self.reads.insert(match identity {
                Identity::Group(name) if self.way == Way::Targets && self.ours.group(&name) => {
                    Read::Members(name)
                }
                other => Read::Entity(other),
            });
        }
    }

    /// What the users, groups and roles hold that are there.
    fn holdings(&mut self) {
        let state = &self.known.all;
        let want = &self.target.state;
        if self.way == Way::Named {
            for identity in want.identities() {
                let (Some(_), Some(wanted)) = (state.holder(&identity), want.holder(&identity))
                else {
                    continue;
                };
                let names = wanted.inline.keys();
                self.want(names.map(|name| Read::Inline(identity.clone(), name.clone())));
                if !wanted.attached.is_empty() {
                    self.reads.insert(Read::Attached(identity));
                }
            }
            let users = want.memberships.iter().map(|(user, _)| user);
            let there = users.filter(|user| state.users.contains_key(*user));
            self.want(there.map(|user| Read::GroupsOf(user.clone())));
            return;
        }
        for identity in state.identities() {
            if !self.ours.keeps(&identity, state) {
                continue;
            }
            let names = self.known.inline_names.get(&identity).into_iter().flatten();
            self.want(names.map(|name| Read::Inline(identity.clone(), name.clone())));
            self.reads.insert(Read::InlineNames(identity.clone()));
            self.reads.insert(Read::Attached(identity.clone()));
            match identity {
                Identity::User(name) if self.ours.user(&name, state) => {
                    self.reads.insert(Read::GroupsOf(name));
                }
                // What holds it blocks its deletion.
                Identity::Role(name)
                    if !want.roles.contains_key(&name) && self.ours.role(&name, state) =>
                {
                    self.reads.insert(Read::ProfilesOf(name));
                }
                _ => {}
            }
        }
    }

    fn policies(&mut self) {
        let target = self.target;
        let (state, want) = (&self.known.all, &target.state);
        let here = state.account.arn("policy/");
        let mut arns = BTreeSet::from([ledger_arn(target)]);
        arns.extend(want.policies.iter().map(|(name, policy)| {
            let account = &state.account;
            account.policy_arn(&policy.path, name)
        }));
        let mut used: BTreeSet<String> = BTreeSet::new();
        for identity in want.identities() {
            used.extend(want.holder(&identity).into_iter().flat_map(uses));
        }
        if self.way == Way::Targets {
            for identity in state.identities() {
                if self.ours.keeps(&identity, state) {
                    used.extend(state.holder(&identity).into_iter().flat_map(uses));
                }
            }
            self.names_of_policies(&mut arns);
            self.other_ledgers();
        }
        arns.extend(used.into_iter().filter(|arn| arn.starts_with(&here)));
        self.want(arns.into_iter().map(Read::Policy));
        let only_adds = self.way == Way::Named;
        let indexes = self.known.index != IndexStart::Never;
        for (name, policy) in &state.policies {
            let arn = state.account.policy_arn(&policy.path, name);
            if self.ours.versions_matter(name, policy, indexes, only_adds) {
                self.reads.insert(Read::Versions(arn.clone()));
                if target.two_step_policies.contains(name) {
                    let newer = policy.newer_versions().map(|version| version.id.clone());
                    self.want(newer.map(|id| Read::Version(arn.clone(), id)));
                }
            }
            let is_ours = self.ours.policy(name) && self.way == Way::Targets;
            if is_ours && *name != Ledger::name(&target.bundle) {
                self.reads.insert(Read::Holders(arn));
            }
        }
    }

    /// Policies of ours that are known by name only: a ledger keeps no paths, and what
    /// is not where it is declared may be elsewhere.
    fn names_of_policies(&mut self, arns: &mut BTreeSet<String>) {
        let target = self.target;
        let state = &self.known.all;
        let own = Ledger::name(&target.bundle);
        let named = |claims: &BTreeSet<Claim>| -> BTreeSet<String> {
            let names = claims.iter().filter_map(|claim| match claim {
                Claim::Policy(name) if !target.state.policies.contains_key(name) => Some(name),
                _ => None,
            });
            names.cloned().collect()
        };
        let claimed = named(&self.ledger.claims);
        let mut expected = named(&target.expected_claims);
        expected.retain(|name| !claimed.contains(name));
        let is_at = |name: &String, path: &str| {
            state
                .policies
                .get(name)
                .is_some_and(|policy| policy.path == path)
        };
        let declared = &target.state.policies;
        let all_there = declared
            .iter()
            .all(|(name, policy)| is_at(name, &policy.path));
        if !claimed.is_empty() || !expected.is_empty() || !all_there || !is_at(&own, ledger::PATH) {
            self.reads.insert(Read::PolicyNames);
        }
        let names = claimed.iter().chain(declared.keys()).chain([&own]);
        arns.extend(names.filter_map(|name| self.known.policy_arns.get(name).cloned()));
    }

    /// What other bundles claim, where this one is going to claim something.
    fn other_ledgers(&mut self) {
        let target = self.target;
        let (mut claims, ledger) = (target.claims(), self.ledger);
        claims.extend(target.expected_claims.iter().cloned());
        let claims_more = !claims.is_subset(&ledger.claims)
            || (target.state.password_policy.is_some() && ledger.password_before.is_none())
            || (target.state.alias.is_some() && ledger.alias_before.is_none());
        if claims_more {
            self.reads.insert(Read::Ledgers);
            let others = self.known.ledgers.iter();
            let others = others.map(|(arn, version)| Read::Ledger(arn.clone(), version.clone()));
            self.reads.extend(others);
        }
    }

    fn profiles(&mut self) {
        let target = self.target;
        let declared = target.state.profiles.keys();
        let claims = self.ledger.claims.union(&target.expected_claims);
        let claimed = claims.filter_map(|claim| match claim {
            Claim::InstanceProfile(name) => Some(name),
            _ => None,
        });
        let claimed = claimed.filter(|_| self.way != Way::Named);
        let names: BTreeSet<&String> = declared.chain(claimed).collect();
        for name in names {
            let shown = self.known.all.profiles.get(name);
            let is_shown = shown.is_some_and(|profile| profile.role.is_some());
            if self.way != Way::Whole || !is_shown {
                self.reads.insert(Read::Profile(name.clone()));
            }
        }
    }

    /// What belongs to the account: its policies, providers and service-linked roles.
    fn account(&mut self) {
        let (target, ledger) = (self.target, self.ledger);
        if target.state.password_policy.is_some()
            || ledger.password_before.is_some()
            || target.expected_password_policy.is_some()
        {
            self.reads.insert(Read::PasswordPolicy);
        }
        if target.state.alias.is_some()
            || ledger.alias_before.is_some()
            || target.expected_alias.is_some()
        {
            self.reads.insert(Read::Alias);
        }
        let claims = ledger.claims.union(&target.expected_claims);
        self.reads.extend(claims.filter_map(|claim| match claim {
            Claim::Linked(role) => Some(Read::Linked(role.clone())),
            Claim::Provider(provider) => Some(Read::Provider(provider.clone())),
            _ => None,
        }));
        let linked = target.state.linked.keys().cloned();
        let providers = target.state.providers.keys().cloned();
        self.want(linked.map(Read::Linked));
        self.want(providers.map(Read::Provider));
    }

    /// What users sign in and sign with.
    fn credentials(&mut self) {
        let (target, state) = (self.target, &self.known.all);
        for (name, user) in &state.users {
            let identity = Identity::User(name.clone());
            let declared =
                target.state.users.contains_key(name) || target.renamed(&identity, state).is_some();
            let owned = user.holder.tags.get(OWNER_TAG) == Some(&target.bundle);
            if declared || owned {
                self.reads.insert(Read::Login(name.clone()));
            }
            if declared {
                self.reads.insert(Read::AccessKeys(name.clone()));
            }
            if owned && !declared {
                self.reads.insert(Read::Credentials(name.clone()));
            }
        }
    }

    fn what_details_lack(&mut self) {
        let (want, state) = (&self.target.state, &self.known.all);
        let roles = state.roles.keys();
        let roles = roles.filter(|name| want.roles.contains_key(*name));
        self.want(roles.map(|name| Read::RoleSettings(name.clone())));
        let tagged = |name: &String| {
            let wanted = want.policies.get(name);
            wanted.is_some_and(|wanted: &PolicyState| wanted.tags.is_some())
        };
        let policies = state.policies.iter().filter(|(name, _)| tagged(name));
        self.want(
            policies.map(|(name, policy)| {
                Read::PolicyTags(state.account.policy_arn(&policy.path, name))
            }),
        );
    }
}

/// The managed policies that somebody has, attached or as boundary.
fn uses(holder: &crate::state::Holder) -> Vec<String> {
    holder
        .attached
        .iter()
        .chain(&holder.boundary)
        .cloned()
        .collect()
}
