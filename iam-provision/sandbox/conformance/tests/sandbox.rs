//! The sandbox has every point of the list.

// A test fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use iam_conformance::{Embedded, List, Outcome, run};

/// What the project promises.
const FEWEST: usize = 200;

/// Points that the sandbox does not have yet. One that it has must go from
/// here: the list is exact.
const NOT_YET: &[&str] = &[];

#[tokio::test]
async fn the_sandbox_has_every_point() {
    let list = List::documented().unwrap_or_else(|error| panic!("{error}"));
    assert!(list.len() >= FEWEST, "{} points", list.len());
    let mut missing = BTreeSet::new();
    let mut reasons = Vec::new();
    for family in list.families() {
        for point in &family.points {
            let sandbox = Embedded::new().unwrap();
            let outcome = run(&sandbox, &list, point).await;
            if let Outcome::Differs(what) | Outcome::CannotTell(what) = outcome {
                let id = format!("{}.{}", family.name, point.id);
                if !NOT_YET.contains(&id.as_str()) {
                    reasons.push(format!(
                        "{id}: {}\n    {}\n    {what}",
                        point.says, point.page
                    ));
                }
                missing.insert(id);
            }
        }
    }
    println!("{} points, {} do not hold", list.len(), missing.len());
    assert!(reasons.is_empty(), "{}", reasons.join("\n"));
    let known: BTreeSet<String> = NOT_YET.iter().map(ToString::to_string).collect();
    assert_eq!(missing, known, "a point holds now: take it from NOT_YET");
}
