//! Who asks, and which principals of a policy name them.

use iam_dsl_core::PrincipalType;

use super::Value;

/// The types of principals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Not told: an identity of the resource's account that nobody names (convention).
    Untold,
    /// The root user of an account, by its ARN.
    Root(String),
    /// An IAM user, by its ARN.
    User(String),
    /// An IAM user with credentials of GetSessionToken, by the user's ARN.
    UserSession(String),
    /// A role, the session not being known.
    Role(String),
    /// A session of a role: its own ARN, and the role's where it is told.
    RoleSession(String, Option<String>),
    /// A session of GetFederationToken: its own ARN, and that of the user who asked for it.
    Federated(String, Option<String>),
    /// An AWS service.
    Service(String),
    /// Somebody whom this identity provider vouches for.
    Provider(String),
    /// Nobody in particular.
    Anonymous,
}

/// How directly a principal of a policy names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// By its account, which "delegates authority to the account".
    ByAccount,
    /// By the role, or the federating user, behind the session.
    ByEntity,
    /// Itself: user, session, service, or everyone.
    Itself,
}

/// The field of an ARN, counted from 0; the sixth holds the rest.
pub(super) fn arn_field(arn: &str, field: usize) -> Option<&str> {
    arn.splitn(6, ':')
        .nth(field)
        .filter(|text| !text.is_empty())
}

/// What follows the last slash.
fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

