//! `cargo bench -p peer-benches --bench leases`: what leases of users cost on
//! the sandbox, in calls and time, and the time to a session from a chain of
//! profiles beside AWSume's, over the wire.

// A bench is no library: what goes wrong ends it, with the place.
#![allow(clippy::expect_used, clippy::panic)]

mod chain;
mod users;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The process whose time is taken beside AWSume's.
    if let [flag, endpoint, config, credentials] = arguments.as_slice()
        && flag == chain::ONE
    {
        chain::one(endpoint, config, credentials);
        return;
    }
    // `cargo bench` passes `--bench`; a name picks one group.
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    if runs("users") {
        users::figures();
    }
    if runs("chain") {
        chain::figures();
    }
}
