//! Whether a caller may do what it asks: the evaluator of iam-dsl over the
//! caller's policies, and AWS's wording when the answer is no.

use std::borrow::Cow;
use std::str::FromStr;

use crate::context::Keys;
use crate::credentials::{Caller, CallerIdentity, Presented, Session, Subject};
use crate::dsl::{Authorizer, Decision, Document, Layer, Outcome, Principal, Request};
use crate::moment::Moment;
use crate::names::Folded;
use crate::operations::{Also, Operation, Service, Target, oidc_providers, service_linked_roles};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::policy::ManagedPolicy;
use crate::state::provider::{OidcProvider, SamlProvider};
use crate::state::{Account, Grants, PrincipalKind, World};

/// One action on one resource that must be allowed.
#[derive(Debug)]
struct Need {
    action: String,
    resource: String,
}

/// Refuses a call that the caller may not make.
pub(crate) fn authorize(
    world: &World,
    caller: &Caller,
    operation: &Operation,
    params: &Params,
    presented: &Presented,
    now: Moment,
) -> Result<(), Refusal> {
    refuse_limited_session(caller, operation)?;
    let account = world.accounts.get(&caller.account);
    // Nothing limits the root user but service control policies. Who may
    // assume a role is decided with the role's trust policy.
    let limited = !world.service_control(&caller.account).is_empty();
    let exempt = match operation.target {
        Target::NotAuthorized | Target::AssumedRole => true,
        _ => matches!(caller.identity, CallerIdentity::Root) && !limited,
    };
    if exempt {
        return Ok(());
    }
    let mut keys = Keys::of_caller(world, caller, presented, now);
    keys.add_request(account, caller, operation, params);
    keys.add_resource_account(world, &caller.account);
    let layers = Layers::of(world, caller)?;
    for need in needs(world, caller, operation, params) {
        let mut keys = keys.clone();
        if let Some(service) = passed_to(operation, &need) {
            keys.set("iam:PassedToService", service);
        }
        let decision = layers.decide(&need.action, &need.resource, &keys)?;
        if !decision.is_allowed() {
            return Err(denied(caller, &decision));
        }
    }
    Ok(())
}

fn users_may_change_passwords(account: &Account) -> bool {
    account
        .password_policy
        .as_ref()
        .is_some_and(|policy| policy.users_may_change)
}

/// Sessions of GetSessionToken without MFA and of GetFederationToken cannot
/// call IAM, and of STS only AssumeRole and GetCallerIdentity ("Compare AWS
/// STS credentials" in the IAM User Guide).
fn refuse_limited_session(caller: &Caller, operation: &Operation) -> Result<(), Refusal> {
    let Some(session) = &caller.session else {
        return Ok(());
    };
    let (calls_iam, calls_sts) = match session.subject {
        Subject::Role { .. } | Subject::Console { .. } => return Ok(()),
        Subject::User { .. } | Subject::Root => (session.mfa.is_some(), true),
        Subject::Federated { .. } => (false, false),
    };
    let allowed = match (operation.service(), operation.name()) {
        (Service::Iam, _) => calls_iam,
        (Service::Sts, "GetCallerIdentity") => true,
        (Service::Sts, "AssumeRole") => calls_sts,
        (Service::Sts, _) => false,
    };
    match (allowed, operation.service()) {
        (true, _) => Ok(()),
        (false, Service::Iam) => Err(Refusal::invalid_client_token_id(
            "The security token included in the request is invalid",
        )),
        (false, Service::Sts) => Err(Refusal::access_denied(format!(
            "Cannot call {} with session credentials",
            operation.name()
        ))),
    }
}

fn passed_to(operation: &Operation, need: &Need) -> Option<&'static str> {
    operation.also.iter().find_map(|also| match also {
        Also::PassRole(service) if need.action == "iam:PassRole" => Some(*service),
        _ => None,
    })
}

