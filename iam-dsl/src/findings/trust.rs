//! Trust policies that let in more than they seem to: CI services without whose
//! runs are meant, vendors without an external id, whole accounts.

use std::sync::LazyLock;

use iam_dsl_core::pattern::Glob;
use iam_dsl_core::{
    Code, ConditionEntry, Conditions, Diagnostic, Document, Effect, Operator, OperatorFamily,
    PrincipalType, Statement,
};

use super::{place, table};

/// A service that signs in by OIDC.
struct Issuer {
    /// The issuer without `https://`; `*` where each customer has one.
    host: Glob,
    /// Whether one issuer signs for all customers.
    shared: bool,
    name: &'static str,
    /// The claim that names the customer.
    claim: &'static str,
    /// How the claim begins, and what ends the customer's name in it.
    begins: &'static str,
    ends: &'static str,
    source: &'static str,
}

static ISSUERS: LazyLock<Vec<Issuer>> = LazyLock::new(|| {
    table::rows(include_str!("data/ci_issuers.tsv"))
        .map(|row| Issuer {
            host: Glob::new(table::field(&row, 0)),
            shared: !table::field(&row, 0).contains('*'),
            name: table::field(&row, 1),
            claim: table::field(&row, 2),
            begins: table::field(&row, 3),
            ends: table::field(&row, 4),
            source: table::field(&row, 5),
        })
        .collect()
});

/// Account and vendor, by account.
static VENDORS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    table::rows(include_str!("data/vendor_accounts.tsv"))
        .map(|row| (table::field(&row, 0), table::field(&row, 1)))
        .collect()
});

/// What is doubtful about whom a trust policy trusts.
pub(super) fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    for (number, statement) in document.statements().iter().enumerate() {
        if statement.effect() != Some(Effect::Allow) {
            continue;
        }
        for (pointer, kind, value) in place::principals(document, number) {
            match kind {
                PrincipalType::Federated
                    if has_action(statement, "sts:AssumeRoleWithWebIdentity") =>
                {
                    ci(document, number, statement, pointer, value, found);
                }
                PrincipalType::Aws if !has_action(statement, "sts:AssumeRole") => {}
                PrincipalType::Aws if value == "*" => {
                    found.extend(everyone(document, statement, pointer));
                }
                PrincipalType::Aws => {
                    found.extend(account(statement, pointer, value));
                }
                _ => {}
            }
        }
    }
}

fn has_action(statement: &Statement, action: &str) -> bool {
    let matches = |pattern: &str| Glob::new(pattern).matches_ignore_case(action);
    match statement.not_actions() {
        Some(patterns) => !patterns.iter().any(|pattern| matches(pattern.as_str())),
        None => statement
            .actions()
            .iter()
            .any(|pattern| matches(pattern.as_str())),
    }
}

fn conditions(statement: &Statement) -> impl Iterator<Item = (Operator, &ConditionEntry)> {
    statement
        .conditions()
        .into_iter()
        .flat_map(Conditions::iter)
}

/// Whether an operator holds only for the values that it lists.
fn lists(operator: Operator) -> bool {
    let comparison = operator.comparison;
    comparison.family() == OperatorFamily::String && !comparison.is_negated()
}

/// A principal that is a CI service's provider.
fn ci(
    document: &Document,
    number: usize,
    statement: &Statement,
    pointer: String,
    provider: &str,
    found: &mut Vec<Diagnostic>,
) {
    let host = match provider.split_once(":oidc-provider/") {
        Some((_, host)) => host,
        None => provider,
    };
    let Some(issuer) = ISSUERS.iter().find(|issuer| issuer.host.matches(host)) else {
        return;
    };
    let Issuer { name, claim, .. } = issuer;
    let of_issuer = |key: &str| {
        let claim = key.strip_prefix(host)?.strip_prefix(':')?;
        Some(claim.to_ascii_lowercase())
    };
    // The audience is the same for every run, unless it is what names the customer.
    let binding: Vec<_> = conditions(statement)
        .filter(|(operator, _)| lists(*operator))
        .filter_map(|(operator, entry)| {
            let key = of_issuer(&entry.key)?;
            let binds = key == *claim || !matches!(key.as_str(), "aud" | "amr");
            binds.then_some((operator, entry, key))
        })
        .collect();
    if binding.is_empty() {
        let missing = if issuer.shared {
            // Access Analyzer has a code of its own for this one.
            if host == GITHUB {
                return;
            }
            Diagnostic::new(
                Code::CiTrustWithoutSubject,
                pointer,
                format!(
                    "{name} signs tokens for all its customers, and this trusts every one of them: no condition on `{host}:{claim}` says whose runs are meant"
                ),
            )
        } else {
            Diagnostic::new(
                Code::CiTrustAnyProject,
                pointer,
                format!(
                    "this trusts every project of the organization at {name}: no condition on `{host}:{claim}` says which"
                ),
            )
        };
        let example = format!("{}CUSTOMER{}…", issuer.begins, issuer.ends);
        found.push(missing.help(format!(
            "compare `{host}:{claim}` with the runs that are meant, such as `{example}`; see {}",
            issuer.source
        )));
        return;
    }
    // All conditions must hold: one that names the customer is enough.
    let is_open = |operator: Operator, entry: &ConditionEntry, key: &str| {
        let wild = operator.comparison.has_wildcards();
        entry.values.iter().any(|value| {
            let value = value.text();
            match value.find(['*', '?']).filter(|_| wild) {
                None => false,
                // Only of the claim that names the customer is the form known.
                Some(at) if key != *claim => at == 0,
                Some(at) => !names_customer(issuer, value.get(..at).unwrap_or_default()),
            }
        })
    };
    let open: Vec<_> = binding
        .iter()
        .filter(|(operator, entry, key)| is_open(*operator, entry, key))
        .collect();
    if !issuer.shared || open.len() < binding.len() {
        return;
    }
    if let Some((operator, entry, key)) = open.first() {
        let wanted = format!("{}CUSTOMER{}", issuer.begins, issuer.ends);
        found.push(
            Diagnostic::new(
                Code::CiTrustOpenSubject,
                place::condition(document, number, *operator, &entry.key),
                format!(
                    "{name} signs tokens for all its customers, and runs of strangers match this pattern of `{key}`: a wildcard stands before the customer's name has ended"
                ),
            )
            .help(format!(
                "write the customer's name in full before the first wildcard, as in `{wanted}*`; see {}",
                issuer.source
            )),
        );
    }
}

