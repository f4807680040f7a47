//! What `NotPrincipal` and `NotResource` leave out, and escapes in `Resource`.

use iam_dsl::{Authorizer, Context, Outcome};

use super::{OBJECT, SESSION, USER, allow, document, request};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

/// The answer of a resource policy that denies all but these, beside an identity
/// policy that allows everything.
fn all_but(spared: &str, who: &str) -> Outcome {
    let deny = document(&format!(
        r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":{spared}}},"Action":"*","Resource":"*"}}"#
    ));
    Authorizer::new()
        .identity(&allow(r#""Resource":"*""#))
        .resource(&deny)
        .decide(&request("s3:GetObject", OBJECT).principal(who.parse().unwrap()))
        .outcome()
}

/// "You must also specify the account ARN of the not-denied principal"; for a
/// session "include both the ARN for a role and the ARN for the account containing
/// that role" (IAM User Guide, "AWS JSON policy elements: NotPrincipal").
#[test]
fn not_principal_with_deny_spares_only_whom_it_lists_with_the_account() {
    let root = "arn:aws:iam::111122223333:root";
    let list = |others: &[&str]| format!("{others:?}");
    for (spared, who, expected) in [
        (list(&[USER, root]), USER, Outcome::Allow),
        (list(&[USER, "111122223333"]), USER, Outcome::Allow),
        (list(&[USER]), USER, Outcome::ExplicitDeny),
        (list(&[root]), USER, Outcome::ExplicitDeny),
        (list(&[root]), root, Outcome::Allow),
        (list(&[ROLE, root]), SESSION, Outcome::Allow),
        (list(&[ROLE]), SESSION, Outcome::ExplicitDeny),
        (list(&[SESSION, root]), SESSION, Outcome::ExplicitDeny),
        (
            list(&[USER, root]),
            "arn:aws:iam::111122223333:user/Bob",
            Outcome::ExplicitDeny,
        ),
    ] {
        assert_eq!(all_but(&spared, who), expected, "{spared} {who}");
    }
}

/// "NotPrincipal must be used with Effect: Deny" (the same page).
#[test]
fn not_principal_with_allow_allows_nobody() {
    let policy = document(
        r#"{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}"#,
    );
    let decision = Authorizer::new()
        .resource(&policy)
        .decide(&request("s3:GetObject", OBJECT));
    assert_eq!(decision.outcome(), Outcome::ImplicitDeny);
}

/// "NotResource is an advanced policy element that explicitly matches every
/// resource except those specified" (IAM User Guide, "AWS JSON policy elements:
/// NotResource").
#[test]
fn not_resource_is_every_resource_but_those_listed() {
    for (effect, listed, other) in [
        ("Allow", Outcome::ImplicitDeny, Outcome::Allow),
        ("Deny", Outcome::Allow, Outcome::ExplicitDeny),
    ] {
        let policy = document(&format!(
            r#"{{"Effect":"{effect}","Action":"*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::home/${{aws:username}}/*"]}}"#
        ));
        let base = match effect {
            "Deny" => Authorizer::new().identity(&allow(r#""Resource":"*""#)),
            _ => Authorizer::new(),
        };
        let authorizer = base.identity(&policy);
        for (resource, expected) in [
            (OBJECT, listed),
            ("arn:aws:s3:::home/Adele/k", listed),
            ("arn:aws:s3:::home/Bob/k", other),
            ("arn:aws:s3:::other/k", other),
            ("arn:aws:sqs:eu-west-1:111122223333:q", other),
            ("*", other),
        ] {
            let decision = authorizer.decide(&request("s3:GetObject", resource));
            assert_eq!(decision.outcome(), expected, "{effect} {resource}");
        }
    }
}

#[test]
fn escapes_in_a_resource_are_literals() {
    for (escape, character) in [("${*}", "*"), ("${?}", "?"), ("${$}", "$")] {
        let policy = allow(&format!(r#""Resource":"arn:aws:s3:::b/a{escape}""#));
        let authorizer = Authorizer::new().identity(&policy);
        let ask = |key: &str| {
            let resource = format!("arn:aws:s3:::b/a{key}");
            authorizer
                .decide(&request("s3:GetObject", &resource).context(Context::new()))
                .is_allowed()
        };
        assert!(ask(character), "{escape}");
        assert!(!ask("b"), "{escape}");
        assert!(!ask(""), "{escape}");
    }
}
