//! `unchecked`, guardrails, and the macros for single values.

use iam_dsl::{
    AccountId, ActionPattern, Partition, Pattern, Policy, Region, ResourceArn, ResourcePath,
    ResourcePattern, Segment, Statement, TrustPolicy, action, arn, policy, service_control_policy,
    trust_policy,
};

#[test]
fn unchecked_statements_may_be_newer_than_the_catalogue() {
    static NEWER: Policy = policy! {
        allow s3:GetObject on *;
        "New": unchecked allow newservice:DoIt on "arn:aws:newservice:eu-west-1:111122223333:x"
            when StringEquals { newservice:Key: "a" };
        unchecked deny s3:BrandNew on *;
    };
    // The mark is not in the document.
    assert_eq!(
        NEWER.as_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Sid":"New","Effect":"Allow","Action":"newservice:DoIt","Resource":"arn:aws:newservice:eu-west-1:111122223333:x","Condition":{"StringEquals":{"newservice:Key":"a"}}},{"Effect":"Deny","Action":"s3:BrandNew","Resource":"*"}]}"#
    );
}

#[test]
fn a_whole_policy_can_be_unchecked() {
    static PASTED: Policy = policy!(unchecked, {
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "newservice:DoIt", "Resource": "*" }
    });
    static TEXT: Policy = policy!(
        strict,
        unchecked,
        r#"{"Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "newservice:DoIt", "Resource": "*"}}"#
    );
    static DSL: Policy = policy!(unchecked, strict, allow newservice:{DoIt, Undo} on *;);
    assert_eq!(PASTED, TEXT);
    assert!(DSL.as_json().contains("newservice:Undo"));
}

#[test]
fn guardrails_that_hold_leave_no_trace() {
    static GUARDED: Policy = policy! {
        never iam:*;
        never [s3:Delete*, s3:Put*] on ["arn:aws:s3:::prod-*", "arn:aws:s3:::backup"];
        allow [s3:PutObject, "sqs:*"] on ["arn:aws:s3:::dev-*", "arn:aws:sqs:eu-west-1:111122223333:*"];
        allow s3:GetObject on *;
        unchecked allow not [iam:*, s3:*, "newservice:*"] on *;
        allow s3:* on not ["arn:aws:s3:::prod*", "arn:aws:s3:::backup*"];
        deny iam:* on *;
        unchecked never newservice:*;
    };
    let json = GUARDED.as_json();
    assert!(!json.contains("never"), "{json}");
    assert_eq!(GUARDED.document().statements().len(), 5);
    static SCP: iam_dsl::ServiceControlPolicy = service_control_policy! {
        allow s3:* on *;
        never iam:*
    };
    assert_eq!(SCP.document().statements().len(), 1);
    static TRUST: TrustPolicy = trust_policy! {
        never sts:AssumeRoleWithSAML;
        allow principal AWS "111122223333" to sts:AssumeRole;
    };
    assert_eq!(TRUST.document().statements().len(), 1);
}

#[test]
fn the_type_of_a_slot_can_keep_a_guardrail() {
    fn on(name: &Segment, path: &ResourcePath, account: &AccountId) -> Policy {
        policy! {
            // Below `home`, a name is no path into `prod`.
            never s3:* on "arn:aws:s3:::data/*/prod/*";
            never sqs:* on "arn:aws:sqs:*:*:*:prod";
            allow s3:GetObject on "arn:aws:s3:::data/{name}";
            allow sqs:SendMessage on "arn:aws:sqs:eu-west-1:{account}:{path}";
        }
    }
    let policy = on(
        &Segment::new("a*").unwrap(),
        &ResourcePath::new("b").unwrap(),
        &AccountId::new("111122223333").unwrap(),
    );
    assert!(policy.as_json().contains("arn:aws:s3:::data/a${*}"));
    assert!(
        policy
            .as_json()
            .contains("arn:aws:sqs:eu-west-1:111122223333:b")
    );
}

#[test]
fn a_slot_of_any_type_keeps_a_guardrail_that_lies_elsewhere() {
    fn on(pattern: &Pattern, region: &Region, partition: &Partition) -> Policy {
        policy! {
            allow sqs:SendMessage on "arn:{partition}:sqs:{region}:111122223333:dev-{pattern}";
            never sqs:* on "arn:aws:sqs:*:*:prod-*";
        }
    }
    let policy = on(
        &Pattern::any(),
        &Region::new("eu-west-1").unwrap(),
        &Partition::new("aws").unwrap(),
    );
    assert!(
        policy
            .as_json()
            .contains("arn:aws:sqs:eu-west-1:111122223333:dev-*")
    );
}

#[test]
fn single_values_are_what_the_policy_macro_makes() {
    const GET: ActionPattern = action!(s3:Get*);
    static ALL: ActionPattern = action!(*);
    static NEW: ActionPattern = action!(unchecked, newservice:DoIt);
    static ASSETS: ResourcePattern = arn!("arn:aws:s3:::assets/{{x}}/${aws:username}");
    static NEWER: ResourcePattern = arn!(unchecked, "arn:aws:newservice:::x");
    assert_eq!(GET.as_str(), "s3:Get*");
    assert_eq!(action!("execute-api:Invoke"), action!(execute-api:Invoke));
    assert_eq!((ALL.as_str(), NEW.as_str()), ("*", "newservice:DoIt"));
    assert_eq!(ASSETS.as_str(), "arn:aws:s3:::assets/{x}/${aws:username}");
    assert_eq!(NEWER.as_str(), "arn:aws:newservice:::x");

    let bucket = Segment::new("a*\"$").unwrap();
    let queue = ResourceArn::new("arn:aws:sqs:eu-west-1:111122223333:q").unwrap();
    assert_eq!(
        arn!("arn:aws:s3:::{bucket}/*").as_str(),
        "arn:aws:s3:::a${*}\"${$}/*"
    );
    assert_eq!(arn!("{queue}").as_str(), queue.as_str());
    let built = Policy::identity()
        .statement(
            Statement::allow([GET, action!(s3:ListBucket)]).on(arn!("arn:aws:s3:::{bucket}")),
        )
        .build()
        .unwrap();
    let written = policy! { allow [s3:Get*, s3:ListBucket] on "arn:aws:s3:::{bucket}"; };
    assert_eq!(built, written);
}
