//! What the catalogue knows: whether actions, condition keys and resources
//! exist, and whether they fit together.
//!
//! [`Diagnostic::is_from_catalogue`](crate::Diagnostic::is_from_catalogue) tells
//! these findings: AWS adds services every week, so each can be wrong about what
//! is newer than the catalogue. IAM itself refuses none of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::Rules;
use crate::arn::ArnFields;
use crate::catalogue::{Catalogue, KeyType, ResourceType, Service};
use crate::diagnostic::Code;
use crate::fix::{Edit, Fix};
use crate::operator::{Comparison, Operator, OperatorFamily};
use crate::pointer::Place;
use crate::variable::has_variable;

impl Rules {
    /// An action of well-formed text that is not `*`.
    pub(super) fn known_action(&mut self, text: &str, service: &str, place: Place<'_>) {
        let catalogue = Catalogue::embedded();
        if service == "*"
            || UNLISTED
                .iter()
                .any(|action| action.eq_ignore_ascii_case(text))
        {
            return;
        }
        let Some(known) = self.service(service) else {
            let help = self.nearest_service(service);
            self.report(
                Code::InvalidServiceInAction,
                place,
                format!("`{service}` is no service that the catalogue knows"),
            )
            .help(help);
            return;
        };
        let name = text.split_once(':').map_or("", |(_, name)| name);
        let pattern = name.contains(['*', '?']);
        let exists = if pattern {
            known.has_match(name)
        } else {
            known.has_action_near(name, &mut self.near_action)
        };
        if exists {
            return;
        }
        let near = if !pattern && self.may_suggest() {
            catalogue.nearest(text)
        } else {
            Vec::new()
        };
        let help = match near.first() {
            Some(near) => format!("did you mean `{near}`? ({UNKNOWN_HELP})"),
            None => UNKNOWN_HELP.to_owned(),
        };
        let message = if pattern {
            format!("`{text}` matches no action of {}", known.prefix())
        } else {
            format!("`{text}` is no action that the catalogue knows")
        };
        self.report(Code::InvalidAction, place, message).help(help);
    }

    /// A condition key of well-formed text under its operator.
    pub(super) fn known_key(&mut self, operator: Operator, key: &str, place: Place<'_>) {
        let catalogue = Catalogue::embedded();
        let Some(known) = catalogue.condition_key(key) else {
            self.unknown_key(key, place);
            return;
        };
        // A condition on presence alone does not look at the values.
        if known.is_multi_valued()
            && !SINGLE_IN_PRACTICE.contains(&known.name())
            && operator.qualifier.is_none()
            && operator.comparison != Comparison::Null
        {
            self.report(
                Code::MissingQualifier,
                place,
                format!("`{}` may have several values in one request", known.name()),
            )
            .help(format!(
                "write `ForAnyValue:{operator}` or `ForAllValues:{operator}`"
            ));
        }
        let family = operator.comparison.family();
        let fits = family == known.key_type().operator_family()
            || operator.comparison == Comparison::Null
            // Text operators read every value as text: Access Analyzer minds that for
            // ARNs only where wildcards make a difference, under a code of its own.
            || matches!(
                (family, known.key_type()),
                (_, KeyType::String) | (OperatorFamily::String, KeyType::Arn)
            );
        if !fits {
            self.report(
                Code::TypeMismatch,
                place,
                format!(
                    "`{operator}` does not compare values of the type {}, which `{}` has",
                    known.key_type(),
                    known.name()
                ),
            )
            .help("use an operator of the key's type");
        }
    }

    /// A service by its prefix. Actions of one service mostly stand together, so the
    /// last one is kept.
    fn service(&mut self, prefix: &str) -> Option<Service> {
        match &self.service {
            Some((last, known)) if last == prefix => *known,
            _ => {
                let known = Catalogue::embedded().service(prefix);
                self.service = Some((prefix.to_owned(), known));
                self.near_action = 0;
                known
            }
        }
    }

