//! Whether a caller may do what it asks: the evaluator of iam-dsl over the
//! caller's policies, and AWS's wording when the answer is no.

use crate::context::Keys;
use crate::credentials::{Caller, CallerIdentity, Presented, Subject};
use crate::dsl::{Authorizer, Document, Outcome, Principal, Request};
use crate::moment::Moment;
use crate::operations::{Also, Operation, Service, Target};
use crate::refusal::Refusal;
use crate::request::Params;
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
    presented: &Presented<'_>,
    now: Moment,
) -> Result<(), Refusal> {
    refuse_limited_session(caller, operation)?;
    // The root user of an account is not subject to its policies. Who may
    // assume a role is decided with the role's trust policy.
    let exempt = matches!(caller.identity, CallerIdentity::Root)
        || matches!(
            operation.target,
            Target::NotAuthorized | Target::AssumedRole
        );
    if exempt {
        return Ok(());
    }
    let account = world.accounts.get(&caller.account);
    let mut keys = Keys::of_caller(world, caller, presented, now);
    keys.add_request(account, operation, params);
    let layers = Layers::of(world, caller);
    for need in needs(world, caller, operation, params) {
        let mut keys = keys.clone();
        if let Some(service) = passed_to(operation, &need) {
            keys.set("iam:PassedToService", service);
        }
        if layers.allows(caller, &need.action, &need.resource, &keys) {
            continue;
        }
        let denial = layers.denial(caller, &need.action, &need.resource, &keys);
        if denial.explicit || !password_change_is_granted(account, operation) {
            return Err(denial.refusal(caller, &need.action, &need.resource));
        }
    }
    Ok(())
}

/// `AllowUsersToChangePassword` of the account's password policy lets every
/// user change its own password, and read the policy, without a policy of its
/// own ("Setting an account password policy").
fn password_change_is_granted(account: Option<&Account>, operation: &Operation) -> bool {
    let granted = ["ChangePassword", "GetAccountPasswordPolicy"].contains(&operation.name());
    let policy = account.and_then(|account| account.password_policy.as_ref());
    granted && policy.is_some_and(|policy| policy.users_may_change)
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
        Target::Policy => params.get("PolicyArn").unwrap_or("*").to_owned(),
        Target::InstanceProfile => {
            let name = params.get("InstanceProfileName").unwrap_or_default();
            let profile = account.and_then(|account| account.instance_profile(name).ok());
            profile.map_or_else(
                || format!("arn:aws:iam::{id}:instance-profile/{name}"),
                |profile| profile.label.arn(id, "instance-profile"),
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

/// The policies that bear on a caller.
#[derive(Debug, Default)]
pub(crate) struct Layers<'w> {
    identity: Vec<&'w Document>,
    boundary: Option<&'w Document>,
    session: Vec<&'w Document>,
}

impl<'w> Layers<'w> {
    /// Collects a caller's policies as they are now.
    pub(crate) fn of(world: &'w World, caller: &'w Caller) -> Layers<'w> {
        let mut layers = Layers::default();
        let Some(account) = world.accounts.get(&caller.account) else {
            return layers;
        };
        match &caller.identity {
            CallerIdentity::Root => {}
            CallerIdentity::User { name } | CallerIdentity::Federated { user_name: name } => {
                if let Ok(user) = account.user(name) {
                    layers.add(world, account, &user.grants);
                    for group in account.groups_of(user) {
                        layers.add(world, account, &group.grants);
                    }
                }
            }
            CallerIdentity::Role { name } => {
                if let Ok(role) = account.role(name) {
                    layers.add(world, account, &role.grants);
                }
            }
        }
        if let Some(session) = &caller.session {
            layers
                .session
                .extend(session.policy.iter().map(|policy| policy.document()));
            for arn in &session.policy_arns {
                layers.session.extend(in_force(world, account, arn));
            }
        }
        layers
    }

    fn add(&mut self, world: &'w World, account: &'w Account, grants: &'w Grants) {
        self.identity.extend(
            grants
                .inline
                .values()
                .map(|inline| inline.policy.document()),
        );
        for arn in &grants.attached {
            self.identity.extend(in_force(world, account, arn));
        }
        if let Some(arn) = &grants.boundary {
            self.boundary = in_force(world, account, arn);
        }
    }

    /// All layers together.
    pub(crate) fn authorizer(&self) -> Authorizer {
        let mut authorizer = Authorizer::new();
        for document in &self.identity {
            authorizer = authorizer.identity(document);
        }
        if let Some(document) = self.boundary {
            authorizer = authorizer.boundary(document);
        }
        for document in &self.session {
            authorizer = authorizer.session(document);
        }
        authorizer
    }

    fn allows(&self, caller: &Caller, action: &str, resource: &str, keys: &Keys) -> bool {
        decide(&self.authorizer(), caller, action, resource, keys) == Outcome::Allow
    }

    /// Which layer said no, and how.
    fn denial(&self, caller: &Caller, action: &str, resource: &str, keys: &Keys) -> Denial {
        let outcome = |documents: &[&Document]| {
            let authorizer = documents
                .iter()
                .fold(Authorizer::new(), |a, d| a.identity(d));
            decide(&authorizer, caller, action, resource, keys)
        };
        let mut layers = vec![("identity-based policy", outcome(&self.identity))];
        if let Some(boundary) = self.boundary {
            layers.push(("permissions boundary", outcome(&[boundary])));
        }
        if !self.session.is_empty() {
            layers.push(("session policy", outcome(&self.session)));
        }
        let first = |wanted: Outcome| layers.iter().find(|(_, o)| *o == wanted).map(|(l, _)| *l);
        if let Some(layer) = first(Outcome::ExplicitDeny) {
            return Denial {
                layer,
                explicit: true,
            };
        }
        let layer = first(Outcome::ImplicitDeny).unwrap_or("identity-based policy");
        Denial {
            layer,
            explicit: false,
        }
    }
}

/// The document of a managed policy's default version.
fn in_force<'w>(world: &'w World, account: &Account, arn: &str) -> Option<&'w Document> {
    Some(
        world
            .managed_policy(&account.id, arn)?
            .default()?
            .policy
            .document(),
    )
}

/// Decides one request. What the evaluator cannot read is not allowed.
pub(crate) fn decide(
    authorizer: &Authorizer,
    caller: &Caller,
    action: &str,
    resource: &str,
    keys: &Keys,
) -> Outcome {
    let (Ok(request), Ok(principal)) = (
        Request::new(action, resource),
        caller.arn.parse::<Principal>(),
    ) else {
        return Outcome::ImplicitDeny;
    };
    authorizer
        .decide(&request.principal(principal).context(keys.context()))
        .outcome()
}

/// Why a call is not allowed.
struct Denial {
    layer: &'static str,
    explicit: bool,
}

impl Denial {
    /// AWS's wording ("Troubleshooting access denied error messages").
    fn refusal(&self, caller: &Caller, action: &str, resource: &str) -> Refusal {
        let layer = self.layer;
        let why = if self.explicit {
            format!("with an explicit deny in {} {layer}", article(layer))
        } else {
            format!("because no {layer} allows the {action} action")
        };
        Refusal::access_denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} {why}",
            caller.arn
        ))
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with('i') { "an" } else { "a" }
}
