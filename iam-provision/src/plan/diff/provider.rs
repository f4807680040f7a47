//! The account's alias and its identity providers.

use std::collections::BTreeSet;

use super::Differ;
use super::policy::tag_changes;
use crate::names::OWNER_TAG;
use crate::plan::operation::{Operation, ProviderCall};
use crate::state::{Provider, ProviderState, ProviderTrust};

impl Differ<'_> {
    /// Sets the alias, or gives back the one there was before the bundle.
    pub(super) fn account_alias(&mut self) {
        let wanted = match (&self.want.alias, &self.ledger.alias_before) {
            (Some(alias), _) => {
                if let Some(owner) = &self.observed.alias_of {
                    let message = format!(
                        "the account has one, and the bundle `{owner}` set it; remove it from there first"
                    );
                    self.problem("account alias", message);
                    return;
                }
                Some(alias.clone())
            }
            (None, Some(before)) => before.clone(),
            (None, None) => return,
        };
        match (wanted, self.now.alias.clone()) {
            (Some(wanted), now) if now.as_ref() != Some(&wanted) => {
                self.push(match self.want.alias {
                    Some(_) => Operation::SetAlias { alias: wanted },
                    None => Operation::GiveBackAlias { alias: wanted },
                });
            }
            (None, Some(alias)) => self.push(Operation::DeleteAlias { alias }),
            _ => {}
        }
    }

    pub(super) fn providers(&mut self) {
        for (provider, wanted) in &self.want.providers {
            match self.now.providers.get(provider) {
                None => self.create_provider(provider, wanted),
                Some(now) => self.provider(provider, wanted, now),
            }
        }
        for provider in self.removed.providers.clone() {
            self.push(Operation::Provider(ProviderCall::Delete {
                arn: provider.arn(&self.now.account),
                on: provider,
            }));
        }
    }

    fn create_provider(&mut self, provider: &Provider, wanted: &ProviderState) {
        let arn = provider.arn(&self.now.account);
        let tags = wanted.tags.clone();
        let call = match (provider, &wanted.trust) {
            (
                Provider::Oidc(url),
                ProviderTrust::Oidc {
                    client_ids,
                    thumbprints,
                },
            ) => ProviderCall::CreateOidc {
                url: url.clone(),
                arn,
                client_ids: client_ids.clone(),
                thumbprints: thumbprints.clone(),
                tags,
            },
            (Provider::Saml(name), ProviderTrust::Saml { metadata }) => ProviderCall::CreateSaml {
                name: name.clone(),
                arn,
                metadata: metadata.clone(),
                tags,
            },
            // A target has each kind under its own key.
            _ => return,
        };
        self.push(Operation::Provider(call));
    }

    fn provider(&mut self, provider: &Provider, wanted: &ProviderState, now: &ProviderState) {
        let arn = provider.arn(&self.now.account);
        let shared = self.target.shared_providers.contains(provider);
        let mut calls = Vec::new();
        match (provider, &wanted.trust, &now.trust) {
            (
                Provider::Oidc(url),
                ProviderTrust::Oidc {
                    client_ids,
                    thumbprints,
                },
                ProviderTrust::Oidc {
                    client_ids: client_ids_now,
                    thumbprints: thumbprints_now,
                },
            ) => {
                for id in client_ids.difference(client_ids_now) {
                    calls.push(ProviderCall::AddClientId {
                        url: url.clone(),
                        arn: arn.clone(),
                        id: id.clone(),
                    });
                }
                for id in client_ids_now.difference(client_ids).filter(|_| !shared) {
                    calls.push(ProviderCall::RemoveClientId {
                        url: url.clone(),
                        arn: arn.clone(),
                        id: id.clone(),
                    });
                }
                let kept: BTreeSet<String> = thumbprints_now
                    .iter()
                    .filter(|_| shared)
                    .chain(thumbprints)
                    .cloned()
                    .collect();
                if !thumbprints.is_empty() && kept != *thumbprints_now {
                    calls.push(ProviderCall::SetThumbprints {
                        url: url.clone(),
                        arn: arn.clone(),
                        thumbprints: kept,
                    });
                }
            }
            (
                Provider::Saml(name),
                ProviderTrust::Saml { metadata },
                ProviderTrust::Saml {
                    metadata: metadata_now,
                },
            ) if !ProviderTrust::same_metadata(metadata, metadata_now) => {
                calls.push(ProviderCall::SetMetadata {
                    name: name.clone(),
                    arn: arn.clone(),
                    metadata: metadata.clone(),
                });
            }
            _ => {}
        }
        let (set, unset) = tag_changes(&wanted.tags, &now.tags);
        if !set.is_empty() {
            calls.push(ProviderCall::Tag {
                on: provider.clone(),
                arn: arn.clone(),
                tags: set,
            });
        }
        if !unset.is_empty() && !shared {
            calls.push(ProviderCall::Untag {
                on: provider.clone(),
                arn,
                keys: unset,
            });
        }
        for call in calls {
            self.push(Operation::Provider(call));
        }
    }

    /// Whose a provider is: its tag says so, where the ledger does not.
    pub(super) fn provider_owner(&self, provider: &Provider) -> Option<String> {
        self.now
            .providers
            .get(provider)?
            .tags
            .get(OWNER_TAG)
            .cloned()
    }
}
