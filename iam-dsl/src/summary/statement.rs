//! What one statement adds to a summary.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use iam_dsl_core::catalogue::{Action, Catalogue, ResourceType, Service};
use iam_dsl_core::{ActionPattern, Conditions, Statement};

use super::SummaryResource;

/// One statement, looked at service by service.
pub(super) struct Part<'s> {
    statement: &'s Statement,
    actions: BTreeMap<Service, Vec<Action>>,
    /// Whether the statement speaks of all resources.
    everything: bool,
    /// Whether a resource of the statement may be of a type.
    fits: RefCell<HashMap<ResourceType, bool>>,
    /// Whether a pattern is for all resources of a service.
    whole: RefCell<HashMap<Service, bool>>,
}

impl<'s> Part<'s> {
    pub(super) fn of(statement: &'s Statement) -> Self {
        let catalogue = Catalogue::embedded();
        let expand = |patterns: &[ActionPattern]| -> BTreeSet<Action> {
            // A long list may say the same again and again.
            let texts: BTreeSet<&str> = patterns.iter().map(ActionPattern::as_str).collect();
            let texts = if texts.contains("*") {
                BTreeSet::from(["*"])
            } else {
                texts
            };
            texts
                .into_iter()
                .flat_map(|pattern| catalogue.expand(pattern))
                .collect()
        };
        let named = match statement.not_actions() {
            None => expand(statement.actions()),
            Some(patterns) => {
                let left_out = expand(patterns);
                let all = catalogue.services().flat_map(Service::actions);
                all.filter(|action| !left_out.contains(action)).collect()
            }
        };
        let mut actions: BTreeMap<Service, Vec<Action>> = BTreeMap::new();
        for action in named {
            actions.entry(action.service()).or_default().push(action);
        }
        // A service whose actions are all unknown has a row too, an empty one.
        for pattern in statement.actions() {
            if let Some(service) = pattern
                .service()
                .and_then(|prefix| catalogue.service(prefix))
            {
                actions.entry(service).or_default();
            }
        }
        Part {
            statement,
            actions,
            everything: match statement.resources() {
                Some(resources) => resources.iter().any(|resource| resource.as_str() == "*"),
                // `NotResource` leaves others; a trust policy speaks of its role.
                None => true,
            },
            fits: RefCell::default(),
            whole: RefCell::default(),
        }
    }

    /// The actions of the statement by service.
    pub(super) fn actions(&self) -> impl Iterator<Item = (Service, Vec<Action>)> + '_ {
        let actions = self.actions.iter();
        actions.map(|(service, actions)| (*service, actions.clone()))
    }

    /// The services that are named and not known.
    pub(super) fn unknown_services(&self) -> impl Iterator<Item = String> + '_ {
        let prefixes = self
            .statement
            .actions()
            .iter()
            .filter_map(|pattern| pattern.service());
        prefixes
            .filter(|prefix| {
                Catalogue::embedded()
                    .expand(&format!("{prefix}:*"))
                    .next()
                    .is_none()
            })
            .map(str::to_owned)
    }

    /// Whether an action works on some resource of the statement.
    pub(super) fn works(&self, action: Action) -> bool {
        if self.everything {
            return true;
        }
        let resources = self.statement.resources().unwrap_or_default();
        if !action.has_resource_types() {
            // It works on no resource that can be named, so that only a pattern
            // for all of them reaches it.
            let service = action.service();
            if let Some(known) = self.whole.borrow().get(&service) {
                return *known;
            }
            let all = |text: &str| {
                let mut fields = text.splitn(6, ':').skip(2);
                let of_service = fields.next().is_some_and(|field| is_of(service, field));
                of_service
                    && fields
                        .last()
                        .is_some_and(|last| last.trim_matches('*').is_empty())
            };
            let whole = resources.iter().any(|resource| all(resource.as_str()));
            self.whole.borrow_mut().insert(service, whole);
            return whole;
        }
        action.resource_types().any(|row| {
            let kind = row.resource_type();
            if let Some(known) = self.fits.borrow().get(&kind) {
                return *known;
            }
            let fits = resources.iter().any(|r| kind.matches_by_field(r.as_str()));
            self.fits.borrow_mut().insert(kind, fits);
            fits
        })
    }

    /// The resources of the statement that are the service's, or nobody's.
    pub(super) fn resources(&self, service: Service) -> SummaryResource {
        if let Some(resources) = self.statement.not_resources() {
            let texts = resources
                .iter()
                .map(|resource| resource.as_str().to_owned());
            return SummaryResource::AllBut(texts.collect());
        }
        let Some(resources) = self.statement.resources() else {
            return SummaryResource::All;
        };
        let texts: BTreeSet<&str> = resources
            .iter()
            .map(|resource| resource.as_str())
            .filter(|text| self.is_shown(service, text))
            .collect();
        let mut texts = texts.into_iter();
        match (texts.next(), texts.next()) {
            (None, _) => SummaryResource::None,
            (Some("*"), _) => SummaryResource::All,
            (Some(one), None) => SummaryResource::One(one.to_owned()),
            _ => SummaryResource::Multiple,
        }
    }

    /// Resources appear with the service that they match; those that match none
    /// of the statement's services appear with all ("Examples of policy
    /// summaries", policy 5).
    fn is_shown(&self, service: Service, resource: &str) -> bool {
        let Some(field) = resource.split(':').nth(2) else {
            return true;
        };
        is_of(service, field) || !self.actions.keys().any(|other| is_of(*other, field))
    }

    /// The conditions, each as a text.
    pub(super) fn conditions(&self) -> impl Iterator<Item = String> + '_ {
        let conditions = self.statement.conditions().into_iter();
        conditions
            .flat_map(Conditions::iter)
            .map(|(operator, entry)| {
                let values: Vec<_> = entry.values.iter().map(|value| value.text()).collect();
                format!("{operator} {} {}", entry.key, values.join(", "))
            })
    }
}

/// Whether the field of an ARN that names a service may name this one: the
/// service in the formats of its resources, which is not always its prefix.
fn is_of(service: Service, field: &str) -> bool {
    if field.contains(['*', '?']) {
        return iam_dsl_core::pattern::Glob::new(field).matches(service.prefix());
    }
    let mut formats = service.resource_types().flat_map(ResourceType::arn_formats);
    service.prefix() == field || formats.any(|format| format.split(':').nth(2) == Some(field))
}