const GITHUB: &str = "token.actions.githubusercontent.com";

/// Whether the text before the first wildcard holds the customer's name in full.
fn names_customer(issuer: &Issuer, before: &str) -> bool {
    match before.strip_prefix(issuer.begins) {
        // The form is not known: something must stand there.
        _ if issuer.ends.is_empty() => !before.is_empty(),
        None => false,
        Some(name) => name.find(issuer.ends).is_some_and(|end| end > 0),
    }
}

/// Everyone as principal. A `Deny` may take back what the statement lets in, so
/// that nothing is said where there is one.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
fn everyone(document: &Document, statement: &Statement, pointer: String) -> Option<Diagnostic> {
    let denies = document
        .statements()
        .iter()
        .any(|statement| statement.effect() == Some(Effect::Deny));
    (!denies && conditions(statement).next().is_none()).then(|| {
        Diagnostic::new(
            Code::PublicTrust,
            pointer,
            "every user and role of every AWS account that is permitted sts:AssumeRole can assume this role",
        )
        .help("name the accounts or roles, or add a condition, such as on aws:PrincipalOrgID")
    })
}

/// A principal that is, or belongs to, an account.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
fn account(statement: &Statement, pointer: String, principal: &str) -> Option<Diagnostic> {
    let account = match principal.split(':').nth(4) {
        Some(account) => account,
        None => principal,
    };
    let vendor = VENDORS
        .binary_search_by_key(&account, |(account, _)| account)
        .ok()
        .and_then(|at| VENDORS.get(at));
    if let Some((_, vendor)) = vendor {
        let has_id = conditions(statement).any(|(operator, entry)| {
            lists(operator) && entry.key.eq_ignore_ascii_case("sts:ExternalId")
        });
        let finding = Diagnostic::new(
            Code::VendorTrustWithoutExternalId,
            pointer,
            format!(
                "account {account} is of {vendor}, and no external id is asked for: another of its customers could have it use this role"
            ),
        );
        return (!has_id).then(|| {
            finding.help(
                "compare sts:ExternalId with the id that the vendor gave you for this account",
            )
        });
    }
    let whole = principal == account || principal.ends_with(":root");
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (whole && digits && conditions(statement).next().is_none()).then(|| {
        Diagnostic::new(
            Code::AccountTrustWithoutCondition,
            pointer,
            format!(
                "every user and role of account {account} that is permitted sts:AssumeRole can assume this role"
            ),
        )
        .help("name the roles, or add a condition, such as on aws:PrincipalArn, aws:PrincipalOrgID or MFA")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole() {
        assert!(VENDORS.is_sorted_by(|a, b| a.0 < b.0));
        for (account, vendor) in VENDORS.iter() {
            assert!(iam_dsl_core::AccountId::new(*account).is_ok(), "{account}");
            assert!(!vendor.is_empty());
        }
        for issuer in ISSUERS.iter() {
            assert!(matches!(issuer.claim, "sub" | "aud"), "{}", issuer.name);
            assert!(issuer.source.starts_with("https://"), "{}", issuer.name);
        }
        assert!(ISSUERS.iter().any(|issuer| issuer.host.matches(GITHUB)));
    }

    #[test]
    fn the_customer_is_named_before_the_first_wildcard() {
        let github = ISSUERS
            .iter()
            .find(|issuer| issuer.host.matches(GITHUB))
            .unwrap();
        for before in ["repo:acme/", "repo:acme/web:ref:"] {
            assert!(names_customer(github, before), "{before}");
        }
        for before in ["", "repo:", "repo:acme", "repo:/", "acme/"] {
            assert!(!names_customer(github, before), "{before}");
        }
    }
}
