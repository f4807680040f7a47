//! Central management of root access: what an organization's management account
//! may turn on ("Centrally manage root access for member accounts").

use super::{Operation, Scope, Target, answer};
use crate::refusal::Refusal;
use crate::state::organization::Organization;
use crate::xml::Xml;

const CREDENTIALS: &str = "RootCredentialsManagement";
const SESSIONS: &str = "RootSessions";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::read("ListOrganizationsFeatures", Target::Everything, |s, _| {
        write(organization(s)?)
    }),
    Operation::write(
        "EnableOrganizationsRootCredentialsManagement",
        Target::Everything,
        |s, _| set(s, CREDENTIALS, true),
    ),
    Operation::write(
        "DisableOrganizationsRootCredentialsManagement",
        Target::Everything,
        |s, _| set(s, CREDENTIALS, false),
    ),
    Operation::write(
        "EnableOrganizationsRootSessions",
        Target::Everything,
        |s, _| set(s, SESSIONS, true),
    ),
    Operation::write(
        "DisableOrganizationsRootSessions",
        Target::Everything,
        |s, _| set(s, SESSIONS, false),
    ),
];

/// The organization that the caller's account manages.
fn organization<'s>(scope: &'s mut Scope<'_>) -> Result<&'s mut Organization, Refusal> {
    let account = scope.caller.account.as_str();
    match scope.world.organization_of(account) {
        None => {
            return Err(Refusal::organization_not_found(
                "The request was rejected because your organization does not exist.",
            ));
        }
        Some((management, _)) if management != account => {
            return Err(Refusal::not_management_account(
                "The request was rejected because the account making the request is not the \
                 management account or delegated administrator account for centralized root \
                 access.",
            ));
        }
        Some(_) => {}
    }
    let managed = scope.world.organizations.get_mut(account);
    managed.ok_or_else(|| Refusal::service_failure("The organization has vanished."))
}

fn set(scope: &mut Scope<'_>, feature: &'static str, on: bool) -> Result<Option<Xml>, Refusal> {
    let organization = organization(scope)?;
    if on {
        organization.root_features.insert(feature);
    } else {
        organization.root_features.remove(feature);
    }
    write(organization)
}

fn write(organization: &Organization) -> Result<Option<Xml>, Refusal> {
    answer(|x| {
        x.text("OrganizationId", &organization.id);
        x.text_members("EnabledFeatures", &organization.root_features);
    })
}
