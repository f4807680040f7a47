//! Versions of managed policies that are made first and switched to later.

use aws_sdk_iam::types::PolicyVersion;

use super::Client;
use super::failure::Failure;
use crate::document::PolicyText;
use crate::state::{VersionState, version_number};

impl Client {
    /// Makes a version that is not the default one, and tells its id.
    pub(crate) async fn stage_version(
        &self,
        arn: &str,
        document: &PolicyText,
    ) -> Result<String, Failure> {
        const CALL: &str = "CreatePolicyVersion";
        let call = self
            .iam
            .create_policy_version()
            .policy_arn(arn)
            .policy_document(document.json())
            .set_as_default(false);
        let answer = call
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let version = answer.policy_version().and_then(PolicyVersion::version_id);
        version
            .map(str::to_owned)
            .ok_or_else(|| Failure::incomplete(CALL, "VersionId"))
    }

    /// Makes an existing version the default one.
    pub(crate) async fn switch_version(&self, arn: &str, version: &str) -> Result<(), Failure> {
        let call = self
            .iam
            .set_default_policy_version()
            .policy_arn(arn)
            .version_id(version);
        let answer = call.send().await;
        answer
            .map(|_| ())
            .map_err(|error| Failure::new("SetDefaultPolicyVersion", &self.endpoint, &error))
    }
}

/// One version; `in_force` is the number of the default one.
pub(super) fn read_version(version: &PolicyVersion, in_force: u32) -> VersionState {
    let id = version.version_id().unwrap_or_default();
    // GetAccountAuthorizationDetails gives the documents of all; only what is newer may wait.
    let document = version
        .document()
        .filter(|_| version_number(id) > in_force)
        .map(PolicyText::from_wire);
    VersionState {
        id: id.to_owned(),
        is_default: version.is_default_version(),
        document,
    }
}
