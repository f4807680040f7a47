//! The details that other evaluators get wrong, each by name.

use iam_dsl::{
    AccountId, Authorizer, Context, ContextValue, Document, Layer, Outcome, Principal, Reason,
    Request, Rule,
};

const USER: &str = "arn:aws:iam::111122223333:user/Adele";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/run";
const OBJECT: &str = "arn:aws:s3:::b/k";

fn document(statements: &str) -> Document {
    Document::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .unwrap()
}

fn allow(rest: &str) -> Document {
    document(&format!(r#"{{"Effect":"Allow","Action":"*",{rest}}}"#))
}

fn request(action: &str, resource: &str) -> Request {
    Request::new(action, resource)
        .unwrap()
        .principal(USER.parse().unwrap())
}

/// The outcome for a user whose only policy allows everything under this condition.
fn under(condition: &str, context: Context) -> Outcome {
    Authorizer::new()
        .identity(&allow(&format!(
            r#""Resource":"*","Condition":{condition}"#
        )))
        .decide(&request("s3:GetObject", OBJECT).context(context))
        .outcome()
}

fn holds(condition: &str, context: Context) -> bool {
    under(condition, context) == Outcome::Allow
}

#[test]
fn a_variable_without_a_value_is_no_empty_string() {
    let empty = || Context::new().with("s3:prefix", "");
    assert!(!holds(
        r#"{"StringEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}}"#,
        empty()
    ));
    assert!(!holds(
        r#"{"StringLike":{"s3:prefix":"${aws:PrincipalTag/team}*"}}"#,
        empty()
    ));
    assert!(!holds(
        r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/${aws:PrincipalTag/team}*"}}"#,
        empty()
    ));
    let home = Authorizer::new().identity(&allow(
        r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}*""#,
    ));
    assert!(!home.decide(&request("s3:GetObject", OBJECT)).is_allowed());
}

#[test]
fn a_negated_operator_holds_for_a_variable_without_a_value() {
    let context = || Context::new().with("s3:prefix", "red");
    assert!(holds(
        r#"{"StringNotEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}}"#,
        context()
    ));
    assert!(holds(
        r#"{"StringNotLike":{"s3:prefix":"${aws:PrincipalTag/team}*"}}"#,
        context()
    ));
    assert!(holds(
        r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/${aws:PrincipalTag/team}*"}}"#,
        context()
    ));
}

#[test]
fn a_star_inside_the_value_of_a_variable_is_literal() {
    let home = Authorizer::new().identity(&allow(
        r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/x""#,
    ));
    let as_star = |resource| {
        let request = request("s3:GetObject", resource)
            .context(Context::new().with("aws:PrincipalTag/team", "*?"));
        home.decide(&request).is_allowed()
    };
    assert!(!as_star("arn:aws:s3:::b/red/x"));
    assert!(as_star("arn:aws:s3:::b/*?/x"));
}

#[test]
fn policies_of_2008_do_not_interpolate() {
    for version in [r#""Version":"2008-10-17","#, ""] {
        let policy = Document::from_json(&format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${{aws:username}}"}}}}"#
        ))
        .unwrap();
        let authorizer = Authorizer::new().identity(&policy);
        assert!(
            !authorizer
                .decide(&request("s3:GetObject", "arn:aws:s3:::b/Adele"))
                .is_allowed()
        );
        assert!(
            authorizer
                .decide(&request("s3:GetObject", "arn:aws:s3:::b/${aws:username}"))
                .is_allowed()
        );
    }
}

