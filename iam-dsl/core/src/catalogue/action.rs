//! Actions.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::key::{self, ConditionKey};
use super::resource::ResourceType;
use super::service::Service;
use super::text::{self, Section};
use crate::builder::IntoList;
use crate::model::{ActionPattern, OneOrMany};

/// What an action does to a resource (Service Authorization Reference, "Access
/// level"). An action of two levels has the higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Tells which resources there are.
    List,
    /// Tells what a resource holds.
    Read,
    /// Makes, changes or deletes resources.
    Write,
    /// Changes tags only.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    /// Every access level.
    pub const ALL: [AccessLevel; 5] = [
        AccessLevel::List,
        AccessLevel::Read,
        AccessLevel::Write,
        AccessLevel::Tagging,
        AccessLevel::PermissionsManagement,
    ];

    /// The name in IAM's documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessLevel::List => "List",
            AccessLevel::Read => "Read",
            AccessLevel::Write => "Write",
            AccessLevel::Tagging => "Tagging",
            AccessLevel::PermissionsManagement => "Permissions management",
        }
    }

    fn read(code: &str) -> Self {
        match code {
            "L" => AccessLevel::List,
            "R" => AccessLevel::Read,
            "T" => AccessLevel::Tagging,
            "P" => AccessLevel::PermissionsManagement,
            _ => AccessLevel::Write,
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An action that AWS documents.
#[derive(Clone, Copy)]
pub struct Action {
    service: Service,
    line: &'static str,
}

impl Action {
    pub(super) fn read(service: Service, line: &'static str) -> Self {
        Action { service, line }
    }

    /// The service that has it.
    pub fn service(self) -> Service {
        self.service
    }

    /// The name without the prefix, in AWS's own case. [`fmt::Display`] writes
    /// it with the prefix.
    pub fn name(self) -> &'static str {
        text::field(self.line, 0)
    }

    /// The action as a policy writes it.
    pub fn to_pattern(self) -> ActionPattern {
        ActionPattern::new(self.to_string())
    }

    /// What it does to a resource.
    pub fn access_level(self) -> AccessLevel {
        AccessLevel::read(text::field(self.line, 1))
    }

    /// The types of resource that a policy can name for it. An action without
    /// any is allowed on `*` only.
    pub fn resource_types(self) -> impl Iterator<Item = ActionResource> + Clone {
        let rows = text::field(self.line, 2)
            .split(',')
            .filter(|row| !row.is_empty());
        rows.map(move |row| ActionResource::read(self.service, row))
    }

    /// Whether it works on resources that a policy can name.
    pub fn has_resource_types(self) -> bool {
        !text::field(self.line, 2).is_empty()
    }

    /// The condition keys that the action itself lists; those of its resource
    /// types stand in [`ActionResource`] and [`ResourceType`].
    pub fn own_condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        key::listed(self.service.section, text::field(self.line, 3))
    }

    /// The condition keys that its page lists: its own and those of its
    /// resource types, each once. The tag keys `aws:RequestTag/${TagKey}`,
    /// `aws:ResourceTag/${TagKey}` and `aws:TagKeys` are among them only where
    /// the action supports them.
    pub fn listed_condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        let section = self.service.section;
        let mut seen = KeySet::default();
        seen.mark(text::field(self.line, 3));
        for row in self.resource_types() {
            seen.mark(row.keys);
            seen.mark(row.resource_type.key_list());
        }
        (0..section.keys.len())
            .filter(move |&index| seen.holds(index))
            .filter_map(move |index| section.keys.line(index).map(ConditionKey::read))
    }

    /// All condition keys that a statement for it can use: the listed ones and
    /// the global ones.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        let listed = self.listed_condition_keys();
        let global = key::all(Section::new(text::global()));
        let again = listed.clone();
        listed
            .chain(global.filter(move |key| !again.clone().any(|other| other.name() == key.name())))
    }

    /// The condition key that a policy's key is, in any case, where a statement
    /// for this action can use it; else `None`.
    pub fn condition_key(self, key: &str) -> Option<ConditionKey> {
        self.listed_condition_keys()
            .filter(|candidate| candidate.matches(key))
            .max_by_key(|candidate| candidate.name().len())
            .or_else(|| key::find(&Section::new(text::global()), key))
    }

    /// What a caller needs besides this action for it to succeed, as
    /// `service:Action`; not all of it in every case.
    pub fn dependent_actions(self) -> impl Iterator<Item = &'static str> + Clone {
        let names = text::field(self.line, 4).split(',');
        names.filter(|name| !name.is_empty())
    }
}

/// The keys of a section that were seen, by number; the generator checks that
/// no section has more.
#[derive(Debug, Clone, Copy, Default)]
struct KeySet([u64; 4]);

impl KeySet {
    fn mark(&mut self, list: &'static str) {
        for index in key::numbers(list) {
            if let Some(word) = self.0.get_mut(index / 64) {
                *word |= 1 << (index % 64);
            }
        }
    }

    fn holds(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// A type of resource as one action takes it.
#[derive(Debug, Clone, Copy)]
pub struct ActionResource {
    resource_type: ResourceType,
    required: bool,
    keys: &'static str,
}

impl ActionResource {
    /// Reads a row such as `3!:1.5`.
    fn read(service: Service, row: &'static str) -> Self {
        let (index, keys) = row.split_once(':').unwrap_or((row, ""));
        let required = index.ends_with('!');
        let index = text::number(Some(index.trim_end_matches('!')));
        ActionResource {
            resource_type: service.resource_type_at(index),
            required,
            keys,
        }
    }

    /// The type.
    pub fn resource_type(self) -> ResourceType {
        self.resource_type
    }

    /// Whether every call names a resource of this type: a policy that allows
    /// the action must allow it on one.
    pub fn is_required(self) -> bool {
        self.required
    }

    /// The condition keys that the action lists for this type, beside those of
    /// the type itself.
    pub fn condition_keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        key::listed(self.resource_type.service().section, self.keys)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name())
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({self})")
    }
}

impl From<Action> for ActionPattern {
    fn from(action: Action) -> Self {
        action.to_pattern()
    }
}

impl IntoList<ActionPattern> for Action {
    fn into_list(self) -> OneOrMany<ActionPattern> {
        OneOrMany::One(self.into())
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Action {}

impl PartialOrd for Action {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Action {
    fn cmp(&self, other: &Self) -> Ordering {
        let names = || text::compare(self.name(), other.name());
        self.service.cmp(&other.service).then_with(names)
    }
}

impl Hash for Action {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.service.hash(state);
        self.name().hash(state);
    }
}
