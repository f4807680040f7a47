//! What an apply says of itself to other programs.

use iam_sandbox::Fault;
use serde_json::Value;

use crate::support::{ACCOUNT, World, estate};

#[tokio::test]
async fn an_outcome_as_json() {
    let world = World::new();
    let outcome = world.apply(&estate()).await.unwrap();
    let json: Value = serde_json::from_str(&outcome.to_json()).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["bundle"], "estate");
    assert_eq!(json["account"], ACCOUNT);
    assert_eq!(json["complete"], true);
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.len(), outcome.done().len());
    assert!(steps.iter().all(|step| step["done"] == true));
    let calls: Vec<&str> = steps
        .iter()
        .map(|step| step["call"].as_str().unwrap())
        .collect();
    assert!(calls.contains(&"CreateLoginProfile"), "{calls:?}");

    let unchanged = world.apply(&estate()).await.unwrap();
    let json: Value = serde_json::from_str(&unchanged.to_json()).unwrap();
    assert_eq!(json["complete"], true);
    assert_eq!(json["steps"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn an_outcome_of_an_apply_that_ended_early() {
    let world = World::new();
    let provisioner = world.provisioner().await;
    let plan = provisioner.plan(&estate()).await.unwrap();
    world.sandbox.fail_call(8, Fault::AccessDenied);
    let error = provisioner.apply(&plan, world.options()).await.unwrap_err();
    let json: Value = serde_json::from_str(&error.outcome().unwrap().to_json()).unwrap();
    assert_eq!(json["complete"], false);
    let done = |wanted: bool| {
        let steps = json["steps"].as_array().unwrap();
        steps.iter().filter(|step| step["done"] == wanted).count()
    };
    assert_eq!(done(true) + done(false), plan.steps().len());
    assert!(done(true) > 0 && done(false) > 0);
}
