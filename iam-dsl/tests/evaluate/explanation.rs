//! A decision says why.

use iam_dsl::{
    Authorizer, Context, Decision, Document, Layer, Principal, Reason, Request, Rule, Unmatched,
};

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

const ADELE: &str = "arn:aws:iam::111122223333:user/Adele";

fn get_object(who: Principal) -> Request {
    Request::new("s3:GetObject", "arn:aws:s3:::b/k")
        .unwrap()
        .principal(who)
}

/// "Within one account either side may allow", so both are told.
#[test]
fn within_an_account_the_statements_of_the_resource_are_told_too() {
    let bucket = document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Sid":"Tls","Effect":"Allow","Principal":{{"AWS":"{ADELE}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",
              "Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}
        ]}}"#
    ));
    let put = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}}"#,
    );
    let request = get_object(ADELE.parse().unwrap());
    let alone = Authorizer::new().resource(&bucket);
    assert_eq!(
        alone.decide(&request).to_string(),
        "s3:GetObject on arn:aws:s3:::b/k by arn:aws:iam::111122223333:user/Adele is implicitly denied: \
         it takes an identity policy that allows it, and there is none; nor does the resource policy allow it by itself\
         \n  resource policy 1, statement 1 \"Tls\": condition Bool on aws:SecureTransport is not met"
    );
    let text = alone.clone().identity(&put).decide(&request).to_string();
    assert!(
        text.ends_with(
            "no statement of the identity policy allows it; nor does the resource policy allow it by itself\
             \n  resource policy 1, statement 1 \"Tls\": condition Bool on aws:SecureTransport is not met\
             \n  identity policy 1, statement 1: Action does not match"
        ),
        "{text}"
    );
    // Across accounts both have to allow, and the first that does not is told.
    let elsewhere = request.resource_account("444455556666".parse().unwrap());
    let text = alone.identity(&put).decide(&elsewhere).to_string();
    assert!(
        text.contains("no statement of the resource policy allows it\n"),
        "{text}"
    );
    assert!(!text.contains("identity policy"), "{text}");
}

#[test]
fn what_keeps_an_anonymous_caller_out_is_told() {
    let public = document(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*",
            "Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}}"#,
    );
    let decision = Authorizer::new()
        .resource(&public)
        .decide(&get_object(Principal::anonymous()));
    assert_eq!(
        decision.to_string(),
        "s3:GetObject on arn:aws:s3:::b/k by an anonymous caller is implicitly denied: \
         an anonymous caller has only what resource policies give to everyone\
         \n  resource policy 1, statement 1: condition IpAddress on aws:SourceIp is not met"
    );
    let identity = Request::new("sts:GetCallerIdentity", "*")
        .unwrap()
        .principal(Principal::anonymous());
    assert_eq!(
        Authorizer::new().decide(&identity).reason(),
        &Reason::Rule(Rule::NoCredentials)
    );
}

/// Of a statement that IAM refuses the text says so, rather than that it does not
/// match what it plainly matches.
#[test]
fn an_element_that_iam_refuses_is_told_as_such() {
    let told = |resource: bool, statement: &str| {
        let policy = document(&format!(
            r#"{{"Version":"2012-10-17","Statement":{statement}}}"#
        ));
        let authorizer = match resource {
            true => Authorizer::new().resource(&policy),
            false => Authorizer::new().identity(&policy),
        };
        let decision = authorizer.decide(&get_object(ADELE.parse().unwrap()));
        assert!(!decision.is_allowed());
        let reports = decision.statements();
        reports[0].unmatched.as_ref().unwrap().to_string()
    };
    for (resource, statement, expected) in [
        (
            false,
            r#"{"Effect":"Allow","Action":"*"}"#,
            "it has no Resource",
        ),
        (
            false,
            r#"{"Effect":"Allow","Resource":"*"}"#,
            "it has no Action",
        ),
        (
            false,
            r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
            "IAM refuses its Principal",
        ),
        (
            false,
            r#"{"Effect":"Allow","Action":"s3:*","NotAction":"iam:*","Resource":"*"}"#,
            "IAM refuses its Action",
        ),
        (
            false,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username"}"#,
            "IAM refuses its Resource",
        ),
        (
            true,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#,
            "it has no Principal",
        ),
        (
            true,
            r#"{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"s3:*","Resource":"*"}"#,
            "IAM refuses its NotPrincipal",
        ),
    ] {
        assert_eq!(told(resource, statement), expected, "{statement}");
    }
}
