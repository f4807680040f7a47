//! Everything that a role's sessions are decided by.

use super::Client;
use super::failure::Failure;
use crate::document::PolicyText;

/// The policies of a role, each with its name or ARN.
pub(crate) struct RolePolicies {
    pub(crate) identity: Vec<(String, PolicyText)>,
    pub(crate) boundary: Option<(String, PolicyText)>,
}

impl Client {
    pub(crate) async fn role_policies(&self, role: &str) -> Result<RolePolicies, Failure> {
        let answer = self
            .iam
            .get_role()
            .role_name(role)
            .send()
            .await
            .map_err(|error| Failure::new("GetRole", &self.endpoint, &error))?;
        let boundary = answer
            .role()
            .and_then(|role| role.permissions_boundary())
            .and_then(|boundary| boundary.permissions_boundary_arn())
            .map(str::to_owned);
        let mut identity = Vec::new();
        let mut names = self
            .iam
            .list_role_policies()
            .role_name(role)
            .into_paginator()
            .items()
            .send();
        while let Some(name) = names.next().await {
            let name =
                name.map_err(|error| Failure::new("ListRolePolicies", &self.endpoint, &error))?;
            if let Some(policy) = self.role_policy(role, &name).await? {
                identity.push((name, policy));
            }
        }
        let mut attached = self
            .iam
            .list_attached_role_policies()
            .role_name(role)
            .into_paginator()
            .items()
            .send();
        while let Some(policy) = attached.next().await {
            let policy = policy.map_err(|error| {
                Failure::new("ListAttachedRolePolicies", &self.endpoint, &error)
            })?;
            if let Some(arn) = policy.policy_arn() {
                identity.push((arn.to_owned(), self.managed_policy(arn).await?));
            }
        }
        let boundary = match boundary {
            Some(arn) => {
                let policy = self.managed_policy(&arn).await?;
                Some((arn, policy))
            }
            None => None,
        };
        Ok(RolePolicies { identity, boundary })
    }

    /// The default version of a managed policy.
    pub(crate) async fn managed_policy(&self, arn: &str) -> Result<PolicyText, Failure> {
        const CALL: &str = "GetPolicyVersion";
        let policy = self
            .iam
            .get_policy()
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| Failure::new("GetPolicy", &self.endpoint, &error))?;
        let version = policy
            .policy()
            .and_then(|policy| policy.default_version_id())
            .ok_or_else(|| Failure::incomplete("GetPolicy", "DefaultVersionId"))?;
        let answer = self
            .iam
            .get_policy_version()
            .policy_arn(arn)
            .version_id(version)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let document = answer
            .policy_version()
            .and_then(|version| version.document())
            .ok_or_else(|| Failure::incomplete(CALL, "Document"))?;
        Ok(PolicyText::from_wire(document))
    }
}
