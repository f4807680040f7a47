//! Other services of AWS, as far as they ask IAM.

use serde_json::{Value, json};

use crate::authorize::Layers;
use crate::call::Call;
use crate::context::Keys;
use crate::credentials::{Caller, Presented};
use crate::dispatch::note_use;
use crate::dsl::{Catalogue, Decision, Outcome};
use crate::error::{Error, ErrorKind};
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::sealed::sealed;
use crate::state::PolicyText;

/// A call of a service that the sandbox does not play, as IAM sees it: an
/// action on a resource; see [`Sandbox::call_service`].
#[derive(Clone, Debug)]
pub struct ServiceCall {
    action: String,
    resource: String,
    region: String,
    keys: Vec<(String, String)>,
    resource_policy: Option<String>,
}

impl ServiceCall {
    /// A call in `us-east-1`: `s3:GetObject` on `arn:aws:s3:::assets/logo.png`.
    #[must_use]
    pub fn new(action: &str, resource: &str) -> ServiceCall {
        ServiceCall {
            action: action.to_owned(),
            resource: resource.to_owned(),
            region: "us-east-1".to_owned(),
            keys: Vec::new(),
            resource_policy: None,
        }
    }

    /// The same with a condition key that the service sets, such as
    /// `ec2:InstanceType`. What every request carries (who, when, from where)
    /// is there already.
    #[must_use]
    pub fn with_key(mut self, key: &str, value: &str) -> ServiceCall {
        self.keys.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The same in another region.
    #[must_use]
    pub fn in_region(self, region: &str) -> ServiceCall {
        ServiceCall {
            region: region.to_owned(),
            ..self
        }
    }

    /// The same on a resource that has a policy of its own.
    #[must_use]
    pub fn resource_policy(self, document: &str) -> ServiceCall {
        ServiceCall {
            resource_policy: Some(document.to_owned()),
            ..self
        }
    }
}

/// What the service answers to a [`ServiceCall`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAnswer {
    refusal: Option<(String, String)>,
    encoded: Option<String>,
}

impl ServiceAnswer {
    /// Whether the call was allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.refusal.is_none()
    }

    /// The error code of a refusal: `AccessDenied`, or `ExpiredToken` or
    /// `InvalidClientTokenId` for credentials that are worth nothing.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.refusal.as_ref().map(|(code, _)| code.as_str())
    }

    /// The message of a refusal.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.refusal.as_ref().map(|(_, message)| message.as_str())
    }

    /// The encoded authorization message that services such as EC2 add when
    /// access is denied; DecodeAuthorizationMessage reads it.
    #[must_use]
    pub fn encoded_message(&self) -> Option<&str> {
        self.encoded.as_deref()
    }
}

impl Sandbox {
    /// Plays another service of AWS: whether the holder of these credentials,
    /// made inside, may do something, by all policies that bear on it. It shows
    /// in the log of calls, in the last use of the key or role and in
    /// the service last accessed data, as a call of that service would.
    ///
    /// ```
    /// use iam_sandbox::{Sandbox, ServiceCall};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new();
    /// let (key, _) = sandbox.account("111122223333")?.root_credentials();
    /// let call = ServiceCall::new("s3:GetObject", "arn:aws:s3:::assets/logo.png");
    /// assert!(sandbox.call_service(&key, None, &call)?.is_allowed());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidServiceCall`] for an action, resource or resource
    /// policy that is none.
    pub fn call_service(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        call: &ServiceCall,
    ) -> Result<ServiceAnswer, Error> {
        let invalid = |refusal: Refusal| {
            Error::new(
                ErrorKind::InvalidServiceCall,
                format_args!("{} cannot be asked for: {}", call.action, refusal.message),
            )
        };
        let policy = call.resource_policy.as_deref();
        let policy = policy
            .map(PolicyText::resource)
            .transpose()
            .map_err(invalid)?;
        let clock = &self.inner().clock;
        let (now, at) = (clock.moment(), clock.now());
        let mut core = self.inner().core();
        let service = call.action.split(':').next().unwrap_or_default();
        let presented = Presented {
            access_key: access_key_id.to_owned(),
            token: session_token.map(str::to_owned),
            service: service.to_owned(),
            region: call.region.clone(),
        };
        let world = &mut core.world;
        let mut entry = Call {
            account: String::new(),
            principal: access_key_id.to_owned(),
            action: call.action.clone(),
            writes: false,
            outcome: Ok(()),
            at,
        };
        let answer = match presented.authenticate(world, now) {
            Err(refusal) => ServiceAnswer {
                refusal: Some((refusal.code.to_owned(), refusal.message)),
                encoded: None,
            },
            Ok(caller) => {
                entry.account = caller.account.clone();
                entry.principal = caller.arn.clone();
                let mut keys = Keys::of_caller(world, &caller, &presented, now);
                for (key, value) in &call.keys {
                    keys.set(key, value.as_str());
                }
                // A resource without an account in its ARN is the caller's own.
                let owner = call.resource.split(':').nth(4).unwrap_or_default();
                let owner = if crate::state::is_account_id(owner) {
                    owner.to_owned()
                } else {
                    caller.account.clone()
                };
                keys.add_resource_account(world, &owner);
                let mut layers = Layers::of(world, &caller).map_err(invalid)?;
                if Catalogue::embedded().rcp_supported(service) {
                    layers = layers.over_resources_of(world, &owner);
                }
                if let Some(policy) = &policy {
                    layers = layers.resource(policy.document());
                }
                let decision = layers
                    .decide(&call.action, &call.resource, &keys)
                    .map_err(invalid)?;
                note_use(world, &presented, &caller, &call.action, now);
                if decision.is_allowed() {
                    ServiceAnswer {
                        refusal: None,
                        encoded: None,
                    }
                } else {
                    let refusal = crate::authorize::denied(&caller, &decision);
                    let told = told(&caller, &decision, &call.keys);
                    ServiceAnswer {
                        refusal: Some((refusal.code.to_owned(), refusal.message)),
                        encoded: Some(sealed(&told, &world.token_key)),
                    }
                }
            }
        };
        entry.outcome = answer.code().map_or(Ok(()), |code| Err(code.to_owned()));
        core.calls.push(entry);
        Ok(answer)
    }
}

/// What DecodeAuthorizationMessage shows of a denial, in the shape of its
/// example in the STS API reference.
fn told(caller: &Caller, decision: &Decision, keys: &[(String, String)]) -> Value {
    let conditions: Vec<Value> = keys
        .iter()
        .map(|(key, value)| json!({"key": key, "values": {"items": [{"value": value}]}}))
        .collect();
    let name = caller.arn.rsplit('/').next().unwrap_or_default();
    let matched: Vec<Value> = decision
        .statement()
        .and_then(|statement| statement.sid.clone())
        .map(|sid| json!({"statementId": &*sid, "effect": "DENY"}))
        .into_iter()
        .collect();
    json!({
        "allowed": false,
        "explicitDeny": decision.outcome() == Outcome::ExplicitDeny,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {
            "principal": {"id": caller.user_id, "name": name, "arn": caller.arn},
            "action": decision.request().action(),
            "resource": decision.request().resource(),
            "conditions": {"items": conditions},
        },
    })
}
