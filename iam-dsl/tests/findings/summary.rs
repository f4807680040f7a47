//! Summaries: what the documentation says of its examples
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_policy-summary-examples.html>),
//! and that read-only policies show no writing.

use iam_dsl::AccessLevel::{self, List, PermissionsManagement, Read, Tagging, Write};
use iam_dsl::summary::{Extent, ServiceSummary, Summary, SummaryCondition, SummaryResource};
use iam_dsl::{Document, Effect, summary};
use serde_json::{Value, json};

fn of(statements: Value) -> Summary {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    summary(&Document::from_json(&document.to_string()).unwrap())
}

fn row<'s>(rows: &'s [ServiceSummary], prefix: &str) -> &'s ServiceSummary {
    let mut of_service = rows.iter().filter(|row| row.service().prefix() == prefix);
    of_service
        .next()
        .unwrap_or_else(|| panic!("no row for {prefix}"))
}

fn levels(row: &ServiceSummary, extent: Extent) -> Vec<AccessLevel> {
    let all = AccessLevel::ALL.into_iter();
    all.filter(|level| row.extent(*level) == extent).collect()
}

/// Policy 1: an allow and a deny of one service are two rows.
#[test]
fn deny_and_allow_are_separate() {
    let summary = of(json!([
        {"Sid": "FullAccess", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]},
        {"Sid": "DenyCustomerBucket", "Action": ["s3:*"], "Effect": "Deny",
         "Resource": ["arn:aws:s3:::customer", "arn:aws:s3:::customer/*"]},
    ]));
    let allow = row(summary.allow(), "s3");
    assert!(allow.is_full_access() && !allow.has_inapplicable_actions());
    assert_eq!(allow.resource(), &SummaryResource::All);
    let deny = row(summary.deny(), "s3");
    assert_eq!(deny.resource(), &SummaryResource::Multiple);
    assert_eq!(deny.condition(), &SummaryCondition::None);
    // ListAllMyBuckets works on no bucket.
    assert!(!deny.is_full_access() && deny.has_inapplicable_actions());
}

/// Policy 2: one resource, one condition.
#[test]
fn one_resource_and_one_condition_are_named() {
    let table = "arn:aws:dynamodb:us-west-1:123456789012:table/myDynamoTable";
    let summary = of(json!({
        "Effect": "Allow",
        "Action": ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "Resource": [table],
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]}},
    }));
    let row = row(summary.allow(), "dynamodb");
    assert_eq!(levels(row, Extent::Limited), [Read, Write]);
    assert_eq!(levels(row, Extent::Full), []);
    assert_eq!(row.resource(), &SummaryResource::One(table.to_owned()));
    let condition =
        "ForAllValues:StringEquals dynamodb:LeadingKeys ${cognito-identity.amazonaws.com:sub}";
    assert_eq!(
        row.condition(),
        &SummaryCondition::One(condition.to_owned())
    );
}

