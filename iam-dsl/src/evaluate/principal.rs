//! Who makes a request.

use std::fmt;
use std::str::FromStr;

use iam_dsl_core::{AccountId, Arn};

use super::context::ContextValue;
use super::error::{RequestError, RequestErrorKind};

/// Who makes a request.
///
/// ```
/// use iam_dsl::{Principal, PrincipalKind};
///
/// let user: Principal = "arn:aws:iam::111122223333:user/ops/Adele".parse()?;
/// assert_eq!(user.kind(), PrincipalKind::User);
/// let session = Principal::assumed_role("arn:aws:sts::111122223333:assumed-role/deploy/run-7")?
///     .of_role("arn:aws:iam::111122223333:role/ci/deploy")?;
/// assert_eq!(session.account().map(|account| account.as_str()), Some("111122223333"));
/// # Ok::<(), iam_dsl::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(super) who: Who,
    account: Option<AccountId>,
    unique_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    AccountRoot { arn: Arn },
    User { arn: Arn },
    UserSession { arn: Arn },
    Role { arn: Arn },
    AssumedRole { session: Arn, role: Option<Arn> },
    FederatedUser { session: Arn, by: Option<Arn> },
    Service { name: String },
    FederatedProvider { name: String },
    Anonymous,
}

/// The types of principals that AWS tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrincipalKind {
    /// The root user of an account.
    AccountRoot,
    /// An IAM user with long-term credentials or a console session.
    User,
    /// An IAM user with temporary credentials from GetSessionToken.
    UserSession,
    /// A role, where the session is not known.
    Role,
    /// A session of a role.
    AssumedRole,
    /// A session from GetFederationToken.
    FederatedUser,
    /// An AWS service.
    Service,
    /// A user of an identity provider, who asks for a role.
    FederatedProvider,
    /// A caller without credentials.
    Anonymous,
}

fn refuse(text: &str, problem: &str) -> RequestError {
    RequestError::new(RequestErrorKind::Principal, text, problem)
}

/// Reads an ARN of one service and resource type, in an account, with a name.
fn entity(text: &str, service: &str, stem: &str, form: &str) -> Result<Arn, RequestError> {
    let problem = || refuse(text, &format!("write `{form}`"));
    let arn: Arn = text.parse().map_err(|_| problem())?;
    let name = arn.resource().strip_prefix(stem).unwrap_or_default();
    let fits = arn.service() == service
        && arn.region().is_empty()
        && AccountId::new(arn.account()).is_ok()
        && !name.is_empty()
        && !name.ends_with('/')
        && !name.contains(['*', '?', ':', '$']);
    if fits { Ok(arn) } else { Err(problem()) }
}

impl Principal {
    fn of(who: Who) -> Self {
        let account = match &who {
            Who::AccountRoot { arn }
            | Who::User { arn }
            | Who::UserSession { arn }
            | Who::Role { arn }
            | Who::AssumedRole { session: arn, .. }
            | Who::FederatedUser { session: arn, .. } => AccountId::new(arn.account()).ok(),
            Who::Service { .. } | Who::FederatedProvider { .. } | Who::Anonymous => None,
        };
        Principal {
            who,
            account,
            unique_id: None,
        }
    }

    /// An IAM user with long-term credentials, by the user's ARN with its path.
    ///
    /// # Errors
    /// Where the text is no ARN of a user.
    pub fn user(arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:iam::ACCOUNT:user/PATH/NAME";
        Ok(Self::of(Who::User {
            arn: entity(arn, "iam", "user/", form)?,
        }))
    }

    /// An IAM user with temporary credentials from GetSessionToken. Whether it
    /// was made with MFA tells the context key `aws:MultiFactorAuthPresent`.
    ///
    /// # Errors
    /// Where the text is no ARN of a user.
    pub fn user_session(arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:iam::ACCOUNT:user/PATH/NAME";
        Ok(Self::of(Who::UserSession {
            arn: entity(arn, "iam", "user/", form)?,
        }))
    }

