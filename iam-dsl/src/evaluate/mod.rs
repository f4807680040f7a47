//! Deciding a request as AWS does.
//!
//! ```
//! use iam_dsl::{Authorizer, Context, Outcome, Policy, Request};
//!
//! let policy: Policy = r#"{
//!     "Version": "2012-10-17",
//!     "Statement": [
//!         {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::assets/*"},
//!         {"Sid": "Tls", "Effect": "Deny", "Action": "*", "Resource": "*",
//!          "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
//!     ]
//! }"#.parse()?;
//! let authorizer = Authorizer::new().identity(&policy);
//!
//! let request = Request::new("s3:GetObject", "arn:aws:s3:::assets/logo.png")?
//!     .principal("arn:aws:iam::111122223333:user/Adele".parse()?);
//! assert!(authorizer.decide(&request).is_allowed());
//!
//! let plain = request.context(Context::new().with("aws:SecureTransport", false));
//! let decision = authorizer.decide(&plain);
//! assert_eq!(decision.outcome(), Outcome::ExplicitDeny);
//! assert_eq!(decision.statement().and_then(|s| s.sid.as_deref()), Some("Tls"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it decides
//!
//! An explicit deny in any layer wins. Then service control policies have to
//! allow at every level, and the policy of the VPC endpoint has to allow. Then,
//! within one account, the policy of the resource or the policies of the
//! principal have to allow; permissions boundary and session policies limit
//! that, unless the resource's policy names the principal itself. Across
//! accounts both sides have to allow. Trust policies and KMS key policies always
//! have to allow. The rules stand in the code with the page of AWS that states
//! them.
//!
//! # What AWS does not say
//!
//! AWS's documentation leaves these open, or its pages disagree; we do what
//! gives less access where nothing else decides.
//!
//! Policies
//! - A statement that IAM refuses (no action, both `Action` and `NotAction`, a
//!   variable that cannot be read, a principal in an identity policy or none in
//!   a resource policy) never allows; a Deny of that kind denies as if the
//!   element were not there. A statement without `Effect` does nothing.
//! - `NotPrincipal` with Allow, which AWS does not support, allows nobody.
//! - `NotPrincipal` with Deny spares a user when user and account are listed, a
//!   session when role and account are listed; AWS says that otherwise it
//!   "might" deny.
//! - Of several session policies one has to allow; of several boundaries each.
//! - Resource control policies speak of the services that AWS listed in September
//!   2026, and of those that [`Authorizer::resource_control_applies_to`] adds. That
//!   they "do not apply to AWS managed keys" no ARN of a key tells: give none where
//!   the key is such a one.
//! - An account as principal in an endpoint policy covers its users and roles,
//!   as it does for interface endpoints; for gateway endpoints it is the root
//!   user alone.
//! - `sts:AssumeRoot` is decided by the caller's own policies. That the caller's
//!   account is the organization's management account or IAM's delegated
//!   administrator no policy tells, so it is not asked.
//!
//! Principals
//! - Everyone (`"*"` and `{"AWS": "*"}`) names each principal itself, so it is
//!   not limited by boundary and session policies. AWS says so for a statement
//!   with `aws:PrincipalArn`.
//! - Everyone includes AWS services. Whom an identity provider vouches for, it
//!   includes in a Deny and not in an Allow.
//! - A request without a principal is one of an identity of the resource's
//!   account that nobody names: identity policies apply, an Allow of a resource
//!   policy counts for everyone only, a Deny whoever it names.
//! - A trust policy that names a session is limited by boundary and session
//!   policies; AWS says so of users.
//! - A session whose role is not told has the role without a path in
//!   `aws:PrincipalArn`, and is named by any role of that name in its account.
//! - `aws:userid` is `anonymous` for anonymous callers, as the table of principal
//!   key values has it; the page on variables calls it not populated.
//! - Canonical user ids of S3 name nobody.
//!
//! Resources
//! - The part of a pattern after the fifth colon is one segment: wildcards in it
//!   cover further colons. A wildcard amid an earlier field stays in it.
//! - A request for `*` is matched by `*` alone: pages of AWS disagree whether
//!   `arn:aws:s3:::*` covers `s3:ListAllMyBuckets`.
//! - `${…}` before the fifth colon stays what is written.
//!
//! Conditions
//! - A value of the request that the operator cannot read (a malformed date,
//!   number, address or ARN, a typed value of another type) matches nothing, so
//!   negated operators hold. The same goes for a value of the policy.
//! - Several values in the request without `ForAllValues` or `ForAnyValue`, and
//!   `Null` with a qualifier or `IfExists`: an Allow does not match, a Deny does.
//! - A key with no values at all is a key that is missing. One with several has no
//!   value as a variable, and its default, which is for when "a variable is not
//!   present" (Access Analyzer policy check reference), does not stand in for it.
//! - An empty string is a value: `ForAllValues` compares it. The guide of 2023
//!   took it for none, the guide of today does not.
//! - `true` and `false` fold case. `…IgnoreCase` folds ASCII letters only.
//! - Numbers compare exactly, whatever their length, with a decimal exponent.
//! - Dates are those of ISO 8601 in W3C's profile, as AWS has it, and what ISO 8601
//!   adds to it: `24:00:00` is the midnight after the day, a second 60 is the first
//!   of the next minute. A year, a month or a day alone is its first moment in UTC.
//!   Fractions count to the nanosecond. A text of digits counts seconds since 1970,
//!   one of four digits is a year; a value that is a number always counts seconds.
//!   Anything else is no date: a space around it, a time without an offset.
//! - A network with bits beyond its prefix (`10.1.2.3/8`) is the network they lie in.
//!   An address with leading zeros (`010.0.0.1`) is none.
//! - An IPv6 address without prefix is one address. Addresses of IPv4 and of
//!   IPv6 never match each other, mapped ones included.
//! - An ARN pattern of fewer than six fields matches nothing. Variables are put in
//!   before it is split, so colons in their values part fields.
//! - A text for `BinaryEquals` in the request is base 64.

