//! A decision says why.

use iam_dsl::{Authorizer, Context, Decision, Document, Layer, Reason, Request, Unmatched};

fn document(text: &str) -> Document {
    Document::from_json(text).unwrap()
}

fn readers() -> Authorizer {
    Authorizer::new().identity(&document(
        r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"Put","Effect":"Allow","Action":"s3:PutObject","Resource":"*"},
            {"Sid":"Elsewhere","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"},
            {"Sid":"Office","Effect":"Allow","Action":"s3:GetObject","Resource":"*",
             "Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
            {"Effect":"Allow","NotAction":"s3:*","Resource":"*"},
            {"Sid":"Never","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}
        ]}"#,
    ))
}

fn decide(action: &str, context: Context) -> Decision {
    let request = Request::new(action, "arn:aws:s3:::b/k")
        .unwrap()
        .principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap())
        .context(context);
    readers().decide(&request)
}

#[test]
fn an_allow_names_its_statement() {
    let decision = decide(
        "s3:GetObject",
        Context::new().with("aws:SourceIp", "203.0.113.9"),
    );
    let statement = decision.statement().unwrap();
    assert_eq!(
        (statement.layer, statement.policy, statement.statement),
        (Layer::Identity, 0, 2)
    );
    assert_eq!(statement.sid.as_deref(), Some("Office"));
    assert_eq!(
        decision.to_string(),
        "s3:GetObject on arn:aws:s3:::b/k by arn:aws:iam::111122223333:user/Adele is allowed: \
         identity policy 1, statement 3 \"Office\" allows it"
    );
}

#[test]
fn a_deny_names_its_statement() {
    assert_eq!(
        decide("s3:DeleteObject", Context::new()).to_string(),
        "s3:DeleteObject on arn:aws:s3:::b/k by arn:aws:iam::111122223333:user/Adele is explicitly denied: \
         identity policy 1, statement 5 \"Never\" denies it"
    );
}

#[test]
fn an_implicit_deny_tells_the_first_element_of_each_statement_that_fails() {
    let decision = decide("s3:GetObject", Context::new());
    assert!(matches!(
        decision.reason(),
        Reason::NoAllow {
            layer: Layer::Identity,
            ..
        }
    ));
    assert_eq!(
        decision.to_string(),
        "s3:GetObject on arn:aws:s3:::b/k by arn:aws:iam::111122223333:user/Adele is implicitly denied: \
         no statement of the identity policy allows it\
         \n  identity policy 1, statement 1 \"Put\": Action does not match\
         \n  identity policy 1, statement 2 \"Elsewhere\": Resource does not match\
         \n  identity policy 1, statement 3 \"Office\": condition IpAddress on aws:SourceIp is not met\
         \n  identity policy 1, statement 4: NotAction lists the action"
    );
    let unmatched: Vec<_> = decision
        .statements()
        .into_iter()
        .map(|report| report.unmatched)
        .collect();
    assert!(matches!(
        unmatched.as_slice(),
        [
            Some(Unmatched::Action),
            Some(Unmatched::Resource),
            Some(Unmatched::Condition { .. }),
            Some(Unmatched::NotAction),
            Some(Unmatched::Action)
        ]
    ));
}

#[test]
fn a_missing_policy_is_told_as_such() {
    let request = Request::new("sts:AssumeRole", "arn:aws:iam::111122223333:role/r")
        .unwrap()
        .principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap());
    assert_eq!(
        Authorizer::new().decide(&request).to_string(),
        "sts:AssumeRole on arn:aws:iam::111122223333:role/r by arn:aws:iam::111122223333:user/Adele is implicitly denied: \
         it takes a trust policy that allows it, and there is none"
    );
}

#[test]
fn a_level_that_does_not_allow_is_told() {
    let all = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    );
    let put = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}"#,
    );
    let request = Request::new("s3:GetObject", "arn:aws:s3:::b/k").unwrap();
    let decision = Authorizer::new()
        .identity(&all)
        .service_control_level([&all])
        .service_control_level([&put])
        .decide(&request);
    assert_eq!(
        decision.to_string(),
        "s3:GetObject on arn:aws:s3:::b/k is implicitly denied: no statement of a service control policy of level 2 allows it\
         \n  service control policy 1 of level 2, statement 1: Action does not match"
    );
}

#[test]
fn a_long_list_is_cut() {
    let statement = r#"{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}"#;
    let many = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        [statement; 9].join(",")
    );
    let request = Request::new("s3:GetObject", "arn:aws:s3:::b/k").unwrap();
    let text = Authorizer::new()
        .identity(&document(&many))
        .decide(&request)
        .to_string();
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(
        text.ends_with("and 4 more statements that do not match"),
        "{text}"
    );
}
