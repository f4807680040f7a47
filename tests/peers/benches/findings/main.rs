//! `cargo bench -p peer-benches --bench findings`: how fast a document is
//! validated, from its JSON text, on one thread; in processor time on both sides.
//!
//! Wanted: readonly_access <= 10 ms, managed_policies (all 1,523 of them) <= 2 s,
//! big_policy (10,000 actions and 1,000 resources) <= 100 ms, growth (ten times
//! the size over ten times the time) about 1, vs_parliament >= 100.
//!
//! Parliament 1.6.4 judges a sample of the same documents in the same run, in one
//! process that has loaded its definitions before the clock starts. It is installed
//! from PyPI into `target/parliament`; without python3 or the registry its figure is
//! left out, and the run says so.

mod parliament;

use std::hint::black_box;

use iam_dsl::{PolicyKind, validate_json};
use peer_benches::{figure, managed_policies, processor_median};

/// One document in this many is given to parliament.
const SAMPLE: usize = 30;

fn judge(text: &str) {
    black_box(validate_json(black_box(text), PolicyKind::Identity));
}

/// A policy of so many actions of all services and so many resources.
fn big(actions: usize, resources: usize) -> String {
    let known: Vec<String> = iam_dsl::Catalogue::embedded()
        .services()
        .flat_map(iam_dsl::catalogue::Service::actions)
        .take(actions)
        .map(|action| format!("\"{action}\""))
        .collect();
    let resources: Vec<String> = (0..resources)
        .map(|n| format!("\"arn:aws:s3:::bucket-{n}/home/*\""))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":[{}]}}]}}"#,
        known.join(","),
        resources.join(",")
    )
}

fn main() {
    let text = big(10_000, 1_000);
    let large = processor_median(9, || judge(&text));
    figure("big_policy", large.as_secs_f64() * 1e3, "ms");
    let tenth = big(1_000, 100);
    let small = processor_median(49, || judge(&tenth));
    figure(
        "growth",
        large.as_secs_f64() / small.as_secs_f64() / 10.0,
        "times",
    );
    let Some(policies) = managed_policies() else {
        println!("the AWS-managed policies are not there: their figures are left out");
        return;
    };
    // The only one of its name among the managed policies has this Sid.
    let read_only = policies
        .iter()
        .find(|text| text.contains("\"ReadOnlyActionsGroup1\""));
    if let Some(text) = read_only {
        let time = processor_median(49, || judge(text));
        figure("readonly_access", time.as_secs_f64() * 1e3, "ms");
    }
    let all = processor_median(5, || policies.iter().for_each(|text| judge(text)));
    figure("managed_policies", all.as_secs_f64(), "s");
    let sample: Vec<&str> = policies
        .iter()
        .step_by(SAMPLE)
        .map(String::as_str)
        .collect();
    match parliament::seconds(&sample) {
        Ok(theirs) => {
            let ours = processor_median(9, || sample.iter().for_each(|text| judge(text)));
            figure("parliament_sample", theirs, "s");
            figure("vs_parliament", theirs / ours.as_secs_f64(), "times");
        }
        Err(problem) => println!("parliament is left out: {problem}"),
    }
}
