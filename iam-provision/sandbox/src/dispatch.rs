//! From a request to an answer: read, authenticate, authorize, run, log.

use crate::arrival::Arrival;
use crate::authorize::authorize;
use crate::call::Call;
use crate::clock::Clock;
use crate::credentials::{Caller, CallerIdentity, Presented};
use crate::fault::{Fault, Faults};
use crate::ids::Ids;
use crate::moment::Moment;
use crate::operations::{self, Operation, Scope, Service};
use crate::past::Past;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::signature;
use crate::state::World;
use crate::state::user::LastUsed;
use crate::xml::{self, Xml};

/// What goes out.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        request_id: String,
        body: String,
    },
    Timeout,
    ConnectionRefused,
}

/// What becomes of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// Key and token tell who calls; the signature may be anything.
    Ignored,
    /// The signature has to be right.
    Checked,
}

/// Everything behind the sandbox's lock.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) world: World,
    pub(crate) faults: Faults,
    pub(crate) calls: Vec<Call>,
    pub(crate) past: Past,
    pub(crate) signatures: Signatures,
    /// Apart from the world's ids, so that those follow from what is made and
    /// not from how often it was looked at.
    request_ids: Ids,
}

impl Core {
    /// A sandbox without accounts.
    pub(crate) fn new(seed: u64) -> Core {
        Core {
            world: World::new(seed),
            faults: Faults::default(),
            calls: Vec::new(),
            past: Past::default(),
            signatures: Signatures::Ignored,
            request_ids: Ids::from_seed(!seed),
        }
    }

    /// Answers one attempt of one call.
    pub(crate) fn answer(&mut self, clock: &Clock, arrival: &Arrival<'_>) -> Reply {
        let request_id = self.request_ids.request();
        let fault = self.faults.next_call();
        let request = Request::read(&self.world, arrival, clock, self.signatures);
        let mut entry = request.log_entry(clock);
        let result = match fault.map(|fault| (fault, fault.refusal())) {
            None => self.run(&request, clock),
            Some((_, Some(refusal))) => Err(refusal),
            Some((fault, None)) => {
                if fault == Fault::TimeoutAfterEffect {
                    // Whatever became of it, the caller does not learn it.
                    let _ = self.run(&request, clock);
                }
                entry.outcome = Err(fault.logged_as());
                self.calls.push(entry);
                return match fault {
                    Fault::ConnectionRefused => Reply::ConnectionRefused,
                    _ => Reply::Timeout,
                };
            }
        };
        entry.outcome = result
            .as_ref()
            .map(|_| ())
            .map_err(|refusal| refusal.code.to_owned());
        self.calls.push(entry);
        let namespace = request.service.namespace();
        let (status, body) = match result {
            Ok(xml) => (
                200,
                xml::success(&request.action, namespace, xml, &request_id),
            ),
            Err(refusal) => (
                refusal.status,
                xml::failure(&refusal, namespace, &request_id),
            ),
        };
        Reply::Answer {
            status,
            request_id,
            body,
        }
    }

    /// Runs a request: on the present, or for a read of IAM on what can be
    /// seen of it yet.
    fn run(&mut self, request: &Request, clock: &Clock) -> Result<Option<Xml>, Refusal> {
        let now = clock.moment();
        request.admit(&mut self.world, now)?;
        if request.service == Service::Iam && !request.writes() {
            if let Some(mut seen) = self.past.seen_at(clock.now()) {
                return request.run(&mut seen, now);
            }
        } else if request.writes() {
            self.past.keep(&self.world, clock.now());
        }
        request.run(&mut self.world, now)
    }
}

/// A request as far as it could be understood.
struct Request {
    service: Service,
    action: String,
    presented: Result<Presented, Refusal>,
    caller: Result<Caller, Refusal>,
    params: Result<Params, Refusal>,
    operation: Option<&'static Operation>,
}

impl Request {
    fn read(
        world: &World,
        arrival: &Arrival<'_>,
        clock: &Clock,
        signatures: Signatures,
    ) -> Request {
        let now = clock.moment();
        let presented = Presented::of(arrival);
        let params = Params::read(arrival.query, arrival.body);
        let text = |name| {
            params
                .as_ref()
                .ok()
                .and_then(|p: &Params| p.get(name))
                .unwrap_or_default()
        };
        let signed_for = presented
            .as_ref()
            .map(|p| p.service.as_str())
            .unwrap_or_default();
        let service = Service::of(signed_for, text("Version"));
        let action = text("Action").to_owned();
        let caller = presented.clone().and_then(|presented| {
            if signatures == Signatures::Checked
                && let Some(secret) = world.secret_of(&presented.access_key)
            {
                // Where time is a test's own, no client can sign with it.
                signature::check(arrival, secret, clock.is_real().then_some(now))?;
            }
            presented.authenticate(world, now)
        });
        Request {
            service,
            operation: operations::find(service, &action, text("Version")),
            caller,
            action,
            presented,
            params,
        }
    }

    fn log_entry(&self, clock: &Clock) -> Call {
        let unknown = || {
            let key = self
                .presented
                .as_ref()
                .map(|p| p.access_key.as_str())
                .unwrap_or_default();
            (String::new(), key.to_owned())
        };
        let (account, principal) = self
            .caller
            .as_ref()
            .map_or_else(|_| unknown(), |c| (c.account.clone(), c.arn.clone()));
        Call {
            account,
            principal,
            action: format!("{}:{}", self.service.prefix(), self.action),
            writes: self.writes(),
            outcome: Ok(()),
            at: clock.now(),
        }
    }

    fn writes(&self) -> bool {
        self.operation.is_some_and(Operation::writes)
    }

    /// Authenticates and authorizes.
    fn admit(&self, world: &mut World, now: Moment) -> Result<(), Refusal> {
        let presented = self.presented.as_ref().map_err(Clone::clone)?;
        let (caller, params, operation) = self.understood()?;
        note_use(world, presented, caller, self.service, now);
        authorize(world, caller, operation, params, presented, now)
    }

    /// Does what was asked.
    fn run(&self, world: &mut World, now: Moment) -> Result<Option<Xml>, Refusal> {
        let (caller, params, operation) = self.understood()?;
        operation.run(&mut Scope { world, caller, now }, params)
    }

    fn understood(&self) -> Result<(&Caller, &Params, &'static Operation), Refusal> {
        let caller = self.caller.as_ref().map_err(Clone::clone)?;
        let params = self.params.as_ref().map_err(Clone::clone)?;
        let operation = self.operation.ok_or_else(|| {
            Refusal::invalid_action(format!(
                "Could not find operation {} for version {}",
                self.action,
                params.get("Version").unwrap_or("NO_VERSION_SPECIFIED")
            ))
        })?;
        Ok((caller, params, operation))
    }
}

/// Remembers when a key or role was last used.
fn note_use(
    world: &mut World,
    presented: &Presented,
    caller: &Caller,
    service: Service,
    now: Moment,
) {
    let account = world.account(&caller.account);
    match &caller.identity {
        CallerIdentity::User { name } if caller.session.is_none() => {
            let key = account.user_mut(name).ok().and_then(|user| {
                user.access_keys
                    .iter_mut()
                    .find(|k| k.id == presented.access_key)
            });
            if let Some(key) = key {
                key.last_used = Some(LastUsed {
                    at: now,
                    service: service.prefix(),
                    region: presented.region.to_owned(),
                });
            }
        }
        CallerIdentity::Role { name } => {
            if let Some(role) = account.roles.get_mut(&crate::names::Folded::new(name)) {
                role.last_used = Some((now, presented.region.to_owned()));
            }
        }
        _ => {}
    }
}
