//! What is compared: one policy, or all policies that decide together.

use std::sync::Arc;

use iam_dsl_core::{Document, Effect, Kind, Policy, PolicyKind};

use crate::evaluate::probe::{self, Sheet};
use crate::{Authorizer, Layer, Outcome, Request};

/// The policies of one side that decide together, as [`compare`](super::compare)
/// takes them.
///
/// ```
/// use iam_dsl::analyze::{Access, Comparison, compare};
/// use iam_dsl::Policy;
///
/// let all: Policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.parse()?;
/// let read: Policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#.parse()?;
/// // A boundary caps what the policies give.
/// let capped = Access::identity([&all]).boundary(&read);
/// assert!(matches!(compare(&capped, &read), Comparison::NoNewAccess));
/// # Ok::<(), iam_dsl::InvalidPolicy>(())
/// ```
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) basis: Basis,
    pub(super) parts: Vec<Part>,
}

/// Whose policies they are, which says who may ask and what has to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// Those of a user or role, with what limits them.
    Identity,
    /// That of a resource.
    Resource,
    /// That of a role: who may assume it.
    Trust,
    /// A resource control policy, which only denies.
    Control,
}

/// One document where it stands.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) layer: Layer,
    pub(super) document: Arc<Document>,
    pub(super) sheet: Arc<Sheet>,
}

impl Part {
    pub(super) fn new(layer: Layer, document: &Document) -> Self {
        Part {
            layer,
            sheet: Arc::new(Sheet::new(document, layer)),
            document: Arc::new(document.clone()),
        }
    }
}

impl Access {
    fn of(basis: Basis, layer: Layer, document: &Document) -> Self {
        Access {
            basis,
            parts: vec![Part::new(layer, document)],
        }
    }

    /// What a user or role may do by these policies: its own and those of its
    /// groups, attached and inline. Without any it may do nothing.
    pub fn identity<'p, P: AsRef<Document> + 'p>(
        policies: impl IntoIterator<Item = &'p P>,
    ) -> Self {
        Access {
            basis: Basis::Identity,
            parts: policies
                .into_iter()
                .map(|policy| Part::new(Layer::Identity, policy.as_ref()))
                .collect(),
        }
    }

    /// What a resource's policy says to everybody.
    pub fn resource(policy: &impl AsRef<Document>) -> Self {
        Access::of(Basis::Resource, Layer::Resource, policy.as_ref())
    }

    /// Whom a role's trust policy lets assume it.
    pub fn trust(policy: &impl AsRef<Document>) -> Self {
        Access::of(Basis::Trust, Layer::Trust, policy.as_ref())
    }

    /// What a document says as this kind of policy. Boundaries, session policies
    /// and service control policies are taken for what they let through.
    pub fn document(document: &Document, kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Trust => Access::trust(document),
            PolicyKind::Resource => Access::resource(document),
            PolicyKind::ResourceControl => {
                Access::of(Basis::Control, Layer::ResourceControl, document)
            }
            // The remaining kinds speak of actions and resources alike.
            _ => Access::of(Basis::Identity, Layer::Identity, document),
        }
    }

    /// With another policy of the user or role.
    #[must_use]
    pub fn and_identity(self, policy: &impl AsRef<Document>) -> Self {
        self.with(Layer::Identity, policy.as_ref())
    }

    /// With a permissions boundary of the user or role, which has to allow too;
    /// of several each. It limits the policies of identities alone: a resource
    /// or trust policy is compared as it is.
    #[must_use]
    pub fn boundary(self, policy: &impl AsRef<Document>) -> Self {
        self.with(Layer::Boundary, policy.as_ref())
    }

    /// With a policy that the session was made with, which has to allow too; of
    /// several one.
    #[must_use]
    pub fn session(self, policy: &impl AsRef<Document>) -> Self {
        self.with(Layer::Session, policy.as_ref())
    }

    fn with(mut self, layer: Layer, document: &Document) -> Self {
        if self.basis == Basis::Identity {
            self.parts.push(Part::new(layer, document));
        }
        self
    }

    /// Whether these policies let a request through, as the evaluator decides it.
    ///
    /// For policies of identities the other side is taken to consent: the
    /// policies of resource, key and role delegate to the principal's account.
    /// For policies of resources and roles it is what they say themselves: some
    /// statement allows and none denies.
    pub fn allows(&self, request: &Request) -> bool {
        match self.basis {
            Basis::Identity => self.authorizer(request).outcome(request) == Outcome::Allow,
            Basis::Resource | Basis::Trust => {
                !probe::decided_by_rule(request)
                    && (self.basis == Basis::Resource || probe::decided_by_trust(request))
                    && self
                        .parts
                        .iter()
                        .any(|part| part.sheet.says(request) == Some(Effect::Allow))
                    && !self
                        .parts
                        .iter()
                        .any(|part| part.sheet.says(request) == Some(Effect::Deny))
            }
            Basis::Control => !self
                .parts
                .iter()
                .any(|part| part.sheet.says(request) == Some(Effect::Deny)),
        }
    }

    /// The authorizer with which [`Access::allows`] asks about policies of
    /// identities: theirs, and policies of resource and role that delegate to
    /// the account of the request's principal. For policies of resources and
    /// roles these alone.
    pub fn authorizer(&self, request: &Request) -> Authorizer {
        let mut authorizer = Authorizer::new();
        for part in &self.parts {
            let document = part.document.as_ref();
            authorizer = match part.layer {
                Layer::Boundary => authorizer.boundary(document),
                Layer::Session => authorizer.session(document),
                Layer::Resource => authorizer.resource(document),
                Layer::Trust => authorizer.trust(document),
                Layer::ResourceControl => authorizer.resource_control_level([document]),
                _ => authorizer.identity(document),
            };
        }
        if self.basis != Basis::Identity {
            return authorizer;
        }
        match delegation(request) {
            Some(document) => authorizer.resource(&document).trust(&document),
            None => authorizer,
        }
    }

    /// The statement of the part of a layer that allows a request.
    pub(super) fn allowing(&self, request: &Request) -> Option<(&Part, usize)> {
        self.parts
            .iter()
            .filter(|part| matches!(part.layer, Layer::Identity | Layer::Resource | Layer::Trust))
            .find_map(|part| Some((part, part.sheet.first(Effect::Allow, request)?)))
    }
}

/// A policy with which an owner leaves it to the account of the principal.
fn delegation(request: &Request) -> Option<Document> {
    let account = probe::account(request)?;
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"*","Resource":"*"}}}}"#
    );
    Document::from_json(&text).ok()
}

/// What can be compared: a policy, or an [`Access`]. Sealed.
pub trait Subject: sealed::Sealed {
    /// The policies that decide together.
    fn access(&self) -> Access;
}

mod sealed {
    pub trait Sealed {}
    impl<K: iam_dsl_core::Kind> Sealed for iam_dsl_core::Policy<K> {}
    impl Sealed for super::Access {}
}

impl<K: Kind> Subject for Policy<K> {
    fn access(&self) -> Access {
        Access::document(self.document(), K::KIND)
    }
}

impl Subject for Access {
    fn access(&self) -> Access {
        self.clone()
    }
}
