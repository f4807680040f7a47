//! What is wanted: a bundle of IAM entities, as plain values.
//!
//! Nothing here does IO and nothing is checked until a plan is made (or
//! [`Bundle::problems`] is asked), so that all mistakes of a bundle are told
//! at once.

/// The method by which every entity is protected.
macro_rules! protect {
    ($entity:literal) => {
        #[doc = concat!("Refuses every plan that would delete or replace the ", $entity, ", a destroy as well.")]
        ///
        /// The bundle's [ledger](crate::ledger) remembers it, so that it also holds
        #[doc = concat!("where the ", $entity, " is no longer declared. To delete it, apply the bundle with")]
        /// it and without this first.
        #[must_use]
        pub fn protect(mut self) -> Self {
            self.protect = true;
            self
        }
    };
}

mod account_alias;
mod bundle;
mod check;
mod group;
mod instance_profile;
mod password_policy;
pub(crate) mod policy;
mod provider;
mod role;
mod service_linked_role;
mod target;
mod user;

pub use account_alias::AccountAlias;
pub use bundle::{Bundle, Component};
pub(crate) use check::{
    GROUP_INLINE_SIZE, MANAGED_POLICY_SIZE, ROLE_INLINE_SIZE, TRUST_SIZE, USER_INLINE_SIZE,
};
pub use group::Group;
pub use instance_profile::InstanceProfile;
pub use password_policy::PasswordPolicy;
pub use policy::{ManagedPolicy, PolicyRef};
pub use provider::{OidcProvider, SamlProvider};
pub use role::Role;
pub use service_linked_role::ServiceLinkedRole;
pub(crate) use target::Target;
pub use user::{LoginProfile, User};
