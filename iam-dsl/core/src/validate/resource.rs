//! Resources and the ARNs in them.

use super::Rules;
use crate::arn::{ArnFields, PARTITIONS, is_account_id};
use crate::diagnostic::Code;
use crate::model::{OneOrMany, ResourcePattern};
use crate::pointer::Place;
use crate::suggest::nearest;
use crate::variable::has_variable;

/// What the resource part of an IAM ARN may begin with.
const IAM_RESOURCES: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

const LEGACY: &str = "The policy failed legacy parsing";

impl Rules {
    pub(super) fn resources(&mut self, resources: &OneOrMany<ResourcePattern>, place: Place<'_>) {
        match resources {
            OneOrMany::One(resource) => self.resource(resource, place),
            OneOrMany::Many(resources) => {
                for (index, resource) in resources.iter().enumerate() {
                    self.resource(resource, place.index(index));
                }
            }
        }
    }

    fn resource(&mut self, resource: &ResourcePattern, place: Place<'_>) {
        let text = resource.as_str();
        if text == "*" {
            return;
        }
        // The short form that API Gateway's resource policies may use (API Gateway
        // Developer Guide, "API Gateway resource policy examples").
        if self.kind == crate::kind::PolicyKind::Resource && text.starts_with("execute-api:/") {
            return;
        }
        if !text.starts_with("arn:") {
            self.not_an_arn(text, place);
            return;
        }
        let Some(fields) = ArnFields::split(text) else {
            let count = text.matches(':').count() + 1;
            let report = self
                .report(
                    Code::MissingArnField,
                    place,
                    format!("`{text}` has {count} fields of the six that an ARN has"),
                )
                .help("write `arn:partition:service:region:account:resource`; region and account may be empty");
            if text.contains("::") {
                drop(report.refused(LEGACY));
            }
            return;
        };
        self.variables_of(text, place);
        let before = self.findings.len();
        self.arn_fields(text, &fields, place);
        // What grammar forbids is not asked of the catalogue as well.
        if self.findings.len() == before {
            self.known_arn(text, &fields, place);
        }
    }

    fn not_an_arn(&mut self, text: &str, place: Place<'_>) {
        let help = match text.strip_prefix("aws:") {
            Some(rest) => format!("did you mean `arn:aws:{rest}`?"),
            None => {
                "write an ARN, such as `arn:aws:s3:::bucket/*`, or `*` for all resources".to_owned()
            }
        };
        let refusal = if text.contains(':') {
            // IAM fills up the fields before it judges them.
            let mut fields: Vec<&str> = text.splitn(6, ':').collect();
            fields.resize(6, "*");
            if let Some(first) = fields.first_mut() {
                *first = "arn";
            }
            let partition = fields.get(1).copied().unwrap_or_default();
            format!(
                "Partition \"{partition}\" is not valid for resource \"{}\".",
                fields.join(":")
            )
        } else {
            format!("Resource {text} must be in ARN format or \"*\".")
        };
        self.report(Code::InvalidArnPrefix, place, format!("`{text}` is no ARN"))
            .help(help)
            .refused(refusal);
    }

