//! Matching `Principal` and `NotPrincipal`.

use iam_dsl_core::model;
use iam_dsl_core::{Arn, PrincipalType, arn};

use super::principal::{Principal, Who, last_segment, session_role_name};

/// How a statement names the principal of a request, the weakest first. What
/// the name is worth differs (IAM User Guide, "How AWS enforcement code logic
/// evaluates requests to allow or deny access").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// By the account, which "delegates authority to the account": the
    /// principal still needs its own permission.
    Account,
    /// By the role of the session, or by the user who federated: an implicit
    /// deny of a boundary or a session policy limits it.
    Entity,
    /// By itself, or as everyone: an implicit deny elsewhere does not matter
    /// within the account.
    Direct,
}

/// The values of one `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    everyone: bool,
    /// Accounts as twelve digits, with the partition where a root's ARN tells it:
    /// access is delegated "only within a single partition" (IAM User Guide, "How
    /// IAM roles differ from resource-based policies").
    accounts: Vec<(Option<String>, String)>,
    /// ARNs and unique ids.
    others: Vec<String>,
    services: Vec<String>,
    providers: Vec<String>,
}

impl Named {
    pub(super) fn prepare(principals: &model::Principals) -> Self {
        let mut named = Named::default();
        for (kind, value) in principals.iter() {
            match kind {
                PrincipalType::Aws if value == "*" => named.everyone = true,
                PrincipalType::Aws => match account_of(value) {
                    Some((partition, account)) => named
                        .accounts
                        .push((partition.map(str::to_owned), account.to_owned())),
                    None => named.others.push(value.to_owned()),
                },
                PrincipalType::Service => named.services.push(value.to_owned()),
                PrincipalType::Federated => named.providers.push(value.to_owned()),
                // An S3 canonical user id: no principal here tells its own.
                PrincipalType::CanonicalUser => {}
            }
        }
        named
    }

    fn lists(&self, arn: &Arn) -> bool {
        self.others.iter().any(|other| other == arn.as_str())
    }

    fn lists_id(&self, principal: &Principal) -> bool {
        principal
            .unique_id()
            .is_some_and(|id| self.others.iter().any(|other| other == id))
    }

    /// Whether the role of a session is listed. A role's name is unique in its
    /// account whatever its path, so a session whose role is not told is known
    /// by the name.
    fn lists_role(&self, session: &Arn, role: Option<&Arn>) -> bool {
        match role {
            Some(role) => self.lists(role),
            None => self.others.iter().any(|other| {
                other.parse::<Arn>().is_ok_and(|other| {
                    other.service() == "iam"
                        && other.account() == session.account()
                        && other.partition() == session.partition()
                        && other.resource().starts_with("role/")
                        && last_segment(&other) == session_role_name(session)
                })
            }),
        }
    }

    fn lists_account(&self, principal: &Principal) -> bool {
        let own = principal.arn().map(Arn::partition);
        principal.account().is_some_and(|account| {
            self.accounts.iter().any(|(partition, listed)| {
                let elsewhere = partition.as_deref().zip(own).is_some_and(|(a, b)| a != b);
                listed == account.as_str() && !elsewhere
            })
        })
    }

    /// The strongest way in which these values name the principal; `None` where
    /// they do not. `everyone_has_provider` is whether `*` covers callers whom
    /// an identity provider vouches for.
    pub(super) fn names(
        &self,
        principal: Option<&Principal>,
        everyone_has_provider: bool,
    ) -> Option<Naming> {
        let Some(principal) = principal else {
            return self.everyone.then_some(Naming::Direct);
        };
        if let Who::FederatedProvider { name } = &principal.who {
            let listed = self.providers.contains(name);
            return (listed || (self.everyone && everyone_has_provider)).then_some(Naming::Direct);
        }
        if self.everyone {
            return Some(Naming::Direct);
        }
        let direct = match &principal.who {
            Who::Service { name } => self.services.contains(name),
            Who::User { arn } | Who::UserSession { arn } => {
                self.lists(arn) || self.lists_id(principal)
            }
            Who::AssumedRole { session, .. } => self.lists(session),
            Who::FederatedUser { session, .. } => self.lists(session),
            Who::AccountRoot { .. }
            | Who::Role { .. }
            | Who::FederatedProvider { .. }
            | Who::Anonymous => false,
        };
        let entity = || match &principal.who {
            Who::Role { arn } => self.lists(arn) || self.lists_id(principal),
            Who::AssumedRole { session, role } => {
                self.lists_role(session, role.as_ref()) || self.lists_id(principal)
            }
            Who::FederatedUser { by: Some(user), .. } => self.lists(user),
            _ => false,
        };
        if direct {
            Some(Naming::Direct)
        } else if entity() {
            Some(Naming::Entity)
        } else if self.lists_account(principal) {
            Some(Naming::Account)
        } else {
            None
        }
    }

    /// Whether a `NotPrincipal` of these values spares the principal. "You must
    /// also specify the account ARN of the not-denied principal"; for a session
    /// "include both the ARN for a role and the ARN for the account containing
    /// that role" (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
    pub(super) fn spares(&self, principal: Option<&Principal>) -> bool {
        let Some(principal) = principal else {
            return self.everyone;
        };
        if self.everyone {
            return true;
        }
        match &principal.who {
            Who::AccountRoot { .. } => self.lists_account(principal),
            Who::Service { name } => self.services.contains(name),
            Who::FederatedProvider { name } => self.providers.contains(name),
            Who::Anonymous => false,
            Who::AssumedRole { session, role } => {
                self.lists_account(principal)
                    && (self.lists_role(session, role.as_ref()) || self.lists_id(principal))
            }
            Who::User { .. }
            | Who::UserSession { .. }
            | Who::Role { .. }
            | Who::FederatedUser { .. } => {
                self.lists_account(principal)
                    && self
                        .names(Some(principal), true)
                        .is_some_and(|naming| naming > Naming::Account)
            }
        }
    }
}

/// The account that a value stands for: its id, or the ARN of its root, which
/// "behave the same way" (IAM User Guide, "AWS account principals").
fn account_of(value: &str) -> Option<(Option<&str>, &str)> {
    if arn::is_account_id(value) {
        return Some((None, value));
    }
    arn::account_root(value).map(|root| (Some(root.partition), root.account))
}
