//! Services.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::action::{AccessLevel, Action};
use super::key::{self, ConditionKey};
use super::resource::ResourceType;
use super::text::{self, Section};

/// A service, by the prefix of its actions.
#[derive(Clone, Copy)]
pub struct Service {
    pub(super) section: Section,
}

impl Service {
    pub(super) fn read(index_line: &'static str) -> Self {
        Service {
            section: Section::new(text::section(index_line)),
        }
    }

    /// The prefix of its actions, such as `s3`.
    pub fn prefix(self) -> &'static str {
        text::field(self.section.head, 0)
    }

    /// The name in full, such as `Amazon S3`. Several prefixes may share one.
    pub fn name(self) -> &'static str {
        text::field(self.section.head, 1)
    }

    /// Whether resource control policies reach it (Organizations User Guide,
    /// "List of AWS services that support RCPs").
    pub fn supports_resource_control_policies(self) -> bool {
        text::field(self.section.head, 2) == "rcp"
    }

    /// The actions by name.
    pub fn actions(self) -> Actions {
        Actions {
            service: self,
            rest: self.section.actions,
            left: self.section.action_count,
        }
    }

    /// The actions whose name is not less than `start`.
    pub(super) fn actions_from(self, start: &str) -> impl Iterator<Item = Action> + use<> {
        let lines = self.section.actions;
        let mut rest = lines
            .get(text::lower_bound(lines, start)..)
            .unwrap_or_default();
        std::iter::from_fn(move || {
            let (line, after) = text::split_line(rest)?;
            rest = after;
            Some(Action::read(self, line))
        })
    }

    /// An action by its name without the prefix, in any case.
    pub fn action(self, name: &str) -> Option<Action> {
        text::find_line(self.section.actions, name).map(|line| Action::read(self, line))
    }

    /// Whether there is an action of this name, in any case. `near` is the place of
    /// the last one that was looked for, 0 at first, and becomes that of this one.
    pub(crate) fn has_action_near(self, name: &str, near: &mut usize) -> bool {
        let (line, at) = text::find_line_from(self.section.actions, *near, name);
        *near = at;
        line.is_some()
    }

    /// Whether some action matches the name part of a pattern, in any case.
    pub(crate) fn has_match(self, name: &str) -> bool {
        super::expand::within(self, name).next().is_some()
    }

    /// The actions of one access level.
    pub fn actions_by_access_level(
        self,
        level: AccessLevel,
    ) -> impl Iterator<Item = Action> + Clone {
        self.actions()
            .filter(move |action| action.access_level() == level)
    }

    /// The types of resource by name.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ResourceType> + Clone {
        (0..self.section.resource_types.len()).map(move |index| self.resource_type_at(index))
    }

    pub(super) fn resource_type_at(self, index: usize) -> ResourceType {
        let line = self.section.resource_types.line(index);
        ResourceType::read(self, line.unwrap_or_default())
    }

    /// A type of resource by name, in any case.
    pub fn resource_type(self, name: &str) -> Option<ResourceType> {
        let types = self.section.resource_types;
        types
            .find(types.len(), name)
            .map(|line| ResourceType::read(self, line))
    }

    /// The condition keys that the service's pages list, its own and global ones.
    pub fn condition_keys(self) -> impl ExactSizeIterator<Item = ConditionKey> + Clone {
        key::all(self.section)
    }

    /// The listed condition key that a policy's key is, in any case:
    /// `s3:ExistingObjectTag/team` is of `s3:ExistingObjectTag/${key}`.
    pub fn condition_key(self, key: &str) -> Option<ConditionKey> {
        key::find(&self.section, key)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.prefix())
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

impl PartialEq for Service {
    fn eq(&self, other: &Self) -> bool {
        self.prefix() == other.prefix()
    }
}

impl Eq for Service {}

impl PartialOrd for Service {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Service {
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix().cmp(other.prefix())
    }
}

impl Hash for Service {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.prefix().hash(state);
    }
}

/// The services by prefix.
#[derive(Debug, Clone)]
pub struct Services {
    rest: &'static str,
    left: usize,
}

impl Services {
    pub(super) fn all() -> Self {
        Services {
            rest: text::index(),
            left: text::services(),
        }
    }
}

impl Iterator for Services {
    type Item = Service;

    fn next(&mut self) -> Option<Service> {
        let (line, rest) = text::split_line(self.rest)?;
        self.rest = rest;
        self.left = self.left.saturating_sub(1);
        Some(Service::read(line))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Services {}

/// The actions of a service by name.
#[derive(Debug, Clone)]
pub struct Actions {
    service: Service,
    rest: &'static str,
    left: usize,
}

impl Iterator for Actions {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let (line, rest) = text::split_line(self.rest)?;
        self.rest = rest;
        self.left = self.left.saturating_sub(1);
        Some(Action::read(self.service, line))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Actions {}
