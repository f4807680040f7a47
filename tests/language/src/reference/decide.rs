//! "Determining whether a request is allowed or denied."

use iam_dsl::Outcome;
use iam_dsl_core::{Document, Effect};

use super::caller::{Named, arn_field};
use super::condition::values_of;
use super::statement::{Kind, Question, applies};
use super::{Caller, Layers, Request};

/// The answer to a request.
pub fn decide(layers: &Layers, request: &Request) -> Outcome {
    Decision { layers, request }.outcome()
}

struct Decision<'a> {
    layers: &'a Layers,
    request: &'a Request,
}

impl Decision<'_> {
    fn outcome(&self) -> Outcome {
        if let Some(free) = self.operation_without_permissions() {
            return free;
        }
        // Whether such credentials may call the operation at all precedes any
        // policy (convention: AWS names the refusal, not its order).
        if self.is_refused_by_a_service_rule() {
            return Outcome::ImplicitDeny;
        }
        if self.is_explicitly_denied() {
            return Outcome::ExplicitDeny;
        }
        let allowed = !self.is_of_another_partition()
            && self.service_control_allows()
            && self.endpoint_allows()
            && self.accounts_allow();
        if allowed {
            Outcome::Allow
        } else {
            Outcome::ImplicitDeny
        }
    }

    fn is_action(&self, action: &str) -> bool {
        self.request.action.eq_ignore_ascii_case(action)
    }

    fn is_service(&self, service: &str) -> bool {
        let called = self.request.action.split(':').next().unwrap_or_default();
        called.eq_ignore_ascii_case(service)
    }

    /// GetCallerIdentity: "No permissions are required to perform this
    /// operation", even if a policy denies it. GetSessionToken: "You cannot use
    /// policies to control authentication operations", but it needs long-term
    /// credentials.
    fn operation_without_permissions(&self) -> Option<Outcome> {
        let granted = |granted| {
            Some(if granted {
                Outcome::Allow
            } else {
                Outcome::ImplicitDeny
            })
        };
        let caller = &self.request.caller;
        if *caller == Caller::Untold {
            // Which credentials it has is not told either (convention).
            None
        } else if self.is_action("sts:GetCallerIdentity") {
            granted(!matches!(caller, Caller::Anonymous | Caller::Provider(_)))
        } else if self.is_action("sts:GetSessionToken") {
            granted(matches!(caller, Caller::User(_) | Caller::Root(_)))
        } else {
            None
        }
    }

    /// "Comparing the AWS STS API operations": what temporary credentials and
    /// the root user cannot call.
    fn is_refused_by_a_service_rule(&self) -> bool {
        let federation = self.is_action("sts:GetFederationToken");
        match &self.request.caller {
            Caller::Untold => false,
            // "You must call the GetFederationToken operation using the
            // long-term security credentials of an IAM user."
            Caller::User(_) => false,
            Caller::UserSession(_) => {
                let without_mfa = self.is_service("iam") && !self.has_mfa();
                let other_sts = self.is_service("sts") && !self.is_action("sts:AssumeRole");
                without_mfa || other_sts
            }
            Caller::Federated(..) => self.is_service("iam") || self.is_service("sts"),
            // "You cannot use AWS account root user credentials to call AssumeRole."
            Caller::Root(_) => self.is_action("sts:AssumeRole"),
            // "Only requests that are signed" assume a role.
            Caller::Anonymous => federation || self.is_role_assumption(),
            _ => federation,
        }
    }

    /// The key has one value; several are no sign of MFA (convention).
    fn has_mfa(&self) -> bool {
        match values_of(self.request, "aws:MultiFactorAuthPresent").as_deref() {
            Some([value]) => value.bool() == Some(true),
            _ => false,
        }
    }

    /// "IAM roles and resource-based policies delegate access across accounts
    /// only within a single partition."
    fn is_of_another_partition(&self) -> bool {
        let caller = self.request.caller.partition();
        let resource = arn_field(&self.request.resource, 1);
        matches!((caller, resource), (Some(a), Some(b)) if a != b)
    }

    /// The account of the resource: told, in the ARN, or the caller's own.
    fn resource_account(&self) -> Option<&str> {
        self.request
            .resource_account
            .as_deref()
            .or_else(|| arn_field(&self.request.resource, 4))
            .or_else(|| self.request.caller.account())
    }

    fn is_cross_account(&self) -> bool {
        let caller = self.request.caller.account();
        caller.is_some() && caller != self.resource_account()
    }

    /// The operations that a role's trust policy speaks of.
    fn is_role_assumption(&self) -> bool {
        [
            "sts:AssumeRole",
            "sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithWebIdentity",
            "sts:TagSession",
        ]
        .iter()
        .any(|action| self.is_action(action))
    }

    /// A key's policy is the policy of the key: not of aliases, not of `*`.
    fn is_of_a_key(&self) -> bool {
        self.is_service("kms")
            && arn_field(&self.request.resource, 5).is_some_and(|part| part.starts_with("key/"))
    }

    // Which policies apply.

    fn identity(&self) -> &[Document] {
        if self.request.caller.is_identity() {
            &self.layers.identity
        } else {
            &[]
        }
    }

    fn boundary(&self) -> &[Document] {
        if self.request.caller.is_identity() {
            &self.layers.boundary
        } else {
            &[]
        }
    }

    fn session(&self) -> &[Document] {
        if self.request.caller.is_session() {
            &self.layers.session
        } else {
            &[]
        }
    }

    /// The resource's policy; a role's is its trust policy.
    fn resource(&self) -> (&[Document], Kind) {
        if self.is_role_assumption() {
            (&self.layers.trust, Kind::Trust)
        } else {
            (&self.layers.resource, Kind::OfResource)
        }
    }

    /// "SCPs apply to principals of the account where the SCPs are attached",
    /// not to the management account and not to service-linked roles.
    fn service_control(&self) -> &[Vec<Document>] {
        let caller = &self.request.caller;
        let management = self.layers.management_account.as_deref();
        let limited = match caller.account() {
            // Whose account is not told is not exempt (convention).
            None => *caller == Caller::Untold,
            account => account != management && !caller.is_service_linked_role(),
        };
        if limited {
            &self.layers.service_control
        } else {
            &[]
        }
    }

    /// "RCPs apply to resources of the account where the RCPs are attached",
    /// under the same exemptions, and to a list of services: of those that are
    /// asked for here IAM is not on it. "RCPs do not impact the kms:RetireGrant
    /// permission."
    fn resource_control(&self) -> &[Vec<Document>] {
        let management = self.layers.management_account.as_deref();
        let exempt = management.is_some() && self.resource_account() == management;
        let unlisted = self.is_service("iam") || self.is_action("kms:RetireGrant");
        if exempt || unlisted || self.request.caller.is_service_linked_role() {
            &[]
        } else {
            &self.layers.resource_control
        }
    }

    // What they say.

    /// The most direct way in which a statement of that effect names the caller.
    fn says(&self, effect: Effect, document: &Document, kind: Kind) -> Option<Named> {
        let ask = Question {
            request: self.request,
            kind,
            variables: document.has_variables(),
            bounded: !self.layers.boundary.is_empty(),
        };
        let statements = document.statements().iter();
        statements
            .filter_map(|statement| applies(statement, effect, ask))
            .max()
    }

    fn any_says(&self, effect: Effect, documents: &[Document], kind: Kind) -> Option<Named> {
        let named = documents.iter().map(|d| self.says(effect, d, kind));
        named.max().flatten()
    }

    /// "If the enforcement code finds even one explicit deny that applies, the
    /// enforcement code returns a final decision of Deny."
    fn is_explicitly_denied(&self) -> bool {
        let denied =
            |documents: &[Document], kind| self.any_says(Effect::Deny, documents, kind).is_some();
        let (resource, resource_kind) = self.resource();
        let mut scps = self.service_control().iter();
        let mut rcps = self.resource_control().iter();
        scps.any(|level| denied(level, Kind::WithoutPrincipal))
            || rcps.any(|level| denied(level, Kind::ForEveryone))
            || denied(resource, resource_kind)
            || denied(self.identity(), Kind::WithoutPrincipal)
            || denied(self.boundary(), Kind::WithoutPrincipal)
            || denied(self.session(), Kind::WithoutPrincipal)
            || denied(&self.layers.endpoint, Kind::OfEndpoint)
    }

    fn allows(&self, document: &Document, kind: Kind) -> bool {
        self.says(Effect::Allow, document, kind).is_some()
    }

    /// An action must be allowed at every level from the root down.
    fn service_control_allows(&self) -> bool {
        self.service_control()
            .iter()
            .all(|level| level.iter().any(|d| self.allows(d, Kind::WithoutPrincipal)))
    }

    /// An endpoint policy limits whatever passes the endpoint.
    fn endpoint_allows(&self) -> bool {
        let endpoint = &self.layers.endpoint;
        endpoint.is_empty() || endpoint.iter().any(|d| self.allows(d, Kind::OfEndpoint))
    }

    fn identity_allows(&self) -> bool {
        let documents = self.identity();
        documents
            .iter()
            .any(|d| self.allows(d, Kind::WithoutPrincipal))
            || self.may_change_own_password()
    }

    /// "Allow users to change their own password" grants every user of the
    /// account `iam:ChangePassword` and `iam:GetAccountPasswordPolicy`.
    fn may_change_own_password(&self) -> bool {
        let is_user = matches!(
            self.request.caller,
            Caller::User(_) | Caller::UserSession(_)
        );
        let own = self.request.caller.arn() == Some(self.request.resource.as_str());
        self.layers.users_change_password
            && is_user
            && ((self.is_action("iam:ChangePassword") && own)
                || self.is_action("iam:GetAccountPasswordPolicy"))
    }

    fn boundary_allows(&self) -> bool {
        let mut documents = self.boundary().iter();
        documents.all(|d| self.allows(d, Kind::WithoutPrincipal))
    }

    /// Without a session policy a role's session has all that the role has, a
    /// federated user nothing.
    fn session_allows(&self) -> bool {
        let documents = self.session();
        if documents.is_empty() {
            return !matches!(self.request.caller, Caller::Federated(..));
        }
        documents
            .iter()
            .any(|d| self.allows(d, Kind::WithoutPrincipal))
    }

    /// What the caller's own account allows it.
    fn caller_side_allows(&self) -> bool {
        match self.request.caller {
            // "By default, all requests are implicitly denied with the
            // exception of the AWS account root user, which has full access."
            Caller::Root(_) => true,
            _ => self.identity_allows() && self.boundary_allows() && self.session_allows(),
        }
    }

    fn accounts_allow(&self) -> bool {
        let (documents, kind) = self.resource();
        let named = self.any_says(Effect::Allow, documents, kind);
        if !self.request.caller.is_identity() && !matches!(self.request.caller, Caller::Root(_)) {
            // Services, providers and anonymous callers have no account.
            return named.is_some();
        }
        if self.is_cross_account() {
            // "The request is allowed only if both evaluations return a
            // decision of Allow."
            return named.is_some() && self.caller_side_allows();
        }
        self.same_account_allows(named)
    }

    fn same_account_allows(&self, named: Option<Named>) -> bool {
        match named {
            // "Role trust policies and KMS key policies … must explicitly
            // allow access."
            None if self.is_role_assumption() || self.is_of_a_key() => false,
            None | Some(Named::ByAccount) => self.caller_side_allows(),
            // "Limited by an implicit deny in a permissions boundary or
            // session policy."
            Some(Named::ByEntity) => self.boundary_allows() && self.session_allows(),
            // "If a permissions boundary is set for the user, then it must
            // allow the sts:AssumeRole action."
            Some(Named::Itself) if self.is_role_assumption() => {
                self.boundary_allows() && self.session_allows()
            }
            Some(Named::Itself) => true,
        }
    }
}
