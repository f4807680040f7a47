//! `cargo bench -p peer-benches --bench decide`: how fast a request is decided,
//! beside iam-rs, scratchstack-aspen and cedar-policy in one process and on one
//! thread, as ratios of one run.
//!
//! Policies are read and requests are built before the clock starts; every
//! request of a mix is decided anew, in a shuffled order. Each engine first
//! answers the whole mix, and one that answers anything wrong is not measured.
//!
//! Wanted: readonly_vs_iam_rs >= 1,000, ten_vs_iam_rs >= 20, admin_vs_aspen >= 0.5,
//! thousand_vs_ten <= 3, prepare_vs_parse <= 5. All are met. Ours is asked by
//! `Authorizer::decide` save for admin_vs_aspen, where it is `Authorizer::outcome`:
//! scratchstack-aspen answers with one of three words, and so does that.
//!
//! `decide` does not reach half of aspen on AdministratorAccess
//! (admin_decision_vs_aspen, about 0.33). Aspen takes 9 ns for a request, our
//! `outcome` 10 ns, `decide` 28 ns. By `perf annotate`, 68% of what `decide` takes
//! beyond the search are the two `lock inc` that share the policies and the request
//! with the decision, and their two counterparts follow when it is dropped: about
//! 4 ns each. A decision that borrows both would save them, but could not be
//! returned by a function that makes its request, as all of ours do.

mod engines;
mod mixes;
mod prepare;
mod thousand;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use engines::{Aspen, Cedar, Engine, Failure, IamRs, Ours, Outcomes};
use mixes::Mix;
use peer_benches::{figure, median};

/// Evaluations per second, by the engine's name.
type Rates = BTreeMap<&'static str, f64>;

fn main() {
    // `cargo bench` passes `--bench`; a name picks one group.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    if runs("admin_vs_aspen") {
        let rates = beside(&mixes::administrator());
        // Aspen answers with one of three words; the decision that explains
        // itself is told beside.
        ratio("admin_vs_aspen", &rates, Outcomes::NAME, Aspen::NAME);
        ratio("admin_decision_vs_aspen", &rates, Ours::NAME, Aspen::NAME);
    }
    if runs("readonly_vs_iam_rs") || runs("prepare_vs_parse") {
        match mixes::read_only() {
            Some(mix) => {
                if runs("readonly_vs_iam_rs") {
                    let rates = beside(&mix);
                    ratio("readonly_vs_iam_rs", &rates, Ours::NAME, IamRs::NAME);
                }
                if runs("prepare_vs_parse") {
                    prepare::ratio(&mix.policies);
                }
            }
            None => println!(
                "readonly_vs_iam_rs, prepare_vs_parse: left out, the managed policies are not there (IAM_DSL_MANAGED_POLICIES)"
            ),
        }
    }
    if runs("ten_vs_iam_rs") {
        let rates = beside(&mixes::ten_statements());
        ratio("ten_vs_iam_rs", &rates, Ours::NAME, IamRs::NAME);
    }
    if runs("thousand_vs_ten") {
        thousand::ratio();
    }
}

/// Every engine on one mix.
fn beside(mix: &Mix) -> Rates {
    println!("{}: {} requests", mix.name, mix.cases.len());
    let mut rates = Rates::new();
    rate::<Ours>(mix, &mut rates);
    rate::<Outcomes>(mix, &mut rates);
    rate::<IamRs>(mix, &mut rates);
    rate::<Aspen>(mix, &mut rates);
    rate::<Cedar>(mix, &mut rates);
    rates
}

fn rate<E: Engine>(mix: &Mix, rates: &mut Rates) {
    match measure::<E>(mix) {
        Ok(rate) => {
            println!("  {}: {rate:.0} a second", E::NAME);
            rates.insert(E::NAME, rate);
        }
        Err(failure) => println!("  {}: left out: {failure}", E::NAME),
    }
}

/// How many requests of the mix an engine decides in a second.
fn measure<E: Engine>(mix: &Mix) -> Result<f64, Failure> {
    let engine = E::new(mix)?;
    let mut requests = Vec::new();
    for case in &mix.cases {
        let request = E::request(case)?;
        let answer = engine.decide(&request)?;
        if !E::agrees(answer, case.expected) {
            return Err(format!("wrong about {case}: it says {answer:?}").into());
        }
        requests.push(request);
    }
    let pass = || {
        for request in &requests {
            black_box(engine.decide(black_box(request)).is_ok());
        }
    };
    let start = Instant::now();
    pass();
    let once = start.elapsed().max(Duration::from_nanos(1));
    let passes = (50_000_000 / once.as_nanos()).clamp(1, 1_000_000) as u32;
    let time = median(9, || (0..passes).for_each(|_| pass()));
    Ok(f64::from(passes) * requests.len() as f64 / time.as_secs_f64())
}

/// Our rate against that of a peer.
fn ratio(name: &str, rates: &Rates, ours: &str, peer: &str) {
    match (rates.get(ours), rates.get(peer)) {
        (Some(ours), Some(theirs)) => figure(name, ours / theirs, "x"),
        _ => println!("{name}: left out, one of the two did not run"),
    }
}