#[test]
fn escapes_are_literals() {
    for (escape, character) in [("${*}", "*"), ("${?}", "?"), ("${$}", "$")] {
        let context = |text: &str| Context::new().with("s3:prefix", text);
        for operator in ["StringLike", "StringEquals"] {
            let condition = format!(r#"{{"{operator}":{{"s3:prefix":"a{escape}"}}}}"#);
            assert!(
                holds(&condition, context(&format!("a{character}"))),
                "{condition}"
            );
            assert!(!holds(&condition, context("ab")), "{condition}");
        }
    }
}

#[test]
fn defaults_are_read_with_and_without_the_space() {
    for text in [
        "${aws:PrincipalTag/team, 'none'}",
        "${aws:PrincipalTag/team,'none'}",
    ] {
        let condition = format!(r#"{{"StringEquals":{{"s3:prefix":"{text}"}}}}"#);
        assert!(
            holds(&condition, Context::new().with("s3:prefix", "none")),
            "{text}"
        );
        let tagged = Context::new()
            .with("s3:prefix", "red")
            .with("aws:PrincipalTag/team", "red");
        assert!(holds(&condition, tagged), "{text}");
    }
}

fn naming(principal: &str) -> Document {
    document(&format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"*","Resource":"*"}}"#
    ))
}

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
fn bool_takes_the_string_true() {
    let condition = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    assert!(holds(
        condition,
        Context::new().with("aws:MultiFactorAuthPresent", "true")
    ));
    assert!(holds(
        condition,
        Context::new().with("aws:MultiFactorAuthPresent", true)
    ));
    assert!(holds(
        r#"{"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
        Context::new().with("aws:MultiFactorAuthPresent", "true")
    ));
    assert!(!holds(
        condition,
        Context::new().with("aws:MultiFactorAuthPresent", false)
    ));
    assert!(!holds(condition, Context::new()));
}

#[test]
fn for_all_values_is_true_and_for_any_value_false_on_a_missing_key() {
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "ArnLike",
        "Bool",
        "NumericLessThan",
        "IpAddress",
    ] {
        let condition =
            |qualifier: &str| format!(r#"{{"{qualifier}:{operator}":{{"x:key":"1"}}}}"#);
        assert!(
            holds(&condition("ForAllValues"), Context::new()),
            "{operator}"
        );
        assert!(
            !holds(&condition("ForAnyValue"), Context::new()),
            "{operator}"
        );
    }
}

