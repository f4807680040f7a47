//! OpenID Connect providers.

use super::{Also, Operation, Scope, Target, answer};
use crate::names::length;
use crate::refusal::Refusal;
use crate::request::{Params, constraint_violation};
use crate::state::Account;
use crate::state::provider::OidcProvider;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

const ONE: Target = Target::Arn("OpenIDConnectProviderArn");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateOpenIDConnectProvider",
        Target::NewOidcProvider,
        create,
    )
    .also(&[Also::TagOnCreate("iam:TagOpenIDConnectProvider")]),
    Operation::read("GetOpenIDConnectProvider", ONE, get),
    Operation::read("ListOpenIDConnectProviders", Target::Everything, list),
    Operation::write("DeleteOpenIDConnectProvider", ONE, delete),
    Operation::write("AddClientIDToOpenIDConnectProvider", ONE, add_client),
    Operation::write(
        "RemoveClientIDFromOpenIDConnectProvider",
        ONE,
        remove_client,
    ),
    Operation::write(
        "UpdateOpenIDConnectProviderThumbprint",
        ONE,
        update_thumbprints,
    ),
];

/// The most client ids and thumbprints of one provider ("IAM and AWS STS
/// quotas").
const MOST_CLIENT_IDS: usize = 100;
const MOST_THUMBPRINTS: usize = 5;
const MOST_PROVIDERS: usize = 100;

/// The URL of a request without its scheme.
pub(crate) fn host_and_path(params: &Params) -> &str {
    let url = params.get("Url").unwrap_or_default();
    url.strip_prefix("https://")
        .unwrap_or(url)
        .trim_end_matches('/')
}

/// The provider that the request names, to change it.
pub(super) fn find<'a>(
    account: &'a mut Account,
    params: &Params,
) -> Result<&'a mut OidcProvider, Refusal> {
    let arn = params.required("OpenIDConnectProviderArn")?;
    length("OpenIDConnectProviderArn", arn, 20, 2048)?;
    account.oidc_providers.get_mut(arn).ok_or_else(|| {
        Refusal::no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
    })
}

fn requested_thumbprints(params: &Params) -> Result<Vec<String>, Refusal> {
    let thumbprints = params.list("ThumbprintList");
    if thumbprints.len() > MOST_THUMBPRINTS {
        return Err(Refusal::invalid_input(format!(
            "Thumbprint list must contain fewer than {MOST_THUMBPRINTS} entries."
        )));
    }
    for thumbprint in &thumbprints {
        length("ThumbprintList", thumbprint, 40, 40)?;
        if !thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Refusal::invalid_input("Thumbprints must be hexadecimal."));
        }
    }
    Ok(thumbprints.into_iter().map(str::to_owned).collect())
}

fn requested_client_id(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("ClientID")?;
    length("ClientID", id, 1, 255)?;
    Ok(id)
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let url = params.required("Url")?;
    length("Url", url, 1, 255)?;
    if !url.starts_with("https://") || host_and_path(params).is_empty() || url.contains('?') {
        return Err(Refusal::validation_error(
            "Invalid Open ID Connect Provider URL: it must begin with https:// and have no query.",
        ));
    }
    let client_ids: Vec<String> = params
        .list("ClientIDList")
        .into_iter()
        .map(str::to_owned)
        .collect();
    for id in &client_ids {
        length("ClientIDList", id, 1, 255)?;
    }
    if client_ids.len() > MOST_CLIENT_IDS {
        return Err(constraint_violation(
            Some(&format!("{} client ids", client_ids.len())),
            "ClientIDList",
            &format!("Member must have length less than or equal to {MOST_CLIENT_IDS}"),
        ));
    }
    let thumbprints = requested_thumbprints(params)?;
    let created = scope.now;
    let account = scope.account();
    let url = host_and_path(params).to_owned();
    let arn = OidcProvider::arn(&account.id, &url);
    if account.oidc_providers.contains_key(&arn) {
        return Err(Refusal::entity_already_exists(format!(
            "Provider with url https://{url} already exists."
        )));
    }
    super::refuse_over_quota(
        account.oidc_providers.len(),
        MOST_PROVIDERS,
        "OpenIdConnectProvidersPerAccount",
    )?;
    let provider = OidcProvider {
        url,
        client_ids,
        thumbprints,
        created,
        tags,
    };
    let result = answer(|x| {
        x.text("OpenIDConnectProviderArn", &arn);
        provider.tags.write_if_any(x);
    });
    account.oidc_providers.insert(arn, provider);
    result
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let provider = find(scope.account(), params)?;
    answer(|x| {
        x.text("Url", &provider.url);
        x.text_members("ClientIDList", &provider.client_ids);
        x.text_members("ThumbprintList", &provider.thumbprints);
        x.text("CreateDate", provider.created);
        provider.tags.write_if_any(x);
    })
}

fn list(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let arns = scope.account().oidc_providers.keys();
    answer(|x| {
        x.members("OpenIDConnectProviderList", arns, |x, arn| {
            x.text("Arn", arn)
        })
    })
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    // Deleting one that is not there succeeds ("idempotent" in
    // DeleteOpenIDConnectProvider); trust policies that name it stay.
    let arn = params.required("OpenIDConnectProviderArn")?;
    length("OpenIDConnectProviderArn", arn, 20, 2048)?;
    scope.account().oidc_providers.remove(arn);
    Ok(None)
}

fn add_client(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_client_id(params)?;
    let provider = find(scope.account(), params)?;
    // Adding one that is there already succeeds.
    if !provider.client_ids.iter().any(|known| known == id) {
        let count = provider.client_ids.len();
        super::refuse_over_quota(count, MOST_CLIENT_IDS, "ClientIdsPerOpenIdConnectProvider")?;
        provider.client_ids.push(id.to_owned());
    }
    Ok(None)
}

fn remove_client(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_client_id(params)?;
    find(scope.account(), params)?
        .client_ids
        .retain(|known| known != id);
    Ok(None)
}

fn update_thumbprints(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let thumbprints = requested_thumbprints(params)?;
    find(scope.account(), params)?.thumbprints = thumbprints;
    Ok(None)
}
