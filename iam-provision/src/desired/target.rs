//! A bundle resolved for one account: names become ARNs, defaults are filled
//! in, and memberships declared on either side are joined.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Named;
use super::{Bundle, PasswordPolicy, PolicyRef};
use crate::ledger::{Claim, Entity};
use crate::names::OWNER_TAG;
use crate::session::REVOCATION;
use crate::state::{
    Account, Holder, Identity, Linked, LinkedState, PolicyState, ProfileState, Provider,
    ProviderState, ProviderTrust, RoleSettings, RoleState, State, UserState,
};

/// The state a bundle asks for.
pub(crate) struct Target {
    pub(crate) bundle: String,
    pub(crate) state: State,
    /// Users that are to have a console password, and whether it is to be changed at first sign-in.
    pub(crate) adopted: BTreeSet<Entity>,
    /// What users and groups were called before, and are now.
    pub(crate) renames: BTreeMap<Identity, Identity>,
    pub(crate) protected: BTreeSet<Entity>,
    pub(crate) shared: BTreeSet<Identity>,
    pub(crate) shared_policies: BTreeSet<String>,
    /// Whose new versions are made first and switched to in a step of their own.
    pub(crate) two_step_policies: BTreeSet<String>,
    pub(crate) shared_providers: BTreeSet<Provider>,
    pub(crate) shared_linked: BTreeSet<Linked>,
    /// Roles whose older sessions are ended where they let in fewer and get more.
    pub(crate) end_sessions: BTreeSet<String>,
    /// The users who are to have an access key.
    pub(crate) keys: BTreeSet<String>,
    pub(crate) deny_removals: BTreeSet<String>,
    /// What is being destroyed: what its ledger should claim, its password policy, its alias.
    pub(crate) expected_claims: BTreeSet<Claim>,
    pub(crate) expected_password_policy: Option<PasswordPolicy>,
    pub(crate) expected_alias: Option<String>,
    pub(crate) expected_protected: BTreeSet<Entity>,
    /// The users and roles of what is being destroyed.
    pub(crate) expected_identities: BTreeSet<Identity>,
    /// Which release of the bundle this is, if it counts them.
    pub(crate) generation: Option<u64>,
}

impl Target {
    pub(crate) fn of(bundle: &Bundle, account: &Account) -> Self {
        let mut target = Self {
            bundle: bundle.name.clone(),
            state: State::empty(account.clone()),
            adopted: BTreeSet::new(),
            renames: BTreeMap::new(),
            protected: BTreeSet::new(),
            shared: BTreeSet::new(),
            shared_policies: BTreeSet::new(),
            two_step_policies: BTreeSet::new(),
            shared_providers: BTreeSet::new(),
            shared_linked: BTreeSet::new(),
            end_sessions: BTreeSet::new(),
            keys: BTreeSet::new(),
            deny_removals: bundle.deny_removals.clone(),
            expected_claims: BTreeSet::new(),
            expected_password_policy: None,
            expected_alias: None,
            expected_protected: BTreeSet::new(),
            expected_identities: BTreeSet::new(),
            generation: bundle.generation,
        };
        if let Some(destroyed) = &bundle.destroys {
            let destroyed = Self::of(destroyed, account);
            target.expected_claims = destroyed.claims();
            target.expected_identities = destroyed.index();
            target.expected_password_policy = destroyed.state.password_policy;
            target.expected_alias = destroyed.state.alias;
            target.expected_protected = destroyed.protected;
        }
        for policy in &bundle.policies {
            let entity = Entity::Claimed(Claim::Policy(policy.name.clone()));
            target.flag(entity, policy.adopt, policy.protect);
            if policy.shared {
                target.shared_policies.insert(policy.name.clone());
            }
            // An ensure reads no waiting versions.
            if policy.two_steps && !bundle.only_adds {
                target.two_step_policies.insert(policy.name.clone());
            }
            target.state.policies.insert(
                policy.name.clone(),
                PolicyState {
                    path: policy.path.clone(),
                    description: policy.description.clone(),
                    document: policy.document.clone(),
                    versions: Vec::new(),
                    tags: (!policy.tags.is_empty()).then(|| policy.tags.clone()),
                    attached_to: BTreeSet::new(),
                    boundary_of: BTreeSet::new(),
                },
            );
        }
        target.add_identities(bundle);
        for profile in &bundle.instance_profiles {
            let entity = Entity::Claimed(Claim::InstanceProfile(profile.name.clone()));
            target.flag(entity, profile.adopt, profile.protect);
            target.state.profiles.insert(
                profile.name.clone(),
                ProfileState {
                    path: profile.path.clone(),
                    role: profile.role.clone(),
                },
            );
        }
        target.state.password_policy = bundle.password_policies.first().cloned();
        target.state.alias = bundle.aliases.first().map(|alias| alias.alias.clone());
        target.add_providers(bundle);
        target.add_linked_roles(bundle);
        target
    }