    fn arn_fields(&mut self, text: &str, fields: &ArnFields<'_>, place: Place<'_>) {
        let fixed = [
            fields.partition,
            fields.service,
            fields.region,
            fields.account,
        ];
        if self.variables && fixed.iter().any(|field| has_variable(field)) {
            self.report(
                Code::VariableUnsupportedInElement,
                place,
                format!("`{text}` has a variable before the fifth colon"),
            )
            .help("IAM replaces variables in the resource part only; use `*` in the other fields");
            return;
        }
        if fields.partition != "*" && !PARTITIONS.contains(&fields.partition) {
            let help = match nearest(fields.partition, PARTITIONS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the public partitions are `aws`, `aws-cn` and `aws-us-gov`".to_owned(),
            };
            self.report(
                Code::InvalidPartition,
                place,
                format!("`{}` is no partition of AWS", fields.partition),
            )
            .help(help)
            .refused(format!(
                "Partition \"{}\" is not valid for resource \"{text}\".",
                fields.partition
            ));
        }
        self.arn_service(fields, place);
        self.arn_region(text, fields, place);
        let region = fields.region;
        let named = !region.is_empty() && !region.contains(['*', '?']) && !has_variable(region);
        let partition = Some(fields.partition).filter(|name| super::tables::has_regions(name));
        if named && region != "aws" && !super::tables::is_region(region, partition) {
            self.region(Code::InvalidArnRegion, region, partition, place);
        }
        let account = fields.account;
        let open = account.is_empty() || account.contains(['*', '?']) || account == "aws";
        if !open && !is_account_id(account) {
            self.report(
                Code::InvalidArnAccount,
                place,
                format!("`{account}` is no account id"),
            )
            .help("an account id is twelve digits; `*` stands for any account");
        }
        if fields.service == "iam" {
            self.iam_resource(fields.resource, place);
        }
    }

    pub(super) fn wildcard_in_service(&mut self, service: &str, place: Place<'_>) {
        self.report(
            Code::WildcardInServiceName,
            place,
            format!("`{service}` may be services that are not meant, or are not there yet"),
        )
        .help("name the service");
    }

    fn arn_service(&mut self, fields: &ArnFields<'_>, place: Place<'_>) {
        let service = fields.service;
        if service.is_empty() {
            self.report(
                Code::MissingArnField,
                place,
                "the service of the ARN is empty",
            )
            .help("name the service, such as `s3`")
            .refused(LEGACY);
        } else if service.contains(['*', '?']) {
            self.report(
                Code::ArnServiceWildcard,
                place,
                format!("`{service}`: the service of an ARN takes no wildcard"),
            )
            .help("name the service, or write `*` for all resources")
            .refused("Resource vendor must be fully qualified and cannot contain regexes.");
            self.wildcard_in_service(service, place);
        } else if service.chars().any(|c| c.is_ascii_uppercase()) {
            self.report(
                Code::InvalidArnServiceCase,
                place,
                format!("`{service}`: the service of an ARN is lower case"),
            )
            .help(format!("write `{}`", service.to_ascii_lowercase()));
        }
    }

    fn arn_region(&mut self, text: &str, fields: &ArnFields<'_>, place: Place<'_>) {
        if fields.region.is_empty() {
            return;
        }
        let refusal = match fields.service {
            "iam" => format!("IAM resource {text} cannot contain region information."),
            "s3" if !fields.resource.starts_with("accesspoint/") && fields.region != "*" => {
                format!("Resource {text} can not contain region information.")
            }
            _ => return,
        };
        let service = fields.service;
        self.report(
            Code::ArnRegionNotAllowed,
            place,
            format!("`{}`: ARNs of {service} have no region", fields.region),
        )
        .help("leave the region empty: two colons stand side by side")
        .refused(refusal);
    }

    fn iam_resource(&mut self, resource: &str, place: Place<'_>) {
        // A wildcard before the first slash can stand for any of the names.
        let kind = resource.split('/').next().unwrap_or_default();
        let open = kind.contains(['*', '?']) || (self.variables && has_variable(kind));
        // `root` is no path; sts:AssumeRoot names it.
        if open
            || resource == "root"
            || IAM_RESOURCES
                .iter()
                .any(|start| resource.starts_with(start))
        {
            return;
        }
        let names = IAM_RESOURCES.map(|name| name.trim_end_matches('/'));
        let help = match nearest(kind, names) {
            Some(near) => format!("did you mean `{near}/…`?"),
            None => "IAM has `user/`, `role/`, `group/`, `policy/`, `instance-profile/`, `mfa/` and a few more".to_owned(),
        };
        self.report(
            Code::InvalidArnResource,
            place,
            format!("`{resource}` is no resource of IAM"),
        )
        .help(help)
        .refused(format!(
            "IAM resource path must either be \"*\" or start with {}.",
            IAM_RESOURCES.join(", ")
        ));
    }
}
