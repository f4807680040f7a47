//! Plan, apply and destroy against one account.

use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;
use iam_dsl::{AccountId, Policy, TrustPolicy};

use crate::apply::{self, ApplyOptions, Outcome};
use crate::client::{Client, expect_account};
use crate::desired::{Bundle, Target};
use crate::ensure::{EnsureOptions, Ensured, Ensurer, Verified};
use crate::error::{Error, ErrorKind};
use crate::observed::{Observed, Reads, Scope, read, read_aws};
use crate::plan::ceiling::Ceilings;
use crate::plan::{self, Plan};
use crate::root_user::RootUser;
use crate::state::Account;

/// How long what was written may take to show.
const READ_BACK: Duration = Duration::from_secs(30);

/// Plans and applies bundles in one account.
///
/// Cheap to clone; safe to share between tasks.
#[derive(Clone, Debug)]
pub struct Provisioner {
    client: Client,
    account: Account,
    /// The ARN of whose credentials these are.
    caller: String,
    ceilings: Ceilings,
    reads: Reads,
}

impl Provisioner {
    /// A provisioner for this account. Makes one call, GetCallerIdentity.
    ///
    /// The configuration brings credentials, region, HTTP client and clock;
    /// with `aws-config` it is what `aws_config::load_defaults` returns.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongAccount`](crate::ErrorKind::WrongAccount) if the
    /// credentials belong to another account, or the failure of the call.
    pub async fn for_account(account: AccountId, config: &SdkConfig) -> Result<Self, Error> {
        let client = Client::new(config);
        let caller = client.caller().await?;
        let account = expect_account(&caller, &account)?;
        Ok(Self {
            client,
            account,
            caller: caller.arn,
            ceilings: Ceilings::default(),
            reads: Reads::ByCount,
        })
    }

    /// The most that any plan may give to anybody: a plan that gives more, after
    /// any of its steps, is refused when it is made and again before it is
    /// applied, with a request that shows it. What somebody had before is not
    /// given by a plan. Policies of AWS's are read for it. Where one decides that is
    /// not read, it is refused as well: the answer is proved or no. It is about what
    /// users and roles may do; who may assume a role is
    /// [`Provisioner::trust_ceiling`].
    ///
    /// ```no_run
    /// # use iam_dsl::policy;
    /// # use iam_provision::{Bundle, Provisioner};
    /// # async fn run(provisioner: Provisioner, bundle: Bundle) -> Result<(), iam_provision::Error> {
    /// let provisioner = provisioner.ceiling(policy! {
    ///     allow * on *;
    ///     deny iam:* on *;
    /// });
    /// let plan = provisioner.plan(&bundle).await?; // gives nobody anything of IAM
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn ceiling(mut self, policy: Policy) -> Self {
        self.ceilings.access = Some(Arc::new(policy));
        self
    }

    /// How plans read the account: by default in whichever way takes fewer calls.
    /// [`Reads::Targeted`] can be permitted narrowly ([`Plan::permissions`] says how).
    /// What a plan says does not depend on it, but for what [`Reads`] names.
    #[must_use]
    pub fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// The most that any plan may let in: a plan after any of whose steps a role
    /// lets in somebody whom neither its trust policy before the plan nor this one
    /// lets in is refused when it is made and again before it is applied, with a
    /// request that shows it.
    ///
    /// It covers roles that the plan makes, trust policies that it changes,
    /// service-linked roles, and providers that newly vouch for somebody: an
    /// audience, thumbprints, metadata, or the provider itself. These are within it
    /// where it lets in, by itself, whomever each role that trusts the provider lets
    /// in through it; what a provider vouches with, it does not say. What is not
    /// known is refused, such as whether other roles trust a provider where not
    /// [everything](crate::Reads::AccountWide) was read.
    ///
    /// It says nothing of what they may do then: that is
    /// [`Provisioner::ceiling`]. A trust policy that names an account leaves it to
    /// the account's policies who of it may assume the role; users, their
    /// credentials and the policies of other resources let in as well and are not
    /// covered.
    ///
    /// ```no_run
    /// # use iam_dsl::{TrustPolicy, policy};
    /// # use iam_provision::{Bundle, Provisioner};
    /// # async fn run(provisioner: Provisioner, bundle: Bundle) -> Result<(), Box<dyn std::error::Error>> {
    /// let ceiling: TrustPolicy = r#"{"Version": "2012-10-17", "Statement": {
    ///     "Effect": "Allow",
    ///     "Principal": { "AWS": "111122223333", "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"] },
    ///     "Action": ["sts:AssumeRole", "sts:TagSession"]
    /// }}"#.parse()?;
    /// let provisioner = provisioner.trust_ceiling(ceiling);
    /// let plan = provisioner.plan(&bundle).await?; // lets nobody of another account in
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn trust_ceiling(mut self, policy: TrustPolicy) -> Self {
        self.ceilings.trust = Some(Arc::new(policy));
        self
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account.id
    }