    fn add_identities(&mut self, bundle: &Bundle) {
        let account = self.state.account.clone();
        let resolve = |policy: &PolicyRef| match &policy.0 {
            Named::Arn(arn) => arn.clone(),
            Named::Aws(name) => account.aws_policy_arn(name),
            Named::Own(name) => {
                let path = bundle
                    .policies
                    .iter()
                    .find(|p| &p.name == name)
                    .map_or("/", |p| &p.path);
                account.policy_arn(path, name)
            }
        };
        let own_tags = |tags: &BTreeMap<String, String>| owned_tags(tags, &bundle.name);
        for user in &bundle.users {
            let identity = Identity::User(user.name.clone());
            self.flag(Entity::of(&identity), user.adopt, user.protect);
            self.share(&identity, user.shared);
            if let Some(before) = &user.renamed_from {
                self.renames
                    .insert(Identity::User(before.clone()), identity);
            }
            if user.access_key {
                self.keys.insert(user.name.clone());
            }
            for group in &user.groups {
                self.state
                    .memberships
                    .insert((user.name.clone(), group.clone()));
            }
            self.state.users.insert(
                user.name.clone(),
                UserState {
                    holder: Holder {
                        path: user.path.clone(),
                        inline: user.inline.clone(),
                        attached: user.attached.iter().map(resolve).collect(),
                        boundary: user.boundary.as_ref().map(resolve),
                        tags: own_tags(&user.tags),
                    },
                    login: user.login_profile.map(|login| login.reset_required),
                    keys: BTreeMap::new(),
                    credentials: Vec::new(),
                },
            );
        }
        for group in &bundle.groups {
            let identity = Identity::Group(group.name.clone());
            self.flag(Entity::of(&identity), group.adopt, group.protect);
            self.share(&identity, group.shared);
            if let Some(before) = &group.renamed_from {
                self.renames
                    .insert(Identity::Group(before.clone()), identity);
            }
            for user in &group.members {
                self.state
                    .memberships
                    .insert((user.clone(), group.name.clone()));
            }
            self.state.groups.insert(
                group.name.clone(),
                Holder {
                    path: group.path.clone(),
                    inline: group.inline.clone(),
                    attached: group.attached.iter().map(resolve).collect(),
                    boundary: None,
                    tags: BTreeMap::new(),
                },
            );
        }
        for role in &bundle.roles {
            let identity = Identity::Role(role.name.clone());
            self.flag(Entity::of(&identity), role.adopt, role.protect);
            self.share(&identity, role.shared);
            if role.ends_sessions && !role.inline.contains_key(REVOCATION) {
                self.end_sessions.insert(role.name.clone());
            }
            self.state.roles.insert(
                role.name.clone(),
                RoleState {
                    holder: Holder {
                        path: role.path.clone(),
                        inline: role.inline.clone(),
                        attached: role.attached.iter().map(resolve).collect(),
                        boundary: role.boundary.as_ref().map(resolve),
                        tags: own_tags(&role.tags),
                    },
                    trust: role.trust.clone(),
                    settings: Some(RoleSettings {
                        description: role.description.clone(),
                        max_session_seconds: role.max_session_seconds,
                    }),
                },
            );
        }
    }

