//! Comparisons of policies, judged from outside the engine that makes them.

#[path = "prove/attack.rs"]
mod attack;
#[path = "prove/cases.rs"]
mod cases;
#[path = "prove/mutants.rs"]
mod mutants;

/// A count that an environment variable raises for a longer run.
fn count(variable: &str, ordinary: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(ordinary, |text| text.parse().unwrap())
}