    /// What an unknown service was probably meant to be. Each is looked for once.
    fn nearest_service(&mut self, service: &str) -> String {
        if let Some(help) = self.near_services.get(service) {
            return help.clone();
        }
        if !self.may_suggest() {
            return UNKNOWN_HELP.to_owned();
        }
        let help = match Catalogue::embedded().nearest_service(service) {
            Some(near) => format!("did you mean `{}`? ({UNKNOWN_HELP})", near.prefix()),
            None => UNKNOWN_HELP.to_owned(),
        };
        self.near_services.insert(service.to_owned(), help.clone());
        help
    }

    fn unknown_key(&mut self, key: &str, place: Place<'_>) {
        let catalogue = Catalogue::embedded();
        let prefix = key.split(':').next().unwrap_or_default();
        let (code, message) = if prefix.eq_ignore_ascii_case("aws") {
            let retired = key.eq_ignore_ascii_case("aws:ARN");
            let code = if retired {
                Code::UnsupportedGlobalConditionKey
            } else {
                Code::InvalidGlobalConditionKey
            };
            (code, format!("`{key}` is no global condition key"))
        } else if catalogue.service(prefix).is_some() {
            (
                Code::InvalidServiceConditionKey,
                format!("`{key}` is no condition key of {prefix}"),
            )
        } else if prefix.contains('.') {
            // Keys of identity providers begin with a host; anybody may have one.
            return;
        } else {
            (
                Code::InvalidService,
                format!("`{prefix}` is no service that the catalogue knows"),
            )
        };
        let help = if code == Code::UnsupportedGlobalConditionKey {
            "use `aws:PrincipalArn` or `aws:SourceArn`".to_owned()
        } else {
            let near = self
                .may_suggest()
                .then(|| catalogue.nearest_condition_key(key));
            match near.flatten() {
                Some(near) => format!("did you mean `{}`? ({UNKNOWN_HELP})", near.name()),
                None => UNKNOWN_HELP.to_owned(),
            }
        };
        self.report(code, place, message).help(help);
        if code == Code::UnsupportedGlobalConditionKey {
            let (parent, _) = pointer_parent(place);
            self.report(
                Code::DeprecatedGlobalConditionKey,
                place,
                format!("`aws:PrincipalArn` took the place of `{key}`"),
            )
            .help("write `aws:PrincipalArn`")
            .fix(Fix::as_meant(
                "write `aws:PrincipalArn`",
                vec![Edit::Move {
                    pointer: place.pointer(),
                    to: format!("{parent}/aws:PrincipalArn"),
                }],
            ));
        }
    }

