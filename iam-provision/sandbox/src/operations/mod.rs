//! The table of operations: name, whether it writes, what authorizes it, and
//! the function that runs it. Every operation is one row, in the file of the
//! thing it is about.

use crate::credentials::Caller;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::{Account, PrincipalKind, World};
use crate::sts;
use crate::xml::Xml;

mod access_keys;
mod account;
mod attachments;
mod boundaries;
mod credential_report;
mod details;
mod entity_tags;
mod granted_services;
mod groups;
mod inline_policies;
mod instance_profiles;
mod labelled;
pub(crate) mod last_accessed;
mod login_profiles;
mod mfa_devices;
pub(crate) mod oidc_providers;
mod organization_features;
mod password_policy;
mod policies;
mod policy_versions;
mod roles;
mod saml_providers;
mod server_certificates;
pub(crate) mod service_linked_roles;
mod service_specific_credentials;
mod signing_certificates;
mod simulation;
mod ssh_public_keys;
mod users;

/// The two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Iam,
    Sts,
}

impl Service {
    /// The service that a request is for: what it was signed for, or else
    /// what its API version says.
    pub(crate) fn of(signed_for: &str, version: &str) -> Service {
        match (signed_for, version) {
            ("sts", _) => Service::Sts,
            ("iam", _) => Service::Iam,
            (_, "2011-06-15") => Service::Sts,
            _ => Service::Iam,
        }
    }

    /// The prefix of its actions.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Service::Iam => "iam",
            Service::Sts => "sts",
        }
    }

    /// The version of its API, as requests state it.
    fn version(self) -> &'static str {
        match self {
            Service::Iam => "2010-05-08",
            Service::Sts => "2011-06-15",
        }
    }

    /// The XML namespace of its answers.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Service::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }
}

