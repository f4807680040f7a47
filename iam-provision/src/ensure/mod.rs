//! Bringing a bundle about by the service that needs it, at start-up, by many
//! replicas and two releases at once.
//!
//! What is read is what the bundle names, one entity at a time. What the plan
//! would take away is left. The order of releases is the generation in the
//! ledger: whoever raises it waits before it changes anything, and everybody
//! looks at it before each write and stops where it has moved on. So a write
//! of an older replica that was on its way when the generation was raised
//! lands before the newer one looks at what is there, and is put right.

mod options;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, select};

pub use options::EnsureOptions;

use crate::apply::retry::Retrier;
use crate::client::Client;
use crate::clock;
use crate::desired::{Bundle, Target};
use crate::error::{Error, ErrorKind};
use crate::ledger::{self, Ledger};
use crate::names::Problem;
use crate::observed::{Scope, read};
use crate::plan::ceiling::Ceilings;
use crate::plan::operation::Operation;
use crate::plan::{self, Plan, guard};
use crate::state::Account;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a write that does not show yet is taken for late, not for undone.
const PROPAGATION: Duration = Duration::from_secs(10);

/// What [`Provisioner::ensure`](crate::Provisioner::ensure) found or did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ensured {
    /// Everything was as the bundle says.
    Unchanged,
    /// These steps were made, in this order.
    Applied {
        /// Each as a plan shows it, such as `+ role worker`.
        steps: Vec<String>,
    },
    /// A newer release has been here, and nothing of it was undone.
    Behind {
        /// The newer release's generation.
        generation: u64,
    },
}

impl fmt::Display for Ensured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("unchanged"),
            Self::Applied { steps } => write!(f, "applied: {}", steps.join(", ")),
            Self::Behind { generation } => {
                write!(f, "behind: generation {generation} has been here")
            }
        }
    }
}

/// What [`Provisioner::verify`](crate::Provisioner::verify) found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verified {
    /// Everything that the bundle names is as it says.
    Matches,
    /// What an ensure would do.
    Differs(Box<Plan>),
    /// A newer release has been here.
    Behind {
        /// The newer release's generation.
        generation: u64,
    },
}

impl Verified {
    /// Whether a service can rely on what its bundle says. A newer release
    /// may have changed it, so that is no yes.
    pub fn matches(&self) -> bool {
        matches!(self, Self::Matches)
    }
}

/// A look at what a bundle names.
enum Look {
    Behind(u64),
    Plan(Box<Plan>),
}

/// One service's bundle in one account.
pub(crate) struct Ensurer<'a> {
    client: &'a Client,
    account: &'a Account,
    /// The ARN of whose credentials these are.
    caller: &'a str,
    ceilings: Ceilings,
    bundle: Bundle,
    target: Target,
}

impl<'a> Ensurer<'a> {
    /// Refuses what no service is to bring about at its start.
    pub(crate) fn new(
        client: &'a Client,
        account: &'a Account,
        caller: &'a str,
        bundle: &Bundle,
    ) -> Result<Self, Error> {
        plan::check(bundle)?;
        let mut bundle = bundle.clone();
        bundle.only_adds = true;
        let target = Target::of(&bundle, account);
        let problems = of_the_account(&target);
        if !problems.is_empty() {
            return Err(Error::with_problems(
                ErrorKind::InvalidBundle,
                format!(
                    "the bundle `{}` holds what a service does not bring about at its start; plan and apply it",
                    bundle.name()
                ),
                problems,
            ));
        }
        Ok(Self {
            client,
            account,
            caller,
            ceilings: Ceilings::default(),
            bundle,
            target,
        })
    }

    /// The most that may be given, as a plan's.
    pub(crate) fn ceilings(mut self, ceilings: &Ceilings) -> Self {
        self.ceilings = ceilings.clone();
        self
    }

    pub(crate) fn permissions(&self) -> Result<iam_dsl::Policy, Error> {
        plan::permissions::for_ensure(&self.target).map_err(|invalid| {
            Error::new(
                ErrorKind::InvalidBundle,
                format!(
                    "no policy says what ensuring the bundle `{}` needs: {invalid}",
                    self.bundle.name()
                ),
            )
        })
    }

    async fn look(&self) -> Result<Look, Error> {
        let observed = read(self.client, self.account, &self.target, Scope::Named).await?;
        // A ledger that cannot be understood is a problem of the plan.
        let kept = Ledger::of(&observed.state, &self.target.bundle).unwrap_or_default();
        if kept.generation > self.target.generation.unwrap_or(0) {
            return Ok(Look::Behind(kept.generation));
        }
        let plan = plan::plan(&self.bundle, &observed)?;
        self.ceilings.check(&plan)?;
        if plan.makes_credentials() {
            return Err(Error::new(
                ErrorKind::InvalidBundle,
                format!(
                    "the bundle `{}` makes a credential, which replicas at their start cannot deliver once; plan and \
                     apply it",
                    self.bundle.name()
                ),
            ));
        }
        Ok(Look::Plan(Box::new(plan)))
    }

