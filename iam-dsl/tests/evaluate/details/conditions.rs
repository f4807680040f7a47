//! Variables, operators, values and documents.

use iam_dsl::{Authorizer, Context, ContextValue, Document, Outcome};

use super::{OBJECT, allow, document, holds, request, under};

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

/// "You cannot use a multivalued context key as a policy variable"; and of a
/// default: "If a variable is not present, AWS uses the default text".
#[test]
fn a_variable_with_several_values_has_none_and_no_default() {
    let several = || {
        Context::new()
            .with("s3:prefix", "none")
            .with_values("aws:PrincipalTag/team", ["red", "blue"])
    };
    for variable in [
        "${aws:PrincipalTag/team}",
        "${aws:PrincipalTag/team, 'none'}",
    ] {
        for operator in ["StringEquals", "StringLike"] {
            let condition = format!(r#"{{"{operator}":{{"s3:prefix":"{variable}"}}}}"#);
            assert!(!holds(&condition, several()), "{condition}");
        }
    }
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
