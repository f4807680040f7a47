//! One bundle in many accounts: each through a role assumed there, in stages,
//! until too many have failed.

mod report;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_types::SdkConfig;
use futures_util::stream::{self, StreamExt};
use iam_dsl::AccountId;

pub use report::{AccountReport, AccountStatus, FleetReport};

use crate::apply::ApplyOptions;
use crate::desired::Bundle;
use crate::error::Error;
use crate::observed::Reads;
use crate::plan;
use crate::provisioner::Provisioner;
use crate::session::{Session, SessionRequest, Sessions};

/// How many accounts are worked on at the same time unless told otherwise.
/// Each has quotas and throttling of its own; what is shared is STS.
const AT_A_TIME: usize = 10;

type Customize = Arc<dyn Fn(SessionRequest) -> SessionRequest + Send + Sync>;
type Callback = Arc<dyn Fn(&AccountReport) + Send + Sync>;

/// Many accounts, and how they are entered.
///
/// A run goes in three stages: one account, then a tenth of all, then the
/// rest. A stage begins when the one before it has ended. As soon as more
/// accounts have failed than [`Fleet::stop_after`] bears, no other begins; where
/// the first one fails, none does in any case: so a bundle that is wrong is
/// wrong in one account. The first account named is the first to be changed.
///
/// ```no_run
/// use iam_dsl::AccountId;
/// use iam_provision::{ApplyOptions, Bundle, Fleet};
///
/// # async fn run(sdk_config: aws_types::SdkConfig, bundle: Bundle, accounts: Vec<AccountId>) -> Result<(), Box<dyn std::error::Error>> {
/// let fleet = Fleet::new(&sdk_config, "platform/deployer").accounts(accounts);
/// let plans = fleet.plan(|_| bundle.clone()).await?; // a dry run: reads only
/// print!("{plans}");
/// let report = fleet.apply(|_| bundle.clone(), ApplyOptions::new()).await?;
/// println!("{}", report.to_json());
/// std::process::exit(report.exit_code().into());
/// # }
/// ```
#[derive(Clone)]
pub struct Fleet {
    config: SdkConfig,
    partition: String,
    role: String,
    accounts: Vec<AccountId>,
    at_a_time: usize,
    most_failures: usize,
    customize: Option<Customize>,
    progress: Option<Callback>,
    reads: Reads,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("role", &self.role)
            .field("accounts", &self.accounts.len())
            .field("at_a_time", &self.at_a_time)
            .field("stop_after", &self.most_failures)
            .finish_non_exhaustive()
    }
}

impl Fleet {
    /// Accounts that are entered by assuming this role in each of them: a
    /// name, with a path such as `platform/deployer` where the role has one.
    /// The configuration's credentials assume it.
    pub fn new(config: &SdkConfig, role: impl Into<String>) -> Self {
        Self {
            config: config.clone(),
            partition: "aws".to_owned(),
            role: role.into(),
            accounts: Vec::new(),
            at_a_time: AT_A_TIME,
            most_failures: 0,
            customize: None,
            progress: None,
            reads: Reads::ByCount,
        }
    }

    /// Adds accounts, in the order in which they are worked on. One that is
    /// named twice counts once.
    #[must_use]
    pub fn accounts(mut self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        let mut named: BTreeSet<AccountId> = self.accounts.iter().cloned().collect();
        let new = accounts.into_iter().filter(|id| named.insert(id.clone()));
        self.accounts.extend(new);
        self
    }

