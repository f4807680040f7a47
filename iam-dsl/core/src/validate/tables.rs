//! Facts about AWS that are neither in the policy language nor in the catalogue,
//! each with the page that it was taken from and the day.

use ipnet::IpNet;

/// Regions by partition (AWS General Reference, "AWS service endpoints", and
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>;
/// the isolated ones as botocore's `partitions.json` lists them), 2026-11-22.
const REGIONS: [(&str, &[&str]); 8] = [
    (
        "aws",
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
    ("aws-iso", &["us-iso-east-1", "us-iso-west-1"]),
    ("aws-iso-b", &["us-isob-east-1", "us-isob-west-1"]),
    ("aws-iso-e", &["eu-isoe-west-1"]),
    ("aws-iso-f", &["us-isof-east-1", "us-isof-south-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
];

/// Whether AWS has a region of this name, in any partition or in this one.
pub(super) fn is_region(name: &str, partition: Option<&str>) -> bool {
    REGIONS
        .iter()
        .filter(|(known, _)| partition.is_none_or(|wanted| wanted == *known))
        .any(|(_, regions)| regions.contains(&name))
}

/// Every region, for suggestions.
pub(super) fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS
        .iter()
        .flat_map(|(_, regions)| regions.iter().copied())
}

/// Whether a partition is one whose regions are listed.
pub(super) fn has_regions(partition: &str) -> bool {
    REGIONS.iter().any(|(known, _)| *known == partition)
}

/// Keys whose values are names of regions
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion>;
/// Service Authorization Reference, Amazon EC2), 2026-11-22.
pub(super) const REGION_KEYS: [&str; 2] = ["aws:requestedregion", "ec2:region"];

/// Keys in whose values a wildcard has no valid use
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sensitive>),
/// 2026-11-22.
pub(super) const SENSITIVE_KEYS: [&str; 10] = [
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
];

/// Keys in whose values six letters must stand before a wildcard
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-wildcard-usage-too-permissive>
/// names the rule and not the keys: of the global keys that tell whose something
/// is, these are the ones whose values wildcards are made for), 2026-11-22.
pub(super) const PREFIXED_KEYS: [&str; 4] = [
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:vpceorgpaths",
];

/// Keys whose values the caller chooses
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-referer>
/// and `#condition-keys-useragent`), 2026-11-22.
pub(super) const FORGEABLE_KEYS: [&str; 2] = ["aws:referer", "aws:useragent"];

/// Keys that say little without one of others
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpcsourceip>
/// and `#condition-keys-ec2instancesourceprivateip4`: a private address is unique
/// within its VPC only), 2026-11-22.
pub(super) const PAIRED_KEYS: [(&str, &[&str]); 2] = [
    (
        "aws:vpcsourceip",
        &["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"],
    ),
    (
        "aws:ec2instancesourceprivateipv4",
        &["aws:Ec2InstanceSourceVpc"],
    ),
];

/// Services that send `aws:VpceAccount` and `aws:VpceOrgPaths`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpceaccount>),
/// 2026-11-22.
const VPCE_SERVICES: [&str; 39] = [
    "acm-pca",
    "applicationinsights",
    "apprunner",
    "athena",
    "cloudformation",
    "comprehendmedical",
    "compute-optimizer",
    "datasync",
    "discovery",
    "dynamodb",
    "ebs",
    "ecr",
    "ecs",
    "firehose",
    "gamelift",
    "healthlake",
    "iam",
    "iotfleetwise",
    "iotwireless",
    "kinesisanalytics",
    "kms",
    "lambda",
    "medical-imaging",
    "omics",
    "payment-cryptography",
    "polly",
    "rbin",
    "rekognition",
    "route53",
    "s3",
    "scheduler",
    "servicediscovery",
    "servicequotas",
    "shield",
    "ssm-contacts",
    "storagegateway",
    "textract",
    "transcribe",
    "transfer",
];

/// Services that send `aws:VpceOrgID` beside those
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-vpceorgid>),
/// 2026-11-22.
const VPCE_ORG_ID_SERVICES: [&str; 13] = [
    "b2bi",
    "cassandra",
    "cognito-identity",
    "dms",
    "ds-data",
    "identitystore",
    "iottwinmaker",
    "network-firewall",
    "pricing",
    "ses",
    "sms-voice",
    "sqs",
    "workmail",
];

/// The services that send a key which only some do; `None` for other keys.
pub(super) fn services_that_send(key: &str) -> Option<impl Fn(&str) -> bool> {
    let organization = key.eq_ignore_ascii_case("aws:VpceOrgID");
    let known = organization
        || key.eq_ignore_ascii_case("aws:VpceAccount")
        || key.eq_ignore_ascii_case("aws:VpceOrgPaths");
    known.then_some(move |service: &str| {
        let service = service.to_ascii_lowercase();
        VPCE_SERVICES.contains(&service.as_str())
            || (organization && VPCE_ORG_ID_SERVICES.contains(&service.as_str()))
    })
}

