//! Policies on one type of resource.
//!
//! Source: Access Analyzer's checks UNSUPPORTED_ACTION_IN_POLICY,
//! UNSUPPORTED_RESOURCE_ARN_IN_POLICY, IRRELEVANT_CONDITION_KEY_IN_POLICY and
//! POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA, and the quota pages of the services.

use super::{Rules, item};
use crate::arn::ArnFields;
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{ActionPattern, Document, Statement, StatementElement};
use crate::pointer::Place;

/// A type of resource that has policies, by its CloudFormation name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ResourceKind {
    /// `AWS::S3::Bucket`
    S3Bucket,
    /// `AWS::S3::AccessPoint`
    S3AccessPoint,
    /// `AWS::S3::MultiRegionAccessPoint`
    S3MultiRegionAccessPoint,
    /// `AWS::S3ObjectLambda::AccessPoint`
    S3ObjectLambdaAccessPoint,
    /// `AWS::DynamoDB::Table`
    DynamodbTable,
    /// `AWS::KMS::Key`
    KmsKey,
    /// `AWS::SQS::Queue`
    SqsQueue,
    /// `AWS::SNS::Topic`
    SnsTopic,
    /// `AWS::SecretsManager::Secret`
    Secret,
    /// `AWS::Lambda::Function`
    LambdaFunction,
}

/// What is known of a type: its name, the services whose actions its policies
/// hold, those whose ARNs, and the length of its policies in bytes.
struct Facts {
    kind: ResourceKind,
    name: &'static str,
    actions: &'static [&'static str],
    arns: &'static [&'static str],
    quota: usize,
}

/// Types and quotas, 2026-11-22:
/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>
/// (`validatePolicyResourceType`);
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html> (20 KB),
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html> (20 KB),
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html> (20 KB),
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html> (32 KB),
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html> (8,192 bytes),
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html> (30,720 characters),
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html> (20,480 characters),
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html> (20 KB).
const FACTS: [Facts; 10] = {
    const S3: &[&str] = &["s3"];
    const fn facts(
        kind: ResourceKind,
        name: &'static str,
        services: &'static [&'static str],
        quota: usize,
    ) -> Facts {
        Facts {
            kind,
            name,
            actions: services,
            arns: services,
            quota,
        }
    }
    [
        facts(ResourceKind::S3Bucket, "AWS::S3::Bucket", S3, 20_480),
        facts(
            ResourceKind::S3AccessPoint,
            "AWS::S3::AccessPoint",
            S3,
            20_480,
        ),
        facts(
            ResourceKind::S3MultiRegionAccessPoint,
            "AWS::S3::MultiRegionAccessPoint",
            S3,
            20_480,
        ),
        facts(
            ResourceKind::S3ObjectLambdaAccessPoint,
            "AWS::S3ObjectLambda::AccessPoint",
            &["s3-object-lambda"],
            20_480,
        ),
        facts(
            ResourceKind::DynamodbTable,
            "AWS::DynamoDB::Table",
            &["dynamodb"],
            20_480,
        ),
        facts(ResourceKind::KmsKey, "AWS::KMS::Key", &["kms"], 32_768),
        facts(ResourceKind::SqsQueue, "AWS::SQS::Queue", &["sqs"], 8_192),
        facts(ResourceKind::SnsTopic, "AWS::SNS::Topic", &["sns"], 30_720),
        facts(
            ResourceKind::Secret,
            "AWS::SecretsManager::Secret",
            &["secretsmanager"],
            20_480,
        ),
        facts(
            ResourceKind::LambdaFunction,
            "AWS::Lambda::Function",
            &["lambda"],
            20_480,
        ),
    ]
};

impl ResourceKind {
    /// Every type.
    pub const ALL: [ResourceKind; 10] = [
        ResourceKind::S3Bucket,
        ResourceKind::S3AccessPoint,
        ResourceKind::S3MultiRegionAccessPoint,
        ResourceKind::S3ObjectLambdaAccessPoint,
        ResourceKind::DynamodbTable,
        ResourceKind::KmsKey,
        ResourceKind::SqsQueue,
        ResourceKind::SnsTopic,
        ResourceKind::Secret,
        ResourceKind::LambdaFunction,
    ];

