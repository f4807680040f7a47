//! Values that their condition key cannot have: addresses, ids of VPCs, regions,
//! services, keys of KMS.
//!
//! Source: Access Analyzer's checks PRIVATE_…, INVALID_VPC_FORMAT,
//! INVALID_VPCE_FORMAT, INVALID_REGION, INVALID_SERVICE_PRINCIPAL_FORMAT and
//! INVALID_KMS_KEY_VALUE.

use ipnet::IpNet;

use super::Rules;
use super::tables::{
    KMS_KEY_KEYS, REGION_KEYS, REGIONAL_SERVICE_KEY, SERVICE_KEYS, is_private, is_region, regions,
};
use crate::arn::ArnFields;
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::model::{ConditionEntry, OneOrMany};
use crate::operator::{Operator, OperatorFamily};
use crate::pattern::Glob;
use crate::pointer::Place;
use crate::suggest::nearest;
use crate::variable::has_variable;

impl Rules {
    /// `aws:SourceIp` and ranges that nobody calls from.
    pub(super) fn source_addresses(
        &mut self,
        operator: Operator,
        entry: &ConditionEntry,
        place: Place<'_>,
    ) {
        if operator.comparison.family() != OperatorFamily::IpAddress
            || !entry.key.eq_ignore_ascii_case("aws:SourceIp")
        {
            return;
        }
        let ranges: Vec<Option<IpNet>> = entry
            .values
            .iter()
            .map(|value| range(&value.text()))
            .collect();
        let private = |range: &Option<IpNet>| range.as_ref().is_some_and(is_private);
        let count = ranges.iter().filter(|range| private(range)).count();
        if count == 0 {
            return;
        }
        let negated = operator.comparison.is_negated();
        if count == ranges.len() {
            let (code, effect) = if negated {
                (Code::PrivateNotIpAddress, "always holds")
            } else {
                (Code::PrivateIpAddress, "never holds")
            };
            self.report(
                code,
                place,
                format!(
                    "all addresses are private, and AWS sees public ones: the condition {effect}"
                ),
            )
            .help("name public ranges, or use aws:VpcSourceIp");
            return;
        }
        let code = if negated {
            Code::PrivateNotIpAddressSubset
        } else {
            Code::PrivateIpAddressSubset
        };
        let OneOrMany::Many(_) = entry.values else {
            return;
        };
        let places: Vec<usize> = (0..ranges.len())
            .filter(|&index| ranges.get(index).is_some_and(private))
            .collect();
        let edits = places
            .iter()
            .rev()
            .map(|&index| Edit::remove(place.index(index)));
        let fix = Fix::same_meaning("remove the private ranges", edits.collect());
        let mut report = self
            .report(
                code,
                place,
                "some addresses are private, and AWS sees public ones",
            )
            .help("remove them, or use aws:VpcSourceIp for them")
            .fix(fix);
        for index in places {
            report = report.related(place.index(index));
        }
    }

    /// One value, judged by what its key tells.
    pub(super) fn value_of_key(
        &mut self,
        operator: Operator,
        key: &str,
        text: &str,
        place: Place<'_>,
    ) {
        let family = operator.comparison.family();
        let text_like = matches!(family, OperatorFamily::String | OperatorFamily::Arn);
        if !text_like || (self.variables && has_variable(text)) {
            return;
        }
        let open = operator.comparison.has_wildcards() && text.contains(['*', '?']);
        // Equality takes wildcards literally, and that is told elsewhere.
        if !operator.comparison.has_wildcards() && text.contains(['*', '?']) {
            return;
        }
        let key = key.to_ascii_lowercase();
        match key.as_str() {
            "aws:sourcevpc" if !open => self.vpc(Code::InvalidVpcFormat, "vpc-", text, place),
            "aws:sourcevpce" if !open => self.vpc(Code::InvalidVpceFormat, "vpce-", text, place),
            key if REGION_KEYS.contains(&key) && !open && !is_region(text, None) => {
                self.region(Code::InvalidRegion, text, None, place);
            }
            key if SERVICE_KEYS.contains(&key) => self.service_value(text, open, false, place),
            key if key == REGIONAL_SERVICE_KEY => self.service_value(text, open, true, place),
            key if KMS_KEY_KEYS.contains(&key) => self.kms_key(key, text, place),
            _ => {}
        }
    }

    fn vpc(&mut self, code: Code, prefix: &str, text: &str, place: Place<'_>) {
        let valid = text.strip_prefix(prefix).is_some_and(|id| {
            matches!(id.len(), 8 | 17) && id.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if !valid {
            self.report(code, place, format!("`{text}` is no id of AWS"))
                .help(format!(
                    "write `{prefix}` and 8 or 17 letters and digits, such as `{prefix}11223344556677889`"
                ));
        }
    }

    /// A region that there is not. With a partition: one that it does not have.
    pub(super) fn region(
        &mut self,
        code: Code,
        text: &str,
        partition: Option<&str>,
        place: Place<'_>,
    ) {
        let help = match nearest(text, regions()) {
            Some(near) if near != text => format!("did you mean `{near}`?"),
            _ => "write a region such as `eu-west-1`".to_owned(),
        };
        let message = match partition {
            Some(partition) if is_region(text, None) => {
                format!("`{text}` is no region of the partition `{partition}`")
            }
            _ => format!("`{text}` is no region of AWS"),
        };
        self.report(code, place, message).help(help);
    }

    fn service_value(&mut self, text: &str, open: bool, regional: bool, place: Place<'_>) {
        let valid = if open {
            !text.bytes().any(|b| b.is_ascii_uppercase())
        } else {
            super::principal::is_service(text) && (!regional || text.split('.').count() >= 4)
        };
        if valid {
            return;
        }
        let form = if regional {
            "service.region.amazonaws.com"
        } else {
            "service.amazonaws.com"
        };
        let lower = text.to_ascii_lowercase();
        let fixed = lower != text && super::principal::is_service(&lower) && !regional;
        let report = self
            .report(
                Code::InvalidServicePrincipalFormat,
                place,
                format!("`{text}` is no service principal"),
            )
            .help(if fixed {
                format!("write `{lower}`")
            } else {
                format!("write it as `{form}`, in lower case")
            });
        if fixed {
            drop(report.fix(Fix::as_meant(
                format!("write `{lower}`"),
                vec![Edit::replace(place, lower)],
            )));
        }
    }

    fn kms_key(&mut self, key: &str, text: &str, place: Place<'_>) {
        let key_arn = ArnFields::split(text).is_some_and(|fields| {
            let key = fields.resource.starts_with("key/")
                || Glob::new(fields.resource).matches("key/\u{1}");
            fields.service.contains('*') || (fields.service == "kms" && key)
        });
        if key_arn || text.bytes().all(|b| b == b'*') || text.starts_with('*') || text.is_empty() {
            return;
        }
        self.report(
            Code::InvalidKmsKeyValue,
            place,
            format!("`{text}`: a value of `{key}` is the ARN of a KMS key"),
        )
        .help("write `arn:aws:kms:REGION:ACCOUNT:key/KEY-ID`");
    }
}

/// An address or a range as a range.
fn range(text: &str) -> Option<IpNet> {
    match text.parse::<std::net::IpAddr>() {
        Ok(address) => Some(IpNet::from(address)),
        Err(_) => text.parse().ok(),
    }
}