    pub(crate) async fn verify(&self) -> Result<Verified, Error> {
        Ok(match self.look().await? {
            Look::Behind(generation) => Verified::Behind { generation },
            Look::Plan(plan) if plan.is_empty() => Verified::Matches,
            Look::Plan(plan) => Verified::Differs(plan),
        })
    }

    /// Until it is as the bundle says, or the deadline.
    pub(crate) async fn ensure(self, options: &EnsureOptions) -> Result<Ensured, Error> {
        let client = self.client;
        let name = self.bundle.name().to_owned();
        let mut effort = Effort {
            retrier: Arc::new(
                Retrier::new(client.clone(), self.bundle.name()).patience(options.deadline),
            ),
            ensurer: self,
            options,
            done: Vec::new(),
            recent: Vec::new(),
            last: None,
        };
        let ended = {
            let run = std::pin::pin!(effort.run());
            let deadline = std::pin::pin!(client.sleep(options.deadline));
            match select(run, deadline).await {
                Either::Left((result, _)) => Some(result),
                Either::Right(_) => None,
            }
        };
        ended.unwrap_or_else(|| {
            let waited = clock::words(options.deadline);
            let done = match effort.done.as_slice() {
                [] => "nothing was changed".to_owned(),
                steps => format!("done: {}", steps.join(", ")),
            };
            let why = effort.last.map_or_else(
                || "it does not show yet".to_owned(),
                |last| last.to_string(),
            );
            Err(Error::new(
                ErrorKind::DeadlineExceeded,
                format!("the bundle `{name}` is not ensured after {waited}: {why} ({done})"),
            ))
        })
    }
}

/// What belongs to the account or to a person, not to a service.
fn of_the_account(target: &Target) -> Vec<Problem> {
    let state = &target.state;
    let mut problems = Vec::new();
    let mut problem = |place: String, message| problems.push(Problem::new(place, message));
    for (name, user) in &state.users {
        if user.login.is_some() {
            let message = "is a person's, and its password could be delivered by one replica only";
            problem(format!("login profile of user {name}"), message);
        }
    }
    for name in &target.keys {
        let message = "could be delivered by one replica only; give the service a role";
        problem(format!("access key of user {name}"), message);
    }
    for role in state.linked.keys() {
        problem(role.to_string(), "is the whole account's");
    }
    if state.password_policy.is_some() {
        problem("password policy".to_owned(), "is the whole account's");
    }
    if state.alias.is_some() {
        problem("account alias".to_owned(), "is the whole account's");
    }
    for provider in state.providers.keys() {
        problem(provider.resource(), "lets others into the whole account");
    }
    problems
}

/// What one round came to.
enum Round {
    /// Nothing is left to do.
    Settled,
    Behind(u64),
    /// Something was done: look at it.
    Again,
    /// What was done does not show yet, or somebody else is at it.
    Late,
}

/// One ensure on its way.
struct Effort<'a> {
    ensurer: Ensurer<'a>,
    options: &'a EnsureOptions,
    retrier: Arc<Retrier>,
    done: Vec<String>,
    /// What was written, and when.
    recent: Vec<(Operation, SystemTime)>,
    /// Why it is still under way.
    last: Option<Error>,
}