/// Everything that must be allowed for the call.
fn needs(world: &World, caller: &Caller, operation: &Operation, params: &Params) -> Vec<Need> {
    let account = world.accounts.get(&caller.account);
    let resource = resource(account, caller, operation.target, params);
    let mut needs = vec![Need {
        action: operation.action(),
        resource: resource.clone(),
    }];
    for also in operation.also {
        match *also {
            Also::TagOnCreate(action) if !params.structures("Tags").is_empty() => {
                needs.push(Need {
                    action: action.to_owned(),
                    resource: resource.clone(),
                });
            }
            Also::TagOnCreate(_) => {}
            Also::PassRole(_) => needs.push(Need {
                action: "iam:PassRole".to_owned(),
                resource: principal_arn(
                    account,
                    caller,
                    PrincipalKind::Role,
                    params.get("RoleName"),
                ),
            }),
            Also::Renamed(kind) => {
                let (new_name, new_path) = match kind {
                    PrincipalKind::Group => (params.get("NewGroupName"), params.get("NewPath")),
                    _ => (params.get("NewUserName"), params.get("NewPath")),
                };
                let Some((_, rest)) = resource.split_once(&format!(":{}/", kind.word())) else {
                    continue;
                };
                let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
                let path = new_path.map_or_else(|| format!("/{path}/"), str::to_owned);
                let path = path.replace("//", "/");
                let name = new_name.unwrap_or(name);
                needs.push(Need {
                    action: operation.action(),
                    resource: format!(
                        "arn:aws:iam::{}:{}{path}{name}",
                        caller.account,
                        kind.word()
                    ),
                });
            }
        }
    }
    needs
}

/// The ARN that the call is authorized on.
fn resource(account: Option<&Account>, caller: &Caller, target: Target, params: &Params) -> String {
    let id = &caller.account;
    match target {
        Target::NotAuthorized | Target::AssumedRole | Target::Everything => "*".to_owned(),
        Target::Listing(word) => {
            let path = params.get("PathPrefix").unwrap_or("/");
            format!("arn:aws:iam::{id}:{word}{path}")
        }
        Target::Principal(kind) => {
            principal_arn(account, caller, kind, params.get(kind.parameter()))
        }
        Target::UserOrCaller => {
            let name = params.get("UserName").or(caller.user_name());
            principal_arn(account, caller, PrincipalKind::User, name)
        }
        Target::Caller => principal_arn(account, caller, PrincipalKind::User, caller.user_name()),
        Target::OwnerOfKey => {
            let key = params.get("AccessKeyId").unwrap_or_default();
            let owner = account.and_then(|account| {
                account
                    .users
                    .values()
                    .find(|u| u.access_keys.iter().any(|k| k.id == key))
            });
            owner.map_or_else(|| "*".to_owned(), |user| user.label.arn(id, "user"))
        }
        Target::New(word, parameter) => {
            let path = params.get("Path").unwrap_or("/");
            let name = params.get(parameter).unwrap_or_default();
            format!("arn:aws:iam::{id}:{word}{path}{name}")
        }
        Target::NewServiceLinkedRole => service_linked_roles::future_arn(id, params),
        Target::Arn(parameter) => params.get(parameter).unwrap_or("*").to_owned(),
        Target::NewOidcProvider => OidcProvider::arn(id, oidc_providers::host_and_path(params)),
        Target::NewSamlProvider => SamlProvider::arn(id, params.get("Name").unwrap_or_default()),
        Target::Policy => params.get("PolicyArn").unwrap_or("*").to_owned(),
        Target::InstanceProfile => {
            let name = params.get("InstanceProfileName").unwrap_or_default();
            let profile = account.and_then(|account| account.instance_profile(name).ok());
            profile.map_or_else(
                || format!("arn:aws:iam::{id}:instance-profile/{name}"),
                |profile| profile.label.arn(id, "instance-profile"),
            )
        }
        Target::ServerCertificate => {
            let name = params.get("ServerCertificateName").unwrap_or_default();
            let known =
                account.and_then(|account| account.server_certificates.get(&Folded::new(name)));
            known.map_or_else(
                || format!("arn:aws:iam::{id}:server-certificate/{name}"),
                |certificate| certificate.label.arn(id, "server-certificate"),
            )
        }
        Target::MfaDevice => params.get("SerialNumber").unwrap_or("*").to_owned(),
        Target::FederatedUser => {
            format!(
                "arn:aws:sts::{id}:federated-user/{}",
                params.get("Name").unwrap_or_default()
            )
        }
    }
}

