//! `conformance KIND FILE [--json]`: runs a file of cases, prints one line per
//! disagreement and a last line `N agree, M disagree`; exits 1 on any
//! disagreement and 2 where the call is wrong.

use std::process::ExitCode;

use language_tests::conformance::{Kind, run};

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    arguments.retain(|argument| argument != "--json");
    let [kind, file] = arguments.as_slice() else {
        eprintln!("usage: conformance KIND FILE [--json]");
        return ExitCode::from(2);
    };
    let kind: Kind = match kind.parse() {
        Ok(kind) => kind,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("cannot read {file}: {error}");
            return ExitCode::from(2);
        }
    };
    let report = run(kind, &text);
    if json {
        println!("{}", report.to_json());
    } else {
        println!("{report}");
    }
    if report.disagreements.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