#[test]
fn for_any_value_ignores_if_exists() {
    for operator in [
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "StringLikeIfExists",
        "ArnNotLikeIfExists",
    ] {
        assert!(
            !holds(
                &format!(r#"{{"ForAnyValue:{operator}":{{"x:key":"1"}}}}"#),
                Context::new()
            ),
            "{operator}"
        );
        assert!(
            holds(
                &format!(r#"{{"ForAllValues:{operator}":{{"x:key":"1"}}}}"#),
                Context::new()
            ),
            "{operator}"
        );
    }
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
fn a_user_name_in_resource_is_case_sensitive() {
    let authorizer =
        Authorizer::new().identity(&allow(r#""Resource":"arn:aws:iam::111122223333:user/Bob""#));
    assert!(
        authorizer
            .decide(&request(
                "iam:GetUser",
                "arn:aws:iam::111122223333:user/Bob"
            ))
            .is_allowed()
    );
    assert!(
        !authorizer
            .decide(&request(
                "iam:GetUser",
                "arn:aws:iam::111122223333:user/bob"
            ))
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
fn arn_operators_compare_six_parts_and_string_operators_do_not() {
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    let crossing =
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
    for (operator, expected) in [
        ("StringLike", true),
        ("ArnLike", false),
        ("ArnEquals", false),
        ("ArnNotLike", true),
    ] {
        let condition = format!(r#"{{"{operator}":{{"aws:SourceArn":"{pattern}"}}}}"#);
        assert_eq!(
            holds(&condition, Context::new().with("aws:SourceArn", crossing)),
            expected,
            "{operator}"
        );
    }
}

#[test]
fn negated_operators_with_several_values_are_a_nor() {
    for (operator, values, one, other) in [
        ("StringNotEquals", r#"["a","b"]"#, "b", "c"),
        ("StringNotLike", r#"["a*","b*"]"#, "bc", "cb"),
        ("NumericNotEquals", "[1,2]", "2", "3"),
        (
            "NotIpAddress",
            r#"["10.0.0.0/8","192.0.2.0/24"]"#,
            "192.0.2.1",
            "198.51.100.1",
        ),
        (
            "ArnNotEquals",
            r#"["arn:aws:s3:::a","arn:aws:s3:::b"]"#,
            "arn:aws:s3:::b",
            "arn:aws:s3:::c",
        ),
    ] {
        let condition = format!(r#"{{"{operator}":{{"x:key":{values}}}}}"#);
        assert!(
            !holds(&condition, Context::new().with("x:key", one)),
            "{operator}"
        );
        assert!(
            holds(&condition, Context::new().with("x:key", other)),
            "{operator}"
        );
    }
}

#[test]
fn typed_values_compare_as_what_they_are() {
    use std::net::{IpAddr, Ipv6Addr};
    use std::time::{Duration, UNIX_EPOCH};
    let at = UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    let date = |operator: &str| format!(r#"{{"{operator}":{{"x:key":"2020-01-01T00:00:00Z"}}}}"#);
    assert!(holds(&date("DateEquals"), Context::new().with("x:key", at)));
    assert!(!holds(
        &date("DateLessThan"),
        Context::new().with("x:key", at)
    ));
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    assert!(holds(
        r#"{"IpAddress":{"x:key":"::1"}}"#,
        Context::new().with("x:key", v6)
    ));
    assert!(holds(
        r#"{"BinaryEquals":{"x:key":"QUJD"}}"#,
        Context::new().with("x:key", ContextValue::binary(*b"ABC"))
    ));
    assert!(holds(
        r#"{"NumericLessThan":{"x:key":"0.3"}}"#,
        Context::new().with("x:key", 0.25)
    ));
    // A number of four digits counts seconds; only a text is a year.
    assert!(holds(
        r#"{"DateEquals":{"x:key":"1970-01-01T00:33:40Z"}}"#,
        Context::new().with("x:key", 2020)
    ));
    assert!(holds(
        r#"{"DateEquals":{"x:key":"2020-01-01"}}"#,
        Context::new().with("x:key", "2020")
    ));
}

#[test]
fn a_context_value_of_the_wrong_form_matches_nothing() {
    let text = || Context::new().with("x:key", "three");
    for (operator, value) in [
        ("NumericEquals", "3"),
        ("NumericLessThan", "3"),
        ("DateGreaterThan", "2020-01-01"),
        ("Bool", "true"),
        ("Bool", "false"),
        ("IpAddress", "0.0.0.0/0"),
        ("BinaryEquals", "QUJD"),
        ("ArnLike", "arn:*:*:*:*:*"),
    ] {
        assert!(
            !holds(
                &format!(r#"{{"{operator}":{{"x:key":"{value}"}}}}"#),
                text()
            ),
            "{operator}"
        );
        assert!(
            !holds(
                &format!(r#"{{"{operator}IfExists":{{"x:key":"{value}"}}}}"#),
                text()
            ),
            "{operator}"
        );
    }
}

#[test]
fn several_values_without_a_set_operator_never_allow_and_always_deny() {
    let context = Context::new().with_values("aws:TagKeys", ["a", "b"]);
    for operator in ["StringEquals", "StringNotEquals", "StringLike"] {
        let condition = format!(r#"{{"{operator}":{{"aws:TagKeys":"a"}}}}"#);
        assert_eq!(
            under(&condition, context.clone()),
            Outcome::ImplicitDeny,
            "{operator}"
        );
        let denies = Authorizer::new().identity(&document(&format!(
            r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}"#
        )));
        let decision = denies.decide(&request("s3:GetObject", OBJECT).context(context.clone()));
        assert_eq!(decision.outcome(), Outcome::ExplicitDeny, "{operator}");
    }
}

#[test]
fn what_iam_refuses_never_allows_and_a_deny_of_it_still_denies() {
    for (layer, rest) in [
        ("identity", r#""Principal":"*","Action":"*","Resource":"*""#),
        ("identity", r#""Action":"*""#),
        ("identity", r#""Resource":"*""#),
        (
            "identity",
            r#""Action":"*","NotAction":"s3:PutObject","Resource":"*""#,
        ),
        (
            "identity",
            r#""Action":"*","Resource":"arn:aws:s3:::${aws:username""#,
        ),
        (
            "identity",
            r#""Action":"*","NotResource":"arn:aws:s3:::${}""#,
        ),
        ("resource", r#""Action":"*","Resource":"*""#),
        (
            "identity",
            r#""Action":"*","Resource":"*","Condition":{"NullIfExists":{"x:key":"true"}}"#,
        ),
    ] {
        for (effect, expected) in [
            ("Allow", Outcome::ImplicitDeny),
            ("Deny", Outcome::ExplicitDeny),
        ] {
            let policy = document(&format!(r#"{{"Effect":"{effect}",{rest}}}"#));
            let authorizer = match layer {
                "identity" => Authorizer::new().identity(&policy),
                _ => Authorizer::new().resource(&policy),
            };
            let decision = authorizer.decide(&request("s3:GetObject", OBJECT));
            assert_eq!(decision.outcome(), expected, "{effect} {rest}");
        }
    }
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
