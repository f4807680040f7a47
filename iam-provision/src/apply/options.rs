//! How a plan is applied.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::probe::VersionProbe;
use crate::error::{Error, ErrorKind};
use crate::names::Problem;
use crate::plan::{Plan, Step, guard};
use crate::secret::SecretSink;

type Callback = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How many steps run at the same time unless told otherwise. IAM is one
/// control plane for all regions and throttles an account early.
const CONCURRENCY: usize = 4;

/// How long a probe may take: a switched policy is refused for seconds.
const PROBING: Duration = Duration::from_secs(30);

/// Asks an apply to end early. Clones share the request.
///
/// The steps that have begun are finished, no other begins, and the apply ends
/// with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) and an outcome.
/// The library installs no signal handler; a program's own calls
/// [`Cancellation::cancel`].
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets no further step begin.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a plan is applied: who receives its secrets, and who is told of its progress.
#[derive(Clone, Default)]
pub struct ApplyOptions {
    pub(super) secrets: Option<Arc<dyn SecretSink>>,
    progress: Option<Callback>,
    concurrency: Option<NonZeroUsize>,
    cancellation: Cancellation,
    reads_back: bool,
    settle: Duration,
    pub(super) probe: Option<Arc<dyn VersionProbe>>,
    probing: Option<Duration>,
    moments_of: BTreeSet<String>,
    lock_out_of: BTreeSet<String>,
}

impl ApplyOptions {
    /// No receiver of secrets and nobody to tell.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who receives the passwords that are made. A plan that makes one is
    /// refused without it.
    #[must_use]
    pub fn secrets(mut self, sink: impl SecretSink + 'static) -> Self {
        self.secrets = Some(Arc::new(sink));
        self
    }

    /// Who is told before and after each step.
    #[must_use]
    pub fn progress(mut self, callback: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// How many steps may run at the same time; 4 unless told otherwise, and
    /// 0 counts as 1. A step never begins before those it waits for are done,
    /// so the order is safe with any number.
    #[must_use]
    pub fn concurrency(mut self, steps: usize) -> Self {
        self.concurrency = NonZeroUsize::new(steps.max(1));
        self
    }

    /// Reads again when all steps are done, and ends with
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where something is
    /// not as it was left. Of calls such as PutRolePolicy and
    /// AttachRolePolicy, IAM lets the last writer win and tells the first one
    /// nothing. Costs the reads of a plan, and up to half a minute where they
    /// lag; says nothing about when what was read is enforced.
    #[must_use]
    pub fn read_back(mut self) -> Self {
        self.reads_back = true;
        self
    }

    /// Who may end the apply early.
    #[must_use]
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = cancellation.clone();
        self
    }

    pub(crate) fn reads_back(&self) -> bool {
        self.reads_back
    }

    /// How long to wait after steps before those that wait for them begin; not at
    /// all unless told otherwise. IAM is eventually consistent: it accepts calls in
    /// the safe order and enforces them some seconds later, in no promised order,
    /// and reading back proves nothing about enforcement. The wait is by the clock
    /// of the SDK's configuration.
    #[must_use]
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    /// What finds out whether the new default version of a managed policy that
    /// is [updated in two steps](crate::ManagedPolicy::update_in_two_steps) does
    /// what it is to do. It is asked after the switch and the time to
    /// [`settle`](ApplyOptions::settle), again and again until it says yes, for
    /// 30 seconds unless [`probe_for`](ApplyOptions::probe_for) says otherwise,
    /// because a switched policy is answered with refusals for some seconds.
    ///
    /// If it does not come to say yes, the former version is the default again,
    /// the new one is deleted, and the apply ends with
    /// [`ErrorKind::ProbeFailed`](crate::ErrorKind::ProbeFailed), which says what
    /// the probe said last. What was done before stays, and is told by the outcome.
    /// Whoever is killed between the switch and the probe leaves the new version
    /// in force, and the next plan does not probe it.
    ///
    /// ```
    /// use iam_provision::{ApplyOptions, SwitchedVersion};
    ///
    /// let options = ApplyOptions::new().probe(|switched: SwitchedVersion| async move {
    ///     // The service whose role holds the policy still reads its queue.
    ///     // queue.receive().await?;
    ///     println!("{} is in force", switched.version());
    ///     Ok(())
    /// });
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn probe(mut self, probe: impl VersionProbe + 'static) -> Self {
        self.probe = Some(Arc::new(probe));
        self
    }