    /// The partition of the accounts, such as `aws-cn`; `aws` unless told.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = partition.into();
        self
    }

    /// How many accounts are worked on at the same time; 10 unless told
    /// otherwise, and 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, accounts: usize) -> Self {
        self.at_a_time = accounts.max(1);
        self
    }

    /// How plans read each account, as [`Provisioner::reads`].
    #[must_use]
    pub fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// How many accounts may fail before no other begins; none unless told.
    /// Those under way are finished. The first account's failure always stops
    /// the run.
    #[must_use]
    pub fn stop_after(mut self, failures: usize) -> Self {
        self.most_failures = failures;
        self
    }

    /// Changes how the role is assumed: an external id, a session's name or
    /// tags, a chain.
    #[must_use]
    pub fn session(
        mut self,
        customize: impl Fn(SessionRequest) -> SessionRequest + Send + Sync + 'static,
    ) -> Self {
        self.customize = Some(Arc::new(customize));
        self
    }

    /// Who is told of each account when it has ended.
    #[must_use]
    pub fn progress(mut self, callback: impl Fn(&AccountReport) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// A dry run: what an apply would do in each account. Reads only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidBundle`](crate::ErrorKind::InvalidBundle) before any
    /// call, or a session that STS would refuse. What fails in one account is
    /// in the report.
    pub async fn plan(&self, bundle: impl Fn(&AccountId) -> Bundle) -> Result<FleetReport, Error> {
        self.run(&bundle, None).await
    }

    /// Plans and applies the bundle in each account. It is asked for by
    /// account, so that it may differ.
    ///
    /// The options hold for every account; a sink of secrets is told the
    /// account by each [`Secret`](crate::Secret). Cancelling them lets no
    /// other account begin.
    ///
    /// # Errors
    ///
    /// As [`Fleet::plan`].
    pub async fn apply(
        &self,
        bundle: impl Fn(&AccountId) -> Bundle,
        options: ApplyOptions,
    ) -> Result<FleetReport, Error> {
        self.run(&bundle, Some(options)).await
    }

    async fn run(
        &self,
        bundle: &impl Fn(&AccountId) -> Bundle,
        options: Option<ApplyOptions>,
    ) -> Result<FleetReport, Error> {
        // Everything that can be refused is refused before the first call.
        let sessions = Sessions::new(&self.config);
        let mut work = Vec::with_capacity(self.accounts.len());
        for account in &self.accounts {
            let bundle = bundle(account);
            plan::check(&bundle)?;
            let session = sessions.open(self.request(account))?;
            work.push(Work {
                account: account.clone(),
                bundle,
                config: session.sdk_config(&self.config),
                session,
                reads: self.reads,
            });
        }
        let mut report = FleetReport::new(options.is_none(), self.most_failures);
        let failed = AtomicUsize::new(0);
        let mut work = work.into_iter();
        for (stage, size) in (1..).zip(stages(self.accounts.len())) {
            let batch: Vec<Work> = work.by_ref().take(size).collect();
            let mut ended = stream::iter(batch)
                .map(|work| self.one(work, stage, options.clone(), &failed))
                .buffer_unordered(self.at_a_time);
            while let Some(account) = ended.next().await {
                if let Some(progress) = &self.progress {
                    progress(&account);
                }
                report.add(account);
            }
            drop(ended);
            if stage == 1 && report.failures().next().is_some() {
                // More than any number that may fail.
                failed.store(usize::MAX, Ordering::SeqCst);
            }
        }
        report.sort(&self.accounts);
        Ok(report)
    }

    fn request(&self, account: &AccountId) -> SessionRequest {
        let arn = format!("arn:{}:iam::{account}:role/{}", self.partition, self.role);
        let request = Session::assume(&arn);
        match &self.customize {
            Some(customize) => customize(request),
            None => request,
        }
    }

    /// One account, if the run is not to stop before it.
    async fn one(
        &self,
        work: Work,
        stage: usize,
        options: Option<ApplyOptions>,
        failed: &AtomicUsize,
    ) -> AccountReport {
        let account = work.account.clone();
        let cancelled = options.as_ref().is_some_and(ApplyOptions::is_cancelled);
        let status = if cancelled || failed.load(Ordering::SeqCst) > self.most_failures {
            AccountStatus::NotBegun
        } else {
            work.status(options).await.unwrap_or_else(|error| {
                failed.fetch_add(1, Ordering::SeqCst);
                AccountStatus::Failed(error)
            })
        };
        AccountReport {
            account,
            stage,
            status,
        }
    }
}

/// What is to be done in one account.
struct Work {
    account: AccountId,
    bundle: Bundle,
    config: SdkConfig,
    session: Session,
    reads: Reads,
}

impl Work {
    async fn status(self, options: Option<ApplyOptions>) -> Result<AccountStatus, Error> {
        // Why the role cannot be assumed is told by the session, not by the SDK
        // that only finds itself without credentials.
        self.session.credentials().await?;
        let provisioner = Provisioner::for_account(self.account, &self.config).await?;
        let provisioner = provisioner.reads(self.reads);
        let plan = provisioner.plan(&self.bundle).await?;
        let Some(options) = options else {
            return Ok(AccountStatus::Planned(Box::new(plan)));
        };
        if plan.is_empty() {
            return Ok(AccountStatus::Unchanged);
        }
        let outcome = provisioner.apply(&plan, options).await?;
        Ok(AccountStatus::Applied(outcome))
    }
}

/// How many accounts each stage has: one, a tenth, the rest.
fn stages(accounts: usize) -> Vec<usize> {
    let mut left = accounts;
    let tenth = NonZeroUsize::new(accounts.div_ceil(10)).map_or(1, NonZeroUsize::get);
    [1, tenth, usize::MAX]
        .into_iter()
        .map(|size| {
            let size = size.min(left);
            left -= size;
            size
        })
        .filter(|size| *size > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::stages;

    #[test]
    fn one_then_a_tenth_then_all() {
        assert_eq!(stages(500), [1, 50, 449]);
        assert_eq!(stages(11), [1, 2, 8]);
        assert_eq!(stages(2), [1, 1]);
        assert_eq!(stages(1), [1]);
        assert!(stages(0).is_empty());
    }
}
