//! The order in which the layers decide.
//!
//! IAM User Guide, "How AWS enforcement code logic evaluates requests to allow
//! or deny access" and "Cross-account policy evaluation logic".

use iam_dsl_core::{AccountId, Effect};

use super::decision::{Layer, Outcome};
use super::prepare::{Place, Prepared};
use super::principal::Who;
use super::principals::Naming;
use super::request::RequestData;
use super::service::{self, Rule};
use super::stack::{Hit, Stack};
use super::verdict::{Cause, Verdict};

/// Everything that an authorizer has been given.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    pub(super) stacks: Vec<Stack>,
    pub(super) service_control_levels: usize,
    pub(super) resource_control_levels: usize,
    /// Services that resource control policies speak of beside those of AWS's
    /// list, in lower case.
    pub(super) resource_control_services: Vec<String>,
    pub(super) management_account: Option<AccountId>,
    pub(super) users_change_password: bool,
    /// Which layers have a policy, a bit each.
    present: u8,
    /// Whether some statement denies.
    denies: bool,
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
        self.present |= bit(layer);
        let place = self
            .stacks
            .iter()
            .position(|stack| (stack.layer, stack.level) >= (layer, level));
        let place = place.unwrap_or(self.stacks.len());
        match self.stacks.get_mut(place) {
            Some(stack) if (stack.layer, stack.level) == (layer, level) => stack.push(document),
            _ => {
                let mut stack = Stack::new(layer, level);
                stack.push(document);
                self.stacks.insert(place, stack);
            }
        }
        self.denies = self.stacks.iter().any(Stack::denies);
    }

    #[inline]
    pub(super) fn has(&self, layer: Layer) -> bool {
        self.present & bit(layer) != 0
    }

    /// Whether a layer speaks of this request at all.
    #[inline]
    pub(super) fn applies(&self, layer: Layer, request: &RequestData) -> bool {
        let facts = &request.facts;
        let principal = request.principal.as_ref();
        let account = || principal.and_then(|principal| principal.account());
        match layer {
            // They leave resources of the management account and calls of
            // service-linked roles alone (AWS Organizations User Guide, "Resource
            // control policies").
            Layer::ResourceControl => {
                let owner = request
                    .resource_account()
                    .or(account().map(AccountId::as_str));
                let managed = self.management_account.as_ref().map(AccountId::as_str);
                let added = &self.resource_control_services;
                let covered = facts.resource_control_service
                    || added.iter().any(|added| added == request.action.service());
                covered && !facts.resource_control_exempt && (managed.is_none() || managed != owner)
            }
            // They leave the management account and service-linked roles alone,
            // but not the root user of a member account (AWS Organizations User
            // Guide, "Service control policies").
            Layer::ServiceControl => {
                let has_account = principal.is_none() || account().is_some();
                let managed = self.management_account.as_ref();
                has_account && !facts.service_linked && (managed.is_none() || managed != account())
            }
            Layer::Identity | Layer::Boundary | Layer::Session => facts.entity,
            Layer::Trust => facts.decided_by_trust,
            Layer::Resource => !facts.bucket_policy_of_own_root,
            Layer::Endpoint => true,
        }
    }

    /// Where the statements of a layer stand for this request.
    #[inline]
    pub(super) fn place(&self, layer: Layer, request: &RequestData) -> Place {
        let bounded = self.has(Layer::Boundary) && self.applies(Layer::Boundary, request);
        place(layer, bounded)
    }

    /// A statement of the layer with this effect that matches.
    #[inline]
    fn find(&self, layer: Layer, effect: Effect, request: &RequestData) -> Option<Hit<'_>> {
        let place = self.place(layer, request);
        self.of(layer)
            .find_map(|stack| stack.find(effect, request, place))
    }

    /// The verdict on a request. Inlined into both who ask, so that one who does
    /// not need the cause does not pay for it.
    #[inline(always)]
    pub(super) fn judge<'l>(&'l self, request: &'l RequestData) -> Verdict<'l> {
        if let Some((allowed, rule)) = request.facts.before_policies {
            let outcome = if allowed {
                Outcome::Allow
            } else {
                Outcome::ImplicitDeny
            };
            return Verdict::new(outcome, Cause::Rule(rule));
        }
        if self.denies
            && let Some(verdict) = self.explicit_deny(request)
        {
            return verdict;
        }
        if request.facts.other_partition {
            return Verdict::denied(Cause::Rule(Rule::OtherPartition));
        }
        let scope = Scope {
            layers: self,
            request,
            granting: request.facts.granting_layer(),
            same_account: request.facts.same_account,
        };
        match scope.guardrails() {
            Some(reason) => Verdict::denied(reason),
            None => scope.grants(),
        }
    }

    /// "If the enforcement code finds even one explicit deny that applies, the
    /// enforcement code returns a final decision of Deny."
    fn explicit_deny(&self, request: &RequestData) -> Option<Verdict<'_>> {
        // The stacks are in the order of the layers.
        let mut stacks = self.stacks.iter().filter(|stack| stack.denies());
        stacks.find_map(|stack| {
            if !self.applies(stack.layer, request) {
                return None;
            }
            let place = self.place(stack.layer, request);
            let hit = stack.find(Effect::Deny, request, place)?;
            Some(Verdict::new(Outcome::ExplicitDeny, hit.into()))
        })
    }
}