    /// Reads what concerns the bundle, but for what AWS's own policies say: a plan
    /// made of it with [`plan()`](crate::plan()) tells of those as not known where
    /// something hangs on them, and [`Provisioner::plan`] reads them.
    ///
    /// # Errors
    ///
    /// Any read that fails: what could not be read is never taken for absent.
    pub async fn observe(&self, bundle: &Bundle) -> Result<Observed, Error> {
        let target = Target::of(bundle, &self.account);
        read(
            &self.client,
            &self.account,
            &target,
            Scope::Plan(self.reads),
        )
        .await
    }

    /// What has to be done for the account to be as the bundle says. Reads
    /// only; a plan never writes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBundle`](crate::ErrorKind::InvalidBundle) before
    /// any call, with every problem;
    /// [`ErrorKind::NotOwned`](crate::ErrorKind::NotOwned) if something that
    /// is not the bundle's stands in the way;
    /// [`ErrorKind::QuotaExceeded`](crate::ErrorKind::QuotaExceeded) if it does
    /// not fit into the account's quotas;
    /// [`ErrorKind::OverCeiling`](crate::ErrorKind::OverCeiling) if it gives more
    /// than the [ceiling](Provisioner::ceiling), or lets in more than the
    /// [one for trust](Provisioner::trust_ceiling); or the failure of a read.
    pub async fn plan(&self, bundle: &Bundle) -> Result<Plan, Error> {
        plan::check(bundle)?;
        let mut observed = self.observe(bundle).await?;
        let mut plan = plan::plan(bundle, &observed)?;
        if observed.is_narrow_by_count() && !plan.is_empty() && concerns_others(bundle, &observed) {
            let target = Target::of(bundle, &self.account);
            let scope = Scope::Wider(&observed);
            observed = read(&self.client, &self.account, &target, scope).await?;
            plan = plan::plan(bundle, &observed)?;
        }
        let unread = plan::unread::hangs_on(&plan, &self.ceilings);
        if !unread.is_empty() {
            read_aws(&self.client, &mut observed, unread).await?;
            plan = plan::plan(bundle, &observed)?;
        }
        self.ceilings.check(&plan)?;
        Ok(plan)
    }

    /// A plan that deletes everything the bundle owns, in a safe order, with
    /// what others added to it, and gives back the account password policy
    /// that was there before the bundle's first apply.
    ///
    /// It is the plan of a bundle of the same name that holds nothing. What
    /// this one declares and that [ledger](crate::ledger) no longer claims is
    /// left alone and told in a note.
    ///
    /// # Errors
    ///
    /// As [`Provisioner::plan`].
    pub async fn destroy(&self, bundle: &Bundle) -> Result<Plan, Error> {
        let mut nothing = Bundle::new(bundle.name());
        nothing.destroys = Some(Box::new(bundle.clone()));
        self.plan(&nothing).await
    }

    /// Applies a plan, step by step.
    ///
    /// Can be repeated: if it ends early, for whatever reason, a new plan
    /// holds what is left to do.
    ///
    /// # Errors
    ///
    /// Before the first write: [`ErrorKind::WrongAccount`](crate::ErrorKind::WrongAccount),
    /// [`ErrorKind::MissingSecretSink`](crate::ErrorKind::MissingSecretSink),
    /// [`ErrorKind::OverCeiling`](crate::ErrorKind::OverCeiling),
    /// [`ErrorKind::UnsafeOrder`](crate::ErrorKind::UnsafeOrder) and
    /// [`ErrorKind::LockOut`](crate::ErrorKind::LockOut) without a yes by name, or
    /// [`ErrorKind::StalePlan`](crate::ErrorKind::StalePlan). After it, the
    /// failure of a step. [`Error::outcome`] says what was done.
    pub async fn apply(&self, plan: &Plan, options: ApplyOptions) -> Result<Outcome, Error> {
        if plan.account() != &self.account.id {
            return Err(Error::new(
                crate::ErrorKind::WrongAccount,
                format!(
                    "the plan is for account {}, this provisioner for {}; plan again here",
                    plan.account(),
                    self.account.id
                ),
            ));
        }
        self.ceilings.check(plan)?;
        let outcome = apply::apply(&self.client, plan, &options, &self.caller).await?;
        if options.reads_back() && !outcome.is_unchanged() {
            self.read_back(plan, &outcome).await?;
        }
        Ok(outcome)
    }

