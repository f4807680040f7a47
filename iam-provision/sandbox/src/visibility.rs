//! Writes that show late.
//!
//! "As a service that is accessed through computers in data centers around the
//! world, IAM uses a distributed computing model called eventual consistency"
//! ("Troubleshooting IAM"). With a delay set for a kind of entity, whatever a
//! write changes in entities of that kind stays as it was for readers until the
//! delay has passed. Writes always act on the present.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::ids::Ids;
use crate::names::Folded;
use crate::state::group::Group;
use crate::state::instance_profile::InstanceProfile;
use crate::state::mfa::MfaDevice;
use crate::state::password_policy::PasswordPolicy;
use crate::state::policy::ManagedPolicy;
use crate::state::provider::{OidcProvider, SamlProvider};
use crate::state::role::Role;
use crate::state::server_certificate::ServerCertificate;
use crate::state::user::User;
use crate::state::{Account, World};

/// Alias and password policy.
type Settings = (Option<String>, Option<PasswordPolicy>);

/// Declares the kinds of entity once: name, place in the account, key, type.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $field:ident: $key:ty => $entity:ty;)*) => {
        /// A kind of entity whose writes can show late; see
        /// [`Sandbox::delay_visibility_of`](crate::Sandbox::delay_visibility_of).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EntityKind {
            $($(#[$doc])* $kind,)*
            /// Alias and password policy of the account.
            AccountSettings,
        }

        impl EntityKind {
            /// Every kind.
            pub const ALL: &[EntityKind] = &[
                $(EntityKind::$kind,)*
                EntityKind::AccountSettings,
            ];
        }

        /// One entity of an account.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        enum Place {
            $($kind($key),)*
            Settings,
        }

        impl Place {
            fn kind(&self) -> EntityKind {
                match self {
                    $(Place::$kind(_) => EntityKind::$kind,)*
                    Place::Settings => EntityKind::AccountSettings,
                }
            }

            /// What stands there.
            fn version(&self, account: &Account) -> Version {
                match self {
                    $(Place::$kind(key) => Version::$kind(account.$field.shared(key)),)*
                    Place::Settings => Version::Settings(settings(account)),
                }
            }
        }

        /// What stands, or stood, in a place.
        #[derive(Clone, Debug)]
        enum Version {
            $($kind(Option<Arc<$entity>>),)*
            Settings(Settings),
        }

        /// The places in which two states of an account differ.
        fn changed(before: &Account, after: &Account) -> Vec<Place> {
            let mut places = Vec::new();
            $(places.extend(
                after.$field.changed_since(&before.$field)
                    .into_iter().cloned().map(Place::$kind),
            );)*
            if settings(before) != settings(after) {
                places.push(Place::Settings);
            }
            places
        }

        /// Puts a version in its place and tells what was there.
        fn exchange(account: &mut Account, place: &Place, version: Version) -> Version {
            match (place, version) {
                $((Place::$kind(key), Version::$kind(entity)) => {
                    Version::$kind(account.$field.put(key.clone(), entity))
                })*
                (Place::Settings, Version::Settings((alias, policy))) => {
                    let present = settings(account);
                    account.alias = alias;
                    account.password_policy = policy;
                    Version::Settings(present)
                }
                // A version is only ever put where it was taken from.
                (_, version) => version,
            }
        }
    };
}

kinds! {
    /// Users with their policies, memberships, passwords and keys.
    User, users: Folded => User;
    /// Groups with their policies; who is in one belongs to the users.
    Group, groups: Folded => Group;
    /// Roles with their policies.
    Role, roles: Folded => Role;
    /// Customer managed policies with their versions.
    ManagedPolicy, policies: Folded => ManagedPolicy;
    /// Instance profiles with their roles.
    InstanceProfile, instance_profiles: Folded => InstanceProfile;
    /// Virtual MFA devices.
    MfaDevice, mfa_devices: Folded => MfaDevice;
    /// OpenID Connect providers.
    OidcProvider, oidc_providers: String => OidcProvider;
    /// SAML providers.
    SamlProvider, saml_providers: String => SamlProvider;
    /// Server certificates.
    ServerCertificate, server_certificates: Folded => ServerCertificate;
}

fn settings(account: &Account) -> Settings {
    (account.alias.clone(), account.password_policy.clone())
}

