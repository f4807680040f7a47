//! Inputs of which AWS's documentation says nothing: each is on the list "What AWS
//! does not say" in the evaluator's documentation, or cites the page.

use iam_dsl::{Context, ContextValue, Request, RequestErrorKind};

use super::{holds, request};

fn meets(operator: &str, wanted: &str, value: impl Into<ContextValue>) -> bool {
    let condition = format!(r#"{{"{operator}":{{"x:key":"{wanted}"}}}}"#);
    holds(&condition, Context::new().with("x:key", value))
}

/// Both in the policy and in the request.
#[test]
fn dates_at_the_edges_of_iso_8601_are_read() {
    for (edge, same) in [
        ("2026-01-31T24:00:00Z", "2026-02-01T00:00:00Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
        ("2026", "2026-01-01T00:00:00Z"),
        ("2026-03", "2026-03-01T00:00:00Z"),
        ("2026-03-04", "2026-03-04T00:00:00Z"),
        ("2026-03-04T05:06Z", "2026-03-04T05:06:00Z"),
        ("2026-03-04T05:06:07.5+01:30", "2026-03-04T03:36:07.500Z"),
        ("1577836800", "2020-01-01T00:00:00Z"),
    ] {
        assert!(meets("DateEquals", edge, same), "{edge}");
        assert!(meets("DateEquals", same, edge), "{edge}");
        assert!(!meets("DateLessThan", edge, same), "{edge}");
    }
}

/// What is no date matches nothing, in the policy and in the request, so that a
/// negated operator holds.
#[test]
fn what_is_no_date_matches_nothing() {
    let date = "2026-01-01T00:00:00Z";
    for text in [
        "",
        "tomorrow",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-1-1",
        "2026-02-29",
        "2026-13-01",
        "2026-01-01T24:00:01Z",
        "2026-01-01T23:60:00Z",
        "2026-01-01T23:59:61Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01t00:00:00z",
        "1.5",
    ] {
        for operator in [
            "DateEquals",
            "DateLessThan",
            "DateGreaterThan",
            "DateLessThanEquals",
        ] {
            assert!(!meets(operator, text, date), "{operator} {text}");
            assert!(!meets(operator, date, text), "{operator} {text}");
        }
        assert!(meets("DateNotEquals", date, text), "{text}");
        assert!(meets("DateNotEquals", text, date), "{text}");
    }
}

#[test]
fn what_is_no_number_matches_nothing() {
    for text in ["", "five", "0x5", "5 ", "1,000", "NaN", "inf", "5e", "٥"] {
        assert!(!meets("NumericEquals", "5", text), "{text}");
        assert!(!meets("NumericLessThan", text, "0"), "{text}");
        assert!(!meets("NumericGreaterThan", "0", text), "{text}");
        assert!(meets("NumericNotEquals", "5", text), "{text}");
    }
    assert!(meets("NumericEquals", "5", "5.00"));
    assert!(meets("NumericEquals", "500", "5e2"));
    assert!(!meets(
        "NumericEquals",
        "9007199254740992",
        "9007199254740993"
    ));
}

#[test]
fn addresses_and_networks_are_read_strictly() {
    assert!(meets("IpAddress", "10.1.2.3/8", "10.9.9.9"));
    for text in [
        "",
        "010.0.0.1",
        "10.0.0",
        "10.0.0.1 ",
        "10.0.0.1:80",
        "10.0.0.0/8",
        "::ffff:10.0.0.1",
    ] {
        assert!(!meets("IpAddress", "10.0.0.0/8", text), "{text}");
        assert!(meets("NotIpAddress", "10.0.0.0/8", text), "{text}");
    }
    for net in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0-10.0.0.9", "*"] {
        assert!(!meets("IpAddress", net, "10.0.0.1"), "{net}");
        assert!(meets("NotIpAddress", net, "10.0.0.1"), "{net}");
    }
}

#[test]
fn a_typed_value_is_not_read_as_another_type() {
    let address: std::net::IpAddr = "10.0.0.1".parse().unwrap();
    assert!(!meets("NumericEquals", "1", true));
    assert!(!meets("Bool", "true", 1));
    assert!(!meets("IpAddress", "0.0.0.0/0", 1));
    assert!(!meets("NumericGreaterThan", "0", address));
    assert!(!meets("DateGreaterThan", "1970-01-01", address));
    assert!(!meets(
        "BinaryEquals",
        "QUJD",
        ContextValue::binary(*b"ABD")
    ));
    // Every value has a text, which string operators compare.
    assert!(meets("StringEquals", "10.0.0.1", address));
    assert!(meets("StringEquals", "true", true));
}

#[test]
fn what_is_no_arn_matches_no_arn_operator() {
    for text in ["", "arn", "arn:aws:s3", "b", "*", "arn:aws:s3::b"] {
        assert!(!meets("ArnLike", "arn:aws:s3:::b", text), "{text}");
        assert!(!meets("ArnEquals", "arn:*:*:*:*:*", text), "{text}");
        assert!(meets("ArnNotLike", "arn:aws:s3:::b", text), "{text}");
        assert!(!meets("ArnLike", text, "arn:aws:s3:::b"), "{text}");
        assert!(meets("ArnNotLike", text, "arn:aws:s3:::b"), "{text}");
    }
}

/// A request names one concrete resource: what does not is an error, not a guess.
#[test]
fn a_pattern_is_no_request() {
    for (action, resource, kind) in [
        ("s3:Get*", "*", RequestErrorKind::Action),
        ("s3:GetObject", "s3:::b", RequestErrorKind::Resource),
        (
            "s3:GetObject",
            "arn:aws:s3:*::b",
            RequestErrorKind::Resource,
        ),
    ] {
        assert_eq!(Request::new(action, resource).unwrap_err().kind(), kind);
    }
    // A key of S3 may hold a star, which is a character of it.
    assert_eq!(
        request("s3:GetObject", "arn:aws:s3:::b/*").resource(),
        "arn:aws:s3:::b/*"
    );
}
