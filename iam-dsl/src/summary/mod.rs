//! What a policy gives and denies, by service and access level, as the IAM
//! console summarises it.
//!
//! IAM User Guide, "Policy summary (list of services)" and "Access levels in
//! policy summaries"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html>).
//!
//! ```
//! use iam_dsl::{AccessLevel, policy, summary};
//!
//! let review = policy! {
//!     allow [s3:List*, s3:Get*] on *;
//!     allow sqs:SendMessage on "arn:aws:sqs:eu-west-1:111122223333:jobs"
//!         when IpAddress { aws:SourceIp: "203.0.113.0/24" };
//! };
//! let summary = summary(&review);
//! assert!(summary.allows_none(AccessLevel::PermissionsManagement));
//! assert_eq!(summary.to_string(), format!("\
//! Allow (2 of {} services)
//!   Service           Access level               Resource                                 Request condition
//!   Amazon S3 (s3)    Full: List  Limited: Read  All resources                            None
//!   Amazon SQS (sqs)  Limited: Write             arn:aws:sqs:eu-west-1:111122223333:jobs  IpAddress aws:SourceIp 203.0.113.0/24
//! ", iam_dsl::Catalogue::embedded().services().len()));
//! ```
//!
//! As in the console, each effect is summarised by itself: what a denial takes
//! from an allowance is not worked out, and other policies are not seen.

mod statement;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl_core::catalogue::{Action, Service};
use iam_dsl_core::{AccessLevel, Document, Effect};

use self::statement::Part;

/// A policy's summary: see the [module](self). [`std::fmt::Display`] writes it
/// as tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    deny: Vec<ServiceSummary>,
    allow: Vec<ServiceSummary>,
    unknown: Vec<(Effect, String)>,
}

/// One service's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSummary {
    service: Service,
    /// By name; each once.
    actions: Vec<Action>,
    resource: SummaryResource,
    condition: SummaryCondition,
    inapplicable: bool,
}

/// How much of an access level a policy speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// No action.
    None,
    /// Some actions.
    Limited,
    /// All actions that the service has.
    Full,
}

/// The column "Resource".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SummaryResource {
    /// All resources of the service.
    All,
    /// One resource or pattern, as the policy writes it.
    One(String),
    /// All but those that the policy names (`NotResource`).
    AllBut(Vec<String>),
    /// More than one, or different ones for different actions.
    Multiple,
    /// None on which any of the actions works.
    None,
}

/// The column "Request condition".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SummaryCondition {
    /// The policy has no condition for the service.
    None,
    /// One condition, as operator, key and values.
    One(String),
    /// More than one.
    Multiple,
}

/// The access levels in the order of the documentation.
const LEVELS: [AccessLevel; 5] = [
    AccessLevel::List,
    AccessLevel::Read,
    AccessLevel::Tagging,
    AccessLevel::Write,
    AccessLevel::PermissionsManagement,
];

/// Summarises a document, whatever kind of policy it is. Trust policies, which
/// name no resources, are summarised as for all.
pub fn summary(policy: &(impl AsRef<Document> + ?Sized)) -> Summary {
    let document = policy.as_ref();
    let mut rows: BTreeMap<(Effect, Service), Row> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    for statement in document.statements() {
        let Some(effect) = statement.effect() else {
            continue;
        };
        let part = Part::of(statement);
        for (service, actions) in part.actions() {
            let row = rows.entry((effect, service)).or_default();
            row.add(&part, service, actions);
        }
        unknown.extend(part.unknown_services().map(|service| (effect, service)));
    }
    let mut summary = Summary {
        deny: Vec::new(),
        allow: Vec::new(),
        unknown: unknown.into_iter().collect(),
    };
    for ((effect, service), row) in rows {
        let row = row.finish(service);
        match effect {
            Effect::Allow => summary.allow.push(row),
            Effect::Deny => summary.deny.push(row),
        }
    }
    // As people look for them.
    let name = |row: &ServiceSummary| (row.service.name().to_lowercase(), row.service);
    summary.allow.sort_by_key(name);
    summary.deny.sort_by_key(name);
    summary
}

/// A row while the statements are gone through.
#[derive(Default)]
struct Row {
    actions: BTreeSet<Action>,
    resources: Vec<SummaryResource>,
    conditions: BTreeSet<String>,
    inapplicable: bool,
}

impl Row {
    fn add(&mut self, part: &Part<'_>, service: Service, actions: Vec<Action>) {
        let count = actions.len();
        let mut kept = 0;
        for action in actions {
            if part.works(action) {
                kept += 1;
                self.actions.insert(action);
            }
        }
        self.inapplicable |= kept < count;
        if kept > 0 {
            self.resources.push(part.resources(service));
            self.conditions.extend(part.conditions());
        }
    }

    fn finish(self, service: Service) -> ServiceSummary {
        let mut resources = self.resources;
        resources.dedup();
        let resource = match resources.as_slice() {
            [] => SummaryResource::None,
            [one] => one.clone(),
            _ => SummaryResource::Multiple,
        };
        let mut conditions = self.conditions.into_iter();
        let condition = match (conditions.next(), conditions.next()) {
            (None, _) => SummaryCondition::None,
            (Some(one), None) => SummaryCondition::One(one),
            _ => SummaryCondition::Multiple,
        };
        ServiceSummary {
            service,
            actions: self.actions.into_iter().collect(),
            resource,
            condition,
            inapplicable: self.inapplicable,
        }
    }
}

impl Summary {
    /// The services that the policy allows something of, by name.
    pub fn allow(&self) -> &[ServiceSummary] {
        &self.allow
    }

    /// The services that the policy denies something of, by name.
    pub fn deny(&self) -> &[ServiceSummary] {
        &self.deny
    }

    /// The services that the catalogue does not know, with the effect: what the
    /// console calls uncategorized.
    pub fn unknown_services(&self) -> impl Iterator<Item = (Effect, &str)> {
        let unknown = self.unknown.iter();
        unknown.map(|(effect, service)| (*effect, service.as_str()))
    }

    /// Whether the policy allows no action of this level, as far as the
    /// catalogue knows its services and actions; false where it allows a service
    /// that is not known.
    pub fn allows_none(&self, level: AccessLevel) -> bool {
        self.allow
            .iter()
            .all(|row| row.extent(level) == Extent::None)
            && !self
                .unknown
                .iter()
                .any(|(effect, _)| *effect == Effect::Allow)
    }
}

impl ServiceSummary {
    /// The service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// How much of an access level the policy speaks of; `Full` is never said of
    /// a level of which the service has no action.
    pub fn extent(&self, level: AccessLevel) -> Extent {
        let count = self.actions(level).count();
        if count == 0 {
            Extent::None
        } else if count == self.service.actions_by_access_level(level).count() {
            Extent::Full
        } else {
            Extent::Limited
        }
    }

    /// Whether the policy speaks of all actions of the service: "Full access".
    pub fn is_full_access(&self) -> bool {
        self.actions.len() == self.service.actions().len()
    }

    /// The actions of an access level, by name.
    pub fn actions(&self, level: AccessLevel) -> impl Iterator<Item = Action> + '_ {
        let actions = self.actions.iter().copied();
        actions.filter(move |action| action.access_level() == level)
    }

    /// On which resources.
    pub fn resource(&self) -> &SummaryResource {
        &self.resource
    }

    /// Under which condition.
    pub fn condition(&self) -> &SummaryCondition {
        &self.condition
    }

    /// Whether the policy names actions for the service together with resources
    /// on which they do not work: they are left out of the access levels.
    pub fn has_inapplicable_actions(&self) -> bool {
        self.inapplicable
    }
}
