//! `z3-oracle finite|strings COUNT [SEED] [evaluators]`: generated pairs of
//! policies, what the engine says of each, and what the solver z3 says; exits 1
//! where they disagree. With `evaluators` the oracle itself is judged, by asking
//! both evaluators about every cell. `z3-oracle finite seed N …` asks again about
//! the pairs that a run named.
//!
//! The encoding of a pair ([`encode`]) is written from AWS's rules and shares
//! nothing with the engine. Texts are either cells, one for each combination of
//! patterns that some text matches (`finite`, fast), or strings under z3's own
//! theory of regular expressions (`strings`, which shares nothing with the
//! searches of `language-tests` either).
//!
//! # Setting up
//!
//! The crate `z3` links against libz3, of version 4.12 or later: a package of the
//! system (`libz3-dev`), or the library inside the wheel `z3-solver` of PyPI:
//!
//! ```sh
//! pip download z3-solver --no-deps && unzip z3_solver-*.whl -d z3
//! export Z3_SYS_Z3_VERSION=5.4.0                  # the wheel's version
//! export Z3_LIBRARY_PATH_OVERRIDE=$PWD/z3/z3/lib  # to link
//! export LD_LIBRARY_PATH=$PWD/z3/z3/lib           # to run
//! cargo run --release -p z3-oracle -- finite 100000
//! ```
//!
//! Nothing else of the workspace needs it: this crate is no default member, and
//! checking it does not link.

mod encode;
mod text;

use std::collections::BTreeMap;
use std::process::ExitCode;

use encode::{Encoding, Texts};
use iam_dsl::analyze::Analysis;
use language_tests::prove::engine::{Answer, answer};
use language_tests::prove::pairs::{Vocabulary, sets};
use language_tests::prove::random::Random;
use language_tests::prove::search::{Found, Pair};
use language_tests::prove::sets::Set;
use z3::{Params, SatResult, Solver};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts = match arguments.first().map(String::as_str) {
        Some("finite") => Texts::Cells,
        Some("strings") => Texts::Strings,
        _ => {
            eprintln!("usage: z3-oracle finite|strings COUNT [SEED] [evaluators]");
            return ExitCode::from(2);
        }
    };
    let number = |place: usize, otherwise: u64| {
        let given = arguments.get(place);
        given
            .and_then(|text| text.parse().ok())
            .unwrap_or(otherwise)
    };
    let by_evaluators = arguments.iter().any(|argument| argument == "evaluators");
    let mut run = Run::new(texts, by_evaluators);
    if arguments.get(1).is_some_and(|word| word == "seed") {
        for seed in arguments
            .iter()
            .skip(2)
            .filter_map(|text| text.parse().ok())
        {
            run.pair(seed);
        }
        return run.end();
    }
    let (count, seed) = (number(1, 1_000), number(2, 0));
    for pair in 0..count {
        run.pair(seed.wrapping_mul(1_000_003).wrapping_add(pair));
        if (pair + 1) % 1_000 == 0 {
            eprintln!("{} of {count}: {:?}", pair + 1, run.counts);
        }
    }
    run.end()
}

struct Run {
    texts: Texts,
    by_evaluators: bool,
    solver: Solver,
    counts: BTreeMap<String, usize>,
    disagreements: usize,
}

impl Run {
    fn new(texts: Texts, by_evaluators: bool) -> Self {
        let solver = Solver::new();
        let mut limits = Params::new();
        limits.set_u32("timeout", 5_000);
        solver.set_params(&limits);
        Run {
            texts,
            by_evaluators,
            solver,
            counts: BTreeMap::new(),
            disagreements: 0,
        }
    }

    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    fn disagree(&mut self, seed: u64, new: &Set, reference: &Set, reason: &str) {
        self.disagreements += 1;
        println!(
            "{}",
            serde_json::json!({"name": format!("seed {seed}"), "new": new.to_json(),
                "reference": reference.to_json(), "why": reason})
        );
    }

    /// One pair, in both directions by turns of the seed.
    fn pair(&mut self, seed: u64) {
        let mut random = Random::new(seed);
        let vocabulary = Vocabulary {
            variables: true,
            parts: random.percent(10),
        };
        let (new, reference) = match sets(&mut random, vocabulary) {
            Ok(sets) => sets,
            Err(error) => return self.count(&format!("no pair: {error}")),
        };
        let encoding = match Encoding::of(&new, &reference, self.texts) {
            Ok(encoding) => encoding,
            Err(reason) => return self.count(&format!("not encoded: {reason}")),
        };
        let engine = match self.by_evaluators {
            true => searched(&new, &reference),
            false => answer(&Analysis::new(), &new, &reference),
        };
        let engine = match engine {
            Ok(engine) => engine,
            Err(reason) => return self.disagree(seed, &new, &reference, &reason),
        };
        self.solver.push();
        self.solver.from_string(encoding.text.as_str());
        let solver = self.solver.check();
        self.solver.pop(1);
        match (&engine, solver) {
            (Answer::Unknown(reason, _), _) => self.count(&format!("engine unknown: {reason}")),
            (_, SatResult::Unknown) => self.count("z3 unknown"),
            (Answer::NewAccess(_), SatResult::Sat) => self.count("new access"),
            (Answer::NoNewAccess, SatResult::Unsat) => self.count("no new access"),
            // The cells of a text that a variable fills may be too few; the witness
            // was replayed, so it is none of the engine's mistakes.
            (Answer::NewAccess(_), SatResult::Unsat) if encoding.may_lack => {
                self.count("z3 has too few cells");
            }
            (engine, solver) => {
                let judged = judged(&new, &reference, &mut random);
                let reason = format!("the engine says {engine:?}, z3 {solver:?}; {judged}");
                self.disagree(seed, &new, &reference, &reason);
            }
        }
    }

    fn end(self) -> ExitCode {
        for (what, count) in &self.counts {
            println!("{what}: {count}");
        }
        let agree = |what: &str| self.counts.get(what).copied().unwrap_or_default();
        let agree = agree("new access") + agree("no new access");
        let all: usize = self.counts.values().sum();
        println!(
            "{agree} agree, {} disagree, {} unknown",
            self.disagreements,
            all - agree
        );
        ExitCode::from(u8::from(self.disagreements > 0))
    }
}

/// What a search through all cells says.
fn searched(new: &Set, reference: &Set) -> Result<Answer, String> {
    Ok(match Pair::new(new, reference).exhaust(5_000) {
        Found::Nothing { .. } => Answer::NoNewAccess,
        Found::Difference(request) => Answer::NewAccess(request),
        Found::NotJudged(reason) => Answer::Unknown(reason.chars().take(40).collect(), reason),
    })
}

/// What the evaluators say, to tell who is wrong.
fn judged(new: &Set, reference: &Set, random: &mut Random) -> String {
    let pair = Pair::new(new, reference);
    match pair.exhaust(200_000) {
        Found::Difference(request) => format!("the evaluators know {request:?}"),
        Found::Nothing { asked } => format!("the evaluators know none of {asked} cells"),
        Found::NotJudged(reason) => match pair.attack(random, 20_000) {
            Ok(Some(request)) => format!("the evaluators know {request:?}"),
            Ok(None) => format!("attacks found none ({reason})"),
            Err(told) => told,
        },
    }
}
