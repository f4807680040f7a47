//! Plans: the ordered steps from what is to what is wanted.
//!
//! [`plan`] is a pure function; nothing in this module does IO.

mod access;
pub(crate) mod administrators;
pub(crate) mod ceiling;
mod describe;
pub(crate) mod diff;
mod findings;
mod ground;
pub(crate) mod guard;
mod inverse;
mod judge;
pub(crate) mod operation;
mod order;
mod perform;
pub(crate) mod permissions;
mod powers;
mod proof;
mod render;
mod saved;
pub(crate) mod sessions;
#[cfg(test)]
mod tests;
pub(crate) mod transition;
pub(crate) mod unread;
#[cfg(test)]
mod walk;
mod words;

use std::fmt;

use iam_dsl::AccountId;

use crate::desired::{Bundle, Target};
use crate::error::{Error, ErrorKind};
use crate::ledger::{self, Entity};
use crate::observed::Observed;
pub use access::{AccessChange, AccessChangeKind};
use judge::Judge;
use operation::Operation;
pub use proof::{Moment, MomentKind, OrderProof};
pub use saved::SavedPlan;

/// Compares what a bundle wants with what was read, and orders the calls that
/// lead from one to the other.
///
/// A pure function: the same two values give the same plan, and nothing is
/// called.
///
/// # Errors
///
/// [`ErrorKind::InvalidBundle`] if IAM would refuse the bundle,
/// [`ErrorKind::NotOwned`] if something that is not the bundle's stands in
/// the way, and [`ErrorKind::QuotaExceeded`] if it does not fit into the
/// account; each lists every problem found.
pub fn plan(desired: &Bundle, observed: &Observed) -> Result<Plan, Error> {
    check(desired)?;
    let mut target = Target::of(desired, &observed.state.account);
    // Everything else is about what bears its new name already.
    let renames = diff::rename::renames(&target, observed);
    let mut renamed = observed.clone();
    for draft in &renames {
        renamed.state.perform(&draft.operation);
        // The ledger claims it under the other name.
        if let Operation::Rename { on, .. } = &draft.operation
            && let Some(after) = target.renames.get(on)
        {
            target.adopted.insert(Entity::of(after));
        }
    }
    let mut difference = diff::difference(&target, &renamed);
    if desired.only_adds {
        diff::keep_additions(&mut difference, &target);
    }
    if !difference.problems.is_empty() {
        return Err(Error::with_problems(
            ErrorKind::NotOwned,
            format!(
                "the bundle `{}` cannot be applied to account {}",
                desired.name(),
                observed.state.account.id
            ),
            difference.problems,
        ));
    }
    if !observed.over_quota.is_empty() {
        return Err(Error::with_problems(
            ErrorKind::QuotaExceeded,
            format!(
                "the bundle `{}` does not fit into account {}",
                desired.name(),
                observed.state.account.id
            ),
            observed.over_quota.clone(),
        ));
    }
    // What the plan will lead to, which is the target and whatever is left alone.
    let mut after = renamed.state.clone();
    for draft in &difference.drafts {
        after.perform(&draft.operation);
    }
    let drafts: Vec<diff::Draft> = renames.into_iter().chain(difference.drafts).collect();
    let mut notes = findings::findings(&target, &renamed);
    notes.extend(difference.notes);
    let judge = Judge::new();
    let strangers = access::strangers(&renamed.state, &target);
    let arrange = if desired.only_adds {
        transition::without_remedy
    } else {
        transition::ordered
    };
    let (ordered, order) = arrange(&drafts, &renamed.state, &after, &strangers, &judge);
    let calls = &ordered.operations;
    // A service at its start ends nobody's sessions: it is refused what needs that.
    let ends = !desired.only_adds;
    let live = sessions::Sessions::of(&target, observed, calls, &strangers, &judge, ends);
    let (ordered, order) = live.arrange(ordered, order);
    notes.extend(order.notes());
    let steps = describe::steps(
        ordered.operations,
        &observed.state,
        &target,
        &strangers,
        &judge,
    );
    let mut plan = Plan {
        bundle: desired.clone(),
        steps,
        waits: ordered.waits,
        notes,
        order,
        observed: observed.clone(),
    };
    sessions::tell(&mut plan);
    Ok(plan)
}

/// Refuses a bundle with problems, all of them at once.
pub(crate) fn check(bundle: &Bundle) -> Result<(), Error> {
    let problems = bundle.problems();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::with_problems(
        ErrorKind::InvalidBundle,
        format!("the bundle `{}` would be refused by IAM", bundle.name()),
        problems,
    ))
}

