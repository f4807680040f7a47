//! A document that is valid for one kind of policy.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::Diagnostic;
use crate::error::InvalidPolicy;
use crate::kind::{
    Boundary, Identity, Kind, PolicyKind, Resource, ResourceControl, ServiceControl, Session, Trust,
};
use crate::model::{Document, character_count};
use crate::{json, read, validate};

/// An identity policy, by a name that needs no type to be inferred:
/// `IdentityPolicy::from_json(text)?`.
pub type IdentityPolicy = Policy<Identity>;
/// A trust policy: who may assume a role.
pub type TrustPolicy = Policy<Trust>;
/// A policy attached to a resource.
pub type ResourcePolicy = Policy<Resource>;
/// A permissions boundary.
pub type BoundaryPolicy = Policy<Boundary>;
/// A session policy.
pub type SessionPolicy = Policy<Session>;
/// A service control policy.
pub type ServiceControlPolicy = Policy<ServiceControl>;
/// A resource control policy.
pub type ResourceControlPolicy = Policy<ResourceControl>;

/// A policy document without errors for its kind. `Policy` alone is an identity
/// policy.
///
/// A policy that the macro makes without run-time parts is a constant: its JSON
/// is a `&'static str`, and its document is built at the first look, once.
///
/// ```
/// use iam_dsl_core::Policy;
///
/// let policy: Policy = r#"{
///     "Version": "2012-10-17",
///     "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
/// }"#.parse()?;
/// assert_eq!(policy.document().statements().len(), 1);
/// # Ok::<(), iam_dsl_core::InvalidPolicy>(())
/// ```
pub struct Policy<K: Kind = Identity> {
    json: Json,
    document: OnceLock<Arc<Document>>,
    kind: PhantomData<K>,
}

#[derive(Clone)]
enum Json {
    Static(&'static str),
    Shared(Arc<str>),
}

impl<K: Kind> Policy<K> {
    /// The policy of a JSON text that the macro has validated.
    #[doc(hidden)]
    pub const fn __validated(json: &'static str) -> Self {
        Policy {
            json: Json::Static(json),
            document: OnceLock::new(),
            kind: PhantomData,
        }
    }

    /// As [`Policy::__validated`], with slots filled at run time by types that
    /// keep it valid.
    #[doc(hidden)]
    pub fn __filled(json: String) -> Self {
        Policy {
            json: Json::Shared(json.into()),
            document: OnceLock::new(),
            kind: PhantomData,
        }
    }

    /// Validates a document as a policy of this kind.
    ///
    /// # Errors
    /// All findings, where one of them is an error.
    pub fn new(document: Document) -> Result<Self, InvalidPolicy> {
        Self::judge(document, Diagnostic::is_error)
    }

    /// As [`Policy::new`], for a document that may name services, actions and
    /// condition keys newer than the catalogue: only what IAM itself would
    /// refuse, or what cannot work whatever AWS adds, is an error.
    ///
    /// # Errors
    /// All findings, where one of them is an error and not the catalogue's.
    pub fn new_unchecked(document: Document) -> Result<Self, InvalidPolicy> {
        Self::judge(document, |finding| {
            finding.is_error() && !finding.is_from_catalogue()
        })
    }

    pub(crate) fn judge(
        document: Document,
        stops: impl Fn(&Diagnostic) -> bool,
    ) -> Result<Self, InvalidPolicy> {
        let findings = validate::validate(&document, K::KIND);
        if findings.iter().any(stops) {
            return Err(InvalidPolicy::new(findings));
        }
        Ok(Self::valid(document))
    }

    /// The policy of a document that was just found valid.
    fn valid(document: Document) -> Self {
        Policy {
            json: Json::Shared(document.to_json().into()),
            document: OnceLock::from(Arc::new(document)),
            kind: PhantomData,
        }
    }

    /// Reads and validates a policy of this kind.
    ///
    /// # Errors
    /// All findings with line and column, where one of them is an error.
    pub fn from_json(text: &str) -> Result<Self, InvalidPolicy> {
        Self::read(text, Diagnostic::is_error)
    }

    /// As [`Policy::from_json`], with the leniency of [`Policy::new_unchecked`]:
    /// for documents that exist already.
    ///
    /// # Errors
    /// As [`Policy::new_unchecked`].
    pub fn from_json_unchecked(text: &str) -> Result<Self, InvalidPolicy> {
        Self::read(text, |finding| {
            finding.is_error() && !finding.is_from_catalogue()
        })
    }

    fn read(text: &str, stops: impl Fn(&Diagnostic) -> bool) -> Result<Self, InvalidPolicy> {
        let (document, findings) = match json::parse(text) {
            Ok(node) => validate::validate_owned_node(node, K::KIND),
            // The reader words the error for text that is no JSON.
            Err(_) => read::read_json(text),
        };
        match document {
            Some(document) if !findings.iter().any(stops) => Ok(Self::valid(document)),
            _ => Err(InvalidPolicy::from_json_text(text, findings)),
        }
    }

    /// The policy as compact JSON, as it is sent to AWS.
    pub fn as_json(&self) -> &str {
        match &self.json {
            Json::Static(text) => text,
            Json::Shared(text) => text,
        }
    }

    /// The JSON as a constant, where the policy is one.
    pub fn static_json(&self) -> Option<&'static str> {
        match self.json {
            Json::Static(text) => Some(text),
            Json::Shared(_) => None,
        }
    }

    /// The policy's document.
    pub fn document(&self) -> &Document {
        self.document.get_or_init(|| {
            // The macro has read this very text, so reading it cannot fail.
            let (document, _) = read::read_json(self.as_json());
            Arc::new(document.unwrap_or_else(|| Document::new(Vec::new())))
        })
    }

    /// What the policy is used as.
    pub fn kind(&self) -> PolicyKind {
        K::KIND
    }

    /// The length that IAM's quotas count: characters without white space.
    pub fn character_count(&self) -> usize {
        character_count(self.as_json())
    }

    /// The same document as another kind of policy.
    ///
    /// # Errors
    /// All findings, where the document is not valid for the other kind.
    pub fn to_kind<L: Kind>(&self) -> Result<Policy<L>, InvalidPolicy> {
        Policy::new(self.document().clone())
    }
}

impl From<Policy<Identity>> for Policy<Boundary> {
    /// Every identity policy can be a boundary.
    fn from(policy: Policy<Identity>) -> Self {
        Policy {
            json: policy.json,
            document: policy.document,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Clone for Policy<K> {
    fn clone(&self) -> Self {
        Policy {
            json: self.json.clone(),
            document: self.document.clone(),
            kind: PhantomData,
        }
    }
}

/// Two policies are equal where their JSON is; for meaning ask
/// [`equivalent`](crate::equivalent).
impl<K: Kind> PartialEq for Policy<K> {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl<K: Kind> Eq for Policy<K> {}

impl<K: Kind> fmt::Debug for Policy<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({}, {})", K::KIND, self.as_json())
    }
}

impl<K: Kind> fmt::Display for Policy<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl<K: Kind> FromStr for Policy<K> {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        Policy::from_json(text)
    }
}

impl<K: Kind> TryFrom<Document> for Policy<K> {
    type Error = InvalidPolicy;

    fn try_from(document: Document) -> Result<Self, InvalidPolicy> {
        Policy::new(document)
    }
}

impl<K: Kind> AsRef<Document> for Policy<K> {
    fn as_ref(&self) -> &Document {
        self.document()
    }
}