/// Where the statements of a layer stand; whether the principal has a boundary.
pub(super) fn place(layer: Layer, bounded: bool) -> Place {
    Place {
        names_principals: matches!(
            layer,
            Layer::Resource | Layer::Trust | Layer::Endpoint | Layer::ResourceControl
        ),
        needs_resource: !matches!(layer, Layer::Resource | Layer::Trust),
        bounded,
    }
}

fn bit(layer: Layer) -> u8 {
    1 << layer as u8
}

impl<'l> Scope<'l> {
    #[inline]
    fn allow(&self, layer: Layer) -> Option<Hit<'l>> {
        if !self.layers.has(layer) || !self.layers.applies(layer, self.request) {
            return None;
        }
        self.layers.find(layer, Effect::Allow, self.request)
    }

    /// The limits that no grant escapes, within the account and across.
    #[inline(always)]
    fn guardrails(&self) -> Option<Cause<'l>> {
        // Resource control policies need no search for an Allow: the policy
        // RCPFullAWSAccess "can't be detached, so there will always be an Allow
        // statement" ("How AWS enforcement code logic evaluates requests").
        if self.layers.service_control_levels > 0
            && let Some(cause) = self.service_control()
        {
            return Some(cause);
        }
        // A VPC endpoint policy "does not override or replace identity-based
        // policies or resource-based policies": it limits them all.
        let layer = Layer::Endpoint;
        if self.layers.has(layer) && self.allow(layer).is_none() {
            return Some(Cause::no_allow(layer));
        }
        None
    }

    /// The level of service control policies that does not allow, if there is one.
    fn service_control(&self) -> Option<Cause<'l>> {
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
                    return Some(Cause::NoAllow { layer, level });
                }
            }
        }
        None
    }

    /// Who may allow, and what has to.
    #[inline(always)]
    fn grants(&self) -> Verdict<'l> {
        let resource = self.allow(self.granting);
        // "IAM role trust policies and KMS key policies are exceptions to this
        // logic, because they must explicitly allow access for principals."
        let must_allow = self.granting == Layer::Trust || self.request.facts.decided_by_key_policy;
        let facts = &self.request.facts;
        let one_side = self.same_account || (facts.decided_by_identity && facts.entity);
        if resource.is_none() && (must_allow || !one_side) {
            return Verdict::denied(self.missing(self.granting));
        }
        if !self.request.facts.entity {
            return self.without_own_policies(resource);
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
            (Some(Naming::Direct), Some(hit)) if !trusted => Verdict::allowed(hit.into()),
            (Some(Naming::Direct | Naming::Entity), Some(hit)) => match self.limits() {
                Some(reason) => Verdict::denied(reason),
                None => Verdict::allowed(hit.into()),
            },
            _ => self.identity(),
        }
    }

    /// The answer for those who are neither users nor roles.
    fn without_own_policies(&self, resource: Option<Hit<'l>>) -> Verdict<'l> {
        let who = self.request.principal.as_ref().map(|p| &p.who);
        match (resource, who) {
            (Some(hit), _) => Verdict::allowed(hit.into()),
            // "All requests are implicitly denied with the exception of the AWS
            // account root user, which has full access."
            (None, Some(Who::AccountRoot { .. })) => Verdict::allowed(Cause::AccountRoot),
            (None, Some(Who::Anonymous)) => Verdict::denied(Cause::Rule(Rule::NoCredentials)),
            (None, _) => Verdict::denied(self.missing(self.granting)),
        }
    }

    /// What the principal's own policies say, with what limits them.
    #[inline(always)]
    fn identity(&self) -> Verdict<'l> {
        let setting = || {
            self.layers.users_change_password
                && service::is_granted_by_password_setting(self.request)
        };
        let granted = match self.allow(Layer::Identity) {
            Some(hit) => Ok(hit),
            None if setting() => Err(Rule::UsersMayChangePassword),
            None => return Verdict::denied(self.missing(Layer::Identity)),
        };
        match (self.limits(), granted) {
            (Some(reason), _) => Verdict::denied(reason),
            (None, Ok(hit)) => Verdict::allowed(hit.into()),
            (None, Err(rule)) => Verdict::allowed(Cause::Rule(rule)),
        }
    }

    /// The boundary or session policy that does not allow, if there is one.
    #[inline]
    fn limits(&self) -> Option<Cause<'l>> {
        let layer = Layer::Boundary;
        if self.layers.has(layer) && self.layers.applies(layer, self.request) {
            let place = self.layers.place(layer, self.request);
            if self
                .layers
                .of(layer)
                .any(|stack| !stack.each_allows(self.request, place))
            {
                return Some(Cause::no_allow(layer));
            }
        }
        // "In most cases if you do not pass a policy with the GetFederationToken
        // API call, the resulting temporary security credentials have no
        // permissions" ("Permissions for GetFederationToken").
        let layer = Layer::Session;
        if self.request.facts.federated_user && !self.layers.has(layer) {
            return Some(Cause::Rule(Rule::FederatedUserWithoutPolicy));
        }
        (self.layers.has(layer) && self.allow(layer).is_none()).then_some(Cause::no_allow(layer))
    }

    fn missing(&self, layer: Layer) -> Cause<'l> {
        if self.layers.has(layer) {
            Cause::no_allow(layer)
        } else {
            Cause::NoPolicy { layer }
        }
    }
}
