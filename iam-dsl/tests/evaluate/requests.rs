//! What is no request is refused, with the part that is wrong and what is right.

use iam_dsl::{AccountId, Context, Principal, PrincipalKind, Request, RequestErrorKind};

#[test]
fn malformed_actions_are_refused() {
    for action in [
        "",
        "GetObject",
        "s3",
        "s3:",
        ":GetObject",
        "s3:Get*",
        "*",
        "s3:?",
        "s3:Get Object",
        " s3:GetObject",
        "s3:Get:Object",
        "s3:GetÖbject",
    ] {
        let error = Request::new(action, "*").unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::Action, "{action}");
        assert!(error.to_string().contains("service:Name"), "{error}");
    }
    for action in [
        "s3:GetObject",
        "aws-portal:ViewBilling",
        "execute-api:Invoke",
        "APIGATEWAY:get",
    ] {
        assert!(Request::new(action, "*").is_ok(), "{action}");
    }
}

#[test]
fn malformed_resources_are_refused() {
    for resource in [
        "",
        "bucket/key",
        "arn",
        "arn:aws:s3",
        "arn:aws:s3:::",
        "arn::s3:::b",
        "**",
        "arn:aws:*:::b",
        "arn:*:s3:::b",
        "arn:aws:ec2:*:111122223333:instance/i-1",
    ] {
        let error = Request::new("s3:GetObject", resource).unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::Resource, "{resource}");
    }
    // S3 keys may hold these characters.
    for resource in [
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/a?${x}",
        "arn:aws:logs:eu-west-1:111122223333:log-group:a:*",
    ] {
        assert!(Request::new("s3:GetObject", resource).is_ok(), "{resource}");
    }
}

#[test]
fn principals_are_told_by_their_form() {
    for (text, kind, account) in [
        (
            "111122223333",
            PrincipalKind::AccountRoot,
            Some("111122223333"),
        ),
        (
            "arn:aws:iam::111122223333:root",
            PrincipalKind::AccountRoot,
            Some("111122223333"),
        ),
        (
            "arn:aws-cn:iam::111122223333:user/a/b",
            PrincipalKind::User,
            Some("111122223333"),
        ),
        (
            "arn:aws:iam::111122223333:role/r",
            PrincipalKind::Role,
            Some("111122223333"),
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/r/s",
            PrincipalKind::AssumedRole,
            Some("111122223333"),
        ),
        (
            "arn:aws:sts::111122223333:federated-user/f",
            PrincipalKind::FederatedUser,
            Some("111122223333"),
        ),
        ("ec2.amazonaws.com", PrincipalKind::Service, None),
        (
            "arn:aws:iam::111122223333:saml-provider/adfs",
            PrincipalKind::FederatedProvider,
            None,
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            PrincipalKind::FederatedProvider,
            None,
        ),
    ] {
        let principal: Principal = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(principal.kind(), kind, "{text}");
        assert_eq!(
            principal.account().map(AccountId::as_str),
            account,
            "{text}"
        );
        if kind != PrincipalKind::AccountRoot {
            assert_eq!(principal.to_string(), text);
        }
    }
    for text in [
        "",
        "*",
        "Adele",
        "11112222333",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::1111:user/a",
        "arn:aws:iam:us-east-1:111122223333:user/a",
        "arn:aws:sts::111122223333:assumed-role/r",
        "arn:aws:sts::111122223333:assumed-role/p/r/s",
        "arn:aws:sts::111122223333:role/r",
        "arn:aws:s3:::b",
    ] {
        let error = text.parse::<Principal>().unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::Principal, "{text}");
    }
}

#[test]
fn a_session_takes_only_its_own_role() {
    let session = || Principal::assumed_role("arn:aws:sts::111122223333:assumed-role/r/s").unwrap();
    assert!(
        session()
            .of_role("arn:aws:iam::111122223333:role/p/r")
            .is_ok()
    );
    for role in [
        "arn:aws:iam::111122223333:role/other",
        "arn:aws:iam::444455556666:role/r",
        "arn:aws:iam::111122223333:user/r",
    ] {
        assert!(session().of_role(role).is_err(), "{role}");
    }
    let user = Principal::user("arn:aws:iam::111122223333:user/u").unwrap();
    assert!(
        user.clone()
            .of_role("arn:aws:iam::111122223333:role/r")
            .is_err()
    );
    assert!(
        user.federated_by("arn:aws:iam::111122223333:user/u")
            .is_err()
    );
}

#[test]
fn context_keys_fold_case_and_the_later_value_stays() {
    let context = Context::new()
        .with("aws:SourceIp", "203.0.113.7")
        .with("AWS:sourceip", "203.0.113.8");
    let values = context.get("aws:SOURCEIP").unwrap();
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].text(), "203.0.113.8");
    assert_eq!(context.with_values("aws:sourceIp", [""; 0]), Context::new());
}

/// "aws:ResourceAccount … is always included in the request context for most
/// service actions" (IAM User Guide, "AWS global condition context keys"): a Deny
/// on it must not be passed over.
#[test]
fn the_account_of_the_resource_is_a_context_key() {
    use iam_dsl::{Authorizer, Outcome, Policy};
    let policy: Policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*",
         "Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}]}"#
        .parse()
        .unwrap();
    let authorizer = Authorizer::new().identity(&policy);
    let user: Principal = "arn:aws:iam::111122223333:user/ann".parse().unwrap();
    let decide = |request: Request| {
        authorizer
            .decide(&request.principal(user.clone()))
            .outcome()
    };
    let queue = Request::new("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q").unwrap();
    assert_eq!(decide(queue), Outcome::ExplicitDeny);
    // Stated for an ARN that leaves it out, and else taken for the caller's own.
    let object = || Request::new("s3:GetObject", "arn:aws:s3:::b/k").unwrap();
    let stated = |id: &str| object().resource_account(AccountId::new(id).unwrap());
    assert_eq!(decide(stated("111122223333")), Outcome::ExplicitDeny);
    assert_eq!(decide(object()), Outcome::ExplicitDeny);
    assert_ne!(decide(stated("444455556666")), Outcome::ExplicitDeny);
    // What the caller of the library says goes before.
    let other = Context::new().with("aws:ResourceAccount", "999999999999");
    assert_eq!(decide(object().context(other)), Outcome::Allow);
}

/// "Comparing the AWS STS API operations" (IAM User Guide): who can call.
#[test]
fn each_way_to_assume_a_role_has_its_callers() {
    use iam_dsl::{Authorizer, TrustPolicy};
    let trust: TrustPolicy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"},
        {"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:*"}]}"#
        .parse()
        .unwrap();
    let authorizer = Authorizer::new().trust(&trust);
    let role = "arn:aws:iam::111122223333:role/r";
    let allowed = |action: &str, who: Principal| {
        authorizer
            .decide(&Request::new(action, role).unwrap().principal(who))
            .is_allowed()
    };
    let google = || Principal::federated_provider("accounts.google.com").unwrap();
    let user = || {
        "arn:aws:iam::111122223333:user/ann"
            .parse::<Principal>()
            .unwrap()
    };
    assert!(allowed("sts:AssumeRoleWithWebIdentity", google()));
    assert!(allowed("sts:AssumeRole", user()));
    assert!(!allowed("sts:AssumeRole", Principal::anonymous()));
    assert!(!allowed("sts:AssumeRole", google()));
    assert!(!allowed("sts:AssumeRoleWithWebIdentity", user()));
    assert!(!allowed("sts:AssumeRoleWithSAML", user()));
}
