//! One question: who asks for which action on which resource, in which context.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use iam_dsl_core::{AccountId, Arn};

use super::action;
use super::context::{Context, ContextValue};
use super::error::{RequestError, RequestErrorKind};
use super::principal::Principal;
use super::service::Facts;

/// One request to AWS: an action on one concrete resource.
///
/// Cheap to clone. A request without a principal is one of an identity that is
/// not told: see the list in the module's documentation.
///
/// ```
/// use iam_dsl::{Context, Request};
///
/// let request = Request::new("s3:GetObject", "arn:aws:s3:::assets/logo.png")?
///     .principal("arn:aws:iam::111122223333:user/Adele".parse()?)
///     .context(Context::new().with("aws:SecureTransport", true));
/// assert!(Request::new("s3:Get*", "*").is_err());
/// # Ok::<(), iam_dsl::RequestError>(())
/// ```
#[derive(Clone)]
pub struct Request {
    pub(super) data: Arc<RequestData>,
}

#[derive(Debug, Clone)]
pub(super) struct RequestData {
    pub(super) action: Action,
    pub(super) resource: String,
    /// `None` for `*`.
    pub(super) arn: Option<Arn>,
    pub(super) principal: Option<Principal>,
    context: Context,
    stated_account: Option<AccountId>,
    derived: Vec<(&'static str, ContextValue)>,
    pub(super) facts: Facts,
}

/// An action in the form in which it is compared.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// As given.
    pub(super) text: String,
    /// In lower case.
    folded: String,
    colon: usize,
    /// Of the whole action, and of its service, in lower case.
    pub(super) hash: u64,
    pub(super) service_hash: u64,
    service_bit: u64,
}

impl Action {
    /// An action of a text that nobody has checked.
    fn unchecked(text: &str) -> Self {
        let folded = text.to_ascii_lowercase();
        let colon = folded.find(':').unwrap_or(folded.len());
        let service_hash = action::hash(folded.get(..colon).unwrap_or_default());
        Action {
            text: text.to_owned(),
            hash: action::hash(&folded),
            service_hash,
            service_bit: action::service_bit(service_hash),
            folded,
            colon,
        }
    }

    /// The whole action in lower case.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// As [`action::service_bit`].
    #[inline]
    pub(super) fn service_bit(&self) -> u64 {
        self.service_bit
    }

    /// The service's prefix in lower case.
    pub(super) fn service(&self) -> &str {
        self.folded.get(..self.colon).unwrap_or_default()
    }

    /// The name in lower case.
    pub(super) fn name(&self) -> &str {
        self.folded.get(self.colon + 1..).unwrap_or_default()
    }
}

impl FromStr for Action {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let refuse = |problem: &str| RequestError::new(RequestErrorKind::Action, text, problem);
        let form = "write `service:Name`, such as `s3:GetObject`";
        if text.contains(['*', '?']) {
            return Err(refuse(
                "a request names one action, so it has no wildcards; write `service:Name`, such as `s3:GetObject`",
            ));
        }
        let (service, name) = text.split_once(':').ok_or_else(|| refuse(form))?;
        let fits = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !fits(service) || !fits(name) {
            return Err(refuse(form));
        }
        Ok(Action::unchecked(text))
    }
}

/// In lower case, as keys are compared.
const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";

impl Request {
    /// A request for one action on one resource: the resource's ARN, or `*` for
    /// an action without resource types. A `*` or `?` inside the ARN is a
    /// character of the resource's name, as S3 keys may have it.
    ///
    /// # Errors
    /// Where the action is not `service:Name`, or the resource is neither an
    /// ARN nor `*`.
    pub fn new(action: &str, resource: &str) -> Result<Self, RequestError> {
        let action: Action = action.parse()?;
        let arn = match resource {
            "*" => None,
            text => Some(text.parse::<Arn>().map_err(|_| {
                RequestError::new(
                    RequestErrorKind::Resource,
                    text,
                    "write an ARN, `arn:partition:service:region:account:resource`, or `*` for an action without resource types",
                )
            })?),
        };
        if let Some(arn) = &arn {
            let head = [arn.partition(), arn.service(), arn.region(), arn.account()];
            if head.iter().any(|part| part.contains(['*', '?', '$'])) {
                return Err(RequestError::new(
                    RequestErrorKind::Resource,
                    resource,
                    "a request names one resource, so partition, service, region and account have no wildcards",
                ));
            }
        }
        Ok(Request {
            data: Arc::new(RequestData {
                action,
                resource: resource.to_owned(),
                arn,
                principal: None,
                context: Context::new(),
                stated_account: None,
                derived: Vec::new(),
                facts: Facts::default(),
            }),
        }
        .with_facts())
    }

