//! Service-linked roles: "Using service-linked roles" in the IAM User Guide.

use super::users::Detail;
use super::{Operation, Scope, Target, answer, refuse_over_quota, roles};
use crate::names::{Folded, description, length, name};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::role::{Role, SERVICE_LINKED_PATH};
use crate::state::tags::Tags;
use crate::state::trust::TrustText;
use crate::state::{Grants, Label};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateServiceLinkedRole",
        Target::NewServiceLinkedRole,
        create,
    ),
    Operation::write(
        "DeleteServiceLinkedRole",
        Target::Principal(crate::state::PrincipalKind::Role),
        delete,
    ),
    Operation::read(
        "GetServiceLinkedRoleDeletionStatus",
        Target::Everything,
        deletion_status,
    ),
];

/// Services with the names of their roles, from the services' own guides, and
/// whether they take a custom suffix. The policies that AWS attaches to these
/// roles are left out: nothing but the service itself uses them.
const SERVICES: &[(&str, &str, bool)] = &[
    (
        "access-analyzer.amazonaws.com",
        "AWSServiceRoleForAccessAnalyzer",
        false,
    ),
    (
        "autoscaling.amazonaws.com",
        "AWSServiceRoleForAutoScaling",
        true,
    ),
    ("config.amazonaws.com", "AWSServiceRoleForConfig", false),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS", false),
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", false),
    (
        "elasticache.amazonaws.com",
        "AWSServiceRoleForElastiCache",
        false,
    ),
    // The example of CreateServiceLinkedRole in the IAM API reference.
    (
        "elasticbeanstalk.amazonaws.com",
        "AWSServiceRoleForElasticBeanstalk",
        false,
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        false,
    ),
    (
        "guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDuty",
        false,
    ),
    (
        "organizations.amazonaws.com",
        "AWSServiceRoleForOrganizations",
        false,
    ),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS", false),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", false),
    ("support.amazonaws.com", "AWSServiceRoleForSupport", false),
    (
        "trustedadvisor.amazonaws.com",
        "AWSServiceRoleForTrustedAdvisor",
        false,
    ),
];

/// The ARN that the role of a request will have, as far as it can be told.
pub(crate) fn future_arn(account: &str, params: &Params) -> String {
    let service = params.get("AWSServiceName").unwrap_or_default();
    let name = SERVICES
        .iter()
        .find(|(s, _, _)| *s == service)
        .map_or("*", |(_, name, _)| name);
    let suffix = params
        .get("CustomSuffix")
        .map(|s| format!("_{s}"))
        .unwrap_or_default();
    format!("arn:aws:iam::{account}:role{SERVICE_LINKED_PATH}{service}/{name}{suffix}")
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let service = params.required("AWSServiceName")?;
    length("AWSServiceName", service, 1, 128)?;
    let description = params
        .get("Description")
        .map(description)
        .transpose()?
        .map(str::to_owned);
    let suffix = params
        .get("CustomSuffix")
        .map(|s| name("CustomSuffix", s, 64))
        .transpose()?;
    let (_, role_name, takes_suffix) = SERVICES
        .iter()
        .find(|(known, _, _)| *known == service)
        .ok_or_else(|| {
            Refusal::invalid_input(format!("{service} is not a valid AWS service name."))
        })?;
    let role_name = match suffix {
        None => (*role_name).to_owned(),
        Some(suffix) if *takes_suffix => format!("{role_name}_{suffix}"),
        Some(_) => {
            return Err(Refusal::invalid_input(format!(
                "Custom suffix is not allowed for {service}"
            )));
        }
    };
    let key = Folded::new(&role_name);
    let account = scope.account();
    if account.roles.contains_key(&key) {
        return Err(Refusal::invalid_input(format!(
            "Service role name {role_name} has been taken in this account, please try a different \
             suffix."
        )));
    }
    refuse_over_quota(account.roles.len(), account.quotas.roles, "RolesPerAccount")?;
    let most = account.quotas.trust_size;
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let trust = TrustText::accept(scope.world, "AssumeRolePolicyDocument", &trust, most)?;
    let label = Label {
        path: format!("{SERVICE_LINKED_PATH}{service}/"),
        name: role_name,
        id: scope.world.ids.entity("AROA"),
        created: scope.now,
    };
    let role = Role {
        label,
        description,
        max_session_duration: roles::DEFAULT_SESSION,
        trust,
        tags: Tags::default(),
        grants: Grants::default(),
        last_used: None,
    };
    scope.account().roles.insert(key, role.clone());
    answer(|x| {
        x.element("Role", |x| {
            roles::write(x, scope.world, &scope.caller.account, &role, Detail::Full);
        });
    })
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = super::principal_name(params, crate::state::PrincipalKind::Role)?;
    let request = scope.world.ids.request();
    let account = scope.account();
    let label = account.role(name)?.label.clone();
    let Some(service) = label.path.strip_prefix(SERVICE_LINKED_PATH) else {
        return Err(Refusal::invalid_input(format!(
            "{name} is not a service-linked role."
        )));
    };
    let task = format!("task{SERVICE_LINKED_PATH}{service}{}/{request}", label.name);
    account.roles.remove(&Folded::new(name));
    // No service of the sandbox uses the role, so the task succeeds at once.
    account.deletion_tasks.insert(task.clone());
    answer(|x| x.text("DeletionTaskId", &task))
}

fn deletion_status(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let task = params.required("DeletionTaskId")?;
    length("DeletionTaskId", task, 1, 1000)?;
    if !scope.account().deletion_tasks.contains(task) {
        return Err(Refusal::no_such_entity(format!(
            "Deletion task {task} cannot be found."
        )));
    }
    answer(|x| x.text("Status", "SUCCEEDED"))
}