/// Policy 3: several of both.
#[test]
fn several_resources_and_conditions_are_multiple() {
    let summary = of(json!([
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectAcl"], "Resource": ["arn:aws:s3:::Apple_bucket/*"],
         "Condition": {"StringEquals": {"s3:x-amz-acl": ["public-read"]}}},
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectAcl"], "Resource": ["arn:aws:s3:::Orange_bucket/*"],
         "Condition": {"StringEquals": {"s3:x-amz-acl": ["custom"], "s3:x-amz-grant-full-control": ["1234"]}}},
    ]));
    let row = row(summary.allow(), "s3");
    assert_eq!(levels(row, Extent::Limited), [Write, PermissionsManagement]);
    assert_eq!(row.resource(), &SummaryResource::Multiple);
    assert_eq!(row.condition(), &SummaryCondition::Multiple);
}

/// Policy 4: two services.
#[test]
fn services_have_rows_of_their_own() {
    let summary = of(json!([
        {"Effect": "Allow", "Action": ["ec2:GetConsoleScreenshot"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::developer"]},
    ]));
    assert_eq!(summary.allow().len(), 2);
    let (ec2, s3) = (row(summary.allow(), "ec2"), row(summary.allow(), "s3"));
    assert_eq!(levels(ec2, Extent::Limited), [Read]);
    assert_eq!(ec2.resource(), &SummaryResource::All);
    assert_eq!(levels(s3, Extent::Limited), [List]);
    assert_eq!(
        s3.resource(),
        &SummaryResource::One("arn:aws:s3:::developer".to_owned())
    );
}

/// Policy 5: resources appear only with the service that they match.
#[test]
fn resources_stand_with_their_service() {
    let summary = of(json!({
        "Effect": "Allow",
        "Action": ["codebuild:*", "codecommit:*", "codedeploy:*"],
        "Resource": [
            "arn:aws:codebuild:us-east-2:123456789012:project/my-demo-project",
            "arn:aws:codecommit:us-east-2:123456789012:MyDemoRepo",
            "arn:aws:codedeploy:us-east-2:123456789012:application:WordPress_App",
            "arn:aws:codedeploy:us-east-2:123456789012:instance/AssetTag*",
        ],
    }));
    let resource = |prefix| row(summary.allow(), prefix).resource().clone();
    let one = |text: &str| SummaryResource::One(text.to_owned());
    assert_eq!(
        resource("codebuild"),
        one("arn:aws:codebuild:us-east-2:123456789012:project/my-demo-project")
    );
    assert_eq!(
        resource("codecommit"),
        one("arn:aws:codecommit:us-east-2:123456789012:MyDemoRepo")
    );
    assert_eq!(resource("codedeploy"), SummaryResource::Multiple);
}

/// "Full" is all actions of a level, "Limited" some.
#[test]
fn full_is_all_actions_of_a_level() {
    let levels_of = |actions: Value| {
        let summary = of(json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
        let row = row(summary.allow(), "s3").clone();
        (
            levels(&row, Extent::Full),
            levels(&row, Extent::Limited),
            row.is_full_access(),
        )
    };
    let catalogue = iam_dsl::Catalogue::embedded();
    let listing: Vec<String> = catalogue
        .actions_by_access_level("s3", List)
        .map(|action| action.to_string())
        .collect();
    assert_eq!(levels_of(json!(listing)), (vec![List], vec![], false));
    assert_eq!(
        levels_of(json!("s3:PutObject")),
        (vec![], vec![Write], false)
    );
    assert_eq!(
        levels_of(json!("s3:TagRes*")),
        (vec![], vec![Tagging], false)
    );
    assert!(levels_of(json!("*")).2);
    assert!(levels_of(json!(["s3:*"])).2);
    let summary = of(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}));
    assert!(row(summary.allow(), "s3").is_full_access());
    assert!(
        !summary
            .allow()
            .iter()
            .any(|row| row.service().prefix() == "iam")
    );
}

#[test]
fn what_is_not_known_is_uncategorized() {
    let summary = of(json!([
        {"Effect": "Allow", "Action": ["codedploy:*", "s3:DeletObject"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/admin"},
    ]));
    let unknown: Vec<_> = summary.unknown_services().collect();
    assert_eq!(unknown, [(Effect::Allow, "codedploy")]);
    assert!(!summary.allows_none(Write));
    assert_eq!(levels(row(summary.allow(), "s3"), Extent::None).len(), 5);
    let deny = row(summary.deny(), "iam").resource();
    assert_eq!(deny.to_string(), "All but arn:aws:iam::*:role/admin");
    let text = summary.to_string();
    for line in [
        "Uncategorized services",
        "codedploy (allow): not in the catalogue",
        "Explicit deny (1 of",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(of(json!([])).to_string(), "No permissions are defined\n");
}

/// Scenario 13: what only lists and reads shows no Write, nor more.
#[test]
fn read_only_policies_show_no_write() {
    let summary = of(json!({
        "Effect": "Allow",
        "Action": ["ec2:Describe*", "iam:Get*", "iam:List*", "s3:Get*", "s3:List*", "sqs:Get*", "sqs:List*"],
        "Resource": "*",
    }));
    for level in [Write, Tagging, PermissionsManagement] {
        assert!(summary.allows_none(level), "{level}:\n{summary}");
    }
    assert!(!summary.allows_none(List) && !summary.allows_none(Read));
    assert!(!summary.to_string().contains("Write"));
}

/// The same of AWS's own, with what AWS itself classifies as writing there.
#[test]
fn the_managed_read_only_policies_show_no_write() {
    let Some(policies) = super::managed::policies() else {
        return;
    };
    for name in [
        "ReadOnlyAccess",
        "ViewOnlyAccess",
        "SecurityAudit",
        "AmazonS3ReadOnlyAccess",
        "IAMReadOnlyAccess",
    ] {
        let (_, document) = policies.iter().find(|(other, _)| other == name).unwrap();
        let summary = summary(document);
        let more: Vec<String> = summary
            .allow()
            .iter()
            .flat_map(|row| {
                [Write, Tagging, PermissionsManagement]
                    .map(|level| row.actions(level).collect::<Vec<_>>())
            })
            .flatten()
            .map(|action| action.to_string())
            .collect();
        // AWS's reference calls a few writing that only read, such as
        // iot:ListSubscriptions.
        let reads = |action: &String| {
            let name = action.split_once(':').unwrap().1;
            ["Get", "List", "Describe"]
                .iter()
                .any(|verb| name.starts_with(verb))
        };
        assert!(
            more.iter().all(reads) && more.len() < 10,
            "{name}: {more:?}"
        );
    }
}