/// The ordered steps from what is to what is wanted.
///
/// Displayed, it says in words what each step does and what access it gives
/// or takes. It holds no secret: passwords are made while it is applied.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) bundle: Bundle,
    pub(crate) steps: Vec<Step>,
    /// For each step the earlier ones that it waits for.
    pub(crate) waits: Vec<Vec<usize>>,
    notes: Vec<Note>,
    pub(crate) order: OrderProof,
    pub(crate) observed: Observed,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps in the order in which they are applied; each is one call.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What is told beside the steps: findings, and what is left alone.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What is proved of the order of the steps: that no prefix gives anything
    /// extra and none loses anything, or where that is not so or not known.
    pub fn order(&self) -> &OrderProof {
        &self.order
    }

    /// Refuses a plan that gives somebody more than a policy says, after any of
    /// its steps; what somebody had before the plan is not given by it. It says
    /// nothing of who may assume a role: that is
    /// [`Plan::check_trust_ceiling`].
    /// [`Provisioner::ceiling`](crate::Provisioner::ceiling) asks this of every plan.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverCeiling`] with a request for each user and role that
    /// would get more, and where it is not known.
    pub fn check_ceiling(&self, ceiling: &iam_dsl::Policy) -> Result<(), Error> {
        ceiling::check(self, ceiling)
    }

    /// Refuses a plan that lets in whom neither the trust policy that a role has
    /// before the plan nor this one lets in, after any of its steps.
    /// [`Provisioner::trust_ceiling`](crate::Provisioner::trust_ceiling) asks this
    /// of every plan, and says what it covers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverCeiling`] with somebody whom a role would let in and a
    /// request of theirs, and where it is not known.
    pub fn check_trust_ceiling(&self, ceiling: &iam_dsl::TrustPolicy) -> Result<(), Error> {
        ceiling::check_trust(self, ceiling)
    }

    /// How many steps have to follow one another: the length of the longest
    /// chain in which each waits for the one before. However many run at the
    /// same time, applying takes as long as this many calls.
    pub fn critical_path(&self) -> usize {
        let mut longest: Vec<usize> = Vec::with_capacity(self.waits.len());
        for befores in &self.waits {
            let before = befores.iter().filter_map(|i| longest.get(*i)).max();
            longest.push(before.copied().unwrap_or(0) + 1);
        }
        longest.into_iter().max().unwrap_or(0)
    }

    /// The steps that no call takes back, each with the reason: what IAM shows
    /// once, such as passwords, keys and MFA devices, and what is not read. Of every
    /// other step the inverse is known, and the lock-out guard asks that the caller
    /// may still make it.
    pub fn irreversible(&self) -> Vec<(&Step, &'static str)> {
        let states = self.prefixes();
        let steps = self.steps.iter().zip(&states);
        steps
            .filter_map(|(step, before)| {
                let inverse = inverse::inverse(&step.operation, &before.state);
                Some((step, inverse.never()?))
            })
            .collect()
    }

    /// The name of the bundle.
    pub fn bundle(&self) -> &str {
        self.bundle.name()
    }

    /// The account that the plan is for.
    pub fn account(&self) -> &AccountId {
        &self.observed.state.account.id
    }

    /// Whether applying it makes a credential, for which a
    /// [`SecretSink`](crate::SecretSink) has to be given.
    pub fn makes_credentials(&self) -> bool {
        self.steps
            .iter()
            .any(|step| step.operation.makes_credential())
    }

    /// The least-privilege policy for whoever runs this plan: makes it, applies
    /// it, and plans again to see that nothing is left.
    ///
    /// It names the entities of this plan and no others, the policies that it
    /// attaches, the boundaries that it sets and the tags that it writes. It
    /// does not cover what a retry asks in doubt, after an answer was lost;
    /// then the next plan goes on. It reads as this plan was read: the account's
    /// details cannot be limited to some entities, but
    /// [`Reads::Targeted`](crate::Reads::Targeted) does without them. Who may change a
    /// group's members may add anybody: IAM has no narrower permission.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBundle`] if no valid policy says it, which does not
    /// happen for names that IAM takes.
    pub fn permissions(&self) -> Result<iam_dsl::Policy, Error> {
        permissions::policy(self).map_err(|invalid| {
            Error::new(
                ErrorKind::InvalidBundle,
                format!(
                    "no policy says what the plan of the bundle `{}` needs: {invalid}",
                    self.bundle()
                ),
            )
        })
    }

    /// The plan as JSON: a `format_version`, the bundle, the account, each step
    /// with its call, what is there before and after, what access it gives or
    /// takes, and whether it makes a secret, and the notes. It holds no secret.
    /// [`SavedPlan`] reads it again.
    pub fn to_json(&self) -> String {
        saved::to_json(self)
    }

    /// The exit code that tells programs whether there is something to do, as
    /// Terraform's `-detailed-exitcode` has it: 0 for no changes, 2 for
    /// changes. 1 is for errors.
    pub fn exit_code(&self) -> u8 {
        if self.is_empty() { 0 } else { 2 }
    }

    /// Every state on the way: as observed, and after each step. For proofs
    /// and tests; the documents in it are what the evaluator takes.
    pub fn prefixes(&self) -> Vec<Observed> {
        let mut now = self.observed.clone();
        let mut all = vec![now.clone()];
        for step in &self.steps {
            now.state.perform(&step.operation);
            all.push(now.clone());
        }
        all
    }

    /// Counts of steps that create, change and delete.
    pub fn counts(&self) -> (usize, usize, usize) {
        let of = |change| {
            self.steps
                .iter()
                .filter(|step| step.change == change)
                .count()
        };
        (of(Change::Create), of(Change::Change), of(Change::Delete))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::plan(self, f)
    }
}