    /// How long a probe may take to say yes, all tries together; 30 seconds
    /// unless told otherwise, and at least one second.
    #[must_use]
    pub fn probe_for(mut self, time: Duration) -> Self {
        self.probing = Some(time);
        self
    }

    pub(super) fn probing(&self) -> Duration {
        self.probing.unwrap_or(PROBING)
    }

    /// A yes to what [`Plan::order`](crate::Plan::order) says of somebody, by the
    /// name that [`Moment::who`](crate::Moment::who) gives, such as `user ann`: for
    /// a moment they may have more than before and after, or less than both, or
    /// that is not known. Without it such a plan is refused.
    #[must_use]
    pub fn accept_moments_of(mut self, who: impl Into<String>) -> Self {
        self.moments_of.insert(who.into());
        self
    }

    /// A yes to a plan that may lock out its caller, by the ARN of the caller.
    /// Without it such a plan is refused.
    #[must_use]
    pub fn accept_lock_out_of(mut self, arn: impl Into<String>) -> Self {
        self.lock_out_of.insert(arn.into());
        self
    }

    /// Refuses what nobody said yes to, before the first write.
    pub(super) fn consent(&self, plan: &Plan, caller: &str) -> Result<(), Error> {
        let moments = plan.order().moments().iter();
        let problems: Vec<Problem> = moments
            .filter(|moment| !self.moments_of.contains(moment.who()))
            .map(|moment| Problem::new(moment.who(), moment.to_string()))
            .collect();
        if !problems.is_empty() {
            return Err(Error::with_problems(
                ErrorKind::UnsafeOrder,
                format!(
                    "no order of the steps of the bundle `{}` is proved safe; apply it in two steps, the first without what is taken away, or say yes by name with ApplyOptions::accept_moments_of",
                    plan.bundle()
                ),
                problems,
            ));
        }
        if self.lock_out_of.contains(caller) {
            return Ok(());
        }
        guard::check(plan, caller)
    }

    pub(super) fn settling(&self) -> Duration {
        self.settle
    }

    pub(super) fn steps_at_a_time(&self) -> usize {
        self.concurrency.map_or(CONCURRENCY, NonZeroUsize::get)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    pub(super) fn report(&self, progress: &Progress<'_>) {
        if let Some(callback) = &self.progress {
            callback(progress);
        }
    }
}

impl fmt::Debug for ApplyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplyOptions")
            .field("secrets", &self.secrets.is_some())
            .field("progress", &self.progress.is_some())
            .field("concurrency", &self.steps_at_a_time())
            .field("cancelled", &self.is_cancelled())
            .field("read_back", &self.reads_back)
            .field("settle", &self.settle)
            .field("probe", &self.probe.is_some())
            .field("probe_for", &self.probing())
            .field("moments_of", &self.moments_of)
            .field("lock_out_of", &self.lock_out_of)
            .finish()
    }
}

/// How far an apply is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    pub(super) step: &'a Step,
    pub(super) index: usize,
    pub(super) total: usize,
    pub(super) is_done: bool,
}

impl<'a> Progress<'a> {
    /// The step.
    pub fn step(&self) -> &'a Step {
        self.step
    }

    /// The step's number, from 1.
    pub fn number(&self) -> usize {
        self.index + 1
    }

    /// How many steps there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether the step is done; otherwise it is about to begin.
    pub fn is_done(&self) -> bool {
        self.is_done
    }
}