/// The resource that a call is authorized on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Policies have no effect on the operation.
    NotAuthorized,
    /// `*`.
    Everything,
    /// The path below which entities are listed: IAM authorizes ListRoles on
    /// `arn:aws:iam::ACCOUNT:role/` with the request's `PathPrefix` behind it, as
    /// its AccessDenied messages say. The kind as ARNs write it.
    Listing(&'static str),
    /// The user, group or role that the request names.
    Principal(PrincipalKind),
    /// The user that the request names, or else the caller.
    UserOrCaller,
    /// The caller itself.
    Caller,
    /// The user that the access key of the request belongs to.
    OwnerOfKey,
    /// An entity that is about to be: kind in the ARN, parameter of the name.
    New(&'static str, &'static str),
    /// The ARN in that parameter.
    Arn(&'static str),
    /// An OpenID Connect provider that is about to be.
    NewOidcProvider,
    /// A SAML provider that is about to be.
    NewSamlProvider,
    /// The role that a service will own.
    NewServiceLinkedRole,
    /// The managed policy that the request names.
    Policy,
    /// The instance profile that the request names.
    InstanceProfile,
    /// The server certificate that the request names.
    ServerCertificate,
    /// The MFA device that the request names.
    MfaDevice,
    /// The role that is to be assumed: decided in `sts::assume_role`, where
    /// its trust policy is at hand.
    AssumedRole,
    /// The federated user that is about to be.
    FederatedUser,
}

/// What must be allowed besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Also {
    /// This action on the same resource, if the request carries tags.
    TagOnCreate(&'static str),
    /// The same action on the ARN that a rename gives.
    Renamed(PrincipalKind),
    /// `iam:PassRole` on the role of the request, for that service.
    PassRole(&'static str),
}

type Handler = fn(&mut Scope<'_>, &Params) -> Result<Option<Xml>, Refusal>;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Operation {
    name: &'static str,
    service: Service,
    writes: bool,
    /// Whether it is called without credentials of AWS.
    unsigned: bool,
    pub(crate) target: Target,
    pub(crate) also: &'static [Also],
    handler: Handler,
}

impl Operation {
    const fn read(name: &'static str, target: Target, handler: Handler) -> Operation {
        Operation {
            name,
            service: Service::Iam,
            writes: false,
            unsigned: false,
            target,
            also: &[],
            handler,
        }
    }

    const fn write(name: &'static str, target: Target, handler: Handler) -> Operation {
        Operation {
            name,
            service: Service::Iam,
            writes: true,
            unsigned: false,
            target,
            also: &[],
            handler,
        }
    }

    /// An operation of STS. None of them changes anything.
    pub(crate) const fn sts(name: &'static str, target: Target, handler: Handler) -> Operation {
        Operation {
            name,
            service: Service::Sts,
            writes: false,
            unsigned: false,
            target,
            also: &[],
            handler,
        }
    }

    /// An operation that whoever brings a token may call.
    pub(crate) const fn unsigned(self) -> Operation {
        Operation {
            unsigned: true,
            ..self
        }
    }

    const fn also(self, also: &'static [Also]) -> Operation {
        Operation { also, ..self }
    }

    /// The action that authorizes it: `iam:CreateUser`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.name)
    }

    /// The operation's name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The operation's service.
    pub(crate) fn service(&self) -> Service {
        self.service
    }

    /// Whether it changes anything.
    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    /// Whether it is called without credentials of AWS.
    pub(crate) fn is_unsigned(&self) -> bool {
        self.unsigned
    }

    /// Runs it for a caller that is authorized.
    pub(crate) fn run(
        &self,
        scope: &mut Scope<'_>,
        params: &Params,
    ) -> Result<Option<Xml>, Refusal> {
        (self.handler)(scope, params)
    }
}

const TABLE: &[&[Operation]] = &[
    users::OPERATIONS,
    groups::OPERATIONS,
    roles::OPERATIONS,
    policies::OPERATIONS,
    policy_versions::OPERATIONS,
    inline_policies::OPERATIONS,
    attachments::OPERATIONS,
    boundaries::OPERATIONS,
    entity_tags::OPERATIONS,
    instance_profiles::OPERATIONS,
    login_profiles::OPERATIONS,
    access_keys::OPERATIONS,
    mfa_devices::OPERATIONS,
    password_policy::OPERATIONS,
    account::OPERATIONS,
    details::OPERATIONS,
    service_linked_roles::OPERATIONS,
    simulation::OPERATIONS,
    oidc_providers::OPERATIONS,
    saml_providers::OPERATIONS,
    credential_report::OPERATIONS,
    ssh_public_keys::OPERATIONS,
    signing_certificates::OPERATIONS,
    service_specific_credentials::OPERATIONS,
    server_certificates::OPERATIONS,
    last_accessed::OPERATIONS,
    organization_features::OPERATIONS,
    sts::OPERATIONS,
];

/// The operation of that name in that version of the service's API.
pub(crate) fn find(service: Service, name: &str, version: &str) -> Option<&'static Operation> {
    if version != service.version() {
        return None;
    }
    TABLE
        .iter()
        .flat_map(|rows| rows.iter())
        .find(|operation| operation.service == service && operation.name == name)
}

/// Every operation, as its action.
pub(crate) fn all_actions() -> impl Iterator<Item = String> {
    let rows = TABLE.iter().flat_map(|rows| rows.iter());
    rows.map(Operation::action)
}

/// What a handler works on.
pub(crate) struct Scope<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) caller: &'w Caller,
    pub(crate) now: Moment,
}

