//! The update of a managed policy in two steps: the version that waits, the
//! switch to it, the probe, and the way back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::options::ApplyOptions;
use super::probe::{self, SwitchedVersion};
use super::retry::Retrier;
use crate::error::{Error, ErrorKind};
use crate::plan::Plan;
use crate::plan::operation::Operation;

/// The versions that this apply has made and not switched to yet.
#[derive(Default)]
pub(super) struct Versions {
    /// By the ARN of the policy.
    staged: Mutex<BTreeMap<String, String>>,
    /// Of which policies the version that was made is deleted again.
    undone: Mutex<BTreeSet<String>>,
}

impl Versions {
    /// Makes a version that waits, and keeps its id.
    pub(super) async fn stage(
        &self,
        retrier: &Retrier,
        operation: &Operation,
    ) -> Result<(), Error> {
        let Operation::StageVersion { arn, document, .. } = operation else {
            return Ok(());
        };
        let client = retrier.client();
        let call = || client.stage_version(arn, document);
        if let Some(version) = retrier.repeat(operation, None, call).await? {
            let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
            staged.insert(arn.clone(), version);
        }
        Ok(())
    }

    /// Switches to the waiting version and, where a probe is named, back again
    /// if that fails.
    pub(super) async fn switch(
        &self,
        plan: &Plan,
        options: &ApplyOptions,
        retrier: &Retrier,
        operation: &Operation,
    ) -> Result<(), Error> {
        let Operation::SwitchVersion {
            name,
            arn,
            version,
            from,
            ..
        } = operation
        else {
            return Ok(());
        };
        let version = match version {
            Some(version) => version.clone(),
            None => self.staged(name, arn)?,
        };
        self.set_default(retrier, operation, &version).await?;
        let Some(probe) = &options.probe else {
            return Ok(());
        };
        let switched = SwitchedVersion {
            account: plan.account().clone(),
            policy: name.clone(),
            arn: arn.clone(),
            version: version.clone(),
            former: from.clone(),
        };
        if !options.settling().is_zero() {
            retrier.client().sleep(options.settling()).await;
        }
        let Err(reason) =
            probe::until_it_passes(retrier.client(), probe, &switched, options.probing()).await
        else {
            return Ok(());
        };
        let failed = format!("the probe of version {version} failed: {reason}");
        if let Err(error) = self.set_default(retrier, operation, from).await {
            let message = format!(
                "{failed}; and switching back to version {from} failed as well ({error}), so version {version} is still \
                 the default one; set {from} with SetDefaultPolicyVersion"
            );
            return Err(Error::new(ErrorKind::ProbeFailed, message).caused_by(error));
        }
        let delete = Operation::DeletePolicyVersion {
            name: name.clone(),
            arn: arn.clone(),
            version: version.clone(),
        };
        let rest = match retrier.execute(&delete, None).await {
            Ok(()) => {
                let mut undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
                undone.insert(arn.clone());
                format!("and version {version} is deleted")
            }
            Err(error) => format!(
                "but version {version} could not be deleted ({error}): it gives nothing, and the next plan switches to it \
                 or deletes it"
            ),
        };
        Err(Error::new(
            ErrorKind::ProbeFailed,
            format!("{failed}; version {from} is the default one again, {rest}"),
        ))
    }

    async fn set_default(
        &self,
        retrier: &Retrier,
        operation: &Operation,
        version: &str,
    ) -> Result<(), Error> {
        let Operation::SwitchVersion { arn, .. } = operation else {
            return Ok(());
        };
        let call = || retrier.client().switch_version(arn, version);
        retrier.repeat(operation, None, call).await.map(drop)
    }

    fn staged(&self, name: &str, arn: &str) -> Result<String, Error> {
        let staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        staged.get(arn).cloned().ok_or_else(|| {
            Error::new(
                ErrorKind::StalePlan,
                format!("no version of managed policy {name} was made in this apply; plan again"),
            )
        })
    }

    /// Whether what a step made was deleted again because a probe failed.
    pub(super) fn is_undone(&self, operation: &Operation) -> bool {
        let Operation::StageVersion { arn, .. } = operation else {
            return false;
        };
        let undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
        undone.contains(arn)
    }
}