    fn facts(self) -> Option<&'static Facts> {
        FACTS.iter().find(|facts| facts.kind == self)
    }

    /// The CloudFormation name, such as `AWS::S3::Bucket`.
    pub fn as_str(self) -> &'static str {
        self.facts().map_or("", |facts| facts.name)
    }

    /// The type of a CloudFormation name, such as `AWS::S3::Bucket`.
    pub fn of_name(name: &str) -> Option<Self> {
        FACTS
            .iter()
            .find(|facts| facts.name == name)
            .map(|facts| facts.kind)
    }
}

impl std::fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Rules {
    /// What a policy on a resource of a known type cannot hold.
    pub(super) fn attached(&mut self, statement: &Statement, place: Place<'_>) {
        if self.kind != PolicyKind::Resource {
            return;
        }
        self.irrelevant_keys(statement, place);
        let Some(facts) = self.resource_kind.and_then(ResourceKind::facts) else {
            return;
        };
        for element in statement.elements() {
            let list = place.key(element.key());
            match element {
                StatementElement::Action(actions) => {
                    for (index, action) in actions.iter().enumerate() {
                        if holds(facts.actions, action) {
                            continue;
                        }
                        let at = item(statement, element.key(), &list, index);
                        self.report(
                            Code::UnsupportedActionInPolicy,
                            at,
                            format!("`{action}` is no action on {}", facts.name),
                        )
                        .help(format!("name actions of {}", facts.actions.join(" or ")));
                    }
                }
                StatementElement::Resource(resources) => {
                    for (index, resource) in resources.iter().enumerate() {
                        let Some(fields) = ArnFields::split(resource.as_str()) else {
                            continue;
                        };
                        if fields.service.contains('*') || facts.arns.contains(&fields.service) {
                            continue;
                        }
                        let at = item(statement, element.key(), &list, index);
                        self.report(
                            Code::UnsupportedResourceArnInPolicy,
                            at,
                            format!("`{resource}` is no resource of {}", facts.name),
                        )
                        .help(format!("name an ARN of {}", facts.arns.join(" or ")));
                    }
                }
                _ => {}
            }
        }
    }

    /// `s3:ResourceAccount` on a bucket that has one account anyway.
    fn irrelevant_keys(&mut self, statement: &Statement, place: Place<'_>) {
        let s3 = match self.resource_kind {
            Some(kind) => matches!(kind, ResourceKind::S3Bucket | ResourceKind::S3AccessPoint),
            None => {
                !statement.actions().is_empty()
                    && statement.actions().iter().all(|action| {
                        action
                            .service()
                            .is_some_and(|s| s.eq_ignore_ascii_case("s3"))
                    })
            }
        };
        if !s3 {
            return;
        }
        let condition = place.key("Condition");
        for (operator, entry) in statement.conditions().into_iter().flat_map(|c| c.iter()) {
            if entry.key.eq_ignore_ascii_case("s3:ResourceAccount") {
                let name = operator.to_string();
                let block = condition.key(&name);
                self.report(
                    Code::IrrelevantConditionKey,
                    block.key(&entry.key),
                    format!(
                        "`{}` is the account of the bucket that has this policy",
                        entry.key
                    ),
                )
                .help("use it in an identity policy");
            }
        }
    }

    /// The length that policies on this resource may have, where that is known:
    /// from the type, or from the one service that all actions are of.
    pub(super) fn resource_quota(&self, document: &Document) -> Option<usize> {
        if let Some(facts) = self.resource_kind.and_then(ResourceKind::facts) {
            return Some(facts.quota);
        }
        let statements = document.statements();
        let mut actions = statements.iter().flat_map(|s| s.actions());
        let service = actions.next()?.service()?;
        let same = |action: &ActionPattern| {
            action
                .service()
                .is_some_and(|other| other.eq_ignore_ascii_case(service))
        };
        let facts = FACTS.iter().find(|facts| {
            facts
                .actions
                .iter()
                .any(|s| s.eq_ignore_ascii_case(service))
        })?;
        actions.all(same).then_some(facts.quota)
    }
}

/// Whether an action is of one of the services, or may be.
fn holds(services: &[&str], action: &ActionPattern) -> bool {
    match action.service() {
        None => true,
        Some(service) => {
            service.contains('*') || services.iter().any(|s| s.eq_ignore_ascii_case(service))
        }
    }
}
