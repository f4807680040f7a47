//! Principals: accounts, ARNs, services, providers.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use super::Rules;
use crate::arn::{ArnFields, PARTITIONS, is_account_id};
use crate::diagnostic::Code;
use crate::kind::PolicyKind;
use crate::model::{OneOrMany, PrincipalEntry, PrincipalType, Principals, Statement};
use crate::pointer::Place;

/// Whether a text has the form of an IAM unique id with this prefix
/// (IAM User Guide, "Understanding unique ID prefixes").
fn is_unique_id(text: &str, prefix: &str) -> bool {
    text.len() >= 16
        && text.starts_with(prefix)
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl Rules {
    pub(super) fn principals(
        &mut self,
        principals: &Principals,
        statement: &Statement,
        place: Place<'_>,
    ) {
        let entries = match principals {
            Principals::Everyone => {
                if self.kind == PolicyKind::Trust && statement.principal().is_some() {
                    self.report(
                        Code::TrustPolicyWildcardPrincipal,
                        place,
                        "IAM takes no bare `*` as the principal of a trust policy",
                    )
                    .help("name the accounts or ARNs; if everyone is meant, write {\"AWS\": \"*\"} with a condition");
                }
                return;
            }
            Principals::Map(entries) => entries,
        };
        if entries.is_empty() {
            self.report(Code::EmptyObjectPrincipal, place, "the principal is empty");
            self.report(
                Code::MissingPrincipal,
                place,
                "the statement names no principal",
            )
            .help("name at least one, such as {\"AWS\": \"111122223333\"}")
            .refused("Invalid principal in policy.");
        }
        for entry in entries {
            let place = place.key(entry.kind.as_str());
            if entry.values.is_empty() {
                self.report(
                    Code::EmptyArrayPrincipal,
                    place,
                    "the list of principals is empty",
                )
                .help("name at least one principal, or remove the key");
            }
            if entry.kind == PrincipalType::Federated && self.kind == PolicyKind::Resource {
                self.report(
                    Code::FederatedPrincipalNotSupported,
                    place,
                    "a federated principal stands in trust policies only",
                )
                .help("name the role that the federated user assumes");
            }
            self.principal_values(entry, place);
            if self.kind == PolicyKind::Trust {
                self.action_for_principal(entry, statement, place);
            }
        }
    }

    fn principal_values(&mut self, entry: &PrincipalEntry, place: Place<'_>) {
        match &entry.values {
            OneOrMany::One(value) => self.principal(entry.kind, value, place),
            OneOrMany::Many(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.principal(entry.kind, value, place.index(index));
                }
            }
        }
    }

    pub(super) fn principal(&mut self, kind: PrincipalType, value: &str, place: Place<'_>) {
        if crate::variable::has_variable(value) {
            self.report(
                Code::VariableUnsupportedInElement,
                place,
                format!("`{value}` holds a variable, which IAM does not replace in principals"),
            )
            .help("name the principal, or use a condition on aws:PrincipalArn");
            return;
        }
        if value.contains(['*', '?']) && !(value == "*" && kind == PrincipalType::Aws) {
            self.report(
                Code::UnsupportedWildcardInPrincipal,
                place,
                format!("`{value}`: a principal takes no wildcard but `*` alone, for AWS"),
            )
            .help("name it in full, or use a condition on aws:PrincipalArn")
            .refused(format!(
                "Invalid principal in policy: \"{kind}\":\"{value}\""
            ));
            return;
        }
        match kind {
            PrincipalType::Aws => self.aws_principal(value, place),
            PrincipalType::Service => self.service_principal(value, place),
            PrincipalType::Federated if self.kind == PolicyKind::Trust => {
                self.federated_principal(value, place);
            }
            PrincipalType::Federated | PrincipalType::CanonicalUser => {}
        }
    }

    fn aws_principal(&mut self, value: &str, place: Place<'_>) {
        if value == "*" || is_account_id(value) {
            return;
        }
        if is_unique_id(value, "AROA") {
            self.report(
                Code::InvalidRoleReference,
                place,
                format!("`{value}` is the id of a role that was deleted"),
            )
            .help("name the role's ARN");
            return;
        }
        if is_unique_id(value, "AIDA") {
            self.report(
                Code::InvalidUserReference,
                place,
                format!("`{value}` is the id of a user that was deleted"),
            )
            .help("name the user's ARN");
            return;
        }
        let problem = match ArnFields::split(value) {
            None => "it is neither an account id nor an ARN",
            Some(fields) if !PARTITIONS.contains(&fields.partition) => {
                "its partition is none of AWS's"
            }
            Some(fields) if !fields.region.is_empty() => {
                "it has a region, and principals have none"
            }
            // CloudFront's origin access identities are users of no account.
            Some(fields) if fields.account == "cloudfront" => return,
            Some(fields) if !is_account_id(fields.account) => "its account is not twelve digits",
            Some(fields) => match principal_resource(fields.service, fields.resource) {
                Ok(()) => return,
                Err(problem) => problem,
            },
        };
        self.report(
            Code::InvalidAwsPrincipal,
            place,
            format!("`{value}` is no AWS principal: {problem}"),
        )
        .help("write an account id, or the ARN of an account's root, a user, a role or a session, such as `arn:aws:iam::111122223333:role/NAME`")
        .refused(format!("Invalid principal in policy: \"AWS\":\"{value}\""));
    }

    fn service_principal(&mut self, value: &str, place: Place<'_>) {
        if is_service(value) {
            return;
        }
        let help = if value.contains('.') {
            let lower = value.to_ascii_lowercase();
            if lower != value && lower.ends_with(".amazonaws.com") {
                format!("write `{lower}`")
            } else {
                "a service is named such as `ec2.amazonaws.com`".to_owned()
            }
        } else {
            format!(
                "did you mean `{}.amazonaws.com`?",
                value.to_ascii_lowercase()
            )
        };
        self.report(
            Code::InvalidServicePrincipalFormat,
            place,
            format!("`{value}` is no service principal"),
        )
        .help(help)
        .refused(format!(
            "Invalid principal in policy: \"SERVICE\":\"{value}\""
        ));
    }

    fn federated_principal(&mut self, value: &str, place: Place<'_>) {
        if is_saml(value) || is_oidc(value) {
            return;
        }
        self.report(
            Code::TrustPolicyFederatedSyntax,
            place,
            format!("`{value}` is no identity provider"),
        )
        .help("write the ARN of a SAML or OIDC provider, or a domain such as `accounts.google.com`")
        .refused(format!(
            "Invalid principal in policy: \"FEDERATED\":\"{value}\""
        ));
    }

    /// A principal that can never make the statement's call.
    fn action_for_principal(
        &mut self,
        entry: &PrincipalEntry,
        statement: &Statement,
        place: Place<'_>,
    ) {
        let names: Vec<String> = statement
            .actions()
            .iter()
            .map(|a| a.as_str().to_ascii_lowercase())
            .collect();
        let only = |name: &str| {
            names.iter().any(|action| action == name)
                && !names
                    .iter()
                    .any(|a| a.starts_with("sts:assumerole") && a != name)
        };
        let saml = only("sts:assumerolewithsaml");
        let web = only("sts:assumerolewithwebidentity");
        for value in &entry.values {
            let problem = match entry.kind {
                PrincipalType::Federated if is_saml(value) && web => {
                    "a SAML provider's users call sts:AssumeRoleWithSAML"
                }
                PrincipalType::Federated if !is_saml(value) && is_oidc(value) && saml => {
                    "an OIDC provider's users call sts:AssumeRoleWithWebIdentity"
                }
                PrincipalType::Federated if only("sts:assumerole") => {
                    "federated users call sts:AssumeRoleWithSAML or sts:AssumeRoleWithWebIdentity"
                }
                PrincipalType::Aws | PrincipalType::Service if saml || web => {
                    "only federated principals call it; others call sts:AssumeRole"
                }
                _ => continue,
            };
            self.report(
                Code::MismatchedActionForPrincipal,
                place,
                format!("`{value}` can never call this statement's action: {problem}"),
            )
            .help("change the action or the principal");
        }
    }
}

