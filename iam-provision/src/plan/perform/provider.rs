//! What a call about an identity provider does to the model.

use crate::plan::operation::ProviderCall;
use crate::state::{Provider, ProviderState, ProviderTrust, State};

impl State {
    pub(super) fn perform_on_provider(&mut self, call: &ProviderCall) {
        let key = call.provider();
        let created = match call {
            ProviderCall::CreateOidc {
                client_ids,
                thumbprints,
                tags,
                ..
            } => Some(ProviderState {
                trust: ProviderTrust::Oidc {
                    client_ids: client_ids.clone(),
                    thumbprints: thumbprints.clone(),
                },
                tags: tags.clone(),
            }),
            ProviderCall::CreateSaml { metadata, tags, .. } => Some(ProviderState {
                trust: ProviderTrust::Saml {
                    metadata: metadata.clone(),
                },
                tags: tags.clone(),
            }),
            _ => None,
        };
        if let Some(created) = created {
            self.providers.insert(key, created);
        } else if let ProviderCall::Delete { .. } = call {
            self.providers.remove(&key);
        } else {
            self.change_provider(&key, call);
        }
    }

    fn change_provider(&mut self, key: &Provider, call: &ProviderCall) {
        let Some(provider) = self.providers.get_mut(key) else {
            return;
        };
        match (call, &mut provider.trust) {
            (ProviderCall::AddClientId { id, .. }, ProviderTrust::Oidc { client_ids, .. }) => {
                client_ids.insert(id.clone());
            }
            (ProviderCall::RemoveClientId { id, .. }, ProviderTrust::Oidc { client_ids, .. }) => {
                client_ids.remove(id);
            }
            (
                ProviderCall::SetThumbprints {
                    thumbprints: wanted,
                    ..
                },
                ProviderTrust::Oidc { thumbprints, .. },
            ) => thumbprints.clone_from(wanted),
            (
                ProviderCall::SetMetadata {
                    metadata: wanted, ..
                },
                ProviderTrust::Saml { metadata },
            ) => metadata.clone_from(wanted),
            (ProviderCall::Tag { tags, .. }, _) => provider.tags.extend(tags.clone()),
            (ProviderCall::Untag { keys, .. }, _) => {
                provider.tags.retain(|key, _| !keys.contains(key));
            }
            _ => {}
        }
    }
}