/// Whether a step creates, changes or deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// Shown as `+`.
    Create,
    /// Shown as `~`.
    Change,
    /// Shown as `-`.
    Delete,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "+",
            Self::Change => "~",
            Self::Delete => "-",
        })
    }
}

/// One step of a plan: one writing call.
#[derive(Clone, Debug)]
pub struct Step {
    pub(crate) operation: Operation,
    change: Change,
    subject: String,
    before: Option<String>,
    after: Option<String>,
    access: Vec<AccessChange>,
    words: Vec<String>,
}

impl Step {
    /// A step of which nothing is told.
    fn bare(operation: Operation) -> Self {
        Self {
            operation,
            change: Change::Change,
            subject: String::new(),
            before: None,
            after: None,
            access: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Whether it creates, changes or deletes.
    pub fn change(&self) -> Change {
        self.change
    }

    /// What it is about, such as `group Administrators`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The IAM call, such as `CreateGroup`.
    pub fn call(&self) -> &'static str {
        self.operation.call()
    }

    /// What is there before, where it is changed or deleted.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// What is there after, where it is created or changed.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What access the step gives and takes, proved, and what of it is not
    /// known. Empty if none.
    pub fn access(&self) -> &[AccessChange] {
        &self.access
    }

    /// What else is told of it: what is no access, and what a document says
    /// where nobody has it yet or the proof does not tell all of it.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Everything that is told of it, line by line.
    fn lines(&self) -> impl Iterator<Item = String> {
        let access = self.access.iter().map(ToString::to_string);
        access.chain(self.words.iter().cloned())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change, self.subject)
    }
}

/// Something a plan tells beside its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    kind: NoteKind,
    text: String,
}

impl Note {
    pub(crate) fn new(kind: NoteKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// What kind of note it is.
    pub fn kind(&self) -> NoteKind {
        self.kind
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The kinds of [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// What is wanted will not work as its author probably thinks.
    Warning,
    /// A deny that the bundle does not declare; it is left in place.
    KeptDeny,
    /// A deny that a step takes away because the bundle's own declaration has
    /// changed: a declared statement by its Sid, or what stands beside a grant.
    RemovedDeny,
    /// A yes by name ([`Bundle::remove_deny`]) that matches no deny.
    NothingToRemove,
    /// A difference that cannot be put right.
    Left,
    /// A moment at which the order of the steps is not proved safe.
    Moment,
    /// Sessions of a role live on and have what it is given, though it no longer lets
    /// in those who began them.
    Sessions,
    /// A trust policy names a user or role that was deleted.
    DeletedPrincipal,
}

impl NoteKind {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::KeptDeny => "kept-deny",
            Self::RemovedDeny => "removed-deny",
            Self::NothingToRemove => "nothing-to-remove",
            Self::Left => "left",
            Self::Moment => "moment",
            Self::Sessions => "sessions",
            Self::DeletedPrincipal => "deleted-principal",
        }
    }
}

/// Whether a managed policy is a ledger, which plans show as such.
fn is_ledger(name: &str) -> bool {
    name.starts_with(ledger::NAME_PREFIX)
}
