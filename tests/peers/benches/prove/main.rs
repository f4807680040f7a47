//! `cargo bench -p peer-benches --bench prove`: how long comparisons of policies
//! take, how many have an answer, and what the worst cost in time and memory.
//!
//! Every policy of the managed ones stands against itself, its neighbour in the
//! file and its mutants, both ways; those of Quacky against their corrections and
//! mutants; then pairs made to be hard. Documents are read before the clock
//! starts; what is measured is making the two sides and comparing them, in time of
//! the processor, so that whatever else a machine does counts for nothing. Memory
//! is the most that one comparison held at once.
//!
//! Wanted: p50 <= 1 ms, p99 <= 50 ms, quacky_worst < 10 ms with all decided,
//! hard_worst <= 1,000 ms, hard_memory <= 256 MB. The files are named by
//! `IAM_DSL_MANAGED_POLICIES` and `IAM_DSL_FORUM_POLICIES`, else looked for beside
//! the repository; without them their figures are left out.

mod hard;

use std::time::Duration;

use iam_dsl::PolicyKind;
use iam_dsl::analyze::{Analysis, Comparison};
use language_tests::prove::engine::access;
use language_tests::prove::mutate::{Mutator, kind_of};
use language_tests::prove::random::Random;
use language_tests::prove::sets::Set;
use peer_benches::{figure, forum_policies, managed_policies, processor_time};
use serde_json::Value;

/// What was measured of some comparisons.
#[derive(Default)]
struct Measured {
    times: Vec<Duration>,
    decided: usize,
    memory: u64,
    /// The slowest, the slowest first.
    worst: Vec<(Duration, String)>,
    undecided: Vec<String>,
}

/// How many of the slowest are told.
const TOLD: usize = 5;

impl Measured {
    fn pair(&mut self, name: &str, new: &Set, reference: &Set) {
        let mut took = Duration::ZERO;
        let mut decided = false;
        let mut unknown = None;
        let counted = allocation_counter::measure(|| {
            let start = processor_time();
            let answer = Analysis::new().compare(&access(new), &access(reference));
            took = processor_time().saturating_sub(start);
            decided = matches!(answer, Comparison::NoNewAccess | Comparison::NewAccess(_));
            unknown = match answer {
                Comparison::Unknown(reason) => Some(reason),
                _ => None,
            };
        });
        if let Some(reason) = unknown {
            self.undecided.push(format!("{name}: {reason}"));
        }
        self.memory = self.memory.max(counted.bytes_max);
        self.decided += usize::from(decided);
        self.times.push(took);
        self.worst.push((took, name.to_owned()));
        self.worst.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
        self.worst.truncate(TOLD);
    }

    fn both(&mut self, name: &str, a: &Set, b: &Set) {
        self.pair(name, a, b);
        self.pair(name, b, a);
    }

    /// Against itself and a mutant of each sort.
    fn mutants(&mut self, name: &str, document: &Value) -> Option<Set> {
        let kind = kind_of(document);
        let base = Set::from_json(document, kind).ok()?;
        self.pair(name, &base, &base);
        let mut mutator = Mutator::new(document, Random::named(name, 1));
        let mut mutants = mutator.planted();
        mutants.extend(mutator.rewritten());
        mutants.extend(mutator.natural());
        for mutant in mutants {
            if let Ok(changed) = Set::from_json(&mutant.document, kind) {
                self.both(&format!("{name}, {}", mutant.change), &base, &changed);
            }
        }
        Some(base)
    }

    /// The time that this share of all does not exceed, in milliseconds.
    fn percentile(&mut self, percent: usize) -> f64 {
        self.times.sort_unstable();
        let last = self.times.len().saturating_sub(1);
        let place = (self.times.len() * percent / 100).min(last);
        self.times
            .get(place)
            .map_or(0.0, |time| milliseconds(*time))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    fn tell(&mut self, prefix: &str) {
        if self.times.is_empty() {
            return;
        }
        let all = self.times.len() as f64;
        figure(&format!("{prefix}pairs"), all, "pairs");
        let decided = 100.0 * self.decided as f64 / all;
        figure(&format!("{prefix}decided_share"), decided, "%");
        figure(&format!("{prefix}p50"), self.percentile(50), "ms");
        figure(&format!("{prefix}p99"), self.percentile(99), "ms");
        let worst = self
            .worst
            .first()
            .map_or(0.0, |(took, _)| milliseconds(*took));
        figure(&format!("{prefix}worst"), worst, "ms");
        let memory = self.memory as f64 / 1e6;
        figure(&format!("{prefix}memory"), memory, "MB");
        for (took, name) in &self.worst {
            println!("among the slowest: {:.3} ms, {name}", milliseconds(*took));
        }
        for undecided in self.undecided.iter().take(TOLD) {
            println!("undecided: {undecided}");
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn managed() {
    let Some(documents) = managed_policies() else {
        println!("left out: there are no managed policies");
        return;
    };
    let mut measured = Measured::default();
    let mut last: Option<Set> = None;
    for (number, document) in documents.iter().enumerate() {
        let Ok(document) = serde_json::from_str::<Value>(document) else {
            continue;
        };
        let name = format!("managed policy {}", number + 1);
        let Some(base) = measured.mutants(&name, &document) else {
            continue;
        };
        if let Some(neighbour) = &last {
            measured.both(&format!("{name}, its neighbour"), &base, neighbour);
        }
        last = Some(base);
    }
    measured.tell("");
}

fn quacky() {
    let Some(lines) = forum_policies() else {
        println!("left out: there are no forum policies");
        return;
    };
    let mut measured = Measured::default();
    for line in lines {
        let name = line.get("name").and_then(Value::as_str).unwrap_or_default();
        let Some(initial) = line.get("initial") else {
            continue;
        };
        let base = measured.mutants(name, initial);
        let fixed = line.get("fixed").filter(|fixed| fixed.is_object());
        let fixed = fixed.and_then(|fixed| Set::from_json(fixed, kind_of(initial)).ok());
        if let (Some(base), Some(fixed)) = (base, fixed) {
            measured.both(&format!("{name}, its correction"), &base, &fixed);
        }
    }
    measured.tell("quacky_");
}

fn hard() {
    let mut measured = Measured::default();
    for (name, new, reference) in hard::pairs() {
        let read = |document| Set::from_json(document, PolicyKind::Identity);
        match (read(&new), read(&reference)) {
            (Ok(new), Ok(reference)) => measured.both(&name, &new, &reference),
            (Err(error), _) | (_, Err(error)) => println!("{name}: {error}"),
        }
    }
    measured.tell("hard_");
}

pub(crate) fn main() {
    // `cargo bench` passes `--bench`; a name picks one group.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let groups: [(&str, fn()); 3] = [("managed", managed), ("quacky", quacky), ("hard", hard)];
    for (name, run) in groups {
        if wanted.is_empty() || wanted.iter().any(|group| group == name) {
            run();
        }
    }
}
