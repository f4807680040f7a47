//! SAML providers. The metadata document is kept as it is, not read.

use super::{Also, Operation, Scope, Target, answer};
use crate::moment::Moment;
use crate::names::{length, name};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::Account;
use crate::state::provider::SamlProvider;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

const ONE: Target = Target::Arn("SAMLProviderArn");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateSAMLProvider", Target::NewSamlProvider, create)
        .also(&[Also::TagOnCreate("iam:TagSAMLProvider")]),
    Operation::read("GetSAMLProvider", ONE, get),
    Operation::read("ListSAMLProviders", Target::Everything, list),
    Operation::write("UpdateSAMLProvider", ONE, update),
    Operation::write("DeleteSAMLProvider", ONE, delete),
];

const MOST_PROVIDERS: usize = 100;
/// AWS takes the end of validity from the metadata, which the sandbox does not
/// read; it says 20 years, as the example of ListSAMLProviders does.
const VALIDITY_SECONDS: u64 = 7_305 * 86_400;

fn valid_until(provider: &SamlProvider) -> Moment {
    provider.created.plus(VALIDITY_SECONDS)
}

fn requested_arn(params: &Params) -> Result<&str, Refusal> {
    let arn = params.required("SAMLProviderArn")?;
    length("SAMLProviderArn", arn, 20, 2048)?;
    Ok(arn)
}

fn missing(arn: &str) -> Refusal {
    Refusal::no_such_entity(format!("Manifest not found for arn {arn}"))
}

/// The provider that the request names, to change it.
pub(super) fn find<'a>(
    account: &'a mut Account,
    params: &Params,
) -> Result<&'a mut SamlProvider, Refusal> {
    let arn = requested_arn(params)?;
    account
        .saml_providers
        .get_mut(arn)
        .ok_or_else(|| missing(arn))
}

fn requested_metadata(params: &Params) -> Result<String, Refusal> {
    let metadata = params.required("SAMLMetadataDocument")?;
    // The refusal does not repeat a document of up to ten million characters.
    let count = metadata.chars().count();
    if !(1_000..=10_000_000).contains(&count) {
        return Err(Refusal::validation_error(format!(
            "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy \
             constraint: Member must have length between 1000 and 10000000, but has {count}"
        )));
    }
    Ok(metadata.to_owned())
}

fn create(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let name = name("Name", params.required("Name")?, 128)?;
    let metadata = requested_metadata(params)?;
    let created = scope.now;
    let account = scope.account();
    let arn = SamlProvider::arn(&account.id, name);
    if account
        .saml_providers
        .keys()
        .any(|known| known.eq_ignore_ascii_case(&arn))
    {
        return Err(Refusal::entity_already_exists(format!(
            "SAMLProvider with name {name} already exists."
        )));
    }
    let count = account.saml_providers.len();
    super::refuse_over_quota(count, MOST_PROVIDERS, "SAMLProvidersPerAccount")?;
    let provider = SamlProvider {
        metadata,
        created,
        tags,
    };
    let result = answer(|x| {
        x.text("SAMLProviderArn", &arn);
        provider.tags.write_if_any(x);
    });
    account.saml_providers.insert(arn, provider);
    result
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let provider = find(scope.account(), params)?;
    answer(|x| {
        x.text("SAMLMetadataDocument", &provider.metadata);
        x.text("CreateDate", provider.created);
        x.text("ValidUntil", valid_until(provider));
        provider.tags.write_if_any(x);
    })
}

fn list(scope: &mut Scope<'_>, _params: &Params) -> Result<Option<Xml>, Refusal> {
    let providers = &scope.account().saml_providers;
    answer(|x| {
        x.members(
            "SAMLProviderList",
            providers.iter(),
            |x, (arn, provider)| {
                x.text("Arn", arn);
                x.text("ValidUntil", valid_until(provider));
                x.text("CreateDate", provider.created);
            },
        );
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    let metadata = requested_metadata(params)?;
    find(scope.account(), params)?.metadata = metadata;
    answer(|x| x.text("SAMLProviderArn", arn))
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let arn = requested_arn(params)?;
    scope
        .account()
        .saml_providers
        .remove(arn)
        .ok_or_else(|| missing(arn))?;
    Ok(None)
}