mod action;
mod condition;
mod context;
mod decision;
mod error;
mod index;
mod layers;
mod pattern;
mod prepare;
mod principal;
mod principals;
pub(crate) mod probe;
mod request;
mod resource;
mod resource_control;
mod service;
mod stack;
mod text;
mod trie;
mod value;
mod verdict;

use std::sync::Arc;

use iam_dsl_core::{AccountId, Document};

pub use context::{Context, ContextValue};
pub use decision::{Decision, Layer, Outcome, Reason, StatementRef, StatementReport, Unmatched};
pub use error::{RequestError, RequestErrorKind};
pub use principal::{Principal, PrincipalKind};
pub use request::Request;
pub use service::Rule;

use layers::Layers;
use prepare::Prepared;

/// The policies that speak of a request, prepared once to decide many.
///
/// Cheap to clone and shared between threads. A layer that is not given is one
/// that does not exist: a principal without boundary, a resource without policy.
/// Documents are taken as they are; whether IAM would accept them is
/// [`validate`](crate::validate())'s to say.
#[derive(Debug, Clone, Default)]
pub struct Authorizer {
    layers: Arc<Layers>,
}

impl Authorizer {
    /// An authorizer without policies: it allows almost nothing.
    pub fn new() -> Self {
        Authorizer::default()
    }

    /// Adds a policy of the principal: of the user, one of its groups, or the role.
    #[must_use]
    pub fn identity(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Identity, 0, policy.as_ref())
    }

    /// Adds the permissions boundary of the user or role. IAM has at most one;
    /// of several given here each must allow.
    #[must_use]
    pub fn boundary(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Boundary, 0, policy.as_ref())
    }

    /// Adds a policy that the session was made with; of several given one must allow.
    #[must_use]
    pub fn session(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Session, 0, policy.as_ref())
    }

    /// Adds the policy of the resource.
    #[must_use]
    pub fn resource(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Resource, 0, policy.as_ref())
    }

    /// Adds the trust policy of the role that the request asks for. It is
    /// consulted for the operations of STS that assume a role.
    #[must_use]
    pub fn trust(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Trust, 0, policy.as_ref())
    }

    /// Adds a policy of the VPC endpoint that the request came through.
    #[must_use]
    pub fn endpoint(self, policy: &impl AsRef<Document>) -> Self {
        self.add(Layer::Endpoint, 0, policy.as_ref())
    }

    /// Adds one level of service control policies over the principal's account:
    /// the organization's root, then each unit down to the account. Each level
    /// must allow; a level without policies allows nothing.
    #[must_use]
    pub fn service_control_level<'p, P: AsRef<Document> + 'p>(
        mut self,
        policies: impl IntoIterator<Item = &'p P>,
    ) -> Self {
        let layers = Arc::make_mut(&mut self.layers);
        layers.service_control_levels += 1;
        let level = layers.service_control_levels;
        policies.into_iter().fold(self, |authorizer, policy| {
            authorizer.add(Layer::ServiceControl, level, policy.as_ref())
        })
    }

    /// Adds one level of resource control policies over the resource's account.
    /// Their denials count, for the services that such policies speak of;
    /// `RCPFullAWSAccess` is always there and need not be given.
    #[must_use]
    pub fn resource_control_level<'p, P: AsRef<Document> + 'p>(
        mut self,
        policies: impl IntoIterator<Item = &'p P>,
    ) -> Self {
        let layers = Arc::make_mut(&mut self.layers);
        layers.resource_control_levels += 1;
        let level = layers.resource_control_levels;
        policies.into_iter().fold(self, |authorizer, policy| {
            authorizer.add(Layer::ResourceControl, level, policy.as_ref())
        })
    }

    /// Tells that resource control policies speak of a service too, by the prefix
    /// of its actions: AWS adds services to its
    /// [list](https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services),
    /// of which this library has that of September 2026.
    #[must_use]
    pub fn resource_control_applies_to(mut self, service: &str) -> Self {
        let layers = Arc::make_mut(&mut self.layers);
        layers
            .resource_control_services
            .push(service.to_ascii_lowercase());
        self
    }

    /// Tells the organization's management account, whose principals no service
    /// control policy and whose resources no resource control policy limits.
    #[must_use]
    pub fn management_account(mut self, account: AccountId) -> Self {
        Arc::make_mut(&mut self.layers).management_account = Some(account);
        self
    }

    /// Tells whether the account's password policy lets users change their own
    /// password, which is a grant of `iam:ChangePassword` to every user.
    #[must_use]
    pub fn users_change_password(mut self, allowed: bool) -> Self {
        Arc::make_mut(&mut self.layers).users_change_password = allowed;
        self
    }

    fn add(mut self, layer: Layer, level: usize, document: &Document) -> Self {
        let document = Prepared::new(document);
        Arc::make_mut(&mut self.layers).push(layer, level, document);
        self
    }

    /// Decides a request. Allocates nothing, and works out nothing of what the
    /// decision can tell before it is asked.
    pub fn decide(&self, request: &Request) -> Decision {
        let verdict = self.layers.judge(&request.data);
        Decision::new(verdict, Arc::clone(&self.layers), request.clone())
    }

    /// The answer alone: that of [`Authorizer::decide`] in a third of the time,
    /// for callers that ask many million times and never why.
    pub fn outcome(&self, request: &Request) -> Outcome {
        self.layers.judge(&request.data).outcome
    }
}
