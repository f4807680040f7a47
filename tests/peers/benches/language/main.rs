//! `cargo bench -p peer-benches --bench language`: what the policy language
//! costs at compile time and at run time, as figures and ratios of one run.

mod build;
mod read;

fn main() {
    // `cargo bench` passes `--bench`; a name picks one group.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    if runs("read_ratio") {
        read::ratio();
    }
    if runs("catalogue_memory") {
        read::catalogue_memory();
    }
    if runs("macro_check_overhead") {
        build::macro_check_overhead();
    }
    if runs("cold_build_ratio") {
        build::cold_build_ratio();
    }
}
