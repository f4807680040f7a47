//! The order in which the layers decide.
//!
//! IAM User Guide, "How AWS enforcement code logic evaluates requests to allow
//! or deny access" and "Cross-account policy evaluation logic".

use iam_dsl_core::{AccountId, Effect};

use super::decision::{Layer, Outcome, Reason, StatementRef, Verdict};
use super::prepare::{Place, Prepared};
use super::principal::{PrincipalKind, Who};
use super::principals::Naming;
use super::request::RequestData;
use super::service::{self, Rule};
use super::stack::{Hit, Stack};

/// Everything that an authorizer has been given.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    pub(super) stacks: Vec<Stack>,
    pub(super) service_control_levels: usize,
    pub(super) resource_control_levels: usize,
    pub(super) management_account: Option<AccountId>,
    pub(super) users_change_password: bool,
}

/// Which layers speak of a request.
struct Scope<'l> {
    layers: &'l Layers,
    request: &'l RequestData,
    /// The layer that grants on the resource's side.
    granting: Layer,
    same_account: bool,
}

impl Layers {
    pub(super) fn of(&self, layer: Layer) -> impl Iterator<Item = &Stack> {
        self.stacks.iter().filter(move |stack| stack.layer == layer)
    }

    /// Adds a document to a layer and level.
    pub(super) fn push(&mut self, layer: Layer, level: usize, document: Prepared) {
        let place = |stack: &&mut Stack| stack.layer == layer && stack.level == level;
        if let Some(stack) = self.stacks.iter_mut().find(place) {
            stack.push(document);
            return;
        }
        let mut stack = Stack::new(layer, level);
        stack.push(document);
        self.stacks.push(stack);
    }

    fn has(&self, layer: Layer) -> bool {
        self.of(layer).any(|stack| stack.documents() > 0)
    }

    /// Whether a layer speaks of this request at all.
    pub(super) fn applies(&self, layer: Layer, request: &RequestData) -> bool {
        let principal = request.principal.as_ref();
        let account = principal.and_then(|principal| principal.account());
        let service_linked = principal.is_some_and(|principal| principal.is_service_linked());
        let kind = principal.map(|principal| principal.kind());
        let entity = !matches!(
            kind,
            Some(
                PrincipalKind::Service
                    | PrincipalKind::FederatedProvider
                    | PrincipalKind::Anonymous
                    | PrincipalKind::AccountRoot
            )
        );
        match layer {
            // They leave resources of the management account and calls of
            // service-linked roles alone (AWS Organizations User Guide, "Resource
            // control policies").
            Layer::ResourceControl => {
                let owner = request
                    .resource_account()
                    .or(account.map(AccountId::as_str));
                let managed = self.management_account.as_ref().map(AccountId::as_str);
                !service_linked && (managed.is_none() || managed != owner)
            }
            // They leave the management account and service-linked roles alone,
            // but not the root user of a member account (AWS Organizations User
            // Guide, "Service control policies").
            Layer::ServiceControl => {
                let has_account = principal.is_none() || account.is_some();
                let managed = self.management_account.as_ref();
                has_account && !service_linked && (managed.is_none() || managed != account)
            }
            Layer::Identity | Layer::Boundary | Layer::Session => entity,
            Layer::Trust => service::is_decided_by_trust(request),
            Layer::Resource => !service::is_bucket_policy_of_own_root(request),
            Layer::Endpoint => true,
        }
    }

    /// Where the statements of a layer stand for this request.
    pub(super) fn place(&self, layer: Layer, request: &RequestData) -> Place {
        let bounded = self.applies(Layer::Boundary, request) && self.has(Layer::Boundary);
        Place {
            names_principals: matches!(
                layer,
                Layer::Resource | Layer::Trust | Layer::Endpoint | Layer::ResourceControl
            ),
            needs_resource: !matches!(layer, Layer::Resource | Layer::Trust),
            bounded,
        }
    }

    /// A statement of the layer with this effect that matches.
    fn find(&self, layer: Layer, effect: Effect, request: &RequestData) -> Option<Hit<'_>> {
        let place = self.place(layer, request);
        self.of(layer)
            .find_map(|stack| stack.find(effect, request, place))
    }

    /// The verdict on a request.
    pub(super) fn judge(&self, request: &RequestData) -> Verdict {
        if let Some((allowed, rule)) = service::before_policies(request) {
            let outcome = if allowed {
                Outcome::Allow
            } else {
                Outcome::ImplicitDeny
            };
            return Verdict::new(outcome, Reason::Rule(rule));
        }
        if let Some(verdict) = self.explicit_deny(request) {
            return verdict;
        }
        if service::other_partition(request) {
            return Verdict::denied(Reason::Rule(Rule::OtherPartition));
        }
        let account = request
            .principal
            .as_ref()
            .and_then(|principal| principal.account())
            .map(AccountId::as_str);
        let scope = Scope {
            layers: self,
            request,
            granting: if service::is_decided_by_trust(request) {
                Layer::Trust
            } else {
                Layer::Resource
            },
            same_account: match (account, request.resource_account()) {
                (Some(account), Some(owner)) => account == owner,
                _ => true,
            },
        };
        match scope.guardrails() {
            Some(reason) => Verdict::denied(reason),
            None => scope.grants(),
        }
    }

    /// "If the enforcement code finds even one explicit deny that applies, the
    /// enforcement code returns a final decision of Deny."
    fn explicit_deny(&self, request: &RequestData) -> Option<Verdict> {
        Layer::ORDER.into_iter().find_map(|layer| {
            if !self.applies(layer, request) {
                return None;
            }
            let hit = self.find(layer, Effect::Deny, request)?;
            Some(Verdict::new(Outcome::ExplicitDeny, hit.reason()))
        })
    }
}

