//! Compile-time figures: real cargo runs on crates made for the purpose.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use peer_benches::{figure, median};

const POLICIES: usize = 500;
const ACTIONS: usize = 20;
const RUNS: usize = 5;

/// How much longer a crate with 500 policies of 20 actions checks than the same
/// crate without them; dependencies are built before.
pub(crate) fn macro_check_overhead() {
    let crate_dir = scratch("macro-check");
    manifest(
        &crate_dir,
        &format!("iam-dsl = {{ path = {:?} }}", workspace().join("iam-dsl")),
    );
    let source = crate_dir.join("src/lib.rs");
    let check = |text: &str| {
        // The text is written anew each time, so that cargo checks it anew.
        median(RUNS, || {
            write(&source, text);
            cargo(&crate_dir, &["check", "--quiet"]);
        })
    };
    let without = check("//! No policies.\n");
    let with = check(&policies());
    let overhead = with.saturating_sub(without);
    println!(
        "{POLICIES} policies of {ACTIONS} actions: {with:?} with, {without:?} without, median of {RUNS}"
    );
    figure("macro_check_overhead", overhead.as_secs_f64(), "s");
}

/// A crate's text with the policies; the actions are real ones, in their
/// thousands of combinations.
fn policies() -> String {
    let actions: Vec<String> = iam_dsl::catalogue::Catalogue::embedded()
        .expand("ec2:*")
        .map(|action| format!("ec2:{}", action.name()))
        .collect();
    let mut text = String::from("//! Policies.\n");
    for policy in 0..POLICIES {
        let chosen: Vec<&str> = actions
            .iter()
            .cycle()
            .skip(policy * 7)
            .take(ACTIONS)
            .map(String::as_str)
            .collect();
        let _ = writeln!(
            text,
            "/// A policy.\npub static POLICY_{policy}: iam_dsl::Policy = iam_dsl::policy! {{ \"P{policy}\": allow [{}] on \"arn:aws:ec2:*:*:*\"; }};",
            chosen.join(", "),
        );
    }
    text
}

/// A cold build of `iam-dsl` against one of `serde_json` with `syn` (full).
pub(crate) fn cold_build_ratio() {
    let ours = cold(
        "cold-ours",
        &format!("iam-dsl = {{ path = {:?} }}", workspace().join("iam-dsl")),
    );
    let peers = cold(
        "cold-peers",
        "serde_json = \"1\"\nsyn = { version = \"3\", features = [\"full\"] }",
    );
    println!("cold build: iam-dsl {ours:?}, serde_json + syn (full) {peers:?}, median of 3");
    figure(
        "cold_build_ratio",
        ours.as_secs_f64() / peers.as_secs_f64(),
        "x",
    );
}

fn cold(name: &str, dependencies: &str) -> Duration {
    let crate_dir = scratch(name);
    manifest(&crate_dir, dependencies);
    write(&crate_dir.join("src/lib.rs"), "//! Nothing.\n");
    cargo(&crate_dir, &["fetch", "--quiet"]);
    let mut times: Vec<Duration> = (0..3)
        .map(|_| {
            let _ = std::fs::remove_dir_all(crate_dir.join("target"));
            let start = Instant::now();
            cargo(&crate_dir, &["build", "--quiet"]);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(1).copied().unwrap_or_default()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap_or_else(|error| fail(&format!("the workspace: {error}")))
}

/// An empty crate's directory below cargo's target directory.
fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    if let Err(error) = std::fs::create_dir_all(directory.join("src")) {
        fail(&format!("{}: {error}", directory.display()));
    }
    directory
}

fn manifest(directory: &Path, dependencies: &str) {
    write(
        &directory.join("Cargo.toml"),
        &format!(
            "[package]\nname = \"measured\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{dependencies}\n"
        ),
    );
}

fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        fail(&format!("{}: {error}", path.display()));
    }
}

fn cargo(directory: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .status();
    match status {
        Ok(status) if status.success() => {}
        other => fail(&format!(
            "cargo {arguments:?} in {}: {other:?}",
            directory.display()
        )),
    }
}

/// A benchmark that cannot measure says so and stops.
fn fail(message: &str) -> ! {
    eprintln!("cannot measure: {message}");
    std::process::exit(1);
}