/// The ARN of a user, group or role; without its path if there is no such one.
fn principal_arn(
    account: Option<&Account>,
    caller: &Caller,
    kind: PrincipalKind,
    name: Option<&str>,
) -> String {
    let name = name.unwrap_or_default();
    let word = kind.word();
    let label = account.and_then(|account| match kind {
        PrincipalKind::User => account.user(name).ok().map(|user| &user.label),
        PrincipalKind::Group => account.group(name).ok().map(|group| &group.label),
        PrincipalKind::Role => account.role(name).ok().map(|role| &role.label),
    });
    label.map_or_else(
        || format!("arn:aws:iam::{}:{word}/{name}", caller.account),
        |label| label.arn(&caller.account, word),
    )
}

/// Who calls, for the evaluator, and the policies that bear on it.
pub(crate) struct Layers {
    principal: Principal,
    authorizer: Authorizer,
}

impl Layers {
    /// Collects a caller's policies as they are now.
    pub(crate) fn of(world: &World, caller: &Caller) -> Result<Layers, Refusal> {
        let mut authorizer = Authorizer::new();
        let Some(account) = world.accounts.get(&caller.account) else {
            return Ok(Layers {
                principal: Principal::anonymous(),
                authorizer,
            });
        };
        authorizer = authorizer.users_change_password(users_may_change_passwords(account));
        for level in world.service_control(&account.id) {
            authorizer = authorizer.service_control_level(level);
        }
        let mut grants: Vec<&Grants> = Vec::new();
        let principal = match &caller.identity {
            CallerIdentity::Root => Principal::from_str(&caller.arn),
            CallerIdentity::Anonymous => Ok(Principal::anonymous()),
            CallerIdentity::User { name } => {
                let user = account.user(name)?;
                grants.push(&user.grants);
                grants.extend(account.groups_of(user).map(|group| &group.grants));
                let by_token = |session: &Session| matches!(session.subject, Subject::User { .. });
                if caller.session.as_ref().is_some_and(by_token) {
                    Principal::user_session(&caller.arn)
                } else {
                    Principal::user(&caller.arn)
                }
                .map(|principal| principal.with_unique_id(&user.label.id))
            }
            CallerIdentity::Federated { user_name } => {
                let user = account.user(user_name)?;
                grants.push(&user.grants);
                grants.extend(account.groups_of(user).map(|group| &group.grants));
                Principal::federated_user(&caller.arn)
                    .and_then(|p| p.federated_by(&user.label.arn(&account.id, "user")))
            }
            CallerIdentity::Role { name } => {
                let role = account.role(name)?;
                grants.push(&role.grants);
                Principal::assumed_role(&caller.arn)
                    .and_then(|p| p.of_role(&role.label.arn(&account.id, "role")))
                    .map(|principal| principal.with_unique_id(&role.label.id))
            }
        };
        for grants in grants {
            for inline in grants.inline.values() {
                authorizer = authorizer.identity(inline.policy.document());
            }
            for arn in &grants.attached {
                authorizer = authorizer.identity(&in_force(world, account, arn));
            }
            if let Some(arn) = &grants.boundary {
                authorizer = authorizer.boundary(&in_force(world, account, arn));
            }
        }
        if let Some(session) = &caller.session {
            if let Some(policy) = &session.policy {
                authorizer = authorizer.session(policy.document());
            }
            for arn in &session.policy_arns {
                authorizer = authorizer.session(&in_force(world, account, arn));
            }
        }
        Ok(Layers {
            principal: principal.map_err(unreadable)?,
            authorizer,
        })
    }

