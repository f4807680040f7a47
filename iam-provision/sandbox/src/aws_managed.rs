//! AWS's own managed policies, `arn:aws:iam::aws:policy/…`.
//!
//! Only documents that are known word for word are built in; the rest can be
//! loaded from a corpus that the user names.

use std::sync::LazyLock;

use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::state::entities::Entities;
use crate::state::policy::ManagedPolicy;
use crate::state::{Label, PolicyText};

const PREFIX: &str = "arn:aws:iam::aws:policy";

/// Path and name, number of the default version, document: facts that AWS
/// publishes in the "AWS Managed Policy Reference Guide" (state of March 2026).
const BUILT_IN: &[(&str, u32, &str)] = &[
    (
        "/AdministratorAccess",
        1,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "/AWSDenyAll",
        2,
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}]}"#,
    ),
    (
        "/PowerUserAccess",
        12,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    ),
    (
        "/AmazonS3FullAccess",
        2,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}"#,
    ),
    (
        "/AmazonS3ReadOnlyAccess",
        3,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}"#,
    ),
    (
        "/AmazonSSMManagedInstanceCore",
        2,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:DescribeAssociation","ssm:GetDeployablePatchSnapshotForInstance","ssm:GetDocument","ssm:DescribeDocument","ssm:GetManifest","ssm:GetParameter","ssm:GetParameters","ssm:ListAssociations","ssm:ListInstanceAssociations","ssm:PutInventory","ssm:PutComplianceItems","ssm:PutConfigurePackageResult","ssm:UpdateAssociationStatus","ssm:UpdateInstanceAssociationStatus","ssm:UpdateInstanceInformation"],"Resource":"*"},{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"},{"Effect":"Allow","Action":["ec2messages:AcknowledgeMessage","ec2messages:DeleteMessage","ec2messages:FailMessage","ec2messages:GetEndpoint","ec2messages:GetMessages","ec2messages:SendReply"],"Resource":"*"}]}"#,
    ),
    (
        "/IAMFullAccess",
        2,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "/IAMReadOnlyAccess",
        4,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "/IAMUserChangePassword",
        5,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:user/*/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "/service-role/AWSLambdaBasicExecutionRole",
        1,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
];

/// The policies that AWS owns, by ARN.
#[derive(Clone, Debug, Default)]
pub(crate) struct AwsManaged(Entities<String, ManagedPolicy>);

impl AwsManaged {
    /// The built-in set, read once for all sandboxes.
    pub(crate) fn built_in() -> AwsManaged {
        static READ: LazyLock<AwsManaged> = LazyLock::new(|| {
            let mut policies = AwsManaged::default();
            for (path_and_name, version, document) in BUILT_IN {
                // The documents are constants; a test loads every one.
                let _ = policies.add(&format!("{PREFIX}{path_and_name}"), *version, document);
            }
            policies
        });
        READ.clone()
    }

    /// Adds one policy, or replaces it. Of its versions only this one is kept.
    pub(crate) fn add(&mut self, arn: &str, version: u32, document: &str) -> Result<(), Refusal> {
        let path_and_name = arn
            .strip_prefix(PREFIX)
            .filter(|rest| rest.starts_with('/'))
            .ok_or_else(|| {
                Refusal::invalid_input(format!("ARN {arn} does not begin with {PREFIX}/"))
            })?;
        let (path, name) = path_and_name
            .rfind('/')
            .map(|slash| path_and_name.split_at(slash + 1))
            .unwrap_or(("/", path_and_name));
        crate::names::name("PolicyName", name, 128)?;
        crate::names::path("Path", path)?;
        let policy = PolicyText::of_aws(document)?;
        let label = Label {
            path: path.to_owned(),
            name: name.to_owned(),
            id: crate::ids::Ids::from_seed(seed_of(arn)).entity("ANPA"),
            created: Moment::from_seconds(1_423_168_861),
        };
        self.0.insert(
            arn.to_owned(),
            ManagedPolicy::at_version(version, label, None, policy),
        );
        Ok(())
    }

    /// The policy of that ARN.
    pub(crate) fn get(&self, arn: &str) -> Option<&ManagedPolicy> {
        self.0.get(arn)
    }

    /// All policies with their ARNs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &ManagedPolicy)> {
        self.0.iter().map(|(arn, policy)| (arn.as_str(), policy))
    }
}

/// An id that follows from the ARN, whatever was loaded before it (FNV-1a).
fn seed_of(arn: &str) -> u64 {
    arn.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_document_loads() {
        assert_eq!(AwsManaged::built_in().0.len(), BUILT_IN.len());
    }
}