    /// Works out the facts anew.
    fn with_facts(mut self) -> Self {
        let data = Arc::make_mut(&mut self.data);
        data.derived = data
            .principal
            .as_ref()
            .map(Principal::derived)
            .unwrap_or_default();
        if let Some(account) = data.resource_owner() {
            data.derived
                .push((RESOURCE_ACCOUNT, ContextValue::from(account.to_owned())));
        }
        data.facts = Facts::of(data);
        self
    }

    /// Tells who asks.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        let data = Arc::make_mut(&mut self.data);
        data.principal = Some(principal);
        self.with_facts()
    }

    /// Tells the context. Keys that follow from the principal
    /// (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
    /// `aws:username` …) and `aws:ResourceAccount` are filled in where the context
    /// does not have them.
    #[must_use]
    pub fn context(mut self, context: Context) -> Self {
        Arc::make_mut(&mut self.data).context = context;
        self.with_facts()
    }

    /// Tells the account that owns the resource, for ARNs that leave it out, as
    /// those of S3 do. Without it, it is the account in the ARN, or else the
    /// principal's own.
    #[must_use]
    pub fn resource_account(mut self, account: AccountId) -> Self {
        Arc::make_mut(&mut self.data).stated_account = Some(account);
        self.with_facts()
    }

    /// The context as given, without the keys that follow from principal and
    /// resource.
    pub fn stated_context(&self) -> &Context {
        &self.data.context
    }

    /// Who asks, where it was told.
    pub fn stated_principal(&self) -> Option<&Principal> {
        self.data.principal.as_ref()
    }

    /// The account that owns the resource, where it was told.
    pub fn stated_resource_account(&self) -> Option<&AccountId> {
        self.data.stated_account.as_ref()
    }

    /// The action as given.
    pub fn action(&self) -> &str {
        &self.data.action.text
    }

    /// The resource as given.
    pub fn resource(&self) -> &str {
        &self.data.resource
    }
}

impl RequestData {
    /// A request of parts that nobody has checked, without the facts that
    /// choose between layers: to match statements with, not to be decided.
    pub(super) fn unchecked(
        action: &str,
        resource: &str,
        principal: Option<Principal>,
        context: Context,
    ) -> Self {
        let mut data = RequestData {
            action: Action::unchecked(action),
            resource: resource.to_owned(),
            arn: resource.parse().ok(),
            principal,
            context,
            stated_account: None,
            derived: Vec::new(),
            facts: Facts::default(),
        };
        data.derived = data
            .principal
            .as_ref()
            .map(Principal::derived)
            .unwrap_or_default();
        data
    }

    /// The values of a context key in lower case.
    pub(super) fn values(&self, key: &str) -> Option<&[ContextValue]> {
        self.context.get_folded(key).or_else(|| {
            self.derived
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| std::slice::from_ref(value))
        })
    }

    /// The account of `aws:ResourceAccount`: "this key is always included in the
    /// request context for most service actions" (IAM User Guide, "AWS global
    /// condition context keys"), save for actions without a resource.
    fn resource_owner(&self) -> Option<&str> {
        self.arn.as_ref()?;
        let own = || self.principal.as_ref()?.account().map(AccountId::as_str);
        self.resource_account().or_else(own)
    }

    /// The account that owns the resource, where it is told or the ARN has it.
    pub(super) fn resource_account(&self) -> Option<&str> {
        let in_arn = || {
            self.arn
                .as_ref()
                .map(Arn::account)
                .filter(|account| iam_dsl_core::arn::is_account_id(account))
        };
        self.stated_account
            .as_ref()
            .map(AccountId::as_str)
            .or_else(in_arn)
    }
}

impl fmt::Debug for Request {
    /// What was told, without what follows from it: tests print it when they fail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = &self.data;
        let told = |text: &dyn fmt::Display| format_args!("{text}").to_string();
        let mut parts = f.debug_struct("Request");
        parts.field("action", &self.action());
        parts.field("resource", &self.resource());
        if let Some(principal) = &data.principal {
            parts.field("principal", &told(principal));
        }
        if let Some(account) = &data.stated_account {
            parts.field("resource_account", &told(account));
        }
        parts.field("context", &data.context).finish()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action(), self.resource())?;
        match &self.data.principal {
            Some(principal) => write!(f, " by {principal}"),
            None => Ok(()),
        }
    }
}
