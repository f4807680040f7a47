//! Slots: whatever their types accept, the filled policy is valid, differs from
//! any other filling in the slot alone, and never says more than its text.

use std::time::{Duration, SystemTime};

use iam_dsl::json::{self, Node};
use iam_dsl::variable::{self, Part};
use iam_dsl::{
    AccountId, Code, Diagnostic, Document, FederatedPrincipal, IpRange, Kind, OidcProvider,
    Partition, Pattern, Policy, PrincipalArn, Region, ResourceArn, ResourcePath, SamlProvider,
    Segment, ServicePrincipal, policy, resource_policy, trust_policy, validate_json,
};
use proptest::prelude::*;

/// The first and the last second that a date can name: years 0 to 9999.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// Texts full of what means something to IAM, JSON or the macro.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z*?${}'/\\\\\",. é日\u{1}-]{0,10}",
        "(\\$\\{[a-z:, '*?$]{0,6}\\}|[a-z$*?/{}])*",
        ".{0,12}",
    ]
}

/// The policy parses and has no error as its kind.
fn valid<K: Kind>(policy: &Policy<K>) -> Result<Node, TestCaseError> {
    // A region may be newer than the catalogue, which is then told as that; and a private
    // address is an address, though AWS never sees it: where it comes at run time, no
    // policy gets wider by it.
    let of_the_value = |finding: &Diagnostic| {
        finding.is_from_catalogue() || finding.code == Code::PrivateIpAddress
    };
    let errors: Vec<String> = validate_json(policy.as_json(), K::KIND)
        .1
        .iter()
        .filter(|finding| finding.is_error() && !of_the_value(finding))
        .map(ToString::to_string)
        .collect();
    prop_assert!(errors.is_empty(), "{policy}: {errors:#?}");
    let node = json::parse(policy.as_json()).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(
        policy.document(),
        &Document::from_json(policy.as_json()).unwrap()
    );
    Ok(node)
}

/// The texts in which two documents differ; anything else that differs fails.
fn differences(a: &Node, b: &Node, out: &mut Vec<String>) -> Result<(), TestCaseError> {
    match (a, b) {
        (Node::String(a), Node::String(b)) => {
            if a != b {
                out.push(a.clone());
            }
        }
        (Node::Array(a), Node::Array(b)) => {
            prop_assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                differences(a, b, out)?;
            }
        }
        (Node::Object(a), Node::Object(b)) => {
            prop_assert_eq!(a.len(), b.len());
            for ((key, a), (other, b)) in a.iter().zip(b) {
                prop_assert_eq!(key, other);
                differences(a, b, out)?;
            }
        }
        (a, b) => prop_assert_eq!(a, b),
    }
    Ok(())
}

/// Fills a policy twice and returns the first filling's text of the one value
/// that differs.
fn filled<K: Kind>(this: &Policy<K>, other: &Policy<K>) -> Result<String, TestCaseError> {
    let mut texts = Vec::new();
    differences(&valid(this)?, &valid(other)?, &mut texts)?;
    prop_assert!(texts.len() <= 1, "{texts:?}");
    // Two equal fillings differ nowhere; the caller never asks for that.
    texts.pop().ok_or_else(|| TestCaseError::reject("equal"))
}

/// The one text that a pattern without wildcards and variables stands for.
fn literal(pattern: &str, wildcards: bool) -> Option<String> {
    variable::parts(pattern)
        .map(|part| match part {
            Ok(Part::Text(text)) => {
                (!wildcards || !text.contains(['*', '?'])).then(|| text.to_owned())
            }
            Ok(Part::Literal(character)) => Some(character.to_string()),
            _ => None,
        })
        .collect()
}

fn on_segment(name: &Segment) -> Policy {
    policy! { allow s3:GetObject on ["arn:aws:s3:::a", "arn:aws:s3:::pre-{name}-post/*"]; }
}

fn on_path(path: &ResourcePath) -> Policy {
    policy! { allow s3:GetObject on "arn:aws:s3:::a/{path}"; }
}

