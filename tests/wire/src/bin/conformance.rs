//! Prints who has which point of the list: `cargo run -p wire-tests --bin
//! conformance [-- [--why] [SERVER…]]`. With `--why` also what came instead.
//! The servers are sandbox (in the process), loopback (the sandbox's server),
//! moto and ministack; all of them where none is named.

use std::process::ExitCode;

use iam_conformance::{List, Table};
use wire_tests::conformance;

#[tokio::main]
async fn main() -> ExitCode {
    let (options, mut servers): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| argument == "--why");
    if servers.is_empty() {
        servers = conformance::SERVERS.map(str::to_owned).to_vec();
    }
    let list = match List::documented() {
        Ok(list) => list,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut columns = Vec::new();
    for server in servers {
        let Some(column) = conformance::column(&list, &server).await else {
            eprintln!(
                "no server is called {server}: there are {:?}",
                conformance::SERVERS
            );
            return ExitCode::FAILURE;
        };
        columns.push(column);
    }
    let table = Table::new(&list, columns);
    print!("{table}");
    if !options.is_empty() {
        print!("\n{}", table.differences());
    }
    ExitCode::SUCCESS
}
