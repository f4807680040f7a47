//! What the benchmarks share: a figure's line, medians, the corpus of policies.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

/// Prints one figure as every benchmark does.
pub fn figure(name: &str, value: f64, unit: &str) {
    println!("figure: {name} = {value:.3} {unit}");
}

/// The median of `runs` measurements of `work`, after one that is not counted.
pub fn median(runs: usize, work: impl FnMut()) -> Duration {
    let begin = Instant::now();
    median_by(|| begin.elapsed(), runs, work)
}

/// As [`median`], of the time that the processor spends on this thread: what
/// else the machine does makes little difference to it.
pub fn processor_median(runs: usize, work: impl FnMut()) -> Duration {
    median_by(processor_time, runs, work)
}

/// The time that the processor has spent on this thread.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().unwrap_or_default()
}

fn median_by(now: impl Fn() -> Duration, runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let start = now();
            work();
            now().saturating_sub(start)
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The documents of a JSON-lines file whose lines have a member `document`: the
/// AWS-managed policies. The file is named by `IAM_DSL_MANAGED_POLICIES`, else
/// looked for beside the repository; `None` where it is not there.
pub fn managed_policies() -> Option<Vec<String>> {
    let lines = lines("IAM_DSL_MANAGED_POLICIES", "aws-managed-policies.jsonl")?;
    let documents = lines
        .iter()
        .filter_map(|case| case.get("document").map(ToString::to_string))
        .collect();
    Some(documents)
}

/// The lines of a JSON-lines file with members `name`, `initial` and `fixed`: the
/// policies of Quacky's samples, named by `IAM_DSL_FORUM_POLICIES`, else looked for
/// as [`managed_policies`] are.
pub fn forum_policies() -> Option<Vec<Value>> {
    lines("IAM_DSL_FORUM_POLICIES", "forum-policies.jsonl")
}

fn lines(variable: &str, file: &str) -> Option<Vec<Value>> {
    let path = std::env::var_os(variable).map_or_else(
        || {
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../../../shared/data")
                .join(file)
        },
        PathBuf::from,
    );
    let text = std::fs::read_to_string(path).ok()?;
    let lines = text.lines();
    Some(
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    )
}
