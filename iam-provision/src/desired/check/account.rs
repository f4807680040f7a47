//! What IAM would refuse of what an account has beside its identities: the
//! alias and the identity providers. Lengths and forms are from the IAM API
//! reference, counts from "IAM and AWS STS quotas".

use super::Checker;
use crate::names::{self, PROVIDER_NAME};

const CLIENT_IDS: usize = 100;
const THUMBPRINTS: usize = 5;

impl Checker<'_> {
    pub(super) fn account_alias(&mut self, bundle: &str) {
        if self.bundle.aliases.len() > 1 {
            self.problem(bundle, "more than one account alias; an account has one");
        }
        for alias in &self.bundle.aliases {
            let alias = &alias.alias;
            // ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$ of CreateAccountAlias.
            let well_formed = (3..=63).contains(&alias.len())
                && alias
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !alias.starts_with('-')
                && !alias.ends_with('-')
                && !alias.contains("--");
            if !well_formed {
                self.problem(
                    "account alias",
                    format!("{alias:?} is not one; an alias has 3 to 63 lower case letters, digits and single dashes, and no dash at its ends"),
                );
            } else if names::is_account_id(alias) {
                self.problem(
                    "account alias",
                    format!("{alias:?} looks like an account id, and IAM refuses that"),
                );
            }
        }
    }

    pub(super) fn providers(&mut self) {
        let bundle = self.bundle;
        let oidc = &bundle.oidc_providers;
        self.duplicates("OIDC provider", oidc.iter().map(|p| p.host_and_path()));
        for provider in oidc {
            let place = format!("OIDC provider `{}`", provider.url);
            self.provider_url(&place, &provider.url);
            let count = provider.client_ids.len();
            if count > CLIENT_IDS {
                self.problem(
                    &place,
                    format!("{count} client ids; IAM accepts at most {CLIENT_IDS}"),
                );
            }
            for id in &provider.client_ids {
                let length = id.chars().count();
                if !(1..=255).contains(&length) {
                    self.problem(
                        &place,
                        format!("a client id of {length} characters; IAM accepts 1 to 255"),
                    );
                }
            }
            let count = provider.thumbprints.len();
            if count > THUMBPRINTS {
                self.problem(
                    &place,
                    format!("{count} thumbprints; IAM accepts at most {THUMBPRINTS}"),
                );
            }
            for thumbprint in &provider.thumbprints {
                if thumbprint.len() != 40 || !thumbprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                    self.problem(
                        &place,
                        format!("{thumbprint:?} is not a thumbprint, which is the SHA-1 of a certificate as 40 hexadecimal digits without colons"),
                    );
                }
            }
            self.tags(&place, &provider.tags);
        }
        let saml = &bundle.saml_providers;
        self.duplicates("SAML provider", saml.iter().map(|p| p.name.as_str()));
        for provider in saml {
            let place = format!("SAML provider `{}`", provider.name);
            names::check_name(&mut self.problems, &place, &provider.name, PROVIDER_NAME);
            if let Some(bad) = provider.name.chars().find(|c| "+=,@".contains(*c)) {
                self.problem(
                    &place,
                    format!("the name has the character {bad:?}; IAM accepts letters, digits and ._- here"),
                );
            }
            let length = provider.metadata.chars().count();
            if !(1_000..=10_000_000).contains(&length) {
                self.problem(
                    &place,
                    format!("a metadata document of {length} characters; IAM accepts 1,000 to 10,000,000: give the whole EntityDescriptor that the directory exports"),
                );
            }
            self.tags(&place, &provider.tags);
        }
    }

    pub(super) fn linked_roles(&mut self) {
        let roles = &self.bundle.linked_roles;
        let names: Vec<String> = roles
            .iter()
            .map(|role| [role.service.as_str(), role.suffix.as_deref().unwrap_or("")].join(" "))
            .collect();
        self.duplicates(
            "service-linked role of",
            names.iter().map(|name| name.trim_end()),
        );
        for role in roles {
            let place = format!("service-linked role of `{}`", role.service);
            let well_formed = role.service.len() <= 128
                && role.service.contains('.')
                && role
                    .service
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_.@-".contains(&b));
            if !well_formed {
                self.problem(
                    &place,
                    "is not a service; one is written as in a trust policy, such as `ecs.amazonaws.com`",
                );
            }
            if let Some(suffix) = &role.suffix {
                names::check_name(&mut self.problems, &format!("{place}: suffix"), suffix, 64);
            }
            if let Some(description) = &role.description {
                self.description(&place, description);
            }
        }
    }

    fn provider_url(&mut self, place: &str, url: &str) {
        let host = url.strip_prefix("https://").map(|rest| {
            let end = rest.find('/').unwrap_or(rest.len());
            rest.get(..end).unwrap_or_default()
        });
        let well_formed = host.is_some_and(|host| !host.is_empty() && !host.contains(':'))
            && url.len() <= 255
            && !url.contains(['?', '#'])
            && url.chars().all(|c| c.is_ascii_graphic());
        if !well_formed {
            self.problem(
                place,
                format!("{url:?} is not the URL of a provider; one begins with https://, has a host without a port, perhaps a path, no query, and at most 255 characters"),
            );
        }
    }
}
