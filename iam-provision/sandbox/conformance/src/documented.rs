//! The files of `data/`.

use crate::error::Error;
use crate::list::List;

/// The families, in the order of the table.
macro_rules! families {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../data/points/", $name, ".toml")))),*]
    };
}

const FAMILIES: &[(&str, &str)] = families![
    "users",
    "groups",
    "roles",
    "policies",
    "versions",
    "documents",
    "inline",
    "attachments",
    "boundaries",
    "tags",
    "paging",
    "deletion",
    "access_keys",
    "credentials",
    "login_profiles",
    "password_policy",
    "mfa",
    "instance_profiles",
    "providers",
    "service_linked",
    "account",
    "trust",
    "quotas",
    "errors",
    "authorization",
    "simulation",
    "sts",
    "last_accessed",
];

impl List {
    /// What AWS documents: the files of `data/`.
    ///
    /// # Errors
    /// If a file is not of the form; the tests of this crate read all of them.
    pub fn documented() -> Result<List, Error> {
        List::read(
            FAMILIES.iter().copied(),
            include_str!("../data/given.toml"),
            include_str!("../data/texts.toml"),
            include_str!("../data/statuses.toml"),
        )
    }
}