    /// Somebody whom an identity provider vouches for: no policies but those
    /// of what is asked for bear on the request.
    pub(crate) fn vouched_for(provider: &str) -> Result<Layers, Refusal> {
        Ok(Layers {
            principal: Principal::federated_provider(provider).map_err(unreadable)?,
            authorizer: Authorizer::new(),
        })
    }

    /// The same with the resource control policies over an account.
    pub(crate) fn over_resources_of(self, world: &World, account: &str) -> Layers {
        let levels = world.resource_control(account);
        let authorizer = levels.iter().fold(self.authorizer, |authorizer, level| {
            authorizer.resource_control_level(level.iter().copied())
        });
        Layers { authorizer, ..self }
    }

    /// The same with the trust policy of the role that is to be assumed.
    pub(crate) fn trust(self, policy: &Document) -> Layers {
        Layers {
            authorizer: self.authorizer.trust(policy),
            ..self
        }
    }

    /// The same with the policy of the resource.
    pub(crate) fn resource(self, policy: &Document) -> Layers {
        Layers {
            authorizer: self.authorizer.resource(policy),
            ..self
        }
    }

    /// The same for actions that only accompany AssumeRole (`sts:TagSession`,
    /// `sts:SetSourceIdentity`): the limits of GetSessionToken are on operations.
    pub(crate) fn accompanying(self, caller: &Caller) -> Result<Layers, Refusal> {
        let by_token = |session: &Session| matches!(session.subject, Subject::User { .. });
        if !caller.session.as_ref().is_some_and(by_token) {
            return Ok(self);
        }
        let id = caller.user_id.as_str();
        let principal = Principal::user(&caller.arn).map(|user| user.with_unique_id(id));
        Ok(Layers {
            principal: principal.map_err(unreadable)?,
            ..self
        })
    }

    /// Decides one action on one resource.
    pub(crate) fn decide(
        &self,
        action: &str,
        resource: &str,
        keys: &Keys,
    ) -> Result<Decision, Refusal> {
        let request = Request::new(action, resource).map_err(unreadable)?;
        let request = request
            .principal(self.principal.clone())
            .context(keys.context());
        Ok(self.authorizer.decide(&request))
    }
}

/// A name or ARN that is no such thing; nothing that exists gives one.
fn unreadable(error: impl std::fmt::Display) -> Refusal {
    Refusal::validation_error(error.to_string())
}

/// The document of a managed policy's default version. A policy that is gone,
/// as one may be that a session was made with, allows nothing: a limit must
/// not fall away with it.
fn in_force<'w>(world: &'w World, account: &Account, arn: &str) -> Cow<'w, Document> {
    world
        .managed_policy(&account.id, arn)
        .and_then(ManagedPolicy::default)
        .map_or_else(
            || Cow::Owned(Document::of(Vec::new())),
            |version| Cow::Borrowed(version.policy.document()),
        )
}

/// AWS's wording ("Troubleshooting access denied error messages").
pub(crate) fn denied(caller: &Caller, decision: &Decision) -> Refusal {
    let (action, resource) = (decision.request().action(), decision.request().resource());
    let (article, layer) = match decision.layer() {
        Some(Layer::Boundary) => ("a", "permissions boundary"),
        Some(Layer::Session) => ("a", "session policy"),
        Some(Layer::ServiceControl) => ("a", "service control policy"),
        Some(Layer::ResourceControl) => ("a", "resource control policy"),
        _ => ("an", "identity-based policy"),
    };
    let why = if decision.outcome() == Outcome::ExplicitDeny {
        format!("with an explicit deny in {article} {layer}")
    } else {
        format!("because no {layer} allows the {action} action")
    };
    Refusal::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} {why}",
        caller.arn
    ))
}
