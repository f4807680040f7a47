//! The catalogue: AWS's services, actions, types of resource and condition
//! keys, as facts that travel with the library.
//!
//! It is a text of a megabyte inside the program, searched where it lies:
//! nothing is read at start, a look-up takes microseconds and no memory of its
//! own, and every name lives as long as the program. AWS adds actions every
//! week, so what the catalogue does not know may exist; [`Catalogue::sources`]
//! tells how old it is.
//!
//! ```
//! use iam_dsl_core::catalogue::{AccessLevel, Catalogue};
//!
//! let catalogue = Catalogue::embedded();
//! let action = catalogue.action("s3:getobject").ok_or("unknown")?;
//! assert_eq!(action.to_string(), "s3:GetObject");
//! assert_eq!(action.access_level(), AccessLevel::Read);
//! assert!(action.resource_types().any(|r| r.resource_type().matches("arn:aws:s3:::b/*")));
//! assert!(action.condition_key("s3:ExistingObjectTag/team").is_some());
//! assert_eq!(catalogue.nearest("s3:GetObjct").first(), Some(&action));
//! assert!(catalogue.expand("s3:Get*").any(|found| found == action));
//! # Ok::<(), &'static str>(())
//! ```

mod action;
mod expand;
mod key;
mod nearest;
mod resource;
mod service;
mod template;
#[cfg(test)]
mod tests;
mod text;

pub use action::{AccessLevel, Action, ActionResource};
pub use key::{ConditionKey, KeyType};
pub use resource::ResourceType;
pub use service::{Actions, Service, Services};

use text::Section;

/// The embedded catalogue. The handle is free to make and to copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Catalogue(());

impl Catalogue {
    /// The catalogue of this version of the library.
    pub const fn embedded() -> Self {
        Catalogue(())
    }

    /// Puts another catalogue in the place of the embedded one, for this program
    /// and all that is asked from now on: what the generator made from newer
    /// packages, or from those of the day that a record is of. The macros, which
    /// run while a program is built, keep the embedded one.
    ///
    /// # Errors
    /// Where the text is no catalogue of this library's format, or another was
    /// put in place before. What was asked earlier stays as it was answered, so
    /// call it first of all.
    pub fn replace(text: String) -> Result<(), InvalidCatalogue> {
        text::replace(text).map_err(InvalidCatalogue)
    }

    /// What the catalogue was made from, with the dates of the data.
    pub fn sources(self) -> impl Iterator<Item = Source> + Clone {
        let lines = text::sources().lines();
        lines
            .filter(|line| line.starts_with("source\t"))
            .map(Source::read)
    }

    /// The SHA-256 of the embedded facts in hexadecimal: two versions of the
    /// library that tell the same hash know the same.
    pub fn hash(self) -> &'static str {
        let mut lines = text::sources().lines();
        lines
            .find_map(|line| line.strip_prefix("body\t"))
            .unwrap_or_default()
    }

    /// The services by prefix.
    pub fn services(self) -> Services {
        Services::all()
    }

    /// A service by the prefix of its actions, in any case.
    pub fn service(self, prefix: &str) -> Option<Service> {
        text::find_line(text::index(), prefix).map(Service::read)
    }

    /// An action such as `s3:GetObject`, in any case; no patterns.
    pub fn action(self, action: &str) -> Option<Action> {
        let (prefix, name) = action.split_once(':')?;
        self.service(prefix)?.action(name)
    }

    /// The actions that a pattern such as `s3:Get*` or `*` matches, in any
    /// case, by service and name. IAM takes no wildcard in the service's part,
    /// save `*` alone; here it matches like any other.
    pub fn expand(self, pattern: &str) -> impl Iterator<Item = Action> + use<> {
        expand::expand(pattern)
    }

    /// What an unknown action may have been meant to be, best first, at most
    /// three: the action that permits an operation of that name, as
    /// `s3:ListBucket` permits `ListObjects`; else names of the same service that differ in at most a third of the
    /// letters, then the same name in another service where few have it.
    pub fn nearest(self, action: &str) -> Vec<Action> {
        nearest::actions(action)
    }

    /// The service that an unknown prefix may have been meant to be: by its
    /// full name, as in `stepfunctions` for `states`, or by a near prefix.
    pub fn nearest_service(self, prefix: &str) -> Option<Service> {
        nearest::service(prefix)
    }

    /// The actions of a service that have an access level; none where the
    /// service is unknown.
    pub fn actions_by_access_level(
        self,
        service: &str,
        level: AccessLevel,
    ) -> impl Iterator<Item = Action> + use<> {
        let service = self.service(service);
        service
            .into_iter()
            .flat_map(move |service| service.actions_by_access_level(level))
    }

    /// The condition keys that every service knows: those that begin with
    /// `aws:`, and the cross-service keys that AWS lists beside them. Each is in
    /// the request only where it has a value; the tag keys of requests and
    /// resources only where the action supports them.
    pub fn global_condition_keys(self) -> impl ExactSizeIterator<Item = ConditionKey> + Clone {
        key::all(Section::new(text::global()))
    }

    /// The condition key that a policy's key is, in any case: a global key, one
    /// of the service that its prefix names, or one of an identity provider
    /// such as `saml:aud` and `token.actions.githubusercontent.com:actor`. Of an
    /// OIDC provider of one's own the claims are known that every provider has,
    /// such as `sub`.
    pub fn condition_key(self, key: &str) -> Option<ConditionKey> {
        key::find(&Section::new(text::global()), key)
            .or_else(|| {
                let (prefix, _) = key.split_once(':')?;
                self.service(prefix)?.condition_key(key)
            })
            .or_else(|| key::find(&Section::new(text::foreign()), key))
    }

    /// What an unknown condition key may have been meant to be.
    pub fn nearest_condition_key(self, key: &str) -> Option<ConditionKey> {
        nearest::condition_key(key)
    }

    /// Whether resource control policies reach the service; false where it is
    /// unknown.
    pub fn rcp_supported(self, service: &str) -> bool {
        let service = self.service(service);
        service.is_some_and(Service::supports_resource_control_policies)
    }
}

/// The text is no catalogue that can be put in the place of the embedded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no catalogue to use: {0}; make one with the catalogue generator of this version")]
pub struct InvalidCatalogue(&'static str);

/// A package that the catalogue was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// What was taken from it: `facts`, `dependent-actions` or `global-keys`.
    pub role: &'static str,
    /// The package's name in its registry.
    pub package: &'static str,
    /// The exact version.
    pub version: &'static str,
    /// The day on which the data was gathered, as `YYYY-MM-DD`.
    pub date: &'static str,
    /// The SHA-256 of the package's file.
    pub sha256: &'static str,
}

impl Source {
    fn read(line: &'static str) -> Self {
        Source {
            role: text::field(line, 1),
            package: text::field(line, 2),
            version: text::field(line, 3),
            date: text::field(line, 4),
            sha256: text::field(line, 5),
        }
    }
}