impl Effort<'_> {
    async fn run(&mut self) -> Result<Ensured, Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.round().await {
                Ok(Round::Settled) => break,
                Ok(Round::Behind(generation)) => return Ok(Ensured::Behind { generation }),
                Ok(Round::Again) => {
                    pause = FIRST_PAUSE;
                    continue;
                }
                Ok(Round::Late) => {}
                // What another replica made may not be known everywhere yet.
                Err(error) if error.is_retryable() || error.kind() == ErrorKind::NotFound => {
                    tracing::debug!(%error, "ensuring again");
                    self.last = Some(error);
                }
                Err(error) => return Err(error),
            }
            self.ensurer.client.sleep(jittered(pause)?).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.usable().await?;
        Ok(match self.done.is_empty() {
            true => Ensured::Unchanged,
            false => Ensured::Applied {
                steps: std::mem::take(&mut self.done),
            },
        })
    }

    async fn round(&mut self) -> Result<Round, Error> {
        let plan = match self.ensurer.look().await? {
            Look::Behind(generation) => return Ok(Round::Behind(generation)),
            Look::Plan(plan) => plan,
        };
        if plan.is_empty() {
            return Ok(Round::Settled);
        }
        safe(&plan)?;
        guard::check(&plan, self.ensurer.caller)?;
        let state = &plan.observed.state;
        let name = Ledger::name(plan.bundle());
        let kept = Ledger::of(state, plan.bundle()).unwrap_or_default();
        let mark = state.policies.get(&name).and_then(|ledger| {
            let default = ledger.versions.iter().find(|version| version.is_default);
            default.map(|version| version.id.clone())
        });
        let mut wrote = false;
        for step in plan.steps() {
            if self.is_recent(&step.operation) {
                continue;
            }
            if self.counts(&kept) && self.mark(&name).await? != mark {
                // Somebody has been here since.
                return Ok(Round::Late);
            }
            self.write(&step.operation).await?;
            self.done.push(step.to_string());
            wrote = true;
            if let Some(ledger) = ledger_written(&step.operation, &name) {
                if ledger.generation > kept.generation {
                    self.ensurer.client.sleep(self.options.settle).await;
                }
                break;
            }
        }
        Ok(if wrote { Round::Again } else { Round::Late })
    }

    /// Whether releases are told apart here.
    fn counts(&self, kept: &Ledger) -> bool {
        self.ensurer.target.generation.is_some() || kept.generation > 0
    }

    /// The ledger's version that is in force, which changes with the generation.
    async fn mark(&self, name: &str) -> Result<Option<String>, Error> {
        let arn = self.ensurer.account.policy_arn(ledger::PATH, name);
        Ok(self.ensurer.client.default_version(&arn).await?)
    }

    fn is_recent(&self, operation: &Operation) -> bool {
        let now = self.ensurer.client.now();
        self.recent.iter().any(|(other, at)| {
            let age = now.duration_since(*at).unwrap_or_default();
            age < PROPAGATION && other == operation
        })
    }

    /// One call, in a task of its own, so that no deadline tears it in two.
    async fn write(&mut self, operation: &Operation) -> Result<(), Error> {
        let (retrier, call) = (Arc::clone(&self.retrier), operation.clone());
        let task = tokio::spawn(async move { retrier.execute(&call, None).await });
        task.await.unwrap_or_else(|torn| {
            Err(
                Error::new(ErrorKind::Cancelled, "the runtime shut down during a call")
                    .caused_by(torn),
            )
        })?;
        self.recent
            .push((operation.clone(), self.ensurer.client.now()));
        Ok(())
    }

    /// Waits for the probes that were asked for.
    async fn usable(&mut self) -> Result<(), Error> {
        let client = self.ensurer.client;
        for role in &self.options.roles {
            let arn = self.ensurer.account.arn(&format!("role/{role}"));
            let mut pause = FIRST_PAUSE;
            while !client.can_assume(&arn).await? {
                self.last = Some(Error::new(
                    ErrorKind::AccessDenied,
                    format!("role {role} cannot be assumed by this caller yet"),
                ));
                client.sleep(jittered(pause)?).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        let Some(probe) = &self.options.probe else {
            return Ok(());
        };
        let mut pause = FIRST_PAUSE;
        while !probe().await {
            self.last = Some(Error::new(
                ErrorKind::NotFound,
                "the probe has not succeeded",
            ));
            client.sleep(jittered(pause)?).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }
}

/// Nobody is there at a start to say yes to an order that is not proved safe.
fn safe(plan: &Plan) -> Result<(), Error> {
    let moments = plan.order().moments();
    if moments.is_empty() {
        return Ok(());
    }
    let problems = moments
        .iter()
        .map(|moment| Problem::new(moment.who(), moment.to_string()))
        .collect();
    Err(Error::with_problems(
        ErrorKind::UnsafeOrder,
        format!(
            "no order of the steps of the bundle `{}` is proved safe; plan and apply it, and look at them",
            plan.bundle()
        ),
        problems,
    ))
}

/// The ledger that a call puts in force.
fn ledger_written(operation: &Operation, ledger: &str) -> Option<Ledger> {
    match operation {
        Operation::CreatePolicy { name, document, .. }
        | Operation::CreatePolicyVersion { name, document, .. }
            if name == ledger =>
        {
            Some(Ledger::from_document(document).unwrap_or_default())
        }
        _ => None,
    }
}

/// Between half of a pause and all of it, so that replicas that met once do
/// not meet again.
fn jittered(pause: Duration) -> Result<Duration, Error> {
    let random = getrandom::u64().map_err(|error| {
        Error::new(
            ErrorKind::Service,
            format!("the system has no random numbers: {error}"),
        )
    })?;
    let half = pause / 2;
    let range = u64::try_from(half.as_millis()).unwrap_or(0).max(1);
    Ok(half + Duration::from_millis(random % range))
}
