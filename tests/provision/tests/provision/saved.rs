//! Saved plans: what they say, and what they refuse.

use iam_provision::{Bundle, ErrorKind, Group, SavedPlan};
use serde_json::Value;

use crate::support::{World, admins, allow, estate};

#[tokio::test]
async fn a_plan_as_json() {
    let world = World::new();
    let plan = world.plan(&admins()).await.unwrap();
    let mut value: Value = serde_json::from_str(&plan.to_json()).unwrap();
    assert_eq!(value["format_version"], 1);
    assert_eq!(value["account"], crate::support::ACCOUNT);
    let steps = value["steps"].as_array().unwrap();
    assert_eq!(steps.len(), plan.steps().len());
    let sensitive: Vec<&str> = steps
        .iter()
        .filter(|step| step["sensitive"] == true)
        .map(|step| step["call"].as_str().unwrap())
        .collect();
    assert_eq!(sensitive, ["CreateLoginProfile"]);
    for (index, step) in steps.iter().enumerate() {
        for before in step["waits_for"].as_array().unwrap() {
            assert!(before.as_u64().unwrap() <= index as u64, "{step}");
        }
    }
    assert_eq!(value["summary"]["create"], plan.counts().0);
    assert_eq!(plan.exit_code(), 2);
    let fingerprint = value["fingerprint"].take();
    assert_eq!(fingerprint.as_str().unwrap().len(), 64);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[tokio::test]
async fn the_plan_that_was_saved_is_the_one_applied() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let saved = SavedPlan::from_json(&world.plan(&estate()).await.unwrap().to_json()).unwrap();
    let plan = provisioner.plan(&estate()).await.unwrap();
    saved.verify(&plan).unwrap();
    provisioner.apply(&plan, world.options()).await.unwrap();

    // Once it is applied nothing is left, which is another plan.
    let plan = provisioner.plan(&estate()).await.unwrap();
    assert_eq!(plan.exit_code(), 0);
    let error = saved.verify(&plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StalePlan);
    let text = error.to_string();
    assert!(
        text.contains("it lacks ") && text.contains("user Administrator (CreateUser)"),
        "{text}"
    );
    assert!(text.contains(" more;"), "a long list is cut: {text}");
}

#[tokio::test]
async fn another_document_under_the_same_name_is_another_plan() {
    let world = World::new();
    let bundle = |action| Bundle::new("b").with(Group::new("g").inline("i", allow(action)));
    let saved = world.plan(&bundle("s3:GetObject")).await.unwrap().to_json();
    let saved = SavedPlan::from_json(&saved).unwrap();
    saved
        .verify(&world.plan(&bundle("s3:GetObject")).await.unwrap())
        .unwrap();
    let error = saved
        .verify(&world.plan(&bundle("s3:*")).await.unwrap())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the same steps have other contents"),
        "{error}"
    );
    let other = Bundle::new("c").with(Group::new("g").inline("i", allow("s3:GetObject")));
    let error = saved
        .verify(&world.plan(&other).await.unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("bundle `c`"), "{error}");
}

#[test]
fn what_is_no_saved_plan_is_told() {
    for (text, told) in [
        ("", "no JSON"),
        ("[]", "no number `format_version`"),
        (r#"{"format_version": 7}"#, "its format_version is 7"),
        (r#"{"format_version": 1}"#, "no list `steps`"),
        (
            r#"{"format_version": 1, "steps": [], "bundle": "b"}"#,
            "no text `account`",
        ),
        (
            r#"{"format_version": 1, "steps": [{}], "bundle": "b", "account": "1"}"#,
            "no text `subject`",
        ),
    ] {
        let error = SavedPlan::from_json(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        assert!(error.to_string().contains(told), "{error}");
    }
}
