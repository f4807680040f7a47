//! Service last accessed data ("Refine permissions in AWS using last accessed
//! information"): reports over what users and roles attempted, for the services
//! that their policies allow.

use std::collections::BTreeMap;

use super::granted_services::Granted;
use super::{Operation, Scope, Target, answer};
use crate::dsl::Catalogue;
use crate::moment::Moment;
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::activity::{Attempt, ServiceUse};
use crate::state::{Account, Grants, Label, PrincipalKind, World};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "GenerateServiceLastAccessedDetails",
        Target::Arn("Arn"),
        generate,
    ),
    Operation::read("GetServiceLastAccessedDetails", Target::Everything, get),
    Operation::read(
        "GetServiceLastAccessedDetailsWithEntities",
        Target::Everything,
        get_with_entities,
    ),
    Operation::read(
        "ListPoliciesGrantingServiceAccess",
        Target::Arn("Arn"),
        policies_granting,
    ),
];

/// "IAM reports activity for at least the last 400 days."
const TRACKED_SECONDS: u64 = 400 * 86_400;
/// A report can be fetched for seven days ("JobId … retained for seven days").
const KEPT_SECONDS: u64 = 7 * 86_400;

/// A report, as it was when it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    created: Moment,
    by_action: bool,
    services: Vec<Service>,
}

#[derive(Clone, Debug)]
struct Service {
    prefix: &'static str,
    name: &'static str,
    /// The latest first.
    uses: Vec<EntityUse>,
}

/// One user or role that attempted something.
#[derive(Clone, Debug)]
struct EntityUse {
    kind: PrincipalKind,
    label: Label,
    arn: String,
    used: ServiceUse,
}

/// A user, group, role or managed policy by its ARN.
enum Subject<'w> {
    Entity(PrincipalKind, &'w Label, &'w Grants),
    Policy(String),
}

fn requested_arn(params: &Params) -> Result<&str, Refusal> {
    let arn = params.required("Arn")?;
    length("Arn", arn, 20, 2048)?;
    Ok(arn)
}

fn find<'w>(world: &'w World, account: &'w Account, arn: &str) -> Result<Subject<'w>, Refusal> {
    let mut entities = account.all_grants();
    if let Some((kind, label, grants)) =
        entities.find(|(kind, label, _)| label.arn(&account.id, kind.word()) == arn)
    {
        return Ok(Subject::Entity(kind, label, grants));
    }
    if world.managed_policy(&account.id, arn).is_some() {
        return Ok(Subject::Policy(arn.to_owned()));
    }
    Err(Refusal::no_such_entity(format!(
        "Entity {arn} does not exist."
    )))
}

/// The policies of a user (its groups' too), group or role.
fn granted(world: &World, account: &Account, subject: &Subject<'_>) -> Granted {
    let mut granted = Granted::default();
    match subject {
        Subject::Policy(arn) => granted.add_managed(world, account, arn),
        Subject::Entity(kind, label, grants) => {
            granted.add(world, account, *kind, label, grants);
            if *kind == PrincipalKind::User
                && let Ok(user) = account.user(&label.name)
            {
                for group in account.groups_of(user) {
                    let of = PrincipalKind::Group;
                    granted.add(world, account, of, &group.label, &group.grants);
                }
            }
        }
    }
    granted
}

/// The users and roles whose attempts a report about the subject tells.
fn actors<'a>(account: &'a Account, subject: &Subject<'_>) -> Vec<(PrincipalKind, &'a Label)> {
    let named = |name: &str| {
        let group = account.group(name).ok();
        let members = group
            .into_iter()
            .flat_map(|group| account.members_of(group));
        members.map(|user| (PrincipalKind::User, &user.label))
    };
    match subject {
        Subject::Entity(PrincipalKind::Group, label, _) => named(&label.name).collect(),
        Subject::Entity(kind, label, _) => {
            let mut all = account.all_grants();
            let same = all.find(|(known, other, _)| known == kind && other.id == label.id);
            same.map(|(kind, label, _)| (kind, label))
                .into_iter()
                .collect()
        }
        Subject::Policy(arn) => {
            let mut actors: BTreeMap<&str, (PrincipalKind, &Label)> = BTreeMap::new();
            for (kind, label, grants) in account.all_grants() {
                if !grants.attached.contains(arn) {
                    continue;
                }
                if kind == PrincipalKind::Group {
                    let members = named(&label.name);
                    actors.extend(members.map(|actor| (actor.1.id.as_str(), actor)));
                } else {
                    actors.insert(&label.id, (kind, label));
                }
            }
            actors.into_values().collect()
        }
    }
}

