//! One positive case and one near miss for every code of the validator.
//!
//! A case is a statement (or a whole document) and the findings that it must
//! give, code and place; the near miss differs as little as possible and must
//! not give that code. Sources: IAM User Guide, the pages "Grammar of the IAM
//! JSON policy language", "IAM JSON policy elements: …" and "Access Analyzer
//! policy check reference".

use std::collections::BTreeSet;

use iam_dsl_core::PolicyKind::{self, *};
use iam_dsl_core::{Code, validate_json};

struct Case {
    code: &'static str,
    kind: PolicyKind,
    wrong: String,
    pointer: &'static str,
    right: String,
}

/// A document of one statement with these members.
fn statement(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

/// An identity statement with this action.
fn action(action: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Action":{action},"Resource":"*""#
    ))
}

/// An identity statement on this resource.
fn resource(resource: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":{resource}"#
    ))
}

/// An identity statement with this condition.
fn condition(condition: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{condition}"#
    ))
}

/// A trust statement with this principal.
fn trust(principal: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole""#
    ))
}

/// A resource policy's statement with this principal.
fn bucket(principal: &str) -> String {
    statement(&format!(
        r#""Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#
    ))
}

fn cases() -> Vec<Case> {
    let ok = action(r#""s3:GetObject""#);
    let mut cases = Vec::new();
    let mut case = |code, kind, wrong: String, pointer, right: String| {
        cases.push(Case {
            code,
            kind,
            wrong,
            pointer,
            right,
        });
    };
    let with = |from: &str, to: &str| ok.replace(from, to);

    case(
        "JSON_SYNTAX_ERROR",
        Identity,
        "{".to_owned(),
        "",
        ok.clone(),
    );
    case(
        "IAM_DUPLICATE_KEY",
        Identity,
        statement(r#""Effect":"Allow","Effect":"Deny","Action":"s3:Get*","Resource":"*""#),
        "/Statement/0/Effect",
        ok.clone(),
    );
    case(
        "IAM_INVALID_CHARACTER",
        Identity,
        resource("\"arn:aws:s3:::日\""),
        "",
        resource(r#""arn:aws:s3:::\u65e5""#),
    );
    case(
        "DATA_TYPE_MISMATCH",
        Identity,
        action("7"),
        "/Statement/0/Action",
        action(r#""s3:*""#),
    );
    case(
        "INVALID_POLICY_ELEMENT",
        Identity,
        with("Action", "Acton"),
        "/Statement/0/Acton",
        ok.clone(),
    );
    case(
        "INVALID_VERSION",
        Identity,
        with("2012-10-17", "2012-10-18"),
        "/Version",
        ok.clone(),
    );
    case(
        "MISSING_VERSION",
        Identity,
        with(r#""Version":"2012-10-17","#, ""),
        "",
        ok.clone(),
    );
    case(
        "IAM_VERSION_TOO_OLD",
        Identity,
        with("2012", "2008"),
        "/Version",
        ok.clone(),
    );
    case(
        "IAM_UNSUPPORTED_ID",
        ServiceControl,
        with(r#""Statement""#, r#""Id":"x","Statement""#),
        "/Id",
        ok.clone(),
    );
    case(
        "MISSING_STATEMENT",
        Identity,
        r#"{"Version":"2012-10-17"}"#.to_owned(),
        "",
        ok.clone(),
    );
    case(
        "MISSING_EFFECT",
        Identity,
        with(r#""Effect":"Allow","#, ""),
        "/Statement/0",
        ok.clone(),
    );
    case(
        "INVALID_EFFECT",
        Identity,
        with("Allow", "allow"),
        "/Statement/0/Effect",
        with("Allow", "Deny"),
    );
    case(
        "MISSING_ACTION",
        Identity,
        with(r#""Action":"s3:GetObject","#, ""),
        "/Statement/0",
        ok.clone(),
    );
    case(
        "MISSING_RESOURCE",
        Identity,
        with(r#","Resource":"*""#, ""),
        "/Statement/0",
        ok.clone(),
    );
    case(
        "MISSING_PRINCIPAL",
        Resource,
        ok.clone(),
        "/Statement/0",
        bucket(r#""*""#),
    );
    case(
        "UNSUPPORTED_ELEMENT_COMBINATION",
        Identity,
        with(r#""Resource":"*""#, r#""Resource":"*","NotResource":"*""#),
        "/Statement/0/NotResource",
        with("Resource", "NotResource"),
    );
    case(
        "UNSUPPORTED_PRINCIPAL",
        Identity,
        bucket(r#""*""#),
        "/Statement/0/Principal",
        ok.clone(),
    );
    case(
        "SCP_SYNTAX_ERROR_PRINCIPAL",
        ServiceControl,
        bucket(r#""*""#),
        "/Statement/0/Principal",
        ok.clone(),
    );
    let rcp = bucket(r#""*""#).replace("Allow", "Deny");
    case(
        "RCP_SYNTAX_ERROR_PRINCIPAL",
        ResourceControl,
        rcp.replace(r#""*","Action"#, r#"{"AWS":"*"},"Action"#),
        "/Statement/0/Principal",
        rcp.clone(),
    );
    case(
        "RCP_SYNTAX_ERROR_ALLOW",
        ResourceControl,
        rcp.replace("Deny", "Allow"),
        "/Statement/0",
        rcp.clone(),
    );
    case(
        "RCP_SYNTAX_ERROR_NOTACTION",
        ResourceControl,
        rcp.replace("Action", "NotAction"),
        "/Statement/0/NotAction",
        rcp,
    );
    let sid = |sid: &str| with(r#""Effect""#, &format!(r#""Sid":"{sid}","Effect""#));
    case(
        "UNSUPPORTED_SID",
        Identity,
        sid("a b"),
        "/Statement/0/Sid",
        sid("aB3"),
    );
    let two = |second: &str| {
        let one = |sid| {
            format!(
                r#"{{"Sid":"{sid}","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#
            )
        };
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{},{}]}}"#,
            one("a"),
            one(second)
        )
    };
    let identity = |text: String| text.replace(r#""Principal":"*","#, "");
    case(
        "UNIQUE_SIDS_REQUIRED",
        Identity,
        identity(two("a")),
        "/Statement/1/Sid",
        identity(two("A")),
    );
    case(
        "UNIQUE_SIDS_RECOMMENDED",
        Resource,
        two("a"),
        "/Statement/1/Sid",
        two("b"),
    );
    case(
        "EMPTY_SID_VALUE",
        Identity,
        sid(""),
        "/Statement/0/Sid",
        sid("a"),
    );
    case(
        "EMPTY_ARRAY_ACTION",
        Identity,
        action("[]"),
        "/Statement/0/Action",
        action(r#"["s3:*"]"#),
    );
    case(
        "EMPTY_ARRAY_RESOURCE",
        Identity,
        resource("[]"),
        "/Statement/0/Resource",
        resource(r#"["*"]"#),
    );
    case(
        "EMPTY_ARRAY_PRINCIPAL",
        Trust,
        trust(r#"{"AWS":[]}"#),
        "/Statement/0/Principal/AWS",
        trust(r#"{"AWS":["111122223333"]}"#),
    );
    case(
        "EMPTY_OBJECT_PRINCIPAL",
        Trust,
        trust("{}"),
        "/Statement/0/Principal",
        trust(r#"{"AWS":"111122223333"}"#),
    );
    case(
        "EMPTY_OBJECT_CONDITION",
        Identity,
        condition(r#"{"Bool":{}}"#),
        "/Statement/0/Condition/Bool",
        condition(r#"{"Bool":{"aws:SecureTransport":"true"}}"#),
    );
    case(
        "EMPTY_ARRAY_CONDITION",
        Identity,
        condition(r#"{"StringEquals":{"aws:username":[]}}"#),
        "/Statement/0/Condition/StringEquals/aws:username",
        condition(r#"{"StringEquals":{"aws:username":[""]}}"#),
    );
    case(
        "IAM_ACTION_FORMAT",
        Identity,
        action(r#""GetObject""#),
        "/Statement/0/Action",
        action(r#""*""#),
    );
    case(
        "IAM_ACTION_CHARACTER",
        Identity,
        action(r#"["s3:Get Object"]"#),
        "/Statement/0/Action/0",
        action(r#"["s3:Get?bject*"]"#),
    );
    case(
        "IAM_ACTION_SERVICE_WILDCARD",
        Identity,
        action(r#""s*:GetObject""#),
        "/Statement/0/Action",
        action(r#""*:GetObject""#),
    );
    case(
        "IAM_TRUST_POLICY_ACTION",
        Trust,
        trust(r#""*""#)
            .replace(
                r#""Principal":"*""#,
                r#""Principal":{"AWS":"111122223333"}"#,
            )
            .replace("sts:AssumeRole", "iam:PassRole"),
        "/Statement/0/Action",
        trust(r#"{"AWS":"111122223333"}"#).replace("sts:", "STS:"),
    );
    case(
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
        Trust,
        trust(r#"{"AWS":"111122223333"}"#).replace(r#""Action""#, r#""Resource":"*","Action""#),
        "/Statement/0/Resource",
        trust(r#"{"AWS":"111122223333"}"#),
    );
    case(
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
        Trust,
        trust(r#"{"AWS":"111122223333"}"#).replace("Principal", "NotPrincipal"),
        "/Statement/0/NotPrincipal",
        trust(r#"{"AWS":"111122223333"}"#),
    );
    case(
        "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        Trust,
        trust(r#""*""#),
        "/Statement/0/Principal",
        trust(r#"{"AWS":"*"}"#),
    );
    let web = |provider: &str| {
        trust(&format!(r#"{{"Federated":"{provider}"}}"#))
            .replace("AssumeRole", "AssumeRoleWithWebIdentity")
    };
    case(
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
        Trust,
        web("google"),
        "/Statement/0/Principal/Federated",
        web("accounts.google.com"),
    );
    case(
        "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
        Resource,
        bucket(r#"{"Federated":"accounts.google.com"}"#),
        "/Statement/0/Principal/Federated",
        bucket(r#"{"AWS":"111122223333"}"#),
    );
    case(
        "MISMATCHED_ACTION_FOR_PRINCIPAL",
        Trust,
        web("arn:aws:iam::111122223333:saml-provider/idp"),
        "/Statement/0/Principal/Federated",
        web("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
    );
    case(
        "INVALID_ARN_PREFIX",
        Identity,
        resource(r#""aws:s3:::b""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b""#),
    );
    case(
        "MISSING_ARN_FIELD",
        Identity,
        resource(r#"["*","arn:aws:s3::b"]"#),
        "/Statement/0/Resource/1",
        resource(r#"["*","arn:aws:s3:::b"]"#),
    );
    case(
        "INVALID_PARTITION",
        Identity,
        resource(r#""arn:amazon:s3:::b""#),
        "/Statement/0/Resource",
        resource(r#""arn:*:s3:::b""#),
    );
    case(
        "INVALID_ARN_ACCOUNT",
        Identity,
        resource(r#""arn:aws:sqs:us-east-1:12345:q""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:sqs:us-east-1:1234*:q""#),
    );
    case(
        "INVALID_ARN_SERVICE_CASE",
        Identity,
        resource(r#""arn:aws:S3:::b""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::B""#),
    );
    case(
        "IAM_ARN_SERVICE_WILDCARD",
        Identity,
        resource(r#""arn:aws:s*:::b""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::*""#),
    );
    case(
        "ARN_REGION_NOT_ALLOWED",
        Identity,
        resource(r#""arn:aws:s3:us-east-1::b""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:us-east-1:111122223333:accesspoint/a""#),
    );
    case(
        "INVALID_ARN_RESOURCE",
        Identity,
        resource(r#""arn:aws:iam::111122223333:roles/x""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:iam::111122223333:role/x""#),
    );
    case(
        "INVALID_CONDITION_OPERATOR",
        Identity,
        condition(r#"{"StringEqual":{"aws:username":"a"}}"#),
        "/Statement/0/Condition/StringEqual",
        condition(r#"{"ForAnyValue:StringEqualsIfExists":{"aws:username":"a"}}"#),
    );
    case(
        "NULL_WITH_IF_EXISTS",
        Identity,
        condition(r#"{"NullIfExists":{"aws:username":"true"}}"#),
        "/Statement/0/Condition/NullIfExists",
        condition(r#"{"Null":{"aws:username":"true"}}"#),
    );
    case(
        "NULL_WITH_QUALIFIER",
        Identity,
        condition(r#"{"ForAnyValue:Null":{"aws:username":"true"}}"#),
        "/Statement/0/Condition/ForAnyValue:Null",
        condition(r#"{"Null":{"aws:username":"true"}}"#),
    );
    case(
        "INVALID_CONDITION_KEY_FORMAT",
        Identity,
        condition(r#"{"StringEquals":{"username":"a"}}"#),
        "/Statement/0/Condition/StringEquals/username",
        condition(r#"{"StringEquals":{"aws:username":"a"}}"#),
    );
    case(
        "MISSING_TAG_KEY_IN_CONDITION",
        Identity,
        condition(r#"{"StringEquals":{"aws:RequestTag/":"a"}}"#),
        "/Statement/0/Condition/StringEquals/aws:RequestTag~1",
        condition(r#"{"StringEquals":{"aws:RequestTag/a":"a"}}"#),
    );
    case(
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        Identity,
        condition(r#"{"StringEquals":{"aws:username":"a","aws:UserName":"b"}}"#),
        "/Statement/0/Condition/StringEquals/aws:UserName",
        condition(r#"{"StringEquals":{"aws:username":"a"},"StringLike":{"aws:UserName":"b"}}"#),
    );
    case(
        "INVALID_CONDITION_DATA_TYPE",
        Identity,
        condition(r#"{"StringEquals":{"aws:username":["a",1]}}"#),
        "/Statement/0/Condition/StringEquals/aws:username",
        condition(r#"{"StringEquals":{"aws:username":["a","1"]}}"#),
    );
    case(
        "INVALID_CONDITION_MULTIPLE_BOOLEAN",
        Identity,
        condition(r#"{"Bool":{"aws:SecureTransport":["true","false"]}}"#),
        "/Statement/0/Condition/Bool/aws:SecureTransport",
        condition(r#"{"Bool":{"aws:SecureTransport":["true"]}}"#),
    );
    case(
        "TYPE_MISMATCH_IP_RANGE",
        Identity,
        condition(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/33"}}"#),
        "/Statement/0/Condition/IpAddress/aws:SourceIp",
        condition(
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/32","2001:db8::/32","203.0.113.9"]}}"#,
        ),
    );
    case(
        "TYPE_MISMATCH_BOOLEAN",
        Identity,
        condition(r#"{"Bool":{"aws:SecureTransport":"yes"}}"#),
        "/Statement/0/Condition/Bool/aws:SecureTransport",
        condition(r#"{"Bool":{"aws:SecureTransport":"True"}}"#),
    );
    case(
        "TYPE_MISMATCH_NUMBER",
        Identity,
        condition(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"1h"}}"#),
        "/Statement/0/Condition/NumericLessThan/aws:MultiFactorAuthAge",
        condition(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"-3.5"}}"#),
    );
    case(
        "TYPE_MISMATCH_DATE",
        Identity,
        condition(r#"{"DateLessThan":{"aws:CurrentTime":"2026-02-30"}}"#),
        "/Statement/0/Condition/DateLessThan/aws:CurrentTime",
        condition(r#"{"DateLessThan":{"aws:CurrentTime":"2028-02-29"}}"#),
    );
    case(
        "IAM_VALUE_NEVER_MATCHES",
        Identity,
        condition(r#"{"Null":{"aws:username":"maybe"}}"#),
        "/Statement/0/Condition/Null/aws:username",
        condition(r#"{"Null":{"aws:username":false}}"#),
    );
    case(
        "IMPROVE_IP_RANGE",
        Identity,
        condition(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.7/24"}}"#),
        "/Statement/0/Condition/IpAddress/aws:SourceIp",
        condition(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#),
    );
    case(
        "WILDCARD_WITHOUT_LIKE_OPERATOR",
        Identity,
        condition(r#"{"StringEquals":{"aws:username":"a*"}}"#),
        "/Statement/0/Condition/StringEquals/aws:username",
        condition(r#"{"StringEquals":{"aws:username":"a${*}"}}"#),
    );
    case(
        "INVALID_VARIABLE_FOR_OPERATOR",
        Identity,
        condition(r#"{"NumericEquals":{"aws:MultiFactorAuthAge":"${aws:username}"}}"#),
        "/Statement/0/Condition/NumericEquals/aws:MultiFactorAuthAge",
        condition(
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/${aws:username}"}}"#,
        ),
    );
    case(
        "MISSING_BRACE_IN_VARIABLE",
        Identity,
        resource(r#""arn:aws:s3:::b/${aws:username""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b/${aws:username}""#),
    );
    case(
        "MISSING_QUOTE_IN_VARIABLE",
        Identity,
        resource(r#""arn:aws:s3:::b/${aws:username, anon}""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b/${aws:username, 'anon'}""#),
    );
    case(
        "UNSUPPORTED_SPACE_IN_VARIABLE",
        Identity,
        resource(r#""arn:aws:s3:::b/${aws: username}""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b/${aws:username} x""#),
    );
    case(
        "EMPTY_VARIABLE",
        Identity,
        resource(r#""arn:aws:s3:::b/${}""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b/${$}{}""#),
    );
    case(
        "VARIABLE_UNSUPPORTED_IN_ELEMENT",
        Identity,
        resource(r#""arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:sqs:us-east-1:*:${aws:PrincipalAccount}""#),
    );
    case("VARIABLE_UNSUPPORTED_IN_VERSION", Trust, trust(r#"{"AWS":"111122223333"}"#).replace("2012", "2008").replace(r#""Action":"sts:AssumeRole""#, r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}"#), "/Statement/0/Condition/StringEquals/sts:RoleSessionName", trust(r#"{"AWS":"111122223333"}"#).replace(r#""Action":"sts:AssumeRole""#, r#""Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}"#));
    case(
        "INVALID_PRINCIPAL_FORMAT",
        Resource,
        bucket(r#""111122223333""#),
        "/Statement/0/Principal",
        bucket(r#""*""#),
    );
    case(
        "INVALID_PRINCIPAL_KEY",
        Resource,
        bucket(r#"{"Aws":"*"}"#),
        "/Statement/0/Principal/Aws",
        bucket(r#"{"AWS":"*"}"#),
    );
    case(
        "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        Resource,
        bucket(r#"{"AWS":["arn:aws:iam::111122223333:role/*"]}"#),
        "/Statement/0/Principal/AWS/0",
        bucket(r#"{"AWS":["*"]}"#),
    );
    case(
        "IAM_INVALID_AWS_PRINCIPAL",
        Resource,
        bucket(r#"{"AWS":"arn:aws:iam::111122223333:group/x"}"#),
        "/Statement/0/Principal/AWS",
        bucket(
            r#"{"AWS":["arn:aws:iam::111122223333:user/x","arn:aws:sts::111122223333:assumed-role/r/s","arn:aws:iam::111122223333:root","111122223333"]}"#,
        ),
    );
    case(
        "INVALID_SERVICE_PRINCIPAL_FORMAT",
        Trust,
        trust(r#"{"Service":"EC2"}"#),
        "/Statement/0/Principal/Service",
        trust(r#"{"Service":["ec2.amazonaws.com","logs.us-east-1.amazonaws.com"]}"#),
    );
    case(
        "INVALID_ROLE_REFERENCE",
        Trust,
        trust(r#"{"AWS":"AROAQ7SSZBKHREXAMPLE"}"#),
        "/Statement/0/Principal/AWS",
        trust(r#"{"AWS":"arn:aws:iam::111122223333:role/AROAQ7SSZBKHREXAMPLE"}"#),
    );
    case(
        "INVALID_USER_REFERENCE",
        Trust,
        trust(r#"{"AWS":"AIDAQ7SSZBKHREXAMPLE"}"#),
        "/Statement/0/Principal/AWS",
        trust(r#"{"AWS":"arn:aws:iam::111122223333:user/x"}"#),
    );
    case(
        "ALLOW_WITH_NOT_PRINCIPAL",
        Resource,
        bucket(r#"{"AWS":"111122223333"}"#).replace("Principal", "NotPrincipal"),
        "/Statement/0/NotPrincipal",
        bucket(r#"{"AWS":"111122223333"}"#)
            .replace("Principal", "NotPrincipal")
            .replace("Allow", "Deny"),
    );
    case(
        "IAM_VARIABLE_IS_NO_KEY",
        Identity,
        resource(r#""arn:aws:s3:::b/${bucket}""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::b/${aws:userid}""#),
    );
    // What the catalogue knows.
    case(
        "INVALID_SERVICE_IN_ACTION",
        Identity,
        action(r#""s4:GetObject""#),
        "/Statement/0/Action",
        action(r#""S3:getobject""#),
    );
    case(
        "INVALID_ACTION",
        Identity,
        action(r#"["s3:GetObjct"]"#),
        "/Statement/0/Action/0",
        action(r#"["s3:GetObj*t"]"#),
    );
    case(
        "INVALID_SERVICE",
        Identity,
        resource(r#""arn:aws:nosuchservice:us-east-1:111122223333:x""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:sqs:us-east-1:111122223333:x""#),
    );
    case(
        "INVALID_GLOBAL_CONDITION_KEY",
        Identity,
        condition(r#"{"StringEquals":{"aws:UserNam":"a"}}"#),
        "/Statement/0/Condition/StringEquals/aws:UserNam",
        condition(r#"{"StringEquals":{"AWS:UserName":"a"}}"#),
    );
    case(
        "UNSUPPORTED_GLOBAL_CONDITION_KEY",
        Identity,
        condition(r#"{"ArnLike":{"aws:ARN":"arn:aws:iam::111122223333:user/a"}}"#),
        "/Statement/0/Condition/ArnLike/aws:ARN",
        condition(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/a"}}"#),
    );
    case(
        "INVALID_SERVICE_CONDITION_KEY",
        Identity,
        condition(r#"{"StringEquals":{"s3:prefx":"a"}}"#),
        "/Statement/0/Condition/StringEquals/s3:prefx",
        condition(r#"{"StringEquals":{"s3:ExistingObjectTag/prefx":"a"}}"#),
    );
    case(
        "MISSING_QUALIFIER",
        Identity,
        condition(r#"{"StringEquals":{"aws:TagKeys":"a"}}"#),
        "/Statement/0/Condition/StringEquals/aws:TagKeys",
        condition(
            r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}}"#,
        ),
    );
    case(
        "TYPE_MISMATCH",
        Identity,
        condition(r#"{"StringEquals":{"aws:SecureTransport":"true"}}"#),
        "/Statement/0/Condition/StringEquals/aws:SecureTransport",
        condition(r#"{"Bool":{"aws:SecureTransport":"true"}}"#),
    );
    case(
        "MISSING_ARN_REGION",
        Identity,
        resource(r#""arn:aws:sqs::111122223333:q""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:sqs:*:111122223333:q""#),
    );
    case(
        "MISSING_ARN_ACCOUNT",
        Identity,
        resource(r#""arn:aws:sqs:us-east-1::q""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:sqs:us-east-1:*:q""#),
    );
    case(
        "ARN_ACCOUNT_NOT_ALLOWED",
        Identity,
        resource(r#""arn:aws:s3::111122223333:bucket/*""#),
        "/Statement/0/Resource",
        resource(r#""arn:aws:s3:::bucket/*""#),
    );
    // Sizes: the limit is what fits, one more is a finding.
    for (code, kind, limit, base) in [
        (
            "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
            Identity,
            10_240,
            resource(r#""arn:aws:s3:::@""#),
        ),
        (
            "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
            Trust,
            2_048,
            trust(r#"{"Service":"@.amazonaws.com"}"#),
        ),
        (
            "IAM_SESSION_POLICY_SIZE",
            Session,
            2_048,
            resource(r#""arn:aws:s3:::@""#),
        ),
        (
            "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
            ServiceControl,
            10_240,
            resource(r#""arn:aws:s3:::@""#),
        ),
        (
            "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
            ResourceControl,
            5_120,
            bucket(r#""*""#)
                .replace("b/*", "@")
                .replace("Allow", "Deny"),
        ),
    ] {
        let of = |size: usize| base.replace('@', &"x".repeat(size + 1 - base.len()));
        case(code, kind, of(limit + 1), "", of(limit));
    }
    cases
}

#[test]
fn every_code_has_a_case_and_a_near_miss() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        seen.insert(case.code);
        let (_, findings) = validate_json(&case.wrong, case.kind);
        let listed: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            findings
                .iter()
                .any(|f| f.code.as_str() == case.code && f.pointer == case.pointer),
            "{} at {:?} is missing for {}\nfound: {listed:#?}",
            case.code,
            case.pointer,
            case.wrong,
        );
        let (_, findings) = validate_json(&case.right, case.kind);
        let listed: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            !findings.iter().any(|f| f.code.as_str() == case.code),
            "{} for the near miss {}\nfound: {listed:#?}",
            case.code,
            case.right,
        );
        // Near misses are valid in every other respect, so that what makes the
        // difference is the rule itself.
        assert!(
            !findings.iter().any(|f| f.is_error()),
            "errors in the near miss of {}: {}\n{listed:#?}",
            case.code,
            case.right
        );
    }
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !code.is_own())
        .map(|code| code.as_str())
        .filter(|code| !seen.contains(code))
        .collect();
    assert!(missing.is_empty(), "codes without a case: {missing:?}");
}

#[test]
fn what_iam_refuses_is_an_error() {
    for case in cases() {
        for finding in validate_json(&case.wrong, case.kind).1 {
            assert!(finding.refusal.is_none() || finding.is_error(), "{finding}");
        }
    }
}

#[test]
fn an_element_that_cannot_be_read_is_not_called_missing() {
    let text = statement(r#""Effect":1,"Action":{},"Resource":[[]]"#);
    let codes: Vec<&str> = validate_json(&text, Identity)
        .1
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(codes, ["DATA_TYPE_MISMATCH"; 3], "{codes:?}");
}

#[test]
fn all_mistakes_come_together() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"allow","Action":"s3","Resource":"bucket"},
        {"Sid":"a b","Effect":"Deny","NotAction":["s3:a:b"],"Resource":["arn:aws:s3"],"Condition":{"Bool":{"x":"y"}}}
    ]}"#;
    let (_, findings) = validate_json(text, Identity);
    let errors: BTreeSet<(&str, &str)> = findings
        .iter()
        .filter(|f| f.is_error())
        .map(|f| (f.code.as_str(), f.pointer.as_str()))
        .collect();
    let expected = BTreeSet::from([
        ("INVALID_EFFECT", "/Statement/0/Effect"),
        ("IAM_ACTION_FORMAT", "/Statement/0/Action"),
        ("INVALID_ARN_PREFIX", "/Statement/0/Resource"),
        ("UNSUPPORTED_SID", "/Statement/1/Sid"),
        ("IAM_ACTION_FORMAT", "/Statement/1/NotAction/0"),
        ("MISSING_ARN_FIELD", "/Statement/1/Resource/0"),
        (
            "INVALID_CONDITION_KEY_FORMAT",
            "/Statement/1/Condition/Bool/x",
        ),
        ("IAM_VALUE_NEVER_MATCHES", "/Statement/1/Condition/Bool/x"),
    ]);
    assert_eq!(errors, expected);
}

/// Policies as AWS's own guides write them.
#[test]
fn what_the_guides_write_is_no_error() {
    let errors = |text: &str, kind| -> Vec<String> {
        let findings = validate_json(text, kind).1;
        findings
            .iter()
            .filter(|f| f.is_error())
            .map(ToString::to_string)
            .collect()
    };
    let none: Vec<String> = Vec::new();
    // Amazon ECR User Guide, "Private repository policy examples": no Resource.
    let ecr = statement(
        r#""Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["ecr:BatchGetImage"]"#,
    );
    assert_eq!(errors(&ecr, Resource), none);
    assert_eq!(
        errors(&ecr.replace("ecr:BatchGetImage", "s3:GetObject"), Resource).len(),
        1
    );
    // API Gateway Developer Guide, "API Gateway resource policy examples".
    let api = statement(
        r#""Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/stage/GET/pets""#,
    );
    assert_eq!(errors(&api, Resource), none);
    // Amazon SNS Developer Guide: the default policy of a topic.
    let sns = statement(
        r#""Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Receive"],"Resource":"arn:aws:sns:us-east-1:111122223333:t""#,
    );
    assert_eq!(errors(&sns, Resource), none);
    // IAM User Guide: keys of tags may have spaces.
    let tag = condition(r#"{"StringEquals":{"aws:RequestTag/Cost Center":"a"}}"#);
    assert_eq!(errors(&tag, Identity), none);
}

/// What somebody else wrote must not cost more than its size.
#[test]
fn hostile_documents_get_short_findings_and_few_searches() {
    let actions: Vec<String> = (0..2_000).map(|n| format!(r#""s3:GetObjct{n}""#)).collect();
    let findings = validate_json(&action(&format!("[{}]", actions.join(","))), Identity).1;
    assert!(findings.len() >= 2_000);
    let searched = findings
        .iter()
        .filter(|f| f.help.as_deref().is_some_and(|h| h.starts_with("did you")))
        .count();
    assert!((1..=50).contains(&searched), "{searched}");
    let long = action(&format!(r#""s3:{}""#, "ä".repeat(1_000_000)));
    for finding in validate_json(&long, Identity).1 {
        assert!(finding.message.len() < 3_000);
    }
}