    /// An ARN of six fields without a mistake of grammar.
    pub(super) fn known_arn(&mut self, text: &str, fields: &ArnFields<'_>, place: Place<'_>) {
        // `root` is what sts:AssumeRoot names; the reference lists no such type.
        if fields.resource == "root" || has_variable(fields.service) {
            return;
        }
        let own = Catalogue::embedded().service(fields.service);
        // Nearly always one of the service's own types; all are asked only then.
        if own.is_some_and(|own| own.resource_types().any(|kind| kind.matches(text))) {
            return;
        }
        let types = arn_types(fields.service);
        if types.is_empty() {
            let known = own.is_some();
            // A service may have no resources of its own and still name some.
            if !known {
                let help = self.nearest_service(fields.service);
                self.report(
                    Code::InvalidService,
                    place,
                    format!(
                        "`{}` is no service that the catalogue knows",
                        fields.service
                    ),
                )
                .help(help);
            }
            return;
        }
        let matches = |region: &str, account: &str| {
            let relaxed = format!(
                "arn:{}:{}:{region}:{account}:{}",
                fields.partition, fields.service, fields.resource
            );
            types.iter().any(|kind| kind.matches(&relaxed))
        };
        let (region, account) = (fields.region, fields.account);
        if matches(region, account) {
            return;
        }
        let service = fields.service;
        // What the other form of each field would be: a value for an empty one.
        let other_region = if region.is_empty() { "us-east-1" } else { "" };
        let other_account = if account.is_empty() {
            "111122223333"
        } else {
            ""
        };
        let (region_wrong, account_wrong) = if matches(other_region, account) {
            (true, false)
        } else if matches(region, other_account) {
            (false, true)
        } else if matches(other_region, other_account) {
            (true, true)
        } else {
            let formats = formats(types);
            self.report(
                Code::InvalidArnResource,
                place,
                format!("`{text}` has the form of no resource of {service}"),
            )
            .help(format!("{service} has {formats}"));
            return;
        };
        if region_wrong {
            let (code, message, help) = if region.is_empty() {
                (
                    Code::MissingArnRegion,
                    format!("the region of `{text}` is empty"),
                    "name the region, or write `*`",
                )
            } else {
                (
                    Code::ArnRegionNotAllowed,
                    format!("`{region}`: this resource of {service} has no region in its ARN"),
                    "leave the region empty",
                )
            };
            self.report(code, place, message).help(help);
        }
        if account_wrong {
            let (code, message, help) = if account.is_empty() {
                (
                    Code::MissingArnAccount,
                    format!("the account of `{text}` is empty"),
                    "name the account, or write `*`",
                )
            } else {
                (
                    Code::ArnAccountNotAllowed,
                    format!("`{account}`: this resource of {service} has no account in its ARN"),
                    "leave the account empty",
                )
            };
            self.report(code, place, message).help(help);
        }
    }
}

/// Actions that AWS's own policies name and the Service Authorization Reference
/// does not list: the default policy of every SNS topic has this one (Amazon SNS
/// Developer Guide, "Example cases for Amazon SNS access control").
const UNLISTED: [&str; 1] = ["sns:Receive"];

/// A pointer's last step and what comes before it.
fn pointer_parent(place: Place<'_>) -> (String, String) {
    let pointer = place.pointer();
    match pointer.rsplit_once('/') {
        Some((parent, last)) => (parent.to_owned(), last.to_owned()),
        None => (String::new(), pointer),
    }
}

/// Keys that the Service Authorization Reference lists with several values and
/// that the service's own guide compares as one (Amazon EventBridge User Guide,
/// "Using IAM policy conditions in Amazon EventBridge":
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html>),
/// 2026-11-22. AWS's own policies do as well.
const SINGLE_IN_PRACTICE: [&str; 1] = ["events:detail-type"];

const UNKNOWN_HELP: &str = "if it is newer than the catalogue, mark the statement `unchecked`";

/// The resource types whose ARNs have this service: its own, else those of the
/// services that use its namespace.
fn arn_types(service: &str) -> &'static [ResourceType] {
    static TYPES: OnceLock<BTreeMap<&str, Vec<ResourceType>>> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        let mut types: BTreeMap<&str, Vec<ResourceType>> = BTreeMap::new();
        for kind in Catalogue::embedded()
            .services()
            .flat_map(|known| known.resource_types())
        {
            let services: BTreeSet<&str> = kind
                .arn_formats()
                .filter_map(|format| format.split(':').nth(2))
                .collect();
            for service in services {
                types.entry(service).or_default().push(kind);
            }
        }
        types
    });
    types.get(service).map(Vec::as_slice).unwrap_or_default()
}

/// The forms of a few resources, for a help text.
fn formats(types: &[ResourceType]) -> String {
    let mut shown: Vec<&str> = types
        .iter()
        .take(4)
        .flat_map(|kind| kind.arn_formats().take(1))
        .collect();
    shown.dedup();
    let listed: Vec<String> = shown.iter().map(|format| format!("`{format}`")).collect();
    let more = if types.len() > shown.len() {
        " and others"
    } else {
        ""
    };
    format!("{}{more}", listed.join(", "))
}