fn generate(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let by_action = match params.get("Granularity") {
        None | Some("SERVICE_LEVEL") => false,
        Some("ACTION_LEVEL") => true,
        Some(other) => {
            return Err(super::policies::unknown_value(
                "Granularity",
                other,
                "[SERVICE_LEVEL, ACTION_LEVEL]",
            ));
        }
    };
    let now = scope.now;
    let account = scope.own_account()?;
    let subject = find(scope.world, account, arn)?;
    let actors = actors(account, &subject);
    let granted = granted(scope.world, account, &subject);
    let mut services = Vec::new();
    for service in Catalogue::embedded().services() {
        if !granted.grants_any(service.prefix()) {
            continue;
        }
        let uses = actors.iter().filter_map(|(kind, label)| {
            let used = account.activity.of(&label.id, service.prefix())?;
            (now.since(used.latest.at) <= TRACKED_SECONDS).then(|| EntityUse {
                kind: *kind,
                label: (*label).clone(),
                arn: label.arn(&account.id, kind.word()),
                used: used.clone(),
            })
        });
        let mut uses: Vec<EntityUse> = uses.collect();
        uses.sort_by_key(|entity| std::cmp::Reverse(entity.used.latest.at));
        services.push(Service {
            prefix: service.prefix(),
            name: service.name(),
            uses,
        });
    }
    let id = scope.world.ids.request();
    let job = Job {
        created: now,
        by_action,
        services,
    };
    scope.account().last_accessed_jobs.insert(id.clone(), job);
    answer(|x| x.text("JobId", id))
}

fn requested_job<'s>(scope: &'s Scope<'_>, params: &Params) -> Result<&'s Job, Refusal> {
    let id = params.required("JobId")?;
    length("JobId", id, 36, 36)?;
    let job = scope.own_account()?.last_accessed_jobs.get(id);
    job.filter(|job| scope.now.since(job.created) <= KEPT_SECONDS)
        .ok_or_else(|| {
            Refusal::no_such_entity(format!("Service last accessed job {id} does not exist."))
        })
}

fn write_status(x: &mut Xml, job: &Job) {
    x.text("JobStatus", "COMPLETED");
    x.text("JobCreationDate", job.created);
    x.text("JobCompletionDate", job.created);
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let job = requested_job(scope, params)?;
    let services = job.services.iter().collect();
    let page = page(params, services, |service: &&Service| {
        service.prefix.to_owned()
    })?;
    answer(|x| {
        write_status(x, job);
        x.text(
            "JobType",
            if job.by_action {
                "ACTION_LEVEL"
            } else {
                "SERVICE_LEVEL"
            },
        );
        page.write(x);
        x.members("ServicesLastAccessed", &page.items, |x, service| {
            write_service(x, service, job.by_action);
        });
    })
}

fn write_service(x: &mut Xml, service: &Service, by_action: bool) {
    x.text("ServiceName", service.name);
    x.text("ServiceNamespace", service.prefix);
    if let Some(latest) = service.uses.first() {
        x.text("LastAuthenticated", latest.used.latest.at);
        x.text("LastAuthenticatedEntity", &latest.arn);
        x.text("LastAuthenticatedRegion", &latest.used.latest.region);
    }
    x.text("TotalAuthenticatedEntities", service.uses.len());
    if !by_action {
        return;
    }
    let mut actions: BTreeMap<&str, (&str, &Attempt)> = BTreeMap::new();
    for entity in &service.uses {
        for (name, attempt) in &entity.used.actions {
            let later = |(_, known): &(&str, &Attempt)| known.at >= attempt.at;
            if !actions.get(name.as_str()).is_some_and(later) {
                actions.insert(name, (&entity.arn, attempt));
            }
        }
    }
    x.members(
        "TrackedActionsLastAccessed",
        actions,
        |x, (name, (arn, attempt))| {
            x.text("ActionName", name);
            x.text("LastAccessedEntity", arn);
            x.text("LastAccessedTime", attempt.at);
            x.text("LastAccessedRegion", &attempt.region);
        },
    );
}

fn get_with_entities(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let namespace = params.required("ServiceNamespace")?;
    length("ServiceNamespace", namespace, 1, 64)?;
    let job = requested_job(scope, params)?;
    let mut services = job.services.iter();
    let service = services.find(|service| service.prefix == namespace);
    let uses = service.map_or(&[][..], |service| service.uses.as_slice());
    let page = page(params, uses.iter().collect(), |entity: &&EntityUse| {
        entity.arn.clone()
    })?;
    answer(|x| {
        write_status(x, job);
        page.write(x);
        x.members("EntityDetailsList", &page.items, |x, entity| {
            x.element("EntityInfo", |x| {
                x.text("Arn", &entity.arn);
                x.text("Name", &entity.label.name);
                x.text("Type", entity.kind.word().to_uppercase());
                x.text("Id", &entity.label.id);
                x.text("Path", &entity.label.path);
            });
            x.text("LastAuthenticated", entity.used.latest.at);
        });
    })
}

fn policies_granting(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let namespaces = params.list("ServiceNamespaces");
    if namespaces.is_empty() || namespaces.len() > 200 {
        return Err(constraint_violation(
            None,
            "ServiceNamespaces",
            "Member must have length between 1 and 200",
        ));
    }
    for namespace in &namespaces {
        length("ServiceNamespaces", namespace, 1, 64)?;
    }
    let account = scope.own_account()?;
    let subject = find(scope.world, account, arn)?;
    if matches!(subject, Subject::Policy(_)) {
        return Err(Refusal::invalid_input(format!(
            "{arn} is not the ARN of a user, group or role."
        )));
    }
    let granted = granted(scope.world, account, &subject);
    let page = page(params, namespaces, |namespace: &&str| {
        (*namespace).to_owned()
    })?;
    answer(|x| {
        page.write(x);
        x.members(
            "PoliciesGrantingServiceAccess",
            &page.items,
            |x, namespace| {
                x.text("ServiceNamespace", namespace);
                x.members("Policies", granted.granting(namespace), |x, policy| {
                    policy.write(x);
                });
            },
        );
    })
}
