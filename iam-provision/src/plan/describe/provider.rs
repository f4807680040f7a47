//! Calls about the alias and the identity providers, in words.

use sha2::{Digest, Sha256};

use super::{Words, tags_removed, tags_set};
use crate::plan::Change;
use crate::plan::operation::ProviderCall;
use crate::state::{ProviderTrust, State};

/// Sets the alias, or with `None` deletes it.
pub(super) fn alias(after: Option<&str>, now: &State) -> Words {
    let page = |alias: &str| format!("https://{alias}.signin.aws.amazon.com/console");
    let before = now.alias.as_deref();
    let change = match (before, after) {
        (None, _) => Change::Create,
        (_, None) => Change::Delete,
        _ => Change::Change,
    };
    let name = after.or(before).unwrap_or_default();
    let mut words = Words::new(change, format!("account alias {name}"));
    if let Some(before) = before {
        words = words
            .before(before)
            .access([format!("{} no longer leads to this account", page(before))]);
    }
    match after {
        Some(after) => words
            .after(after)
            .access([format!("the sign-in page is {} as well", page(after))]),
        None => words,
    }
}

pub(super) fn provider(call: &ProviderCall, now: &State) -> Words {
    let provider = call.provider();
    let named_by = || -> Vec<String> {
        let arn = format!("\"{}\"", provider.arn(&now.account));
        now.roles
            .iter()
            .filter(|(_, role)| role.trust.json().contains(&arn))
            .map(|(name, _)| format!("for role {name}, whose trust policy names it"))
            .collect()
    };
    match call {
        ProviderCall::CreateOidc { client_ids, .. } => {
            Words::new(Change::Create, provider.to_string())
                .after(list(client_ids.iter()))
                .access([format!(
                    "vouches for tokens of https://{} for the client ids {}",
                    url(call),
                    list(client_ids.iter())
                )])
                .access(named_by())
        }
        ProviderCall::AddClientId { id, .. } => {
            Words::new(Change::Create, format!("client id {id} of {provider}"))
                .access([format!("vouches for tokens for the client id {id}")])
                .access(named_by())
        }
        ProviderCall::RemoveClientId { id, .. } => {
            Words::new(Change::Delete, format!("client id {id} of {provider}")).access([format!(
                "no longer vouches for tokens for the client id {id}"
            )])
        }
        ProviderCall::SetThumbprints { thumbprints, .. } => {
            let words = Words::new(Change::Change, format!("thumbprints of {provider}"))
                .after(list(thumbprints.iter()));
            match now.providers.get(&provider).map(|p| &p.trust) {
                Some(ProviderTrust::Oidc { thumbprints, .. }) => {
                    words.before(list(thumbprints.iter()))
                }
                _ => words,
            }
        }
        ProviderCall::CreateSaml { metadata, .. } => {
            Words::new(Change::Create, provider.to_string())
                .after(document(metadata))
                .access(["vouches for whom the directory in its metadata signs".to_owned()])
                .access(named_by())
        }
        ProviderCall::SetMetadata { metadata, .. } => {
            let words = Words::new(Change::Change, format!("metadata of {provider}"))
                .after(document(metadata))
                .access(["vouches for whom the directory in its new metadata signs".to_owned()])
                .access(named_by());
            match now.providers.get(&provider).map(|p| &p.trust) {
                Some(ProviderTrust::Saml { metadata }) => words.before(document(metadata)),
                _ => words,
            }
        }
        ProviderCall::Tag { tags, .. } => tags_set(&provider, tags),
        ProviderCall::Untag { keys, .. } => tags_removed(&provider, keys),
        ProviderCall::Delete { .. } => Words::new(Change::Delete, provider.to_string()).access([
            "no longer vouches for anybody; trust policies that name it stay as they are"
                .to_owned(),
        ]),
    }
}

fn url(call: &ProviderCall) -> String {
    let resource = call.provider().resource();
    let url = resource.split_once('/').map(|(_, url)| url.to_owned());
    url.unwrap_or_default()
}

fn list<'t>(texts: impl Iterator<Item = &'t String>) -> String {
    let texts: Vec<&str> = texts.map(String::as_str).collect();
    if texts.is_empty() {
        return "none".to_owned();
    }
    texts.join(", ")
}

/// A document too long to show: what tells two of them apart.
fn document(text: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text));
    format!("{} characters, SHA-256 {hash}", text.chars().count())
}
