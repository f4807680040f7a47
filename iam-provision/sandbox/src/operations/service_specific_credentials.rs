//! Credentials of users for one service: Git for CodeCommit, Amazon Keyspaces,
//! API keys for Amazon Bedrock.

use super::access_keys::{requested_status, status_word};
use super::{Operation, Scope, Target, answer, refuse_over_quota};
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::user::{ServiceCredential, User};
use crate::xml::Xml;

/// On the user of the request, or else the caller, as the service
/// authorization reference has it.
const ONE: Target = Target::UserOrCaller;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateServiceSpecificCredential", ONE, create),
    Operation::read("ListServiceSpecificCredentials", ONE, list),
    Operation::write("UpdateServiceSpecificCredential", ONE, update),
    Operation::write("ResetServiceSpecificCredential", ONE, reset),
    Operation::write("DeleteServiceSpecificCredential", ONE, delete),
];

/// The services, and whether their credentials are API keys, which may expire
/// (CreateServiceSpecificCredential in the IAM API reference).
const SERVICES: &[(&str, bool)] = &[
    ("bedrock.amazonaws.com", true),
    ("cassandra.amazonaws.com", false),
    ("codecommit.amazonaws.com", false),
];

fn write_metadata(x: &mut Xml, user: &str, credential: &ServiceCredential) {
    x.text("CreateDate", credential.created);
    x.text_if("ExpirationDate", credential.expires);
    x.text("ServiceName", &credential.service);
    if credential.is_api_key {
        x.text("ServiceCredentialAlias", &credential.user_name);
    } else {
        x.text("ServiceUserName", &credential.user_name);
    }
    x.text("ServiceSpecificCredentialId", &credential.id);
    x.text("UserName", user);
    x.text("Status", status_word(credential.active));
}

fn write(x: &mut Xml, user: &str, credential: &ServiceCredential) {
    x.element("ServiceSpecificCredential", |x| {
        write_metadata(x, user, credential);
        let field = if credential.is_api_key {
            "ServiceCredentialSecret"
        } else {
            "ServicePassword"
        };
        x.text(field, &credential.secret.0);
    });
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let service = params.required("ServiceName")?;
    let days = params.number("CredentialAgeDays", 1, 36_600)?;
    let row = SERVICES.iter().find(|(known, _)| *known == service);
    let (_, is_api_key) = *row.ok_or_else(|| {
        Refusal::not_supported_service(format!(
            "No such service {service} is supported for Service Specific Credentials"
        ))
    })?;
    let (id, secret) = (scope.world.ids.entity("ACCA"), scope.world.ids.password());
    let (now, account_id) = (scope.now, scope.account_id().to_owned());
    let account = scope.account();
    let most = account.quotas.service_credentials_per_user;
    let user = account.user_mut(&name)?;
    let same = user.service_credentials.iter();
    let same = same.filter(|known| known.service == service).count();
    refuse_over_quota(same, most, "ServiceSpecificCredentialsPerUser")?;
    // A second one is told apart by a number, as the console shows it.
    let suffix = if same == 0 {
        String::new()
    } else {
        format!("+{same}")
    };
    let credential = ServiceCredential {
        id,
        service: service.to_owned(),
        user_name: format!("{}{suffix}-at-{account_id}", user.label.name),
        secret,
        is_api_key,
        active: true,
        created: now,
        expires: days.map(|days| now.plus(days * 86_400)),
    };
    let result = answer(|x| write(x, &user.label.name, &credential));
    user.service_credentials.push(credential);
    result
}

fn requested_id(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("ServiceSpecificCredentialId")?;
    length("ServiceSpecificCredentialId", id, 20, 128)?;
    Ok(id)
}

fn find<'u>(user: &'u mut User, id: &str) -> Result<&'u mut ServiceCredential, Refusal> {
    let mut credentials = user.service_credentials.iter_mut();
    credentials
        .find(|known| known.id == id)
        .ok_or_else(|| Refusal::no_such_entity(format!("No such credential {id} exists")))
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let all_users = params.flag("AllUsers")?.unwrap_or(false);
    let service = params.get("ServiceName");
    let wanted = if all_users {
        None
    } else {
        Some(scope.user_or_caller(params)?.to_owned())
    };
    let account = scope.account();
    let users: Vec<&User> = match &wanted {
        Some(name) => vec![account.user(name)?],
        None => account.users.values().collect(),
    };
    let credentials = users.iter().flat_map(|user| {
        let credentials = user.service_credentials.iter();
        credentials.map(|credential| (user.label.name.as_str(), credential))
    });
    let credentials = credentials
        .filter(|(_, credential)| service.is_none_or(|service| service == credential.service));
    let page = page(params, credentials.collect(), |(_, credential)| {
        credential.id.clone()
    })?;
    answer(|x| {
        page.write(x);
        x.members(
            "ServiceSpecificCredentials",
            &page.items,
            |x, (user, credential)| write_metadata(x, user, credential),
        );
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_id(params)?;
    let active = requested_status(params)?;
    find(scope.account().user_mut(&name)?, id)?.active = active;
    Ok(None)
}

fn reset(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_id(params)?;
    let secret = scope.world.ids.password();
    let user = scope.account().user_mut(&name)?;
    let credential = find(user, id)?;
    credential.secret = secret;
    let credential = credential.clone();
    answer(|x| write(x, &user.label.name, &credential))
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_id(params)?;
    let user = scope.account().user_mut(&name)?;
    find(user, id)?;
    user.service_credentials.retain(|known| known.id != id);
    Ok(None)
}
