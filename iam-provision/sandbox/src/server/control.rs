//! `/_sandbox/…`: the hooks of [`Sandbox`](crate::Sandbox) for tests in other
//! languages. Bodies and answers are JSON.

use std::time::{Duration, UNIX_EPOCH};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method, Response};
use serde_json::{Map, Value, json};

use super::{Shared, respond};
use crate::call::Call;
use crate::fault::Fault;
use crate::moment::Moment;
use crate::service_call::ServiceCall;
use crate::state::quotas::Quota;
use crate::visibility::EntityKind;
use crate::web_identity::WebIdentity;

/// What was wrong with a command.
struct Mistake(u16, String);

impl Mistake {
    fn new(text: impl Into<String>) -> Mistake {
        Mistake(400, text.into())
    }
}

impl From<crate::Error> for Mistake {
    fn from(error: crate::Error) -> Mistake {
        Mistake::new(error.to_string())
    }
}

/// Carries out one command.
pub(super) fn answer(
    shared: &Shared,
    method: &Method,
    command: &str,
    body: &[u8],
) -> Response<Full<Bytes>> {
    let (status, answer) =
        match Body::read(body).and_then(|body| run(shared, method, command, &body)) {
            Ok(answer) => (200, answer),
            Err(Mistake(status, text)) => (status, json!({ "error": text })),
        };
    respond(status, "application/json", answer.to_string())
}

fn run(shared: &Shared, method: &Method, command: &str, body: &Body) -> Result<Value, Mistake> {
    let sandbox = &shared.sandbox;
    let done = || Ok(json!({}));
    let (what, rest) = command.split_once('/').unwrap_or((command, ""));
    match (method.as_str(), what) {
        ("GET", "health") => done(),
        ("GET", "accounts") => {
            let account = sandbox.account(rest)?;
            let (key, secret) = account.root_credentials();
            Ok(json!({
                "account": account.id(),
                "access_key_id": key,
                "secret_access_key": secret,
            }))
        }
        ("GET", "calls") => Ok(sandbox.calls().iter().map(told).collect()),
        ("DELETE", "calls") => {
            sandbox.clear_calls();
            done()
        }
        ("POST", "faults") => {
            let name = body.text("fault")?;
            let fault = Fault::from_name(name).ok_or_else(|| {
                Mistake::new(format!("no fault {name:?}; there are {:?}", Fault::ALL))
            })?;
            sandbox.fail_call(body.number("call").unwrap_or(1), fault);
            done()
        }
        ("DELETE", "faults") => {
            sandbox.clear_faults();
            done()
        }
        ("GET", "clock") => Ok(json!({ "now": moment(sandbox.now()).to_string() })),
        ("POST", "clock") => {
            sandbox.advance(Duration::from_secs(body.number("advance_seconds")?));
            Ok(json!({ "now": moment(sandbox.now()).to_string() }))
        }
        ("POST", "visibility") => {
            let most = Duration::from_secs(body.number("delay_seconds")?);
            match body.text("kind") {
                Err(_) => sandbox.delay_visibility(most),
                Ok(name) => {
                    let least = body.number("at_least_seconds").unwrap_or(0);
                    let least = Duration::from_secs(least).min(most);
                    sandbox.delay_visibility_of(kind_named(name)?, least..=most);
                }
            }
            if let Ok(delay) = body.flag("authorization") {
                sandbox.delay_authorization(delay);
            }
            done()
        }
        ("POST", "web-identity-token") => {
            let mut identity = WebIdentity::new(body.text("issuer")?, body.text("subject")?);
            if let Some(Value::Object(claims)) = body.0.get("claims") {
                for (name, value) in claims {
                    identity = identity.claim_value(name, value.clone());
                }
            }
            if let Ok(audience) = body.text("audience") {
                identity = identity.audience(audience);
            }
            Ok(json!({ "token": sandbox.web_identity_token(&identity) }))
        }
        ("POST", "service-calls") => {
            let call = ServiceCall::new(body.text("action")?, body.text("resource")?);
            let key = body.text("access_key_id")?;
            let answer = sandbox.call_service(key, body.text("session_token").ok(), &call)?;
            Ok(json!({
                "allowed": answer.is_allowed(),
                "error": answer.code(),
                "message": answer.message(),
                "encoded_message": answer.encoded_message(),
            }))
        }
        ("POST", "quotas") => {
            let name = body.text("quota")?;
            let quota = Quota::from_name(name).ok_or_else(|| {
                Mistake::new(format!("no quota {name:?}; there are {:?}", Quota::ALL))
            })?;
            let value = usize::try_from(body.number("value")?).unwrap_or(usize::MAX);
            sandbox
                .account(body.text("account")?)?
                .set_quota(quota, value);
            done()
        }
        ("POST", "managed-policies") => {
            let policy = (body.text("arn")?, body.text("document")?);
            sandbox.load_aws_managed_policies([policy])?;
            done()
        }
        ("POST", "signatures") => {
            sandbox.check_signatures(body.flag("check")?);
            done()
        }
        ("POST", "reset") => {
            sandbox.restore(&shared.at_start);
            sandbox.clear_calls();
            sandbox.clear_faults();
            sandbox.delay_visibility(Duration::ZERO);
            sandbox.delay_authorization(false);
            sandbox.check_signatures(shared.checked_signatures_at_start);
            done()
        }
        (method, _) => Err(Mistake(
            404,
            format!("there is no {method} /_sandbox/{command}; the README lists what there is"),
        )),
    }
}

fn kind_named(name: &str) -> Result<EntityKind, Mistake> {
    let mut kinds = EntityKind::ALL.iter().copied();
    kinds
        .find(|kind| format!("{kind:?}") == name)
        .ok_or_else(|| Mistake::new(format!("no kind {name:?}; there are {:?}", EntityKind::ALL)))
}

fn moment(time: std::time::SystemTime) -> Moment {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_seconds(since.as_secs())
}

fn told(call: &Call) -> Value {
    json!({
        "account": call.account,
        "principal": call.principal,
        "action": call.action,
        "writes": call.writes,
        "error": call.outcome.as_ref().err(),
        "at": moment(call.at).to_string(),
    })
}

/// The JSON object that a command may bring.
struct Body(Map<String, Value>);

impl Body {
    fn read(bytes: &[u8]) -> Result<Body, Mistake> {
        if bytes.is_empty() {
            return Ok(Body(Map::new()));
        }
        serde_json::from_slice(bytes)
            .map(Body)
            .map_err(|error| Mistake::new(format!("the body is no JSON object: {error}")))
    }

    fn get<'b, T>(
        &'b self,
        name: &str,
        kind: &str,
        read: impl Fn(&'b Value) -> Option<T>,
    ) -> Result<T, Mistake> {
        self.0
            .get(name)
            .and_then(read)
            .ok_or_else(|| Mistake::new(format!("the body must have {name:?}, {kind}")))
    }

    fn text(&self, name: &str) -> Result<&str, Mistake> {
        self.get(name, "a text", Value::as_str)
    }

    fn number(&self, name: &str) -> Result<u64, Mistake> {
        self.get(name, "a whole number", Value::as_u64)
    }

    fn flag(&self, name: &str) -> Result<bool, Mistake> {
        self.get(name, "true or false", Value::as_bool)
    }
}