/// The versions of one entity that readers may still see.
#[derive(Debug)]
struct History {
    /// What stood there before the first write that is not seen by all.
    at_first: Version,
    /// Every version since, with the time from which it shows.
    later: Vec<(SystemTime, Version)>,
}

impl History {
    /// The latest version that shows.
    fn seen_at(&self, now: SystemTime) -> &Version {
        let showing = self.later.iter().rev().find(|(from, _)| *from <= now);
        showing.map_or(&self.at_first, |(_, version)| version)
    }

    /// Whether everybody sees the present.
    fn is_over(&self, now: SystemTime) -> bool {
        self.later.last().is_none_or(|(from, _)| *from <= now)
    }
}

/// Which writes show late, and what is seen in their place.
#[derive(Debug)]
pub(crate) struct Visibility {
    delays: BTreeMap<EntityKind, RangeInclusive<Duration>>,
    /// Whether authorization and sessions see the past as well.
    pub(crate) delays_authorization: bool,
    draws: Ids,
    histories: BTreeMap<(String, Place), History>,
}

impl Visibility {
    /// Everything shows at once. What is drawn later follows from the seed.
    pub(crate) fn from_seed(seed: u64) -> Visibility {
        Visibility {
            delays: BTreeMap::new(),
            delays_authorization: false,
            draws: Ids::from_seed(seed.rotate_left(16) ^ 0xDE1A),
            histories: BTreeMap::new(),
        }
    }

    /// Sets the delay of one kind; one that is always zero ends it for the
    /// writes to come.
    pub(crate) fn set_delay(&mut self, kind: EntityKind, delay: RangeInclusive<Duration>) {
        if delay.end().is_zero() {
            self.delays.remove(&kind);
        } else {
            self.delays.insert(kind, delay);
        }
    }

    /// Ends all delays, and lets everything show.
    pub(crate) fn clear(&mut self) {
        self.delays.clear();
        self.forget();
    }

    /// Lets everything show, as when the world is replaced.
    pub(crate) fn forget(&mut self) {
        self.histories.clear();
    }

    /// The state to hold against what a write makes of an account; nothing
    /// when there is no delay.
    pub(crate) fn before_write(&self, world: &World, account: &str) -> Option<Account> {
        if self.delays.is_empty() {
            return None;
        }
        world.accounts.get(account).cloned()
    }

    /// Notes what a write changed.
    pub(crate) fn after_write(&mut self, world: &World, before: &Account, now: SystemTime) {
        let Some(after) = world.accounts.get(&before.id) else {
            return;
        };
        for place in changed(before, after) {
            let key = (before.id.clone(), place);
            let delay = self.delays.get(&key.1.kind());
            // A write that shows at once still ends what was to show later.
            if delay.is_none() && !self.histories.contains_key(&key) {
                continue;
            }
            let delay = delay.map_or(Duration::ZERO, |range| self.draws.within(range));
            let version = key.1.version(after);
            let history = self.histories.entry(key);
            let history = history.or_insert_with_key(|(_, place)| History {
                at_first: place.version(before),
                later: Vec::new(),
            });
            let from = now.checked_add(delay).unwrap_or(now);
            history.later.push((from, version));
        }
    }

    /// Turns the world into what readers see of it, until
    /// [`leave`](Visibility::leave) is called with what this returns.
    pub(crate) fn enter(&mut self, world: &mut World, now: SystemTime) -> Present {
        self.histories.retain(|_, history| !history.is_over(now));
        let mut present = Vec::new();
        for ((id, place), history) in &self.histories {
            if let Some(account) = world.accounts.get_mut(id) {
                let seen = history.seen_at(now).clone();
                let there = exchange(account, place, seen);
                present.push((id.clone(), place.clone(), there));
            }
        }
        Present(present)
    }

    /// Turns the world back into the present.
    pub(crate) fn leave(world: &mut World, present: Present) {
        for (id, place, version) in present.0 {
            if let Some(account) = world.accounts.get_mut(&id) {
                exchange(account, &place, version);
            }
        }
    }
}

/// What the present has in the places where readers see something else.
#[must_use = "the world stays in the past without it"]
pub(crate) struct Present(Vec<(String, Place, Version)>);