impl Hit<'_> {
    fn reason(&self) -> Reason {
        Reason::Statement(StatementRef {
            layer: self.stack.layer,
            level: self.stack.level,
            policy: self.policy,
            statement: self.statement,
            sid: self
                .stack
                .statement((self.policy, self.statement))
                .and_then(|statement| statement.sid.clone()),
        })
    }
}

impl<'l> Scope<'l> {
    fn allow(&self, layer: Layer) -> Option<Hit<'l>> {
        if !self.layers.applies(layer, self.request) {
            return None;
        }
        self.layers.find(layer, Effect::Allow, self.request)
    }

    /// The limits that no grant escapes, within the account and across.
    fn guardrails(&self) -> Option<Reason> {
        // Resource control policies need no search for an Allow: the policy
        // RCPFullAWSAccess "can't be detached, so there will always be an Allow
        // statement" ("How AWS enforcement code logic evaluates requests").
        let layer = Layer::ServiceControl;
        if self.layers.applies(layer, self.request) {
            let place = self.layers.place(layer, self.request);
            // "There must be an explicit Allow statement at every level" (AWS
            // Organizations User Guide, "SCP evaluation").
            for level in 1..=self.layers.service_control_levels {
                let allows = self
                    .layers
                    .of(layer)
                    .find(|stack| stack.level == level)
                    .and_then(|stack| stack.find(Effect::Allow, self.request, place));
                if allows.is_none() {
                    return Some(Reason::NoAllow { layer, level });
                }
            }
        }
        // A VPC endpoint policy "does not override or replace identity-based
        // policies or resource-based policies": it limits them all.
        let layer = Layer::Endpoint;
        if self.layers.has(layer) && self.allow(layer).is_none() {
            return Some(Reason::no_allow(layer));
        }
        None
    }

    /// Who may allow, and what has to.
    fn grants(&self) -> Verdict {
        let who = self.request.principal.as_ref().map(|p| &p.who);
        let resource = self.allow(self.granting);
        // "IAM role trust policies and KMS key policies are exceptions to this
        // logic, because they must explicitly allow access for principals."
        let must_allow =
            self.granting == Layer::Trust || service::is_decided_by_key_policy(self.request);
        if resource.is_none() && (must_allow || !self.same_account) {
            return Verdict::denied(self.missing(self.granting));
        }
        match who {
            Some(Who::Service { .. } | Who::FederatedProvider { .. } | Who::Anonymous) => {
                return match resource {
                    Some(hit) => Verdict::allowed(hit.reason()),
                    None if matches!(who, Some(Who::Anonymous)) => {
                        Verdict::denied(Reason::Rule(Rule::NoCredentials))
                    }
                    None => Verdict::denied(self.missing(self.granting)),
                };
            }
            // "All requests are implicitly denied with the exception of the AWS
            // account root user, which has full access."
            Some(Who::AccountRoot { .. }) => {
                return Verdict::allowed(resource.map_or(Reason::AccountRoot, |hit| hit.reason()));
            }
            _ => {}
        }
        // "The request is allowed only if both evaluations return a decision of
        // Allow": across accounts the resource's side, which allows here, takes
        // nothing from what the principal's side needs.
        let naming = resource.filter(|_| self.same_account).map(|hit| hit.naming);
        let trusted = self.granting == Layer::Trust;
        match (naming, resource) {
            // A trust policy does not lift the boundary: "If a permissions
            // boundary is set for the user, then it must allow the
            // sts:AssumeRole action" ("Update a role trust policy").
            (Some(Naming::Direct), Some(hit)) if !trusted => Verdict::allowed(hit.reason()),
            (Some(Naming::Direct | Naming::Entity), Some(hit)) => match self.limits() {
                Some(reason) => Verdict::denied(reason),
                None => Verdict::allowed(hit.reason()),
            },
            _ => self.identity(),
        }
    }

    /// What the principal's own policies say, with what limits them.
    fn identity(&self) -> Verdict {
        let granted = match self.allow(Layer::Identity) {
            Some(hit) => hit.reason(),
            None if self.layers.users_change_password
                && service::is_granted_by_password_setting(self.request) =>
            {
                Reason::Rule(Rule::UsersMayChangePassword)
            }
            None => return Verdict::denied(self.missing(Layer::Identity)),
        };
        if let Some(reason) = self.limits() {
            return Verdict::denied(reason);
        }
        Verdict::allowed(granted)
    }

    /// The boundary or session policy that does not allow, if there is one.
    fn limits(&self) -> Option<Reason> {
        let layer = Layer::Boundary;
        if self.layers.applies(layer, self.request) {
            let place = self.layers.place(layer, self.request);
            if self
                .layers
                .of(layer)
                .any(|stack| !stack.each_allows(self.request, place))
            {
                return Some(Reason::no_allow(layer));
            }
        }
        // "In most cases if you do not pass a policy with the GetFederationToken
        // API call, the resulting temporary security credentials have no
        // permissions" ("Permissions for GetFederationToken").
        let layer = Layer::Session;
        let who = self.request.principal.as_ref().map(|p| &p.who);
        if matches!(who, Some(Who::FederatedUser { .. })) && !self.layers.has(layer) {
            return Some(Reason::Rule(Rule::FederatedUserWithoutPolicy));
        }
        (self.layers.has(layer) && self.allow(layer).is_none()).then_some(Reason::no_allow(layer))
    }

    fn missing(&self, layer: Layer) -> Reason {
        if self.layers.has(layer) {
            Reason::no_allow(layer)
        } else {
            Reason::NoPolicy { layer }
        }
    }
}