proptest! {
    #[test]
    fn segments_stand_for_themselves(text in text()) {
        if let Ok(name) = Segment::new(text.as_str()) {
            let resource = filled(&on_segment(&name), &on_segment(&Segment::new("other").unwrap()))?;
            let prefix = resource.strip_suffix("-post/*").unwrap();
            prop_assert_eq!(literal(prefix, true), Some(format!("arn:aws:s3:::pre-{text}")));
        }
    }

    #[test]
    fn paths_stand_for_themselves(text in text()) {
        if let Ok(path) = ResourcePath::new(text.as_str()) {
            let resource = filled(&on_path(&path), &on_path(&ResourcePath::new("other/x").unwrap()))?;
            prop_assert_eq!(literal(&resource, true), Some(format!("arn:aws:s3:::a/{text}")));
        }
    }

    #[test]
    fn patterns_stay_in_their_part(text in text(), name in text()) {
        let fill = |pattern: &Pattern, name: &Segment| -> Policy {
            policy! { allow s3:GetObject on "arn:aws:s3:::a/{pattern}{name}{{x}}"; }
        };
        if let (Ok(pattern), Ok(name)) = (Pattern::new(text.as_str()), Segment::new(name)) {
            let resource = filled(&fill(&pattern, &name), &fill(&Pattern::any(), &Segment::new("other").unwrap()))?;
            let rest = resource.strip_prefix(&format!("arn:aws:s3:::a/{text}")).unwrap();
            // What follows the pattern is not drawn into a variable of it.
            prop_assert_eq!(literal(rest, true), Some(format!("{name}{{x}}")));
        }
    }

    #[test]
    fn arns_stand_for_themselves(resource in text(), account in "[0-9]{0,12}", service in "[a-zA-Z0-9*-]{0,4}") {
        let fill = |arn: &ResourceArn| -> Policy {
            policy! { allow s3:GetObject on {arn}; }
        };
        let below = |arn: &ResourceArn| -> Policy {
            policy! { allow s3:GetObject on "{arn}/*"; }
        };
        let text = format!("arn:aws:{service}::{account}:{resource}");
        if let Ok(arn) = ResourceArn::new(text.as_str()) {
            let other = ResourceArn::new("arn:aws:s3:::other").unwrap();
            prop_assert_eq!(literal(&filled(&fill(&arn), &fill(&other))?, true), Some(text.clone()));
            let pattern = filled(&below(&arn), &below(&other))?;
            prop_assert_eq!(literal(pattern.strip_suffix("/*").unwrap(), true), Some(text));
        }
    }

    #[test]
    fn strings_stand_for_themselves(text in text()) {
        let like = |value: &str| -> Policy {
            policy! { allow s3:GetObject on * when StringLike { aws:PrincipalTag/team: "{value}/*" }; }
        };
        let equals = |value: &str| -> Policy {
            policy! { allow s3:GetObject on * when StringEquals { aws:PrincipalTag/team: {value} }; }
        };
        let value = filled(&like(&text), &like("another value"))?;
        prop_assert_eq!(literal(value.strip_suffix("/*").unwrap(), true), Some(text.clone()));
        let value = filled(&equals(&text), &equals("another value"))?;
        prop_assert_eq!(literal(&value, false), Some(text));
    }

    #[test]
    fn accounts_and_regions_fill_their_fields(account in "[0-9]{11,13}", region in "[a-z]{1,3}(-[a-z]{0,5}){0,2}-?[0-9a-z]{0,2}") {
        let fill = |partition: &Partition, region: &Region, account: &AccountId| -> Policy {
            policy! {
                allow sqs:SendMessage on "arn:{partition}:sqs:{region}:{account}:{account}-{region}"
                    when ArnEquals { aws:SourceArn: "arn:{partition}:sns:{region}:{account}:t*" };
            }
        };
        if let (Ok(account), Ok(region)) = (AccountId::new(account), Region::new(region)) {
            for partition in ["aws", "aws-cn", "aws-us-gov"] {
                let policy = fill(&Partition::new(partition).unwrap(), &region, &account);
                valid(&policy)?;
                let expected = format!("arn:{partition}:sqs:{region}:{account}:{account}-{region}");
                prop_assert!(policy.as_json().contains(&expected), "{policy}");
            }
        }
    }

    #[test]
    fn typed_values_are_written_as_iam_reads_them(
        number: i64, small: u16, truth: bool,
        address: std::net::IpAddr, prefix in 0_u8..=32,
        seconds in -70_000_000_000_i64..300_000_000_000,
    ) {
        let range: IpRange = match address {
            std::net::IpAddr::V4(v4) => format!("{v4}/{prefix}").parse().unwrap(),
            std::net::IpAddr::V6(v6) => format!("{v6}/{prefix}").parse().unwrap(),
        };
        let time = if seconds < 0 {
            SystemTime::UNIX_EPOCH - Duration::from_secs(seconds.unsigned_abs())
        } else {
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
        };
        let policy: Policy = policy! {
            allow s3:ListBucket on * when
                NumericEquals { s3:max-keys: [{number}, {small}] },
                Bool { aws:SecureTransport: {truth} },
                Null { aws:SourceVpc: {!truth} },
                IpAddress { aws:SourceIp: [{address}, {range}] },
                DateLessThan { aws:CurrentTime: {time} };
        };
        valid(&policy)?;
        let conditions = policy.document().statements()[0].conditions().unwrap();
        let value = |block: usize, index: usize| {
            conditions.blocks[block].entries[0].values.as_slice()[index].text().into_owned()
        };
        prop_assert_eq!(value(0, 0), number.to_string());
        prop_assert_eq!(value(0, 1), small.to_string());
        prop_assert_eq!(value(1, 0), truth.to_string());
        prop_assert_eq!(value(2, 0), (!truth).to_string());
        prop_assert_eq!(value(3, 0), address.to_string());
        prop_assert_eq!(value(3, 1), range.to_string());
        prop_assert_eq!(
            iam_dsl::date::parse(&value(4, 0)),
            Some(i128::from(seconds.clamp(FIRST, LAST)) * 1_000_000_000)
        );
    }

    #[test]
    fn principals_fill_valid_policies(
        account in "[0-9]{12}",
        arn in "arn:aws:(iam|sts)::[0-9]{11,12}:(root|user|role|group|assumed-role|federated-user)(/[a-z*?${} ]{0,4}){0,2}|[A-Z0-9]{12,20}|[0-9]{12}|\\*",
        service in "[a-zA-Z0-9.*-]{0,6}(\\.amazonaws\\.com|\\.amazonaws\\.com\\.cn)?",
        provider in "arn:aws:iam::[0-9]{12}:(saml|oidc)-provider/[a-z*${}.]{0,5}|[a-z.*${}/]{0,12}",
    ) {
        let account = AccountId::new(account).unwrap();
        valid::<iam_dsl::Trust>(&trust_policy! { allow principal AWS {account} to sts:AssumeRole; })?;
        if let Ok(arn) = PrincipalArn::new(arn) {
            valid::<iam_dsl::Trust>(&trust_policy! {
                allow principal AWS [{account}, {&arn}] to sts:AssumeRole;
            })?;
            valid::<iam_dsl::Resource>(&resource_policy! {
                allow principal { AWS: {arn} } to s3:GetObject on "arn:aws:s3:::a/*";
            })?;
        }
        if let Ok(service) = ServicePrincipal::new(service) {
            valid::<iam_dsl::Trust>(&trust_policy! {
                allow principal Service {service} to sts:AssumeRole;
            })?;
        }
        if let Ok(provider) = FederatedPrincipal::new(provider.as_str()) {
            valid::<iam_dsl::Trust>(&trust_policy! {
                allow principal Federated {provider} to [sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity];
            })?;
        }
        if let Ok(provider) = SamlProvider::new(provider.as_str()) {
            valid::<iam_dsl::Trust>(&trust_policy! {
                allow principal Federated {provider} to [sts:AssumeRoleWithSAML, sts:TagSession];
            })?;
        }
        if let Ok(provider) = OidcProvider::new(provider) {
            valid::<iam_dsl::Trust>(&trust_policy! {
                allow principal Federated {provider} to sts:AssumeRoleWithWebIdentity;
            })?;
        }
    }
}

#[test]
fn wildcards_and_variables_in_a_name_are_escaped() {
    let policy = on_segment(&Segment::new("*?$").unwrap());
    assert!(
        policy
            .as_json()
            .contains("arn:aws:s3:::pre-${*}${?}${$}-post/*"),
        "{policy}"
    );
}
