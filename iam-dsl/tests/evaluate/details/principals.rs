//! Who is named, and what that is worth.

use iam_dsl::{AccountId, Authorizer, Context, Layer, Outcome, Principal, Reason, Request, Rule};

use super::{OBJECT, SESSION, USER, allow, document, naming, request};

#[test]
fn an_account_as_principal_covers_its_users_and_roles_but_only_delegates() {
    for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
        let resource = Authorizer::new().resource(&naming(account));
        let both = resource.clone().identity(&allow(r#""Resource":"*""#));
        for principal in [USER, SESSION, "arn:aws:iam::111122223333:role/deploy"] {
            let request = Request::new("s3:GetObject", OBJECT)
                .unwrap()
                .principal(principal.parse().unwrap());
            assert_eq!(
                resource.decide(&request).outcome(),
                Outcome::ImplicitDeny,
                "{principal}"
            );
            let across = request.resource_account(AccountId::new("444455556666").unwrap());
            assert!(both.decide(&across).is_allowed(), "{principal}");
            assert_eq!(
                resource.decide(&across).layer(),
                Some(Layer::Identity),
                "{principal}"
            );
        }
    }
}

#[test]
fn a_role_as_principal_covers_its_sessions() {
    let role = Authorizer::new().resource(&naming("arn:aws:iam::111122223333:role/deploy"));
    let session = Request::new("s3:GetObject", OBJECT)
        .unwrap()
        .principal(SESSION.parse().unwrap());
    assert!(role.decide(&session).is_allowed());
    let other = Request::new("s3:GetObject", OBJECT).unwrap().principal(
        "arn:aws:sts::111122223333:assumed-role/deployer/run"
            .parse()
            .unwrap(),
    );
    assert!(!role.decide(&other).is_allowed());
}

#[test]
fn the_path_of_a_role_counts_where_it_is_told() {
    let session = || Principal::assumed_role(SESSION).unwrap();
    let request = |principal| {
        Request::new("s3:GetObject", OBJECT)
            .unwrap()
            .principal(principal)
    };
    let authorizer =
        Authorizer::new().resource(&naming("arn:aws:iam::111122223333:role/ci/deploy"));
    assert!(authorizer.decide(&request(session())).is_allowed());
    let at = |role| session().of_role(role).unwrap();
    assert!(
        authorizer
            .decide(&request(at("arn:aws:iam::111122223333:role/ci/deploy")))
            .is_allowed()
    );
    assert!(
        !authorizer
            .decide(&request(at("arn:aws:iam::111122223333:role/deploy")))
            .is_allowed()
    );
}

#[test]
fn a_direct_grant_does_not_skip_the_endpoint_policy() {
    let endpoint =
        document(r#"{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"}"#);
    let decision = Authorizer::new()
        .resource(&naming(USER))
        .endpoint(&endpoint)
        .decide(&request("s3:GetObject", OBJECT));
    assert_eq!(
        (decision.outcome(), decision.layer()),
        (Outcome::ImplicitDeny, Some(Layer::Endpoint))
    );
}

#[test]
fn the_account_setting_grants_change_password_to_every_user() {
    let setting = Authorizer::new().users_change_password(true);
    let decision = setting.decide(&request("iam:ChangePassword", USER));
    assert!(decision.is_allowed());
    assert_eq!(
        decision.reason(),
        &Reason::Rule(Rule::UsersMayChangePassword)
    );
    assert!(
        !setting
            .decide(&request(
                "iam:ChangePassword",
                "arn:aws:iam::111122223333:user/Bob"
            ))
            .is_allowed()
    );
    let denied = setting.identity(&document(
        r#"{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}"#,
    ));
    assert_eq!(
        denied
            .decide(&request("iam:ChangePassword", USER))
            .outcome(),
        Outcome::ExplicitDeny
    );
    assert!(
        !Authorizer::new()
            .decide(&request("iam:ChangePassword", USER))
            .is_allowed()
    );
}

#[test]
fn not_principal_with_deny_always_denies_bounded_principals() {
    let everything = allow(r#""Resource":"*""#);
    let spared = Authorizer::new().identity(&everything).resource(&document(&format!(
        r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":["{USER}","111122223333"]}},"Action":"*","Resource":"*"}}"#
    )));
    assert!(spared.decide(&request("s3:GetObject", OBJECT)).is_allowed());
    let bounded = spared
        .boundary(&everything)
        .decide(&request("s3:GetObject", OBJECT));
    assert_eq!(
        (bounded.outcome(), bounded.layer()),
        (Outcome::ExplicitDeny, Some(Layer::Resource))
    );
}

#[test]
fn a_role_is_not_trusted_to_assume_itself_unless_named() {
    let assume = |trust: &str| {
        let trust = document(&format!(
            r#"{{"Effect":"Allow","Principal":{trust},"Action":"sts:AssumeRole"}}"#
        ));
        let request = Request::new("sts:AssumeRole", "arn:aws:iam::111122223333:role/deploy")
            .unwrap()
            .principal(SESSION.parse().unwrap());
        Authorizer::new()
            .identity(&allow(r#""Resource":"*""#))
            .trust(&trust)
            .decide(&request)
            .is_allowed()
    };
    assert!(!assume(r#"{"Service":"ec2.amazonaws.com"}"#));
    assert!(assume(r#"{"AWS":"arn:aws:iam::111122223333:role/deploy"}"#));
    // Naming the account names the role too, whose policies allow it here.
    assert!(assume(r#"{"AWS":"111122223333"}"#));
}

#[test]
fn a_session_without_mfa_cannot_call_iam() {
    let authorizer = Authorizer::new().identity(&allow(r#""Resource":"*""#));
    let ask = |mfa: Option<bool>| {
        let context = mfa.map_or_else(Context::new, |mfa| {
            Context::new().with("aws:MultiFactorAuthPresent", mfa)
        });
        let request = Request::new("iam:GetUser", USER)
            .unwrap()
            .principal(Principal::user_session(USER).unwrap());
        authorizer.decide(&request.context(context)).is_allowed()
    };
    assert!(!ask(None));
    assert!(!ask(Some(false)));
    assert!(ask(Some(true)));
}

#[test]
fn a_federated_session_never_calls_iam() {
    let everything = allow(r#""Resource":"*""#);
    let authorizer = Authorizer::new().identity(&everything).session(&everything);
    let federated =
        Principal::federated_user("arn:aws:sts::111122223333:federated-user/f").unwrap();
    let ask = |action, resource| {
        let request = Request::new(action, resource)
            .unwrap()
            .principal(federated.clone());
        authorizer
            .decide(&request.context(Context::new().with("aws:MultiFactorAuthPresent", true)))
            .is_allowed()
    };
    assert!(!ask("iam:GetUser", USER));
    assert!(ask("s3:GetObject", OBJECT));
}

#[test]
fn a_request_without_a_principal_is_named_by_nobody() {
    let unnamed = Request::new("s3:GetObject", OBJECT).unwrap();
    assert!(
        Authorizer::new()
            .identity(&allow(r#""Resource":"*""#))
            .decide(&unnamed)
            .is_allowed()
    );
    assert!(
        !Authorizer::new()
            .resource(&naming(USER))
            .decide(&unnamed)
            .is_allowed()
    );
    assert!(
        Authorizer::new()
            .resource(&naming("*"))
            .decide(&unnamed)
            .is_allowed()
    );
    let denied = document(&format!(
        r#"{{"Effect":"Deny","Principal":{{"AWS":"{USER}"}},"Action":"*","Resource":"*"}}"#
    ));
    let decision = Authorizer::new()
        .identity(&allow(r#""Resource":"*""#))
        .resource(&denied)
        .decide(&unnamed);
    assert_eq!(decision.outcome(), Outcome::ExplicitDeny);
}

#[test]
fn a_principal_named_by_its_unique_id() {
    let authorizer = Authorizer::new().resource(&naming("AIDACKCEVSQ6C2EXAMPLE"));
    let ask = |principal: Principal| {
        authorizer
            .decide(
                &Request::new("s3:GetObject", OBJECT)
                    .unwrap()
                    .principal(principal),
            )
            .is_allowed()
    };
    assert!(ask(Principal::user(USER)
        .unwrap()
        .with_unique_id("AIDACKCEVSQ6C2EXAMPLE")));
    assert!(!ask(Principal::user(USER).unwrap()));
    assert!(!ask(Principal::user(USER)
        .unwrap()
        .with_unique_id("AIDACKCEVSQ6C2OTHER")));
}

#[test]
fn an_authorizer_is_shared_between_threads() {
    let authorizer = Authorizer::new().identity(&allow(r#""Resource":"*""#));
    let allowed = std::thread::scope(|scope| {
        let ask = || {
            authorizer
                .clone()
                .decide(&request("s3:GetObject", OBJECT))
                .is_allowed()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    });
    assert!(allowed);
}

#[test]
fn among_many_statements_the_most_direct_grant_counts() {
    // So many that they are looked up by action, by different lists.
    let other = r#"{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}"#;
    let grant = |principal: &str, action: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*"}}"#
        )
    };
    for (direct, delegating) in [
        ("s3:GetObject", "s3:*"),
        ("s3:*", "s3:GetObject"),
        ("s3:Get*", "*"),
    ] {
        let grants = [grant(USER, direct), grant("111122223333", delegating)];
        for order in [[0, 1], [1, 0]] {
            let mut statements = vec![other.to_owned(); 20];
            statements.extend(order.map(|place| grants[place].clone()));
            let decision = Authorizer::new()
                .resource(&document(&statements.join(",")))
                .decide(&request("s3:GetObject", OBJECT));
            assert!(
                decision.is_allowed(),
                "{direct} {delegating} {order:?}: {decision}"
            );
        }
    }
}