/// Whether a text has the form of a service principal.
pub(super) fn is_service(value: &str) -> bool {
    let lower = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
    };
    [
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazon.com",
        "aws.internal",
        "c2s.ic.gov",
        "sc2s.sgov.gov",
    ]
    .iter()
    .filter_map(|domain| value.strip_suffix(domain))
    .filter_map(|rest| rest.strip_suffix('.'))
    .any(lower)
}

/// Whether a federated principal is a SAML provider.
pub(crate) fn is_saml(value: &str) -> bool {
    ArnFields::split(value).is_some_and(|fields| {
        fields.service == "iam" && fields.resource.starts_with("saml-provider/")
    })
}

/// Whether a federated principal is an OIDC provider or a web identity domain.
pub(crate) fn is_oidc(value: &str) -> bool {
    match ArnFields::split(value) {
        Some(fields) => fields.service == "iam" && fields.resource.starts_with("oidc-provider/"),
        // A web identity domain, possibly with a path.
        None => {
            let host = value.split('/').next().unwrap_or_default();
            host.contains('.')
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        }
    }
}

/// Whether an ARN with this service and resource can be a principal.
fn principal_resource(service: &str, resource: &str) -> Result<(), &'static str> {
    let named = |prefix: &str| {
        resource
            .strip_prefix(prefix)
            .is_some_and(|name| !name.is_empty())
    };
    match service {
        "iam" if resource == "root" || named("user/") || named("role/") => Ok(()),
        "iam" if named("group/") => Err("a group is no principal"),
        "iam" => Err("of IAM's resources only `root`, `user/NAME` and `role/NAME` are principals"),
        "sts" if named("federated-user/") => Ok(()),
        "sts"
            if resource.strip_prefix("assumed-role/").is_some_and(|rest| {
                rest.split_once('/')
                    .is_some_and(|(role, session)| !role.is_empty() && !session.is_empty())
            }) =>
        {
            Ok(())
        }
        "sts" => Err("a session is `assumed-role/ROLE/SESSION` or `federated-user/NAME`"),
        _ => Err("only ARNs of iam and sts name principals"),
    }
}