impl Scope<'_> {
    /// The caller's account.
    pub(crate) fn account(&mut self) -> &mut Account {
        self.world.account(&self.caller.account)
    }

    /// The caller's account, to read it beside the rest of the world.
    pub(crate) fn own_account(&self) -> Result<&Account, Refusal> {
        self.world
            .accounts
            .get(&self.caller.account)
            .ok_or_else(|| Refusal::service_failure("The caller's account has vanished."))
    }

    /// The number of the caller's account.
    pub(crate) fn account_id(&self) -> &str {
        &self.caller.account
    }

    /// The user that the request names or, as IAM has it for a user's own
    /// credentials, the caller.
    pub(crate) fn user_or_caller<'p>(&'p self, params: &'p Params) -> Result<&'p str, Refusal> {
        match params.get("UserName") {
            Some(name) => crate::names::name("UserName", name, 128),
            None => self.caller.user_name().ok_or_else(|| {
                Refusal::validation_error(
                    "Must specify userName when calling with non-User credentials",
                )
            }),
        }
    }

    /// Makes the label of a new entity from the request's path and name.
    pub(crate) fn new_label(
        &mut self,
        params: &Params,
        name_field: &str,
        longest: usize,
        id_prefix: &str,
    ) -> Result<crate::state::Label, Refusal> {
        let name = crate::names::name(name_field, params.required(name_field)?, longest)?;
        let path = crate::names::path("Path", params.get("Path").unwrap_or("/"))?;
        Ok(crate::state::Label {
            path: path.to_owned(),
            name: name.to_owned(),
            id: self.world.ids.entity(id_prefix),
            created: self.now,
        })
    }
}

/// The checked name of the user, group or role that the request names.
fn principal_name(params: &Params, kind: PrincipalKind) -> Result<&str, Refusal> {
    let field = kind.parameter();
    // Where an entity is looked up, the API takes names of up to 128
    // characters for users, and what creates allow for the others.
    let longest = match kind {
        PrincipalKind::User => 128,
        other => other.longest_name(),
    };
    crate::names::name(field, params.required(field)?, longest)
}

/// Whether an entity lies under the request's `PathPrefix`.
fn under_prefix<'p>(params: &'p Params) -> Result<impl Fn(&str) -> bool + use<'p>, Refusal> {
    let prefix = crate::names::path_prefix(params.get("PathPrefix").unwrap_or("/"))?;
    Ok(move |path: &str| path.starts_with(prefix))
}

/// Refuses when `count` things are there already and `most` may be.
fn refuse_over_quota(count: usize, most: usize, quota: &str) -> Result<(), Refusal> {
    if count >= most {
        return Err(Refusal::limit_exceeded(format!(
            "Cannot exceed quota for {quota}: {most}"
        )));
    }
    Ok(())
}

/// Writes what all entities begin with. `kind` is the prefix of the element
/// names (`UserName`, `UserId`), `arn_word` the word in the ARN.
fn write_label(
    x: &mut Xml,
    account: &str,
    kind: &str,
    arn_word: &str,
    label: &crate::state::Label,
) {
    write_arn_and_id(x, account, kind, arn_word, label);
    x.text("CreateDate", label.created);
}

/// The same without the date.
fn write_arn_and_id(
    x: &mut Xml,
    account: &str,
    kind: &str,
    arn_word: &str,
    label: &crate::state::Label,
) {
    x.text("Path", &label.path);
    x.text(&format!("{kind}Name"), &label.name);
    x.text(&format!("{kind}Id"), &label.id);
    x.text("Arn", label.arn(account, arn_word));
}

/// Writes a permissions boundary, if there is one.
fn write_boundary(x: &mut Xml, boundary: Option<&String>) {
    if let Some(arn) = boundary {
        x.element("PermissionsBoundary", |x| {
            x.text("PermissionsBoundaryType", "Policy");
            x.text("PermissionsBoundaryArn", arn);
        });
    }
}

/// An answer whose content `fill` writes.
fn answer(fill: impl FnOnce(&mut Xml)) -> Result<Option<Xml>, Refusal> {
    let mut xml = Xml::new();
    fill(&mut xml);
    Ok(Some(xml))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_row() {
        let mut seen = std::collections::BTreeSet::new();
        for operation in TABLE.iter().flat_map(|rows| rows.iter()) {
            assert!(
                seen.insert(operation.action()),
                "{} twice",
                operation.action()
            );
        }
    }

    #[test]
    fn what_only_reads_is_named_so() {
        for operation in TABLE.iter().flat_map(|rows| rows.iter()) {
            let reads = ["Get", "List", "Simulate"]
                .iter()
                .any(|verb| operation.name.starts_with(verb));
            assert!(
                reads != operation.writes() || operation.service() == Service::Sts,
                "{}",
                operation.name
            );
        }
    }
}
