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
use crate::refusal::Refusal;
use crate::request::Params;
use crate::signature;
use crate::state::World;
use crate::state::user::LastUsed;
use crate::visibility::Visibility;
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
    pub(crate) visibility: Visibility,
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
            visibility: Visibility::from_seed(seed),
            signatures: Signatures::Ignored,
            request_ids: Ids::from_seed(!seed),
        }
    }

    /// Answers one attempt of one call.
    pub(crate) fn answer(&mut self, clock: &Clock, arrival: &Arrival<'_>) -> Reply {
        let request_id = self.request_ids.request();
        let fault = self.faults.next_call();
        let signatures = self.signatures;
        let request = self.as_authorized(clock, |world| {
            Request::read(world, arrival, clock, signatures)
        });
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
        request.note_use(&mut self.world, now)?;
        self.as_authorized(clock, |world| request.authorize(world, now))?;
        if request.writes() {
            let account = request.caller.as_ref().map(|caller| &caller.account);
            let before = account.ok();
            let before = before.and_then(|id| self.visibility.before_write(&self.world, id));
            let answer = request.run(&mut self.world, now);
            if let Some(before) = before {
                self.visibility
                    .after_write(&self.world, &before, clock.now());
            }
            answer
        } else if request.service == Service::Iam {
            self.as_seen(clock, |world| request.run(world, now))
        } else {
            self.as_authorized(clock, |world| request.run(world, now))
        }
    }

    /// Does something with the world as readers see it.
    fn as_seen<T>(&mut self, clock: &Clock, act: impl FnOnce(&mut World) -> T) -> T {
        let present = self.visibility.enter(&mut self.world, clock.now());
        let done = act(&mut self.world);
        Visibility::leave(&mut self.world, present);
        done
    }

    /// Does something with the world as authorization sees it: the present,
    /// unless a test wants it otherwise.
    fn as_authorized<T>(&mut self, clock: &Clock, act: impl FnOnce(&mut World) -> T) -> T {
        if self.visibility.delays_authorization {
            self.as_seen(clock, act)
        } else {
            act(&mut self.world)
        }
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
        let operation = operations::find(service, &action, text("Version"));
        let caller = if operation.is_some_and(Operation::is_unsigned) {
            Ok(Caller::anonymous())
        } else {
            presented.clone().and_then(|presented| {
                if signatures == Signatures::Checked
                    && let Some(secret) = world.secret_of(&presented.access_key)
                {
                    // Where time is a test's own, no client can sign with it.
                    signature::check(arrival, secret, clock.is_real().then_some(now))?;
                }
                presented.authenticate(world, now)
            })
        };
        Request {
            service,
            operation,
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

    /// Remembers who called, if that is known.
    fn note_use(&self, world: &mut World, now: Moment) -> Result<(), Refusal> {
        let (caller, _, operation) = self.understood()?;
        if !operation.is_unsigned() {
            let presented = self.presented.as_ref().map_err(Clone::clone)?;
            note_use(world, presented, caller, &operation.action(), now);
        }
        Ok(())
    }

    /// Refuses what the caller may not do.
    fn authorize(&self, world: &World, now: Moment) -> Result<(), Refusal> {
        let (caller, params, operation) = self.understood()?;
        if operation.is_unsigned() {
            return Ok(());
        }
        let presented = self.presented.as_ref().map_err(Clone::clone)?;
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

/// Remembers when a key, user or role was last used, and for what.
pub(crate) fn note_use(
    world: &mut World,
    presented: &Presented,
    caller: &Caller,
    action: &str,
    now: Moment,
) {
    let account = world.account(&caller.account);
    let service = action.split(':').next().unwrap_or_default();
    // Unique ids of sessions are those of their role with the session's name.
    let id = caller.user_id.split(':').next().unwrap_or_default();
    if matches!(
        caller.identity,
        CallerIdentity::User { .. } | CallerIdentity::Role { .. }
    ) {
        account.activity.note(id, action, now, &presented.region);
    }
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
                    service: service.to_owned(),
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