    /// A role by its ARN, where the name of the session does not matter.
    ///
    /// # Errors
    /// Where the text is no ARN of a role.
    pub fn role(arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:iam::ACCOUNT:role/PATH/NAME";
        Ok(Self::of(Who::Role {
            arn: entity(arn, "iam", "role/", form)?,
        }))
    }

    /// A session of a role, by the ARN that AssumeRole returns. That ARN does
    /// not tell the role's path: add [`Principal::of_role`] where it has one.
    ///
    /// # Errors
    /// Where the text is no ARN of a role session.
    pub fn assumed_role(session_arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION";
        let session = entity(session_arn, "sts", "assumed-role/", form)?;
        if session.resource().split('/').count() != 3 || session.resource().contains("//") {
            return Err(refuse(session_arn, &format!("write `{form}`")));
        }
        Ok(Self::of(Who::AssumedRole {
            session,
            role: None,
        }))
    }

    /// Tells the role of a session with its path.
    ///
    /// # Errors
    /// Where the text is no ARN of a role, or of another role than the session's.
    pub fn of_role(self, role_arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:iam::ACCOUNT:role/PATH/NAME";
        let role = entity(role_arn, "iam", "role/", form)?;
        match self.who {
            Who::AssumedRole { session, .. }
                if session.account() == role.account()
                    && session_role_name(&session) == last_segment(&role) =>
            {
                Ok(Principal {
                    who: Who::AssumedRole {
                        session,
                        role: Some(role),
                    },
                    ..self
                })
            }
            Who::AssumedRole { session, .. } => Err(refuse(
                role_arn,
                &format!("it is not the role of the session `{session}`"),
            )),
            _ => Err(refuse(role_arn, "only a role session has a role")),
        }
    }

    /// A session from GetFederationToken, by the ARN that it returns.
    ///
    /// # Errors
    /// Where the text is no ARN of a federated user.
    pub fn federated_user(session_arn: &str) -> Result<Self, RequestError> {
        let form = "arn:aws:sts::ACCOUNT:federated-user/NAME";
        Ok(Self::of(Who::FederatedUser {
            session: entity(session_arn, "sts", "federated-user/", form)?,
            by: None,
        }))
    }

    /// Tells which user called GetFederationToken.
    ///
    /// # Errors
    /// Where the text is no ARN of a user of the same account, or the principal
    /// is no federated user.
    pub fn federated_by(self, user_arn: &str) -> Result<Self, RequestError> {
        let user = entity(
            user_arn,
            "iam",
            "user/",
            "arn:aws:iam::ACCOUNT:user/PATH/NAME",
        )?;
        match self.who {
            Who::FederatedUser { session, .. } if session.account() == user.account() => {
                Ok(Principal {
                    who: Who::FederatedUser {
                        session,
                        by: Some(user),
                    },
                    ..self
                })
            }
            Who::FederatedUser { .. } => Err(refuse(user_arn, "it is a user of another account")),
            _ => Err(refuse(
                user_arn,
                "only a session from GetFederationToken has such a user",
            )),
        }
    }

    /// The root user of an account of the partition `aws`; parse the ARN
    /// `arn:PARTITION:iam::ACCOUNT:root` for another partition.
    pub fn account_root(account: &AccountId) -> Self {
        match format!("arn:aws:iam::{account}:root").parse() {
            Ok(arn) => Self::of(Who::AccountRoot { arn }),
            // An account id always makes an ARN; nobody is the safe answer.
            Err(_) => Self::anonymous(),
        }
    }

    /// An AWS service that calls by its own name, such as `ec2.amazonaws.com`.
    ///
    /// # Errors
    /// Where the text is no name of a service.
    pub fn service(name: &str) -> Result<Self, RequestError> {
        match iam_dsl_core::slot::ServicePrincipal::new(name) {
            Ok(_) => Ok(Self::of(Who::Service {
                name: name.to_owned(),
            })),
            Err(_) => Err(refuse(name, "write a service such as `ec2.amazonaws.com`")),
        }
    }