impl Caller {
    /// The ARN that makes the request.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Caller::Root(arn)
            | Caller::User(arn)
            | Caller::UserSession(arn)
            | Caller::Role(arn)
            | Caller::RoleSession(arn, _)
            | Caller::Federated(arn, _) => Some(arn),
            _ => None,
        }
    }

    /// The caller's account.
    pub fn account(&self) -> Option<&str> {
        arn_field(self.arn()?, 4)
    }

    /// The caller's partition.
    pub fn partition(&self) -> Option<&str> {
        arn_field(self.arn()?, 1)
    }

    /// Users, roles and their sessions: what identity policies and boundaries
    /// are attached to. The root user has neither.
    pub(super) fn is_identity(&self) -> bool {
        matches!(
            self,
            Caller::Untold
                | Caller::User(_)
                | Caller::UserSession(_)
                | Caller::Role(_)
                | Caller::RoleSession(..)
                | Caller::Federated(..)
        )
    }

    /// "Session principals include an IAM role session or an AWS STS federated
    /// user session."
    pub fn is_session(&self) -> bool {
        matches!(
            self,
            Caller::Untold | Caller::Role(_) | Caller::RoleSession(..) | Caller::Federated(..)
        )
    }

    /// "SCPs do not affect any service-linked role"; their path tells them.
    pub(super) fn is_service_linked_role(&self) -> bool {
        let role = match self {
            Caller::Role(arn) | Caller::RoleSession(_, Some(arn)) => arn,
            _ => return false,
        };
        arn_field(role, 5).is_some_and(|path| path.starts_with("role/aws-service-role/"))
    }

    /// The role behind a session. Convention: without path where it is not told.
    fn role_arn(&self) -> Option<String> {
        match self {
            Caller::Role(arn) | Caller::RoleSession(_, Some(arn)) => Some(arn.clone()),
            Caller::RoleSession(session, None) => {
                let name = session.split('/').nth(1)?;
                let (partition, account) = (self.partition()?, self.account()?);
                Some(format!("arn:{partition}:iam::{account}:role/{name}"))
            }
            _ => None,
        }
    }

    /// "Principal key values": the condition keys that follow from the caller.
    pub(super) fn keys(&self) -> Vec<(&'static str, Value)> {
        let mut keys = Vec::new();
        let mut put = |key, text: &str| keys.push((key, Value::Text(text.to_owned())));
        // The role's ARN for a session of a role, the own ARN for all others.
        if let Some(arn) = self.role_arn().or(self.arn().map(str::to_owned)) {
            put("aws:principalarn", &arn);
        }
        if let Some(account) = self.account() {
            put("aws:principalaccount", account);
        }
        // "This key is present in the request context for all signed API requests
        // that use AWS credentials."
        match self {
            Caller::Untold | Caller::Anonymous | Caller::Provider(_) => {}
            Caller::Service(name) => {
                put("aws:principalisawsservice", "true");
                put("aws:principalservicename", name);
            }
            _ => put("aws:principalisawsservice", "false"),
        }
        match self {
            Caller::Root(_) => {
                put("aws:principaltype", "Account");
                put("aws:userid", self.account().unwrap_or_default());
            }
            Caller::User(arn) | Caller::UserSession(arn) => {
                put("aws:principaltype", "User");
                put("aws:username", last_part(arn));
            }
            Caller::Role(_) | Caller::RoleSession(..) => put("aws:principaltype", "AssumedRole"),
            Caller::Federated(arn, _) => {
                put("aws:principaltype", "FederatedUser");
                let account = self.account().unwrap_or_default();
                put("aws:userid", &format!("{account}:{}", last_part(arn)));
            }
            Caller::Anonymous => {
                // "Anonymous requests return anonymous."
                put("aws:principalaccount", "anonymous");
                put("aws:principaltype", "Anonymous");
                put("aws:userid", "anonymous");
            }
            Caller::Untold | Caller::Service(_) | Caller::Provider(_) => {}
        }
        keys
    }

    /// How this principal of a policy names the caller, if it does.
    pub(super) fn named_by(&self, kind: PrincipalType, principal: &str) -> Option<Named> {
        match kind {
            PrincipalType::Aws if principal == "*" => Some(Named::Itself),
            PrincipalType::Aws => self
                .named_by_account(principal)
                .or_else(|| self.named_by_arn(principal)),
            PrincipalType::Service => {
                (*self == Caller::Service(principal.to_owned())).then_some(Named::Itself)
            }
            PrincipalType::Federated => {
                (*self == Caller::Provider(principal.to_owned())).then_some(Named::Itself)
            }
            // Convention.
            PrincipalType::CanonicalUser => None,
        }
    }

    /// "The account ARN and the shortened account ID behave the same way."
    fn named_by_account(&self, principal: &str) -> Option<Named> {
        let account = self.account()?;
        let partition = self.partition()?;
        let root = format!("arn:{partition}:iam::{account}:root");
        if principal != account && principal != root {
            return None;
        }
        Some(match self {
            Caller::Root(_) => Named::Itself,
            _ => Named::ByAccount,
        })
    }

    fn named_by_arn(&self, principal: &str) -> Option<Named> {
        // "You cannot use a wildcard to match part of a principal name or ARN."
        let itself = match self {
            Caller::Role(_) | Caller::Root(_) => false,
            _ => self.arn() == Some(principal),
        };
        let entity = match self {
            Caller::Role(role) | Caller::RoleSession(_, Some(role)) => role == principal,
            Caller::RoleSession(_, None) => self.is_session_of_role_named(principal),
            Caller::Federated(_, Some(user)) => user == principal,
            _ => false,
        };
        match (itself, entity) {
            (true, _) => Some(Named::Itself),
            (_, true) => Some(Named::ByEntity),
            _ => None,
        }
    }

    /// Convention: "is named by any role of that name in its account".
    fn is_session_of_role_named(&self, principal: &str) -> bool {
        let Some(pathless) = self.role_arn() else {
            return false;
        };
        arn_field(principal, 1) == self.partition()
            && arn_field(principal, 2) == Some("iam")
            && arn_field(principal, 4) == self.account()
            && arn_field(principal, 5).is_some_and(|path| path.starts_with("role/"))
            && last_part(principal) == last_part(&pathless)
    }

    /// Whether `NotPrincipal` lists the caller so that its Deny spares it: "you
    /// must also specify the account ARN of the not-denied principal", and for
    /// a session "both the ARN for a role and the ARN for the account".
    pub(super) fn is_spared_by(&self, listed: &[(PrincipalType, &str)]) -> bool {
        let listed_as = |form: Named| {
            listed
                .iter()
                .any(|(kind, principal)| self.named_by(*kind, principal) == Some(form))
        };
        if listed.contains(&(PrincipalType::Aws, "*")) {
            return true;
        }
        match self {
            Caller::Role(_) | Caller::RoleSession(..) => {
                listed_as(Named::ByEntity) && listed_as(Named::ByAccount)
            }
            Caller::User(_) | Caller::UserSession(_) => {
                listed_as(Named::Itself) && listed_as(Named::ByAccount)
            }
            // Convention: the user who federated stands for the session.
            Caller::Federated(..) => {
                (listed_as(Named::Itself) || listed_as(Named::ByEntity))
                    && listed_as(Named::ByAccount)
            }
            _ => listed_as(Named::Itself),
        }
    }
}
