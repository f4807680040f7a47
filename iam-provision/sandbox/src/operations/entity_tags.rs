//! Tags: the same three operations for every kind of entity that has them.

use super::policies::{find_own, requested_arn};
use super::{Operation, Scope, Target, answer, principal_name};
use crate::names::name;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::Account;
use crate::state::PrincipalKind::{Role as ROLE, User as USER};
use crate::state::tags::{KeyCase, Tags, check_key, write_tag};
use crate::xml::Xml;

/// What can be tagged.
#[derive(Clone, Copy)]
enum Tagged {
    User,
    Role,
    Policy,
    InstanceProfile,
    MfaDevice,
    OidcProvider,
    SamlProvider,
    ServerCertificate,
}

const ON_USER: Target = Target::Principal(USER);
const ON_ROLE: Target = Target::Principal(ROLE);
const ON_PROFILE: Target = Target::InstanceProfile;
const ON_OIDC: Target = Target::Arn("OpenIDConnectProviderArn");
const ON_SAML: Target = Target::Arn("SAMLProviderArn");

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("TagUser", ON_USER, |s, p| tag(s, p, Tagged::User)),
    Operation::write("UntagUser", ON_USER, |s, p| untag(s, p, Tagged::User)),
    Operation::read("ListUserTags", ON_USER, |s, p| list(s, p, Tagged::User)),
    Operation::write("TagRole", ON_ROLE, |s, p| tag(s, p, Tagged::Role)),
    Operation::write("UntagRole", ON_ROLE, |s, p| untag(s, p, Tagged::Role)),
    Operation::read("ListRoleTags", ON_ROLE, |s, p| list(s, p, Tagged::Role)),
    Operation::write("TagPolicy", Target::Policy, |s, p| {
        tag(s, p, Tagged::Policy)
    }),
    Operation::write("UntagPolicy", Target::Policy, |s, p| {
        untag(s, p, Tagged::Policy)
    }),
    Operation::read("ListPolicyTags", Target::Policy, |s, p| {
        list(s, p, Tagged::Policy)
    }),
    Operation::write("TagInstanceProfile", ON_PROFILE, |s, p| {
        tag(s, p, Tagged::InstanceProfile)
    }),
    Operation::write("UntagInstanceProfile", ON_PROFILE, |s, p| {
        untag(s, p, Tagged::InstanceProfile)
    }),
    Operation::read("ListInstanceProfileTags", ON_PROFILE, |s, p| {
        list(s, p, Tagged::InstanceProfile)
    }),
    Operation::write("TagMFADevice", Target::MfaDevice, |s, p| {
        tag(s, p, Tagged::MfaDevice)
    }),
    Operation::write("UntagMFADevice", Target::MfaDevice, |s, p| {
        untag(s, p, Tagged::MfaDevice)
    }),
    Operation::read("ListMFADeviceTags", Target::MfaDevice, |s, p| {
        list(s, p, Tagged::MfaDevice)
    }),
    Operation::write("TagOpenIDConnectProvider", ON_OIDC, |s, p| {
        tag(s, p, Tagged::OidcProvider)
    }),
    Operation::write("UntagOpenIDConnectProvider", ON_OIDC, |s, p| {
        untag(s, p, Tagged::OidcProvider)
    }),
    Operation::read("ListOpenIDConnectProviderTags", ON_OIDC, |s, p| {
        list(s, p, Tagged::OidcProvider)
    }),
    Operation::write("TagSAMLProvider", ON_SAML, |s, p| {
        tag(s, p, Tagged::SamlProvider)
    }),
    Operation::write("UntagSAMLProvider", ON_SAML, |s, p| {
        untag(s, p, Tagged::SamlProvider)
    }),
    Operation::read("ListSAMLProviderTags", ON_SAML, |s, p| {
        list(s, p, Tagged::SamlProvider)
    }),
    Operation::write("TagServerCertificate", Target::ServerCertificate, |s, p| {
        tag(s, p, Tagged::ServerCertificate)
    }),
    Operation::write(
        "UntagServerCertificate",
        Target::ServerCertificate,
        |s, p| untag(s, p, Tagged::ServerCertificate),
    ),
    Operation::read(
        "ListServerCertificateTags",
        Target::ServerCertificate,
        |s, p| list(s, p, Tagged::ServerCertificate),
    ),
];

impl Tagged {
    /// The word in the name of the quota.
    fn word(self) -> &'static str {
        match self {
            Tagged::User => "User",
            Tagged::Role => "Role",
            Tagged::Policy => "Policy",
            Tagged::InstanceProfile => "InstanceProfile",
            Tagged::MfaDevice => "MFADevice",
            Tagged::OidcProvider => "OpenIDConnectProvider",
            Tagged::SamlProvider => "SAMLProvider",
            Tagged::ServerCertificate => "ServerCertificate",
        }
    }

    fn key_case(self) -> KeyCase {
        match self {
            Tagged::User | Tagged::Role => KeyCase::Ignored,
            _ => KeyCase::Told,
        }
    }

    /// The tags of the entity that the request names.
    fn tags<'a>(self, account: &'a mut Account, params: &Params) -> Result<&'a mut Tags, Refusal> {
        Ok(match self {
            Tagged::User => &mut account.user_mut(principal_name(params, USER)?)?.tags,
            Tagged::Role => &mut account.any_role_mut(principal_name(params, ROLE)?)?.tags,
            Tagged::Policy => &mut find_own(account, requested_arn(params)?)?.tags,
            Tagged::InstanceProfile => {
                let field = "InstanceProfileName";
                let profile = name(field, params.required(field)?, 128)?;
                &mut account.instance_profile_mut(profile)?.tags
            }
            Tagged::OidcProvider => &mut super::oidc_providers::find(account, params)?.tags,
            Tagged::SamlProvider => &mut super::saml_providers::find(account, params)?.tags,
            Tagged::ServerCertificate => {
                &mut super::server_certificates::find(account, params)?.tags
            }
            Tagged::MfaDevice => {
                let serial = super::mfa_devices::requested_serial(params)?;
                &mut super::mfa_devices::find(account, serial)?.tags
            }
        })
    }
}

fn tag(scope: &mut Scope<'_>, params: &Params, kind: Tagged) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, kind.key_case())?;
    let account = scope.account();
    let most = account.quotas.tags;
    kind.tags(account, params)?.add(tags, most, kind.word())?;
    Ok(None)
}

fn untag(scope: &mut Scope<'_>, params: &Params, kind: Tagged) -> Result<Option<Xml>, Refusal> {
    let keys = params.list("TagKeys");
    for key in &keys {
        check_key(key)?;
    }
    kind.tags(scope.account(), params)?.remove(&keys);
    Ok(None)
}

fn list(scope: &mut Scope<'_>, params: &Params, kind: Tagged) -> Result<Option<Xml>, Refusal> {
    let tags = match (kind, params.get("RoleName"), params.get("PolicyArn")) {
        // Roles and policies of AWS can be read, though not changed.
        (Tagged::Role, Some(_), _) => scope
            .account()
            .role(principal_name(params, ROLE)?)?
            .tags
            .clone(),
        (Tagged::Policy, _, Some(_)) => {
            let arn = requested_arn(params)?;
            super::policies::find(scope.world, scope.account_id(), arn)?
                .tags
                .clone()
        }
        _ => kind.tags(scope.account(), params)?.clone(),
    };
    let page = page(params, tags.iter().collect(), |(key, _)| tags.compared(key))?;
    answer(|x| {
        page.write(x);
        x.members("Tags", page.items.iter().copied(), write_tag);
    })
}