    /// Somebody whom an identity provider vouches for, in a call to
    /// AssumeRoleWithWebIdentity or AssumeRoleWithSAML: the provider's ARN, or
    /// the domain of one that is built in, such as `accounts.google.com`.
    ///
    /// # Errors
    /// Where the text is no identity provider.
    pub fn federated_provider(name: &str) -> Result<Self, RequestError> {
        match iam_dsl_core::slot::FederatedPrincipal::new(name) {
            Ok(_) => Ok(Self::of(Who::FederatedProvider {
                name: name.to_owned(),
            })),
            Err(_) => Err(refuse(
                name,
                "write `arn:aws:iam::ACCOUNT:oidc-provider/HOST`, `arn:aws:iam::ACCOUNT:saml-provider/NAME`, or a domain such as `accounts.google.com`",
            )),
        }
    }

    /// A caller without credentials.
    pub fn anonymous() -> Self {
        Self::of(Who::Anonymous)
    }

    /// Tells the unique id: `AIDA…` of a user, `AROA…` of a session's role. It
    /// fills `aws:userid` and matches a principal that a policy names by id.
    #[must_use]
    pub fn with_unique_id(self, id: impl Into<String>) -> Self {
        Principal {
            unique_id: Some(id.into()),
            ..self
        }
    }

    /// Which type of principal this is.
    pub fn kind(&self) -> PrincipalKind {
        match &self.who {
            Who::AccountRoot { .. } => PrincipalKind::AccountRoot,
            Who::User { .. } => PrincipalKind::User,
            Who::UserSession { .. } => PrincipalKind::UserSession,
            Who::Role { .. } => PrincipalKind::Role,
            Who::AssumedRole { .. } => PrincipalKind::AssumedRole,
            Who::FederatedUser { .. } => PrincipalKind::FederatedUser,
            Who::Service { .. } => PrincipalKind::Service,
            Who::FederatedProvider { .. } => PrincipalKind::FederatedProvider,
            Who::Anonymous => PrincipalKind::Anonymous,
        }
    }

    /// The account; services, providers and anonymous callers have none.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// The unique id, where it was told.
    pub fn unique_id(&self) -> Option<&str> {
        self.unique_id.as_deref()
    }

    /// The ARN that makes the request: a session's own where there is one.
    pub fn arn(&self) -> Option<&Arn> {
        match &self.who {
            Who::AccountRoot { arn }
            | Who::User { arn }
            | Who::UserSession { arn }
            | Who::Role { arn }
            | Who::AssumedRole { session: arn, .. }
            | Who::FederatedUser { session: arn, .. } => Some(arn),
            Who::Service { .. } | Who::FederatedProvider { .. } | Who::Anonymous => None,
        }
    }

    /// Whether this is a session of a service-linked role: those have the path
    /// `/aws-service-role/` (IAM User Guide, "Using service-linked roles").
    pub(super) fn is_service_linked(&self) -> bool {
        match &self.who {
            Who::Role { arn }
            | Who::AssumedRole {
                role: Some(arn), ..
            } => arn.resource().starts_with("role/aws-service-role/"),
            _ => false,
        }
    }