    fn add_providers(&mut self, bundle: &Bundle) {
        let oidc = bundle.oidc_providers.iter().map(|provider| {
            let trust = ProviderTrust::Oidc {
                client_ids: provider.client_ids.clone(),
                thumbprints: provider.thumbprints.clone(),
            };
            let key = Provider::Oidc(provider.host_and_path().to_owned());
            (
                key,
                trust,
                &provider.tags,
                [provider.adopt, provider.shared, provider.protect],
            )
        });
        let saml = bundle.saml_providers.iter().map(|provider| {
            let trust = ProviderTrust::Saml {
                metadata: provider.metadata.clone(),
            };
            let key = Provider::Saml(provider.name.clone());
            (
                key,
                trust,
                &provider.tags,
                [provider.adopt, provider.shared, provider.protect],
            )
        });
        for (key, trust, tags, [adopt, shared, protect]) in oidc.chain(saml) {
            let entity = Entity::Claimed(Claim::Provider(key.clone()));
            self.flag(entity, adopt, protect);
            if shared {
                self.shared_providers.insert(key.clone());
            }
            let tags = owned_tags(tags, &bundle.name);
            self.state
                .providers
                .insert(key, ProviderState { trust, tags });
        }
    }

    fn add_linked_roles(&mut self, bundle: &Bundle) {
        for role in &bundle.linked_roles {
            let key = Linked {
                service: role.service.clone(),
                suffix: role.suffix.clone(),
            };
            let entity = Entity::Claimed(Claim::Linked(key.clone()));
            self.flag(entity, role.adopt, role.protect);
            if role.shared {
                self.shared_linked.insert(key.clone());
            }
            let state = LinkedState {
                name: String::new(),
                description: role.description.clone(),
            };
            self.state.linked.insert(key, state);
        }
    }

    fn share(&mut self, identity: &Identity, shared: bool) {
        if shared {
            self.shared.insert(identity.clone());
        }
    }

    fn flag(&mut self, entity: Entity, adopt: bool, protect: bool) {
        if adopt {
            self.adopted.insert(entity.clone());
        }
        if protect {
            self.protected.insert(entity);
        }
    }

    /// What an identity that is there is to be called, if it is to be renamed.
    pub(crate) fn renamed(&self, identity: &Identity, now: &State) -> Option<&Identity> {
        let after = self.renames.get(identity)?;
        (now.holder(identity).is_some() && now.holder(after).is_none()).then_some(after)
    }

    /// The generation that the ledger has to show, where it shows `kept`: a
    /// bundle that does not count leaves it, and one of nothing has none.
    pub(crate) fn generation(&self, kept: u64) -> u64 {
        if self.is_empty() {
            return 0;
        }
        self.generation.unwrap_or(kept)
    }

    /// Whether nothing is declared: all that the bundle owns is to go.
    pub(crate) fn is_empty(&self) -> bool {
        self.state == State::empty(self.state.account.clone())
    }

    /// The users and roles that an index in the bundle's ledger has to name.
    pub(crate) fn index(&self) -> BTreeSet<Identity> {
        let users = self.state.users.keys().cloned().map(Identity::User);
        let roles = self.state.roles.keys().cloned().map(Identity::Role);
        users.chain(roles).collect()
    }

    /// What the bundle's ledger has to claim.
    pub(crate) fn claims(&self) -> BTreeSet<Claim> {
        let groups = self.state.groups.keys().cloned().map(Claim::Group);
        let policies = self.state.policies.keys().cloned().map(Claim::Policy);
        let profiles = self
            .state
            .profiles
            .keys()
            .cloned()
            .map(Claim::InstanceProfile);
        let providers = self.state.providers.keys().cloned().map(Claim::Provider);
        // A shared one is nobody's to delete.
        let linked = self.state.linked.keys();
        let linked = linked.filter(|role| !self.shared_linked.contains(*role));
        let linked = linked.cloned().map(Claim::Linked);
        groups
            .chain(policies)
            .chain(profiles)
            .chain(providers)
            .chain(linked)
            .collect()
    }
}

/// The tags of an entity with the one that says whose it is.
fn owned_tags(tags: &BTreeMap<String, String>, bundle: &str) -> BTreeMap<String, String> {
    let mut tags = tags.clone();
    tags.insert(OWNER_TAG.to_owned(), bundle.to_owned());
    tags
}