    /// Whether everything is as the plan left it, once the reads show it.
    async fn read_back(&self, plan: &Plan, outcome: &Outcome) -> Result<(), Error> {
        let (mut waited, mut pause) = (Duration::ZERO, Duration::from_secs(1));
        loop {
            let left = match self.plan(&plan.bundle).await {
                Ok(again) if again.is_empty() => return Ok(()),
                Ok(again) => again,
                Err(error) => return Err(error.with_outcome(outcome.clone())),
            };
            if waited >= READ_BACK {
                let steps: Vec<String> = left.steps().iter().map(ToString::to_string).collect();
                let message = format!(
                    "all steps of the bundle `{}` are done, and {} s later something is not as they left it: {}; \
                     somebody else is writing: plan again",
                    plan.bundle(),
                    waited.as_secs(),
                    steps.join(", ")
                );
                return Err(Error::new(ErrorKind::Conflict, message).with_outcome(outcome.clone()));
            }
            self.client.sleep(pause).await;
            waited += pause;
            pause *= 2;
        }
    }

    /// Brings a bundle about, for a service that starts.
    ///
    /// Reads exactly what the bundle names, with no account-wide call, so that
    /// it can be [permitted narrowly](Provisioner::ensure_permissions). Only
    /// adds: entities, attachments, memberships and inline policies that are
    /// not declared stay, as does what only a new plan would delete. What the
    /// bundle declares is brought to what it says, documents included; give
    /// it a [generation](Bundle::generation), so that replicas of an older
    /// release do not undo a newer one. May be called by any number of
    /// replicas at once. Ends within 60 seconds; [`Provisioner::ensure_with`]
    /// takes other options.
    ///
    /// The [ceiling](Provisioner::ceiling) and the one for
    /// [trust](Provisioner::trust_ceiling) hold, and steps that have no order that
    /// is proved safe are refused, as are steps that may lock out the caller: a deny, a
    /// boundary or a trust policy on the caller that may keep it from what is left to do
    /// or from taking it back. Who else may assume the caller's role is not read.
    ///
    /// A service that may write IAM can give itself more. Where that matters,
    /// let a deploy job apply the bundle and let the service only
    /// [`verify`](Provisioner::verify) it; where it does not, set a
    /// permissions boundary and allow creating roles with that boundary alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBundle`](crate::ErrorKind::InvalidBundle) also for
    /// what no service brings about at its start: credentials, the account's
    /// password policy and alias, identity providers;
    /// [`ErrorKind::DeadlineExceeded`](crate::ErrorKind::DeadlineExceeded); and
    /// as [`Provisioner::plan`] and [`Provisioner::apply`].
    pub async fn ensure(&self, bundle: &Bundle) -> Result<Ensured, Error> {
        self.ensure_with(bundle, EnsureOptions::new()).await
    }

    /// [`Provisioner::ensure`] with another deadline, or with probes.
    ///
    /// # Errors
    ///
    /// As [`Provisioner::ensure`].
    pub async fn ensure_with(
        &self,
        bundle: &Bundle,
        options: EnsureOptions,
    ) -> Result<Ensured, Error> {
        Ensurer::new(&self.client, &self.account, &self.caller, bundle)?
            .ceilings(&self.ceilings)
            .ensure(&options)
            .await
    }

    /// Whether everything is as an [`ensure`](Provisioner::ensure) would leave
    /// it, for services whose bundle a deploy job applies. Makes the same
    /// reads, and no other call.
    ///
    /// # Errors
    ///
    /// As [`Provisioner::ensure`], but for the deadline.
    pub async fn verify(&self, bundle: &Bundle) -> Result<Verified, Error> {
        Ensurer::new(&self.client, &self.account, &self.caller, bundle)?
            .ceilings(&self.ceilings)
            .verify()
            .await
    }

    /// The least-privilege policy for [`ensure`](Provisioner::ensure): reads of
    /// what the bundle names and the calls that add to it. Assuming roles in
    /// probes is not part of it. It depends on nothing but the bundle; no call
    /// is made. Where plans keep an index of users and roles in the bundle's
    /// [ledger](crate::ledger), an ensure that makes a new one writes it there
    /// first, which this does not cover for a bundle of users and roles alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBundle`](crate::ErrorKind::InvalidBundle).
    pub fn ensure_permissions(&self, bundle: &Bundle) -> Result<iam_dsl::Policy, Error> {
        Ensurer::new(&self.client, &self.account, &self.caller, bundle)?.permissions()
    }

    /// What the account says about its root user. Makes one call,
    /// GetAccountSummary.
    ///
    /// # Errors
    ///
    /// The failure of the call, or an answer that does not tell.
    pub async fn root_user(&self) -> Result<RootUser, Error> {
        let summary = self.client.account_summary().await?;
        RootUser::of(&summary).ok_or_else(|| {
            Error::new(
                crate::ErrorKind::Service,
                "GetAccountSummary answered without the root user's AccountAccessKeysPresent and AccountMFAEnabled",
            )
        })
    }
}

/// Whether a change of the bundle asks for what is elsewhere in the account: other
/// administrators, where it has one, and roles that trust its identity providers.
fn concerns_others(bundle: &Bundle, observed: &Observed) -> bool {
    let target = Target::of(bundle, &observed.state.account);
    !target.state.providers.is_empty()
        || !observed.state.providers.is_empty()
        || !plan::administrators::of(&observed.state).is_empty()
}