    /// The context keys that follow from who it is (IAM User Guide, "AWS global
    /// condition context keys" and the table "Principal key values" of "IAM
    /// policy elements: Variables and tags"), keys in lower case.
    pub(super) fn derived(&self) -> Vec<(&'static str, ContextValue)> {
        let mut keys: Vec<(&'static str, ContextValue)> = Vec::new();
        let mut add = |key, value: ContextValue| keys.push((key, value));
        let principal_type = match &self.who {
            Who::AccountRoot { .. } => Some("Account"),
            Who::User { .. } | Who::UserSession { .. } => Some("User"),
            Who::Role { .. } | Who::AssumedRole { .. } => Some("AssumedRole"),
            Who::FederatedUser { .. } => Some("FederatedUser"),
            Who::Anonymous => Some("Anonymous"),
            Who::Service { .. } | Who::FederatedProvider { .. } => None,
        };
        if let Some(text) = principal_type {
            add("aws:principaltype", text.into());
        }
        if let Some(account) = &self.account {
            add("aws:principalaccount", account.into());
        }
        // "Present in the request context for all signed API requests that use
        // AWS credentials."
        if !matches!(self.who, Who::Anonymous | Who::FederatedProvider { .. }) {
            let is_service = matches!(self.who, Who::Service { .. });
            add("aws:principalisawsservice", is_service.into());
        }
        match &self.who {
            Who::AccountRoot { arn } => {
                add("aws:principalarn", arn.into());
                add("aws:userid", arn.account().into());
            }
            Who::User { arn } | Who::UserSession { arn } => {
                add("aws:principalarn", arn.into());
                add("aws:username", last_segment(arn).into());
                if let Some(id) = self.unique_id() {
                    add("aws:userid", id.into());
                }
            }
            Who::Role { arn } => add("aws:principalarn", arn.into()),
            Who::AssumedRole { session, role } => {
                add(
                    "aws:principalarn",
                    match role {
                        Some(role) => role.into(),
                        None => role_without_path(session).into(),
                    },
                );
                if let Some(id) = self.unique_id() {
                    add(
                        "aws:userid",
                        format!("{id}:{}", last_segment(session)).into(),
                    );
                }
            }
            Who::FederatedUser { session, .. } => {
                add("aws:principalarn", session.into());
                let id = format!("{}:{}", session.account(), last_segment(session));
                add("aws:userid", id.into());
            }
            Who::Service { name } => add("aws:principalservicename", name.as_str().into()),
            Who::Anonymous => {
                add("aws:principalaccount", "anonymous".into());
                add("aws:userid", "anonymous".into());
            }
            Who::FederatedProvider { .. } => {}
        }
        keys
    }
}

/// The name of an entity: what follows the last slash.
pub(super) fn last_segment(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

/// The role's name in a session's ARN: `assumed-role/NAME/SESSION`.
pub(super) fn session_role_name(session: &Arn) -> &str {
    session.resource().split('/').nth(1).unwrap_or_default()
}

/// The ARN of a session's role, if it has no path.
fn role_without_path(session: &Arn) -> String {
    format!(
        "arn:{}:iam::{}:role/{}",
        session.partition(),
        session.account(),
        session_role_name(session)
    )
}

impl FromStr for Principal {
    type Err = RequestError;

    /// Reads any form that tells its type: an account id (its root user), the
    /// ARN of a root user, user, role, role session, federated user or identity
    /// provider, or a service such as `ec2.amazonaws.com`.
    fn from_str(text: &str) -> Result<Self, RequestError> {
        if let Ok(account) = AccountId::new(text) {
            return Ok(Self::account_root(&account));
        }
        if let Ok(arn) = text.parse::<Arn>() {
            let resource = arn.resource();
            let stem = resource.split_once('/').map(|(stem, _)| stem);
            return match (arn.service(), stem) {
                ("iam", None)
                    if resource == "root"
                        && arn.region().is_empty()
                        && AccountId::new(arn.account()).is_ok() =>
                {
                    Ok(Self::of(Who::AccountRoot { arn }))
                }
                ("iam", Some("user")) => Self::user(text),
                ("iam", Some("role")) => Self::role(text),
                ("iam", Some("oidc-provider" | "saml-provider")) => Self::federated_provider(text),
                ("sts", Some("assumed-role")) => Self::assumed_role(text),
                ("sts", Some("federated-user")) => Self::federated_user(text),
                _ => Err(refuse(
                    text,
                    "a principal is a root user, user, role, role session, federated user or identity provider",
                )),
            };
        }
        Self::service(text).map_err(|_| {
            refuse(
                text,
                "write an ARN such as `arn:aws:iam::111122223333:user/NAME`, or a service such as `ec2.amazonaws.com`",
            )
        })
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.who, self.arn()) {
            (_, Some(arn)) => write!(f, "{arn}"),
            (Who::Service { name } | Who::FederatedProvider { name }, None) => f.write_str(name),
            (_, None) => f.write_str("an anonymous caller"),
        }
    }
}