/// Ranges that no call to AWS comes from over the internet: RFC 1918, and RFC 4193
/// for IPv6
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip>:
/// "can only be used for public IP address ranges"), 2026-11-22.
const PRIVATE_RANGES: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/// Whether a range lies within a private one.
pub(super) fn is_private(range: &IpNet) -> bool {
    PRIVATE_RANGES
        .iter()
        .filter_map(|text| text.parse::<IpNet>().ok())
        .any(|private| private.contains(range))
}

/// Keys whose values are names of services
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>:
/// aws:CalledVia and its kin, aws:PrincipalServiceName;
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>),
/// 2026-11-22.
pub(super) const SERVICE_KEYS: [&str; 7] = [
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "iam:awsservicename",
    "iam:passedtoservice",
];

/// The key whose values are services with a region
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>),
/// 2026-11-22.
pub(super) const REGIONAL_SERVICE_KEY: &str = "kms:viaservice";

/// Keys whose values are ARNs of KMS keys (Service Authorization Reference, the
/// keys of these services that hold the ARN of a key;
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>),
/// 2026-11-22.
pub(super) const KMS_KEY_KEYS: [&str; 5] = [
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "sagemaker:homeefsfilesystemkmskey",
    "sagemaker:outputkmskey",
    "sagemaker:volumekmskey",
    "kms:replicaprimarykeyarn",
];

/// The audience claims of the identity providers that IAM knows: one value each
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>),
/// 2026-11-22.
pub(super) const AUDIENCES: [&str; 6] = [
    "accounts.google.com:aud",
    "cognito-identity.amazonaws.com:aud",
    "graph.facebook.com:app_id",
    "saml:aud",
    "token.actions.githubusercontent.com:aud",
    "www.amazon.com:app_id",
];

/// Actions that send a key of another action's call
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required>
/// and <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html#id_credentials_temp_control-access_monitor-perms>),
/// 2026-11-22: key, the action that must be there.
pub(super) const COMPANION_ACTIONS: [(&str, &str); 2] = [
    ("sts:transitivetagkeys", "sts:TagSession"),
    ("sts:sourceidentity", "sts:SetSourceIdentity"),
];

/// Providers whose tokens do not tell organizations apart by their issuer, with
/// the claim that does, as a condition key
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html>),
/// 2026-11-22.
pub(super) const SHARED_PROVIDERS: [(&str, &str); 15] = [
    ("agent.buildkite.com", "agent.buildkite.com:sub"),
    ("oidc.codefresh.io", "oidc.codefresh.io:sub"),
    ("studio.datachain.ai/api", "studio.datachain.ai/api:sub"),
    (
        "token.actions.githubusercontent.com",
        "token.actions.githubusercontent.com:sub",
    ),
    (
        "oidc-configuration.audit-log.githubusercontent.com",
        "oidc-configuration.audit-log.githubusercontent.com:sub",
    ),
    (
        "vstoken.actions.githubusercontent.com",
        "vstoken.actions.githubusercontent.com:sub",
    ),
    ("gitlab.com", "gitlab.com:sub"),
    ("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud"),
    ("sandboxes.cloud", "sandboxes.cloud:aud"),
    ("scalr.io", "scalr.io:sub"),
    ("tokens.cloud.shisho.dev", "tokens.cloud.shisho.dev:sub"),
    ("app.terraform.io", "app.terraform.io:sub"),
    ("proidc.upbound.io", "proidc.upbound.io:sub"),
    ("oidc.vercel.com", "oidc.vercel.com:aud"),
    (
        "cognito-identity.amazonaws.com",
        "cognito-identity.amazonaws.com:aud",
    ),
];

/// Keys about the principal of a call, which services' own calls lack
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties>),
/// 2026-11-22.
pub(super) const PRINCIPAL_KEYS: [&str; 7] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:userid",
    "aws:username",
];

/// Keys about the resource on whose behalf a service calls
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount>
/// and those after it), 2026-11-22.
pub(super) const SOURCE_KEYS: [&str; 4] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys that hold a service to something, but not to whom it calls for
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-suggestion-recommended-condition-key-for-service-principal>),
/// 2026-11-22.
pub(super) const WEAK_SOURCE_KEYS: [&str; 4] = [
    "aws:referer",
    "aws:sourceip",
    "aws:useragent",
    "sts:externalid",
];

/// Keys that no call of a service carries: they are there only where the
/// principal is a member of an organization or has tags
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid>,
/// `#condition-keys-principalorgpaths`, `#condition-keys-principaltag`), 2026-11-22.
pub(super) const KEYS_WITHOUT_SERVICES: [&str; 2] = ["aws:principalorgid", "aws:principalorgpaths"];
