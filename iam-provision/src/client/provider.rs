//! Calls about the account's alias and its identity providers.

use aws_sdk_iam::types::Tag;

use super::Client;
use super::failure::Failure;
use super::read::tags;
use super::write::{send, tag_list};
use crate::plan::operation::{Operation, ProviderCall};
use crate::state::{Provider, ProviderState, ProviderTrust};

impl Client {
    /// The account's alias, if it has one.
    pub(crate) async fn account_alias(&self) -> Result<Option<String>, Failure> {
        const CALL: &str = "ListAccountAliases";
        let answer = self.iam.list_account_aliases().send().await;
        let answer = answer.map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        Ok(answer.account_aliases().first().cloned())
    }

    /// A provider; `None` if there is none of that name.
    pub(crate) async fn provider(
        &self,
        provider: &Provider,
        arn: &str,
    ) -> Result<Option<ProviderState>, Failure> {
        match provider {
            Provider::Oidc(_) => {
                let call = self.iam.get_open_id_connect_provider();
                let answer = call.open_id_connect_provider_arn(arn).send().await;
                let found = self.found("GetOpenIDConnectProvider", answer)?;
                Ok(found.map(|answer| ProviderState {
                    trust: ProviderTrust::Oidc {
                        client_ids: answer.client_id_list().iter().cloned().collect(),
                        thumbprints: answer
                            .thumbprint_list()
                            .iter()
                            .map(|thumbprint| thumbprint.to_ascii_lowercase())
                            .collect(),
                    },
                    tags: tags(answer.tags()),
                }))
            }
            Provider::Saml(_) => {
                let call = self.iam.get_saml_provider();
                let answer = call.saml_provider_arn(arn).send().await;
                let found = self.found("GetSAMLProvider", answer)?;
                Ok(found.map(|answer| ProviderState {
                    trust: ProviderTrust::Saml {
                        metadata: answer
                            .saml_metadata_document()
                            .unwrap_or_default()
                            .to_owned(),
                    },
                    tags: tags(answer.tags()),
                }))
            }
        }
    }

    pub(super) async fn change_provider(
        &self,
        operation: &Operation,
        call: &ProviderCall,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match call {
            ProviderCall::CreateOidc {
                url,
                client_ids,
                thumbprints,
                tags,
                ..
            } => send!(
                self,
                operation,
                iam.create_open_id_connect_provider()
                    .url(format!("https://{url}"))
                    .set_client_id_list(Some(client_ids.iter().cloned().collect()))
                    .set_thumbprint_list(
                        (!thumbprints.is_empty()).then(|| thumbprints.iter().cloned().collect())
                    )
                    .set_tags(tag_list(operation, tags)?)
            ),
            ProviderCall::AddClientId { arn, id, .. } => send!(
                self,
                operation,
                iam.add_client_id_to_open_id_connect_provider()
                    .open_id_connect_provider_arn(arn)
                    .client_id(id)
            ),
            ProviderCall::RemoveClientId { arn, id, .. } => send!(
                self,
                operation,
                iam.remove_client_id_from_open_id_connect_provider()
                    .open_id_connect_provider_arn(arn)
                    .client_id(id)
            ),
            ProviderCall::SetThumbprints {
                arn, thumbprints, ..
            } => send!(
                self,
                operation,
                iam.update_open_id_connect_provider_thumbprint()
                    .open_id_connect_provider_arn(arn)
                    .set_thumbprint_list(Some(thumbprints.iter().cloned().collect()))
            ),
            ProviderCall::CreateSaml {
                name,
                metadata,
                tags,
                ..
            } => send!(
                self,
                operation,
                iam.create_saml_provider()
                    .name(name)
                    .saml_metadata_document(metadata)
                    .set_tags(tag_list(operation, tags)?)
            ),
            ProviderCall::SetMetadata { arn, metadata, .. } => send!(
                self,
                operation,
                iam.update_saml_provider()
                    .saml_provider_arn(arn)
                    .saml_metadata_document(metadata)
            ),
            ProviderCall::Tag { on, arn, tags } => {
                let tags = tag_list(operation, tags)?;
                self.tag_provider(operation, on, arn, tags).await
            }
            ProviderCall::Untag { on, arn, keys } => match on {
                Provider::Oidc(_) => send!(
                    self,
                    operation,
                    iam.untag_open_id_connect_provider()
                        .open_id_connect_provider_arn(arn)
                        .set_tag_keys(Some(keys.clone()))
                ),
                Provider::Saml(_) => send!(
                    self,
                    operation,
                    iam.untag_saml_provider()
                        .saml_provider_arn(arn)
                        .set_tag_keys(Some(keys.clone()))
                ),
            },
            ProviderCall::Delete { on, arn } => match on {
                Provider::Oidc(_) => send!(
                    self,
                    operation,
                    iam.delete_open_id_connect_provider()
                        .open_id_connect_provider_arn(arn)
                ),
                Provider::Saml(_) => send!(
                    self,
                    operation,
                    iam.delete_saml_provider().saml_provider_arn(arn)
                ),
            },
        }
    }

    async fn tag_provider(
        &self,
        operation: &Operation,
        on: &Provider,
        arn: &str,
        tags: Option<Vec<Tag>>,
    ) -> Result<(), Failure> {
        let iam = &self.iam;
        match on {
            Provider::Oidc(_) => send!(
                self,
                operation,
                iam.tag_open_id_connect_provider()
                    .open_id_connect_provider_arn(arn)
                    .set_tags(tags)
            ),
            Provider::Saml(_) => send!(
                self,
                operation,
                iam.tag_saml_provider()
                    .saml_provider_arn(arn)
                    .set_tags(tags)
            ),
        }
    }
}
